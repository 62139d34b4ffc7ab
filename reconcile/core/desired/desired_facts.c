/* SPDX-License-Identifier: MIT */
/*
 * facts: the exchange of facts with the peers of an interface.
 */
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

/* Bytes, as of the name of a peer, which it becomes on other nodes. */
#define NAME_MAX_BYTES 64

/* Each name of an interface is compared with each. */
#define PATTERNS_MAX 256

static void read_port(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_facts *facts = object;
	uint64_t port;

	facts->port_where = (struct where){ 0 };
	if (!value_number(diags, value, 1, UINT16_MAX, NULL, &port))
		return;
	facts->port = (uint16_t)port;
	facts->port_where = tree_where(value);
}

static void read_router(struct diags *diags, const struct tree_node *value, void *object)
{
	bool quoted = !value->plain &&
		      (tree_is_word(value, "true") || tree_is_word(value, "false"));
	unsigned choice;
	bool unused;

	/* Its error. */
	if (quoted)
		value_boolean(diags, value, &unused);
	else if (value_choice(diags, value, router_words, &choice))
		((struct desired_facts *)object)->router = (enum facts_router)choice;
}

static void read_chatty(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &((struct desired_facts *)object)->chatty);
}

static void read_name(struct diags *diags, const struct tree_node *value, void *object)
{
	const char *name;

	if (!value_text(diags, value, &name))
		return;
	if (strlen(name) > NAME_MAX_BYTES)
		tree_error(diags, value, "is too long: give 1 to %d bytes, not %zu", NAME_MAX_BYTES,
			   strlen(name));
	else
		((struct desired_facts *)object)->name = name;
}

static void read_own_trust(struct diags *diags, const struct tree_node *value, void *object)
{
	value_trust(diags, value, &((struct desired_facts *)object)->trust);
}

struct patterns {
	VEC(const char *) list;
};

static void read_pattern(struct diags *diags, const struct tree_node *item,
			 struct patterns *patterns)
{
	const char *pattern;

	if (!value_argument(diags, item, &pattern))
		return;
	if (strpbrk(pattern, "/ ")) {
		tree_error(diags, item,
			   "%s is not the name of an interface: give one, such as eth0, or a "
			   "pattern, such as eth*",
			   tree_shown(diags->arena, item));
		return;
	}
	vec_each (earlier, &patterns->list) {
		if (strcmp(*earlier, pattern) != 0)
			continue;
		tree_error(diags, item, "%s is given twice: remove one",
			   tree_shown(diags->arena, item));
		return;
	}
	*vec_push(diags->arena, &patterns->list) = pattern;
}

static struct patterns read_patterns(struct diags *diags, const struct tree_node *value)
{
	struct patterns patterns = { 0 };

	if (!value_list(diags, value))
		return patterns;
	if (value->n > PATTERNS_MAX)
		tree_error(diags, value, "has %zu patterns: give at most %d", value->n,
			   PATTERNS_MAX);
	for (const struct tree_node *item = value->first; item && value->n <= PATTERNS_MAX;
	     item = item->next)
		read_pattern(diags, item, &patterns);
	return patterns;
}

static void read_report(struct diags *diags, const struct tree_node *value, void *object)
{
	const struct patterns patterns = read_patterns(diags, value);
	struct desired_facts *facts = object;

	if (value->kind != TREE_SCALAR ? !value->n : tree_is_empty(value))
		tree_error(diags, value,
			   "is empty: name an interface, or leave the key out for all; with hide: "
			   "[\"*\"] none is reported");
	vec_each (pattern, &patterns.list)
		*vec_push(diags->arena, &facts->report) = *pattern;
}

static void read_hide(struct diags *diags, const struct tree_node *value, void *object)
{
	const struct patterns patterns = read_patterns(diags, value);
	struct desired_facts *facts = object;

	vec_each (pattern, &patterns.list)
		*vec_push(diags->arena, &facts->hide) = *pattern;
}

static const struct field facts_fields[] = {
	{ "port", read_port },	     { "router", read_router },
	{ "chatty", read_chatty },   { "name", read_name },
	{ "trust", read_own_trust }, { "report", read_report },
	{ "hide", read_hide },	     { 0 },
};

void read_facts(struct diags *diags, const struct tree_node *value, struct desired_facts *facts)
{
	if (value->kind != TREE_MAPPING && !tree_is_empty(value)) {
		tree_error(diags, value,
			   "is %s: give a mapping, such as {} for all defaults, or leave facts out",
			   tree_shown(diags->arena, value));
		return;
	}
	facts->enabled = true;
	facts->where = facts->port_where = tree_key_where(value);
	value_fields(diags, value, facts_fields, facts);
}
