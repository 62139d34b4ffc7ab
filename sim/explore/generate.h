/* SPDX-License-Identifier: MIT */
/*
 * generate: a random network, and a random schedule of its failures, as a scenario's text:
 * one client, some gateways to the same inner network, and networks between them. The
 * expectations hold in any such world: the invariants; traffic within a bound whenever some
 * gateway is reachable for that long; and finally nothing to do.
 */
#pragma once

#include "base/arena.h"

#include <stdint.h>

/* The same seed gives the same text. Allocated in arena. */
const char *scenario_generate(uint64_t seed, struct arena *arena);
