/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include "facts_parts.h"

void facts_event(struct facts *facts, const char *interface, const char *peer, const char *text)
{
	*vec_push(facts->arena, &facts->events) = (struct facts_event){ interface, peer, text };
}

uint16_t facts_port(const struct desired_interface *interface,
		    const struct observed_interface *in_kernel)
{
	int32_t port = interface->listen_port;

	if (interface->facts.port)
		return interface->facts.port;
	if (port <= 0 && in_kernel)
		port = in_kernel->listen_port;
	return port > 0 && port < UINT16_MAX ? (uint16_t)(port + 1) : 0;
}

/* ---- Members ---- */

bool facts_is_settled(const struct facts_node *node, msec_t now)
{
	return node->notes->direct_since && now - node->notes->direct_since >= FACTS_SETTLED_MS &&
	       node->notes->alive_until - now > FACTS_SETTLED_LEAST_MS;
}

/* Peers that no file declares are removed only when a node that decides about members is
 * known to have said everything, and never by such a node itself. */
static void judge_removals(struct facts_step *step)
{
	struct facts_view *view = step->view;
	bool declared = false, settled = false;

	vec_each (node, &view->peers)
		declared |= node->declared && node->declared->trust >= TRUST_MEMBERSHIP;
	vec_each (node, &view->peers)
		settled |= facts_is_settled(node, step->now) &&
			   (declared ? node->trust >= TRUST_MEMBERSHIP : node->router);
	view->may_remove = settled && !view->router &&
			   view->interface->facts.trust < TRUST_MEMBERSHIP &&
			   step->now - view->link->since > FACTS_TTL_MS;
	view->may_remove_routers = view->may_remove && declared;
}

/* ---- The notes ---- */

static void link_begin(struct facts_step *step)
{
	struct facts_link *link = step->view->link;

	link->interface = step->view->interface->name;
	if (!step->before) {
		memcpy(link->boot_id, step->input->random, FACT_BOOT_ID_LENGTH);
		link->since = step->now;
		step->facts->changed = true;
		return;
	}
	memcpy(link->boot_id, step->before->boot_id, FACT_BOOT_ID_LENGTH);
	link->since = step->before->since;
	link->bad_packets = step->before->bad_packets;
	link->bad_reason = step->before->bad_reason;
	link->received = step->before->received;
	memcpy(&link->refused, &step->before->refused, sizeof(link->refused));
	memcpy(&link->nonces, &step->before->nonces, sizeof(link->nonces));
}

/* ---- One interface ---- */

static void sample_peers(struct facts_step *step, struct samples *samples)
{
	if (step->view->in_kernel)
		vec_each (peer, &step->view->in_kernel->peers)
			samples_add(samples, step->input->samples, step->view->interface->name,
				    peer, &step->input->observed->now);
	samples_finish(samples, step->input->samples, &step->input->observed->now, true);
	step->samples = samples;
}

static void step_interface(struct facts_step *step)
{
	struct samples samples;

	link_begin(step);
	facts_view_make(step);
	if (key_is_zero(&step->view->private_key) || key_is_zero(&step->view->public_key))
		return;
	samples_init(&samples, step->facts->arena);
	sample_peers(step, &samples);
	judge_removals(step);
	facts_receive(step);
	facts_health(step);
	facts_own(step);
	facts_additions(step);
}

void facts_step(struct facts *facts, struct arena *arena, const struct facts_input *input)
{
	const struct observed *observed = input->observed;
	/* Each run has a time of its own, so that what one run has sent is older than what the
	 * next one receives. */
	const msec_t now = observed->now.boot > input->before->at ? observed->now.boot
								  : input->before->at + 1;
	size_t at = 0;

	*facts = (struct facts){ .arena = arena };
	facts_store_init(&facts->store, arena);
	vec_each (interface, &input->desired->interfaces) {
		if (!interface->facts.enabled)
			continue;
		vec_push(arena, &facts->views)->interface = interface;
		vec_push(arena, &facts->store.links);
	}
	memcpy(facts->store.boot_id, observed->now.boot_id, sizeof(facts->store.boot_id));
	facts->store.at = input->before->at;
	facts->any = facts->views.n > 0;
	facts->changed = facts->views.n != input->before->links.n;
	/* No element moves any more. */
	vec_each (view, &facts->views) {
		struct facts_step step = {
			.facts = facts,
			.input = input,
			.view = view,
			.before = facts_link_find(input->before, view->interface->name),
			.now = now,
		};

		view->link = &facts->store.links.at[at++];
		view->in_kernel = observed_interface_find(observed, view->interface->name);
		step_interface(&step);
	}
	if (input->packets->list.n && now - input->before->at < FACTS_BURST_MS &&
	    input->before->burst < INT32_MAX)
		facts->store.burst = input->before->burst + 1;
	facts->store.at = now;
}
