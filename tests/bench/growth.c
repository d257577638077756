/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a snapshot of the network and its restoring cost, by the program's own code:
 *
 *	growth LINK[,LINK...] COMMAND...
 *
 * looks at the links and all that hangs on them, runs COMMAND, which takes it away, restores it,
 *and prints the microseconds of the look, of the restoring and of the settings that can wait until
 * packets pass again, and the peak memory in KiB.
 *
 *	growth -t COMMAND...
 *
 * prints the microseconds that COMMAND takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/sys/net.h"

#define DEADLINE_MS 600000

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

static bool is_named(const struct sys_link *link, const void *names)
{
	return ds_strings_has(names, link->link.name);
}

static void die(const struct ds_error *error)
{
	fprintf(stderr, "growth: %s\n", error->text);
	exit(1);
}

static int look_and_restore(char *links, char **command)
{
	ds_strings names = {0};
	const struct sys_link_filter filter = {.is_wanted = is_named, .context = &names};
	struct ds_network network = {0};
	struct ds_returned returned = {0};
	struct ds_error error;
	struct rusage usage;
	int64_t start_us, look_us, restored_us, set_us;
	char *name;

	while ((name = strsep(&links, ",")))
		if (ds_strings_add(&names, name) < 0)
			return 1;
	start_us = now_us();
	if (sys_net_look(&filter, &network, &error) < 0)
		die(&error);
	look_us = now_us() - start_us;
	if (run(command) != 0)
		return 1;
	start_us = now_us();
	if (sys_network_restore(&network, sys_net_now_ms() + DEADLINE_MS, &returned, &error) < 0)
		die(&error);
	restored_us = now_us();
	if (sys_network_settings(&network, &returned, &error) < 0)
		die(&error);
	set_us = now_us();
	getrusage(RUSAGE_SELF, &usage);
	printf("%lld %lld %lld %ld\n", (long long)look_us, (long long)(restored_us - start_us),
		(long long)(set_us - restored_us), usage.ru_maxrss);
	ds_record_done(&ds_returned_record, &returned);
	ds_record_done(&ds_network_record, &network);
	ds_strings_done(&names);
	return 0;
}

int main(int argc, char **argv)
{
	int64_t start_us = now_us();

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "-t") != 0)
		return look_and_restore(argv[1], argv + 2);
	if (run(argv + 2) != 0)
		return 1;
	printf("%lld\n", (long long)(now_us() - start_us));
	return 0;
}
