/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drvswap/sys.h"
#include "keyboard.h"
#include "progress.h"

/* --- the worker's side ------------------------------------------------------------------ */

struct teller {
	struct ds_watcher watcher; /* first: a watcher is the teller behind it */
	FILE *news;
};

/* Nobody listening is no error: SIGPIPE is ignored, and the work goes on. */
static void send(FILE *news, const char *kind, const struct ds_record *record, const void *object)
{
	struct json_object *message = json_object_new_object();

	json_object_object_add(message, kind, ds_record_to_json(record, object));
	fprintf(news, "%s\n", json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN));
	fflush(news);
	json_object_put(message);
}

static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	send(((struct teller *)watcher)->news, "event", &ds_event_record, event);
}

/* Of its own: session, working directory, signals, and no terminal among its descriptors. */
static void leave_the_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0 || null < 0)
		return;
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
}

static void be_worker(int fd, const struct ds_request *request,
	void (*work)(const struct ds_request *, struct ds_watcher *, struct report *))
{
	struct teller teller = {.watcher.tell = tell, .news = fdopen(fd, "w")};
	struct report report = {0};

	leave_the_caller();
	if (!teller.news)
		_exit(1);
	work(request, &teller.watcher, &report);
	send(teller.news, "report", &report_record, &report);
	fclose(teller.news);
	report_done(&report);
}

/* --- the caller's side ------------------------------------------------------------------ */

/* true: the swap was verified and waits for a confirmation. */
static bool hear_event(const struct ds_request *request, struct json_object *json)
{
	struct ds_event event = {0};
	struct ds_error ignored;
	bool is_waiting;

	if (ds_record_from_json(&ds_event_record, json, &event, &ignored) == 0)
		progress_show(request, &event);
	keyboard_heed(&event);
	is_waiting = event.kind == DS_EVENT_WAITING;
	ds_record_done(&ds_event_record, &event);
	return is_waiting;
}

/* 1: that was the report, or all that the user wants to wait for. */
static int hear(const struct ds_request *request, const char *line, struct report *ret_report,
	struct ds_error *error)
{
	struct json_object *message = json_tokener_parse(line), *member;
	int r = 0;

	if (json_object_object_get_ex(message, "event", &member)) {
		if (hear_event(request, member) && request->is_no_wait) {
			ret_report->outcome.kind = DS_OUTCOME_PENDING;
			ret_report->outcome.outage_ms = -1;
			r = ds_string_set(&ret_report->outcome.module, request->module);
			r = r < 0 ? ds_error_set(error, r, "out of memory") : 1;
		}
	} else if (json_object_object_get_ex(message, "report", &member)) {
		r = ds_record_from_json(&report_record, member, ret_report, error);
		r = r < 0 ? r : 1;
	}
	json_object_put(message);
	return r;
}

static volatile sig_atomic_t signals_seen;
static int signals_heeded;

static void count_signal(int number)
{
	(void)number;
	signals_seen++;
}

/* The first INT or TERM asks the worker to stop and roll back, the second only leaves. */
static int heed_signal(struct ds_error *error)
{
	const struct ds_word word = {.kind = DS_WORD_ROLLBACK};

	if (signals_heeded++ == 0) {
		if (ds_sys_say(&word, error) == 0)
			fputs("drvswap: asked for a rollback; once more, and only this view ends\n",
				stderr);
		return 0;
	}
	ds_error_set(error, -EINTR, "the swap goes on without this view");
	return ds_error_hint(error, "`drvswap status` shows it.");
}

/* Without SA_RESTART, so that reading the news is interrupted. */
static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = count_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int listen_to_the_end(
	int fd, const struct ds_request *request, struct report *ret_report, struct ds_error *error)
{
	FILE *news = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	int r = 0;

	while (news && r == 0) {
		errno = 0;
		if (signals_heeded < signals_seen)
			r = heed_signal(error);
		else if (getline(&line, &room, news) > 0)
			r = hear(request, line, ret_report, error);
		else if (errno == EINTR)
			clearerr(news);
		else
			break;
	}
	free(line);
	if (news)
		fclose(news);
	if (r == 0) {
		r = ds_error_set(error, -EPIPE, "the worker ended without a report");
		ds_error_hint(error, "`drvswap recover` finishes or undoes what it had begun.");
	}
	return r < 0 ? r : 0;
}

int worker_run(const struct ds_request *request,
	void (*work)(const struct ds_request *, struct ds_watcher *, struct report *),
	struct report *ret_report, struct ds_error *error)
{
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -errno, "pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return ds_error_set(error, -errno, "fork: %s", strerror(errno));
	}
	if (pid == 0) {
		close(ends[0]);
		be_worker(ends[1], request, work);
		_exit(0);
	}
	close(ends[1]);
	catch_signals();
	r = listen_to_the_end(ends[0], request, ret_report, error);
	keyboard_release();
	/* A worker that goes on is nobody's child any more when we end. */
	if (r != -EINTR && ret_report->outcome.kind != DS_OUTCOME_PENDING)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return r;
}
