// SPDX-License-Identifier: GPL-2.0
/* Hold the lock of a socket, by a page fault in the middle of a recv(). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "owner.h"
#include "sock.h"
#include "util.h"

static int open_uffd(struct tr_owner *o)
{
	struct uffdio_api api = { .api = UFFD_API };

	o->uffd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (o->uffd < 0) {
		tr_fail("userfaultfd (CONFIG_USERFAULTFD, CAP_SYS_PTRACE)");
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -1 : 1;
	}
	return ioctl(o->uffd, UFFDIO_API, &api) ? tr_fail("UFFDIO_API") : 0;
}

int tr_owner_open(struct tr_owner *o)
{
	int ret;

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	ret = open_uffd(o);
	if (ret)
		return ret;
	o->page_size = sysconf(_SC_PAGESIZE);
	o->page = mmap(NULL, o->page_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return o->page == MAP_FAILED ? tr_fail("mmap a page") : 0;
}

void tr_owner_close(struct tr_owner *o)
{
	if (o->page)
		munmap(o->page, o->page_size);
	close(o->uffd);
}

static void *peek(void *arg)
{
	struct tr_owner *o = arg;
	ssize_t len;

	len = recv(o->fd, o->page, o->page_size, MSG_PEEK | MSG_DONTWAIT);
	o->peeked = len < 0 ? -errno : len;
	return NULL;
}

/* The fault is the event: recv() has the lock, and the first byte to copy. */
static int wait_fault(struct tr_owner *o)
{
	struct pollfd faulted = { .fd = o->uffd, .events = POLLIN };
	struct uffd_msg msg;

	errno = 0;
	if (poll(&faulted, 1, TR_STEP_MS) != 1)
		return tr_fail("no page fault");
	if (read(o->uffd, &msg, sizeof(msg)) != sizeof(msg))
		return tr_fail("read the page fault");
	return 0;
}

int tr_owner_hold(struct tr_owner *o, int fd)
{
	struct uffdio_register range = {
		.range = { .start = (unsigned long)o->page, .len = o->page_size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	/* Empty again after an earlier hold. */
	if (madvise(o->page, o->page_size, MADV_DONTNEED))
		return tr_fail("madvise(MADV_DONTNEED)");
	if (ioctl(o->uffd, UFFDIO_REGISTER, &range))
		return tr_fail("UFFDIO_REGISTER");
	o->fd = fd;
	errno = pthread_create(&o->thread, NULL, peek, o);
	if (errno)
		return tr_fail("thread to own the socket");
	return wait_fault(o);
}

int tr_owner_release(struct tr_owner *o)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)o->page, .len = o->page_size },
	};

	if (ioctl(o->uffd, UFFDIO_ZEROPAGE, &zero))
		return tr_fail("UFFDIO_ZEROPAGE");
	errno = pthread_join(o->thread, NULL);
	if (errno)
		return tr_fail("join the socket's owner");
	errno = o->peeked < 0 ? -o->peeked : 0;
	return o->peeked <= 0 ? tr_fail("the socket's owner peeked nothing") : 0;
}
