/* SPDX-License-Identifier: MIT */
#include "judge_parts.h"
#include "trace/wording.h"

static const struct condition *condition_of(const struct item *item)
{
	return &item->expectation->condition;
}

static struct finding look(const struct item *item, const struct history *history, msec_t now,
			   struct arena *scratch)
{
	return condition_check(condition_of(item), history, item->from, now, scratch);
}

static enum ruling ruling_of(const struct item *item, bool holds)
{
	return holds != (item->expectation->kind == EXPECT_NEVER) ? RULING_PASSED : RULING_FAILED;
}

/* ---- Counting conditions ---- */

static enum ruling rule_count(const struct item *item, const struct history *history,
			      enum stage stage, msec_t at, struct arena *scratch)
{
	struct finding finding;

	if (stage == STAGE_SETTLED ||
	    (stage == STAGE_CHANGED && !condition_may_be_final(condition_of(item))))
		return RULING_NONE;
	if (at > item->until)
		at = item->until;
	finding = look(item, history, at, scratch);
	if (stage == STAGE_CHANGED && !finding.final)
		return RULING_NONE;
	return finding.looked ? ruling_of(item, finding.holds) : RULING_FAILED;
}

/* ---- Conditions at a time ---- */

static void update(struct item *item, const struct finding *finding)
{
	if (!finding->looked)
		return;
	if (!item->looked || item->holds != finding->holds)
		item->since = finding->at;
	item->looked = true;
	item->holds = finding->holds;
}

static enum ruling rule_settles(struct item *item, enum stage stage)
{
	if (stage == STAGE_CHANGED && (!item->settling_is_over || item->holds))
		return RULING_NONE;
	if (stage == STAGE_SETTLED && item->holds) {
		item->settling_is_over = true;
		return RULING_NONE;
	}
	return item->holds ? RULING_PASSED : RULING_FAILED;
}

/* Without a sample at the time, the first later one is used. */
static enum ruling rule_at(struct item *item, const struct history *history, enum stage stage,
			   msec_t at)
{
	if (at < item->until)
		return RULING_NONE;
	if (!item->looked && at > item->until) {
		struct finding finding = look(item, history, at, NULL);

		update(item, &finding);
	}
	if (!item->looked)
		return stage == STAGE_GIVE_UP ? RULING_FAILED : RULING_NONE;
	return ruling_of(item, item->holds);
}

static enum ruling rule_always(const struct item *item, enum stage stage)
{
	if (item->looked && ruling_of(item, item->holds) == RULING_FAILED)
		return RULING_FAILED;
	if (stage == STAGE_CHANGED)
		return RULING_NONE;
	return item->looked ? RULING_PASSED : RULING_FAILED;
}

enum ruling item_rule(struct item *item, const struct history *history, enum stage stage, msec_t at,
		      struct arena *scratch)
{
	struct finding finding;

	if (condition_counts(condition_of(item)))
		return rule_count(item, history, stage, at, scratch);
	finding = look(item, history, at < item->until ? at : item->until, NULL);
	update(item, &finding);
	switch (item->expectation->kind) {
	case EXPECT_EVENTUALLY:
		return item->holds	    ? RULING_PASSED
		       : stage == STAGE_END ? RULING_FAILED
					    : RULING_NONE;
	case EXPECT_SETTLES:
		return rule_settles(item, stage);
	case EXPECT_AT:
		return rule_at(item, history, stage, at);
	case EXPECT_ALWAYS:
	case EXPECT_NEVER:
		break;
	}
	return rule_always(item, stage);
}

/* ---- Texts ---- */

/* The observation at that time, as text. Without a sample exactly then, the next one, which
 * is noted if it would have passed. */
static struct finding look_closely(const struct item *item, const struct history *history,
				   msec_t at, msec_t now, struct arena *scratch)
{
	struct finding finding = look(item, history, at, scratch), later;

	if (finding.looked || (!item->looked && item->expectation->kind != EXPECT_AT))
		return finding;
	later = look(item, history, now, scratch);
	if (!later.looked)
		return finding;
	if (later.holds != item->holds)
		later.seen = arena_printf(scratch, "%s, but only at %s", later.seen,
					  seconds_text(scratch, later.at));
	return later;
}

static const char *window_text(const struct item *item, msec_t end, struct arena *scratch)
{
	return arena_printf(scratch, "from %s to %s", seconds_text(scratch, item->from),
			    seconds_text(scratch, end));
}

/* The beginning of the sentence about the observation. */
static const char *beginning(const struct item *item, enum stage stage, msec_t at, msec_t seen_at,
			     struct arena *scratch)
{
	const char *end = seconds_text(scratch, at);
	/* The loss of requests sent before the settling time is known only afterwards. */
	const bool late = item->expectation->kind == EXPECT_SETTLES && seen_at <= item->settled_by;
	const char *seen = late ? end : seconds_text(scratch, seen_at);

	switch (item->expectation->kind) {
	case EXPECT_EVENTUALLY:
		return arena_printf(scratch, "not once %s", window_text(item, at, scratch));
	case EXPECT_SETTLES:
		if (stage == STAGE_CHANGED || (stage == STAGE_END && item->settling_is_over))
			return arena_printf(scratch, "settled by %s, but no longer at %s",
					    seconds_text(scratch, item->settled_by), seen);
		return arena_printf(scratch, "not settled by %s", end);
	case EXPECT_ALWAYS:
		return arena_printf(scratch, "not at %s", seen);
	case EXPECT_NEVER:
		return arena_printf(scratch, "at %s", seen);
	case EXPECT_AT:
		break;
	}
	return arena_printf(scratch, "at %s", seconds_text(scratch, item->until));
}

static void words_of_failure(const struct item *item, const struct history *history,
			     enum stage stage, msec_t at, msec_t now, struct arena *scratch,
			     struct record_expectation *verdict)
{
	bool counts = condition_counts(condition_of(item));
	msec_t end = at < item->until ? at : item->until;
	struct finding finding = look_closely(item, history, end, now, scratch);
	const char *begin;

	if (counts || !finding.looked)
		begin = window_text(item, end, scratch);
	else
		begin = beginning(item, stage, end, finding.at, scratch);
	verdict->seen = arena_printf(scratch, "%s: %s", begin, finding.seen);
	if (finding.looked)
		verdict->since = counts ? finding.at : item->since;
	if (finding.node)
		verdict->node = finding.node;
}

void item_words(const struct item *item, const struct history *history, enum stage stage, msec_t at,
		msec_t now, struct arena *scratch, struct record_expectation *verdict)
{
	const struct condition *condition = condition_of(item);
	const struct node *node = condition->probe ? condition->probe->from : condition->node;

	verdict->node = node ? node->name : NULL;
	verdict->since = -1;
	if (item->impossible)
		verdict->seen = item->impossible;
	else if (!verdict->passed)
		words_of_failure(item, history, stage, at, now, scratch, verdict);
	else if (item->expectation->kind == EXPECT_EVENTUALLY ||
		 item->expectation->kind == EXPECT_SETTLES)
		verdict->since = item->since;
}
