/* SPDX-License-Identifier: MIT */
/*
 * invariant_parts: data for checking invariants. Private to them.
 *
 *	invariant.c             which are watched; states of files, ends of runs, secrets
 *	invariant_desired.c     requirements of a node's desired state for its kernel
 *	invariant_objects.c     active peers and objects in the kernel
 */
#pragma once

#include "core/desired/desired.h"
#include "history_parts.h"

/* Names as peers have them in records, sorted. */
struct name_set {
	VEC(const char *) list;
};

/* A selector's or an interface's peers. */
struct declared {
	const struct desired_selector *selector; /* NULL: of an interface */
	const struct desired_interface *interface;
	struct name_set peers; /* enabled peers */
};

/* Content of a desired state. */
struct basis {
	const struct desired *desired;
	VEC(struct declared) selectors;
	VEC(struct declared) interfaces; /* with the members of their selectors */
};

struct node_invariants {
	const struct basis *basis; /* in force; NULL: none */
	/* Changed, and no successful run since: the kernel's state is undetermined. */
	bool changing;
	msec_t changed_at; /* by the latest such fault */
	bool wrong; /* the text that is in force cannot be read */
	msec_t wrong_until; /* when the last unreadable text was replaced; -1: never */
	bool run_ended_well; /* and no state was seen and no fault applied to the node since */
	msec_t disturbed_at; /* the latest fault; -1: none */
	bool state_damaged; /* by a fault, and not repaired yet */
	bool disk_full;
	msec_t kill_at; /* the next run from that time is killed; -1: no */
	msec_t off_at; /* time of power-off; -1: never */
	msec_t longest_run;
	VEC(const char *) secrets;
	VEC(const char *) created; /* interfaces that it may have made */
};

/* The public keys of all interfaces. */
struct known_key {
	struct wg_key key; /* first: key_order() */
	const char *name; /* as peers are named in records */
};

struct known_keys {
	VEC(struct known_key) list; /* sorted */
};

struct known_keys *known_keys_make(const struct scenario *scenario, struct arena *arena);

/* NULL if the text is invalid. */
const struct basis *basis_make(const struct known_keys *keys, const char *text,
			       struct arena *arena);

bool name_set_has(const struct name_set *set, const char *name);

void violate(struct history *history, enum invariant invariant, const struct node_history *node,
	     msec_t at, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Called with a state before it replaces node->state. */
void check_carriers(struct history *history, const struct node_history *node,
		    const struct record *record);
void check_left_over(struct history *history, const struct node_history *node,
		     const struct record *record);
void check_foreign(struct history *history, const struct node_history *node,
		   const struct record *record);
