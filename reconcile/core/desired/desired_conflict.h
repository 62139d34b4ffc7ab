/* SPDX-License-Identifier: MIT */
/*
 * desired_conflict: what two declarations cannot both have, in a desired state as it was
 * put together, whatever the sources are. Between two files that is an error. Where a
 * source other than a file is concerned, the declaration of the earlier origin stands; the
 * other one is marked (left_out), and a warning names both.
 */
#pragma once

#include "desired.h"

/* What is checked, and where what is found goes. What is not known (zero) conflicts with
 * nothing. desired_index() must have been called. */
struct checking {
	struct desired *desired;
	const char *path; /* of it within a larger document, with a dot behind it; else "" */
	struct diags *diags;
	struct arena *scratch;
};

/* Two interfaces with one listen port. */
void check_ports(const struct checking *checking);

/* Two peers of one interface with one name, or with one public key. */
void check_peers(const struct checking *checking);

/* Two peers with one allowed IP, where only one can have it. */
void check_allowed_ips(const struct checking *checking);

/* Routes and rules that two interfaces cannot both have. Only after no error, because else a
 * table or a metric may be missing. */
void check_overlap(const struct checking *checking);

/* Peers that have the key of their own interface, as far as that is known. */
void check_own_keys(const struct desired *desired, struct diags *diags);
