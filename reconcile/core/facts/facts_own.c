/* SPDX-License-Identifier: MIT */
/*
 * What a node knows itself: its own addresses, the peers of its file, and the state of its
 * peers in the kernel.
 */
#include "facts_parts.h"

#include "core/recorded/liveness.h"
#include "fact_member.h"

#include <fnmatch.h>

static void add(struct facts_step *step, const struct fact *fact)
{
	const struct facts_note *before = step->before ? facts_note_find(&step->before->own, fact)
						       : NULL;
	const struct facts_note note = {
		.fact = *fact,
		.expires = step->now + FACTS_TTL_MS,
		.since = before ? before->since : step->now,
	};

	step->facts->changed |= !before;
	*vec_push(step->facts->arena, &step->view->link->own.list) = note;
}

static void add_endpoint(struct facts_step *step, const struct wg_key *subject, const struct ip *ip,
			 uint16_t port)
{
	if (facts_endpoint_check(step->input->observed, step->view, ip, port) == FACTS_ACCEPTED)
		add(step, &(struct fact){ .attribute = ip->family == FAMILY_IPV4 ? FACT_ENDPOINT_V4
										 : FACT_ENDPOINT_V6,
					  .subject = *subject,
					  .endpoint = { .ip = *ip, .port = port } });
}

static void add_allowed_ip(struct facts_step *step, const struct wg_key *subject,
			   const struct prefix *prefix)
{
	if (ip_is_link_local(&prefix->ip))
		return;
	add(step,
	    &(struct fact){ .attribute = prefix->ip.family == FAMILY_IPV4 ? FACT_ALLOWED_IP_V4
									  : FACT_ALLOWED_IP_V6,
			    .subject = *subject,
			    .prefix = prefix_mask(*prefix) });
}

static void add_member(struct facts_step *step, const struct wg_key *subject, const char *name,
		       bool basic)
{
	const struct fact_member member = { .name = name, .has_basic = true, .basic = basic };

	add(step, &(struct fact){ .attribute = FACT_MEMBER_METADATA,
				  .subject = *subject,
				  .metadata = fact_member_encode(&member, step->facts->arena) });
}

/* ---- About this node ---- */

static bool matches(const char *const *patterns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

static bool is_reported(const struct desired_interface *interface, const char *link)
{
	const struct desired_facts *facts = &interface->facts;

	return strcmp(link, interface->name) != 0 &&
	       (!facts->report.n || matches(facts->report.at, facts->report.n, link)) &&
	       !matches(facts->hide.at, facts->hide.n, link);
}

static void about_this_node(struct facts_step *step)
{
	const struct facts_view *view = step->view;
	const struct desired_interface *interface = view->interface;

	vec_each (address, &step->input->observed->host_addresses) {
		if (address->up && is_reported(interface, address->link) && view->in_kernel)
			add_endpoint(step, &view->public_key, &address->prefix.ip,
				     view->in_kernel->listen_port);
		/* A router is the way to the networks of its interface. */
		if (view->router && strcmp(address->link, interface->name) == 0 &&
		    facts_is_unicast(&address->prefix.ip))
			add_allowed_ip(step, &view->public_key, &address->prefix);
	}
	if (interface->facts.name)
		add_member(step, &view->public_key, interface->facts.name, false);
}

/* ---- About peers ---- */

static void about_peer(struct facts_step *step, const struct facts_node *node)
{
	const struct facts_view *view = step->view;
	const struct now *now = &step->input->observed->now;
	const enum trust own = view->interface->facts.trust;
	msec_t age = handshake_age(step->samples, view->interface->name, &node->public_key, now);

	if (node->in_kernel && node->in_kernel->has_endpoint && age != AGE_NONE &&
	    age < SESSION_HEALTHY_MS)
		add_endpoint(step, &node->public_key, &node->in_kernel->endpoint.ip,
			     node->in_kernel->endpoint.port);
	if (node->declared)
		vec_each (prefix, &node->declared->allowed_ips)
			add_allowed_ip(step, &node->public_key, prefix);
	if (node->in_kernel && (view->router || own >= TRUST_ALLOWED_IPS))
		vec_each (prefix, &node->in_kernel->allowed_ips)
			add_allowed_ip(step, &node->public_key, prefix);
	if (node->declared)
		add_member(step, &node->public_key, node->name, node->basic);
	else if (view->router || own >= TRUST_MEMBERSHIP)
		add_member(step, &node->public_key, NULL, node->basic);
}

void facts_own(struct facts_step *step)
{
	if (step->before)
		vec_reserve(step->facts->arena, &step->view->link->own.list,
			    step->before->own.list.n + 1);
	about_this_node(step);
	vec_each (node, &step->view->peers)
		about_peer(step, node);
	facts_notes_tidy(&step->view->link->own);
	step->facts->changed |= !step->before ||
				step->before->own.list.n != step->view->link->own.list.n;
}
