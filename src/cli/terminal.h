/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* For stdout and stderr: colours only on a terminal, and not where NO_COLOR is set (no-color.org).
 */
bool terminal_has_colour(FILE *stream);

/*
 * From here on stderr takes lines, each with one write(): what a signal handler has to say, or
 * another process on the same terminal, comes between two of them and not into one.
 */
void terminal_write_lines(void);

enum colour {
	COLOUR_NONE,
	COLOUR_GOOD,
	COLOUR_WARN,
	COLOUR_BAD,
	COLOUR_DIM,
	COLOUR_BOLD,
};

/*
 * Prints text in colour, without a newline. What is not harmless (utf8.h), newlines too, is shown
 * as '?', so that no file name, module parameter or kernel message can drive the terminal. NULL is
 * printed as "-".
 */
void terminal_put(FILE *stream, enum colour colour, const char *text);

void terminal_printf(FILE *stream, enum colour colour, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
