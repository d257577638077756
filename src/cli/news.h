/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NEWS_H
#define NEWS_H

/* Lines from a pipe, waited for together with signals: none that comes is overlooked. */

#include <signal.h>
#include <stddef.h>

struct news {
	int fd; /* the caller's */
	char *bytes;
	size_t used, room;
	size_t taken; /* bytes of the line that was given last */
};

/*
 * The next line without its end, good until the next call. Signals of the set, which are blocked
 * outside of this call, are let in while it waits, and end it: -EINTR. -EPIPE at the end, -ENOMEM
 * or another -errno.
 */
int news_next(struct news *news, const sigset_t *let_in, char **ret_line);

void news_done(struct news *news);

#endif
