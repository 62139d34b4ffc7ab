/* SPDX-License-Identifier: MIT */
/*
 * The kernel keeps IPv4 addresses in a list (__inet_insert_ifa(), __inet_del_ifa() in
 * net/ipv4/devinet.c). The first of each network is primary, the others are secondary and at
 * the end. A new primary one is added after the primary ones. When a primary one is removed,
 * the first secondary one of its network is promoted and moves after the primary ones: apply
 * ensures that it is not removed as well.
 *
 * The source address of an interface is the first one, and in the network of an address the
 * primary one of that network. Therefore the declared order matters; if the kernel's
 * differs, addresses are moved to the end of the list. IPv6 chooses by the addresses
 * themselves (RFC 6724), in most cases.
 *
 * An address that moves between interfaces is removed from the old one before it is added to
 * the new one: its removal would delete routes with that source, on any interface.
 */
#include "plan_parts.h"

static bool same_address(const struct desired_address *declared,
			 const struct observed_address *address)
{
	return prefix_compare(&declared->prefix, &address->prefix) == 0 &&
	       ip_compare(&declared->other_end, &address->other_end) == 0;
}

static bool is_declared(const struct desired_interface *interface,
			const struct observed_address *address)
{
	vec_each (declared, &interface->addresses)
		if (same_address(declared, address))
			return true;
	return false;
}

static const struct observed_address *find_observed(const struct interface_plan *part,
						    const struct desired_address *declared)
{
	if (!part->in_kernel)
		return NULL;
	vec_each (address, &part->observed->addresses)
		if (address->index == part->in_kernel->index && same_address(declared, address))
			return address;
	return NULL;
}

static bool was_recorded(const struct recorded_interface *before, const struct prefix *prefix)
{
	if (!before)
		return false;
	vec_each (address, &before->addresses)
		if (prefix_compare(address, prefix) == 0)
			return true;
	return false;
}

static bool is_ours(const struct recorded_interface *before, const struct observed_address *address)
{
	return address->protocol == OWNER_PROTOCOL || was_recorded(before, &address->prefix);
}

/* ---- Removal ---- */

void plan_remove_addresses(struct plan *plan, const struct observed *observed,
			   const struct observed_interface *in_kernel,
			   const struct recorded_interface *before,
			   const struct interface_plan *part)
{
	vec_each (address, &observed->addresses) {
		struct change *change;

		if (address->index != in_kernel->index ||
		    (part && is_declared(part->interface, address)) || !is_ours(before, address))
			continue;
		change = change_add(&plan->changes, CHANGE_ADDRESS_REMOVE, in_kernel->name);
		change->prefix = address->prefix;
		change->other_end = address->other_end;
	}
}

static bool is_removed(const struct interface_plan *part, const struct observed_address *address)
{
	return part->in_kernel && address->index == part->in_kernel->index &&
	       !is_declared(part->interface, address) && is_ours(part->before, address);
}

static bool any_removed(const struct interface_plan *part)
{
	vec_each (address, &part->observed->addresses)
		if (is_removed(part, address))
			return true;
	return false;
}

/* ---- Moves from one interface to another ---- */

/* Whether another interface of this instance has the address now, and will lose it. */
static bool is_released_elsewhere(const struct interface_plan *part, const struct ip *ip)
{
	vec_each (address, &part->observed->addresses) {
		const struct observed_interface *other;
		const struct desired_interface *declared;

		if (ip_compare(&address->prefix.ip, ip) != 0 || address->protocol != OWNER_PROTOCOL)
			continue;
		other = observed_interface_at(part->observed, address->index);
		if (!other || other == part->in_kernel)
			continue;
		declared = desired_interface_find(part->desired, other->name);
		if (declared ? !is_declared(declared, address) : plan_owns(part->desired, other))
			return true;
	}
	return false;
}

/* All are late if one is, to keep their order. */
static bool any_late(const struct interface_plan *part)
{
	vec_each (declared, &part->interface->addresses)
		if (declared->prefix.ip.family == FAMILY_IPV4 && !find_observed(part, declared) &&
		    is_released_elsewhere(part, &declared->prefix.ip))
			return true;
	return false;
}

bool plan_source_is_early(const struct interface_plan *part, const struct ip *source)
{
	if (source->family != FAMILY_IPV4 || !part->addresses_late)
		return true;
	vec_each (declared, &part->interface->addresses)
		if (ip_compare(&declared->prefix.ip, source) == 0)
			return find_observed(part, declared) != NULL;
	return true;
}

/* ---- Effects on routes ---- */

/* Whether the address stays, or is added, before the first one is removed. */
static bool is_there_throughout(const struct interface_plan *part,
				const struct desired_address *declared)
{
	return find_observed(part, declared) || declared->prefix.ip.family != FAMILY_IPV4 ||
	       !part->addresses_late;
}

/* The kernel removes all IPv4 routes of an interface without an IPv4 address. */
static bool none_throughout(const struct interface_plan *part)
{
	vec_each (declared, &part->interface->addresses)
		if (declared->prefix.ip.family == FAMILY_IPV4 &&
		    is_there_throughout(part, declared))
			return false;
	vec_each (address, &part->observed->addresses)
		if (address->index == part->in_kernel->index &&
		    address->prefix.ip.family == FAMILY_IPV4 && !is_removed(part, address))
			return false;
	return true;
}

static bool source_goes(const struct interface_plan *part, const struct ip *source)
{
	bool goes = false;

	vec_each (declared, &part->interface->addresses)
		if (ip_compare(&declared->prefix.ip, source) == 0 &&
		    is_there_throughout(part, declared))
			return false;
	vec_each (address, &part->observed->addresses) {
		if (ip_compare(&address->prefix.ip, source) != 0)
			continue;
		if (!is_removed(part, address))
			return false;
		goes = true;
	}
	return goes;
}

/* The kernel removes its own route with the last address in its network. */
static bool network_goes(const struct interface_plan *part, const struct prefix *network)
{
	vec_each (declared, &part->interface->addresses) {
		struct prefix own = desired_address_network(declared);

		if (prefix_compare(&own, network) == 0)
			return false;
	}
	vec_each (address, &part->observed->addresses) {
		const struct desired_address one = { address->prefix, address->other_end };
		struct prefix own = desired_address_network(&one);

		if (is_removed(part, address) && prefix_compare(&own, network) == 0)
			return true;
	}
	return false;
}

enum route_fate plan_route_fate(const struct interface_plan *part,
				const struct observed_route *route)
{
	if (!part->addresses_removed)
		return ROUTE_STAYS;
	if (route->destination.ip.family == FAMILY_IPV4 && none_throughout(part))
		return ROUTE_GOES;
	if (route->protocol == PROTOCOL_KERNEL && network_goes(part, &route->destination))
		return ROUTE_GOES_AT_LAST;
	if (route->source.family == FAMILY_IPV4 && source_goes(part, &route->source))
		return ROUTE_GOES;
	return ROUTE_STAYS;
}

/* ---- The order ---- */

/* An IPv4 address in the kernel's list. */
struct listed {
	struct desired_address address;
	bool movable; /* it may be removed temporarily */
	bool secondary;
};

struct address_list {
	struct arena *arena;
	VEC(struct listed) list;
};

static bool same_network(const struct desired_address *a, const struct desired_address *b)
{
	struct prefix of_a = desired_address_network(a), of_b = desired_address_network(b);

	return prefix_compare(&of_a, &of_b) == 0;
}

static size_t list_place(const struct address_list *list, const struct desired_address *address)
{
	for (size_t i = 0; i < list->list.n; i++)
		if (desired_address_equal(&list->list.at[i].address, address))
			return i;
	return SIZE_MAX;
}

static void list_insert(struct address_list *list, size_t place, struct listed listed)
{
	vec_push(list->arena, &list->list);
	for (size_t i = list->list.n - 1; i > place; i--)
		list->list.at[i] = list->list.at[i - 1];
	list->list.at[place] = listed;
}

static size_t primaries(const struct address_list *list)
{
	size_t n = 0;

	while (n < list->list.n && !list->list.at[n].secondary)
		n++;
	return n;
}

static void list_add(struct address_list *list, const struct desired_address *address, bool movable)
{
	struct listed listed = { .address = *address, .movable = movable };

	vec_each (one, &list->list)
		listed.secondary |= same_network(&one->address, address);
	list_insert(list, listed.secondary ? list->list.n : primaries(list), listed);
}

static void list_remove(struct address_list *list, size_t place)
{
	struct listed removed = list->list.at[place];

	vec_remove(&list->list, place);
	if (removed.secondary)
		return;
	for (size_t i = place; i < list->list.n; i++) {
		struct listed promoted = list->list.at[i];

		if (!promoted.secondary || !same_network(&promoted.address, &removed.address))
			continue;
		vec_remove(&list->list, i);
		promoted.secondary = false;
		list_insert(list, primaries(list), promoted);
		return;
	}
}

/* The list after the changes planned so far. */
static void list_make(const struct interface_plan *part, struct address_list *list)
{
	vec_each (address, &part->observed->addresses) {
		const struct desired_address one = { address->prefix, address->other_end };

		if (address->index == part->in_kernel->index &&
		    address->prefix.ip.family == FAMILY_IPV4)
			list_add(list, &one,
				 part->interface->create || is_ours(part->before, address));
	}
	for (int late = 0; late < 2; late++) {
		vec_each (declared, &part->interface->addresses)
			if (declared->prefix.ip.family == FAMILY_IPV4 &&
			    list_place(list, declared) == SIZE_MAX && late == part->addresses_late)
				list_add(list, declared, true);
		if (late)
			break;
		vec_each (address, &part->observed->addresses) {
			const struct desired_address one = { address->prefix, address->other_end };
			size_t place = list_place(list, &one);

			if (is_removed(part, address) && place != SIZE_MAX)
				list_remove(list, place);
		}
	}
}

/* Whether the address precedes the first of all, or the first declared one in its network. */
static bool is_before_its_time(const struct address_list *list,
			       const struct desired_interface *interface,
			       const struct desired_address *address)
{
	size_t place = list_place(list, address);
	bool first = true;

	vec_each (earlier, &interface->addresses) {
		bool in_network = same_network(earlier, address);

		if (earlier->prefix.ip.family != FAMILY_IPV4)
			continue;
		if (earlier == address)
			return false;
		if ((first || in_network) && list_place(list, earlier) > place)
			return true;
		if (in_network)
			return false;
		first = false;
	}
	return false;
}

static bool is_in_order(const struct address_list *list, const struct desired_interface *interface)
{
	vec_each (address, &interface->addresses)
		if (address->prefix.ip.family == FAMILY_IPV4 &&
		    is_before_its_time(list, interface, address))
			return false;
	return true;
}

struct moves {
	VEC(const struct desired_address *) list;
};

static bool move(struct address_list *list, const struct desired_address *address,
		 struct moves *moves)
{
	size_t place = list_place(list, address);

	if (!list->list.at[place].movable)
		return false;
	list_remove(list, place);
	list_add(list, address, true);
	*vec_push(list->arena, &moves->list) = address;
	return true;
}

static const struct desired_address *first_ipv4(const struct desired_interface *interface)
{
	vec_each (address, &interface->addresses)
		if (address->prefix.ip.family == FAMILY_IPV4)
			return address;
	return NULL;
}

/* Starts with the network of the first address, which is thereby promoted. False if moving
 * does not help because of another program's address. */
static bool find_moves(const struct interface_plan *part, struct address_list *list,
		       struct moves *moves)
{
	const struct desired_interface *interface = part->interface;
	const struct desired_address *first = first_ipv4(interface);

	for (int all = 0; all < 2; all++)
		vec_each (address, &interface->addresses)
			if (address->prefix.ip.family == FAMILY_IPV4 &&
			    (all || same_network(first, address)) &&
			    is_before_its_time(list, interface, address) &&
			    !move(list, address, moves))
				return false;
	return is_in_order(list, interface);
}

static bool is_moved(const struct moves *moves, const struct desired_address *address)
{
	vec_each (moved, &moves->list)
		if (*moved == address)
			return true;
	return false;
}

/* Usually the kernel already has the declared addresses in order. */
static bool is_as_declared(const struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;
	size_t i = 0;

	vec_each (address, &part->observed->addresses) {
		if (address->index != part->in_kernel->index ||
		    address->prefix.ip.family != FAMILY_IPV4)
			continue;
		while (i < interface->addresses.n &&
		       interface->addresses.at[i].prefix.ip.family != FAMILY_IPV4)
			i++;
		if (i == interface->addresses.n ||
		    !same_address(&interface->addresses.at[i++], address))
			return false;
	}
	while (i < interface->addresses.n &&
	       interface->addresses.at[i].prefix.ip.family != FAMILY_IPV4)
		i++;
	return i == interface->addresses.n;
}

static void plan_order(struct interface_plan *part, struct moves *moves)
{
	struct address_list list = { .arena = part->plan->arena };

	if (!part->in_kernel || is_as_declared(part))
		return;
	list_make(part, &list);
	if (is_in_order(&list, part->interface))
		return;
	if (!find_moves(part, &list, moves))
		moves->list.n = 0;
	vec_each (moved, &moves->list) {
		struct change *change = plan_part_change(part, CHANGE_ADDRESS_MOVE);

		change->prefix = (*moved)->prefix;
		change->other_end = (*moved)->other_end;
		change->late = true;
	}
}

/* ---- Entry point ---- */

static void record_address(struct interface_plan *part, const struct prefix *prefix)
{
	struct recorded_interface *recorded = recorded_interface_get(&part->plan->recorded,
								     part->interface->name);

	if (!was_recorded(recorded, prefix))
		*vec_push(part->plan->arena, &recorded->addresses) = *prefix;
}

/* Whether the network of an address to add covers an endpoint; then all addresses stay, so
 * that the interface keeps a working one. */
static bool any_refused(struct interface_plan *part)
{
	bool refused = false;

	vec_each (declared, &part->interface->addresses) {
		if (find_observed(part, declared))
			plan_address_check(part, declared);
		else
			refused |= !plan_address_is_safe(part, declared);
	}
	return refused;
}

static void record_kept(struct interface_plan *part)
{
	if (part->before)
		vec_each (address, &part->before->addresses)
			record_address(part, address);
}

void plan_addresses(struct interface_plan *part)
{
	struct moves moves = { 0 };

	if (any_refused(part)) {
		record_kept(part);
		return;
	}
	part->addresses_removed = any_removed(part);
	part->addresses_late = any_late(part);
	plan_order(part, &moves);
	vec_each (declared, &part->interface->addresses) {
		bool there = find_observed(part, declared) != NULL;

		if (!there) {
			struct change *change = plan_part_change(part, CHANGE_ADDRESS_ADD);

			change->prefix = declared->prefix;
			change->other_end = declared->other_end;
			change->late = part->addresses_late &&
				       declared->prefix.ip.family == FAMILY_IPV4;
		}
		if (!there || was_recorded(part->before, &declared->prefix) ||
		    is_moved(&moves, declared))
			record_address(part, &declared->prefix);
	}
	if (part->in_kernel)
		plan_remove_addresses(part->plan, part->observed, part->in_kernel, part->before,
				      part);
}
