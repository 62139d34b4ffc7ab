/* SPDX-License-Identifier: MIT */
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

/* fib_default_rule_add() in the kernel: 32766 is the table main, and the second rule of the
 * pair must precede it. */
#define RULE_PRIORITY_MAX 32764

struct interface_reading {
	struct reading *reading;
	struct desired_interface *interface;
};

static struct desired_interface *interface_of(void *object)
{
	return ((struct interface_reading *)object)->interface;
}

static void read_private_key_file(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_interface *interface = interface_of(object);

	if (value_key_file(diags, value, &interface->private_key_file))
		interface->key_file_where = tree_where(value);
}

static void read_listen_port(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_interface *interface = interface_of(object);
	uint64_t port;

	interface->listen_port_where = entry_where(value);
	if (value_number(diags, value, 1, UINT16_MAX, NULL, &port))
		interface->listen_port = (int32_t)port;
}

static void read_fwmark(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t mark = 0;

	if (tree_is_word(value, "off") ||
	    value_number(diags, value, 0, UINT32_MAX, ", or off", &mark))
		interface_of(object)->fwmark = (int64_t)mark;
}

static void read_mtu(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t mtu;

	if (tree_is_word(value, "auto"))
		interface_of(object)->mtu_auto = true;
	else if (value_number(diags, value, MTU_MIN, MTU_MAX, ", or auto", &mtu))
		interface_of(object)->mtu = (uint32_t)mtu;
}

static void read_interface_addresses(struct diags *diags, const struct tree_node *value,
				     void *object)
{
	addresses_read(diags, value, interface_of(object));
}

static void read_create(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &interface_of(object)->create);
}

static void read_take_over(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &interface_of(object)->take_over);
}

static void read_implementation(struct diags *diags, const struct tree_node *value, void *object)
{
	unsigned choice;

	if (value_choice(diags, value, implementation_words, &choice))
		interface_of(object)->implementation = (enum implementation)choice;
}

static void read_program(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_interface *interface = interface_of(object);
	const char *word;

	if (value->kind == TREE_SCALAR) {
		if (value_text(diags, value, &word))
			*vec_push(diags->arena, &interface->program) = word;
		return;
	}
	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: give the program and its arguments");
	for (const struct tree_node *item = value->first; item; item = item->next) {
		if (value_argument(diags, item, &word))
			*vec_push(diags->arena, &interface->program) = word;
	}
}

static void read_routes(struct diags *diags, const struct tree_node *value, void *object)
{
	read_route_policy(diags, value, interface_of(object));
}

static void read_follow_routes(struct diags *diags, const struct tree_node *value, void *object)
{
	read_follow(diags, value, &interface_of(object)->follow);
}

static void read_interface_facts(struct diags *diags, const struct tree_node *value, void *object)
{
	read_facts(diags, value, &interface_of(object)->facts);
}

static void read_table(struct diags *diags, const struct tree_node *value, void *object)
{
	interface_of(object)->table = 0;
	value_table(diags, value, &interface_of(object)->table);
}

static void read_metric(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t metric;

	if (value_number(diags, value, 0, UINT32_MAX, NULL, &metric))
		interface_of(object)->metric = (uint32_t)metric;
}

static void read_rules(struct diags *diags, const struct tree_node *value, void *object)
{
	unsigned choice;

	if (value_choice(diags, value, rule_policy_words, &choice))
		interface_of(object)->rules = (enum rule_policy)choice;
}

static void read_rule_priority(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t priority;

	if (value_number(diags, value, 1, RULE_PRIORITY_MAX, NULL, &priority))
		interface_of(object)->rule_priority = (uint32_t)priority;
}

static void read_kill_switch(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &interface_of(object)->kill_switch);
}

static void read_unmanaged_peers(struct diags *diags, const struct tree_node *value, void *object)
{
	unsigned choice;

	if (value_choice(diags, value, unmanaged_peers_words, &choice))
		interface_of(object)->unmanaged_peers = (enum unmanaged_peers)choice;
}

static void read_interface_peers(struct diags *diags, const struct tree_node *value, void *object)
{
	struct interface_reading *reading = object;

	if (!value_mapping(diags, value))
		return;
	vec_reserve(diags->arena, &reading->interface->peers, value->n);
	for (const struct tree_node *node = value->first; node; node = node->next) {
		struct desired_peer *peer = vec_push(diags->arena, &reading->interface->peers);

		*peer = desired_peer_default(false);
		read_peer(reading->reading, node, peer, false);
	}
}

static const struct field interface_fields[] = {
	{ "private_key_file", read_private_key_file },
	{ "listen_port", read_listen_port },
	{ "fwmark", read_fwmark },
	{ "mtu", read_mtu },
	{ "addresses", read_interface_addresses },
	{ "create", read_create },
	{ "take_over", read_take_over },
	{ "implementation", read_implementation },
	{ "program", read_program },
	{ "routes", read_routes },
	{ "follow_routes", read_follow_routes },
	{ "table", read_table },
	{ "metric", read_metric },
	{ "rules", read_rules },
	{ "rule_priority", read_rule_priority },
	{ "kill_switch", read_kill_switch },
	{ "unmanaged_peers", read_unmanaged_peers },
	{ "facts", read_interface_facts },
	{ "peers", read_interface_peers },
	{ 0 },
};

static void read_interface(struct interface_reading *reading, const struct tree_node *node)
{
	struct desired_interface *interface = reading->interface;
	struct diags *diags = reading->reading->diags;

	*interface = desired_interface_default();
	interface->name = node->key;
	interface->where = tree_key_where(node);
	key_names_interface(diags, node);
	if (!value_mapping(diags, node))
		return;
	value_fields(diags, node, interface_fields, reading);
	if (!tree_get(node, "unmanaged_peers"))
		interface->unmanaged_peers = unmanaged_peers_default(interface->create);
	if (!tree_get(node, "kill_switch"))
		interface->kill_switch = interface->rules == RULES_FWMARK;
	check_interface(diags, node, interface);
	if (interface->implementation == IMPLEMENTATION_USERSPACE && !interface->program.n)
		*vec_push(diags->arena, &interface->program) = DEFAULT_USERSPACE_PROGRAM;
}

void read_interfaces(struct reading *reading, const struct tree_node *node)
{
	struct arena *arena = reading->diags->arena;

	if (!value_mapping(reading->diags, node))
		return;
	for (const struct tree_node *one = node->first; one; one = one->next) {
		struct interface_reading interface = {
			.reading = reading,
			.interface = vec_push(arena, &reading->desired->interfaces),
		};

		read_interface(&interface, one);
	}
}
