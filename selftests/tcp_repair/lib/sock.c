// SPDX-License-Identifier: GPL-2.0
/* Connections, and what there is to know about them. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/sock_diag.h>
#include <linux/sockios.h>

#include "pattern.h"
#include "sock.h"
#include "util.h"

static int tcp_socket(int family)
{
	struct timeval limit = { .tv_sec = TR_STEP_MS / 1000 };
	int fd, one = 1;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tr_fail("socket");
	/* SO_RCVTIMEO bounds accept(), SO_SNDTIMEO connect(). */
	if (!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		return fd;
	tr_fail("options of a new socket");
	close(fd);
	return -1;
}

static int connect_source(const struct tr_topo *t, struct tr_conn *c,
			  const struct sockaddr_storage *server)
{
	struct sockaddr_storage own;
	socklen_t len;

	if (tr_enter(t, TR_SOURCE))
		return -1;
	c->source = tcp_socket(t->family);
	if (c->source < 0)
		return -1;
	len = tr_migrating_addr(t, &own);
	if (bind(c->source, (struct sockaddr *)&own, len))
		return tr_fail("bind the source");
	if (connect(c->source, (const struct sockaddr *)server, len))
		return tr_fail("connect the source");
	return tr_enter(t, TR_PEER);
}

int tr_connect(const struct tr_topo *t, struct tr_conn *c)
{
	struct sockaddr_storage addr;
	int listener, one = 1, ret;
	socklen_t len;

	*c = (struct tr_conn){ .peer = -1, .source = -1 };
	listener = tcp_socket(t->family);
	if (listener < 0)
		return -1;
	len = tr_peer_addr(t, &addr);
	if (bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len)) {
		ret = tr_fail("listen");
		goto out;
	}
	ret = connect_source(t, c, &addr);
	if (ret)
		goto out;
	c->peer = accept(listener, NULL, NULL);
	if (c->peer < 0 ||
	    setsockopt(c->peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		ret = tr_fail("accept");
out:
	close(listener);
	return ret;
}

void tr_hangup(struct tr_conn *c)
{
	close(c->source);
	close(c->peer);
	*c = (struct tr_conn){ .peer = -1, .source = -1 };
}

int tr_reset(struct tr_conn *c)
{
	struct linger none = { .l_onoff = 1 };

	if (setsockopt(c->peer, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ||
	    close(c->peer))
		return tr_fail("reset");
	c->peer = -1;
	return 0;
}

int tr_send(struct tr_conn *c, unsigned int count, unsigned int size)
{
	char *buf = malloc(size);
	int ret = 0;

	if (!buf)
		return tr_fail("malloc");
	for (; count && !ret; count--) {
		tr_pattern(buf, c->sent, size);
		if (send(c->peer, buf, size, MSG_NOSIGNAL) != (ssize_t)size)
			ret = tr_fail("send");
		else
			c->sent += size;
	}
	free(buf);
	return ret;
}

int tr_fill(int fd, __u64 *sent)
{
	char buf[4096];
	ssize_t len;

	do {
		tr_pattern(buf, *sent, sizeof(buf));
		len = send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (len > 0)
			*sent += len;
	} while (len > 0);
	return errno == EAGAIN ? 0 : tr_fail("fill a send queue");
}

int tr_info(int fd, struct tcp_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len))
		return tr_fail("getsockopt(TCP_INFO)");
	return 0;
}

static int queue_ioctl(int fd, unsigned long cmd, const char *name)
{
	int bytes;

	return ioctl(fd, cmd, &bytes) ? tr_fail("%s", name) : bytes;
}

int tr_inq(int fd)
{
	return queue_ioctl(fd, SIOCINQ, "SIOCINQ");
}

int tr_outq(int fd)
{
	return queue_ioctl(fd, SIOCOUTQ, "SIOCOUTQ");
}

int tr_outq_unsent(int fd)
{
	return queue_ioctl(fd, SIOCOUTQNSD, "SIOCOUTQNSD");
}

static int get_meminfo(int fd, int which)
{
	__u32 mem[SK_MEMINFO_VARS];
	socklen_t len = sizeof(mem);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len))
		return tr_fail("getsockopt(SO_MEMINFO)");
	return mem[which];
}

int tr_drops(int fd)
{
	return get_meminfo(fd, SK_MEMINFO_DROPS);
}

int tr_backlog(int fd)
{
	return get_meminfo(fd, SK_MEMINFO_BACKLOG);
}

int tr_wait_segs(int fd, __u32 segs_in)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	struct tcp_info info;

	do {
		if (tr_info(fd, &info))
			return -1;
		if ((__s32)(info.tcpi_segs_in - segs_in) >= 0)
			return 0;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("%u segments in, waiting for %u", info.tcpi_segs_in, segs_in);
}

int tr_wait_inq(int fd, int bytes)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	int inq;

	do {
		inq = tr_inq(fd);
		if (inq < 0 || inq == bytes)
			return inq < 0 ? -1 : 0;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("%d bytes queued, waiting for %d", inq, bytes);
}

int tr_wait_acked(int fd)
{
	struct tr_deadline deadline = tr_deadline(TR_STEP_MS);
	int outq;

	do {
		outq = tr_outq(fd);
		if (outq <= 0)
			return outq;
	} while (tr_tick(&deadline));
	errno = ETIMEDOUT;
	return tr_fail("%d bytes not acknowledged", outq);
}

long tr_stall_ms(int sender)
{
	struct tcp_info info;

	if (tr_info(sender, &info))
		return TR_STEP_MS;
	return 3L * info.tcpi_rto / 1000 + 3000;
}
