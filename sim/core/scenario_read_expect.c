/* SPDX-License-Identifier: MIT */
/* scenario_read: what must hold, and what is measured. */
#include "../../reconcile/core/desired_value.h"
#include "../../reconcile/core/plan.h"
#include "scenario_parts.h"

#define EXIT_MAX 255

static struct condition *condition_of(void *object)
{
	return object;
}

/* References to times. */

static const char *trimmed(struct arena *arena, const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	return arena_strndup(arena, from, (size_t)(to - from));
}

/* Where the offset begins: a +, or a - with spaces around it, because names have that, too. */
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
	if (length >= sizeof(undone) && !strcmp(base + length - (sizeof(undone) - 1), undone)) {
		reference->undone = true;
		base = trimmed(reading->arena, base, base + length - (sizeof(undone) - 1));
	}
	reference->fault = scenario_fault(reading->scenario, base);
	if (!reference->fault && first_word_is_fault(reading, base))
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
	who = only_of(reading, value, words, "question");
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
	const char *words[LEFT_NOT_DESIRED + 2] = { 0 };
	unsigned choice;

	for (unsigned i = 0; i <= LEFT_NOT_DESIRED; i++)
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
	       only_of(reading, value, words, "question") &&
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

/* Commands make interfaces that nothing is known of. */
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

/* All conditions but the invariants, which are asked otherwise. */
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

static bool read_condition(struct scenario_reading *reading, const struct tree_node *value,
			   void *to)
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
	if (!value_list(reading->diags, value))
		return;
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
	what = only_of(reading, tree, words, "expectation");
	if (!what)
		return;
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

static const char *const measure_words[] = {
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
	what = only_of(reading, tree, measure_words, "thing to measure");
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
