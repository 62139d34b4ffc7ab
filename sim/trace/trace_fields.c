/* SPDX-License-Identifier: MIT */
#include "trace_fields.h"

#define ALWAYS true
#define ELSE_LEFT_OUT false

#define FIELD_OF(type_of, member, word, type, always)                                              \
	{                                                                                          \
		(word), (type), offsetof(type_of, member), (always), NULL, 0                       \
	}
#define LIST_OF(type_of, member, word, always, items)                                              \
	{                                                                                          \
		(word), FIELD_LIST, offsetof(type_of, member), (always), (items),                  \
			sizeof(*((type_of *)0)->member.at)                                         \
	}
#define RECORD(member, word, type, always) FIELD_OF(struct record, member, word, type, always)

static const struct trace_field begin_fields[] = {
	RECORD(begin.scenario, "scenario", FIELD_TEXT, ALWAYS),
	RECORD(begin.seed, "seed", FIELD_U64, ALWAYS),
	RECORD(begin.backend, "backend", FIELD_TEXT, ALWAYS),
	RECORD(begin.program, "program", FIELD_TEXT, ALWAYS),
	RECORD(begin.text, "text", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field fault_fields[] = {
	RECORD(fault.kind, "fault", FIELD_TEXT, ALWAYS),
	RECORD(fault.name, "name", FIELD_TEXT, ALWAYS),
	RECORD(fault.number, "number", FIELD_COUNT, ELSE_LEFT_OUT),
	RECORD(fault.undone, "undone", FIELD_FLAG, ELSE_LEFT_OUT),
	RECORD(fault.node, "node", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(fault.object, "object", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(fault.error, "error", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

#define EVENT(member, always) FIELD_OF(struct record_event, member, #member, FIELD_TEXT, always)

static const struct trace_field event_fields[] = {
	EVENT(kind, ALWAYS),
	EVENT(selector, ELSE_LEFT_OUT),
	EVENT(interface, ELSE_LEFT_OUT),
	EVENT(peer, ELSE_LEFT_OUT),
	EVENT(role, ELSE_LEFT_OUT),
	EVENT(reason, ELSE_LEFT_OUT),
	EVENT(text, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field run_fields[] = {
	RECORD(run.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(run.number, "number", FIELD_COUNT, ALWAYS),
	RECORD(run.cause, "cause", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(run.took, "took", FIELD_TIME, ALWAYS),
	RECORD(run.exit, "exit", FIELD_STATUS, ALWAYS),
	RECORD(run.changes, "changes", FIELD_COUNT, ELSE_LEFT_OUT),
	LIST_OF(struct record, run.events, "events", ELSE_LEFT_OUT, event_fields),
	RECORD(run.errors, "errors", FIELD_TEXTS, ELSE_LEFT_OUT),
	RECORD(run.undecodable, "undecodable", FIELD_FLAG, ELSE_LEFT_OUT),
	RECORD(run.output, "output", FIELD_PRINTED, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field selection_fields[] = {
	RECORD(selection.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(selection.selector, "selector", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(selection.active, "active", FIELD_TEXTS, ALWAYS),
	RECORD(selection.trying, "trying", FIELD_TEXTS, ELSE_LEFT_OUT),
	RECORD(selection.standby, "standby", FIELD_TEXTS, ELSE_LEFT_OUT),
	RECORD(selection.unreadable, "unreadable", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

#define PEER(member, type, always) FIELD_OF(struct record_peer, member, #member, type, always)

static const struct trace_field peer_fields[] = {
	PEER(name, FIELD_TEXT, ALWAYS),
	PEER(endpoint, FIELD_TEXT, ELSE_LEFT_OUT),
	PEER(handshake_age, FIELD_AGE, ELSE_LEFT_OUT),
	PEER(rx_bytes, FIELD_U64, ELSE_LEFT_OUT),
	PEER(tx_bytes, FIELD_U64, ELSE_LEFT_OUT),
	PEER(allowed_ips, FIELD_TEXTS, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field interface_fields[] = {
	FIELD_OF(struct record_interface, name, "name", FIELD_TEXT, ALWAYS),
	FIELD_OF(struct record_interface, up, "up", FIELD_FLAG, ELSE_LEFT_OUT),
	LIST_OF(struct record_interface, peers, "peers", ELSE_LEFT_OUT, peer_fields),
	{ 0 },
};

static const struct trace_field state_fields[] = {
	RECORD(state.node, "node", FIELD_TEXT, ALWAYS),
	LIST_OF(struct record, state.interfaces, "interfaces", ELSE_LEFT_OUT, interface_fields),
	RECORD(state.links, "links", FIELD_TEXTS, ELSE_LEFT_OUT),
	RECORD(state.addresses, "addresses", FIELD_TEXTS, ELSE_LEFT_OUT),
	RECORD(state.routes, "routes", FIELD_TEXTS, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field echo_fields[] = {
	RECORD(echo.probe, "probe", FIELD_TEXT, ALWAYS),
	RECORD(echo.sequence, "sequence", FIELD_COUNT, ALWAYS),
	RECORD(echo.sent, "sent", FIELD_TIME, ALWAYS),
	RECORD(echo.rtt, "rtt_ms", FIELD_RTT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field plan_fields[] = {
	RECORD(plan.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(plan.exit, "exit", FIELD_STATUS, ALWAYS),
	RECORD(plan.changes, "changes", FIELD_COUNT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field command_fields[] = {
	RECORD(command.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(command.command, "command", FIELD_TEXT, ALWAYS),
	RECORD(command.exit, "exit", FIELD_STATUS, ALWAYS),
	RECORD(command.output, "output", FIELD_PRINTED, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field file_fields[] = {
	RECORD(file.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(file.path, "path", FIELD_TEXT, ALWAYS),
	RECORD(file.text, "text", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field traffic_fields[] = {
	RECORD(traffic.node, "node", FIELD_TEXT, ALWAYS),
	RECORD(traffic.bytes, "bytes", FIELD_U64, ALWAYS),
	RECORD(traffic.packets, "packets", FIELD_U64, ALWAYS),
	{ 0 },
};

static const struct trace_field expectation_fields[] = {
	RECORD(expectation.text, "text", FIELD_TEXT, ALWAYS),
	RECORD(expectation.line, "line", FIELD_COUNT, ELSE_LEFT_OUT),
	RECORD(expectation.passed, "passed", FIELD_FLAG, ALWAYS),
	RECORD(expectation.seen, "seen", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(expectation.since, "since", FIELD_AGE, ELSE_LEFT_OUT),
	RECORD(expectation.node, "node", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field measure_fields[] = {
	RECORD(measure.name, "name", FIELD_TEXT, ALWAYS),
	RECORD(measure.value, "value", FIELD_NUMBER, ELSE_LEFT_OUT),
	RECORD(measure.unit, "unit", FIELD_PRINTED, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct trace_field end_fields[] = {
	RECORD(end.passed, "passed", FIELD_COUNT, ALWAYS),
	RECORD(end.failed, "failed", FIELD_COUNT, ALWAYS),
	RECORD(end.error, "error", FIELD_TEXT, ELSE_LEFT_OUT),
	RECORD(end.skipped, "skipped", FIELD_TEXT, ELSE_LEFT_OUT),
	{ 0 },
};

static const struct {
	const char *word;
	const struct trace_field *fields;
} kinds[] = {
	[RECORD_BEGIN] = { "begin", begin_fields },
	[RECORD_FAULT] = { "fault", fault_fields },
	[RECORD_RUN] = { "run", run_fields },
	[RECORD_SELECTION] = { "selection", selection_fields },
	[RECORD_STATE] = { "state", state_fields },
	[RECORD_ECHO] = { "echo", echo_fields },
	[RECORD_PLAN] = { "plan", plan_fields },
	[RECORD_COMMAND] = { "command", command_fields },
	[RECORD_FILE] = { "file", file_fields },
	[RECORD_TRAFFIC] = { "traffic", traffic_fields },
	[RECORD_EXPECTATION] = { "expectation", expectation_fields },
	[RECORD_MEASURE] = { "measure", measure_fields },
	[RECORD_END] = { "end", end_fields },
};

#define KINDS_N (sizeof(kinds) / sizeof(kinds[0]))

const char *record_kind_word(enum record_kind kind)
{
	return (size_t)kind < KINDS_N ? kinds[kind].word : NULL;
}

const struct trace_field *record_fields(enum record_kind kind)
{
	return kinds[kind].fields;
}
