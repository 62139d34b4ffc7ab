/* SPDX-License-Identifier: MIT */
/*
 * watch: what the kernel tells of changes to links, addresses, routes and rules
 * (rtnetlink's multicast groups), which of it concerns a desired state, and how long
 * to let it settle. WireGuard tells nothing of its peers.
 */
#pragma once

#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"

#include <libmnl/libmnl.h>

/* What comes in quick succession belongs together: that is over when nothing has come
 * for so long, ... */
#define WATCH_QUIET_MS 20
/* ... and at the latest so long after the first of it. With what a run of a small
 * instance takes before it reads the routes, some 10 ms, less than 100 ms pass. */
#define WATCH_SETTLE_MAX_MS 60
/* Nor is it over before so much time has passed since the wait began: a loop that is
 * kept busy makes a dozen runs a second at most. */
#define WATCH_DISTANCE_MS 80
/* It also leaves as many times what its look has taken to others, this at most. */
#define WATCH_REST_FACTOR 2
#define WATCH_REST_MAX_MS 2000

/* ---- What concerns a desired state ---- */

struct watch_interface {
	const char *name;
	uint32_t index; /* 0: it was not there */
	struct desired_follow follow;
};

struct watch_scope {
	VEC(struct watch_interface) interfaces; /* desired ones, and those that are ours */
	bool follows; /* any of them */
};

/* Copies into arena what is needed of the two, which may be gone afterwards. */
void watch_scope_make(struct watch_scope *scope, struct arena *arena, const struct desired *desired,
		      const struct observed *observed);

/* Whether a run might have something to do because of this message. True when it
 * cannot be understood. */
bool watch_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message);

/* "route 10.0.0.0/8 removed", for people. */
const char *watch_text(const struct watch_scope *scope, const struct nlmsghdr *message,
		       struct arena *arena);

/* ---- Settling ---- */

/* When what began at first and went on until last is over; the wait began at start with
 * a look that took so long. */
msec_t watch_settled_at(msec_t start, msec_t look_took, msec_t first, msec_t last);

/* ---- The kernel's messages ---- */

/* So many single prefixes are collected; with more, reading everything is less work. */
#define WATCH_DIRTY_MAX 1000

/* A prefix of a followed interface to which a route of others came, or of which one went. */
struct watch_dirty {
	const char *interface;
	struct prefix prefix;
};

/* What has come that concerns the desired state. */
struct watch_news {
	bool any;
	const char *text; /* the first of it, for people; NULL: nothing has come */
	bool other; /* not only single prefixes */
	VEC(struct watch_dirty) dirty; /* one may stand there several times */
};

struct watch;

/* Subscribes: from now on nothing is missed. NULL with failure. */
struct watch *watch_open(struct failure *failure);
void watch_close(struct watch *watch);
int watch_descriptor(const struct watch *watch); /* for poll() */

/* Takes what has come, and adds it to news (texts and prefixes are allocated in arena).
 * Messages that were lost are news, too. False with failure. */
bool watch_read(struct watch *watch, const struct watch_scope *scope, struct watch_news *news,
		struct arena *arena, struct failure *failure);

/* One datagram likewise, from the process with this port: only the kernel's, 0, counts. */
void watch_datagram(const struct watch_scope *scope, const void *datagram, size_t size,
		    uint32_t port, struct watch_news *news, struct arena *arena);
