/* SPDX-License-Identifier: MIT */
#include "liveness.h"

#include <stdlib.h>

static msec_t wall_offset(const struct now *now)
{
	return now->wall - now->boot;
}

static msec_t stamp_msec(struct handshake handshake)
{
	return handshake.sec * MSEC_PER_SEC + handshake.nsec / 1000000;
}

static bool same_boot(const struct marks *last, const struct now *now)
{
	return last->at && now_in_boot(now, last->boot_id) && last->at <= now->boot;
}

msec_t marks_gap(const struct marks *last, const struct now *now)
{
	return same_boot(last, now) ? now->boot - last->at : 0;
}

/* A stamp of which nothing is known but the clock now. */
static msec_t first_seen(struct handshake handshake, const struct now *now)
{
	msec_t at = stamp_msec(handshake) - wall_offset(now);

	return at > 0 && at <= now->boot ? at : now->boot;
}

/* A stamp that came after the last run. */
static msec_t newly_seen(struct handshake handshake, const struct marks *last,
			 const struct now *now)
{
	msec_t by_now = stamp_msec(handshake) - wall_offset(now);
	msec_t by_then = stamp_msec(handshake) - last->wall_offset;
	msec_t earliest = last->at - CLOCK_STEP_MS;

	if (by_now >= earliest && by_now <= now->boot)
		return by_now;
	if (by_then >= earliest && by_then <= now->boot)
		return by_then;
	return last->at;
}

static msec_t place_handshake(const struct mark *before, const struct observed_peer *peer,
			      const struct marks *last, const struct now *now)
{
	if (handshake_is_none(peer->handshake))
		return 0;
	if (!before)
		return first_seen(peer->handshake, now);
	if (handshake_equal(before->handshake, peer->handshake))
		return before->handshake_at;
	return newly_seen(peer->handshake, last, now);
}

/* Whether more was sent than keepalives, which nobody answers, since something was
 * received. */
static bool awaits_answer(const struct mark *mark, const struct observed_peer *peer,
			  const struct now *now)
{
	uint64_t keepalives = 1;

	if (peer->persistent_keepalive)
		keepalives += (uint64_t)((now->boot - mark->received_at) / MSEC_PER_SEC /
					 peer->persistent_keepalive);
	return peer->tx_bytes > mark->tx_bytes + keepalives * KEEPALIVE_BYTES;
}

/* Whether the counters say the same as before, so that what was sent since then
 * counts. Those of a peer without allowed IPs say nothing: the kernel drops what it
 * sends before it is counted as received, and answers it with keepalives. */
static bool goes_on(const struct mark *before, const struct observed_peer *peer,
		    const struct marks *last, const struct now *now)
{
	return before && peer->allowed_ips.n && peer->rx_bytes == before->rx_bytes &&
	       peer->tx_bytes >= before->tx_bytes && marks_gap(last, now) < AWAY_AFTER_MS;
}

void marks_add(struct marks *marks, const struct marks *last, const char *interface,
	       const struct observed_peer *peer, const struct now *now)
{
	const struct mark *before = NULL;
	struct mark *mark = vec_push(marks->arena, &marks->list);

	if (same_boot(last, now))
		before = mark_find(last, interface, &peer->public_key);
	mark->interface = interface;
	mark->public_key = peer->public_key;
	mark->handshake = peer->handshake;
	mark->handshake_at = place_handshake(before, peer, last, now);
	if (goes_on(before, peer, last, now)) {
		mark->rx_bytes = before->rx_bytes;
		mark->tx_bytes = before->tx_bytes;
		mark->received_at = before->received_at;
		mark->unanswered_at = before->unanswered_at;
		if (!mark->unanswered_at && awaits_answer(mark, peer, now))
			mark->unanswered_at = now->boot;
		return;
	}
	mark->rx_bytes = peer->rx_bytes;
	mark->tx_bytes = peer->tx_bytes;
	mark->received_at = now->boot;
}

/* No other peers, no new handshake, nobody who begins to owe an answer. */
static bool nothing_new(const struct marks *marks, const struct marks *last)
{
	if (marks->list.n != last->list.n)
		return false;
	for (size_t i = 0; i < marks->list.n; i++) {
		const struct mark *mark = &marks->list.at[i], *before = &last->list.at[i];

		if (mark_order(mark, before) ||
		    !handshake_equal(mark->handshake, before->handshake) ||
		    (mark->unanswered_at && !before->unanswered_at))
			return false;
	}
	return true;
}

bool marks_finish(struct marks *marks, const struct marks *last, const struct now *now,
		  bool with_counters)
{
	msec_t stepped;

	if (marks->list.n > 1)
		qsort(marks->list.at, marks->list.n, sizeof(struct mark), mark_order);
	memcpy(marks->boot_id,
	       now->boot_id[0] || !same_boot(last, now) ? now->boot_id : last->boot_id,
	       sizeof(marks->boot_id));
	marks->at = now->boot;
	marks->wall_offset = wall_offset(now);
	if (!marks->list.n && !last->list.n)
		return false;
	if (!same_boot(last, now) || !nothing_new(marks, last))
		return true;
	if (marks->names_at != last->names_at)
		return true;
	stepped = marks->wall_offset - last->wall_offset;
	if (stepped > CLOCK_STEP_MS || stepped < -CLOCK_STEP_MS)
		return true;
	return with_counters && now->boot - last->at >= MARKS_EVERY_MS;
}

msec_t handshake_age(const struct marks *marks, const char *interface,
		     const struct wg_key *public_key, const struct now *now)
{
	const struct mark *mark = mark_find(marks, interface, public_key);

	if (!mark || handshake_is_none(mark->handshake))
		return AGE_NONE;
	return now->boot > mark->handshake_at ? now->boot - mark->handshake_at : 0;
}

msec_t silent_time(const struct marks *marks, const char *interface,
		   const struct observed_peer *peer, const struct now *now)
{
	const struct mark *mark = mark_find(marks, interface, &peer->public_key);

	if (!mark || !mark->unanswered_at || mark->unanswered_at >= now->boot)
		return 0;
	return now->boot - mark->unanswered_at;
}
