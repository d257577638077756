/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looking into images: every way in which they are packed, and those that are no images. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "../../src/sys/initramfs.h"

#define MODULE_PATH "usr/lib/modules/6.1.0/kernel/ds-net.ko"

static char path[] = "/tmp/drvswap-initramfs-XXXXXX";

static void write_entry(struct archive *archive, const char *name, const char *content)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)strlen(content));
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(
		archive_write_data(archive, content, strlen(content)), (int)strlen(content));
	archive_entry_free(entry);
}

/* Appends an archive with one file, and something before and after it. */
static void append(const char *filter, const char *name, const char *content)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct archive *archive = archive_write_new();

	assert_true(fd >= 0);
	archive_write_set_format_cpio_newc(archive);
	archive_write_set_bytes_per_block(archive, 512);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_fd(archive, fd), ARCHIVE_OK);
	write_entry(archive, "etc/ds-net.ko.conf", "no module");
	write_entry(archive, name, content);
	write_entry(archive, "usr/bin/ds_net", "no module either");
	assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
	close(fd);
}

static void empty(void)
{
	assert_int_equal(truncate(path, 0), 0);
}

static int find(const char *module, char **ret_path, char *ret_content)
{
	struct sys_blob stored = {0};
	struct ds_error error = {0};
	int r = sys_initramfs_find(path, module, ret_path, &stored, &error);

	ret_content[0] = '\0';
	if (stored.bytes) {
		memcpy(ret_content, stored.bytes, stored.size);
		ret_content[stored.size] = '\0';
	}
	if (r < 0)
		assert_true(error.text[0] && !*ret_path);
	sys_blob_done(&stored);
	return r;
}

static void test_packings(void **state)
{
	static const char *const filters[] = {NULL, "gzip", "bzip2", "lzma", "xz", "lz4", "zstd"};

	(void)state;
	/* Alone; behind a plain archive, as microcode has it; and in the plain one itself. */
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		for (int where = 0; where < 3; where++) {
			char content[64], *found = NULL;

			empty();
			if (where > 0)
				append(NULL, where == 2 ? MODULE_PATH : "kernel/x86/microcode",
					"first");
			append(filters[i], where == 2 ? "etc/other" : MODULE_PATH, "second");
			assert_int_equal(find("ds_net", &found, content), 0);
			assert_string_equal(found, MODULE_PATH);
			assert_string_equal(content, where == 2 ? "first" : "second");
			free(found);
		}
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is_it;
	} rows[] = {
		{"lib/modules/6.1.0/ds_net.ko", true},
		{"lib/modules/6.1.0/ds-net.ko.xz", true},
		{"ds_net.ko.zst", true},
		{"lib/modules/6.1.0/ds_net.ko.old", false},
		{"lib/modules/6.1.0/ds_net.koala", false},
		{"lib/modules/6.1.0/ds_nets.ko", false},
		{"lib/modules/6.1.0/s_net.ko", false},
		{"lib/modules/6.1.0/ds_net", false},
		{"lib/modules/ds_net.ko/x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char content[64], *found = NULL;

		empty();
		append("gzip", rows[i].name, "it");
		assert_int_equal(find("ds_net", &found, content), 0);
		assert_string_equal(found ? found : "", rows[i].is_it ? rows[i].name : "");
		free(found);
	}
}

/* What is cut or no image must not pass for one without the module. */
static void test_damage(void **state)
{
	static const char *const filters[] = {NULL, "gzip", "xz", "zstd"};

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		char content[64], *found = NULL;
		long size;
		FILE *file;

		empty();
		append(filters[i], MODULE_PATH, "it");
		file = fopen(path, "re");
		assert_non_null(file);
		fseek(file, 0, SEEK_END);
		size = ftell(file);
		fclose(file);
		/* A plain archive is filled up with zeroes behind its end. */
		for (long cut = filters[i] ? size - 1 : 500; cut > 0; cut -= 7) {
			assert_int_equal(truncate(path, cut), 0);
			assert_true(find("ds_net", &found, content) < 0);
			free(found);
			found = NULL;
		}
	}
}

static void test_no_image(void **state)
{
	char content[64], *found = NULL;
	FILE *file;

	(void)state;
	empty();
	assert_int_equal(find("ds_net", &found, content), -EBADMSG);
	file = fopen(path, "we");
	fputs("#!/bin/sh\nexit 0\n", file);
	fclose(file);
	assert_int_equal(find("ds_net", &found, content), -EBADMSG);
	append(NULL, MODULE_PATH, "behind it");
	assert_int_equal(find("ds_net", &found, content), -EBADMSG);
	unlink(path);
	assert_int_equal(find("ds_net", &found, content), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packings),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_no_image),
	};
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
