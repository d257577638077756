/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ds_params_done(struct ds_params *params)
{
	for (size_t i = 0; i < params->items.count; i++)
		ds_record_done(&ds_param_record, &params->items.items[i]);
	free(params->items.items);
	memset(params, 0, sizeof(*params));
}

/* The end of one word: a blank outside of quotes. */
static const char *word_end(const char *word)
{
	bool is_quoted = false;

	for (; *word && (is_quoted || !isspace((unsigned char)*word)); word++)
		if (*word == '"')
			is_quoted = !is_quoted;
	return word;
}

/* Quotes around the value, or around the whole word, are not part of it. */
static int add_word(struct ds_params *params, const char *word, size_t length)
{
	struct ds_param *param = ds_list_add(&params->items);
	char *equals;
	size_t bytes;

	if (!param)
		return -ENOMEM;
	if (length >= 2 && word[0] == '"' && word[length - 1] == '"') {
		word++;
		length -= 2;
	}
	param->name = strndup(word, length);
	if (!param->name)
		return -ENOMEM;
	equals = strchr(param->name, '=');
	if (!equals)
		return 0;
	*equals++ = '\0';
	bytes = strlen(equals);
	if (bytes >= 2 && equals[0] == '"' && equals[bytes - 1] == '"') {
		equals[bytes - 1] = '\0';
		equals++;
	}
	return ds_string_set(&param->value, equals);
}

int ds_params_parse(const char *line, struct ds_params *ret_params)
{
	while (line && *line) {
		const char *end;

		if (isspace((unsigned char)*line)) {
			line++;
			continue;
		}
		end = word_end(line);
		if (add_word(ret_params, line, (size_t)(end - line)) < 0) {
			ds_params_done(ret_params);
			return -ENOMEM;
		}
		line = end;
	}
	return 0;
}

bool ds_param_name_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

/* 1, 0, or -1 where the text is no flag (kstrtobool(), lib/kstrtox.c). */
static int flag_value(const char *text)
{
	if (!text || strcmp(text, "1") == 0 || strcasecmp(text, "y") == 0)
		return 1;
	if (strcmp(text, "0") == 0 || strcasecmp(text, "n") == 0)
		return 0;
	return -1;
}

bool ds_param_value_equal(const char *a, const char *b)
{
	char *end_a, *end_b;
	long long number_a, number_b;

	if (ds_string_equal(a, b))
		return true;
	if (flag_value(a) >= 0 && flag_value(b) >= 0)
		return flag_value(a) == flag_value(b);
	if (!a || !b || !*a || !*b)
		return false;
	number_a = strtoll(a, &end_a, 0);
	number_b = strtoll(b, &end_b, 0);
	return !*end_a && !*end_b && number_a == number_b;
}
