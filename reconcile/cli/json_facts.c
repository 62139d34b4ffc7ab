/* SPDX-License-Identifier: MIT */
#include "json_facts.h"

#include "base/json.h"
#include "core/facts/fact_member.h"

/* ---- A peer ---- */

static json_t *endpoint_object(const struct status_endpoint *endpoint, struct arena *scratch)
{
	json_t *object = json_object();

	json_put(object, "endpoint", json_text(endpoint->text, scratch));
	json_put(object, "origin", json_text(endpoint->origin, scratch));
	json_put(object, "expires", json_seconds(endpoint->left));
	json_put(object, "near", json_boolean(endpoint->near));
	json_put(object, "in_use", json_boolean(endpoint->in_use));
	return object;
}

json_t *json_link(const struct status_link *link, struct arena *scratch)
{
	json_t *object = json_object(), *endpoints = json_array();

	json_put(object, "direct", json_boolean(link->direct));
	json_put(object, "by", json_text(link->router, scratch));
	json_put(object, "router", json_boolean(link->is_router));
	json_put(object, "basic", json_boolean(link->basic));
	json_put(object, "healthy", json_boolean(link->healthy));
	json_put(object, "alive", json_boolean(link->alive));
	json_put(object, "alive_for", json_seconds(link->alive_left));
	json_put_text(object, "trust", trust_word(link->trust), scratch);
	json_put_text(object, "trust_reason", link->trust_reason, scratch);
	if (link->origin) {
		json_put(object, "origin", json_text(link->origin, scratch));
		json_put(object, "expires", json_seconds(link->origin_left));
	}
	vec_each (endpoint, &link->endpoints)
		json_add(endpoints, endpoint_object(endpoint, scratch));
	json_put(object, "endpoints", endpoints);
	json_put(object, "trying", json_boolean(link->trying));
	return object;
}

/* ---- An interface ---- */

static void put_basic(json_t *object, const struct fact *fact, struct arena *scratch)
{
	struct fact_member member;

	if (fact->attribute == FACT_MEMBER_METADATA &&
	    fact_member_decode(fact->metadata, &member, scratch) && member.has_basic)
		json_put(object, "basic", json_boolean(member.basic));
}

static json_t *fact_object(const struct status_exchange *exchange, const struct status_fact *fact,
			   struct arena *scratch)
{
	const struct facts_note *note = fact->note;
	json_t *object = json_object();

	json_put(object, "subject", json_text(fact->subject, scratch));
	json_put(object, "subject_public_key", json_key(&note->fact.subject));
	json_put(object, "kind", json_string(status_fact_kind(fact)));
	json_put(object, "value", json_text(status_fact_value(fact, scratch), scratch));
	put_basic(object, &note->fact, scratch);
	if (!key_is_zero(&note->source)) {
		json_put(object, "source", json_text(fact->source, scratch));
		json_put(object, "source_public_key", json_key(&note->source));
		json_put(object, "accepted", json_boolean(note->verdict == FACTS_ACCEPTED));
		json_put(object, "reason",
			 json_text(status_fact_reason(exchange, fact, scratch), scratch));
		json_put(object, "expires", json_seconds(fact->left));
	}
	return object;
}

/* One by one: there may be many. */
static void print_facts(FILE *out, const char *name, const struct status_exchange *exchange,
			const struct status_fact_list *facts)
{
	struct arena *scratch = arena_new();

	fprintf(out, ", \"%s\": [", name);
	vec_each (fact, &facts->list) {
		if (fact > facts->list.at)
			fputs(", ", out);
		json_print(out, fact_object(exchange, fact, scratch));
		arena_reset(scratch);
	}
	fputs("]", out);
	arena_free(scratch);
}

void json_exchange(FILE *out, const struct status_exchange *exchange, struct arena *scratch)
{
	json_t *object = json_object();

	json_put(object, "router", json_boolean(exchange->view->router));
	json_put(object, "bad_packets", json_integer((json_int_t)exchange->bad_packets));
	json_put_text(object, "bad_reason", exchange->bad_reason, scratch);
	fputs(", \"facts\": ", out);
	json_print_open(out, object);
	print_facts(out, "received", exchange, &exchange->received);
	print_facts(out, "own", exchange, &exchange->own);
	print_facts(out, "refused", exchange, &exchange->refused);
	fputs("}", out);
}
