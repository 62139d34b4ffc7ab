/* SPDX-License-Identifier: MIT */
#include "facts_parts.h"

#include "core/recorded/liveness.h"

/* Other than wirelink, a session that answers nothing is not healthy, even if it is young. */
static bool is_healthy(const struct facts_step *step, const struct facts_who *who)
{
	return who->in_kernel && session_is_healthy(step->samples, step->view->interface->name,
						    who->in_kernel, &step->input->observed->now);
}

static void keep_since(struct facts_step *step, msec_t *since, bool holds)
{
	if (holds == (*since != 0))
		return;
	*since = holds ? step->now : 0;
	step->facts->changed = true;
}

/* A peer without Alive facts keeps its allowed IPs while its session is healthy: its program
 * may only have been restarted. */
static bool is_direct(const struct facts_step *step, const struct facts_who *who)
{
	if (!who->healthy)
		return false;
	return who->basic || who->notes->alive_until - step->now > FACTS_ALIVE_LEAST_MS ||
	       who->notes->direct;
}

static void tell_direct(struct facts_step *step, const struct facts_who *who, bool direct)
{
	if (direct == who->notes->direct)
		return;
	facts_event(step->facts, step->view->interface->name, who->name,
		    direct	   ? "has a direct link now"
		    : who->healthy ? "gave the direct link back"
				   : "has no direct link any more");
}

void facts_health(struct facts_step *step)
{
	vec_each (who, &step->view->peers) {
		bool direct;

		who->healthy = is_healthy(step, who);
		who->alive = who->notes->alive_until > step->now;
		direct = is_direct(step, who);
		tell_direct(step, who, direct);
		step->facts->changed |= direct != who->notes->direct;
		who->notes->direct = direct;
		keep_since(step, &who->notes->heard_since, who->healthy || who->alive);
		keep_since(step, &who->notes->direct_since,
			   who->healthy && (who->alive || who->basic));
	}
}
