/* SPDX-License-Identifier: MIT */
/*
 * random: xoshiro256** 1.0 and splitmix64 of David Blackman and Sebastiano Vigna,
 * written after the public domain text at https://prng.di.unimi.it/.
 */
#include "random.h"

static uint64_t rotate_left(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		random->state[i] = splitmix64(&seed);
}

static uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t below)
{
	/* 2^64 modulo below: that many low outputs would favour low results. */
	uint64_t skip = below ? -below % below : 0;
	uint64_t number;

	if (below < 2)
		return 0;
	do {
		number = random_next(random);
	} while (number < skip);
	return number % below;
}
