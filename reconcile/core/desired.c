/* SPDX-License-Identifier: MIT */
#include "desired.h"

/* IFNAMSIZ - 1 (linux/if.h). */
#define INTERFACE_NAME_LENGTH_MAX 15

bool interface_name_valid(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_=+.-";
	size_t length = strspn(name, allowed);

	if (length == 0 || length > INTERFACE_NAME_LENGTH_MAX || name[length])
		return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

const char *implementation_word(enum implementation value)
{
	switch (value) {
	case IMPLEMENTATION_KERNEL:
		return "kernel";
	case IMPLEMENTATION_USERSPACE:
		return "userspace";
	}
	return NULL;
}

const char *strategy_word(enum strategy value)
{
	switch (value) {
	case STRATEGY_RANDOM:
		return "random";
	case STRATEGY_ORDERED:
		return "ordered";
	case STRATEGY_WEIGHTED:
		return "weighted";
	}
	return NULL;
}

const char *failback_word(enum failback value)
{
	switch (value) {
	case FAILBACK_NEVER:
		return "never";
	case FAILBACK_WHEN_BETTER:
		return "when_better";
	case FAILBACK_AFTER:
		return "after";
	}
	return NULL;
}

bool desired_address_equal(const struct desired_address *a, const struct desired_address *b)
{
	return prefix_compare(&a->prefix, &b->prefix) == 0 &&
	       ip_compare(&a->other_end, &b->other_end) == 0;
}

struct prefix desired_address_network(const struct desired_address *address)
{
	struct prefix network = address->prefix;

	if (address->other_end.family != FAMILY_NONE)
		network.ip = address->other_end;
	return prefix_mask(network);
}

const char *desired_address_text(const struct desired_address *address, struct arena *arena)
{
	struct prefix other_end = { address->other_end, address->prefix.length };
	char own[IP_TEXT_MAX], prefix[PREFIX_TEXT_MAX];

	if (address->other_end.family == FAMILY_NONE)
		return arena_strdup(arena, prefix_text(&address->prefix, prefix));
	return arena_printf(arena, "%s peer %s", ip_text(&address->prefix.ip, own),
			    prefix_text(&other_end, prefix));
}

static bool follows_table(const struct desired_follow *follow, uint32_t table)
{
	vec_each (followed, &follow->tables) {
		if (*followed == table)
			return true;
	}
	return false;
}

static bool follows_protocol(const struct desired_follow *follow, uint8_t protocol)
{
	vec_each (followed, &follow->protocols) {
		if (*followed == protocol)
			return true;
	}
	return !follow->protocols.n && protocol != PROTOCOL_KERNEL &&
	       protocol != PROTOCOL_REDIRECT && protocol != PROTOCOL_RA &&
	       protocol != OWNER_PROTOCOL;
}

bool desired_follows(const struct desired_follow *follow, uint32_t table, uint8_t protocol)
{
	return follow->enabled && follows_table(follow, table) &&
	       follows_protocol(follow, protocol);
}

const struct desired_interface *desired_interface_find(const struct desired *desired,
						       const char *name)
{
	vec_each (interface, &desired->interfaces) {
		if (!strcmp(interface->name, name))
			return interface;
	}
	return NULL;
}

const struct desired_selector *desired_selector_find(const struct desired *desired,
						     const char *name)
{
	vec_each (selector, &desired->selectors) {
		if (!strcmp(selector->name, name))
			return selector;
	}
	return NULL;
}

const struct desired_peer *desired_member_find(const struct desired_selector *selector,
					       const char *name)
{
	vec_each (peer, &selector->peers) {
		if (!strcmp(peer->name, name))
			return peer;
	}
	return NULL;
}
