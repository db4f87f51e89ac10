/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_OWNER_H
#define TCP_REPAIR_OWNER_H

#include <pthread.h>

/*
 * A socket whose lock is held for as long as the test wants: a thread peeks at
 * its receive queue, into memory whose page we give only later (userfaultfd). In
 * the meantime what arrives goes to the socket's backlog.
 */
struct tr_owner {
	int fd;		/* the socket, with something in its queue */
	int uffd;
	void *page;
	long page_size;
	pthread_t thread;
	long peeked;	/* what recv() returned, or -errno */
};

/* 1 when this cannot run here: tr_error() is then the reason for SKIP(). */
int tr_owner_open(struct tr_owner *o);
void tr_owner_close(struct tr_owner *o);

/* On return the thread holds the lock of fd. */
int tr_owner_hold(struct tr_owner *o, int fd);
/* On return it has worked through the backlog, and the lock is free. */
int tr_owner_release(struct tr_owner *o);

#endif
