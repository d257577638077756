/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "running.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "image.h"

enum ds_module_state sys_running_state(const char *module)
{
	cleanup_free char *state = sys_text_read("/sys/module/%s/initstate", module);

	if (!state)
		return DS_MODULE_ABSENT;
	return strcmp(state, "live") == 0    ? DS_MODULE_LIVE
	       : strcmp(state, "going") == 0 ? DS_MODULE_GOING
					     : DS_MODULE_COMING;
}

bool sys_running_is_permanent(const char *text, const char *module)
{
	size_t length = strlen(module);

	for (const char *line = text; line && *line; line += *line == '\n') {
		size_t rest = strcspn(line, "\n");

		if (strncmp(line, module, length) == 0 && line[length] == ' ')
			return memmem(line, rest, "[permanent]", strlen("[permanent]"));
		line += rest;
	}
	return false;
}

static char *read_build_id(const char *module)
{
	char path[PATH_MAX], notes[4096];
	cleanup_close int fd = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id", module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read(fd, notes, sizeof(notes));
	return size > 0 ? sys_build_id_of_notes(notes, (size_t)size) : NULL;
}

int sys_running_identity(
	const char *module, struct ds_identity *ret_identity, struct ds_error *error)
{
	(void)error;
	ret_identity->build_id = read_build_id(module);
	ret_identity->srcversion = sys_text_read("/sys/module/%s/srcversion", module);
	ret_identity->version = sys_text_read("/sys/module/%s/version", module);
	return 0;
}
