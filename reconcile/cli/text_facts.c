/* SPDX-License-Identifier: MIT */
#include "text_facts.h"

#include "base/cli/color.h"
#include "text_status.h"

/* ---- A peer ---- */

static const char *way_text(const struct status_link *link, struct arena *arena)
{
	if (link->direct)
		return "direct";
	if (link->router)
		return arena_printf(arena, "by %s", text_printable(arena, link->router));
	return "none";
}

/* ", 3 m left" */
static const char *left_text(msec_t left, struct arena *arena)
{
	if (left == AGE_NONE)
		return "";
	return left ? arena_printf(arena, ", %s left", duration_human(arena, left)) : ", expired";
}

static void print_endpoint(struct printer *printer, const struct status_link *link,
			   const struct status_endpoint *endpoint, struct arena *arena)
{
	fprintf(printer->out, "    %s: %s%s%s%s\n", text_printable(arena, endpoint->text),
		text_printable(arena, endpoint->origin), left_text(endpoint->left, arena),
		endpoint->near ? ", near" : "",
		!endpoint->in_use ? ""
		: link->trying	  ? ", is tried"
				  : ", in use");
}

static void print_endpoints(struct printer *printer, const struct status_link *link,
			    struct arena *arena)
{
	const char *tried = "";

	vec_each (endpoint, &link->endpoints)
		if (link->trying && endpoint->in_use)
			tried = arena_printf(arena, ", %s is tried",
					     text_printable(arena, endpoint->text));
	text_line(printer, "known endpoints", "%zu%s", link->endpoints.n, tried);
	if (printer->verbose)
		vec_each (endpoint, &link->endpoints)
			print_endpoint(printer, link, endpoint, arena);
}

void text_link(struct printer *printer, const struct status_link *link, struct arena *arena)
{
	if (link->origin)
		text_line(printer, "origin", "%s%s", text_printable(arena, link->origin),
			  link->origin_left ? left_text(link->origin_left, arena)
					    : ", expired and kept");
	text_line(printer, "link", "%s, %s%s%s", way_text(link, arena), status_link_word(link),
		  link->is_router ? ", a router" : "", link->basic ? ", without facts" : "");
	if (printer->verbose && link->trust_reason)
		text_line(printer, "trust", "%s (%s)", trust_word(link->trust), link->trust_reason);
	print_endpoints(printer, link, arena);
}

/* ---- An interface ---- */

void text_exchange(struct printer *printer, const struct status_exchange *exchange,
		   struct arena *arena)
{
	const char *bad = "";

	if (exchange->bad_packets)
		bad = arena_printf(
			arena, ", %s bad packets (the latest: %s)",
			count_human(arena, exchange->bad_packets),
			text_printable(arena, exchange->bad_reason ? exchange->bad_reason : "?"));
	text_line(printer, "facts", "%s received, %s own, %s refused%s%s",
		  count_human(arena, exchange->received.list.n),
		  count_human(arena, exchange->own.list.n),
		  count_human(arena, exchange->refused.list.n), bad,
		  exchange->view->router ? "; this node is a router" : "");
}

static const char *name_or_key(const char *name, const struct wg_key *key, struct arena *arena)
{
	char text[KEY_TEXT_MAX];

	return name ? text_printable(arena, name) : arena_strdup(arena, key_text(key, text));
}

static void print_fact(struct printer *printer, const struct status_exchange *exchange,
		       const struct status_fact *fact, struct arena *arena)
{
	const struct facts_note *note = fact->note;
	const bool accepted = note->verdict == FACTS_ACCEPTED;

	fprintf(printer->out, "  %s: %s", name_or_key(fact->subject, &note->fact.subject, arena),
		text_printable(arena, fact_text(&note->fact, arena)));
	if (!key_is_zero(&note->source))
		fprintf(printer->out, ", from %s%s, %s%s%s: %s",
			name_or_key(fact->source, &note->source, arena),
			left_text(fact->left, arena), color(printer, accepted ? GREEN : RED),
			accepted ? "accepted" : "refused", color(printer, PLAIN),
			text_printable(arena, status_fact_reason(exchange, fact, arena)));
	fputc('\n', printer->out);
}

static void print_list(struct printer *printer, const char *title,
		       const struct status_exchange *exchange, const struct status_fact_list *facts)
{
	struct arena *arena;

	if (!facts->list.n)
		return;
	arena = arena_new();
	fputc('\n', printer->out);
	text_title(printer, "facts", GREEN, title);
	vec_each (fact, &facts->list) {
		print_fact(printer, exchange, fact, arena);
		arena_reset(arena);
	}
	arena_free(arena);
}

void text_facts(struct printer *printer, const char *interface,
		const struct status_exchange *exchange, struct arena *arena)
{
	print_list(printer, arena_printf(arena, "received (%s)", interface), exchange,
		   &exchange->received);
	print_list(printer, arena_printf(arena, "own (%s)", interface), exchange, &exchange->own);
	print_list(printer, arena_printf(arena, "refused (%s)", interface), exchange,
		   &exchange->refused);
}
