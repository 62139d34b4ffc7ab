/* SPDX-License-Identifier: MIT */
#include "test/view_support.h"

static const struct view_row *only_row(const struct view *view)
{
	ck_assert_uint_eq(view->rows.n, 1);
	return view->rows.at;
}

static const char role_letters[] = "ctso"; /* by enum bar_role */

/* "c gw1 1000-5000 0": role, member, time, lane; one after the other. */
static const char *bars_text(const struct view_row *row, struct arena *arena)
{
	const char *text = "";

	vec_each (bar, &row->bars)
		text = arena_printf(arena, "%s%s%c %s %lld-%lld %u", text, *text ? ", " : "",
				    role_letters[bar->role], bar->member ? bar->member : "-",
				    (long long)bar->from, (long long)bar->until, bar->lane);
	return text;
}

START_TEST(selections_become_bars)
{
	static const struct {
		const char *lines, *expected;
		unsigned lanes;
	} cases[] = {
		{ SELECTED(1, "", "'gw1'") SELECTED(5, "'gw1'", "") END_AT(10),
		  "t gw1 1000-5000 0, c gw1 5000-10000 0", 1 },
		/* A continuing state is one bar. */
		{ SELECTED(1, "'gw1'", "") SELECTED(2, "'gw1'", "'gw2'") END_AT(3),
		  "c gw1 1000-3000 0, t gw2 2000-3000 1", 2 },
		/* Two active members; one returns. */
		{ SELECTED(1, "'gw1','gw2'", "") SELECTED(2, "'gw2'", "")
			  SELECTED(3, "'gw1','gw2'", "") END_AT(4),
		  "c gw1 1000-2000 0, c gw2 1000-4000 1, c gw1 3000-4000 0", 2 },
		/* None. */
		{ SELECTED(1, "", "") END_AT(4), "", 1 },
		/* Without an end, up to the last known time. */
		{ SELECTED(1, "'gw1'", "") RUN(7, 0), "c gw1 1000-7000 0", 1 },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct view_row *row = only_row(
			view_of(arena_printf(arena, "%s%s", BEGIN, cases[i].lines), arena));

		ck_assert_str_eq(row->node, "client");
		ck_assert_str_eq(row->selector, "uplink");
		ck_assert_str_eq(bars_text(row, arena), cases[i].expected);
		ck_assert_uint_eq(row->lanes, cases[i].lanes);
	}
	arena_free(arena);
}
END_TEST

START_TEST(standbys_stand_below)
{
	static const char lines[] = BEGIN
		"{'kind':'selection','t':1,'node':'client','selector':'uplink','active':['gw1'],"
		"'standby':['gw2','gw3']}\n" SELECTED(2, "'gw2'", "'gw4'") END_AT(3);
	struct arena *arena = arena_new();
	const struct view_row *row = only_row(view_of(lines, arena));

	ck_assert_str_eq(bars_text(row, arena), "c gw1 1000-2000 0, s gw2 1000-2000 2, "
						"s gw3 1000-2000 3, c gw2 2000-3000 0, "
						"t gw4 2000-3000 1");
	ck_assert_uint_eq(row->trying_lanes, 2);
	ck_assert_uint_eq(row->lanes, 4);
	arena_free(arena);
}
END_TEST

/* Records of a node's selectors are consecutive: a missing one was removed. */
START_TEST(a_selector_that_is_gone_ends)
{
	static const char lines[] = BEGIN SELECTED(
		1, "'gw1'",
		"") "{'kind':'selection','t':1,'node':'client','selector':'other','active':['x']}\n"
		    "{'kind':'selection','t':4,'node':'client','selector':'other','active':['y']}\n"
		    "{'kind':'selection','t':4,'node':'third','selector':'uplink','active':['z']}\n" END_AT(
			    9);
	struct arena *arena = arena_new();
	const struct view *view = view_of(lines, arena);

	ck_assert_uint_eq(view->rows.n, 3);
	ck_assert_str_eq(view->rows.at[0].selector, "other");
	ck_assert_str_eq(bars_text(&view->rows.at[0], arena), "c x 1000-4000 0, c y 4000-9000 0");
	ck_assert_str_eq(bars_text(&view->rows.at[1], arena), "c gw1 1000-4000 0");
	ck_assert_str_eq(bars_text(&view->rows.at[2], arena), "c z 4000-9000 0");
	arena_free(arena);
}
END_TEST

/* A node that is off has no selection, regardless of its state; it has again with the first run. */
START_TEST(a_node_without_power_has_nobody)
{
	static const struct {
		const char *lines, *expected;
	} cases[] = {
		{ SELECTED(1, "'gw1'", "") CRASH(2) CRASH_UNDONE(4) RUN(5, 0) END_AT(9),
		  "c gw1 1000-2000 0, o - 2000-4000 0, c gw1 5000-9000 0" },
		{ SELECTED(1, "'gw1'", "") CRASH(2) CRASH_UNDONE(4) RUN(5, 0)
			  SELECTED(5, "", "'gw2'") END_AT(9),
		  "c gw1 1000-2000 0, o - 2000-4000 0, c gw1 5000-5000 0, t gw2 5000-9000 0" },
		{ SELECTED(1, "'gw1'", "") CRASH(2) END_AT(9),
		  "c gw1 1000-2000 0, o - 2000-9000 0" },
		/* It boots without an end of the fault. */
		{ SELECTED(1, "'gw1'", "")
			  CRASH(2) "{'kind':'fault','t':3,'fault':'boot','name':'on','node':'client'}\n" RUN(
				  4, 0) END_AT(9),
		  "c gw1 1000-2000 0, o - 2000-3000 0, c gw1 4000-9000 0" },
		/* A failed fault. */
		{ SELECTED(1, "'gw1'", "") FAULT_FAILED(3) END_AT(9), "c gw1 1000-9000 0" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(bars_text(only_row(view_of(arena_printf(arena, "%s%s", BEGIN,
									 cases[i].lines),
							    arena)),
					   arena),
				 cases[i].expected);
	arena_free(arena);
}
END_TEST

START_TEST(runs_that_failed_are_troubles)
{
	static const char lines[] = BEGIN RUN(1, 0) RUN(2, 1) RUN(3, 75)
		RUN(4, 137) "{'kind':'selection','t':5,'node':'client','active':[],'unreadable':'why'}\n" END_AT(
			9);
	struct arena *arena = arena_new();
	const struct view *view = view_of(lines, arena);

	ck_assert_uint_eq(view->troubles.n, 3);
	ck_assert_int_eq(view->troubles.at[0].run->exit, 1);
	ck_assert_int_eq(view->troubles.at[1].run->exit, 137);
	ck_assert_ptr_null(view->troubles.at[2].run);
	ck_assert_int_eq(view->troubles.at[2].at, 5000);
	/* There is a row for them. */
	ck_assert_ptr_null(only_row(view)->selector);
	arena_free(arena);
}
END_TEST

START_TEST(faults_last_until_they_are_undone)
{
	static const char lines[] = BEGIN
		"{'kind':'fault','t':1,'fault':'link_down','name':'flap'}\n"
		"{'kind':'fault','t':2,'fault':'link_down','name':'flap','undone':true}\n"
		"{'kind':'fault','t':3,'fault':'link_down','name':'flap','number':1}\n"
		"{'kind':'fault','t':4,'fault':'clock','name':'clock-1'}\n"
		"{'kind':'fault','t':5,'fault':'link_down','name':'flap','number':1,'undone':true}\n" END_AT(
			9);
	static const struct {
		msec_t from, until;
	} expected[] = { { 1000, 2000 }, { 3000, 5000 }, { 4000, 4000 } };
	struct arena *arena = arena_new();
	const struct view *view = view_of(lines, arena);

	ck_assert_uint_eq(view->faults.n, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(view->faults.at[i].from, expected[i].from);
		ck_assert_int_eq(view->faults.at[i].until, expected[i].until);
	}
	arena_free(arena);
}
END_TEST

/* "0@1000 500@1500": ages and times; / at a restart. */
static const char *ages_text(const struct view_peer *peer, struct arena *arena)
{
	const char *text = "";

	vec_each (corner, &peer->ages)
		text = arena_printf(arena, "%s%s%lld@%lld", text,
				    corner == peer->ages.at ? ""
				    : corner->begins	    ? " / "
							    : " ",
				    (long long)corner->age, (long long)corner->at);
	return text;
}

START_TEST(handshakes_become_a_saw)
{
	static const struct {
		const char *lines, *expected;
	} cases[] = {
		/* Made at 1 s, seen at 3 s and 6 s; another at 8 s. */
		{ AGE(3, 2) AGE(6, 5) AGE(9, 1), "0@1000 7000@8000 0@8000 1000@9000" },
		/* The peer was missing meanwhile. */
		{ AGE(3, 2) NO_PEER(4) AGE(9, 1), "0@1000 2000@3000 / 0@8000 1000@9000" },
		/* Two looks at once. */
		{ AGE(3, 2) AGE(3.2, 2.1), "0@1000 2100@3200" },
		/* The clock was set: the age does not continue from before. */
		{ AGE(3, 2) AGE(4, 1000), "0@1000 2000@3000 / 1000000@4000 1000000@4000" },
		/* Older than the scenario. */
		{ AGE(3, 20) AGE(4, 21), "20000@3000 21000@4000" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct view *view = view_of(
			arena_printf(arena, "%s%s", BEGIN, cases[i].lines), arena);

		ck_assert_uint_eq(view->handshakes.n, 1);
		ck_assert_uint_eq(view->handshakes.at[0].peers.n, 1);
		ck_assert_str_eq(ages_text(view->handshakes.at[0].peers.at, arena),
				 cases[i].expected);
	}
	arena_free(arena);
}
END_TEST

START_TEST(streams_are_counted_from_the_first_answer)
{
	static const char lines[] = BEGIN LOST(0, 0, 1) ANSWERED(1, 1, 20) LOST(2, 2, 3)
		ANSWERED(4, 4, 30) LOST(3, 3, 4) ANSWERED(5, 5, 40) END_AT(6);
	struct arena *arena = arena_new();
	const struct view *view = view_of(lines, arena);
	const struct view_stream *stream = view->streams.at;

	ck_assert_uint_eq(view->streams.n, 1);
	ck_assert_int_eq(stream->probe.every, 1000);
	ck_assert_int_eq(stream->probe.timeout, 1000);
	ck_assert_uint_eq(stream->echoes.list.n, 6);
	ck_assert_uint_eq(stream->lost, 3);
	ck_assert_int_eq(stream->first_answer, 1000);
	ck_assert_int_eq(stream->outage.begin, 2000);
	ck_assert_int_eq(stream->outage.length, 2000);
	ck_assert_int_eq(view_outage(view).length, 2000);
	arena_free(arena);
}
END_TEST

START_TEST(a_stream_without_answers_is_one_outage)
{
	struct arena *arena = arena_new();
	const struct view *view = view_of(BEGIN LOST(0, 0, 1) LOST(1, 1, 2) LOST(2, 2, 3) END_AT(3),
					  arena);

	ck_assert_int_eq(view->streams.at[0].first_answer, -1);
	ck_assert_int_eq(view_outage(view).length, 3000);
	ck_assert_int_eq(view_outage(view_of(BEGIN END_AT(1), arena)).length, -1);
	arena_free(arena);
}
END_TEST

START_TEST(verdicts)
{
	static const struct {
		const char *lines;
		enum view_verdict expected;
		const char *word;
	} cases[] = {
		{ END_AT(1), VIEW_PASSED, "passed" },
		{ "{'kind':'end','t':1,'passed':1,'failed':2}\n", VIEW_FAILED, "failed" },
		{ "{'kind':'end','t':1,'passed':1,'failed':0,'error':'no'}\n", VIEW_BROKEN,
		  "broken" },
		{ "{'kind':'end','t':0,'passed':0,'failed':0,'skipped':'no tc'}\n", VIEW_SKIPPED,
		  "skipped" },
		{ RUN(1, 0), VIEW_UNFINISHED, "unfinished" },
		{ "", VIEW_UNFINISHED, "unfinished" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct view *view = view_of(
			arena_printf(arena, "%s%s", BEGIN, cases[i].lines), arena);

		ck_assert_int_eq(view->verdict, cases[i].expected);
		ck_assert_str_eq(view_verdict_word(view->verdict), cases[i].word);
	}
	arena_free(arena);
}
END_TEST

/* The same in each trace of a scenario, regardless of the tried members. */
START_TEST(members_have_the_places_that_the_scenario_gives_them)
{
	static const char lines[] =
		"{'kind':'begin','t':0,'scenario':'s','seed':1,'backend':'b','program':'p','text':"
		"'description: A story.\\nnodes:\\n  client:\\n    desired:\\n      selectors:\\n"
		"        uplink: {peers: {gw10: {}, gw2: {}, gw1: {}}}\\n  gw1: {}\\n'}\n" SELECTED(
			1, "'gw10'",
			"'other'") "{'kind':'state','t':2,'node':'gw1','interfaces':[{'name':'wg0','peers':[{"
				   "'name':'client','handshake_age':1}]}]}\n" END_AT(3);
	static const char *const expected[] = { "gw1", "gw2", "gw10", "other", "client" };
	struct arena *arena = arena_new();
	const struct view *view = view_of(lines, arena);

	ck_assert_str_eq(view->description, "A story.");
	ck_assert_uint_eq(view->names.n, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_str_eq(view->names.at[i], expected[i]);
		ck_assert_uint_eq(view_name_index(view, expected[i]), i);
	}
	/* A text that is not YAML is ignored. */
	view = view_of("{'kind':'begin','t':0,'scenario':'s','seed':1,'backend':'b','program':'p',"
		       "'text':'a: [b'}\n",
		       arena);
	ck_assert_str_eq(view->description, "");
	arena_free(arena);
}
END_TEST

START_TEST(decisions_in_words)
{
	static const struct {
		struct record_event event;
		const char *expected;
	} cases[] = {
		{ { .kind = "try", .peer = "gw1", .text = "tried" }, "gw1 tried" },
		{ { .kind = "left", .peer = "gw1", .text = "no handshake within 5 s" },
		  "gw1 left: no handshake within 5 s" },
		{ { .kind = "probe_failed", .peer = "gw1", .text = "1 of 3" },
		  "gw1 probed: 1 of 3" },
		{ { .kind = "left", .peer = "gw1" }, "gw1 left" },
		{ { .kind = "problem", .text = "no such file" }, "no such file" },
		{ { .kind = "time" }, "time" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(view_decision_text(&cases[i].event, arena), cases[i].expected);
	arena_free(arena);
}
END_TEST

SUITE("view", selections_become_bars, standbys_stand_below, a_selector_that_is_gone_ends,
      a_node_without_power_has_nobody, runs_that_failed_are_troubles,
      faults_last_until_they_are_undone, handshakes_become_a_saw,
      streams_are_counted_from_the_first_answer, a_stream_without_answers_is_one_outage, verdicts,
      members_have_the_places_that_the_scenario_gives_them, decisions_in_words)
