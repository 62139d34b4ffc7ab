/* SPDX-License-Identifier: MIT */
/* scenario_read: the desired state of a node, and when wgreconcile runs. */
#include "core/desired/desired_yaml.h"
#include "scenario_parts.h"
#include "scenario_read.h"
#include "tree_write.h"

#define DEFAULT_TIMER_EVERY_MS 5000

/* Desired states. */

static struct tree_node *tree_copy(struct arena *arena, const struct tree_node *node,
				   struct tree_node *parent)
{
	struct tree_node *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *node;
	copy->parent = parent;
	copy->first = copy->last = copy->next = NULL;
	copy->n = 0;
	for (const struct tree_node *child = node->first; child; child = child->next)
		tree_append(copy, tree_copy(arena, child, copy));
	return copy;
}

/* Its location is that of its interface. */
static void add_key_file(struct arena *arena, struct tree_node *interface)
{
	struct tree_node *file = arena_alloc(arena, sizeof(*file));

	if (tree_is_empty(interface)) {
		interface->kind = TREE_MAPPING;
		interface->text = "";
	}
	if (interface->kind != TREE_MAPPING || tree_get(interface, "private_key_file"))
		return;
	*file = *interface;
	file->kind = TREE_SCALAR;
	file->plain = true;
	file->key = "private_key_file";
	file->text = arena_printf(arena, "%s.key", interface->key);
	file->first = file->last = NULL;
	file->n = 0;
	tree_append(interface, file);
}

/* Each name once, whatever the number of desired states it is in. */
static void add_wireguard(struct scenario_reading *reading, const struct tree_node *desired,
			  struct node *node)
{
	const struct tree_node *interfaces = tree_get(desired, "interfaces");

	if (!interfaces || interfaces->kind != TREE_MAPPING)
		return;
	for (const struct tree_node *one = interfaces->first; one; one = one->next) {
		bool known = !interface_name_valid(one->key);

		vec_each (name, &node->wireguard)
			known = known || !strcmp(*name, one->key);
		if (!known)
			*vec_push(reading->arena, &node->wireguard) = one->key;
	}
}

static bool read_desired_mapping(struct scenario_reading *reading, const struct tree_node *value,
				 struct node *node, const char **text)
{
	struct tree_node *copy = tree_copy(reading->arena, value, value->parent);
	struct tree_node *interfaces = (struct tree_node *)tree_get(copy, "interfaces");
	const struct desired *desired;

	for (struct tree_node *one = interfaces ? interfaces->first : NULL; one; one = one->next)
		add_key_file(reading->arena, one);
	add_wireguard(reading, copy, node);
	desired = desired_from_tree(copy, "default", reading->diags);
	copy->parent = NULL;
	copy->key = NULL;
	*text = tree_write(reading->arena, copy);
	if (desired)
		*vec_push(reading->arena, &facts_of(reading, node)->desired) = desired;
	else
		facts_of(reading, node)->unclear = true;
	return desired != NULL;
}

/* Used unchanged; its names are needed for checks elsewhere. */
static bool read_desired_text(struct scenario_reading *reading, const struct tree_node *value,
			      struct node *node, const char **text)
{
	struct diags unseen = { .arena = reading->arena };
	struct source source = { "desired", value->text, strlen(value->text) };
	const struct desired *desired;

	if (!value_scalar(reading->diags, value))
		return false;
	*text = value->text;
	desired = desired_parse(&source, 1, "default", &unseen);
	if (desired)
		*vec_push(reading->arena, &facts_of(reading, node)->desired) = desired;
	else
		facts_of(reading, node)->unclear = true;
	add_wireguard(reading,
		      tree_parse(source.file, source.text, source.length, SCENARIO_DEPTH_MAX,
				 reading->arena, &unseen),
		      node);
	return true;
}

bool read_desired(struct scenario_reading *reading, const struct tree_node *value,
		  struct node *node, const char **text)
{
	if (value->kind == TREE_MAPPING)
		return read_desired_mapping(reading, value, node, text);
	return read_desired_text(reading, value, node, text);
}

/* Timers. */

static bool read_timer_options(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	struct timer *timer = to;
	size_t n;

	if (!value_list(reading->diags, value))
		return false;
	vec_set(&timer->options, read_words(reading, value, &n), n);
	return true;
}

static const struct part timer_parts[] = {
	{ "every", read_duration, offsetof(struct timer, every), NULL },
	{ "jitter", read_delay, offsetof(struct timer, jitter), NULL },
	{ "phase", read_delay, offsetof(struct timer, phase), NULL },
	{ "wait", read_flag, offsetof(struct timer, wait), NULL },
	{ "options", read_timer_options, 0, NULL },
	{ 0 },
};

static bool read_timer_word(struct scenario_reading *reading, const struct tree_node *value,
			    struct timer *timer)
{
	static const char *const words[] = { "off", "once", "{every: 5s}", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	if (choice == 2) {
		tree_error(reading->diags, value, "is a text: write %s without quotes",
			   words[choice]);
		return false;
	}
	timer->kind = choice ? TIMER_ONCE : TIMER_NONE;
	return true;
}

bool read_timer(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct timer *timer = to;

	if (value->kind != TREE_MAPPING)
		return read_timer_word(reading, value, timer);
	timer->kind = TIMER_EVERY;
	if (!read_parts(reading, value, timer_parts, timer))
		return false;
	if (timer->jitter > timer->every) {
		tree_error(reading->diags, tree_get(value, "jitter"),
			   "is more than the period, which is %s: a run would be due after "
			   "the next one",
			   duration_text(reading->arena, timer->every));
		return false;
	}
	return true;
}

struct timer timer_default(bool has_desired)
{
	return (struct timer){
		.kind = has_desired ? TIMER_EVERY : TIMER_NONE,
		.every = DEFAULT_TIMER_EVERY_MS,
		.phase = -1,
	};
}
