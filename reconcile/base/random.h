/* SPDX-License-Identifier: MIT */
/*
 * random: choices that come out the same for the same seed (xoshiro256**, as
 * published by Blackman and Vigna, seeded by splitmix64). The seed is the
 * kernel's; choosing a gateway needs no more than that, keys are made elsewhere.
 */
#pragma once

#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);

/* A number from 0 to below - 1, all equally likely. below is at least 1. */
uint64_t random_below(struct random *random, uint64_t below);
