/* SPDX-License-Identifier: MIT */
#include "desired.h"

#include "base/prefix_sort.h"

#include <stdlib.h>

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

bool declaration_stands(const struct declaration *a, const struct declaration *b)
{
	if (a->origin != b->origin)
		return a->origin < b->origin;
	return b->expires && (!a->expires || a->expires > b->expires);
}

void desired_allowed_ip_add(struct desired_peer *peer, const struct prefix *prefix,
			    const struct desired_allowed_ip *declared, struct arena *arena)
{
	*vec_push(arena, &peer->allowed_ips) = *prefix;
	*vec_push(arena, &peer->allowed_ips_declared) = *declared;
}

static bool in_order(const struct prefix *prefixes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (prefix_compare(&prefixes[i - 1], &prefixes[i]) >= 0)
			return false;
	return true;
}

struct placed_prefix {
	struct prefix prefix; /* first: prefix_sort() */
	size_t place;
};

/* Enough for most peers: without memory from the arena. */
#define FEW 32

void desired_allowed_ips_tidy(struct desired_peer *peer, struct arena *scratch)
{
	size_t n = peer->allowed_ips.n, kept = 0;
	struct desired_allowed_ip *declared = peer->allowed_ips_declared.at, *before;
	struct desired_allowed_ip few_before[FEW];
	struct placed_prefix few_sorted[FEW], *sorted;

	if (in_order(peer->allowed_ips.at, n))
		return;
	sorted = n <= FEW ? few_sorted : arena_alloc(scratch, n * sizeof(*sorted));
	before = n <= FEW ? few_before : arena_alloc(scratch, n * sizeof(*before));
	memcpy(before, declared, n * sizeof(*before));
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct placed_prefix){ peer->allowed_ips.at[i], i };
	prefix_sort(sorted, n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++) {
		const struct desired_allowed_ip *one = &before[sorted[i].place];

		if (!i || prefix_compare(&sorted[i - 1].prefix, &sorted[i].prefix) != 0) {
			peer->allowed_ips.at[kept] = sorted[i].prefix;
			declared[kept++] = *one;
		} else if (declaration_stands(&one->declared, &declared[kept - 1].declared)) {
			declared[kept - 1] = *one;
		}
	}
	peer->allowed_ips.n = peer->allowed_ips_declared.n = kept;
}

void desired_endpoint_set(struct desired_peer *peer, const struct desired_endpoint *endpoint)
{
	peer->endpoint = endpoint->text;
	peer->endpoint_is_literal = endpoint->is_literal;
	peer->endpoint_address = endpoint->address;
}

static int candidate_order(const void *a, const void *b)
{
	return strcmp(((const struct desired_endpoint *)a)->text,
		      ((const struct desired_endpoint *)b)->text);
}

void desired_candidates_arrange(struct desired_peer *peer)
{
	if (!peer->endpoint && peer->candidates.n) {
		desired_endpoint_set(peer, peer->candidates.at);
		vec_remove(&peer->candidates, 0);
	}
	if (peer->candidates.n)
		qsort(peer->candidates.at, peer->candidates.n, sizeof(*peer->candidates.at),
		      candidate_order);
}

bool desired_endpoint_equal(const struct desired_endpoint *a, const struct desired_endpoint *b)
{
	if (a->is_literal && b->is_literal)
		return endpoint_equal(&a->address, &b->address);
	return !strcasecmp(a->text, b->text);
}

const char *declaration_text(const struct declaration *declared, struct where where,
			     struct arena *arena)
{
	switch (declared->origin) {
	case ORIGIN_FILE:
		return arena_printf(arena, "%s:%u:%u", where.file, where.line, where.column);
	case ORIGIN_FACT:
		return arena_printf(arena, "fact from %s", declared->from);
	}
	return NULL;
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

const char *trust_word(enum trust value)
{
	switch (value) {
	case TRUST_UNSET:
		return NULL;
	case TRUST_UNTRUSTED:
		return "untrusted";
	case TRUST_ENDPOINT:
		return "endpoint";
	case TRUST_ALLOWED_IPS:
		return "allowed_ips";
	case TRUST_MEMBERSHIP:
		return "membership";
	case TRUST_DELEGATE:
		return "delegate";
	}
	return NULL;
}

uint16_t desired_facts_port(const struct desired_interface *interface)
{
	if (interface->facts.port)
		return interface->facts.port;
	if (interface->listen_port < 1 || interface->listen_port >= UINT16_MAX)
		return 0;
	return (uint16_t)(interface->listen_port + 1);
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

#define index_names(arena, names, list)                                                            \
	do {                                                                                       \
		(names)->n = 0;                                                                    \
		for (size_t i_ = 0; i_ < (list)->n; i_++)                                          \
			*vec_push((arena), (names)) = (struct desired_name){ (list)->at[i_].name,  \
									     i_ };                 \
		if ((names)->n > 1)                                                                \
			qsort((names)->at, (names)->n, sizeof(*(names)->at), text_order);          \
	} while (0)

void desired_index(struct desired *desired)
{
	index_names(desired->arena, &desired->interface_names, &desired->interfaces);
	index_names(desired->arena, &desired->selector_names, &desired->selectors);
	vec_each (interface, &desired->interfaces)
		interface->first_selector = 0;
	/* Backwards, so that each comes before those after it. */
	for (size_t i = desired->selectors.n; i-- > 0;) {
		struct desired_selector *selector = &desired->selectors.at[i];
		struct desired_interface *interface;

		if (!selector->interface)
			continue;
		interface = &desired->interfaces.at[selector->interface - desired->interfaces.at];
		selector->next = interface->first_selector;
		interface->first_selector = i + 1;
	}
}

/* In names, of n things; n if there is none, or it was not indexed. */
static size_t place_of(const struct desired_name *names, size_t names_n, const char *name, size_t n)
{
	size_t place = array_place(names, names_n, sizeof(*names), &name, text_order);

	return place < names_n && !strcmp(names[place].name, name) ? names[place].place : n;
}

const struct desired_interface *desired_interface_find(const struct desired *desired,
						       const char *name)
{
	size_t n = desired->interfaces.n;
	size_t place = place_of(desired->interface_names.at, desired->interface_names.n, name, n);

	if (desired->interface_names.n == n)
		return place < n ? &desired->interfaces.at[place] : NULL;
	vec_each (interface, &desired->interfaces) {
		if (!strcmp(interface->name, name))
			return interface;
	}
	return NULL;
}

const struct desired_selector *desired_selector_find(const struct desired *desired,
						     const char *name)
{
	size_t n = desired->selectors.n;
	size_t place = place_of(desired->selector_names.at, desired->selector_names.n, name, n);

	if (desired->selector_names.n == n)
		return place < n ? &desired->selectors.at[place] : NULL;
	vec_each (selector, &desired->selectors) {
		if (!strcmp(selector->name, name))
			return selector;
	}
	return NULL;
}

static const struct desired_selector *selector_at(const struct desired *desired, size_t number)
{
	return number ? &desired->selectors.at[number - 1] : NULL;
}

const struct desired_selector *desired_selector_first(const struct desired *desired,
						      const struct desired_interface *interface)
{
	return selector_at(desired, interface->first_selector);
}

const struct desired_selector *desired_selector_next(const struct desired *desired,
						     const struct desired_selector *selector)
{
	return selector_at(desired, selector->next);
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

bool desired_has_facts(const struct desired *desired)
{
	vec_each (interface, &desired->interfaces)
		if (interface->facts.enabled)
			return true;
	return false;
}
