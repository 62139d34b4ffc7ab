/* SPDX-License-Identifier: MIT */
/*
 * Trust: which source may report which fact. The three tables below are the whole of it.
 */
#include "facts_parts.h"

/* What a fact about a known peer needs. A fact about an unknown subject needs at least
 * membership: it would add a peer. */
static const struct {
	enum fact_attribute attribute;
	enum trust needed;
} table_of_facts[] = {
	{ FACT_ENDPOINT_V4, TRUST_ENDPOINT },
	{ FACT_ENDPOINT_V6, TRUST_ENDPOINT },
	{ FACT_ALLOWED_IP_V4, TRUST_ALLOWED_IPS },
	{ FACT_ALLOWED_IP_V6, TRUST_ALLOWED_IPS },
	{ FACT_MEMBER, TRUST_MEMBERSHIP },
	{ FACT_MEMBER_METADATA, TRUST_MEMBERSHIP },
	/* Of the sender itself only, see facts_receive. */
	{ FACT_ALIVE, TRUST_UNTRUSTED },
};

/* The trust of a source. The first line that applies counts. */
enum applies {
	APPLIES_DECLARED, /* the file declares the trust of this peer */
	APPLIES_ROUTER, /* the file declares no trust at all, and this peer is a router */
	APPLIES_ALWAYS,
};

static const struct {
	enum applies applies;
	enum trust trust; /* TRUST_UNSET: as declared */
	const char *reason;
} table_of_sources[] = {
	{ APPLIES_DECLARED, TRUST_UNSET, "declared" },
	{ APPLIES_ROUTER, TRUST_MEMBERSHIP, "a router, and no trust is declared" },
	{ APPLIES_ALWAYS, TRUST_ENDPOINT, "the default" },
};

static const char *const trust_words[] = {
	[TRUST_UNSET] = "unset",	   [TRUST_UNTRUSTED] = "untrusted",
	[TRUST_ENDPOINT] = "endpoint",	   [TRUST_ALLOWED_IPS] = "allowed_ips",
	[TRUST_MEMBERSHIP] = "membership", [TRUST_DELEGATE] = "delegate",
};

enum trust facts_needed(enum fact_attribute attribute, bool known)
{
	enum trust needed = TRUST_MEMBERSHIP;

	for (size_t i = 0; i < sizeof(table_of_facts) / sizeof(*table_of_facts); i++)
		if (table_of_facts[i].attribute == attribute)
			needed = table_of_facts[i].needed;
	return !known && needed < TRUST_MEMBERSHIP ? TRUST_MEMBERSHIP : needed;
}

static bool any_declared(const struct facts_view *view)
{
	if (view->interface->facts.trust != TRUST_UNSET)
		return true;
	vec_each (node, &view->peers)
		if (node->declared && node->declared->trust != TRUST_UNSET)
			return true;
	return false;
}

static bool applies(enum applies line, const struct facts_node *node, bool any)
{
	switch (line) {
	case APPLIES_DECLARED:
		return node->declared && node->declared->trust != TRUST_UNSET;
	case APPLIES_ROUTER:
		return !any && node->router;
	case APPLIES_ALWAYS:
		break;
	}
	return true;
}

static void set_trust(struct facts_node *node, bool any)
{
	for (size_t i = 0; i < sizeof(table_of_sources) / sizeof(*table_of_sources); i++) {
		if (!applies(table_of_sources[i].applies, node, any))
			continue;
		node->trust = table_of_sources[i].trust;
		if (node->trust == TRUST_UNSET)
			node->trust = node->declared->trust;
		node->trust_reason = table_of_sources[i].reason;
		return;
	}
}

void facts_trust_levels(struct facts_view *view)
{
	const bool any = any_declared(view);

	vec_each (node, &view->peers)
		set_trust(node, any);
}

enum facts_verdict facts_judge(const struct facts_view *view, const struct fact *fact,
			       const struct wg_key *source)
{
	const struct facts_node *from = facts_node_find(view, source);
	const bool known = facts_node_find(view, &fact->subject);
	const enum trust trust = from ? from->trust : TRUST_UNTRUSTED;

	if (key_compare(&fact->subject, &view->public_key) == 0)
		return FACTS_ABOUT_THIS_NODE;
	if (trust >= facts_needed(fact->attribute, known))
		return FACTS_ACCEPTED;
	return !known && trust >= facts_needed(fact->attribute, true) ? FACTS_UNKNOWN_SUBJECT
								      : FACTS_NO_TRUST;
}

const char *facts_verdict_text(const struct facts_view *view, const struct facts_note *note,
			       struct arena *arena)
{
	const struct facts_node *from = facts_node_find(view, &note->source);
	const char *trust = trust_words[from ? from->trust : TRUST_UNTRUSTED];
	const char *reason = from ? from->trust_reason : "no peer any more";
	const bool known = facts_node_find(view, &note->fact.subject);

	switch (note->verdict) {
	case FACTS_ACCEPTED:
		return arena_printf(arena, "trust %s (%s)", trust, reason);
	case FACTS_NO_TRUST:
		return arena_printf(arena, "needs trust %s, has %s (%s)",
				    trust_words[facts_needed(note->fact.attribute, known)], trust,
				    reason);
	case FACTS_UNKNOWN_SUBJECT:
		return arena_printf(arena,
				    "about no peer of this interface: needs trust membership, "
				    "has %s (%s)",
				    trust, reason);
	case FACTS_ABOUT_THIS_NODE:
		return "about this node";
	case FACTS_BAD_ADDRESS:
		return "no peer can have this endpoint";
	case FACTS_IN_TUNNEL:
		return "the endpoint lies inside the tunnel";
	case FACTS_TOO_MANY:
		break;
	}
	return "too many facts from this source";
}
