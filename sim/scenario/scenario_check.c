/* SPDX-License-Identifier: MIT */
/* scenario_read: checks of the times of a whole scenario. */
#include "scenario_parts.h"

static msec_t last_occurrence(const struct fault *fault)
{
	return fault->at_latest + (fault->every ? fault->every * ((msec_t)fault->times - 1) : 0);
}

/* Of the last occurrence; of none that counts from the end. */
static msec_t reference_last(const struct reference *reference)
{
	if (reference->end)
		return 0;
	if (!reference->fault)
		return reference->offset;
	return last_occurrence(reference->fault) + reference->offset +
	       (reference->undone ? reference->fault->undo_after : 0);
}

static msec_t later(msec_t a, msec_t b)
{
	return a > b ? a : b;
}

msec_t last_time(const struct scenario *scenario)
{
	msec_t last = 0;

	vec_each (fault, &scenario->timeline)
		last = later(last, last_occurrence(fault) + fault->undo_after);
	vec_each (expectation, &scenario->expect) {
		last = later(last, reference_last(&expectation->from) + expectation->within);
		last = later(last, reference_last(&expectation->until));
	}
	vec_each (measure, &scenario->measures) {
		last = later(last, reference_last(&measure->from));
		last = later(last, reference_last(&measure->until));
	}
	return last;
}

/* Of the first occurrence, at its latest or earliest. */
static msec_t reference_time(const struct scenario *scenario, const struct reference *reference,
			     bool latest)
{
	const struct fault *fault = reference->fault;
	msec_t base = 0;

	if (reference->end)
		base = scenario->duration;
	else if (fault)
		base = (latest ? fault->at_latest : fault->at) +
		       (reference->undone ? fault->undo_after : 0);
	return base + reference->offset;
}

static void check_fault_time(struct scenario_reading *reading, const struct tree_node *tree,
			     const struct fault *fault)
{
	if (tree_get(tree, "at") && fault->at_latest >= reading->scenario->duration)
		tree_error(reading->diags, tree_get(tree, "at"),
			   "is behind the end, which is at %s: give an earlier time, or a longer "
			   "duration",
			   duration_text(reading->arena, reading->scenario->duration));
}

/* Where an error about one of the keys is shown: the first existing one. */
static const struct tree_node *key_of(const struct tree_node *tree, const char *first,
				      const char *second)
{
	const struct tree_node *found = tree_get(tree, first);

	if (!found)
		found = tree_get(tree, second);
	return found ? found : tree;
}

/* false if its start is invalid, which is the only error reported. */
static bool check_begin(struct scenario_reading *reading, const struct tree_node *value,
			const struct reference *from, bool is_point)
{
	const struct scenario *scenario = reading->scenario;
	msec_t begin = reference_time(scenario, from, true);
	msec_t end = scenario->duration + (is_point ? 1 : 0);

	if (reference_time(scenario, from, false) < 0) {
		tree_error(reading->diags, value, "is before the start: give a later time");
		return false;
	}
	if (begin < end)
		return true;
	tree_error(reading->diags, value,
		   "is at %s, %s the end, which is at %s: give an earlier time, or a longer "
		   "duration",
		   duration_text(reading->arena, begin), is_point ? "behind" : "not before",
		   duration_text(reading->arena, scenario->duration));
	return false;
}

/* Whether it certainly is; of one fault both ends move together, and the end is
 * never late enough for a begin that may be later. */
static bool window_is_empty(const struct scenario *scenario, const struct reference *from,
			    msec_t within, const struct reference *until)
{
	bool together = from->fault && from->fault == until->fault;
	bool latest = !until->fault;
	msec_t begin = reference_time(scenario, from, latest) + within;
	msec_t end = reference_time(scenario, until, !together);

	return within ? begin > end : begin >= end;
}

struct window {
	const struct tree_node *tree;
	const struct reference *from, *until;
	msec_t within; /* after from, minimum duration; 0: more than zero */
};

static void empty_window(struct scenario_reading *reading, const struct window *window)
{
	const struct tree_node *until = tree_get(window->tree, "until");
	const struct tree_node *within = tree_get(window->tree, "within");

	if (!until && within)
		tree_error(reading->diags, within,
			   "ends behind the end, which is at %s: give less, or a longer duration",
			   duration_text(reading->arena, reading->scenario->duration));
	else
		tree_error(reading->diags, until ? until : window->tree,
			   "is %s: the window is empty, give a later time",
			   within ? "before within is over" : "not after the begin");
}

static void check_window(struct scenario_reading *reading, const struct window *window)
{
	const struct scenario *scenario = reading->scenario;
	const struct tree_node *begin = key_of(window->tree, "after", "from");
	const struct tree_node *until = tree_get(window->tree, "until");

	if (!check_begin(reading, begin, window->from, false))
		return;
	if (until && reference_time(scenario, window->until, false) > scenario->duration)
		tree_error(reading->diags, until,
			   "is behind the end, which is at %s: give an earlier time, or end",
			   duration_text(reading->arena, scenario->duration));
	else if (window_is_empty(scenario, window->from, window->within, window->until))
		empty_window(reading, window);
}

static void check_expectation(struct scenario_reading *reading, const struct tree_node *tree,
			      const struct expectation *expectation)
{
	const struct window window = { tree, &expectation->from, &expectation->until,
				       expectation->within };

	if (expectation->kind == EXPECT_AT)
		check_begin(reading, key_of(tree, "at", "at"), &expectation->from, true);
	else
		check_window(reading, &window);
}

void check_times(struct scenario_reading *reading)
{
	struct scenario *scenario = reading->scenario;

	for (size_t i = 0; i < scenario->timeline.n; i++)
		check_fault_time(reading, reading->fault_trees.at[i], &scenario->timeline.at[i]);
	for (size_t i = 0; i < scenario->expect.n; i++)
		check_expectation(reading, reading->expect_trees.at[i], &scenario->expect.at[i]);
	for (size_t i = 0; i < scenario->measures.n; i++) {
		const struct measure *measure = &scenario->measures.at[i];
		const struct window window = { reading->measure_trees.at[i], &measure->from,
					       &measure->until, 0 };

		check_window(reading, &window);
	}
}
