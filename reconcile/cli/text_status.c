/* SPDX-License-Identifier: MIT */
#include "text_status.h"

#include "base/cli/color.h"
#include "base/cli/message.h"
#include "core/recorded/liveness.h"
#include "text_facts.h"

/* Longer lists in a line only with -v. */
#define LIST_SHOWN 8

void text_title(struct printer *printer, const char *what, const char *sequence, const char *name)
{
	fprintf(printer->out, "%s%s%s: %s%s%s\n", color(printer, sequence), what,
		color(printer, PLAIN), color(printer, sequence), name, color(printer, PLAIN));
}

void text_line(struct printer *printer, const char *label, const char *format, ...)
{
	va_list args;

	fprintf(printer->out, "  %s%s%s: ", color(printer, BOLD), label, color(printer, PLAIN));
	va_start(args, format);
	vfprintf(printer->out, format, args);
	va_end(args);
	fputc('\n', printer->out);
}

static const char *ago(struct arena *arena, msec_t age)
{
	return age < MSEC_PER_SEC ? "now"
				  : arena_printf(arena, "%s ago", duration_human(arena, age));
}

/* ---- Interfaces and peers ---- */

static void print_interface(struct printer *printer, const struct status_interface *interface,
			    struct arena *arena)
{
	const struct observed_interface *in_kernel = interface->in_kernel;
	char key[KEY_TEXT_MAX];

	text_title(printer, "interface", GREEN, interface->name);
	if (!in_kernel) {
		text_line(printer, "state", "does not exist");
		return;
	}
	if (in_kernel->unreadable) {
		text_line(printer, "state", "%s", in_kernel->unreadable);
		return;
	}
	if (in_kernel->kind != LINK_WIREGUARD) {
		text_line(printer, "state", "not a WireGuard interface");
		return;
	}
	if (!in_kernel->up)
		text_line(printer, "state", "down");
	/* A userspace implementation reports only its private key. */
	if (!key_is_zero(&in_kernel->public_key))
		text_line(printer, "public key", "%s", key_text(&in_kernel->public_key, key));
	if (in_kernel->has_private_key)
		text_line(printer, "private key", "(hidden)");
	if (in_kernel->listen_port)
		text_line(printer, "listening port", "%u", in_kernel->listen_port);
	if (in_kernel->fwmark)
		text_line(printer, "fwmark", "0x%x", in_kernel->fwmark);
	if (interface->exchange)
		text_exchange(printer, interface->exchange, arena);
}

/* The number of n objects shown in a line, and the word for the others. */
static size_t shown_of(const struct printer *printer, size_t n)
{
	return !printer->verbose && n > LIST_SHOWN ? LIST_SHOWN : n;
}

static void print_hidden(struct printer *printer, size_t hidden, struct arena *arena)
{
	if (hidden)
		fprintf(printer->out, " and %s more", count_human(arena, hidden));
}

static void print_allowed_ips(struct printer *printer, const struct observed_peer *peer,
			      struct arena *arena)
{
	size_t shown = shown_of(printer, peer->allowed_ips.n);
	char text[PREFIX_TEXT_MAX];
	FILE *out = printer->out;

	fprintf(out, "  %sallowed ips%s: ", color(printer, BOLD), color(printer, PLAIN));
	for (size_t i = 0; i < shown; i++)
		fprintf(out, "%s%s", i ? ", " : "", prefix_text(&peer->allowed_ips.at[i], text));
	print_hidden(printer, peer->allowed_ips.n - shown, arena);
	fputs(peer->allowed_ips.n ? "\n" : "(none)\n", out);
}

static void print_peer(struct printer *printer, const struct status_peer *peer, struct arena *arena)
{
	const struct observed_peer *in_kernel = peer->in_kernel;
	char key[KEY_TEXT_MAX], endpoint[ENDPOINT_TEXT_MAX];

	key_text(&peer->public_key, key);
	fputc('\n', printer->out);
	text_title(printer, "peer", YELLOW, peer->name ? text_printable(arena, peer->name) : key);
	if (peer->name)
		text_line(printer, "public key", "%s", key);
	if (peer->selector)
		text_line(printer, "selector", "%s (%s)", text_printable(arena, peer->selector),
			  member_state_word(peer->state));
	if (peer->link)
		text_link(printer, peer->link, arena);
	if (!in_kernel) {
		text_line(printer, "state", "not on the interface");
		return;
	}
	if (!key_is_zero(&in_kernel->preshared_key))
		text_line(printer, "preshared key", "(hidden)");
	if (in_kernel->has_endpoint)
		text_line(printer, "endpoint", "%s", endpoint_text(&in_kernel->endpoint, endpoint));
	print_allowed_ips(printer, in_kernel, arena);
	if (peer->handshake_age != AGE_NONE)
		text_line(printer, "latest handshake", "%s", ago(arena, peer->handshake_age));
	if (in_kernel->rx_bytes || in_kernel->tx_bytes)
		text_line(printer, "transfer", "%s received, %s sent",
			  bytes_human(arena, in_kernel->rx_bytes),
			  bytes_human(arena, in_kernel->tx_bytes));
	if (in_kernel->persistent_keepalive)
		text_line(printer, "persistent keepalive", "every %u seconds",
			  in_kernel->persistent_keepalive);
}

/* ---- Selectors ---- */

static const char *state_color(const struct printer *printer, enum member_state state)
{
	switch (state) {
	case MEMBER_ACTIVE:
	case MEMBER_STANDBY:
	case MEMBER_CANDIDATE:
		return color(printer, GREEN);
	case MEMBER_TRYING:
		return color(printer, YELLOW);
	case MEMBER_LOST:
	case MEMBER_LEFT:
		return color(printer, RED);
	case MEMBER_DISABLED:
	case MEMBER_UNTRIED:
	case MEMBER_TRIED:
		break;
	}
	return "";
}

static const char *when(const struct status_member *member, struct arena *arena)
{
	if (member->since == AGE_NONE)
		return "";
	if (member->state == MEMBER_LEFT)
		return arena_printf(arena, " %s", ago(arena, member->since));
	return arena_printf(arena, " for %s", duration_human(arena, member->since));
}

static const char *role_text(const struct status_member *member)
{
	if (member->state != MEMBER_TRYING && member->state != MEMBER_LOST)
		return "";
	switch (member->role) {
	case SLOT_STANDBY:
		return " as standby";
	case SLOT_CANDIDATE:
		return " as candidate";
	case SLOT_ACTIVE:
		break;
	}
	return "";
}

static void print_member(struct printer *printer, const struct status_member *member,
			 struct arena *arena)
{
	char endpoint[ENDPOINT_TEXT_MAX];
	FILE *out = printer->out;

	fprintf(out, "  %s: %s%s%s%s%s", text_printable(arena, member->peer->name),
		state_color(printer, member->state), member_state_word(member->state),
		printer->color && state_color(printer, member->state)[0] ? PLAIN : "",
		role_text(member), when(member, arena));
	if (member->state == MEMBER_LEFT)
		fprintf(out, ", %s", left_reason_text(member->reason));
	if (member->in_slot && member->has_endpoint)
		fprintf(out, ", endpoint %s", endpoint_text(&member->endpoint, endpoint));
	if (member->in_slot && member->handshake_age != AGE_NONE)
		fprintf(out, ", latest handshake %s", ago(arena, member->handshake_age));
	if (member->probe_failures)
		fprintf(out, ", %u probes unanswered", member->probe_failures);
	if (member->strikes > 1)
		fprintf(out, ", failed %u times in a row", member->strikes);
	if (!member->in_slot && member->state == MEMBER_LEFT && !member->tried)
		fputs(", not yet tried again", out);
	fputc('\n', out);
}

static void print_next(struct printer *printer, const struct status_selector *selector,
		       struct arena *arena)
{
	size_t n = selector->next.n, shown = shown_of(printer, n);
	FILE *out = printer->out;

	if (!n)
		return;
	fprintf(out, "  %snext%s: %s", color(printer, BOLD), color(printer, PLAIN),
		n > 1 ? "one of " : "");
	for (size_t i = 0; i < shown; i++)
		fprintf(out, "%s%s", i ? ", " : "", text_printable(arena, selector->next.at[i]));
	print_hidden(printer, n - shown, arena);
	fputs(selector->next_round ? " (a new round)\n" : "\n", out);
}

static void print_selector(struct printer *printer, const struct status_selector *selector,
			   struct arena *arena)
{
	const struct desired_selector *desired = selector->desired;
	const char *name = arena_printf(arena, "%s (%s)", text_printable(arena, desired->name),
					desired->interface->name);

	fputc('\n', printer->out);
	text_title(printer, "selector", GREEN, name);
	text_line(printer, "strategy", "%s", strategy_word(desired->strategy));
	text_line(printer, "active", "%u of %u", selector->working, desired->active);
	vec_each (member, &selector->members)
		print_member(printer, member, arena);
	print_next(printer, selector, arena);
}

/* ---- Entry point ---- */

static void print_state(struct printer *printer, const struct status *status)
{
	fputc('\n', printer->out);
	if (status->pending)
		fprintf(printer->out, "pending changes: %zu\n", status->pending);
	if (!status_is_degraded(status)) {
		text_title(printer, "state", GREEN, "all that is desired works");
		return;
	}
	text_title(printer, "state", RED, "degraded");
	vec_each (reason, &status->reasons)
		fprintf(printer->out, "  %s\n", text_printable(status->arena, *reason));
}

void text_status(struct printer *printer, const struct status *status)
{
	message_warnings(printer->err, status->warnings.at, status->warnings.n, status->arena);
	vec_each (interface, &status->interfaces) {
		if (interface > status->interfaces.at)
			fputc('\n', printer->out);
		print_interface(printer, interface, status->arena);
		vec_each (peer, &interface->peers)
			print_peer(printer, peer, status->arena);
		if (interface->exchange && printer->facts)
			text_facts(printer, interface->name, interface->exchange, status->arena);
	}
	vec_each (selector, &status->selectors)
		print_selector(printer, selector, status->arena);
	print_state(printer, status);
}
