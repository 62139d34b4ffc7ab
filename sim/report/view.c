/* SPDX-License-Identifier: MIT */
#include "view_parts.h"

#include <stdlib.h>

/* What an echo stream is taken to be when it has too few records to tell. */
#define PROBE_EVERY_MS 1000
#define PROBE_TIMEOUT_MS 1000

static const char *const verdict_words[] = {
	[VERDICT_PASSED] = "passed",
	[VERDICT_FAILED] = "failed",
	[VERDICT_BROKEN] = "broken",
	[VERDICT_UNFINISHED] = "unfinished",
};

const char *verdict_word(enum verdict verdict)
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

static struct view_stream *stream_get(struct view *view, const char *name)
{
	struct view_stream *made;

	vec_each (stream, &view->streams) {
		if (!strcmp(stream->name, name))
			return stream;
	}
	made = vec_push(view->arena, &view->streams);
	made->name = name;
	made->first_answer = -1;
	return made;
}

static msec_t period(const struct echoes *echoes)
{
	msec_t shortest = INT64_MAX;

	for (size_t i = 1; i < echoes->list.n; i++) {
		const struct echo *echo = &echoes->list.at[i];
		msec_t length = echo->sent - echo[-1].sent;

		if (echo->sequence == echo[-1].sequence + 1 && length > 0 && length < shortest)
			shortest = length;
	}
	return shortest < INT64_MAX ? shortest : PROBE_EVERY_MS;
}

/* The records have neither period nor timeout of their probe, which tell where an
 * outage begins. Sums are made again when they are known. */
static void stream_end(struct view *view, struct view_stream *stream, const struct trace *trace)
{
	stream->probe = (struct probe){ .name = stream->name,
					.every = period(&stream->echoes),
					.timeout = PROBE_TIMEOUT_MS };
	stream->echoes = (struct echoes){ .probe = &stream->probe };
	vec_each (record, &trace->records) {
		if (record->kind != RECORD_ECHO || strcmp(record->echo.probe, stream->name) != 0)
			continue;
		echoes_add(&stream->echoes, &record->echo, view->arena);
		if (record->echo.rtt < 0)
			stream->probe.timeout = record->at - record->echo.sent;
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

/* As people count: gw2 before gw10. */
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

static void names_collect(struct view *view)
{
	vec_each (row, &view->rows) {
		vec_each (bar, &row->bars)
			name_add(view, bar->member);
	}
	view->members = view->names.n;
	if (view->members)
		qsort(view->names.at, view->members, sizeof(*view->names.at), compare_names);
	vec_each (handshakes, &view->handshakes) {
		vec_each (peer, &handshakes->peers)
			name_add(view, peer->name);
	}
	if (view->names.n > view->members)
		qsort(view->names.at + view->members, view->names.n - view->members,
		      sizeof(*view->names.at), compare_names);
}

/* ---- All records ---- */

static void run_add(struct view *view, const struct record *record)
{
	vec_each (event, &record->run.events)
		*vec_push(view->arena, &view->decisions) =
			(struct view_decision){ record->at, record->run.node, event };
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
		echoes_add(&stream_get(view, record->echo.probe)->echoes, &record->echo,
			   view->arena);
		break;
	case RECORD_EXPECTATION:
		*vec_push(view->arena, &view->expectations) =
			(struct view_expectation){ record->at, &record->expectation };
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

static enum verdict verdict_of(const struct view *view)
{
	if (!view->end)
		return VERDICT_UNFINISHED;
	if (view->end->error)
		return VERDICT_BROKEN;
	return view->end->failed ? VERDICT_FAILED : VERDICT_PASSED;
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
	vec_each (stream, &view->streams)
		stream_end(view, stream, trace);
	names_collect(view);
	return view;
}

const char *decision_text(const struct record_event *event, struct arena *arena)
{
	const char *text = event->kind;

	if (event->peer)
		text = arena_printf(arena, "%s %s", text, event->peer);
	if (event->role)
		text = arena_printf(arena, "%s as %s", text, event->role);
	if (event->reason)
		text = arena_printf(arena, "%s (%s)", text, event->reason);
	return event->text && *event->text ? arena_printf(arena, "%s: %s", text, event->text)
					   : text;
}
