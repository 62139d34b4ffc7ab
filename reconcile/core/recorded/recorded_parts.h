/* SPDX-License-Identifier: MIT */
/*
 * recorded_parts: shared by the parts of recorded, and private to them.
 *
 *	recorded.c             the table of sections, and the operations on all of them
 *	recorded_interfaces.c  section interfaces
 *	recorded_selectors.c   section selectors
 *	recorded_endpoints.c   the endpoints in both of them
 *	recorded_time.c        sections time_attempt and time_done
 *	recorded_unknown.c     sections of later versions
 */
#pragma once

#include "recorded.h"
#include "strict_json.h"

/* One top-level key of the file, and the part of struct recorded that it contains. */
struct recorded_section {
	const char *name; /* the key */
	/* Reads value into recorded, whose section is empty. False with decoder->reason if
	 * value is not output of encode. */
	bool (*decode)(struct decoder *decoder, json_t *value, struct recorded *recorded);
	/* NULL if the section is empty, which omits the key. */
	json_t *(*encode)(const struct recorded *recorded, struct arena *scratch);
	/* Copies it deeply into to->arena. */
	void (*copy)(struct recorded *to, const struct recorded *from);
	/* Whether both have the same contents, and so the same text. */
	bool (*equal)(const struct recorded *a, const struct recorded *b);
	/* The latest boot time in it, 0 if none; NULL: the section never has times. */
	msec_t (*latest)(const struct recorded *recorded);
	/* Removes data that is invalid in another boot. */
	void (*rebase)(struct recorded *recorded);
};

extern const struct recorded_section recorded_section_interfaces;
extern const struct recorded_section recorded_section_selectors;
extern const struct recorded_section recorded_section_time_attempt;
extern const struct recorded_section recorded_section_time_done;

/* Any other key: as the functions of a section, but for one key at a time. Their times are
 * not rebased. */
bool recorded_unknown_decode(struct decoder *decoder, const char *name, json_t *value,
			     struct recorded *recorded);
json_t *recorded_unknown_encode(const struct recorded_unknown *unknown);
void recorded_unknown_copy(struct recorded *to, const struct recorded *from);
bool recorded_unknown_equal(const struct recorded *a, const struct recorded *b);

/* Data written by earlier versions for a selector's members. rotations_copy() replaces a
 * shallow copy by a deep one. */
bool rotations_decode(struct decoder *decoder, json_t *list, struct recorded_selector *selector);
void rotations_copy(struct recorded_selector *selector, struct arena *arena);

/* The endpoints of an interface's peers: as the functions of a section. */
bool endpoints_decode(struct decoder *decoder, json_t *list, struct recorded_interface *interface);
json_t *endpoints_encode(const struct recorded_interface *interface, struct arena *scratch);
void endpoints_copy(struct recorded_interface *interface, struct arena *arena);
bool endpoints_equal(const struct recorded_interface *a, const struct recorded_interface *b);
msec_t endpoints_latest(const struct recorded_interface *interface);
void endpoints_rebase(struct recorded_interface *interface);

/* Replaces the vector's shallow copy by a deep one. */
#define vec_own(arena, vec)                                                                        \
	((vec)->at = memory_copy((arena), (vec)->at, (vec)->n * sizeof(*(vec)->at)),               \
	 (vec)->capacity = (vec)->n)
void *memory_copy(struct arena *arena, const void *from, size_t size);

/* Whether both vectors have equal elements in the same order. */
#define all_equal(a, b, equal)                                                                     \
	({                                                                                         \
		size_t at_ = 0;                                                                    \
		while ((a).n == (b).n && at_ < (a).n && equal(&(a).at[at_], &(b).at[at_]))         \
			at_++;                                                                     \
		at_ == (a).n && (a).n == (b).n;                                                    \
	})

static inline msec_t later(msec_t a, msec_t b)
{
	return a > b ? a : b;
}
