/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_H
#define FUZZ_H

/*
 * One target a file: LLVMFuzzerTestOneInput() takes any bytes and returns 0; what it must not do is
 * crash, leak, hang, or break a promise that ensure() states. libFuzzer calls it where the compiler
 * is clang (tests/fuzz/run), replay.c everywhere (ctest label fuzz).
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define ensure(promise)                                                                            \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);      \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
