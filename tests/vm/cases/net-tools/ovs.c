// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * As much of Open vSwitch as a case needs: its kernel's half, by generic netlink.
 *
 *	ovs NAME DEVICE			a datapath of that name, DEVICE a port of it
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct request {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	char rest[512];
};

static int die(const char *what)
{
	fprintf(stderr, "ovs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void begin(struct request *request, int family, int command, int version)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	request->head.nlmsg_type = (uint16_t)family;
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->generic.cmd = (uint8_t)command;
	request->generic.version = (uint8_t)version;
}

static void put_bytes(struct request *request, const void *bytes, size_t size)
{
	memcpy((char *)request + request->head.nlmsg_len, bytes, size);
	request->head.nlmsg_len += (uint32_t)NLMSG_ALIGN(size);
}

static void put(struct request *request, int type, const void *bytes, size_t size)
{
	const struct nlattr attr = {(uint16_t)(NLA_HDRLEN + size), (uint16_t)type};

	put_bytes(request, &attr, sizeof(attr));
	put_bytes(request, bytes, size);
}

static void put_u32(struct request *request, int type, uint32_t value)
{
	put(request, type, &value, sizeof(value));
}

/* The answer comes before the acknowledgement where there is one. */
static void ask(int fd, struct request *request, struct request *answer)
{
	struct request got;
	ssize_t size;

	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		die("send");
	while ((size = recv(fd, &got, sizeof(got), 0)) > 0 && got.head.nlmsg_type != NLMSG_ERROR)
		*answer = got;
	if (size < 0)
		die("recv");
	errno = -((const struct nlmsgerr *)NLMSG_DATA(&got.head))->error;
	if (errno)
		die("the kernel");
}

static int family_of(int fd, const char *name)
{
	struct request request, answer = {0};
	const struct nlattr *attr = (const void *)answer.rest;

	begin(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	put(&request, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	ask(fd, &request, &answer);
	while (attr->nla_type != CTRL_ATTR_FAMILY_ID && attr->nla_len)
		attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
	return *(const uint16_t *)(attr + 1);
}

int main(int count, char **words)
{
	struct ovs_header header = {0};
	struct request request, answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	if (count != 3 || fd < 0)
		die("DATAPATH DEVICE");
	begin(&request, family_of(fd, OVS_DATAPATH_FAMILY), OVS_DP_CMD_NEW, OVS_DATAPATH_VERSION);
	put_bytes(&request, &header, sizeof(header));
	put(&request, OVS_DP_ATTR_NAME, words[1], strlen(words[1]) + 1);
	put_u32(&request, OVS_DP_ATTR_UPCALL_PID, 0);
	put_u32(&request, OVS_DP_ATTR_USER_FEATURES, 0);
	ask(fd, &request, &answer);
	header.dp_ifindex = (int)if_nametoindex(words[1]);
	begin(&request, family_of(fd, OVS_VPORT_FAMILY), OVS_VPORT_CMD_NEW, OVS_VPORT_VERSION);
	put_bytes(&request, &header, sizeof(header));
	put_u32(&request, OVS_VPORT_ATTR_TYPE, OVS_VPORT_TYPE_NETDEV);
	put(&request, OVS_VPORT_ATTR_NAME, words[2], strlen(words[2]) + 1);
	put_u32(&request, OVS_VPORT_ATTR_UPCALL_PID, 0);
	ask(fd, &request, &answer);
	return 0;
}
