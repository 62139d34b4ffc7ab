/* SPDX-License-Identifier: MIT */
#include "core/recorded/liveness.h"
#include "select_parts.h"

/* ---- Evaluating a slot ---- */

static const char *ago(const struct select_context *context, msec_t duration)
{
	return duration_human(context->arena, duration);
}

enum verdict {
	VERDICT_UNKNOWN, /* no query in this run */
	VERDICT_UNSENT, /* the probe cannot be sent: only handshakes count */
	VERDICT_GOOD,
	VERDICT_BAD,
};

static const struct ip *probe_target(const struct select_context *context,
				     const struct desired_peer *peer)
{
	const struct ip *target = &context->desired->probe.target;

	if (!context->desired->probe.enabled)
		return NULL;
	if (peer->probe_target.family)
		target = &peer->probe_target;
	vec_each (prefix, &peer->allowed_ips)
		if (prefix_covers(prefix, target))
			return target;
	return NULL;
}

static void query_probe(const struct select_context *context, const struct ip *target)
{
	struct query_probe *query = vec_push(context->arena, &context->queries->probes);

	query->interface = context->desired->interface->name;
	query->target = *target;
	query->count = context->desired->probe.count;
	query->timeout = context->desired->probe.timeout;
}

/* One error per selector, however many members are probed. */
static void unsent(struct select_context *context, const char *error)
{
	if (context->unsent)
		return;
	context->unsent = true;
	select_event(
		context, EVENT_PROBLEM, NULL, 0,
		arena_printf(context->arena, "cannot probe, handshakes alone decide: %s", error));
}

static enum verdict probe_verdict(struct select_context *context, const struct ip *target)
{
	const struct observed_probe *probe;

	probe = observed_probe_find(context->observed, context->desired->interface->name, target);
	if (!probe) {
		if (!context->observed->out_of_time)
			query_probe(context, target);
		return VERDICT_UNKNOWN;
	}
	if (probe->error) {
		unsent(context, probe->error);
		return VERDICT_UNSENT;
	}
	return probe->received ? VERDICT_GOOD : VERDICT_BAD;
}

static void note_started(const struct select_context *context, const struct recorded_slot *slot)
{
	const struct desired_peer *peer = select_declared(context, slot->peer);

	if (peer)
		select_now_of(context, peer)->started = true;
}

void select_start_trial(const struct select_context *context, struct recorded_slot *slot,
			const struct observed_peer *peer)
{
	slot->state = SLOT_TRYING;
	slot->since = select_now(context);
	slot->baseline = peer ? peer->handshake : (struct handshake){ 0 };
	slot->probe_failures = 0;
	slot->refused = false;
	note_started(context, slot);
}

static void establish(struct select_context *context, struct recorded_slot *slot)
{
	struct recorded_left *left = select_left(context->recorded, slot->peer);

	slot->state = SLOT_ESTABLISHED;
	slot->since = select_now(context);
	slot->probe_failures = 0;
	if (left)
		left->candidate_failures = 0;
	select_event(context, EVENT_ESTABLISHED, slot, 0,
		     slot->role == SLOT_ACTIVE ? "handshake completed"
					       : "handshake completed, on standby");
}

static bool trial_over(const struct select_context *context, const struct recorded_slot *slot)
{
	msec_t try_for = context->desired->try_for;

	return select_now(context) - slot->since >= try_for - try_for / TRY_SLACK_DIVISOR;
}

static void judge_handshaken(struct select_context *context, struct recorded_slot *slot,
			     const struct desired_peer *peer)
{
	const struct ip *target = slot->role == SLOT_ACTIVE ? probe_target(context, peer) : NULL;

	switch (target ? probe_verdict(context, target) : VERDICT_GOOD) {
	case VERDICT_GOOD:
	case VERDICT_UNSENT:
		establish(context, slot);
		break;
	case VERDICT_BAD:
		if (trial_over(context, slot))
			select_leave(context, slot, LEFT_PROBE_FAILED,
				     "answers handshakes but forwards nothing: probe failed");
		break;
	case VERDICT_UNKNOWN:
		break;
	}
}

/* Continues a session of the kernel that is not recorded in this boot. */
static bool keep_working(struct select_context *context, struct recorded_slot *slot,
			 const struct desired_peer *peer, const struct observed_peer *in_kernel)
{
	msec_t age = handshake_age(context->samples, context->desired->interface->name,
				   &peer->public_key, &context->observed->now);

	if (!in_kernel || age == AGE_NONE || age >= context->desired->established_for)
		return false;
	slot->state = SLOT_ESTABLISHED;
	slot->since = select_now(context);
	slot->probe_failures = 0;
	slot->has_endpoint = in_kernel->has_endpoint;
	slot->endpoint = in_kernel->endpoint;
	select_event(context, EVENT_ESTABLISHED, slot, 0, "found working on the interface, kept");
	return true;
}

static void judge_trying(struct select_context *context, struct recorded_slot *slot,
			 const struct desired_peer *peer, const struct observed_peer *in_kernel)
{
	msec_t age = handshake_age(context->samples, context->desired->interface->name,
				   &peer->public_key, &context->observed->now);

	if (slot->since == 0) {
		if (keep_working(context, slot, peer, in_kernel))
			return;
		select_start_trial(context, slot, in_kernel);
		select_event(context, EVENT_RESTARTED, slot, 0, "tried again from the beginning");
	} else if (slot->refused) {
		select_leave(context, slot, LEFT_REFUSED, "cannot be installed on the interface");
	} else if (!in_kernel) {
		/* Its trial begins when it is installed: see plan_outcome(). */
		note_started(context, slot);
		select_event(context, EVENT_RESTARTED, slot, 0,
			     "is not on the interface: installed again");
	} else if (age != AGE_NONE && !handshake_equal(in_kernel->handshake, slot->baseline)) {
		if (age < context->desired->established_for)
			judge_handshaken(context, slot, peer);
		else
			select_start_trial(context, slot, in_kernel);
	} else if (trial_over(context, slot)) {
		select_leave(context, slot, LEFT_NO_HANDSHAKE,
			     arena_printf(context->arena, "no handshake within %s",
					  ago(context, select_now(context) - slot->since)));
	}
}

/* An outage shorter than fail_after probes does not leave the active one, but does not prove
 * stability either. */
static void delay_forgiving(struct select_context *context, const struct recorded_slot *slot)
{
	struct recorded_left *left = select_left(context->recorded, slot->peer);

	if (left && left->active_failures && slot->role == SLOT_ACTIVE)
		left->active_failed_at = select_now(context);
}

static void judge_probe(struct select_context *context, struct recorded_slot *slot,
			const struct desired_peer *peer)
{
	const struct ip *target = probe_target(context, peer);
	unsigned fail_after = context->desired->probe.fail_after;
	const char *text;

	if (!target)
		return;
	switch (probe_verdict(context, target)) {
	case VERDICT_UNKNOWN:
	case VERDICT_UNSENT:
		return;
	case VERDICT_GOOD:
		slot->probe_failures = 0;
		return;
	case VERDICT_BAD:
		break;
	}
	slot->probe_failures++;
	delay_forgiving(context, slot);
	text = arena_printf(context->arena, "%u of %u probes in a row unanswered",
			    slot->probe_failures, fail_after);
	if (slot->probe_failures >= fail_after)
		select_leave(context, slot, LEFT_PROBE_FAILED, text);
	else
		select_event(context, EVENT_PROBE_FAILED, slot, 0, text);
}

static void forgive(struct select_context *context, const struct recorded_slot *slot)
{
	struct recorded_left *left = select_left(context->recorded, slot->peer);

	if (!left || select_now(context) - slot->since < FORGIVE_AFTER_MS)
		return;
	left->strikes = 0;
	if (slot->role == SLOT_ACTIVE &&
	    select_now(context) - left->active_failed_at >= FORGIVE_AFTER_MS)
		left->active_failures = 0;
}

static void judge_old(struct select_context *context, struct recorded_slot *slot,
		      const struct observed_peer *in_kernel, msec_t age)
{
	if (context->was_away) {
		select_start_trial(context, slot, in_kernel);
		select_event(context, EVENT_RESTARTED, slot, 0,
			     "no run for longer than established_for: the trial begins again");
		return;
	}
	select_leave(context, slot, LEFT_HANDSHAKE_OLD,
		     arena_printf(context->arena, "no handshake for %s", ago(context, age)));
}

static void judge_established(struct select_context *context, struct recorded_slot *slot,
			      const struct desired_peer *peer,
			      const struct observed_peer *in_kernel)
{
	const char *interface = context->desired->interface->name;
	const struct now *now = &context->observed->now;
	msec_t age = handshake_age(context->samples, interface, &peer->public_key, now);
	msec_t silent;

	if (!in_kernel || age == AGE_NONE) {
		select_start_trial(context, slot, in_kernel);
		select_event(context, EVENT_RESTARTED, slot, 0,
			     "somebody removed it from the interface: tried again");
		return;
	}
	if (age >= context->desired->established_for) {
		judge_old(context, slot, in_kernel, age);
		return;
	}
	silent = slot->role == SLOT_ACTIVE
			 ? silent_time(context->samples, interface, in_kernel, now)
			 : 0;
	if (context->desired->silent_for && silent >= context->desired->silent_for) {
		select_leave(context, slot, LEFT_SILENT,
			     arena_printf(context->arena, "sending for %s, nothing received",
					  ago(context, silent)));
		return;
	}
	forgive(context, slot);
	if (slot->role == SLOT_ACTIVE)
		judge_probe(context, slot, peer);
}

void select_judge(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;

	/* Backwards, because leaving removes the slot. */
	for (size_t i = recorded->slots.n; i-- > 0;) {
		struct recorded_slot *slot = &recorded->slots.at[i];
		const struct desired_peer *peer = select_member(context, slot->peer);
		const struct observed_peer *in_kernel = select_kernel_peer(context, peer);

		if (slot->state == SLOT_TRYING)
			judge_trying(context, slot, peer, in_kernel);
		else
			judge_established(context, slot, peer, in_kernel);
	}
}

/* ---- Continuing from the kernel's state without a record ---- */

static void adopt(struct select_context *context, const struct desired_peer *peer,
		  const struct observed_peer *in_kernel)
{
	struct recorded_slot slot = {
		.peer = peer->name,
		.role = in_kernel->allowed_ips.n ? SLOT_ACTIVE : SLOT_STANDBY,
	};

	select_mark_tried(context, peer);
	if (keep_working(context, &slot, peer, in_kernel))
		*vec_push(context->arena, &context->recorded->slots) = slot;
}

void select_adopt(struct select_context *context)
{
	vec_each (peer, &context->desired->peers) {
		const struct observed_peer *in_kernel = select_kernel_peer(context, peer);
		struct recorded_slot *slot = select_slot(context->recorded, peer->name);

		if (!peer->enabled || !in_kernel)
			continue;
		if (!slot)
			adopt(context, peer, in_kernel);
		else if (slot->since == 0)
			keep_working(context, slot, peer, in_kernel);
	}
}
