/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "news.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAST_ROOM 4096

static int make_room(struct news *news)
{
	size_t room = news->room ? news->room * 2 : LEAST_ROOM;
	char *bytes;

	if (news->used < news->room)
		return 0;
	bytes = realloc(news->bytes, room);
	if (!bytes)
		return -ENOMEM;
	news->bytes = bytes;
	news->room = room;
	return 0;
}

/*
 * ppoll() lets the signals in and waits in one breath. Between a look at what has come and a plain
 * read() there is a moment in which a signal interrupts nothing.
 */
static int read_more(struct news *news, const sigset_t *let_in)
{
	struct pollfd ready = {.fd = news->fd, .events = POLLIN};
	ssize_t got;
	int r = make_room(news);

	if (r < 0)
		return r;
	if (ppoll(&ready, 1, NULL, let_in) < 0)
		return -errno;
	got = read(news->fd, news->bytes + news->used, news->room - news->used);
	if (got <= 0)
		return got < 0 ? -errno : -EPIPE;
	news->used += (size_t)got;
	return 0;
}

int news_next(struct news *news, const sigset_t *let_in, char **ret_line)
{
	size_t searched = 0;

	if (news->taken > 0)
		memmove(news->bytes, news->bytes + news->taken, news->used - news->taken);
	news->used -= news->taken;
	news->taken = 0;
	for (;;) {
		size_t fresh = news->used - searched;
		char *end = fresh ? memchr(news->bytes + searched, '\n', fresh) : NULL;
		int r;

		if (end) {
			*end = '\0';
			news->taken = (size_t)(end - news->bytes) + 1;
			*ret_line = news->bytes;
			return 0;
		}
		searched = news->used;
		r = read_more(news, let_in);
		if (r < 0)
			return r;
	}
}

void news_done(struct news *news)
{
	free(news->bytes);
	*news = (struct news){.fd = -1};
}
