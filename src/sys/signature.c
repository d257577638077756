/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

/* include/linux/module_signature.h, 6.1: the block ends with this and the marker. */
struct signature_trailer {
	uint8_t algorithm, hash, id_type, signer_length, key_id_length, pad[3];
	uint32_t length; /* of the PKCS#7 data before it, big endian */
};
#define ID_TYPE_PKCS7 2

static const char marker[] = "~Module signature appended~\n";
#define MARKER_BYTES (sizeof(marker) - 1)

static char *common_name(X509_NAME *name)
{
	char text[256];

	if (!name || X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) < 0)
		return NULL;
	return strdup(text);
}

/* Signatures by key id, without an issuer, name nobody. */
static char *signer_of(const unsigned char *bytes, size_t length)
{
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &bytes, (long)length);
	STACK_OF(CMS_SignerInfo) *signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
	char *signer = NULL;

	if (signers && sk_CMS_SignerInfo_num(signers) > 0) {
		X509_NAME *issuer = NULL;

		CMS_SignerInfo_get0_signer_id(
			sk_CMS_SignerInfo_value(signers, 0), NULL, &issuer, NULL);
		signer = common_name(issuer);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return signer;
}

int sys_signature_parse(
	const struct sys_blob *blob, size_t *ret_elf_bytes, bool *ret_signed, char **ret_signer)
{
	struct signature_trailer trailer;
	size_t left = blob->size, length;

	*ret_elf_bytes = blob->size;
	*ret_signed = false;
	if (left < MARKER_BYTES ||
		memcmp(blob->bytes + left - MARKER_BYTES, marker, MARKER_BYTES) != 0)
		return 0;
	left -= MARKER_BYTES;
	if (left < sizeof(trailer))
		return -EBADMSG;
	left -= sizeof(trailer);
	memcpy(&trailer, blob->bytes + left, sizeof(trailer));
	length = ntohl(trailer.length);
	if (trailer.id_type != ID_TYPE_PKCS7 || trailer.algorithm || trailer.hash ||
		trailer.signer_length || trailer.key_id_length || length == 0 || length > left)
		return -EBADMSG;
	left -= length;
	*ret_elf_bytes = left;
	*ret_signed = true;
	*ret_signer = signer_of(blob->bytes + left, length);
	return 0;
}
