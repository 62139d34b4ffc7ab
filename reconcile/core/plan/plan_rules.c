/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

bool plan_same_rule(const struct observed_rule *a, const struct observed_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->table == b->table &&
	       a->not_fwmark == b->not_fwmark && a->fwmark == b->fwmark &&
	       a->suppress_prefix_length == b->suppress_prefix_length &&
	       a->to.length == b->to.length &&
	       (!a->to.length || prefix_compare(&a->to, &b->to) == 0);
}

static bool rule_is_observed(const struct observed *observed, const struct observed_rule *rule)
{
	vec_each (there, &observed->rules)
		if (plan_same_rule(there, rule))
			return true;
	return false;
}

static bool rule_is_planned(const struct plan *plan, const struct observed_rule *rule)
{
	vec_each (change, &plan->changes.list)
		if (change->kind == CHANGE_RULE_ADD && plan_same_rule(&change->rule, rule))
			return true;
	return false;
}

static void want_rule(struct interface_plan *part, const struct observed_rule *rule)
{
	struct change *change;

	if (rule_is_observed(part->observed, rule) || rule_is_planned(part->plan, rule))
		return;
	change = plan_part_change(part, CHANGE_RULE_ADD);
	change->rule = *rule;
	change->table = rule->table;
}

/* The other one of the pair alone has no effect. */
static void withdraw_rule(struct interface_plan *part, const struct observed_rule *rule)
{
	struct change *change;

	if (!rule_is_observed(part->observed, rule))
		return;
	change = plan_part_change(part, CHANGE_RULE_REMOVE);
	change->rule = *rule;
	change->table = rule->table;
	change->reason =
		part->plan->clock_waits
			? "until the clock is synchronised"
			: "until the name of the endpoint is answered, which a resolver of "
			  "this machine asks for without the mark";
}

static bool uses_family(const struct interface_plan *part, enum family family)
{
	if (plan_closes(part->desired, part->interface, family))
		return true;
	vec_each (address, &part->interface->addresses)
		if (address->prefix.ip.family == family)
			return true;
	vec_each (owner, &part->owners)
		if (owner->prefix.ip.family == family)
			return true;
	return false;
}

/* wg-quick's pair (linux.bash, add_default()): packets other than WireGuard's own look up
 * the tunnel's table, after main's routes more specific than a default. */
static struct observed_rule suppress_rule(enum family family, uint32_t priority)
{
	return (struct observed_rule){ .family = family,
				       .priority = priority,
				       .table = TABLE_MAIN,
				       .suppress_prefix_length = 0 };
}

static struct observed_rule fwmark_rule(enum family family, uint32_t priority, uint32_t table,
					uint32_t fwmark)
{
	return (struct observed_rule){ .family = family,
				       .priority = priority + 1,
				       .table = table,
				       .not_fwmark = true,
				       .fwmark = fwmark,
				       .suppress_prefix_length = -1 };
}

/* ---- Rules of this tool that are no longer needed ---- */

static bool rule_is_desired(const struct desired *desired, const struct observed_rule *rule)
{
	vec_each (interface, &desired->interfaces) {
		struct observed_rule suppress, fwmark;

		if (interface->rules != RULES_FWMARK)
			continue;
		suppress = suppress_rule(rule->family, interface->rule_priority);
		fwmark = fwmark_rule(rule->family, interface->rule_priority, interface->table,
				     (uint32_t)interface->fwmark);
		if (plan_same_rule(rule, &suppress) || plan_same_rule(rule, &fwmark))
			return true;
	}
	return false;
}

static bool rule_is_recorded(const struct recorded *before, const struct observed_rule *rule)
{
	vec_each (interface, &before->interfaces)
		if (interface->has_rules && interface->rule_table == rule->table &&
		    interface->rule_priority + 1 == rule->priority)
			return true;
	return false;
}

/* An interface that another instance has taken over from this one, with its rules. */
static bool rule_is_passed_on(const struct desired *desired, const struct observed *observed,
			      const struct observed_rule *rule)
{
	vec_each (interface, &observed->interfaces)
		if (interface->fwmark == rule->fwmark && plan_other_instance(desired, interface))
			return true;
	return false;
}

/* Rules of another instance are recognised only by its interface. */
static bool rule_is_of_others(const struct observed *observed, const struct observed_rule *rule)
{
	vec_each (other, &observed->others)
		if (other->unreadable || other->fwmark == rule->fwmark)
			return true;
	return false;
}

static bool rule_stays(const struct desired *desired, const struct recorded *before,
		       const struct observed *observed, const struct observed_rule *rule)
{
	/* For the synchroniser of an interrupted run. */
	if (rule->to.length)
		return false;
	if (rule_is_desired(desired, rule))
		return true;
	if (rule->not_fwmark)
		return rule_is_passed_on(desired, observed, rule) ||
		       (!rule_is_recorded(before, rule) && rule_is_of_others(observed, rule));
	/* The first one of a pair, possibly shared by several pairs. */
	vec_each (second, &observed->rules)
		if (second->not_fwmark && second->family == rule->family &&
		    second->priority == rule->priority + 1 &&
		    rule_stays(desired, before, observed, second))
			return true;
	return false;
}

static const char *name_of(const struct recorded *before, const struct observed_rule *rule)
{
	vec_each (interface, &before->interfaces)
		if (interface->has_rules && (interface->rule_priority == rule->priority ||
					     interface->rule_priority + 1 == rule->priority))
			return interface->name;
	return "-";
}

void plan_remove_rules(struct plan *plan, const struct desired *desired,
		       const struct recorded *before, const struct observed *observed)
{
	vec_each (rule, &observed->rules) {
		struct change *change;

		if (rule_stays(desired, before, observed, rule))
			continue;
		change = change_add(&plan->changes, CHANGE_RULE_REMOVE, name_of(before, rule));
		change->rule = *rule;
		change->table = rule->table;
	}
}

/* ---- Rules of one interface ---- */

void plan_rules(struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;
	const enum family families[] = { FAMILY_IPV4, FAMILY_IPV6 };
	struct recorded_interface *recorded;

	if (interface->rules != RULES_FWMARK)
		return;
	for (size_t i = 0; i < 2; i++) {
		struct observed_rule suppress = suppress_rule(families[i],
							      interface->rule_priority);
		struct observed_rule fwmark = fwmark_rule(families[i], interface->rule_priority,
							  interface->table,
							  (uint32_t)interface->fwmark);

		if (!uses_family(part, families[i]))
			continue;
		if (plan_rules_wait(part, rule_is_observed(part->observed, &fwmark))) {
			withdraw_rule(part, &fwmark);
			continue;
		}
		want_rule(part, &suppress);
		want_rule(part, &fwmark);
	}
	recorded = recorded_interface_get(&part->plan->recorded, interface->name);
	recorded->has_rules = true;
	recorded->rule_priority = interface->rule_priority;
	recorded->rule_table = interface->table;
}
