/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

char *sys_hex_write(const void *bytes, size_t count)
{
	const uint8_t *from = bytes;
	char *hex = malloc(2 * count + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		hex[2 * i] = digits[from[i] >> 4];
		hex[2 * i + 1] = digits[from[i] & 15];
	}
	hex[2 * count] = '\0';
	return hex;
}

static int digit(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

int sys_hex_read(const char *hex, uint8_t *ret_bytes, size_t size, size_t *ret_count)
{
	size_t count = strlen(hex) / 2;

	if (count > size || strlen(hex) % 2)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_count = count;
	return 0;
}
