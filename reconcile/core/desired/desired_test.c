/* SPDX-License-Identifier: MIT */
#include "desired.h"
#include "test/unit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(interface_names)
{
	static const char *const good[] = { "wg0", "a", "...", "fifteen_letters", "wg=+.-_9" };
	static const char *const bad[] = { "",	   ".",	   "..",   "sixteen_letters_",
					   "wg 0", "wg/0", "wg:0", "wg0\n",
					   "wg%d", "wgü" };

	for (int i = 0; i < COUNT(good); i++)
		ck_assert_msg(interface_name_valid(good[i]), "%s", good[i]);
	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!interface_name_valid(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(implementation_word(IMPLEMENTATION_KERNEL), "kernel");
	ck_assert_str_eq(implementation_word(IMPLEMENTATION_USERSPACE), "userspace");
	ck_assert_str_eq(strategy_word(STRATEGY_RANDOM), "random");
	ck_assert_str_eq(strategy_word(STRATEGY_ORDERED), "ordered");
	ck_assert_str_eq(strategy_word(STRATEGY_WEIGHTED), "weighted");
	ck_assert_str_eq(failback_word(FAILBACK_NEVER), "never");
	ck_assert_str_eq(failback_word(FAILBACK_WHEN_BETTER), "when_better");
	ck_assert_str_eq(failback_word(FAILBACK_AFTER), "after");
	ck_assert_str_eq(trust_word(TRUST_UNTRUSTED), "untrusted");
	ck_assert_str_eq(trust_word(TRUST_ENDPOINT), "endpoint");
	ck_assert_str_eq(trust_word(TRUST_ALLOWED_IPS), "allowed_ips");
	ck_assert_str_eq(trust_word(TRUST_MEMBERSHIP), "membership");
	ck_assert_str_eq(trust_word(TRUST_DELEGATE), "delegate");
	ck_assert_ptr_null(trust_word(TRUST_UNSET));
	ck_assert_ptr_null(trust_word((enum trust)99));
	ck_assert_ptr_null(implementation_word((enum implementation)99));
	ck_assert_ptr_null(strategy_word((enum strategy)99));
	ck_assert_ptr_null(failback_word((enum failback)99));
}
END_TEST

START_TEST(lookups)
{
	struct desired desired = { .arena = arena_new() };
	struct desired_selector *selector;

	ck_assert_ptr_null(desired_interface_find(&desired, "wg0"));
	ck_assert_ptr_null(desired_selector_find(&desired, "uplink"));
	vec_push(desired.arena, &desired.interfaces)->name = "wg0";
	vec_push(desired.arena, &desired.interfaces)->name = "wg1";
	selector = vec_push(desired.arena, &desired.selectors);
	selector->name = "uplink";
	ck_assert_ptr_null(desired_member_find(selector, "sn01"));
	vec_push(desired.arena, &selector->peers)->name = "sn01";
	ck_assert_ptr_eq(desired_interface_find(&desired, "wg1"), &desired.interfaces.at[1]);
	ck_assert_ptr_null(desired_interface_find(&desired, "wg"));
	ck_assert_ptr_eq(desired_selector_find(&desired, "uplink"), selector);
	ck_assert_ptr_null(desired_selector_find(&desired, "wg0"));
	ck_assert_ptr_eq(desired_member_find(selector, "sn01"), selector->peers.at);
	ck_assert_ptr_null(desired_member_find(selector, "sn02"));
	arena_free(desired.arena);
}
END_TEST

SUITE("desired", interface_names, words, lookups)
