/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* kernel/printk/printk.c, 6.1: PRINTK_MESSAGE_MAX; one read() gives one record. */
#define RECORD_BYTES 2048

/*
 * At once, so that a driver that fills the log faster than anybody reads it does not keep us for
 * ever. The log holds fewer; what is left is read by the next call.
 */
#define RECORDS_MOST 20000

int sys_kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		int code = errno;

		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

/* "6,1234,567890,-;text\n KEY=value\n": the text ends at the first newline. */
static char *text_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text)
		return NULL;
	text++;
	text[strcspn(text, "\n")] = '\0';
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return text;
}

/* Keeps the end: the last line is nearest to the failure. */
static void append(char *text, size_t room, const char *line)
{
	size_t have = strlen(text), more = strlen(line) + (have ? 2 : 0);

	if (strlen(line) + 1 > room)
		return;
	while (have + more + 1 > room) {
		char *next = strstr(text, "; ");

		if (!next) {
			text[0] = '\0';
			have = 0;
			more = strlen(line);
			continue;
		}
		memmove(text, next + 2, strlen(next + 2) + 1);
		have = strlen(text);
	}
	snprintf(text + have, room - have, "%s%s", have ? "; " : "", line);
}

/*
 * The first number is facility * 8 + level, and the kernel's facility is 0. What programs write
 * there, this one too, is no word of the kernel.
 */
static bool is_of_kernel(const char *record)
{
	return record[0] >= '0' && record[0] <= '7' && record[1] == ',';
}

/* The kernel's next one. false: no more of them, or *left of them have been read. */
static bool read_record(int fd, char record[RECORD_BYTES + 1], int *left)
{
	while ((*left)-- > 0) {
		ssize_t got = read(fd, record, RECORD_BYTES);

		/* EPIPE: older records were overwritten; the next read goes on behind them. */
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			return false;
		record[got] = '\0';
		if (is_of_kernel(record))
			return true;
	}
	return false;
}

void sys_kmsg_read(int fd, void (*visit)(const char *line, void *context), void *context)
{
	char record[RECORD_BYTES + 1];
	int left = RECORDS_MOST;

	while (read_record(fd, record, &left)) {
		char *text = text_of(record);

		if (text)
			visit(text, context);
	}
}

/* "6,...": the level is the lower three bits of the first number. */
static int level_of(const char *record)
{
	return (int)strtol(record, NULL, 10) & 7;
}

static void take(int fd, int level_most, char *ret_text, size_t room)
{
	char record[RECORD_BYTES + 1];
	int left = RECORDS_MOST;

	ret_text[0] = '\0';
	if (fd < 0)
		return;
	while (read_record(fd, record, &left)) {
		char *text = level_of(record) <= level_most ? text_of(record) : NULL;

		if (text)
			append(ret_text, room, text);
	}
}

void sys_kmsg_take(int fd, char *ret_text, size_t room)
{
	take(fd, LOG_DEBUG, ret_text, room);
	if (fd >= 0)
		close(fd);
}

void sys_kmsg_take_errors(int fd, char *ret_text, size_t room)
{
	take(fd, LOG_ERR, ret_text, room);
}
