/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

static bool add_link(struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;

	if (!interface->create) {
		plan_event(part->plan, EVENT_WAITING, interface->name, NULL, NULL,
			   "waiting for the interface, which does not exist yet");
		return false;
	}
	if (!interface->private_key_file) {
		plan_event(part->plan, EVENT_PROBLEM, interface->name, NULL, NULL,
			   "does not exist, and without private_key_file it cannot be made");
		return false;
	}
	plan_part_change(part, CHANGE_LINK_ADD)->link_kind = LINK_WIREGUARD;
	if (interface->mtu)
		plan_part_change(part, CHANGE_LINK_MTU)->value = interface->mtu;
	plan_part_change(part, CHANGE_DEVICE_PRIVATE_KEY);
	if (interface->listen_port >= 0)
		plan_part_change(part, CHANGE_DEVICE_LISTEN_PORT)->value =
			(uint32_t)interface->listen_port;
	if (interface->fwmark > 0)
		plan_part_change(part, CHANGE_DEVICE_FWMARK)->value = (uint32_t)interface->fwmark;
	plan_part_change(part, CHANGE_LINK_UP);
	return true;
}

static void update_value(struct interface_plan *part, enum change_kind kind, uint32_t value,
			 uint32_t old_value)
{
	struct change *change;

	if (value == old_value)
		return;
	change = plan_part_change(part, kind);
	change->value = value;
	change->old_value = old_value;
}

static void take_over(struct interface_plan *part)
{
	struct change *change;

	if (!part->interface->take_over || !part->interface->create ||
	    plan_owns(part->desired, part->in_kernel))
		return;
	change = plan_part_change(part, CHANGE_LINK_OWNER);
	change->owner = arena_printf(part->plan->arena, OWNER_ALIAS "%s", part->desired->name);
	change->old_owner = part->in_kernel->alias;
}

static void update_device(struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;
	const struct observed_interface *in_kernel = part->in_kernel;

	if (interface->private_key_file &&
	    key_compare(&interface->private_key, &in_kernel->private_key) != 0)
		plan_part_change(part, CHANGE_DEVICE_PRIVATE_KEY);
	if (interface->listen_port >= 0)
		update_value(part, CHANGE_DEVICE_LISTEN_PORT, (uint32_t)interface->listen_port,
			     in_kernel->listen_port);
	if (interface->fwmark >= 0)
		update_value(part, CHANGE_DEVICE_FWMARK, (uint32_t)interface->fwmark,
			     in_kernel->fwmark);
}

bool plan_link(struct interface_plan *part)
{
	const struct observed_interface *in_kernel = part->in_kernel;

	if (!in_kernel)
		return add_link(part);
	if (in_kernel->unreadable) {
		plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, NULL,
			   in_kernel->unreadable);
		return false;
	}
	if (in_kernel->kind != LINK_WIREGUARD) {
		plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, NULL,
			   "exists, but is not a WireGuard interface: left alone");
		return false;
	}
	take_over(part);
	if (part->interface->mtu)
		update_value(part, CHANGE_LINK_MTU, part->interface->mtu, in_kernel->mtu);
	update_device(part);
	if (part->interface->create && !in_kernel->up)
		plan_part_change(part, CHANGE_LINK_UP);
	return true;
}
