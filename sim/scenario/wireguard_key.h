/* SPDX-License-Identifier: MIT */
/*
 * wireguard_key: the keys of a simulated network, reproducible from the seed. Never for real
 * use: the seed reveals the keys.
 */
#pragma once

#include "base/key.h"

#include <stdbool.h>

/* Keys are replaced at most once, see FAULT_REPLACE_KEY. */
#define WIREGUARD_KEY_GENERATIONS 2

/* The private and the public key of a node's interface; either may be NULL. generation is
 * the number of replacements. False when libsodium fails. */
bool wireguard_key(uint64_t seed, const char *node, const char *interface, unsigned generation,
		   struct wg_key *private_key, struct wg_key *public_key);
