/* SPDX-License-Identifier: MIT */
#include "history_parts.h"

#include "trace/wording.h"

#include <math.h>
#include <stdlib.h>

#define NEVER (-1)

/* ---- Sources ---- */

void history_touch(struct history *history, struct evidence *evidence)
{
	evidence->revision = ++history->revision;
	if (history->newest == evidence)
		return;
	if (evidence->newer)
		evidence->newer->older = evidence->older;
	if (evidence->older)
		evidence->older->newer = evidence->newer;
	evidence->newer = NULL;
	evidence->older = history->newest;
	if (history->newest)
		history->newest->newer = evidence;
	history->newest = evidence;
}

static void touch(struct history *history, struct node_history *node, enum evidence_kind kind)
{
	history_touch(history, &node->evidence[kind]);
}

/* ---- Beginning ---- */

static int compare_nodes(const void *a, const void *b)
{
	const struct node_history *const *left = a, *const *right = b;

	return strcmp((*left)->node->name, (*right)->node->name);
}

static int compare_probes(const void *a, const void *b)
{
	const struct echoes *const *left = a, *const *right = b;

	return strcmp((*left)->probe->name, (*right)->probe->name);
}

struct node_history *history_node(const struct history *history, const char *name)
{
	const struct node node = { .name = name };
	struct node_history key = { .node = &node }, *wanted = &key, **found;

	found = history->scenario->nodes.n
			? bsearch(&wanted, history->by_name, history->scenario->nodes.n,
				  sizeof(wanted), compare_nodes)
			: NULL;
	return found ? *found : NULL;
}

struct echoes *history_probe(const struct history *history, const char *name)
{
	const struct probe probe = { .name = name };
	struct echoes key = { .probe = &probe }, *wanted = &key, **found;

	found = history->scenario->probes.n
			? bsearch(&wanted, history->probes_by_name, history->scenario->probes.n,
				  sizeof(wanted), compare_probes)
			: NULL;
	return found ? *found : NULL;
}

static void begin_nodes(struct history *history)
{
	const size_t n = history->scenario->nodes.n;

	history->nodes = arena_alloc(history->arena, n * sizeof(*history->nodes));
	history->by_name = arena_alloc(history->arena, n * sizeof(*history->by_name));
	for (size_t i = 0; i < n; i++) {
		struct node_history *node = &history->nodes[i];

		node->node = &history->scenario->nodes.at[i];
		node->evidence = &history->evidence[i * EVIDENCE_KINDS];
		node->run.at = node->state.at = node->plan.at = NEVER;
		node->run.arena = arena_new_within(history->arena);
		node->state.arena = arena_new_within(history->arena);
		history->by_name[i] = node;
	}
	if (n)
		qsort(history->by_name, n, sizeof(*history->by_name), compare_nodes);
}

static void begin_probes(struct history *history)
{
	const size_t n = history->scenario->probes.n;

	history->probes = arena_alloc(history->arena, n * sizeof(*history->probes));
	history->probes_by_name = arena_alloc(history->arena, n * sizeof(*history->probes_by_name));
	for (size_t i = 0; i < n; i++) {
		history->probes[i].probe = &history->scenario->probes.at[i];
		history->probes_by_name[i] = &history->probes[i];
	}
	if (n)
		qsort(history->probes_by_name, n, sizeof(*history->probes_by_name), compare_probes);
}

struct history *history_new(const struct scenario *scenario, struct arena *arena)
{
	struct history *history = arena_alloc(arena, sizeof(*history));

	history->scenario = scenario;
	history->arena = arena;
	history->evidence_n = scenario->nodes.n * EVIDENCE_KINDS + scenario->probes.n +
			      INVARIANTS_N;
	history->evidence = arena_alloc(arena, history->evidence_n * sizeof(*history->evidence));
	begin_nodes(history);
	begin_probes(history);
	invariants_begin(history);
	return history;
}

/* ---- Runs ---- */

static const char *kept(struct history *history, const char *text)
{
	return text ? arena_strdup(history->arena, text) : NULL;
}

static void add_event(struct history *history, struct node_history *node, msec_t at,
		      const struct record_event *event)
{
	*vec_push(history->arena, &node->decisions) = (struct decision){
		.at = at,
		.event = { .kind = kept(history, event->kind),
			   .selector = kept(history, event->selector),
			   .interface = kept(history, event->interface),
			   .peer = kept(history, event->peer),
			   .role = kept(history, event->role),
			   .reason = kept(history, event->reason),
			   .text = kept(history, event->text) },
	};
}

/* A run whose end differs from the previous one's gets its own line. */
static void add_end(struct history *history, struct node_history *node,
		    const struct record_run *run, msec_t at)
{
	const int before = node->run.at == NEVER ? 0 : node->run.exit;
	struct arena *arena = history->arena;
	const char *text;

	if (run->exit == before)
		return;
	text = arena_printf(arena, "run %u ended with exit code %d", run->number, run->exit);
	if (run->errors.n)
		text = arena_printf(arena, "%s: %s", text, first_line(arena, run->errors.at[0]));
	*vec_push(arena, &node->decisions) = (struct decision){ .at = at, .event.text = text };
}

static void add_run(struct history *history, struct node_history *node, const struct record *record)
{
	const struct record_run *run = &record->run;
	struct kept_run *to = &node->run;

	vec_each (event, &run->events)
		add_event(history, node, record->at, event);
	add_end(history, node, run, record->at);
	to->at = record->at;
	to->number = run->number;
	to->exit = run->exit;
	to->changes = run->changes;
	arena_reset(to->arena);
	to->output = arena_strdup(to->arena, run->output ? run->output : "");
	to->error = run->errors.n ? arena_strdup(to->arena, run->errors.at[0]) : NULL;
	touch(history, node, EVIDENCE_RUN);
	if (run->events.n)
		touch(history, node, EVIDENCE_DECISION);
}

/* ---- Selections ---- */

static struct selector_history *selector_get(struct history *history, struct node_history *node,
					     const char *name)
{
	struct selector_history *selector;

	vec_each (there, &node->selectors) {
		if (!strcmp(there->name, name))
			return there;
	}
	selector = vec_push(history->arena, &node->selectors);
	selector->name = kept(history, name);
	return selector;
}

static bool was_active(const struct selection_change *change, const char *peer)
{
	if (!change)
		return false;
	vec_each (active, &change->active) {
		if (!strcmp(*active, peer))
			return true;
	}
	return false;
}

static const struct selection_change *latest_change(const struct selector_history *selector)
{
	return selector->changes.n ? &selector->changes.at[selector->changes.n - 1] : NULL;
}

static bool same_active(const struct selection_change *change,
			const struct record_selection *selection)
{
	if (!change || change->active.n != selection->active.n)
		return false;
	for (size_t i = 0; i < selection->active.n; i++) {
		if (strcmp(change->active.at[i], selection->active.at[i]) != 0)
			return false;
	}
	return true;
}

static void add_selection(struct history *history, struct node_history *node,
			  const struct record *record)
{
	const struct record_selection *selection = &record->selection;
	struct selection_change change = { .at = record->at };
	struct selector_history *selector;
	const struct selection_change *before;

	if (selection->unreadable || !selection->selector)
		return;
	selector = selector_get(history, node, selection->selector);
	before = latest_change(selector);
	if (same_active(before, selection))
		return;
	change.begun = before ? before->begun : 0;
	vec_each (active, &selection->active) {
		*vec_push(history->arena, &change.active) = kept(history, *active);
		change.begun += !was_active(before, *active);
	}
	*vec_push(history->arena, &selector->changes) = change;
	touch(history, node, EVIDENCE_SELECTION);
}

const struct selection_change *selection_at(const struct selector_history *selector, msec_t time)
{
	size_t n = vec_place_after(&selector->changes, &time, time_order);

	return n ? &selector->changes.at[n - 1] : NULL;
}

unsigned selections_in(const struct selector_history *selector, msec_t from, msec_t until)
{
	const struct selection_change *first = selection_at(selector, from - 1);
	const struct selection_change *last = selection_at(selector, until);

	return (last ? last->begun : 0) - (first ? first->begun : 0);
}

/* ---- The kernel's state ---- */

static const char *text_or_null(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static const char **copied_texts(struct arena *arena, const char *const *texts, size_t n)
{
	const char **copy = arena_alloc(arena, n * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, texts[i]);
	return copy;
}

/* Of a VEC: full, and never pushed to. */
#define keep_texts(arena, to, from)                                                                \
	((to)->n = (to)->capacity = (from)->n,                                                     \
	 (to)->at = copied_texts((arena), (from)->at, (from)->n))

static void keep_peer(struct arena *arena, struct record_peer *to, const struct record_peer *from)
{
	*to = *from;
	to->name = text_or_null(arena, from->name);
	to->endpoint = text_or_null(arena, from->endpoint);
	keep_texts(arena, &to->allowed_ips, &from->allowed_ips);
}

static void keep_interface(struct arena *arena, struct record_interface *to,
			   const struct record_interface *from)
{
	to->name = text_or_null(arena, from->name);
	to->up = from->up;
	vec_reserve(arena, &to->peers, from->peers.n);
	to->peers.n = from->peers.n;
	for (size_t i = 0; i < from->peers.n; i++)
		keep_peer(arena, &to->peers.at[i], &from->peers.at[i]);
}

static void add_state(struct history *history, struct node_history *node,
		      const struct record *record)
{
	const struct record_state *from = &record->state;
	struct record_state *to = &node->state.state;
	struct arena *arena = node->state.arena;

	arena_reset(arena);
	node->state.at = record->at;
	*to = (struct record_state){ .node = node->node->name };
	vec_reserve(arena, &to->interfaces, from->interfaces.n);
	to->interfaces.n = from->interfaces.n;
	for (size_t i = 0; i < from->interfaces.n; i++)
		keep_interface(arena, &to->interfaces.at[i], &from->interfaces.at[i]);
	keep_texts(arena, &to->links, &from->links);
	keep_texts(arena, &to->addresses, &from->addresses);
	keep_texts(arena, &to->routes, &from->routes);
	touch(history, node, EVIDENCE_STATE);
}

/* ---- Other observations ---- */

static void add_plan(struct history *history, struct node_history *node,
		     const struct record *record)
{
	node->plan = (struct kept_plan){ record->at, record->plan.exit, record->plan.changes };
	touch(history, node, EVIDENCE_PLAN);
}

static void keep_text(struct history *history, struct kept_text *to, msec_t at, int exit,
		      const char *text)
{
	to->at = at;
	to->exit = exit;
	if (to->arena)
		arena_reset(to->arena);
	else
		to->arena = arena_new_within(history->arena);
	to->text = text_or_null(to->arena, text);
}

static struct kept_text *kept_text_get(struct history *history, struct kept_texts *texts,
				       const char *name)
{
	struct kept_text *text;

	vec_each (there, &texts->list) {
		if (!strcmp(there->name, name))
			return there;
	}
	text = vec_push(history->arena, &texts->list);
	text->name = kept(history, name);
	return text;
}

static void add_command(struct history *history, struct node_history *node,
			const struct record *record)
{
	const struct record_command *command = &record->command;
	struct kept_text *to = kept_text_get(history, &node->commands, command->command);

	keep_text(history, to, record->at, command->exit, command->output ? command->output : "");
	touch(history, node, EVIDENCE_COMMAND);
}

static void add_file(struct history *history, struct node_history *node,
		     const struct record *record)
{
	struct kept_text *to = kept_text_get(history, &node->files, record->file.path);

	keep_text(history, to, record->at, 0, record->file.text);
	touch(history, node, EVIDENCE_FILE);
}

static void add_traffic(struct history *history, struct node_history *node,
			const struct record *record)
{
	*vec_push(history->arena, &node->traffic) = (struct traffic){ record->at,
								      record->traffic.bytes };
}

static void add_echo(struct history *history, const struct record_echo *echo)
{
	struct echoes *echoes = history_probe(history, echo->probe);

	if (!echoes)
		return;
	echoes_add(echoes, echo, history->arena);
	history_touch(history, &history->evidence[history->scenario->nodes.n * EVIDENCE_KINDS +
						  (size_t)(echoes - history->probes)]);
}

typedef void node_adder(struct history *history, struct node_history *node,
			const struct record *record);

static void add_of_node(struct history *history, const struct record *record, const char *name,
			node_adder *add)
{
	struct node_history *node = history_node(history, name);

	if (!node)
		return;
	invariants_see(history, node, record);
	add(history, node, record);
}

void history_add(struct history *history, const struct record *record)
{
	switch (record->kind) {
	case RECORD_FAULT:
		invariants_fault(history, record);
		break;
	case RECORD_RUN:
		add_of_node(history, record, record->run.node, add_run);
		break;
	case RECORD_SELECTION:
		add_of_node(history, record, record->selection.node, add_selection);
		break;
	case RECORD_STATE:
		add_of_node(history, record, record->state.node, add_state);
		break;
	case RECORD_PLAN:
		add_of_node(history, record, record->plan.node, add_plan);
		break;
	case RECORD_COMMAND:
		add_of_node(history, record, record->command.node, add_command);
		break;
	case RECORD_FILE:
		add_of_node(history, record, record->file.node, add_file);
		break;
	case RECORD_TRAFFIC:
		add_of_node(history, record, record->traffic.node, add_traffic);
		break;
	case RECORD_ECHO:
		add_echo(history, &record->echo);
		break;
	default:
		break;
	}
}

/* ---- Measures ---- */

/* Traffic sent by the node until that time. */
static uint64_t bytes_at(const struct node_history *node, msec_t time)
{
	size_t n = vec_place_after(&node->traffic, &time, time_order);

	return n ? node->traffic.at[n - 1].bytes : 0;
}

static double measure_node(const struct measure *measure, const struct history *history,
			   msec_t from, msec_t until)
{
	const struct node_history *node = history_node(history, measure->node->name);
	unsigned begun = 0;

	if (measure->kind == MEASURE_TRAFFIC)
		return (double)(bytes_at(node, until) - bytes_at(node, from));
	vec_each (selector, &node->selectors)
		begun += selections_in(selector, from, until);
	return begun;
}

double measure_value(const struct measure *measure, const struct history *history, msec_t from,
		     msec_t until, struct arena *arena)
{
	const struct echoes *echoes = NULL;

	if (measure->probe)
		echoes = history_probe(history, measure->probe->name);
	switch (measure->kind) {
	case MEASURE_OUTAGE:
		return (double)echoes_outage(echoes, from, until).length;
	case MEASURE_LOST:
		return echoes_count(echoes, from, until).lost;
	case MEASURE_RTT:
		return echoes_median(echoes, from, until, arena);
	case MEASURE_SELECTIONS:
	case MEASURE_TRAFFIC:
		return measure_node(measure, history, from, until);
	}
	return NAN;
}

/* ---- Decisions ---- */

/* As printed by wgreconcile; fields contained in the text are omitted. */
static const char *verb(const struct record_event *event)
{
	if (!event->kind || !event->peer || !strcmp(event->kind, "try"))
		return "";
	return !strcmp(event->kind, "probe_failed") ? "probed: " : NULL;
}

const char *decision_text(const struct decision *decision, struct arena *arena)
{
	const struct record_event *event = &decision->event;
	const char *of = event->selector ? event->selector : event->interface;
	const char *done = verb(event);

	if (!done)
		done = arena_printf(arena, "%s: ", event->kind);
	return arena_printf(arena, "%s %s%s%s%s%s%s", seconds_text(arena, decision->at),
			    of ? of : "", of ? ": " : "", event->peer ? event->peer : "",
			    event->peer ? " " : "", done, event->text ? event->text : "");
}

struct decisions history_decisions(const struct history *history, const char *name, size_t n,
				   struct arena *arena)
{
	const struct node_history *node = history_node(history, name);
	struct decisions decisions = { 0 };
	size_t first;

	if (!node)
		return decisions;
	first = node->decisions.n > n ? node->decisions.n - n : 0;
	for (size_t i = first; i < node->decisions.n; i++)
		*vec_push(arena, &decisions.lines) = decision_text(&node->decisions.at[i], arena);
	return decisions;
}
