/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

/* A text that grows, with a hundred thousand routes to write: stdio's streams take their time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *bytes; /* terminated; NULL: nothing was written yet */
	size_t used, size;
	bool is_out_of_memory;
};

void text_put_number(struct text *text, int64_t number);

/* The parts one after the other; text_put_parts() wants a NULL after the last one. */
#define text_put(text, ...) text_put_parts(text, (const char *const[]){__VA_ARGS__, NULL})
void text_put_parts(struct text *text, const char *const *parts);

/* Allocated; NULL when out of memory, or where nothing was written. */
char *text_finish(struct text *text);

#endif
