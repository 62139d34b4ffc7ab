/* SPDX-License-Identifier: MIT */
/* scenario_read: expectations and measures. */
#include "scenario_parts.h"

/* References to times. */

static const char *trimmed(struct arena *arena, const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	return arena_strndup(arena, from, (size_t)(to - from));
}

/* Where the offset begins: a +, or a - with spaces around it, because names may contain it. */
static const char *offset_sign(const char *text)
{
	const char *sign = strchr(text, '+');

	return sign ? sign : strstr(text, " - ");
}

static bool read_offset(struct scenario_reading *reading, const struct tree_node *value,
			const char *sign, msec_t *offset)
{
	bool back;
	const char *text;

	sign += *sign == ' ';
	back = *sign == '-';
	text = trimmed(reading->arena, sign + 1, sign + strlen(sign));
	if (!duration_parse(text, offset)) {
		tree_error(reading->diags, value,
			   "\"%s\" is not a duration: write a number with a unit after the %c, "
			   "such as 10s",
			   text_printable(reading->arena, text), *sign);
		return false;
	}
	if (back)
		*offset = -*offset;
	return true;
}

static const char *const *reference_names(struct scenario_reading *reading)
{
	VEC(const char *) names = { 0 };

	vec_each (fault, &reading->scenario->timeline)
		*vec_push(reading->arena, &names) = fault->name;
	*vec_push(reading->arena, &names) = "start";
	*vec_push(reading->arena, &names) = "end";
	*vec_push(reading->arena, &names) = NULL;
	return names.at;
}

static bool first_word_is_fault(struct scenario_reading *reading, const char *text)
{
	return scenario_fault(reading->scenario,
			      arena_strndup(reading->arena, text, strcspn(text, " "))) != NULL;
}

static bool read_base(struct scenario_reading *reading, const struct tree_node *value,
		      const char *base, struct reference *reference)
{
	static const char undone[] = " undone";
	size_t length = strlen(base);
	msec_t since_start;

	if (duration_parse(base, &since_start)) {
		reference->offset += since_start;
		return true;
	}
	if (!strcmp(base, "start"))
		return true;
	reference->end = !strcmp(base, "end");
	if (reference->end)
		return true;
	if (length >= sizeof(undone) - 1 && !strcmp(base + length - (sizeof(undone) - 1), undone)) {
		reference->undone = true;
		base = trimmed(reading->arena, base, base + length - (sizeof(undone) - 1));
	}
	reference->fault = scenario_fault(reading->scenario, base);
	if (reference->undone && (!strcmp(base, "start") || !strcmp(base, "end")))
		tree_error(reading->diags, value,
			   "the %s is no fault, which could be undone: leave "
			   "undone out",
			   base);
	else if (!reference->fault && first_word_is_fault(reading, base))
		tree_error(reading->diags, value,
			   "\"%s\" is no time: after the name of a fault write undone, + and a "
			   "duration, or both",
			   text_printable(reading->arena, value->text));
	else if (!reference->fault)
		unknown_name(reading, value, base, "names of faults, and no duration",
			     reference_names(reading));
	else if (reference->undone && !reference->fault->undo_after)
		tree_error(reading->diags, value, "%s is never undone: give it for",
			   reference->fault->name);
	return reference->fault != NULL;
}

static bool read_reference(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	struct reference reference = { 0 };
	const char *sign, *end;

	if (!value_scalar(reading->diags, value))
		return false;
	sign = offset_sign(value->text);
	end = sign ? sign : value->text + strlen(value->text);
	if (sign && !read_offset(reading, value, sign, &reference.offset))
		return false;
	if (!read_base(reading, value, trimmed(reading->arena, value->text, end), &reference))
		return false;
	*(struct reference *)to = reference;
	return true;
}

/* Expectations. */

#define CONDITION_PART(word)                                                                       \
	{                                                                                          \
		word, read_condition, offsetof(struct expectation, condition), NULL                \
	}
#define FROM_PART(word)                                                                            \
	{                                                                                          \
		word, read_reference, offsetof(struct expectation, from), NULL                     \
	}
#define UNTIL_PART                                                                                 \
	{                                                                                          \
		"until", read_reference, offsetof(struct expectation, until), NULL                 \
	}
#define WITHIN_PART                                                                                \
	{                                                                                          \
		"within", read_duration, offsetof(struct expectation, within),                     \
			"say how soon, such as "                                                   \
			"within: 20s"                                                              \
	}

static const struct part eventually_parts[] = {
	CONDITION_PART("eventually"),
	WITHIN_PART,
	FROM_PART("after"),
	{ 0 },
};

static const struct part settles_parts[] = {
	CONDITION_PART("settles"), WITHIN_PART, FROM_PART("after"), UNTIL_PART, { 0 },
};

static const struct part always_parts[] = {
	CONDITION_PART("always"),
	FROM_PART("from"),
	UNTIL_PART,
	{ 0 },
};

static const struct part never_parts[] = {
	CONDITION_PART("never"),
	FROM_PART("from"),
	UNTIL_PART,
	{ 0 },
};

static const struct part holds_parts[] = {
	CONDITION_PART("holds"),
	{ "at", read_reference, offsetof(struct expectation, from), "say when, such as at: 5m" },
	{ 0 },
};

static const struct part *const expectation_parts[EXPECTATION_KINDS] = {
	[EXPECT_EVENTUALLY] = eventually_parts,
	[EXPECT_SETTLES] = settles_parts,
	[EXPECT_ALWAYS] = always_parts,
	[EXPECT_NEVER] = never_parts,
	[EXPECT_AT] = holds_parts,
};

static struct expectation *add_expectation(struct scenario_reading *reading,
					   const struct tree_node *tree)
{
	struct expectation *expectation = vec_push(reading->arena, &reading->scenario->expect);

	*vec_push(reading->arena, &reading->expect_trees) = tree;
	expectation->where = tree_where(tree);
	expectation->text = flow_text(reading->arena, tree);
	expectation->until.end = true;
	return expectation;
}

static void add_invariant(struct scenario_reading *reading, const struct tree_node *tree,
			  enum invariant invariant)
{
	struct expectation *expectation;

	vec_each (other, &reading->scenario->expect) {
		if (other->condition.kind == CONDITION_INVARIANT &&
		    other->condition.invariant == invariant)
			return;
	}
	expectation = add_expectation(reading, tree);
	expectation->kind = EXPECT_ALWAYS;
	expectation->text = arena_printf(reading->arena, "invariants: [%s]",
					 invariant_word(invariant));
	expectation->condition = (struct condition){
		.kind = CONDITION_INVARIANT,
		.where = tree_where(tree),
		.text = expectation->text,
		.invariant = invariant,
	};
}

static void read_invariants(struct scenario_reading *reading, const struct tree_node *tree)
{
	static const struct part parts[] = { { "invariants", NULL, 0, NULL }, { 0 } };
	const struct tree_node *value = tree_get(tree, "invariants");
	const char *words[INVARIANTS + 1] = { 0 };
	unsigned choice;

	for (unsigned i = 0; i < INVARIANTS; i++)
		words[i] = invariant_word((enum invariant)i);
	read_parts(reading, tree, parts, NULL);
	if (tree_is_word(value, "all")) {
		for (unsigned i = 0; i < INVARIANTS; i++)
			add_invariant(reading, tree, (enum invariant)i);
		return;
	}
	if (value->kind != TREE_LIST || !value->n) {
		tree_error(reading->diags, value, "is %s: give all, or a list of %s",
			   value->kind == TREE_LIST ? "an empty list"
						    : tree_shown(reading->arena, value),
			   words_listed(reading->arena, words, ", "));
		return;
	}
	for (const struct tree_node *item = value->first; item; item = item->next) {
		if (value_choice(reading->diags, item, words, &choice))
			add_invariant(reading, tree, (enum invariant)choice);
	}
}

static const char *const *expectation_words(struct arena *arena)
{
	const char **words = arena_alloc(arena, (EXPECTATION_KINDS + 2) * sizeof(*words));

	for (unsigned kind = 0; kind < EXPECTATION_KINDS; kind++)
		words[kind] = expectation_kind_word((enum expectation_kind)kind);
	words[EXPECTATION_KINDS] = "invariants";
	return words;
}

/* Words of all expectations, for the error if there is none. */
static const struct part any_parts[] = {
	{ "eventually", NULL, 0, NULL }, { "settles", NULL, 0, NULL },
	{ "always", NULL, 0, NULL },	 { "never", NULL, 0, NULL },
	{ "holds", NULL, 0, NULL },	 { "invariants", NULL, 0, NULL },
	{ "within", NULL, 0, NULL },	 { "after", NULL, 0, NULL },
	{ "from", NULL, 0, NULL },	 { "until", NULL, 0, NULL },
	{ "at", NULL, 0, NULL },	 { 0 },
};

static void read_expectation(struct scenario_reading *reading, const struct tree_node *tree)
{
	const char *const *words = expectation_words(reading->arena);
	const struct tree_node *what;
	struct expectation *expectation;
	unsigned kind = 0;

	if (tree->kind != TREE_MAPPING) {
		tree_error(reading->diags, tree,
			   "is %s: give a mapping, such as {always: {answers: PROBE}}",
			   tree_shown(reading->arena, tree));
		return;
	}
	what = only_of(reading, tree, words, any_parts, "expectation");
	if (!what) {
		read_parts(reading, tree, any_parts, NULL);
		return;
	}
	while (kind < EXPECTATION_KINDS && strcmp(words[kind], what->key) != 0)
		kind++;
	if (kind == EXPECTATION_KINDS) {
		read_invariants(reading, tree);
		return;
	}
	expectation = add_expectation(reading, tree);
	expectation->kind = (enum expectation_kind)kind;
	read_parts(reading, tree, expectation_parts[kind], expectation);
}

void read_expect(struct scenario_reading *reading, const struct tree_node *value)
{
	if (!value || !value_list(reading->diags, value))
		return;
	for (const struct tree_node *item = value->first; item; item = item->next)
		read_expectation(reading, item);
}

/* Measures. */

static bool read_measured_probe(struct scenario_reading *reading, const struct tree_node *value,
				void *to)
{
	return read_probe(reading, value, &((struct measure *)to)->probe);
}

static bool read_measured_node(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	return read_node(reading, value, &((struct measure *)to)->node);
}

static bool read_selecting_node(struct scenario_reading *reading, const struct tree_node *value,
				void *to)
{
	return read_reconciling_node(reading, value, &((struct measure *)to)->node);
}

const char *const measure_words[] = {
	[MEASURE_OUTAGE] = "outage",   [MEASURE_LOST] = "lost", [MEASURE_SELECTIONS] = "selections",
	[MEASURE_TRAFFIC] = "traffic", [MEASURE_RTT] = "rtt",	NULL,
};

static const struct part measure_parts[] = {
	{ "name", read_word, offsetof(struct measure, name), "give it one" },
	{ "outage", read_measured_probe, 0, NULL },
	{ "lost", read_measured_probe, 0, NULL },
	{ "rtt", read_measured_probe, 0, NULL },
	{ "selections", read_selecting_node, 0, NULL },
	{ "traffic", read_measured_node, 0, NULL },
	{ "from", read_reference, offsetof(struct measure, from), NULL },
	{ "until", read_reference, offsetof(struct measure, until), NULL },
	{ 0 },
};

static void check_measure_name(struct scenario_reading *reading, const struct tree_node *value,
			       const struct measure *measure)
{
	vec_each (other, &reading->scenario->measures) {
		if (other != measure && other->name && !strcmp(other->name, measure->name)) {
			tree_error(reading->diags, value,
				   "is the name of another measure: names are given once");
			return;
		}
	}
}

static void read_measure(struct scenario_reading *reading, const struct tree_node *tree)
{
	struct measure *measure = vec_push(reading->arena, &reading->scenario->measures);
	const struct tree_node *what;

	*vec_push(reading->arena, &reading->measure_trees) = tree;
	measure->until.end = true;
	if (!read_parts(reading, tree, measure_parts, measure))
		return;
	what = only_of(reading, tree, measure_words, measure_parts, "thing to measure");
	if (!what)
		return;
	while (strcmp(measure_words[measure->kind], what->key) != 0)
		measure->kind++;
	check_measure_name(reading, tree_get(tree, "name"), measure);
}

void read_measures(struct scenario_reading *reading, const struct tree_node *value)
{
	if (!value || !value_list(reading->diags, value))
		return;
	for (const struct tree_node *item = value->first; item; item = item->next)
		read_measure(reading, item);
}
