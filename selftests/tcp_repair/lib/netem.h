/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_NETEM_H
#define TCP_REPAIR_NETEM_H

#include <linux/types.h>

/* What a bad network does to what a device sends. */
struct tr_netem {
	unsigned int delay_us;
	unsigned int loss_ppm;	/* packets lost in a million */
	__u64 seed;		/* of the losses; kernels before 6.6 pick their own */
};

/*
 * Put it on a device of the caller's namespace, for good. 1 when the kernel has
 * no netem: tr_error() is then the reason to give to SKIP().
 */
int tr_netem_add(const char *dev, const struct tr_netem *netem);

#endif
