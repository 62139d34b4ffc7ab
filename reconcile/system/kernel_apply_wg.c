/* SPDX-License-Identifier: MIT */
#include "kernel_parts.h"

#include "wg_user.h"

#include <errno.h>

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
		if (change_possible(applying, change))
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
