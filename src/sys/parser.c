/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The asker's side. What the child says is hostile too: bounds first, then records by type. */

#include "parser.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compress.h"
#include "parser_child.h"
#include "sys.h"

/* For one file. Real ones take milliseconds; what grows without end is given up. */
#define PATIENCE_MS 60000

/* The facts of the largest modules are a few hundred kilobytes. */
#define FACTS_MAX_BYTES ((size_t)64 << 20)

/* owner: a process that was forked from ours has the number, but not the child. */
static struct {
	pid_t pid, owner;
	int fd;
} child = {.fd = -1};

/* --- its life --------------------------------------------------------------------------- */

void sys_parser_end(void)
{
	if (child.fd >= 0)
		close(child.fd);
	child.fd = -1;
	if (child.pid <= 0 || child.owner != getpid())
		return;
	/* It has nothing to tidy up, and may be one that does not listen. */
	kill(child.pid, SIGKILL);
	while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
		;
	child.pid = 0;
}

static int begin(struct ds_error *error)
{
	int ends[2];

	if (child.fd >= 0 && child.owner == getpid())
		return 0;
	sys_parser_end();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ds_error_set(error, -errno, "socketpair: %s", strerror(errno));
	child.pid = fork();
	if (child.pid < 0) {
		int code = errno;

		close(ends[0]);
		close(ends[1]);
		return ds_error_set(error, -code, "fork: %s", strerror(code));
	}
	if (child.pid == 0) {
		close(ends[0]);
		sys_parser_serve(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	child.fd = ends[0];
	child.owner = getpid();
	return 0;
}

/* --- one question ----------------------------------------------------------------------- */

static bool send_request(enum parser_task task, const struct sys_blob *in, int out_fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct parser_request request = {.task = (int32_t)task, .bytes = in->size};
	struct iovec part = {&request, sizeof(request)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const int fds[2] = {in->fd, out_fd};
	ssize_t sent;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	do
		sent = sendmsg(child.fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == sizeof(request);
}

/* NULL: it answered. Else what became of it. */
static const char *hear_answer(struct parser_answer *ret_answer)
{
	int64_t deadline_ms = sys_now_ms() + PATIENCE_MS;

	for (;;) {
		struct pollfd wait = {.fd = child.fd, .events = POLLIN};
		int64_t left_ms = deadline_ms - sys_now_ms();
		int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;
		ssize_t got = -1;

		if (ready == 0)
			return "it came to no end";
		if (ready > 0)
			got = recv(child.fd, ret_answer, sizeof(*ret_answer), 0);
		if (got == (ssize_t)sizeof(*ret_answer))
			break;
		/* Reset: it ended without reading our question; what it said is behind that. */
		if (got >= 0 || (errno != EINTR && errno != ECONNRESET))
			return "it ended";
	}
	ret_answer->text[sizeof(ret_answer->text) - 1] = '\0';
	if (ret_answer->code == PARSER_NOT_CONFINED)
		return ret_answer->text;
	if (ret_answer->code > 0)
		return "it made no sense";
	return NULL;
}

static int give_up(int code, struct ds_error *error, const char *why)
{
	sys_parser_end();
	return ds_error_set(error, code,
		"the process without privileges that reads module files gave no answer: %s", why);
}

/* out: sealed on success. -EBADMSG: also where the child failed; -EACCES: it is not confined. */
static int ask(enum parser_task task, const struct sys_blob *in, struct sys_blob *ret_out,
	struct ds_error *error)
{
	struct parser_answer answer = {0};
	struct sys_blob out = {0};
	const char *why;
	int r = begin(error);

	if (r == 0)
		r = sys_blob_create(&out, error);
	if (r < 0)
		return r;
	/* One that has ended may have said why. */
	why = send_request(task, in, out.fd) || errno == EPIPE ? hear_answer(&answer)
							       : strerror(errno);
	if (why)
		r = give_up(answer.code == PARSER_NOT_CONFINED ? -EACCES : -EBADMSG, error, why);
	else if (answer.code < 0)
		r = ds_error_set(error, answer.code, "%s", answer.text);
	else
		r = sys_blob_take(&out, error);
	if (r < 0)
		sys_blob_done(&out);
	else
		*ret_out = out;
	return r;
}

/* --- the two tasks ---------------------------------------------------------------------- */

int sys_parser_decompress(
	const struct sys_blob *stored, struct sys_blob *ret_image, struct ds_error *error)
{
	/* A copy understands nothing. */
	if (sys_compression_of(stored) == DS_COMPRESSION_NONE)
		return sys_decompress(stored, ret_image, error);
	return ask(PARSER_DECOMPRESS, stored, ret_image, error);
}

static int take_facts(
	const struct sys_blob *text, struct ds_image *ret_image, struct ds_error *error)
{
	struct json_tokener *tokener;
	struct json_object *json = NULL;
	int r = -EBADMSG;

	if (text->size > FACTS_MAX_BYTES)
		return ds_error_set(error, r, "more facts than a module has");
	tokener = json_tokener_new();
	if (!tokener)
		return ds_error_set(error, -ENOMEM, "out of memory");
	if (text->size > 0)
		json = json_tokener_parse_ex(tokener, (const char *)text->bytes, (int)text->size);
	json_tokener_free(tokener);
	r = ds_record_from_json(&ds_image_record, json, ret_image, error);
	json_object_put(json);
	return r;
}

static int set_fault(struct ds_image *image, const struct sys_blob *blob, enum ds_image_fault fault,
	struct ds_error *error)
{
	image->fault = (int)fault;
	image->bytes = (int64_t)blob->size;
	return ds_string_set(&image->fault_detail, error->text) < 0
		       ? ds_error_set(error, -ENOMEM, "out of memory")
		       : 0;
}

int sys_parser_parse(
	const struct sys_blob *image, struct ds_image *ret_image, struct ds_error *error)
{
	struct ds_image facts = {0};
	struct sys_blob text = {0};
	int r = ask(PARSER_PARSE, image, &text, error);

	if (r == 0)
		r = take_facts(&text, &facts, error);
	sys_blob_done(&text);
	if (r == -EACCES)
		r = set_fault(&facts, image, DS_IMAGE_UNREAD, error);
	else if (r == -EBADMSG || r == -EFBIG)
		r = set_fault(&facts, image, DS_IMAGE_DAMAGED, error);
	if (r < 0)
		return r;
	/* The digest is the asker's own. */
	free(facts.digest);
	facts.digest = ret_image->digest;
	ret_image->digest = NULL;
	ds_record_done(&ds_image_record, ret_image);
	*ret_image = facts;
	return 0;
}
