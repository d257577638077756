/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detached.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drvswap/sys.h"
#include "guard.h"
#include "keyboard.h"
#include "news.h"
#include "progress.h"

#define SIGNALS_TO_LEAVE 2

static volatile sig_atomic_t signals_seen;
static bool is_session_left;              /* the worker is in no session of ours */
static volatile sig_atomic_t guard;       /* 0: there is nobody to ask */
static volatile sig_atomic_t is_recovery; /* what is under way is one: it is not asked */
static volatile sig_atomic_t is_in_doubt; /* whether the first one was a wish */

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

/* Who is told that it has begun is told the truth from then on. */
static void take_recovery(const struct ds_event *event)
{
	if (event->kind != DS_EVENT_RECOVERING)
		return;
	is_recovery = true;
	guard = 0;
}

static int hear_event(const struct ds_request *request, struct json_object *json,
	struct report *ret_report, struct ds_error *error)
{
	struct ds_event event = {0};
	struct ds_error ignored;
	int r = 0;

	if (ds_record_from_json(&ds_event_record, json, &event, &ignored) == 0) {
		take_recovery(&event);
		progress_show(request, &event);
	}
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
	} else if (json_object_object_get_ex(message, "begin", NULL)) {
		report_done(ret_report); /* what was told of another, by a worker that has died */
	} else if (json_object_object_get_ex(message, "report", &member)) {
		r = ds_record_from_json(&report_record, member, ret_report, error);
	} else if (json_object_object_get_ex(message, "end", NULL)) {
		r = HEARD_ALL;
	}
	json_object_put(message);
	return r;
}

/*
 * Who ends a login has nothing to say about what was begun in it: logind has process 1 send TERM to
 * all of the session. No person's wish comes from there, and a host that goes down tells the worker
 * itself. sudo and its like pass their TERM on as one of their own, and often before that of
 * process 1 comes: then only systemd knows whether the session ends, and a signal handler cannot
 * ask.
 */
static bool is_end_of_session(const siginfo_t *info)
{
	return info->si_signo == SIGTERM && info->si_code == SI_USER && info->si_pid == 1 &&
	       is_session_left;
}

static const char rollback_asked[] =
	"drvswap: asked for a rollback at the next step; once more, and "
	"only this view ends\n";
static const char recovery_goes_on[] =
	"drvswap: a recovery runs to its end; once more, and only this view ends\n";

/*
 * The first INT or TERM asks the worker to stop and roll back, the second only leaves; a recovery
 * is not asked, for there is no better end to it. It is sent on as the signal that it is, which
 * waits for a worker that does not listen yet; a word on the control socket could reach another's
 * swap, for ours may not even hold the lock. To the guard's group, which the worker is in; to the
 * guard while there is no such group. A TERM may be that of a host that goes down, with a service
 * that swaps: the worker finds out.
 */
static void ask_for_rollback(int number)
{
	const char *said = is_recovery ? recovery_goes_on : guard > 0 ? rollback_asked : "";

	if (guard > 0 && kill(-(pid_t)guard, number) < 0)
		kill((pid_t)guard, number);
	/* Perhaps nobody reads it. */
	if (write(STDERR_FILENO, said, strlen(said)) < 0)
		return;
}

static void heed_signal(int number, siginfo_t *info, void *context)
{
	int code = errno;

	(void)context;
	if (is_end_of_session(info)) {
		signals_seen = SIGNALS_TO_LEAVE;
		is_in_doubt = 0;
	} else if (signals_seen++ == 0) {
		is_in_doubt = number == SIGTERM && is_session_left;
		if (!is_in_doubt)
			ask_for_rollback(number);
	}
	errno = code;
}

/* With the signals blocked: process 1's own TERM, which came after another's. */
static bool has_end_of_session_come(void)
{
	const struct timespec now = {0};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	return sigtimedwait(&set, &info, &now) == SIGTERM && is_end_of_session(&info);
}

/* With the signals blocked. */
static void settle_doubt(void)
{
	if (!is_in_doubt)
		return;
	is_in_doubt = 0;
	if (ds_sys_is_session_ending() || has_end_of_session_come())
		signals_seen = SIGNALS_TO_LEAVE;
	else
		ask_for_rollback(SIGTERM);
}

static int leave(struct ds_error *error)
{
	ds_error_set(error, -EINTR, "the swap goes on without this view");
	return ds_error_hint(error, "`drvswap status` shows it.");
}

static void catch_signals(const struct ds_request *request, pid_t pid)
{
	const struct sigaction action = {.sa_sigaction = heed_signal, .sa_flags = SA_SIGINFO};

	is_recovery = request->verb == DS_VERB_RECOVER;
	guard = is_recovery ? 0 : (sig_atomic_t)pid;
	is_session_left = !ds_sys_is_of_init();
	/* Of an earlier one, where one process does several. */
	signals_seen = is_in_doubt = 0;
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
	settle_doubt();
	while (r == -EINTR && signals_seen < SIGNALS_TO_LEAVE) {
		r = news_next(news, &before, ret_line);
		settle_doubt();
	}
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
	report_done(ret_report); /* half of one is none */
	if (got == -EINTR)
		return leave(error);
	ds_error_set(error, -EPIPE, "the worker ended without a report");
	return ds_error_hint(error, "`drvswap recover` finishes or undoes what it had begun.");
}

enum ds_outcome_kind detached_failure(int code)
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

/* The guard, who starts the worker. -errno; else the end of the news that is ours. */
static int start(struct place *place, pid_t *ret_pid, struct ds_error *error)
{
	sigset_t before;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_error_set(error, -errno, "pipe: %s", strerror(errno));
	place->news = ends[1];
	fcntl(ends[1], F_SETPIPE_SZ, NEWS_BYTES);
	fflush(NULL);
	block_signals(&before);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		close(ends[0]);
		_exit(guard_be(place));
	}
	if (*ret_pid > 0)
		catch_signals(place->request, *ret_pid);
	else
		ds_error_set(error, -errno, "fork: %s", strerror(errno));
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (*ret_pid > 0)
		return ends[0];
	close(ends[0]);
	return error->code;
}

/* What the processes share beside the pipe. */
static int place_open(struct place *place, struct ds_error *error)
{
	void *id = mmap(
		NULL, WORKER_ID_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (id == MAP_FAILED)
		return ds_error_set(error, -errno, "mmap: %s", strerror(errno));
	place->id = id;
	place->lock = ds_sys_open_lock(error);
	return place->lock < 0 ? error->code : 0;
}

static void place_close(const struct place *place)
{
	if (place->id)
		munmap(place->id, WORKER_ID_BYTES);
	if (place->lock >= 0)
		close(place->lock);
}

int detached_run(const struct ds_request *request, const struct work *work,
	struct report *ret_report, struct ds_error *error)
{
	struct place place = {
		.request = request,
		.work = work,
		/* At boot, a recovery is a service, and what is ordered behind it waits for it. */
		.is_attached = request->verb == DS_VERB_RECOVER && ds_sys_is_of_init(),
		.lock = -1,
	};
	pid_t pid = -1;
	int r, news = place_open(&place, error);

	if (news == 0)
		news = start(&place, &pid, error);
	place_close(&place);
	if (news < 0)
		return error->code = -ECHILD;
	r = listen_to_the_end(news, request, ret_report, error);
	keyboard_release();
	guard = is_recovery = 0;
	/* A worker that goes on is nobody's child any more when we end. */
	if (r != -EINTR && r != HEARD_ENOUGH)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return r < 0 ? r : 0;
}
