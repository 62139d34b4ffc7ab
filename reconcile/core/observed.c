/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "observed.h"

const struct observed_interface *observed_interface_find(const struct observed *observed,
							 const char *name)
{
	vec_each (interface, &observed->interfaces) {
		if (!strcmp(interface->name, name))
			return interface;
	}
	return NULL;
}

static int peer_compare(const void *a_, const void *b_)
{
	const struct observed_peer *a = a_;
	const struct observed_peer *b = b_;

	return key_compare(&a->public_key, &b->public_key);
}

static int prefix_compare_void(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

const struct observed_peer *observed_peer_find(const struct observed_interface *interface,
					       const struct wg_key *public_key)
{
	struct observed_peer wanted = { .public_key = *public_key };

	if (!interface->peers.n)
		return NULL;
	return bsearch(&wanted, interface->peers.at, interface->peers.n, sizeof(wanted),
		       peer_compare);
}

const struct observed_answer *observed_answer_find(const struct observed *observed,
						   const char *endpoint)
{
	vec_each (answer, &observed->answers) {
		if (!strcmp(answer->endpoint, endpoint))
			return answer;
	}
	return NULL;
}

const struct observed_lookup *observed_lookup_find(const struct observed *observed,
						   const char *interface, const struct ip *to)
{
	vec_each (lookup, &observed->lookups)
		if (ip_compare(&lookup->to, to) == 0 && strcmp(lookup->interface, interface) == 0)
			return lookup;
	return NULL;
}

const struct observed_probe *observed_probe_find(const struct observed *observed,
						 const char *interface, const struct ip *target)
{
	vec_each (probe, &observed->probes) {
		if (!strcmp(probe->interface, interface) && !ip_compare(&probe->target, target))
			return probe;
	}
	return NULL;
}

void observed_sort(struct observed *observed)
{
	vec_each (interface, &observed->interfaces) {
		if (!interface->peers.n)
			continue;
		qsort(interface->peers.at, interface->peers.n, sizeof(*interface->peers.at),
		      peer_compare);
		vec_each (peer, &interface->peers) {
			if (peer->allowed_ips.n)
				qsort(peer->allowed_ips.at, peer->allowed_ips.n,
				      sizeof(*peer->allowed_ips.at), prefix_compare_void);
		}
	}
}
