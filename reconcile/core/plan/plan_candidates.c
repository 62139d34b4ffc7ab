/* SPDX-License-Identifier: MIT */
/*
 * The endpoint of a plain peer that has several: declared ones, and those that other nodes
 * report. While its session is dead they are set one after the other, in one fixed order and
 * in a circle, so that the one that is set next is the one that was set longest ago.
 */
#include "core/recorded/liveness.h"
#include "plan_parts.h"

#include <stdlib.h>

/* With facts, whose packets begin a handshake at once. It may fail because both ends begin one
 * at the same time, and the second attempt, after REKEY_TIMEOUT and a jitter of up to 334 ms
 * (drivers/net/wireguard/timers.c), belongs to the same trial. */
#define FACTS_TRIAL_MS (REKEY_TIMEOUT_MS + 1000)

struct choice {
	struct endpoint address;
	bool near;
	bool of_name;
	size_t place; /* in the order of the declarations */
};

struct choices {
	VEC(struct choice) list;
	bool names; /* some of the endpoints are names ... */
	bool due; /* ... which may be queried now */
	bool asked; /* a name was queried: the plan is made again */
};

/* Those in a network of this machine first, addresses of names last. */
static int compare_choices(const void *a_, const void *b_)
{
	const struct choice *a = a_, *b = b_;

	if (a->near != b->near)
		return a->near ? -1 : 1;
	if (a->of_name != b->of_name)
		return a->of_name ? 1 : -1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static void add(struct interface_plan *part, struct choices *choices,
		const struct endpoint *address, bool near, bool of_name)
{
	vec_each (choice, &choices->list)
		if (endpoint_equal(&choice->address, address))
			return;
	*vec_push(part->plan->arena, &choices->list) = (struct choice){ *address, near, of_name,
									choices->list.n };
}

static void add_name(struct interface_plan *part, struct choices *choices, const char *endpoint)
{
	const struct observed_answer *answer = observed_answer_find(part->observed, endpoint);

	if (answer)
		vec_each (address, &answer->addresses)
			add(part, choices, address, false, true);
	if (answer || !choices->due || part->observed->out_of_time)
		return;
	*vec_push(part->plan->arena,
		  &part->plan->queries.names) = (struct query_name){ endpoint,
								     part->interface->name };
	choices->asked = true;
}

static bool has_names(const struct desired_peer *peer)
{
	vec_each (candidate, &peer->candidates)
		if (!candidate->is_literal)
			return true;
	return peer->endpoint && !peer->endpoint_is_literal;
}

/* At most one query for names of dead peers in NAMES_EVERY_MS. */
static bool names_are_due(struct interface_plan *part)
{
	const struct now *now = &part->observed->now;
	msec_t asked = part->last_samples->names_at;

	if (samples_gap(part->last_samples, now) && asked && now->boot - asked < NAMES_EVERY_MS)
		return false;
	part->plan->samples.names_at = now->boot;
	return true;
}

static void collect(struct interface_plan *part, const struct desired_peer *peer,
		    struct choices *choices)
{
	choices->names = has_names(peer);
	choices->due = choices->names && names_are_due(part);
	if (peer->endpoint && peer->endpoint_is_literal)
		add(part, choices, &peer->endpoint_address, false, false);
	else if (peer->endpoint)
		add_name(part, choices, peer->endpoint);
	vec_each (candidate, &peer->candidates) {
		if (candidate->declared.expires &&
		    candidate->declared.expires <= part->observed->now.boot)
			continue;
		if (candidate->is_literal)
			add(part, choices, &candidate->address, candidate->near, false);
		else
			add_name(part, choices, candidate->text);
	}
	if (choices->list.n > 1)
		qsort(choices->list.at, choices->list.n, sizeof(*choices->list.at),
		      compare_choices);
}

static size_t first_of_name(const struct choices *choices)
{
	size_t i = 0;

	while (i < choices->list.n && !choices->list.at[i].of_name)
		i++;
	return i;
}

/* The one after the endpoint in use, the first if that is none of them. Names have their turn
 * when they are queried, and the endpoint in use stays if it may be an address of one. */
static const struct endpoint *next_of(const struct choices *choices, const struct endpoint *in_use)
{
	size_t at = 0, name = first_of_name(choices);

	while (at < choices->list.n &&
	       !(in_use && endpoint_equal(&choices->list.at[at].address, in_use)))
		at++;
	if (at == choices->list.n && in_use && choices->names && !choices->due)
		return in_use;
	if (at < name && name < choices->list.n)
		return &choices->list.at[name].address;
	return &choices->list.at[at < choices->list.n ? (at + 1) % choices->list.n : 0].address;
}

/* Facts are sent every 30 s at least, so that silence says something. */
static bool is_dead(struct interface_plan *part, const struct observed_peer *in_kernel)
{
	if (!part->interface->facts.enabled)
		return !plan_is_alive(part, in_kernel);
	return !session_is_healthy(&part->plan->samples, part->interface->name, in_kernel,
				   &part->observed->now);
}

/* Whether to set another endpoint than the kernel's. */
static bool is_due(struct interface_plan *part, const struct desired_peer *peer,
		   const struct observed_peer *in_kernel)
{
	const struct now *now = &part->observed->now;
	const msec_t trial = part->interface->facts.enabled ? FACTS_TRIAL_MS : ENDPOINT_TRIAL_MS;
	struct sample *sample = sample_find(&part->plan->samples, part->interface->name,
					    &peer->public_key);

	if (!sample || !is_dead(part, in_kernel))
		return false;
	if (sample->tried_at && now->boot - sample->tried_at < trial)
		return false;
	/* The endpoint in use has had its trial only if it was set by an earlier run. */
	if (!sample->tried_at && in_kernel->has_endpoint) {
		sample->tried_at = now->boot;
		part->plan->samples_changed = true;
		return false;
	}
	return true;
}

const struct endpoint *plan_candidate(struct interface_plan *part, const struct desired_peer *peer,
				      const struct observed_peer *in_kernel, const char **reason)
{
	const struct endpoint *in_use = in_kernel && in_kernel->has_endpoint ? &in_kernel->endpoint
									     : NULL;
	struct choices *choices;
	const struct endpoint *chosen;
	struct sample *sample;

	if (in_kernel && !is_due(part, peer, in_kernel))
		return NULL;
	choices = arena_alloc(part->plan->arena, sizeof(*choices));
	collect(part, peer, choices);
	if (!choices->list.n || choices->asked)
		return NULL;
	chosen = next_of(choices, in_use);
	sample = sample_find(&part->plan->samples, part->interface->name, &peer->public_key);
	if (sample) {
		sample->tried_at = part->observed->now.boot;
		part->plan->samples_changed = true;
	}
	if (in_use && endpoint_equal(chosen, in_use))
		return NULL;
	if (in_use)
		*reason = "its session is dead";
	return chosen;
}
