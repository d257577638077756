/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drvswap/sys.h"
#include "keyboard.h"
#include "news.h"
#include "progress.h"

/* --- the worker's side ------------------------------------------------------------------ */

struct teller {
	struct ds_watcher watcher; /* first: a watcher is the teller behind it */
	FILE *news;
};

/* Nobody listening is no error: SIGPIPE is ignored, and the work goes on. */
static void send(FILE *news, const char *kind, const struct ds_record *record, const void *object)
{
	char *text = ds_record_to_text(record, object);

	if (text)
		fprintf(news, "{\"%s\":%s}\n", kind, text);
	fflush(news);
	free(text);
}

static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	send(((struct teller *)watcher)->news, "event", &ds_event_record, event);
}

static int news_fd = -1;

/*
 * A child that is stuck in the kernel must not keep the caller waiting for the end of the news. A
 * child of the child has another file under that number.
 */
static void close_news(void)
{
	if (news_fd >= 0)
		close(news_fd);
	news_fd = -1;
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

/* What process 1 started itself is in nobody's session. */
static void detach(struct ds_watcher *watcher, bool is_of_init, struct ds_finding *ret_finding)
{
	struct ds_event event = {.kind = DS_EVENT_FINDING};
	struct ds_error error = {0};

	if (is_of_init || ds_sys_detach(&error) == 0)
		return;
	event.finding.level = DS_LEVEL_WARN;
	ds_string_set(&event.finding.name, "not-detached");
	ds_string_format(&event.finding.text,
		"systemd did not take the swap out of this session: %s", error.text);
	ds_string_set(&event.finding.advice,
		"It survives the loss of the terminal, but not a logind that kills what belongs to "
		"the session.");
	watcher->tell(watcher, &event);
	*ret_finding = event.finding;
}

/* The findings of the work come first; this one was told when it began. */
static void add_finding(struct report *report, struct ds_finding *finding)
{
	struct ds_finding *last = finding->name ? ds_list_add(&report->findings.items) : NULL;

	if (last)
		*last = *finding;
	else
		ds_record_done(&ds_finding_record, finding);
}

static void be_worker(int fd, bool is_of_init, const struct ds_request *request,
	void (*work)(const struct ds_request *, struct ds_watcher *, struct report *))
{
	struct teller teller = {.watcher.tell = tell, .news = fdopen(fd, "w")};
	struct ds_finding finding = {0};
	struct report report = {0};

	news_fd = fd;
	leave_the_caller();
	if (!teller.news || pthread_atfork(NULL, NULL, close_news) != 0)
		_exit(1);
	detach(&teller.watcher, is_of_init, &finding);
	work(request, &teller.watcher, &report);
	add_finding(&report, &finding);
	send(teller.news, "report", &report_record, &report);
	fclose(teller.news);
	report_done(&report);
}

/* --- the caller's side ------------------------------------------------------------------ */

/* What ends the listening. */
enum heard {
	HEARD_ENOUGH = 1, /* the worker goes on without a listener */
	HEARD_ALL,        /* the worker's own report */
};

static int take_pending(
	const struct ds_request *request, struct report *ret_report, struct ds_error *error)
{
	int r = ds_string_set(&ret_report->outcome.module, request->module);

	ret_report->outcome.kind = DS_OUTCOME_PENDING;
	ret_report->outcome.outage_ms = -1;
	return r < 0 ? ds_error_set(error, r, "out of memory") : HEARD_ENOUGH;
}

/* What is known is the end for this view: the kernel may come back in a minute, or never. */
static int take_stuck(struct ds_event *event, struct report *ret_report)
{
	ret_report->outcome = event->outcome;
	event->outcome = (struct ds_outcome){0};
	return HEARD_ENOUGH;
}

static int hear_event(const struct ds_request *request, struct json_object *json,
	struct report *ret_report, struct ds_error *error)
{
	struct ds_event event = {0};
	struct ds_error ignored;
	int r = 0;

	if (ds_record_from_json(&ds_event_record, json, &event, &ignored) == 0)
		progress_show(request, &event);
	keyboard_heed(&event);
	if (event.kind == DS_EVENT_WAITING && request->is_no_wait)
		r = take_pending(request, ret_report, error);
	else if (event.kind == DS_EVENT_STUCK)
		r = take_stuck(&event, ret_report);
	ds_record_done(&ds_event_record, &event);
	return r;
}

/* 0: there is more to come; else enum heard, and *ret_report is what the caller tells. */
static int hear(const struct ds_request *request, const char *line, struct report *ret_report,
	struct ds_error *error)
{
	struct json_object *message = json_tokener_parse(line), *member;
	int r = 0;

	if (json_object_object_get_ex(message, "event", &member)) {
		r = hear_event(request, member, ret_report, error);
	} else if (json_object_object_get_ex(message, "report", &member)) {
		r = ds_record_from_json(&report_record, member, ret_report, error);
		r = r < 0 ? r : HEARD_ALL;
	}
	json_object_put(message);
	return r;
}

#define SIGNALS_TO_LEAVE 2

static volatile sig_atomic_t signals_seen;
static bool is_session_left;         /* the worker is in no session of ours */
static volatile sig_atomic_t worker; /* 0: it has ended, or there is nobody to ask */
static const char *asked;            /* what is told to whoever sent the first signal */

/*
 * Who ends a login has nothing to say about what was begun in it: logind has process 1 send TERM to
 * all of the session. No person's wish comes from there, and a host that goes down tells the worker
 * itself.
 */
static bool is_end_of_session(const siginfo_t *info)
{
	return info->si_signo == SIGTERM && info->si_code == SI_USER && info->si_pid == 1 &&
	       is_session_left;
}

/*
 * The first INT or TERM asks the worker to stop and roll back, the second only leaves. It is sent
 * on as a signal, which waits for a worker that does not listen yet; a word on the control socket
 * could reach another's swap, for ours may not even hold the lock.
 */
static void heed_signal(int number, siginfo_t *info, void *context)
{
	int code = errno;

	(void)number, (void)context;
	if (is_end_of_session(info)) {
		signals_seen = SIGNALS_TO_LEAVE;
	} else if (signals_seen++ == 0) {
		if (worker > 0)
			kill((pid_t)worker, SIGINT);
		if (write(STDERR_FILENO, asked, strlen(asked)) < 0)
			errno = code; /* nobody reads it */
	}
	errno = code;
}

static int leave(struct ds_error *error)
{
	ds_error_set(error, -EINTR, "the swap goes on without this view");
	return ds_error_hint(error, "`drvswap status` shows it.");
}

static void catch_signals(const struct ds_request *request, pid_t pid, bool is_of_init)
{
	const struct sigaction action = {.sa_sigaction = heed_signal, .sa_flags = SA_SIGINFO};
	bool is_recovery = request->verb == DS_VERB_RECOVER;

	asked = is_recovery ? "drvswap: a recovery runs to its end; once more, and only this view "
			      "ends\n"
			    : "drvswap: asked for a rollback at the next step; once more, and only "
			      "this view ends\n";
	worker = is_recovery ? 0 : (sig_atomic_t)pid;
	is_session_left = !is_of_init;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/*
 * In the worker for good, from before it exists, so that none ends it where it stands: INT and TERM
 * are words that it reads between the steps, and of the terminal's end it hears nothing at all. In
 * the caller while it goes to wait, so that none comes unseen just before.
 */
static void block_signals(sigset_t *ret_before)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

/* The next line of the worker; -EINTR when a second signal has come. */
static int next_line(struct news *news, char **ret_line)
{
	sigset_t before;
	int r = -EINTR;

	block_signals(&before);
	while (r == -EINTR && signals_seen < SIGNALS_TO_LEAVE)
		r = news_next(news, &before, ret_line);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int listen_to_the_end(
	int fd, const struct ds_request *request, struct report *ret_report, struct ds_error *error)
{
	struct news news = {.fd = fd};
	char *line;
	int r = 0, got = 0;

	while (r == 0 && got == 0) {
		got = next_line(&news, &line);
		if (got == 0)
			r = hear(request, line, ret_report, error);
	}
	news_done(&news);
	close(fd);
	if (r != 0)
		return r;
	if (got == -EINTR)
		return leave(error);
	ds_error_set(error, -EPIPE, "the worker ended without a report");
	return ds_error_hint(error, "`drvswap recover` finishes or undoes what it had begun.");
}

enum ds_outcome_kind worker_failure(int code)
{
	return code == -EINTR    ? DS_OUTCOME_LOCKED
	       : code == -ECHILD ? DS_OUTCOME_FAILED
				 : DS_OUTCOME_INCOMPLETE;
}

/*
 * All the news of a swap, so that a caller who does not read them (stopped, or writing to the
 * terminal of a connection that is cut) does not make the worker wait.
 */
#define NEWS_BYTES (1 << 20)

int worker_run(const struct ds_request *request,
	void (*work)(const struct ds_request *, struct ds_watcher *, struct report *),
	struct report *ret_report, struct ds_error *error)
{
	bool is_of_init = ds_sys_is_of_init();
	sigset_t before;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -ECHILD, "pipe: %s", strerror(errno));
	fcntl(ends[1], F_SETPIPE_SZ, NEWS_BYTES);
	fflush(NULL);
	block_signals(&before);
	pid = fork();
	if (pid > 0)
		catch_signals(request, pid, is_of_init);
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return ds_error_set(error, -ECHILD, "fork: %s", strerror(errno));
	}
	if (pid == 0) {
		close(ends[0]);
		be_worker(ends[1], is_of_init, request, work);
		_exit(0);
	}
	close(ends[1]);
	r = listen_to_the_end(ends[0], request, ret_report, error);
	keyboard_release();
	worker = 0;
	/* A worker that goes on is nobody's child any more when we end. */
	if (r != -EINTR && r != HEARD_ENOUGH)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return r < 0 ? r : 0;
}
