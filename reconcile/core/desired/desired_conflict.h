/* SPDX-License-Identifier: MIT */
/*
 * desired_conflict: conflicts between declarations of a merged desired state, from any
 * source. A conflict between two files is an error. With another source, the declaration of
 * the earlier origin is used; the other one is marked (left_out), and a warning names both.
 */
#pragma once

#include "desired.h"

/* The checked state and the diagnostics. Unknown values (zero) conflict with nothing.
 * desired_index() must have been called. */
struct checking {
	struct desired *desired;
	const char *path; /* path in a larger document, with a trailing dot; otherwise "" */
	struct diags *diags;
	struct arena *scratch;
};

/* Two interfaces with one listen port; one with the port of an exchange of facts. */
void check_ports(const struct checking *checking);

/* Two peers of one interface with one name, or with one public key. */
void check_peers(const struct checking *checking);

/* Two peers with one allowed IP, which only one can have. */
void check_allowed_ips(const struct checking *checking);

/* Conflicting routes and rules of two interfaces. Only if there was no error, because
 * otherwise a table or a metric may be missing. */
void check_overlap(const struct checking *checking);

/* Peers with the key of their own interface, if that is known. */
void check_own_keys(const struct desired *desired, struct diags *diags);
