/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

/*
 * An allocator that fails: the linker puts these in the place of the calls that the core makes
 * (see allocator_wraps in CMakeLists.txt).
 */

#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static long allocations_left = -1; /* -1: all succeed */

static inline bool allocation_fails(void)
{
	return allocations_left >= 0 && allocations_left-- == 0;
}

#define WRAP(type, name, parameters, arguments)                                                    \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return allocation_fails() ? NULL : __real_##name arguments;                        \
	}

WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t bytes), (text, bytes))
WRAP(void *, reallocarray, (void *old, size_t count, size_t bytes), (old, count, bytes))
WRAP(FILE *, open_memstream, (char **text, size_t *bytes), (text, bytes))
WRAP(struct json_object *, json_object_new_object, (void), ())
WRAP(struct json_object *, json_object_new_array, (void), ())
WRAP(struct json_object *, json_object_new_string, (const char *text), (text))
WRAP(struct json_object *, json_object_new_int64, (int64_t number), (number))
WRAP(struct json_object *, json_object_new_boolean, (json_bool truth), (truth))

int __real_vasprintf(char **text, const char *format, va_list args);
int __wrap_vasprintf(char **text, const char *format, va_list args);
int __wrap_vasprintf(char **text, const char *format, va_list args)
{
	return allocation_fails() ? -1 : __real_vasprintf(text, format, args);
}

/* After this many allocations one fails; the next ones succeed again. */
static inline void allocator_fail_after(long count)
{
	allocations_left = count;
}

/* True when the failure struck; then all succeed again. */
static inline bool allocator_end(void)
{
	bool has_struck = allocations_left < 0;

	allocations_left = -1;
	return has_struck;
}

#endif
