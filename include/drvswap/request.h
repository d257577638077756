/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_REQUEST_H
#define DRVSWAP_REQUEST_H

/* What the user asked for: the command line as data. */

#include "drvswap/caller.h"
#include "drvswap/module.h"

enum ds_verb {
	DS_VERB_SWAP,
	DS_VERB_ROLLBACK,
	DS_VERB_STATUS,
	DS_VERB_HISTORY,
	DS_VERB_RECOVER,
	DS_VERB_CONFIRM,
	DS_VERB_PERSIST,
	DS_VERB_COUNT
};
extern const char *const ds_verb_names[];

/* Which file becomes the candidate. */
enum ds_candidate_from {
	DS_FROM_FILE,     /* the one named on the command line */
	DS_FROM_BUNDLED,  /* drvswap's own driver, built for the running kernel */
	DS_FROM_PREVIOUS, /* INSTALLED.old */
	DS_FROM_ORIGINAL, /* the one kept under the state directory */
	DS_FROM_NOTHING,  /* status: there is none */
	DS_FROM_COUNT
};

/* What to do when the kernel itself does not come back from loading or unloading a module. */
enum ds_reboot {
	DS_REBOOT_BY_LINKS, /* reboot where nobody could reach the host any more, else leave it */
	DS_REBOOT_NEVER,
	DS_REBOOT_STUCK,
	DS_REBOOT_COUNT
};

/* What shall be installed for each kernel that comes. */
struct ds_persist {
	char *module;
	char *directory; /* of RELEASE/MODULE.ko; NULL: it is the bundled driver */
};
extern const struct ds_record ds_persist_record;

struct ds_request {
	int verb; /* enum ds_verb */
	char *module;
	char *file;
	char *kernel; /* release to install for, offline; NULL: the kernel that runs */
	DS_LIST(struct ds_persist)
	persist;            /* verb persist: for that kernel */
	int candidate_from; /* enum ds_candidate_from */
	bool is_dry_run, is_json, is_quiet, is_verbose, is_original;
	DS_LIST(struct ds_param)
	params;               /* empty: those of modprobe.d and the kernel command line */
	ds_strings overrides; /* names of findings */
	char *expect_version;
	int64_t timeout_s;
	int64_t confirm_s; /* roll back unless confirmed in time; 0: no confirmation is wanted */
	int64_t confirm_window_s; /* what --confirm without a number stands for */
	bool has_default_checks;  /* checks are those of the configuration: nobody named them now */
	int64_t extend_s;         /* confirm: more time instead; 0: no */
	bool is_no_wait;
	ds_strings checks; /* command lines; each must succeed before, and after */
	struct ds_caller caller;
	bool is_strict;         /* a setting that the new driver lacks is a failure */
	bool is_follow;         /* status: show the swap that is under way to its end */
	bool is_prometheus;     /* status: as metrics */
	int reboot;             /* enum ds_reboot */
	bool is_hooks_left;     /* the hooks are not run */
	int64_t hook_timeout_s; /* for each of them; 0: the default */
	bool is_initramfs_left; /* whoever rebuilds it, it is not this swap */
	bool is_files_only;     /* recover: what can be done before the host is up */
};

extern const struct ds_record ds_request_record;

#define DS_TIMEOUT_DEFAULT_S      30
#define DS_CONFIRM_DEFAULT_S      120
#define DS_HOOK_TIMEOUT_DEFAULT_S 60

/*
 * The parameter line of an insertion, as the kernel's parser reads it: "a=1 b=\"two words\"".
 * Allocated; NULL when out of memory. Values with control characters or quotes were refused
 * when the request was made.
 */
char *ds_params_line(const struct ds_param *params, size_t count);

/*
 * Whether a module that is given this line may bind its devices later than its insertion returns:
 * async_probe, which the kernel takes of every module. The last one counts; NULL is an empty line.
 */
bool ds_params_probe_later(const char *line, bool by_default);

/*
 * Splits a command line into words: blanks separate them, quotes and a backslash keep what follows
 * together, as in a shell, and nothing else means anything. 0, -EINVAL where a quote is not closed
 * or there is no word, -ENOMEM.
 */
int ds_words_split(const char *line, ds_strings *ret_words);

/* A name that the kernel would take: [A-Za-z0-9_-]{1,55}. */
bool ds_module_name_is_valid(const char *name);

/* Makes every '-' a '_', in place: the spelling of /proc/modules. */
void ds_module_name_normalise(char *name);

#endif
