/* SPDX-License-Identifier: MIT */
/*
 * The notes as lines of words. JSON, in which the other states are written, took most of the
 * time of a run with a thousand peers. Facts stand in the file as in packets, in hexadecimal
 * digits: one form, and one decoder to check.
 *
 *	facts VERSION BOOT_ID AT BURST
 *	interface NAME BOOT_ID SINCE BAD_PACKETS BAD_REASON...
 *	peer KEY BOOT_ID|- ALIVE_UNTIL REACHED_SINCE DIRECT_SINCE DIRECT SENT_ALL SENT_NEW
 *SENT_ALIVE received|refused SOURCE_KEY EXPIRES SINCE VERDICT FACT own SINCE FACT nonce DIGEST
 *UNTIL
 */
#include "base/buffer.h"
#include "facts_store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define STORE_VERSION 1
/* Bytes of a fact: no packet has room for a longer one. */
#define FACT_SIZE_MAX 4096
/* A thousand years in milliseconds: sums cannot overflow. */
#define TIME_MAX_MS (INT64_C(1000) * 366 * 24 * 3600 * 1000)

/* ---- Words ---- */

struct reading {
	struct arena *arena;
	char *rest; /* of the line */
	struct fact_list facts; /* the latest */
	const char *reason; /* NULL: no error so far */
};

static bool fail(struct reading *reading, const char *reason)
{
	if (!reading->reason)
		reading->reason = reason;
	return false;
}

static bool take_word(struct reading *reading, char **word)
{
	*word = reading->rest;
	reading->rest = strchrnul(reading->rest, ' ');
	if (*reading->rest)
		*reading->rest++ = '\0';
	return **word || fail(reading, "a word is missing");
}

static bool take_number(struct reading *reading, int64_t min, int64_t max, int64_t *number)
{
	char *word, *end;

	if (!take_word(reading, &word))
		return false;
	errno = 0;
	*number = strtoll(word, &end, 10);
	return (!errno && !*end && *number >= min && *number <= max) ||
	       fail(reading, "a number is out of range");
}

static bool take_time(struct reading *reading, msec_t *time)
{
	/* Before the boot: what a young machine tells as if it had told it long ago. */
	return take_number(reading, -TIME_MAX_MS, TIME_MAX_MS, time);
}

static bool take_key(struct reading *reading, struct wg_key *key)
{
	char *word;

	return take_word(reading, &word) && (key_parse(word, key) || fail(reading, "a bad key"));
}

static int digit_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* At most room bytes. */
static bool take_bytes(struct reading *reading, uint8_t *bytes, size_t room, size_t *n)
{
	char *word;

	if (!take_word(reading, &word))
		return false;
	for (*n = 0; word[2 * *n]; (*n)++) {
		int high = digit_of(word[2 * *n]), low = digit_of(word[2 * *n + 1]);

		if (high < 0 || low < 0 || *n == room)
			return fail(reading, "bad hexadecimal digits");
		bytes[*n] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool take_boot_id(struct reading *reading, uint8_t boot_id[FACT_BOOT_ID_LENGTH])
{
	size_t n;

	return take_bytes(reading, boot_id, FACT_BOOT_ID_LENGTH, &n) &&
	       (n == FACT_BOOT_ID_LENGTH || fail(reading, "a boot id is too short"));
}

static bool take_fact(struct reading *reading, struct fact *fact)
{
	uint8_t bytes[FACT_SIZE_MAX];
	const char *reason;
	size_t n;

	reading->facts.list.n = 0;
	if (!take_bytes(reading, bytes, sizeof(bytes), &n))
		return false;
	if (!fact_decode(bytes, n, &reading->facts, reading->arena, &reason) ||
	    reading->facts.list.n != 1)
		return fail(reading, "a bad fact");
	*fact = reading->facts.list.at[0];
	if (fact->metadata.n)
		fact->metadata.at = memcpy(arena_alloc(reading->arena, fact->metadata.n),
					   fact->metadata.at, fact->metadata.n);
	return true;
}

/* ---- Lines ---- */

static bool read_head(struct reading *reading, const struct now *now, struct facts_store *store)
{
	int64_t version;
	char *word;

	if (!take_word(reading, &word) || strcmp(word, "facts") != 0)
		return fail(reading, "no notes of facts");
	if (!take_number(reading, STORE_VERSION, STORE_VERSION, &version) ||
	    !take_word(reading, &word))
		return false;
	if (strlen(word) >= sizeof(store->boot_id))
		return fail(reading, "a bad boot id");
	if (strcmp(word, "-") != 0)
		memcpy(store->boot_id, word, strlen(word));
	if (!take_time(reading, &store->at) || !take_number(reading, 0, INT32_MAX, &store->burst))
		return false;
	/* Several runs in one millisecond have different times. */
	if (!now_in_boot(now, store->boot_id) || store->at > now->boot + MSEC_PER_SEC)
		return fail(reading, "of another boot");
	return true;
}

static bool read_interface(struct reading *reading, struct facts_store *store)
{
	struct facts_link *link = vec_push(reading->arena, &store->links);
	int64_t bad_packets;
	char *name;

	if (!take_word(reading, &name))
		return false;
	link->interface = name;
	if (!take_boot_id(reading, link->boot_id) || !take_time(reading, &link->since) ||
	    !take_number(reading, 0, INT64_MAX, &bad_packets))
		return false;
	link->bad_packets = (uint64_t)bad_packets;
	link->bad_reason = *reading->rest ? reading->rest : NULL;
	return true;
}

static bool read_peer(struct reading *reading, struct facts_link *link)
{
	struct facts_peer *peer = vec_push(reading->arena, &link->peers);
	int64_t direct;

	if (!take_key(reading, &peer->public_key))
		return false;
	peer->has_boot_id = strncmp(reading->rest, "- ", 2) != 0;
	if (!peer->has_boot_id)
		reading->rest += 2;
	else if (!take_boot_id(reading, peer->boot_id))
		return false;
	if (!take_time(reading, &peer->alive_until) || !take_time(reading, &peer->reached_since) ||
	    !take_time(reading, &peer->direct_since) || !take_number(reading, 0, 1, &direct) ||
	    !take_time(reading, &peer->sent_all) || !take_time(reading, &peer->sent_new) ||
	    !take_time(reading, &peer->sent_alive))
		return false;
	peer->direct = direct;
	return link->peers.n < 2 || key_compare(&peer[-1].public_key, &peer->public_key) < 0 ||
	       fail(reading, "unsorted peers");
}

static bool read_note(struct reading *reading, struct facts_note *note)
{
	int64_t verdict;

	if (!take_key(reading, &note->source) || !take_time(reading, &note->expires) ||
	    !take_time(reading, &note->since) ||
	    !take_number(reading, 0, FACTS_TOO_MANY, &verdict) || !take_fact(reading, &note->fact))
		return false;
	note->verdict = (enum facts_verdict)verdict;
	return true;
}

static bool in_order(struct reading *reading, const struct facts_notes *notes)
{
	const struct facts_note *last = &notes->list.at[notes->list.n - 1];

	return notes->list.n < 2 || facts_note_order(&last[-1], last) < 0 ||
	       fail(reading, "unsorted facts");
}

static bool read_received(struct reading *reading, struct facts_link *link)
{
	return read_note(reading, vec_push(reading->arena, &link->received.list)) &&
	       in_order(reading, &link->received);
}

static bool read_refused(struct reading *reading, struct facts_link *link)
{
	return read_note(reading, vec_push(reading->arena, &link->refused));
}

static bool read_own(struct reading *reading, struct facts_link *link)
{
	struct facts_note *note = vec_push(reading->arena, &link->own.list);

	return take_time(reading, &note->since) && take_fact(reading, &note->fact) &&
	       in_order(reading, &link->own);
}

static bool read_nonce(struct reading *reading, struct facts_link *link)
{
	struct facts_nonce *nonce = vec_push(reading->arena, &link->nonces);
	int64_t digest;

	if (!take_number(reading, 0, INT64_MAX, &digest) || !take_time(reading, &nonce->until))
		return false;
	nonce->digest = (uint64_t)digest;
	return link->nonces.n < 2 || nonce[-1].digest < nonce->digest ||
	       fail(reading, "unsorted nonces");
}

static const struct {
	const char *word;
	bool (*read)(struct reading *reading, struct facts_link *link);
} table_of_lines[] = {
	{ "peer", read_peer }, { "received", read_received }, { "refused", read_refused },
	{ "own", read_own },   { "nonce", read_nonce },
};

static bool read_line(struct reading *reading, struct facts_store *store)
{
	struct facts_link *link = store->links.n ? &store->links.at[store->links.n - 1] : NULL;
	char *word;

	if (!take_word(reading, &word))
		return false;
	if (strcmp(word, "interface") == 0)
		return read_interface(reading, store);
	for (size_t i = 0; link && i < sizeof(table_of_lines) / sizeof(*table_of_lines); i++)
		if (strcmp(word, table_of_lines[i].word) == 0)
			return table_of_lines[i].read(reading, link);
	return fail(reading, "an unknown line");
}

const char *facts_store_decode(const char *text, size_t length, const struct now *now,
			       struct facts_store *store, struct arena *arena)
{
	struct reading reading = { .arena = arena };
	char *line = arena_strndup(arena, length ? text : "", length), *next;
	bool good;

	facts_store_init(store, arena);
	next = strchrnul(line, '\n');
	good = *next || fail(&reading, "cut off");
	for (bool first = true; good && *line; line = next + 1, first = false) {
		next = strchrnul(line, '\n');
		if (!*next) {
			good = fail(&reading, "cut off");
			break;
		}
		*next = '\0';
		reading.rest = line;
		good = first ? read_head(&reading, now, store) : read_line(&reading, store);
	}
	if (!good)
		facts_store_init(store, arena);
	return reading.reason;
}

/* ---- Writing ---- */

static void add_hex(struct buffer *buffer, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char text[128];

	while (n) {
		size_t part = n < sizeof(text) / 2 ? n : sizeof(text) / 2;

		for (size_t i = 0; i < part; i++) {
			text[2 * i] = digits[bytes[i] >> 4];
			text[2 * i + 1] = digits[bytes[i] & 15];
		}
		buffer_add_bytes(buffer, text, 2 * part);
		bytes += part;
		n -= part;
	}
}

static void add_number(struct buffer *buffer, int64_t number)
{
	char text[24], *at = text + sizeof(text);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	*--at = ' ';
	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		*--at = '-';
	buffer_add_bytes(buffer, at, (size_t)(text + sizeof(text) - at));
}

static void add_fact(struct buffer *buffer, const struct fact *fact)
{
	uint8_t bytes[FACT_SIZE_MAX];

	if (fact_size(fact) <= sizeof(bytes))
		add_hex(buffer, bytes, fact_encode(fact, bytes));
	buffer_add(buffer, "\n");
}

static void add_key(struct buffer *buffer, const struct wg_key *key)
{
	char text[KEY_TEXT_MAX];

	buffer_add(buffer, key_text(key, text));
	buffer_add(buffer, " ");
}

static void add_note(struct buffer *buffer, const char *word, const struct facts_note *note)
{
	buffer_add(buffer, word);
	add_key(buffer, &note->source);
	add_number(buffer, note->expires);
	add_number(buffer, note->since);
	add_number(buffer, note->verdict);
	add_fact(buffer, &note->fact);
}

static void add_peer(struct buffer *buffer, const struct facts_peer *peer)
{
	buffer_add(buffer, "peer ");
	add_key(buffer, &peer->public_key);
	if (peer->has_boot_id)
		add_hex(buffer, peer->boot_id, FACT_BOOT_ID_LENGTH);
	buffer_add(buffer, peer->has_boot_id ? " " : "- ");
	add_number(buffer, peer->alive_until);
	add_number(buffer, peer->reached_since);
	add_number(buffer, peer->direct_since);
	add_number(buffer, peer->direct);
	add_number(buffer, peer->sent_all);
	add_number(buffer, peer->sent_new);
	add_number(buffer, peer->sent_alive);
	buffer_add(buffer, "\n");
}

static void add_link(struct buffer *buffer, const struct facts_link *link)
{
	buffer_printf(buffer, "interface %s ", link->interface);
	add_hex(buffer, link->boot_id, FACT_BOOT_ID_LENGTH);
	buffer_printf(buffer, " %" PRIi64 " %" PRIu64 " %s\n", link->since, link->bad_packets,
		      link->bad_reason ? link->bad_reason : "");
	vec_each (peer, &link->peers)
		add_peer(buffer, peer);
	vec_each (note, &link->received.list)
		add_note(buffer, "received ", note);
	vec_each (note, &link->refused)
		add_note(buffer, "refused ", note);
	/* These expire a fixed time after the run. */
	vec_each (note, &link->own.list) {
		buffer_add(buffer, "own ");
		add_number(buffer, note->since);
		add_fact(buffer, &note->fact);
	}
	vec_each (nonce, &link->nonces) {
		buffer_add(buffer, "nonce ");
		add_number(buffer, (int64_t)nonce->digest);
		add_number(buffer, nonce->until);
		buffer_add(buffer, "\n");
	}
}

char *facts_store_encode(const struct facts_store *store, struct arena *arena)
{
	struct arena *scratch = arena_new();
	struct buffer buffer = buffer_new(scratch);
	char *text;

	buffer_printf(&buffer, "facts %d %s %" PRIi64 " %" PRIi64 "\n", STORE_VERSION,
		      store->boot_id[0] ? store->boot_id : "-", store->at, store->burst);
	vec_each (link, &store->links)
		add_link(&buffer, link);
	text = arena_strndup(arena, buffer.text, buffer.n);
	arena_free(scratch);
	return text;
}
