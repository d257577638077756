/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The side without privileges. It lives in a fork() of its asker and ends by returning. */

#include "parser_child.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compress.h"
#include "confine.h"
#include "image.h"

/* --- the work --------------------------------------------------------------------------- */

static int write_json(const struct ds_image *image, struct sys_blob *out, struct ds_error *error)
{
	struct json_object *json = ds_record_to_json(&ds_image_record, image);
	size_t length = 0;
	const char *text =
		json ? json_object_to_json_string_length(json, JSON_C_TO_STRING_PLAIN, &length)
		     : NULL;
	int r = text ? sys_blob_write(out, text, length, error)
		     : ds_error_set(error, -ENOMEM, "out of memory");

	json_object_put(json);
	return r;
}

static int parse(const struct sys_blob *in, struct sys_blob *out, struct ds_error *error)
{
	struct ds_image image = {0};
	int r = sys_image_parse(in, &image, error);

	if (r == 0)
		r = write_json(&image, out, error);
	ds_record_done(&ds_image_record, &image);
	return r;
}

static int work(const struct parser_request *request, int in_fd, int out_fd, struct ds_error *error)
{
	static int (*const tasks[PARSER_TASK_COUNT])(
		const struct sys_blob *, struct sys_blob *, struct ds_error *) = {
		[PARSER_DECOMPRESS] = sys_decompress_into,
		[PARSER_PARSE] = parse,
	};
	struct sys_blob in = {.fd = in_fd, .size = (size_t)request->bytes};
	struct sys_blob out = {.fd = out_fd};
	void *map = NULL;
	int r;

	if (in.size > 0)
		map = mmap(NULL, in.size, PROT_READ, MAP_PRIVATE, in_fd, 0);
	if (map == MAP_FAILED)
		return ds_error_set(error, -errno, "map memory: %s", strerror(errno));
	in.bytes = map;
	r = tasks[request->task](&in, &out, error);
	if (map)
		munmap(map, in.size);
	return r;
}

/* --- the talk --------------------------------------------------------------------------- */

/* The packet with its two descriptors; false: the other end is closed, or speaks nonsense. */
static bool hear(int fd, struct parser_request *ret_request, int ret_fds[2])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = {ret_request, sizeof(*ret_request)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t got;

	do
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	header = got == sizeof(*ret_request) ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_type != SCM_RIGHTS ||
		header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(ret_fds, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

/* Libraries read their configuration at their first use: now, while there are files. */
static void warm_up(void)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "first", NULL);
	json_object_put(json);
	/* It would look for openssl.cnf; nothing of it is wanted here. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

/* Until it is number 3 the descriptor is where it was, and then no more. */
static void tell_of_privileges(int fd, struct ds_error *error)
{
	struct parser_answer answer = {.code = PARSER_NOT_CONFINED};

	ds_error_prefix(error, "it cannot give up its privileges");
	memcpy(answer.text, error->text, sizeof(answer.text));
	if (fcntl(fd, F_GETFD) < 0)
		fd = SYS_CONFINED_FD;
	send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

void sys_parser_serve(int fd)
{
	struct parser_request request = {0};
	struct ds_error error = {0};
	int fds[2] = {-1, -1};

	prctl(PR_SET_NAME, "drvswap-parser", 0, 0, 0);
	warm_up();
	if (sys_confine(fd, &error) < 0) {
		tell_of_privileges(fd, &error);
		return;
	}
	while (hear(SYS_CONFINED_FD, &request, fds)) {
		struct parser_answer answer = {0};

		error = (struct ds_error){0};
		answer.code = work(&request, fds[0], fds[1], &error);
		snprintf(answer.text, sizeof(answer.text), "%s", error.text);
		close(fds[0]);
		close(fds[1]);
		if (write(SYS_CONFINED_FD, &answer, sizeof(answer)) != sizeof(answer))
			return;
	}
}
