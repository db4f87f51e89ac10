/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_NETLINK_H
#define TCP_REPAIR_NETLINK_H

#include <stddef.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* One netlink message under construction, for the library only. */
struct tr_nl {
	struct nlmsghdr head;
	char body[512];
};

/* Begin it, ask for an answer, and return the place of its fixed part. */
void *tr_nl_start(struct tr_nl *msg, int type, int flags, size_t len);
void *tr_nl_reserve(struct tr_nl *msg, size_t len);
struct rtattr *tr_nl_put(struct tr_nl *msg, int type, const void *data, size_t len);
/* An attribute put with no data, and all that came after it, becomes a nest. */
void tr_nl_end(struct tr_nl *msg, struct rtattr *nest);

/* Wait for one answer. -1 with errno when the kernel refuses. */
int tr_nl_answer(int fd);
/* Send an rtnetlink request, and wait for the kernel's verdict. */
int tr_nl_request(const struct tr_nl *msg);

#endif
