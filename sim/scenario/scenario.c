/* SPDX-License-Identifier: MIT */
#include "scenario.h"

static const char *const fault_words[] = {
	[FAULT_LINK_DOWN] = "link_down",
	[FAULT_LINK_UP] = "link_up",
	[FAULT_QUALITY] = "quality",
	[FAULT_PARTITION] = "partition",
	[FAULT_CRASH] = "crash",
	[FAULT_BOOT] = "boot",
	[FAULT_REBOOT] = "reboot",
	[FAULT_KILL_RECONCILER] = "kill_reconciler",
	[FAULT_PAUSE] = "pause",
	[FAULT_RESUME] = "resume",
	[FAULT_RUN] = "run",
	[FAULT_OVERLAP] = "overlap",
	[FAULT_STATE_FILE] = "state_file",
	[FAULT_DISK_FULL] = "disk_full",
	[FAULT_NAMES] = "names",
	[FAULT_ADDRESS] = "address",
	[FAULT_NAT_REBIND] = "nat_rebind",
	[FAULT_CLOCK] = "clock",
	[FAULT_REPLACE_KEY] = "replace_key",
	[FAULT_DELETE_INTERFACE] = "delete_interface",
	[FAULT_COMMAND] = "command",
	[FAULT_DESIRED] = "desired",
	[FAULT_DROP] = "drop",
	[FAULT_SERVICE_STOP] = "service_stop",
	[FAULT_SERVICE_START] = "service_start",
};

static const char *const condition_words[] = {
	[CONDITION_ANSWERS] = "answers",     [CONDITION_OUTAGE] = "outage",
	[CONDITION_LOSS] = "loss",	     [CONDITION_RTT] = "rtt",
	[CONDITION_SELECTED] = "selected",   [CONDITION_SELECTIONS] = "selections",
	[CONDITION_EVENT] = "event",	     [CONDITION_HANDSHAKE] = "handshake",
	[CONDITION_PEERS] = "peers",	     [CONDITION_ALLOWED_IPS] = "allowed_ips",
	[CONDITION_ROUTE] = "route",	     [CONDITION_ADDRESS] = "address",
	[CONDITION_INTERFACE] = "interface", [CONDITION_RUN] = "run",
	[CONDITION_CONVERGED] = "converged", [CONDITION_FILE] = "file",
	[CONDITION_COMMAND] = "command",     [CONDITION_INVARIANT] = "invariant",
};

static const char *const invariant_words[] = {
	[INVARIANT_CARRIERS] = "carriers", [INVARIANT_STATE] = "state",
	[INVARIANT_EXIT] = "exit",	   [INVARIANT_OBJECTS] = "objects",
	[INVARIANT_SECRETS] = "secrets",
};

static const char *const expectation_words[] = {
	[EXPECT_EVENTUALLY] = "eventually",
	[EXPECT_SETTLES] = "settles",
	[EXPECT_ALWAYS] = "always",
	[EXPECT_NEVER] = "never",
	[EXPECT_AT] = "holds",
};

#define word_of(words, index)                                                                      \
	((size_t)(index) < sizeof(words) / sizeof((words)[0]) ? (words)[index] : NULL)

const char *fault_kind_word(enum fault_kind kind)
{
	return word_of(fault_words, kind);
}

const char *condition_kind_word(enum condition_kind kind)
{
	return word_of(condition_words, kind);
}

const char *invariant_word(enum invariant invariant)
{
	return word_of(invariant_words, invariant);
}

const char *expectation_kind_word(enum expectation_kind kind)
{
	return word_of(expectation_words, kind);
}

#define find_by_name(vec, wanted)                                                                  \
	do {                                                                                       \
		vec_each (item, vec) {                                                             \
			if (item->name && !strcmp(item->name, wanted))                             \
				return item;                                                       \
		}                                                                                  \
		return NULL;                                                                       \
	} while (0)

struct link *scenario_link(const struct scenario *scenario, const char *name)
{
	find_by_name(&scenario->links, name);
}

struct node *scenario_node(const struct scenario *scenario, const char *name)
{
	find_by_name(&scenario->nodes, name);
}

struct probe *scenario_probe(const struct scenario *scenario, const char *name)
{
	find_by_name(&scenario->probes, name);
}

struct fault *scenario_fault(const struct scenario *scenario, const char *name)
{
	find_by_name(&scenario->timeline, name);
}

struct attachment *node_attachment(const struct node *node, const char *name)
{
	find_by_name(&node->attachments, name);
}

static bool node_needs_netem(const struct node *node)
{
	vec_each (attachment, &node->attachments) {
		if (!quality_is_perfect(&attachment->out) || !quality_is_perfect(&attachment->in))
			return true;
	}
	return false;
}

bool scenario_needs_netem(const struct scenario *scenario)
{
	vec_each (node, &scenario->nodes) {
		if (node_needs_netem(node))
			return true;
	}
	vec_each (fault, &scenario->timeline) {
		if (fault->kind == FAULT_QUALITY && !quality_is_perfect(&fault->quality))
			return true;
	}
	return false;
}

bool scenario_needs_clock(const struct scenario *scenario)
{
	vec_each (fault, &scenario->timeline) {
		if (fault->kind == FAULT_CLOCK)
			return true;
	}
	return false;
}
