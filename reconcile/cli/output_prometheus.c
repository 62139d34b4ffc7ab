/* SPDX-License-Identifier: MIT */
/*
 * Prometheus' text format, version 0.0.4. Every sample has the instance as label "name":
 * several instances write into one directory of node_exporter, which rejects duplicate
 * samples from two files, and the label "instance" is used by Prometheus.
 */
#include "base/cli/message.h"
#include "output.h"

#include "core/recorded/liveness.h"

#include <inttypes.h>

/* In a label's value a backslash, a quotation mark and a newline are escaped. */
static void print_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '\\' || *value == '"')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

/* One line: NAME{name="INSTANCE",...} VALUE. Labels end with NULL. */
struct label {
	const char *name;
	const char *value;
};

static void sample(FILE *out, const char *metric, const struct status *status,
		   const struct label *labels, const char *value)
{
	fprintf(out, "%s{", metric);
	print_label(out, "name", status->instance);
	for (; labels && labels->name; labels++) {
		fputc(',', out);
		print_label(out, labels->name, labels->value);
	}
	fprintf(out, "} %s\n", value);
}

static void sample_number(FILE *out, const char *metric, const struct status *status,
			  const struct label *labels, uint64_t number)
{
	char text[21];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	sample(out, metric, status, labels, text);
}

static void sample_seconds(FILE *out, const char *metric, const struct status *status,
			   const struct label *labels, msec_t duration)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%03d", duration / MSEC_PER_SEC,
		 (int)(duration % MSEC_PER_SEC));
	sample(out, metric, status, labels, text);
}

/* ---- Metrics of peers ---- */

typedef void peer_metric(FILE *out, const char *metric, const struct status *status,
			 const struct label *labels, const struct status_peer *peer);

static void each_peer(FILE *out, const char *metric, const struct status *status,
		      peer_metric *print)
{
	vec_each (interface, &status->interfaces) {
		vec_each (peer, &interface->peers) {
			char key[KEY_TEXT_MAX];
			const struct label labels[] = {
				{ "interface", interface->name },
				{ "peer", peer->name ? peer->name : "" },
				{ "public_key", key_text(&peer->public_key, key) },
				{ 0 },
			};

			if (peer->in_kernel)
				print(out, metric, status, labels, peer);
		}
	}
}

static void print_handshake(FILE *out, const char *metric, const struct status *status,
			    const struct label *labels, const struct status_peer *peer)
{
	if (peer->handshake_age != AGE_NONE)
		sample_seconds(out, metric, status, labels, peer->handshake_age);
}

static void print_received(FILE *out, const char *metric, const struct status *status,
			   const struct label *labels, const struct status_peer *peer)
{
	sample_number(out, metric, status, labels, peer->in_kernel->rx_bytes);
}

static void print_sent(FILE *out, const char *metric, const struct status *status,
		       const struct label *labels, const struct status_peer *peer)
{
	sample_number(out, metric, status, labels, peer->in_kernel->tx_bytes);
}

static void print_allowed_ips(FILE *out, const char *metric, const struct status *status,
			      const struct label *labels, const struct status_peer *peer)
{
	sample_number(out, metric, status, labels, peer->in_kernel->allowed_ips.n);
}

static void handshakes(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_handshake);
}

static void received(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_received);
}

static void sent(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_sent);
}

static void allowed_ips(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_allowed_ips);
}

/* ---- Metrics of the exchange of facts ---- */

static void print_direct(FILE *out, const char *metric, const struct status *status,
			 const struct label *labels, const struct status_peer *peer)
{
	if (peer->link)
		sample_number(out, metric, status, labels, peer->link->direct);
}

static void print_healthy(FILE *out, const char *metric, const struct status *status,
			  const struct label *labels, const struct status_peer *peer)
{
	if (peer->link)
		sample_number(out, metric, status, labels, peer->link->healthy);
}

static void print_alive(FILE *out, const char *metric, const struct status *status,
			const struct label *labels, const struct status_peer *peer)
{
	if (peer->link)
		sample_number(out, metric, status, labels, peer->link->alive);
}

static void print_known(FILE *out, const char *metric, const struct status *status,
			const struct label *labels, const struct status_peer *peer)
{
	if (peer->link)
		sample_number(out, metric, status, labels, peer->link->endpoints.n);
}

static void direct(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_direct);
}

static void healthy(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_healthy);
}

static void alive(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_alive);
}

static void known_endpoints(FILE *out, const char *metric, const struct status *status)
{
	each_peer(out, metric, status, print_known);
}

typedef uint64_t exchange_value(const struct status_exchange *exchange);

static void each_exchange(FILE *out, const char *metric, const struct status *status,
			  exchange_value *value)
{
	vec_each (interface, &status->interfaces) {
		const struct label labels[] = { { "interface", interface->name }, { 0 } };

		if (interface->exchange)
			sample_number(out, metric, status, labels, value(interface->exchange));
	}
}

static uint64_t received_of(const struct status_exchange *exchange)
{
	return exchange->received.list.n;
}

static uint64_t own_of(const struct status_exchange *exchange)
{
	return exchange->own.list.n;
}

static uint64_t refused_of(const struct status_exchange *exchange)
{
	return exchange->refused.list.n;
}

static uint64_t bad_of(const struct status_exchange *exchange)
{
	return exchange->bad_packets;
}

static void facts_received(FILE *out, const char *metric, const struct status *status)
{
	each_exchange(out, metric, status, received_of);
}

static void facts_own(FILE *out, const char *metric, const struct status *status)
{
	each_exchange(out, metric, status, own_of);
}

static void facts_refused(FILE *out, const char *metric, const struct status *status)
{
	each_exchange(out, metric, status, refused_of);
}

static void bad_packets(FILE *out, const char *metric, const struct status *status)
{
	each_exchange(out, metric, status, bad_of);
}

/* ---- Metrics of selectors ---- */

typedef uint64_t member_value(const struct status_member *member);

static void each_member(FILE *out, const char *metric, const struct status *status,
			member_value *value)
{
	vec_each (selector, &status->selectors) {
		vec_each (member, &selector->members) {
			const struct label labels[] = {
				{ "selector", selector->desired->name },
				{ "peer", member->peer->name },
				{ 0 },
			};

			sample_number(out, metric, status, labels, value(member));
		}
	}
}

static uint64_t is_active(const struct status_member *member)
{
	return member->state == MEMBER_ACTIVE;
}

static uint64_t strikes_of(const struct status_member *member)
{
	return member->strikes;
}

static void active(FILE *out, const char *metric, const struct status *status)
{
	each_member(out, metric, status, is_active);
}

static void strikes(FILE *out, const char *metric, const struct status *status)
{
	each_member(out, metric, status, strikes_of);
}

static void active_wanted(FILE *out, const char *metric, const struct status *status)
{
	vec_each (selector, &status->selectors) {
		const struct label labels[] = { { "selector", selector->desired->name }, { 0 } };

		sample_number(out, metric, status, labels, selector->desired->active);
	}
}

/* ---- Metrics of the instance ---- */

static void interface_up(FILE *out, const char *metric, const struct status *status)
{
	vec_each (interface, &status->interfaces) {
		const struct label labels[] = { { "interface", interface->name }, { 0 } };

		sample_number(out, metric, status, labels,
			      interface->in_kernel && interface->in_kernel->up);
	}
}

static void pending(FILE *out, const char *metric, const struct status *status)
{
	sample_number(out, metric, status, NULL, status->pending);
}

static void degraded(FILE *out, const char *metric, const struct status *status)
{
	sample_number(out, metric, status, NULL, status_is_degraded(status));
}

static const struct {
	const char *name;
	const char *type;
	const char *help;
	void (*print)(FILE *out, const char *metric, const struct status *status);
} metrics[] = {
	{ "wgreconcile_interface_up", "gauge", "Whether the interface exists and is up.",
	  interface_up },
	{ "wgreconcile_peer_latest_handshake_seconds", "gauge",
	  "Age of the peer's latest handshake; none without one.", handshakes },
	{ "wgreconcile_peer_receive_bytes_total", "counter", "Bytes received from the peer.",
	  received },
	{ "wgreconcile_peer_transmit_bytes_total", "counter", "Bytes sent to the peer.", sent },
	{ "wgreconcile_peer_allowed_ips", "gauge", "How many allowed IPs the peer has.",
	  allowed_ips },
	{ "wgreconcile_peer_direct", "gauge",
	  "Whether the peer has a direct link; of peers that facts are exchanged with.", direct },
	{ "wgreconcile_peer_healthy", "gauge",
	  "Whether the peer has a young session and answers; of the same peers.", healthy },
	{ "wgreconcile_peer_alive", "gauge",
	  "Whether the peer has reported that it is alive; of the same peers.", alive },
	{ "wgreconcile_peer_known_endpoints", "gauge",
	  "How many endpoints of the peer are known; of the same peers.", known_endpoints },
	{ "wgreconcile_facts_received", "gauge", "How many received facts are valid and used.",
	  facts_received },
	{ "wgreconcile_facts_own", "gauge", "How many facts this node reports itself.", facts_own },
	{ "wgreconcile_facts_refused", "gauge",
	  "How many received facts were refused and are not expired, 64 at most.", facts_refused },
	{ "wgreconcile_facts_bad_packets_total", "counter",
	  "Packets that were dropped: not authentic, not decodable, or repeated.", bad_packets },
	{ "wgreconcile_selector_active", "gauge",
	  "Whether the selector's peer works and carries traffic.", active },
	{ "wgreconcile_selector_active_wanted", "gauge",
	  "How many of the selector's peers are to carry traffic.", active_wanted },
	{ "wgreconcile_selector_strikes", "gauge",
	  "How many times in a row the selector's peer was left for a fault of its own.", strikes },
	{ "wgreconcile_pending_changes", "gauge", "Changes that apply would make now.", pending },
	{ "wgreconcile_degraded", "gauge", "Whether something desired does not work.", degraded },
};

static void status(struct printer *printer, const struct status *status)
{
	message_warnings(printer->err, status->warnings.at, status->warnings.n, status->arena);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		fprintf(printer->out, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name,
			metrics[i].help, metrics[i].name, metrics[i].type);
		metrics[i].print(printer->out, metrics[i].name, status);
	}
}

const struct output output_prometheus = {
	.name = "prometheus",
	.status = status,
};
