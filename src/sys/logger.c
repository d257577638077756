/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The logs of the host: the journal by its own datagrams, for five fields are no reason for a
 * library; syslog where there is no journal; and the kernel's log.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "cleanup.h"
#include "drvswap/sys.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define KMSG_BYTES     900 /* kernel/printk/printk.c, 6.1: PRINTKRB_RECORD_MAX is 1024 */

/* A newline would begin a field of its own. */
static void put_clean(FILE *stream, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stream);
}

static char *make_datagram(int priority, const struct ds_log_field *fields, size_t count)
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

/* Never waits: a journal that is stuck must not make an outage longer. */
static int send_to_journal(const char *datagram)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
	cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !datagram)
		return -1;
	return sendto(fd, datagram, strlen(datagram), MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&address, sizeof(address)) < 0
		       ? -1
		       : 0;
}

void ds_sys_log(int priority, const struct ds_log_field *fields, size_t count)
{
	cleanup_free char *datagram = make_datagram(priority, fields, count);

	if (access(JOURNAL_SOCKET, F_OK) == 0) {
		send_to_journal(datagram);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, "MESSAGE") == 0)
			syslog(LOG_DAEMON | priority, "drvswap: %s", fields[i].value);
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
