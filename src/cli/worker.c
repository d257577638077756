/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drvswap/sys.h"

struct teller {
	struct ds_watcher watcher; /* first: a watcher is the teller behind it */
	FILE *news;
};

/* Nobody listening is no error: SIGPIPE is ignored, and the work goes on. */
static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	FILE *news = ((struct teller *)watcher)->news;
	char *text = ds_record_to_text(&ds_event_record, event);

	if (text)
		fprintf(news, "{\"event\":%s}\n", text);
	fflush(news);
	free(text);
}

static int tell_line(const char *line, void *news)
{
	fprintf(news, "{\"report\":%s}\n", line);
	return 0;
}

/* A line for each part, for there may be a hundred thousand routes in it; whole with the end. */
static void tell_report(FILE *news, const struct report *report)
{
	fputs("{\"begin\":{}}\n", news);
	if (ds_record_each_line(&report_record, report, tell_line, news) == 0)
		fputs("{\"end\":{}}\n", news);
	fflush(news);
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

/* The findings of the work come first; this one was told when it began. */
static void add_finding(struct report *report, struct ds_finding *finding)
{
	struct ds_finding *last = finding->name ? ds_list_add(&report->findings.items) : NULL;

	if (last)
		*last = *finding;
	else
		ds_record_done(&ds_finding_record, finding);
}

static void tell_detached(struct ds_watcher *watcher, const struct ds_finding *finding)
{
	const struct ds_event event = {.kind = DS_EVENT_FINDING, .finding = *finding};

	if (finding->name)
		watcher->tell(watcher, &event);
}

int worker_be(const struct place *place, const struct worker_death *death)
{
	struct teller teller = {.watcher.tell = tell, .news = fdopen(place->news, "w")};
	const struct worker worker = {&teller.watcher, place->lock, place->id, death};
	struct ds_finding finding = {0};
	struct report report = {0};

	news_fd = place->news;
	if (!teller.news || pthread_atfork(NULL, NULL, close_news) != 0)
		return 1;
	/* Who died may have left half a line. */
	fputc('\n', teller.news);
	tell_detached(&teller.watcher, &place->not_detached);
	if (death)
		place->work->recover(place->request, &worker, &report);
	else
		place->work->run(place->request, &worker, &report);
	if (ds_record_copy(&ds_finding_record, &place->not_detached, &finding) == 0)
		add_finding(&report, &finding);
	tell_report(teller.news, &report);
	fclose(teller.news);
	report_done(&report);
	return 0;
}
