/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_part(struct text *text, const char *part)
{
	size_t bytes = strlen(part), size = text->size ? text->size : 64;
	char *grown = text->bytes;

	while (size - text->used <= bytes)
		size += size / 2;
	if (size != text->size)
		grown = realloc(text->bytes, size);
	if (!grown) {
		text->is_out_of_memory = true;
		return;
	}
	text->bytes = grown;
	text->size = size;
	memcpy(text->bytes + text->used, part, bytes + 1);
	text->used += bytes;
}

void text_put_parts(struct text *text, const char *const *parts)
{
	for (; *parts; parts++)
		put_part(text, *parts);
}

void text_put_number(struct text *text, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	put_part(text, digits);
}

char *text_finish(struct text *text)
{
	if (!text->is_out_of_memory)
		return text->bytes;
	free(text->bytes);
	return NULL;
}
