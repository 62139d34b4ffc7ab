/* SPDX-License-Identifier: MIT */
#include "select_parts.h"

/* ---- Preference ---- */

/* Lower is preferred. Only meaningful for ordered and weighted. */
static long rank(const struct select_context *context, const char *name)
{
	const struct desired_peer *peer = select_declared(context, name);

	if (context->desired->strategy == STRATEGY_WEIGHTED)
		return -(long)peer->weight;
	return (long)(peer - context->desired->peers.at);
}

static struct recorded_slot *worst_slot(const struct select_context *context, enum slot_role role)
{
	struct recorded_slot *worst = NULL;

	vec_each (slot, &context->recorded->slots) {
		if (slot->role != role)
			continue;
		/* A working one is preferred to one on trial. */
		if (!worst || (slot->state == SLOT_TRYING && worst->state != SLOT_TRYING) ||
		    (slot->state == worst->state &&
		     rank(context, slot->peer) >= rank(context, worst->peer)))
			worst = slot;
	}
	return worst;
}

/* The preferred standby or candidate in that state; any state when state is -1. */
static struct recorded_slot *best_warm(const struct select_context *context, int state)
{
	struct recorded_slot *best = NULL;

	vec_each (slot, &context->recorded->slots)
		if (slot->role != SLOT_ACTIVE && (state < 0 || (int)slot->state == state) &&
		    (!best || rank(context, slot->peer) < rank(context, best->peer)))
			best = slot;
	return best;
}

static msec_t doubled(msec_t pause, unsigned times, msec_t most)
{
	while (times-- > 0 && pause < most)
		pause *= 2;
	return pause < most ? pause : most;
}

/* Whether failback may make the member active, if it works. */
static bool may_return(const struct select_context *context, const char *peer)
{
	const struct recorded_left *left = select_left(context->recorded, peer);

	return !left || !left->active_failures ||
	       select_now(context) - left->active_failed_at >=
		       doubled(FAILBACK_PAUSE_MS, left->active_failures - 1, FAILBACK_PAUSE_MAX_MS);
}

/* Whether the member may be tried besides the active one. */
static bool may_be_candidate(const struct select_context *context, const char *peer)
{
	const struct recorded_left *left = select_left(context->recorded, peer);

	return !left || !select_is_own_fault(left->reason) ||
	       select_now(context) - left->at >= doubled(CANDIDATE_PAUSE_MS,
							 left->candidate_failures,
							 CANDIDATE_PAUSE_MAX_MS);
}

/* ---- Filling, promoting, failing back ---- */

static void promote(struct select_context *context, struct recorded_slot *slot, const char *text)
{
	slot->role = SLOT_ACTIVE;
	slot->probe_failures = 0;
	if (slot->state == SLOT_ESTABLISHED)
		slot->since = select_now(context);
	/* Its counters count from now: see samples_add(). */
	context->samples_changed = true;
	select_event(context, EVENT_PROMOTED, slot, 0, text);
}

static void fill_active(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;
	unsigned want = context->desired->active;

	while (select_count(recorded, SLOT_ACTIVE, -1) < want) {
		struct recorded_slot *warm = best_warm(context, SLOT_ESTABLISHED);

		if (warm)
			promote(context, warm, "standby takes over");
		else if (!select_fill_slot(context, SLOT_ACTIVE))
			break;
	}
	/* No other member is left to try, but one is already on trial as a standby or candidate. */
	while (select_count(recorded, SLOT_ACTIVE, -1) < want && queries_none(context->queries)) {
		struct recorded_slot *warm = best_warm(context, -1);

		if (!warm)
			break;
		promote(context, warm, "takes over before its handshake: no other member is left");
	}
}

static void drop_surplus(struct select_context *context, enum slot_role role, unsigned want)
{
	while (select_count(context->recorded, role, -1) > want)
		select_leave(context, worst_slot(context, role), LEFT_NOT_DESIRED, "surplus");
}

static void fill_standbys(struct select_context *context)
{
	while (select_count(context->recorded, SLOT_STANDBY, -1) < context->desired->standby)
		if (!select_fill_slot(context, SLOT_STANDBY))
			break;
}

/* The best established standby or candidate that is preferred to the active peer and may
 * replace it. */
static struct recorded_slot *better_warm(const struct select_context *context,
					 const struct recorded_slot *active)
{
	struct recorded_slot *best = NULL;

	vec_each (slot, &context->recorded->slots)
		if (slot->role != SLOT_ACTIVE && slot->state == SLOT_ESTABLISHED &&
		    rank(context, slot->peer) < rank(context, active->peer) &&
		    may_return(context, slot->peer) &&
		    (!best || rank(context, slot->peer) < rank(context, best->peer)))
			best = slot;
	return best;
}

/* The best member that is preferred to the active peer and may be tried besides it now. */
static const struct desired_peer *better_member(const struct select_context *context,
						const struct recorded_slot *active)
{
	const struct desired_peer *best = NULL;

	vec_each (peer, &context->desired->peers)
		if (select_is_free(context, peer) &&
		    rank(context, peer->name) < rank(context, active->peer) &&
		    may_return(context, peer->name) && may_be_candidate(context, peer->name) &&
		    (!best || rank(context, peer->name) < rank(context, best->name)))
			best = peer;
	return best;
}

/* better, an established standby or candidate, replaces active. */
static void fail_back(struct select_context *context, struct recorded_slot *better,
		      struct recorded_slot *active)
{
	bool keep_warm = better->role == SLOT_STANDBY ||
			 select_count(context->recorded, SLOT_STANDBY, -1) <
				 context->desired->standby;

	promote(context, better, "higher-priority peer works again, takes over");
	if (keep_warm)
		active->role = SLOT_STANDBY;
	else
		select_leave(context, active, LEFT_FOR_BETTER,
			     "a higher-priority peer works again");
}

static void consider_failback(struct select_context *context)
{
	const struct desired_selector *desired = context->desired;
	struct recorded_slot *active = worst_slot(context, SLOT_ACTIVE);
	const struct desired_peer *better;
	struct recorded_slot *warm;

	if (desired->failback == FAILBACK_NEVER || !active || active->state != SLOT_ESTABLISHED)
		return;
	if (desired->failback == FAILBACK_AFTER &&
	    select_now(context) - active->since < desired->failback_after)
		return;
	warm = better_warm(context, active);
	if (warm) {
		fail_back(context, warm, active);
		return;
	}
	better = better_member(context, active);
	if (better && !select_count(context->recorded, SLOT_CANDIDATE, -1))
		select_candidate(context, better);
}

/* With ordered, the order restarts at the top once enough members work. */
static void end_round_if_ordered(struct select_context *context)
{
	if (context->desired->strategy == STRATEGY_ORDERED &&
	    select_count(context->recorded, SLOT_ACTIVE, SLOT_ESTABLISHED) ==
		    context->desired->active &&
	    !select_count(context->recorded, SLOT_STANDBY, SLOT_TRYING) &&
	    select_count(context->recorded, SLOT_STANDBY, -1) == context->desired->standby)
		select_begin_round(context);
}

/* Without the interface nothing can be evaluated; the trials restart when it appears. */
static void wait_for_interface(struct select_context *context)
{
	vec_each (slot, &context->recorded->slots) {
		slot->state = SLOT_TRYING;
		slot->since = 0;
		slot->probe_failures = 0;
	}
	select_event(context, EVENT_WAITING, NULL, 0,
		     arena_printf(context->arena,
				  "waiting for interface %s, which does not exist yet",
				  context->desired->interface->name));
}

static void step(struct select_context *context)
{
	bool renamed;

	/* A member removed from the file may reappear under another name. */
	renamed = select_forget_undeclared(context);
	if (!context->interface) {
		wait_for_interface(context);
		return;
	}
	if (context->is_new || renamed)
		select_adopt(context);
	/* A working one replaces one recorded in an earlier boot. */
	if (context->is_new)
		drop_surplus(context, SLOT_ACTIVE, context->desired->active);
	select_judge(context);
	if (!queries_none(context->queries))
		return;
	drop_surplus(context, SLOT_ACTIVE, context->desired->active);
	fill_active(context);
	if (select_count(context->recorded, SLOT_ACTIVE, -1) == context->desired->active)
		consider_failback(context);
	if (context->desired->failback == FAILBACK_NEVER)
		drop_surplus(context, SLOT_CANDIDATE, 0);
	drop_surplus(context, SLOT_STANDBY, context->desired->standby);
	fill_standbys(context);
	end_round_if_ordered(context);
	select_order_tried(context);
}

void select_step(struct select_context *context)
{
	select_index_members(context);
	step(context);
	select_place(context);
}

void select_keep(struct select_context *context)
{
	select_index_members(context);
	select_place(context);
}
