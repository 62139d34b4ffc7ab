/* SPDX-License-Identifier: MIT */
/*
 * desired_merge: adds the declarations of other sources to the desired state of the files.
 * Declarations in files are never removed or overridden.
 */
#pragma once

#include "desired.h"

/* Declarations of one peer by a source other than a file. The values are valid in a file;
 * peer.declared.origin is not ORIGIN_FILE. */
struct desired_addition {
	const char *interface;
	/* With a name: an additional peer. Without: endpoint candidates and allowed IPs for
	 * the peer or selector member with this public key. Allowed IPs without
	 * allowed_ips_declared have the peer's origin. */
	struct desired_peer peer;
};

/*
 * Adds them to desired, which has no errors, and checks the result. An addition that
 * conflicts with an earlier declaration is left out: the whole peer, or the one allowed IP;
 * a warning in diags names both origins. desired refers to the texts of the additions; its
 * peers move in memory.
 */
void desired_merge(struct desired *desired, const struct desired_addition *additions, size_t n,
		   struct diags *diags);
