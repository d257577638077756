/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drvswap/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ds_error_set(struct ds_error *error, int code, const char *format, ...)
{
	va_list args;

	error->code = code;
	error->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

int ds_error_prefix(struct ds_error *error, const char *format, ...)
{
	char text[DS_ERROR_TEXT_BYTES];
	va_list args;
	size_t length;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	length = strlen(text);
	/* What does not fit is cut, as everywhere here. */
	if (snprintf(text + length, sizeof(text) - length, ": %s", error->text) < 0)
		text[length] = '\0';
	memcpy(error->text, text, sizeof(text));
	return error->code;
}

int ds_error_hint(struct ds_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
	return error->code;
}
