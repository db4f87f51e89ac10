// SPDX-License-Identifier: GPL-2.0
/* Netlink messages, and the kernel's answers. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

void *tr_nl_reserve(struct tr_nl *msg, size_t len)
{
	void *at = (char *)msg + NLMSG_ALIGN(msg->head.nlmsg_len);

	msg->head.nlmsg_len = NLMSG_ALIGN(msg->head.nlmsg_len) + len;
	return at;
}

void *tr_nl_start(struct tr_nl *msg, int type, int flags, size_t len)
{
	memset(msg, 0, sizeof(*msg));
	msg->head.nlmsg_len = NLMSG_HDRLEN;
	msg->head.nlmsg_type = type;
	msg->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return tr_nl_reserve(msg, len);
}

struct rtattr *tr_nl_put(struct tr_nl *msg, int type, const void *data, size_t len)
{
	struct rtattr *attr = tr_nl_reserve(msg, RTA_LENGTH(len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	return attr;
}

void tr_nl_end(struct tr_nl *msg, struct rtattr *nest)
{
	nest->rta_len = (char *)msg + NLMSG_ALIGN(msg->head.nlmsg_len) -
			(char *)nest;
}

int tr_nl_answer(int fd)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[1024];
	} answer;
	ssize_t len;

	len = recv(fd, &answer, sizeof(answer), 0);
	if (len < 0)
		return -1;
	if (len < (ssize_t)NLMSG_LENGTH(sizeof(answer.err)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.err.error;
	return answer.err.error ? -1 : 0;
}

int tr_nl_request(const struct tr_nl *msg)
{
	int fd, err, ret = -1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	if (send(fd, msg, msg->head.nlmsg_len, 0) >= 0)
		ret = tr_nl_answer(fd);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}
