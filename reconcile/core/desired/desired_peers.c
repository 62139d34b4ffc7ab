/* SPDX-License-Identifier: MIT */
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

#include <stdlib.h>

#define WEIGHT_MAX 1000000

struct peer_reading {
	struct desired_peer *peer;
	bool is_member;
};
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

void prefixes_tidy(struct prefix *prefixes, size_t *n)
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

void claim_for_peer(struct arena *arena, const struct tree_node *node,
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

void read_peer(struct diags *diags, const struct tree_node *node, struct desired_peer *peer,
	       bool is_member)
{
	struct peer_reading reading = { peer, is_member };

	peer->name = node->key;
	peer->where = tree_key_where(node);
	key_names_object(diags, node);
	if (!value_mapping(diags, node))
		return;
	value_fields(diags, node, is_member ? member_fields : peer_fields, &reading);
	prefixes_tidy(peer->allowed_ips.at, &peer->allowed_ips.n);
	check_peer(diags, node, peer);
}
