/* SPDX-License-Identifier: MIT */
/*
 * recorded_parts: what the parts of recorded share. Not for use outside of them.
 *
 *	recorded.c             the whole: the table of sections, and each operation on all of them
 *	recorded_interfaces.c  section interfaces
 *	recorded_selectors.c   section selectors
 *	recorded_endpoints.c   the endpoints in both of them
 *	recorded_time.c        sections time_attempt and time_done
 *	recorded_unknown.c     sections of later versions
 */
#pragma once

#include "recorded.h"
#include "strict_json.h"

/* One top-level key of the file, and the part of struct recorded that it holds. */
struct recorded_section {
	const char *name; /* the key */
	/* Takes value into recorded, where the section is empty. False with decoder->reason
	 * where encode cannot have written it. */
	bool (*decode)(struct decoder *decoder, json_t *value, struct recorded *recorded);
	/* NULL where the section is empty, which leaves the key out. */
	json_t *(*encode)(const struct recorded *recorded, struct arena *scratch);
	/* Copies it deeply into to->arena. */
	void (*copy)(struct recorded *to, const struct recorded *from);
	/* Whether both have the same contents, and so the same text. */
	bool (*equal)(const struct recorded *a, const struct recorded *b);
	/* The latest boot time in it, 0 where there is none; NULL: it never has any. */
	msec_t (*latest)(const struct recorded *recorded);
	/* Removes what does not hold in another boot. */
	void (*rebase)(struct recorded *recorded);
};

extern const struct recorded_section recorded_section_interfaces;
extern const struct recorded_section recorded_section_selectors;
extern const struct recorded_section recorded_section_time_attempt;
extern const struct recorded_section recorded_section_time_done;

/* Any other key: as the functions of a section, but for one key at a time. Nothing in
 * them is rebased. */
bool recorded_unknown_decode(struct decoder *decoder, const char *name, json_t *value,
			     struct recorded *recorded);
json_t *recorded_unknown_encode(const struct recorded_unknown *unknown);
void recorded_unknown_copy(struct recorded *to, const struct recorded *from);
bool recorded_unknown_equal(const struct recorded *a, const struct recorded *b);

/* What earlier versions wrote of a selector's members. rotations_copy() gives a shallow copy
 * memory of its own. */
bool rotations_decode(struct decoder *decoder, json_t *list, struct recorded_selector *selector);
void rotations_copy(struct recorded_selector *selector, struct arena *arena);

/* The endpoints of an interface's peers: as the functions of a section. */
bool endpoints_decode(struct decoder *decoder, json_t *list, struct recorded_interface *interface);
json_t *endpoints_encode(const struct recorded_interface *interface, struct arena *scratch);
void endpoints_copy(struct recorded_interface *interface, struct arena *arena);
bool endpoints_equal(const struct recorded_interface *a, const struct recorded_interface *b);
msec_t endpoints_latest(const struct recorded_interface *interface);
void endpoints_rebase(struct recorded_interface *interface);

/* Gives the copied vector memory of its own. */
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
