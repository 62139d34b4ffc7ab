/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include "test/trace_support.h"
#include "trace/wording.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* A gateway that dies at 40 s and comes back at 60 s; a cable that flaps. */
#define DIES "timeline: [{at: 40s, name: dies, crash: gw1, for: 20s}]\n"
#define FLAPS                                                                                      \
	"timeline: [{at: 20s, name: flap, link_down: client.eth0, for: 5s, every: 30s, times: 3}]\n"
#define AT_20_TO_80                                                                                \
	ANSWERED("20")                                                                             \
	ANSWERED("30")                                                                             \
	ANSWERED("39")                                                                             \
	LOST("41", "42") LOST("50", "51") ANSWERED("55") ANSWERED("56") ANSWERED("80")

static const struct {
	const char *more, *lines;
	/* Of each verdict: time, rule, condition, observation, since when, node. */
	const char *verdicts;
} cases[] = {
	/* At some time in the window. */
	{ DIES "expect: [{eventually: {answers: inside}, within: 20s, after: dies}]\n", AT_20_TO_80,
	  "55.02 s passed: eventually: {answers: inside}, within: 20s, after: dies; since 55 s; "
	  "client\n" },
	{ DIES "expect: [{eventually: {answers: inside}, within: 10s, after: dies}]\n", AT_20_TO_80,
	  "50 s failed: eventually: {answers: inside}, within: 10s, after: dies; "
	  "not once from 40 s to 50 s: no answer since 41 s; since 41 s; client\n" },
	{ DIES "expect: [{eventually: {answers: inside}, within: 10s, after: dies + 45s}]\n",
	  AT_20_TO_80,
	  "95 s failed: eventually: {answers: inside}, within: 10s, after: dies + 45s; "
	  "from 85 s to 95 s: no request was sent; client\n" },
	{ "expect: [{eventually: {selected: {node: client, is: one}}, within: 10s}]\n",
	  SELECTED("3.0", "") SELECTED("5.0", "'one'"),
	  "5 s passed: eventually: {selected: {node: client, is: one}}, within: 10s; since 5 s; "
	  "client\n" },
	/* An event at its end is in time. */
	{ "expect: [{eventually: {selected: {node: client, is: one}}, within: 10s}]\n",
	  SELECTED("10.0", "'one'"),
	  "10 s passed: eventually: {selected: {node: client, is: one}}, within: 10s; since 10 s; "
	  "client\n" },
	{ "expect: [{eventually: {selected: {node: client, is: one}}, within: 10s}]\n",
	  SELECTED("3.0", "'two'") SELECTED("10.001", "'one'"),
	  "10 s failed: eventually: {selected: {node: client, is: one}}, within: 10s; "
	  "not once from 0 s to 10 s: selected: two, since 3 s; since 3 s; client\n" },
	{ "expect: [{eventually: {event: {node: client, kind: left}}, within: 10s}]\n",
	  RUN("6.0", "1", "0", ",'events':[{'kind':'left','peer':'one'}]"),
	  "6 s passed: eventually: {event: {node: client, kind: left}}, within: 10s; client\n" },
	{ "expect: [{eventually: {event: {node: client, kind: left}}, within: 10s}]\n",
	  RUN("6.0", "1", "0", ",'events':[{'kind':'try','peer':'one'}]"),
	  "10 s failed: eventually: {event: {node: client, kind: left}}, within: 10s; "
	  "from 0 s to 10 s: no such decision; since 10 s; client\n" },

	/* From some time of `within` on to the window's end. */
	{ DIES "expect: [{settles: {answers: inside}, within: 20s, after: dies}]\n", AT_20_TO_80,
	  "100 s passed: settles: {answers: inside}, within: 20s, after: dies; since 55 s; "
	  "client\n" },
	{ DIES "expect: [{settles: {answers: inside}, within: 10s, after: dies}]\n", AT_20_TO_80,
	  "50 s failed: settles: {answers: inside}, within: 10s, after: dies; "
	  "not settled by 50 s: no answer since 41 s; since 41 s; client\n" },
	{ DIES "expect: [{settles: {answers: inside}, within: 20s, after: dies}]\n",
	  AT_20_TO_80 LOST("90", "91"),
	  "91 s failed: settles: {answers: inside}, within: 20s, after: dies; "
	  "settled by 60 s, but no longer at 90 s: no answer since 90 s; since 90 s; client\n" },
	/* The loss of an earlier request is known only afterwards. */
	{ DIES "expect: [{settles: {answers: inside}, within: 20s, after: dies}]\n",
	  AT_20_TO_80 ANSWERED("58") LOST("59", "60.5"),
	  "60.5 s failed: settles: {answers: inside}, within: 20s, after: dies; "
	  "settled by 60 s, but no longer at 60.5 s: no answer since 59 s; since 59 s; client\n" },
	{ DIES "expect: [{settles: {answers: inside}, within: 21s, until: dies}]\n", AT_20_TO_80,
	  "40 s passed: settles: {answers: inside}, within: 21s, until: dies; since 20 s; "
	  "client\n" },
	{ DIES "expect: [{settles: {answers: inside}, within: 10s, until: dies}]\n", AT_20_TO_80,
	  "10 s failed: settles: {answers: inside}, within: 10s, until: dies; "
	  "from 0 s to 10 s: no request was sent; client\n" },
	/* It may be lost again before the settling time. */
	{ "expect: [{settles: {selected: {node: client, is: one}}, within: 10s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("5.0", "'two'") SELECTED("7.0", "'one'"),
	  "100 s passed: settles: {selected: {node: client, is: one}}, within: 10s; since 7 s; "
	  "client\n" },
	/* Counting starts there. */
	{ DIES "expect: [{settles: {outage: {probe: inside, at_most: 0s}}, within: 20s, "
	       "after: dies, until: 70s}]\n",
	  ANSWERED("41") LOST("59", "60") ANSWERED("60") ANSWERED("61") ANSWERED("62")
		  ANSWERED("63") ANSWERED("64") ANSWERED("65") ANSWERED("66") ANSWERED("67")
			  ANSWERED("68") ANSWERED("69"),
	  "70 s passed: settles: {outage: {probe: inside, at_most: 0s}}, within: 20s, after: dies, "
	  "until: 70s; client\n" },

	/* All the time. */
	{ "expect: [{always: {answers: inside}, from: 30s, until: 40s}]\n", AT_20_TO_80,
	  "40 s passed: always: {answers: inside}, from: 30s, until: 40s; client\n" },
	{ "expect: [{always: {answers: inside}, from: 30s}]\n", AT_20_TO_80,
	  "42 s failed: always: {answers: inside}, from: 30s; "
	  "not at 41 s: no answer since 41 s; since 41 s; client\n" },
	{ "expect: [{always: {answers: inside}, from: 31s, until: 35s}]\n", AT_20_TO_80,
	  "35 s failed: always: {answers: inside}, from: 31s, until: 35s; "
	  "from 31 s to 35 s: no request was sent; client\n" },
	{ "expect: [{always: {selected: {node: client, in: [one, two]}}, from: 5s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("40.0", "'two'") SELECTED("50.0", "")
		  SELECTED("60.0", "'two'"),
	  "50 s failed: always: {selected: {node: client, in: [one, two]}}, from: 5s; "
	  "not at 50 s: selected: none, since 50 s; since 50 s; client\n" },
	{ "expect: [{always: {peers: {node: client, count: 0}}}]\n", STATE("10.0", ""),
	  "10 s failed: always: {peers: {node: client, count: 0}}; "
	  "not at 10 s: there is no WireGuard interface wg0; since 10 s; client\n" },
	/* Counted: as soon as it is broken, or at the end. */
	{ "expect: [{always: {outage: {probe: inside, at_most: 5s}}, from: 20s, until: 90s}]\n",
	  AT_20_TO_80,
	  "30.02 s failed: always: {outage: {probe: inside, at_most: 5s}}, from: 20s, until: 90s; "
	  "from 20 s to 30.02 s: longest outage: 9 s, from 21 s on; since 21 s; client\n" },
	{ "expect: [{always: {outage: {probe: inside, at_most: 25s}}, from: 20s, until: 90s}]\n",
	  AT_20_TO_80,
	  "90 s passed: always: {outage: {probe: inside, at_most: 25s}}, from: 20s, until: 90s; "
	  "client\n" },
	{ "expect: [{always: {loss: {probe: inside, at_most: 25%}}, until: 90s}]\n", AT_20_TO_80,
	  "90 s passed: always: {loss: {probe: inside, at_most: 25%}}, until: 90s; client\n" },
	{ "expect: [{always: {loss: {probe: inside, at_most: 24%}}, until: 90s}]\n", AT_20_TO_80,
	  "90 s failed: always: {loss: {probe: inside, at_most: 24%}}, until: 90s; "
	  "from 0 s to 90 s: lost: 2 of 8 (25 %); since 90 s; client\n" },
	{ "expect: [{always: {rtt: {probe: inside, at_most: 20ms}}, until: 90s}]\n", AT_20_TO_80,
	  "90 s failed: always: {rtt: {probe: inside, at_most: 20ms}}, until: 90s; "
	  "from 0 s to 90 s: median RTT: 20.500 ms; since 90 s; client\n" },
	{ "expect: [{always: {rtt: {probe: inside, at_most: 20ms}}, from: 60s, until: 70s}]\n",
	  AT_20_TO_80,
	  "70 s failed: always: {rtt: {probe: inside, at_most: 20ms}}, from: 60s, until: 70s; "
	  "from 60 s to 70 s: no request was answered; client\n" },
	{ "expect: [{always: {selections: {node: client, at_least: 1, at_most: 1}}, until: 50s}]\n",
	  SELECTED("3.0", "'one'"),
	  "50 s passed: always: {selections: {node: client, at_least: 1, at_most: 1}}, until: 50s; "
	  "client\n" },

	/* At no time. */
	{ "expect: [{never: {selected: {node: client, is: two}}, from: 5s}]\n",
	  SELECTED("3.0", "'one'"),
	  "100 s passed: never: {selected: {node: client, is: two}}, from: 5s; client\n" },
	{ "expect: [{never: {selected: {node: client, is: two}}, from: 5s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("9.5", "'two'"),
	  "9.5 s failed: never: {selected: {node: client, is: two}}, from: 5s; "
	  "at 9.5 s: selected: two, since 9.5 s; since 9.5 s; client\n" },
	{ "expect: [{never: {selected: {node: client, is: two}}, from: 5s}]\n", "",
	  "100 s failed: never: {selected: {node: client, is: two}}, from: 5s; "
	  "from 5 s to 100 s: nothing was recorded of the selection; client\n" },
	{ DIES "expect: [{never: {event: {node: client, kind: try}}, from: dies undone}]\n",
	  RUN("59.999", "1", "0", ",'events':[{'kind':'try','peer':'one'}]")
		  RUN("60.0", "2", "0", ",'events':[{'kind':'try','peer':'two','text':'tried'}]"),
	  "60 s failed: never: {event: {node: client, kind: try}}, from: dies undone; "
	  "from 60 s to 60 s: 1 such decision: 60 s two tried; since 60 s; client\n" },
	{ DIES "expect: [{never: {event: {node: client, kind: try}}, until: dies}]\n",
	  RUN("40.001", "1", "0", ",'events':[{'kind':'try','peer':'one'}]"),
	  "40 s passed: never: {event: {node: client, kind: try}}, until: dies; client\n" },

	/* At one time. */
	{ "expect: [{holds: {selected: {node: client, is: one}}, at: 50s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("50.001", "'two'"),
	  "50 s passed: holds: {selected: {node: client, is: one}}, at: 50s; client\n" },
	{ "expect: [{holds: {selected: {node: client, is: one}}, at: 50s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("40.0", "'two'") SELECTED("50.001", "'one'"),
	  "50 s failed: holds: {selected: {node: client, is: one}}, at: 50s; "
	  "at 50 s: selected: two, since 40 s; since 40 s; client\n" },
	{ DIES "expect: [{holds: {answers: inside}, at: dies + 15s}]\n", AT_20_TO_80,
	  "55.02 s passed: holds: {answers: inside}, at: dies + 15s; client\n" },
	/* A too old sample does not count, and a late one is used. */
	{ "expect: [{holds: {converged: client}, at: 50s}]\n",
	  "{'kind':'plan','t':40.0,'node':'client','exit':0}\n"
	  "{'kind':'plan','t':50.4,'node':'client','exit':2,'changes':1}\n",
	  "50.4 s failed: holds: {converged: client}, at: 50s; "
	  "at 50 s: plan: 1 change, exit code 2; since 50.4 s; client\n" },
	{ "expect: [{holds: {converged: client}, at: 50s}]\n",
	  "{'kind':'plan','t':40.0,'node':'client','exit':0}\n",
	  "52 s failed: holds: {converged: client}, at: 50s; "
	  "from 48 s to 50 s: no plan was asked for; client\n" },
	{ "expect: [{holds: {converged: client}, at: end}]\n",
	  "{'kind':'plan','t':100.0,'node':'client','exit':0}\n",
	  "100 s passed: holds: {converged: client}, at: end; client\n" },
	{ "expect: [{holds: {run: {node: client, exit: 0}}, at: end}]\n", RUN("1.0", "1", "0", ""),
	  "100 s passed: holds: {run: {node: client, exit: 0}}, at: end; client\n" },
	{ "expect: [{holds: {selections: {node: client, at_most: 1}}, at: end}]\n",
	  SELECTED("1.0", "'one'") SELECTED("2.0", "'two'"),
	  "2 s failed: holds: {selections: {node: client, at_most: 1}}, at: end; "
	  "from 0 s to 2 s: selections: 2; since 2 s; client\n" },

	{ "expect: [{holds: {converged: client}, at: end}]\n", "",
	  "100 s failed: holds: {converged: client}, at: end; "
	  "from 98 s to 100 s: no plan was asked for; client\n" },

	/* In any world: of any node, until it is broken. */
	{ "expect: [{invariants: [exit, state]}]\n",
	  RUN("7.0", "1", "1", "")
		  RUN("9.0", "2", "64", "") "{'kind':'run','t':9.5,'node':'gw1','number':1,"
					    "'took':0.0,'exit':64}\n",
	  "9 s failed: invariants: [exit]; not at 9 s: client: run 2 ended with exit code 64; "
	  "since 9 s; client\n"
	  "100 s passed: invariants: [state]\n" },

	/* Once for each occurrence. */
	{ FLAPS "expect: [{eventually: {answers: inside}, within: 5s, after: flap undone}]\n",
	  ANSWERED("26") ANSWERED("57") LOST("86", "87"),
	  "26.02 s passed: eventually: {answers: inside}, within: 5s, after: flap undone "
	  "(flap undone no. 1 of 3, at 25 s); since 26 s; client\n"
	  "57.02 s passed: eventually: {answers: inside}, within: 5s, after: flap undone "
	  "(flap undone no. 2 of 3, at 55 s); since 57 s; client\n"
	  "90 s failed: eventually: {answers: inside}, within: 5s, after: flap undone "
	  "(flap undone no. 3 of 3, at 85 s); not once from 85 s to 90 s: no answer since 86 s; "
	  "since 86 s; client\n" },
	/* Until the same occurrence is over. */
	{ FLAPS "expect: [{never: {answers: inside}, from: flap + 1s, until: flap undone}]\n",
	  LOST("22", "23") ANSWERED("26") LOST("52", "53") ANSWERED("53") LOST("82", "83"),
	  "25 s passed: never: {answers: inside}, from: flap + 1s, until: flap undone "
	  "(flap no. 1 of 3, at 20 s); client\n"
	  "53.02 s failed: never: {answers: inside}, from: flap + 1s, until: flap undone "
	  "(flap no. 2 of 3, at 50 s); at 53 s: answered at 53 s; since 53 s; client\n"
	  "85 s passed: never: {answers: inside}, from: flap + 1s, until: flap undone "
	  "(flap no. 3 of 3, at 80 s); client\n" },
	{ FLAPS "expect: [{always: {loss: {probe: inside, at_most: 1}}, from: flap, "
		"until: flap + 40s}]\n",
	  LOST("22", "23") LOST("52", "53") LOST("82", "83") LOST("90", "91"),
	  "53 s failed: always: {loss: {probe: inside, at_most: 1}}, from: flap, until: flap + 40s "
	  "(flap no. 1 of 3, at 20 s); from 20 s to 53 s: lost: 2 of 2 (100 %); since 53 s; "
	  "client\n"
	  "83 s failed: always: {loss: {probe: inside, at_most: 1}}, from: flap, until: flap + 40s "
	  "(flap no. 2 of 3, at 50 s); from 50 s to 83 s: lost: 2 of 2 (100 %); since 83 s; "
	  "client\n"
	  "91 s failed: always: {loss: {probe: inside, at_most: 1}}, from: flap, until: flap + 40s "
	  "(flap no. 3 of 3, at 80 s); from 80 s to 91 s: lost: 2 of 2 (100 %); since 91 s; "
	  "client\n" },
	/* One too late for the window to begin. */
	{ FLAPS "expect: [{never: {answers: inside}, from: flap + 25s, until: flap + 28s}]\n",
	  LOST("46", "47") LOST("76", "77"),
	  "45 s failed: never: {answers: inside}, from: flap + 25s, until: flap + 28s "
	  "(flap no. 3 of 3, at 80 s); its time, 105 s, is behind the scenario's end at 100 s; "
	  "client\n"
	  "48 s passed: never: {answers: inside}, from: flap + 25s, until: flap + 28s "
	  "(flap no. 1 of 3, at 20 s); client\n"
	  "78 s passed: never: {answers: inside}, from: flap + 25s, until: flap + 28s "
	  "(flap no. 2 of 3, at 50 s); client\n" },
	/* Until the next one, where it is another fault. */
	{ "timeline:\n"
	  "- {at: {between: [20s, 31s]}, name: a, pause: client, every: 40s, times: 2}\n"
	  "- {at: 30s, name: b, resume: client}\n"
	  "expect: [{always: {loss: {probe: inside, at_most: 0}}, from: b, until: a}]\n",
	  LOST("22", "23") LOST("62", "63"),
	  "61.297 s passed: always: {loss: {probe: inside, at_most: 0}}, from: b, until: a; "
	  "client\n" },
};

/* ---- Simulation ---- */

struct court {
	struct story story;
	struct judge *judge;
	msec_t now;
	const char *verdicts;
};

static void note(void *context, const struct record_expectation *verdict)
{
	struct court *court = context;
	struct arena *arena = court->story.arena;

	court->verdicts = arena_printf(
		arena, "%s%s %s: %s%s%s%s%s%s%s\n", court->verdicts,
		seconds_text(arena, court->now), verdict->passed ? "passed" : "failed",
		verdict->text, verdict->seen ? "; " : "", verdict->seen ? verdict->seen : "",
		verdict->since >= 0 ? "; since " : "",
		verdict->since >= 0 ? seconds_text(arena, verdict->since) : "",
		verdict->node ? "; " : "", verdict->node ? verdict->node : "");
	ck_assert_uint_gt(verdict->line, 0);
}

static struct court court_new(const char *more)
{
	struct court court = { .story = story_new("%s", more), .now = -1, .verdicts = "" };

	court.judge = judge_new(court.story.scenario, &court.story.schedule, court.story.history,
				court.story.arena);
	return court;
}

static void look(struct court *court, msec_t now)
{
	court->now = now;
	judge_look(court->judge, now, note, court);
}

/* As in the engine: at each time requested by the judge. */
static void pass_time(struct court *court, msec_t until)
{
	msec_t next;

	while ((next = judge_next(court->judge, court->now)) < until)
		look(court, next);
}

static void happen(void *context, const struct record *record)
{
	struct court *court = context;

	pass_time(court, record->at);
	history_add(court->story.history, record);
	look(court, record->at);
}

static void court_end(struct court *court)
{
	const msec_t end = court->story.scenario->duration;

	pass_time(court, end);
	court->now = end;
	judge_end(court->judge, end, note, court);
	ck_assert_uint_eq(judge_passed(court->judge) + judge_failed(court->judge),
			  judge_total(court->judge));
	ck_assert_int_eq(judge_next(court->judge, end), INT64_MAX);
}

START_TEST(judges)
{
	struct court court = court_new(cases[_i].more);

	story_read(cases[_i].lines, happen, &court);
	court_end(&court);
	ck_assert_str_eq(court.verdicts, cases[_i].verdicts);
	story_free(&court.story);
}
END_TEST

/* ---- References without a time ---- */

static struct court court_without_faults(const char *more)
{
	struct court court = court_new(more);

	court.story.schedule.list.n = 0;
	court.judge = judge_new(court.story.scenario, &court.story.schedule, court.story.history,
				court.story.arena);
	return court;
}

static const struct {
	const char *more;
	bool without_faults;
	const char *verdicts;
} impossible[] = {
	{ DIES "expect: [{always: {answers: inside}, from: dies}]\n", true,
	  "0 s failed: always: {answers: inside}, from: dies; "
	  "dies never happens: the scenario ends at 100 s; client\n" },
	{ DIES "expect: [{always: {answers: inside}, from: dies undone}]\n", true,
	  "0 s failed: always: {answers: inside}, from: dies undone; "
	  "dies is never undone: the scenario ends at 100 s; client\n" },
	{ DIES "expect: [{always: {answers: inside}, until: dies}]\n", true,
	  "0 s failed: always: {answers: inside}, until: dies; "
	  "dies never happens: the scenario ends at 100 s; client\n" },
	/* Random times in the opposite order. */
	{ "timeline: [{at: {between: [10s, 12s]}, name: a, pause: client}, "
	  "{at: {between: [11s, 60s]}, name: b, resume: client}]\n"
	  "expect: [{never: {answers: inside}, from: b, until: a}]\n",
	  false,
	  "0 s failed: never: {answers: inside}, from: b, until: a; "
	  "its window ends at 10.388 s, before it begins at 47.529 s; client\n" },
};

START_TEST(says_what_cannot_be_asked)
{
	struct court court = impossible[_i].without_faults
				     ? court_without_faults(impossible[_i].more)
				     : court_new(impossible[_i].more);

	look(&court, 0);
	ck_assert_str_eq(court.verdicts, impossible[_i].verdicts);
	court_end(&court);
	ck_assert_str_eq(court.verdicts, impossible[_i].verdicts);
	story_free(&court.story);
}
END_TEST

/* ---- A late engine ---- */

static const struct {
	const char *more, *lines, *verdicts;
} late[] = {
	{ "expect: [{eventually: {peers: {node: client, count: 1}}, within: 10s}]\n",
	  STATE("10.5", ",'interfaces':[{'name':'wg0','peers':[{'name':'gw1'}]}]"),
	  "20 s failed: eventually: {peers: {node: client, count: 1}}, within: 10s; "
	  "from 0 s to 10 s: the kernel was not looked at; client\n" },
	{ "expect: [{eventually: {answers: inside}, within: 10s}]\n", LOST("5", "6") ANSWERED("11"),
	  "20 s failed: eventually: {answers: inside}, within: 10s; "
	  "not once from 0 s to 10 s: no answer since 5 s; since 5 s; client\n" },
	{ "expect: [{eventually: {answers: inside}, within: 10s}]\n",
	  LOST("5", "6") ANSWERED("9") LOST("11", "12"),
	  "20 s passed: eventually: {answers: inside}, within: 10s; since 9 s; client\n" },
	{ "expect: [{always: {selected: {node: client, is: one}}, from: 5s, until: 15s}]\n",
	  SELECTED("3.0", "'one'") SELECTED("16.0", "'two'"),
	  "20 s passed: always: {selected: {node: client, is: one}}, from: 5s, until: 15s; "
	  "client\n" },
};

START_TEST(judges_as_of_the_windows_end)
{
	struct court court = court_new(late[_i].more);

	story_tell(&court.story, late[_i].lines);
	look(&court, 20000);
	ck_assert_str_eq(court.verdicts, late[_i].verdicts);
	story_free(&court.story);
}
END_TEST

/* The sample in time failed, the later one passed. */
START_TEST(says_what_came_too_late)
{
	struct court court = court_new(
		"expect: [{eventually: {peers: {node: client, count: 1}}, within: 10s}]\n");

	story_tell(&court.story, STATE("9.0", ",'interfaces':[{'name':'wg0'}]"));
	look(&court, 9000);
	story_tell(&court.story,
		   STATE("10.5", ",'interfaces':[{'name':'wg0','peers':[{'name':'gw1'}]}]"));
	look(&court, 10500);
	ck_assert_str_eq(court.verdicts,
			 "10.5 s failed: eventually: {peers: {node: client, count: 1}}, within: "
			 "10s; not once from 0 s to 10 s: peers of wg0: gw1 (1), but only at "
			 "10.5 s; since 9 s; client\n");
	story_free(&court.story);
}
END_TEST

/* ---- Queries of the engine ---- */

static bool wants(const struct court *court, enum condition_kind kind, const char *node, msec_t now)
{
	return judge_wants(court->judge, kind, scenario_node(court->story.scenario, node), now);
}

START_TEST(tells_what_to_look_at)
{
	struct court court = court_new(
		"expect:\n"
		"- {eventually: {peers: {node: client, count: 1}}, within: 10s, after: 20s}\n"
		"- {holds: {route: {node: gw1, to: 10.9.0.0/24}}, at: 50s}\n");

	ck_assert(!wants(&court, CONDITION_PEERS, "client", 19999));
	ck_assert(wants(&court, CONDITION_PEERS, "client", 20000));
	ck_assert(!wants(&court, CONDITION_PEERS, "gw1", 20000));
	ck_assert(!wants(&court, CONDITION_ROUTE, "client", 50000));
	ck_assert(!wants(&court, CONDITION_ROUTE, "gw1", 47999));
	ck_assert(wants(&court, CONDITION_ROUTE, "gw1", 48000));
	ck_assert_int_eq(judge_next(court.judge, -1), 20000);
	ck_assert_int_eq(judge_next(court.judge, 20000), 30000);
	story_tell(&court.story,
		   STATE("21.0", ",'interfaces':[{'name':'wg0','peers':[{'name':'gw1'}]}]"));
	look(&court, 21000);
	ck_assert(!wants(&court, CONDITION_PEERS, "client", 21000));
	ck_assert_int_eq(judge_next(court.judge, 21000), 48000);
	ck_assert_int_eq(judge_next(court.judge, 48000), 50000);
	story_free(&court.story);
}
END_TEST

static size_t wanted_n(const struct court *court, enum condition_kind kind, msec_t now)
{
	return judge_wanted(court->judge, kind, now, court->story.arena).list.n;
}

START_TEST(tells_what_to_run)
{
	struct court court = court_new(
		FLAPS "expect:\n"
		      "- {eventually: {converged: client}, within: 75s}\n"
		      "- {always: {command: {node: gw1, run: [\"true\"]}}, from: flap}\n"
		      "- {never: {file: {node: gw2, path: /tmp/x}}, from: 30s, until: 40s}\n");

	ck_assert_uint_eq(wanted_n(&court, CONDITION_CONVERGED, 0), 1);
	ck_assert_uint_eq(wanted_n(&court, CONDITION_COMMAND, 19999), 0);
	/* One command for all windows that are open. */
	ck_assert_uint_eq(wanted_n(&court, CONDITION_COMMAND, 20000), 1);
	ck_assert_uint_eq(wanted_n(&court, CONDITION_COMMAND, 90000), 1);
	ck_assert_uint_eq(wanted_n(&court, CONDITION_FILE, 30000), 1);
	look(&court, 40000);
	ck_assert_uint_eq(wanted_n(&court, CONDITION_FILE, 40000), 0);
	story_tell(&court.story, "{'kind':'plan','t':40.0,'node':'client','exit':0}\n");
	look(&court, 40000);
	ck_assert_uint_eq(wanted_n(&court, CONDITION_CONVERGED, 40000), 0);
	story_free(&court.story);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("judge");
	TCase *tests = tcase_create("judge");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, judges, 0, COUNT(cases));
	tcase_add_loop_test(tests, says_what_cannot_be_asked, 0, COUNT(impossible));
	tcase_add_loop_test(tests, judges_as_of_the_windows_end, 0, COUNT(late));
	tcase_add_test(tests, says_what_came_too_late);
	tcase_add_test(tests, tells_what_to_look_at);
	tcase_add_test(tests, tells_what_to_run);
	suite_add_tcase(made, tests);
	return made;
}
