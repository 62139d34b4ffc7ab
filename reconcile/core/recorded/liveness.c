/* SPDX-License-Identifier: MIT */
#include "liveness.h"

msec_t handshake_age(const struct samples *samples, const char *interface,
		     const struct wg_key *public_key, const struct now *now)
{
	const struct sample *sample = sample_find(samples, interface, public_key);

	if (!sample || handshake_is_none(sample->handshake))
		return AGE_NONE;
	return now->boot > sample->handshake_at ? now->boot - sample->handshake_at : 0;
}

msec_t silent_time(const struct samples *samples, const char *interface,
		   const struct observed_peer *peer, const struct now *now)
{
	const struct sample *sample = sample_find(samples, interface, &peer->public_key);

	if (!sample || !sample->unanswered_at || sample->unanswered_at >= now->boot)
		return 0;
	return now->boot - sample->unanswered_at;
}

bool session_is_healthy(const struct samples *samples, const char *interface,
			const struct observed_peer *peer, const struct now *now)
{
	msec_t age = handshake_age(samples, interface, &peer->public_key, now);

	return peer->has_endpoint && age != AGE_NONE && age < SESSION_HEALTHY_MS &&
	       silent_time(samples, interface, peer, now) < DEFAULT_SILENT_FOR_MS;
}
