/* SPDX-License-Identifier: MIT */
/*
 * What is sent to whom, and when. A peer is told everything every FACTS_REPEAT_MS, what is
 * new at once, and that this node is alive every FACTS_ALIVE_EVERY_MS.
 */
#include "facts_parts.h"

#include "fact_group.h"

/* A fact to send, in packets' form. */
struct item {
	const struct facts_note *note;
	const struct facts_node *subject; /* NULL: this node */
	msec_t since; /* when it became fit to be sent */
	uint8_t *bytes; /* NULL: not made yet */
	size_t n;
};

/* Some of the items, from first to before end, that fill a packet. */
struct group {
	size_t first, end;
	uint8_t *bytes;
	size_t n;
};

struct items {
	VEC(struct item) list; /* sorted by subject */
	msec_t newest; /* since of the newest one */
	VEC(struct group) groups; /* of all items, made for the first recipient */
};

struct sending {
	struct facts *facts;
	struct facts_view *view;
	struct items items;
	struct facts_messages *messages;
	msec_t now;
};

enum content {
	CONTENT_NONE,
	CONTENT_ALIVE,
	CONTENT_ALL,
};

/* ---- What ---- */

static void add_item(struct sending *sending, const struct facts_note *note)
{
	struct item item = { .note = note, .since = note->since };

	if (note->expires - sending->now < MSEC_PER_SEC)
		return;
	if (key_compare(&note->fact.subject, &sending->view->public_key) != 0) {
		item.subject = facts_node_find(sending->view, &note->fact.subject);
		/* So that peers out of reach are forgotten by the others. */
		if (!item.subject || !item.subject->notes->reached_since)
			return;
		if (item.subject->notes->reached_since > item.since)
			item.since = item.subject->notes->reached_since;
	}
	if (item.since > sending->items.newest)
		sending->items.newest = item.since;
	*vec_push(sending->facts->arena, &sending->items.list) = item;
}

static void make_bytes(struct sending *sending, struct item *item)
{
	const msec_t left = (item->note->expires - sending->now) / MSEC_PER_SEC;
	struct fact fact = item->note->fact;

	fact.ttl = left < FACT_TTL_MAX ? (uint32_t)left : FACT_TTL_MAX;
	item->n = fact_size(&fact);
	item->bytes = arena_alloc(sending->facts->arena, item->n);
	fact_encode(&fact, item->bytes);
}

/* Own facts and received ones, both sorted by subject; of duplicates the own one. */
static void add_items(struct sending *sending)
{
	const struct facts_notes *own = &sending->view->link->own;
	const struct facts_notes *received = &sending->view->link->received;
	size_t i = 0, j = 0;

	while (i < own->list.n || j < received->list.n) {
		int order = i == own->list.n ? 1
			    : j == received->list.n
				    ? -1
				    : facts_note_order(&own->list.at[i], &received->list.at[j]);

		add_item(sending, order <= 0 ? &own->list.at[i] : &received->list.at[j]);
		i += order <= 0;
		j += order >= 0;
	}
}

static bool is_for(const struct item *item, const struct facts_node *to)
{
	if (item->note->fact.attribute != FACT_MEMBER_METADATA && item->subject == to)
		return false;
	return key_compare(&item->note->source, &to->public_key) != 0;
}

/* ---- To whom ---- */

static enum content content_for(const struct facts_view *view, const struct facts_node *node)
{
	const struct desired_peer *declared = node->declared;

	if (node->basic)
		return CONTENT_ALIVE;
	if ((declared && (declared->trust >= TRUST_ALLOWED_IPS || declared->facts_exchanger)) ||
	    node->router)
		return CONTENT_ALL;
	if (!view->interface->facts.chatty && !view->router)
		return CONTENT_ALIVE;
	return node->healthy ? CONTENT_ALL : CONTENT_ALIVE;
}

/* ---- Packing ---- */

struct packing {
	struct sending *sending;
	struct wg_key to;
	uint8_t *group;
	size_t n;
};

static void pack_end(struct packing *packing)
{
	if (packing->n)
		*vec_push(packing->sending->facts->arena,
			  &packing->sending->messages->list) = (struct facts_message){
			packing->sending->view, packing->to, packing->group, packing->n
		};
	packing->group = NULL;
	packing->n = 0;
}

static void pack(struct packing *packing, const uint8_t *bytes, size_t n)
{
	if (packing->n + n > FACT_GROUP_MAX)
		pack_end(packing);
	if (!packing->group)
		packing->group = arena_alloc(packing->sending->facts->arena, FACT_GROUP_MAX);
	memcpy(packing->group + packing->n, bytes, n);
	packing->n += n;
}

static struct fact alive_fact(const struct facts_view *view)
{
	struct fact fact = {
		.attribute = FACT_ALIVE,
		.ttl = FACTS_TTL_MS / MSEC_PER_SEC,
		.subject = view->public_key,
	};

	memcpy(fact.boot_id, view->link->boot_id, FACT_BOOT_ID_LENGTH);
	return fact;
}

/* It is the last fact of the last group. due: also in a group of its own. */
static bool pack_alive(struct packing *packing, bool due)
{
	const struct fact fact = alive_fact(packing->sending->view);
	const size_t n = fact_size(&fact);
	uint8_t *bytes;

	if (!due && (!packing->n || packing->n + n > FACT_GROUP_MAX))
		return false;
	bytes = arena_alloc(packing->sending->facts->arena, n);
	fact_encode(&fact, bytes);
	pack(packing, bytes, n);
	return true;
}

static bool is_over(msec_t since, msec_t period, msec_t now)
{
	return !since || now - since >= period;
}

/* One that is too long for a packet is not sent. */
static void pack_item(struct packing *packing, struct item *item)
{
	if (!item->bytes)
		make_bytes(packing->sending, item);
	if (item->n <= FACT_GROUP_MAX)
		pack(packing, item->bytes, item->n);
}

static void pack_new(struct packing *packing, const struct facts_node *node)
{
	if (packing->sending->items.newest <= node->notes->sent_new)
		return;
	vec_each (item, &packing->sending->items.list)
		if (item->since > node->notes->sent_new && is_for(item, node))
			pack_item(packing, item);
}

/* Divides all items into groups: most recipients get the same packets. */
static void make_groups(struct sending *sending)
{
	struct arena *arena = sending->facts->arena;
	struct group *group = NULL;

	for (size_t i = 0; i < sending->items.list.n; i++) {
		struct item *item = &sending->items.list.at[i];

		make_bytes(sending, item);
		if (item->n > FACT_GROUP_MAX)
			continue;
		if (!group || group->n + item->n > FACT_GROUP_MAX) {
			group = vec_push(arena, &sending->items.groups);
			group->first = i;
			group->bytes = arena_alloc(arena, FACT_GROUP_MAX);
		}
		memcpy(group->bytes + group->n, item->bytes, item->n);
		group->n += item->n;
		group->end = i + 1;
	}
}

static bool is_group_for(const struct sending *sending, const struct group *group,
			 const struct facts_node *to)
{
	for (size_t i = group->first; i < group->end; i++)
		if (!is_for(&sending->items.list.at[i], to))
			return false;
	return true;
}

/* Groups as they are, and the items of the others one by one, in the last packet of which an
 * Alive fact may have room. */
static void pack_all(struct packing *packing, const struct facts_node *node)
{
	struct sending *sending = packing->sending;

	if (!sending->items.groups.n)
		make_groups(sending);
	vec_each (group, &sending->items.groups) {
		if (is_group_for(sending, group, node)) {
			*vec_push(sending->facts->arena,
				  &sending->messages->list) = (struct facts_message){
				sending->view, packing->to, group->bytes, group->n
			};
			continue;
		}
		for (size_t i = group->first; i < group->end; i++)
			if (is_for(&sending->items.list.at[i], node))
				pack_item(packing, &sending->items.list.at[i]);
	}
}

static void send_facts(struct packing *packing, const struct facts_node *node)
{
	const msec_t now = packing->sending->now;
	struct facts_peer *notes = node->notes;

	if (is_over(notes->sent_all, FACTS_REPEAT_MS, now)) {
		pack_all(packing, node);
		notes->sent_all = notes->sent_new = now;
		return;
	}
	pack_new(packing, node);
	/* Kept when there is nothing new, so that the notes do not change. */
	if (packing->sending->items.newest > notes->sent_new) {
		notes->sent_new = now;
		packing->sending->facts->changed = true;
	}
}

/* With a session, but without an answer, the packet was lost, or the peer's reconciler is not
 * running yet. */
static msec_t alive_period(const struct facts_node *node)
{
	return node->healthy && !node->alive && !node->basic ? FACTS_ALIVE_AGAIN_MS
							     : FACTS_ALIVE_EVERY_MS;
}

/* Two nodes that learn of each other in the same moment would begin their handshakes at the
 * same time, and each would overwrite the other: of both, the one with the greater key waits. */
static bool waits_for(const struct sending *sending, const struct wg_key *key,
		      const struct facts_node *node)
{
	if (node && (node->healthy || (node->declared && node->declared->endpoint)))
		return false;
	return key_compare(&sending->view->public_key, key) > 0;
}

/* tried: its endpoint was changed in this run, and a packet begins the handshake. */
static void send_to(struct sending *sending, const struct wg_key *key, bool tried)
{
	const struct facts_node *node = facts_node_find(sending->view, key);
	struct packing packing = { .sending = sending, .to = *key };
	bool due = tried;

	if (waits_for(sending, key, node) && (!node || tried || !node->notes->sent_alive)) {
		if (node)
			node->notes->sent_alive = sending->now - FACTS_ALIVE_EVERY_MS +
						  FACTS_WAIT_MS;
		sending->facts->changed = true;
		return;
	}
	if (node) {
		due |= is_over(node->notes->sent_alive, alive_period(node), sending->now);
		if (content_for(sending->view, node) == CONTENT_ALL)
			send_facts(&packing, node);
	}
	if (pack_alive(&packing, due || !node) && node)
		node->notes->sent_alive = sending->now;
	pack_end(&packing);
	sending->facts->changed |= sending->messages->list.n > 0;
}

static bool was_tried(const struct facts_node *node, const struct observed_peer *now)
{
	return node && !(node->in_kernel && node->in_kernel->has_endpoint &&
			 endpoint_equal(&node->in_kernel->endpoint, &now->endpoint));
}

void facts_send(struct facts *facts, const struct observed *after, struct facts_messages *messages)
{
	vec_each (view, &facts->views) {
		const struct observed_interface *in_kernel = observed_interface_find(
			after, view->interface->name);
		struct sending sending = {
			.facts = facts,
			.view = view,
			.messages = messages,
			.now = facts->store.at,
		};

		if (!in_kernel || key_is_zero(&view->public_key))
			continue;
		view->in_kernel_index = in_kernel->index;
		add_items(&sending);
		vec_each (peer, &in_kernel->peers)
			if (peer->has_endpoint)
				send_to(&sending, &peer->public_key,
					was_tried(facts_node_find(view, &peer->public_key), peer));
	}
}
