/* SPDX-License-Identifier: MIT */
#include "scenario_substitute.h"
#include "tree_write.h"
#include "wireguard_key.h"

#include "base/yaml/yaml_join.h"
#include "base/yaml/yaml_value.h"

#include <inttypes.h>
#include <stdlib.h>

/* Enough for a thousand nodes with two hundred lines each. */
#define NODES_MAX 200000
/* A key takes some 30 us to make. */
#define KEYS_MAX 10000
#define NUMBER_MAX 1000000000

/* ${NODE.IFACE.public_key}, and where it was met first. */
struct key_reference {
	const char *text; /* first: text_order() */
	const char *node, *interface;
	const struct tree_node *at;
	char key[KEY_TEXT_MAX];
};

struct expansion {
	struct diags *diags;
	struct arena *arena;
	const struct scenario_case *which;
	const char *file; /* which includes the others */
	unsigned errors_before;
	size_t nodes;
	size_t left; /* bytes left to the maximum */
	bool stopped;
	VEC(struct key_reference) keys; /* by their text */
};

static void expand(struct expansion *expansion, const struct tree_node *from,
		   struct tree_node *parent, const char *key, const int64_t *number);

/*
 * Keys
 */

/* NODE.IFACE.PROPERTY; an interface may have dots in it. */
static bool reference_parse(struct expansion *expansion, struct key_reference *reference,
			    unsigned *generation)
{
	static const char *const properties[] = { "public_key", "next_public_key", NULL };
	struct diags *diags = expansion->diags;
	const char *text = reference->text;
	const char *first = strchr(text, '.'), *last = strrchr(text, '.');
	const char *near;

	if (first == last || first == text || last == first + 1) {
		tree_error(diags, reference->at,
			   "${%.60s} is not a key: write ${NODE.INTERFACE.public_key}", text);
		return false;
	}
	reference->node = arena_strndup(expansion->arena, text, (size_t)(first - text));
	reference->interface = arena_strndup(expansion->arena, first + 1,
					     (size_t)(last - first - 1));
	for (unsigned i = 0; properties[i]; i++) {
		if (!strcmp(last + 1, properties[i])) {
			*generation = i;
			return true;
		}
	}
	near = nearest_word(last + 1, properties);
	tree_error(diags, reference->at, "${%.60s}: %.60s is not known here: did you mean %s?",
		   text, last + 1, near ? near : properties[0]);
	return false;
}

static bool key_make(struct expansion *expansion, struct key_reference *reference)
{
	struct wg_key key;
	unsigned generation;

	if (!reference_parse(expansion, reference, &generation))
		return false;
	if (expansion->keys.n == KEYS_MAX) {
		expansion->stopped = true;
		tree_error(expansion->diags, reference->at, "more than %u different keys",
			   KEYS_MAX);
		return false;
	}
	if (!wireguard_key(expansion->which->seed, reference->node, reference->interface,
			   generation, NULL, &key)) {
		tree_error(expansion->diags, reference->at, "${%.60s}: libsodium makes no key",
			   reference->text);
		return false;
	}
	key_text(&key, reference->key);
	return true;
}

static const char *key_lookup(void *context, const char *text, const struct tree_node *at)
{
	struct expansion *expansion = context;
	size_t position = vec_place(&expansion->keys, &text, text_order);
	struct key_reference made = { .text = text, .at = at };
	struct key_reference *place;

	if (position < expansion->keys.n && !strcmp(expansion->keys.at[position].text, text))
		return arena_strdup(expansion->arena, expansion->keys.at[position].key);
	if (!key_make(expansion, &made))
		return NULL;
	place = vec_insert(expansion->arena, &expansion->keys, position);
	*place = made;
	return arena_strdup(expansion->arena, made.key);
}

static const char *const *child_names(struct arena *arena, const struct tree_node *mapping)
{
	const char **names;
	size_t n = 0;

	names = arena_alloc(arena, ((mapping ? mapping->n : 0) + 1) * sizeof(*names));
	for (const struct tree_node *child = mapping ? mapping->first : NULL; child;
	     child = child->next) {
		if (child->key)
			names[n++] = child->key;
	}
	return names;
}

/* The remedy: a similar name, or all of them. */
static const char *instead(struct expansion *expansion, const char *name,
			   const struct tree_node *mapping)
{
	const char *const *names = child_names(expansion->arena, mapping);
	const char *near = nearest_word(name, names);

	if (near)
		return arena_printf(expansion->arena, ": did you mean %s?", near);
	if (!*names)
		return ", there is none";
	return arena_printf(expansion->arena, ": there is %s",
			    words_listed(expansion->arena, names, " and "));
}

/* A text is not checked: it may be invalid on purpose. */
static bool may_have(const struct tree_node *desired, const char *interface)
{
	if (!desired || tree_is_empty(desired))
		return false;
	return desired->kind == TREE_SCALAR || tree_get(tree_get(desired, "interfaces"), interface);
}

/* Whether a later fault adds the interface to the node. */
static bool is_pushed(const struct tree_node *root, const struct key_reference *reference)
{
	const struct tree_node *timeline = tree_get(root, "timeline");

	for (const struct tree_node *item = timeline ? timeline->first : NULL; item;
	     item = item->next) {
		const struct tree_node *push = tree_get(item, "desired");
		const struct tree_node *node = tree_get(push, "node");

		if (node && tree_is_word(node, reference->node) &&
		    may_have(tree_get(push, "set"), reference->interface))
			return true;
	}
	return false;
}

/* The names in a reference can only be checked with the whole network. */
static void key_check(struct expansion *expansion, const struct tree_node *root,
		      const struct key_reference *reference)
{
	const struct tree_node *nodes = tree_get(root, "nodes");
	const struct tree_node *node = tree_get(nodes, reference->node);
	const struct tree_node *desired = tree_get(node, "desired");

	if (!node)
		tree_error(expansion->diags, reference->at, "${%.60s}: there is no node %.60s%s",
			   reference->text, reference->node,
			   instead(expansion, reference->node, nodes));
	else if (!may_have(desired, reference->interface) && !is_pushed(root, reference))
		tree_error(
			expansion->diags, reference->at,
			"${%.60s}: %.60s is no WireGuard interface of %s%s", reference->text,
			reference->interface, reference->node,
			instead(expansion, reference->interface, tree_get(desired, "interfaces")));
}

static int first_met(const void *a_, const void *b_)
{
	const struct key_reference *a = a_, *b = b_;

	if (a->at->line != b->at->line)
		return a->at->line < b->at->line ? -1 : 1;
	return strcmp(a->text, b->text);
}

static void keys_check(struct expansion *expansion, const struct tree_node *root)
{
	if (!expansion->keys.n)
		return;
	qsort(expansion->keys.at, expansion->keys.n, sizeof(*expansion->keys.at), first_met);
	vec_each (reference, &expansion->keys) {
		if (expansion->diags->errors - expansion->errors_before < SCENARIO_ERRORS_MAX)
			key_check(expansion, root, reference);
	}
}

/*
 * Ranges: NAME[A..B]REST
 */

struct range {
	int64_t first, last;
	const char *before, *after;
};

static bool is_integer(const char *text, size_t n, int64_t *number)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");

	if (!digits || digits > 10 || digits + (*text == '-') != n)
		return false;
	*number = strtoll(text, NULL, 10);
	return llabs(*number) <= NUMBER_MAX;
}

enum range_found {
	RANGE_NONE,
	RANGE_GOOD,
	RANGE_BAD, /* reported */
};

/* Of the node's key. */
static enum range_found range_parse(struct expansion *expansion, const struct tree_node *node,
				    struct range *range)
{
	const char *open = strchr(node->key, '['), *dots, *close;

	for (;; open = strchr(close, '[')) {
		close = open ? strchr(open, ']') : NULL;
		if (!close)
			return RANGE_NONE;
		dots = memmem(open, (size_t)(close - open), "..", 2);
		if (dots)
			break;
	}
	range->before = arena_strndup(expansion->arena, node->key, (size_t)(open - node->key));
	range->after = close + 1;
	if (!is_integer(open + 1, (size_t)(dots - open - 1), &range->first) ||
	    !is_integer(dots + 2, (size_t)(close - dots - 2), &range->last)) {
		tree_key_error(expansion->diags, node,
			       "is no range: write whole numbers, such as %s[1..3]", range->before);
		return RANGE_BAD;
	}
	return RANGE_GOOD;
}

/*
 * Nodes
 */

static bool may_go_on(struct expansion *expansion, const struct tree_node *at)
{
	if (expansion->stopped ||
	    expansion->diags->errors - expansion->errors_before >= SCENARIO_ERRORS_MAX)
		return false;
	if (expansion->nodes <= NODES_MAX)
		return true;
	expansion->stopped = true;
	tree_key_error(expansion->diags, at,
		       "the scenario becomes too large here: more than %u values in all",
		       NODES_MAX);
	return false;
}

static struct tree_node *add_node(struct expansion *expansion, const struct tree_node *from,
				  struct tree_node *parent, const char *key)
{
	struct tree_node *node = arena_alloc(expansion->arena, sizeof(*node));

	*node = *from;
	node->key = key;
	node->parent = NULL;
	node->first = node->last = node->next = NULL;
	node->n = 0;
	if (parent)
		tree_append(parent, node);
	expansion->nodes++;
	return node;
}

static struct scope scope_at(struct expansion *expansion, const int64_t *number)
{
	return (struct scope){
		.diags = expansion->diags,
		.variables = expansion->which->variables.at,
		.variables_n = expansion->which->variables.n,
		.seed = expansion->which->seed,
		.number = number,
		.left = &expansion->left,
		.key = key_lookup,
		.context = expansion,
	};
}

/* The key with variables substituted, as a node for errors; NULL after one. */
static struct tree_node *keyed(struct expansion *expansion, const struct tree_node *from,
			       struct tree_node *parent, const int64_t *number)
{
	const struct scope scope = scope_at(expansion, number);
	struct tree_node *node = arena_alloc(expansion->arena, sizeof(*node));

	*node = *from;
	node->parent = parent;
	node->key = substitute_key(&scope, node);
	return node->key ? node : NULL;
}

/* The copies differ in their number only: an error in one is in all of them. */
static void repeat(struct expansion *expansion, const struct tree_node *from,
		   struct tree_node *parent, const struct range *range, bool is_item)
{
	unsigned errors = expansion->diags->errors;

	for (int64_t i = range->first; i <= range->last; i++) {
		const char *key = is_item ? NULL
					  : arena_printf(expansion->arena, "%s%" PRId64 "%s",
							 range->before, i, range->after);

		expand(expansion, from, parent, key, &i);
		if (expansion->stopped || expansion->diags->errors != errors)
			return;
	}
}

enum { TOP = 1, SINGLE = 2 };

/* Values for one of the copies override repeated ones; the file itself overrides its
 * includes, in either form. */
static void join_copies(struct expansion *expansion, struct tree_node *mapping,
			const size_t *repeated, size_t repeated_n)
{
	static const uint64_t below[] = {
		[TOP] = 1 << 0 | 1 << SINGLE,
		[SINGLE] = 1 << 0,
		[SINGLE | TOP] = 1 << 0 | 1 << TOP | 1 << SINGLE,
	};
	const struct layering layering = {
		.below = below,
		.top = expansion->file,
		.checked = true,
		.errors_max = SCENARIO_ERRORS_MAX,
	};
	struct layer *layers = arena_alloc(expansion->arena, mapping->n * sizeof(*layers));
	size_t n = 0, next = 0;

	for (struct tree_node *child = mapping->first; child; child = child->next, n++) {
		bool is_repeated = next < repeated_n && repeated[next] == n;

		layers[n].node = child;
		layers[n].origin = (is_repeated ? 0 : SINGLE) |
				   (child->file == expansion->file ? TOP : 0);
		next += is_repeated;
	}
	layers_join(&layering, mapping, layers, n, expansion->diags);
}

/* Keys used to make the cases, not part of a case. */
static bool is_used_up(const struct tree_node *node)
{
	static const char *const used[] = { "variables", "matrix", "seed" };

	for (size_t i = 0; !node->parent->parent && i < sizeof(used) / sizeof(used[0]); i++) {
		if (!strcmp(node->key, used[i]))
			return true;
	}
	return false;
}

static enum range_found range_of_child(struct expansion *expansion, const struct tree_node *node,
				       struct range *range)
{
	enum range_found found = range_parse(expansion, node, range);

	if (found != RANGE_GOOD || strcmp(range->before, "for") != 0 || *range->after)
		return found;
	tree_key_error(expansion->diags, node,
		       "repeats items of lists, as an item's only key: write NAME[1..3] here");
	return RANGE_BAD;
}

/* So that a variable can remove the key. */
static bool is_left_out(const struct tree_node *keyed, const struct tree_node *written)
{
	return !*keyed->key && *written->key;
}

static void expand_mapping(struct expansion *expansion, const struct tree_node *from,
			   struct tree_node *mapping, const int64_t *number)
{
	VEC(size_t) repeated = { 0 };
	bool changed = false;

	for (const struct tree_node *child = from->first; child; child = child->next) {
		struct tree_node *node = is_used_up(child)
						 ? NULL
						 : keyed(expansion, child, mapping, number);
		enum range_found found;
		struct range range;
		size_t n = mapping->n;

		if (!node || is_left_out(node, child))
			continue;
		found = range_of_child(expansion, node, &range);
		if (found == RANGE_NONE)
			expand(expansion, child, mapping, node->key, number);
		else if (found == RANGE_GOOD)
			repeat(expansion, child, mapping, &range, false);
		for (; found == RANGE_GOOD && n < mapping->n; n++)
			*vec_push(expansion->arena, &repeated) = n;
		changed |= found == RANGE_GOOD || node->key != child->key;
	}
	if (changed)
		join_copies(expansion, mapping, repeated.at, repeated.n);
}

/* An item of a list whose only key is for[A..B]. */
static void expand_for(struct expansion *expansion, const struct tree_node *item,
		       struct tree_node *list, const int64_t *number)
{
	struct tree_node *node = keyed(expansion, item->first, list, number);
	enum range_found found;
	struct range range;

	if (!node)
		return;
	found = range_parse(expansion, node, &range);
	if (found == RANGE_GOOD)
		repeat(expansion, item->first, list, &range, true);
	else if (found == RANGE_NONE)
		expand(expansion, item, list, NULL, number);
}

static void expand_list(struct expansion *expansion, const struct tree_node *from,
			struct tree_node *list, const int64_t *number)
{
	for (const struct tree_node *item = from->first; item; item = item->next) {
		bool is_for = item->kind == TREE_MAPPING && item->n == 1 &&
			      !strncmp(item->first->key, "for[", 4);

		if (is_for && !expansion->stopped)
			expand_for(expansion, item, list, number);
		else
			expand(expansion, item, list, NULL, number);
	}
}

static void expand(struct expansion *expansion, const struct tree_node *from,
		   struct tree_node *parent, const char *key, const int64_t *number)
{
	const struct scope scope = scope_at(expansion, number);
	struct tree_node *node;
	const char *text;

	node = add_node(expansion, from, parent, key);
	if (!may_go_on(expansion, node))
		return;
	if (from->kind == TREE_MAPPING) {
		expand_mapping(expansion, from, node, number);
	} else if (from->kind == TREE_LIST) {
		expand_list(expansion, from, node, number);
	} else {
		text = substitute_value(&scope, node, &node->plain);
		node->text = text ? text : "";
	}
}

/*
 * Entry point
 */

/* The usual order. Other keys follow in their order. */
static size_t rank(const struct tree_node *child)
{
	static const char *const first[] = { "version",	 "description", "seed",	  "duration",
					     "observe",	 "links",	"nodes",  "probes",
					     "timeline", "expect",	"measure" };
	size_t i = 0;

	while (i < sizeof(first) / sizeof(first[0]) && strcmp(first[i], child->key) != 0)
		i++;
	return i;
}

static void sort_children(struct arena *arena, struct tree_node *root)
{
	VEC(struct tree_node *) sorted = { 0 };

	for (struct tree_node *child = root->first; child; child = child->next) {
		size_t i = sorted.n;

		vec_push(arena, &sorted);
		for (; i && rank(sorted.at[i - 1]) > rank(child); i--)
			sorted.at[i] = sorted.at[i - 1];
		sorted.at[i] = child;
	}
	root->first = root->last = NULL;
	root->n = 0;
	vec_each (child, &sorted)
		tree_append(root, *child);
}

static void put_seed(struct expansion *expansion, struct tree_node *root)
{
	struct tree_node *seed = add_node(expansion, root, root, "seed");

	seed->kind = TREE_SCALAR;
	seed->plain = true;
	seed->text = arena_printf(expansion->arena, "%" PRIu64, expansion->which->seed);
}

struct tree_node *scenario_expand(const struct tree_node *tree, const struct scenario_case *which,
				  struct diags *diags)
{
	struct expansion expansion = {
		.diags = diags,
		.arena = diags->arena,
		.which = which,
		.file = tree->file,
		.errors_before = diags->errors,
		.left = SUBSTITUTED_MAX,
	};
	struct tree_node *root = add_node(&expansion, tree, NULL, NULL);

	expand_mapping(&expansion, tree, root, NULL);
	put_seed(&expansion, root);
	sort_children(expansion.arena, root);
	if (!expansion.stopped)
		keys_check(&expansion, root);
	return diags->errors == expansion.errors_before ? root : NULL;
}

/*
 * As text
 */

static struct tree_node *escaped(struct arena *arena, const struct tree_node *from)
{
	struct tree_node *node = arena_alloc(arena, sizeof(*node));

	*node = *from;
	node->first = node->last = node->next = NULL;
	node->n = 0;
	node->text = substitution_escaped(arena, from->text);
	for (const struct tree_node *child = from->first; child; child = child->next) {
		struct tree_node *copy = escaped(arena, child);

		if (copy->key)
			copy->key = substitution_escaped(arena, copy->key);
		tree_append(node, copy);
	}
	return node;
}

char *scenario_write(struct arena *arena, const struct tree_node *expanded)
{
	return tree_write(arena, escaped(arena, expanded));
}
