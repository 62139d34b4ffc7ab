/* SPDX-License-Identifier: MIT */
/*
 * wg_kernel: WireGuard of the Linux kernel, or a module of the same shape, by generic
 * netlink (the uapi header linux/wireguard.h describes the messages).
 */
#pragma once

#include "base/os/netlink.h"
#include "wireguard.h"

/* A message's peers are one nest, whose length is 16 bits; the rest is room for
 * the nests' ends and for the removal of the throw-away peer. */
#define WG_MESSAGE_LIMIT ((size_t)60000)

struct wg_kernel;

/* Of the module with this generic netlink family, whose name must outlive it. Nothing is
 * asked of the kernel yet. Free with wg_kernel_close(). */
struct wg_kernel *wg_kernel_open(const char *family);
void wg_kernel_close(struct wg_kernel *wg);

/* Reads the device's settings and its peers into interface, whose name is set; the
 * allowed IPs are allocated in prefixes, all else in arena. failure->code is ENODEV when the
 * interface is not (any longer) WireGuard's. */
bool wg_kernel_get(struct wg_kernel *wg, struct observed_interface *interface, struct arena *arena,
		   struct arena *prefixes, const struct deadline *deadline,
		   struct failure *failure);

/* Carries the update out. observed is the device before it, or NULL when it is
 * new. When it fails, some of it may have been done; all of it can be repeated. */
bool wg_kernel_set(struct wg_kernel *wg, const struct wg_update *update,
		   const struct observed_interface *observed, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure);

/* The pure parts, for tests and fuzzing. */

/* One message of a dump, added to interface. A peer that goes on from the message
 * before is joined to its first part. False when it is malformed. */
bool wg_kernel_read(const struct nlmsghdr *message, struct observed_interface *interface,
		    struct arena *arena, struct arena *prefixes);

struct wg_encoding {
	uint16_t family; /* the number generic netlink gave to WireGuard */
	size_t limit; /* a message that has grown past this is ended; WG_MESSAGE_LIMIT */
	bool remove_flag; /* the kernel knows WGALLOWEDIP_F_REMOVE_ME */
	struct netlink_batch *batch; /* where messages are made, one at a time */
	/* Takes a finished message, which is in batch; false ends the encoding. */
	bool (*message)(struct netlink_batch *batch, void *data);
	void *data;
};

/* Makes the messages of update. False when encoding->message returned false. */
bool wg_kernel_encode(const struct wg_update *update, const struct wg_encoding *encoding,
		      struct arena *arena);
