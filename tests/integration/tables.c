/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Prints the tables behind the command line, a tab between the fields:
 *
 *	verb	NAME
 *	option	NAME	LETTER	none|optional|required	VALUE	VERB,...
 *	key	NAME	DEFAULT		of the configuration; "-": none
 *	finding	NAME	LEVEL	SUMMARY
 *	exit	CODE	OUTCOME
 *	field	RECORD	NAME	TYPE	RECORD, or NAME,... of an enum
 */

#include <stdio.h>
#include <string.h>

#include "../../src/cli/history.h"
#include "../../src/cli/options.h"
#include "../../src/cli/under_way.h"
#include "drvswap/finding.h"
#include "drvswap/outcome.h"
#include "drvswap/plan.h"

static void print_option(const struct options_row *row)
{
	const char *separator = "";

	printf("option\t%s\t%c\t%s\t%s\t", row->name, row->letter ? row->letter : '-',
		!row->value            ? "none"
		: row->value[0] == '[' ? "optional"
				       : "required",
		row->value ? row->value : "-");
	for (int verb = 0; verb < DS_VERB_COUNT; verb++) {
		if (!(row->verbs >> verb & 1))
			continue;
		printf("%s%s", separator, ds_verb_names[verb]);
		separator = ",";
	}
	putchar('\n');
}

static const char *type_name(const struct ds_field *field)
{
	static const char *const names[DS_TYPE_COUNT] = {
		"string", "bool", "int", "enum", "record", "list", "strings"};

	return field->is_needed ? "needed" : names[field->type];
}

#define RECORDS_MAX 64

/* Every record once, the ones in it after it. */
static void print_record(const struct ds_record *record, const char **seen)
{
	size_t i = 0;

	for (; seen[i]; i++)
		if (strcmp(seen[i], record->name) == 0)
			return;
	if (i + 1 == RECORDS_MAX)
		return;
	seen[i] = record->name;
	for (const struct ds_field *field = record->fields; field->name; field++) {
		printf("field\t%s\t%s\t%s\t", record->name, field->name, type_name(field));
		if (field->record)
			fputs(field->record->name, stdout);
		for (size_t j = 0; field->names && field->names[j]; j++)
			printf("%s%s", j > 0 ? "," : "", field->names[j]);
		putchar('\n');
	}
	for (const struct ds_field *field = record->fields; field->name; field++)
		if (field->record)
			print_record(field->record, seen);
}

static void print_records(void)
{
	static const struct ds_record *const roots[] = {&history_record, &ds_outcome_record,
		&ds_finding_record, &ds_step_record, &ds_host_record, &under_way_record};
	const char *seen[RECORDS_MAX] = {NULL};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		print_record(roots[i], seen);
}

int main(void)
{
	struct options_row row;

	for (int verb = 0; verb < DS_VERB_COUNT; verb++)
		printf("verb\t%s\n", ds_verb_names[verb]);
	for (size_t i = 0; options_row_at(i, &row); i++) {
		if (row.name)
			print_option(&row);
		if (row.key)
			printf("key\t%s\t%s\n", row.key, row.fallback ? row.fallback : "-");
	}
	for (const struct ds_finding_kind *kind = ds_finding_kinds; kind->name; kind++)
		printf("finding\t%s\t%s\t%s\n", kind->name, ds_level_names[kind->level],
			kind->summary);
	for (int kind = 0; kind < DS_OUTCOME_KIND_COUNT; kind++)
		printf("exit\t%d\t%s\n", ds_outcome_exit_code((enum ds_outcome_kind)kind),
			ds_outcome_kind_names[kind]);
	print_records();
	return 0;
}
