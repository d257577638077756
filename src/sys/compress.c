/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compress.h"

#include <errno.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK_BYTES         ((size_t)1 << 17)
#define XZ_DICTIONARY_BYTES (1U << 20)
#define GZIP_WINDOW         (MAX_WBITS + 16) /* zlib's way to ask for the gzip format */
#define ZSTD_LEVEL          19

static unsigned char chunk[CHUNK_BYTES];

enum ds_compression sys_compression_of(const struct sys_blob *stored)
{
	static const struct {
		enum ds_compression compression;
		size_t length;
		const char *bytes;
	} magics[] = {
		{DS_COMPRESSION_XZ, 6,
			"\xfd"
			"7zXZ\0"},
		{DS_COMPRESSION_GZIP, 2, "\x1f\x8b"},
		{DS_COMPRESSION_ZSTD, 4, "\x28\xb5\x2f\xfd"},
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (stored->size >= magics[i].length &&
			memcmp(stored->bytes, magics[i].bytes, magics[i].length) == 0)
			return magics[i].compression;
	return DS_COMPRESSION_NONE;
}

static int damaged(struct ds_error *error, const char *format, const char *why)
{
	return ds_error_set(error, -EBADMSG, "%s: %s", format, why);
}

/* --- plain ------------------------------------------------------------------------------ */

static int copy_plain(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	return from->size ? sys_blob_write(to, from->bytes, from->size, error) : 0;
}

/* --- xz --------------------------------------------------------------------------------- */

static const char *xz_text(lzma_ret r)
{
	switch (r) {
	case LZMA_FORMAT_ERROR:
		return "not an xz stream";
	case LZMA_OPTIONS_ERROR:
		return "unsupported options";
	case LZMA_DATA_ERROR:
		return "corrupt data";
	case LZMA_BUF_ERROR:
		return "unexpected end";
	case LZMA_UNSUPPORTED_CHECK:
		return "a check that cannot be verified here";
	default:
		return "no memory";
	}
}

/* Feeds the whole input through a coder that was set up, and takes what it gives. */
static int xz_run(lzma_stream *stream, const struct sys_blob *from, struct sys_blob *to,
	struct ds_error *error)
{
	lzma_ret code = LZMA_OK;
	int r = 0;

	stream->next_in = from->bytes;
	stream->avail_in = from->size;
	while (r == 0 && code != LZMA_STREAM_END) {
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		code = lzma_code(stream, LZMA_FINISH);
		if (code != LZMA_OK && code != LZMA_STREAM_END)
			r = damaged(error, "xz", xz_text(code));
		else
			r = sys_blob_write(to, chunk, sizeof(chunk) - stream->avail_out, error);
	}
	if (r == 0 && stream->avail_in > 0)
		r = damaged(error, "xz", "bytes behind the end of the stream");
	lzma_end(stream);
	return r;
}

static int xz_decompress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	lzma_stream stream = LZMA_STREAM_INIT;

	/*
	 * With CRC64, too, which the kernel's own decoder does not know
	 * (Documentation/staging/xz.rst, 6.1): DKMS up to 3.0.10 stores modules so, and libkmod
	 * loads them. What we store has CRC32.
	 */
	if (lzma_stream_decoder(&stream, SYS_BLOB_MAX_BYTES, LZMA_TELL_UNSUPPORTED_CHECK) !=
		LZMA_OK)
		return ds_error_set(error, -ENOMEM, "xz: no memory");
	return xz_run(&stream, from, to, error);
}

static int xz_compress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{.id = LZMA_FILTER_LZMA2, .options = &options},
		{.id = LZMA_VLI_UNKNOWN},
	};

	lzma_lzma_preset(&options, LZMA_PRESET_DEFAULT);
	options.dict_size = XZ_DICTIONARY_BYTES;
	if (lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC32) != LZMA_OK)
		return ds_error_set(error, -ENOMEM, "xz: no memory");
	return xz_run(&stream, from, to, error);
}

/* --- gzip ------------------------------------------------------------------------------- */

static int gzip_run(z_stream *stream, int (*step)(z_streamp, int), const struct sys_blob *from,
	struct sys_blob *to, struct ds_error *error)
{
	int code = Z_OK, r = 0;

	stream->next_in = (unsigned char *)from->bytes;
	stream->avail_in = (unsigned int)from->size;
	while (r == 0 && code != Z_STREAM_END) {
		stream->next_out = chunk;
		stream->avail_out = (unsigned int)sizeof(chunk);
		code = step(stream, Z_FINISH);
		/* Z_BUF_ERROR with room left: the input ended before the stream did. */
		if ((code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) ||
			(code == Z_BUF_ERROR && stream->avail_out > 0))
			r = damaged(error, "gzip", stream->msg ? stream->msg : "unexpected end");
		else
			r = sys_blob_write(to, chunk, sizeof(chunk) - stream->avail_out, error);
	}
	if (r == 0 && stream->avail_in > 0)
		r = damaged(error, "gzip", "bytes behind the end of the stream");
	return r;
}

static int gzip_decompress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	z_stream stream = {0};
	int r;

	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return ds_error_set(error, -ENOMEM, "gzip: no memory");
	r = gzip_run(&stream, inflate, from, to, error);
	inflateEnd(&stream);
	return r;
}

static int gzip_compress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	z_stream stream = {0};
	int r;

	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MAX_MEM_LEVEL,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return ds_error_set(error, -ENOMEM, "gzip: no memory");
	r = gzip_run(&stream, deflate, from, to, error);
	deflateEnd(&stream);
	return r;
}

/* --- zstd ------------------------------------------------------------------------------- */

static int zstd_decompress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	ZSTD_inBuffer in = {from->bytes, from->size, 0};
	size_t left = 1;
	int r = context ? 0 : ds_error_set(error, -ENOMEM, "zstd: no memory");

	while (r == 0 && left > 0) {
		ZSTD_outBuffer out = {chunk, sizeof(chunk), 0};
		size_t at = in.pos;

		left = ZSTD_decompressStream(context, &out, &in);
		if (ZSTD_isError(left))
			r = damaged(error, "zstd", ZSTD_getErrorName(left));
		else if (left > 0 && out.pos == 0 && in.pos == at)
			r = damaged(error, "zstd", "unexpected end");
		else
			r = sys_blob_write(to, chunk, out.pos, error);
	}
	if (r == 0 && in.pos < in.size)
		r = damaged(error, "zstd", "bytes behind the end of the stream");
	ZSTD_freeDCtx(context);
	return r;
}

static int zstd_compress(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_inBuffer in = {from->bytes, from->size, 0};
	size_t left = 1;
	int r = 0;

	/* The size goes into the frame: the kernel allocates by it. */
	if (!context ||
		ZSTD_isError(
			ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
		ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, from->size)))
		r = ds_error_set(error, -ENOMEM, "zstd: no memory");
	while (r == 0 && left > 0) {
		ZSTD_outBuffer out = {chunk, sizeof(chunk), 0};

		left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
		r = ZSTD_isError(left) ? damaged(error, "zstd", ZSTD_getErrorName(left))
				       : sys_blob_write(to, chunk, out.pos, error);
	}
	ZSTD_freeCCtx(context);
	return r;
}

/* --- the table -------------------------------------------------------------------------- */

typedef int coder(const struct sys_blob *from, struct sys_blob *to, struct ds_error *error);

static const struct {
	coder *compress, *decompress;
} coders[DS_COMPRESSION_COUNT] = {
	[DS_COMPRESSION_NONE] = {copy_plain, copy_plain},
	[DS_COMPRESSION_XZ] = {xz_compress, xz_decompress},
	[DS_COMPRESSION_GZIP] = {gzip_compress, gzip_decompress},
	[DS_COMPRESSION_ZSTD] = {zstd_compress, zstd_decompress},
};

static int run(
	coder *code, const struct sys_blob *from, struct sys_blob *ret_to, struct ds_error *error)
{
	struct sys_blob blob = {0};
	int r = sys_blob_create(&blob, error);

	if (r < 0)
		return r;
	r = code(from, &blob, error);
	if (r == 0)
		r = sys_blob_seal(&blob, error);
	if (r < 0)
		sys_blob_done(&blob);
	else
		*ret_to = blob;
	return r;
}

int sys_decompress_into(
	const struct sys_blob *stored, struct sys_blob *image, struct ds_error *error)
{
	return coders[sys_compression_of(stored)].decompress(stored, image, error);
}

int sys_decompress(
	const struct sys_blob *stored, struct sys_blob *ret_image, struct ds_error *error)
{
	return run(sys_decompress_into, stored, ret_image, error);
}

int sys_compress(const struct sys_blob *image, enum ds_compression compression,
	struct sys_blob *ret_stored, struct ds_error *error)
{
	return run(coders[compression].compress, image, ret_stored, error);
}
