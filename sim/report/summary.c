/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include "numbers.h"

#include <math.h>
#include <stdlib.h>

static const char *trouble_text(const struct view *view, struct arena *arena)
{
	if (view->verdict == VIEW_UNFINISHED)
		return "the trace ends before the scenario does";
	if (view->end->skipped)
		return arena_strdup(arena, view->end->skipped);
	if (view->end->error)
		return arena_strdup(arena, view->end->error);
	vec_each (decided, &view->expectations) {
		const struct record_expectation *expectation = decided->expectation;

		if (expectation->passed)
			continue;
		return arena_printf(arena, "%s%s%s%s", expectation->text,
				    expectation->seen ? ": " : "",
				    expectation->seen ? expectation->seen : "",
				    view->end->failed > 1 ? arena_printf(arena, " (and %u more)",
									 view->end->failed - 1)
							  : "");
	}
	return NULL;
}

static void copy_measures(struct summary *summary, const struct view *view, struct arena *arena)
{
	vec_each (measure, &view->measures)
		*vec_push(arena, &summary->measures) = (struct summary_measure){
			.name = arena_strdup(arena, (*measure)->name),
			.unit = arena_strdup(arena, (*measure)->unit ? (*measure)->unit : ""),
			.value = (*measure)->value,
		};
}

void summary_add(struct summaries *summaries, const struct view *view, const char *path)
{
	struct arena *arena = summaries->arena;
	struct summary *summary = vec_push(arena, &summaries->list);

	*summary = (struct summary){
		.path = arena_strdup(arena, path),
		.scenario = arena_strdup(arena, view->begin->scenario),
		.backend = arena_strdup(arena, view->begin->backend),
		.program = arena_strdup(arena, view->begin->program),
		.seed = view->begin->seed,
		.verdict = view->verdict,
		.passed = view->end ? view->end->passed : 0,
		.failed = view->end ? view->end->failed : 0,
		.duration = view->duration,
		.outage = view_outage(view).length,
		.trouble = trouble_text(view, arena),
	};
	copy_measures(summary, view, arena);
}

/* ---- Cases ---- */

static struct summary_case *case_get(struct summaries *summaries, const char *scenario)
{
	struct summary_case *made;

	vec_each (other, &summaries->cases) {
		if (!strcmp(other->scenario, scenario))
			return other;
	}
	made = vec_push(summaries->arena, &summaries->cases);
	made->scenario = scenario;
	made->family = family_name(summaries->arena, scenario);
	made->outage.name = "longest outage";
	made->outage.unit = "s";
	return made;
}

static void quantity_add(struct summaries *summaries, struct summary_case *found,
			 const struct summary_measure *measure)
{
	struct quantity *quantity = NULL;

	/* A median of no answers is not a number. */
	if (!isfinite(measure->value))
		return;
	vec_each (other, &found->measures) {
		if (!strcmp(other->name, measure->name))
			quantity = other;
	}
	if (!quantity) {
		quantity = vec_push(summaries->arena, &found->measures);
		quantity->name = measure->name;
		quantity->unit = measure->unit;
	}
	*vec_push(summaries->arena, &quantity->values) = measure->value;
}

static void case_add(struct summaries *summaries, const struct summary *summary)
{
	struct summary_case *found = case_get(summaries, summary->scenario);

	*vec_push(summaries->arena, &found->traces) = summary;
	found->count[summary->verdict]++;
	/* Incomplete traces do not count for outage lengths. */
	if (summary->verdict > VIEW_FAILED)
		return;
	if (summary->outage >= 0)
		*vec_push(summaries->arena, &found->outage.values) = (double)summary->outage /
								     MSEC_PER_SEC;
	vec_each (measure, &summary->measures)
		quantity_add(summaries, found, measure);
}

static int compare_cases(const void *a, const void *b)
{
	const struct summary_case *left = a, *right = b;

	return strverscmp(left->scenario, right->scenario);
}

static int compare_seeds(const void *a, const void *b)
{
	const struct summary *const *left = a, *const *right = b;

	if ((*left)->seed != (*right)->seed)
		return (*left)->seed < (*right)->seed ? -1 : 1;
	return strverscmp((*left)->path, (*right)->path);
}

enum case_rank { CASE_UNPLAYED, CASE_FAILED, CASE_GOOD, CASE_RANKS };

static enum case_rank rank_of(const struct summary_case *found)
{
	if (found->count[VIEW_BROKEN] || found->count[VIEW_UNFINISHED])
		return CASE_UNPLAYED;
	return found->count[VIEW_FAILED] ? CASE_FAILED : CASE_GOOD;
}

static void sort_worst_first(struct summaries *summaries)
{
	for (unsigned rank = 0; rank < CASE_RANKS; rank++)
		vec_each (found, &summaries->cases)
			if (rank_of(found) == rank)
				*vec_push(summaries->arena, &summaries->worst_first) = found;
}

void summaries_end(struct summaries *summaries)
{
	vec_each (summary, &summaries->list)
		case_add(summaries, summary);
	if (summaries->cases.n)
		qsort(summaries->cases.at, summaries->cases.n, sizeof(*summaries->cases.at),
		      compare_cases);
	vec_each (found, &summaries->cases) {
		qsort(found->traces.at, found->traces.n, sizeof(*found->traces.at), compare_seeds);
		numbers_sort(found->outage.values.at, found->outage.values.n);
		vec_each (quantity, &found->measures)
			numbers_sort(quantity->values.at, quantity->values.n);
	}
	sort_worst_first(summaries);
}
