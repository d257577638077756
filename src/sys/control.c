/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Words from one drvswap to the one that is at work: a socket in a directory that only root can
 * enter. A word is one packet of JSON, the answer one packet of text; empty means taken.
 */

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "drvswap/sys.h"

#define CONTROL_SOCKET SYS_RUN_DIR "/control"
#define PACKET_BYTES   256

static struct sockaddr_un control_address(void)
{
	return (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
}

/* --- the one at work -------------------------------------------------------------------- */

/* We hold the lock, so a socket that is there already belongs to somebody dead. */
static int open_control(struct ds_error *error)
{
	struct sockaddr_un address = control_address();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ds_error_set(error, -errno, "socket: %s", strerror(errno));
	unlink(CONTROL_SOCKET);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0) {
		int code = errno;

		close(fd);
		return ds_error_set(error, -code, CONTROL_SOCKET ": %s", strerror(code));
	}
	return fd;
}

static int parse_word(const char *packet, struct ds_word *ret_word)
{
	struct json_object *json = json_tokener_parse(packet);
	struct ds_error ignored;
	int r = ds_record_from_json(&ds_word_record, json, ret_word, &ignored);

	json_object_put(json);
	return r;
}

/* Whoever connects speaks at once, if the host lets it run; a silent one does not hold us up. */
#define SPEAK_MS 2000

/*
 * Who no longer waits for the
 * answer has told the user that the word was not taken, and that stays true.
 */
static void hear(int listener, unsigned int wanted, struct ds_word *ret_word)
{
	cleanup_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	struct ds_word word = {0};
	char packet[PACKET_BYTES];
	const char *answer = "";
	bool is_taken = false;
	ssize_t length;

	if (fd < 0 || poll(&wait, 1, SPEAK_MS) <= 0)
		return;
	length = recv(fd, packet, sizeof(packet) - 1, 0);
	if (length <= 0)
		return;
	packet[length] = '\0';
	if (parse_word(packet, &word) < 0)
		answer = "that was not understood";
	else if (word.kind == DS_WORD_SHUTDOWN || !(wanted >> word.kind & 1))
		answer = "the swap does not wait for a confirmation now";
	else
		is_taken = true;
	/* One byte more than the text, for an empty packet would be the end of the connection. */
	if (send(fd, answer, strlen(answer) + 1, MSG_NOSIGNAL) > 0 && is_taken)
		*ret_word = word;
}

static void hear_signal(struct sys *sys, unsigned int wanted, struct ds_word *ret_word)
{
	enum ds_word_kind kind = sys_signals_take(sys);

	if (kind != DS_WORD_NONE && wanted >> kind & 1)
		ret_word->kind = (int)kind;
}

void sys_control_turn_down(struct sys *sys)
{
	struct ds_word ignored = {0};

	hear(sys->control_fd, 0, &ignored);
}

int ds_sys_open_control(struct ds_door *door, struct ds_error *error)
{
	struct sys *sys = sys_of(door);

	if (sys->control_fd < 0)
		sys->control_fd = open_control(error);
	return sys->control_fd < 0 ? sys->control_fd : 0;
}

/* A signal needs no socket: where there is none, that is told when no signal has come either. */
int sys_listen(struct ds_door *door, unsigned int wanted, int64_t deadline_ms,
	struct ds_word *ret_word, struct ds_error *error)
{
	struct sys *sys = sys_of(door);
	int r = ds_sys_open_control(door, error);

	ret_word->kind = DS_WORD_NONE;
	for (;;) {
		struct pollfd waits[] = {
			{.fd = sys->control_fd, .events = POLLIN},
			{.fd = sys_signals_fd(sys), .events = POLLIN},
		};
		int64_t left_ms = deadline_ms - sys_now_ms();
		int ready = poll(waits, 2, left_ms > 0 ? (int)left_ms : 0);

		if (ready < 0 && errno != EINTR)
			return ds_error_set(error, -errno, "poll: %s", strerror(errno));
		if (ready > 0 && waits[0].revents)
			hear(sys->control_fd, wanted, ret_word);
		if (ready > 0 && waits[1].revents)
			hear_signal(sys, wanted, ret_word);
		if (ret_word->kind != DS_WORD_NONE)
			return 0;
		if (ready == 0)
			return r;
	}
}

/* --- the one who speaks ----------------------------------------------------------------- */

static int send_word(int fd, const struct ds_word *word)
{
	struct json_object *json = ds_record_to_json(&ds_word_record, word);
	const char *packet = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
	ssize_t sent = packet ? send(fd, packet, strlen(packet), MSG_NOSIGNAL) : -1;

	json_object_put(json);
	return sent < 0 ? -EIO : 0;
}

/*
 * Where the time is over, the connection is closed for answers before it is looked at once more:
 * either the answer is there, or it cannot be given, and the word is not taken.
 */
static int take_answer(int fd, int patience_ms, char *answer, size_t room, struct ds_error *error)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	bool is_late = poll(&wait, 1, patience_ms) <= 0;

	if (is_late)
		shutdown(fd, SHUT_RD);
	if (recv(fd, answer, room, MSG_DONTWAIT) > 0)
		return 0;
	return is_late ? ds_error_set(
				 error, -EBUSY, "the swap that is under way does not answer now")
		       : ds_error_set(error, -ENOENT,
				 "the swap that was under way has ended, or gave no answer");
}

static int not_connected(int code, struct ds_error *error)
{
	return code == EACCES || code == EPERM
		       ? ds_error_set(error, -EACCES,
				 "only root can speak to the swap that is under way")
		       : ds_error_set(error, -ENOENT, "no swap is under way here");
}

int ds_sys_say(const struct ds_word *word, int patience_ms, struct ds_error *error)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = control_address();
	char answer[PACKET_BYTES] = "";

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return not_connected(errno, error);
	if (send_word(fd, word) < 0)
		return ds_error_set(
			error, -ENOENT, "the swap that was under way has ended, or gave no answer");
	if (take_answer(fd, patience_ms, answer, sizeof(answer) - 1, error) < 0)
		return error->code;
	return answer[0] ? ds_error_set(error, -EBUSY, "%s", answer) : 0;
}
