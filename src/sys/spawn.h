/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_SPAWN_H
#define SYS_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "drvswap/error.h"

/*
 * Runs a helper program to its end: an absolute path (or several, of which the first that exists
 * is taken; the list ends with NULL), no shell, a clean environment, no input. argv[0] is filled
 * in. 0 when it exited with 0; else an error with what it printed. It is killed at the deadline.
 */
int sys_spawn(
	const char *const *paths, char *const *argv, int64_t deadline_ms, struct ds_error *error);

/* The same, and what it printed in *ret_text. */
int sys_spawn_reading(const char *const *paths, char *const *argv, int64_t deadline_ms,
	char *ret_text, size_t size, struct ds_error *error);

/* As sys_spawn(), with this environment and nothing else; the list of variables ends with NULL. */
int sys_spawn_telling(char *const *variables, const char *const *paths, char *const *argv,
	int64_t deadline_ms, struct ds_error *error);

/*
 * Starts a program that talks for as long as it is let. Where its output can be read, or -errno;
 * the caller ends it and waits for it. It does not outlive the thread that started it.
 */
int sys_spawn_following(
	const char *const *paths, char *const *argv, pid_t *ret_pid, struct ds_error *error);

/* As sys_spawn(); the program and what it starts hold the open file until they have ended. */
int sys_spawn_holding(int held_fd, const char *const *paths, char *const *argv, int64_t deadline_ms,
	struct ds_error *error);

#endif
