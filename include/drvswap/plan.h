/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_PLAN_H
#define DRVSWAP_PLAN_H

/*
 * The plan: a list of steps. A step is an operation and its undo, itself an operation. The list
 * that a dry run prints is the list that a real run executes, that the journal keeps, and from
 * which another process can undo what a dead one began.
 *
 * Every operation is a statement of what shall be the case, not a movement: done twice it does
 * nothing the second time. That is what lets recovery repeat or undo a step of which nobody
 * knows whether it happened.
 */

#include "drvswap/finding.h"
#include "drvswap/host.h"
#include "drvswap/request.h"

enum ds_op_kind {
	DS_OP_NONE,
	DS_OP_FILE_HOLD,     /* path is locked by this process, until it ends */
	DS_OP_FILE_RELEASE,  /* path is not locked by this process */
	DS_OP_FILE_COPY,     /* path: a copy of other, with its attributes; not there before */
	DS_OP_FILE_STAGE,    /* path: the image digest, compressed and attributed like other */
	DS_OP_FILE_EXCHANGE, /* path holds digest, other what path held before */
	DS_OP_FILE_RENAME,   /* path holds digest, other is gone */
	DS_OP_FILE_REMOVE,   /* path does not hold digest; another file there stays */
	DS_OP_FILE_EXPECT,   /* path holds digest, or else the one in value; nobody else's file */
	DS_OP_DEPMOD,        /* indexes of kernel value; modprobe's file for module is path */
	/* An image is known by the build of module in it: that of digest, or of identity. */
	DS_OP_INITRAMFS_BUILD,    /* path, made by program value, holds it; or other does already */
	DS_OP_INITRAMFS_EXCHANGE, /* path holds it, other is what path was before */
	DS_OP_INITRAMFS_RESTORE,  /* path does not hold it: it is what other was */
	DS_OP_INITRAMFS_REMOVE,   /* path is gone; but not while other holds it */
	DS_OP_AUTOLOAD_STOP,      /* neither udev nor modprobe loads module, for path says so */
	DS_OP_AUTOLOAD_ALLOW,     /* they do: path is gone */
	DS_OP_HOST_COMPARE,       /* the host is what was observed */
	DS_OP_MODULE_PROVE,       /* the kernel would take the image digest (of path): EEXIST */
	DS_OP_MODULE_LOAD,        /* module runs, loaded from its own file path with params value */
	/*
	 * module runs from the image digest (of path) with params value; as an undo with other set,
	 * modprobe may load that file instead where the insertion fails
	 */
	DS_OP_MODULE_INSERT,
	DS_OP_MODULE_UNLOAD,    /* module does not run with identity */
	DS_OP_DEVICES_WAIT,     /* the devices are bound to module, their links exist */
	DS_OP_NETWORK_RESTORE,  /* links, addresses and routes as they were, and carrier */
	DS_OP_NETWORK_SETTINGS, /* what else hung on the links; packets pass without it */
	DS_OP_NETWORK_READY,    /* the kernel has acted on the carrier: IPv6, too, may begin */
	DS_OP_NETWORK_OWNERS,   /* who owns the links has done with them, and nothing is missing */
	DS_OP_LINKS_WAIT,       /* carrier on the links; nothing is changed */
	DS_OP_SYSCTL,           /* path below /proc/sys holds value */
	DS_OP_SYSFS,            /* path below /sys holds value */
	DS_OP_HOOK,             /* the hook path has succeeded; value: which kind, other: verb */
	DS_OP_VERIFY,           /* the candidate runs and the network works; value: the checks */
	DS_OP_CONFIRM,          /* the user said yes, within value seconds; and still it works */
	DS_OP_PROOF_KEY,        /* the same, by a key at the terminal */
	DS_OP_PROOF_ACK,        /* the same, by what the peer of the SSH connection acknowledges */
	DS_OP_KIND_COUNT
};
extern const char *const ds_op_kind_names[];

struct ds_op {
	int kind; /* enum ds_op_kind */
	char *module;
	char *path, *other;
	char *digest; /* SHA-256 of the image */
	char *value;
	struct ds_identity identity;
};

enum ds_phase {
	DS_PHASE_PREPARE, /* no outage yet: an undo leaves a host that never noticed */
	DS_PHASE_TRIAL,   /* the new code runs, the disk boots the old one */
	DS_PHASE_COMMIT,  /* the disk follows; finished, not undone, after a crash */
	DS_PHASE_CLEAN,   /* past the point of no return: leftovers go */
	DS_PHASE_COUNT
};
extern const char *const ds_phase_names[];

struct ds_step {
	int phase; /* enum ds_phase */
	struct ds_op op, undo;
};

struct ds_plan {
	DS_LIST(struct ds_step) steps;
	char *module;
	struct ds_identity from, to;   /* of the running code; empty where nothing runs */
	char *from_digest, *to_digest; /* of the installed file */
	char *installed_path;          /* NULL: no installed file, only the live half */
	bool reboots_if_stuck;         /* when the kernel does not come back from a step */
	char *if_stuck;                /* the same in words, and why; NULL: nothing can be stuck */
	bool is_live;                  /* a module runs and is exchanged; else only files */
};

extern const struct ds_record ds_op_record, ds_step_record, ds_plan_record;

/*
 * Makes the plan. A host on which this very build runs and is installed gives an empty plan:
 * nothing to do; so does a candidate that is no module. Whether it may be executed is for the
 * findings to say. 0 or -ENOMEM.
 */
int ds_plan_build(const struct ds_request *request, const struct ds_host *host,
	struct ds_plan *ret_plan, struct ds_error *error);

/*
 * Is the code that runs exchanged? Where it is the candidate already, or --kernel names what to
 * install for, only files are.
 */
bool ds_plan_exchanges_code(const struct ds_request *request, const struct ds_host *host);

/* Are there hooks to be run? Only around an outage, and where they were not left out. */
bool ds_plan_runs_hooks(const struct ds_request *request, const struct ds_host *host);

bool ds_plan_is_empty(const struct ds_plan *plan);

/* A wait for the proof that the host can be reached: the only time at which a swap is confirmed. */
bool ds_op_is_proof(const struct ds_op *op);

/* It has the members that its kind works on; one that was read from a file may lack them. */
bool ds_op_is_whole(const struct ds_op *op);

/*
 * The operation in words ("exchange A with B"); allocated, NULL when out of memory. Files that lie
 * beside the installed file, where that is not NULL, are named without their directory.
 */
char *ds_op_text(const struct ds_op *op, const char *installed_path);

#endif
