/* SPDX-License-Identifier: MIT */
/* scenario_read: times of faults, and checks before simulation. */
#include "scenario_parts.h"

#define TIMES_MAX 1000000

/* When. */

static bool read_between(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;

	if (!value_list(reading->diags, value))
		return false;
	if (value->n != 2) {
		tree_error(reading->diags, value,
			   "is not [FROM, TO]: give two times, such as "
			   "[1m, 3m]");
		return false;
	}
	if (!read_delay(reading, value->first, &fault->at) ||
	    !read_delay(reading, value->last, &fault->at_latest))
		return false;
	if (fault->at_latest > fault->at)
		return true;
	tree_error(reading->diags, value->last, "is not later than the first: give [FROM, TO]");
	return false;
}

static bool read_at(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		{ "between", read_between, 0, "give two times, such as [1m, 3m]" },
		{ 0 },
	};
	struct fault *fault = to;

	if (value->kind == TREE_MAPPING)
		return read_parts(reading, value, parts, fault);
	if (!read_delay(reading, value, &fault->at))
		return false;
	fault->at_latest = fault->at;
	return true;
}

static bool read_times(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	uint64_t times;

	if (!value_number(reading->diags, value, 1, TIMES_MAX, NULL, &times))
		return false;
	*(unsigned *)to = (unsigned)times;
	return true;
}

/* Reserved words of references. */
static bool fault_name_valid(const char *name)
{
	msec_t duration;

	return name_is_plain(name, ".") && strcmp(name, "end") != 0 && strcmp(name, "start") != 0 &&
	       !duration_parse(name, &duration);
}

static bool read_fault_name(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	struct fault *fault = to;
	const struct fault *other;

	if (!value_scalar(reading->diags, value))
		return false;
	if (!fault_name_valid(value->text)) {
		tree_error(reading->diags, value,
			   "%s is not a name: give 1 to 63 of A-Z a-z 0-9 _ . -, not start or end, "
			   "and no duration",
			   tree_shown(reading->arena, value));
		return false;
	}
	other = scenario_fault(reading->scenario, value->text);
	if (other) {
		tree_error(reading->diags, value,
			   "is the name of another one, at %s:%u: names are given once",
			   other->where.file, other->where.line);
		return false;
	}
	fault->name = value->text;
	return true;
}

static const struct part entry_parts[] = {
	{ "at", read_at, 0, "say when, such as at: 1m" },
	{ "name", read_fault_name, 0, NULL },
	{ "for", read_duration, offsetof(struct fault, undo_after), NULL },
	{ "every", read_duration, offsetof(struct fault, every), NULL },
	{ "times", read_times, offsetof(struct fault, times), NULL },
};

#define ENTRY_PARTS (sizeof(entry_parts) / sizeof(entry_parts[0]))

static const char *const *action_words(struct arena *arena)
{
	const char **words = arena_alloc(arena, (FAULT_KINDS + 1) * sizeof(*words));

	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		words[kind] = fault_kind_word((enum fault_kind)kind);
	return words;
}

/* A fault's own keys, and the kinds of faults. */
static const struct part *all_parts(struct arena *arena)
{
	struct part *parts = arena_alloc(arena, (ENTRY_PARTS + FAULT_KINDS + 1) * sizeof(*parts));

	memcpy(parts, entry_parts, sizeof(entry_parts));
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		parts[ENTRY_PARTS + kind] = (struct part){
			.name = fault_kind_word((enum fault_kind)kind),
		};
	return parts;
}

static void check_repetition(struct scenario_reading *reading, const struct tree_node *tree,
			     const struct fault *fault)
{
	const struct tree_node *every = tree_get(tree, "every");
	const struct tree_node *times = tree_get(tree, "times");

	if (every && !times)
		tree_key_error(reading->diags, every, "needs times: say how often");
	else if (times && !every)
		tree_key_error(reading->diags, times, "needs every: say how long after each other");
	else if (every && fault->every && fault->undo_after >= fault->every)
		tree_error(reading->diags, every,
			   "is not more than %s, after which each one is undone: give more",
			   duration_text(reading->arena, fault->undo_after));
}

static void check_undoing(struct scenario_reading *reading, const struct tree_node *tree,
			  const struct tree_node *action, const struct fault *fault)
{
	const struct tree_node *undo = tree_get(tree, "for");

	if (!undo || actions[fault->kind].can_be_undone)
		return;
	if (fault->kind == FAULT_REBOOT)
		tree_key_error(reading->diags, undo,
			       "is not for reboot: write reboot: {node: %s, "
			       "off: %s}",
			       fault->node ? fault->node->name : "NODE", undo->text);
	else
		tree_key_error(reading->diags, undo,
			       "is not for %s, which cannot be undone: leave "
			       "it out",
			       action->key);
}

static void read_action(struct scenario_reading *reading, const struct tree_node *tree,
			const struct part *parts, struct fault *fault)
{
	const char *const *words = action_words(reading->arena);
	const struct tree_node *action = only_of(reading, tree, words, parts, "action");
	unsigned kind = 0;

	if (!action)
		return;
	while (strcmp(words[kind], action->key) != 0)
		kind++;
	fault->kind = (enum fault_kind)kind;
	actions[kind].read(reading, action, fault);
	check_undoing(reading, tree, action, fault);
}

static void read_fault(struct scenario_reading *reading, const struct tree_node *tree,
		       struct fault *fault)
{
	const struct part *parts = all_parts(reading->arena);

	fault->where = tree_where(tree);
	if (tree->kind != TREE_MAPPING) {
		tree_error(reading->diags, tree,
			   "is %s: give a mapping, such as {at: 1m, crash: "
			   "NODE}",
			   tree_shown(reading->arena, tree));
		return;
	}
	read_parts(reading, tree, parts, fault);
	read_action(reading, tree, parts, fault);
	check_repetition(reading, tree, fault);
}

/* "crash-1": by its kind, and the first number that is free. */
static void name_fault(struct scenario_reading *reading, struct fault *fault, unsigned *number)
{
	const char *name;

	do {
		name = arena_printf(reading->arena, "%s-%u", fault_kind_word(fault->kind),
				    ++*number);
	} while (scenario_fault(reading->scenario, name));
	fault->name = name;
}

static bool has_fault(const struct scenario *scenario, enum fault_kind kind,
		      const struct node *node)
{
	vec_each (fault, &scenario->timeline) {
		if (fault->kind == kind && fault->node == node)
			return true;
	}
	return false;
}

/* Kinds that only undo another one. */
static void check_opposite(struct scenario_reading *reading, const struct tree_node *tree,
			   const struct fault *fault)
{
	const struct scenario *scenario = reading->scenario;

	if (!fault->node)
		return;
	if (fault->kind == FAULT_BOOT && !has_fault(scenario, FAULT_CRASH, fault->node))
		tree_key_error(reading->diags, tree_get(tree, "boot"),
			       "%s is never off: crash it before, or use reboot",
			       fault->node->name);
	if (fault->kind == FAULT_RESUME && !has_fault(scenario, FAULT_PAUSE, fault->node))
		tree_key_error(reading->diags, tree_get(tree, "resume"),
			       "%s never pauses: pause it before", fault->node->name);
}

void read_timeline(struct scenario_reading *reading, const struct tree_node *value)
{
	struct scenario *scenario = reading->scenario;
	unsigned numbers[FAULT_KINDS] = { 0 };

	if (!value || !value_list(reading->diags, value))
		return;
	vec_reserve(reading->arena, &scenario->timeline, value->n);
	for (const struct tree_node *item = value->first; item; item = item->next) {
		*vec_push(reading->arena, &reading->fault_trees) = item;
		read_fault(reading, item, vec_push(reading->arena, &scenario->timeline));
	}
	for (size_t i = 0; i < scenario->timeline.n; i++) {
		struct fault *fault = &scenario->timeline.at[i];

		if (!fault->name)
			name_fault(reading, fault, &numbers[fault->kind]);
		check_opposite(reading, reading->fault_trees.at[i], fault);
	}
}
