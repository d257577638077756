/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_OP_TRAITS_H
#define CORE_OP_TRAITS_H

/* What a transaction must know of each kind of operation beyond what it does. */

#include "drvswap/plan.h"

/* Undos of one chain build upon each other: an older one is of no use where a newer one failed. */
enum op_chain { OP_CHAIN_NONE, OP_CHAIN_FILES, OP_CHAIN_IMAGE, OP_CHAIN_CODE, OP_CHAIN_COUNT };

struct op_traits {
	enum op_chain chain;
	bool is_live; /* on what runs or on the network: void after a reboot */
	bool is_late; /* not for the early recovery of a boot */
	bool is_slow; /* takes minutes where others take moments */
	/*
	 * Keeps others from getting between the steps behind it. As an undo it does not count where
	 * it fails: if one got between, those that insert and verify find out, and else nothing is
	 * missing.
	 */
	bool is_precaution;
	bool is_held; /* by the process that did it: with its death it is no longer the case */
	/*
	 * Other people's program: has a limit of its own, for draining takes its time; as an undo
	 * it comes when the host is back, and no undo waits for it.
	 */
	bool is_hook;
};

const struct op_traits *op_traits(const struct ds_op *op);

#endif
