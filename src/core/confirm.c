/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The window in which somebody must say that the host can still be reached. */

#include <errno.h>
#include <stdlib.h>

#include "transaction.h"

/* How often the host is verified while we wait. */
#define VERIFY_MS 2000

/* How often the connection is looked at: an answer takes one round trip. */
#define TRAFFIC_MS 200

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

/* A commit that has begun, or has only to be said, takes no longer to finish than to undo. */
static bool is_committing(const struct ds_plan *plan, size_t done)
{
	const struct ds_step *steps = plan->steps.items;

	return steps[done].phase == DS_PHASE_COMMIT || done + 1 == plan->steps.count ||
	       steps[done + 1].phase == DS_PHASE_CLEAN;
}

int transaction_heed(struct transaction *txn, size_t done, struct ds_error *error)
{
	const unsigned int wanted =
		BIT(DS_WORD_ROLLBACK) |
		(is_committing(&txn->begin->plan, done) ? 0 : BIT(DS_WORD_SHUTDOWN));
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
		/* Never less than it has. */
		if (*deadline_ms < now_ms + word->seconds * 1000)
			*deadline_ms = now_ms + word->seconds * 1000;
		return 0;
	default:
		return 0;
	}
}

/* A wait for a word, or for the caller's connection to prove itself. */
struct wait {
	struct transaction *txn;
	const struct ds_op *op;
	int64_t deadline_ms, verify_ms;
	int64_t goal; /* more than this must be acknowledged; -1: the connection was not seen yet */
	bool is_ended; /* the connection is */
};

/*
 * 1: the peer has acknowledged bytes that were written after the first look. What was written
 * before it may have been on its way before the swap, and proves nothing.
 */
static int heed_traffic(struct wait *wait)
{
	struct ds_door *door = wait->txn->door;
	struct ds_traffic traffic = {0};
	struct ds_error ignored;
	int r = door->traffic(door, &wait->txn->begin->request.caller, &traffic, &ignored);

	wait->is_ended = r == -ENOENT;
	if (r < 0)
		return 0;
	if (wait->goal < 0)
		wait->goal = traffic.written;
	return traffic.acknowledged > wait->goal;
}

static int not_proven(const struct wait *wait, struct ds_error *error)
{
	switch (wait->op->kind) {
	case DS_OP_PROOF_KEY:
		return ds_error_set(error, -ETIMEDOUT, "no key was pressed in time");
	case DS_OP_PROOF_ACK:
		return ds_error_set(error, -ETIMEDOUT,
			wait->is_ended ? "your SSH connection ended, and nobody confirmed in time"
				       : "your SSH client acknowledged nothing that was sent "
					 "after the swap");
	default:
		return ds_error_set(error, -ETIMEDOUT, "nobody confirmed in time");
	}
}

/*
 * A host that goes down ends a --check that is running with us, and its network. What it has broken
 * is no fault of the driver; a rollback would not come to its end, and the disk is right.
 */
static bool is_going_down(struct wait *wait, struct ds_word *ret_word)
{
	struct ds_door *door = wait->txn->door;
	struct ds_error ignored;

	return door->listen(door, BIT(DS_WORD_SHUTDOWN), 0, ret_word, &ignored) == 0 &&
	       ret_word->kind == DS_WORD_SHUTDOWN;
}

/* Once in a while all is verified; a proof is worth nothing if what was proven no longer works. */
static int verify_on(struct wait *wait, int r, struct ds_error *error)
{
	struct ds_door *door = wait->txn->door;
	struct ds_word word = {0};
	int broken;

	if (r < 0 || (r == 0 && door->now_ms(door) < wait->verify_ms))
		return r;
	broken = transaction_verify(wait->txn, JUDGED_WINDOW, error);
	if (broken < 0 && is_going_down(wait, &word))
		return stopped(&word, error);
	wait->verify_ms = door->now_ms(door) + VERIFY_MS;
	/* What the follower shows of this is what travels. */
	if (broken == 0 && r == 0 && wait->op->kind == DS_OP_PROOF_ACK)
		transaction_tell(wait->txn, DS_EVENT_ASKING, wait->txn->step, wait->op, 0, NULL);
	return broken < 0 ? broken : r;
}

static int64_t listen_until(struct wait *wait, int64_t now_ms)
{
	int64_t slice_ms =
		wait->op->kind == DS_OP_PROOF_ACK ? now_ms + TRAFFIC_MS : wait->verify_ms;

	return slice_ms < wait->deadline_ms ? slice_ms : wait->deadline_ms;
}

/*
 * A word that came in time counts, also where it had to wait until a verification had ended; that
 * can take longer than what was left of the window. So who is late is told after a last look.
 */
static int wait_round(struct wait *wait, struct ds_error *error)
{
	const unsigned int wanted = BIT(DS_WORD_CONFIRM) | BIT(DS_WORD_EXTEND) |
				    BIT(DS_WORD_ROLLBACK) | BIT(DS_WORD_SHUTDOWN);
	struct ds_door *door = wait->txn->door;
	int64_t now_ms = door->now_ms(door);
	struct ds_word word = {0};
	int r;

	r = door->listen(door, wanted, listen_until(wait, now_ms), &word, error);
	if (r == 0)
		r = heed_word(&word, door->now_ms(door), &wait->deadline_ms, error);
	if (r == 0 && wait->op->kind == DS_OP_PROOF_ACK)
		r = heed_traffic(wait);
	if (r == 0 && now_ms >= wait->deadline_ms)
		return not_proven(wait, error);
	return verify_on(wait, r, error);
}

int transaction_confirm(struct transaction *txn, const struct ds_op *op, struct ds_error *error)
{
	struct ds_door *door = txn->door;
	int64_t now_ms = door->now_ms(door);
	struct wait wait = {
		.txn = txn,
		.op = op,
		.deadline_ms = now_ms + strtoll(op->value, NULL, 10) * 1000,
		.verify_ms = now_ms + VERIFY_MS,
		.goal = -1,
	};
	int r = 0;

	if (op->kind == DS_OP_PROOF_ACK) {
		heed_traffic(&wait);
		transaction_tell(txn, DS_EVENT_ASKING, txn->step, op, 0, NULL);
	}
	while (r == 0)
		r = wait_round(&wait, error);
	return r < 0 ? r : 0;
}
