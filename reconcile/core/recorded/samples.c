/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdlib.h>

void samples_init(struct samples *samples, struct arena *arena)
{
	memset(samples, 0, sizeof(*samples));
	samples->arena = arena;
}

int sample_order(const void *a_, const void *b_)
{
	const struct sample *a = a_;
	const struct sample *b = b_;
	int order = strcmp(a->interface, b->interface);

	return order ? order : key_compare(&a->public_key, &b->public_key);
}

struct sample *sample_find(const struct samples *samples, const char *interface,
			   const struct wg_key *public_key)
{
	struct sample wanted = { .interface = interface, .public_key = *public_key };

	if (!samples->list.n)
		return NULL;
	return bsearch(&wanted, samples->list.at, samples->list.n, sizeof(wanted), sample_order);
}

static msec_t wall_offset(const struct now *now)
{
	return now->wall - now->boot;
}

static msec_t stamp_msec(struct handshake handshake)
{
	return handshake.sec * MSEC_PER_SEC + handshake.nsec / 1000000;
}

static bool same_boot(const struct samples *last, const struct now *now)
{
	return last->at && now_in_boot(now, last->boot_id) && last->at <= now->boot;
}

msec_t samples_gap(const struct samples *last, const struct now *now)
{
	return same_boot(last, now) ? now->boot - last->at : 0;
}

/* The first sample of a stamp, with only the clock now. */
static msec_t first_seen(struct handshake handshake, const struct now *now)
{
	msec_t at = stamp_msec(handshake) - wall_offset(now);

	return at > 0 && at <= now->boot ? at : now->boot;
}

/* A stamp later than the last run. */
static msec_t newly_seen(struct handshake handshake, const struct samples *last,
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

static msec_t place_handshake(const struct sample *before, const struct observed_peer *peer,
			      const struct samples *last, const struct now *now)
{
	if (handshake_is_none(peer->handshake))
		return 0;
	if (!before)
		return first_seen(peer->handshake, now);
	if (handshake_equal(before->handshake, peer->handshake))
		return before->handshake_at;
	return newly_seen(peer->handshake, last, now);
}

/* Whether more than keepalives, which are not answered, was sent since the last received data. */
static bool awaits_answer(const struct sample *sample, const struct observed_peer *peer,
			  const struct now *now)
{
	uint64_t keepalives = 1;

	if (peer->persistent_keepalive)
		keepalives += (uint64_t)((now->boot - sample->received_at) / MSEC_PER_SEC /
					 peer->persistent_keepalive);
	return peer->tx_bytes > sample->tx_bytes + keepalives * KEEPALIVE_BYTES;
}

/* Whether the counters continue from before, so that bytes sent since then count. The
 * counters of a peer without allowed IPs are not usable: the kernel drops its packets before
 * counting them as received, and answers with keepalives. */
static bool goes_on(const struct sample *before, const struct observed_peer *peer,
		    const struct samples *last, const struct now *now)
{
	return before && peer->allowed_ips.n && peer->rx_bytes == before->rx_bytes &&
	       peer->tx_bytes >= before->tx_bytes && samples_gap(last, now) < AWAY_AFTER_MS;
}

void samples_add(struct samples *samples, const struct samples *last, const char *interface,
		 const struct observed_peer *peer, const struct now *now)
{
	const struct sample *before = NULL;
	struct sample *sample = vec_push(samples->arena, &samples->list);

	if (same_boot(last, now))
		before = sample_find(last, interface, &peer->public_key);
	sample->interface = interface;
	sample->public_key = peer->public_key;
	sample->handshake = peer->handshake;
	sample->handshake_at = place_handshake(before, peer, last, now);
	sample->tried_at = before ? before->tried_at : 0;
	if (goes_on(before, peer, last, now)) {
		sample->rx_bytes = before->rx_bytes;
		sample->tx_bytes = before->tx_bytes;
		sample->received_at = before->received_at;
		sample->unanswered_at = before->unanswered_at;
		if (!sample->unanswered_at && awaits_answer(sample, peer, now))
			sample->unanswered_at = now->boot;
		return;
	}
	sample->rx_bytes = peer->rx_bytes;
	sample->tx_bytes = peer->tx_bytes;
	sample->received_at = now->boot;
}

/* The same peers, no new handshake, no newly unanswered peer. */
static bool nothing_new(const struct samples *samples, const struct samples *last)
{
	if (samples->list.n != last->list.n)
		return false;
	for (size_t i = 0; i < samples->list.n; i++) {
		const struct sample *sample = &samples->list.at[i], *before = &last->list.at[i];

		if (sample_order(sample, before) ||
		    !handshake_equal(sample->handshake, before->handshake) ||
		    sample->tried_at != before->tried_at ||
		    (sample->unanswered_at && !before->unanswered_at))
			return false;
	}
	return true;
}

bool samples_finish(struct samples *samples, const struct samples *last, const struct now *now,
		    bool with_counters)
{
	msec_t stepped;

	if (samples->list.n > 1)
		qsort(samples->list.at, samples->list.n, sizeof(struct sample), sample_order);
	memcpy(samples->boot_id,
	       now->boot_id[0] || !same_boot(last, now) ? now->boot_id : last->boot_id,
	       sizeof(samples->boot_id));
	samples->at = now->boot;
	samples->wall_offset = wall_offset(now);
	if (!samples->list.n && !last->list.n)
		return false;
	if (!same_boot(last, now) || !nothing_new(samples, last))
		return true;
	if (samples->names_at != last->names_at)
		return true;
	stepped = samples->wall_offset - last->wall_offset;
	if (stepped > CLOCK_STEP_MS || stepped < -CLOCK_STEP_MS)
		return true;
	return with_counters && now->boot - last->at >= SAMPLES_EVERY_MS;
}
