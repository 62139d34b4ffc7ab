/* SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "json_status.h"
#include "output.h"

#include <inttypes.h>

#define JSON_VERSION 1

/* ---- plan and apply, printed piece by piece: a million changes need no more
 * memory than one ---- */

static const char *result_word(const struct change *change, enum run_mode mode)
{
	switch (change->result) {
	case CHANGE_DONE:
		return "done";
	case CHANGE_FAILED:
		return "failed";
	case CHANGE_SKIPPED:
		return "skipped";
	case CHANGE_PLANNED:
		break;
	}
	return mode == RUN_APPLY ? "skipped" : "planned";
}

static void put_values(json_t *object, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_PEER_ADD:
		json_put(object, "persistent_keepalive", json_integer(change->value));
		json_put(object, "preshared_key", json_boolean(change->preshared_key));
		break;
	case CHANGE_LINK_MTU:
	case CHANGE_DEVICE_LISTEN_PORT:
	case CHANGE_DEVICE_FWMARK:
	case CHANGE_PEER_KEEPALIVE:
		json_put(object, "value", json_integer(change->value));
		json_put(object, "old_value", json_integer(change->old_value));
		break;
	case CHANGE_PEER_PRESHARED_KEY:
		json_put(object, "preshared_key",
			 json_boolean(!key_is_zero(change->preshared_key)));
		break;
	default:
		break;
	}
}

static json_t *rule_object(const struct observed_rule *rule)
{
	json_t *object = json_object();

	json_put(object, "family", json_integer(rule->family));
	json_put(object, "priority", json_integer(rule->priority));
	json_put(object, "table", json_integer(rule->table));
	if (rule->to.length)
		json_put(object, "to", json_prefix(&rule->to));
	if (rule->not_fwmark)
		json_put(object, "not_fwmark", json_integer(rule->fwmark));
	if (rule->suppress_prefix_length >= 0)
		json_put(object, "suppress_prefix_length",
			 json_integer(rule->suppress_prefix_length));
	return object;
}

static void put_ip(json_t *object, const char *name, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family != FAMILY_NONE)
		json_put(object, name, json_string(ip_text(ip, text)));
}

static void put_route(json_t *object, const struct change *change)
{
	json_put(object, "prefix", json_prefix(&change->prefix));
	json_put(object, "table", json_integer(change->table));
	if (change->unreachable)
		json_put(object, "unreachable", json_true());
	if (change->metric)
		json_put(object, "metric", json_integer(change->metric));
	put_ip(object, "source", &change->source);
}

static void put_file(json_t *object, const struct change *change, struct arena *scratch)
{
	const struct desired_file *file = change->file;

	json_put(object, "path", json_text(file->path, scratch));
	json_put(object, "size", json_integer((json_int_t)file->length));
	if (!desired_file_is_secret(file))
		json_put(object, "digest",
			 json_string(arena_printf(scratch, "%016" PRIx64, change->digest)));
	if (file->load.n)
		json_put(object, "load", json_texts(file->load.at, file->load.n, scratch));
}

static void put_network(json_t *object, const struct change *change, struct arena *scratch)
{
	switch (change->kind) {
	case CHANGE_ALLOWED_IP_ADD:
	case CHANGE_ALLOWED_IP_REMOVE:
		json_put_text(object, "from_peer", change->from_peer, scratch);
		break;
	case CHANGE_ADDRESS_ADD:
	case CHANGE_ADDRESS_MOVE:
	case CHANGE_ADDRESS_REMOVE:
		json_put(object, "prefix", json_prefix(&change->prefix));
		put_ip(object, "other_end", &change->other_end);
		break;
	case CHANGE_ROUTE_ADD:
	case CHANGE_ROUTE_REMOVE:
		put_route(object, change);
		break;
	case CHANGE_RULE_ADD:
	case CHANGE_RULE_REMOVE:
		json_put(object, "rule", rule_object(&change->rule));
		break;
	case CHANGE_FILE_WRITE:
		put_file(object, change, scratch);
		break;
	default:
		break;
	}
}

static bool is_of_peer(enum change_kind kind)
{
	return (kind >= CHANGE_PEER_ADD && kind <= CHANGE_ALLOWED_IP_ADD) ||
	       kind == CHANGE_ALLOWED_IP_REMOVE || kind == CHANGE_PEER_REMOVE;
}

/* Without its text, and without the members that depend on the prefix. */
static json_t *change_object(const struct report *report, const struct change *change,
			     struct arena *scratch)
{
	const char sign[] = { change_sign(change->kind), '\0' };
	json_t *object = json_object();

	json_put(object, "kind", json_string(change_word(change->kind)));
	json_put(object, "sign", json_string(sign));
	if (change->kind != CHANGE_FILE_WRITE)
		json_put(object, "interface", json_text(change->interface, scratch));
	json_put_text(object, "selector", change->selector, scratch);
	json_put_text(object, "peer", change->peer, scratch);
	if (is_of_peer(change->kind) && !key_is_zero(&change->public_key))
		json_put(object, "public_key", json_key(&change->public_key));
	if (change->has_endpoint)
		json_put(object, "endpoint", json_endpoint(&change->endpoint));
	json_put_text(object, "endpoint_name", report_endpoint_name(report, change), scratch);
	if (change->has_old_endpoint)
		json_put(object, "old_endpoint", json_endpoint(&change->old_endpoint));
	put_values(object, change);
	put_network(object, change, scratch);
	json_put_text(object, "reason", change->reason, scratch);
	json_put(object, "result", json_string(result_word(change, report->mode)));
	json_put_text(object, "error", change->error, scratch);
	return object;
}

static void begin(struct printer *printer, const struct report *report)
{
	fprintf(printer->out, "{\"version\": %d, \"instance\": ", JSON_VERSION);
	json_print(printer->out, json_text(report->instance, report->arena));
	fputs(", \"changes\": [", printer->out);
}

static void comma(struct printer *printer)
{
	if (printer->count++)
		fputs(", ", printer->out);
}

static void change(struct printer *printer, const struct report *report,
		   const struct change *change, struct scratch *scratch)
{
	json_t *object = change_object(report, change, scratch_next(scratch));
	size_t n = change_count(change);

	/* The prefixes of a group share all but two members. */
	for (size_t i = 0; i < n; i++) {
		struct arena *arena = scratch_next(scratch);

		if (change_is_group(change))
			json_put(object, "prefix", json_prefix(&change->allowed_ips[i]));
		json_put(object, "text", json_text(change_text_of(change, i, arena), arena));
		comma(printer);
		json_print_open(printer->out, json_incref(object));
		if (change->kind == CHANGE_PEER_ADD)
			json_print_prefixes(printer->out, "allowed_ips", change->allowed_ips,
					    change->allowed_ips_n);
		fputc('}', printer->out);
	}
	json_decref(object);
}

static const char *event_word(enum event_kind kind)
{
	switch (kind) {
	case EVENT_TRY:
		return "try";
	case EVENT_ESTABLISHED:
		return "established";
	case EVENT_LEFT:
		return "left";
	case EVENT_PROMOTED:
		return "promoted";
	case EVENT_RESTARTED:
		return "restarted";
	case EVENT_WAITING:
		return "waiting";
	case EVENT_PROBE_FAILED:
		return "probe_failed";
	case EVENT_TIME:
		return "time";
	case EVENT_FOLLOWED:
		return "followed";
	case EVENT_FACTS:
		return "facts";
	case EVENT_PROBLEM:
		break;
	}
	return "problem";
}

static void begin_events(struct printer *printer)
{
	if (!printer->in_events)
		fputs("], \"events\": [", printer->out);
	printer->in_events = true;
	printer->count = 0;
}

static void event(struct printer *printer, const struct event *event, struct arena *scratch)
{
	json_t *object = json_object();

	json_put(object, "kind", json_string(event_word(event->kind)));
	json_put_text(object, "selector", event->selector, scratch);
	json_put_text(object, "interface", event->interface, scratch);
	json_put_text(object, "peer", event->peer, scratch);
	if (event->selector && event->peer)
		json_put(object, "role", json_string(slot_role_word(event->role)));
	if (event->kind == EVENT_LEFT)
		json_put(object, "reason", json_string(left_reason_word(event->reason)));
	json_put(object, "text", json_text(event->text, scratch));
	if (!printer->in_events)
		begin_events(printer);
	comma(printer);
	json_print(printer->out, object);
}

/* Errors in files first, as in text. */
static json_t *lines(const struct report *report, enum severity severity,
		     const char *const *run_lines, size_t n)
{
	const struct diags *diags = &report->run->diags;
	json_t *array = json_array();

	vec_each (diag, &diags->list)
		if (diag->severity == severity)
			json_add(array, json_text(diag_text(diags, diag), report->arena));
	for (size_t i = 0; i < n; i++)
		json_add(array, json_text(run_lines[i], report->arena));
	return array;
}

static json_t *counts_object(const struct counts *counts)
{
	json_t *object = json_object();

	json_put(object, "add", json_integer((json_int_t)counts->add));
	json_put(object, "change", json_integer((json_int_t)counts->change));
	json_put(object, "remove", json_integer((json_int_t)counts->remove));
	json_put(object, "failed", json_integer((json_int_t)counts->failed));
	json_put(object, "skipped", json_integer((json_int_t)counts->skipped));
	return object;
}

static void end(struct printer *printer, const struct report *report)
{
	FILE *out = printer->out;

	if (!printer->in_events)
		begin_events(printer);
	fputs("], \"warnings\": ", out);
	json_print(out, lines(report, SEVERITY_WARNING, report->warnings.at, report->warnings.n));
	fputs(", \"errors\": ", out);
	json_print(out, lines(report, SEVERITY_ERROR, report->errors.at, report->errors.n));
	fputs(", \"counts\": ", out);
	json_print(out, counts_object(&report->counts));
	fputs("}\n", out);
}

static const struct output_run run = {
	.begin = begin,
	.change = change,
	.event = event,
	.end = end,
};

/* ---- A failed status ---- */

static void failure(struct printer *printer, const struct report *report)
{
	json_t *object = json_object();

	json_put(object, "version", json_integer(JSON_VERSION));
	json_put(object, "instance", json_text(report->instance, report->arena));
	json_put(object, "warnings",
		 lines(report, SEVERITY_WARNING, report->warnings.at, report->warnings.n));
	json_put(object, "errors",
		 lines(report, SEVERITY_ERROR, report->errors.at, report->errors.n));
	json_print(printer->out, object);
	fputc('\n', printer->out);
}

/* ---- validate ---- */

static json_t *diag_object(const struct diag *diag, struct arena *scratch)
{
	bool is_error = diag->severity == SEVERITY_ERROR;
	json_t *object = json_object();

	json_put(object, "severity", json_string(is_error ? "error" : "warning"));
	json_put_text(object, "file", diag->where.file, scratch);
	if (diag->where.line)
		json_put(object, "line", json_integer(diag->where.line));
	if (diag->where.column)
		json_put(object, "column", json_integer(diag->where.column));
	json_put(object, "path", json_text(diag->path, scratch));
	json_put(object, "message", json_text(diag->message, scratch));
	return object;
}

static void diags(struct printer *printer, const struct diags *diags, struct arena *scratch)
{
	json_t *object = json_object(), *list = json_array();

	vec_each (diag, &diags->list)
		json_add(list, diag_object(diag, scratch));
	json_put(object, "version", json_integer(JSON_VERSION));
	json_put(object, "ok", json_boolean(!diags->errors));
	json_put(object, "diagnostics", list);
	json_print(printer->out, object);
	fputc('\n', printer->out);
}

/* ---- wait ---- */

static void wait(struct printer *printer, const struct wait_result *result, struct arena *scratch)
{
	static const char *const words[] = {
		[WAIT_EVENT] = "event",
		[WAIT_CHANGES] = "changes",
		[WAIT_TIMEOUT] = "timeout",
	};
	json_t *object = json_object();

	json_put(object, "version", json_integer(JSON_VERSION));
	json_put(object, "instance", json_text(result->instance, scratch));
	json_put(object, "reason", json_string(words[result->reason]));
	json_put(object, "text", json_text(result->text, scratch));
	json_put(object, "waited", json_seconds(result->waited));
	json_print(printer->out, object);
	fputc('\n', printer->out);
}

const struct output output_json = {
	.name = "json",
	.run = &run,
	.status = json_status,
	.wait = wait,
	.failure = failure,
	.diags = diags,
};
