/* SPDX-License-Identifier: MIT */
/*
 * The existing interfaces that this instance may configure: its own, those of no instance
 * where nothing would be lost, and those declared with take_over.
 */
#include "plan_parts.h"

#include <stdlib.h>

bool plan_owns(const struct desired *desired, const struct observed_interface *in_kernel)
{
	size_t length = strlen(OWNER_ALIAS);

	return in_kernel->alias && strncmp(in_kernel->alias, OWNER_ALIAS, length) == 0 &&
	       strcmp(in_kernel->alias + length, desired->name) == 0;
}

const char *plan_other_instance(const struct desired *desired,
				const struct observed_interface *in_kernel)
{
	size_t length = strlen(OWNER_ALIAS);

	if (!in_kernel->alias || strncmp(in_kernel->alias, OWNER_ALIAS, length) != 0 ||
	    strcmp(in_kernel->alias + length, desired->name) == 0)
		return NULL;
	return in_kernel->alias + length;
}

/* Its recorded state shows that an earlier run has configured it. */
static bool is_recorded(const struct desired *desired, const struct desired_interface *interface,
			const struct recorded *before)
{
	if (recorded_interface_find(before, interface->name))
		return true;
	desired_each_selector (selector, desired, interface) {
		const struct recorded_selector *recorded = recorded_selector_find(before,
										  selector->name);

		if (recorded && recorded->slots.n)
			return true;
	}
	return false;
}

struct keys {
	VEC(struct wg_key) list;
};

static void collect_keys(struct keys *keys, const struct desired *desired,
			 const struct desired_interface *interface, struct arena *arena)
{
	vec_each (peer, &interface->peers)
		*vec_push(arena, &keys->list) = peer->public_key;
	desired_each_selector (selector, desired, interface)
		vec_each (peer, &selector->peers)
			*vec_push(arena, &keys->list) = peer->public_key;
	if (keys->list.n > 1)
		qsort(keys->list.at, keys->list.n, sizeof(*keys->list.at), key_order);
}

/* An undeclared peer, and their number; NULL: none. */
static const struct wg_key *find_foreign(struct arena *arena, const struct desired *desired,
					 const struct desired_interface *interface,
					 const struct observed_interface *in_kernel, size_t *n)
{
	const struct wg_key *found = NULL;
	struct keys keys = { 0 };

	*n = 0;
	collect_keys(&keys, desired, interface, arena);
	vec_each (peer, &in_kernel->peers) {
		if (keys.list.n && bsearch(&peer->public_key, keys.list.at, keys.list.n,
					   sizeof(*keys.list.at), key_order))
			continue;
		found = &peer->public_key;
		(*n)++;
	}
	return found;
}

static const char *refusal_of_foreign(struct arena *arena, const struct desired *desired,
				      const struct desired_interface *interface,
				      const struct observed_interface *in_kernel)
{
	const struct wg_key *foreign;
	char key[KEY_TEXT_MAX];
	size_t n;

	foreign = find_foreign(arena, desired, interface, in_kernel, &n);
	if (!foreign)
		return NULL;
	return arena_printf(
		arena,
		"was not made by wgreconcile and has %zu peer%s that nothing declares "
		"(%s): left alone; wg-quick, systemd-networkd or NetworkManager may "
		"manage it: stop that and set \"take_over: true\" to remove such peers, "
		"or \"unmanaged_peers: keep\" to keep them",
		n, n == 1 ? "" : "s", key_text(foreign, key));
}

const char *plan_refusal(struct arena *arena, const struct desired *desired,
			 const struct desired_interface *interface, const struct recorded *before,
			 const struct observed_interface *in_kernel)
{
	const char *other;

	if (!in_kernel || in_kernel->kind != LINK_WIREGUARD || interface->take_over ||
	    plan_owns(desired, in_kernel))
		return NULL;
	other = plan_other_instance(desired, in_kernel);
	if (other)
		return arena_printf(arena,
				    "belongs to instance \"%s\": left alone by instance \"%s\"; "
				    "declare it in one of the two, or set \"take_over: true\" here",
				    text_printable(arena, other), desired->name);
	if (!interface->create || interface->unmanaged_peers == UNMANAGED_KEEP ||
	    is_recorded(desired, interface, before))
		return NULL;
	return refusal_of_foreign(arena, desired, interface, in_kernel);
}
