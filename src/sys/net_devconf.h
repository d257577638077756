/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_DEVCONF_H
#define SYS_NET_DEVCONF_H

/*
 * The folders of sysctls that a link has, and what netlink tells of them: nearly all, in one
 * message for hundred files.
 */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sys_folder {
	SYS_FOLDER_CONF4,
	SYS_FOLDER_CONF6,
	SYS_FOLDER_NEIGH4,
	SYS_FOLDER_NEIGH6,
	SYS_FOLDER_MPLS,
	SYS_FOLDER_COUNT
};
extern const char *const sys_folder_paths[SYS_FOLDER_COUNT]; /* "net/ipv4/conf" */

/* Netlink tells the value of the file, or it is left out: it follows the MTU, or another file. */
bool sys_folder_knows(enum sys_folder folder, const char *name);
bool sys_folder_leaves_out(enum sys_folder folder, const char *name);

/* The numbers of a folder, as they came. Equal ones write equal lines. */
struct sys_numbers {
	const int32_t *items; /* NULL: netlink told nothing */
	size_t count;
};

/* Of the configuration of IPv4 or IPv6 in an RTM_NEWLINK; NULL is a message without. */
struct sys_numbers sys_devconf_numbers(enum sys_folder folder, const struct nlmsghdr *link);

/* Of an RTM_NEWNEIGHTBL, into ret_items; 0: not of a link, or of another family. */
#define SYS_NEIGHBOUR_NUMBERS 16
uint32_t sys_neighbour_numbers(const struct nlmsghdr *message, enum sys_folder *ret_folder,
	int32_t ret_items[SYS_NEIGHBOUR_NUMBERS]);

/*
 * Lines "name=value" as the files have the values. What the numbers do not tell exactly is left
 * out, and its file must be read: *ret_is_whole is then false. Returns the bytes, without a NUL.
 */
#define SYS_LINES_BYTES 8192
size_t sys_numbers_write(enum sys_folder folder, const struct sys_numbers *numbers,
	char ret_lines[SYS_LINES_BYTES], bool *ret_is_whole);

/* One of IPv6's, as DEVCONF_FORWARDING of linux/ipv6.h; absent where it was not told. */
int64_t sys_devconf6_number(const struct nlmsghdr *link, size_t index, int64_t absent);

#endif
