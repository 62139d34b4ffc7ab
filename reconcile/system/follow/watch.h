/* SPDX-License-Identifier: MIT */
/*
 * watch: kernel notifications of changes to links, addresses, routes and rules (rtnetlink's
 * multicast groups), their relevance for a desired state, and their settling time. WireGuard
 * sends none about peers.
 */
#pragma once

#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"

#include <libmnl/libmnl.h>

/* Notifications in quick succession are one batch: it ends when none has come for this long, ... */
#define WATCH_QUIET_MS 20
/* ... and at the latest this long after the first one. With the time before a run of a small
 * instance reads the routes, some 10 ms, the delay is less than 100 ms. */
#define WATCH_SETTLE_MAX_MS 60
/* It does not end before this time since the start of the wait: a busy loop makes a dozen
 * runs a second at most. */
#define WATCH_DISTANCE_MS 80
/* The loop also pauses this many times the duration of its last look, up to the maximum. */
#define WATCH_REST_FACTOR 2
#define WATCH_REST_MAX_MS 2000

/* ---- Relevance for a desired state ---- */

struct watch_interface {
	const char *name;
	uint32_t index; /* 0: it did not exist */
	struct desired_follow follow;
};

struct watch_scope {
	VEC(struct watch_interface) interfaces; /* desired and owned ones */
	bool follows; /* any owned interface */
};

/* Copies the required data of both into arena; both may be freed afterwards. */
void watch_scope_make(struct watch_scope *scope, struct arena *arena, const struct desired *desired,
		      const struct observed *observed);

/* Whether this message may require a run. True if it cannot be parsed. */
bool watch_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message);

/* "route 10.0.0.0/8 removed" */
const char *watch_text(const struct watch_scope *scope, const struct nlmsghdr *message,
		       struct arena *arena);

/* ---- Settling ---- */

/* The end of a batch from first to last; the wait began at start, after a look of that duration. */
msec_t watch_settled_at(msec_t start, msec_t look_took, msec_t first, msec_t last);

/* ---- The kernel's messages ---- */

/* Maximum number of collected prefixes; with more, reading everything is less work. */
#define WATCH_DIRTY_MAX 1000

/* A prefix of a followed interface with an added or removed foreign route. */
struct watch_dirty {
	const char *interface;
	struct prefix prefix;
};

/* Received changes relevant for the desired state. */
struct watch_news {
	bool any;
	const char *text; /* text of the first one; NULL: none */
	bool other; /* not only single prefixes */
	VEC(struct watch_dirty) dirty; /* may have duplicates */
};

struct watch;

/* Subscribes: from then on no change is missed. NULL with failure. */
struct watch *watch_open(struct failure *failure);
void watch_close(struct watch *watch);
int watch_descriptor(const struct watch *watch); /* for poll() */

/* Reads the pending messages, and adds them to news (texts and prefixes are allocated in
 * arena). Lost messages are news, too. False with failure. */
bool watch_read(struct watch *watch, const struct watch_scope *scope, struct watch_news *news,
		struct arena *arena, struct failure *failure);

/* The same for one datagram from the given port: only the kernel's, 0, counts. */
void watch_datagram(const struct watch_scope *scope, const void *datagram, size_t size,
		    uint32_t port, struct watch_news *news, struct arena *arena);
