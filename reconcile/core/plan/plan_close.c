/* SPDX-License-Identifier: MIT */
/*
 * Rules lead all traffic to a table. An unreachable route with the highest metric keeps
 * packets without another route in the table from reaching the main table: it is added
 * before the rules and removed after them, and stays while peers change.
 */
#include "plan_parts.h"

#define LAST_METRIC UINT32_MAX
/* 0.0.0.0/0, or one of the halves often declared instead. */
#define DEFAULT_LENGTH_MAX 1

bool plan_is_default(const struct prefix *prefix)
{
	return prefix->length <= DEFAULT_LENGTH_MAX;
}

static bool has_default(const struct desired_peer *peer, enum family family)
{
	if (!peer->enabled)
		return false;
	vec_each (prefix, &peer->allowed_ips)
		if (prefix->ip.family == family && plan_is_default(prefix))
			return true;
	return false;
}

/* Whether any peer, wanted now or not, is declared for all traffic of the family. */
static bool declares_default(const struct desired *desired,
			     const struct desired_interface *interface, enum family family)
{
	vec_each (peer, &interface->peers)
		if (has_default(peer, family))
			return true;
	vec_each (selector, &desired->selectors) {
		if (selector->interface != interface)
			continue;
		vec_each (peer, &selector->peers)
			if (has_default(peer, family))
				return true;
	}
	return false;
}

bool plan_closes(const struct desired *desired, const struct desired_interface *interface,
		 enum family family)
{
	return interface->kill_switch && interface->rules == RULES_FWMARK &&
	       declares_default(desired, interface, family);
}

static bool is_barrier(const struct observed_route *route, enum family family, uint32_t table)
{
	return route->table == table && route->destination.ip.family == family &&
	       route->destination.length == 0 && route->metric == LAST_METRIC;
}

static bool is_closed(const struct observed *observed, enum family family, uint32_t table)
{
	vec_each (route, &observed->unreachable)
		if (is_barrier(route, family, table))
			return true;
	return false;
}

/* Two interfaces may share a table. */
static bool is_planned(const struct plan *plan, enum family family, uint32_t table)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_ROUTE_ADD && change->unreachable &&
		    change->table == table && change->prefix.ip.family == family)
			return true;
	return false;
}

void plan_close(struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;
	const enum family families[] = { FAMILY_IPV4, FAMILY_IPV6 };

	for (size_t i = 0; i < 2; i++) {
		struct change *change;

		if (!plan_closes(part->desired, interface, families[i]) ||
		    is_closed(part->observed, families[i], interface->table) ||
		    is_planned(part->plan, families[i], interface->table))
			continue;
		change = plan_part_change(part, CHANGE_ROUTE_ADD);
		change->unreachable = true;
		change->prefix.ip.family = families[i];
		change->table = interface->table;
		change->metric = LAST_METRIC;
	}
}

/* ---- Removal ---- */

static bool is_removed(const struct plan *plan, const struct observed_rule *rule)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_RULE_REMOVE && plan_same_rule(&change->rule, rule))
			return true;
	return false;
}

/* Of another instance: its rule and its route stay. */
static bool is_needed_elsewhere(const struct plan *plan, const struct observed *observed,
				const struct observed_route *route)
{
	vec_each (rule, &observed->rules)
		if (rule->not_fwmark && rule->family == route->destination.ip.family &&
		    rule->table == route->table && !is_removed(plan, rule))
			return true;
	return false;
}

static bool is_wanted(const struct plan *plan, const struct desired *desired,
		      const struct observed *observed, const struct observed_route *route)
{
	bool declared = false;

	vec_each (interface, &desired->interfaces) {
		if (interface->rules != RULES_FWMARK || interface->table != route->table)
			continue;
		declared = true;
		if (plan_closes(desired, interface, route->destination.ip.family) &&
		    is_barrier(route, route->destination.ip.family, route->table))
			return true;
	}
	return !declared && is_needed_elsewhere(plan, observed, route);
}

/* The table's previous interface, for output; "-" if unknown. */
static const char *name_of(const struct desired *desired, const struct recorded *before,
			   uint32_t table)
{
	vec_each (interface, &desired->interfaces)
		if (interface->table == table)
			return interface->name;
	vec_each (interface, &before->interfaces)
		if (interface->has_rules && interface->rule_table == table)
			return interface->name;
	return "-";
}

void plan_open(struct plan *plan, const struct desired *desired, const struct recorded *before,
	       const struct observed *observed)
{
	vec_each (route, &observed->unreachable) {
		struct change *change;

		if (is_wanted(plan, desired, observed, route))
			continue;
		change = change_add(&plan->changes, CHANGE_ROUTE_REMOVE,
				    name_of(desired, before, route->table));
		change->unreachable = true;
		change->prefix = route->destination;
		change->table = route->table;
		change->metric = route->metric;
	}
}
