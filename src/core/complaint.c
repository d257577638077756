/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The kernel's complaints, as lib/dump_stack.c, kernel/panic.c and arch/x86/kernel/dumpstack.c of
 * 6.1 and 6.12 print them:
 *
 *	------------[ cut here ]------------
 *	the text of a WARN(), where it has one
 *	WARNING: CPU: 0 PID: 99 at file.c:62 function+0x15/0x20 [module]
 *	Modules linked in: ...
 *	Call Trace:
 *	 function+0x15/0x20 [module]
 *	 ? a frame that the unwinder does not vouch for
 *	---[ end trace 0000000000000000 ]---
 *
 * Some are a single line ("NETDEV WATCHDOG" of 6.12), and some never say that they have ended.
 */

#include <stdio.h>
#include <string.h>

#include "drvswap/health.h"

/* Longer than any call trace; then what follows is another matter. */
#define BLOCK_LINES_MAX 120

static const char *const markers[] = {
	"WARNING: ",
	"BUG: ",
	"kernel BUG at ",
	"Oops: ",
	"Oops - ",
	"Internal error: ",
	"Unable to handle kernel ",
	"general protection fault",
	"NETDEV WATCHDOG: ",
	"UBSAN: ",
};

static bool has_marker(const char *line)
{
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (strstr(line, markers[i]))
			return true;
	return false;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* "eth0" is in "eth0:" and not in "veth0" or "eth01". */
static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (length == 0)
		return false;
	for (const char *p = strstr(line, word); p; p = strstr(p + 1, word))
		if ((p == line || !is_name_character(p[-1])) && !is_name_character(p[length]))
			return true;
	return false;
}

/* "[module]", or "[module build-id]" where CONFIG_STACKTRACE_BUILD_ID is set. */
static bool has_frame_of(const char *line, const char *module)
{
	size_t length = strlen(module);

	/* The list of all modules accuses nobody, and frames with '?' may be old ones. */
	if (strstr(line, "Modules linked in:") || line[strspn(line, " ")] == '?')
		return false;
	for (const char *p = strchr(line, '['); p; p = strchr(p + 1, '['))
		if (strncmp(p + 1, module, length) == 0 &&
			(p[length + 1] == ']' || p[length + 1] == ' '))
			return true;
	return false;
}

static bool names(const struct ds_accused *accused, const char *line, bool is_headline)
{
	if (has_frame_of(line, accused->module))
		return true;
	/* Further down, a device or link is named by lines that have nothing to do with it. */
	for (size_t i = 0; is_headline && i < accused->names.count; i++)
		if (has_word(line, accused->names.items[i]))
			return true;
	return false;
}

static void open_block(struct ds_complaint_reader *reader)
{
	*reader = (struct ds_complaint_reader){.is_open = true};
}

/* The first line of a block, until one with a marker says it better. true: this line became it. */
static bool take_headline(struct ds_complaint_reader *reader, const char *line)
{
	bool is_marked = has_marker(line);

	if (reader->headline[0] && (reader->has_marker || !is_marked))
		return false;
	snprintf(reader->headline, sizeof(reader->headline), "%s", line);
	reader->has_marker = is_marked;
	return true;
}

bool ds_complaint_read(
	struct ds_complaint_reader *reader, const struct ds_accused *accused, const char *line)
{
	bool is_headline;

	if (strstr(line, "[ cut here ]")) {
		open_block(reader);
		return false;
	}
	if (reader->lines >= BLOCK_LINES_MAX)
		reader->is_open = false;
	/* One that was told is done with: a marker after it begins another. */
	if (has_marker(line) && (!reader->is_open || (reader->is_told && reader->has_marker)))
		open_block(reader);
	if (!reader->is_open)
		return false;
	reader->lines++;
	is_headline = take_headline(reader, line);
	if (strstr(line, "---[ end trace"))
		reader->is_open = false;
	if (reader->is_told || !names(accused, line, is_headline))
		return false;
	reader->is_told = true;
	return true;
}
