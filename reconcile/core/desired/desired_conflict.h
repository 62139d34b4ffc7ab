/* SPDX-License-Identifier: MIT */
/*
 * desired_conflict: what two declarations cannot both have, in a desired state as it was
 * put together, whatever the sources are. Between two files that is an error. Where a
 * source other than a file is concerned, the declaration of the earlier origin stands; the
 * other one is marked (left_out), and a warning names both.
 */
#pragma once

#include "desired.h"

/* Names, public keys and allowed IPs of the peers of one interface, and listen ports. path:
 * of the desired state within a larger document, for errors; "" for a document of its own.
 * What is not known (zero) conflicts with nothing. desired_index() must have been called. */
void check_conflicts(struct desired *desired, const char *path, struct diags *diags,
		     struct arena *scratch);

/* Routes and rules that two interfaces cannot both have. Only after no error, because else a
 * table or a metric may be missing. */
void check_overlap(struct desired *desired, const char *path, struct diags *diags,
		   struct arena *scratch);

/* Peers that have the key of their own interface, as far as that is known. */
void check_own_keys(const struct desired *desired, struct diags *diags);
