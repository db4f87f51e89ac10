// SPDX-License-Identifier: GPL-2.0
/* Names and numbers of the namespaces' links. */
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "rtnl.h"

const char * const tr_peer_dev[TR_NS_COUNT] = {
	[TR_SOURCE] = "source0", [TR_TARGET] = "target0",
};

void tr_link_addr(char *buf, size_t size, int family, enum tr_ns ns, int host)
{
	if (family == AF_INET)
		snprintf(buf, size, "10.0.%d.%d", ns, host);
	else
		snprintf(buf, size, "fd00:%d::%d", ns, host);
}

void tr_link_mac(unsigned char *mac, enum tr_ns ns, int host)
{
	memcpy(mac, (unsigned char[]){ 2, 0, 0, 0, ns, host }, TR_MAC_LEN);
}

const char *tr_end_addr(int family, bool peer)
{
	if (family == AF_INET)
		return peer ? "192.0.2.1" : "192.0.2.2";
	return peer ? "2001:db8::1" : "2001:db8::2";
}
