/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CAUGHT_H
#define CAUGHT_H

/* What is printed, for tests of what people see. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What call writes to stdout; allocated. */
static inline char *caught(void (*call)(const void *), const void *subject)
{
	FILE *file = tmpfile();
	int kept = dup(STDOUT_FILENO);
	char *output = calloc(1, 4096);

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	call(subject);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	rewind(file);
	assert_true(fread(output, 1, 4095, file) < 4095);
	fclose(file);
	return output;
}

#endif
