/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SYS_NET_TUNNEL_H
#define SYS_NET_TUNNEL_H

#include "net.h"

/* Does it stay when the link goes that it is bound to? It is bound again then. */
bool sys_tunnel_is(const struct sys_link *link);

#endif
