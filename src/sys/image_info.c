/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a module says of itself: .modinfo, strings of the form key=value. */

#include <stdlib.h>
#include <string.h>

#include "image_parts.h"

static void take_name(struct parser *parser, const char *value)
{
	image_set(parser, &parser->image->name, value);
	for (char *p = parser->image->name; p && *p; p++)
		if (*p == '-')
			*p = '_';
}

static void take_version(struct parser *parser, const char *value)
{
	image_set(parser, &parser->image->identity.version, value);
}

static void take_srcversion(struct parser *parser, const char *value)
{
	image_set(parser, &parser->image->identity.srcversion, value);
}

static void take_vermagic(struct parser *parser, const char *value)
{
	image_set(parser, &parser->image->vermagic, value);
}

static void take_license(struct parser *parser, const char *value)
{
	if (!parser->image->license)
		image_set(parser, &parser->image->license, value);
}

static void take_alias(struct parser *parser, const char *value)
{
	if (ds_strings_add(&parser->image->aliases, value) < 0)
		parser->is_out_of_memory = true;
}

static void take_tried_on(struct parser *parser, const char *value)
{
	if (ds_strings_add(&parser->image->tried_on, value) < 0)
		parser->is_out_of_memory = true;
}

static void take_depends(struct parser *parser, const char *value)
{
	while (*value) {
		size_t length = strcspn(value, ",");
		char *name = strndup(value, length);

		if (!name || (length && ds_strings_add(&parser->image->depends, name) < 0))
			parser->is_out_of_memory = true;
		free(name);
		value += length + (value[length] == ',');
	}
}

/* "parmtype=debug:int" has a row for each parameter, "parm=" only for described ones. */
static void take_param(struct parser *parser, const char *value)
{
	char *name = strndup(value, strcspn(value, ":"));
	struct ds_param *param = NULL;

	for (size_t i = 0; name && i < parser->image->params.count; i++) {
		if (strcmp(parser->image->params.items[i].name, name) == 0) {
			free(name);
			return;
		}
	}
	if (name)
		param = ds_list_add(&parser->image->params);
	if (!param) {
		parser->is_out_of_memory = true;
		free(name);
		return;
	}
	param->name = name;
}

static void take_modinfo(struct parser *parser, const char *line)
{
	static const struct {
		const char *key;
		void (*take)(struct parser *parser, const char *value);
	} keys[] = {
		{"name", take_name},
		{"version", take_version},
		{"srcversion", take_srcversion},
		{"vermagic", take_vermagic},
		{"license", take_license},
		{"alias", take_alias},
		{"tried_on", take_tried_on},
		{"depends", take_depends},
		{"parmtype", take_param},
		{"parm", take_param},
	};
	size_t length = strcspn(line, "=");

	if (line[length] != '=')
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == length && strncmp(keys[i].key, line, length) == 0)
			keys[i].take(parser, line + length + 1);
}

/* Calls tell for each NUL-terminated string of a section; an unterminated last one is left out. */
static void each_string(
	const Elf_Data *data, void (*tell)(struct parser *, const char *), struct parser *parser)
{
	const char *text = data->d_buf, *end = text + data->d_size;

	while (text < end) {
		const char *nul = memchr(text, '\0', (size_t)(end - text));

		if (!nul)
			return;
		if (nul > text)
			tell(parser, text);
		text = nul + 1;
	}
}

void image_take_info(struct parser *parser, const Elf_Data *modinfo)
{
	each_string(modinfo, take_modinfo, parser);
}
