/* SPDX-License-Identifier: MIT */
#include "history_parts.h"

#include "test/trace_support.h"

#include <malloc.h>
#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* ---- Decisions ---- */

#define EVENT(rest) ",'events':[{" rest "}]"

static const char runs[] = RUN(
	"5.0", "1", "0",
	EVENT("'kind':'try','selector':'uplink','interface':'wg0','peer':'one',"
	      "'role':'carrier','text':'tried'"))
	RUN("10.25", "2", "1",
	    EVENT("'kind':'left','selector':'uplink','interface':'wg0','peer':'one',"
		  "'role':'carrier','reason':'silent','text':'silent for 30 s'") ",'errors':['wg0: no room','and more']")
		RUN("15.0", "3", "1", EVENT("'kind':'problem','interface':'wg0','text':'no room'")) RUN(
			"20.0", "4", "0",
			EVENT("'kind':'probe_failed','selector':'uplink','peer':'two','text':'1 of 3'"))
			RUN("25.0", "5", "0",
			    EVENT("'kind':'waiting','selector':'uplink','text':'waiting'"))
				RUN("30.0", "6", "137",
				    EVENT("'kind':'time','text':'clock synchronised'"));

static const char *const lines[] = {
	"5 s uplink: one tried",
	"10.25 s uplink: one left: silent for 30 s",
	"10.25 s run 2 ended with exit code 1: wg0: no room",
	"15 s wg0: no room",
	"20 s uplink: two probed: 1 of 3",
	"20 s run 4 ended with exit code 0",
	"25 s uplink: waiting",
	"30 s clock synchronised",
	"30 s run 6 ended with exit code 137",
};

START_TEST(tells_decisions)
{
	struct story story = story_new("%s", "");
	struct decisions all, few;

	story_tell(&story, runs);
	all = history_decisions(story.history, "client", 100, story.arena);
	ck_assert_uint_eq(all.lines.n, COUNT(lines));
	for (int i = 0; i < COUNT(lines); i++)
		ck_assert_str_eq(all.lines.at[i], lines[i]);
	few = history_decisions(story.history, "client", 2, story.arena);
	ck_assert_uint_eq(few.lines.n, 2);
	ck_assert_str_eq(few.lines.at[1], lines[COUNT(lines) - 1]);
	ck_assert_uint_eq(history_decisions(story.history, "gw1", 2, story.arena).lines.n, 0);
	ck_assert_uint_eq(history_decisions(story.history, "who", 2, story.arena).lines.n, 0);
	story_free(&story);
}
END_TEST

/* ---- Measures ---- */

#define MEASURED                                                                                   \
	ANSWERED("10")                                                                             \
	ANSWERED("11")                                                                             \
	LOST("12", "13")                                                                           \
	LOST("13", "14")                                                                           \
	ANSWERED("14")                                                                             \
	SELECTED("12.0", "'one'")                                                                  \
	SELECTED("15.0", "'two'")                                                                  \
	SELECTED("30.0", "'one'")                                                                  \
	"{'kind':'traffic','t':10.0,'node':'client','bytes':100,'packets':1}\n"                    \
	"{'kind':'traffic','t':20.0,'node':'client','bytes':250,'packets':2}\n"                    \
	"{'kind':'traffic','t':30.0,'node':'client','bytes':1000,'packets':3}\n"

static const struct {
	const char *measure;
	msec_t from, until;
	double value;
} measures[] = {
	{ "outage: inside", 0, 15000, 2000 },	  { "outage: inside", 13000, 15000, 1000 },
	{ "lost: inside", 0, 20000, 2 },	  { "lost: inside", 13000, 20000, 1 },
	{ "rtt: inside", 0, 20000, 20.5 },	  { "rtt: inside", 12000, 13000, NAN },
	{ "selections: client", 0, 100000, 3 },	  { "selections: client", 12001, 29999, 1 },
	{ "traffic: client", 0, 100000, 1000 },	  { "traffic: client", 20000, 29999, 0 },
	{ "traffic: client", 10000, 25000, 150 }, { "traffic: gw1", 0, 100000, 0 },
};

START_TEST(measures_windows)
{
	struct story story = story_new("measure: [{name: a, %s}]\n", measures[_i].measure);
	double value;

	story_tell(&story, MEASURED);
	value = measure_value(story.scenario->measures.at, story.history, measures[_i].from,
			      measures[_i].until, story.arena);
	if (isnan(measures[_i].value))
		ck_assert(isnan(value));
	else
		ck_assert_double_eq(value, measures[_i].value);
	story_free(&story);
}
END_TEST

/* ---- Kept data ---- */

START_TEST(takes_copies)
{
	struct story story = story_new("%s", "");
	char output[] = "one", peer[] = "one", address[] = "wg0 10.9.0.2/32";
	const char *peers[] = { peer }, *addresses[] = { address };
	struct record run = { .kind = RECORD_RUN,
			      .run = { .node = "client", .number = 1, .output = output } };
	struct record selection = {
		.kind = RECORD_SELECTION,
		.selection = { "client", "uplink", { peers, 1, 1 }, { 0 }, { 0 }, NULL }
	};
	struct record state = { .kind = RECORD_STATE,
				.state = { .node = "client", .addresses = { addresses, 1, 1 } } };
	const struct node_history *node = history_node(story.history, "client");

	history_add(story.history, &run);
	history_add(story.history, &selection);
	history_add(story.history, &state);
	output[0] = peer[0] = address[0] = 'X';
	ck_assert_str_eq(node->run.output, "one");
	ck_assert_str_eq(node->selectors.at[0].changes.at[0].active.at[0], "one");
	ck_assert_str_eq(node->state.state.addresses.at[0], "wg0 10.9.0.2/32");
	story_free(&story);
}
END_TEST

/* A trace may be of another scenario; records of verdicts have no node. */
START_TEST(leaves_out_what_is_unknown)
{
	struct story story = story_new("%s", "");

	story_tell(&story, "{'kind':'run','t':1.0,'node':'who','number':1,'took':0.0,'exit':0}\n"
			   "{'kind':'echo','t':1.0,'probe':'what','sequence':0,'sent':0.0}\n"
			   "{'kind':'fault','t':1.0,'fault':'crash','name':'why','node':'who'}\n"
			   "{'kind':'expectation','t':1.0,'text':'a','passed':true}\n"
			   "{'kind':'measure','t':1.0,'name':'a'}\n"
			   "{'kind':'end','t':1.0,'passed':1,'failed':0}\n");
	ck_assert_uint_eq(story.history->revision, 0);
	story_free(&story);
}
END_TEST

static size_t memory_in_use(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* An hour of runs without decisions, and of kernel samples: 43,200 runs for 60 nodes with a
 * timer of 5 s. */
START_TEST(forgets_what_is_replaced)
{
	struct story story = story_new("%s", "");
	const char *names[] = { "10.9.0.0/24" };
	struct record_peer peer = { .name = "gw1", .allowed_ips = { names, 1, 1 } };
	struct record_interface wg0 = { .name = "wg0", .peers = { &peer, 1, 1 } };
	struct record run = { .kind = RECORD_RUN,
			      .run = { .node = "client", .output = "nothing to do\n" } };
	struct record state = { .kind = RECORD_STATE,
				.state = { .node = "client", .interfaces = { &wg0, 1, 1 } } };
	struct record plan = { .kind = RECORD_PLAN, .plan = { "client", 0, 0 } };
	struct record file = { .kind = RECORD_FILE, .file = { "client", "/etc/x", "text" } };
	size_t before = memory_in_use();

	for (unsigned i = 0; i < 43200; i++) {
		run.at = state.at = plan.at = file.at = i;
		run.run.number = i;
		history_add(story.history, &run);
		history_add(story.history, &state);
		history_add(story.history, &plan);
		history_add(story.history, &file);
	}
	ck_assert_uint_lt(memory_in_use() - before, 128 << 10);
	story_free(&story);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("history");
	TCase *tests = tcase_create("history");

	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, tells_decisions);
	tcase_add_loop_test(tests, measures_windows, 0, COUNT(measures));
	tcase_add_test(tests, takes_copies);
	tcase_add_test(tests, leaves_out_what_is_unknown);
	tcase_add_test(tests, forgets_what_is_replaced);
	suite_add_tcase(made, tests);
	return made;
}
