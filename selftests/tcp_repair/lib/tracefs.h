/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_TRACEFS_H
#define TCP_REPAIR_TRACEFS_H

#include <stddef.h>

#define TR_TRACEFS "/sys/kernel/tracing"
#define TR_INSTANCES TR_TRACEFS "/instances"

/*
 * Find tracefs, or mount it where only this process and its children see it, and
 * remove the instances that killed processes left.
 */
int tr_tracefs_find(void);

/*
 * Make an instance of our own, which no other tracer sees. Several of one process
 * are told apart by what they are for. On failure dir is empty.
 */
int tr_tracefs_instance(char *dir, size_t size, const char *what);

#endif
