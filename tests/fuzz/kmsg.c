/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The kernel's log: a module may print anything. The text goes into errors, so it must be one
 * line that fits, without control characters.
 */

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/sys/kmsg.h"
#include "fuzz.h"

/* /dev/kmsg gives one record a read(), as packets do: NUL separates them here. */
static int log_of(const uint8_t *bytes, size_t size)
{
	int ends[2];

	ensure(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	while (size > 0) {
		const uint8_t *nul = memchr(bytes, 0, size);
		size_t length = nul ? (size_t)(nul - bytes) : size;

		if (length > 0 && write(ends[1], bytes, length) < 0)
			break;
		length += nul != NULL;
		bytes += length;
		size -= length;
	}
	close(ends[1]);
	return ends[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[600];
	/* Also a small one, where each line pushes out the one before. */
	size_t room = size > 0 && bytes[0] & 1 ? 24 : sizeof(text);

	sys_kmsg_take(log_of(bytes, size), text, room);
	ensure(memchr(text, '\0', room));
	for (const char *p = text; *p; p++)
		ensure((unsigned char)*p >= ' ' && *p != 0x7f);
	return 0;
}
