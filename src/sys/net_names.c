/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct ds_link *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static int compare_name(const void *name, const void *item)
{
	const struct ds_link *const *link = item;

	return strcmp(name, (*link)->name);
}

int sys_names_open(struct sys_names *ret_names, const struct ds_network *network)
{
	ret_names->items = calloc(network->links.count + 1, sizeof(*ret_names->items));
	if (!ret_names->items)
		return -ENOMEM;
	ret_names->count = network->links.count;
	for (size_t i = 0; i < ret_names->count; i++)
		ret_names->items[i] = &network->links.items[i];
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
	const struct ds_link **found = NULL;

	if (name && names->count)
		found = bsearch(
			name, names->items, names->count, sizeof(*names->items), compare_name);
	return found ? *found : NULL;
}
