/* SPDX-License-Identifier: MIT */
/*
 * record: one event of a simulation. The trace is the list of all records, one JSON text a
 * line (trace.h); history.h keeps the data for conditions. Times are milliseconds since the
 * start. Records must be equal in two runs of the same seed: no process id, no real time, no
 * path.
 */
#pragma once

#include "core/observed/observed.h"
#include "core/recorded/recorded.h"
#include "scenario/scenario.h"

enum record_kind {
	RECORD_BEGIN, /* always the first */
	RECORD_FAULT,
	RECORD_RUN,
	RECORD_SELECTION,
	RECORD_STATE,
	RECORD_ECHO,
	RECORD_PLAN,
	RECORD_COMMAND,
	RECORD_FILE,
	RECORD_TRAFFIC,
	RECORD_EXPECTATION,
	RECORD_MEASURE,
	RECORD_END, /* always the last */
};

struct record_begin {
	const char *scenario; /* its name with the varied values */
	const char *text; /* of the expanded scenario, for replay */
	uint64_t seed;
	const char *backend; /* backend_word() */
	const char *program; /* output of `wgreconcile version`; "": not run */
};

struct record_fault {
	const char *name;
	const char *kind; /* fault_kind_word() */
	unsigned number; /* number of the occurrence, from 0 */
	bool undone;
	const char *node, *object; /* NULL: none */
	const char *error; /* error, which ends the simulation. NULL: none */
};

/* A decision, as printed by wgreconcile. */
struct record_event {
	const char *kind, *selector, *interface, *peer, *role, *reason, *text; /* NULL: none */
};

struct record_run {
	const char *node;
	unsigned number; /* of the node's runs, from 1 */
	const char *cause; /* "socket", "wait", "fault"; NULL: its timer */
	msec_t took; /* in simulated time */
	int exit; /* 128 + the signal's number when it was killed */
	unsigned changes;
	VEC(struct record_event) events;
	VEC(const char *) errors; /* and warnings */
	const char *output; /* all output */
	bool undecodable; /* the output is not apply's JSON; see the exit code */
};

/* Active and tried members, from the recorded state, at each change. */
struct record_selection {
	const char *node, *selector;
	VEC(const char *) active; /* established active ones */
	VEC(const char *) trying;
	VEC(const char *) standby; /* established standbys */
	const char *unreadable; /* error in reading the recorded state; NULL: none */
};

struct record_peer {
	const char *name; /* node.interface of its key; otherwise the key's first letters */
	msec_t handshake_age; /* -1: none */
	uint64_t rx_bytes, tx_bytes;
	const char *endpoint; /* NULL: none */
	VEC(const char *) allowed_ips;
};

/* The kernel's state of one WireGuard interface, when sampled. */
struct record_interface {
	const char *name;
	bool up;
	VEC(struct record_peer) peers;
};

struct record_state {
	const char *node;
	VEC(struct record_interface) interfaces; /* WireGuard's */
	VEC(const char *) links; /* all links' names */
	VEC(const char *) addresses; /* "wg0 10.9.0.2/32", and the owner: " wgreconcile" */
	VEC(const char *) routes; /* "10.9.0.0/24 wg0 table metric protocol" */
	const struct observed *observed; /* the same as data, only during simulation */
};

struct record_echo {
	const char *probe;
	unsigned sequence;
	msec_t sent;
	double rtt; /* ms; negative: no answer in time */
};

/* Output of `wgreconcile plan`, for CONVERGED. */
struct record_plan {
	const char *node;
	int exit;
	unsigned changes;
};

struct record_command {
	const char *node;
	const char *command; /* words separated by spaces */
	int exit;
	const char *output;
};

struct record_file {
	const char *node, *path;
	const char *text; /* NULL: none */
};

/* Traffic sent by a node on its cables since the start. */
struct record_traffic {
	const char *node;
	uint64_t bytes, packets;
};

struct record_expectation {
	const char *text;
	unsigned line; /* in the scenario's text */
	bool passed;
	const char *seen; /* failed: what was observed instead */
	msec_t since; /* failed: time of the observation; passed: time when it held; -1 */
	const char *node; /* node whose decisions to show; NULL: none */
};

struct record_measure {
	const char *name;
	double value;
	const char *unit; /* ms, bytes, "" */
};

struct record_end {
	unsigned passed, failed;
	const char *error; /* from the engine: the scenario could not be simulated to its end */
	const char *skipped; /* why it was not simulated: the back end lacks a requirement */
};

struct record {
	enum record_kind kind;
	msec_t at;
	union {
		struct record_begin begin;
		struct record_fault fault;
		struct record_run run;
		struct record_selection selection;
		struct record_state state;
		struct record_echo echo;
		struct record_plan plan;
		struct record_command command;
		struct record_file file;
		struct record_traffic traffic;
		struct record_expectation expectation;
		struct record_measure measure;
		struct record_end end;
	};
};
