/* SPDX-License-Identifier: MIT */
/*
 * follow_routes: the foreign routes that are followed.
 */
#include "desired_parts.h"
#include "desired_protocol.h"
#include "desired_value.h"

/* Each table is a dump of its own, in each run. */
#define TABLES_MAX 256

typedef void (*read_item)(struct diags *diags, const struct tree_node *item,
			  struct desired_follow *follow);

/* A list, or one value for a list of one. */
static void read_items(struct diags *diags, const struct tree_node *value, read_item read,
		       struct desired_follow *follow)
{
	if (value->kind == TREE_SCALAR && !tree_is_empty(value)) {
		read(diags, value, follow);
		return;
	}
	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value,
			   "is empty: name one, or leave the key out for the "
			   "default");
	for (const struct tree_node *item = value->first; item; item = item->next)
		read(diags, item, follow);
}

static void given_twice(struct diags *diags, const struct tree_node *item)
{
	tree_error(diags, item, "%s is given twice: remove one", tree_shown(diags->arena, item));
}

static void read_followed_table(struct diags *diags, const struct tree_node *item,
				struct desired_follow *follow)
{
	uint32_t table;

	if (!value_table(diags, item, &table))
		return;
	vec_each (earlier, &follow->tables) {
		if (*earlier != table)
			continue;
		given_twice(diags, item);
		return;
	}
	*vec_push(diags->arena, &follow->tables) = table;
}

static void read_tables(struct diags *diags, const struct tree_node *value, void *object)
{
	if (value->n > TABLES_MAX)
		tree_error(diags, value,
			   "has %zu tables, and each is read in each run: give at "
			   "most %d",
			   value->n, TABLES_MAX);
	else
		read_items(diags, value, read_followed_table, object);
}

static bool value_protocol(struct diags *diags, const struct tree_node *node, uint8_t *protocol)
{
	const char *shown = tree_shown(diags->arena, node);
	uint64_t number;
	const char *near;

	if (!value_scalar(diags, node))
		return false;
	if (strchr("-0123456789", node->text[0])) {
		if (!value_number(diags, node, 0, UINT8_MAX, ", or a name such as bird", &number))
			return false;
		*protocol = (uint8_t)number;
		return true;
	}
	if (protocol_parse(node->text, protocol))
		return true;
	near = nearest_word(node->text, protocol_words);
	if (near)
		tree_error(diags, node, "%s is not a protocol: did you mean %s?", shown, near);
	else
		tree_error(diags, node,
			   "%s is not a protocol: give a number from 0 to 255, or a name such as "
			   "bird, babel or bgp",
			   shown);
	return false;
}

/* Sorted by insertion: there are at most 256. */
static void insert_protocol(struct arena *arena, struct desired_follow *follow, uint8_t protocol)
{
	size_t at = follow->protocols.n;

	vec_push(arena, &follow->protocols);
	for (; at && follow->protocols.at[at - 1] > protocol; at--)
		follow->protocols.at[at] = follow->protocols.at[at - 1];
	follow->protocols.at[at] = protocol;
}

static void read_protocol(struct diags *diags, const struct tree_node *item,
			  struct desired_follow *follow)
{
	const char *shown = tree_shown(diags->arena, item);
	uint8_t protocol;

	if (!value_protocol(diags, item, &protocol))
		return;
	if (protocol == PROTOCOL_KERNEL)
		tree_error(diags, item,
			   "%s is the kernel's own, whose routes have no next hop: leave it out",
			   shown);
	else if (protocol == OWNER_PROTOCOL)
		tree_error(diags, item,
			   "%s is this program's own, whose routes would follow themselves: leave "
			   "it out",
			   shown);
	else if (follow->protocols.n && memchr(follow->protocols.at, protocol, follow->protocols.n))
		given_twice(diags, item);
	else
		insert_protocol(diags->arena, follow, protocol);
}

static void read_protocols(struct diags *diags, const struct tree_node *value, void *object)
{
	read_items(diags, value, read_protocol, object);
}

static const struct field follow_fields[] = {
	{ "tables", read_tables },
	{ "protocols", read_protocols },
	{ 0 },
};

void read_follow(struct diags *diags, const struct tree_node *value, struct desired_follow *follow)
{
	if (value->kind == TREE_LIST) {
		tree_error(diags, value,
			   "is a list: give true, or a mapping such as {tables: "
			   "[main, 100]}");
		return;
	}
	if (value->kind == TREE_SCALAR)
		value_boolean(diags, value, &follow->enabled);
	else
		follow->enabled = true;
	if (!follow->enabled)
		return;
	value_fields(diags, value, follow_fields, follow);
	if (!follow->tables.n)
		*vec_push(diags->arena, &follow->tables) = TABLE_MAIN;
}
