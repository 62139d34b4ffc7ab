/* SPDX-License-Identifier: MIT */
#include "reduce.h"

#include "scenario/tree_write.h"
#include "test/unit.h"

#include <stdlib.h>

static struct tree_node *parse(const char *text, struct diags *diags)
{
	return tree_parse("t.yaml", text, strlen(text), 16, diags->arena, diags);
}

struct wish {
	struct arena *arena;
	const char *const *needed; /* parts of the text without which it does not fail */
};

static bool fails(void *context, const struct tree_node *tree)
{
	const struct wish *wish = context;
	const char *text = tree_write(wish->arena, tree);

	for (const char *const *part = wish->needed; *part; part++) {
		if (!strstr(text, *part))
			return false;
	}
	return true;
}

static const char *reduced(const char *text, const char *const *needed, unsigned tries_max,
			   struct arena *arena)
{
	struct diags diags = { .arena = arena };
	struct tree_node *tree = parse(text, &diags);
	struct wish wish = { arena, needed };
	struct reduction reduction = { .fails = fails, .context = &wish, .tries_max = tries_max };

	ck_assert_ptr_nonnull(tree);
	scenario_reduce(&reduction, tree, arena);
	ck_assert(fails(&wish, tree));
	ck_assert(!tries_max || reduction.tries <= tries_max);
	return tree_write(arena, tree);
}

static const char world[] = "variables: {gateways: 9, name: x}\n"
			    "links: {a: {x: 1}, b: {y: 2}, c: {z: 3}}\n"
			    "nodes: {all: stay}\n"
			    "timeline: [one, two, three, four, five]\n"
			    "expect: [e1, e2]\n";

START_TEST(keeps_what_is_needed)
{
	static const char *const needed[] = { "two", "five", "y: 2", "e2", NULL };
	struct arena *arena = arena_new();

	ck_assert_str_eq(reduced(world, needed, 0, arena),
			 "variables:\n  gateways: 1\n  name: x\nlinks:\n  b:\n    y: 2\n"
			 "nodes:\n  all: stay\ntimeline:\n- two\n- five\nexpect:\n- e2\n");
	arena_free(arena);
}
END_TEST

static bool at_least_four(void *context, const struct tree_node *tree)
{
	const struct tree_node *gateways = tree_get(tree_get(tree, "variables"), "gateways");

	(void)context;
	return gateways && atoi(gateways->text) >= 4;
}

START_TEST(numbers_stop_where_it_is_needed)
{
	struct arena *arena = arena_new();
	struct diags diags = { .arena = arena };
	struct tree_node *tree = parse(world, &diags);
	struct reduction reduction = { .fails = at_least_four };

	scenario_reduce(&reduction, tree, arena);
	ck_assert_ptr_nonnull(strstr(tree_write(arena, tree), "gateways: 4\n"));
	arena_free(arena);
}
END_TEST

START_TEST(ends_when_it_took_too_long)
{
	static const char *const needed[] = { "two", NULL };
	struct arena *arena = arena_new();

	ck_assert_ptr_nonnull(strstr(reduced(world, needed, 2, arena), "two"));
	arena_free(arena);
}
END_TEST

SUITE("reduce", keeps_what_is_needed, numbers_stop_where_it_is_needed, ends_when_it_took_too_long)
