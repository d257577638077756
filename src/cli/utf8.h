/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One character of text that anybody may have written. Returns how many bytes it has and its code
 * point; 0 where the bytes are no UTF-8 (cut, overlong, a surrogate), or at the end.
 */
size_t utf8_read(const char *text, uint32_t *ret_character);

/*
 * Letters and their like. Not so: control characters, of which U+009B begins an escape sequence
 * as ESC [ does, and what reorders or hides the text around it (Unicode's bidirectional controls,
 * line separators, the byte order mark).
 */
bool utf8_is_harmless(uint32_t character);

#endif
