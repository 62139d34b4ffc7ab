/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include "base/hash.h"
#include "base/random.h"

#include <stdlib.h>

/* The same on every machine, whatever its byte order. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	return hash_bytes(hash, bytes, sizeof(bytes));
}

uint64_t scenario_random(const struct scenario *scenario, const char *purpose, uint64_t number,
			 uint64_t below)
{
	uint64_t hash = hash_number(HASH_BASIS, scenario->seed);
	struct random random;

	hash = hash_bytes(hash, purpose, strlen(purpose) + 1);
	random_seed(&random, hash_number(hash, number));
	return random_below(&random, below);
}

/* An occurrence with its order among those at one time. */
struct placed {
	struct occurrence occurrence;
	size_t order; /* in the file */
};

static int placed_compare(const void *a, const void *b)
{
	const struct placed *pa = a, *pb = b;
	const struct occurrence *x = &pa->occurrence, *y = &pb->occurrence;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->undo != y->undo)
		return x->undo ? -1 : 1;
	if (pa->order != pb->order)
		return pa->order < pb->order ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static msec_t first_time(const struct scenario *scenario, const struct fault *fault)
{
	uint64_t range = (uint64_t)(fault->at_latest - fault->at) + 1;
	const char *purpose;

	if (range == 1)
		return fault->at;
	purpose = arena_printf(scenario->arena, "time of %s", fault->name);
	return fault->at + (msec_t)scenario_random(scenario, purpose, 0, range);
}

struct placing {
	const struct scenario *scenario;
	struct arena *arena;
	VEC(struct placed) list;
};

static void place(struct placing *placing, struct occurrence occurrence)
{
	if (occurrence.at > placing->scenario->duration)
		return;
	*vec_push(placing->arena, &placing->list) = (struct placed){
		.occurrence = occurrence,
		.order = (size_t)(occurrence.fault - placing->scenario->timeline.at),
	};
}

static void place_fault(struct placing *placing, const struct fault *fault)
{
	msec_t first = first_time(placing->scenario, fault);
	unsigned times = fault->every ? fault->times : 1;

	for (unsigned i = 0; i < times; i++) {
		msec_t at = first + (msec_t)i * fault->every;

		if (at > placing->scenario->duration)
			return;
		place(placing, (struct occurrence){ at, fault, i, false });
		if (fault->undo_after)
			place(placing,
			      (struct occurrence){ at + fault->undo_after, fault, i, true });
	}
}

struct schedule schedule_make(const struct scenario *scenario, struct arena *arena)
{
	struct placing placing = { .scenario = scenario, .arena = arena };
	struct schedule schedule = { 0 };

	vec_each (fault, &scenario->timeline)
		place_fault(&placing, fault);
	if (placing.list.n)
		qsort(placing.list.at, placing.list.n, sizeof(*placing.list.at), placed_compare);
	vec_reserve(arena, &schedule.list, placing.list.n);
	vec_each (placed, &placing.list)
		*vec_push(arena, &schedule.list) = placed->occurrence;
	return schedule;
}
