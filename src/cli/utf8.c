/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

static const struct shape {
	unsigned char mask, lead; /* of the first byte */
	size_t bytes;
	uint32_t least; /* what needs fewer bytes is not written with so many */
} shapes[] = {
	{0x80, 0x00, 1, 0x1},
	{0xe0, 0xc0, 2, 0x80},
	{0xf0, 0xe0, 3, 0x800},
	{0xf8, 0xf0, 4, 0x10000},
};

static size_t read_as(const struct shape *shape, const char *text, uint32_t *ret_character)
{
	uint32_t character = (unsigned char)text[0] & (unsigned char)~shape->mask;

	for (size_t i = 1; i < shape->bytes; i++) {
		/* The NUL at the end is no such byte either. */
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (character < shape->least || character > 0x10ffff ||
		(character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return shape->bytes;
}

size_t utf8_read(const char *text, uint32_t *ret_character)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (((unsigned char)text[0] & shapes[i].mask) == shapes[i].lead)
			return read_as(&shapes[i], text, ret_character);
	return 0;
}

bool utf8_is_harmless(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} harmful[] = {
		{0x0, 0x1f},
		{0x7f, 0x9f},
		{0x61c, 0x61c},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2066, 0x2069},
		{0xfeff, 0xfeff},
		{0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		if (character >= harmful[i].first && character <= harmful[i].last)
			return false;
	return true;
}
