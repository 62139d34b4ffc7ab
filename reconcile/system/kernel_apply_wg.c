/* SPDX-License-Identifier: MIT */
#include "kernel_parts.h"

#include "wg_user.h"

#include <errno.h>
#include <stdlib.h>

static int arrival_compare(const void *a_, const void *b_)
{
	const struct arrival *a = a_;
	const struct arrival *b = b_;
	int by_interface = strcmp(a->interface, b->interface);

	return by_interface ? by_interface : prefix_compare(&a->prefix, &b->prefix);
}

static void arrivals_add(struct applying *applying, const struct change *change,
			 const struct prefix *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*vec_push(applying->scratch,
			  &applying->arrivals) = (struct arrival){ change->interface, prefixes[i],
								   change->public_key };
}

static bool has_drops(const struct changes *changes)
{
	vec_each (change, &changes->list) {
		if (change->kind == CHANGE_ALLOWED_IP_REMOVE)
			return true;
	}
	return false;
}

/* Only drops ask for them: a first run with a million prefixes is spared the sort. */
void arrivals_collect(struct applying *applying, const struct changes *changes)
{
	if (!has_drops(changes))
		return;
	vec_each (change, &changes->list) {
		if (change->kind == CHANGE_PEER_ADD)
			arrivals_add(applying, change, change->allowed_ips, change->allowed_ips_n);
		else if (change->kind == CHANGE_ALLOWED_IP_ADD)
			arrivals_add(applying, change, &change->prefix, 1);
	}
	if (applying->arrivals.n)
		qsort(applying->arrivals.at, applying->arrivals.n, sizeof(*applying->arrivals.at),
		      arrival_compare);
}

/* A prefix that has moved to another peer is not its former owner's to drop, and
 * the throw-away peer would take it from the new one. */
static bool has_moved(const struct applying *applying, const struct change *change)
{
	struct arrival wanted = { .interface = change->interface, .prefix = change->prefix };
	const struct arrival *arrival;

	if (change->kind != CHANGE_ALLOWED_IP_REMOVE || !applying->arrivals.n)
		return false;
	arrival = bsearch(&wanted, applying->arrivals.at, applying->arrivals.n,
			  sizeof(*applying->arrivals.at), arrival_compare);
	return arrival && key_compare(&arrival->public_key, &change->public_key);
}

static bool wg_set(struct applying *applying, const struct target *target,
		   struct change *const *changes, size_t n, struct failure *failure)
{
	struct wg_update update;

	wg_update_make(&update, (const struct change *const *)changes, n, applying->scratch);
	if (target->implementation == IMPLEMENTATION_USERSPACE)
		return wg_user_set(&update, applying->scratch, applying->deadline, failure);
	return wg_kernel_set(applying->kernel->wg, &update, target->observed, applying->scratch,
			     applying->deadline, failure);
}

/* Errors that smaller updates would meet as well. */
static bool concerns_all(const struct failure *failure)
{
	switch (failure->code) {
	case ETIMEDOUT:
	case ENODEV:
	case EPERM:
	case EOPNOTSUPP:
	case ECONNREFUSED:
	case ENOENT:
		return true;
	default:
		return false;
	}
}

/* All of them at once; when that fails by halves, down to the change at fault. */
static void wg_carry_out(struct applying *applying, const struct target *target,
			 struct change *const *changes, size_t n)
{
	struct failure failure = { 0 };

	if (n == 0)
		return;
	if (wg_set(applying, target, changes, n, &failure)) {
		for (size_t i = 0; i < n; i++)
			change_done(changes[i]);
	} else if (n == 1 || concerns_all(&failure)) {
		for (size_t i = 0; i < n; i++)
			change_failed(applying, changes[i], &failure);
	} else {
		wg_carry_out(applying, target, changes, n / 2);
		wg_carry_out(applying, target, changes + n / 2, n - n / 2);
	}
}

/* The changes of [from, to) on the interface of the first, all in one update. */
static void apply_wg_interface(struct applying *applying, struct change *from, struct change *to)
{
	struct change **changes = arena_alloc(applying->scratch,
					      (size_t)(to - from) * sizeof(struct change *));
	size_t n = 0;

	for (struct change *change = from; change < to; change++) {
		if (change->result != CHANGE_PLANNED || strcmp(change->interface, from->interface))
			continue;
		if (has_moved(applying, change))
			change_done(change);
		else if (change_possible(applying, change))
			changes[n++] = change;
	}
	wg_carry_out(applying, target_get(applying, from->interface), changes, n);
}

void apply_wg(struct applying *applying, struct change *from, struct change *to)
{
	for (struct change *change = from; change < to; change++) {
		if (change->result == CHANGE_PLANNED)
			apply_wg_interface(applying, change, to);
	}
}
