/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blob.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int sys_blob_create(struct sys_blob *ret_blob, struct ds_error *error)
{
	int fd = memfd_create("drvswap", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return ds_error_set(error, -errno, "memfd_create: %s", strerror(errno));
	*ret_blob = (struct sys_blob){.fd = fd};
	return 0;
}

int sys_blob_write(struct sys_blob *blob, const void *bytes, size_t size, struct ds_error *error)
{
	const char *rest = bytes;

	if (blob->size + size > SYS_BLOB_MAX_BYTES)
		return ds_error_set(error, -EFBIG, "larger than %zu MiB", SYS_BLOB_MAX_BYTES >> 20);
	blob->size += size;
	while (size > 0) {
		ssize_t written = write(blob->fd, rest, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return ds_error_set(error, -errno, "write to memory: %s", strerror(errno));
		rest += written;
		size -= (size_t)written;
	}
	return 0;
}

static int add_seals(const struct sys_blob *blob, struct ds_error *error)
{
	return fcntl(blob->fd, F_ADD_SEALS,
		       F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0
		       ? ds_error_set(error, -errno, "seal memory: %s", strerror(errno))
		       : 0;
}

static int map_bytes(struct sys_blob *blob, struct ds_error *error)
{
	void *map;

	if (blob->size == 0)
		return 0;
	map = mmap(NULL, blob->size, PROT_READ, MAP_PRIVATE, blob->fd, 0);
	if (map == MAP_FAILED)
		return ds_error_set(error, -errno, "map memory: %s", strerror(errno));
	blob->bytes = map;
	return 0;
}

int sys_blob_seal(struct sys_blob *blob, struct ds_error *error)
{
	int r = add_seals(blob, error);

	return r == 0 ? map_bytes(blob, error) : r;
}

int sys_blob_take(struct sys_blob *blob, struct ds_error *error)
{
	int r = add_seals(blob, error);
	struct stat st;

	/* EBUSY: it has the memory mapped for writing. */
	if (r == -EBUSY)
		return ds_error_set(error, -EBADMSG, "the memory is still written to");
	if (r < 0)
		return r;
	if (fstat(blob->fd, &st) < 0)
		return ds_error_set(error, -errno, "size of memory: %s", strerror(errno));
	if ((uint64_t)st.st_size > SYS_BLOB_MAX_BYTES)
		return ds_error_set(
			error, -EBADMSG, "larger than %zu MiB", SYS_BLOB_MAX_BYTES >> 20);
	blob->size = (size_t)st.st_size;
	return map_bytes(blob, error);
}

int sys_blob_fill(
	sys_blob_source *source, void *from, struct sys_blob *ret_blob, struct ds_error *error)
{
	static char buffer[1 << 16];
	struct sys_blob blob = {0};
	int r = sys_blob_create(&blob, error);

	while (r == 0) {
		ssize_t got = source(from, buffer, sizeof(buffer), error);

		if (got < 0)
			r = (int)got;
		else if (got == 0)
			break;
		else
			r = sys_blob_write(&blob, buffer, (size_t)got, error);
	}
	if (r == 0)
		r = sys_blob_seal(&blob, error);
	if (r < 0)
		sys_blob_done(&blob);
	else
		*ret_blob = blob;
	return r;
}

static ssize_t read_file(void *from, void *bytes, size_t size, struct ds_error *error)
{
	const int *fd = from;
	ssize_t got;

	do {
		got = read(*fd, bytes, size);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? ds_error_set(error, -errno, "read: %s", strerror(errno)) : got;
}

int sys_blob_read(int fd, struct sys_blob *ret_blob, struct ds_error *error)
{
	return sys_blob_fill(read_file, &fd, ret_blob, error);
}

void sys_blob_done(struct sys_blob *blob)
{
	if (blob->bytes)
		munmap((void *)blob->bytes, blob->size);
	if (blob->fd > 0)
		close(blob->fd);
	*blob = (struct sys_blob){0};
}

int sys_blob_digest(
	const struct sys_blob *blob, char ret_digest[SYS_DIGEST_BYTES], struct ds_error *error)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;

	if (!EVP_Digest(blob->size ? blob->bytes : (const unsigned char *)"", blob->size, digest,
		    &length, EVP_sha256(), NULL))
		return ds_error_set(error, -EIO, "SHA-256 failed");
	for (unsigned int i = 0; i < length; i++)
		snprintf(ret_digest + 2 * (size_t)i, 3, "%02x", digest[i]);
	return 0;
}
