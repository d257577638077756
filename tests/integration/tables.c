/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Prints the tables behind the command line, a tab between the fields:
 *
 *	verb	NAME
 *	option	NAME	LETTER	none|optional|required	VALUE	VERB,...
 *	finding	NAME	LEVEL	SUMMARY
 *	exit	CODE	OUTCOME
 */

#include <stdio.h>

#include "../../src/cli/options.h"
#include "drvswap/finding.h"
#include "drvswap/outcome.h"

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

int main(void)
{
	struct options_row row;

	for (int verb = 0; verb < DS_VERB_COUNT; verb++)
		printf("verb\t%s\n", ds_verb_names[verb]);
	for (size_t i = 0; options_row_at(i, &row); i++)
		print_option(&row);
	for (const struct ds_finding_kind *kind = ds_finding_kinds; kind->name; kind++)
		printf("finding\t%s\t%s\t%s\n", kind->name, ds_level_names[kind->level],
			kind->summary);
	for (int kind = 0; kind < DS_OUTCOME_KIND_COUNT; kind++)
		printf("exit\t%d\t%s\n", ds_outcome_exit_code((enum ds_outcome_kind)kind),
			ds_outcome_kind_names[kind]);
	return 0;
}
