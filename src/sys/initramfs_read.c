/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Into an image, through libarchive. An image is one or more cpio archives, one after the other
 * with zeroes between them; plain ones (microcode, already compressed modules) come first, and
 * what is compressed is the last (Documentation/driver-api/early-userspace/buffer-format.rst).
 */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "image.h"
#include "initramfs.h"

#define BLOCK_BYTES (1 << 16)
/* The last header of an archive, "TRAILER!!!" with its NUL, filled up to four bytes. */
#define TRAILER_BYTES 124

struct search {
	const char *module;
	char **ret_path;
	struct sys_blob *ret_stored;
};

static int trouble(struct archive *archive, struct ds_error *error)
{
	const char *words = archive_error_string(archive);

	return ds_error_set(error, -EBADMSG, "%s", words ? words : "it is not an initramfs");
}

/* As depmod sees it: "vmxnet3.ko.old" is no module. */
static bool is_suffix(const char *text)
{
	static const char *const suffixes[] = {".ko", ".ko.xz", ".ko.gz", ".ko.zst"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcmp(text, suffixes[i]) == 0)
			return true;
	return false;
}

/* ".../vmxnet3.ko.xz" is the file of vmxnet3; '-' and '_' are one. */
static bool is_file_of(const char *path, const char *module)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(module);

	if (strlen(name) < length || !is_suffix(name + length))
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] != module[i] && !(name[i] == '-' && module[i] == '_'))
			return false;
	return true;
}

static ssize_t read_content(void *from, void *bytes, size_t size, struct ds_error *error)
{
	la_ssize_t got = archive_read_data(from, bytes, size);

	return got < 0 ? trouble(from, error) : got;
}

/* The first one counts: no tool puts two files of one module into an image. */
static int take_entry(struct archive *archive, struct archive_entry *entry,
	const struct search *search, struct ds_error *error)
{
	const char *path = archive_entry_pathname(entry);

	if (!path || *search->ret_path || archive_entry_filetype(entry) != AE_IFREG ||
		!is_file_of(path, search->module))
		return 0;
	if (ds_string_set(search->ret_path, path) < 0)
		return ds_error_set(error, -ENOMEM, "out of memory");
	return sys_blob_fill(read_content, archive, search->ret_stored, error);
}

static struct archive *open_segment(int fd, off_t offset, struct ds_error *error)
{
	struct archive *archive = archive_read_new();

	if (!archive) {
		ds_error_set(error, -ENOMEM, "out of memory");
		return NULL;
	}
	archive_read_support_format_cpio(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_filter_zstd(archive);
	if (lseek(fd, offset, SEEK_SET) == offset &&
		archive_read_open_fd(archive, fd, BLOCK_BYTES) == ARCHIVE_OK)
		return archive;
	trouble(archive, error);
	archive_read_free(archive);
	return NULL;
}

/* Reads one archive to its end. *offset becomes where the next one may begin, or -1. */
static int read_segment(int fd, off_t *offset, const struct search *search, struct ds_error *error)
{
	struct archive *archive = open_segment(fd, *offset, error);
	struct archive_entry *entry;
	int r = 0, status = ARCHIVE_OK;

	if (!archive)
		return error->code;
	/* A warning is about a name in letters of another locale. */
	while (r == 0 && ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
				 status == ARCHIVE_WARN))
		r = take_entry(archive, entry, search, error);
	if (r == 0 && status != ARCHIVE_EOF)
		r = trouble(archive, error);
	if (archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE)
		*offset += archive_read_header_position(archive) + TRAILER_BYTES;
	else
		*offset = -1;
	archive_read_free(archive);
	return r;
}

/* 1: something comes after the zeroes; 0: the file ends. */
static int skip_zeroes(int fd, off_t *offset, struct ds_error *error)
{
	static char buffer[BLOCK_BYTES];

	for (;;) {
		ssize_t got = pread(fd, buffer, sizeof(buffer), *offset);

		if (got < 0)
			return ds_error_set(error, -errno, "read: %s", strerror(errno));
		if (got == 0)
			return 0;
		for (ssize_t i = 0; i < got; i++)
			if (buffer[i]) {
				*offset += i;
				return 1;
			}
		*offset += got;
	}
}

int sys_initramfs_find(const char *path, const char *module, char **ret_path,
	struct sys_blob *ret_stored, struct ds_error *error)
{
	const struct search search = {module, ret_path, ret_stored};
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	off_t offset = 0;
	int r = 1;

	if (fd < 0)
		return ds_error_set(error, -errno, "open: %s", strerror(errno));
	while (r == 1 && offset >= 0) {
		r = read_segment(fd, &offset, &search, error);
		if (r == 0 && offset >= 0)
			r = skip_zeroes(fd, &offset, error);
	}
	if (r < 0) {
		ds_string_set(ret_path, NULL);
		sys_blob_done(ret_stored);
	}
	return r < 0 ? r : 0;
}

/* --- facts ------------------------------------------------------------------------------ */

static int describe(const struct sys_blob *stored, struct sys_initramfs_module *ret_module,
	struct ds_error *error)
{
	struct ds_image facts = {0};
	struct sys_blob image = {0};
	char digest[SYS_DIGEST_BYTES];
	int r = sys_stored_image(stored, &image, NULL, error);

	if (r == 0)
		r = sys_blob_digest(&image, digest, error);
	if (r == 0)
		r = sys_image_parse(&image, &facts, error);
	if (r == 0 && ds_string_set(&ret_module->digest, digest) < 0)
		r = ds_error_set(error, -ENOMEM, "out of memory");
	ret_module->identity = facts.identity;
	facts.identity = (struct ds_identity){0};
	ds_record_done(&ds_image_record, &facts);
	sys_blob_done(&image);
	return r;
}

int sys_initramfs_module(const char *path, const char *module,
	struct sys_initramfs_module *ret_module, struct ds_error *error)
{
	struct sys_blob stored = {0};
	int r = sys_initramfs_find(path, module, &ret_module->path, &stored, error);

	if (r == 0 && ret_module->path)
		r = describe(&stored, ret_module, error);
	sys_blob_done(&stored);
	if (r < 0)
		sys_initramfs_module_done(ret_module);
	return r;
}

void sys_initramfs_module_done(struct sys_initramfs_module *module)
{
	ds_string_set(&module->path, NULL);
	ds_string_set(&module->digest, NULL);
	ds_record_done(&ds_identity_record, &module->identity);
}
