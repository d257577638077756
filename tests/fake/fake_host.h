/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

/*
 * A host in memory behind the door.
 *
 * Its state is a record like those of the core, so that two of them are compared and printed by
 * the same tables. What is on the disk outlives fake_boot(), what is live does not. Faults are
 * set on the n-th call of a kind; a fault that kills makes every later call fail without effect,
 * as if the process had died there, until fake_revive() opens the door for a new one.
 */

#include "drvswap/door.h"

#define FAKE_RELEASE      "6.1.0-test-amd64"
#define FAKE_DIRECTORY    "/lib/modules/" FAKE_RELEASE
#define FAKE_INSTALLED    FAKE_DIRECTORY "/kernel/net.ko.xz"
#define FAKE_FRESH        FAKE_INSTALLED ".new"
#define FAKE_PREVIOUS     FAKE_INSTALLED ".old"
#define FAKE_ORIGINAL     "/var/lib/drvswap/original/" FAKE_RELEASE "/net.ko.xz"
#define FAKE_PACKAGE_LOCK "/var/lib/dpkg/lock-frontend"
#define FAKE_HOOKS        "/etc/drvswap/hooks.d"
#define FAKE_CANDIDATE    "/root/net.ko"
#define FAKE_INITRAMFS    "/boot/initrd.img-" FAKE_RELEASE

/* --- images ----------------------------------------------------------------------------- */

enum fake_quirk {
	FAKE_WELL = 0,
	FAKE_REFUSED = 1 << 0,      /* the kernel does not take it at all */
	FAKE_INIT_FAILS = 1 << 1,   /* taken, but its init function fails */
	FAKE_NO_BIND = 1 << 2,      /* loads, and drives no device */
	FAKE_NO_CARRIER = 1 << 3,   /* its links never come up */
	FAKE_OTHER_CODE = 1 << 4,   /* something else runs after its insertion */
	FAKE_OVERTAKEN = 1 << 7,    /* somebody was faster and inserted the installed one by hand */
	FAKE_AUTOLOADED = 1 << 8,   /* udev loads the installed one in between, if it may */
	FAKE_NO_IDENTITY = 1 << 5,  /* carries nothing to tell builds apart by */
	FAKE_DAMAGED = 1 << 6,      /* no module at all */
	FAKE_INIT_HANGS = 1 << 9,   /* the kernel does not come back from its init ... */
	FAKE_INIT_OOPSES = 1 << 10, /* ... or never will */
	FAKE_EXIT_HANGS = 1 << 11,  /* nor from its exit */
	FAKE_DEAF = 1 << 12,        /* has carrier, and nothing comes through */
	FAKE_DEAF_LATER = 1 << 13,  /* the same, after ten seconds */
	FAKE_WARNS = 1 << 14,       /* the kernel warns of it */
	FAKE_TX_HANGS = 1 << 15,    /* its transmit queue times out */
};

struct fake_image {
	const char *digest; /* its name in the tests */
	const char *module;
	const char *depends; /* of another module; NULL: none */
	const char *version; /* MODULE_VERSION */
	unsigned int quirks;
};

/* NULL: there is none. */
const struct fake_image *fake_image_find(const char *digest);

struct fake_setup;

/* --- state ------------------------------------------------------------------------------ */

struct fake_file {
	char *path, *digest;
	int64_t mode, uid, compression;
};

/* What depmod wrote: which file a module is, and the image that it had then. */
struct fake_index {
	char *module, *path, *digest;
};

struct fake_disk {
	DS_LIST(struct fake_file) files;
	DS_LIST(struct fake_index) indexes;
	ds_strings drained; /* by hooks: it is of others, and outlives a boot as well */
};

struct fake_running {
	char *module, *digest, *params;
};

struct fake_live {
	int64_t panic_s, rcu_expedited;
	DS_LIST(struct fake_running) running;
	DS_LIST(struct ds_device) devices;
	struct ds_network network;
	ds_strings stopped; /* modules that udev must not load */
};

struct fake_state {
	struct fake_disk disk;
	struct fake_live live;
};
extern const struct ds_record fake_state_record, fake_disk_record, fake_live_record;

struct fake_file *fake_file_find(struct fake_state *state, const char *path);
struct fake_running *fake_running_find(struct fake_state *state, const char *module);
const struct fake_index *fake_index_find(const struct fake_state *state, const char *module);
bool fake_file_add(struct fake_state *state, const char *path, const char *digest,
	enum ds_compression compression);
void fake_file_drop(struct fake_state *state, const char *path);

void fake_index_set(
	struct fake_state *state, const char *module, const char *path, const char *digest);
void fake_device_bind(struct fake_state *state, size_t index);
void fake_network_configure(struct ds_network *network);

/* As a boot leaves it: other namespaces have ended. */
void fake_namespaces_end(struct ds_network *network);
void fake_state_start(struct fake_state *state, const struct fake_setup *setup);

/* Changes what runs: devices are bound and links made, or they go. */
void fake_code_start(struct fake_state *state, const char *digest, const char *params);
void fake_code_stop(struct fake_state *state, const char *module);

/* --- faults ----------------------------------------------------------------------------- */

enum fake_call { FAKE_CALL_APPLY, FAKE_CALL_RECORD, FAKE_CALL_LOOK, FAKE_CALL_COUNT };

enum fake_when {
	FAKE_BEFORE, /* nothing of the call took effect */
	FAKE_MIDDLE, /* a part of it did: a line is torn, one of two devices is bound */
	FAKE_AFTER,  /* all of it did */
	FAKE_WHEN_COUNT
};

struct fake_fault {
	enum fake_call call;
	enum ds_op_kind op; /* of FAKE_CALL_APPLY: only these are counted; 0: all */
	int at;             /* counted from 1; 0: no fault */
	enum fake_when when;
	bool is_death, is_lasting; /* lasting: every later call of the kind fails too */
	int code;                  /* what it fails with; 0: -EIO */
};

/* --- the host --------------------------------------------------------------------------- */

/* What a test starts from. */
struct fake_setup {
	const char *name;
	const char *candidate; /* digest; default "new" */
	const char *running;   /* digest; default "stock" */
	enum ds_candidate_from from;
	const char *param, *override; /* one --param value of "debug", one --override */
	const char *expect_version;
	const char
		*in_force; /* what the running code was given; default "debug=1", as configured */
	int confirm_s;
	enum ds_reboot reboot;
	bool is_remote, has_keyboard; /* over SSH, at a terminal; else on the console */
	const char *check;            /* one --check: "true", "false", or "gateway" */
	bool is_gateway_deaf;         /* whatever the driver */
	int lost;                     /* so many of what was shown never arrive */
	bool is_cut;                  /* the caller\'s connection has ended */
	enum ds_word_kind word;       /* what somebody says when asked for a confirmation */
	bool is_not_loaded, is_not_installed, has_no_devices;
	bool never_settles, cannot_reboot; /* of a kernel that is stuck */
	bool has_packages;                 /* a package manager that is not at work */
	bool is_word_late; /* it comes when a confirmation is waited for, and not before */
	int word_at;       /* it comes with this listening, and not before; 0: at once */
	int64_t probe_ms;  /* so long the questions take */
	bool has_previous, has_original, has_stale, has_holders, has_panic;
	bool has_hooks, has_hooks_left;
	bool has_namespace;   /* another one has the last link */
	bool has_owner;       /* ifupdown and networkd own the links */
	bool is_expedited;    /* RCU is, whatever a swap does */
	bool is_rich;         /* has most of what a plan can have: worth the tests that take long */
	const char *previous; /* digest of .old; default "older" */
	const char *initramfs; /* digest of the module in it; NULL: there is no image */
	bool is_initramfs_left;
	const char *package; /* digest of what a package installs while we wait; NULL: none comes */
};

struct fake_host {
	struct ds_door door; /* first: the door is the host */
	struct fake_setup setup;
	struct fake_state state, start; /* now, and when the test began */
	char *logs[DS_LOG_COUNT];
	struct fake_fault faults[2];
	int calls[FAKE_CALL_COUNT], op_calls[DS_OP_KIND_COUNT];
	enum ds_op_kind struck; /* the last operation that a fault struck */
	ds_strings pins;        /* images that the process has in memory, as src/sys keeps them */
	bool is_dead;
	bool is_holding; /* the lock of the package manager */
	bool is_stuck;   /* no call that concerns modules or links comes back */
	int settled;     /* how often a stuck call was waited for */
	int boots;
	int listened;        /* how often somebody was listened to */
	int64_t inserted_ms; /* when code was inserted last */
	int asked;           /* how often something was shown to the caller that could travel */
	int64_t clock_ms;
	/* The promises that hold at every instant; "" while none was broken. */
	char broken[256];
};

void fake_host_init(struct fake_host *host, const struct fake_setup *setup);
void fake_host_done(struct fake_host *host);

/* The request that the setup speaks of; free it with ds_record_done(). */
void fake_request(const struct fake_setup *setup, struct ds_request *ret_request);

/* A new process on the same host: no faults any more. */
void fake_revive(struct fake_host *host);

/* Power off and on: what runs is what the disk says, and the network what its configuration. */
void fake_boot(struct fake_host *host);
const char *fake_boot_id(const struct fake_host *host);

/* The state without what changes with every load or boot (interface indexes). */
void fake_state_copy(const struct fake_state *state, struct fake_state *ret_copy);
bool fake_state_equal(const struct fake_state *a, const struct fake_state *b);
char *fake_state_text(const struct fake_state *state);

/* Between the files. */
int fake_probe(struct ds_door *door, struct ds_host *host, int64_t deadline_ms, int64_t command_ms,
	struct ds_error *error);
int fake_traffic(struct ds_door *door, const struct ds_caller *caller,
	struct ds_traffic *ret_traffic, struct ds_error *error);
int fake_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error);
int fake_effect(struct fake_host *host, const struct ds_op *op, const struct ds_host *before,
	bool is_half, struct ds_error *error);
void fake_identity(const struct fake_image *image, struct ds_identity *ret_identity);

#endif
