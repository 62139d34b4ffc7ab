/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "base/hash.h"
#include "core/recorded/liveness.h"
#include "core/select/select.h"
#include "plan_parts.h"

void plan_event(struct plan *plan, enum event_kind kind, const char *interface,
		const char *selector, const char *peer, const char *text)
{
	struct event *event = event_add(&plan->events, kind);

	event->interface = interface;
	event->selector = selector;
	event->peer = peer;
	event->text = text;
}

struct change *plan_part_change(const struct interface_plan *part, enum change_kind kind)
{
	struct change *change = change_add(&part->plan->changes, kind, part->interface->name);

	change->desired = part->interface;
	return change;
}

/* ---- Samples of the peers ---- */

static void sample_members(struct plan *plan, const struct samples *last,
			   const struct desired_selector *selector,
			   const struct observed_interface *in_kernel, const struct now *now)
{
	vec_each (peer, &selector->peers) {
		const struct observed_peer *there = observed_peer_find(in_kernel,
								       &peer->public_key);

		if (there)
			samples_add(&plan->samples, last, selector->interface->name, there, now);
	}
}

/* Whether the endpoint of a plain peer in the kernel may have to be set again. */
static bool may_be_set_again(const struct desired_interface *interface,
			     const struct desired_peer *peer, const struct observed_peer *there)
{
	if (interface->facts.enabled || peer->candidates.n)
		return true;
	return peer->endpoint && !(peer->endpoint_is_literal && there->has_endpoint &&
				   endpoint_equal(&there->endpoint, &peer->endpoint_address));
}

static void sample_plain(struct plan *plan, const struct samples *last,
			 const struct desired_interface *interface,
			 const struct observed_interface *in_kernel, const struct now *now)
{
	vec_each (peer, &interface->peers) {
		const struct observed_peer *there;

		if (!peer->enabled)
			continue;
		there = observed_peer_find(in_kernel, &peer->public_key);
		if (there && may_be_set_again(interface, peer, there))
			samples_add(&plan->samples, last, interface->name, there, now);
	}
}

static void sample_all(struct plan *plan, const struct plan_input *input)
{
	const struct desired *desired = input->desired;
	const struct observed *observed = input->observed;
	const struct samples *last = input->samples;
	bool with_counters = false;

	plan->samples.names_at = last->names_at;
	vec_each (interface, &desired->interfaces) {
		const struct observed_interface *in_kernel = observed_interface_find(
			observed, interface->name);

		if (!in_kernel)
			continue;
		with_counters |= interface->facts.enabled;
		sample_plain(plan, last, interface, in_kernel, &observed->now);
	}
	vec_each (selector, &desired->selectors) {
		const struct observed_interface *in_kernel = observed_interface_find(
			observed, selector->interface->name);

		if (!in_kernel)
			continue;
		with_counters = true;
		sample_members(plan, last, selector, in_kernel, &observed->now);
	}
	plan->samples_changed = samples_finish(&plan->samples, last, &observed->now, with_counters);
}

/* ---- The clock ---- */

static bool any_session(const struct plan *plan, const struct observed *observed)
{
	vec_each (selector, &plan->recorded.selectors)
		if (select_count(selector, SLOT_ACTIVE, SLOT_ESTABLISHED))
			return true;
	vec_each (interface, &observed->interfaces)
		vec_each (peer, &interface->peers)
			if (!handshake_is_none(peer->handshake))
				return true;
	return false;
}

static void answer_time(struct plan *plan, const struct observed *observed)
{
	const char *error = observed->time_error;

	plan->recorded.time_attempt = observed->now.boot;
	plan->recorded.time_done = !error;
	plan_event(plan, EVENT_TIME, NULL, NULL, NULL,
		   error ? arena_printf(plan->arena,
					"clock not synchronised: %s; connecting all the same",
					error)
			 : "clock synchronised before the first connection");
}

/* Timestamps of WireGuard handshakes must increase: a peer refuses a machine that booted
 * with an old clock. */
static void plan_time(struct plan *plan, const struct desired *desired,
		      const struct observed *observed)
{
	const struct recorded *recorded = &plan->recorded;

	if (observed->time_answered) {
		answer_time(plan, observed);
		return;
	}
	if (!desired->time.enabled || observed->clock_synchronised || recorded->time_done ||
	    observed->out_of_time || any_session(plan, observed))
		return;
	if (recorded->time_attempt &&
	    observed->now.boot - recorded->time_attempt < desired->time.backoff)
		return;
	plan->queries.time = true;
}

/* ---- Selectors ---- */

static bool was_away(const struct desired_selector *selector, const struct samples *last,
		     const struct now *now)
{
	msec_t gap = samples_gap(last, now);

	return gap >= AWAY_AFTER_MS && gap >= selector->established_for;
}

/* before: what was recorded, of this boot. */
static void plan_selector(struct plan *plan, const struct plan_input *input,
			  const struct desired_selector *selector, const struct recorded *before,
			  bool other_boot)
{
	const struct observed *observed = input->observed;
	struct select_context context = {
		.desired = selector,
		.observed = observed,
		.interface = observed_interface_find(observed, selector->interface->name),
		.samples = &plan->samples,
		.was_away = was_away(selector, input->samples, &observed->now),
		.interface_before = recorded_interface_find(before, selector->interface->name),
		.seed = input->seed,
		.arena = plan->arena,
		.queries = &plan->queries,
		.events = &plan->events,
		.placements = vec_push(plan->arena, &plan->placements),
	};
	/* An interface that this run will create counts as existing. */
	static const struct observed_interface to_be_made = { .name = "" };

	/* One random stream per selector, so that its choices do not depend on another
	 * selector's queries. */
	random_seed(&context.random, input->seed ^ hash_text(HASH_BASIS, selector->name));
	context.is_new = other_boot || !recorded_selector_find(&plan->recorded, selector->name);
	context.recorded = recorded_selector_get(&plan->recorded, selector->name);
	/* The members' state of an unreadable one is unknown: nothing changes. */
	if (observed->read_back || (context.interface && context.interface->unreadable)) {
		select_keep(&context);
		return;
	}
	if (!context.interface && selector->interface->create &&
	    selector->interface->private_key_file)
		context.interface = &to_be_made;
	else if (context.interface && context.interface->kind != LINK_WIREGUARD)
		context.interface = NULL;
	select_step(&context);
	plan->samples_changed |= context.samples_changed;
}

static void forget_selectors(struct plan *plan, const struct desired *desired)
{
	for (size_t i = plan->recorded.selectors.n; i-- > 0;)
		if (!desired_selector_find(desired, plan->recorded.selectors.at[i].name))
			vec_remove(&plan->recorded.selectors, i);
}

/* ---- Interfaces ---- */

/* before: what was recorded, of this boot. */
static void plan_interface(struct plan *plan, const struct plan_input *input,
			   const struct desired_interface *interface, const struct recorded *before)
{
	const struct desired *desired = input->desired;
	struct interface_plan part = {
		.plan = plan,
		.desired = desired,
		.interface = interface,
		.observed = input->observed,
		.in_kernel = observed_interface_find(input->observed, interface->name),
		.before = recorded_interface_find(before, interface->name),
		.last_samples = input->samples,
		.seed = input->seed,
	};
	const char *refusal;

	refusal = plan_refusal(plan->arena, desired, interface, before, part.in_kernel);
	if (refusal)
		plan_event(plan, EVENT_PROBLEM, interface->name, NULL, NULL, refusal);
	if (refusal || !plan_link(&part)) {
		/* Its recorded state is kept for when it (re)appears. */
		if (part.before)
			recorded_interface_copy(&plan->recorded, part.before);
		return;
	}
	/* Records that it was configured, even when it is no longer declared. */
	if (!interface->create || (part.in_kernel && !plan_owns(desired, part.in_kernel)))
		recorded_interface_get(&plan->recorded, interface->name);
	plan_wanted_peers(&part);
	plan_followed(&part);
	plan_peers(&part);
	plan_mtu(&part);
	plan_addresses(&part);
	plan_close(&part);
	plan_routes(&part);
	plan_rules(&part);
}

void plan_make(struct plan *plan, struct arena *arena, const struct plan_input *input)
{
	const struct desired *desired = input->desired;
	const struct observed *observed = input->observed;
	struct recorded before;
	bool other_boot;

	memset(plan, 0, sizeof(*plan));
	plan->arena = arena;
	plan->changes.arena = arena;
	plan->events.arena = arena;
	recorded_copy(&before, input->recorded, arena);
	other_boot = recorded_rebase(&before, &observed->now);
	recorded_copy(&plan->recorded, &before, arena);
	plan->recorded.interfaces.n = 0; /* rebuilt below */
	samples_init(&plan->samples, arena);
	sample_all(plan, input);
	plan_time(plan, desired, observed);
	if (plan->queries.time)
		return;
	plan->clock_waits = desired->time.enabled && !observed->clock_synchronised &&
			    !plan->recorded.time_done && !any_session(plan, observed);
	forget_selectors(plan, desired);
	vec_each (selector, &desired->selectors)
		if (!plan_refusal(arena, desired, selector->interface, &before,
				  observed_interface_find(observed, selector->interface->name)))
			plan_selector(plan, input, selector, &before, other_boot);
	vec_each (interface, &desired->interfaces)
		plan_interface(plan, input, interface, &before);
	plan_undeclared(plan, desired, &before, observed);
	plan_passing(plan, desired, observed);
	plan_remove_rules(plan, desired, &before, observed);
	plan_open(plan, desired, &before, observed);
	plan_files(plan, desired, observed);
	changes_sort(&plan->changes);
	plan->recorded_changed = !recorded_equal(input->recorded, &plan->recorded);
	plan->samples_changed |= plan->samples.names_at != input->samples->names_at;
}
