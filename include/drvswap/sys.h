/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_SYS_H
#define DRVSWAP_SYS_H

/* The real host behind the door, and the lock on it. */

#include "drvswap/door.h"

/* Opens the door to this host; NULL when out of memory. Touches nothing. */
struct ds_door *ds_sys_open(void);
void ds_sys_close(struct ds_door *door);

/*
 * Takes this process out of its caller's reach: under systemd into a scope of process 1, so that
 * the end of the session does not end it; and out of its limits. -errno: systemd refused, says the
 * error, and this process can still be killed with the session that it was started in.
 */
int ds_sys_detach(struct ds_error *error);

/*
 * How many children this process has that are of its session, each of which gets the signal (0:
 * none does), with its group where it leads one. What has made a session of its own, as daemons do,
 * is nobody's child. 0 where the kernel does not tell (CONFIG_PROC_CHILDREN).
 */
size_t ds_sys_orphans(int signal);

/*
 * Process 1 started this one itself, as a service, and so in nobody's session. Not so one whose
 * parent has ended, which process 1 inherited: that is still in the session of its parent.
 */
bool ds_sys_is_of_init(void);

/*
 * Finds out who called this process, and by which way. *ret_caller must be empty. To be asked
 * before the work is handed to another process. 0 or -ENOMEM.
 */
int ds_sys_caller(struct ds_caller *ret_caller, struct ds_error *error);

/*
 * Where the journal and the originals lie: -EPERM where others could write there, or it is no
 * directory at all. What lies there cannot be trusted then, nor anything be added to it. Touches
 * nothing; what is not there yet, or cannot be seen without root, is no reason.
 */
int ds_sys_check_state(struct ds_error *error);

struct ds_log_field {
	const char *name, *value; /* value NULL: nothing is said of it */
};

/*
 * Tells the journal of systemd, or syslog where there is none or it takes nothing, of which only
 * MESSAGE is left. Never waits and never fails, for there is nobody to tell. priority: LOG_ERR and
 * so on.
 */
void ds_sys_log(int priority, const struct ds_log_field *fields, size_t count);

/* A line in the kernel's log, so that it stands between what the drivers say. */
void ds_sys_log_kernel(int priority, const char *text);

/* A file of the configuration, as it was read. */
struct ds_config_file {
	char *path, *text;
};
struct ds_config_files {
	DS_LIST(struct ds_config_file) items; /* each beats those before it */
};

/*
 * Reads drvswap.conf and its drop-ins. -EPERM: one of them could have been written by somebody else
 * than root, says the error. What is not there says nothing.
 */
int ds_sys_read_config(struct ds_config_files *ret_files, struct ds_error *error);
void ds_config_files_done(struct ds_config_files *files);

/* DIRECTORY/RELEASE/MODULE.ko in whatever compression; *ret_path stays NULL where there is none. */
int ds_sys_find_prepared(const char *directory, const char *release, const char *module,
	char **ret_path, struct ds_error *error);

/* Is what modules are built with there for that kernel? */
bool ds_sys_has_headers(const char *release);

/*
 * The lock that only one drvswap can hold; the kernel drops it when its holder dies. It belongs to
 * what was opened, so whoever inherits the descriptor holds it, too, and can take it again: who
 * opens it before a fork() keeps it over the death of the one who took it. A descriptor, or -errno.
 */
int ds_sys_open_lock(struct ds_error *error);

/* Takes it, and notes who holds it now. -EBUSY with the owner in the error, or another -errno. */
int ds_sys_lock(int fd, struct ds_error *error);

/* Somebody holds the lock; error then names the owner. Takes nothing, needs no privilege. */
bool ds_sys_is_locked(struct ds_error *error);

/* Waits until the journal or the history has changed, or until the time is over. */
void ds_sys_wait_change(int64_t timeout_ms);

/*
 * A package manager, depmod or an initramfs build that is at work, in a string of the caller's;
 * NULL: none is. -ENOMEM. Its end is no event that would come here: to be asked again.
 */
int ds_sys_who_is_at_work(char **ret_who, struct ds_error *error);

/*
 * From now on words can be said to this process; they wait until it listens. The lock must be
 * held. Listening does the same where this was not called.
 */
int ds_sys_open_control(struct ds_door *door, struct ds_error *error);

/*
 * Says a word to the swap that is under way. -ENOENT: there is none; -EACCES: only root may;
 * -EBUSY: it does not take that word, neither now nor later. A swap that verifies the host hears
 * nothing until it has done so: the answer is waited for as long as patience_ms, or as the swap
 * lives where that is negative.
 */
#define DS_SAY_MS 35000
int ds_sys_say(const struct ds_word *word, int patience_ms, struct ds_error *error);

/*
 * Is the login that this process belongs to being ended? false where it is in none, or nobody
 * tells. Asks systemd, which takes a moment.
 */
bool ds_sys_is_session_ending(void);

#endif
