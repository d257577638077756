/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_CALLER_H
#define DRVSWAP_CALLER_H

/*
 * Who called, and by which way: whether the swap cuts the caller off, and whether the caller's own
 * connection can prove that it did not.
 */

#include "drvswap/record.h"

enum ds_caller_kind {
	DS_CALLER_NOBODY,   /* no terminal and no connection that we know of: cron, a service */
	DS_CALLER_CONSOLE,  /* a terminal of the machine itself: no swap cuts it off */
	DS_CALLER_TERMINAL, /* a pseudo terminal not below an sshd: tmux, screen, a desktop */
	DS_CALLER_SSH,
	DS_CALLER_KIND_COUNT
};
extern const char *const ds_caller_kind_names[];

struct ds_caller {
	int kind;          /* enum ds_caller_kind */
	bool has_keyboard; /* stdin and stderr are one terminal, and we are in its foreground */
	bool can_travel;   /* what goes to stderr goes into the SSH connection */
	/* The TCP socket of that connection; text as inet_ntop() writes it, NULL: not known. */
	int64_t family;
	char *local, *remote;
	int64_t local_port, remote_port;
	int64_t cookie; /* the kernel's number for this very socket, never given twice */
};
extern const struct ds_record ds_caller_record;

/* How far a TCP connection has come, in bytes since it began. */
struct ds_traffic {
	int64_t written;      /* by its owner */
	int64_t acknowledged; /* of those, by the peer */
};

#endif
