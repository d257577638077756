/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_KEYBOARD_H
#define CLI_KEYBOARD_H

/*
 * The Enter key as a confirmation: a process of its own waits for it, so that whoever follows the
 * swap need not look at two things at once.
 */

#include "drvswap/txn.h"

/* Begins to wait with DS_EVENT_KEY, and ends with the next event. */
void keyboard_heed(const struct ds_event *event);

/* Ends the wait, if there is one. */
void keyboard_release(void);

#endif
