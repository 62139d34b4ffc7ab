/* SPDX-License-Identifier: MIT */
/*
 * history_parts: what history, conditions and invariants share. Not for use outside
 * of them and the judge.
 *
 *	history.c      what is kept of each record
 *	condition*.c   what conditions make of it
 *	invariant*.c   what must hold in any world, checked as records come
 */
#pragma once

#include "echoes.h"
#include "history.h"

/* What conditions are judged by. When one has changed, those have to be judged
 * again that go by it. */
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

/* In a list of all, the latest changed first. */
struct evidence {
	uint64_t revision; /* the history's when it changed; 0: never */
	struct evidence *newer, *older;
};

/* A decision of a run, or the end of a run that did not end as the one before. */
struct decision {
	msec_t at; /* first: time_order() */
	struct record_event event; /* kind NULL: a run's end, which text says */
};

struct selection_change {
	msec_t at; /* first: time_order() */
	VEC(const char *) active;
	unsigned begun; /* how often somebody began to carry until then, with it */
};

struct selector_history {
	const char *name;
	VEC(struct selection_change) changes;
};

/* at -1: there was none yet. */
struct kept_run {
	msec_t at;
	unsigned number;
	int exit;
	unsigned changes;
	const char *output, *error; /* error: the first one, or NULL */
	struct arena *arena; /* of what it points at */
};

struct kept_state {
	msec_t at;
	struct record_state state;
	struct arena *arena; /* of what it points at */
};

struct kept_plan {
	msec_t at;
	int exit;
	unsigned changes;
};

/* What a command printed, or what was in a file. */
struct kept_text {
	const char *name; /* the command, the path */
	msec_t at;
	int exit;
	const char *text; /* NULL: there is no such file */
	struct arena *arena; /* of what it points at */
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
	struct node_history *nodes; /* as the scenario's */
	struct node_history **by_name;
	struct echoes *probes; /* as the scenario's */
	struct echoes **probes_by_name;
	bool watched[INVARIANTS_N]; /* some expectation asks for it */
	struct known_keys *keys; /* NULL: none is watched */
	VEC(struct invariant_violation) violations[INVARIANTS_N];
	struct evidence *evidence; /* of nodes, probes, invariants */
	size_t evidence_n;
	struct evidence *newest;
	uint64_t revision;
};

/* The latest change up to that time, or NULL. */
const struct selection_change *selection_at(const struct selector_history *selector, msec_t time);
/* How often somebody began to carry in that window. */
unsigned selections_in(const struct selector_history *selector, msec_t from, msec_t until);

/* "61.2 s uplink: gw1 left: no handshake for 5 s" */
const char *decision_text(const struct decision *decision, struct arena *arena);

struct node_history *history_node(const struct history *history, const char *name);
struct echoes *history_probe(const struct history *history, const char *name);

/* The index of the evidence by which a condition is judged. */
size_t condition_evidence(const struct condition *condition, const struct history *history);

/* Whether it counts, and can be decided before the window's end. */
bool condition_may_be_final(const struct condition *condition);

void history_touch(struct history *history, struct evidence *evidence);

/* ---- Parts of history ---- */

/* Makes what the invariants that are asked for need. */
void invariants_begin(struct history *history);
/* Each is told before the record is kept. */
void invariants_see(struct history *history, struct node_history *node,
		    const struct record *record);
void invariants_fault(struct history *history, const struct record *record);

/* ---- Parts of condition ---- */

/* A question. */
struct asking {
	const struct condition *condition;
	const struct history *history;
	struct node_history *node; /* NULL: of no node */
	msec_t from, now;
	struct arena *arena; /* NULL: no text is wanted */
};

/* Whether what was seen at that time is an answer. */
bool is_fresh(const struct asking *asking, msec_t at);

/* Sets what is seen, when a text is wanted; returns the finding. */
struct finding say(const struct asking *asking, struct finding finding, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of what was not looked at. */
struct finding not_looked(const struct asking *asking, const char *what);

/* Those that go by the kernel's state. */
struct finding check_state(const struct asking *asking);
