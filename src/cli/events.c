/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "events.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <syslog.h>

#include "drvswap/sys.h"

enum message {
	MESSAGE_BEGIN,
	MESSAGE_TRIAL,
	MESSAGE_VERIFIED,
	MESSAGE_COMMITTED,
	MESSAGE_ROLLED_BACK,
	MESSAGE_FAILED,
	MESSAGE_NOT_PERSISTED,
	MESSAGE_PERSISTED,
	MESSAGE_COUNT
};

/* People search for these ids, so they never change; drvswap(8) lists them. */
static const struct {
	const char *id, *name;
	int priority;
} messages[MESSAGE_COUNT] = {
	[MESSAGE_BEGIN] = {"a48c0667c0e241469fa9d3b0f0719a73", "begin", LOG_NOTICE},
	[MESSAGE_TRIAL] = {"fcbe37f52e194b79a9bd4ebe58894494", "trial", LOG_NOTICE},
	[MESSAGE_VERIFIED] = {"80b252d31d8143a6898b0074743908b4", "verified", LOG_NOTICE},
	[MESSAGE_COMMITTED] = {"5d6ecfd9a0da484babc99030796e62f2", "committed", LOG_NOTICE},
	[MESSAGE_ROLLED_BACK] = {"696052dd287d4b01a70449e4021a8cfe", "rolled-back", LOG_WARNING},
	[MESSAGE_FAILED] = {"c71420901d4c4532926a166062f8a182", "failed", LOG_ERR},
	[MESSAGE_NOT_PERSISTED] = {"23d316b5874742ca9f2549cca46a642e", "not-persisted",
		LOG_WARNING},
	[MESSAGE_PERSISTED] = {"e9f22f0b2fc44f0bb5874ae1d5ef6347", "persisted", LOG_NOTICE},
};

#define TEXT_BYTES 768

/* What every line of one swap has. */
struct subject {
	const char *id, *module, *verb, *kernel;
	const struct ds_identity *from, *to;
};

/* Where nobody can tell it is the one that runs. */
static bool is_running(const char *kernel)
{
	struct utsname running;

	return !kernel || uname(&running) < 0 || strcmp(kernel, running.release) == 0;
}

/* "swap vmxnet3", and for which kernel where that is another one. */
static int put_subject(const struct subject *subject, char *text)
{
	bool is_other = !is_running(subject->kernel);
	int length = snprintf(text, TEXT_BYTES, "%s %s%s%s", subject->verb, subject->module,
		is_other ? " for kernel " : "", is_other ? subject->kernel : "");

	return length < TEXT_BYTES ? length : TEXT_BYTES - 1;
}

static void log_message(
	enum message message, const struct subject *subject, const char *text, const char *error)
{
	const struct ds_log_field fields[] = {
		{"MESSAGE", text},
		{"MESSAGE_ID", messages[message].id},
		{"DRVSWAP_EVENT", messages[message].name},
		{"DRVSWAP_ID", subject->id},
		{"DRVSWAP_MODULE", subject->module},
		{"DRVSWAP_VERB", subject->verb},
		{"DRVSWAP_KERNEL", subject->kernel},
		{"DRVSWAP_FROM_VERSION", subject->from->version},
		{"DRVSWAP_FROM_BUILD_ID", subject->from->build_id},
		{"DRVSWAP_TO_VERSION", subject->to->version},
		{"DRVSWAP_TO_BUILD_ID", subject->to->build_id},
		{"DRVSWAP_ERROR", error},
	};

	ds_sys_log(messages[message].priority, fields, sizeof(fields) / sizeof(fields[0]));
	/* The kernel that runs has nothing to do with the files of one that does not. */
	if (message == MESSAGE_TRIAL || message == MESSAGE_VERIFIED ||
		message == MESSAGE_NOT_PERSISTED || !is_running(subject->kernel))
		return;
	ds_sys_log_kernel(messages[message].priority, text);
}

static struct subject subject_of_begin(const struct ds_begin *begin)
{
	return (struct subject){
		.id = begin->id,
		.module = begin->plan.module ? begin->plan.module : begin->request.module,
		.verb = ds_verb_names[begin->request.verb],
		.kernel = begin->before.kernel.release,
		.from = &begin->plan.from,
		.to = &begin->plan.to,
	};
}

/* "from 1.7.0.0-k to 99.1.0.0-test", as far as it is known. */
static const char *either(const struct ds_identity *identity)
{
	return identity->version    ? identity->version
	       : identity->build_id ? identity->build_id
				    : "what was there";
}

static void log_progress(const struct events *events, enum message message, const char *what)
{
	const struct subject subject = subject_of_begin(events->begin);
	char text[TEXT_BYTES];
	int used = put_subject(&subject, text);

	snprintf(text + used, sizeof(text) - (size_t)used, ": %s, from %s to %s", what,
		either(subject.from), either(subject.to));
	log_message(message, &subject, text, NULL);
}

static bool is_step(const struct events *events, const struct ds_event *event, int op_kind)
{
	return event->step >= 0 && (size_t)event->step < events->begin->plan.steps.count &&
	       events->begin->plan.steps.items[event->step].op.kind == op_kind;
}

static void tell(struct ds_watcher *watcher, const struct ds_event *event)
{
	struct events *events = (struct events *)watcher;

	if (event->kind == DS_EVENT_STEP_BEGUN && event->phase == DS_PHASE_TRIAL &&
		!events->is_trial_told) {
		events->is_trial_told = true;
		log_progress(events, MESSAGE_TRIAL, "the trial begins");
	} else if (event->kind == DS_EVENT_STEP_DONE && !events->is_verified_told &&
		   is_step(events, event, DS_OP_VERIFY)) {
		events->is_verified_told = true;
		log_progress(events, MESSAGE_VERIFIED, "verified");
	}
	if (events->next)
		events->next->tell(events->next, event);
}

void events_begin(struct events *events, const struct ds_begin *begin, struct ds_watcher *next)
{
	*events = (struct events){.watcher.tell = tell, .next = next, .begin = begin};
	log_progress(events, MESSAGE_BEGIN, "begins");
}

static enum message message_of(int kind)
{
	return kind == DS_OUTCOME_DONE          ? MESSAGE_COMMITTED
	       : kind == DS_OUTCOME_ROLLED_BACK ? MESSAGE_ROLLED_BACK
						: MESSAGE_FAILED;
}

void events_end(const struct ds_outcome *outcome)
{
	const struct subject subject = {
		.id = outcome->id,
		.module = outcome->module ? outcome->module : "",
		.verb = outcome->verb ? outcome->verb : "recover",
		.kernel = outcome->kernel,
		.from = &outcome->from,
		.to = &outcome->to,
	};
	enum message message = message_of(outcome->kind);
	char text[TEXT_BYTES];
	int used;

	if (outcome->kind == DS_OUTCOME_NOTHING)
		return;
	used = put_subject(&subject, text);
	snprintf(text + used, sizeof(text) - (size_t)used, ": %s%s%s",
		message == MESSAGE_COMMITTED             ? "committed"
		: message == MESSAGE_ROLLED_BACK         ? "rolled back"
		: outcome->kind == DS_OUTCOME_INCOMPLETE ? "failed, and a person must look"
							 : "failed, and nothing was changed",
		outcome->error ? ": " : "", outcome->error ? outcome->error : "");
	log_message(message, &subject, text, outcome->error);
}

void events_persist(bool is_done, const char *module, const char *kernel, const char *text)
{
	const struct ds_identity nothing = {0};
	const struct subject subject = {
		.module = module,
		.verb = ds_verb_names[DS_VERB_PERSIST],
		.kernel = kernel,
		.from = &nothing,
		.to = &nothing,
	};

	log_message(is_done ? MESSAGE_PERSISTED : MESSAGE_NOT_PERSISTED, &subject, text, NULL);
}
