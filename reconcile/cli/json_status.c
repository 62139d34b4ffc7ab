/* SPDX-License-Identifier: MIT */
#include "json_status.h"

#include "base/json.h"
#include "json_facts.h"

#define JSON_VERSION 1

/* ---- Interfaces ---- */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static void put_kernel_peer(json_t *object, const struct observed_peer *peer)
{
	if (peer->has_endpoint)
		json_put(object, "endpoint", json_endpoint(&peer->endpoint));
	json_put(object, "receive_bytes", number(peer->rx_bytes));
	json_put(object, "transmit_bytes", number(peer->tx_bytes));
	json_put(object, "persistent_keepalive", number(peer->persistent_keepalive));
	json_put(object, "preshared_key", json_boolean(!key_is_zero(&peer->preshared_key)));
}

static json_t *peer_object(const struct status_peer *peer, struct arena *scratch)
{
	json_t *object = json_object();

	json_put(object, "name", json_text(peer->name, scratch));
	json_put(object, "public_key", json_key(&peer->public_key));
	if (peer->selector) {
		json_put(object, "selector", json_text(peer->selector, scratch));
		json_put(object, "state", json_string(member_state_word(peer->state)));
	}
	json_put(object, "exists", json_boolean(peer->in_kernel));
	json_put(object, "latest_handshake", json_seconds(peer->handshake_age));
	if (peer->in_kernel)
		put_kernel_peer(object, peer->in_kernel);
	if (peer->link)
		json_put(object, "facts", json_link(peer->link, scratch));
	return object;
}

static void print_peer(FILE *out, const struct status_peer *peer, struct arena *scratch)
{
	const struct observed_peer *in_kernel = peer->in_kernel;

	json_print_open(out, peer_object(peer, scratch));
	if (in_kernel)
		json_print_prefixes(out, "allowed_ips", in_kernel->allowed_ips.at,
				    in_kernel->allowed_ips.n);
	fputc('}', out);
}

static json_t *interface_object(const struct status_interface *interface, struct arena *scratch)
{
	const struct observed_interface *in_kernel = interface->in_kernel;
	json_t *object = json_object();

	json_put(object, "name", json_text(interface->name, scratch));
	json_put(object, "exists", json_boolean(in_kernel));
	json_put(object, "wireguard", json_boolean(in_kernel && in_kernel->kind == LINK_WIREGUARD));
	json_put(object, "up", json_boolean(in_kernel && in_kernel->up));
	if (in_kernel && in_kernel->kind == LINK_WIREGUARD) {
		if (!key_is_zero(&in_kernel->public_key))
			json_put(object, "public_key", json_key(&in_kernel->public_key));
		json_put(object, "listen_port", number(in_kernel->listen_port));
		json_put(object, "fwmark", number(in_kernel->fwmark));
		json_put(object, "mtu", number(in_kernel->mtu));
	}
	return object;
}

static void print_interface(FILE *out, const struct status_interface *interface,
			    struct arena *scratch)
{
	json_print_open(out, interface_object(interface, scratch));
	fputs(", \"peers\": [", out);
	vec_each (peer, &interface->peers) {
		if (peer > interface->peers.at)
			fputs(", ", out);
		print_peer(out, peer, scratch);
	}
	fputs("]", out);
	if (interface->exchange)
		json_exchange(out, interface->exchange, scratch);
	fputs("}", out);
}

/* ---- Selectors ---- */

static json_t *member_object(const struct status_member *member, struct arena *scratch)
{
	json_t *object = json_object();

	json_put(object, "name", json_text(member->peer->name, scratch));
	json_put(object, "public_key", json_key(&member->peer->public_key));
	json_put(object, "enabled", json_boolean(member->peer->enabled));
	json_put(object, "state", json_string(member_state_word(member->state)));
	if (member->in_slot)
		json_put(object, "role", json_string(slot_role_word(member->role)));
	if (member->state == MEMBER_LEFT)
		json_put(object, "reason", json_string(left_reason_word(member->reason)));
	json_put(object, "since", json_seconds(member->since));
	json_put(object, "established", json_seconds(member->established));
	if (member->has_endpoint)
		json_put(object, "endpoint", json_endpoint(&member->endpoint));
	json_put(object, "latest_handshake", json_seconds(member->handshake_age));
	json_put(object, "probe_failures", number(member->probe_failures));
	json_put(object, "strikes", number(member->strikes));
	json_put(object, "tried", json_boolean(member->tried));
	return object;
}

static json_t *selector_object(const struct status_selector *selector, struct arena *scratch)
{
	const struct desired_selector *desired = selector->desired;
	json_t *object = json_object(), *members = json_array();

	json_put(object, "name", json_text(desired->name, scratch));
	json_put(object, "interface", json_text(desired->interface->name, scratch));
	json_put(object, "strategy", json_string(strategy_word(desired->strategy)));
	json_put(object, "active_wanted", number(desired->active));
	json_put(object, "active", number(selector->working));
	vec_each (member, &selector->members)
		json_add(members, member_object(member, scratch));
	json_put(object, "members", members);
	json_put(object, "next", json_texts(selector->next.at, selector->next.n, scratch));
	json_put(object, "next_round", json_boolean(selector->next_round));
	return object;
}

/* ---- Entry point ---- */

static json_t *summary_object(const struct status *status)
{
	struct arena *scratch = status->arena;
	json_t *object = json_object();

	json_put(object, "version", json_integer(JSON_VERSION));
	json_put(object, "instance", json_text(status->instance, scratch));
	json_put(object, "pending_changes", number(status->pending));
	json_put(object, "degraded", json_boolean(status_is_degraded(status)));
	json_put(object, "reasons", json_texts(status->reasons.at, status->reasons.n, scratch));
	json_put(object, "warnings", json_texts(status->warnings.at, status->warnings.n, scratch));
	return object;
}

/* Piece by piece, because there may be a million allowed IPs. */
void json_status(struct printer *printer, const struct status *status)
{
	struct arena *scratch = status->arena;
	FILE *out = printer->out;

	json_print_open(out, summary_object(status));
	fputs(", \"interfaces\": [", out);
	vec_each (interface, &status->interfaces) {
		if (interface > status->interfaces.at)
			fputs(", ", out);
		print_interface(out, interface, scratch);
	}
	fputs("], \"selectors\": [", out);
	vec_each (selector, &status->selectors) {
		if (selector > status->selectors.at)
			fputs(", ", out);
		json_print(out, selector_object(selector, scratch));
	}
	fputs("]}\n", out);
}
