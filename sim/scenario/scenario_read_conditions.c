/* SPDX-License-Identifier: MIT */
/* scenario_read: conditions, evaluated now or over a window. */
#include "core/desired/desired_value.h"
#include "core/plan/plan.h"
#include "scenario_parts.h"

#define EXIT_MAX 255

static struct condition *condition_of(void *object)
{
	return object;
}

/* Bounds. */

typedef bool bound_reader(struct scenario_reading *reading, const struct tree_node *value,
			  struct condition *condition, uint64_t *bound);

static bool bound_duration(struct scenario_reading *reading, const struct tree_node *value,
			   struct condition *condition, uint64_t *bound)
{
	msec_t duration;

	(void)condition;
	if (!read_delay(reading, value, &duration))
		return false;
	*bound = (uint64_t)duration;
	return true;
}

static bool bound_count(struct scenario_reading *reading, const struct tree_node *value,
			struct condition *condition, uint64_t *bound)
{
	(void)condition;
	return value_number(reading->diags, value, 0, UINT32_MAX, NULL, bound);
}

static bool bound_loss(struct scenario_reading *reading, const struct tree_node *value,
		       struct condition *condition, uint64_t *bound)
{
	size_t length = strlen(value->text);
	bool relative = length && value->text[length - 1] == '%';
	ppm_t share = 0;

	if ((condition->has_at_most || condition->has_at_least) &&
	    condition->relative != relative) {
		tree_error(reading->diags, value,
			   "is of another sort than the other bound: give two numbers, or two "
			   "percentages");
		return false;
	}
	condition->relative = relative;
	if (!relative)
		return value_number(reading->diags, value, 0, UINT32_MAX, ", or a percentage",
				    bound);
	if (!read_share(reading, value, &share))
		return false;
	*bound = share;
	return true;
}

static bool read_bounds(struct scenario_reading *reading, const struct tree_node *node,
			struct condition *condition, bound_reader *read)
{
	const struct tree_node *at_most = tree_get(node, "at_most");
	const struct tree_node *at_least = tree_get(node, "at_least");

	if (at_most)
		condition->has_at_most = read(reading, at_most, condition, &condition->at_most);
	if (at_least)
		condition->has_at_least = read(reading, at_least, condition, &condition->at_least);
	if (!condition->has_at_most || !condition->has_at_least ||
	    condition->at_least <= condition->at_most)
		return true;
	tree_error(reading->diags, at_least, "is more than at_most: nothing can be both");
	return false;
}

static bool require_bound(struct scenario_reading *reading, const struct tree_node *node)
{
	if (tree_get(node, "at_most") || tree_get(node, "at_least"))
		return true;
	tree_key_error(reading->diags, node, "has no bound: give at_most or at_least");
	return false;
}

/* Of probes. */

static const struct part probe_parts[] = {
	{ "probe", read_probe, offsetof(struct condition, probe), "name it" },
	{ "at_most", NULL, 0, NULL },
	{ "at_least", NULL, 0, NULL },
	{ 0 },
};

static bool read_answers_condition(struct scenario_reading *reading, const struct tree_node *value,
				   void *to)
{
	return read_probe(reading, value, &condition_of(to)->probe);
}

static bool read_probe_bounds(struct scenario_reading *reading, const struct tree_node *value,
			      struct condition *condition, bound_reader *read)
{
	return read_parts(reading, value, probe_parts, condition) &&
	       require_bound(reading, value) && read_bounds(reading, value, condition, read);
}

static bool read_durations(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	return read_probe_bounds(reading, value, to, bound_duration);
}

static bool read_loss(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return read_probe_bounds(reading, value, to, bound_loss);
}

/* Of selectors. */

#define NODE_PART(reader)                                                                          \
	{                                                                                          \
		"node", reader, offsetof(struct condition, node), "name it"                        \
	}
#define SELECTOR_PART                                                                              \
	{                                                                                          \
		"selector", read_word, offsetof(struct condition, selector), NULL                  \
	}
#define INTERFACE_PART                                                                             \
	{                                                                                          \
		"interface", read_word, offsetof(struct condition, interface), NULL                \
	}
#define ABSENT_PART                                                                                \
	{                                                                                          \
		"absent", read_flag, offsetof(struct condition, absent), NULL                      \
	}

static void add_name(struct arena *arena, const char ***names, size_t *n, const char *name)
{
	VEC(const char *) list = { *names, *n, *n };

	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*names)[i], name))
			return;
	}
	*vec_push(arena, &list) = name;
	*names = list.at;
	*n = list.n;
}

/* Of all desired states that the node ever has. */
static const char *const *selector_names(struct scenario_reading *reading, const struct node *node)
{
	const char **names = NULL;
	size_t n = 0;

	vec_each (desired, &facts_of(reading, node)->desired) {
		vec_each (selector, &(*desired)->selectors)
			add_name(reading->arena, &names, &n, selector->name);
	}
	return names_ended(reading->arena, names, n);
}

static bool resolve_selector(struct scenario_reading *reading, const struct tree_node *node,
			     struct condition *condition, bool needed)
{
	const char *const *names = selector_names(reading, condition->node);
	const struct tree_node *value = tree_get(node, "selector");

	if (facts_of(reading, condition->node)->unclear ||
	    !facts_of(reading, condition->node)->desired.n)
		return true;
	if (!value && !needed)
		return true;
	if (!value && names[0] && !names[1]) {
		condition->selector = names[0];
		return true;
	}
	if (!value) {
		tree_key_error(reading->diags, node, "has no selector: %s has %s",
			       condition->node->name,
			       *names ? words_listed(reading->arena, names, " and ") : "none");
		return false;
	}
	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], condition->selector))
			return true;
	}
	unknown_name(reading, value, condition->selector,
		     arena_printf(reading->arena, "selectors of %s", condition->node->name), names);
	return false;
}

/* Peers by their declared names; selector NULL: of all, and those of interfaces. */
static const char *const *member_names(struct scenario_reading *reading, const struct node *node,
				       const char *selector)
{
	const char **names = NULL;
	size_t n = 0;

	vec_each (desired, &facts_of(reading, node)->desired) {
		vec_each (one, &(*desired)->selectors) {
			if (selector && strcmp(one->name, selector) != 0)
				continue;
			vec_each (peer, &one->peers)
				add_name(reading->arena, &names, &n, peer->name);
		}
		for (size_t i = 0; !selector && i < (*desired)->interfaces.n; i++) {
			vec_each (peer, &(*desired)->interfaces.at[i].peers)
				add_name(reading->arena, &names, &n, peer->name);
		}
	}
	return names_ended(reading->arena, names, n);
}

static bool check_member(struct scenario_reading *reading, const struct tree_node *value,
			 const struct condition *condition)
{
	const struct node_facts *facts = facts_of(reading, condition->node);
	const char *const *names = member_names(reading, condition->node, condition->selector);

	if (facts->unclear || !facts->desired.n)
		return true;
	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], value->text))
			return true;
	}
	unknown_name(reading, value, value->text,
		     condition->selector
			     ? arena_printf(reading->arena, "peers of %s", condition->selector)
			     : arena_printf(reading->arena, "peers of %s", condition->node->name),
		     names);
	return false;
}

static const struct part selected_parts[] = {
	NODE_PART(read_reconciling_node), SELECTOR_PART,
	{ "is", NULL, 0, NULL },	  { "in", NULL, 0, NULL },
	{ "not", NULL, 0, NULL },	  { 0 },
};

static bool read_selected(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const char *const words[] = { "is", "in", "not", NULL };
	struct condition *condition = to;
	const struct tree_node *who;
	size_t n;

	if (!read_parts(reading, value, selected_parts, condition) ||
	    !resolve_selector(reading, value, condition, true))
		return false;
	who = only_of(reading, value, words, selected_parts, "question");
	if (!who)
		return false;
	condition->all = !strcmp(who->key, "is");
	condition->absent = !strcmp(who->key, "not");
	if (condition->all && tree_is_word(who, "none"))
		return true;
	vec_set(&condition->names, read_words(reading, who, &n), n);
	if (!item_first(who))
		tree_error(reading->diags, who, "is empty: write is: none if nobody is meant");
	for (const struct tree_node *item = item_first(who); item; item = item_next(who, item))
		check_member(reading, item, condition);
	return true;
}

static const struct part selections_parts[] = {
	NODE_PART(read_reconciling_node), SELECTOR_PART, { "at_most", NULL, 0, NULL },
	{ "at_least", NULL, 0, NULL },	  { 0 },
};

static bool read_selections(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	struct condition *condition = to;

	return read_parts(reading, value, selections_parts, condition) &&
	       resolve_selector(reading, value, condition, true) && require_bound(reading, value) &&
	       read_bounds(reading, value, condition, bound_count);
}

/* As `wgreconcile apply --json` prints them. */
static const char *const event_words[] = {
	[EVENT_TRY] = "try",
	[EVENT_ESTABLISHED] = "established",
	[EVENT_LEFT] = "left",
	[EVENT_PROMOTED] = "promoted",
	[EVENT_RESTARTED] = "restarted",
	[EVENT_WAITING] = "waiting",
	[EVENT_PROBE_FAILED] = "probe_failed",
	[EVENT_TIME] = "time",
	[EVENT_FOLLOWED] = "followed",
	[EVENT_FACTS] = "facts",
	[EVENT_PROBLEM] = "problem",
	NULL,
};

static bool read_event_kind(struct scenario_reading *reading, const struct tree_node *value,
			    void *to)
{
	unsigned choice;

	if (!value_choice(reading->diags, value, event_words, &choice))
		return false;
	*(const char **)to = event_words[choice];
	return true;
}

static bool read_reason(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	const char *words[LEFT_REFUSED + 2] = { 0 };
	unsigned choice;

	for (unsigned i = 0; i <= LEFT_REFUSED; i++)
		words[i] = left_reason_word((enum left_reason)i);
	if (!value_choice(reading->diags, value, words, &choice))
		return false;
	*(const char **)to = words[choice];
	return true;
}

static const struct part event_parts[] = {
	NODE_PART(read_reconciling_node),
	SELECTOR_PART,
	{ "kind", read_event_kind, offsetof(struct condition, event), NULL },
	{ "peer", read_word, offsetof(struct condition, peer), NULL },
	{ "reason", read_reason, offsetof(struct condition, reason), NULL },
	{ "at_most", NULL, 0, NULL },
	{ "at_least", NULL, 0, NULL },
	{ 0 },
};

static bool read_event(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;
	const struct tree_node *reason = tree_get(value, "reason");

	if (!read_parts(reading, value, event_parts, condition) ||
	    !resolve_selector(reading, value, condition, false) ||
	    !read_bounds(reading, value, condition, bound_count))
		return false;
	if (condition->peer && !check_member(reading, tree_get(value, "peer"), condition))
		return false;
	if (reason && (!condition->event || strcmp(condition->event, "left") != 0))
		tree_key_error(reading->diags, reason,
			       "is given by the kind left only: write kind: "
			       "left, or leave it out");
	if (!condition->has_at_most && !condition->has_at_least) {
		condition->has_at_least = true;
		condition->at_least = 1;
	}
	return true;
}

/* Of the kernel's state. */

/* As peers are named there: the node, with its interface where it has several. */
static const char *const *peer_names(struct scenario_reading *reading)
{
	VEC(const char *) names = { 0 };

	vec_each (node, &reading->scenario->nodes) {
		vec_each (interface, &node->wireguard)
			*vec_push(reading->arena,
				  &names) = node->wireguard.n == 1
						    ? node->name
						    : arena_printf(reading->arena, "%s.%s",
								   node->name, *interface);
	}
	*vec_push(reading->arena, &names) = NULL;
	return names.at;
}

static bool check_peer_name(struct scenario_reading *reading, const struct tree_node *value)
{
	const char *const *names = peer_names(reading);

	for (size_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], value->text))
			return true;
	}
	unknown_name(reading, value, value->text, "nodes with WireGuard", names);
	return false;
}

static bool read_peer(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	if (!value_scalar(reading->diags, value) || !check_peer_name(reading, value))
		return false;
	*(const char **)to = value->text;
	return true;
}

static bool resolve_condition_interface(struct scenario_reading *reading,
					const struct tree_node *node, struct condition *condition)
{
	const struct tree_node *value = tree_get(node, "interface");

	return resolve_interface(reading, value ? value : node, condition->node,
				 &condition->interface);
}

static const struct part handshake_parts[] = {
	NODE_PART(read_node),
	INTERFACE_PART,
	{ "peer", read_peer, offsetof(struct condition, peer), "name the node that has its key" },
	{ "younger_than", read_duration, offsetof(struct condition, age), "give a duration" },
	{ 0 },
};

static bool read_handshake(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	return read_parts(reading, value, handshake_parts, to) &&
	       resolve_condition_interface(reading, value, to);
}

static bool read_count(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;

	condition->has_at_most = condition->has_at_least = bound_count(reading, value, condition,
								       &condition->at_least);
	condition->at_most = condition->at_least;
	return condition->has_at_most;
}

static bool read_peer_list(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	struct condition *condition = to;
	size_t n;

	if (!value_list(reading->diags, value))
		return false;
	vec_set(&condition->names, read_words(reading, value, &n), n);
	condition->all = true;
	for (const struct tree_node *item = value->first; item; item = item->next)
		check_peer_name(reading, item);
	return true;
}

static const struct part peers_parts[] = {
	NODE_PART(read_node),
	INTERFACE_PART,
	{ "are", read_peer_list, 0, NULL },
	{ "count", read_count, 0, NULL },
	{ 0 },
};

static bool read_peers(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const char *const words[] = { "are", "count", NULL };

	return read_parts(reading, value, peers_parts, to) &&
	       only_of(reading, value, words, peers_parts, "question") &&
	       resolve_condition_interface(reading, value, to);
}

static bool read_networks_condition(struct scenario_reading *reading, const struct tree_node *value,
				    void *to)
{
	struct condition *condition = to;
	size_t n;

	if (!value_list(reading->diags, value))
		return false;
	vec_set(&condition->prefixes, read_networks(reading, value, &n), n);
	return true;
}

static const struct part allowed_ips_parts[] = {
	NODE_PART(read_node),
	INTERFACE_PART,
	{ "peer", read_peer, offsetof(struct condition, peer), "name the node that has its key" },
	{ "are", read_networks_condition, 0, "list them, [] for none" },
	{ 0 },
};

static bool read_allowed_ips(struct scenario_reading *reading, const struct tree_node *value,
			     void *to)
{
	return read_parts(reading, value, allowed_ips_parts, to) &&
	       resolve_condition_interface(reading, value, to);
}

/* Commands may make unknown interfaces. */
static bool may_have_others(const struct scenario *scenario, const struct node *node)
{
	if (node->boot.n)
		return true;
	vec_each (fault, &scenario->timeline) {
		if (fault->kind == FAULT_COMMAND && fault->node == node)
			return true;
	}
	return false;
}

static bool check_any_interface(struct scenario_reading *reading, const struct tree_node *value,
				const struct node *node)
{
	const char **names = NULL;
	size_t n = 0;

	if (!value)
		return true;
	add_name(reading->arena, &names, &n, "lo");
	vec_each (name, &node->wireguard)
		add_name(reading->arena, &names, &n, *name);
	vec_each (attachment, &node->attachments)
		add_name(reading->arena, &names, &n, attachment->name);
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i], value->text))
			return true;
	}
	if (may_have_others(reading->scenario, node) && interface_name_valid(value->text))
		return true;
	unknown_name(reading, value, value->text,
		     arena_printf(reading->arena, "interfaces of %s", node->name),
		     names_ended(reading->arena, names, n));
	return false;
}

static bool read_to(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;
	struct prefix prefix;

	if (!value_network(reading->diags, value, &prefix))
		return false;
	*vec_push(reading->arena, &condition->prefixes) = prefix;
	return true;
}

static bool read_is(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;
	struct prefix prefix;

	if (!value_address(reading->diags, value, &prefix))
		return false;
	*vec_push(reading->arena, &condition->prefixes) = prefix;
	return true;
}

static bool read_route(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_node),
		{ "to", read_to, 0, "give the prefix that it leads to" },
		INTERFACE_PART,
		ABSENT_PART,
		{ 0 },
	};

	return read_parts(reading, value, parts, to) &&
	       check_any_interface(reading, tree_get(value, "interface"), condition_of(to)->node);
}

static bool read_address(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_node),
		{ "is", read_is, 0, "give the address with its prefix length" },
		INTERFACE_PART,
		ABSENT_PART,
		{ 0 },
	};

	return read_parts(reading, value, parts, to) &&
	       check_any_interface(reading, tree_get(value, "interface"), condition_of(to)->node);
}

static bool read_interface(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_node),
		{ "name", read_word, offsetof(struct condition, interface), "name it" },
		ABSENT_PART,
		{ 0 },
	};

	return read_parts(reading, value, parts, to) &&
	       check_any_interface(reading, tree_get(value, "name"), condition_of(to)->node);
}

/* Of programs. */

static bool read_exits(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;
	uint64_t code;

	if (value->kind == TREE_LIST && !value->n) {
		tree_error(reading->diags, value, "is empty: give exit codes, or leave it out");
		return false;
	}
	if (value->kind != TREE_LIST && !value_scalar(reading->diags, value))
		return false;
	for (const struct tree_node *item = item_first(value); item;
	     item = item_next(value, item)) {
		if (value_number(reading->diags, item, 0, EXIT_MAX, NULL, &code))
			*vec_push(reading->arena, &condition->exits) = (unsigned)code;
	}
	return true;
}

static bool read_changes(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		{ "at_most", NULL, 0, NULL },
		{ "at_least", NULL, 0, NULL },
		{ 0 },
	};

	if (value->kind != TREE_MAPPING)
		return read_count(reading, value, to);
	return read_parts(reading, value, parts, to) && require_bound(reading, value) &&
	       read_bounds(reading, value, to, bound_count);
}

static bool read_run(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_reconciling_node),
		{ "exit", read_exits, 0, NULL },
		{ "prints", read_string, offsetof(struct condition, prints), NULL },
		{ "changes", read_changes, 0, NULL },
		{ 0 },
	};

	if (!read_parts(reading, value, parts, to))
		return false;
	if (tree_get(value, "exit") || tree_get(value, "prints") || tree_get(value, "changes"))
		return true;
	tree_key_error(reading->diags, value, "asks nothing: give exit, prints or changes");
	return false;
}

static bool read_converged(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
{
	return read_reconciling_node(reading, value, &condition_of(to)->node);
}

static bool read_path(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	if (!value_argument(reading->diags, value, to))
		return false;
	if (value->text[0] == '/')
		return true;
	tree_error(reading->diags, value, "%s is not a whole path: begin with /",
		   tree_shown(reading->arena, value));
	return false;
}

static bool read_file(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_node),
		{ "path", read_path, offsetof(struct condition, path), "give it" },
		{ "contains", read_string, offsetof(struct condition, prints), NULL },
		ABSENT_PART,
		{ 0 },
	};
	struct condition *condition = to;

	if (!read_parts(reading, value, parts, condition))
		return false;
	if (!condition->absent || !condition->prints)
		return true;
	tree_key_error(reading->diags, tree_get(value, "contains"),
		       "is not for a file that is absent: leave one of them out");
	return false;
}

static bool read_command_words(struct scenario_reading *reading, const struct tree_node *value,
			       void *to)
{
	struct condition *condition = to;
	size_t n;

	vec_set(&condition->command, read_command(reading, value, &n), n);
	return true;
}

static bool read_command_condition(struct scenario_reading *reading, const struct tree_node *value,
				   void *to)
{
	static const struct part parts[] = {
		NODE_PART(read_node),
		{ "run", read_command_words, 0, "give the command" },
		{ "exit", read_exits, 0, NULL },
		{ "prints", read_string, offsetof(struct condition, prints), NULL },
		{ 0 },
	};
	struct condition *condition = to;

	if (!read_parts(reading, value, parts, condition))
		return false;
	if (!condition->exits.n)
		*vec_push(reading->arena, &condition->exits) = 0;
	return true;
}

/* All conditions except the invariants, which are evaluated differently. */
static const struct part condition_parts[] = {
	{ "answers", read_answers_condition, 0, NULL },
	{ "outage", read_durations, 0, NULL },
	{ "loss", read_loss, 0, NULL },
	{ "rtt", read_durations, 0, NULL },
	{ "selected", read_selected, 0, NULL },
	{ "selections", read_selections, 0, NULL },
	{ "event", read_event, 0, NULL },
	{ "handshake", read_handshake, 0, NULL },
	{ "peers", read_peers, 0, NULL },
	{ "allowed_ips", read_allowed_ips, 0, NULL },
	{ "route", read_route, 0, NULL },
	{ "address", read_address, 0, NULL },
	{ "interface", read_interface, 0, NULL },
	{ "run", read_run, 0, NULL },
	{ "converged", read_converged, 0, NULL },
	{ "file", read_file, 0, NULL },
	{ "command", read_command_condition, 0, NULL },
	{ 0 },
};

bool read_condition(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	struct condition *condition = to;

	if (value->kind != TREE_MAPPING || value->n != 1) {
		tree_error(reading->diags, value,
			   "is not a condition: give a mapping with one key, such as {answers: "
			   "PROBE}");
		return false;
	}
	condition->where = tree_key_where(value->first);
	condition->text = flow_text(reading->arena, value);
	while (condition->kind < CONDITION_INVARIANT &&
	       strcmp(condition_kind_word(condition->kind), value->first->key) != 0)
		condition->kind++;
	return read_parts(reading, value, condition_parts, condition);
}
