/* SPDX-License-Identifier: MIT */
/*
 * import: other tools' configurations into a desired state.
 */
#pragma once

#include "desired.h"
#include "desired_write.h"
#include "desired_yaml.h"
#include "observed.h"

struct import_secret {
	const char *file; /* as the desired state names it */
	struct wg_key key;
};

struct import {
	struct desired *desired;
	VEC(struct remark) remarks; /* what could not be carried over, and hints */
	VEC(struct import_secret) secrets; /* keys found in the text */
};

/*
 * Each reads a text and returns NULL with errors in diags when it cannot be
 * read. What has no counterpart in the desired state becomes a remark and a
 * warning in diags. keys_directory is where key files shall stand; it is put
 * before their names ("" for names alone).
 *
 * import_wg_quick: wg-quick(8)'s file, or "wg showconf"'s output, for the
 * interface of that name.
 * import_uci: OpenWrt's /etc/config/network and /etc/config/wgpeerselector;
 * either may be NULL.
 */
struct import *import_wg_quick(const struct source *source, const char *interface,
			       const char *keys_directory, struct diags *diags);
struct import *import_uci(const struct source *network, const struct source *wgpeerselector,
			  const char *keys_directory, struct diags *diags);

/* What the kernel has, for show. Preshared and private keys become secrets when
 * with_secrets is true; else they are left to the kernel. */
struct import *import_observed(const struct observed *observed, const char *keys_directory,
			       bool with_secrets, struct arena *arena);
