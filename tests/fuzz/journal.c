/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The journal that a recovery finds. The first byte says how the rest is taken: 'r' as it is, all
 * else gets the right checksum on each line, so that what is behind the checksum is reached. The
 * bits of that byte say which operations fail.
 */

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "drvswap/txn.h"
#include "fuzz.h"

struct scripted {
	struct ds_door door; /* first: the door is the script behind it */
	char *journal;
	const struct ds_host *before;
	uint8_t fails;
	unsigned int calls;
};

static struct scripted *scripted_of(struct ds_door *door)
{
	return (struct scripted *)door;
}

static bool does_fail(struct ds_door *door)
{
	struct scripted *scripted = scripted_of(door);

	return scripted->fails >> (scripted->calls++ % 8) & 1;
}

static int look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error)
{
	(void)request;
	if (does_fail(door))
		return ds_error_set(error, -EIO, "scripted");
	return scripted_of(door)->before
		       ? ds_record_copy(&ds_host_record, scripted_of(door)->before, ret_host)
		       : 0;
}

static int apply(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
	int64_t deadline_ms, struct ds_error *error)
{
	(void)before, (void)deadline_ms;
	ensure(op->kind > DS_OP_NONE && op->kind < DS_OP_KIND_COUNT);
	return does_fail(door) ? ds_error_set(error, -EIO, "scripted") : 0;
}

/* A line is one line, whatever is in it. */
static int record(struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error)
{
	(void)log;
	ensure(!line || !strchr(line, '\n'));
	return does_fail(door) ? ds_error_set(error, -ENOSPC, "scripted") : 0;
}

static int recall(struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error)
{
	(void)error;
	*ret_text = strdup(log == DS_LOG_JOURNAL ? scripted_of(door)->journal : "");
	return 0;
}

static int listen_not(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error)
{
	(void)door, (void)wanted, (void)deadline_ms, (void)ret_word, (void)error;
	return 0;
}

static int64_t now(struct ds_door *door)
{
	return scripted_of(door)->calls;
}

/* --- input ------------------------------------------------------------------------------ */

/* Each line with its checksum in front; allocated. */
static char *with_checksums(const char *text)
{
	size_t lines = 1, length = strlen(text);
	char *all, *end;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	all = end = malloc(length + lines * 10 + 1);
	ensure(all);
	while (*text) {
		size_t line = strcspn(text, "\n");

		end += sprintf(end, "%08lx %.*s",
			crc32(0, (const unsigned char *)text, (unsigned int)line), (int)line, text);
		if (text[line] == '\n')
			*end++ = '\n';
		text += line + (text[line] == '\n');
	}
	*end = '\0';
	return all;
}

static void recover(struct scripted *scripted, const char *boot_id, bool is_files_only)
{
	struct ds_outcome outcome = {0};
	struct ds_error error = {0};
	const struct ds_recovery recovery = {.boot_id = boot_id, .is_files_only = is_files_only};
	int r = ds_txn_recover(&scripted->door, &recovery, NULL, &outcome, &error);

	ensure(outcome.kind >= 0 && outcome.kind < DS_OUTCOME_KIND_COUNT);
	/* What failed says why. */
	ensure(r == 0 || error.text[0]);
	ds_record_done(&ds_outcome_record, &outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct scripted scripted = {
		.door = {.look = look,
			.apply = apply,
			.record = record,
			.recall = recall,
			.listen = listen_not,
			.now_ms = now,
			.wall_time_s = now},
	};
	struct ds_journal journal = {0};
	struct ds_error error = {0};
	char *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)bytes + 1, size - 1);
	ensure(text);
	if (bytes[0] == 'r') {
		scripted.journal = text;
	} else {
		scripted.fails = bytes[0];
		scripted.journal = with_checksums(text);
		free(text);
	}
	if (ds_journal_parse(scripted.journal, &journal, &error) < 0)
		ensure(error.text[0]);
	scripted.before = journal.is_begun ? &journal.begin.before : NULL;
	recover(&scripted, journal.is_begun ? journal.begin.boot_id : "", false);
	recover(&scripted, "another boot", true);
	recover(&scripted, "another boot", false);
	ds_record_done(&ds_journal_record, &journal);
	free(scripted.journal);
	return 0;
}
