/* SPDX-License-Identifier: MIT */
/*
 * endpoints: several endpoints of one peer.
 */
#include "desired_parts.h"
#include "desired_value.h"

/* Each name among them is resolved. */
#define ENDPOINTS_MAX 256

void read_endpoints(struct diags *diags, const struct tree_node *value, struct desired_peer *peer)
{
	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: give an endpoint, or leave endpoints out");
	if (value->n > ENDPOINTS_MAX) {
		tree_error(diags, value,
			   "has %zu endpoints, which are tried one after another: give at most %d",
			   value->n, ENDPOINTS_MAX);
		return;
	}
	for (const struct tree_node *item = value->first; item; item = item->next) {
		struct desired_endpoint endpoint = { .declared.where = tree_where(item) };

		if (value_endpoint(diags, item, &endpoint))
			*vec_push(diags->arena, &peer->candidates) = endpoint;
	}
}

static void report_repeated_endpoint(struct diags *diags, const struct tree_node *list,
				     const struct desired_endpoint *endpoint,
				     const struct desired_endpoint *before)
{
	const struct tree_node *item = list->first;

	while (item->text != endpoint->text)
		item = item->next;
	tree_error(diags, item, "%s is given twice: it already stands at %s, so remove one",
		   tree_shown(diags->arena, item),
		   declaration_text(&before->declared, before->declared.where, diags->arena));
}

void arrange_endpoints(struct diags *diags, const struct tree_node *node, struct desired_peer *peer)
{
	const struct tree_node *own = tree_get(node, "endpoint");
	const struct tree_node *list = tree_get(node, "endpoints");
	struct desired_endpoint endpoint = {
		.text = peer->endpoint,
		.is_literal = peer->endpoint_is_literal,
		.address = peer->endpoint_address,
	};

	if (own)
		endpoint.declared.where = tree_where(own);
	for (size_t i = 0; i < peer->candidates.n; i++) {
		const struct desired_endpoint *one = &peer->candidates.at[i];
		const struct desired_endpoint *before = NULL;

		if (endpoint.text && desired_endpoint_equal(one, &endpoint))
			before = &endpoint;
		for (size_t j = 0; j < i && !before; j++) {
			if (desired_endpoint_equal(one, &peer->candidates.at[j]))
				before = &peer->candidates.at[j];
		}
		if (before)
			report_repeated_endpoint(diags, list, one, before);
	}
	desired_candidates_arrange(peer);
}
