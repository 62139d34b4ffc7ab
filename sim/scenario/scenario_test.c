/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include "test/unit.h"

/* Each has its own word, and invalid values have no word. */
#define check_words(word, last)                                                                    \
	do {                                                                                       \
		for (int i_ = 0; i_ <= (int)(last); i_++) {                                        \
			ck_assert_ptr_nonnull(word(i_));                                           \
			for (int k_ = 0; k_ < i_; k_++)                                            \
				ck_assert_str_ne(word(i_), word(k_));                              \
		}                                                                                  \
		ck_assert_ptr_null(word((last) + 1));                                              \
	} while (0)

START_TEST(test_words)
{
	check_words(fault_kind_word, FAULT_SERVICE_START);
	check_words(condition_kind_word, CONDITION_INVARIANT);
	check_words(invariant_word, INVARIANT_SECRETS);
	check_words(expectation_kind_word, EXPECT_AT);
	ck_assert_str_eq(fault_kind_word(FAULT_KILL_RECONCILER), "kill_reconciler");
	ck_assert_str_eq(condition_kind_word(CONDITION_ALLOWED_IPS), "allowed_ips");
	ck_assert_str_eq(invariant_word(INVARIANT_CARRIERS), "carriers");
	ck_assert_str_eq(expectation_kind_word(EXPECT_AT), "holds");
}
END_TEST

START_TEST(test_lookups)
{
	struct link links[] = { { .name = "lan" }, { .name = "wan" } };
	struct attachment attachments[] = { { .name = "eth0" } };
	struct node nodes[] = { { .name = "a", .attachments = { attachments, 1, 1 } },
				{ .name = "b" } };
	struct probe probes[] = { { .name = "p" } };
	/* One with an invalid name has none while the rest is read. */
	struct fault faults[] = { { .name = NULL }, { .name = "f" } };
	struct scenario scenario = {
		.links = { links, 2, 2 },
		.nodes = { nodes, 2, 2 },
		.probes = { probes, 1, 1 },
		.timeline = { faults, 2, 2 },
	};

	ck_assert_ptr_eq(scenario_link(&scenario, "wan"), &links[1]);
	ck_assert_ptr_null(scenario_link(&scenario, "w"));
	ck_assert_ptr_eq(scenario_node(&scenario, "b"), &nodes[1]);
	ck_assert_ptr_null(scenario_node(&scenario, ""));
	ck_assert_ptr_eq(scenario_probe(&scenario, "p"), &probes[0]);
	ck_assert_ptr_null(scenario_probe(&scenario, "f"));
	ck_assert_ptr_eq(scenario_fault(&scenario, "f"), &faults[1]);
	ck_assert_ptr_null(scenario_fault(&scenario, "p"));
	ck_assert_ptr_eq(node_attachment(&nodes[0], "eth0"), &attachments[0]);
	ck_assert_ptr_null(node_attachment(&nodes[1], "eth0"));
}
END_TEST

START_TEST(test_needs)
{
	struct attachment attachment = { .name = "eth0" };
	struct node node = { .name = "a", .attachments = { &attachment, 1, 1 } };
	struct fault fault = { .kind = FAULT_QUALITY };
	struct scenario scenario = { .nodes = { &node, 1, 1 }, .timeline = { &fault, 1, 1 } };

	ck_assert(!scenario_needs_netem(&scenario));
	ck_assert(!scenario_needs_clock(&scenario));
	fault.quality.loss = 1;
	ck_assert(scenario_needs_netem(&scenario));
	fault.kind = FAULT_CLOCK;
	ck_assert(!scenario_needs_netem(&scenario));
	ck_assert(scenario_needs_clock(&scenario));
	attachment.in.rate = 1000;
	ck_assert(scenario_needs_netem(&scenario));
	attachment.in.rate = 0;
	attachment.out.jitter = 1;
	ck_assert(scenario_needs_netem(&scenario));
}
END_TEST

SUITE("scenario", test_words, test_lookups, test_needs)
