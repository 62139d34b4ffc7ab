/* SPDX-License-Identifier: MIT */
/*
 * notices: rate limit for messages of runs that repeat every few seconds. A new message is
 * printed. While it lasts it is printed again at growing intervals: 5 s, doubled each time,
 * an hour at most, with the number of occurrences. The end of a lasting one is printed, too.
 * Alternating messages are limited in the same way. The memory is bounded.
 */
#pragma once

#include "base/text.h"

#define NOTICE_PAUSE_MS 5000
#define NOTICE_PAUSE_MAX_MS 3600000
/* Maximum number of remembered messages; further ones are only counted. */
#define NOTICES_MAX 256
/* Longer texts are cut when remembered for the line about the end. */
#define NOTICE_TEXT_MAX 240

enum notice_verdict {
	NOTICE_HIDDEN,
	NOTICE_NEW, /* print it */
	NOTICE_AGAIN, /* print repeated instead, which is one line */
};

/* A message of this run. */
struct notice {
	const char *key; /* equal for equal messages, see notice_key() */
	const char *text; /* one line, printable */
	bool lasts; /* a condition: its end is printed */
	enum notice_verdict verdict; /* of notices_judge() */
	const char *repeated;
};

/* What earlier runs printed for one key. Times are on the boot clock. */
struct noticed {
	uint64_t key; /* a hash of it */
	msec_t began;
	msec_t printed; /* time of the last print ... */
	msec_t seen; /* ... and of the last occurrence */
	msec_t pause; /* from one print to the next */
	msec_t again; /* after its end: time until it is printed as new again */
	uint32_t held; /* occurrences since then */
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
	size_t unremembered; /* new messages beyond the maximum */
};

/* text without its numbers and durations, so that "no handshake for 9 s" is the same message
 * a minute later. Digits of addresses and names are kept. */
const char *notice_key(struct arena *arena, const char *text);

/* Sets the verdicts of this run's messages. Equal keys in one run have one verdict. whole:
 * missing conditions are over; otherwise the list is partial. */
void notices_judge(struct notices *notices, struct notice *list, size_t n, bool whole, msec_t now);

/* A text not from notices_encode() is ignored. */
void notices_decode(struct notices *notices, struct arena *arena, const char *text, size_t length);
const char *notices_encode(const struct notices *notices);
