/* SPDX-License-Identifier: MIT */
#include "recorded.h"

static bool slot_equal(const struct recorded_slot *a, const struct recorded_slot *b)
{
	return strcmp(a->peer, b->peer) == 0 && a->role == b->role && a->state == b->state &&
	       a->since == b->since && handshake_equal(a->baseline, b->baseline) &&
	       a->has_endpoint == b->has_endpoint &&
	       (!a->has_endpoint || endpoint_equal(&a->endpoint, &b->endpoint)) &&
	       a->probe_failures == b->probe_failures && a->refused == b->refused;
}

static bool left_equal(const struct recorded_left *a, const struct recorded_left *b)
{
	return strcmp(a->peer, b->peer) == 0 && a->reason == b->reason && a->at == b->at &&
	       a->strikes == b->strikes && a->active_failures == b->active_failures &&
	       a->active_failed_at == b->active_failed_at &&
	       a->candidate_failures == b->candidate_failures;
}

static bool name_equal(const char *const *a, const char *const *b)
{
	return strcmp(*a, *b) == 0;
}

static bool key_equal(const struct wg_key *a, const struct wg_key *b)
{
	return key_compare(a, b) == 0;
}

static bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

/* Whether both vectors have equal elements in the same order. */
#define all_equal(a, b, equal)                                                                     \
	({                                                                                         \
		size_t at_ = 0;                                                                    \
		while ((a).n == (b).n && at_ < (a).n && equal(&(a).at[at_], &(b).at[at_]))         \
			at_++;                                                                     \
		at_ == (a).n && (a).n == (b).n;                                                    \
	})

static bool selector_equal(const struct recorded_selector *a, const struct recorded_selector *b)
{
	return strcmp(a->name, b->name) == 0 && all_equal(a->slots, b->slots, slot_equal) &&
	       all_equal(a->tried, b->tried, name_equal) && all_equal(a->left, b->left, left_equal);
}

static bool declared_equal(const struct recorded_endpoint *a, const struct recorded_endpoint *b)
{
	return key_equal(&a->public_key, &b->public_key) && strcmp(a->endpoint, b->endpoint) == 0 &&
	       a->at == b->at && all_equal(a->untried, b->untried, endpoint_equal);
}

static bool rules_equal(const struct recorded_interface *a, const struct recorded_interface *b)
{
	return a->has_rules == b->has_rules &&
	       (!a->has_rules ||
		(a->rule_priority == b->rule_priority && a->rule_table == b->rule_table));
}

static bool interface_equal(const struct recorded_interface *a, const struct recorded_interface *b)
{
	return strcmp(a->name, b->name) == 0 && a->endpoints_digest == b->endpoints_digest &&
	       all_equal(a->endpoints, b->endpoints, declared_equal) &&
	       all_equal(a->peers, b->peers, key_equal) &&
	       all_equal(a->addresses, b->addresses, prefix_equal) && rules_equal(a, b);
}

bool recorded_equal(const struct recorded *a, const struct recorded *b)
{
	return strcmp(a->boot_id, b->boot_id) == 0 && a->time_attempt == b->time_attempt &&
	       a->time_done == b->time_done &&
	       all_equal(a->selectors, b->selectors, selector_equal) &&
	       all_equal(a->interfaces, b->interfaces, interface_equal);
}
