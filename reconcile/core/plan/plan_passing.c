/* SPDX-License-Identifier: MIT */
/*
 * Objects that move between interfaces are released before they are reused: listen ports,
 * which two interfaces may swap, and the addresses of an interface that is no longer
 * declared. Such an interface is removed only if its replacement could be created: it may be
 * the only access to the machine.
 */
#include "plan_parts.h"

/* Whether the run removes the port from the interface anyway. */
static bool gives_port_up(const struct plan *plan, const struct desired *desired,
			  const struct observed_interface *holder)
{
	if (!desired_interface_find(desired, holder->name))
		return plan_owns(desired, holder);
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_DEVICE_LISTEN_PORT &&
		    strcmp(change->interface, holder->name) == 0)
			return true;
	return false;
}

static void release_port(struct plan *plan, const struct desired *desired,
			 const struct observed *observed, uint32_t port, const char *heir)
{
	vec_each (holder, &observed->interfaces) {
		struct change *change;

		if (holder->kind != LINK_WIREGUARD || holder->listen_port != port ||
		    strcmp(holder->name, heir) == 0 || !gives_port_up(plan, desired, holder))
			continue;
		change = change_add(&plan->changes, CHANGE_DEVICE_PORT_RELEASE, holder->name);
		change->old_value = port;
		change->heir = heir;
	}
}

static void release_ports(struct plan *plan, const struct desired *desired,
			  const struct observed *observed)
{
	size_t n = plan->changes.list.n;

	for (size_t i = 0; i < n; i++) {
		const struct change *change = &plan->changes.list.at[i];

		if (change->kind == CHANGE_DEVICE_LISTEN_PORT)
			release_port(plan, desired, observed, change->value, change->interface);
	}
}

/* The declared new interface with the address, or NULL. */
static const char *heir_of_address(const struct plan *plan, const struct ip *ip)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_ADDRESS_ADD && ip_compare(&change->prefix.ip, ip) == 0)
			return change->interface;
	return NULL;
}

static void release_addresses(struct plan *plan, const struct observed *observed,
			      struct change *removal, const struct observed_interface *removed)
{
	const char *interface = removal->interface;
	const char *heir = removal->heir;

	vec_each (address, &observed->addresses) {
		const char *next = heir_of_address(plan, &address->prefix.ip);
		struct change *change;

		if (address->index != removed->index || !next)
			continue;
		heir = next;
		change = change_add(&plan->changes, CHANGE_ADDRESS_REMOVE, interface);
		change->prefix = address->prefix;
		change->other_end = address->other_end;
		change->heir = next;
	}
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_LINK_REMOVE && change->interface == interface)
			change->heir = heir;
}

static const char *heir_of_port(const struct plan *plan, const char *interface)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_DEVICE_PORT_RELEASE &&
		    strcmp(change->interface, interface) == 0)
			return change->heir;
	return NULL;
}

/* An interface with the same key is the same tunnel endpoint, renamed. */
static const char *heir_of_key(const struct plan *plan, const struct observed_interface *removed)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_DEVICE_PRIVATE_KEY && removed->has_private_key &&
		    key_compare(&change->desired->private_key, &removed->private_key) == 0)
			return change->interface;
	return NULL;
}

void plan_passing(struct plan *plan, const struct desired *desired, const struct observed *observed)
{
	size_t n;

	release_ports(plan, desired, observed);
	n = plan->changes.list.n;
	for (size_t i = 0; i < n; i++) {
		struct change *change = &plan->changes.list.at[i];
		const struct observed_interface *removed;

		if (change->kind != CHANGE_LINK_REMOVE)
			continue;
		removed = observed_interface_find(observed, change->interface);
		change->heir = heir_of_port(plan, change->interface);
		if (!change->heir)
			change->heir = heir_of_key(plan, removed);
		release_addresses(plan, observed, change, removed);
	}
}
