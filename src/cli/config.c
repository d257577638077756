/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/sys.h"
#include "options_table.h"

#define BLANKS " \t\r"

/* Who sets a row: 0 nobody, else the number of the file, from 1. */
struct layers {
	size_t winner[OPTION_ROWS_MAX];
};

static int take(const struct option_row *row, struct ds_request *request, const char *value,
	struct ds_error *error)
{
	return row->configure ? row->configure(request, value, error)
			      : row->take(request, value, error);
}

/*
 * Nobody has said it on the command line. The window of --confirm is none of that: whether there
 * shall be one is what the option says, and maybe no number.
 */
static bool is_open(size_t row, unsigned int used)
{
	return !(used >> row & 1) || (option_rows[row].configure && !option_rows[row].flag);
}

int config_fallback(struct ds_request *request, unsigned int used, struct ds_error *error)
{
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option_row *row = &option_rows[i];
		int r = 0;

		if (row->fallback && is_open(i, used))
			r = take(row, request, row->fallback, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static size_t row_of_key(const char *key)
{
	size_t i = 0;

	while (i < option_rows_count &&
		(!option_rows[i].key || strcmp(option_rows[i].key, key) != 0))
		i++;
	return i;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, BLANKS);
	end = text + strlen(text);
	while (end > text && strchr(BLANKS, end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* "key = value" into its halves, in place. false: it is none. */
static bool split(char *line, char **ret_key, char **ret_value)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return false;
	*equals = '\0';
	*ret_key = trim(line);
	*ret_value = trim(equals + 1);
	return **ret_key && **ret_value;
}

/* 0, or what is wrong with the line; *ret_row is option_rows_count for one that says nothing. */
static int read_line(char *line, struct ds_request *request, size_t *ret_row, char **ret_value,
	struct ds_error *error)
{
	char *key;

	*ret_row = option_rows_count;
	line = trim(line);
	if (!*line || *line == '#')
		return 0;
	if (!split(line, &key, ret_value))
		return ds_error_set(error, -EINVAL, "key = value is expected");
	*ret_row = row_of_key(key);
	if (*ret_row == option_rows_count)
		return ds_error_set(error, -EINVAL, "drvswap.conf(5) knows no key %s", key);
	return take(&option_rows[*ret_row], request, *ret_value, error) < 0
		       ? ds_error_prefix(error, "%s = %s", key, *ret_value)
		       : 0;
}

/*
 * The first time (ret_layers) every line is tried on a request that is thrown away, and it is noted
 * which file has the last word; the second time only that word is heard.
 */
static int read_file(const struct ds_config_file *file, size_t layer, struct ds_request *request,
	unsigned int used, const struct layers *layers, struct layers *ret_layers,
	struct ds_error *error)
{
	char *text = strdup(file->text), *rest = text, *line;
	int number = 0, r = 0;

	if (!text)
		return ds_error_set(error, -ENOMEM, "out of memory");
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		struct ds_request tried = {0};
		size_t row;
		char *value;

		number++;
		r = read_line(line, &tried, &row, &value, error);
		ds_record_done(&ds_request_record, &tried);
		if (r < 0)
			ds_error_prefix(error, "%s:%d", file->path, number);
		else if (row < option_rows_count && ret_layers)
			ret_layers->winner[row] = layer;
		else if (row < option_rows_count && layers->winner[row] == layer &&
			 is_open(row, used))
			r = take(&option_rows[row], request, value, error);
	}
	free(text);
	return r;
}

int config_apply(struct ds_request *request, unsigned int used, struct ds_error *error)
{
	struct ds_config_files files = {0};
	struct layers layers = {0};
	size_t checks = request->checks.count;
	int r = ds_sys_read_config(&files, error);

	for (size_t i = 0; r == 0 && i < files.items.count; i++)
		r = read_file(&files.items.items[i], i + 1, NULL, 0, NULL, &layers, error);
	for (size_t i = 0; r == 0 && i < files.items.count; i++)
		r = read_file(&files.items.items[i], i + 1, request, used, &layers, NULL, error);
	request->has_default_checks = request->checks.count > checks;
	ds_config_files_done(&files);
	return r;
}
