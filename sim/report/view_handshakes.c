/* SPDX-License-Identifier: MIT */
#include "view_parts.h"

/* Stamps that differ by less are one: sampling takes time. */
#define SAME_STAMP_MS 500

static struct view_handshakes *interface_get(struct view *view, const char *node, const char *name)
{
	struct view_handshakes *made;

	vec_each (handshakes, &view->handshakes) {
		if (!strcmp(handshakes->node, node) && !strcmp(handshakes->interface, name))
			return handshakes;
	}
	made = vec_push(view->arena, &view->handshakes);
	made->node = node;
	made->interface = name;
	return made;
}

static struct view_peer *peer_get(struct view *view, struct view_handshakes *handshakes,
				  const char *name)
{
	struct view_peer *made;

	vec_each (peer, &handshakes->peers) {
		if (!strcmp(peer->name, name))
			return peer;
	}
	made = vec_push(view->arena, &handshakes->peers);
	made->name = name;
	return made;
}

static void corner(struct view *view, struct view_peer *peer, msec_t at, msec_t age, bool begins)
{
	*vec_push(view->arena, &peer->ages) = (struct view_age){ at, age, begins };
}

/* A corner that lies on the line is moved along. */
static void prolong(struct view_peer *peer, msec_t at, msec_t age)
{
	peer->ages.at[peer->ages.n - 1].at = at;
	peer->ages.at[peer->ages.n - 1].age = age;
}

/* The age grows with time, and falls to zero at a handshake, whose stamp gives the time even
 * without a sample. */
static void peer_add(struct view *view, struct view_handshakes *handshakes,
		     const struct record_peer *record, msec_t at)
{
	struct view_peer *peer = peer_get(view, handshakes, record->name);
	const msec_t stamp = at - record->handshake_age;
	const bool known = peer->ages.n && peer->looked == handshakes->looks - 1;
	const msec_t since = known ? peer->looked_at : 0;

	if (known && stamp - peer->stamp < SAME_STAMP_MS && peer->stamp - stamp < SAME_STAMP_MS) {
		prolong(peer, at, record->handshake_age);
	} else if (stamp >= since && stamp <= at) {
		if (known)
			prolong(peer, stamp, stamp - peer->stamp);
		corner(view, peer, stamp, 0, !known);
		corner(view, peer, at, record->handshake_age, false);
	} else {
		/* The clock was set, or it is older than the first sample. */
		corner(view, peer, at, record->handshake_age, true);
		corner(view, peer, at, record->handshake_age, false);
	}
	peer->looked = handshakes->looks;
	peer->looked_at = at;
	peer->stamp = stamp;
}

void handshakes_add(struct view *view, const struct record *record)
{
	const struct record_state *state = &record->state;

	vec_each (interface, &state->interfaces) {
		struct view_handshakes *handshakes = interface_get(view, state->node,
								   interface->name);

		handshakes->looks++;
		vec_each (peer, &interface->peers) {
			if (peer->handshake_age >= 0)
				peer_add(view, handshakes, peer, record->at);
		}
	}
}
