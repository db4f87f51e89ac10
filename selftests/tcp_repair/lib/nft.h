/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCP_REPAIR_NFT_H
#define TCP_REPAIR_NFT_H

/*
 * One nf_tables rule that drops all TCP segments on their way in, for the
 * network namespace that the caller was in at tr_nft_open().
 */

/* A netlink socket for the two below. */
int tr_nft_open(void);
int tr_nft_drop_tcp(int fd);
/* Take the rule away, with its table. */
int tr_nft_remove(int fd);

#endif
