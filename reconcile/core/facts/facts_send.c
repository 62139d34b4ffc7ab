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
	const struct facts_who *subject; /* NULL: this node */
	msec_t since; /* when it became fit to be sent */
	uint8_t *bytes;
	size_t n;
};

struct items {
	VEC(struct item) list;
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
	const msec_t left = note->expires - sending->now;
	struct item item = { .note = note, .since = note->since };
	struct fact fact = note->fact;

	if (left < MSEC_PER_SEC)
		return;
	if (key_compare(&fact.subject, &sending->view->public_key) != 0) {
		item.subject = facts_who_find(sending->view, &fact.subject);
		/* So that peers out of reach are forgotten by the others. */
		if (!item.subject || !item.subject->notes->heard_since)
			return;
		if (item.subject->notes->heard_since > item.since)
			item.since = item.subject->notes->heard_since;
	}
	fact.ttl = (uint32_t)(left / MSEC_PER_SEC);
	if (fact.ttl > FACT_TTL_MAX)
		fact.ttl = FACT_TTL_MAX;
	item.n = fact_size(&fact);
	if (item.n > FACT_GROUP_MAX)
		return;
	item.bytes = arena_alloc(sending->facts->arena, item.n);
	fact_encode(&fact, item.bytes);
	*vec_push(sending->facts->arena, &sending->items.list) = item;
}

/* Own facts and received ones; of duplicates the one that is valid longer. */
static void add_items(struct sending *sending)
{
	const struct facts_notes *own = &sending->view->link->own;
	const struct facts_notes *received = &sending->view->link->received;

	vec_each (note, &own->list)
		add_item(sending, note);
	vec_each (note, &received->list)
		if (!facts_note_find(own, &note->fact))
			add_item(sending, note);
}

static bool is_for(const struct item *item, const struct facts_who *to)
{
	if (item->note->fact.attribute != FACT_MEMBER_METADATA && item->subject == to)
		return false;
	return key_compare(&item->note->source, &to->public_key) != 0;
}

/* ---- To whom ---- */

static enum content content_for(const struct facts_view *view, const struct facts_who *who)
{
	const struct desired_peer *declared = who->declared;

	if (who->basic)
		return CONTENT_ALIVE;
	if ((declared && (declared->trust >= TRUST_ALLOWED_IPS || declared->facts_exchanger)) ||
	    who->router)
		return CONTENT_ALL;
	if (!view->interface->facts.chatty && !view->router)
		return CONTENT_ALIVE;
	return who->healthy ? CONTENT_ALL : CONTENT_ALIVE;
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

static void send_facts(struct packing *packing, const struct facts_who *who)
{
	const msec_t now = packing->sending->now;
	struct facts_peer *notes = who->notes;
	const bool all = is_over(notes->told_all, FACTS_REPEAT_MS, now);

	vec_each (item, &packing->sending->items.list)
		if ((all || item->since >= notes->told_new) && is_for(item, who))
			pack(packing, item->bytes, item->n);
	notes->told_new = now;
	if (all)
		notes->told_all = now;
}

/* tried: its endpoint was changed in this run, and a packet begins the handshake. */
static void send_to(struct sending *sending, const struct wg_key *key, bool tried)
{
	const struct facts_who *who = facts_who_find(sending->view, key);
	struct packing packing = { .sending = sending, .to = *key };
	bool due = tried;

	if (who) {
		due |= is_over(who->notes->told_alive, FACTS_ALIVE_EVERY_MS, sending->now);
		if (content_for(sending->view, who) == CONTENT_ALL)
			send_facts(&packing, who);
	}
	if (pack_alive(&packing, due || !who) && who)
		who->notes->told_alive = sending->now;
	pack_end(&packing);
}

static bool was_tried(const struct facts_who *who, const struct observed_peer *now)
{
	return who && !(who->in_kernel && who->in_kernel->has_endpoint &&
			endpoint_equal(&who->in_kernel->endpoint, &now->endpoint));
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
					was_tried(facts_who_find(view, &peer->public_key), peer));
	}
}
