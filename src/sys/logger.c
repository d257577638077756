/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The logs of the host: the journal by its own datagrams, for five fields are no reason for a
 * library; syslog where there is no journal, or it takes nothing; and the kernel's log.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET  "/dev/log"
#define KMSG_BYTES     900 /* kernel/printk/printk.c, 6.1: PRINTKRB_RECORD_MAX is 1024 */

/* A newline would begin a field of its own. */
static void put_clean(FILE *stream, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stream);
}

static char *make_journal_entry(int priority, const struct ds_log_field *fields, size_t count)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	fprintf(stream, "PRIORITY=%d\nSYSLOG_IDENTIFIER=drvswap\nSYSLOG_PID=%d\n", priority,
		(int)getpid());
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].value)
			continue;
		fprintf(stream, "%s=", fields[i].name);
		put_clean(stream, fields[i].value);
		fputc('\n', stream);
	}
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* As syslog(3) writes it, and RFC 3164 tells. */
static char *make_syslog_line(int priority, const struct ds_log_field *fields, size_t count)
{
	char *text = NULL, when[32] = "";
	size_t bytes = 0, i = 0;
	time_t now = time(NULL);
	struct tm local;
	FILE *stream;

	while (i < count && strcmp(fields[i].name, "MESSAGE") != 0)
		i++;
	stream = i < count && fields[i].value ? open_memstream(&text, &bytes) : NULL;
	if (!stream)
		return NULL;
	if (localtime_r(&now, &local))
		strftime(when, sizeof(when), "%b %e %H:%M:%S ", &local);
	fprintf(stream, "<%d>%sdrvswap[%d]: ", LOG_DAEMON | priority, when, (int)getpid());
	put_clean(stream, fields[i].value);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * Never waits: a log that is stuck must not make an outage longer. That is why syslog(3) is not
 * called, which does.
 */
static int send_to(const char *path, int type, const char *text, size_t bytes)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !text)
		return -ENOMEM;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		send(fd, text, bytes, MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void ds_sys_log(int priority, const struct ds_log_field *fields, size_t count)
{
	cleanup_free char *entry = make_journal_entry(priority, fields, count);
	cleanup_free char *line = make_syslog_line(priority, fields, count);

	if (send_to(JOURNAL_SOCKET, SOCK_DGRAM, entry, entry ? strlen(entry) : 0) == 0)
		return;
	/* Some want connections; there a zero ends the line. What nobody takes is lost. */
	if (send_to(SYSLOG_SOCKET, SOCK_DGRAM, line, line ? strlen(line) : 0) == -EPROTOTYPE)
		send_to(SYSLOG_SOCKET, SOCK_STREAM, line, strlen(line) + 1);
}

void ds_sys_log_kernel(int priority, const char *text)
{
	cleanup_close int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	char record[KMSG_BYTES];
	int length = snprintf(
		record, sizeof(record) - 1, "<%d>drvswap: %s", LOG_DAEMON | priority, text);

	if (length > (int)sizeof(record) - 2)
		length = sizeof(record) - 2;
	for (char *p = record; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	/* Without its end the kernel waits for more of the line, and shows it with the next one. */
	if (length > 0)
		record[length++] = '\n';
	/* Where it cannot be written there is nobody to tell. */
	if (fd >= 0 && length > 0 && write(fd, record, (size_t)length) < 0)
		return;
}
