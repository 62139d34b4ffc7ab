/* SPDX-License-Identifier: MIT */
/*
 * wg_backend: table of WireGuard implementations. Kernel modules are configured by generic
 * netlink, programs over control sockets. Another WireGuard (AmneziaWG) is a further row
 * and, if its messages have more attributes, a further file.
 */
#pragma once

#include "wg_kernel.h"
#include "wireguard.h"

struct wg_channel;

struct wg_backend {
	enum implementation implementation;
	/* For a kernel module; NULL for a program. */
	const char *link_kind; /* IFLA_INFO_KIND of its links */
	const char *family; /* of generic netlink */
	/* For a program, which creates its link itself; NULL for a kernel module. */
	const char *directory; /* of the control sockets, INTERFACE.sock */
	const char *program; /* started if none is declared */

	/* Whether a link of this name and IFLA_INFO_KIND is its own. */
	bool (*exists)(const struct wg_backend *backend, const char *name, const char *kind);
	/* Like wg_get() and wg_set(). */
	bool (*get)(const struct wg_channel *channel, struct observed_interface *interface,
		    struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
		    struct failure *failure);
	bool (*set)(const struct wg_channel *channel, const struct wg_update *update,
		    const struct observed_interface *observed, struct arena *arena,
		    const struct deadline *deadline, struct failure *failure);
};

/* The channel to one backend. */
struct wg_channel {
	const struct wg_backend *backend;
	struct wg_kernel *kernel; /* NULL for a program */
};

extern const struct wg_backend wg_backends[];
extern const size_t wg_backends_n;

#define wg_each_backend(backend)                                                                   \
	for (const struct wg_backend *backend = wg_backends;                                       \
	     backend < wg_backends + wg_backends_n; backend++)

const struct wg_backend *wg_backend_of(enum implementation implementation);

/* The backend of a link with this name and IFLA_INFO_KIND; NULL: it is not WireGuard's. */
const struct wg_backend *wg_backend_of_link(const char *name, const char *kind);

/* Removes the control sockets left behind by programs for this interface. */
void wg_forget(const char *interface);

/* The channels of all backends. */
struct wg;

/* No request is sent yet; NULL: no memory or no socket. Free with wg_close(). */
struct wg *wg_open(void);
void wg_close(struct wg *wg);

/* Reads the device's settings and its peers into interface, whose name is set; the allowed
 * IPs are allocated in prefixes, all else in arena. The interface becomes LINK_WIREGUARD.
 * For a kernel module failure->code is ENODEV if the interface is not (or no longer) its
 * own. */
bool wg_get(struct wg *wg, const struct wg_backend *backend, struct observed_interface *interface,
	    struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
	    struct failure *failure);

/* Applies the update. observed is the device before, or NULL if it is new. On failure, parts
 * of the update may have been applied; the whole update can be repeated. */
bool wg_set(struct wg *wg, const struct wg_backend *backend, const struct wg_update *update,
	    const struct observed_interface *observed, struct arena *arena,
	    const struct deadline *deadline, struct failure *failure);
