/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#define RULED                                                                                      \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0: {private_key_file: /dev/null, fwmark: 51, table: 51, rules: fwmark,\n"             \
	"    rule_priority: 1000, addresses: [10.0.0.1/32, \"fd00::1/128\"]}\n"
#define NOTHING "version: 1\ninterfaces: {}\n"

static void add_rule(struct world *world, struct observed_rule rule)
{
	rule.family = FAMILY_IPV4;
	*vec_push(world->arena, &world->kernel.rules) = rule;
}

static void add_pair(struct world *world, uint32_t priority, uint32_t table, uint32_t fwmark)
{
	add_rule(world, (struct observed_rule){ .priority = priority, .table = TABLE_MAIN });
	add_rule(world, (struct observed_rule){ .priority = priority + 1,
						.table = table,
						.not_fwmark = true,
						.fwmark = fwmark,
						.suppress_prefix_length = -1 });
}

static void add_other(struct world *world, uint32_t fwmark, bool unreadable)
{
	*vec_push(world->arena, &world->kernel.others) = (struct observed_other){
		.name = "other", .fwmark = fwmark, .unreadable = unreadable
	};
}

static void check_rules(struct world *world, size_t n)
{
	world_run(world);
	ck_assert_uint_eq(world->kernel.rules.n, n);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}

static struct world *with_lost_state(void)
{
	struct world *world = world_new(RULED);

	world_run(world);
	ck_assert_uint_eq(world->kernel.rules.n, 4);
	world->recorded = NULL;
	return world;
}

START_TEST(removed_when_the_state_is_lost)
{
	struct world *world = with_lost_state();

	world_declare(world, NOTHING);
	check_rules(world, 0);
}
END_TEST

START_TEST(kept_while_declared_and_the_state_is_lost)
{
	check_rules(with_lost_state(), 4);
}
END_TEST

START_TEST(removed_when_declared_otherwise_and_the_state_is_lost)
{
	struct world *world = with_lost_state();

	world_declare(world, "version: 1\n"
			     "interfaces:\n"
			     "  wg0: {private_key_file: /dev/null, fwmark: 51, table: 52,\n"
			     "    rules: fwmark, rule_priority: 1000, addresses: [10.0.0.1/32]}\n");
	world_run(world);
	vec_each (rule, &world->kernel.rules)
		ck_assert(!rule->not_fwmark || rule->table == 52);
	/* The IPv6 rule that only looks up main belongs to the declared pair. */
	check_rules(world, 3);
}
END_TEST

/* Rules besides the pair of this instance, and the number that stays. */
static const struct {
	const char *what;
	uint32_t priority; /* of a pair that this instance does not declare */
	uint32_t fwmark; /* of another interface; 0: none */
	bool unreadable;
	size_t stay;
} others[] = {
	{ "in use by another interface", 2000, 77, false, 6 },
	{ "the other interface does not answer", 2000, 1, true, 6 },
	{ "another interface has another mark", 2000, 78, false, 4 },
	{ "no other interface", 2000, 0, false, 4 },
	{ "in use, at the same priority", 1000, 77, false, 6 },
	{ "at the same priority, not in use", 1000, 0, false, 4 },
};

START_TEST(of_another_instance)
{
	struct world *world = world_new(RULED);

	add_pair(world, others[_i].priority, 77, 77);
	if (others[_i].fwmark)
		add_other(world, others[_i].fwmark, others[_i].unreadable);
	/* At the same priority the first rule of both pairs is one and the same. */
	check_rules(world, others[_i].stay - (others[_i].priority == 1000 && others[_i].stay == 6));
}
END_TEST

START_TEST(first_rule_stays_for_the_pair_of_another)
{
	struct world *world = world_new(RULED);

	add_pair(world, 1000, 77, 77);
	add_other(world, 77, false);
	world_run(world);
	ck_assert_uint_eq(world->kernel.rules.n, 5);
	world_declare(world, NOTHING);
	check_rules(world, 2);
}
END_TEST

/* As left by a killed run. */
START_TEST(single_rules_are_removed)
{
	struct world *world = world_new(RULED);

	add_rule(world, (struct observed_rule){ .priority = 10,
						.table = TABLE_MAIN,
						.suppress_prefix_length = -1 });
	add_rule(world, (struct observed_rule){ .priority = 3000, .table = TABLE_MAIN });
	add_other(world, 77, false);
	check_rules(world, 4);
}
END_TEST

#define PRIORITY(priority)                                                                         \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    private_key_file: /dev/null\n"                                                        \
	"    fwmark: 0x51\n"                                                                       \
	"    table: 51\n"                                                                          \
	"    rules: fwmark\n"                                                                      \
	"    rule_priority: " priority "\n"                                                        \
	"    addresses: [10.0.0.1/32]\n"                                                           \
	"    peers: {a: {public_key: $0, allowed_ips: [0.0.0.0/0, \"::/0\"]}}\n"

START_TEST(come_and_go)
{
	struct world *world = world_new(PRIORITY("1000"));
	struct observed_rule other = { .family = FAMILY_IPV4,
				       .priority = 1001,
				       .table = 99,
				       .not_fwmark = true,
				       .fwmark = 9,
				       .suppress_prefix_length = -1 };

	*vec_push(world->arena, &world->kernel.rules) = other;
	*vec_push(world->arena, &world->kernel.others) = (struct observed_other){ .name = "wg9",
										  .fwmark = 9 };
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_ADD), 4);
	world_run_settled(world);
	world_declare(world, PRIORITY("2000"));
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_ADD), 4);
	/* The other pair of that priority needs its first rule. */
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_REMOVE), 3);
	world_run_settled(world);
	world_declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n");
	world_run(world);
	world_run_settled(world);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	world_finish(world);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("plan_rules");
	TCase *each = tcase_create("plan_rules");

	tcase_add_test(each, removed_when_the_state_is_lost);
	tcase_add_test(each, kept_while_declared_and_the_state_is_lost);
	tcase_add_test(each, removed_when_declared_otherwise_and_the_state_is_lost);
	tcase_add_loop_test(each, of_another_instance, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(each, first_rule_stays_for_the_pair_of_another);
	tcase_add_test(each, single_rules_are_removed);
	tcase_add_test(each, come_and_go);
	suite_add_tcase(made, each);
	return made;
}
