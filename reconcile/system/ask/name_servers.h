/* SPDX-License-Identifier: MIT */
/*
 * name_servers: the name servers of this machine, from /etc/resolv.conf.
 */
#pragma once

#include "core/observed/observed.h"

/* The servers that systemd-resolved queries. */
#define RESOLVED_SERVERS "/run/systemd/resolve/resolv.conf"

/* Whether the name server is systemd-resolved's stub, which queries the servers of
 * RESOLVED_SERVERS. */
bool name_servers_are_resolved(void);

/* Fills the addresses of the queried name servers, and observed->forwarder. */
void name_servers_read(struct observed *observed);
