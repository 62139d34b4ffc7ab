/* SPDX-License-Identifier: MIT */
#include "second_look.h"

#include "base/buffer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* wg(8), show dump: fields of an interface after its name, and of a peer. */
#define INTERFACE_FIELDS 4
#define PEER_FIELDS 8
#define FIELDS_MAX (PEER_FIELDS + 1)
/* rtnetlink.h: RT_TABLE_MAIN, RT_TABLE_LOCAL; ip6_route.h: IP6_RT_PRIO_USER */
#define MAIN_TABLE "254"
#define LOCAL_TABLE "255"
/* RTPROT_BOOT, which ip(8) does not print. */
#define PROTOCOL_BOOT "3"
#define IPV6_DEFAULT_METRIC 1024

struct lines {
	struct arena *arena;
	VEC(const char *) list;
};

static void add(struct lines *lines, const char *line)
{
	*vec_push(lines->arena, &lines->list) = line;
}

static void sort(struct lines *lines)
{
	if (lines->list.n)
		qsort(lines->list.at, lines->list.n, sizeof(*lines->list.at), text_order);
}

/* Without the zone of a link-local address, a number there and a name here. */
static const char *without_zone(const char *endpoint, struct arena *arena)
{
	const char *zone = strchr(endpoint, '%');

	return zone ? arena_printf(arena, "%.*s%s", (int)(zone - endpoint), endpoint,
				   strchr(zone, ']') ? strchr(zone, ']') : "")
		    : endpoint;
}

/* ---- As observed ---- */

static const char *joined(struct lines *prefixes)
{
	struct buffer text = buffer_new(prefixes->arena);

	sort(prefixes);
	for (size_t i = 0; i < prefixes->list.n; i++)
		buffer_printf(&text, "%s%s", i ? "," : "", prefixes->list.at[i]);
	return text.n ? text.text : "(none)";
}

static void observed_peer(struct lines *lines, const char *interface,
			  const struct observed_peer *peer)
{
	struct arena *arena = lines->arena;
	struct lines prefixes = { .arena = arena };
	char key[KEY_TEXT_MAX], endpoint[ENDPOINT_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

	key_text(&peer->public_key, key);
	vec_each (allowed_ip, &peer->allowed_ips)
		add(&prefixes, arena_strdup(arena, prefix_text(allowed_ip, prefix)));
	add(lines,
	    arena_printf(arena,
			 "peer %s of %s: endpoint %s, allowed IPs %s, handshake %lld, "
			 "keepalive %u",
			 key, interface,
			 peer->has_endpoint
				 ? without_zone(endpoint_text(&peer->endpoint, endpoint), arena)
				 : "(none)",
			 joined(&prefixes), (long long)peer->handshake.sec,
			 peer->persistent_keepalive));
}

static void observed_wireguard(struct lines *lines, const struct observed *observed)
{
	char key[KEY_TEXT_MAX] = "(none)";

	vec_each (interface, &observed->interfaces) {
		if (interface->kind != LINK_WIREGUARD)
			continue;
		if (interface->has_private_key)
			key_text(&interface->public_key, key);
		add(lines,
		    arena_printf(lines->arena, "interface %s: key %s, port %u, mark %u",
				 interface->name, interface->has_private_key ? key : "(none)",
				 interface->listen_port, interface->fwmark));
		vec_each (peer, &interface->peers)
			observed_peer(lines, interface->name, peer);
	}
}

static const char *link_name(const struct observed *observed, uint32_t index)
{
	vec_each (interface, &observed->interfaces)
		if (interface->index == index)
			return interface->name;
	return NULL;
}

static void observed_addresses(struct lines *lines, const struct observed *observed)
{
	char prefix[PREFIX_TEXT_MAX];

	vec_each (address, &observed->addresses)
		add(lines, arena_printf(lines->arena, "address %s at %s",
					prefix_text(&address->prefix, prefix),
					link_name(observed, address->index)));
}

static void observed_routes(struct lines *lines, const struct observed *observed)
{
	char prefix[PREFIX_TEXT_MAX];

	vec_each (route, &observed->routes)
		if (link_name(observed, route->index))
			add(lines, arena_printf(lines->arena,
						"route %s by %s, table %u, metric %u, protocol %u",
						prefix_text(&route->destination, prefix),
						link_name(observed, route->index), route->table,
						route->metric, route->protocol));
}

/* ---- As wg(8) prints it ---- */

static size_t split(char *line, char **fields)
{
	size_t n = 0;

	for (char *field; n < FIELDS_MAX && (field = strsep(&line, "\t"));)
		fields[n++] = field;
	return n;
}

static void printed_peer(struct lines *lines, char **fields)
{
	struct arena *arena = lines->arena;
	struct lines prefixes = { .arena = arena };
	char *rest = fields[4];

	if (strcmp(rest, "(none)") != 0)
		for (const char *prefix; (prefix = strsep(&rest, ","));)
			add(&prefixes, prefix);
	add(lines,
	    arena_printf(arena,
			 "peer %s of %s: endpoint %s, allowed IPs %s, handshake %s, "
			 "keepalive %s",
			 fields[1], fields[0], without_zone(fields[3], arena), joined(&prefixes),
			 fields[5], strcmp(fields[8], "off") != 0 ? fields[8] : "0"));
}

/* Of "wg show all dump". False when it is none. */
static bool printed_wireguard(struct lines *lines, const char *text)
{
	char *rest = arena_strdup(lines->arena, text);
	char *fields[FIELDS_MAX];

	for (char *line; (line = strsep(&rest, "\n"));) {
		size_t n = split(line, fields);

		if (n == PEER_FIELDS + 1)
			printed_peer(lines, fields);
		else if (n == INTERFACE_FIELDS + 1)
			add(lines,
			    arena_printf(lines->arena, "interface %s: key %s, port %s, mark %lu",
					 fields[0],
					 strcmp(fields[1], "(none)") != 0 ? fields[2] : "(none)",
					 fields[3], strtoul(fields[4], NULL, 0)));
		else if (*fields[0])
			return false;
	}
	return true;
}

/* ---- As ip(8) prints it ---- */

static const char *text_of(const json_t *object, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : otherwise;
}

static void printed_address(struct lines *lines, const char *link, const json_t *address)
{
	add(lines,
	    arena_printf(lines->arena, "address %s/%lld at %s", text_of(address, "local", "?"),
			 (long long)json_integer_value(json_object_get(address, "prefixlen")),
			 link));
}

/* Of "ip -json address show". */
static bool printed_addresses(struct lines *lines, const char *text)
{
	json_t *links = json_loads(text, 0, NULL);

	for (size_t i = 0; i < json_array_size(links); i++) {
		const json_t *link = json_array_get(links, i);
		const json_t *addresses = json_object_get(link, "addr_info");
		const char *name = arena_strdup(lines->arena, text_of(link, "ifname", "?"));

		for (size_t j = 0; j < json_array_size(addresses); j++)
			printed_address(lines, name, json_array_get(addresses, j));
	}
	json_decref(links);
	return links != NULL;
}

static const char *printed_destination(const json_t *route, bool ipv6, struct arena *arena)
{
	const char *text = text_of(route, "dst", "?");

	if (!strcmp(text, "default"))
		return ipv6 ? "::/0" : "0.0.0.0/0";
	return strchr(text, '/') ? text : arena_printf(arena, "%s/%d", text, ipv6 ? 128 : 32);
}

static void printed_route(struct lines *lines, const json_t *route, const char *link, bool ipv6)
{
	long long metric = json_integer_value(json_object_get(route, "metric"));

	add(lines, arena_printf(lines->arena, "route %s by %s, table %s, metric %lld, protocol %s",
				printed_destination(route, ipv6, lines->arena), link,
				text_of(route, "table", MAIN_TABLE),
				ipv6 && metric == IPV6_DEFAULT_METRIC ? 0 : metric,
				text_of(route, "protocol", PROTOCOL_BOOT)));
}

/* Of "ip -json -N route show table all". One with a single hop of its own goes to single. */
static bool printed_routes(struct lines *all, struct lines *single, const char *text, bool ipv6)
{
	json_t *routes = json_loads(text, 0, NULL);

	for (size_t i = 0; i < json_array_size(routes); i++) {
		const json_t *route = json_array_get(routes, i);
		const json_t *hops = json_object_get(route, "nexthops");
		const char *device = text_of(route, "dev", NULL);

		/* RTN_UNICAST is 1, and not printed by every version. */
		if (strcmp(text_of(route, "type", "1"), "1") != 0 ||
		    !strcmp(text_of(route, "table", MAIN_TABLE), LOCAL_TABLE))
			continue;
		for (size_t j = 0; j < json_array_size(hops); j++)
			printed_route(all, route, text_of(json_array_get(hops, j), "dev", "?"),
				      ipv6);
		if (device)
			printed_route(all, route, device, ipv6);
		if (device && !json_object_get(route, "nhid"))
			printed_route(single, route, device, ipv6);
	}
	json_decref(routes);
	return routes != NULL;
}

/* ---- Comparing ---- */

/* The first of those lines that the others lack; NULL: none. */
static const char *first_lacking(struct lines *lines, struct lines *others)
{
	sort(others);
	vec_each (line, &lines->list)
		if (!others->list.n || !bsearch(line, others->list.at, others->list.n,
						sizeof(*others->list.at), text_order))
			return *line;
	return NULL;
}

static const char *difference(struct lines *observed, struct lines *printed, struct lines *lower,
			      const char *program, struct arena *arena)
{
	const char *line = first_lacking(observed, printed);

	if (line)
		return arena_printf(arena, "%s does not show what was read: %s", program, line);
	line = first_lacking(lower, observed);
	return line ? arena_printf(arena, "%s shows what was not read: %s", program, line) : NULL;
}

const char *second_look(const struct observed *observed, const struct second_look *printed,
			struct arena *arena)
{
	struct lines wireguard = { .arena = arena }, wg = { .arena = arena };
	struct lines addresses = { .arena = arena }, ip = { .arena = arena };
	struct lines routes = { .arena = arena }, all = { .arena = arena };
	struct lines single = { .arena = arena };
	const char *found;

	observed_wireguard(&wireguard, observed);
	observed_addresses(&addresses, observed);
	observed_routes(&routes, observed);
	if (!printed_wireguard(&wg, printed->wireguard))
		return "wg show all dump: the output has an unknown form";
	if (!printed_addresses(&ip, printed->addresses))
		return "ip -json address show: the output is not JSON";
	if (!printed_routes(&all, &single, printed->routes4, false) ||
	    !printed_routes(&all, &single, printed->routes6, true))
		return "ip -json route show: the output is not JSON";
	found = difference(&wireguard, &wg, &wg, "wg", arena);
	if (!found)
		found = difference(&addresses, &ip, &ip, "ip", arena);
	return found ? found : difference(&routes, &all, &single, "ip", arena);
}
