/* SPDX-License-Identifier: MIT */
/*
 * kernel: reads the state into observed, and applies changes. One interface for all
 * WireGuard back ends, kernel modules (generic netlink) and programs (control socket);
 * links, addresses, routes and rules use rtnetlink.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/decision/change.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"
#include "core/recorded/recorded.h"

struct kernel;

/* Sockets are opened on first use. Free with kernel_close(). */
struct kernel *kernel_open(void);
void kernel_close(struct kernel *kernel);

/*
 * Reads the desired interfaces, those that carry the instance's owner alias (desired->name)
 * and those that recorded->interfaces names (recorded may be NULL), their addresses and
 * routes, this tool's rules, and the desired files, into observed (with an arena from the
 * caller). An interface that does not exist is omitted. desired NULL: all WireGuard
 * interfaces of this network namespace, for show. Routes are followed if the desired
 * interface has follow_routes; with observed->earlier they are taken from there.
 * observed->prefixes is new. On failure returns false and *error is one line, allocated in
 * observed->arena.
 */
bool kernel_observe(struct kernel *kernel, const struct desired *desired,
		    const struct recorded *recorded, struct observed *observed,
		    const struct deadline *deadline, const char **error);

/*
 * Applies changes in their order and sets the result of each. After a failure, independent
 * changes are still applied; all further changes of an interface that could not be created
 * or found are skipped. instance is the name for the owner alias of created interfaces.
 * Errors are allocated in changes->arena.
 */
void kernel_apply(struct kernel *kernel, const char *instance, const struct observed *observed,
		  struct changes *changes, const struct deadline *deadline);

/* Whether a packet to ip with this fwmark has a route (RTM_GETROUTE). */
bool kernel_route_exists(struct kernel *kernel, const struct endpoint *endpoint, uint32_t fwmark);

/* Fills all of lookup except the query (RTM_GETROUTE with RTM_F_FIB_MATCH). */
void kernel_route_lookup(struct kernel *kernel, const struct ip *to, uint32_t fwmark,
			 struct observed_lookup *lookup, struct arena *arena);
