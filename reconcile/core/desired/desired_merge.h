/* SPDX-License-Identifier: MIT */
/*
 * desired_merge: adds to the desired state of the files what other sources declare. What a
 * file declares stands: nothing of it is taken away or overridden.
 */
#pragma once

#include "desired.h"

/* What a source other than a file declares of one peer. The values are such as a file may
 * have; peer.declared.origin is not ORIGIN_FILE. */
struct desired_addition {
	const char *interface;
	/* With a name: one more peer, with all that it has. Without: candidates and allowed IPs
	 * for the peer or the selector's member that has this public key. Allowed IPs without
	 * allowed_ips_declared are declared as the peer is. */
	struct desired_peer peer;
};

/*
 * Adds them to desired, which is free of errors, and checks the whole. An addition that
 * conflicts with an earlier declaration is left out: the peer with all that it has, or the one
 * allowed IP; a warning in diags names both origins. desired refers to the texts of the
 * additions; its peers move.
 */
void desired_merge(struct desired *desired, const struct desired_addition *additions, size_t n,
		   struct diags *diags);
