/* SPDX-License-Identifier: MIT */
/*
 * notices: which messages of a run are printed, where a run follows the other every few
 * seconds. A message is printed when it is new. While it lasts it is printed again with
 * growing distance: 5 s, then twice as long each time, an hour at most, with how often
 * it came meanwhile. The end of one that lasts is printed, too. What comes and goes all
 * the time is held back in the same way. Memory of it is bounded.
 */
#pragma once

#include "base/text.h"

#define NOTICE_PAUSE_MS 5000
#define NOTICE_PAUSE_MAX_MS 3600000
/* Messages that are remembered; further ones are counted only. */
#define NOTICES_MAX 256
/* Longer texts are cut in the memory, which is for the line about the end. */
#define NOTICE_TEXT_MAX 240

enum notice_verdict {
	NOTICE_HIDDEN,
	NOTICE_NEW, /* print it */
	NOTICE_AGAIN, /* print repeated instead, which is one line */
};

/* A message of this run. */
struct notice {
	const char *key; /* equal for messages that are the same, see notice_key() */
	const char *text; /* one line, printable */
	bool lasts; /* a condition: its end is worth a line */
	enum notice_verdict verdict; /* of notices_judge() */
	const char *repeated;
};

/* What earlier runs have printed of one key. Times are on the boot clock. */
struct noticed {
	uint64_t key; /* a hash of it */
	msec_t began;
	msec_t printed; /* when it was printed last ... */
	msec_t seen; /* ... and when it was there last */
	msec_t pause; /* from the one to the next */
	msec_t again; /* after its end: from that to when it is printed as begun again */
	uint32_t held; /* how often it came since then */
	bool lasts;
	bool open; /* the beginning was printed, the end was not */
	bool is_new; /* in this run; not remembered */
	const char *text;
};

struct notices {
	struct arena *arena;
	VEC(struct noticed) list;
	bool changed; /* differs from what was read */
	VEC(const char *) ended; /* lines about the ends */
	size_t unremembered; /* new messages for which there was no room */
};

/* text without its numbers and durations, so that "no handshake for 9 s" is the same
 * message a minute later. Addresses and names keep theirs. */
const char *notice_key(struct arena *arena, const char *text);

/* Sets the verdicts of this run's messages. Equal keys in one run have one fate. whole:
 * what is not among them is over; else they are some of all. */
void notices_judge(struct notices *notices, struct notice *list, size_t n, bool whole, msec_t now);

/* A text that is not one of notices_encode() is no memory. */
void notices_decode(struct notices *notices, struct arena *arena, const char *text, size_t length);
const char *notices_encode(const struct notices *notices);
