/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DRVSWAP_ERROR_H
#define DRVSWAP_ERROR_H

/*
 * The one error type.
 *
 * A function that can fail returns 0 or a negative errno and takes a struct ds_error as its last
 * argument. The function that failed writes the sentence; each caller puts its context in front
 * of it on the way up ("swap vmxnet3: insert ...: unknown symbol"). A call that went well may have
 * written into it too, of what it tried first. Nothing here allocates, so an error can be told when
 * memory is what ran out. Only main() prints.
 */

#include <stdbool.h>

#define DS_ERROR_TEXT_BYTES 2048

struct ds_error {
	int code;                       /* negative errno; 0: no error */
	char text[DS_ERROR_TEXT_BYTES]; /* one sentence, no newline, cut when too long */
	char hint[512];                 /* what to do now; may be empty */
};

/* Writes the sentence and returns code, so that "return ds_error_set(...)" reads well. */
int ds_error_set(struct ds_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the sentence; returns the code that is already there. */
int ds_error_prefix(struct ds_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what the user can do about it; returns the code that is already there. */
int ds_error_hint(struct ds_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
