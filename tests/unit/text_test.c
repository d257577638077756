/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Small things in tables: errors, names, parameters, identities, outcomes, operations in words. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/core/params.h"
#include "drvswap/txn.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- errors ----------------------------------------------------------------------------- */

static void test_error(void **state)
{
	struct ds_error error = {0};
	char *longer = malloc(3 * DS_ERROR_TEXT_BYTES);

	(void)state;
	assert_int_equal(ds_error_set(&error, -EIO, "read %s: %d", "a", 5), -EIO);
	assert_string_equal(error.text, "read a: 5");
	assert_int_equal(ds_error_hint(&error, "try %s", "b"), -EIO);
	assert_int_equal(ds_error_prefix(&error, "swap %s", "net"), -EIO);
	assert_string_equal(error.text, "swap net: read a: 5");
	assert_string_equal(error.hint, "try b");
	assert_int_equal(ds_error_set(&error, -ENOENT, "gone"), -ENOENT);
	assert_string_equal(error.hint, "");

	/* Too long is cut, before and behind; never written past. */
	memset(longer, 'x', 3 * DS_ERROR_TEXT_BYTES - 1);
	longer[3 * DS_ERROR_TEXT_BYTES - 1] = '\0';
	ds_error_prefix(&error, "%s", longer);
	assert_int_equal(strlen(error.text), DS_ERROR_TEXT_BYTES - 1);
	ds_error_set(&error, -EIO, "%s", longer);
	ds_error_hint(&error, "%s", longer);
	assert_int_equal(strlen(error.text), DS_ERROR_TEXT_BYTES - 1);
	assert_int_equal(strlen(error.hint), sizeof(error.hint) - 1);
	ds_error_prefix(&error, "swap");
	assert_int_equal(strncmp(error.text, "swap: xxx", 9), 0);
	free(longer);
}

/* --- names ------------------------------------------------------------------------------ */

static void test_name_tables(void **state)
{
	static const struct {
		const char *const *names;
		size_t count;
	} tables[] = {
		{ds_level_names, DS_LEVEL_COUNT},
		{ds_lockdown_names, DS_LOCKDOWN_COUNT},
		{ds_compression_names, DS_COMPRESSION_COUNT},
		{ds_module_state_names, DS_MODULE_STATE_COUNT},
		{ds_source_names, DS_SOURCE_COUNT},
		{ds_outcome_kind_names, DS_OUTCOME_KIND_COUNT},
		{ds_op_kind_names, DS_OP_KIND_COUNT},
		{ds_phase_names, DS_PHASE_COUNT},
		{ds_verb_names, DS_VERB_COUNT},
		{ds_event_kind_names, DS_EVENT_KIND_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		assert_null(tables[i].names[tables[i].count]);
		for (size_t a = 0; a < tables[i].count; a++) {
			assert_non_null(tables[i].names[a]);
			for (size_t b = 0; b < a; b++)
				assert_string_not_equal(tables[i].names[a], tables[i].names[b]);
		}
	}
	assert_string_equal(ds_op_kind_names[DS_OP_FILE_EXCHANGE], "file-exchange");
	assert_string_equal(ds_op_kind_names[DS_OP_VERIFY], "verify");
	assert_string_equal(ds_module_state_names[DS_MODULE_GOING], "going");
}

static void test_module_names(void **state)
{
	static const struct {
		const char *name;
		bool is_valid;
	} rows[] = {
		{"vmxnet3", true},
		{"snd-hda_intel", true},
		{"8139too", true},
		{"_", true},
		{"", false},
		{"-n", false},
		{"a b", false},
		{"a/b", false},
		{"..", false},
		{"a.ko", false},
		{"caf\xc3\xa9", false},
		{"a\n", false},
		{"1234567890123456789012345678901234567890123456789012345", true},
		{"12345678901234567890123456789012345678901234567890123456", false},
	};
	char name[] = "snd-hda-intel";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ds_module_name_is_valid(rows[i].name) != rows[i].is_valid)
			fail_msg("\"%s\"", rows[i].name);
	ds_module_name_normalise(name);
	assert_string_equal(name, "snd_hda_intel");
}

/* --- parameters ------------------------------------------------------------------------- */

static void test_params_line(void **state)
{
	static const struct {
		struct ds_param params[3];
		size_t count;
		const char *line;
	} rows[] = {
		{{{NULL, NULL}}, 0, ""},
		{{{(char *)"a", (char *)"1"}}, 1, "a=1"},
		{{{(char *)"a", (char *)""}}, 1, "a="},
		{{{(char *)"debug", NULL}}, 1, "debug"},
		{{{(char *)"a", (char *)"two words"}}, 1, "a=\"two words\""},
		{{{(char *)"a", (char *)"tab\there"}}, 1, "a=\"tab\there\""},
		{{{(char *)"a", (char *)"1,2"}, {(char *)"b", NULL}, {(char *)"c", (char *)"x=y"}},
			3, "a=1,2 b c=x=y"},
		/* To the kernel this byte is a blank, in the middle of a letter or not. */
		{{{(char *)"a", (char *)"\xc3\xa0"}}, 1, "a=\"\xc3\xa0\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *line = ds_params_line(rows[i].params, rows[i].count);
		struct ds_params parsed = {0};

		assert_string_equal(line, rows[i].line);
		assert_int_equal(ds_params_parse(line, &parsed), 0);
		assert_int_equal(parsed.items.count, rows[i].count);
		for (size_t p = 0; p < rows[i].count; p++)
			assert_true(ds_record_equal(
				&ds_param_record, &parsed.items.items[p], &rows[i].params[p]));
		ds_params_done(&parsed);
		free(line);
	}
}

/* Expected is what next_arg() of lib/cmdline.c makes of it, 6.1. */
static void test_params_probe_later(void **state)
{
	static const struct {
		const char *line;
		bool by_default, is_later;
	} rows[] = {
		{NULL, false, false},
		{"", true, true},
		{"debug=1", false, false},
		{"async_probe", false, true},
		{"async_probe=1", false, true},
		{"debug=1 async_probe=y", false, true},
		{"async_probe=0", false, false},
		{"async_probe=off debug=1", true, false},
		{"async_probe=perhaps", false, true},
		{"async_probe=", false, true},
		{"async_probe=1 async_probe=0", false, false},
		{"async_probe=0 async_probe", false, true},
		{"mode=async_probe", false, false},
		{"no_async_probe=1", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ds_params_probe_later(rows[i].line, rows[i].by_default) != rows[i].is_later)
			fail_msg("%s", rows[i].line ? rows[i].line : "(null)");
}

static void test_params_parse(void **state)
{
	static const struct {
		const char *line;
		size_t count;
		struct ds_param first;
	} rows[] = {
		{NULL, 0, {NULL, NULL}},
		{"", 0, {NULL, NULL}},
		{"  \t\n", 0, {NULL, NULL}},
		{"debug", 1, {(char *)"debug", NULL}},
		{"  a=1  b=2 ", 2, {(char *)"a", (char *)"1"}},
		{"a=", 1, {(char *)"a", (char *)""}},
		{"a=b=c", 1, {(char *)"a", (char *)"b=c"}},
		{"a=\"x y\" b", 2, {(char *)"a", (char *)"x y"}},
		{"\"a=x y\" b", 2, {(char *)"a", (char *)"x y"}},
		{"a=x\" \"y b", 2, {(char *)"a", (char *)"x\" \"y"}},
		{"a=\"x", 1, {(char *)"a", (char *)"x"}},
		{"a=\"x y", 1, {(char *)"a", (char *)"x y"}},
		{"\"a", 1, {(char *)"a", NULL}},
		{"a=\"\"", 1, {(char *)"a", (char *)""}},
		{"a=\"", 1, {(char *)"a", (char *)""}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ds_params params = {0};

		assert_int_equal(ds_params_parse(rows[i].line, &params), 0);
		if (params.items.count != rows[i].count ||
			(rows[i].count > 0 && !ds_record_equal(&ds_param_record,
						      &params.items.items[0], &rows[i].first)))
			fail_msg("%s: %zu, %s=%s", rows[i].line, params.items.count,
				params.items.count ? params.items.items[0].name : "-",
				params.items.count ? params.items.items[0].value : "-");
		ds_params_done(&params);
	}
}

static void test_param_names(void **state)
{
	(void)state;
	assert_true(ds_param_name_equal("a-b", "a_b"));
	assert_true(ds_param_name_equal("a", "a"));
	assert_false(ds_param_name_equal("a", "ab"));
	assert_false(ds_param_name_equal("ab", "a"));
	assert_false(ds_param_name_equal("a-", "a"));
	assert_false(ds_param_name_equal("A", "a"));
}

static void test_param_values(void **state)
{
	static const struct {
		const char *in_force, *configured;
		bool is_same;
	} rows[] = {
		{"Y", NULL, true},
		{"Y", "1", true},
		{"Y", "y", true},
		{"Y", "on", true},
		{"Y", "yes", true},
		{"N", "0", true},
		{"N", "off", true},
		{"N", "no", true},
		{"Y", "0", false},
		{"N", "on", false},
		{"N", NULL, false},
		{"16", "0x10", true},
		{"8", "010", true},
		{"-1", "-1", true},
		{"1", "2", false},
		{"4294967295", "-1", false},
		{"18446744073709551615", "9223372036854775807", false},
		{"eth0", "eth0", true},
		{"eth0", "eth1", false},
		{"", "", true},
		{"", "0", false},
		{"1,2", "1,2", true},
		{"1,2", "1", false},
		{"none", "no", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ds_param_value_equal(rows[i].in_force, rows[i].configured) != rows[i].is_same)
			fail_msg("%s and %s", rows[i].in_force, rows[i].configured);
}

/* --- identity --------------------------------------------------------------------------- */

static void test_params_back(void **state)
{
	static const struct {
		const char *options, *given, *in_force; /* in force: of "level" */
		const char *wanted;
	} rows[] = {
		{NULL, NULL, "9", ""},
		{"level=5 name=\"a b\"", NULL, "5", "level=5 name=\"a b\""},
		/* Configured, and something else is in force: that is known. */
		{"level=5 name=\"a b\"", NULL, "9", "level=9 name=\"a b\""},
		{"level", NULL, "N", "level=N"},
		/* Text may be printed otherwise than it is read. */
		{"level=low", NULL, "(null)", "level=low"},
		{"level=low", NULL, "high,2", "level=low"},
		/* Not configured: the default is not known, but what was given is. */
		{"name=x", "level=0x9", "9", "name=x level=0x9"},
		{"name=x", "level=7", "9", "name=x"},
		{"level=low", "level=high", "high", "level=high"},
		{"level=9", "level=0x9", "9", "level=9"},
		{"name=x", "speed=1", "9", "name=x"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ds_param param = {
			.name = (char *)"level", .value = (char *)rows[i].in_force};
		const struct ds_module module = {.options = (char *)rows[i].options,
			.given = (char *)rows[i].given,
			.params = {.items = &param, .count = 1}};
		char *line = ds_params_back(&module);

		assert_string_equal(line, rows[i].wanted);
		free(line);
	}
}

static void test_identity(void **state)
{
	static const struct {
		struct ds_identity a, b;
		enum ds_same same;
		const char *by;
	} rows[] = {
		{{NULL, NULL, NULL}, {NULL, NULL, NULL}, DS_SAME_UNKNOWN, "nothing"},
		{{(char *)"b", NULL, NULL}, {(char *)"b", NULL, NULL}, DS_SAME_YES, "build-id"},
		{{(char *)"b", (char *)"s", (char *)"v"}, {(char *)"b", (char *)"t", (char *)"w"},
			DS_SAME_YES, "build-id"},
		{{(char *)"b", (char *)"s", (char *)"v"}, {(char *)"c", (char *)"s", (char *)"v"},
			DS_SAME_NO, "build-id"},
		{{(char *)"b", (char *)"s", (char *)"v"}, {NULL, (char *)"s", (char *)"v"},
			DS_SAME_NO, "build-id"},
		{{NULL, (char *)"s", (char *)"v"}, {NULL, (char *)"s", (char *)"w"}, DS_SAME_YES,
			"srcversion"},
		{{NULL, (char *)"s", (char *)"v"}, {NULL, NULL, (char *)"v"}, DS_SAME_NO,
			"srcversion"},
		{{NULL, NULL, (char *)"v"}, {NULL, NULL, (char *)"v"}, DS_SAME_YES, "version"},
		{{NULL, NULL, (char *)"v"}, {NULL, NULL, (char *)"w"}, DS_SAME_NO, "version"},
		{{NULL, NULL, (char *)"v"}, {NULL, NULL, NULL}, DS_SAME_NO, "version"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *by = NULL;

		assert_int_equal(ds_identity_compare(&rows[i].a, &rows[i].b, &by), rows[i].same);
		assert_string_equal(by, rows[i].by);
		assert_int_equal(ds_identity_compare(&rows[i].b, &rows[i].a, NULL), rows[i].same);
	}
}

static void test_runs_installed(void **state)
{
	struct ds_host host = {.installed.type = DS_FILE_REGULAR};

	(void)state;
	assert_false(ds_host_runs_installed(&host));
	host.module.identity.version = host.installed_image.identity.version = (char *)"1";
	assert_true(ds_host_runs_installed(&host));
	host.installed.type = DS_FILE_ABSENT;
	assert_false(ds_host_runs_installed(&host));
}

/* --- outcome and operations ------------------------------------------------------------- */

/* design.md, "Command line". */
static void test_exit_codes(void **state)
{
	static const int codes[DS_OUTCOME_KIND_COUNT] = {0, 0, 1, 2, 3, 4, 5, 6, 0};

	(void)state;
	for (int i = 0; i < DS_OUTCOME_KIND_COUNT; i++)
		assert_int_equal(ds_outcome_exit_code((enum ds_outcome_kind)i), codes[i]);
}

static const struct {
	int kind;
	const char *value, *text;
} op_texts[DS_OP_KIND_COUNT] = {
	{DS_OP_NONE, "note it", "note it"},
	{DS_OP_FILE_HOLD, NULL, "keep package managers out: hold /p"},
	{DS_OP_FILE_RELEASE, NULL, "let go of /p"},
	{DS_OP_FILE_COPY, NULL, "keep a copy of /o as /p"},
	{DS_OP_FILE_STAGE, NULL, "write the candidate to /p"},
	{DS_OP_FILE_EXCHANGE, NULL, "exchange /p with /o"},
	{DS_OP_FILE_RENAME, NULL, "rename /o to /p"},
	{DS_OP_FILE_REMOVE, NULL, "remove /p"},
	{DS_OP_FILE_EXPECT, NULL, "check that /p is still what was looked at"},
	{DS_OP_DEPMOD, "6.1", "run depmod -a 6.1 and look net up afresh"},
	{DS_OP_INITRAMFS_BUILD, "/t", "build /p with /t, and look for net in it"},
	{DS_OP_INITRAMFS_EXCHANGE, NULL, "exchange /p with /o"},
	{DS_OP_INITRAMFS_RESTORE, NULL, "exchange /p with /o"},
	{DS_OP_INITRAMFS_REMOVE, NULL, "remove /p"},
	{DS_OP_AUTOLOAD_STOP, NULL, "keep udev and modprobe from loading net (/p)"},
	{DS_OP_AUTOLOAD_ALLOW, NULL, "let udev and modprobe load net again (/p)"},
	{DS_OP_HOST_COMPARE, NULL, "compare the host with what was observed"},
	{DS_OP_MODULE_PROVE, NULL, "ask the kernel whether it would take /p"},
	{DS_OP_MODULE_LOAD, "a=1", "load net from /p with a=1"},
	{DS_OP_MODULE_INSERT, "", "insert net from /p, or else by modprobe"},
	{DS_OP_MODULE_UNLOAD, NULL, "unload net"},
	{DS_OP_DEVICES_WAIT, "pci/0", "wait until net drives pci/0"},
	{DS_OP_NETWORK_RESTORE, "eth0", "restore the network of eth0"},
	{DS_OP_NETWORK_SETTINGS, "eth0", "restore the settings of eth0"},
	{DS_OP_NETWORK_READY, "eth0", "wait until the kernel is ready to use eth0"},
	{DS_OP_NETWORK_OWNERS, "ifupdown (eth0)",
		"wait until the owners of the network have settled, and fill what they leave out: "
		"ifupdown (eth0)"},
	{DS_OP_LINKS_WAIT, "eth0", "wait for the carrier of eth0"},
	{DS_OP_SYSCTL, "10", "set /p to 10"},
	{DS_OP_SYSFS, "1", "set /p to 1"},
	{DS_OP_HOOK, "pre", "run the pre hook /p"},
	{DS_OP_VERIFY, "`a`",
		"verify what runs, the devices, links, addresses, routes and gateways; "
		"run `a`"},
	{DS_OP_CONFIRM, "60", "wait 60 s for `drvswap confirm`, and verify all the while"},
	{DS_OP_PROOF_KEY, "60",
		"proof: wait 60 s for the Enter key at your terminal, and verify all the "
		"while"},
	{DS_OP_PROOF_ACK, "60",
		"proof: wait 60 s until your SSH client acknowledges what is sent after "
		"the swap, and verify all the while"},
};

static void test_op_text(void **state)
{
	const struct ds_op empty = {.kind = DS_OP_FILE_EXCHANGE};
	const struct ds_op beside = {
		.kind = DS_OP_FILE_RENAME, .path = (char *)"/m/a.old", .other = (char *)"/n/a"};
	char *text;

	(void)state;
	for (int i = 0; i < DS_OP_KIND_COUNT; i++) {
		const struct ds_op op = {
			.kind = i,
			.module = (char *)"net",
			.path = (char *)"/p",
			.other = (char *)"/o",
			.value = (char *)op_texts[i].value,
		};

		assert_int_equal(op_texts[i].kind, i);
		text = ds_op_text(&op, NULL);
		assert_string_equal(text, op_texts[i].text);
		free(text);
	}
	text = ds_op_text(&empty, NULL);
	assert_string_equal(text, "exchange  with ");
	free(text);
	/* What lies beside the installed file is named by its name alone. */
	text = ds_op_text(&beside, "/m/a");
	assert_string_equal(text, "rename /n/a to a.old");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_name_tables),
		cmocka_unit_test(test_module_names),
		cmocka_unit_test(test_params_line),
		cmocka_unit_test(test_params_parse),
		cmocka_unit_test(test_params_probe_later),
		cmocka_unit_test(test_param_names),
		cmocka_unit_test(test_param_values),
		cmocka_unit_test(test_params_back),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_runs_installed),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_op_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
