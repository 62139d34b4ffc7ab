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
	VEC(struct remark) remarks; /* what could not be converted, and hints */
	VEC(struct import_secret) secrets; /* keys found in the text */
};

/*
 * Each reads texts and returns NULL with errors in diags when they cannot be read.
 * What has no counterpart in the desired state becomes a remark and a warning in
 * diags, with its line. keys_directory is where key files shall stand; it is put
 * before their names ("" for names alone).
 *
 * import_wg_quick: n files of wg-quick(8), for the interfaces of these names. All are
 * read at once, so that no two full tunnels get the same table and mark.
 * import_showconf: the output of "wg showconf", which has no addresses and routes.
 * import_uci: n files of OpenWrt's /etc/config, in any order: what is in them tells
 * network from wgpeerselector.
 */
struct import *import_wg_quick(const struct source *sources, const char *const *interfaces,
			       size_t n, const char *keys_directory, struct diags *diags);
struct import *import_showconf(const struct source *source, const char *interface,
			       const char *keys_directory, struct diags *diags);
struct import *import_uci(const struct source *sources, size_t n, const char *keys_directory,
			  struct diags *diags);

/* What the kernel has, for show. Preshared and private keys become secrets when
 * with_secrets is true; else they are left to the kernel. */
struct import *import_observed(const struct observed *observed, const char *keys_directory,
			       bool with_secrets, struct arena *arena);
