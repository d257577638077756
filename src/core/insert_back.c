/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The old module back into the kernel: the one undo that has more than one way. */

#include <errno.h>

#include "transaction.h"

/* As often as this the old module is inserted, or else loaded, before the host is given up. */
#define RETURN_TRIES    3
#define RETURN_PAUSE_MS 1000

/* The kernel may need a moment; a word that comes meanwhile is turned down. */
static void pause_for(struct transaction *txn, int64_t pause_ms)
{
	struct ds_word ignored_word = {0};
	struct ds_error ignored;

	txn->door->listen(
		txn->door, 0, txn->door->now_ms(txn->door) + pause_ms, &ignored_word, &ignored);
}

/*
 * A package came and replaced the file, and the process that had the bytes in memory is dead: the
 * copy that is kept of the original may be the same build.
 */
static int insert_kept(
	struct transaction *txn, size_t step, const struct ds_op *undo, struct ds_error *error)
{
	struct ds_op kept = *undo;

	kept.path = txn->begin->before.original.path;
	return kept.path ? transaction_undo_op(txn, step, &kept, error) : -ENOENT;
}

/*
 * Without the old module the host has no network, so no way to get it back is left out. *error is
 * why the first one failed: the bytes that ran before.
 */
int transaction_insert_back(
	struct transaction *txn, size_t step, const struct ds_op *undo, struct ds_error *error)
{
	struct ds_op load = *undo;
	struct ds_error again;
	int r = transaction_undo_op(txn, step, undo, error);

	if (r == -ESTALE || r == -ENOENT) {
		int kept = insert_kept(txn, step, undo, &again);

		if (kept == 0 || ds_is_stuck(kept)) {
			*error = again;
			return kept;
		}
	}
	load.kind = DS_OP_MODULE_LOAD;
	load.path = undo->other;
	/* Nothing that only /sys told, in case that is why the kernel would not have it. */
	load.value = txn->begin->before.module.options;
	load.other = NULL;
	for (int tries = 1; r < 0 && !ds_is_stuck(r); tries++) {
		r = transaction_undo_op(txn, step, &load, &again);
		if (r == 0 || ds_is_stuck(r))
			break;
		if (tries == RETURN_TRIES) {
			ds_error_prefix(error,
				"the old module cannot be loaded again, and modprobe "
				"fails as well (%s)",
				again.text);
			return error->code = -ENOTRECOVERABLE;
		}
		pause_for(txn, RETURN_PAUSE_MS);
		r = transaction_undo_op(txn, step, undo, &again);
	}
	if (ds_is_stuck(r) && error->code != r)
		*error = again;
	return r;
}
