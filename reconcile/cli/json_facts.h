/* SPDX-License-Identifier: MIT */
/*
 * json_facts: the exchange of facts in the status as JSON.
 */
#pragma once

#include "core/report/status_facts.h"

#include <jansson.h>
#include <stdio.h>

/* The member "facts" of a peer. */
json_t *json_link(const struct status_link *link, struct arena *scratch);

/* The member "facts" of an interface, with a comma before it. */
void json_exchange(FILE *out, const struct status_exchange *exchange, struct arena *scratch);
