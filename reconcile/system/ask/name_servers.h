/* SPDX-License-Identifier: MIT */
/*
 * name_servers: the name servers of this machine, as /etc/resolv.conf has them.
 */
#pragma once

#include "core/observed/observed.h"

/* Where systemd-resolved keeps the servers that it asks itself. */
#define RESOLVED_SERVERS "/run/systemd/resolve/resolv.conf"

/* Whether the name server is systemd-resolved's stub, whose questions go to the servers
 * of RESOLVED_SERVERS. */
bool name_servers_are_resolved(void);

/* Fills the addresses that questions for names go to, and observed->forwarder. */
void name_servers_read(struct observed *observed);
