/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "base/hash.h"
#include "base/random.h"
#include "core/plan/plan_outcome.h"
#include "core/recorded/liveness.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Linux, drivers/net/wireguard/messages.h. */
#define INITIATION_BYTES 148
#define RESPONSE_BYTES 92

static void complain(struct world *world, const char *text)
{
	struct complaint *complaint = vec_push(world->arena, &world->complaints);

	complaint->at = world->now.boot;
	complaint->text = text;
}

struct wg_key world_key(unsigned number)
{
	struct random random;
	struct wg_key key;

	random_seed(&random, number + 1);
	for (size_t i = 0; i < KEY_LENGTH; i++)
		key.b[i] = (uint8_t)random_below(&random, 256);
	return key;
}

/* ---- Making one ---- */

/* $0 .. $9 become the texts of world_key(0) .. world_key(9). */
static const char *with_keys(struct arena *arena, const char *yaml)
{
	char *text = arena_alloc(arena, strlen(yaml) * (KEY_TEXT_MAX + 2) + 1), *to = text;

	for (; *yaml; yaml++) {
		struct wg_key key;

		if (yaml[0] != '$' || yaml[1] < '0' || yaml[1] > '9') {
			*to++ = *yaml;
			continue;
		}
		key = world_key((unsigned)(*++yaml - '0'));
		*to++ = '"';
		key_text(&key, to);
		to += strlen(to);
		*to++ = '"';
	}
	return text;
}

static struct desired *parse(struct world *world, const char *yaml)
{
	const char *text = with_keys(world->arena, yaml);
	struct source source = { .file = "test.yaml", .text = text, .length = strlen(text) };
	struct diags diags = { .arena = world->arena };
	struct desired *desired = desired_parse(&source, 1, "test", &diags);

	vec_each (diag, &diags.list)
		if (diag->severity == SEVERITY_ERROR)
			fprintf(stderr, "%s\n", diag_text(&diags, diag));
	ck_assert_ptr_nonnull(desired);
	/* As read from the file by reconcile/system. */
	vec_each (interface, &desired->interfaces)
		if (interface->private_key_file)
			interface->private_key = world_key(1000000);
	return desired;
}

struct world *world_new(const char *yaml)
{
	struct arena *arena = arena_new();
	struct world *world = arena_alloc(arena, sizeof(*world));

	world->arena = arena;
	world->kernel.arena = arena;
	world->now = (struct now){ .boot = 100000, .wall = 1700000000000, .boot_id = "boot-1" };
	world->seed = 1;
	world->underlay = (struct observed_lookup){
		.found = true, .index = 1, .device = "eth0", .table = TABLE_MAIN
	};
	ck_assert(prefix_parse("192.0.0.0/16", &world->underlay.destination));
	world->desired = parse(world, yaml);
	return world;
}

struct world *world_with_gateways(const char *yaml)
{
	struct world *world = world_new(yaml);

	world_add_gateways(world, 10);
	return world;
}

void world_free(struct world *world)
{
	arena_free(world->run_arena);
	arena_free(world->recorded_arena);
	arena_free(world->samples_arena);
	arena_free(world->arena);
}

void world_finish(struct world *world)
{
	vec_each (complaint, &world->complaints)
		fprintf(stderr, "at %ld ms: %s\n", (long)complaint->at, complaint->text);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}

void world_declare(struct world *world, const char *yaml)
{
	world->desired = parse(world, yaml);
}

const char *world_yaml(struct arena *arena, unsigned n, const char *selector_lines)
{
	size_t size = 1000 + strlen(selector_lines) + (size_t)n * 200;
	char *text = arena_alloc(arena, size), key[KEY_TEXT_MAX];
	size_t used;

	used = (size_t)snprintf(text, size,
				"version: 1\n"
				"interfaces:\n"
				"  wg0:\n"
				"    private_key_file: /dev/null\n"
				"    addresses: [10.0.0.2/32]\n"
				"selectors:\n"
				"  uplink:\n"
				"    interface: wg0\n"
				"%s"
				"    peers:\n",
				selector_lines);
	for (unsigned i = 0; i < n; i++) {
		struct wg_key of_peer = world_key(i);

		used += (size_t)snprintf(text + used, size - used,
					 "      gw%03u: {public_key: \"%s\", endpoint: "
					 "\"192.0.%u.%u:51820\", allowed_ips: [10.%u.%u.0/24]}\n",
					 i, key_text(&of_peer, key), i / 250, i % 250 + 1, i / 250,
					 i % 250);
	}
	return text;
}

void world_add_gateways(struct world *world, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct gateway *gateway = vec_push(world->arena, &world->gateways);
		char ip[IP_TEXT_MAX];

		gateway->name = arena_printf(world->arena, "gw%03u", i);
		gateway->key = world_key(i);
		gateway->forwards = true;
		snprintf(ip, sizeof(ip), "192.0.%u.%u", i / 250, i % 250 + 1);
		ck_assert(ip_parse(ip, &gateway->ip));
	}
}

struct gateway *world_gateway(struct world *world, const char *name)
{
	vec_each (gateway, &world->gateways)
		if (strcmp(gateway->name, name) == 0)
			return gateway;
	ck_abort_msg("no gateway %s", name);
	return NULL;
}

static struct gateway *gateway_by_key(struct world *world, const struct wg_key *key)
{
	vec_each (gateway, &world->gateways)
		if (key_compare(&gateway->key, key) == 0)
			return gateway;
	return NULL;
}

/* ---- The kernel ---- */

struct observed_interface *world_interface(struct world *world, const char *name)
{
	vec_each (interface, &world->kernel.interfaces)
		if (strcmp(interface->name, name) == 0)
			return interface;
	return NULL;
}

struct observed_interface *world_add_interface(struct world *world, const char *name)
{
	static uint32_t index = 10;
	struct observed_interface *interface;

	ck_assert_ptr_null(world_interface(world, name));
	interface = vec_push(world->arena, &world->kernel.interfaces);
	interface->name = arena_strdup(world->arena, name);
	interface->index = index++;
	interface->kind = LINK_WIREGUARD;
	interface->mtu = 1420;
	interface->alias = "";
	return interface;
}

struct observed_file *world_file(struct world *world, const char *path)
{
	vec_each (file, &world->kernel.files)
		if (strcmp(file->path, path) == 0)
			return file;
	return NULL;
}

static void drop_objects(struct world *world, uint32_t index)
{
	for (size_t i = world->kernel.routes.n; i-- > 0;)
		if (world->kernel.routes.at[i].index == index)
			vec_remove(&world->kernel.routes, i);
	for (size_t i = world->kernel.addresses.n; i-- > 0;)
		if (world->kernel.addresses.at[i].index == index)
			vec_remove(&world->kernel.addresses, i);
}

void world_remove_interface(struct world *world, const char *name)
{
	struct observed_interface *interface = world_interface(world, name);

	ck_assert_ptr_nonnull(interface);
	drop_objects(world, interface->index);
	vec_remove(&world->kernel.interfaces, (size_t)(interface - world->kernel.interfaces.at));
}

static struct observed_peer *peer_by_key(struct observed_interface *interface,
					 const struct wg_key *key)
{
	vec_each (peer, &interface->peers)
		if (key_compare(&peer->public_key, key) == 0)
			return peer;
	return NULL;
}

struct observed_peer *world_peer(struct world *world, const char *interface, const char *gateway)
{
	struct observed_interface *found = world_interface(world, interface);

	return found ? peer_by_key(found, &world_gateway(world, gateway)->key) : NULL;
}

void world_remove_peer(struct world *world, const char *interface, const char *gateway)
{
	struct observed_interface *found = world_interface(world, interface);
	struct observed_peer *peer = world_peer(world, interface, gateway);

	ck_assert_ptr_nonnull(peer);
	vec_remove(&found->peers, (size_t)(peer - found->peers.at));
}

/* ---- Handshakes and bytes ---- */

static struct handshake stamp(const struct world *world)
{
	return (struct handshake){ .sec = world->now.wall / 1000,
				   .nsec = (int32_t)(world->now.wall % 1000) * 1000000 };
}

static bool answers(struct world *world, const struct observed_peer *peer)
{
	const struct gateway *gateway = gateway_by_key(world, &peer->public_key);

	return gateway && gateway->alive && peer->has_endpoint &&
	       ip_compare(&gateway->ip, &peer->endpoint.ip) == 0;
}

static void shake_hands(struct world *world, struct observed_peer *peer)
{
	peer->tx_bytes += INITIATION_BYTES;
	if (!answers(world, peer))
		return;
	peer->handshake = stamp(world);
	peer->rx_bytes += RESPONSE_BYTES;
}

/* Packets of a peer without allowed IPs are dropped before counting, but answered with a
 * keepalive after KEEPALIVE_TIMEOUT. */
static void answer_with_keepalive(struct world *world, struct observed_peer *peer, msec_t second)
{
	const struct gateway *gateway = gateway_by_key(world, &peer->public_key);

	if (gateway && gateway->sends && answers(world, peer) &&
	    second % (KEEPALIVE_TIMEOUT_MS / 1000) == 0)
		peer->tx_bytes += KEEPALIVE_BYTES;
}

/* Simulates one second of a peer, as WireGuard with keepalive and some traffic. */
static void pass_second(struct world *world, struct observed_peer *peer)
{
	msec_t second = world->now.boot / 1000;
	msec_t age = world->now.wall - peer->handshake.sec * 1000;

	if (!peer->persistent_keepalive)
		return;
	if (handshake_is_none(peer->handshake) || age >= REKEY_AFTER_TIME_MS || age < 0) {
		if (second % (REKEY_TIMEOUT_MS / 1000) == 0)
			shake_hands(world, peer);
		return;
	}
	if (second % peer->persistent_keepalive == 0)
		peer->tx_bytes += KEEPALIVE_BYTES;
	if (!peer->allowed_ips.n) {
		answer_with_keepalive(world, peer, second);
		return;
	}
	peer->tx_bytes += 100;
	if (answers(world, peer))
		peer->rx_bytes += 100;
}

void world_pass(struct world *world, msec_t duration)
{
	msec_t end = world->now.boot + duration;

	while (world->now.boot < end) {
		msec_t step = 1000 - world->now.boot % 1000;

		if (step > end - world->now.boot)
			step = end - world->now.boot;
		world->now.boot += step;
		world->now.wall += step;
		if (world->now.boot % 1000)
			continue;
		vec_each (interface, &world->kernel.interfaces)
			vec_each (peer, &interface->peers)
				pass_second(world, peer);
	}
}

/* ---- Applying changes ---- */

static void take_prefix(struct observed_interface *interface, const struct prefix *prefix)
{
	vec_each (peer, &interface->peers)
		for (size_t i = peer->allowed_ips.n; i-- > 0;)
			if (prefix_compare(&peer->allowed_ips.at[i], prefix) == 0)
				vec_remove(&peer->allowed_ips, i);
}

static void drop_prefix(struct world *world, struct observed_interface *interface,
			const struct observed_peer *peer, const struct prefix *prefix)
{
	bool has = false;

	vec_each (allowed, &peer->allowed_ips)
		has |= prefix_compare(allowed, prefix) == 0;
	if (!has)
		complain(world, "an allowed IP is dropped of a peer that does not have it");
	take_prefix(interface, prefix);
}

static void give_prefix(struct world *world, struct observed_interface *interface,
			struct observed_peer *peer, const struct prefix *prefix)
{
	take_prefix(interface, prefix);
	*vec_push(world->arena, &peer->allowed_ips) = *prefix;
}

static void add_peer(struct world *world, struct observed_interface *interface,
		     const struct change *change)
{
	struct observed_peer *peer;

	if (peer_by_key(interface, &change->public_key))
		complain(world, "a peer is added that is there already");
	peer = vec_push(world->arena, &interface->peers);
	peer->public_key = change->public_key;
	peer->has_endpoint = change->has_endpoint;
	peer->endpoint = change->endpoint;
	peer->persistent_keepalive = (uint16_t)change->value;
	if (change->preshared_key)
		peer->preshared_key = *change->preshared_key;
	for (size_t i = 0; i < change->allowed_ips_n; i++)
		give_prefix(world, interface, peer, &change->allowed_ips[i]);
	if (peer->has_endpoint && peer->persistent_keepalive)
		shake_hands(world, peer);
}

static void change_peer(struct world *world, struct observed_interface *interface,
			const struct change *change)
{
	struct observed_peer *peer = peer_by_key(interface, &change->public_key);

	if (!peer) {
		complain(world, "a peer is changed that is not there");
		return;
	}
	switch (change->kind) {
	case CHANGE_PEER_PRESHARED_KEY:
		peer->preshared_key = *change->preshared_key;
		break;
	case CHANGE_PEER_ENDPOINT:
		peer->has_endpoint = true;
		peer->endpoint = change->endpoint;
		break;
	case CHANGE_PEER_KEEPALIVE:
		peer->persistent_keepalive = (uint16_t)change->value;
		break;
	case CHANGE_PEER_TRIGGER:
		shake_hands(world, peer);
		break;
	case CHANGE_ALLOWED_IP_ADD:
		for (size_t i = 0; i < change->allowed_ips_n; i++)
			give_prefix(world, interface, peer, &change->allowed_ips[i]);
		break;
	case CHANGE_ALLOWED_IP_REMOVE:
		for (size_t i = 0; i < change->allowed_ips_n; i++)
			drop_prefix(world, interface, peer, &change->allowed_ips[i]);
		break;
	case CHANGE_PEER_REMOVE:
		vec_remove(&interface->peers, (size_t)(peer - interface->peers.at));
		break;
	default:
		break;
	}
}

static bool same_route(const struct observed_route *route, uint32_t index,
		       const struct change *change)
{
	return route->index == index && route->table == change->table &&
	       route->metric == change->metric &&
	       prefix_compare(&route->destination, &change->prefix) == 0;
}

static void change_route(struct world *world, uint32_t index, const struct change *change)
{
	struct observed_route *there = NULL;

	vec_each (route, &world->kernel.routes)
		if (same_route(route, index, change))
			there = route;
	if (change->kind == CHANGE_ROUTE_ADD) {
		if (!there != !change->replaces)
			complain(world, there ? "a route is added that is there already"
					      : "a route is replaced that is not there");
		if (!there)
			there = vec_push(world->arena, &world->kernel.routes);
		*there = (struct observed_route){ .index = index,
						  .destination = change->prefix,
						  .table = change->table,
						  .metric = change->metric,
						  .source = change->source,
						  .protocol = OWNER_PROTOCOL };
	} else if (!there) {
		complain(world, "a route is removed that is not there");
	} else {
		if (there->protocol != OWNER_PROTOCOL)
			complain(world, "somebody else's route is removed");
		vec_remove(&world->kernel.routes, (size_t)(there - world->kernel.routes.at));
	}
}

static bool is_ipv4_of(const struct observed_address *address, uint32_t index)
{
	return address->index == index && address->prefix.ip.family == FAMILY_IPV4;
}

static bool same_network(const struct observed_address *a, const struct observed_address *b)
{
	const struct desired_address x = { a->prefix, a->other_end };
	const struct desired_address y = { b->prefix, b->other_end };
	struct prefix of_x = desired_address_network(&x), of_y = desired_address_network(&y);

	return a->index == b->index && prefix_compare(&of_x, &of_y) == 0;
}

/* The kernel's list has secondary ones after the primary ones of their interface. */
static void insert_address(struct world *world, struct observed_address address)
{
	size_t place = world->kernel.addresses.n;

	for (size_t i = 0; !address.secondary && i < place; i++)
		if (is_ipv4_of(&world->kernel.addresses.at[i], address.index) &&
		    world->kernel.addresses.at[i].secondary)
			place = i;
	vec_push(world->arena, &world->kernel.addresses);
	for (size_t i = world->kernel.addresses.n - 1; i > place; i--)
		world->kernel.addresses.at[i] = world->kernel.addresses.at[i - 1];
	world->kernel.addresses.at[place] = address;
}

/* The kernel's secondary addresses are promoted, and routes with the source are removed. */
static void delete_address(struct world *world, size_t place, bool source_stays)
{
	struct observed_address gone = world->kernel.addresses.at[place];
	bool any = false;

	vec_remove(&world->kernel.addresses, place);
	if (!is_ipv4_of(&gone, gone.index))
		return;
	for (size_t i = place; !gone.secondary && i < world->kernel.addresses.n; i++) {
		struct observed_address promoted = world->kernel.addresses.at[i];

		if (!promoted.secondary || !same_network(&promoted, &gone))
			continue;
		vec_remove(&world->kernel.addresses, i);
		promoted.secondary = false;
		insert_address(world, promoted);
		break;
	}
	vec_each (address, &world->kernel.addresses)
		any |= is_ipv4_of(address, gone.index);
	for (size_t i = world->kernel.routes.n; i-- > 0;) {
		const struct observed_route *route = &world->kernel.routes.at[i];

		if ((!any && !source_stays && route->index == gone.index &&
		     route->destination.ip.family == FAMILY_IPV4) ||
		    (!source_stays && ip_compare(&route->source, &gone.prefix.ip) == 0))
			vec_remove(&world->kernel.routes, i);
	}
}

static void change_address(struct world *world, uint32_t index, const struct change *change)
{
	struct observed_address address = { .index = index,
					    .prefix = change->prefix,
					    .other_end = change->other_end,
					    .protocol = OWNER_PROTOCOL };

	for (size_t i = world->kernel.addresses.n; i-- > 0;) {
		const struct observed_address *there = &world->kernel.addresses.at[i];

		if (there->index != index || prefix_compare(&there->prefix, &change->prefix) != 0 ||
		    ip_compare(&there->other_end, &change->other_end) != 0)
			continue;
		if (change->kind == CHANGE_ADDRESS_ADD)
			complain(world, "an address is added that is there already");
		delete_address(world, i, change->kind == CHANGE_ADDRESS_MOVE);
	}
	if (change->kind == CHANGE_ADDRESS_REMOVE)
		return;
	vec_each (other, &world->kernel.addresses)
		address.secondary |= is_ipv4_of(&address, index) && same_network(other, &address);
	insert_address(world, address);
}

static bool same_rule(const struct observed_rule *a, const struct observed_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->table == b->table &&
	       a->not_fwmark == b->not_fwmark && a->fwmark == b->fwmark &&
	       a->suppress_prefix_length == b->suppress_prefix_length &&
	       a->to.length == b->to.length;
}

static void change_rule(struct world *world, const struct change *change)
{
	if (change->kind == CHANGE_RULE_ADD) {
		*vec_push(world->arena, &world->kernel.rules) = change->rule;
		return;
	}
	for (size_t i = world->kernel.rules.n; i-- > 0;)
		if (same_rule(&world->kernel.rules.at[i], &change->rule))
			vec_remove(&world->kernel.rules, i);
}

static void change_device(struct world *world, struct observed_interface *interface,
			  const struct change *change)
{
	switch (change->kind) {
	case CHANGE_LINK_OWNER:
		interface->alias = arena_strdup(world->arena, change->owner);
		break;
	case CHANGE_LINK_MTU:
		interface->mtu = change->value;
		break;
	case CHANGE_LINK_UP:
		interface->up = true;
		break;
	case CHANGE_DEVICE_PRIVATE_KEY:
		interface->has_private_key = true;
		interface->private_key = change->desired->private_key;
		break;
	case CHANGE_DEVICE_PORT_RELEASE:
		interface->listen_port = 0;
		break;
	case CHANGE_DEVICE_LISTEN_PORT:
		vec_each (other, &world->kernel.interfaces)
			if (other != interface && other->listen_port == change->value)
				complain(world, "a listen port is taken that is in use");
		interface->listen_port = (uint16_t)change->value;
		break;
	default:
		interface->fwmark = change->value;
		break;
	}
}

static void change_unreachable(struct world *world, const struct change *change)
{
	struct observed_route *there = NULL;

	vec_each (route, &world->kernel.unreachable)
		if (same_route(route, 0, change))
			there = route;
	if (!there != (change->kind == CHANGE_ROUTE_ADD))
		complain(world, there ? "an unreachable route is added that is there already"
				      : "an unreachable route is removed that is not there");
	else if (there)
		vec_remove(&world->kernel.unreachable,
			   (size_t)(there - world->kernel.unreachable.at));
	else
		*vec_push(world->arena, &world->kernel.unreachable) = (struct observed_route){
			.destination = change->prefix,
			.table = change->table,
			.metric = change->metric,
			.protocol = OWNER_PROTOCOL,
			.unreachable = true,
		};
}

static void write_file(struct world *world, const struct change *change)
{
	struct observed_file *file = world_file(world, change->file->path);

	if (!file)
		file = vec_push(world->arena, &world->kernel.files);
	file->path = change->file->path;
	file->exists = true;
	file->size = change->file->length;
	file->digest = hash_bytes(HASH_BASIS, change->file->text, change->file->length);
	file->unloaded = false;
}

static void carry_out(struct world *world, const struct change *change)
{
	struct observed_interface *interface;

	if (change->kind == CHANGE_FILE_WRITE) {
		write_file(world, change);
		return;
	}
	if (change->unreachable) {
		change_unreachable(world, change);
		return;
	}
	interface = change->interface ? world_interface(world, change->interface) : NULL;

	if (change->kind == CHANGE_RULE_ADD || change->kind == CHANGE_RULE_REMOVE) {
		change_rule(world, change);
		return;
	}
	if (change->kind == CHANGE_LINK_ADD) {
		interface = world_add_interface(world, change->interface);
		interface->alias = arena_printf(world->arena, OWNER_ALIAS "%s",
						world->desired->name);
		return;
	}
	if (!interface) {
		complain(world, "an interface is changed that is not there");
		return;
	}
	if (change->kind == CHANGE_LINK_REMOVE)
		world_remove_interface(world, change->interface);
	else if (change->kind == CHANGE_ROUTE_ADD || change->kind == CHANGE_ROUTE_REMOVE)
		change_route(world, interface->index, change);
	else if (change->kind == CHANGE_ADDRESS_ADD || change->kind == CHANGE_ADDRESS_MOVE ||
		 change->kind == CHANGE_ADDRESS_REMOVE)
		change_address(world, interface->index, change);
	else if (change->kind == CHANGE_PEER_ADD)
		add_peer(world, interface, change);
	else if (change->kind < CHANGE_PEER_ADD || change->kind == CHANGE_LINK_UP)
		change_device(world, interface, change);
	else
		change_peer(world, interface, change);
}

/* As in reconcile/system: with the result of each. */
static void carry_out_all(struct world *world)
{
	vec_each (change, &world->plan.changes.list) {
		if (world->broken && change->interface &&
		    !strcmp(change->interface, world->broken)) {
			change->result = CHANGE_SKIPPED;
			continue;
		}
		change->refused = world->refused && change->kind == CHANGE_PEER_ADD &&
				  change->peer && !strcmp(change->peer, world->refused);
		change->result = change->refused ? CHANGE_FAILED : CHANGE_DONE;
		if (!change->refused)
			carry_out(world, change);
	}
}

/* ---- A run ---- */

static void copy_kernel(struct world *world, struct observed *observed)
{
	struct arena *arena = world->run_arena;

	observed->arena = arena;
	observed->now = world->now;
	observed->forwarder = world->kernel.forwarder;
	observed->name_servers = world->kernel.name_servers;
	observed->clock_synchronised = !world->unsynchronised;
	vec_each (interface, &world->kernel.interfaces) {
		struct observed_interface *copy = vec_push(arena, &observed->interfaces);

		*copy = *interface;
		memset(&copy->peers, 0, sizeof(copy->peers));
		vec_each (peer, &interface->peers) {
			struct observed_peer *peer_copy = vec_push(arena, &copy->peers);

			*peer_copy = *peer;
			memset(&peer_copy->allowed_ips, 0, sizeof(peer_copy->allowed_ips));
			vec_each (prefix, &peer->allowed_ips)
				*vec_push(arena, &peer_copy->allowed_ips) = *prefix;
		}
	}
	vec_each (file, &world->kernel.files)
		*vec_push(arena, &observed->files) = *file;
	vec_each (link, &world->kernel.links)
		*vec_push(arena, &observed->links) = *link;
	vec_each (address, &world->kernel.addresses)
		*vec_push(arena, &observed->addresses) = *address;
	vec_each (route, &world->kernel.routes)
		*vec_push(arena, &observed->routes) = *route;
	vec_each (rule, &world->kernel.rules)
		*vec_push(arena, &observed->rules) = *rule;
	vec_each (other, &world->kernel.others)
		*vec_push(arena, &observed->others) = *other;
	vec_each (route, &world->kernel.unreachable)
		*vec_push(arena, &observed->unreachable) = *route;
	observed_sort(observed);
}

static void answer_name(struct world *world, struct observed *observed, const char *endpoint)
{
	struct observed_answer *answer = vec_push(world->run_arena, &observed->answers);
	struct endpoint literal;

	answer->endpoint = endpoint;
	if (endpoint_parse(endpoint, &literal)) {
		*vec_push(world->run_arena, &answer->addresses) = literal;
		return;
	}
	answer->error = "no such name";
	vec_each (name, &world->names) {
		if (strcmp(name->endpoint, endpoint) != 0)
			continue;
		answer->error = name->error;
		vec_each (address, &name->addresses)
			*vec_push(world->run_arena, &answer->addresses) = *address;
	}
}

/* A probe is answered if the prefix's peer is alive and forwards. */
static void answer_probe(struct world *world, struct observed *observed,
			 const struct query_probe *query)
{
	struct observed_probe *probe = vec_push(world->run_arena, &observed->probes);
	struct observed_interface *interface = world_interface(world, query->interface);

	probe->interface = query->interface;
	probe->target = query->target;
	probe->error = world->probe_error;
	if (probe->error)
		return;
	probe->sent = query->count;
	if (!interface)
		return;
	vec_each (peer, &interface->peers)
		vec_each (prefix, &peer->allowed_ips) {
			struct gateway *gateway = gateway_by_key(world, &peer->public_key);

			if (prefix_covers(prefix, &query->target) && gateway && gateway->forwards &&
			    answers(world, peer))
				probe->received = query->count;
		}
}

static void answer_queries(struct world *world, struct observed *observed)
{
	struct queries queries = world->plan.queries;

	if (queries.time) {
		world->synchronisations++;
		observed->time_answered = true;
		observed->time_error = world->synchroniser_error;
		world->unsynchronised = world->synchroniser_error != NULL;
		observed->clock_synchronised = !world->unsynchronised;
		return;
	}
	world->names_asked += queries.names.n;
	vec_each (query, &queries.names)
		answer_name(world, observed, query->endpoint);
	vec_each (query, &queries.probes)
		answer_probe(world, observed, query);
	vec_each (query, &queries.lookups) {
		struct observed_lookup *lookup = vec_push(world->run_arena, &observed->lookups);

		*lookup = world->underlay;
		lookup->interface = query->interface;
		lookup->to = query->to;
	}
}

static void read_recorded(struct world *world, struct recorded *recorded, struct samples *samples)
{
	const char *error = NULL;

	recorded_init(recorded, world->run_arena);
	samples_init(samples, world->run_arena);
	if (world->recorded)
		error = recorded_decode(world->recorded, strlen(world->recorded), recorded,
					world->run_arena);
	ck_assert_msg(!error, "recorded state unreadable: %s", error);
	if (world->samples)
		error = samples_decode(world->samples, strlen(world->samples), samples,
				       world->run_arena);
	ck_assert_msg(!error, "marks unreadable: %s", error);
}

/* Keeps a text in place of an earlier one. */
static const char *keep(struct arena **arena, const char *text)
{
	struct arena *fresh = arena_new();
	const char *copy = arena_strdup(fresh, text);

	arena_free(*arena);
	*arena = fresh;
	return copy;
}

/* The recorded state and the kernel leave nothing to do. */
static void read_back(struct world *world, struct observed *again)
{
	const struct plan_input input = { world->desired, &world->plan.recorded,
					  &world->plan.samples, again, world->seed };
	struct plan rest;

	if (world->broken || world->refused)
		return;
	again->out_of_time = true;
	again->read_back = true;
	plan_make(&rest, world->run_arena, &input);
	vec_each (change, &rest.changes.list)
		ck_abort_msg("left to be done after a run: %s %s", change_word(change->kind),
			     change_text(change, world->run_arena));
}

static void write_recorded(struct world *world)
{
	if (world->cannot_write)
		return;
	world->recorded = keep(&world->recorded_arena,
			       recorded_encode(&world->plan.recorded, world->run_arena));
	world->writes++;
}

void world_run(struct world *world)
{
	struct observed *observed, *after;
	struct recorded recorded;
	struct samples samples;
	struct plan_input input;
	unsigned turns = 0;

	arena_free(world->run_arena);
	world->run_arena = arena_new();
	observed = arena_alloc(world->run_arena, sizeof(*observed));
	read_recorded(world, &recorded, &samples);
	copy_kernel(world, observed);
	world->seed++;
	input = (struct plan_input){ world->desired, &recorded, &samples, observed, world->seed };
	for (;;) {
		plan_make(&world->plan, world->run_arena, &input);
		if (queries_none(&world->plan.queries))
			break;
		ck_assert_msg(++turns < 1200, "plan never has enough");
		answer_queries(world, observed);
	}
	world->runs++;
	ck_assert_int_eq(world->plan.recorded_changed,
			 strcmp(recorded_encode(&recorded, world->run_arena),
				recorded_encode(&world->plan.recorded, world->run_arena)) != 0);
	if (world->plan.recorded_changed)
		write_recorded(world);
	if (world->plan.samples_changed)
		world->samples = keep(&world->samples_arena,
				      samples_encode(&world->plan.samples, world->run_arena));
	carry_out_all(world);
	after = arena_alloc(world->run_arena, sizeof(*after));
	copy_kernel(world, after);
	if (plan_outcome(&world->plan, &recorded, after, &world->now))
		write_recorded(world);
	read_back(world, after);
}

void world_run_settled(struct world *world)
{
	world_run(world);
	vec_each (change, &world->plan.changes.list)
		fprintf(stderr, "%c %s\n", change_sign(change->kind),
			change_text(change, world->run_arena));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert(!world->plan.recorded_changed);
}

void world_settle(struct world *world)
{
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 0);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_uint_eq(world->complaints.n, 0);
}

void world_runs(struct world *world, unsigned n, msec_t period)
{
	while (n-- > 0) {
		world_run(world);
		world_pass(world, period);
	}
}

void world_reboot(struct world *world, msec_t wall)
{
	static unsigned boots = 1;

	while (world->kernel.interfaces.n)
		world_remove_interface(world, world->kernel.interfaces.at[0].name);
	world->kernel.rules.n = 0;
	world->kernel.unreachable.n = 0;
	world->samples = NULL;
	world->now.boot = 20000;
	world->now.wall = wall;
	snprintf(world->now.boot_id, sizeof(world->now.boot_id), "boot-%u", ++boots);
}

/* ---- Inspecting ---- */

static bool carries(struct world *world, const struct desired_selector *selector,
		    const struct desired_peer *member)
{
	struct observed_interface *interface = world_interface(world, selector->interface->name);
	struct observed_peer *peer = interface ? peer_by_key(interface, &member->public_key) : NULL;
	const struct gateway *gateway = gateway_by_key(world, &member->public_key);

	return peer && gateway && gateway->forwards && answers(world, peer) &&
	       peer->allowed_ips.n == member->allowed_ips.n;
}

unsigned world_carrying(struct world *world)
{
	unsigned count = 0;

	vec_each (selector, &world->desired->selectors)
		vec_each (member, &selector->peers)
			count += carries(world, selector, member);
	return count;
}

const struct recorded_slot *world_slot(struct world *world, const char *selector, const char *peer)
{
	const struct recorded_selector *recorded = recorded_selector_find(&world->plan.recorded,
									  selector);

	if (recorded)
		vec_each (slot, &recorded->slots)
			if (strcmp(slot->peer, peer) == 0)
				return slot;
	return NULL;
}

bool world_event(struct world *world, enum event_kind kind, const char *peer)
{
	vec_each (event, &world->plan.events.list)
		if (event->kind == kind &&
		    (!peer || (event->peer && strcmp(event->peer, peer) == 0)))
			return true;
	return false;
}

unsigned world_changes(struct world *world, enum change_kind kind)
{
	unsigned count = 0;

	vec_each (change, &world->plan.changes.list)
		count += change->kind == kind;
	return count;
}

const struct change *world_only_change(struct world *world, enum change_kind kind)
{
	const struct change *found = NULL;

	vec_each (change, &world->plan.changes.list)
		if (change->kind == kind) {
			ck_assert_msg(!found, "more than one %s", change_word(kind));
			found = change;
		}
	ck_assert_msg(found != NULL, "no %s", change_word(kind));
	return found;
}
