/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The judgement after a reboot. What ran, what was measured and every index are gone; the snapshot
 * in the journal still tells which devices were driven, which links there were, and which of them
 * had carrier.
 */

#include <errno.h>

#include "transaction.h"

static bool runs_same_kernel(const struct transaction *txn, const struct ds_host *now)
{
	return ds_string_equal(txn->begin->before.kernel.release, now->kernel.release);
}

/*
 * The boot can be expected to load the module: it ran, a file holds it, and the kernel is the one
 * for which it does. One that drives no device nobody loads again but who loaded it before.
 */
static bool is_brought_by_boot(const struct transaction *txn, const struct ds_host *now)
{
	const struct ds_host *before = &txn->begin->before;

	return before->module.state == DS_MODULE_LIVE &&
	       before->installed.type == DS_FILE_REGULAR && runs_same_kernel(txn, now) &&
	       (now->module.state == DS_MODULE_LIVE || before->devices.count > 0);
}

/*
 * What may run after a boot from the old files: what is installed, what an initramfs brought
 * already, or what ran before.
 */
static const struct ds_identity *identity_back(
	const struct transaction *txn, const struct ds_host *now)
{
	const struct ds_host *before = &txn->begin->before;

	for (size_t i = 0; i < before->initramfs.count; i++)
		if (before->initramfs.items[i].module_path &&
			transaction_runs(now, &before->initramfs.items[i].identity))
			return &before->initramfs.items[i].identity;
	return transaction_runs(now, &before->module.identity) ? &before->module.identity
							       : &now->installed_image.identity;
}

/* Of the links only: nothing is changed by it. That they did not come is the judge's to say. */
static void wait_for_links(struct transaction *txn)
{
	struct ds_op op = {.kind = DS_OP_LINKS_WAIT, .value = (char *)"the links"};
	struct ds_error ignored;

	txn->door->apply(txn->door, &op, &txn->begin->before, transaction_deadline(txn), &ignored);
}

static int look_when_up(struct transaction *txn, struct ds_host *ret_now, struct ds_error *error)
{
	int r = transaction_look(txn, ret_now, error);

	if (r < 0 || ret_now->module.state != DS_MODULE_LIVE || !is_brought_by_boot(txn, ret_now))
		return r;
	wait_for_links(txn);
	ds_record_done(&ds_host_record, ret_now);
	return transaction_look(txn, ret_now, error);
}

int transaction_judge_boot(struct transaction *txn, bool is_done, struct ds_error *error)
{
	const struct ds_plan *plan = &txn->begin->plan;
	struct ds_expectation expectation = {.is_after_boot = true};
	struct ds_host now = {0};
	int r;

	ds_record_done(&ds_verdict_record, &txn->outcome->verdict);
	r = look_when_up(txn, &now, error);
	if (r == 0) {
		expectation.is_told_only = is_done || !is_brought_by_boot(txn, &now);
		if (!is_done && !transaction_is_foreign(txn, &now))
			expectation.installed_digest = plan->from_digest;
		if (txn->begin->before.module.state == DS_MODULE_LIVE)
			expectation.identity = is_done ? &plan->to : identity_back(txn, &now);
		r = transaction_judge(txn, &now, &expectation, error);
	}
	ds_record_done(&ds_host_record, &now);
	/* A kernel that is stuck on this boot is not stuck by our swap: nothing is done about it.
	 */
	return ds_is_stuck(r) ? (error->code = -EIO) : r;
}
