/* SPDX-License-Identifier: MIT */
/*
 * Three steps: texts to one tree (yaml_tree), the tree to a desired state, value
 * by value (here), and what only the whole shows (desired_check). After an error
 * in a value the rest is still read and checked. Where the check of a whole needs
 * that value, it is left zero, and the check says nothing, because an error that
 * only follows from another one misleads.
 */
#include "desired_yaml.h"

#include "desired_check.h"
#include "desired_default.h"
#include "desired_value.h"

#include <inttypes.h>
#include <stdlib.h>

#define FORMAT_VERSION "1"
/* The least MTU every IPv4 host can take (RFC 791, 3.1) and the most a length of
 * 16 bits allows. */
#define MTU_MIN 576
#define MTU_MAX 65535
/* fib_default_rule_add() in the kernel: 32766 is the table main, and the second
 * rule of the pair must stand before it. */
#define RULE_PRIORITY_MAX 32764
#define STANDBY_MAX 65535
#define WEIGHT_MAX 1000000
#define PROBE_COUNT_MAX 20
#define PROBE_FAIL_AFTER_MAX 1000

struct reading {
	struct diags *diags;
	struct desired *desired;
	const struct tree_node *selectors;
	struct claims *claims; /* one for each interface */
};

struct interface_reading {
	struct reading *reading;
	struct desired_interface *interface;
	struct claims *claims;
};

struct selector_reading {
	struct reading *reading;
	struct desired_selector *selector;
	enum family prefer_family;
};

struct peer_reading {
	struct desired_peer *peer;
	bool is_member;
};

/*
 * Peers
 */

static void read_public_key(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;

	value_key(diags, value, &reading->peer->public_key);
}

static void read_preshared_key_file(struct diags *diags, const struct tree_node *value,
				    void *object)
{
	struct desired_peer *peer = ((struct peer_reading *)object)->peer;

	if (value_key_file(diags, value, &peer->preshared_key_file))
		peer->where = tree_where(value);
}

static void read_preshared_key(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;

	if (!value_scalar(diags, value))
		return;
	/* What stands there may be the key: it is not repeated. */
	if (!tree_is_word(value, "keep"))
		tree_error(diags, value,
			   "can only be keep: a key stands in a file of its own, which "
			   "preshared_key_file names");
	else
		reading->peer->preshared_key_keep = true;
}

static void read_endpoint(struct diags *diags, const struct tree_node *value, void *object)
{
	value_endpoint(diags, value, ((struct peer_reading *)object)->peer);
}

static void read_allowed_ips(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_peer *peer = ((struct peer_reading *)object)->peer;

	if (!value_list(diags, value))
		return;
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct prefix prefix;

		if (value_network(diags, item, &prefix))
			*vec_push(diags->arena, &peer->allowed_ips) = prefix;
	}
}

static void read_keepalive(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;
	bool off = tree_is_word(value, "off") || tree_is_word(value, "0");
	uint64_t seconds = 0;

	if (off && reading->is_member)
		tree_error(diags, value,
			   "%s is not possible in a selector, which needs keepalives to see "
			   "whether a peer lives: give 1 to 65535, or leave it out for %d",
			   value->text, DEFAULT_SELECTOR_KEEPALIVE);
	else if (tree_is_word(value, "off") ||
		 value_number(diags, value, reading->is_member, UINT16_MAX,
			      reading->is_member ? NULL : ", or off", &seconds))
		reading->peer->persistent_keepalive = (uint16_t)seconds;
}

static void read_enabled(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &((struct peer_reading *)object)->peer->enabled);
}

static void read_family(struct diags *diags, const struct tree_node *value, enum family *family)
{
	unsigned choice;

	if (value_choice(diags, value, prefer_family_words, &choice))
		*family = prefer_family_values[choice];
}

static void read_peer_prefer_family(struct diags *diags, const struct tree_node *value,
				    void *object)
{
	read_family(diags, value, &((struct peer_reading *)object)->peer->prefer_family);
}

static void read_weight(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t weight;

	if (value_number(diags, value, 1, WEIGHT_MAX, NULL, &weight))
		((struct peer_reading *)object)->peer->weight = (unsigned)weight;
}

static void read_probe_target(struct diags *diags, const struct tree_node *value, void *object)
{
	value_ip(diags, value, &((struct peer_reading *)object)->peer->probe_target);
}

/* clang-format off */
#define PEER_FIELDS                                                                                \
	{ "public_key", read_public_key },                                                         \
	{ "preshared_key_file", read_preshared_key_file },                                         \
	{ "preshared_key", read_preshared_key },                                                   \
	{ "endpoint", read_endpoint },                                                             \
	{ "allowed_ips", read_allowed_ips },                                                       \
	{ "persistent_keepalive", read_keepalive },                                                \
	{ "enabled", read_enabled },                                                               \
	{ "prefer_family", read_peer_prefer_family }

static const struct field peer_fields[] = {
	PEER_FIELDS,
	{ 0 },
};

static const struct field member_fields[] = {
	PEER_FIELDS,
	{ "weight", read_weight },
	{ "probe_target", read_probe_target },
	{ 0 },
};
/* clang-format on */

static int prefix_order(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* Sorted, and each once. */
static void tidy_prefixes(struct prefix *prefixes, size_t *n)
{
	size_t kept = 0;

	if (*n < 2)
		return;
	qsort(prefixes, *n, sizeof(*prefixes), prefix_order);
	for (size_t i = 1; i < *n; i++) {
		if (prefix_compare(&prefixes[kept], &prefixes[i]))
			prefixes[++kept] = prefixes[i];
	}
	*n = kept + 1;
}

/* What the peer declares, with the places, in the order of the file. */
static void claim_for_peer(struct arena *arena, const struct tree_node *node,
			   const struct desired_peer *peer, const struct desired_selector *selector,
			   struct claims *claims)
{
	const struct tree_node *key = tree_get(node, "public_key");
	const struct tree_node *allowed_ips = tree_get(node, "allowed_ips");
	struct claim claim = { .peer = node, .selector = selector, .enabled = peer->enabled };

	if (key && !key_is_zero(&peer->public_key)) {
		claim.key = peer->public_key;
		claim.node = key;
		claim.order = claims->keys.n;
		*vec_push(arena, &claims->keys) = claim;
	}
	if (!allowed_ips)
		return;
	for (const struct tree_node *item = allowed_ips->first; item; item = item->next) {
		if (!prefix_parse(item->text, &claim.prefix) || prefix_has_host_bits(&claim.prefix))
			continue;
		claim.node = item;
		claim.order = claims->prefixes.n;
		*vec_push(arena, &claims->prefixes) = claim;
	}
}

static void read_peer(struct diags *diags, const struct tree_node *node, struct desired_peer *peer,
		      bool is_member)
{
	struct peer_reading reading = { peer, is_member };

	peer->name = node->key;
	peer->where = tree_key_where(node);
	key_names_object(diags, node);
	if (!value_mapping(diags, node))
		return;
	value_fields(diags, node, is_member ? member_fields : peer_fields, &reading);
	tidy_prefixes(peer->allowed_ips.at, &peer->allowed_ips.n);
	check_peer(diags, node, peer);
}

/*
 * Interfaces
 */

static struct desired_interface *interface_of(void *object)
{
	return ((struct interface_reading *)object)->interface;
}

static void read_private_key_file(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_interface *interface = interface_of(object);

	if (value_key_file(diags, value, &interface->private_key_file))
		interface->where = tree_where(value);
}

static void read_listen_port(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t port;

	if (value_number(diags, value, 1, UINT16_MAX, NULL, &port))
		interface_of(object)->listen_port = (int32_t)port;
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

	if (value_number(diags, value, MTU_MIN, MTU_MAX, NULL, &mtu))
		interface_of(object)->mtu = (uint32_t)mtu;
}

static bool has_prefix(const struct prefix *prefixes, size_t n, const struct prefix *prefix)
{
	for (size_t i = 0; i < n; i++) {
		if (!prefix_compare(&prefixes[i], prefix))
			return true;
	}
	return false;
}

static void read_addresses(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_interface *interface = interface_of(object);

	if (!value_list(diags, value))
		return;
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct prefix address;

		if (!value_address(diags, item, &address))
			continue;
		if (has_prefix(interface->addresses.at, interface->addresses.n, &address))
			tree_error(diags, item, "%s is given twice: remove one",
				   tree_shown(diags->arena, item));
		else
			*vec_push(diags->arena, &interface->addresses) = address;
	}
	tidy_prefixes(interface->addresses.at, &interface->addresses.n);
}

static void read_create(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &interface_of(object)->create);
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
	unsigned choice;

	if (value_choice(diags, value, route_policy_words, &choice))
		interface_of(object)->routes = (enum route_policy)choice;
}

static void read_table(struct diags *diags, const struct tree_node *value, void *object)
{
	uint64_t table = 0;

	if (tree_is_word(value, "main"))
		return;
	value_number(diags, value, 1, UINT32_MAX, ", or main", &table);
	interface_of(object)->table = (uint32_t)table;
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
	for (const struct tree_node *node = value->first; node; node = node->next) {
		struct desired_peer *peer = vec_push(diags->arena, &reading->interface->peers);

		*peer = desired_peer_default(false);
		read_peer(diags, node, peer, false);
		claim_for_peer(diags->arena, node, peer, NULL, reading->claims);
	}
}

static const struct field interface_fields[] = {
	{ "private_key_file", read_private_key_file },
	{ "listen_port", read_listen_port },
	{ "fwmark", read_fwmark },
	{ "mtu", read_mtu },
	{ "addresses", read_addresses },
	{ "create", read_create },
	{ "implementation", read_implementation },
	{ "program", read_program },
	{ "routes", read_routes },
	{ "table", read_table },
	{ "metric", read_metric },
	{ "rules", read_rules },
	{ "rule_priority", read_rule_priority },
	{ "unmanaged_peers", read_unmanaged_peers },
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
	check_interface(diags, node, interface);
	if (interface->implementation == IMPLEMENTATION_USERSPACE && !interface->program.n)
		*vec_push(diags->arena, &interface->program) = DEFAULT_USERSPACE_PROGRAM;
}

static void read_interfaces(struct diags *diags, const struct tree_node *value, void *object)
{
	struct reading *reading = object;
	size_t n = 0;

	if (!value_mapping(diags, value))
		return;
	reading->claims = arena_alloc(diags->arena, value->n * sizeof(*reading->claims));
	for (const struct tree_node *node = value->first; node; node = node->next) {
		struct interface_reading one = {
			.reading = reading,
			.interface = vec_push(diags->arena, &reading->desired->interfaces),
			.claims = &reading->claims[n++],
		};

		read_interface(&one, node);
	}
}

/*
 * Selectors
 */

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
	read_family(diags, value, &((struct selector_reading *)object)->prefer_family);
}

static struct claims *claims_of(const struct reading *reading,
				const struct desired_interface *interface)
{
	return &reading->claims[interface - reading->desired->interfaces.at];
}

/* After the other keys, which may stand behind: the peers' defaults depend on them. */
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
		read_peer(diags, node, peer, true);
		if (selector->interface)
			claim_for_peer(diags->arena, node, peer, selector,
				       claims_of(reading->reading, selector->interface));
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

/* Claims point at selectors, so their array must not move. */
static void read_selectors(struct reading *reading)
{
	struct desired *desired = reading->desired;

	if (!reading->selectors || !value_mapping(reading->diags, reading->selectors))
		return;
	for (size_t i = 0; i < reading->selectors->n; i++)
		vec_push(reading->diags->arena, &desired->selectors);
	desired->selectors.n = 0;
	for (const struct tree_node *node = reading->selectors->first; node; node = node->next) {
		struct selector_reading one = {
			.reading = reading,
			.selector = vec_push(reading->diags->arena, &desired->selectors),
		};

		read_selector(&one, node);
	}
}

/*
 * The rest
 */

static void read_servers(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = object;

	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: name a server, or leave time out");
	for (const struct tree_node *item = value->first; item; item = item->next) {
		const char *host;

		if (value_host(diags, item, &host))
			*vec_push(diags->arena, &time->servers) = host;
	}
}

static void read_command(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = object;

	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: give the program and its arguments");
	for (const struct tree_node *item = value->first; item; item = item->next) {
		const char *word;

		if (value_argument(diags, item, &word))
			*vec_push(diags->arena, &time->command) = word;
	}
}

static void read_backoff(struct diags *diags, const struct tree_node *value, void *object)
{
	value_duration(diags, value, NULL, &((struct desired_time *)object)->backoff);
}

static const struct field time_fields[] = {
	{ "servers", read_servers },
	{ "command", read_command },
	{ "backoff", read_backoff },
	{ 0 },
};

static void read_time(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = &((struct reading *)object)->desired->time;
	const struct tree_node *servers = tree_get(value, "servers");
	const struct tree_node *command = tree_get(value, "command");

	if (!value_mapping(diags, value))
		return;
	time->enabled = true;
	value_fields(diags, value, time_fields, time);
	if (!servers && !command)
		tree_key_error(diags, value, "needs servers or a command: give one of the two");
	if (servers && command)
		tree_key_error(diags, servers,
			       "are only for the default command: leave servers or command out");
}

static void read_group(struct diags *diags, const struct tree_node *value, void *object)
{
	value_text(diags, value, &((struct reading *)object)->desired->group);
}

static void read_version(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)object;
	if (!value_scalar(diags, value))
		return;
	if (!value->plain || !tree_is_word(value, FORMAT_VERSION))
		tree_error(diags, value,
			   "%s%s is not a version of this format: write version: " FORMAT_VERSION,
			   value->plain ? "" : "the text ", tree_shown(diags->arena, value));
}

static void keep_selectors(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)diags;
	((struct reading *)object)->selectors = value;
}

static const struct field root_fields[] = {
	{ "version", read_version },	 { "interfaces", read_interfaces },
	{ "selectors", keep_selectors }, { "time", read_time },
	{ "group", read_group },	 { 0 },
};

static void read_root(struct reading *reading, const struct tree_node *root)
{
	struct diags *diags = reading->diags;

	if (!tree_get(root, "version"))
		diag_error(diags, tree_where(root), "version",
			   "is missing: write version: " FORMAT_VERSION " at the top");
	value_fields(diags, root, root_fields, reading);
	read_selectors(reading);
	for (size_t i = 0; i < reading->desired->interfaces.n; i++)
		check_claims(diags, &reading->claims[i]);
}

static bool sizes_acceptable(const struct source *sources, size_t n, struct diags *diags)
{
	size_t left = DESIRED_SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		if (sources[i].length > left) {
			diag_error(diags, (struct where){ sources[i].file, 0, 0 }, NULL,
				   "too large: all files together may have %u MiB",
				   DESIRED_SIZE_MAX >> 20);
			return false;
		}
		left -= sources[i].length;
	}
	return true;
}

/* NULL after an error. */
static struct tree_node *read_tree(const struct source *sources, size_t n, struct diags *diags)
{
	struct tree_node **roots = arena_alloc(diags->arena, n * sizeof(*roots));
	unsigned errors = diags->errors;
	struct tree_node *root;

	for (size_t i = 0; i < n; i++)
		roots[i] = tree_parse(sources[i].file, sources[i].text, sources[i].length,
				      DESIRED_DEPTH_MAX, diags);
	if (diags->errors > errors)
		return NULL;
	root = tree_join(roots, n, "version", diags);
	if (!root && diags->errors == errors)
		diag_error(diags, (struct where){ n ? sources[0].file : NULL, 1, 1 }, NULL,
			   "nothing is declared: write at least version: " FORMAT_VERSION
			   ", and then interfaces");
	return root;
}

struct desired *desired_parse(const struct source *sources, size_t n, const char *name,
			      struct diags *diags)
{
	unsigned errors = diags->errors;
	struct desired *desired = arena_alloc(diags->arena, sizeof(*desired));
	struct reading reading = { .diags = diags, .desired = desired };
	const struct tree_node *root;

	desired->arena = diags->arena;
	desired->name = arena_strdup(diags->arena, name);
	desired->time = desired_time_default();
	if (!sizes_acceptable(sources, n, diags))
		return NULL;
	root = read_tree(sources, n, diags);
	if (root)
		read_root(&reading, root);
	diags_sort(diags);
	return diags->errors > errors ? NULL : desired;
}
