/* SPDX-License-Identifier: MIT */
/*
 * Remains of interfaces that are no longer declared.
 */
#include "plan_parts.h"

/* An interface that this instance did not make stays; this tool's objects on it are removed. */
static void clean_interface(struct plan *plan, const struct observed *observed,
			    const struct observed_interface *in_kernel,
			    const struct recorded_interface *before)
{
	vec_each (route, &observed->routes)
		if (route->index == in_kernel->index && route->protocol == OWNER_PROTOCOL)
			plan_remove_route(plan, in_kernel->name, route);
	plan_remove_addresses(plan, observed, in_kernel, before, NULL);
	vec_each (key, &before->peers) {
		struct change *change;

		if (in_kernel->kind != LINK_WIREGUARD || !observed_peer_find(in_kernel, key))
			continue;
		change = change_add(&plan->changes, CHANGE_PEER_REMOVE, in_kernel->name);
		change->public_key = *key;
		change->reason = "its interface is no longer declared";
	}
}

void plan_undeclared(struct plan *plan, const struct desired *desired,
		     const struct recorded *before, const struct observed *observed)
{
	vec_each (in_kernel, &observed->interfaces)
		if (plan_owns(desired, in_kernel) &&
		    !desired_interface_find(desired, in_kernel->name))
			change_add(&plan->changes, CHANGE_LINK_REMOVE, in_kernel->name)->reason =
				"no longer declared";
	vec_each (recorded, &before->interfaces) {
		const struct observed_interface *in_kernel = observed_interface_find(
			observed, recorded->name);

		if (desired_interface_find(desired, recorded->name))
			continue;
		/* Another instance has taken it over, and removes undeclared objects. */
		if (in_kernel && !plan_owns(desired, in_kernel) &&
		    !plan_other_instance(desired, in_kernel))
			clean_interface(plan, observed, in_kernel, recorded);
	}
}
