/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_IMAGE_PARTS_H
#define SYS_IMAGE_PARTS_H

/*
 * The parts of a module file, one file of code for each. The input is hostile until proven
 * otherwise: libelf checks the headers, every string and array is bounded by its section.
 */

#include <gelf.h>
#include <stdbool.h>

#include "drvswap/module.h"

struct parser {
	Elf *elf;
	size_t name_strings; /* index of the section of section names */
	struct ds_image *image;
	bool is_out_of_memory;
};

/* Sets a string of the image. */
void image_set(struct parser *parser, char **member, const char *text);

/* The first section of that name; its bytes as stored, NULL where it has none. */
Elf_Scn *image_section(const struct parser *parser, const char *name);
Elf_Data *image_section_data(const struct parser *parser, const char *name);

/* .modinfo: names, versions, aliases, parameters. */
void image_take_info(struct parser *parser, const Elf_Data *modinfo);

/* Imports and exports with their CRCs, and whether the module can be unloaded. */
void image_take_symbols(struct parser *parser);

#endif
