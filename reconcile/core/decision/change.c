/* SPDX-License-Identifier: MIT */
#include "change.h"

#include <inttypes.h>
#include <stdlib.h>

/* Number of allowed IPs shown before the last one if there are more than CHANGE_PREFIXES_SHOWN. */
#define PREFIXES_FIRST 3
#define KINDS (CHANGE_LINK_REMOVE + 1)

struct change *change_add(struct changes *changes, enum change_kind kind, const char *interface)
{
	struct change *change = vec_push(changes->arena, &changes->list);

	change->kind = kind;
	change->interface = interface;
	return change;
}

/* Late ones are between ADDRESS_REMOVE and the next kind. */
static unsigned rank_of(const struct change *change)
{
	if (change->late)
		return KINDS + change->kind;
	return change->kind <= CHANGE_ADDRESS_REMOVE ? change->kind : 2 * KINDS + change->kind;
}

/* A counting sort: stable, and linear for the largest configurations. */
void changes_sort(struct changes *changes)
{
	size_t n = changes->list.n, begin[3 * KINDS + 1] = { 0 };
	struct change *sorted;

	if (n < 2)
		return;
	sorted = arena_alloc(changes->arena, n * sizeof(*sorted));
	vec_each (change, &changes->list)
		begin[rank_of(change) + 1]++;
	for (unsigned rank = 0; rank < 3 * KINDS; rank++)
		begin[rank + 1] += begin[rank];
	vec_each (change, &changes->list)
		sorted[begin[rank_of(change)]++] = *change;
	changes->list.at = sorted;
	changes->list.capacity = n;
}

static const struct {
	char sign;
	const char *word;
} kinds[] = {
	[CHANGE_LINK_ADD] = { '+', "link_add" },
	[CHANGE_LINK_OWNER] = { '~', "link_owner" },
	[CHANGE_LINK_MTU] = { '~', "link_mtu" },
	[CHANGE_DEVICE_PORT_RELEASE] = { '~', "listen_port_release" },
	[CHANGE_DEVICE_PRIVATE_KEY] = { '~', "private_key" },
	[CHANGE_DEVICE_LISTEN_PORT] = { '~', "listen_port" },
	[CHANGE_DEVICE_FWMARK] = { '~', "fwmark" },
	[CHANGE_PEER_ADD] = { '+', "peer_add" },
	[CHANGE_PEER_PRESHARED_KEY] = { '~', "peer_preshared_key" },
	[CHANGE_PEER_ENDPOINT] = { '~', "peer_endpoint" },
	[CHANGE_PEER_KEEPALIVE] = { '~', "peer_persistent_keepalive" },
	[CHANGE_PEER_TRIGGER] = { '~', "peer_provoke_handshake" },
	[CHANGE_ALLOWED_IP_ADD] = { '+', "allowed_ip_add" },
	[CHANGE_LINK_UP] = { '~', "link_up" },
	[CHANGE_ADDRESS_ADD] = { '+', "address_add" },
	[CHANGE_ADDRESS_MOVE] = { '~', "address_move" },
	[CHANGE_ROUTE_ADD] = { '+', "route_add" },
	[CHANGE_RULE_ADD] = { '+', "rule_add" },
	[CHANGE_FILE_WRITE] = { '~', "file_write" },
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

size_t change_count(const struct change *change)
{
	return change_is_group(change) ? change->allowed_ips_n : 1;
}

size_t changes_count(const struct changes *changes)
{
	size_t n = 0;

	vec_each (change, &changes->list)
		n += change_count(change);
	return n;
}

static const char *peer_name(const struct change *change, struct arena *arena)
{
	char text[KEY_TEXT_MAX];

	if (change->peer)
		return text_printable(arena, change->peer);
	return arena_strdup(arena, key_text(&change->public_key, text));
}

/* Allowed IPs in a line: all if there are few, otherwise the first ones and the last. */
static const char *prefixes_text(const struct change *change, struct arena *arena)
{
	size_t n = change->allowed_ips_n;
	size_t shown = n > CHANGE_PREFIXES_SHOWN ? PREFIXES_FIRST : n;
	const char *list = "";
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < shown; i++)
		list = arena_printf(arena, "%s%s%s", list, i ? ", " : "",
				    prefix_text(&change->allowed_ips[i], text));
	if (shown == n)
		return list;
	return arena_printf(arena, "%s, ... %s more, %s", list, count_human(arena, n - shown - 1),
			    prefix_text(&change->allowed_ips[n - 1], text));
}

struct change_frame change_frame(const struct change *change, struct arena *arena)
{
	char text[ENDPOINT_TEXT_MAX];
	const char *endpoint = "", *keepalive = "";

	if (change->has_endpoint)
		endpoint = arena_printf(arena, " endpoint %s",
					endpoint_text(&change->endpoint, text));
	if (change->value)
		keepalive = arena_printf(arena, ", keepalive %u s", change->value);
	return (struct change_frame){
		arena_printf(arena, "peer %s%s%s, %s", peer_name(change, arena), endpoint,
			     keepalive, change->allowed_ips_n ? "allowed IPs " : "no allowed IPs"),
		change->preshared_key ? ", preshared key" : "",
	};
}

static const char *peer_add_text(const struct change *change, struct arena *arena)
{
	struct change_frame frame = change_frame(change, arena);

	return arena_printf(arena, "%s%s%s", frame.before, prefixes_text(change, arena),
			    frame.after);
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

static const char *allowed_ips_text(const struct change *change, const char *prefixes,
				    struct arena *arena)
{
	const char *from = "";

	if (!change->peer && key_is_zero(&change->public_key))
		return arena_printf(arena, "%s (current peer not looked up)", prefixes);
	if (change->from_peer)
		from = arena_printf(arena, ", from %s", text_printable(arena, change->from_peer));
	return arena_printf(arena, "peer %s %s%s", peer_name(change, arena), prefixes, from);
}

/* Of many prefixes the first ones and the last, as a range. */
static const char *group_text(const struct change *change, struct arena *arena)
{
	const struct prefix *at = change->allowed_ips;
	size_t n = change->allowed_ips_n;
	const char *list;
	char first[PREFIX_TEXT_MAX], second[PREFIX_TEXT_MAX], last[PREFIX_TEXT_MAX];

	if (n == 1)
		return change_text_of(change, 0, arena);
	prefix_text(&at[0], first);
	prefix_text(&at[n > 2 ? 1 : 0], second);
	prefix_text(&at[n - 1], last);
	if (n == 2)
		list = arena_printf(arena, "2 allowed IPs %s, %s", first, last);
	else
		list = arena_printf(arena, "%s allowed IPs %s, %s, %s%s", count_human(arena, n),
				    first, second, n > 3 ? "... " : "", last);
	return allowed_ips_text(change, list, arena);
}

static const char *peer_text(const struct change *change, struct arena *arena)
{
	const char *name = peer_name(change, arena);

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
	case CHANGE_PEER_TRIGGER:
		return arena_printf(arena, "peer %s asked for a new handshake", name);
	case CHANGE_ALLOWED_IP_ADD:
	case CHANGE_ALLOWED_IP_REMOVE:
		return group_text(change, arena);
	default:
		return arena_printf(arena, "peer %s", name);
	}
}

static const char *route_text(const struct change *change, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];
	char source[IP_TEXT_MAX];
	const char *table = "", *metric = "", *src = "";

	if (change->table != TABLE_MAIN)
		table = arena_printf(arena, " table %u", change->table);
	if (change->metric)
		metric = arena_printf(arena, " metric %u", change->metric);
	if (change->source.family != FAMILY_NONE)
		src = arena_printf(arena, " src %s", ip_text(&change->source, source));
	return arena_printf(arena, "route %s%s%s%s%s", prefix_text(&change->prefix, prefix),
			    change->unreachable ? " unreachable" : "", table, metric, src);
}

static const char *rule_text(const struct observed_rule *rule, struct arena *arena)
{
	const char *family = rule->family == FAMILY_IPV6 ? "IPv6 rule" : "IPv4 rule";

	char to[PREFIX_TEXT_MAX];

	if (rule->to.length)
		return arena_printf(arena, "%s %u: to %s lookup %u", family, rule->priority,
				    prefix_text(&rule->to, to), rule->table);
	if (rule->not_fwmark)
		return arena_printf(arena, "%s %u: not fwmark 0x%x lookup %u", family,
				    rule->priority, rule->fwmark, rule->table);
	return arena_printf(arena, "%s %u: lookup %u suppress_prefixlength %d", family,
			    rule->priority, rule->table, rule->suppress_prefix_length);
}

static const char *address_text(const struct change *change, struct arena *arena)
{
	const struct desired_address address = { change->prefix, change->other_end };

	return arena_printf(arena, "address %s", desired_address_text(&address, arena));
}

/* The content is not shown; for a secret file nor is the digest, which would reveal a short
 * secret. */
static const char *file_text(const struct change *change, struct arena *arena)
{
	const struct desired_file *file = change->file;
	const char *digest = "secret", *load = "";

	if (!desired_file_is_secret(file))
		digest = arena_printf(arena, "digest %016" PRIx64, change->digest);
	vec_each (word, &file->load)
		load = arena_printf(arena, "%s %s", load, text_printable(arena, *word));
	return arena_printf(arena, "file %s (%s %s, %s)%s%s", text_printable(arena, file->path),
			    count_human(arena, file->length), file->length == 1 ? "byte" : "bytes",
			    digest, *load ? ", then" : "", load);
}

static const char *fwmark_text(uint32_t fwmark, struct arena *arena)
{
	return fwmark ? arena_printf(arena, "0x%x", fwmark) : "off";
}

const char *change_text(const struct change *change, struct arena *arena)
{
	switch (change->kind) {
	case CHANGE_LINK_ADD:
		return arena_printf(arena, "interface (%s)",
				    implementation_word(change->desired->implementation));
	case CHANGE_LINK_OWNER:
		if (!change->old_owner || !*change->old_owner)
			return arena_printf(arena, "alias %s", change->owner);
		return arena_printf(arena, "alias %s -> %s",
				    text_printable(arena, change->old_owner), change->owner);
	case CHANGE_LINK_MTU:
		if (!change->old_value)
			return arena_printf(arena, "mtu %u", change->value);
		return arena_printf(arena, "mtu %u -> %u", change->old_value, change->value);
	case CHANGE_DEVICE_PORT_RELEASE:
		return arena_printf(arena, "listen port %u released for %s", change->old_value,
				    change->heir);
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
		return address_text(change, arena);
	case CHANGE_ADDRESS_MOVE:
		return arena_printf(arena, "%s put behind those declared before it",
				    address_text(change, arena));
	case CHANGE_ROUTE_ADD:
	case CHANGE_ROUTE_REMOVE:
		return route_text(change, arena);
	case CHANGE_RULE_ADD:
	case CHANGE_RULE_REMOVE:
		return rule_text(&change->rule, arena);
	case CHANGE_FILE_WRITE:
		return file_text(change, arena);
	default:
		return peer_text(change, arena);
	}
}

const char *change_text_of(const struct change *change, size_t i, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];
	const char *list;

	if (!change_is_group(change))
		return change_text(change, arena);
	list = arena_printf(arena, "allowed IP %s", prefix_text(&change->allowed_ips[i], prefix));
	return allowed_ips_text(change, list, arena);
}

/* ---- Origin ---- */

static const char *origin_of(const struct declaration *declared, struct arena *arena)
{
	if (declared->origin == ORIGIN_FILE || !declared->from)
		return NULL;
	return declaration_text(declared, declared->where, arena);
}

static const char *endpoint_origin(const struct change *change, struct arena *arena)
{
	const struct desired_peer *peer = change->declared;

	if (!change->has_endpoint || (peer->endpoint_is_literal &&
				      endpoint_equal(&peer->endpoint_address, &change->endpoint)))
		return NULL;
	vec_each (candidate, &peer->candidates)
		if (candidate->is_literal && endpoint_equal(&candidate->address, &change->endpoint))
			return origin_of(&candidate->declared, arena);
	return NULL;
}

static const char *allowed_ip_origin(const struct change *change, size_t i, struct arena *arena)
{
	const struct desired_peer *peer = change->declared;
	const struct prefix *prefix = &change->allowed_ips[i];
	size_t place = vec_place(&peer->allowed_ips, prefix, prefix_order);

	if (place >= peer->allowed_ips_declared.n ||
	    prefix_compare(&peer->allowed_ips.at[place], prefix) != 0)
		return NULL;
	return origin_of(&peer->allowed_ips_declared.at[place].declared, arena);
}

const char *change_origin(const struct change *change, size_t i, struct arena *arena)
{
	const char *origin;

	if (!change->declared)
		return NULL;
	switch (change->kind) {
	case CHANGE_PEER_ADD:
		origin = origin_of(&change->declared->declared, arena);
		return origin ? origin : endpoint_origin(change, arena);
	case CHANGE_PEER_ENDPOINT:
		return endpoint_origin(change, arena);
	case CHANGE_ALLOWED_IP_ADD:
		return allowed_ip_origin(change, i, arena);
	default:
		return NULL;
	}
}
