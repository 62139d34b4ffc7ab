/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include "numbers.h"
#include "test/view_support.h"

static const char passed[] = "'passed':1,'failed':0";
static const char failed[] = "'passed':1,'failed':2";
static const char broken[] = "'passed':0,'failed':0,'error':'no such link'";

/* A trace whose outage is that many seconds long. end: of its last record; NULL: it has none. */
static void add(struct summaries *summaries, const char *name, unsigned seed, unsigned outage,
		const char *end)
{
	struct arena *arena = arena_new();
	const unsigned after = outage + 2;
	const char *lines = arena_printf(
		arena,
		"{'kind':'begin','t':0,'scenario':'%s','seed':%u,'backend':'b','program':'p'}\n" ANSWERED(
			0, 0, 1) ANSWERED(1, 1, 1)
			LOST(2, 2,
			     3) "{'kind':'echo','t':%u,'probe':'inside','sequence':%u,'sent':%u,"
				"'rtt_ms':1}\n"
				"{'kind':'measure','t':%u,'name':'switches','value':%u}\n",
		name, seed, after, after, after, after, outage * 2);

	if (end == failed)
		lines = arena_printf(
			arena,
			"%s{'kind':'expectation','t':5,'text':'always: x','passed':true}\n"
			"{'kind':'expectation','t':5,'text':'never: y','passed':false,'seen':'y'}\n",
			lines);
	if (end)
		lines = arena_printf(arena, "%s{'kind':'end','t':%u,%s}\n", lines, after, end);
	summary_add(summaries, view_of(lines, arena), arena_printf(arena, "out/%u", seed));
	/* No reference to it may remain. */
	arena_free(arena);
}

START_TEST(cases_are_seeds_of_the_same)
{
	struct summaries summaries = { .arena = arena_new() };
	const struct summary_case *found;

	add(&summaries, "fo[n=10]", 2, 30, passed);
	add(&summaries, "fo[n=2]", 3, 10, passed);
	add(&summaries, "fo[n=2]", 1, 40, failed);
	add(&summaries, "fo[n=2]", 2, 20, passed);
	add(&summaries, "fo[n=2]", 4, 90, broken);
	add(&summaries, "fo[n=2]", 5, 90, NULL);
	summaries_end(&summaries);

	ck_assert_uint_eq(summaries.cases.n, 2);
	found = summaries.cases.at;
	ck_assert_str_eq(found->scenario, "fo[n=2]");
	ck_assert_str_eq(found->family, "fo");
	ck_assert_str_eq(summaries.cases.at[1].scenario, "fo[n=10]");
	ck_assert_uint_eq(found->traces.n, 5);
	for (size_t i = 0; i < found->traces.n; i++)
		ck_assert_uint_eq(found->traces.at[i]->seed, i + 1);
	ck_assert_uint_eq(found->count[VIEW_PASSED], 2);
	ck_assert_uint_eq(found->count[VIEW_FAILED], 1);
	ck_assert_uint_eq(found->count[VIEW_BROKEN], 1);
	ck_assert_uint_eq(found->count[VIEW_UNFINISHED], 1);
	/* Incomplete ones do not count. */
	ck_assert_uint_eq(found->outage.values.n, 3);
	ck_assert_double_eq(quantile(found->outage.values.at, 3, 500), 20);
	ck_assert_double_eq(quantile(found->outage.values.at, 3, 1000), 40);
	ck_assert_uint_eq(found->measures.n, 1);
	ck_assert_str_eq(found->measures.at[0].name, "switches");
	ck_assert_double_eq(quantile(found->measures.at[0].values.at, 3, 500), 40);
	arena_free(summaries.arena);
}
END_TEST

START_TEST(what_failed_first_is_said)
{
	struct summaries summaries = { .arena = arena_new() };

	add(&summaries, "a", 1, 5, passed);
	add(&summaries, "a", 2, 5, failed);
	add(&summaries, "a", 3, 5, broken);
	add(&summaries, "a", 4, 5, NULL);
	summaries_end(&summaries);
	ck_assert_ptr_null(summaries.list.at[0].trouble);
	ck_assert_str_eq(summaries.list.at[1].trouble, "never: y: y (and 1 more)");
	ck_assert_str_eq(summaries.list.at[2].trouble, "no such link");
	ck_assert_str_eq(summaries.list.at[3].trouble, "the trace ends before the scenario does");
	ck_assert_str_eq(summaries.list.at[3].path, "out/4");
	arena_free(summaries.arena);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	struct summaries summaries = { .arena = arena_new() };

	summaries_end(&summaries);
	ck_assert_uint_eq(summaries.cases.n, 0);
	arena_free(summaries.arena);
}
END_TEST

SUITE("summary", cases_are_seeds_of_the_same, what_failed_first_is_said, nothing_is_nothing)
