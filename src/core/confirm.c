/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The window in which somebody must say that the host can still be reached. */

#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

/* How often the host is verified while we wait. */
#define VERIFY_MS 2000

#define BIT(kind) (1U << (kind))

const char *const ds_word_kind_names[] = {"none", "confirm", "extend", "rollback", NULL};
_Static_assert(sizeof(ds_word_kind_names) / sizeof(char *) == DS_WORD_KIND_COUNT + 1, "");

static const struct ds_field word_fields[] = {
	DS_ENUM(struct ds_word, kind, ds_word_kind_names),
	DS_INT(struct ds_word, seconds),
	DS_FIELDS_END,
};
const struct ds_record ds_word_record = {"word", sizeof(struct ds_word), word_fields};

static int canceled(struct ds_error *error)
{
	return ds_error_set(error, -ECANCELED, "a rollback was asked for");
}

int transaction_heed(struct transaction *txn, struct ds_error *error)
{
	struct ds_word word = {0};
	struct ds_error ignored;

	/* Who cannot be heard cannot stop us: the swap itself is no worse for it. */
	if (txn->door->listen(txn->door, BIT(DS_WORD_ROLLBACK), 0, &word, &ignored) < 0)
		return 0;
	return word.kind == DS_WORD_ROLLBACK ? canceled(error) : 0;
}

/* 1: confirmed; 0: go on waiting, until *deadline_ms. */
static int heed_word(
	const struct ds_word *word, int64_t now_ms, int64_t *deadline_ms, struct ds_error *error)
{
	switch (word->kind) {
	case DS_WORD_CONFIRM:
		return 1;
	case DS_WORD_ROLLBACK:
		return canceled(error);
	case DS_WORD_EXTEND:
		*deadline_ms = now_ms + word->seconds * 1000;
		return 0;
	default:
		return 0;
	}
}

int transaction_confirm(struct transaction *txn, const struct ds_op *op, struct ds_error *error)
{
	const unsigned int wanted =
		BIT(DS_WORD_CONFIRM) | BIT(DS_WORD_EXTEND) | BIT(DS_WORD_ROLLBACK);
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
