/* SPDX-License-Identifier: MIT */
/*
 * import: other tools' configurations into a desired state.
 */
#pragma once

#include "core/desired/desired.h"
#include "core/desired/desired_write.h"
#include "core/desired/desired_yaml.h"
#include "core/observed/observed.h"

struct import_secret {
	const char *file; /* as the desired state names it */
	struct wg_key key;
};

struct import {
	struct desired *desired;
	VEC(struct remark) remarks; /* settings that could not be converted, and hints */
	VEC(struct import_secret) secrets; /* keys found in the text */
};

/*
 * Each reads texts and returns NULL with errors in diags if they are invalid. Settings
 * without an equivalent in the desired state become a comment and a warning in diags, with
 * the line. keys_directory is the prefix of key file names ("": names only).
 *
 * import_wg_quick: n files of wg-quick(8), for the interfaces of these names. All are read
 * at once, so that full tunnels get different tables and marks. import_showconf: the output
 * of "wg showconf", which has no addresses and routes. import_uci: n files of OpenWrt's
 * /etc/config, in any order: network and wgpeerselector are distinguished by their content.
 */
struct import *import_wg_quick(const struct source *sources, const char *const *interfaces,
			       size_t n, const char *keys_directory, struct diags *diags);
struct import *import_showconf(const struct source *source, const char *interface,
			       const char *keys_directory, struct diags *diags);
struct import *import_uci(const struct source *sources, size_t n, const char *keys_directory,
			  struct diags *diags);

/* A file of wirelink's, wirelink.INTERFACE.json or .yaml, and wg-quick(8)'s for the same
 * interface (without a text: none). */
struct import_wirelink_file {
	struct source source;
	const char *interface;
	struct source quick;
};

/* import_wirelink: both of each interface. key_public makes a public key (the node's own
 * entry is found by it). */
struct import *
import_wirelink(const struct import_wirelink_file *files, size_t n, const char *keys_directory,
		void (*key_public)(const struct wg_key *private_key, struct wg_key *public_key),
		struct diags *diags);

/* The kernel's state, for show. Preshared and private keys become secrets when with_secrets
 * is true; otherwise they are left to the kernel. */
struct import *import_observed(const struct observed *observed, const char *keys_directory,
			       bool with_secrets, struct arena *arena);
