// SPDX-License-Identifier: GPL-2.0
/* Listeners, and connections that take their time. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "dial.h"
#include "repair.h"
#include "sock.h"
#include "util.h"

static int bound_socket(const struct tr_topo *t, enum tr_ns ns, int flags,
			struct sockaddr_storage *addr, socklen_t *len)
{
	struct timeval limit = { .tv_sec = TR_STEP_MS / 1000 };
	int fd;

	if (tr_enter(t, ns))
		return -1;
	fd = socket(t->family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (tr_enter(t, TR_PEER))
		return -1;
	if (fd < 0)
		return tr_fail("socket");
	*len = ns == TR_PEER ? tr_peer_addr(t, addr) : tr_migrating_addr(t, addr);
	/* SO_RCVTIMEO bounds accept(). */
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !bind(fd, (struct sockaddr *)addr, *len))
		return fd;
	tr_fail("bind");
	close(fd);
	return -1;
}

int tr_listen(const struct tr_topo *t, enum tr_ns ns, bool repair,
	      struct sockaddr_storage *addr)
{
	socklen_t len;
	int fd;

	fd = bound_socket(t, ns, 0, addr, &len);
	if (fd < 0)
		return -1;
	if (repair && tr_freeze(fd))
		goto fail;
	if (listen(fd, 1) || getsockname(fd, (struct sockaddr *)addr, &len)) {
		tr_fail("listen");
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

int tr_dial(const struct tr_topo *t, enum tr_ns ns,
	    const struct sockaddr_storage *addr)
{
	struct sockaddr_storage own;
	socklen_t len;
	int fd;

	fd = bound_socket(t, ns, SOCK_NONBLOCK, &own, &len);
	if (fd < 0)
		return -1;
	if (!connect(fd, (const struct sockaddr *)addr, len) || errno == EINPROGRESS)
		return fd;
	tr_fail("connect");
	close(fd);
	return -1;
}

int tr_wait_connected(int fd)
{
	struct pollfd done = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(errno);
	int err;

	errno = ETIMEDOUT;
	if (poll(&done, 1, TR_STEP_MS) <= 0)
		return tr_fail("connect");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return tr_fail("getsockopt(SO_ERROR)");
	errno = err;
	return err ? tr_fail("connect") : 0;
}
