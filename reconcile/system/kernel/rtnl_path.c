/* SPDX-License-Identifier: MIT */
/*
 * The paths of one interface, each kept once: there may be a million routes, usually with
 * few next hops.
 */
#include "rtnl_parts.h"

/* Slots of a new index; doubled when half of them are used. */
#define PLACES_FIRST 16

/* Multiplies and folds: the constant is 2^64 divided by the golden ratio (Knuth, The
 * Art of Computer Programming, volume 3, section 6.4). */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct observed_path *path)
{
	uint64_t words[2];
	uint64_t hash;

	memcpy(words, path->gateway.b, sizeof(words));
	hash = mix(mix(path->gateway.family, words[0]), words[1]);
	hash = mix(hash, (uint64_t)path->table << 32 | path->metric);
	return mix(hash, (uint64_t)path->nexthop << 32 | path->weight);
}

static bool same_path(const struct observed_path *a, const struct observed_path *b)
{
	return !ip_compare(&a->gateway, &b->gateway) && a->table == b->table &&
	       a->metric == b->metric && a->nexthop == b->nexthop && a->weight == b->weight;
}

/* The slot of the path, or a free slot for it. Slots contain a path's index plus one; 0 is free. */
static size_t place_of(const struct path_index *index, const struct observed_path *path)
{
	const struct observed_interface *interface = index->interface;
	size_t place = hash_of(path) & (index->places_n - 1);

	while (index->places[place] &&
	       !same_path(&interface->paths.at[index->places[place] - 1], path))
		place = (place + 1) & (index->places_n - 1);
	return place;
}

static void rebuild(struct path_index *index, size_t places_n)
{
	const struct observed_interface *interface = index->interface;

	if (places_n > index->places_n)
		index->places = arena_alloc(index->scratch, places_n * sizeof(*index->places));
	else
		memset(index->places, 0, places_n * sizeof(*index->places));
	index->places_n = places_n;
	for (size_t i = 0; i < interface->paths.n; i++)
		index->places[place_of(index, &interface->paths.at[i])] = (uint32_t)(i + 1);
}

void path_index_init(struct path_index *index, struct observed_interface *interface,
		     struct arena *arena, struct arena *scratch)
{
	size_t places_n = PLACES_FIRST;

	while (places_n < 2 * interface->paths.n)
		places_n *= 2;
	*index = (struct path_index){ .interface = interface, .arena = arena, .scratch = scratch };
	rebuild(index, places_n);
}

void path_index_reset(struct path_index *index, size_t paths_n)
{
	index->interface->paths.n = paths_n;
	rebuild(index, index->places_n);
}

uint32_t path_index_get(struct path_index *index, const struct observed_path *path)
{
	struct observed_interface *interface = index->interface;
	size_t place;

	if (index->latest < interface->paths.n &&
	    same_path(&interface->paths.at[index->latest], path))
		return index->latest;
	place = place_of(index, path);
	if (!index->places[place]) {
		*vec_push(index->arena, &interface->paths) = *path;
		index->places[place] = (uint32_t)interface->paths.n;
	}
	index->latest = index->places[place] - 1;
	if (interface->paths.n * 2 > index->places_n)
		rebuild(index, index->places_n * 2);
	return index->latest;
}
