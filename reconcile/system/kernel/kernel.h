/* SPDX-License-Identifier: MIT */
/*
 * kernel: reads what is into observed, and carries changes out. The back ends of
 * WireGuard, kernel modules (generic netlink) and programs (control socket), stand
 * behind this one interface; links, addresses, routes and rules go by rtnetlink.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/decision/change.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"
#include "core/recorded/recorded.h"

struct kernel;

/* Sockets are opened when first needed. Free with kernel_close(). */
struct kernel *kernel_open(void);
void kernel_close(struct kernel *kernel);

/*
 * Reads the desired interfaces, those that carry the instance's owner alias
 * (desired->name) and those that recorded->interfaces names (recorded may be NULL), their
 * addresses and routes, the rules that are this tool's, and the desired files, into
 * observed (which the caller has given an arena). An interface that does not exist is
 * simply not there. desired NULL: all WireGuard interfaces of this network namespace,
 * for show. Routes are followed where the desired interface says so; with
 * observed->earlier they are taken from there. observed->prefixes is made anew. On
 * failure returns false and *error is one line, allocated in observed->arena.
 */
bool kernel_observe(struct kernel *kernel, const struct desired *desired,
		    const struct recorded *recorded, struct observed *observed,
		    const struct deadline *deadline, const char **error);

/*
 * Carries out changes in their order and sets the result of each. A failing
 * change does not stop those that do not depend on it; on an interface that
 * could not be made or found the others are skipped. instance is the name for the
 * owner alias of interfaces that are made. Errors are allocated in changes->arena.
 */
void kernel_apply(struct kernel *kernel, const char *instance, const struct observed *observed,
		  struct changes *changes, const struct deadline *deadline);

/* Whether a packet to ip with this fwmark would find a route (RTM_GETROUTE). */
bool kernel_route_exists(struct kernel *kernel, const struct endpoint *endpoint, uint32_t fwmark);

/* Fills all of lookup but what was asked (RTM_GETROUTE with RTM_F_FIB_MATCH). */
void kernel_route_lookup(struct kernel *kernel, const struct ip *to, uint32_t fwmark,
			 struct observed_lookup *lookup, struct arena *arena);
