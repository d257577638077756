/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct sys_name *left = a, *right = b;

	return strcmp(left->link->name, right->link->name);
}

static int compare_text(const void *text, const void *name)
{
	return strcmp(text, ((const struct sys_name *)name)->link->name);
}

int sys_names_open(struct sys_names *ret_names, const struct ds_network *network)
{
	ret_names->items = calloc(network->links.count + 1, sizeof(*ret_names->items));
	if (!ret_names->items)
		return -ENOMEM;
	ret_names->count = network->links.count;
	for (size_t i = 0; i < ret_names->count; i++)
		ret_names->items[i].link = &network->links.items[i];
	qsort(ret_names->items, ret_names->count, sizeof(*ret_names->items), compare);
	return 0;
}

void sys_names_close(struct sys_names *names)
{
	free(names->items);
	*names = (struct sys_names){0};
}

const struct ds_link *sys_names_find(const struct sys_names *names, const char *name)
{
	const struct sys_name *found = NULL;

	if (name && names->count)
		found = bsearch(
			name, names->items, names->count, sizeof(*names->items), compare_text);
	return found ? found->link : NULL;
}
