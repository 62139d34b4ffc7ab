/* SPDX-License-Identifier: MIT */
/* scenario_read: references by name in the scenario. */
#include "scenario_parts.h"

/* Maximum number of names listed in an error. */
#define LISTED_MAX 8

const char *const *names_collect(struct arena *arena, const void *at, size_t n, size_t size,
				 size_t offset)
{
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));
	size_t named = 0;

	for (size_t i = 0; i < n; i++) {
		const char *const *name = (const void *)((const char *)at + i * size + offset);

		if (*name)
			names[named++] = *name;
	}
	return names;
}

const char *const *names_ended(struct arena *arena, const char *const *names, size_t n)
{
	const char **ended = arena_alloc(arena, (n + 1) * sizeof(*ended));

	for (size_t i = 0; i < n; i++)
		ended[i] = names[i];
	return ended;
}

/* The valid names, or their beginning. */
static const char *names_listed(struct arena *arena, const char *const *names)
{
	const char *first[LISTED_MAX + 1] = { 0 };
	size_t n = 0;

	while (names[n])
		n++;
	if (n <= LISTED_MAX)
		return words_listed(arena, names, " or ");
	memcpy(first, names, LISTED_MAX * sizeof(*first));
	return arena_printf(arena, "%s, ... (%zu in all)", words_listed(arena, first, ", "), n);
}

void unknown_name(struct scenario_reading *reading, const struct tree_node *value,
		  const char *shown, const char *what, const char *const *names)
{
	const char *near = nearest_word(shown, names);

	shown = text_printable(reading->arena, shown);
	if (near)
		tree_error(reading->diags, value, "\"%s\" is none of the %s: did you mean %s?",
			   shown, what, near);
	else if (*names)
		tree_error(reading->diags, value, "\"%s\" is none of the %s: give %s", shown, what,
			   names_listed(reading->arena, names));
	else
		tree_error(reading->diags, value, "\"%s\" is none of the %s: there are none", shown,
			   what);
}

bool read_link(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	const struct link *link;

	if (!value_scalar(reading->diags, value))
		return false;
	link = scenario_link(reading->scenario, value->text);
	if (!link)
		unknown_name(reading, value, value->text, "links",
			     names_of(reading->arena, &reading->scenario->links));
	*(const struct link **)to = link;
	return link != NULL;
}

static const struct node *node_named(struct scenario_reading *reading,
				     const struct tree_node *value, const char *name)
{
	const struct node *node = scenario_node(reading->scenario, name);

	if (!node)
		unknown_name(reading, value, name, "nodes",
			     names_of(reading->arena, &reading->scenario->nodes));
	return node;
}

bool read_node(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	const struct node **node = to;

	if (!value_scalar(reading->diags, value))
		return false;
	*node = node_named(reading, value, value->text);
	return *node != NULL;
}

void needs_reconciler(struct scenario_reading *reading, const struct tree_node *value,
		      const struct node *node)
{
	*vec_push(reading->arena, &reading->uses) = (struct reconciler_use){ value, node };
}

void check_reconcilers(struct scenario_reading *reading)
{
	vec_each (use, &reading->uses) {
		if (!use->node->desired && !facts_of(reading, use->node)->pushed &&
		    use->node->timer.kind == TIMER_NONE)
			tree_error(reading->diags, use->value,
				   "has no desired state, so wgreconcile does not run there: name "
				   "a node that has");
	}
}

bool read_reconciling_node(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	if (!read_node(reading, value, to))
		return false;
	needs_reconciler(reading, value, *(const struct node **)to);
	return true;
}

bool read_probe(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	const struct probe *probe;

	if (!value_scalar(reading->diags, value))
		return false;
	probe = scenario_probe(reading->scenario, value->text);
	if (!probe)
		unknown_name(reading, value, value->text, "probes",
			     names_of(reading->arena, &reading->scenario->probes));
	*(const struct probe **)to = probe;
	return probe != NULL;
}

const char *read_node_object(struct scenario_reading *reading, const struct tree_node *value,
			     const struct node **node, const char *what)
{
	const char *dot;

	if (!value_scalar(reading->diags, value))
		return NULL;
	dot = strchr(value->text, '.');
	if (!dot || !dot[1]) {
		tree_error(reading->diags, value, "%s names no %s: write NODE.%s",
			   tree_shown(reading->arena, value), what,
			   !strcmp(what, "service") ? "SERVICE" : "INTERFACE");
		return NULL;
	}
	*node = node_named(reading, value,
			   arena_strndup(reading->arena, value->text, (size_t)(dot - value->text)));
	return *node ? dot + 1 : NULL;
}

const char *const *cable_names(struct scenario_reading *reading, bool links, bool attachments)
{
	VEC(const char *) names = { 0 };

	if (links) {
		vec_each (link, &reading->scenario->links)
			*vec_push(reading->arena, &names) = link->name;
	}
	vec_each (node, &reading->scenario->nodes) {
		for (size_t i = 0; attachments && i < node->attachments.n; i++)
			*vec_push(reading->arena, &names) = arena_printf(
				reading->arena, "%s.%s", node->name, node->attachments.at[i].name);
	}
	*vec_push(reading->arena, &names) = NULL;
	return names.at;
}

struct node_facts *facts_of(const struct scenario_reading *reading, const struct node *node)
{
	return &reading->facts[node - reading->scenario->nodes.at];
}

bool resolve_interface(struct scenario_reading *reading, const struct tree_node *value,
		       const struct node *node, const char **name)
{
	const char *const *names = names_ended(reading->arena, node->wireguard.at,
					       node->wireguard.n);

	if (!*name && node->wireguard.n == 1) {
		*name = node->wireguard.at[0];
		return true;
	}
	if (!*name) {
		if (node->wireguard.n)
			tree_key_error(reading->diags, value,
				       "has no interface: name it, as %s has %s", node->name,
				       words_listed(reading->arena, names, " and "));
		else
			tree_key_error(reading->diags, value, "%s has no WireGuard interface",
				       node->name);
		return false;
	}
	for (size_t i = 0; i < node->wireguard.n; i++) {
		if (!strcmp(node->wireguard.at[i], *name))
			return true;
	}
	unknown_name(reading, value, *name,
		     arena_printf(reading->arena, "WireGuard interfaces of %s", node->name), names);
	return false;
}
