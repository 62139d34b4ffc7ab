/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <stdlib.h>

/* Maximum number of separate reports. */
#define TOLD_MAX 8

/* ---- Next hops and their peers ---- */

struct wanted_peer *plan_owner_of(const struct interface_plan *part, const struct prefix *prefix)
{
	const struct prefix_owner *found = NULL;

	if (part->owners.n)
		found = bsearch(prefix, part->owners.at, part->owners.n, sizeof(*found),
				prefix_order);
	return found ? found->owner : NULL;
}

/* A declared host address: a wider prefix describes networks behind a peer, not the peer itself. */
struct wanted_peer *plan_peer_at(const struct interface_plan *part, const struct ip *address)
{
	struct prefix host = { .ip = *address };

	if (!address->family)
		return NULL;
	host.length = (uint8_t)family_bits(address->family);
	return plan_owner_of(part, &host);
}

static size_t rank_of(const struct desired_follow *follow, uint32_t table)
{
	size_t rank = 0;

	while (rank < follow->tables.n && follow->tables.at[rank] != table)
		rank++;
	return rank;
}

/* ---- Choice among routes to one destination ---- */

/* The kernel takes the lowest metric of a table; of several tables the first listed one is used. */
static int compare_preference(const struct interface_plan *part, uint32_t a, uint32_t b)
{
	const struct observed_path *left = &part->in_kernel->paths.at[a];
	const struct observed_path *right = &part->in_kernel->paths.at[b];

	if (part->paths[a].table_rank != part->paths[b].table_rank)
		return part->paths[a].table_rank < part->paths[b].table_rank ? -1 : 1;
	if (left->metric != right->metric)
		return left->metric < right->metric ? -1 : 1;
	return 0;
}

static bool has_now(const struct interface_plan *part, const struct wanted_peer *peer,
		    const struct prefix *prefix)
{
	const struct observed_peer *there;

	if (peer->in_kernel == NOT_IN_KERNEL)
		return false;
	there = &part->in_kernel->peers.at[peer->in_kernel];
	return there->allowed_ips.n && bsearch(prefix, there->allowed_ips.at, there->allowed_ips.n,
					       sizeof(*prefix), prefix_order);
}

/* ECMP: WireGuard maps a prefix to one peer. Prefer the higher weight, then the current
 * peer, so that it does not move. */
static bool is_better_hop(const struct interface_plan *part, const struct prefix *prefix,
			  uint32_t path, uint32_t best)
{
	uint16_t weight = part->in_kernel->paths.at[path].weight;
	uint16_t best_weight = part->in_kernel->paths.at[best].weight;

	if (!part->paths[path].peer || !part->paths[best].peer)
		return part->paths[path].peer && !part->paths[best].peer;
	if (weight != best_weight)
		return weight > best_weight;
	return part->paths[path].peer != part->paths[best].peer &&
	       has_now(part, part->paths[path].peer, prefix) &&
	       !has_now(part, part->paths[best].peer, prefix);
}

/* Consumes all routes to the destination at *at; returns the path used. */
static uint32_t take_destination(const struct interface_plan *part, size_t *at)
{
	const struct observed_interface *in_kernel = part->in_kernel;
	struct prefix prefix = in_kernel->via.at[*at].destination;
	uint32_t best = in_kernel->via.at[*at].path;

	for (++*at; *at < in_kernel->via.n; ++*at) {
		uint32_t path = in_kernel->via.at[*at].path;
		int order;

		if (prefix_compare(&in_kernel->via.at[*at].destination, &prefix) != 0)
			break;
		order = compare_preference(part, path, best);
		if (order < 0 || (order == 0 && is_better_hop(part, &prefix, path, best)))
			best = path;
	}
	return best;
}

/* ---- Routes that cannot be followed ---- */

struct walk_report {
	struct arena *scratch;
	size_t *unknown; /* destinations by path, of next hops that no peer has */
	struct prefix *first_unknown;
	size_t followed; /* destinations mapped to a peer only by a route */
	size_t contradicting; /* destinations declared for another peer */
	struct prefix first_contradicting;
};

static void count_unknown(struct walk_report *report, uint32_t path, const struct prefix *prefix)
{
	if (report && !report->unknown[path]++)
		report->first_unknown[path] = *prefix;
}

static void count_followed(struct walk_report *report)
{
	if (report)
		report->followed++;
}

static void count_contradicting(struct walk_report *report, const struct prefix *prefix)
{
	if (report && !report->contradicting++)
		report->first_contradicting = *prefix;
}

static void problem(struct interface_plan *part, const char *text)
{
	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, NULL, text);
}

static const char *hop_text(const struct observed_path *path, struct arena *arena)
{
	char address[IP_TEXT_MAX];

	if (path->nexthop)
		return arena_printf(arena, "nexthop id %u (gateway unknown)", path->nexthop);
	if (!path->gateway.family)
		return "a next hop that could not be read";
	return arena_printf(arena, "next hop %s", ip_text(&path->gateway, address));
}

static void tell_unknown(struct interface_plan *part, const struct walk_report *report, size_t path)
{
	struct arena *arena = part->plan->arena;
	char prefix[PREFIX_TEXT_MAX];
	size_t n = report->unknown[path];
	const char *routes;

	prefix_text(&report->first_unknown[path], prefix);
	if (n == 1)
		routes = arena_printf(arena, "route %s is", prefix);
	else
		routes = arena_printf(arena, "%zu routes, the first one to %s, are", n, prefix);
	problem(part,
		arena_printf(arena, "no peer has %s as an allowed IP of its own: %s not followed",
			     hop_text(&part->in_kernel->paths.at[path], arena), routes));
}

static void tell(struct interface_plan *part, const struct walk_report *report)
{
	char prefix[PREFIX_TEXT_MAX];
	size_t told = 0;

	for (size_t path = 0; path < part->in_kernel->paths.n; path++) {
		if (!report->unknown[path])
			continue;
		if (told++ < TOLD_MAX)
			tell_unknown(part, report, path);
	}
	if (told > TOLD_MAX)
		problem(part, arena_printf(part->plan->arena, "%zu more next hops that no peer has",
					   told - TOLD_MAX));
	if (report->contradicting)
		problem(part,
			arena_printf(part->plan->arena,
				     "routes through another peer than the one that declares "
				     "their destination as an allowed IP: %zu, the first one to "
				     "%s; what is declared stays",
				     report->contradicting,
				     prefix_text(&report->first_contradicting, prefix)));
}

static void report_walk(struct interface_plan *part)
{
	size_t paths_n = part->in_kernel->paths.n;
	struct walk_report report = { .scratch = arena_new() };
	struct prefix_walk walk;

	report.unknown = arena_alloc(report.scratch, paths_n * sizeof(*report.unknown));
	report.first_unknown = arena_alloc(report.scratch, paths_n * sizeof(*report.first_unknown));
	prefix_walk_begin(&walk, part);
	walk.report = &report;
	while (prefix_walk_next(&walk))
		;
	tell(part, &report);
	part->followed_n = report.followed;
	arena_free(report.scratch);
}

void plan_followed(struct interface_plan *part)
{
	const struct observed_interface *in_kernel = part->in_kernel;
	struct followed_path *paths;

	if (!in_kernel || !part->interface->follow.enabled || !in_kernel->via.n)
		return;
	paths = arena_alloc(part->plan->arena, in_kernel->paths.n * sizeof(*paths));
	for (size_t i = 0; i < in_kernel->paths.n; i++) {
		const struct observed_path *path = &in_kernel->paths.at[i];

		paths[i].peer = plan_peer_at(part, &path->gateway);
		paths[i].table_rank = rank_of(&part->interface->follow, path->table);
	}
	part->paths = paths;
	report_walk(part);
}

/* ---- The walk ---- */

void prefix_walk_begin(struct prefix_walk *walk, const struct interface_plan *part)
{
	*walk = (struct prefix_walk){ .part = part };
}

/* Declared prefixes override followed routes. */
static void next_declared(struct prefix_walk *walk)
{
	const struct prefix_owner *owner = &walk->part->owners.at[walk->owner];

	walk->prefix = owner->prefix;
	walk->peer = owner->owner;
	do {
		walk->owner++;
	} while (walk->owner < walk->part->owners.n &&
		 prefix_compare(&walk->part->owners.at[walk->owner].prefix, &walk->prefix) == 0);
}

static void check_declared(struct prefix_walk *walk, uint32_t path)
{
	const struct wanted_peer *peer = walk->part->paths[path].peer;

	if (!peer)
		count_unknown(walk->report, path, &walk->prefix);
	else if (peer != walk->peer)
		count_contradicting(walk->report, &walk->prefix);
}

bool prefix_walk_next(struct prefix_walk *walk)
{
	const struct interface_plan *part = walk->part;
	size_t via_n = part->paths ? part->in_kernel->via.n : 0;

	while (walk->owner < part->owners.n || walk->via < via_n) {
		int order = walk->owner == part->owners.n ? 1
			    : walk->via == via_n
				    ? -1
				    : prefix_compare(
					      &part->owners.at[walk->owner].prefix,
					      &part->in_kernel->via.at[walk->via].destination);
		uint32_t path;

		if (order <= 0)
			next_declared(walk);
		if (order < 0)
			return true;
		if (order > 0)
			walk->prefix = part->in_kernel->via.at[walk->via].destination;
		path = take_destination(part, &walk->via);
		if (order == 0) {
			check_declared(walk, path);
			return true;
		}
		walk->peer = part->paths[path].peer;
		if (walk->peer) {
			count_followed(walk->report);
			return true;
		}
		count_unknown(walk->report, path, &walk->prefix);
	}
	return false;
}

/* ---- Existing routes ---- */

bool plan_is_followed(const struct interface_plan *part, const struct wanted_route *route)
{
	const struct observed_interface *in_kernel = part->in_kernel;

	if (!part->paths)
		return false;
	for (size_t i = vec_place(&in_kernel->via, &route->to, prefix_order); i < in_kernel->via.n;
	     i++) {
		const struct observed_path *path = &in_kernel->paths.at[in_kernel->via.at[i].path];

		if (prefix_compare(&in_kernel->via.at[i].destination, &route->to) != 0)
			return false;
		if (path->table == route->table &&
		    (!route->metric || path->metric == route->metric))
			return !route->source.family;
	}
	return false;
}
