/* SPDX-License-Identifier: MIT */
/*
 * No evaluation scans everything: the evidence shows the changes since the last one, and all
 * times at which items open or end are known from the start.
 */
#include "judge_parts.h"

#include <stdlib.h>

#define KINDS_N (CONDITION_INVARIANT + 1)

/* A time of an action for an item. */
struct due {
	msec_t at;
	struct item *item;
	enum due_kind {
		DUE_OPEN,
		DUE_SETTLED,
		DUE_END,
		DUE_GIVE_UP,
	} kind;
};

struct item_list {
	VEC(struct item *) list;
};

struct judge {
	const struct scenario *scenario;
	const struct history *history;
	struct arena *arena;
	struct items items;
	VEC(struct due) dues; /* by time */
	size_t next_due;
	uint64_t seen; /* the history's revision */
	struct item_list *by_evidence; /* open ones */
	struct item_list *by_kind; /* undecided ones: by kind, for each node and for none */
	bool begun;
	unsigned passed, failed;
};

/* One evaluation. */
struct looking {
	struct judge *judge;
	msec_t now;
	judge_verdict *verdict;
	void *context;
	struct arena *scratch; /* for the texts; NULL until one is needed */
};

/* ---- Making ---- */

static int compare_dues(const void *a, const void *b)
{
	const struct due *left = a, *right = b;

	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	if (left->item != right->item)
		return left->item < right->item ? -1 : 1;
	return (int)left->kind - (int)right->kind;
}

static void due_add(struct judge *judge, struct item *item, msec_t at, enum due_kind kind)
{
	*vec_push(judge->arena, &judge->dues) = (struct due){ at, item, kind };
}

static void make_dues(struct judge *judge)
{
	vec_each (item, &judge->items.list) {
		if (item->impossible)
			continue;
		due_add(judge, item, item->from, DUE_OPEN);
		due_add(judge, item, item->until, DUE_END);
		if (item->expectation->kind == EXPECT_SETTLES)
			due_add(judge, item, item->settled_by, DUE_SETTLED);
		if (item->expectation->kind == EXPECT_AT)
			due_add(judge, item, item->until + 2 * judge->scenario->observe,
				DUE_GIVE_UP);
	}
	if (judge->dues.n)
		qsort(judge->dues.at, judge->dues.n, sizeof(*judge->dues.at), compare_dues);
}

static struct item_list *kind_list(const struct judge *judge, enum condition_kind kind,
				   const struct node *node)
{
	size_t index = node ? (size_t)(node - judge->scenario->nodes.at) : judge->scenario->nodes.n;

	return &judge->by_kind[index * KINDS_N + kind];
}

static struct item_list *list_of(const struct judge *judge, const struct item *item)
{
	const struct condition *condition = &item->expectation->condition;

	return kind_list(judge, condition->kind, condition->node);
}

static struct item_list *evidence_list(const struct judge *judge, const struct item *item)
{
	return &judge->by_evidence[condition_evidence(&item->expectation->condition,
						      judge->history)];
}

struct judge *judge_new(const struct scenario *scenario, const struct schedule *schedule,
			const struct history *history, struct arena *arena)
{
	struct judge *judge = arena_alloc(arena, sizeof(*judge));
	size_t lists = (scenario->nodes.n + 1) * KINDS_N;

	judge->scenario = scenario;
	judge->history = history;
	judge->arena = arena;
	judge->items = items_make(scenario, schedule, arena);
	judge->by_evidence = arena_alloc(arena, history->evidence_n * sizeof(*judge->by_evidence));
	judge->by_kind = arena_alloc(arena, lists * sizeof(*judge->by_kind));
	vec_each (item, &judge->items.list)
		*vec_push(arena, &list_of(judge, item)->list) = item;
	make_dues(judge);
	return judge;
}

/* ---- Deciding ---- */

static void list_remove(struct item_list *list, const struct item *item)
{
	for (size_t i = 0; i < list->list.n; i++) {
		if (list->list.at[i] == item) {
			vec_remove(&list->list, i);
			return;
		}
	}
}

static struct arena *scratch_of(struct looking *looking)
{
	if (!looking->scratch)
		looking->scratch = arena_new();
	return looking->scratch;
}

static void decide(struct looking *looking, struct item *item, bool passed, enum stage stage,
		   msec_t at)
{
	struct judge *judge = looking->judge;
	struct record_expectation verdict = { .text = item->text,
					      .line = item->expectation->where.line,
					      .passed = passed };

	if (item->open)
		list_remove(evidence_list(judge, item), item);
	list_remove(list_of(judge, item), item);
	item->decided = true;
	judge->passed += passed;
	judge->failed += !passed;
	item_words(item, judge->history, stage, at, looking->now, scratch_of(looking), &verdict);
	looking->verdict(looking->context, &verdict);
}

static void rule(struct looking *looking, struct item *item, enum stage stage, msec_t at)
{
	/* Counting conditions may need memory for it at the end. */
	struct arena *scratch = stage == STAGE_CHANGED ? NULL : scratch_of(looking);
	enum ruling ruling = item_rule(item, looking->judge->history, stage, at, scratch);

	if (ruling != RULING_NONE)
		decide(looking, item, ruling == RULING_PASSED, stage, at);
}

static void item_open(struct looking *looking, struct item *item, msec_t at)
{
	item->open = true;
	*vec_push(looking->judge->arena, &evidence_list(looking->judge, item)->list) = item;
	rule(looking, item, STAGE_CHANGED, at);
}

static void due_reached(struct looking *looking, const struct due *due)
{
	static const enum stage stages[] = {
		[DUE_SETTLED] = STAGE_SETTLED,
		[DUE_END] = STAGE_END,
		[DUE_GIVE_UP] = STAGE_GIVE_UP,
	};

	if (due->item->decided)
		return;
	if (due->kind == DUE_OPEN)
		item_open(looking, due->item, due->at);
	else
		rule(looking, due->item, stages[due->kind], due->at);
}

static void look_at_dues(struct looking *looking)
{
	struct judge *judge = looking->judge;

	while (judge->next_due < judge->dues.n &&
	       judge->dues.at[judge->next_due].at <= looking->now)
		due_reached(looking, &judge->dues.at[judge->next_due++]);
}

static void look_at_evidence(struct looking *looking, const struct evidence *evidence)
{
	struct judge *judge = looking->judge;
	struct item_list *list = &judge->by_evidence[evidence - judge->history->evidence];

	/* Decided ones are removed from the list. */
	for (size_t i = 0; i < list->list.n;) {
		struct item *item = list->list.at[i];

		rule(looking, item, STAGE_CHANGED, looking->now);
		i += !item->decided;
	}
}

static void look_at_changes(struct looking *looking)
{
	struct judge *judge = looking->judge;
	const struct evidence *evidence = judge->history->newest;

	for (; evidence && evidence->revision > judge->seen; evidence = evidence->older)
		look_at_evidence(looking, evidence);
	judge->seen = judge->history->revision;
}

/* Those that can never be evaluated are reported at once. */
static void look_at_impossible(struct looking *looking)
{
	if (looking->judge->begun)
		return;
	looking->judge->begun = true;
	vec_each (item, &looking->judge->items.list) {
		if (item->impossible)
			decide(looking, item, false, STAGE_END, looking->now);
	}
}

void judge_look(struct judge *judge, msec_t now, judge_verdict *verdict, void *context)
{
	struct looking looking = { judge, now, verdict, context, NULL };

	look_at_impossible(&looking);
	/* First those that ended before the latest changes. */
	look_at_dues(&looking);
	look_at_changes(&looking);
	arena_free(looking.scratch);
}

void judge_end(struct judge *judge, msec_t now, judge_verdict *verdict, void *context)
{
	struct looking looking = { judge, now, verdict, context, NULL };

	judge_look(judge, now, verdict, context);
	vec_each (item, &judge->items.list) {
		if (!item->decided)
			rule(&looking, item,
			     item->expectation->kind == EXPECT_AT ? STAGE_GIVE_UP : STAGE_END, now);
	}
	arena_free(looking.scratch);
}

/* ---- Queries of the engine ---- */

msec_t judge_next(const struct judge *judge, msec_t now)
{
	for (size_t i = judge->next_due; i < judge->dues.n; i++) {
		const struct due *due = &judge->dues.at[i];

		if (due->at > now && !due->item->decided)
			return due->at;
	}
	return INT64_MAX;
}

static bool is_open_at(const struct item *item, msec_t now)
{
	return !item->impossible && item->from <= now;
}

static bool list_wants(const struct item_list *list, msec_t now)
{
	vec_each (item, &list->list) {
		if (is_open_at(*item, now))
			return true;
	}
	return false;
}

bool judge_wants(const struct judge *judge, enum condition_kind kind, const struct node *node,
		 msec_t now)
{
	return list_wants(kind_list(judge, kind, node), now) ||
	       list_wants(kind_list(judge, kind, NULL), now);
}

static bool is_wanted_already(const struct wanted *wanted, const struct condition *condition)
{
	vec_each (there, &wanted->list) {
		if (*there == condition)
			return true;
	}
	return false;
}

struct wanted judge_wanted(const struct judge *judge, enum condition_kind kind, msec_t now,
			   struct arena *arena)
{
	struct wanted wanted = { 0 };

	for (size_t i = 0; i <= judge->scenario->nodes.n; i++) {
		vec_each (item, &judge->by_kind[i * KINDS_N + kind].list) {
			const struct condition *condition = &(*item)->expectation->condition;

			if (is_open_at(*item, now) && !is_wanted_already(&wanted, condition))
				*vec_push(arena, &wanted.list) = condition;
		}
	}
	return wanted;
}

unsigned judge_passed(const struct judge *judge)
{
	return judge->passed;
}

unsigned judge_failed(const struct judge *judge)
{
	return judge->failed;
}

unsigned judge_total(const struct judge *judge)
{
	return (unsigned)judge->items.list.n;
}
