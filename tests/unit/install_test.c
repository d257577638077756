/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The file operations on a real file system, with and without RENAME_EXCHANGE. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sys/directory.h"
#include "../../src/sys/file.h"
#include "../../src/sys/install.h"

static char directory[] = "/tmp/drvswap-install-XXXXXX";
static bool has_exchange; /* what the file system pretends to have */
static int renames_left;  /* then the next one fails; negative: none does */

int __real_renameat2(int, const char *, int, const char *, unsigned int);
int __wrap_renameat2(int, const char *, int, const char *, unsigned int);
int __real_renameat(int, const char *, int, const char *);
int __wrap_renameat(int, const char *, int, const char *);

int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	if (!has_exchange) {
		errno = EINVAL;
		return -1;
	}
	return __real_renameat2(from_fd, from, to_fd, to, flags);
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (renames_left == 0) {
		errno = EIO;
		return -1;
	}
	renames_left--;
	return __real_renameat(from_fd, from, to_fd, to);
}

/* Somebody exchanges the directory while a file is written in it; NULL: nobody does. */
static const char *moved_to;
int __real_fsync(int);
int __wrap_fsync(int);

int __wrap_fsync(int fd)
{
	if (moved_to) {
		assert_int_equal(rename(directory, moved_to), 0);
		assert_int_equal(mkdir(directory, 0700), 0);
		moved_to = NULL;
	}
	return __real_fsync(fd);
}

/* --- files ------------------------------------------------------------------------------ */

static const char *at(const char *name)
{
	static char paths[8][64];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_holds(const char *name, const char *text)
{
	char found[64] = "";
	int fd = open(at(name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof(found) - 1) >= 0);
	close(fd);
	assert_string_equal(found, text);
}

static void assert_only(size_t count)
{
	char command[96];
	FILE *list;
	size_t found = 0;
	char line[128];

	snprintf(command, sizeof(command), "ls -A %s", directory);
	list = popen(command, "r");
	assert_non_null(list);
	while (fgets(line, sizeof(line), list))
		found++;
	pclose(list);
	assert_int_equal(found, count);
}

static const char *digest_of(const char *text)
{
	static char digests[4][SYS_DIGEST_BYTES];
	static unsigned int next;
	char *digest = digests[next++ % 4];
	struct sys_blob blob;
	struct ds_error error;

	assert_int_equal(sys_blob_create(&blob, &error), 0);
	assert_int_equal(sys_blob_write(&blob, text, strlen(text), &error), 0);
	assert_int_equal(sys_blob_seal(&blob, &error), 0);
	assert_int_equal(sys_blob_digest(&blob, digest, &error), 0);
	sys_blob_done(&blob);
	return digest;
}

static int start(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/drvswap-install-XXXXXX");
	has_exchange = true;
	renames_left = -1;
	return mkdtemp(directory) ? 0 : -1;
}

static int finish(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* --- exchange --------------------------------------------------------------------------- */

static void exchange(const char *digest)
{
	struct ds_error error = {0};

	if (sys_install_exchange(at("m.ko"), at("m.ko.new"), digest, &error) != 0)
		fail_msg("%s", error.text);
}

static void round_trip(void)
{
	put("m.ko", "old");
	put("m.ko.new", "new");
	for (int i = 0; i < 2; i++) { /* twice does no harm */
		exchange(digest_of("new"));
		assert_holds("m.ko", "new");
		assert_holds("m.ko.new", "old");
	}
	exchange(digest_of("old"));
	assert_holds("m.ko", "old");
	assert_holds("m.ko.new", "new");
	assert_only(2);
}

static void test_exchange(void **state)
{
	(void)state;
	round_trip();
}

static void test_exchange_in_steps(void **state)
{
	(void)state;
	has_exchange = false;
	round_trip();
}

/* Cut before each rename; path must never be without a file, and both directions must go on. */
static void test_exchange_cut(void **state)
{
	static const char *const goals[] = {"new", "old"};
	struct ds_error error;

	(void)state;
	has_exchange = false;
	for (int cut = 0; cut < 2; cut++) {
		for (size_t i = 0; i < 2; i++) {
			put("m.ko", "old");
			put("m.ko.new", "new");
			renames_left = cut;
			assert_int_not_equal(sys_install_exchange(at("m.ko"), at("m.ko.new"),
						     digest_of("new"), &error),
				0);
			assert_holds("m.ko", cut == 0 ? "old" : "new");
			renames_left = -1;
			exchange(digest_of(goals[i]));
			assert_holds("m.ko", goals[i]);
			assert_holds("m.ko.new", goals[1 - i]);
			assert_only(2);
		}
	}
}

static void test_exchange_refuses_strangers(void **state)
{
	struct ds_error error;

	(void)state;
	put("m.ko", "old");
	put("m.ko.new", "something else");
	assert_int_equal(sys_install_exchange(at("m.ko"), at("m.ko.new"), digest_of("new"), &error),
		-EEXIST);
	assert_holds("m.ko", "old");
	assert_holds("m.ko.new", "something else");
}

/* --- rename, remove --------------------------------------------------------------------- */

static void rename_once(void)
{
	struct ds_error error = {0};

	put("m.ko.new", "old");
	for (int i = 0; i < 2; i++)
		assert_int_equal(sys_install_rename(
					 at("m.ko.old"), at("m.ko.new"), digest_of("old"), &error),
			0);
	assert_holds("m.ko.old", "old");
	assert_only(1);
}

static void test_rename(void **state)
{
	(void)state;
	rename_once();
}

static void test_rename_by_link(void **state)
{
	(void)state;
	has_exchange = false;
	rename_once();
}

/* Cut between the link and the removal of the old name: both directions must go on. */
static void test_rename_cut(void **state)
{
	struct ds_error error = {0};

	(void)state;
	has_exchange = false;
	for (int i = 0; i < 2; i++) {
		const char *path = at(i ? "m.ko.new" : "m.ko.old");
		const char *other = at(i ? "m.ko.old" : "m.ko.new");

		put("m.ko.new", "old");
		assert_int_equal(link(at("m.ko.new"), at("m.ko.old")), 0);
		if (sys_install_rename(path, other, digest_of("old"), &error) != 0)
			fail_msg("%s", error.text);
		assert_only(1);
		assert_holds(i ? "m.ko.new" : "m.ko.old", "old");
		assert_int_equal(unlink(path), 0);
	}
}

static void test_rename_keeps_what_is_there(void **state)
{
	struct ds_error error;

	(void)state;
	put("m.ko.old", "precious");
	put("m.ko.new", "old");
	assert_int_not_equal(
		sys_install_rename(at("m.ko.old"), at("m.ko.new"), digest_of("old"), &error), 0);
	assert_holds("m.ko.old", "precious");
	assert_holds("m.ko.new", "old");
}

static void test_remove(void **state)
{
	struct ds_error error;

	(void)state;
	put("m.ko.new", "new");
	assert_int_equal(sys_install_remove(at("m.ko.new"), digest_of("other"), &error), 0);
	assert_holds("m.ko.new", "new");
	for (int i = 0; i < 2; i++)
		assert_int_equal(sys_install_remove(at("m.ko.new"), digest_of("new"), &error), 0);
	assert_only(0);
}

/* A death while it was written where a file without a name is not to be had. */
static void test_remove_half_written(void **state)
{
	struct ds_error error;

	(void)state;
	put(".m.ko.new.drvswap", "ne");
	assert_int_equal(sys_install_remove(at("m.ko.new"), digest_of("new"), &error), 0);
	assert_only(0);
}

/* --- stage, copy ------------------------------------------------------------------------ */

static int stage_like(const char *text, const char *like)
{
	struct ds_error error = {0};
	struct sys_blob blob;
	int r;

	assert_int_equal(sys_blob_create(&blob, &error), 0);
	assert_int_equal(sys_blob_write(&blob, text, strlen(text), &error), 0);
	assert_int_equal(sys_blob_seal(&blob, &error), 0);
	r = sys_install_stage(at("m.ko.new"), at(like), &blob, digest_of(text), &error);
	sys_blob_done(&blob);
	return r;
}

static void stage(const char *text, int wanted)
{
	assert_int_equal(stage_like(text, "m.ko"), wanted);
}

static void test_stage(void **state)
{
	struct stat st;

	(void)state;
	put("m.ko", "old");
	assert_int_equal(chmod(at("m.ko"), 0604), 0);
	stage("new", 0);
	stage("new", 0);
	assert_holds("m.ko.new", "new");
	assert_int_equal(stat(at("m.ko.new"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	stage("another", -EEXIST);
	assert_holds("m.ko.new", "new");
	assert_only(2);
}

/* Compressed like the model: what is stored differs, what is in it does not. */
static void test_stage_compressed(void **state)
{
	static const char *const how[] = {"xz --check=crc32 -c", "gzip -c", "zstd -q -c"};

	(void)state;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		char command[256], found[SYS_DIGEST_BYTES];
		struct ds_error error = {0};
		struct ds_file file = {0};

		snprintf(command, sizeof(command), "echo model | %s >%s", how[i], at("m.ko"));
		assert_int_equal(system(command), 0);
		stage("new", 0);
		assert_int_equal(sys_file_look(at("m.ko.new"), false, &file, NULL, &error), 0);
		assert_int_equal(file.compression, (int)i + 1);
		assert_int_equal(sys_file_digest(at("m.ko.new"), found, &error), 0);
		assert_string_equal(found, digest_of("new"));
		assert_int_equal(unlink(at("m.ko.new")), 0);
		ds_record_done(&ds_file_record, &file);
	}
}

static void test_copy(void **state)
{
	struct ds_error error = {0};

	(void)state;
	put("m.ko", "old");
	for (int i = 0; i < 2; i++)
		assert_int_equal(sys_install_copy(at("kept/here/m.ko"), at("m.ko"),
					 digest_of("old"), &error),
			0);
	assert_holds("kept/here/m.ko", "old");
	put("m.ko", "newer");
	assert_int_equal(
		sys_install_copy(at("kept/here/m.ko"), at("m.ko"), digest_of("newer"), &error),
		-EEXIST);
	assert_holds("kept/here/m.ko", "old");
}

/* What the name of the directory leads to since then has no part in it. */
static void test_directory_is_exchanged(void **state)
{
	char elsewhere[64];

	(void)state;
	snprintf(elsewhere, sizeof(elsewhere), "%s.moved", directory);
	put("m.ko", "old");
	moved_to = elsewhere;
	stage("new", 0);
	assert_null(moved_to);
	assert_only(0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(rename(elsewhere, directory), 0);
	assert_holds("m.ko.new", "new");
	assert_only(2);
}

static void test_links_lead_nowhere(void **state)
{
	struct ds_error error = {0};

	(void)state;
	put("m.ko", "old");
	assert_int_equal(mkdir(at("target"), 0700), 0);
	assert_int_equal(symlink("target", at("kept")), 0);
	assert_true(
		sys_install_copy(at("kept/here/m.ko"), at("m.ko"), digest_of("old"), &error) < 0);
	assert_int_equal(rmdir(at("target")), 0);
	/* Nor does a file that others are made like. */
	assert_int_equal(symlink("m.ko", at("link.ko")), 0);
	assert_int_equal(stage_like("new", "link.ko"), -ELOOP);
	assert_int_equal(access(at("m.ko.new"), F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

/* Where others can write, nobody must keep a journal; what is not there yet is made by us. */
static void test_directories(void **state)
{
	struct ds_error error = {0};
	const char *file = at("file"), *link = at("link"), *open_to_all = at("open");

	(void)state;
	assert_int_equal(sys_directory_check("/", &error), 0);
	assert_int_equal(sys_directory_check(at("none"), &error), 0);
	assert_int_equal(mkdir(open_to_all, 0700), 0);
	assert_int_equal(chmod(open_to_all, 0770), 0);
	assert_int_equal(sys_directory_check(open_to_all, &error), -EPERM);
	assert_non_null(strstr(error.text, "is not root's alone (owner 0, mode 0770)"));
	assert_int_equal(sys_directory_open(open_to_all, true, &error), -EPERM);
	assert_int_equal(symlink("/", link), 0);
	assert_int_equal(sys_directory_check(link, &error), -EPERM);
	assert_int_equal(close(creat(file, 0600)), 0);
	assert_int_equal(sys_directory_check(file, &error), -EPERM);
	assert_non_null(strstr(error.text, "is not a directory"));
	assert_int_equal(rmdir(open_to_all), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exchange),
		TEST(test_exchange_in_steps),
		TEST(test_exchange_cut),
		TEST(test_exchange_refuses_strangers),
		TEST(test_rename),
		TEST(test_rename_by_link),
		TEST(test_rename_cut),
		TEST(test_rename_keeps_what_is_there),
		TEST(test_remove),
		TEST(test_remove_half_written),
		TEST(test_stage),
		TEST(test_stage_compressed),
		TEST(test_copy),
		TEST(test_directory_is_exchanged),
		TEST(test_links_lead_nowhere),
		TEST(test_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
