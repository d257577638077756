/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_PARSER_CHILD_H
#define SYS_PARSER_CHILD_H

/* What the asker (parser.c) and its child say to each other, a packet each. */

#include <stdint.h>

#include "drvswap/error.h"

enum parser_task { PARSER_DECOMPRESS, PARSER_PARSE, PARSER_TASK_COUNT };

/* With it come two descriptors: sealed bytes, and empty memory to write to. */
struct parser_request {
	int32_t task;
	uint64_t bytes;
};

/* Comes in place of the first answer, and is the last word. */
#define PARSER_NOT_CONFINED 1

struct parser_answer {
	int32_t code; /* 0, a negative errno, or that */
	char text[DS_ERROR_TEXT_BYTES];
};

/* Gives up all privileges, then answers until the other end is closed. */
void sys_parser_serve(int fd);

#endif
