/* SPDX-License-Identifier: MIT */
/*
 * view: data of a trace for display: intervals of selected members, faults, answered echo
 * requests, and handshake ages.
 */
#pragma once

#include "judge/echoes.h"
#include "trace/trace.h"

enum view_verdict {
	VIEW_PASSED,
	VIEW_FAILED, /* an expectation did not hold */
	VIEW_BROKEN, /* it could not be simulated to its end */
	VIEW_UNFINISHED, /* the trace has no end */
	VIEW_SKIPPED, /* not simulated: the back end lacks a requirement */
};
#define VIEW_VERDICTS (VIEW_SKIPPED + 1)

/* "passed", ... */
const char *view_verdict_word(enum view_verdict verdict);

/* Whether there was a failure. */
bool view_verdict_is_bad(enum view_verdict verdict);

/* The common name of all cases of one file: without the varied values. */
const char *family_name(struct arena *arena, const char *scenario);

/* One occurrence of a fault. */
struct view_fault {
	const char *name, *kind, *node, *object; /* node, object: NULL: none */
	unsigned number;
	msec_t from, until; /* equal if not undone */
	const char *error;
};

enum bar_role {
	BAR_CARRIER,
	BAR_TRYING,
	BAR_STANDBY,
	BAR_OFF, /* the node has no power */
};

struct view_bar {
	const char *member; /* NULL: BAR_OFF */
	enum bar_role role;
	msec_t from, until;
	unsigned lane;
};

/* A selector of a node, or a node with only its failures shown. */
struct view_row {
	const char *node, *selector; /* selector NULL: none */
	VEC(struct view_bar) bars; /* by time */
	unsigned lanes;
	unsigned trying_lanes; /* the first lanes; the rest is for standbys */
};

/* A failure on a node, shown as a tick. */
struct view_trouble {
	const char *node;
	msec_t at;
	const struct record_run *run; /* NULL: the recorded state could not be read */
};

struct view_stream {
	const char *name;
	struct probe probe; /* its period and timeout, from the records */
	struct echoes echoes;
	unsigned lost;
	msec_t first_answer; /* -1: none */
	struct outage outage; /* the longest, after the first answer */
};

struct view_age {
	msec_t at, age;
	bool begins; /* unknown between the previous one and this */
};

struct view_peer {
	const char *name;
	VEC(struct view_age) ages; /* corners of a line */
	/* Of the latest sample of it. */
	size_t looked; /* the number of samples of its interface then */
	msec_t looked_at, stamp;
};

/* The handshakes of one WireGuard interface. */
struct view_handshakes {
	const char *node, *interface;
	VEC(struct view_peer) peers; /* those with handshakes */
	size_t looks;
};

struct view_decision {
	msec_t at;
	const char *node;
	const struct record_event *event;
};

struct view_expectation {
	msec_t at; /* time of the decision */
	const struct record_expectation *expectation;
};

struct view {
	struct arena *arena;
	const struct record_begin *begin;
	const char *description; /* of the scenario; "" */
	const struct record_end *end; /* NULL: VIEW_UNFINISHED */
	enum view_verdict verdict;
	msec_t duration;
	VEC(struct view_fault) faults;
	VEC(struct view_row) rows; /* those with selectors first, by name */
	VEC(struct view_trouble) troubles;
	VEC(struct view_stream) streams; /* by name */
	VEC(struct view_handshakes) handshakes; /* by name */
	VEC(struct view_decision) decisions;
	VEC(struct view_expectation) expectations;
	VEC(const struct record_measure *) measures;
	/* Of members and of peers, each once: first the scenario's members, by name, so that
	 * a name has the same index in all its traces. */
	VEC(const char *) names;
};

/* The trace must outlive it, and begin with a record of kind BEGIN. */
struct view *view_make(const struct trace *trace, struct arena *arena);

/* The index of a name in names, for its colour. */
size_t view_name_index(const struct view *view, const char *name);

/* A decision as one line. */
const char *view_decision_text(const struct record_event *event, struct arena *arena);

/* The longest outage of all streams; length -1: no streams. */
struct outage view_outage(const struct view *view);
