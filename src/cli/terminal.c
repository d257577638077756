/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const starts[] = {
	[COLOUR_NONE] = "",
	[COLOUR_GOOD] = "\033[32m",
	[COLOUR_WARN] = "\033[33m",
	[COLOUR_BAD] = "\033[31m",
	[COLOUR_DIM] = "\033[2m",
	[COLOUR_BOLD] = "\033[1m",
};

bool terminal_has_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && (!no_color || !*no_color) &&
	       (!term || strcmp(term, "dumb") != 0);
}

/* U+0080 to U+009F in UTF-8: U+009B begins an escape sequence as ESC [ does. */
static bool is_c1_control(const unsigned char *text)
{
	return text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f;
}

void terminal_put(FILE *stream, enum colour colour, const char *text)
{
	bool has_colour = colour != COLOUR_NONE && terminal_has_colour(stream);

	if (has_colour)
		fputs(starts[colour], stream);
	for (const unsigned char *p = (const unsigned char *)(text ? text : "-"); *p; p++) {
		bool is_c1 = is_c1_control(p);

		fputc(is_c1 || *p < ' ' || *p == 0x7f ? '?' : *p, stream);
		p += is_c1;
	}
	if (has_colour)
		fputs("\033[0m", stream);
}

void terminal_printf(FILE *stream, enum colour colour, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		terminal_put(stream, colour, text);
	va_end(args);
	free(text);
}
