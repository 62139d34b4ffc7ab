/* SPDX-License-Identifier: MIT */
/*
 * All traffic may be routed into the tunnel only if that does not capture the traffic that
 * the tunnel needs to start: queries for its endpoints' names, and clock synchronisation.
 */
#include "plan_parts.h"

#include "core/recorded/liveness.h"

bool plan_is_alive(const struct interface_plan *part, const struct observed_peer *peer)
{
	const struct now *now = &part->observed->now;
	msec_t age = handshake_age(&part->plan->samples, part->interface->name, &peer->public_key,
				   now);

	if (handshake_is_none(peer->handshake))
		return false;
	/* Without a sample the stamp is used, on the wall clock. */
	if (age == AGE_NONE)
		age = now->wall - peer->handshake.sec * MSEC_PER_SEC;
	return age < PEER_DEAD_AFTER_MS;
}

static const struct observed_peer *in_kernel(const struct interface_plan *part,
					     const struct desired_peer *peer)
{
	return part->in_kernel ? observed_peer_find(part->in_kernel, &peer->public_key) : NULL;
}

/* Whether a plain peer's name query is needed and unanswered. present: a route that would
 * capture the query is in the kernel. */
static bool is_asking(const struct interface_plan *part, const struct desired_peer *peer,
		      bool present)
{
	const struct observed_peer *there = in_kernel(part, peer);
	const struct observed_answer *answer;
	bool answered;

	if (!peer->endpoint || peer->endpoint_is_literal || (there && plan_is_alive(part, there)))
		return false;
	answer = observed_answer_find(part->observed, peer->endpoint);
	answered = answer && !answer->error && answer->addresses.n;
	if (!there || !there->has_endpoint)
		return !answered;
	if (answer && !answered)
		return true;
	/* Once removed it stays removed until the session is alive, by the peer's keepalives
	 * or by traffic. */
	return !present && !(answered && !peer->persistent_keepalive);
}

bool plan_lacks_endpoint(const struct interface_plan *part, const struct wanted_peer *wanted)
{
	const struct observed_peer *there = in_kernel(part, wanted->peer);
	const struct observed_answer *answer;

	if (wanted->placement || !wanted->peer->endpoint || wanted->peer->endpoint_is_literal ||
	    (there && there->has_endpoint))
		return false;
	answer = observed_answer_find(part->observed, wanted->peer->endpoint);
	return !answer || answer->error || !answer->addresses.n;
}

const struct desired_peer *plan_peer_asking(const struct interface_plan *part, bool present)
{
	vec_each (wanted, &part->wanted)
		if (!wanted->placement && is_asking(part, wanted->peer, present))
			return wanted->peer;
	return NULL;
}

/* Whether the address of one of the peers for all traffic is known; then the tunnel can
 * start, and carries the queries, too. */
static bool is_asking_for_all(const struct interface_plan *part, bool present)
{
	bool any = false;

	vec_each (owner, &part->owners) {
		const struct wanted_peer *wanted = owner->owner;

		if (!plan_is_default(&owner->prefix))
			continue;
		if (wanted->placement || !is_asking(part, wanted->peer, present))
			return false;
		any = true;
	}
	if (any)
		return true;
	/* A selector without any member in the kernel: no name was resolved. */
	return plan_closes(part->desired, part->interface, FAMILY_IPV4) ||
	       plan_closes(part->desired, part->interface, FAMILY_IPV6);
}

bool plan_all_traffic_waits(struct interface_plan *part, bool present)
{
	if (part->plan->clock_waits)
		return true;
	return part->observed->forwarder && is_asking_for_all(part, present);
}

/* With its own servers the synchroniser bypasses the tunnel by rules, see run_time.c. */
bool plan_rules_wait(struct interface_plan *part, bool present)
{
	if (part->plan->clock_waits && !part->desired->time.servers.n)
		return true;
	return part->observed->forwarder && is_asking_for_all(part, present);
}
