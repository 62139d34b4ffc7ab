/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/prefix_sort.h"
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

static bool is_declared(const struct desired *desired, const struct observed_rule *rule)
{
	vec_each (interface, &desired->interfaces)
		if (interface->rules == RULES_FWMARK && interface->table == rule->table &&
		    interface->fwmark == rule->fwmark &&
		    interface->rule_priority + 1 == rule->priority)
			return true;
	return false;
}

bool observed_has_unclear_rules(const struct observed *observed, const struct desired *desired)
{
	vec_each (rule, &observed->rules)
		if (rule->not_fwmark && !is_declared(desired, rule))
			return true;
	return false;
}

const struct observed_interface *observed_interface_at(const struct observed *observed,
						       uint32_t index)
{
	vec_each (interface, &observed->interfaces)
		if (interface->index == index)
			return interface;
	return NULL;
}

const struct observed_peer *observed_peer_find(const struct observed_interface *interface,
					       const struct wg_key *public_key)
{
	if (!interface->peers.n)
		return NULL;
	return bsearch(public_key, interface->peers.at, interface->peers.n,
		       sizeof(struct observed_peer), key_order);
}

const struct observed_file *observed_file_find(const struct observed *observed, const char *path)
{
	vec_each (file, &observed->files)
		if (strcmp(file->path, path) == 0)
			return file;
	return NULL;
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

const struct observed_probe *observed_probe_find(const struct observed *observed,
						 const char *interface, const struct ip *target)
{
	vec_each (probe, &observed->probes) {
		if (!strcmp(probe->interface, interface) && !ip_compare(&probe->target, target))
			return probe;
	}
	return NULL;
}

const struct observed_lookup *observed_lookup_find(const struct observed *observed,
						   const char *interface, const struct ip *to)
{
	vec_each (lookup, &observed->lookups) {
		if (!strcmp(lookup->interface, interface) && !ip_compare(&lookup->to, to))
			return lookup;
	}
	return NULL;
}

static int path_compare(const void *a_, const void *b_)
{
	const struct observed_via *a = a_;
	const struct observed_via *b = b_;

	return a->path < b->path ? -1 : a->path > b->path;
}

static bool same_destination(const struct observed_via *a, const struct observed_via *b)
{
	return !prefix_compare(&a->destination, &b->destination);
}

/* By path for equal destinations. */
static void sort_paths(struct observed_via *via, size_t n)
{
	for (size_t begin = 0, end; begin < n; begin = end) {
		bool sorted = true;

		for (end = begin + 1; end < n && same_destination(&via[begin], &via[end]); end++)
			sorted &= via[end - 1].path <= via[end].path;
		if (!sorted)
			qsort(&via[begin], end - begin, sizeof(*via), path_compare);
	}
}

/* Removes duplicates; returns the number left. */
static size_t drop_repeated(struct observed_via *via, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || via[kept - 1].path != via[i].path ||
		    !same_destination(&via[kept - 1], &via[i]))
			via[kept++] = via[i];
	return kept;
}

static int64_t clamp(int64_t number, int64_t max)
{
	return number < 0 ? 0 : number > max ? max : number;
}

/* A control socket may report any values, and the kernel accepts an endpoint without port. */
static void bound_peer(struct observed_peer *peer)
{
	peer->handshake.sec = clamp(peer->handshake.sec, HANDSHAKE_SEC_MAX);
	peer->handshake.nsec = (int32_t)clamp(peer->handshake.nsec, 999999999);
	if (peer->rx_bytes > INT64_MAX)
		peer->rx_bytes = INT64_MAX;
	if (peer->tx_bytes > INT64_MAX)
		peer->tx_bytes = INT64_MAX;
	if (!peer->endpoint.port)
		peer->has_endpoint = false;
}

void observed_sort(struct observed *observed)
{
	vec_each (interface, &observed->interfaces) {
		if (interface->peers.n)
			qsort(interface->peers.at, interface->peers.n, sizeof(*interface->peers.at),
			      key_order);
		vec_each (peer, &interface->peers) {
			bound_peer(peer);
			prefix_sort(peer->allowed_ips.at, peer->allowed_ips.n,
				    sizeof(*peer->allowed_ips.at));
		}
		prefix_sort(interface->via.at, interface->via.n, sizeof(*interface->via.at));
		sort_paths(interface->via.at, interface->via.n);
		interface->via.n = drop_repeated(interface->via.at, interface->via.n);
	}
}

void observed_forget_allowed_ips(struct observed *observed)
{
	vec_each (interface, &observed->interfaces) {
		vec_each (peer, &interface->peers) {
			peer->allowed_ips.at = NULL;
			peer->allowed_ips.n = 0;
			peer->allowed_ips.capacity = 0;
		}
	}
	arena_free(observed->prefixes);
	observed->prefixes = NULL;
}
