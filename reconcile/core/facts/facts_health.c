/* SPDX-License-Identifier: MIT */
#include "facts_parts.h"

#include "core/recorded/liveness.h"

/* Other than wirelink, a session that answers nothing is not healthy, even if it is young. */
static bool is_healthy(const struct facts_step *step, const struct facts_node *node)
{
	return node->in_kernel && session_is_healthy(step->samples, step->view->interface->name,
						     node->in_kernel, &step->input->observed->now);
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
static bool is_direct(const struct facts_step *step, const struct facts_node *node)
{
	if (!node->healthy)
		return false;
	return node->basic || node->notes->alive_until - step->now > FACTS_ALIVE_LEAST_MS ||
	       node->notes->direct;
}

static void report_direct(struct facts_step *step, const struct facts_node *node, bool direct)
{
	if (direct == node->notes->direct)
		return;
	facts_event(step->facts, step->view->interface->name, node->name,
		    direct	    ? "has a direct link now"
		    : node->healthy ? "gave the direct link back"
				    : "has no direct link any more");
}

void facts_health(struct facts_step *step)
{
	vec_each (node, &step->view->peers) {
		bool direct;

		node->healthy = is_healthy(step, node);
		node->alive = node->notes->alive_until > step->now;
		direct = is_direct(step, node);
		report_direct(step, node, direct);
		step->facts->changed |= direct != node->notes->direct;
		node->notes->direct = direct;
		keep_since(step, &node->notes->reached_since, node->healthy || node->alive);
		keep_since(step, &node->notes->direct_since,
			   node->healthy && (node->alive || node->basic));
	}
}
