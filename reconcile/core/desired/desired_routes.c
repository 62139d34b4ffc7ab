/* SPDX-License-Identifier: MIT */
/*
 * routes: a policy, or a list with routes through peers. The policy is read with the
 * interface; the routes are read after all peers, including those of selectors, because they
 * may name peers that follow in the file.
 */
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

#include <stdlib.h>

/* After this many errors no similar name is searched: each search compares with all names. */
#define GUESSES_MAX 100
/* Maximum number of names in a line. */
#define NAMES_MAX 10

struct via_peer {
	const char *name;
	struct desired_peer *peer;
	bool has_routes;
};

struct via_route {
	struct desired_route route;
	struct via_peer *peer; /* NULL: not known */
	const struct tree_node *node;
	size_t order; /* in the file */
};

/* One interface, while its routes are read. */
struct routes_reading {
	const struct reading *reading;
	struct desired_interface *interface;
	VEC(struct via_peer) peers; /* sorted by name */
	VEC(struct via_route) routes;
};

/* Argument of the readers of a route's keys. */
struct route_reading {
	struct routes_reading *whole;
	struct via_route *route;
};

static void not_a_route(struct diags *diags, const struct tree_node *item)
{
	static const char *const words[] = { "allowed_ips", NULL };
	const char *shown = tree_shown(diags->arena, item);
	const char *near = nearest_word(item->text, words);

	if (tree_is_word(item, route_policy_words[ROUTES_NONE]))
		tree_error(diags, item,
			   "none has no place in a list: leave it out, a list without allowed_ips "
			   "makes no routes but its own");
	else if (near)
		tree_error(diags, item, "%s is not known here: did you mean %s?", shown, near);
	else
		tree_error(diags, item,
			   "%s is not a route: give {to: 10.9.0.0/16, via_peer: NAME}, or the word "
			   "allowed_ips",
			   shown);
}

static void read_policy_item(struct diags *diags, const struct tree_node *item,
			     struct desired_interface *interface)
{
	if (tree_is_empty(item))
		value_scalar(diags, item);
	else if (!tree_is_word(item, route_policy_words[ROUTES_ALLOWED_IPS]))
		not_a_route(diags, item);
	else if (interface->routes == ROUTES_ALLOWED_IPS)
		tree_error(diags, item, "allowed_ips is given twice: remove one");
	else
		interface->routes = ROUTES_ALLOWED_IPS;
}

void read_route_policy(struct diags *diags, const struct tree_node *value,
		       struct desired_interface *interface)
{
	unsigned choice;

	if (value->kind == TREE_SCALAR) {
		if (value_choice(diags, value, route_policy_words, &choice))
			interface->routes = (enum route_policy)choice;
		return;
	}
	if (value->kind == TREE_MAPPING) {
		tree_error(diags, value,
			   "is a mapping: give a list, such as [allowed_ips, {to: 10.9.0.0/16, "
			   "via_peer: NAME}]");
		return;
	}
	interface->routes = ROUTES_NONE;
	for (const struct tree_node *item = value->first; item; item = item->next) {
		if (item->kind != TREE_MAPPING)
			read_policy_item(diags, item, interface);
	}
}

static void read_to(struct diags *diags, const struct tree_node *value, void *object)
{
	struct route_reading *reading = object;

	if (tree_is_word(value, "default"))
		tree_error(diags, value,
			   "default is not a prefix: write 0.0.0.0/0 or \"::/0\", a route of "
			   "each family");
	else
		value_network(diags, value, &reading->route->route.to);
	reading->route->route.to_where = entry_where(value);
}

static const char *const *peer_names(struct arena *arena, const struct routes_reading *reading)
{
	const char **names = arena_alloc(arena, (reading->peers.n + 1) * sizeof(*names));

	for (size_t i = 0; i < reading->peers.n; i++)
		names[i] = reading->peers.at[i].name;
	return names;
}

/* The selector of this interface that has such a peer, or NULL. */
static const struct desired_selector *selector_with(const struct routes_reading *reading,
						    const char *name)
{
	vec_each (selector, &reading->reading->desired->selectors) {
		if (selector->interface == reading->interface &&
		    desired_member_find(selector, name))
			return selector;
	}
	return NULL;
}

static void unknown_peer(struct diags *diags, const struct tree_node *value,
			 const struct routes_reading *reading)
{
	const char *shown = tree_shown(diags->arena, value);
	const char *interface = reading->interface->name;
	bool guess = diags->errors < GUESSES_MAX;
	const char *const *names = guess ? peer_names(diags->arena, reading) : NULL;
	const char *near = guess ? nearest_word(value->text, names) : NULL;

	if (near)
		tree_error(diags, value, "%s is not a peer of %s: did you mean %s?", shown,
			   interface, near);
	else if (guess && reading->peers.n && reading->peers.n <= NAMES_MAX)
		tree_error(diags, value, "%s is not a peer of %s: give %s", shown, interface,
			   words_listed(diags->arena, names, " or "));
	else
		tree_error(diags, value, "%s is not a peer of %s: declare it there", shown,
			   interface);
}

static int via_peer_compare(const void *a, const void *b)
{
	return strcmp(((const struct via_peer *)a)->name, ((const struct via_peer *)b)->name);
}

static void read_via_peer(struct diags *diags, const struct tree_node *value, void *object)
{
	const struct route_reading *reading = object;
	struct routes_reading *whole = reading->whole;
	const struct via_peer key = { .name = value->text };
	const struct desired_selector *selector;

	if (!value_scalar(diags, value))
		return;
	if (whole->peers.n)
		reading->route->peer = bsearch(&key, whole->peers.at, whole->peers.n,
					       sizeof(*whole->peers.at), via_peer_compare);
	if (reading->route->peer)
		return;
	selector = selector_with(whole, value->text);
	if (selector)
		tree_error(diags, value,
			   "%s is a peer of the selector %s, which decides when it carries: put "
			   "the prefix into its allowed_ips there",
			   tree_shown(diags->arena, value), selector->name);
	else
		unknown_peer(diags, value, whole);
}

static void read_route_metric(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t metric;

	if (value_number(diags, value, 0, UINT32_MAX, NULL, &metric))
		((struct route_reading *)object)->route->route.metric = (uint32_t)metric;
}

static void read_route_table(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_route *route = &((struct route_reading *)object)->route->route;

	route->table = 0;
	value_table(diags, value, &route->table);
}

static void read_src(struct diags *diags, const struct tree_node *value, void *object)
{
	value_ip(diags, value, &((struct route_reading *)object)->route->route.source);
}

static const struct field route_fields[] = {
	{ "to", read_to },
	{ "via_peer", read_via_peer },
	{ "metric", read_route_metric },
	{ "table", read_route_table },
	{ "src", read_src },
	{ 0 },
};

static void check_route(struct diags *diags, const struct tree_node *item,
			const struct desired_route *route)
{
	char text[PREFIX_TEXT_MAX];

	if (!tree_get(item, "to"))
		tree_error(diags, item, "has no to: give the prefix that it leads to");
	if (!tree_get(item, "via_peer"))
		tree_error(diags, item, "has no via_peer: name the peer that it leads through");
	if (route->to.ip.family == FAMILY_NONE || route->source.family == FAMILY_NONE ||
	    route->to.ip.family == route->source.family)
		return;
	tree_error(diags, tree_get(item, "src"),
		   "%s cannot be the source of a route to %s: give an IPv%d address",
		   tree_shown(diags->arena, tree_get(item, "src")), prefix_text(&route->to, text),
		   (int)route->to.ip.family);
}

static void read_route(struct routes_reading *reading, const struct tree_node *item, size_t order)
{
	struct diags *diags = reading->reading->diags;
	struct via_route route = {
		.route = {
			.where = tree_where(item),
			.index = (uint32_t)item->index,
			.table = reading->interface->table,
			.metric = reading->interface->metric,
		},
		.node = item,
		.order = order,
	};
	struct route_reading one = { reading, &route };

	value_fields(diags, item, route_fields, &one);
	check_route(diags, item, &route.route);
	if (route.peer) {
		route.route.via_peer = route.peer->name;
		route.route.peer_place = (size_t)(route.peer->peer - reading->interface->peers.at);
		route.route.enabled = route.peer->peer->enabled;
	}
	if (route.route.to.ip.family != FAMILY_NONE)
		*vec_push(reading->reading->scratch, &reading->routes) = route;
}

static int place_compare(const struct desired_route *a, const struct desired_route *b)
{
	int order = prefix_compare(&a->to, &b->to);

	return order ? order : a->table < b->table ? -1 : a->table > b->table;
}

static int via_route_compare(const void *a_, const void *b_)
{
	const struct via_route *a = a_, *b = b_;
	int order = place_compare(&a->route, &b->route);

	return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

/* Whether first, read before, has the same destination, table and metric. */
static bool is_taken(struct diags *diags, const struct via_route *first,
		     const struct via_route *route)
{
	const struct tree_node *to = tree_get(route->node, "to");
	char text[PREFIX_TEXT_MAX];

	/* A table of 0 was invalid. */
	if (!first || !route->route.table || place_compare(&first->route, &route->route) != 0)
		return false;
	tree_error(diags, to,
		   "%s has a route in this table already, %s (%s): remove either, or give one of "
		   "them another table",
		   prefix_text(&route->route.to, text), tree_path(diags->arena, first->node),
		   tree_place(diags->arena, tree_get(first->node, "to")));
	return true;
}

/* The route is declared, and its destination is an allowed IP of its peer. */
static void accept_route(struct routes_reading *reading, const struct via_route *route)
{
	struct arena *arena = reading->reading->diags->arena;
	const struct desired_allowed_ip declared = {
		.declared.where = route->route.to_where.value,
		.of_route = true,
	};

	*vec_push(arena, &reading->interface->via_routes) = route->route;
	desired_allowed_ip_add(route->peer->peer, &route->route.to, &declared, arena);
	route->peer->has_routes = true;
}

static void accept_routes(struct routes_reading *reading)
{
	const struct via_route *first = NULL;

	if (!reading->routes.n)
		return;
	qsort(reading->routes.at, reading->routes.n, sizeof(*reading->routes.at),
	      via_route_compare);
	vec_each (route, &reading->routes) {
		if (is_taken(reading->reading->diags, first, route))
			continue;
		first = route;
		if (route->peer)
			accept_route(reading, route);
	}
	vec_each (peer, &reading->peers) {
		if (peer->has_routes)
			desired_allowed_ips_tidy(peer->peer, reading->reading->scratch);
	}
}

static void sort_peers(struct routes_reading *reading)
{
	vec_reserve(reading->reading->scratch, &reading->peers, reading->interface->peers.n);
	vec_each (peer, &reading->interface->peers) {
		*vec_push(reading->reading->scratch,
			  &reading->peers) = (struct via_peer){ peer->name, peer, false };
	}
	if (reading->peers.n)
		qsort(reading->peers.at, reading->peers.n, sizeof(*reading->peers.at),
		      via_peer_compare);
}

static void read_routes_of(struct routes_reading *reading, const struct tree_node *interface)
{
	const struct tree_node *routes = tree_get(interface, "routes");
	size_t order = 0;

	if (!routes || routes->kind != TREE_LIST)
		return;
	sort_peers(reading);
	for (const struct tree_node *item = routes->first; item; item = item->next) {
		if (item->kind == TREE_MAPPING)
			read_route(reading, item, order++);
	}
	accept_routes(reading);
}

void read_via_routes(struct reading *reading)
{
	const struct tree_node *node = reading->interfaces ? reading->interfaces->first : NULL;

	vec_each (interface, &reading->desired->interfaces) {
		struct routes_reading routes = { .reading = reading, .interface = interface };

		read_routes_of(&routes, node);
		node = node->next;
	}
}
