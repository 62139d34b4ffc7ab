/* SPDX-License-Identifier: MIT */
/*
 * trace_support: a small scenario and its events, for tests of modules that process records.
 * Records are given as lines of a trace, with ' for ".
 */
#pragma once

#include "judge/history.h"
#include "scenario/scenario_read.h"
#include "scenario/schedule.h"
#include "scenario_support.h"
#include "test/unit.h"
#include "trace/trace.h"

/* One client, two gateways, and a node without WireGuard. %s: more of the scenario. */
#define STORY_SCENARIO                                                                             \
	"version: 1\n"                                                                             \
	"duration: 100s\n"                                                                         \
	"links: {wan: {}}\n"                                                                       \
	"nodes:\n"                                                                                 \
	"  client:\n"                                                                              \
	"    interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}\n"                         \
	"    desired:\n"                                                                           \
	"      version: 1\n"                                                                       \
	"      interfaces: {wg0: {addresses: [10.9.0.2/32], routes: allowed_ips}}\n"               \
	"      selectors:\n"                                                                       \
	"        uplink:\n"                                                                        \
	"          interface: wg0\n"                                                               \
	"          peers:\n"                                                                       \
	"            one: {public_key: \"${gw1.wg0.public_key}\", endpoint: 192.0.2.11:51820,\n"   \
	"                  allowed_ips: [10.9.0.0/24]}\n"                                          \
	"            two: {public_key: \"${gw2.wg0.public_key}\", endpoint: 192.0.2.12:51820,\n"   \
	"                  allowed_ips: [10.9.0.0/24]}\n"                                          \
	"  gw[1..2]:\n"                                                                            \
	"    interfaces: {eth0: {link: wan, addresses: [\"192.0.2.${n+10}/24\"]}}\n"               \
	"    desired: {version: 1, interfaces: {wg0: {listen_port: 51820}}}\n"                     \
	"    timer: {every: 5s, options: [--for, 1s, --deadline=1s]}\n"                            \
	"  box: {interfaces: {eth0: {link: wan, addresses: [192.0.2.9/24]}}}\n"                    \
	"probes: {inside: {from: client, to: 10.9.0.1}}\n"                                         \
	"%s"

struct story {
	struct arena *arena;
	const struct scenario *scenario;
	struct schedule schedule;
	struct history *history;
};

/* With further parts of the scenario; the test fails if it is invalid. */
static inline struct story __attribute__((format(printf, 1, 2))) story_new(const char *more, ...)
{
	struct story story = { .arena = arena_new() };
	struct diags diags = { .arena = story.arena };
	struct tree_node *tree;
	va_list args;

	va_start(args, more);
	more = arena_vprintf(story.arena, more, args);
	va_end(args);
	tree = memory_expand("story.yaml", arena_printf(story.arena, STORY_SCENARIO, more), &diags);
	story.scenario = tree ? scenario_read(tree, &diags) : NULL;
	ck_assert_msg(story.scenario != NULL, "%s", memory_said(&diags));
	story.schedule = schedule_make(story.scenario, story.arena);
	story.history = history_new(story.scenario, story.arena);
	return story;
}

static inline void story_free(struct story *story)
{
	arena_free(story->arena);
}

/* Calls take for each record of the lines, in order. */
static inline void story_read(const char *lines,
			      void (*take)(void *context, const struct record *record),
			      void *context)
{
	struct arena *arena = arena_new();
	char *text = arena_strdup(arena, lines);

	for (char *quote = text; (quote = strchr(quote, '\''));)
		*quote = '"';
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct record record;
		const char *reason = trace_parse(line, strlen(line), &record, arena);

		ck_assert_msg(!reason, "%s: %s", reason, line);
		take(context, &record);
	}
	arena_free(arena);
}

static inline void story_take(void *context, const struct record *record)
{
	history_add(context, record);
}

static inline void story_tell(struct story *story, const char *lines)
{
	story_read(lines, story_take, story->history);
}

/* Frequently used records. */
#define ECHO_OF(t, sequence, rest)                                                                 \
	"{'kind':'echo','t':" t ",'probe':'inside','sequence':" sequence ",'sent':" sequence       \
	".0" rest "}\n"
/* Answered, or given up a second later. */
#define ANSWERED(sequence) ECHO_OF(sequence ".02", sequence, ",'rtt_ms':20.5")
#define LOST(sequence, t) ECHO_OF(t, sequence, "")
#define SELECTED(t, names)                                                                         \
	"{'kind':'selection','t':" t ",'node':'client','selector':'uplink','active':[" names "]}\n"
#define STATE(t, rest) "{'kind':'state','t':" t ",'node':'client'" rest "}\n"
#define RUN(t, number, exit, rest)                                                                 \
	"{'kind':'run','t':" t ",'node':'client','number':" number                                 \
	",'took':0.01,'exit':" exit rest "}\n"
