/* SPDX-License-Identifier: MIT */
/* scenario_read: faults and their targets. */
#include "scenario_parts.h"

#define DEFAULT_OFF_MS 10000
#define AT_CALL_MAX 1000000
/* A clock may be years behind; duration_parse() is limited to one. */
#define CLOCK_STEP_MAX_MS (INT64_C(20) * 365 * 24 * 3600 * MSEC_PER_SEC)

static struct fault *fault_of(void *object)
{
	return object;
}

/* Targets. */

/* NODE, or a mapping with details. */
static bool node_or_parts(struct scenario_reading *reading, const struct tree_node *value,
			  const struct part *parts, struct fault *fault)
{
	if (value->kind == TREE_MAPPING)
		return read_parts(reading, value, parts, fault);
	return parts[0].read(reading, value, (char *)fault + parts[0].offset);
}

#define NODE_PART                                                                                  \
	{                                                                                          \
		"node", read_node, offsetof(struct fault, node), "name it"                         \
	}
#define RECONCILING_NODE_PART                                                                      \
	{                                                                                          \
		"node", read_reconciling_node, offsetof(struct fault, node), "name it"             \
	}

static bool read_fault_node(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	return read_node(reading, value, &fault_of(to)->node);
}

static bool read_fault_reconciler(struct scenario_reading *reading, const struct tree_node *value,
				  void *to)
{
	return read_reconciling_node(reading, value, &fault_of(to)->node);
}

/* Cables. */

static void unknown_cable(struct scenario_reading *reading, const struct tree_node *value)
{
	const struct node *node = scenario_node(reading->scenario, value->text);

	if (node && node->attachments.n)
		tree_error(reading->diags, value,
			   "is a node: name a link, or an interface of the node, such as %s.%s",
			   node->name, node->attachments.at[0].name);
	else
		unknown_name(reading, value, value->text, "links and interfaces",
			     cable_names(reading, true, true));
}

/* LINK, or NODE.INTERFACE. */
static bool read_cable(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;
	const char *dot;

	if (!value_scalar(reading->diags, value))
		return false;
	dot = strchr(value->text, '.');
	if (!dot) {
		fault->link = scenario_link(reading->scenario, value->text);
		if (!fault->link)
			unknown_cable(reading, value);
		return fault->link != NULL;
	}
	fault->node = scenario_node(reading->scenario, arena_strndup(reading->arena, value->text,
								     (size_t)(dot - value->text)));
	if (!fault->node || !node_attachment(fault->node, dot + 1)) {
		unknown_name(reading, value, value->text, "links and interfaces",
			     cable_names(reading, true, true));
		return false;
	}
	fault->attachment = dot + 1;
	return true;
}

static bool read_direction(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	static const char *const words[] = { "both", "out", "in", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(enum direction *)to = (enum direction)choice;
	return true;
}

static const struct part quality_fault_parts[] = {
	{ "on", read_cable, 0, "name a link, or an interface as NODE.INTERFACE" },
	{ "direction", read_direction, offsetof(struct fault, direction), NULL },
	QUALITY_PARTS(offsetof(struct fault, quality)),
	{ 0 },
};

static bool read_quality_fault(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	struct fault *fault = to;

	if (!read_parts(reading, value, quality_fault_parts, fault) ||
	    !check_quality(reading, value, &fault->quality))
		return false;
	if (!fault->link)
		return true;
	if (tree_get(value, "direction")) {
		tree_key_error(reading->diags, tree_get(value, "direction"),
			       "is for one interface only: on a link all is sent by somebody, "
			       "leave it out");
		return false;
	}
	fault->direction = DIRECTION_OUT;
	return true;
}

static bool on_link(const struct node *node, const struct link *link)
{
	vec_each (attachment, &node->attachments) {
		if (attachment->link == link)
			return true;
	}
	return false;
}

static void read_group_member(struct scenario_reading *reading, const struct tree_node *value,
			      struct fault *fault, unsigned group)
{
	const struct node *node = NULL;
	unsigned *its_group;

	if (!read_node(reading, value, &node))
		return;
	its_group = &fault->groups.at[node - reading->scenario->nodes.at];
	if (*its_group)
		tree_error(reading->diags, value, "is in %s group already: name it once",
			   *its_group == group ? "this" : "another");
	else if (fault->link && !on_link(node, fault->link))
		tree_error(reading->diags, value, "is not on the link %s: leave it out",
			   fault->link->name);
	*its_group = group;
}

static void read_group(struct scenario_reading *reading, const struct tree_node *value,
		       struct fault *fault, unsigned group)
{
	if (!value_list(reading->diags, value))
		return;
	if (!value->first)
		tree_error(reading->diags, value, "is empty: name its nodes, or leave it out");
	for (const struct tree_node *item = value->first; item; item = item->next)
		read_group_member(reading, item, fault, group);
}

/* Unnamed nodes are a further group. */
static bool divides(const struct scenario *scenario, const struct fault *fault, size_t groups)
{
	if (groups != 1)
		return groups > 1;
	vec_each (node, &scenario->nodes) {
		if (on_link(node, fault->link) && !fault->groups.at[node - scenario->nodes.at])
			return true;
	}
	return false;
}

static void read_groups(struct scenario_reading *reading, const struct tree_node *value,
			struct fault *fault)
{
	unsigned errors = reading->diags->errors;
	unsigned group = 0;

	if (!value_list(reading->diags, value))
		return;
	for (size_t i = 0; i < reading->scenario->nodes.n; i++)
		vec_push(reading->arena, &fault->groups);
	for (const struct tree_node *item = value->first; item; item = item->next)
		read_group(reading, item, fault, ++group);
	if (errors == reading->diags->errors && fault->link &&
	    !divides(reading->scenario, fault, value->n))
		tree_error(reading->diags, value,
			   "divides nothing: leave nodes of the link out, which are a group then, "
			   "or give two groups");
}

static const struct part partition_parts[] = {
	{ "link", read_link, offsetof(struct fault, link), "name the link that is divided" },
	{ "groups", NULL, 0, "give lists of nodes that reach each other, [[a], [b, c]]" },
	{ 0 },
};

static bool read_partition(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	bool ok = read_parts(reading, value, partition_parts, to);

	if (tree_get(value, "groups"))
		read_groups(reading, tree_get(value, "groups"), to);
	return ok;
}

/* Machines. */

static bool read_kept_or_lost(struct scenario_reading *reading, const struct tree_node *value,
			      void *to)
{
	static const char *const words[] = { "kept", "lost", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(bool *)to = choice == 1;
	return true;
}

static bool read_boot_fault(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "state", read_kept_or_lost, offsetof(struct fault, lose_state), NULL },
		{ 0 },
	};

	return node_or_parts(reading, value, parts, to);
}

static bool read_reboot(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "off", read_duration, offsetof(struct fault, off), NULL },
		{ "state", read_kept_or_lost, offsetof(struct fault, lose_state), NULL },
		{ 0 },
	};
	struct fault *fault = to;
	bool ok;

	fault->off = DEFAULT_OFF_MS;
	ok = node_or_parts(reading, value, parts, fault);
	fault->undo_after = fault->off;
	return ok;
}

static bool read_at_call(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	uint64_t call;

	if (!value_number(reading->diags, value, 1, AT_CALL_MAX, NULL, &call))
		return false;
	*(unsigned *)to = (unsigned)call;
	return true;
}

static bool read_kill(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		RECONCILING_NODE_PART,
		{ "at_call", read_at_call, offsetof(struct fault, at_call), NULL },
		{ 0 },
	};

	return node_or_parts(reading, value, parts, to);
}

static bool read_damage(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const char *const words[] = { "truncate", "corrupt", "delete", "empty", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(enum state_damage *)to = (enum state_damage)choice;
	return true;
}

static bool read_state_file(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	static const struct part parts[] = {
		RECONCILING_NODE_PART,
		{ "do", read_damage, offsetof(struct fault, damage),
		  "give truncate, corrupt, delete or empty" },
		{ 0 },
	};

	return read_parts(reading, value, parts, to);
}

/* Environment. */

static bool read_set_names(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	struct fault *fault = to;
	size_t n;

	vec_set(&fault->names, read_answers(reading, value, &n), n);
	return true;
}

static bool read_names_mode(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	static const char *const words[] = { "normal", "refuse", "silent", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(enum names_mode *)to = (enum names_mode)choice;
	return true;
}

static const char *service_of_names(const struct node *node)
{
	vec_each (service, &node->services) {
		if (service->kind == SERVICE_NAMES)
			return service->name;
	}
	return NULL;
}

static bool read_names_fault(struct scenario_reading *reading, const struct tree_node *value,
			     void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "set", read_set_names, 0, NULL },
		{ "answers", read_names_mode, offsetof(struct fault, names_mode), NULL },
		{ 0 },
	};
	struct fault *fault = to;

	if (!read_parts(reading, value, parts, fault))
		return false;
	fault->object = service_of_names(fault->node);
	if (!fault->object)
		tree_error(reading->diags, tree_get(value, "node"),
			   "has no service with names: give the node of the name server");
	if (!tree_get(value, "set") && !tree_get(value, "answers"))
		tree_key_error(reading->diags, value, "changes nothing: give set or answers");
	return true;
}

static bool read_fault_interface(struct scenario_reading *reading, const struct tree_node *value,
				 void *to)
{
	if (!value_scalar(reading->diags, value))
		return false;
	*(const char **)to = value->text;
	return true;
}

static bool read_added(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;
	size_t n;

	vec_set(&fault->add, read_addresses(reading, value, &n), n);
	return true;
}

static bool read_removed(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;
	size_t n;

	vec_set(&fault->remove, read_addresses(reading, value, &n), n);
	return true;
}

static bool read_address_fault(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "interface", read_fault_interface, offsetof(struct fault, attachment),
		  "name it" },
		{ "add", read_added, 0, NULL },
		{ "remove", read_removed, 0, NULL },
		{ 0 },
	};
	struct fault *fault = to;

	if (!read_parts(reading, value, parts, fault))
		return false;
	if (!node_attachment(fault->node, fault->attachment))
		unknown_name(reading, tree_get(value, "interface"), fault->attachment,
			     arena_printf(reading->arena, "interfaces of %s", fault->node->name),
			     names_of(reading->arena, &fault->node->attachments));
	if (!fault->add.n && !fault->remove.n)
		tree_key_error(reading->diags, value, "changes nothing: give add or remove");
	return true;
}

static bool read_rebind(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;

	if (!read_node(reading, value, &fault->node))
		return false;
	if (!fault->node->nat.inside)
		tree_error(reading->diags, value, "has no NAT: name a node with nat");
	return true;
}

/* A duration with a sign, of up to CLOCK_STEP_MAX_MS. */
static bool step_parse(struct arena *arena, const char *text, msec_t *step)
{
	bool back = *text == '-';
	size_t digits;
	msec_t unit, number;

	text += *text == '-' || *text == '+';
	if (duration_parse(text, &number)) {
		*step = back ? -number : number;
		return number != 0;
	}
	digits = strspn(text, "0123456789");
	if (!digits || strpbrk(text + digits, "0123456789") ||
	    !duration_parse(arena_printf(arena, "1%s", text + digits), &unit))
		return false;
	number = 0;
	for (size_t i = 0; i < digits; i++) {
		number = number * 10 + (text[i] - '0');
		if (number > CLOCK_STEP_MAX_MS / unit)
			return false;
	}
	*step = back ? -number * unit : number * unit;
	return number != 0;
}

static bool read_clock(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;

	if (!value_scalar(reading->diags, value))
		return false;
	if (step_parse(reading->arena, value->text, &fault->clock_step))
		return true;
	tree_error(reading->diags, value,
		   "%s is not a step of the clock: give a duration with its sign, such as -2d or "
		   "+90s, of at most 7300d",
		   tree_shown(reading->arena, value));
	return false;
}

/* WireGuard. */

static bool read_wireguard(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	struct fault *fault = to;

	fault->object = read_node_object(reading, value, &fault->node, "interface");
	return fault->object && resolve_interface(reading, value, fault->node, &fault->object);
}

/* The boot commands may have made unknown ones. */
static bool read_deleted(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;

	fault->object = read_node_object(reading, value, &fault->node, "interface");
	if (!fault->object)
		return false;
	if (node_attachment(fault->node, fault->object)) {
		tree_error(reading->diags, value,
			   "is the end of a cable, which nobody deletes: use link_down");
		return false;
	}
	if (fault->node->boot.n && interface_name_valid(fault->object))
		return true;
	return resolve_interface(reading, value, fault->node, &fault->object);
}

static bool read_fault_command(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	struct fault *fault = to;
	size_t n;

	vec_set(&fault->command, read_command(reading, value, &n), n);
	return true;
}

static bool read_command_fault(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "run", read_fault_command, 0, "give the command" },
		{ 0 },
	};

	return read_parts(reading, value, parts, to);
}

static bool read_desired_fault(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "set", NULL, 0, "give the desired state that it gets" },
		{ 0 },
	};
	struct fault *fault = to;
	struct node *node;

	if (!read_parts(reading, value, parts, fault))
		return false;
	node = scenario_node(reading->scenario, fault->node->name);
	facts_of(reading, node)->pushed = true;
	return read_desired(reading, tree_get(value, "set"), node, &fault->text);
}

static bool read_hook(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const char *const words[] = { "input", "forward", "output", NULL };
	unsigned choice;

	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(const char **)to = words[choice];
	return true;
}

static bool read_drop(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART,
		{ "hook", read_hook, offsetof(struct fault, hook),
		  "give input, forward or output" },
		{ "match", read_word, offsetof(struct fault, text), NULL },
		{ 0 },
	};
	struct fault *fault = to;

	fault->text = "";
	if (!read_parts(reading, value, parts, fault))
		return false;
	if (!strcmp(fault->hook, "forward") && !fault->node->forward)
		tree_error(reading->diags, tree_get(value, "hook"),
			   "%s forwards nothing: give input or output", fault->node->name);
	return true;
}

static bool read_service(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct fault *fault = to;

	fault->object = read_node_object(reading, value, &fault->node, "service");
	if (!fault->object)
		return false;
	vec_each (service, &fault->node->services) {
		if (!strcmp(service->name, fault->object))
			return true;
	}
	unknown_name(reading, value, fault->object,
		     arena_printf(reading->arena, "services of %s", fault->node->name),
		     names_of(reading->arena, &fault->node->services));
	return false;
}

const struct action actions[FAULT_KINDS] = {
	[FAULT_LINK_DOWN] = { read_cable, true },
	[FAULT_LINK_UP] = { read_cable, false },
	[FAULT_QUALITY] = { read_quality_fault, true },
	[FAULT_PARTITION] = { read_partition, true },
	[FAULT_CRASH] = { read_fault_node, true },
	[FAULT_BOOT] = { read_boot_fault, false },
	[FAULT_REBOOT] = { read_reboot, false },
	[FAULT_KILL_RECONCILER] = { read_kill, false },
	[FAULT_PAUSE] = { read_fault_reconciler, true },
	[FAULT_RESUME] = { read_fault_reconciler, false },
	[FAULT_RUN] = { read_fault_reconciler, false },
	[FAULT_OVERLAP] = { read_fault_reconciler, false },
	[FAULT_STATE_FILE] = { read_state_file, false },
	[FAULT_DISK_FULL] = { read_fault_reconciler, true },
	[FAULT_NAMES] = { read_names_fault, true },
	[FAULT_ADDRESS] = { read_address_fault, true },
	[FAULT_NAT_REBIND] = { read_rebind, false },
	[FAULT_CLOCK] = { read_clock, false },
	[FAULT_REPLACE_KEY] = { read_wireguard, false },
	[FAULT_DELETE_INTERFACE] = { read_deleted, false },
	[FAULT_COMMAND] = { read_command_fault, false },
	[FAULT_DESIRED] = { read_desired_fault, false },
	[FAULT_DROP] = { read_drop, true },
	[FAULT_SERVICE_STOP] = { read_service, true },
	[FAULT_SERVICE_START] = { read_service, false },
};
