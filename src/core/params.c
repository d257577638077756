/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/request.h"

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

	for (; *word && (is_quoted || !strchr(DS_PARAM_BLANKS, *word)); word++)
		if (*word == '"')
			is_quoted = !is_quoted;
	return word;
}

static void cut_last_quote(char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '"')
		text[length - 1] = '\0';
}

/* As next_arg() does it: a quote that opens the word or the value goes, and then the last one. */
static int add_word(struct ds_params *params, const char *word, size_t length)
{
	struct ds_param *param = ds_list_add(&params->items);
	bool is_quoted = length > 0 && word[0] == '"';
	char *equals, *value;

	if (!param)
		return -ENOMEM;
	param->name = strndup(word + is_quoted, length - is_quoted);
	if (!param->name)
		return -ENOMEM;
	if (is_quoted)
		cut_last_quote(param->name, length - 1);
	/* An '=' that nothing stands before is a letter. */
	equals = *param->name ? strchr(param->name + 1, '=') : NULL;
	if (!equals)
		return 0;
	*equals = '\0';
	value = equals + 1;
	if (*value == '"') {
		value++;
		cut_last_quote(value, strlen(value));
	}
	return ds_string_set(&param->value, value);
}

int ds_params_parse(const char *line, struct ds_params *ret_params)
{
	while (line && *line) {
		const char *end;

		if (strchr(DS_PARAM_BLANKS, *line)) {
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

/* What a flag reads as in /sys: 1 or 0; -1: this is none. */
static int flag_in_force(const char *text)
{
	return ds_string_equal(text, "Y") ? 1 : ds_string_equal(text, "N") ? 0 : -1;
}

/* 1, 0, or -1 where the text is no flag (kstrtobool(), lib/kstrtox.c: the first letters count). */
static int flag_configured(const char *text)
{
	if (!text || strchr("yY1", *text) || strncasecmp(text, "on", 2) == 0)
		return 1;
	return strchr("nN0", *text) || strncasecmp(text, "of", 2) == 0 ? 0 : -1;
}

static bool number_of(const char *text, long long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoll(text, &end, 0);
	return *text && !*end && errno == 0;
}

bool ds_param_value_equal(const char *in_force, const char *configured)
{
	long long a, b;

	if (ds_string_equal(in_force, configured))
		return true;
	if (flag_in_force(in_force) >= 0 && !(configured && !*configured))
		return flag_in_force(in_force) == flag_configured(configured);
	return in_force && configured && number_of(in_force, &a) && number_of(configured, &b) &&
	       a == b;
}

/* What is no flag there counts as a yes (unknown_module_param_cb(), kernel/module/main.c). */
bool ds_params_probe_later(const char *line, bool by_default)
{
	struct ds_params params = {0};
	bool is_later = by_default;

	/* Without memory to tell: to wait too long costs time, not to wait the swap. */
	if (ds_params_parse(line, &params) < 0)
		return true;
	for (size_t i = 0; i < params.items.count; i++)
		if (ds_string_equal(params.items.items[i].name, "async_probe"))
			is_later = flag_configured(params.items.items[i].value) != 0;
	ds_params_done(&params);
	return is_later;
}
