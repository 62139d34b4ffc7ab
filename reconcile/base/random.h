/* SPDX-License-Identifier: MIT */
/*
 * random: a generator with the same output for the same seed (xoshiro256**, as published by
 * Blackman and Vigna, seeded by splitmix64). The kernel supplies the seed. That suffices to
 * choose a gateway; keys are generated elsewhere.
 */
#pragma once

#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);

/* A number from 0 to below - 1, all equally likely. below is at least 1. */
uint64_t random_below(struct random *random, uint64_t below);
