/* SPDX-License-Identifier: MIT */
#include "core/desired/desired_default.h"
#include "plan_parts.h"

/* What WireGuard adds to a packet: 40 bytes of IPv6, 8 of UDP, 32 of its own. wg-quick(8)
 * subtracts the same for IPv4. */
#define OVERHEAD 80

void plan_mtu_endpoint(struct interface_plan *part, const struct desired_peer *peer,
		       const struct endpoint *endpoint)
{
	/* Those of other peers are learned, and change when peers connect. */
	if (!part->interface->mtu_auto || !peer->endpoint)
		return;
	if (endpoint)
		*vec_push(part->plan->arena, &part->endpoints) = endpoint->ip;
	else
		part->endpoint_unknown = true;
}

static uint32_t link_mtu(const struct observed *observed, uint32_t index)
{
	vec_each (link, &observed->links)
		if (link->index == index)
			return link->mtu;
	return 0;
}

/* False while a query is needed. *mtu: 0 if there is no route, or only the tunnel's own. */
static bool mtu_towards(struct interface_plan *part, const struct ip *to, uint32_t *mtu)
{
	const struct observed_lookup *lookup = observed_lookup_find(part->observed,
								    part->interface->name, to);

	*mtu = 0;
	if (!lookup) {
		plan_ask_lookup(part, to);
		return false;
	}
	if (!lookup->found || (part->in_kernel && lookup->index == part->in_kernel->index))
		return true;
	*mtu = lookup->mtu ? lookup->mtu : link_mtu(part->observed, lookup->index);
	return true;
}

/* Of several the largest, as in wg-quick. */
static bool mtu_of_endpoints(struct interface_plan *part, uint32_t *largest)
{
	bool known = true;

	*largest = 0;
	vec_each (to, &part->endpoints) {
		uint32_t mtu;

		known &= mtu_towards(part, to, &mtu);
		if (mtu > *largest)
			*largest = mtu;
	}
	return known;
}

/* IPv4's dummy address (RFC 7600), which only a default route covers. */
static bool mtu_of_default_route(struct interface_plan *part, uint32_t *mtu)
{
	static const struct ip dummy = { .family = FAMILY_IPV4, .b = { 192, 0, 0, 8 } };

	return mtu_towards(part, &dummy, mtu);
}

static uint32_t in_tunnel(const struct desired_interface *interface, uint32_t outside)
{
	uint32_t least = MTU_MIN;

	vec_each (address, &interface->addresses)
		if (address->prefix.ip.family == FAMILY_IPV6)
			least = IPV6_MTU_MIN;
	if (outside < least + OVERHEAD)
		return least;
	return outside - OVERHEAD > MTU_MAX ? MTU_MAX : outside - OVERHEAD;
}

void plan_mtu(struct interface_plan *part)
{
	const struct observed_interface *in_kernel = part->in_kernel;
	struct change *change;
	uint32_t mtu;

	if (!part->interface->mtu_auto || !mtu_of_endpoints(part, &mtu))
		return;
	/* Names may be resolved in the next run. */
	if (!mtu && in_kernel && part->endpoint_unknown)
		return;
	if (!mtu && !mtu_of_default_route(part, &mtu))
		return;
	/* Without any route, new interfaces get wg-quick's default: 1420. */
	if (!mtu)
		return;
	mtu = in_tunnel(part->interface, mtu);
	if (in_kernel && in_kernel->mtu == mtu)
		return;
	change = plan_part_change(part, CHANGE_LINK_MTU);
	change->value = mtu;
	change->old_value = in_kernel ? in_kernel->mtu : 0;
}
