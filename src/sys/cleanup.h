/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_CLEANUP_H
#define SYS_CLEANUP_H

/* What a variable owns goes with its scope: cleanup_free char *text = NULL; */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define cleanup_free     __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_close    __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_fclose   __attribute__((cleanup(cleanup_close_file)))
#define cleanup_closedir __attribute__((cleanup(cleanup_close_dir)))

#endif
