/* SPDX-License-Identifier: MIT */
/*
 * history_parts: shared by history, conditions and invariants; private to them and the
 * judge.
 *
 *	history.c      data kept of each record
 *	condition*.c   evaluation of conditions
 *	invariant*.c   what must hold in any world, checked with each record
 */
#pragma once

#include "echoes.h"
#include "history.h"

/* Evidence for conditions. When one changes, the conditions that depend on it are evaluated
 * again. */
enum evidence_kind {
	EVIDENCE_RUN,
	EVIDENCE_DECISION,
	EVIDENCE_SELECTION,
	EVIDENCE_STATE,
	EVIDENCE_PLAN,
	EVIDENCE_COMMAND,
	EVIDENCE_FILE,
	EVIDENCE_KINDS,
};

/* List of all, the latest change first. */
struct evidence {
	uint64_t revision; /* the history's serial at the change; 0: never */
	struct evidence *newer, *older;
};

/* A decision of a run, or a run's end that differs from the previous one's. */
struct decision {
	msec_t at; /* first: time_order() */
	struct record_event event; /* kind NULL: a run's end, described by text */
};

struct selection_change {
	msec_t at; /* first: time_order() */
	VEC(const char *) active;
	unsigned begun; /* number of times a member became active, up to this one */
};

struct selector_history {
	const char *name;
	VEC(struct selection_change) changes;
};

/* at -1: none yet. */
struct kept_run {
	msec_t at;
	unsigned number;
	int exit;
	unsigned changes;
	const char *output, *error; /* error: the first one, or NULL */
	struct arena *arena; /* of the strings */
};

struct kept_state {
	msec_t at;
	struct record_state state;
	struct arena *arena; /* of the strings */
};

struct kept_plan {
	msec_t at;
	int exit;
	unsigned changes;
};

/* A command's output, or a file's content. */
struct kept_text {
	const char *name; /* the command, the path */
	msec_t at;
	int exit;
	const char *text; /* NULL: there is no such file */
	struct arena *arena; /* of the strings */
};

struct kept_texts {
	VEC(struct kept_text) list;
};

struct traffic {
	msec_t at; /* first: time_order() */
	uint64_t bytes;
};

struct node_history {
	const struct node *node;
	struct evidence *evidence; /* EVIDENCE_KINDS of them */
	struct kept_run run;
	VEC(struct decision) decisions;
	VEC(struct selector_history) selectors;
	struct kept_state state;
	struct kept_plan plan;
	struct kept_texts commands, files;
	VEC(struct traffic) traffic;
	struct node_invariants *invariants;
};

struct invariant_violation {
	msec_t at;
	const char *node, *text;
};

#define INVARIANTS_N (INVARIANT_SECRETS + 1)

struct history {
	const struct scenario *scenario;
	struct arena *arena;
	struct node_history *nodes; /* in the scenario's order */
	struct node_history **by_name;
	struct echoes *probes; /* in the scenario's order */
	struct echoes **probes_by_name;
	bool watched[INVARIANTS_N]; /* used by some expectation */
	struct known_keys *keys; /* NULL: none is watched */
	VEC(struct invariant_violation) violations[INVARIANTS_N];
	struct evidence *evidence; /* of nodes, probes, invariants */
	size_t evidence_n;
	struct evidence *newest;
	uint64_t revision;
};

/* The latest change up to that time, or NULL. */
const struct selection_change *selection_at(const struct selector_history *selector, msec_t time);
/* Number of times a member became active in that window. */
unsigned selections_in(const struct selector_history *selector, msec_t from, msec_t until);

/* "61.2 s uplink: gw1 left: no handshake for 5 s" */
const char *decision_text(const struct decision *decision, struct arena *arena);

struct node_history *history_node(const struct history *history, const char *name);
struct echoes *history_probe(const struct history *history, const char *name);

/* The index of a condition's evidence. */
size_t condition_evidence(const struct condition *condition, const struct history *history);

/* Whether it is a counting condition that can be decided before the window's end. */
bool condition_may_be_final(const struct condition *condition);

void history_touch(struct history *history, struct evidence *evidence);

/* ---- Parts of history ---- */

/* Allocates the data of the requested invariants. */
void invariants_begin(struct history *history);
/* Each is called before the record is stored. */
void invariants_see(struct history *history, struct node_history *node,
		    const struct record *record);
void invariants_fault(struct history *history, const struct record *record);

/* ---- Parts of condition ---- */

/* A condition to evaluate. */
struct asking {
	const struct condition *condition;
	const struct history *history;
	struct node_history *node; /* NULL: no node */
	msec_t from, now;
	struct arena *arena; /* NULL: no text */
};

/* Whether evidence of that time is recent enough. */
bool is_fresh(const struct asking *asking, msec_t at);

/* Sets the seen text if requested; returns the finding. */
struct finding say(const struct asking *asking, struct finding finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Without evidence. */
struct finding not_looked(const struct asking *asking, const char *what);

/* Conditions on the kernel's state. */
struct finding check_state(const struct asking *asking);
