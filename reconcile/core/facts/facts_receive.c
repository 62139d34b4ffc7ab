/* SPDX-License-Identifier: MIT */
#include "facts_parts.h"

#include "base/hash.h"
#include "fact_group.h"

enum facts_verdict facts_endpoint_check(const struct observed *observed,
					const struct facts_view *view, const struct ip *ip,
					uint16_t port)
{
	if (!port || !facts_is_unicast(ip))
		return FACTS_BAD_ADDRESS;
	return facts_in_tunnel(observed, view->interface->name, ip) ? FACTS_IN_TUNNEL
								    : FACTS_ACCEPTED;
}

/* ---- One fact ---- */

static size_t count_of_source(const struct facts_link *link, const struct wg_key *source)
{
	size_t n = 0;

	vec_each (note, &link->received.list)
		n += key_compare(&note->source, source) == 0;
	return n;
}

static void refuse(struct facts_step *step, const struct facts_note *note)
{
	struct facts_link *link = step->view->link;

	for (size_t i = 0; i < link->refused.n; i++) {
		if (facts_note_order(&link->refused.at[i], note) != 0 ||
		    key_compare(&link->refused.at[i].source, &note->source) != 0)
			continue;
		vec_remove(&link->refused, i);
		break;
	}
	if (link->refused.n == FACTS_REFUSED_MAX)
		vec_remove(&link->refused, 0);
	*vec_push(step->facts->arena, &link->refused) = *note;
}

static enum facts_verdict judge(struct facts_step *step, const struct fact *fact,
				const struct wg_key *source, size_t room)
{
	enum facts_verdict verdict = facts_judge(step->view, fact, source);

	if (verdict != FACTS_ACCEPTED)
		return verdict;
	if (!room)
		return FACTS_TOO_MANY;
	if (fact->attribute == FACT_ENDPOINT_V4 || fact->attribute == FACT_ENDPOINT_V6)
		return facts_endpoint_check(step->input->observed, step->view, &fact->endpoint.ip,
					    fact->endpoint.port);
	return FACTS_ACCEPTED;
}

/* Only of the sender itself; one about another node says that the sender begins anew. */
static void take_alive(struct facts_step *step, struct facts_node *from, const struct fact *fact)
{
	struct facts_peer *notes = from->notes;
	const msec_t until = step->now + (msec_t)fact->ttl * MSEC_PER_SEC;

	if (key_compare(&fact->subject, &from->public_key) != 0) {
		notes->has_boot_id = notes->direct = false;
		notes->alive_until = 0;
		return;
	}
	/* With a new boot id it has forgotten everything. */
	if (!notes->has_boot_id || memcmp(notes->boot_id, fact->boot_id, FACT_BOOT_ID_LENGTH) != 0)
		notes->sent_all = notes->sent_new = notes->sent_alive = 0;
	notes->has_boot_id = true;
	memcpy(notes->boot_id, fact->boot_id, FACT_BOOT_ID_LENGTH);
	if (until > notes->alive_until)
		notes->alive_until = until;
}

static void take_facts(struct facts_step *step, struct facts_node *from,
		       const struct fact_list *facts)
{
	struct facts_link *link = step->view->link;
	const size_t used = count_of_source(link, &from->public_key);
	size_t room = used < FACTS_OF_SOURCE_MAX ? FACTS_OF_SOURCE_MAX - used : 0;

	vec_each (fact, &facts->list) {
		struct facts_note note = {
			.fact = *fact,
			.source = from->public_key,
			.expires = step->now + (msec_t)fact->ttl * MSEC_PER_SEC,
			.since = step->now,
		};

		if (fact->attribute == FACT_ALIVE) {
			take_alive(step, from, fact);
			continue;
		}
		note.verdict = judge(step, fact, &from->public_key, room);
		/* Routers repeat to each node what they know of it. */
		if (note.verdict == FACTS_ABOUT_THIS_NODE)
			continue;
		if (note.verdict != FACTS_ACCEPTED) {
			refuse(step, &note);
			continue;
		}
		room--;
		*vec_push(step->facts->arena, &link->received.list) = note;
	}
}

/* ---- One packet ---- */

static bool bad(struct facts_step *step, const char *reason)
{
	step->facts->changed = true;
	step->view->link->bad_packets++;
	step->view->link->bad_reason = reason;
	return false;
}

static uint64_t digest_of(const struct fact_group *group)
{
	uint64_t digest = hash_bytes(HASH_BASIS, group->signer.b, KEY_LENGTH);

	return hash_bytes(digest, group->nonce, FACT_NONCE_LENGTH) >> 1;
}

/* How long one of the facts is valid. */
static msec_t longest_life(const struct fact_list *facts)
{
	msec_t longest = FACTS_TTL_MS;

	vec_each (fact, &facts->list)
		if ((msec_t)fact->ttl * MSEC_PER_SEC > longest)
			longest = (msec_t)fact->ttl * MSEC_PER_SEC;
	return longest;
}

/* wirelink accepts a packet any number of times. */
static bool is_repeated(struct facts_step *step, const struct fact_group *group,
			const struct fact_list *facts)
{
	struct facts_link *link = step->view->link;
	const struct facts_nonce nonce = { digest_of(group), step->now + longest_life(facts) };
	size_t place = vec_place(&link->nonces, &nonce, facts_nonce_order);

	if (place < link->nonces.n && link->nonces.at[place].digest == nonce.digest)
		return true;
	*vec_insert(step->facts->arena, &link->nonces, place) = nonce;
	return false;
}

static bool take_packet(struct facts_step *step, const struct facts_packet *packet,
			struct fact_secret *latest)
{
	struct arena *arena = step->facts->arena;
	struct fact_list facts;
	struct fact_group group;
	struct facts_node *from;
	const char *reason;
	struct ip address;
	uint8_t *copy;

	if (!fact_group_read(packet->at, packet->n, &group, &reason))
		return bad(step, reason);
	address = fact_address(&group.signer);
	if (ip_compare(&address, &packet->source) != 0)
		return bad(step, "its signer has another address");
	from = facts_node_of(step->view, &group.signer);
	if (!from)
		return bad(step, "its signer is no peer");
	if (!fact_group_open(packet->at, packet->n, &step->view->private_key, latest, &group,
			     &reason))
		return bad(step, reason);
	/* The facts refer to it. */
	copy = arena_alloc(arena, group.inner_n);
	memcpy(copy, group.inner, group.inner_n);
	if (!fact_decode(copy, group.inner_n, &facts, arena, &reason))
		return bad(step, reason);
	if (is_repeated(step, &group, &facts))
		return bad(step, "it was received before");
	take_facts(step, from, &facts);
	step->facts->changed = true;
	return true;
}

/* ---- Expiry ---- */

static bool is_member_note(const struct facts_note *note)
{
	return note->fact.attribute == FACT_MEMBER || note->fact.attribute == FACT_MEMBER_METADATA;
}

static bool is_allowed_ip_note(const struct facts_note *note)
{
	return note->fact.attribute == FACT_ALLOWED_IP_V4 ||
	       note->fact.attribute == FACT_ALLOWED_IP_V6;
}

static bool is_critical(const struct facts_note *note)
{
	return is_member_note(note) || is_allowed_ip_note(note);
}

/* A member stays until it may be removed. Allowed IPs of a direct link stay while their source
 * is away: a router that dies does not end the links of others. */
static bool is_kept(const struct facts_step *step, const struct facts_note *note)
{
	const struct facts_node *node = facts_node_find(step->view, &note->fact.subject);
	const struct facts_node *from = facts_node_find(step->view, &note->source);

	if (!node)
		return false;
	if (is_allowed_ip_note(note))
		return node->notes->direct && from && !facts_is_settled(from, step->now);
	return is_member_note(note) && !node->declared &&
	       !(node->router ? step->view->may_remove_routers : step->view->may_remove);
}

/* After the loss of a fact that no other node may have, all peers are asked to repeat theirs. */
static void expire_received(struct facts_step *step)
{
	struct facts_link *link = step->view->link;
	bool lost = false;
	size_t kept = 0;

	for (size_t i = 0; i < link->received.list.n; i++) {
		struct facts_note *note = &link->received.list.at[i];
		const bool over = note->expires <= step->now;

		if (facts_judge(step->view, &note->fact, &note->source) != FACTS_ACCEPTED)
			continue;
		/* Once: in the run in which it expires. */
		lost |= over && is_critical(note) && note->expires > step->facts->store.at;
		if (!over || is_kept(step, note))
			link->received.list.at[kept++] = *note;
	}
	step->facts->changed |= lost || kept != link->received.list.n;
	link->received.list.n = kept;
	if (lost)
		memcpy(link->boot_id, step->input->random, FACT_BOOT_ID_LENGTH);
}

static void expire(struct facts_step *step)
{
	struct facts_link *link = step->view->link;
	const size_t n = link->nonces.n + link->refused.n;
	size_t kept = 0;

	expire_received(step);
	for (size_t i = 0; i < link->nonces.n; i++)
		if (link->nonces.at[i].until > step->now)
			link->nonces.at[kept++] = link->nonces.at[i];
	link->nonces.n = kept;
	kept = 0;
	for (size_t i = 0; i < link->refused.n; i++)
		if (link->refused.at[i].expires > step->now)
			link->refused.at[kept++] = link->refused.at[i];
	link->refused.n = kept;
	step->facts->changed |= link->nonces.n + link->refused.n != n;
}

void facts_receive(struct facts_step *step)
{
	struct fact_secret latest = { 0 };

	vec_each (packet, &step->input->packets->list)
		if (strcmp(packet->interface, step->view->interface->name) == 0)
			take_packet(step, packet, &latest);
	fact_secret_wipe(&latest);
	if (step->facts->changed)
		facts_notes_tidy(&step->view->link->received);
	expire(step);
}
