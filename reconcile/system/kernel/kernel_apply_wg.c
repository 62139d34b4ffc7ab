/* SPDX-License-Identifier: MIT */
#include "kernel_parts.h"

#include <errno.h>
#include <stdlib.h>

/* A program that hangs uses only its own interface's share of time. */
static bool program_set(struct applying *applying, const struct wg_update *update,
			struct target *target, struct failure *failure)
{
	struct deadline share = deadline_share(applying->deadline, applying->interfaces_left);

	if (wg_set(applying->kernel->wg, target->backend, update, target->observed,
		   applying->scratch, &share, failure))
		return true;
	if (failure->code == ETIMEDOUT) {
		failure_set(failure, ETIMEDOUT, "its WireGuard program does not answer");
		target->broken = arena_printf(applying->arena,
					      "the WireGuard program of %s does not answer",
					      target->name);
	}
	return false;
}

static bool target_set(struct applying *applying, struct target *target,
		       struct change *const *changes, size_t n, struct failure *failure)
{
	struct wg_update update;

	wg_update_make(&update, (const struct change *const *)changes, n, applying->scratch);
	if (target->backend->program)
		return program_set(applying, &update, target, failure);
	return wg_set(applying->kernel->wg, target->backend, &update, target->observed,
		      applying->scratch, applying->deadline, failure);
}

/* Errors that smaller updates would also have. */
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

/* Whether WireGuard rejected the change itself. */
static bool is_refusal(const struct failure *failure)
{
	switch (failure->code) {
	case EINVAL:
	case ERANGE:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return true;
	default:
		return false;
	}
}

/* All of them at once; on failure by halves, down to the invalid change. */
static void wg_carry_out(struct applying *applying, struct target *target,
			 struct change *const *changes, size_t n)
{
	struct failure failure = { 0 };

	if (n == 0)
		return;
	if (target_set(applying, target, changes, n, &failure)) {
		for (size_t i = 0; i < n; i++)
			change_done(changes[i]);
	} else if (n == 1 || concerns_all(&failure)) {
		for (size_t i = 0; i < n; i++)
			change_failed(applying, changes[i], &failure);
		changes[0]->refused = n == 1 && is_refusal(&failure);
	} else {
		wg_carry_out(applying, target, changes, n / 2);
		wg_carry_out(applying, target, changes + n / 2, n - n / 2);
	}
}

/* Changes of one interface, in their order. */
static void apply_wg_interface(struct applying *applying, struct change **changes, size_t n)
{
	size_t possible = 0;

	for (size_t i = 0; i < n; i++)
		if (change_possible(applying, changes[i]))
			changes[possible++] = changes[i];
	if (possible)
		wg_carry_out(applying, target_get(applying, changes[0]->interface), changes,
			     possible);
	if (applying->interfaces_left)
		applying->interfaces_left--;
}

struct placed {
	struct change *change;
	struct change *first; /* of those on the same interface */
};

static int compare_interfaces(const void *a_, const void *b_)
{
	const struct placed *a = a_, *b = b_;
	int order = strcmp(a->change->interface, b->change->interface);

	return order ? order : (a->change > b->change) - (a->change < b->change);
}

static int compare_places(const void *a_, const void *b_)
{
	const struct placed *a = a_, *b = b_;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->change > b->change) - (a->change < b->change);
}

/* The changes of [from, to) by interface, in the order of their first changes. */
static struct placed *by_interface(struct applying *applying, struct change *from, size_t n)
{
	struct placed *placed = arena_alloc(applying->scratch, n * sizeof(*placed));

	for (size_t i = 0; i < n; i++)
		placed[i].change = from + i;
	qsort(placed, n, sizeof(*placed), compare_interfaces);
	for (size_t i = 0; i < n; i++)
		placed[i].first = i && !strcmp(placed[i - 1].change->interface,
					       placed[i].change->interface)
					  ? placed[i - 1].first
					  : placed[i].change;
	qsort(placed, n, sizeof(*placed), compare_places);
	return placed;
}

/* All changes of an interface go in one update. */
void apply_wg(struct applying *applying, struct change *from, struct change *to)
{
	size_t n = (size_t)(to - from);
	struct placed *placed = by_interface(applying, from, n);
	struct change **changes = arena_alloc(applying->scratch, n * sizeof(*changes));
	size_t begin = 0;

	for (size_t i = 0; i < n; i++)
		changes[i] = placed[i].change;
	for (size_t i = 1; i <= n; i++) {
		if (i < n && placed[i].first == placed[begin].first)
			continue;
		apply_wg_interface(applying, changes + begin, i - begin);
		begin = i;
	}
}
