/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net_ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>

#include "drvswap/record.h"

size_t sys_ip_bytes(int64_t family)
{
	if (family == AF_INET)
		return sizeof(struct in_addr);
	return family == AF_INET6 ? sizeof(struct in6_addr) : 0;
}

/* As inet_ntop() writes it, which goes by way of stdio: a router has a million of them. */
static void ipv4_write(const uint8_t bytes[4], char text[INET_ADDRSTRLEN])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*text++ = '.';
		if (bytes[i] >= 100)
			*text++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			*text++ = (char)('0' + bytes[i] / 10 % 10);
		*text++ = (char)('0' + bytes[i] % 10);
	}
	*text = '\0';
}

int sys_ip_read_bytes(int64_t family, const void *bytes, size_t size, char **ret_text)
{
	char text[INET6_ADDRSTRLEN];

	if (sys_ip_bytes(family) == 0 || size != sys_ip_bytes(family))
		return 0;
	if (family == AF_INET)
		ipv4_write(bytes, text);
	else
		inet_ntop((int)family, bytes, text, sizeof(text));
	return ds_string_set(ret_text, text);
}

int sys_ip_read(int64_t family, const struct nlattr *attr, char **ret_text)
{
	if (!attr)
		return 0;
	return sys_ip_read_bytes(
		family, mnl_attr_get_payload(attr), sys_attr_bytes(attr), ret_text);
}

int sys_ip_parse(int64_t family, const char *text, uint8_t ret_bytes[SYS_IP_BYTES])
{
	if (sys_ip_bytes(family) == 0 || inet_pton((int)family, text, ret_bytes) != 1)
		return -EINVAL;
	return 0;
}

int sys_ip_put(struct sys_message *message, uint16_t type, int64_t family, const char *text)
{
	uint8_t bytes[SYS_IP_BYTES];
	int code = text ? sys_ip_parse(family, text, bytes) : 0;

	if (text && code == 0)
		sys_put(message, type, bytes, sys_ip_bytes(family));
	return code;
}
