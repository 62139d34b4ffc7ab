/* SPDX-License-Identifier: MIT */
/*
 * wg_backend: the implementations of WireGuard, a row each. Kernel modules are configured
 * by generic netlink, programs over control sockets. Another WireGuard (AmneziaWG) is one
 * more row and, where its messages have more in them, one more file.
 */
#pragma once

#include "wg_kernel.h"
#include "wireguard.h"

struct wg_channel;

struct wg_backend {
	enum implementation implementation;
	/* Of a kernel module; NULL: a program's. */
	const char *link_kind; /* IFLA_INFO_KIND of its links */
	const char *family; /* of generic netlink */
	/* Of a program, which makes its link itself; NULL: a kernel module's. */
	const char *directory; /* of the control sockets, INTERFACE.sock */
	const char *program; /* to be started where none is declared */

	/* Whether a link of this name and IFLA_INFO_KIND is its own. */
	bool (*exists)(const struct wg_backend *backend, const char *name, const char *kind);
	/* As wg_get() and wg_set(). */
	bool (*get)(const struct wg_channel *channel, struct observed_interface *interface,
		    struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
		    struct failure *failure);
	bool (*set)(const struct wg_channel *channel, const struct wg_update *update,
		    const struct observed_interface *observed, struct arena *arena,
		    const struct deadline *deadline, struct failure *failure);
};

/* How one backend is reached. */
struct wg_channel {
	const struct wg_backend *backend;
	struct wg_kernel *kernel; /* NULL: a program's */
};

extern const struct wg_backend wg_backends[];
extern const size_t wg_backends_n;

#define wg_each_backend(backend)                                                                   \
	for (const struct wg_backend *backend = wg_backends;                                       \
	     backend < wg_backends + wg_backends_n; backend++)

const struct wg_backend *wg_backend_of(enum implementation implementation);

/* The backend of a link with this name and IFLA_INFO_KIND; NULL: it is not WireGuard's. */
const struct wg_backend *wg_backend_of_link(const char *name, const char *kind);

/* Removes the control sockets that programs have left behind for this interface. */
void wg_forget(const char *interface);

/* The channels of all backends. */
struct wg;

/* Nothing is asked yet; NULL: no memory or no socket. Free with wg_close(). */
struct wg *wg_open(void);
void wg_close(struct wg *wg);

/* Reads the device's settings and its peers into interface, whose name is set; the
 * allowed IPs are allocated in prefixes, all else in arena. The interface is LINK_WIREGUARD
 * then. Of a kernel module failure->code is ENODEV when the interface is not (any longer)
 * its own. */
bool wg_get(struct wg *wg, const struct wg_backend *backend, struct observed_interface *interface,
	    struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
	    struct failure *failure);

/* Carries the update out. observed is the device before it, or NULL when it is
 * new. When it fails, some of it may have been done; all of it can be repeated. */
bool wg_set(struct wg *wg, const struct wg_backend *backend, const struct wg_update *update,
	    const struct observed_interface *observed, struct arena *arena,
	    const struct deadline *deadline, struct failure *failure);
