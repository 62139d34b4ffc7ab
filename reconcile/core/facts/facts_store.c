/* SPDX-License-Identifier: MIT */
#include "facts_store.h"

#include <stdlib.h>

void facts_store_init(struct facts_store *store, struct arena *arena)
{
	memset(store, 0, sizeof(*store));
	store->arena = arena;
}

struct facts_link *facts_link_find(const struct facts_store *store, const char *interface)
{
	vec_each (link, &store->links)
		if (strcmp(link->interface, interface) == 0)
			return link;
	return NULL;
}

struct facts_peer *facts_peer_find(const struct facts_link *link, const struct wg_key *public_key)
{
	if (!link->peers.n)
		return NULL;
	return bsearch(public_key, link->peers.at, link->peers.n, sizeof(struct facts_peer),
		       key_order);
}

static int bytes_compare(struct fact_bytes a, struct fact_bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int value_compare(const struct fact *a, const struct fact *b)
{
	int order;

	switch (a->attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		order = ip_compare(&a->endpoint.ip, &b->endpoint.ip);
		return order ? order : (int)a->endpoint.port - (int)b->endpoint.port;
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return prefix_compare(&a->prefix, &b->prefix);
	case FACT_MEMBER_METADATA:
		return bytes_compare(a->metadata, b->metadata);
	case FACT_ALIVE:
	case FACT_MEMBER:
		break;
	}
	return 0;
}

int facts_note_order(const void *a_, const void *b_)
{
	const struct fact *a = &((const struct facts_note *)a_)->fact;
	const struct fact *b = &((const struct facts_note *)b_)->fact;
	int order = key_compare(&a->subject, &b->subject);

	if (order)
		return order;
	if (a->attribute != b->attribute)
		return a->attribute < b->attribute ? -1 : 1;
	return value_compare(a, b);
}

struct facts_note *facts_note_find(const struct facts_notes *notes, const struct fact *fact)
{
	const struct facts_note wanted = { .fact = *fact };

	if (!notes->list.n)
		return NULL;
	return bsearch(&wanted, notes->list.at, notes->list.n, sizeof(wanted), facts_note_order);
}

int facts_nonce_order(const void *a_, const void *b_)
{
	const struct facts_nonce *a = a_, *b = b_;

	return a->digest < b->digest ? -1 : a->digest > b->digest;
}

void facts_notes_tidy(struct facts_notes *notes)
{
	struct facts_note *at = notes->list.at;
	size_t kept = 0;

	if (notes->list.n < 2)
		return;
	qsort(at, notes->list.n, sizeof(*at), facts_note_order);
	for (size_t i = 1; i < notes->list.n; i++) {
		const msec_t since = at[i].since < at[kept].since ? at[i].since : at[kept].since;

		if (facts_note_order(&at[kept], &at[i]) != 0) {
			at[++kept] = at[i];
			continue;
		}
		if (at[i].expires > at[kept].expires)
			at[kept] = at[i];
		at[kept].since = since;
	}
	notes->list.n = kept + 1;
}
