/* SPDX-License-Identifier: MIT */
#include "view_parts.h"

#include "scenario/scenario_read.h"

#include <stdlib.h>

/* Defaults of an echo stream with too few records. */
#define PROBE_EVERY_MS 1000
#define PROBE_TIMEOUT_MS 1000

static const char *const verdict_words[] = {
	[VIEW_PASSED] = "passed",	  [VIEW_FAILED] = "failed",   [VIEW_BROKEN] = "broken",
	[VIEW_UNFINISHED] = "unfinished", [VIEW_SKIPPED] = "skipped",
};

bool view_verdict_is_bad(enum view_verdict verdict)
{
	return verdict != VIEW_PASSED && verdict != VIEW_SKIPPED;
}

const char *view_verdict_word(enum view_verdict verdict)
{
	return verdict_words[verdict];
}

const char *family_name(struct arena *arena, const char *scenario)
{
	return arena_strndup(arena, scenario, strcspn(scenario, "["));
}

/* ---- Faults ---- */

static struct view_fault *fault_find(struct view *view, const struct record_fault *fault)
{
	for (size_t i = view->faults.n; i-- > 0;) {
		struct view_fault *earlier = &view->faults.at[i];

		if (earlier->number == fault->number && !strcmp(earlier->name, fault->name))
			return earlier;
	}
	return NULL;
}

static void fault_add(struct view *view, const struct record_fault *fault, msec_t at)
{
	struct view_fault *begun = fault->undone ? fault_find(view, fault) : NULL;

	if (begun) {
		begun->until = at;
		return;
	}
	*vec_push(view->arena, &view->faults) = (struct view_fault){
		.name = fault->name,
		.kind = fault->kind,
		.node = fault->node,
		.object = fault->object,
		.number = fault->number,
		.from = at,
		.until = at,
		.error = fault->error,
	};
}

/* ---- Echo requests ---- */

static void stream_know(struct view *view, const char *name)
{
	struct view_stream *made;

	vec_each (stream, &view->streams) {
		if (!strcmp(stream->name, name))
			return;
	}
	made = vec_push(view->arena, &view->streams);
	made->name = name;
	made->first_answer = -1;
}

static bool is_of_stream(const struct record *record, const struct view_stream *stream)
{
	return record->kind == RECORD_ECHO && !strcmp(record->echo.probe, stream->name);
}

/* The records do not have their probe's period and timeout, but they follow from the records. */
static struct probe probe_of(const struct view_stream *stream, const struct trace *trace)
{
	struct probe probe = { .name = stream->name, .every = INT64_MAX };
	const struct record_echo *before = NULL;

	vec_each (record, &trace->records) {
		const struct record_echo *echo = &record->echo;
		msec_t steps, length;

		if (!is_of_stream(record, stream))
			continue;
		if (echo->rtt < 0 && !probe.timeout)
			probe.timeout = record->at - echo->sent;
		steps = before ? (msec_t)echo->sequence - before->sequence : 0;
		length = steps ? (echo->sent - before->sent) / steps : 0;
		if (length > 0 && length < probe.every)
			probe.every = length;
		before = echo;
	}
	if (probe.every == INT64_MAX)
		probe.every = PROBE_EVERY_MS;
	if (!probe.timeout)
		probe.timeout = PROBE_TIMEOUT_MS;
	return probe;
}

static void stream_end(struct view *view, struct view_stream *stream, const struct trace *trace)
{
	stream->probe = probe_of(stream, trace);
	stream->echoes.probe = &stream->probe;
	vec_each (record, &trace->records) {
		if (is_of_stream(record, stream))
			echoes_add(&stream->echoes, &record->echo, view->arena);
	}
	stream->lost = echoes_count(&stream->echoes, 0, view->duration).lost;
	vec_each (echo, &stream->echoes.list) {
		if (echo->rtt >= 0 && stream->first_answer < 0)
			stream->first_answer = echo->sent;
	}
	stream->outage = echoes_outage(&stream->echoes,
				       stream->first_answer < 0 ? 0 : stream->first_answer,
				       view->duration);
}

struct outage view_outage(const struct view *view)
{
	struct outage longest = { 0, -1 };

	vec_each (stream, &view->streams) {
		if (stream->outage.length > longest.length)
			longest = stream->outage;
	}
	return longest;
}

/* ---- Names ---- */

/* Natural order: gw2 before gw10. */
static int compare_names(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strverscmp(*left, *right);
}

size_t view_name_index(const struct view *view, const char *name)
{
	size_t i = 0;

	while (i < view->names.n && strcmp(view->names.at[i], name) != 0)
		i++;
	return i;
}

static void name_add(struct view *view, const char *name)
{
	if (name && view_name_index(view, name) == view->names.n)
		*vec_push(view->arena, &view->names) = name;
}

static void names_sort_from(struct view *view, size_t first)
{
	if (view->names.n > first)
		qsort(view->names.at + first, view->names.n - first, sizeof(*view->names.at),
		      compare_names);
}

#define tree_each(child, parent)                                                                   \
	for (const struct tree_node *child = (parent) ? (parent)->first : NULL; child;             \
	     child = child->next)

/* The scenario's description, and the members of its selectors. */
static void scenario_look(struct view *view)
{
	const char *text = view->begin->text ? view->begin->text : "";
	struct diags diags = { .arena = view->arena };
	const struct tree_node *root = tree_parse("", text, strlen(text), SCENARIO_DEPTH_MAX,
						  view->arena, &diags);
	const struct tree_node *description = tree_get(root, "description");

	view->description = description ? description->text : "";
	tree_each(node, tree_get(root, "nodes"))
	{
		tree_each(selector, tree_get(tree_get(node, "desired"), "selectors"))
		{
			tree_each(peer, tree_get(selector, "peers")) name_add(view, peer->key);
		}
	}
	names_sort_from(view, 0);
}

static void names_collect(struct view *view)
{
	const size_t known = view->names.n;
	size_t members;

	vec_each (row, &view->rows) {
		vec_each (bar, &row->bars)
			name_add(view, bar->member);
	}
	names_sort_from(view, known);
	members = view->names.n;
	vec_each (handshakes, &view->handshakes) {
		vec_each (peer, &handshakes->peers)
			name_add(view, peer->name);
	}
	names_sort_from(view, members);
}

/* ---- All records ---- */

static void run_add(struct view *view, const struct record *record)
{
	vec_each (event, &record->run.events)
		*vec_push(view->arena, &view->decisions) = (struct view_decision){ record->at,
										   record->run.node,
										   event };
}

static void record_add(struct view *view, const struct record *record)
{
	switch (record->kind) {
	case RECORD_BEGIN:
		view->begin = &record->begin;
		break;
	case RECORD_FAULT:
		fault_add(view, &record->fault, record->at);
		break;
	case RECORD_RUN:
		run_add(view, record);
		break;
	case RECORD_STATE:
		handshakes_add(view, record);
		break;
	case RECORD_ECHO:
		stream_know(view, record->echo.probe);
		break;
	case RECORD_EXPECTATION:
		*vec_push(view->arena,
			  &view->expectations) = (struct view_expectation){ record->at,
									    &record->expectation };
		break;
	case RECORD_MEASURE:
		*vec_push(view->arena, &view->measures) = &record->measure;
		break;
	case RECORD_END:
		view->end = &record->end;
		break;
	default:
		break;
	}
}

static enum view_verdict verdict_of(const struct view *view)
{
	if (!view->end)
		return VIEW_UNFINISHED;
	if (view->end->skipped)
		return VIEW_SKIPPED;
	if (view->end->error)
		return VIEW_BROKEN;
	return view->end->failed ? VIEW_FAILED : VIEW_PASSED;
}

static int compare_streams(const void *a, const void *b)
{
	const struct view_stream *left = a, *right = b;

	return strverscmp(left->name, right->name);
}

static int compare_handshakes(const void *a, const void *b)
{
	const struct view_handshakes *left = a, *right = b;
	const int nodes = strverscmp(left->node, right->node);

	return nodes ? nodes : strverscmp(left->interface, right->interface);
}

static void sort_by_name(struct view *view)
{
	if (view->streams.n)
		qsort(view->streams.at, view->streams.n, sizeof(*view->streams.at),
		      compare_streams);
	if (view->handshakes.n)
		qsort(view->handshakes.at, view->handshakes.n, sizeof(*view->handshakes.at),
		      compare_handshakes);
}

struct view *view_make(const struct trace *trace, struct arena *arena)
{
	struct view *view = arena_alloc(arena, sizeof(*view));
	struct rows rows = { .view = view };

	view->arena = arena;
	vec_each (record, &trace->records) {
		if (record->at > view->duration)
			view->duration = record->at;
		record_add(view, record);
		rows_add(&rows, record);
	}
	rows_end(&rows);
	view->verdict = verdict_of(view);
	sort_by_name(view);
	vec_each (stream, &view->streams)
		stream_end(view, stream, trace);
	scenario_look(view);
	names_collect(view);
	return view;
}

/* As in failures: fields contained in the text are omitted. */
const char *view_decision_text(const struct record_event *event, struct arena *arena)
{
	const char *text = event->text ? event->text : "";
	const char *who = event->peer ? arena_printf(arena, "%s ", event->peer) : "";

	if (!event->peer || !strcmp(event->kind, "try"))
		return arena_printf(arena, "%s%s", who, *text ? text : event->kind);
	if (!strcmp(event->kind, "probe_failed"))
		return arena_printf(arena, "%sprobed: %s", who, text);
	return arena_printf(arena, *text ? "%s%s: %s" : "%s%s", who, event->kind, text);
}
