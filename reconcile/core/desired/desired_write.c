/* SPDX-License-Identifier: MIT */
#include "desired_write.h"

#include "desired_default.h"
#include "desired_protocol.h"

#include <inttypes.h>

static void put_prefixes(struct writer *writer, const struct level *level, const char *name,
			 const struct prefix *prefixes, size_t n)
{
	const char **items = arena_alloc(writer->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		char *text = arena_alloc(writer->arena, PREFIX_TEXT_MAX);

		items[i] = scalar_text(writer->arena, prefix_text(&prefixes[i], text));
	}
	put_list(writer, level, name, items, n);
}

/* {address: 10.0.0.1, peer: 10.0.0.2/32} */
static const char *address_item(struct arena *arena, const struct desired_address *address)
{
	const struct prefix other_end = { address->other_end, address->prefix.length };
	char own[IP_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

	if (address->other_end.family == FAMILY_NONE)
		return scalar_text(arena,
				   arena_strdup(arena, prefix_text(&address->prefix, prefix)));
	return arena_printf(arena, "{address: %s, peer: %s}",
			    scalar_text(arena, ip_text(&address->prefix.ip, own)),
			    scalar_text(arena, prefix_text(&other_end, prefix)));
}

static void put_addresses(struct writer *writer, const struct level *level,
			  const struct desired_interface *interface)
{
	size_t n = interface->addresses.n;
	const char **items = arena_alloc(writer->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = address_item(writer->arena, &interface->addresses.at[i]);
	put_list(writer, level, "addresses", items, n);
}

static void put_ip(struct writer *writer, const struct level *level, const char *name,
		   const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family != FAMILY_NONE)
		put_text(writer, level, name, ip_text(ip, text));
}

static void put_family(struct writer *writer, const struct level *level, enum family family)
{
	for (size_t i = 1; prefer_family_words[i]; i++) {
		if (prefer_family_values[i] == family)
			put_entry(writer, level, "prefer_family", prefer_family_words[i]);
	}
}

static void put_keepalive(struct writer *writer, const struct level *level, uint16_t seconds)
{
	if (seconds)
		put_number(writer, level, "persistent_keepalive", seconds);
	else
		put_entry(writer, level, "persistent_keepalive", "off");
}

static int compare_to(const void *prefix, const void *route)
{
	return prefix_compare(prefix, &((const struct desired_route *)route)->to);
}

/* Whether a route through the peer declares this allowed IP. */
static bool is_routed(const struct desired_interface *interface, const struct desired_peer *peer,
		      const struct prefix *prefix)
{
	size_t i = vec_place(&interface->via_routes, prefix, compare_to);

	for (; i < interface->via_routes.n; i++) {
		const struct desired_route *route = &interface->via_routes.at[i];

		if (prefix_compare(&route->to, prefix) != 0)
			return false;
		if (!strcmp(route->via_peer, peer->name))
			return true;
	}
	return false;
}

/* Those that no route through the peer declares. interface is NULL for a selector's. */
static void put_allowed_ips(struct writer *writer, const struct level *level,
			    const struct desired_interface *interface,
			    const struct desired_peer *peer)
{
	const struct prefix *prefixes = peer->allowed_ips.at;
	size_t n = peer->allowed_ips.n;
	struct prefix *left;

	if (interface && interface->via_routes.n) {
		left = arena_alloc(writer->arena, n * sizeof(*left));
		n = 0;
		vec_each (prefix, &peer->allowed_ips) {
			if (!is_routed(interface, peer, prefix))
				left[n++] = *prefix;
		}
		prefixes = left;
	}
	put_prefixes(writer, level, "allowed_ips", prefixes, n);
}

/* The candidates of files. */
static void put_endpoints(struct writer *writer, const struct level *level,
			  const struct desired_peer *peer)
{
	const char **texts = arena_alloc(writer->arena, peer->candidates.n * sizeof(*texts));
	size_t n = 0;

	vec_each (candidate, &peer->candidates) {
		if (candidate->declared.origin == ORIGIN_FILE)
			texts[n++] = candidate->text;
	}
	put_texts(writer, level, "endpoints", texts, n);
}

/* interface is NULL for a selector's. */
static void put_peer(struct writer *writer, const struct level *above,
		     const struct desired_interface *interface, const struct desired_peer *peer)
{
	const bool is_member = !interface;
	const struct level level = level_in(above, peer->name);
	const struct desired_peer normal = desired_peer_default(is_member);
	char key[KEY_TEXT_MAX];

	open_mapping(writer, above, peer->name);
	put_text(writer, &level, "public_key", key_text(&peer->public_key, key));
	put_text(writer, &level, "preshared_key_file", peer->preshared_key_file);
	if (peer->preshared_key_keep)
		put_entry(writer, &level, "preshared_key", "keep");
	put_text(writer, &level, "endpoint", peer->endpoint);
	put_endpoints(writer, &level, peer);
	put_allowed_ips(writer, &level, interface, peer);
	if (peer->persistent_keepalive != normal.persistent_keepalive)
		put_keepalive(writer, &level, peer->persistent_keepalive);
	if (!peer->enabled)
		put_entry(writer, &level, "enabled", "false");
	put_family(writer, &level, peer->prefer_family);
	put_text(writer, &level, "trust", trust_word(peer->trust));
	if (peer->facts_exchanger)
		put_entry(writer, &level, "facts_exchanger", "true");
	if (peer->basic)
		put_entry(writer, &level, "basic", "true");
	if (!is_member)
		return;
	if (peer->weight != normal.weight)
		put_number(writer, &level, "weight", peer->weight);
	put_ip(writer, &level, "probe_target", &peer->probe_target);
}

static void put_fwmark(struct writer *writer, const struct level *level, int64_t fwmark)
{
	if (fwmark > 0)
		put_entry(writer, level, "fwmark",
			  arena_printf(writer->arena, "0x%" PRIx64, (uint64_t)fwmark));
	else if (fwmark == 0)
		put_entry(writer, level, "fwmark", "off");
}

static void put_implementation(struct writer *writer, const struct level *level,
			       const struct desired_interface *interface)
{
	if (interface->implementation == IMPLEMENTATION_KERNEL)
		return;
	put_entry(writer, level, "implementation", implementation_words[interface->implementation]);
	if (interface->program.n != 1 ||
	    strcmp(interface->program.at[0], DEFAULT_USERSPACE_PROGRAM) != 0)
		put_texts(writer, level, "program", interface->program.at, interface->program.n);
}

static const char *table_text(struct arena *arena, uint32_t table)
{
	return table == TABLE_MAIN ? "main" : arena_printf(arena, "%" PRIu32, table);
}

/* {to: 10.9.0.0/16, via_peer: office, metric: 50} */
static const char *route_text(struct arena *arena, const struct desired_interface *interface,
			      const struct desired_route *route)
{
	char prefix[PREFIX_TEXT_MAX], ip[IP_TEXT_MAX];
	const char *text = arena_printf(arena, "{to: %s, via_peer: %s",
					scalar_text(arena, prefix_text(&route->to, prefix)),
					scalar_text(arena, route->via_peer));

	if (route->metric != interface->metric)
		text = arena_printf(arena, "%s, metric: %" PRIu32, text, route->metric);
	if (route->table != interface->table)
		text = arena_printf(arena, "%s, table: %s", text, table_text(arena, route->table));
	if (route->source.family != FAMILY_NONE)
		text = arena_printf(arena, "%s, src: %s", text,
				    scalar_text(arena, ip_text(&route->source, ip)));
	return arena_printf(arena, "%s}", text);
}

static void put_routes(struct writer *writer, const struct level *level,
		       const struct desired_interface *interface)
{
	const char **items;
	size_t n = 0;

	if (!interface->via_routes.n) {
		if (interface->routes != desired_interface_default().routes)
			put_entry(writer, level, "routes", route_policy_words[interface->routes]);
		return;
	}
	items = arena_alloc(writer->arena, (interface->via_routes.n + 1) * sizeof(*items));
	if (interface->routes != ROUTES_NONE)
		items[n++] = route_policy_words[interface->routes];
	vec_each (route, &interface->via_routes)
		items[n++] = route_text(writer->arena, interface, route);
	put_list(writer, level, "routes", items, n);
}

static void put_protocols(struct writer *writer, const struct level *level,
			  const struct desired_follow *follow)
{
	const char **items = arena_alloc(writer->arena, follow->protocols.n * sizeof(*items));

	for (size_t i = 0; i < follow->protocols.n; i++) {
		uint8_t protocol = follow->protocols.at[i];
		const char *word = protocol_word(protocol);

		items[i] = word ? word : arena_printf(writer->arena, "%u", protocol);
	}
	put_list(writer, level, "protocols", items, follow->protocols.n);
}

static void put_follow(struct writer *writer, const struct level *above,
		       const struct desired_follow *follow)
{
	const struct level level = level_in(above, "follow_routes");
	bool normal = follow->tables.n == 1 && follow->tables.at[0] == TABLE_MAIN;
	const char **tables;

	if (!follow->enabled)
		return;
	if (normal && !follow->protocols.n) {
		put_entry(writer, above, "follow_routes", "true");
		return;
	}
	open_mapping(writer, above, "follow_routes");
	tables = arena_alloc(writer->arena, follow->tables.n * sizeof(*tables));
	for (size_t i = 0; i < follow->tables.n; i++)
		tables[i] = table_text(writer->arena, follow->tables.at[i]);
	if (!normal)
		put_list(writer, &level, "tables", tables, follow->tables.n);
	put_protocols(writer, &level, follow);
}

static void put_facts(struct writer *writer, const struct level *above,
		      const struct desired_facts *facts)
{
	const struct level level = level_in(above, "facts");
	size_t opened;

	if (!facts->enabled)
		return;
	opened = open_mapping(writer, above, "facts");
	if (facts->port)
		put_number(writer, &level, "port", facts->port);
	if (facts->router != ROUTER_AUTO)
		put_entry(writer, &level, "router", router_words[facts->router]);
	if (facts->chatty)
		put_entry(writer, &level, "chatty", "true");
	put_text(writer, &level, "name", facts->name);
	put_text(writer, &level, "trust", trust_word(facts->trust));
	put_texts(writer, &level, "report", facts->report.at, facts->report.n);
	put_texts(writer, &level, "hide", facts->hide.at, facts->hide.n);
	close_mapping(writer, opened);
}

static void put_routing(struct writer *writer, const struct level *level,
			const struct desired_interface *interface)
{
	const struct desired_interface normal = desired_interface_default();

	put_routes(writer, level, interface);
	put_follow(writer, level, &interface->follow);
	if (interface->table != normal.table)
		put_number(writer, level, "table", interface->table);
	if (interface->metric != normal.metric)
		put_number(writer, level, "metric", interface->metric);
	if (interface->rules != normal.rules)
		put_entry(writer, level, "rules", rule_policy_words[interface->rules]);
	if (interface->rule_priority != normal.rule_priority)
		put_number(writer, level, "rule_priority", interface->rule_priority);
	if (interface->rules == RULES_FWMARK && !interface->kill_switch)
		put_entry(writer, level, "kill_switch", "false");
}

static void put_interface(struct writer *writer, const struct level *above,
			  const struct desired_interface *interface)
{
	const struct level level = level_in(above, interface->name);
	const struct level peers = level_in(&level, "peers");
	size_t opened = open_mapping(writer, above, interface->name);

	put_text(writer, &level, "private_key_file", interface->private_key_file);
	if (interface->listen_port >= 0)
		put_number(writer, &level, "listen_port", (uint64_t)interface->listen_port);
	put_fwmark(writer, &level, interface->fwmark);
	if (interface->mtu)
		put_number(writer, &level, "mtu", interface->mtu);
	if (interface->mtu_auto)
		put_entry(writer, &level, "mtu", "auto");
	put_addresses(writer, &level, interface);
	if (!interface->create)
		put_entry(writer, &level, "create", "false");
	if (interface->take_over)
		put_entry(writer, &level, "take_over", "true");
	put_implementation(writer, &level, interface);
	put_routing(writer, &level, interface);
	if (interface->unmanaged_peers != unmanaged_peers_default(interface->create))
		put_entry(writer, &level, "unmanaged_peers",
			  unmanaged_peers_words[interface->unmanaged_peers]);
	put_facts(writer, &level, &interface->facts);
	if (interface->peers.n)
		open_mapping(writer, &level, "peers");
	vec_each (peer, &interface->peers)
		put_peer(writer, &peers, interface, peer);
	close_mapping(writer, opened);
}

static void put_probe(struct writer *writer, const struct level *above,
		      const struct desired_probe *probe)
{
	const struct level level = level_in(above, "probe");
	const struct desired_probe normal = desired_selector_default().probe;

	if (!probe->enabled)
		return;
	open_mapping(writer, above, "probe");
	put_ip(writer, &level, "target", &probe->target);
	if (probe->count != normal.count)
		put_number(writer, &level, "count", probe->count);
	if (probe->timeout != normal.timeout)
		put_duration(writer, &level, "timeout", probe->timeout);
	if (probe->fail_after != normal.fail_after)
		put_number(writer, &level, "fail_after", probe->fail_after);
}

static void put_failback(struct writer *writer, const struct level *level,
			 const struct desired_selector *selector)
{
	const char *word = failback_word(selector->failback);

	if (selector->failback == FAILBACK_NEVER)
		return;
	if (selector->failback == FAILBACK_AFTER)
		word = arena_printf(writer->arena, "{%s: %s}", word,
				    duration_text(writer->arena, selector->failback_after));
	put_entry(writer, level, "failback", word);
}

static void put_times(struct writer *writer, const struct level *level,
		      const struct desired_selector *selector)
{
	const struct desired_selector normal = desired_selector_default();

	if (selector->try_for != normal.try_for)
		put_duration(writer, level, "try_for", selector->try_for);
	if (selector->established_for != normal.established_for)
		put_duration(writer, level, "established_for", selector->established_for);
	if (!selector->silent_for)
		put_entry(writer, level, "silent_for", "off");
	else if (selector->silent_for != normal.silent_for)
		put_duration(writer, level, "silent_for", selector->silent_for);
}

static void put_selector(struct writer *writer, const struct level *above,
			 const struct desired_selector *selector)
{
	const struct level level = level_in(above, selector->name);
	const struct level peers = level_in(&level, "peers");
	const struct desired_selector normal = desired_selector_default();

	open_mapping(writer, above, selector->name);
	put_text(writer, &level, "interface", selector->interface->name);
	if (selector->active != normal.active)
		put_number(writer, &level, "active", selector->active);
	if (selector->standby != normal.standby)
		put_number(writer, &level, "standby", selector->standby);
	if (selector->strategy != normal.strategy)
		put_entry(writer, &level, "strategy", strategy_words[selector->strategy]);
	put_times(writer, &level, selector);
	put_probe(writer, &level, &selector->probe);
	put_failback(writer, &level, selector);
	open_mapping(writer, &level, "peers");
	vec_each (peer, &selector->peers)
		put_peer(writer, &peers, NULL, peer);
}

static void put_time(struct writer *writer, const struct level *above,
		     const struct desired_time *time)
{
	const struct level level = level_in(above, "time");

	if (!time->enabled)
		return;
	open_mapping(writer, above, "time");
	put_texts(writer, &level, "servers", time->servers.at, time->servers.n);
	put_texts(writer, &level, "command", time->command.at, time->command.n);
	if (time->backoff != desired_time_default().backoff)
		put_duration(writer, &level, "backoff", time->backoff);
}

static void put_desired(struct writer *writer, const struct desired *desired)
{
	const struct level root = { 0 };
	const struct level interfaces = level_in(&root, "interfaces");
	const struct level selectors = level_in(&root, "selectors");
	size_t opened;

	put_entry(writer, &root, "version", "1");
	put_text(writer, &root, "group", desired->group);
	put_time(writer, &root, &desired->time);
	opened = open_mapping(writer, &root, "interfaces");
	vec_each (interface, &desired->interfaces)
		put_interface(writer, &interfaces, interface);
	close_mapping(writer, opened);
	if (desired->selectors.n)
		open_mapping(writer, &root, "selectors");
	vec_each (selector, &desired->selectors)
		put_selector(writer, &selectors, selector);
}

char *desired_write(const struct desired *desired, const struct remark *remarks, size_t n,
		    struct arena *arena)
{
	struct writer writer = writer_begin(arena, remarks, n);

	put_desired(&writer, desired);
	return writer_end(&writer);
}
