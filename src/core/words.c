/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A command line in words, without a shell. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drvswap/request.h"

#define BLANKS " \t\n"

/*
 * Copies one word from *line on to word, which has room for all of the line, and moves *line
 * behind it. false: a quote or an escape is not finished.
 */
static bool take_word(const char **line, char *word)
{
	const char *p = *line;
	char quote = '\0';

	for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
		/* Between single quotes a backslash is a letter. */
		bool is_escape = *p == '\\' && quote != '\'';

		if (is_escape && !*++p)
			return false;
		if (!is_escape && quote && *p == quote)
			quote = '\0';
		else if (!is_escape && !quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else
			*word++ = *p;
	}
	*word = '\0';
	*line = p;
	return !quote;
}

static int split(const char *line, char *word, ds_strings *ret_words)
{
	for (line += strspn(line, BLANKS); *line; line += strspn(line, BLANKS)) {
		if (!take_word(&line, word))
			return -EINVAL;
		if (ds_strings_add(ret_words, word) < 0)
			return -ENOMEM;
	}
	return ret_words->count > 0 && ret_words->items[0][0] ? 0 : -EINVAL;
}

int ds_words_split(const char *line, ds_strings *ret_words)
{
	char *word = strdup(line);
	int r = word ? split(line, word, ret_words) : -ENOMEM;

	free(word);
	if (r < 0)
		ds_strings_done(ret_words);
	return r;
}
