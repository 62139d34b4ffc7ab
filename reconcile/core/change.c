/* SPDX-License-Identifier: MIT */
#include "change.h"

#include <stdlib.h>

struct change *change_add(struct changes *changes, enum change_kind kind, const char *interface)
{
	struct change *change = vec_push(changes->arena, &changes->list);

	change->kind = kind;
	change->interface = interface;
	return change;
}

/* A counting sort: stable, and linear for the largest configurations. */
void changes_sort(struct changes *changes)
{
	size_t n = changes->list.n, begin[CHANGE_LINK_REMOVE + 2] = { 0 };
	struct change *sorted;

	if (n < 2)
		return;
	sorted = arena_alloc(changes->arena, n * sizeof(*sorted));
	vec_each (change, &changes->list)
		begin[change->kind + 1]++;
	for (int kind = 0; kind <= CHANGE_LINK_REMOVE; kind++)
		begin[kind + 1] += begin[kind];
	vec_each (change, &changes->list)
		sorted[begin[change->kind]++] = *change;
	changes->list.at = sorted;
	changes->list.capacity = n;
}

static const struct {
	char sign;
	const char *word;
} kinds[] = {
	[CHANGE_LINK_ADD] = { '+', "link_add" },
	[CHANGE_LINK_MTU] = { '~', "link_mtu" },
	[CHANGE_DEVICE_PRIVATE_KEY] = { '~', "private_key" },
	[CHANGE_DEVICE_LISTEN_PORT] = { '~', "listen_port" },
	[CHANGE_DEVICE_FWMARK] = { '~', "fwmark" },
	[CHANGE_PEER_ADD] = { '+', "peer_add" },
	[CHANGE_PEER_PRESHARED_KEY] = { '~', "peer_preshared_key" },
	[CHANGE_PEER_ENDPOINT] = { '~', "peer_endpoint" },
	[CHANGE_PEER_KEEPALIVE] = { '~', "peer_persistent_keepalive" },
	[CHANGE_PEER_PROVOKE] = { '~', "peer_provoke_handshake" },
	[CHANGE_ALLOWED_IP_ADD] = { '+', "allowed_ip_add" },
	[CHANGE_LINK_UP] = { '~', "link_up" },
	[CHANGE_ADDRESS_ADD] = { '+', "address_add" },
	[CHANGE_ROUTE_ADD] = { '+', "route_add" },
	[CHANGE_RULE_ADD] = { '+', "rule_add" },
	[CHANGE_RULE_REMOVE] = { '-', "rule_remove" },
	[CHANGE_ROUTE_REMOVE] = { '-', "route_remove" },
	[CHANGE_ADDRESS_REMOVE] = { '-', "address_remove" },
	[CHANGE_ALLOWED_IP_REMOVE] = { '-', "allowed_ip_remove" },
	[CHANGE_PEER_REMOVE] = { '-', "peer_remove" },
	[CHANGE_LINK_REMOVE] = { '-', "link_remove" },
};

char change_sign(enum change_kind kind)
{
	return kinds[kind].sign;
}

const char *change_word(enum change_kind kind)
{
	return kinds[kind].word;
}

static const char *peer_name(const struct change *change, struct arena *arena)
{
	char text[KEY_TEXT_MAX];

	if (change->peer)
		return text_printable(arena, change->peer);
	return arena_strdup(arena, key_text(&change->public_key, text));
}

/* Allowed IPs in a line: all of a few, else the first ones and their number. */
static const char *prefixes_text(const struct change *change, struct arena *arena)
{
	const char *list = "";
	char text[PREFIX_TEXT_MAX];

	if (!change->allowed_ips_n)
		return ", no allowed IPs";
	for (size_t i = 0; i < change->allowed_ips_n && i < 4; i++)
		list = arena_printf(arena, "%s%s%s", list, i ? ", " : "",
				    prefix_text(&change->allowed_ips[i], text));
	if (change->allowed_ips_n > 4)
		list = arena_printf(arena, "%s and %zu more", list, change->allowed_ips_n - 4);
	return arena_printf(arena, ", allowed IPs %s", list);
}

static const char *peer_add_text(const struct change *change, struct arena *arena)
{
	char text[ENDPOINT_TEXT_MAX];
	const char *endpoint = "", *keepalive = "";

	if (change->has_endpoint)
		endpoint = arena_printf(arena, " endpoint %s",
					endpoint_text(&change->endpoint, text));
	if (change->value)
		keepalive = arena_printf(arena, ", keepalive %u s", change->value);
	return arena_printf(arena, "peer %s%s%s%s%s", peer_name(change, arena), endpoint, keepalive,
			    prefixes_text(change, arena),
			    change->preshared_key ? ", preshared key" : "");
}

static const char *endpoint_change_text(const struct change *change, struct arena *arena)
{
	char from[ENDPOINT_TEXT_MAX] = "none", to[ENDPOINT_TEXT_MAX];

	if (change->has_old_endpoint)
		endpoint_text(&change->old_endpoint, from);
	return arena_printf(arena, "peer %s endpoint %s -> %s", peer_name(change, arena), from,
			    endpoint_text(&change->endpoint, to));
}

static const char *seconds_text(uint32_t seconds, struct arena *arena)
{
	return seconds ? arena_printf(arena, "%u s", seconds) : "off";
}

static const char *peer_text(const struct change *change, struct arena *arena)
{
	const char *name = peer_name(change, arena);
	char prefix[PREFIX_TEXT_MAX];

	switch (change->kind) {
	case CHANGE_PEER_ADD:
		return peer_add_text(change, arena);
	case CHANGE_PEER_PRESHARED_KEY:
		return arena_printf(arena, "peer %s preshared key %s", name,
				    key_is_zero(change->preshared_key) ? "removed" : "changed");
	case CHANGE_PEER_ENDPOINT:
		return endpoint_change_text(change, arena);
	case CHANGE_PEER_KEEPALIVE:
		return arena_printf(arena, "peer %s keepalive %s -> %s", name,
				    seconds_text(change->old_value, arena),
				    seconds_text(change->value, arena));
	case CHANGE_PEER_PROVOKE:
		return arena_printf(arena, "peer %s asked for a new handshake", name);
	case CHANGE_ALLOWED_IP_ADD:
		prefix_text(&change->prefix, prefix);
		if (change->from_peer)
			return arena_printf(arena, "peer %s allowed IP %s, from %s", name, prefix,
					    text_printable(arena, change->from_peer));
		return arena_printf(arena, "peer %s allowed IP %s", name, prefix);
	case CHANGE_ALLOWED_IP_REMOVE:
		return arena_printf(arena, "peer %s allowed IP %s", name,
				    prefix_text(&change->prefix, prefix));
	default:
		return arena_printf(arena, "peer %s", name);
	}
}

static const char *route_text(const struct change *change, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];
	const char *table = "", *metric = "";

	if (change->table != TABLE_MAIN)
		table = arena_printf(arena, " table %u", change->table);
	if (change->metric)
		metric = arena_printf(arena, " metric %u", change->metric);
	return arena_printf(arena, "route %s%s%s", prefix_text(&change->prefix, prefix), table,
			    metric);
}

static const char *rule_text(const struct observed_rule *rule, struct arena *arena)
{
	const char *family = rule->family == FAMILY_IPV6 ? "IPv6 rule" : "IPv4 rule";

	if (rule->not_fwmark)
		return arena_printf(arena, "%s %u: not fwmark 0x%x lookup %u", family,
				    rule->priority, rule->fwmark, rule->table);
	return arena_printf(arena, "%s %u: lookup %u suppress_prefixlength %d", family,
			    rule->priority, rule->table, rule->suppress_prefix_length);
}

static const char *fwmark_text(uint32_t fwmark, struct arena *arena)
{
	return fwmark ? arena_printf(arena, "0x%x", fwmark) : "off";
}

const char *change_text(const struct change *change, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];

	switch (change->kind) {
	case CHANGE_LINK_ADD:
		return arena_printf(arena, "interface (%s)",
				    implementation_word(change->desired->implementation));
	case CHANGE_LINK_MTU:
		if (!change->old_value)
			return arena_printf(arena, "mtu %u", change->value);
		return arena_printf(arena, "mtu %u -> %u", change->old_value, change->value);
	case CHANGE_DEVICE_PRIVATE_KEY:
		return "private key (hidden)";
	case CHANGE_DEVICE_LISTEN_PORT:
		if (!change->old_value)
			return arena_printf(arena, "listen port %u", change->value);
		return arena_printf(arena, "listen port %u -> %u", change->old_value,
				    change->value);
	case CHANGE_DEVICE_FWMARK:
		return arena_printf(arena, "fwmark %s -> %s", fwmark_text(change->old_value, arena),
				    fwmark_text(change->value, arena));
	case CHANGE_LINK_UP:
		return "up";
	case CHANGE_LINK_REMOVE:
		return "interface";
	case CHANGE_ADDRESS_ADD:
	case CHANGE_ADDRESS_REMOVE:
		return arena_printf(arena, "address %s", prefix_text(&change->prefix, prefix));
	case CHANGE_ROUTE_ADD:
	case CHANGE_ROUTE_REMOVE:
		return route_text(change, arena);
	case CHANGE_RULE_ADD:
	case CHANGE_RULE_REMOVE:
		return rule_text(&change->rule, arena);
	default:
		return peer_text(change, arena);
	}
}
