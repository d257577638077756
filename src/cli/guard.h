/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

/*
 * The process between the caller and the worker. A worker that dies in the middle, killed by
 * somebody or by a fault of its own, leaves a host without network, and its caller sits at the
 * other end of that: so somebody who does nothing else stands beside it, and has what it began
 * finished or undone.
 */

#include "worker.h"

/* In a process of its own, to the end. Its exit code. */
int guard_be(struct place *place);

#endif
