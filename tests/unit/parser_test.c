/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The child that reads module files: what it can do, and what becomes of us when it fails. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/sys/compress.h"
#include "../../src/sys/file.h"
#include "../../src/sys/image.h"
#include "../../src/sys/parser.h"
#include "../../src/sys/seccomp.h"

/* What the child does in place of parsing: the way into it is a bug in the parser. */
static int (*takeover)(struct ds_image *image);

int __real_sys_image_parse(const struct sys_blob *, struct ds_image *, struct ds_error *);
int __wrap_sys_image_parse(const struct sys_blob *, struct ds_image *, struct ds_error *);

int __wrap_sys_image_parse(
	const struct sys_blob *blob, struct ds_image *ret_image, struct ds_error *error)
{
	return takeover ? takeover(ret_image) : __real_sys_image_parse(blob, ret_image, error);
}

static struct sys_blob blob_of(const void *bytes, size_t size)
{
	struct sys_blob blob;
	struct ds_error error;

	assert_int_equal(sys_blob_create(&blob, &error), 0);
	assert_int_equal(sys_blob_write(&blob, bytes, size, &error), 0);
	assert_int_equal(sys_blob_seal(&blob, &error), 0);
	return blob;
}

/* A child that has been asked already has the old takeover: each test has its own. */
static int fresh_child(void **state)
{
	(void)state;
	takeover = NULL;
	sys_parser_end();
	return 0;
}

static void ask(int (*what)(struct ds_image *), struct ds_image *ret_image)
{
	struct sys_blob blob = blob_of("anything", 8);
	struct ds_error error = {0};

	takeover = what;
	assert_int_equal(sys_parser_parse(&blob, ret_image, &error), 0);
	sys_blob_done(&blob);
}

/* --- honest work ------------------------------------------------------------------------ */

/* The smallest that the parser has facts for: it says what is wrong with it. */
static void test_same_facts(void **state)
{
	static const char *const texts[] = {"", "x", "\177ELF", "~Module signature appended~\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sys_blob blob = blob_of(texts[i], strlen(texts[i]));
		struct ds_image inside = {0}, outside = {0};
		struct ds_error error = {0};

		assert_int_equal(__real_sys_image_parse(&blob, &inside, &error), 0);
		assert_int_equal(ds_string_set(&inside.digest, "d"), 0);
		assert_int_equal(ds_string_set(&outside.digest, "d"), 0);
		assert_int_equal(sys_parser_parse(&blob, &outside, &error), 0);
		assert_true(ds_record_equal(&ds_image_record, &inside, &outside));
		ds_record_done(&ds_image_record, &inside);
		ds_record_done(&ds_image_record, &outside);
		sys_blob_done(&blob);
	}
}

static void test_decompresses(void **state)
{
	struct sys_blob plain = blob_of("some bytes, some bytes, some bytes", 34);

	(void)state;
	for (int kind = 0; kind < DS_COMPRESSION_COUNT; kind++) {
		struct sys_blob stored, back, same;
		struct ds_error error = {0};

		assert_int_equal(
			sys_compress(&plain, (enum ds_compression)kind, &stored, &error), 0);
		assert_int_equal(sys_parser_decompress(&stored, &back, &error), 0);
		assert_int_equal(back.size, 34);
		assert_memory_equal(back.bytes, plain.bytes, 34);
		/* What was checked cannot change: nobody can write to it. */
		assert_true(write(back.fd, "x", 1) < 0);
		sys_blob_done(&back);
		/* Cut: the library's words come through. */
		same = blob_of(stored.bytes, stored.size - 1);
		if (kind != DS_COMPRESSION_NONE) {
			assert_int_equal(sys_parser_decompress(&same, &back, &error), -EBADMSG);
			assert_non_null(strstr(error.text, "unexpected end"));
		}
		sys_blob_done(&same);
		sys_blob_done(&stored);
	}
	sys_blob_done(&plain);
}

static int odd_strings(struct ds_image *image)
{
	return ds_strings_add(&image->aliases, "\033[31m\n\"\\\xff\xc2\x9b") < 0 ||
			       ds_string_set(&image->name, "\x7f") < 0
		       ? -ENOMEM
		       : 0;
}

/* Little that becomes more than we take: too large, and not damaged. */
static void test_bomb(void **state)
{
	struct sys_blob plain = {.size = SYS_BLOB_MAX_BYTES + 1}, stored = {0}, image = {0};
	struct sys_fault fault = {0};
	struct ds_error error;

	(void)state;
	plain.bytes = mmap(NULL, plain.size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(plain.bytes, MAP_FAILED);
	assert_int_equal(sys_compress(&plain, DS_COMPRESSION_GZIP, &stored, &error), 0);
	assert_true(stored.size < 1 << 20);
	assert_int_equal(sys_stored_image(&stored, &image, &fault, &error), 0);
	assert_int_equal(fault.kind, DS_IMAGE_TOO_LARGE);
	assert_null(fault.why);
	/* As stored, so that it has a digest. */
	assert_int_equal(image.size, stored.size);
	munmap((void *)plain.bytes, plain.size);
	sys_blob_done(&stored);
	sys_blob_done(&image);
}

static void test_strings_come_through(void **state)
{
	struct ds_image image = {0}, wanted = {0};

	(void)state;
	ask(odd_strings, &image);
	assert_int_equal(odd_strings(&wanted), 0);
	assert_true(ds_record_equal(&ds_image_record, &image, &wanted));
	ds_record_done(&ds_image_record, &image);
	ds_record_done(&ds_image_record, &wanted);
}

/* --- what it owns ----------------------------------------------------------------------- */

/* Each returns what the system call did; all must have failed. */
static long open_a_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}
static long open_to_write(void)
{
	return open("/tmp/drvswap-taken-over", O_RDWR | O_CREAT, 0600);
}
static long open_the_kernel(void)
{
	return open("/dev/kmsg", O_WRONLY);
}
static long make_a_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static long make_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}
static long make_a_process(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}
static long kill_the_asker(void)
{
	return kill(getppid(), 0);
}
static long kill_all(void)
{
	return kill(1, 0);
}
static long load_a_module(void)
{
	return syscall(SYS_finit_module, 3, "", 0);
}
static long unload_a_module(void)
{
	return syscall(SYS_delete_module, "loop", O_NONBLOCK);
}
static long become_root(void)
{
	return setuid(0);
}
static long mount_something(void)
{
	return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0);
}
static long trace_the_asker(void)
{
	return syscall(SYS_ptrace, 16 /* ATTACH */, getppid(), 0, 0);
}
static long write_to_terminal(void)
{
	return isatty(2) && !DS_IS_SANITIZED ? 0 : -1;
}
static long execute(void)
{
	char *const argv[] = {"true", NULL};

	return execve("/bin/true", argv, argv);
}
static long make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0) == MAP_FAILED
		       ? -1
		       : 0;
}
static long make_data_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(map, 4096, PROT_READ | PROT_EXEC);
}

/* What the filter alone forbids cannot be asked of a kernel, or of an emulator, that has no
 * filters. */
static bool has_filters(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static const struct {
	const char *name;
	long (*call)(void);
	bool needs_filter_of_release; /* a sanitizer may open what everybody may read */
	bool needs_filter;
} crimes[] = {
	{"open a file", open_a_file, true, true},
	{"create a file", open_to_write, true, true},
	{"write to the kernel's log", open_the_kernel, false, false},
	{"make a socket", make_a_socket, false, true},
	{"make a netlink socket", make_netlink, false, true},
	{"make a process", make_a_process, false, false},
	{"signal the asker", kill_the_asker, false, false},
	{"signal init", kill_all, false, false},
	{"load a module", load_a_module, false, false},
	{"unload a module", unload_a_module, false, false},
	{"become root", become_root, false, false},
	{"mount", mount_something, false, false},
	{"trace the asker", trace_the_asker, false, false},
	{"reach the terminal", write_to_terminal, false, false},
	{"execute a program", execute, false, true},
	{"make executable memory", make_code, false, true},
	{"make memory executable", make_data_code, false, true},
};

static int commit_crimes(struct ds_image *image)
{
	for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++)
		if ((!DS_IS_SANITIZED || !crimes[i].needs_filter_of_release) &&
			(has_filters() || !crimes[i].needs_filter) && crimes[i].call() >= 0 &&
			ds_strings_add(&image->aliases, crimes[i].name) < 0)
			return -ENOMEM;
	/* Every descriptor there is: the talk, the bytes, the answer; nothing of the asker's. */
	for (int fd = 6; fd < 1024; fd++)
		if (syscall(SYS_write, fd, "", 0) >= 0 || errno != EBADF)
			return ds_strings_add(&image->aliases, "a descriptor");
	return 0;
}

static void test_owns_nothing(void **state)
{
	struct ds_image image = {0};
	/* Something to be found, and to be closed. */
	int fd = open("/dev/null", O_RDWR);
	int high = fcntl(fd, F_DUPFD, 100);

	(void)state;
	ask(commit_crimes, &image);
	for (size_t i = 0; i < image.aliases.count; i++)
		print_error("it could %s\n", image.aliases.items[i]);
	assert_int_equal(image.fault, DS_IMAGE_OK);
	assert_int_equal(image.aliases.count, 0);
	close(fd);
	close(high);
	ds_record_done(&ds_image_record, &image);
}

/* --- what becomes of us ----------------------------------------------------------------- */

static int crash(struct ds_image *image)
{
	(void)image;
	__builtin_trap();
}

static int leave(struct ds_image *image)
{
	(void)image;
	_exit(0);
}

/* Above the answer there is no room: the kernel ends who goes on. */
static int fill_the_answer(struct ds_image *image)
{
	static char chunk[1 << 20];

	(void)image;
	for (int i = 0; i < 300; i++)
		if (write(5, chunk, sizeof(chunk)) < 0)
			_exit(2);
	return 0;
}

/* Valid JSON behind it does not help. */
static int prepend_nonsense(struct ds_image *image)
{
	(void)image;
	return write(5, "[{", 2) == 2 ? 0 : -ENOMEM;
}

/* Memory that stays writable could change after it was checked. */
static int keep_hold_of_the_answer(struct ds_image *image)
{
	(void)image;
	if (write(5, "{}", 2) != 2)
		return -ENOMEM;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 5, 0) == MAP_FAILED ? -ENOMEM
											: 0;
}

static int answer_at_once(struct ds_image *image)
{
	(void)image;
	return write(3, "yes", 3) == 3 ? 0 : -ENOMEM;
}

static void test_failures_are_damaged_files(void **state)
{
	static int (*const failures[])(struct ds_image *) = {crash, leave, fill_the_answer,
		prepend_nonsense, keep_hold_of_the_answer, answer_at_once};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct ds_image image = {0};

		fresh_child(NULL);
		assert_int_equal(ds_string_set(&image.digest, "of the bytes"), 0);
		ask(failures[i], &image);
		assert_int_equal(image.fault, DS_IMAGE_DAMAGED);
		assert_non_null(image.fault_detail);
		assert_int_equal(image.bytes, 8);
		assert_string_equal(image.digest, "of the bytes");
		ds_record_done(&ds_image_record, &image);
	}
}

/* --- what is not taken from it ----------------------------------------------------------- */

/* The at-th call that confines the child fails; shared with it. */
static struct {
	int at, error, made;
} * failing;

/* The kernel's side of the calls that the wrappers stand in front of. */
int __real_getrlimit64(int resource, struct rlimit *limit);
int __wrap_getrlimit64(int resource, struct rlimit *limit);
int __real_setrlimit64(int resource, const struct rlimit *limit);
int __wrap_setrlimit64(int resource, const struct rlimit *limit);
int __real_setgroups(size_t count, const gid_t *groups);
int __wrap_setgroups(size_t count, const gid_t *groups);
int __real_setresgid(gid_t real, gid_t effective, gid_t saved);
int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved);
int __real_setresuid(uid_t real, uid_t effective, uid_t saved);
int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved);
int __real_prctl(int option, long a, long b, long c, long d);
int __wrap_prctl(int option, long a, long b, long c, long d);
long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

static void fail_call(int at, int error)
{
	failing->at = at;
	failing->error = error;
	failing->made = 0;
}

static bool fails(void)
{
	if (!failing || failing->at == 0 || ++failing->made != failing->at)
		return false;
	errno = failing->error;
	return true;
}

int __wrap_getrlimit64(int resource, struct rlimit *limit)
{
	return fails() ? -1 : __real_getrlimit64(resource, limit);
}

int __wrap_setrlimit64(int resource, const struct rlimit *limit)
{
	return fails() ? -1 : __real_setrlimit64(resource, limit);
}

int __wrap_setgroups(size_t count, const gid_t *groups)
{
	return fails() ? -1 : __real_setgroups(count, groups);
}

int __wrap_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return fails() ? -1 : __real_setresgid(real, effective, saved);
}

int __wrap_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return fails() ? -1 : __real_setresuid(real, effective, saved);
}

/* Its name is nothing that it could do harm with. */
int __wrap_prctl(int option, long a, long b, long c, long d)
{
	return option != PR_SET_NAME && fails() ? -1 : __real_prctl(option, a, b, c, d);
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return number == SYS_capset && fails() ? -1 : __real_syscall(number, a, b, c, d, e, f);
}

static int parses(struct ds_image *image)
{
	return ds_string_set(&image->name, "parsed");
}

/* true: there is an at-th call; it failed, and nothing was read then. */
static bool confines_or_ends(int at, int error)
{
	struct ds_image image = {0};
	bool was_reached;

	fresh_child(NULL);
	fail_call(at, error);
	ask(parses, &image);
	failing->at = 0;
	was_reached = failing->made >= at;
	if (was_reached && (image.name || image.fault != DS_IMAGE_UNREAD))
		print_error("call %d: %s: it went on\n", at, strerror(error));
	assert_true(was_reached ? !image.name && image.fault == DS_IMAGE_UNREAD : !!image.name);
	if (was_reached)
		assert_non_null(strstr(image.fault_detail, strerror(error)));
	ds_record_done(&ds_image_record, &image);
	return was_reached;
}

/* What is compressed is not called damaged either, for nobody looked. */
static void decompresses_nothing(void)
{
	static const char gzip[] = "\x1f\x8b\x08";
	struct sys_blob stored = blob_of(gzip, sizeof(gzip)), image = {0};
	struct sys_fault fault = {0};
	struct ds_error error;

	fresh_child(NULL);
	fail_call(1, EPERM);
	assert_int_equal(sys_stored_image(&stored, &image, &fault, &error), 0);
	failing->at = 0;
	assert_int_equal(fault.kind, DS_IMAGE_UNREAD);
	assert_non_null(strstr(fault.why, strerror(EPERM)));
	free(fault.why);
	sys_blob_done(&stored);
	sys_blob_done(&image);
}

/* A child that could not be confined reads nothing. */
static void test_fails_closed(void **state)
{
	static const int errors[] = {EIO, ENOSPC, ENOMEM, EINTR, EBUSY, EPERM};
	int reached = 0;

	(void)state;
	failing = mmap(
		NULL, sizeof(*failing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(failing, MAP_FAILED);
	for (int at = 1; confines_or_ends(at, errors[0]); at++, reached++)
		for (size_t i = 1; i < sizeof(errors) / sizeof(errors[0]); i++)
			assert_true(confines_or_ends(at, errors[i]));
	decompresses_nothing();
	munmap(failing, sizeof(*failing));
	failing = NULL;
	/* Limits, and where we are root its groups and numbers; capabilities, the filter. */
	assert_true(reached >= 7 + 6 + (geteuid() == 0 ? 3 : 0));
}

/* The next file is read by the next child. */
static void test_goes_on_after_a_crash(void **state)
{
	struct ds_image image = {0};

	(void)state;
	ask(crash, &image);
	ds_record_done(&ds_image_record, &image);
	ask(NULL, &image);
	assert_int_equal(image.fault, DS_IMAGE_NOT_ELF);
	ds_record_done(&ds_image_record, &image);
}

/* A child of the asker is not the asker: it gets a reader of its own. */
static void test_forked_asker(void **state)
{
	struct ds_image image = {0};
	int status;
	pid_t pid;

	(void)state;
	ask(NULL, &image);
	ds_record_done(&ds_image_record, &image);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		ask(NULL, &image);
		sys_parser_end();
		_exit(image.fault == DS_IMAGE_NOT_ELF ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ask(NULL, &image);
	assert_int_equal(image.fault, DS_IMAGE_NOT_ELF);
	ds_record_done(&ds_image_record, &image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_same_facts, fresh_child),
		cmocka_unit_test_setup(test_decompresses, fresh_child),
		cmocka_unit_test_setup(test_bomb, fresh_child),
		cmocka_unit_test_setup(test_strings_come_through, fresh_child),
		cmocka_unit_test_setup(test_owns_nothing, fresh_child),
		cmocka_unit_test_setup(test_failures_are_damaged_files, fresh_child),
		cmocka_unit_test_setup(test_fails_closed, fresh_child),
		cmocka_unit_test_setup(test_goes_on_after_a_crash, fresh_child),
		cmocka_unit_test_setup(test_forked_asker, fresh_child),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sys_parser_end();
	return failed;
}
