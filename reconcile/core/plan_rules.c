/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

bool plan_same_rule(const struct observed_rule *a, const struct observed_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->table == b->table &&
	       a->not_fwmark == b->not_fwmark && a->fwmark == b->fwmark &&
	       a->suppress_prefix_length == b->suppress_prefix_length;
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

/* wg-quick's pair (linux.bash, add_default()): what is not WireGuard's own looks
 * the tunnel's table up, after main's routes that are more specific than a default. */
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

static bool rule_is_desired(const struct desired *desired, const struct observed_rule *rule)
{
	vec_each (interface, &desired->interfaces) {
		if (interface->rules != RULES_FWMARK)
			continue;
		if (rule->not_fwmark ? rule->table == interface->table &&
					       rule->fwmark == (uint32_t)interface->fwmark &&
					       rule->priority == interface->rule_priority + 1
				     : rule->priority == interface->rule_priority)
			return true;
	}
	return false;
}

/* Another instance's pair may stand at the same priority: its first rule is
 * the same as ours, its second one has another table. */
static bool rule_is_needed_elsewhere(const struct observed *observed,
				     const struct observed_rule *rule, uint32_t our_table)
{
	if (rule->not_fwmark)
		return rule->table != our_table;
	vec_each (other, &observed->rules)
		if (other->not_fwmark && other->family == rule->family &&
		    other->priority == rule->priority + 1 && other->table != our_table)
			return true;
	return false;
}

void plan_remove_rules(struct plan *plan, const struct desired *desired,
		       const struct recorded_interface *before, const struct observed *observed)
{
	if (!before || !before->has_rules)
		return;
	vec_each (rule, &observed->rules) {
		struct change *change;

		if (rule->priority != before->rule_priority &&
		    rule->priority != before->rule_priority + 1)
			continue;
		if (rule_is_desired(desired, rule) ||
		    rule_is_needed_elsewhere(observed, rule, before->rule_table))
			continue;
		change = change_add(&plan->changes, CHANGE_RULE_REMOVE, before->name);
		change->rule = *rule;
		change->table = rule->table;
	}
}

void plan_rules(struct interface_plan *part)
{
	const struct desired_interface *interface = part->interface;
	const enum family families[] = { FAMILY_IPV4, FAMILY_IPV6 };
	struct recorded_interface *recorded;

	plan_remove_rules(part->plan, part->desired, part->before, part->observed);
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
		want_rule(part, &suppress);
		want_rule(part, &fwmark);
	}
	recorded = recorded_interface_get(&part->plan->recorded, interface->name);
	recorded->has_rules = true;
	recorded->rule_priority = interface->rule_priority;
	recorded->rule_table = interface->table;
}
