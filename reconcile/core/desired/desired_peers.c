/* SPDX-License-Identifier: MIT */
#include "base/prefix_sort.h"
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

#define WEIGHT_MAX 1000000

struct peer_reading {
	struct reading *reading;
	struct desired_peer *peer;
	bool is_member;
};

static void read_public_key(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;

	reading->peer->public_key_where = entry_where(value);
	value_key(diags, value, &reading->peer->public_key);
}

static void read_preshared_key_file(struct diags *diags, const struct tree_node *value,
				    void *object)
{
	struct desired_peer *peer = ((struct peer_reading *)object)->peer;

	if (value_key_file(diags, value, &peer->preshared_key_file))
		peer->key_file_where = tree_where(value);
}

static void read_preshared_key(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;

	if (!value_scalar(diags, value))
		return;
	/* The value may be the key: it is not printed. */
	if (!tree_is_word(value, "keep"))
		tree_error(diags, value,
			   "can only be keep: a key stands in a file of its own, which "
			   "preshared_key_file names");
	else
		reading->peer->preshared_key_keep = true;
}

static void read_endpoint(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_peer *peer = ((struct peer_reading *)object)->peer;
	struct desired_endpoint endpoint = { 0 };

	if (value_endpoint(diags, value, &endpoint))
		desired_endpoint_set(peer, &endpoint);
}

static void read_peer_endpoints(struct diags *diags, const struct tree_node *value, void *object)
{
	read_endpoints(diags, value, ((struct peer_reading *)object)->peer);
}

static void read_trust(struct diags *diags, const struct tree_node *value, void *object)
{
	value_trust(diags, value, &((struct peer_reading *)object)->peer->trust);
}

static void read_facts_exchanger(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &((struct peer_reading *)object)->peer->facts_exchanger);
}

static void read_basic(struct diags *diags, const struct tree_node *value, void *object)
{
	value_boolean(diags, value, &((struct peer_reading *)object)->peer->basic);
}

static void refuse_in_selector(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)object;
	tree_key_error(diags, value,
		       "is not possible in a selector, which decides about its peers itself: leave "
		       "it out, or declare the peer among those of the interface");
}

struct listed_prefix {
	struct prefix prefix;
	const struct tree_node *item;
};

/* Repeated with the nodes: there are rarely any. */
static void report_repeated(struct diags *diags, const struct tree_node *list,
			    struct arena *scratch)
{
	VEC(struct listed_prefix) all = { 0 };
	const struct listed_prefix *before = NULL;

	for (const struct tree_node *item = list->first; item; item = item->next) {
		struct listed_prefix one = { .item = item };

		if (prefix_parse(item->text, &one.prefix) && !prefix_has_host_bits(&one.prefix))
			*vec_push(scratch, &all) = one;
	}
	prefix_sort(all.at, all.n, sizeof(*all.at));
	vec_each (one, &all) {
		if (before && !prefix_compare(&before->prefix, &one->prefix))
			tree_error(diags, one->item, "%s is given twice: remove one",
				   tree_shown(diags->arena, one->item));
		before = one;
	}
}

static void read_allowed_ips(struct diags *diags, const struct tree_node *value, void *object)
{
	struct peer_reading *reading = object;
	struct desired_peer *peer = reading->peer;
	size_t given;

	if (!value_list(diags, value))
		return;
	vec_reserve(diags->arena, &peer->allowed_ips, value->n);
	vec_reserve(diags->arena, &peer->allowed_ips_declared, value->n);
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct desired_allowed_ip declared = { .declared.where = tree_where(item),
						       .index = (uint32_t)item->index };
		struct prefix prefix;

		if (value_network(diags, item, &prefix))
			desired_allowed_ip_add(peer, &prefix, &declared, diags->arena);
	}
	given = peer->allowed_ips.n;
	desired_allowed_ips_tidy(peer, reading->reading->scratch);
	if (peer->allowed_ips.n < given)
		report_repeated(diags, value, reading->reading->scratch);
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

void read_prefer_family(struct diags *diags, const struct tree_node *value, enum family *family)
{
	unsigned choice;

	if (value_choice(diags, value, prefer_family_words, &choice))
		*family = prefer_family_values[choice];
}

static void read_peer_prefer_family(struct diags *diags, const struct tree_node *value,
				    void *object)
{
	read_prefer_family(diags, value, &((struct peer_reading *)object)->peer->prefer_family);
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
	{ "endpoints", read_peer_endpoints },                                                      \
	{ "allowed_ips", read_allowed_ips },                                                       \
	{ "persistent_keepalive", read_keepalive },                                                \
	{ "enabled", read_enabled },                                                               \
	{ "prefer_family", read_peer_prefer_family }

static const struct field peer_fields[] = {
	PEER_FIELDS,
	{ "trust", read_trust },
	{ "facts_exchanger", read_facts_exchanger },
	{ "basic", read_basic },
	{ 0 },
};

static const struct field member_fields[] = {
	PEER_FIELDS,
	{ "weight", read_weight },
	{ "probe_target", read_probe_target },
	{ "trust", refuse_in_selector },
	{ "facts_exchanger", refuse_in_selector },
	{ "basic", refuse_in_selector },
	{ 0 },
};
/* clang-format on */

struct entry_where entry_where(const struct tree_node *value)
{
	return (struct entry_where){ tree_where(value), value->key_line, value->key_column };
}

void read_peer(struct reading *whole, const struct tree_node *node, struct desired_peer *peer,
	       bool is_member)
{
	struct peer_reading reading = { whole, peer, is_member };
	struct diags *diags = whole->diags;

	peer->name = node->key;
	peer->declared.where = tree_key_where(node);
	key_names_object(diags, node);
	if (!value_mapping(diags, node))
		return;
	value_fields(diags, node, is_member ? member_fields : peer_fields, &reading);
	arrange_endpoints(diags, node, peer);
	check_peer(diags, node, peer);
}
