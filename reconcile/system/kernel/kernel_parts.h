/* SPDX-License-Identifier: MIT */
/*
 * kernel_parts: what the parts of kernel share. Not for use outside of them.
 *
 *	kernel.c             observing
 *	kernel_apply.c       the order of things, and making interfaces
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

/* An interface that changes are about. */
struct target {
	const char *name; /* first: text_order() */
	uint32_t index;
	const struct wg_backend *backend;
	const struct observed_interface *observed; /* NULL: did not exist before */
	bool failed; /* some change of it could not be made */
	const char *broken; /* why nothing can be done on it, or NULL */
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
	size_t interfaces_left; /* on which there is something to do yet */
	struct routes_there there;
	struct netlink_batch *batch;
	struct change *batched[NETLINK_BATCH_MESSAGES]; /* whose messages are in batch */
	struct failure *results; /* of as many */
};

/* What became of a change. */
void change_done(struct change *change);
void change_failed(struct applying *applying, struct change *change, const struct failure *failure);

/* The interface of this name, looked up when it is not known yet. */
struct target *target_get(struct applying *applying, const char *name);

/* Whether the change can be tried at all; otherwise it is marked skipped. A rule
 * needs no interface, but must not be added for one that could not be made. */
bool change_possible(struct applying *applying, struct change *change);

/* Carries out [from, to), which are all of the kind. */
void apply_wg(struct applying *applying, struct change *from, struct change *to);
void apply_rtnl(struct applying *applying, struct change *from, struct change *to);

/* Whether it is about no interface, though one is named. */
static inline bool change_is_apart(const struct change *change)
{
	return change->kind == CHANGE_RULE_ADD || change->kind == CHANGE_RULE_REMOVE ||
	       change->unreachable;
}
