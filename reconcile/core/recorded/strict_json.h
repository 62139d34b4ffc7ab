/* SPDX-License-Identifier: MIT */
/*
 * strict_json: reading and writing the texts of the recorded state, of the samples and of
 * the facts. Reading accepts only text as written, in spelling and order, so that there is
 * one text for one content; and sizes are limited before jansson builds anything.
 */
#pragma once

#include "base/json.h"
#include "core/observed/observed.h"

/* Larger texts, and longer names in them, are refused. */
#define STRICT_JSON_SIZE_MAX ((size_t)64 << 20)
#define STRICT_JSON_NAME_MAX 1024

struct decoder {
	struct arena *arena;
	const char *reason; /* one line; NULL: no error so far */
};

/* Sets the reason; unprintable bytes are escaped. Returns false. */
bool fail(struct decoder *decoder, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The JSON of a text, to be freed with json_decref(); its "version" is between 1 and
 * version. Otherwise NULL and a reason. */
json_t *strict_json_read(struct decoder *decoder, const char *text, size_t length, int version);

/* The text of json, compact, with sorted keys and a final newline, in arena. Frees json. */
char *strict_json_text(json_t *json, struct arena *arena);

/*
 * Each checks a value and stores it. False with a reason if it cannot have been written.
 * what: the name of the value, for the reason.
 */
bool integer_take(struct decoder *decoder, json_int_t number, int64_t min, int64_t max,
		  const char *what);
bool time_take(struct decoder *decoder, json_int_t number, const char *what, msec_t *time);
bool u32_take(struct decoder *decoder, json_int_t number, const char *what, uint32_t *to);
bool handshake_take(struct decoder *decoder, json_int_t sec, json_int_t nsec,
		    struct handshake *handshake);
bool name_take(struct decoder *decoder, const char *text, const char *what, const char **to);
bool interface_name_take(struct decoder *decoder, const char *text, const char *what,
			 const char **to);
bool boot_id_take(struct decoder *decoder, const char *text, char boot_id[37]);
bool key_take(struct decoder *decoder, const char *text, struct wg_key *key);
bool prefix_take(struct decoder *decoder, const char *text, struct prefix *prefix);
bool endpoint_take(struct decoder *decoder, const char *text, struct endpoint *endpoint);

/* The index of the word in word_at(), which returns NULL after the last one. */
bool word_take(struct decoder *decoder, const char *word, const char *(*word_at)(unsigned index),
	       unsigned *index);

/* Calls take for each item of list, which may be missing. */
bool list_take(struct decoder *decoder, json_t *list, const char *what, void *to,
	       bool (*take)(struct decoder *decoder, json_t *item, void *to));

/* Whether no two elements of the vector are equal; they need not be sorted. */
#define unique(decoder, vec, compare, what)                                                        \
	(!has_equals((decoder)->arena, (vec)->at, (vec)->n, sizeof(*(vec)->at), (compare)) ||      \
	 fail((decoder), "duplicate entry in %s", (what)))
bool has_equals(struct arena *arena, const void *items, size_t n, size_t size,
		int (*compare)(const void *, const void *));

/* Whether each element of the vector comes after the one before it. */
#define ascending(decoder, vec, compare, what)                                                     \
	(is_ascending((vec)->at, (vec)->n, sizeof(*(vec)->at), (compare)) ||                       \
	 fail((decoder), "duplicate or unsorted entry in %s", (what)))
bool is_ascending(const void *items, size_t n, size_t size,
		  int (*compare)(const void *, const void *));

/* NULL, which json_pack's "o*" omits, for 0 and for no handshake. */
json_t *nonzero_encode(int64_t number);
json_t *handshake_encode(struct handshake handshake);

/* Appends item; makes the list with the first one. */
void list_add(json_t **list, json_t *item);
