/* SPDX-License-Identifier: MIT */
/*
 * Facts stand in the file as in packets, in hexadecimal digits: one form, and one decoder to
 * check.
 */
#include "core/recorded/strict_json.h"
#include "facts_store.h"

#include <stdlib.h>

#define STORE_VERSION 1

/* ---- Bytes as text ---- */

static char *hex_text(const uint8_t *bytes, size_t n, struct arena *arena)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(arena, 2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool hex_take(struct decoder *decoder, const char *text, struct fact_bytes *bytes)
{
	size_t n = strlen(text) / 2;
	uint8_t *to = arena_alloc(decoder->arena, n);

	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return fail(decoder, "'%.20s' are no hexadecimal digits", text);
		to[i] = (uint8_t)(high << 4 | low);
	}
	*bytes = (struct fact_bytes){ to, n };
	return strlen(text) == 2 * n || fail(decoder, "an odd number of hexadecimal digits");
}

static bool boot_id_hex_take(struct decoder *decoder, const char *text,
			     uint8_t boot_id[FACT_BOOT_ID_LENGTH])
{
	struct fact_bytes bytes;

	if (!hex_take(decoder, text, &bytes))
		return false;
	if (bytes.n != FACT_BOOT_ID_LENGTH)
		return fail(decoder, "a boot id has another length");
	memcpy(boot_id, bytes.at, FACT_BOOT_ID_LENGTH);
	return true;
}

/* ---- Reading ---- */

static bool note_take(struct decoder *decoder, json_t *json, struct facts_note *note)
{
	const char *text, *source, *reason;
	struct fact_list facts = { 0 };
	struct fact_bytes bytes;
	json_int_t expires, since;
	json_error_t error;
	int verdict;

	if (json_unpack_ex(json, &error, JSON_STRICT, "[s, s, I, I, i]", &text, &source, &expires,
			   &since, &verdict))
		return fail(decoder, "%s", error.text);
	if (!hex_take(decoder, text, &bytes))
		return false;
	if (!fact_decode(bytes.at, bytes.n, &facts, decoder->arena, &reason))
		return fail(decoder, "a fact: %s", reason);
	if (facts.list.n != 1)
		return fail(decoder, "not one fact");
	note->fact = facts.list.at[0];
	note->verdict = (enum facts_verdict)verdict;
	return (!*source || key_take(decoder, source, &note->source)) &&
	       integer_take(decoder, verdict, 0, FACTS_TOO_MANY, "verdict") &&
	       time_take(decoder, expires, "expires", &note->expires) &&
	       time_take(decoder, since, "since", &note->since);
}

static bool received_take(struct decoder *decoder, json_t *json, void *link_)
{
	struct facts_link *link = link_;

	return note_take(decoder, json, vec_push(decoder->arena, &link->received.list));
}

static bool own_take(struct decoder *decoder, json_t *json, void *link_)
{
	struct facts_link *link = link_;

	return note_take(decoder, json, vec_push(decoder->arena, &link->own.list));
}

static bool refused_take(struct decoder *decoder, json_t *json, void *link_)
{
	struct facts_link *link = link_;

	return note_take(decoder, json, vec_push(decoder->arena, &link->refused));
}

static bool nonce_take(struct decoder *decoder, json_t *json, void *link_)
{
	struct facts_link *link = link_;
	struct facts_nonce *nonce = vec_push(decoder->arena, &link->nonces);
	json_int_t digest, until;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "[I, I]", &digest, &until))
		return fail(decoder, "%s", error.text);
	nonce->digest = (uint64_t)digest;
	return integer_take(decoder, digest, 0, INT64_MAX, "nonce") &&
	       time_take(decoder, until, "until", &nonce->until);
}

static bool peer_take(struct decoder *decoder, json_t *json, void *link_)
{
	struct facts_link *link = link_;
	struct facts_peer *peer = vec_push(decoder->arena, &link->peers);
	json_int_t alive_until, heard_since, direct_since, all, new_ones, alive;
	const char *key, *boot_id;
	json_error_t error;
	int direct;

	if (json_unpack_ex(json, &error, JSON_STRICT, "[s, s, I, I, I, b, I, I, I]", &key, &boot_id,
			   &alive_until, &heard_since, &direct_since, &direct, &all, &new_ones,
			   &alive))
		return fail(decoder, "%s", error.text);
	peer->has_boot_id = *boot_id != '\0';
	peer->direct = direct;
	return key_take(decoder, key, &peer->public_key) &&
	       (!peer->has_boot_id || boot_id_hex_take(decoder, boot_id, peer->boot_id)) &&
	       time_take(decoder, alive_until, "alive_until", &peer->alive_until) &&
	       time_take(decoder, heard_since, "heard_since", &peer->heard_since) &&
	       time_take(decoder, direct_since, "direct_since", &peer->direct_since) &&
	       time_take(decoder, all, "told_all", &peer->told_all) &&
	       time_take(decoder, new_ones, "told_new", &peer->told_new) &&
	       time_take(decoder, alive, "told_alive", &peer->told_alive);
}

static bool link_take(struct decoder *decoder, json_t *json, void *store_)
{
	struct facts_store *store = store_;
	struct facts_link *link = vec_push(decoder->arena, &store->links);
	json_t *peers = NULL, *received = NULL, *own = NULL, *refused = NULL, *nonces = NULL;
	const char *name, *boot_id, *bad_reason = NULL;
	json_int_t since, bad_packets = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT,
			   "{s:s, s:s, s:I, s?o, s?o, s?o, s?o, s?o, s?I, s?s}", "name", &name,
			   "boot_id", &boot_id, "since", &since, "peers", &peers, "received",
			   &received, "own", &own, "refused", &refused, "nonces", &nonces,
			   "bad_packets", &bad_packets, "bad_reason", &bad_reason))
		return fail(decoder, "%s", error.text);
	link->bad_packets = (uint64_t)bad_packets;
	return interface_name_take(decoder, name, "name", &link->interface) &&
	       boot_id_hex_take(decoder, boot_id, link->boot_id) &&
	       time_take(decoder, since, "since", &link->since) &&
	       integer_take(decoder, bad_packets, 0, INT64_MAX, "bad_packets") &&
	       (!bad_reason || name_take(decoder, bad_reason, "bad_reason", &link->bad_reason)) &&
	       list_take(decoder, peers, "peers", link, peer_take) &&
	       ascending(decoder, &link->peers, key_order, "peers") &&
	       list_take(decoder, received, "received", link, received_take) &&
	       ascending(decoder, &link->received.list, facts_note_order, "received") &&
	       list_take(decoder, own, "own", link, own_take) &&
	       ascending(decoder, &link->own.list, facts_note_order, "own") &&
	       list_take(decoder, refused, "refused", link, refused_take) &&
	       list_take(decoder, nonces, "nonces", link, nonce_take) &&
	       ascending(decoder, &link->nonces, facts_nonce_order, "nonces");
}

static bool store_take(struct decoder *decoder, json_t *json, const struct now *now,
		       struct facts_store *store)
{
	json_t *links = NULL;
	const char *boot_id;
	json_error_t error;
	json_int_t at;
	int version;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:i, s:s, s:I, s?o}", "version", &version,
			   "boot_id", &boot_id, "at", &at, "interfaces", &links))
		return fail(decoder, "%s", error.text);
	if (!boot_id_take(decoder, boot_id, store->boot_id) ||
	    !time_take(decoder, at, "at", &store->at))
		return false;
	if (!now_in_boot(now, store->boot_id) || store->at > now->boot)
		return fail(decoder, "of another boot");
	return list_take(decoder, links, "interfaces", store, link_take);
}

const char *facts_store_decode(const char *text, size_t length, const struct now *now,
			       struct facts_store *store, struct arena *arena)
{
	struct decoder decoder = { .arena = arena };
	json_t *json = strict_json_read(&decoder, text, length, STORE_VERSION);

	facts_store_init(store, arena);
	if (json && !store_take(&decoder, json, now, store))
		facts_store_init(store, arena);
	json_decref(json);
	return decoder.reason;
}

/* ---- Writing ---- */

static json_t *note_encode(const struct facts_note *note, struct arena *arena)
{
	size_t n = fact_size(&note->fact);
	uint8_t *bytes = arena_alloc(arena, n);
	char source[KEY_TEXT_MAX] = "";

	if (!key_is_zero(&note->source))
		key_text(&note->source, source);
	n = fact_encode(&note->fact, bytes);
	/* Own facts expire a fixed time after the run. */
	return json_made(json_pack("[s, s, I, I, i]", hex_text(bytes, n, arena), source,
				   *source ? (json_int_t)note->expires : 0, (json_int_t)note->since,
				   (int)note->verdict));
}

static json_t *peer_encode(const struct facts_peer *peer, struct arena *arena)
{
	char key[KEY_TEXT_MAX];
	const char *boot_id = peer->has_boot_id
				      ? hex_text(peer->boot_id, FACT_BOOT_ID_LENGTH, arena)
				      : "";

	return json_made(json_pack("[s, s, I, I, I, b, I, I, I]", key_text(&peer->public_key, key),
				   boot_id, (json_int_t)peer->alive_until,
				   (json_int_t)peer->heard_since, (json_int_t)peer->direct_since,
				   peer->direct, (json_int_t)peer->told_all,
				   (json_int_t)peer->told_new, (json_int_t)peer->told_alive));
}

static json_t *link_encode(const struct facts_link *link, struct arena *arena)
{
	json_t *peers = NULL, *received = NULL, *own = NULL, *refused = NULL, *nonces = NULL;

	vec_each (peer, &link->peers)
		list_add(&peers, peer_encode(peer, arena));
	vec_each (note, &link->received.list)
		list_add(&received, note_encode(note, arena));
	vec_each (note, &link->own.list)
		list_add(&own, note_encode(note, arena));
	vec_each (note, &link->refused)
		list_add(&refused, note_encode(note, arena));
	vec_each (nonce, &link->nonces)
		list_add(&nonces, json_made(json_pack("[I, I]", (json_int_t)nonce->digest,
						      (json_int_t)nonce->until)));
	return json_made(json_pack(
		"{s:s, s:s, s:I, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s*}", "name",
		link->interface, "boot_id", hex_text(link->boot_id, FACT_BOOT_ID_LENGTH, arena),
		"since", (json_int_t)link->since, "peers", peers, "received", received, "own", own,
		"refused", refused, "nonces", nonces, "bad_packets",
		nonzero_encode((int64_t)link->bad_packets), "bad_reason", link->bad_reason));
}

char *facts_store_encode(const struct facts_store *store, struct arena *arena)
{
	json_t *links = NULL;

	vec_each (link, &store->links)
		list_add(&links, link_encode(link, arena));
	return strict_json_text(json_pack("{s:i, s:o, s:I, s:o*}", "version", STORE_VERSION,
					  "boot_id", json_text(store->boot_id, arena), "at",
					  (json_int_t)store->at, "interfaces", links),
				arena);
}
