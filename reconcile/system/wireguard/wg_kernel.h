/* SPDX-License-Identifier: MIT */
/*
 * wg_kernel: WireGuard of the Linux kernel, or a module of the same shape, by generic
 * netlink (the uapi header linux/wireguard.h describes the messages).
 */
#pragma once

#include "base/os/netlink.h"
#include "wireguard.h"

/* A message's peers are one nest, whose length has 16 bits; the rest is for the nests' ends
 * and for the removal of the dummy peer. */
#define WG_MESSAGE_LIMIT ((size_t)60000)

struct wg_kernel;

/* For the module with this generic netlink family; the name must outlive it. No request is
 * sent yet. Free with wg_kernel_close(). */
struct wg_kernel *wg_kernel_open(const char *family);
void wg_kernel_close(struct wg_kernel *wg);

/* Reads the device's settings and its peers into interface, whose name is set; the allowed
 * IPs are allocated in prefixes, all else in arena. failure->code is ENODEV if the interface
 * is not (or no longer) WireGuard's. */
bool wg_kernel_get(struct wg_kernel *wg, struct observed_interface *interface, struct arena *arena,
		   struct arena *prefixes, const struct deadline *deadline,
		   struct failure *failure);

/* Applies the update. observed is the device before, or NULL if it is new. On failure, parts
 * of the update may have been applied; the whole update can be repeated. */
bool wg_kernel_set(struct wg_kernel *wg, const struct wg_update *update,
		   const struct observed_interface *observed, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure);

/* The pure parts, for tests and fuzzing. */

/* One message of a dump, added to interface. A peer continued from the previous message is
 * joined with its first part. False if malformed. */
bool wg_kernel_read(const struct nlmsghdr *message, struct observed_interface *interface,
		    struct arena *arena, struct arena *prefixes);

struct wg_encoding {
	uint16_t family; /* generic netlink's id of WireGuard */
	size_t limit; /* a message larger than this is finished; WG_MESSAGE_LIMIT */
	bool remove_flag; /* the kernel supports WGALLOWEDIP_F_REMOVE_ME */
	struct netlink_batch *batch; /* where messages are made, one at a time */
	/* Called for each finished message, in batch; false ends the encoding. */
	bool (*message)(struct netlink_batch *batch, void *data);
	void *data;
};

/* Makes the messages of update. False when encoding->message returned false. */
bool wg_kernel_encode(const struct wg_update *update, const struct wg_encoding *encoding,
		      struct arena *arena);
