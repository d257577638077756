/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SYS_H
#define SYS_SYS_H

/* The door to the real host, and what its parts share. */

#include <sys/types.h>

#include "blob.h"
#include "drvswap/door.h"
#include "drvswap/sys.h"

#define SYS_STATE_DIR "/var/lib/drvswap"
#define SYS_RUN_DIR   "/run/drvswap"

/* An image that stays in memory: what was checked is what is inserted. */
struct sys_pin {
	char *digest;
	struct sys_blob image;
};

/* The child whose call the kernel has not come back from; pid 0: there is none. */
struct sys_stuck {
	pid_t pid;
	int fd;
	const char *module; /* belongs to the plan */
};

/* A lock file of a package manager that is held. */
struct sys_held {
	char *path;
	int fd;
};

/* A program of a link that goes; see programs.h. */
struct sys_program {
	uint32_t id;
	int fd;
};

struct sys {
	struct ds_door door; /* first: a door is the sys behind it */
	DS_LIST(struct sys_pin) pins;
	struct ds_returned returned; /* by the last restoring of the network */
	int control_fd;              /* -1: nobody can speak to us yet */
	DS_LIST(struct sys_held) held;
	DS_LIST(struct sys_program) programs;
	DS_LIST(int) namespaces; /* network namespaces that are held; see netns.h */
	int signals_fd;          /* -1: nobody listened yet */
	struct sys_stuck stuck;
	/* What belongs to the code on trial, of the kernel's log since its insertion. */
	int log_fd;   /* -1: nothing was inserted yet, or we may not read it */
	int log_code; /* why not, -errno; 0: we may */
	struct ds_complaint_reader complaint;
	ds_strings complaints;
	int kmsg; /* what the kernel has said since the last insertion is read here; -1: nowhere */
	char *hooks_error; /* how the hooks for a new image failed, in this swap; NULL: they did not
			    */
	char *given; /* the parameters of what was inserted last; NULL: none, or by another process
		      */
	bool is_apart; /* this process is the child that looks: nobody watches over its calls */
};

static inline struct sys *sys_of(struct ds_door *door)
{
	return (struct sys *)door;
}

/* The pinned image, or NULL. */
const struct sys_blob *sys_pin_find(const struct sys *sys, const char *digest);

/* Takes the image over (also on failure); a digest that is pinned already is kept as it is. */
int sys_pin_add(struct sys *sys, const char *digest, struct sys_blob *image);

/* An image by digest: pinned, else read from path, pinned and compared. */
int sys_pin_get(struct sys *sys, const char *digest, const char *path,
	const struct sys_blob **ret_image, struct ds_error *error);

int sys_look(struct ds_door *door, const struct ds_request *request, struct ds_host *ret_host,
	struct ds_error *error);
int sys_apply(struct ds_door *door, const struct ds_op *op, const struct ds_host *before,
	int64_t deadline_ms, struct ds_error *error);
int sys_log_record(struct ds_door *door, enum ds_log log, const char *line, struct ds_error *error);
int sys_listen(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error);
int sys_log_recall(struct ds_door *door, enum ds_log log, char **ret_text, struct ds_error *error);

/* CLOCK_BOOTTIME in milliseconds. */
int64_t sys_now_ms(void);

#endif
