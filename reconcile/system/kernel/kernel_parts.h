/* SPDX-License-Identifier: MIT */
/*
 * kernel_parts: shared by the parts of kernel, and private to them.
 *
 *	kernel.c             observing
 *	kernel_apply.c       order of changes, and creating interfaces
 *	kernel_apply_wg.c    changes of WireGuard devices
 *	kernel_apply_rtnl.c  changes of links, addresses, routes and rules
 */
#pragma once

#include "kernel.h"
#include "rtnl.h"
#include "system/wireguard/wg_backend.h"

struct kernel {
	struct netlink *route;
	struct wg *wg;
};

/* An interface with changes. */
struct target {
	const char *name; /* first: text_order() */
	uint32_t index;
	const struct wg_backend *backend;
	const struct observed_interface *observed; /* NULL: did not exist before */
	bool failed; /* a change of it failed */
	const char *broken; /* why no change of it is possible, or NULL */
};

/* The routes that lead into one interface. */
struct routes_there {
	struct arena *arena; /* NULL: not read since the latest batch */
	uint32_t index;
	VEC(struct observed_route) list; /* sorted by destination */
};

struct applying {
	struct kernel *kernel;
	const struct observed *observed;
	const char *instance;
	struct arena *arena; /* for errors */
	struct arena *scratch;
	const struct deadline *deadline;
	VEC(struct target) targets; /* sorted by name */
	size_t interfaces_left; /* with changes left */
	struct routes_there there;
	struct netlink_batch *batch;
	struct change *batched[NETLINK_BATCH_MESSAGES]; /* whose messages are in batch */
	struct failure *results; /* of as many */
};

/* The result of a change. */
void change_done(struct change *change);
void change_failed(struct applying *applying, struct change *change, const struct failure *failure);

/* The interface of this name, looked up when it is not known yet. */
struct target *target_get(struct applying *applying, const char *name);

/* Whether the change can be tried; otherwise it is marked skipped. A rule needs no
 * interface, but must not be added for one that could not be created. */
bool change_possible(struct applying *applying, struct change *change);

/* Applies [from, to), all of this kind. */
void apply_wg(struct applying *applying, struct change *from, struct change *to);
void apply_rtnl(struct applying *applying, struct change *from, struct change *to);

/* Whether it needs no interface, although one is named. */
static inline bool change_is_apart(const struct change *change)
{
	return change->kind == CHANGE_RULE_ADD || change->kind == CHANGE_RULE_REMOVE ||
	       change->unreachable;
}
