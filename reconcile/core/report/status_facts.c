/* SPDX-License-Identifier: MIT */
#include "status_facts.h"

#include "core/facts/fact_member.h"

#include <stdlib.h>

/* ---- Facts ---- */

static msec_t left_of(msec_t expires, msec_t now)
{
	return expires > now ? expires - now : 0;
}

static const char *name_of(const struct status_exchange *exchange, const struct wg_key *key)
{
	const struct facts_node *node = facts_node_find(exchange->view, key);
	size_t place;

	if (node)
		return node->name;
	if (key_compare(key, &exchange->view->public_key) == 0)
		return "this node";
	place = vec_place(&exchange->newcomers, key, key_order);
	return place < exchange->newcomers.n &&
			       key_compare(&exchange->newcomers.at[place].public_key, key) == 0
		       ? exchange->newcomers.at[place].name
		       : NULL;
}

static void add_fact(struct status_fact_list *facts, const struct status_exchange *exchange,
		     const struct facts_note *note, msec_t now, struct arena *arena)
{
	const bool own = key_is_zero(&note->source);

	*vec_push(arena, &facts->list) = (struct status_fact){
		.note = note,
		.subject = name_of(exchange, &note->fact.subject),
		.source = own ? NULL : name_of(exchange, &note->source),
		.left = own ? AGE_NONE : left_of(note->expires, now),
	};
}

/* They are kept with the peers. */
static void add_alive(struct status_exchange *exchange, msec_t now, struct arena *arena)
{
	vec_each (node, &exchange->view->peers) {
		struct facts_note *note;

		if (!node->alive)
			continue;
		note = arena_alloc(arena, sizeof(*note));
		*note = (struct facts_note){
			.fact = { .attribute = FACT_ALIVE, .subject = node->public_key },
			.source = node->public_key,
			.expires = node->notes->alive_until,
			.verdict = FACTS_ACCEPTED,
		};
		add_fact(&exchange->received, exchange, note, now, arena);
	}
}

static int compare_facts(const void *a_, const void *b_)
{
	const struct status_fact *a = a_, *b = b_;

	return facts_note_order(a->note, b->note);
}

static void find_peers(struct status_exchange *exchange, const struct desired_interface *interface,
		       struct arena *arena)
{
	vec_each (peer, &interface->peers) {
		const struct facts_node *node = facts_node_find(exchange->view, &peer->public_key);

		if (node && node->router && peer->enabled)
			*vec_push(arena, &exchange->routers) = (struct status_router){ peer, node };
		if (!node)
			*vec_push(arena, &exchange->newcomers) = (struct status_newcomer){
				peer->public_key, peer->name
			};
	}
	if (exchange->newcomers.n > 1)
		qsort(exchange->newcomers.at, exchange->newcomers.n, sizeof(struct status_newcomer),
		      key_order);
}

const struct status_exchange *status_exchange_make(const struct facts *facts,
						   const struct desired_interface *interface,
						   struct arena *arena)
{
	const struct facts_view *view = facts ? facts_view_find(facts, interface->name) : NULL;
	struct status_exchange *exchange;
	const msec_t now = facts ? facts->store.at : 0;

	if (!view)
		return NULL;
	exchange = arena_alloc(arena, sizeof(*exchange));
	*exchange = (struct status_exchange){
		.view = view,
		.bad_packets = view->link->bad_packets,
		.bad_reason = view->link->bad_reason,
	};
	find_peers(exchange, interface, arena);
	vec_each (note, &view->link->received.list)
		add_fact(&exchange->received, exchange, note, now, arena);
	add_alive(exchange, now, arena);
	if (exchange->received.list.n > 1)
		qsort(exchange->received.list.at, exchange->received.list.n,
		      sizeof(struct status_fact), compare_facts);
	vec_each (note, &view->link->own.list)
		add_fact(&exchange->own, exchange, note, now, arena);
	vec_each (note, &view->link->refused)
		add_fact(&exchange->refused, exchange, note, now, arena);
	return exchange;
}

const char *status_fact_kind(const struct status_fact *fact)
{
	switch (fact->note->fact.attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return "endpoint";
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return "allowed_ip";
	case FACT_MEMBER:
	case FACT_MEMBER_METADATA:
		return "member";
	case FACT_ALIVE:
		break;
	}
	return "alive";
}

const char *status_fact_value(const struct status_fact *fact, struct arena *arena)
{
	const struct fact *what = &fact->note->fact;
	char endpoint[ENDPOINT_TEXT_MAX], prefix[PREFIX_TEXT_MAX];
	struct fact_member member;

	switch (what->attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return arena_strdup(arena, endpoint_text(&what->endpoint, endpoint));
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return arena_strdup(arena, prefix_text(&what->prefix, prefix));
	case FACT_MEMBER_METADATA:
		return fact_member_decode(what->metadata, &member, arena) ? member.name : NULL;
	case FACT_MEMBER:
	case FACT_ALIVE:
		break;
	}
	return NULL;
}

const char *status_fact_reason(const struct status_exchange *exchange,
			       const struct status_fact *fact, struct arena *arena)
{
	if (key_is_zero(&fact->note->source))
		return "this node's own";
	if (fact->note->fact.attribute == FACT_ALIVE)
		return "about its source";
	return facts_verdict_text(exchange->view, fact->note, arena);
}

/* ---- A peer's endpoints ---- */

static void add_endpoint(struct status_link *link, const struct status_look_peer *peer,
			 const struct status_endpoint *endpoint, const struct endpoint *address,
			 struct arena *arena)
{
	struct status_endpoint *added = vec_push(arena, &link->endpoints);

	*added = *endpoint;
	added->in_use = address && peer->in_kernel && peer->in_kernel->has_endpoint &&
			endpoint_equal(address, &peer->in_kernel->endpoint);
}

static void add_candidate(struct status_link *link, const struct status_look_peer *peer,
			  const struct desired_endpoint *candidate, struct arena *arena)
{
	const struct declaration *declared = &candidate->declared;
	struct status_endpoint endpoint = {
		.text = candidate->text,
		.origin = "declared",
		.left = AGE_NONE,
		.near = candidate->near,
	};

	if (declared->expires && declared->expires <= peer->now)
		return;
	if (declared->expires)
		endpoint.left = declared->expires - peer->now;
	if (declared->origin == ORIGIN_FACT)
		endpoint.origin = declaration_text(declared, declared->where, arena);
	add_endpoint(link, peer, &endpoint, candidate->is_literal ? &candidate->address : NULL,
		     arena);
}

static bool is_any_in_use(const struct status_link *link)
{
	vec_each (endpoint, &link->endpoints)
		if (endpoint->in_use)
			return true;
	return false;
}

/* Declared ones first. */
static void add_endpoints(struct status_link *link, const struct status_look_peer *peer,
			  struct arena *arena)
{
	const struct desired_peer *desired = peer->desired;
	char text[ENDPOINT_TEXT_MAX];

	if (desired && desired->endpoint)
		add_endpoint(
			link, peer,
			&(struct status_endpoint){
				.text = desired->endpoint, .origin = "declared", .left = AGE_NONE },
			desired->endpoint_is_literal ? &desired->endpoint_address : NULL, arena);
	for (int origin = ORIGIN_FILE; desired && origin <= ORIGIN_FACT; origin++)
		vec_each (candidate, &desired->candidates)
			if ((int)candidate->declared.origin == origin)
				add_candidate(link, peer, candidate, arena);
	if (peer->in_kernel && peer->in_kernel->has_endpoint && !is_any_in_use(link))
		add_endpoint(
			link, peer,
			&(struct status_endpoint){
				.text = arena_strdup(
					arena, endpoint_text(&peer->in_kernel->endpoint, text)),
				.origin = "learned from packets, or of a name",
				.left = AGE_NONE },
			&peer->in_kernel->endpoint, arena);
}

/* ---- The router of a peer ---- */

/* One that works, if there is such. */
static const struct facts_node *router_for(const struct status_exchange *exchange,
					   const struct wg_key *key, const struct prefix *prefix)
{
	const struct facts_node *found = NULL;

	vec_each (router, &exchange->routers) {
		if (key_compare(&router->node->public_key, key) == 0)
			continue;
		vec_each (wider, &router->peer->allowed_ips)
			if (wider->length < prefix->length && prefix_covers(wider, &prefix->ip) &&
			    (!found || (router->node->healthy && !found->healthy)))
				found = router->node;
	}
	return found;
}

/* The place of the first note of this kind about the peer, and whether one at a place is such. */
static size_t first_note(const struct facts_notes *notes, const struct wg_key *subject,
			 enum fact_attribute attribute)
{
	const struct facts_note wanted = { .fact = { .attribute = attribute,
						     .subject = *subject } };

	return vec_place(&notes->list, &wanted, facts_note_order);
}

static bool is_note(const struct facts_notes *notes, size_t place, const struct wg_key *subject,
		    enum fact_attribute attribute)
{
	const struct facts_note *note = notes->list.at + place;

	return place < notes->list.n && note->fact.attribute == attribute &&
	       key_compare(&note->fact.subject, subject) == 0;
}

/* For what the notes report as the peer's allowed IPs, withheld or not. */
static const struct facts_node *router_in(const struct status_exchange *exchange,
					  const struct facts_notes *notes, const struct wg_key *key,
					  enum fact_attribute attribute)
{
	size_t place = first_note(notes, key, attribute);

	for (; is_note(notes, place, key, attribute); place++) {
		const struct facts_node *router = router_for(exchange, key,
							     &notes->list.at[place].fact.prefix);

		if (router)
			return router;
	}
	return NULL;
}

static void find_router(struct status_link *link, const struct status_exchange *exchange,
			const struct wg_key *key)
{
	static const enum fact_attribute attributes[] = { FACT_ALLOWED_IP_V4, FACT_ALLOWED_IP_V6 };
	const struct facts_link *notes = exchange->view->link;
	const struct facts_node *router = NULL;

	if (link->direct || link->is_router || exchange->view->router)
		return;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]) && !router; i++) {
		router = router_in(exchange, &notes->received, key, attributes[i]);
		if (!router)
			router = router_in(exchange, &notes->own, key, attributes[i]);
	}
	if (!router)
		return;
	link->router = router->name;
	link->router_healthy = router->healthy;
}

/* ---- A peer ---- */

static void describe_who(struct status_link *link, const struct facts_node *node, msec_t now)
{
	link->is_router = node->router;
	link->basic = node->basic;
	link->healthy = node->healthy;
	link->alive = node->alive || (node->basic && node->healthy);
	link->direct = node->notes->direct;
	if (node->alive)
		link->alive_left = left_of(node->notes->alive_until, now);
	link->trust = node->trust;
	link->trust_reason = node->trust_reason;
}

/* The expiry of the latest fact that makes it a member. */
static msec_t member_expires(const struct facts_view *view, const struct wg_key *key)
{
	static const enum fact_attribute attributes[] = { FACT_MEMBER_METADATA, FACT_MEMBER };
	const struct facts_notes *notes = &view->link->received;
	msec_t expires = 0;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		size_t place = first_note(notes, key, attributes[i]);

		for (; is_note(notes, place, key, attributes[i]); place++)
			if (notes->list.at[place].expires > expires)
				expires = notes->list.at[place].expires;
	}
	return expires;
}

static void describe_origin(struct status_link *link, const struct facts_view *view,
			    const struct status_look_peer *peer, struct arena *arena)
{
	const struct declaration *declared = &peer->desired->declared;

	if (declared->origin != ORIGIN_FACT)
		return;
	link->origin = declaration_text(declared, declared->where, arena);
	link->origin_left = left_of(member_expires(view, peer->public_key), peer->now);
}

static bool is_on_trial(const struct status_link *link, const char *interface,
			const struct status_look_peer *peer)
{
	const struct sample *sample = sample_find(peer->samples, interface, peer->public_key);

	return !link->healthy && sample && sample->tried_at && peer->in_kernel &&
	       peer->in_kernel->has_endpoint;
}

const struct status_link *status_link_make(const struct status_exchange *exchange,
					   const struct status_look_peer *peer, struct arena *arena)
{
	struct status_link *link = arena_alloc(arena, sizeof(*link));
	const struct facts_node *node = facts_node_find(exchange->view, peer->public_key);

	*link = (struct status_link){ .alive_left = AGE_NONE };
	if (node)
		describe_who(link, node, peer->now);
	if (peer->desired)
		describe_origin(link, exchange->view, peer, arena);
	find_router(link, exchange, peer->public_key);
	add_endpoints(link, peer, arena);
	link->trying = is_on_trial(link, exchange->view->interface->name, peer);
	return link;
}

const char *status_link_word(const struct status_link *link)
{
	if (link->healthy)
		return link->alive ? "healthy and alive" : "healthy but not alive";
	return link->alive ? "unhealthy but alive?" : "unhealthy";
}
