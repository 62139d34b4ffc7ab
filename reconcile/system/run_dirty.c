/* SPDX-License-Identifier: MIT */
#include "run_parts.h"

#include <net/if.h>

/* The last address of a prefix. */
static struct ip last_address(const struct prefix *prefix)
{
	struct ip last = prefix->ip;

	for (unsigned bit = prefix->length; bit < family_bits(last.family); bit++)
		last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

/* The route of packets other than the tunnel's own: without a mark. */
static struct dirty *look_up(struct run *run, const struct run_options *options,
			     struct kernel *kernel)
{
	struct dirty *dirty = arena_alloc(run->arena, options->dirty_n * sizeof(*dirty));

	for (size_t i = 0; i < options->dirty_n; i++) {
		dirty[i] = options->dirty[i];
		dirty[i].first.to = dirty[i].prefix.ip;
		dirty[i].last.to = last_address(&dirty[i].prefix);
		kernel_route_lookup(kernel, &dirty[i].first.to, 0, &dirty[i].first, run->arena);
		kernel_route_lookup(kernel, &dirty[i].last.to, 0, &dirty[i].last, run->arena);
	}
	return dirty;
}

/* The data of the interfaces needed for applying, which are not read. */
static void assume_interfaces(struct run *run)
{
	vec_each (interface, &run->desired->interfaces) {
		struct observed_interface *assumed;
		uint32_t index = if_nametoindex(interface->name);

		if (!index || !interface->follow.enabled)
			continue;
		assumed = vec_push(run->arena, &run->observed.interfaces);
		assumed->name = interface->name;
		assumed->index = index;
		assumed->implementation = interface->implementation;
		assumed->kind = LINK_WIREGUARD;
	}
}

enum run_outcome run_dirty(struct run *run, const struct run_options *options,
			   struct kernel *kernel)
{
	struct deadline deadline = deadline_in(options->deadline);
	enum run_outcome outcome = run_read_state(run, options, RUN_DRY);

	if (outcome != RUN_DONE)
		return outcome;
	if (!run_assemble(run))
		return RUN_BAD_INPUT;
	assume_interfaces(run);
	if (!plan_dirty(&run->plan, run->arena, run->desired, &run->recorded,
			look_up(run, options, kernel), options->dirty_n))
		return RUN_UNCLEAR;
	kernel_apply(kernel, run->desired->name, &run->observed, &run->plan.changes, &deadline);
	return run_all_done(&run->plan.changes) ? RUN_DONE : RUN_UNCLEAR;
}
