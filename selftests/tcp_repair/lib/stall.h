/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_STALL_H
#define TCP_REPAIR_STALL_H

#include "pattern.h"

/*
 * tr_oracle_finish() for a reader whose sender is at hand: three more of the
 * sender's retransmission timeouts without a byte are a stall, too. There is
 * then no need to wait for as long as a slow machine might take.
 */
enum tr_class tr_finish_from(struct tr_oracle *o, int fd, int sender);

#endif
