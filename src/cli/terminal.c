/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

static const char *const starts[] = {
	[COLOUR_NONE] = "",
	[COLOUR_GOOD] = "\033[32m",
	[COLOUR_WARN] = "\033[33m",
	[COLOUR_BAD] = "\033[31m",
	[COLOUR_DIM] = "\033[2m",
	[COLOUR_BOLD] = "\033[1m",
};

static bool decide_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && (!no_color || !*no_color) &&
	       (!term || strcmp(term, "dumb") != 0);
}

bool terminal_has_colour(FILE *stream)
{
	static enum { UNDECIDED, NO, YES } decisions[2];
	int i = stream == stderr;

	if (decisions[i] == UNDECIDED)
		decisions[i] = decide_colour(stream) ? YES : NO;
	return decisions[i] == YES;
}

void terminal_write_lines(void)
{
	static char line[BUFSIZ];

	setvbuf(stderr, line, _IOLBF, sizeof(line));
}

/* What is not UTF-8 is not shown either: where a terminal does not expect UTF-8, 0x9b is a control.
 */
static const char *put_character(FILE *stream, const char *text)
{
	uint32_t character = 0;
	size_t length = utf8_read(text, &character);

	if (length > 0 && utf8_is_harmless(character))
		fwrite(text, 1, length, stream);
	else
		fputc('?', stream);
	return text + (length > 0 ? length : 1);
}

void terminal_put(FILE *stream, enum colour colour, const char *text)
{
	bool has_colour = colour != COLOUR_NONE && terminal_has_colour(stream);

	if (has_colour)
		fputs(starts[colour], stream);
	if (!text)
		text = "-";
	while (*text)
		text = put_character(stream, text);
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
