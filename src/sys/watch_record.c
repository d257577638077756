/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a watched child found out, as a record: lines of JSON, and an empty one as the end. */
#include "watch_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

/* A stream of its own on the same pipe; NULL with errno. */
static FILE *stream_on(int fd, const char *mode)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *stream = own < 0 ? NULL : fdopen(own, mode);

	if (!stream && own >= 0)
		close(own);
	return stream;
}

static int tell_line(const char *line, void *context)
{
	FILE *stream = context;

	return fputs(line, stream) < 0 || putc('\n', stream) < 0 ? -1 : 0;
}

int sys_record_tell(const struct ds_record *record, const void *object, int fd)
{
	FILE *stream = stream_on(fd, "w");
	int r;

	if (!stream)
		return -1;
	r = ds_record_each_line(record, object, tell_line, stream);
	if (r == 0)
		r = tell_line("", stream);
	return fclose(stream) < 0 || r < 0 ? -1 : 0;
}

int sys_record_hear(
	const struct ds_record *record, int fd, void *ret_object, struct ds_error *error)
{
	FILE *stream = stream_on(fd, "r");
	cleanup_free char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int r = stream ? -ENODATA : ds_error_set(error, -errno, "dup: %s", strerror(errno));

	while (r == -ENODATA && (length = getline(&line, &room, stream)) > 0 &&
		line[length - 1] == '\n') {
		line[length - 1] = '\0';
		if (length == 1)
			r = 0; /* the end */
		else if (ds_record_add_line(record, line, ret_object, error) < 0)
			r = error->code;
	}
	if (r < 0)
		ds_record_done(record, ret_object);
	if (stream)
		fclose(stream);
	return r;
}
