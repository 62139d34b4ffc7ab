/* SPDX-License-Identifier: MIT */
#include "judge_parts.h"
#include "trace/wording.h"

/* A time of a reference. */
struct moment {
	msec_t at;
	unsigned number; /* of the fault's occurrences */
};

struct moments {
	VEC(struct moment) list; /* by time */
};

struct making {
	const struct scenario *scenario;
	const struct schedule *schedule;
	struct arena *arena;
	struct items items;
};

static struct moments moments_of(const struct making *making, const struct reference *reference)
{
	struct moments moments = { 0 };

	if (!reference->fault) {
		msec_t base = reference->end ? making->scenario->duration : 0;

		*vec_push(making->arena, &moments.list) = (struct moment){
			.at = base + reference->offset,
		};
		return moments;
	}
	vec_each (occurrence, &making->schedule->list) {
		if (occurrence->fault == reference->fault && occurrence->undo == reference->undone)
			*vec_push(making->arena, &moments.list) = (struct moment){
				occurrence->at + reference->offset, occurrence->number
			};
	}
	return moments;
}

static const char *never_happens(const struct making *making, const struct reference *reference)
{
	return arena_printf(making->arena, "%s %s: the scenario ends at %s", reference->fault->name,
			    reference->undone ? "is never undone" : "never happens",
			    seconds_text(making->arena, making->scenario->duration));
}

/* The maximum age of polled evidence at the time of EXPECT_AT; 0: valid until a change is
 * recorded. */
static msec_t validity(const struct making *making, const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_ANSWERS:
		return condition->probe->every + condition->probe->timeout;
	case CONDITION_HANDSHAKE:
	case CONDITION_PEERS:
	case CONDITION_ALLOWED_IPS:
	case CONDITION_ROUTE:
	case CONDITION_ADDRESS:
	case CONDITION_INTERFACE:
	case CONDITION_CONVERGED:
	case CONDITION_FILE:
	case CONDITION_COMMAND:
		return 2 * making->scenario->observe;
	default:
		return 0;
	}
}

static void set_point(const struct making *making, struct item *item)
{
	msec_t validity_ms = validity(making, &item->expectation->condition);

	item->until = item->from;
	item->from = validity_ms && validity_ms < item->until ? item->until - validity_ms : 0;
}

static bool is_repeated(const struct moments *moments)
{
	return moments->list.n > 1;
}

/* The window ends at the reference's next time; for the same fault at the same occurrence. */
static void set_until(const struct making *making, struct item *item, unsigned number)
{
	const struct reference *until = &item->expectation->until;
	struct moments moments = moments_of(making, until);
	bool same = until->fault && until->fault == item->expectation->from.fault;

	/* Also if the last one has none. */
	item->until = making->scenario->duration;
	vec_each (moment, &moments.list) {
		if (same ? moment->number != number : moment->at <= item->from)
			continue;
		item->until = moment->at;
		return;
	}
	if (same || is_repeated(&moments))
		return;
	if (!moments.list.n)
		item->impossible = never_happens(making, until);
	else
		item->impossible = arena_printf(making->arena,
						"its window ends at %s, before it begins at %s",
						seconds_text(making->arena, moments.list.at[0].at),
						seconds_text(making->arena, item->from));
}

static void set_times(const struct making *making, struct item *item, unsigned number)
{
	const struct expectation *expectation = item->expectation;
	struct arena *arena = making->arena;

	if (item->from > making->scenario->duration) {
		item->impossible = arena_printf(arena,
						"its time, %s, is behind the scenario's end at %s",
						seconds_text(arena, item->from),
						seconds_text(arena, making->scenario->duration));
		return;
	}
	item->settled_by = item->from + expectation->within;
	switch (expectation->kind) {
	case EXPECT_EVENTUALLY:
		item->until = item->settled_by;
		break;
	case EXPECT_AT:
		set_point(making, item);
		break;
	default:
		set_until(making, item, number);
		break;
	}
	/* Counting starts when it has settled. */
	if (expectation->kind == EXPECT_SETTLES && condition_counts(&expectation->condition))
		item->from = item->settled_by;
}

static struct item *item_add(struct making *making, const struct expectation *expectation)
{
	struct item *item = vec_push(making->arena, &making->items.list);

	item->expectation = expectation;
	item->text = expectation->text;
	item->since = -1;
	return item;
}

static void expectation_make(struct making *making, const struct expectation *expectation)
{
	const struct reference *from = &expectation->from;
	struct moments moments = moments_of(making, from);
	size_t nth = 0;

	if (!moments.list.n) {
		item_add(making, expectation)->impossible = never_happens(making, from);
		return;
	}
	vec_each (moment, &moments.list) {
		struct item *item = item_add(making, expectation);

		nth++;
		if (is_repeated(&moments))
			item->text = arena_printf(
				making->arena, "%s (%s%s no. %zu of %zu, at %s)", expectation->text,
				from->fault->name, from->undone ? " undone" : "", nth,
				moments.list.n,
				seconds_text(making->arena, moment->at - from->offset));
		item->from = moment->at;
		set_times(making, item, moment->number);
	}
}

struct items items_make(const struct scenario *scenario, const struct schedule *schedule,
			struct arena *arena)
{
	struct making making = { .scenario = scenario, .schedule = schedule, .arena = arena };

	vec_each (expectation, &scenario->expect)
		expectation_make(&making, expectation);
	return making.items;
}
