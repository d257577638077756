/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The window in which somebody must say that the host can still be reached. */

#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

/* How often the host is verified while we wait. */
#define VERIFY_MS 2000

#define BIT(kind) (1U << (kind))

const char *const ds_word_kind_names[] = {
	"none", "confirm", "extend", "rollback", "shutdown", NULL};
_Static_assert(sizeof(ds_word_kind_names) / sizeof(char *) == DS_WORD_KIND_COUNT + 1, "");

static const struct ds_field word_fields[] = {
	DS_ENUM(struct ds_word, kind, ds_word_kind_names),
	DS_INT(struct ds_word, seconds),
	DS_FIELDS_END,
};
const struct ds_record ds_word_record = {"word", sizeof(struct ds_word), word_fields};

static int stopped(const struct ds_word *word, struct ds_error *error)
{
	if (word->kind == DS_WORD_ROLLBACK)
		return ds_error_set(error, -ECANCELED, "a rollback was asked for");
	ds_error_set(error, -ESHUTDOWN, "the host was shut down before the swap was confirmed");
	return ds_error_hint(error, "The next boot has the old driver; `drvswap history` says what "
				    "became of the swap.");
}

int transaction_heed(struct transaction *txn, size_t done, struct ds_error *error)
{
	/* A commit that has begun takes no longer to finish than to undo. */
	bool is_committing = txn->begin->plan.steps.items[done].phase == DS_PHASE_COMMIT;
	const unsigned int wanted =
		BIT(DS_WORD_ROLLBACK) | (is_committing ? 0 : BIT(DS_WORD_SHUTDOWN));
	struct ds_word word = {0};
	struct ds_error ignored;

	/* Who cannot be heard cannot stop us: the swap itself is no worse for it. */
	if (txn->door->listen(txn->door, wanted, 0, &word, &ignored) < 0)
		return 0;
	return word.kind == DS_WORD_NONE ? 0 : stopped(&word, error);
}

/* 1: confirmed; 0: go on waiting, until *deadline_ms. */
static int heed_word(
	const struct ds_word *word, int64_t now_ms, int64_t *deadline_ms, struct ds_error *error)
{
	switch (word->kind) {
	case DS_WORD_CONFIRM:
		return 1;
	case DS_WORD_ROLLBACK:
	case DS_WORD_SHUTDOWN:
		return stopped(word, error);
	case DS_WORD_EXTEND:
		*deadline_ms = now_ms + word->seconds * 1000;
		return 0;
	default:
		return 0;
	}
}

int transaction_confirm(struct transaction *txn, const struct ds_op *op, struct ds_error *error)
{
	const unsigned int wanted = BIT(DS_WORD_CONFIRM) | BIT(DS_WORD_EXTEND) |
				    BIT(DS_WORD_ROLLBACK) | BIT(DS_WORD_SHUTDOWN);
	struct ds_door *door = txn->door;
	int64_t deadline_ms = door->now_ms(door) + strtoll(op->value, NULL, 10) * 1000;

	for (;;) {
		int64_t now_ms = door->now_ms(door), slice_ms = now_ms + VERIFY_MS;
		struct ds_word word = {0};
		int r;

		if (now_ms >= deadline_ms)
			return ds_error_set(error, -ETIMEDOUT, "nobody confirmed in time");
		r = door->listen(door, wanted, slice_ms < deadline_ms ? slice_ms : deadline_ms,
			&word, error);
		if (r == 0)
			r = heed_word(&word, door->now_ms(door), &deadline_ms, error);
		/* A confirmation is worth nothing if what was confirmed no longer works. */
		if (r >= 0) {
			int broken = transaction_verify(txn, true, error);

			r = broken < 0 ? broken : r;
		}
		if (r != 0)
			return r < 0 ? r : 0;
	}
}
