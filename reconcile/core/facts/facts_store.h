/* SPDX-License-Identifier: MIT */
/*
 * facts_store: what a node knows from other nodes' facts, and what it has told them. It is
 * kept in /run: without it, a node waits until the facts have been repeated. All times are
 * on the boot clock. Its size is that of the peers plus that of the facts.
 */
#pragma once

#include "base/clock.h"
#include "fact.h"

/* Why a received fact is used or not. */
enum facts_verdict {
	FACTS_ACCEPTED,
	FACTS_NO_TRUST, /* the source's trust is too low for it */
	FACTS_UNKNOWN_SUBJECT, /* likewise, and only because the subject is no peer */
	FACTS_ABOUT_THIS_NODE,
	FACTS_BAD_ADDRESS, /* an endpoint that no peer can have */
	FACTS_IN_TUNNEL, /* an endpoint that is reached through this interface */
	FACTS_TOO_MANY, /* from this source */
};

/* A fact received, or one of this node's own. */
struct facts_note {
	struct fact fact; /* ttl is not used */
	struct wg_key source; /* zero: this node */
	msec_t expires;
	msec_t since; /* first reception, without an interruption since */
	enum facts_verdict verdict;
};

struct facts_notes {
	VEC(struct facts_note) list; /* sorted by facts_note_order() */
};

/* What is remembered of one peer. */
struct facts_peer {
	struct wg_key public_key; /* first: key_order() */
	bool has_boot_id;
	uint8_t boot_id[FACT_BOOT_ID_LENGTH]; /* of its latest Alive fact */
	msec_t alive_until; /* 0: not alive */
	msec_t reached_since; /* alive or healthy since then; 0: neither */
	msec_t direct_since; /* alive and healthy since then; 0: not both */
	bool direct; /* allowed IPs that others report of it are used */
	msec_t sent_all, sent_new, sent_alive; /* what was sent to it; 0: nothing */
};

/* The nonce of a packet that was accepted: a digest of it and its signer. */
struct facts_nonce {
	uint64_t digest;
	msec_t until; /* when all its facts have expired */
};

/* Of one interface. */
struct facts_link {
	const char *interface;
	uint8_t boot_id[FACT_BOOT_ID_LENGTH]; /* this node's, in its Alive facts */
	msec_t since; /* when the exchange began */
	VEC(struct facts_peer) peers; /* sorted by key */
	struct facts_notes received; /* accepted; members stay until they may be removed */
	struct facts_notes own;
	VEC(struct facts_note) refused; /* the latest last */
	VEC(struct facts_nonce) nonces; /* sorted by digest */
	uint64_t bad_packets; /* not authentic, or not decodable, or repeated */
	const char *bad_reason; /* of the latest one; NULL: none */
};

struct facts_store {
	struct arena *arena;
	char boot_id[37]; /* of the machine */
	msec_t at; /* of the run that wrote it */
	int64_t burst; /* how many runs with packets it was, each soon after the one before */
	VEC(struct facts_link) links; /* in the order of the desired interfaces */
};

void facts_store_init(struct facts_store *store, struct arena *arena);

/* NULL: none. */
struct facts_link *facts_link_find(const struct facts_store *store, const char *interface);
struct facts_peer *facts_peer_find(const struct facts_link *link, const struct wg_key *public_key);

/* For qsort(3) and vec_place(): by attribute, subject and value, as fact_same(); by digest. */
int facts_note_order(const void *a, const void *b);
int facts_nonce_order(const void *a, const void *b);
struct facts_note *facts_note_find(const struct facts_notes *notes, const struct fact *fact);

/* Sorts; of duplicates the later expiry and the earlier beginning are kept. */
void facts_notes_tidy(struct facts_notes *notes);

/* The text of a file. Allocated in arena. */
char *facts_store_encode(const struct facts_store *store, struct arena *arena);

/* Reads the output of encode. On any other text, and for another boot, *store is empty, and
 * a one-line reason is returned (allocated in arena); NULL on success. */
const char *facts_store_decode(const char *text, size_t length, const struct now *now,
			       struct facts_store *store, struct arena *arena);
