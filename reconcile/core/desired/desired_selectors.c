/* SPDX-License-Identifier: MIT */
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

#define STANDBY_MAX 65535
#define PROBE_COUNT_MAX 20
#define PROBE_FAIL_AFTER_MAX 1000

struct selector_reading {
	struct reading *reading;
	struct desired_selector *selector;
	enum family prefer_family;
};
static struct desired_selector *selector_of(void *object)
{
	return ((struct selector_reading *)object)->selector;
}

static const char *const *interface_names(struct arena *arena, const struct desired *desired)
{
	const char **names = arena_alloc(arena, (desired->interfaces.n + 1) * sizeof(*names));

	for (size_t i = 0; i < desired->interfaces.n; i++)
		names[i] = desired->interfaces.at[i].name;
	return names;
}

static void unknown_interface(struct diags *diags, const struct tree_node *value,
			      const struct desired *desired)
{
	const char *shown = tree_shown(diags->arena, value);

	if (desired->interfaces.n)
		tree_error(
			diags, value, "%s is not one of the interfaces: give %s", shown,
			words_listed(diags->arena, interface_names(diags->arena, desired), " or "));
	else
		tree_error(diags, value, "%s is not one of the interfaces: declare it there",
			   shown);
}

static void read_selector_interface(struct diags *diags, const struct tree_node *value,
				    void *object)
{
	struct selector_reading *reading = object;
	const struct desired *desired = reading->reading->desired;

	if (!value_scalar(diags, value))
		return;
	reading->selector->interface = desired_interface_find(desired, value->text);
	if (!reading->selector->interface)
		unknown_interface(diags, value, desired);
}

static void read_active(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t active = 0;

	value_number(diags, value, 1, UINT16_MAX, NULL, &active);
	selector_of(object)->active = (unsigned)active;
}

static void read_standby(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t standby;

	if (value_number(diags, value, 0, STANDBY_MAX, NULL, &standby))
		selector_of(object)->standby = (unsigned)standby;
}

static void read_strategy(struct diags *diags, const struct tree_node *value, void *object)
{
	unsigned choice;

	if (tree_is_word(value, "latency"))
		tree_error(diags, value,
			   "latency is not available yet: give random, ordered or weighted");
	else if (value_choice(diags, value, strategy_words, &choice))
		selector_of(object)->strategy = (enum strategy)choice;
}

static void read_try_for(struct diags *diags, const struct tree_node *value, void *object)
{
	selector_of(object)->try_for = 0;
	value_duration(diags, value, NULL, &selector_of(object)->try_for);
}

static void read_established_for(struct diags *diags, const struct tree_node *value, void *object)
{
	selector_of(object)->established_for = 0;
	value_duration(diags, value, NULL, &selector_of(object)->established_for);
}

static void read_silent_for(struct diags *diags, const struct tree_node *value, void *object)
{
	if (tree_is_word(value, "off"))
		selector_of(object)->silent_for = 0;
	else
		value_duration(diags, value, ", or off", &selector_of(object)->silent_for);
}

static void read_target(struct diags *diags, const struct tree_node *value, void *object)
{
	value_ip(diags, value, &((struct desired_probe *)object)->target);
}

static void read_count(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t count;

	if (value_number(diags, value, 1, PROBE_COUNT_MAX, NULL, &count))
		((struct desired_probe *)object)->count = (unsigned)count;
}

static void read_timeout(struct diags *diags, const struct tree_node *value, void *object)
{
	value_duration(diags, value, NULL, &((struct desired_probe *)object)->timeout);
}

static void read_fail_after(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t runs;

	if (value_number(diags, value, 1, PROBE_FAIL_AFTER_MAX, NULL, &runs))
		((struct desired_probe *)object)->fail_after = (unsigned)runs;
}

static const struct field probe_fields[] = {
	{ "target", read_target },
	{ "count", read_count },
	{ "timeout", read_timeout },
	{ "fail_after", read_fail_after },
	{ 0 },
};

static void read_probe(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_probe *probe = &selector_of(object)->probe;

	if (!value_mapping(diags, value))
		return;
	probe->enabled = true;
	value_fields(diags, value, probe_fields, probe);
	if (!tree_get(value, "target"))
		tree_key_error(diags, value, "has no target: give the address to probe");
}

static void read_failback_after(struct diags *diags, const struct tree_node *value, void *object)
{
	if (value_duration(diags, value, NULL, &selector_of(object)->failback_after))
		selector_of(object)->failback = FAILBACK_AFTER;
}

static const struct field failback_fields[] = {
	{ "after", read_failback_after },
	{ 0 },
};

static void read_failback(struct diags *diags, const struct tree_node *value, void *object)
{
	static const char *const words[] = { "never", "when_better", "{after: 10m}", NULL };
	unsigned choice;

	if (value->kind == TREE_MAPPING) {
		value_fields(diags, value, failback_fields, object);
		if (!value->n)
			tree_error(diags, value, "is empty: give the time, {after: 10m}");
		return;
	}
	if (tree_is_word(value, "after"))
		tree_error(diags, value, "needs the time: write {after: 10m}");
	else if (tree_is_word(value, words[2]))
		tree_error(diags, value, "is a text: write %s without quotes", words[2]);
	else if (value_choice(diags, value, words, &choice))
		selector_of(object)->failback = (enum failback)choice;
}

static void read_selector_prefer_family(struct diags *diags, const struct tree_node *value,
					void *object)
{
	read_prefer_family(diags, value, &((struct selector_reading *)object)->prefer_family);
}

/* After the other keys, which may follow in the file: the peers' defaults depend on them. */
static void read_members(struct selector_reading *reading, const struct tree_node *value)
{
	struct diags *diags = reading->reading->diags;
	struct desired_selector *selector = reading->selector;

	if (!value_mapping(diags, value))
		return;
	for (const struct tree_node *node = value->first; node; node = node->next) {
		struct desired_peer *peer = vec_push(diags->arena, &selector->peers);

		*peer = desired_peer_default(true);
		peer->prefer_family = reading->prefer_family;
		read_peer(reading->reading, node, peer, true);
	}
}

static void read_later(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)diags;
	(void)value;
	(void)object;
}

static const struct field selector_fields[] = {
	{ "interface", read_selector_interface },
	{ "active", read_active },
	{ "standby", read_standby },
	{ "strategy", read_strategy },
	{ "try_for", read_try_for },
	{ "established_for", read_established_for },
	{ "silent_for", read_silent_for },
	{ "probe", read_probe },
	{ "failback", read_failback },
	{ "prefer_family", read_selector_prefer_family },
	{ "peers", read_later },
	{ 0 },
};

static void read_selector(struct selector_reading *reading, const struct tree_node *node)
{
	struct desired_selector *selector = reading->selector;
	struct diags *diags = reading->reading->diags;

	*selector = desired_selector_default();
	selector->name = node->key;
	selector->where = tree_key_where(node);
	key_names_object(diags, node);
	if (!value_mapping(diags, node))
		return;
	value_fields(diags, node, selector_fields, reading);
	if (tree_get(node, "peers"))
		read_members(reading, tree_get(node, "peers"));
	if (!tree_get(node, "interface"))
		tree_key_error(diags, node, "has no interface: name the one its peers belong to");
	check_selector(diags, node, selector);
}

void read_selectors(struct reading *reading, const struct tree_node *node)
{
	struct arena *arena = reading->diags->arena;
	struct desired *desired = reading->desired;

	if (!node || !value_mapping(reading->diags, node))
		return;
	/* Claims refer to selectors by pointer, so their array must not move. */
	for (size_t i = 0; i < node->n; i++)
		vec_push(arena, &desired->selectors);
	desired->selectors.n = 0;
	for (const struct tree_node *one = node->first; one; one = one->next) {
		struct selector_reading selector = {
			.reading = reading,
			.selector = vec_push(arena, &desired->selectors),
		};

		read_selector(&selector, one);
	}
}
