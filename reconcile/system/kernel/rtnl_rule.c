/* SPDX-License-Identifier: MIT */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static bool read_rule_attribute(const struct nlattr *attribute, struct observed_rule *rule,
				uint8_t *protocol)
{
	uint32_t number;

	switch (mnl_attr_get_type(attribute)) {
	case FRA_PRIORITY:
		return netlink_u32(attribute, &rule->priority);
	case FRA_TABLE:
		return netlink_u32(attribute, &rule->table);
	case FRA_FWMARK:
		return netlink_u32(attribute, &rule->fwmark);
	case FRA_DST:
		return netlink_ip(attribute, &rule->to.ip);
	case FRA_PROTOCOL:
		return netlink_u8(attribute, protocol);
	case FRA_SUPPRESS_PREFIXLEN:
		if (!netlink_u32(attribute, &number))
			return false;
		/* The kernel's "none" is -1, too. */
		rule->suppress_prefix_length = (int32_t)number;
		return true;
	default:
		return true;
	}
}

bool rtnl_read_rule(const struct nlmsghdr *message, struct observed_rule *rule, bool *wanted)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	uint8_t protocol = 0;

	*rule = (struct observed_rule){ .suppress_prefix_length = -1 };
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWRULE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	rule->family = family_of(header->family);
	rule->table = header->table;
	rule->to.ip.family = rule->family;
	rule->to.length = header->dst_len;
	rule->not_fwmark = header->flags & FIB_RULE_INVERT;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_rule_attribute(attribute, rule, &protocol))
			return false;
	}
	*wanted = rule->family && rule->to.length <= family_bits(rule->family) &&
		  protocol == OWNER_PROTOCOL;
	return true;
}

static void rules_begin(void *data)
{
	struct reader *reader = data;

	reader->observed->rules.n = reader->before;
}

static bool rules_message(const struct nlmsghdr *message, void *data)
{
	struct reader *reader = data;
	struct observed_rule rule;
	bool wanted;

	if (!rtnl_read_rule(message, &rule, &wanted))
		return false;
	if (wanted)
		*vec_push(reader->observed->arena, &reader->observed->rules) = rule;
	return true;
}

static bool dump_rules(struct netlink *netlink, struct observed *observed, int family,
		       const struct deadline *deadline, struct failure *failure)
{
	struct fib_rule_hdr header = { .family = (uint8_t)family };
	struct reader reader = { .observed = observed, .before = observed->rules.n };
	struct netlink_receiver receiver = { rules_begin, rules_message, &reader };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETRULE, NLM_F_DUMP, &header,
							 sizeof(header));

	if (netlink_request(netlink, request, &receiver, deadline, failure))
		return true;
	/* A kernel without policy routing for this family has no rules. */
	return failure->code == EAFNOSUPPORT || failure->code == EOPNOTSUPP;
}

bool rtnl_rules(struct netlink *netlink, struct observed *observed, const struct deadline *deadline,
		struct failure *failure)
{
	return dump_rules(netlink, observed, AF_INET, deadline, failure) &&
	       dump_rules(netlink, observed, AF_INET6, deadline, failure);
}

static bool put_rule(struct netlink_batch *batch, uint16_t type, uint16_t flags,
		     const struct observed_rule *rule)
{
	struct fib_rule_hdr header = { .family = af_of(rule->family),
				       .table = rule->table < 256 ? (uint8_t)rule->table
								  : RT_TABLE_UNSPEC,
				       .dst_len = rule->to.length,
				       .action = FR_ACT_TO_TBL,
				       .flags = rule->not_fwmark ? FIB_RULE_INVERT : 0 };
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	if (!message)
		return false;
	netlink_put_u32(message, FRA_PRIORITY, rule->priority);
	netlink_put_u32(message, FRA_TABLE, rule->table);
	netlink_put_u8(message, FRA_PROTOCOL, OWNER_PROTOCOL);
	if (rule->to.length)
		netlink_put(message, FRA_DST, rule->to.ip.b, family_bytes(rule->family));
	if (rule->not_fwmark)
		netlink_put_u32(message, FRA_FWMARK, rule->fwmark);
	if (rule->suppress_prefix_length >= 0)
		netlink_put_u32(message, FRA_SUPPRESS_PREFIXLEN,
				(uint32_t)rule->suppress_prefix_length);
	return true;
}

bool rtnl_put_rule_add(struct netlink_batch *batch, const struct observed_rule *rule)
{
	return put_rule(batch, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
}

bool rtnl_put_rule_remove(struct netlink_batch *batch, const struct observed_rule *rule)
{
	return put_rule(batch, RTM_DELRULE, 0, rule);
}
