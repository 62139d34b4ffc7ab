/* SPDX-License-Identifier: MIT */
/*
 * Desired allowed IPs come in the order of prefixes, and each peer's current ones are
 * sorted: one walk finds missing and surplus ones, with a position in each peer's list and
 * no other memory. Only if there are changes, a second walk collects them.
 */
#include "plan_parts.h"

#include <stdlib.h>

/* A prefix that a peer has in the kernel but should not have. */
struct loss {
	struct prefix prefix; /* first: prefix_order() */
	uint32_t peer; /* index in the kernel's peers */
	bool taken; /* another peer gets it */
} __attribute__((packed));

struct difference {
	struct interface_plan *part;
	struct arena *scratch;
	size_t peers_n; /* in the kernel */
	size_t *places; /* in their lists of allowed IPs */
	size_t *gets_n; /* by place in part->wanted */
	size_t *begins; /* memory of add_by_holder(); NULL: not needed yet */
	size_t all_gets_n;
	size_t losses_n;
	bool collecting;
	VEC(struct loss) losses; /* sorted by prefix; of all peers, wanted or not */
};

static const struct observed_peer *kernel_peer(const struct difference *difference, size_t place)
{
	return &difference->part->in_kernel->peers.at[place];
}

/* ---- The walk ---- */

static void lose(struct difference *difference, size_t place, const struct prefix *prefix)
{
	difference->losses_n++;
	if (difference->collecting)
		*vec_push(difference->scratch,
			  &difference->losses) = (struct loss){ .prefix = *prefix,
								.peer = (uint32_t)place };
}

/* Prefixes of the peer before this one are surplus; true if it has this one. */
static bool pass_held(struct difference *difference, size_t place, const struct prefix *prefix)
{
	const struct observed_peer *peer = kernel_peer(difference, place);
	size_t *at = &difference->places[place];

	for (; *at < peer->allowed_ips.n; ++*at) {
		int order = prefix_compare(&peer->allowed_ips.at[*at], prefix);

		if (order > 0)
			return false;
		if (order == 0) {
			++*at;
			return true;
		}
		lose(difference, place, &peer->allowed_ips.at[*at]);
	}
	return false;
}

static void lose_rest(struct difference *difference)
{
	for (size_t place = 0; place < difference->peers_n; place++) {
		const struct observed_peer *peer = kernel_peer(difference, place);
		size_t *at = &difference->places[place];

		for (; *at < peer->allowed_ips.n; ++*at)
			lose(difference, place, &peer->allowed_ips.at[*at]);
	}
}

static void get(struct difference *difference, struct wanted_peer *peer,
		const struct prefix *prefix)
{
	difference->gets_n[peer - difference->part->wanted.at]++;
	difference->all_gets_n++;
	if (difference->collecting)
		*vec_push(difference->part->plan->arena, &peer->gets) = *prefix;
}

static void walk(struct difference *difference)
{
	struct prefix_walk walk;

	memset(difference->places, 0, difference->peers_n * sizeof(*difference->places));
	memset(difference->gets_n, 0, difference->part->wanted.n * sizeof(*difference->gets_n));
	difference->losses_n = 0;
	difference->all_gets_n = 0;
	prefix_walk_begin(&walk, difference->part);
	while (prefix_walk_next(&walk))
		if (walk.peer->in_kernel == NOT_IN_KERNEL ||
		    !pass_held(difference, walk.peer->in_kernel, &walk.prefix))
			get(difference, walk.peer, &walk.prefix);
	lose_rest(difference);
}

/* Those of a single peer are already sorted, and sorting takes as much memory again. */
static void sort_losses(struct difference *difference)
{
	bool sorted = true;

	for (size_t i = 1; i < difference->losses.n && sorted; i++)
		sorted = prefix_compare(&difference->losses.at[i - 1].prefix,
					&difference->losses.at[i].prefix) <= 0;
	if (!sorted)
		qsort(difference->losses.at, difference->losses.n, sizeof(struct loss),
		      prefix_order);
}

/* Allocates exactly the counted number. */
static void collect(struct difference *difference)
{
	struct interface_plan *part = difference->part;

	vec_each (peer, &part->wanted)
		vec_reserve(part->plan->arena, &peer->gets,
			    difference->gets_n[peer - part->wanted.at]);
	vec_reserve(difference->scratch, &difference->losses, difference->losses_n);
	difference->collecting = true;
	walk(difference);
	sort_losses(difference);
}

/* ---- Moves ---- */

/* The index of the peer that has the prefix now; peers_n: none. */
static size_t take_from(struct difference *difference, const struct prefix *prefix)
{
	struct loss *loss = NULL;

	if (difference->losses.n)
		loss = bsearch(prefix, difference->losses.at, difference->losses.n, sizeof(*loss),
			       prefix_order);
	if (!loss)
		return difference->peers_n;
	loss->taken = true;
	return loss->peer;
}

static void add_change(struct difference *difference, const struct wanted_peer *peer, size_t from,
		       const struct prefix *prefixes, size_t n)
{
	struct change *change;

	if (!n)
		return;
	change = plan_peer_change(difference->part, CHANGE_ALLOWED_IP_ADD, peer);
	change->allowed_ips = prefixes;
	change->allowed_ips_n = n;
	if (from < difference->peers_n)
		change->from_peer = plan_name_of(difference->part,
						 &kernel_peer(difference, from)->public_key);
}

/* The first one of each previous peer, by counting. */
static void find_begins(struct difference *difference, const uint32_t *from, size_t n)
{
	size_t size = (difference->peers_n + 2) * sizeof(*difference->begins);

	if (!difference->begins)
		difference->begins = arena_alloc(difference->scratch, size);
	memset(difference->begins, 0, size);
	for (size_t i = 0; i < n; i++)
		difference->begins[from[i] + 1]++;
	for (size_t i = 0; i <= difference->peers_n; i++)
		difference->begins[i + 1] += difference->begins[i];
}

/* One change for each previous peer, with its prefixes in order. */
static void add_by_holder(struct difference *difference, const struct wanted_peer *peer,
			  const uint32_t *from)
{
	size_t n = peer->gets.n;
	struct prefix *sorted = arena_alloc(difference->part->plan->arena, n * sizeof(*sorted));
	size_t *begins;

	find_begins(difference, from, n);
	begins = difference->begins;
	/* Each begin moves to its end, which is the next one's start. */
	for (size_t i = 0; i < n; i++)
		sorted[begins[from[i]]++] = peer->gets.at[i];
	for (size_t holder = 0; holder <= difference->peers_n; holder++) {
		size_t begin = holder ? begins[holder - 1] : 0;

		add_change(difference, peer, holder, sorted + begin, begins[holder] - begin);
	}
}

/* Marks the peer's new prefixes as moved. Returns their previous peer, or one of several;
 * then *alike is false. */
static size_t take_all(struct difference *difference, const struct wanted_peer *peer, bool *alike)
{
	size_t first = take_from(difference, &peer->gets.at[0]);

	*alike = true;
	for (size_t i = 1; i < peer->gets.n; i++)
		*alike &= take_from(difference, &peer->gets.at[i]) == first;
	return first;
}

static void add_from_several(struct difference *difference, const struct wanted_peer *peer)
{
	uint32_t *from = arena_alloc(difference->scratch, peer->gets.n * sizeof(*from));

	for (size_t i = 0; i < peer->gets.n; i++)
		from[i] = (uint32_t)take_from(difference, &peer->gets.at[i]);
	add_by_holder(difference, peer, from);
}

static void add_to(struct difference *difference, const struct wanted_peer *peer)
{
	bool is_new = peer->in_kernel == NOT_IN_KERNEL;
	size_t from = difference->peers_n;
	bool alike = true;

	if (difference->losses.n && peer->gets.n)
		from = take_all(difference, peer, &alike);
	/* A new peer is added with all its prefixes. */
	if (is_new)
		return;
	if (alike)
		add_change(difference, peer, from, peer->gets.at, peer->gets.n);
	else
		add_from_several(difference, peer);
}

/* ---- Removals ---- */

/* Of one peer in the kernel. */
struct removals {
	size_t n;
	size_t filled;
	struct prefix *prefixes;
};

static void collect_removals(struct difference *difference, struct removals *removals)
{
	vec_each (loss, &difference->losses)
		removals[loss->peer].n += !loss->taken;
	for (size_t i = 0; i < difference->peers_n; i++)
		if (removals[i].n)
			removals[i].prefixes = arena_alloc(difference->part->plan->arena,
							   removals[i].n * sizeof(struct prefix));
	vec_each (loss, &difference->losses) {
		struct removals *of = &removals[loss->peer];

		if (!loss->taken)
			of->prefixes[of->filled++] = loss->prefix;
	}
}

static void remove_from(struct difference *difference, const struct wanted_peer *peer,
			const struct removals *removals)
{
	struct change *change;

	if (peer->in_kernel == NOT_IN_KERNEL || !removals[peer->in_kernel].n)
		return;
	change = plan_peer_change(difference->part, CHANGE_ALLOWED_IP_REMOVE, peer);
	change->allowed_ips = removals[peer->in_kernel].prefixes;
	change->allowed_ips_n = removals[peer->in_kernel].n;
}

/* ---- Entry point ---- */

static void make_changes(struct difference *difference)
{
	struct removals *removals = arena_alloc(difference->scratch,
						difference->peers_n * sizeof(*removals));

	vec_each (peer, &difference->part->wanted)
		add_to(difference, peer);
	collect_removals(difference, removals);
	vec_each (peer, &difference->part->wanted)
		remove_from(difference, peer, removals);
}

static void tell_followed(struct interface_plan *part)
{
	if (part->paths)
		plan_event(part->plan, EVENT_FOLLOWED, part->interface->name, NULL, NULL,
			   arena_printf(part->plan->arena,
					"follows routes of others to %zu prefixes",
					part->followed_n));
}

void plan_allowed_ips(struct interface_plan *part)
{
	struct difference difference = {
		.part = part,
		.scratch = arena_new(),
		.peers_n = part->in_kernel ? part->in_kernel->peers.n : 0,
	};

	difference.places = arena_alloc(difference.scratch,
					difference.peers_n * sizeof(*difference.places));
	difference.gets_n = arena_alloc(difference.scratch,
					part->wanted.n * sizeof(*difference.gets_n));
	walk(&difference);
	if (difference.all_gets_n || difference.losses_n) {
		collect(&difference);
		make_changes(&difference);
		tell_followed(part);
	}
	arena_free(difference.scratch);
}
