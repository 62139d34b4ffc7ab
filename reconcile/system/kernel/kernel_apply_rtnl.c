/* SPDX-License-Identifier: MIT */
#include "kernel_parts.h"

#include <errno.h>
#include <stdlib.h>

static struct observed_address address_of(const struct change *change, uint32_t index)
{
	return (struct observed_address){ .index = index,
					  .prefix = change->prefix,
					  .other_end = change->other_end,
					  .protocol = OWNER_PROTOCOL };
}

static struct observed_route route_of(const struct change *change, uint32_t index)
{
	return (struct observed_route){ .index = index,
					.destination = change->prefix,
					.table = change->table,
					.metric = change->metric,
					.protocol = OWNER_PROTOCOL,
					.source = change->source,
					.unreachable = change->unreachable };
}

/* The same address with another length: the full length, unless the address has it itself. */
static struct observed_address guard_of(const struct observed_address *address)
{
	struct observed_address guard = *address;
	unsigned whole = family_bits(guard.prefix.ip.family);

	guard.prefix.length = (uint8_t)(guard.prefix.length == whole ? whole - 1 : whole);
	guard.other_end = (struct ip){ 0 };
	guard.protocol = OWNER_PROTOCOL;
	return guard;
}

/* Others of the same network stay. */
static bool put_address_remove(struct netlink_batch *batch, const struct observed_address *address)
{
	if (address->prefix.ip.family == FAMILY_IPV4 && !rtnl_put_promotion(batch, address->index))
		return false;
	return rtnl_put_address_remove(batch, address);
}

/* The machine keeps the address all the time. */
static bool put_address_move(struct netlink_batch *batch, const struct observed_address *address)
{
	struct observed_address guard = guard_of(address);

	return rtnl_put_address_guard(batch, &guard) && put_address_remove(batch, address) &&
	       rtnl_put_address_add(batch, address) && rtnl_put_address_remove(batch, &guard);
}

static bool put_route_add(struct netlink_batch *batch, const struct change *change,
			  const struct observed_route *route)
{
	if (change->replaces)
		return rtnl_put_route_replace(batch, route);
	return change->beside ? rtnl_put_route_beside(batch, route)
			      : rtnl_put_route_add(batch, route);
}

static bool put_change(struct netlink_batch *batch, const struct change *change, uint32_t index)
{
	struct observed_address address = address_of(change, index);
	struct observed_route route = route_of(change, index);

	switch (change->kind) {
	case CHANGE_LINK_OWNER:
		return rtnl_put_link_alias(batch, change->interface, change->owner);
	case CHANGE_LINK_MTU:
		return rtnl_put_link_mtu(batch, index, change->value);
	case CHANGE_LINK_UP:
		return rtnl_put_link_up(batch, index);
	case CHANGE_LINK_REMOVE:
		return rtnl_put_link_remove(batch, index);
	case CHANGE_ADDRESS_ADD:
		return rtnl_put_address_add(batch, &address);
	case CHANGE_ADDRESS_MOVE:
		return put_address_move(batch, &address);
	case CHANGE_ADDRESS_REMOVE:
		return put_address_remove(batch, &address);
	case CHANGE_ROUTE_ADD:
		return put_route_add(batch, change, &route);
	case CHANGE_ROUTE_REMOVE:
		return rtnl_put_route_remove(batch, &route);
	case CHANGE_RULE_ADD:
		return rtnl_put_rule_add(batch, &change->rule);
	default:
		return rtnl_put_rule_remove(batch, &change->rule);
	}
}

/* Another program was faster. */
static bool is_gone_already(const struct change *change, int code)
{
	switch (change->kind) {
	case CHANGE_ADDRESS_REMOVE:
		return code == EADDRNOTAVAIL || code == ENODEV;
	case CHANGE_ROUTE_REMOVE:
		return code == ESRCH || code == ENODEV;
	case CHANGE_RULE_REMOVE:
		return code == ENOENT;
	case CHANGE_LINK_REMOVE:
		return code == ENODEV;
	default:
		return false;
	}
}

/* Kernels before 5.18 may refuse the attribute with the address's protocol. */
static void address_without_mark(struct applying *applying, struct change *change)
{
	struct observed_address address = address_of(
		change, target_get(applying, change->interface)->index);
	struct failure failure;

	address.protocol = 0;
	netlink_batch_clear(applying->batch);
	rtnl_put_address_add(applying->batch, &address);
	if (netlink_batch_send(applying->kernel->route, applying->batch, applying->deadline,
			       &failure) ||
	    failure.code == EEXIST)
		change_done(change);
	else
		change_failed(applying, change, &failure);
}

static int destination_compare(const void *a_, const void *b_)
{
	const struct observed_route *a = a_;
	const struct observed_route *b = b_;

	return prefix_compare(&a->destination, &b->destination);
}

static void forget_there(struct applying *applying)
{
	arena_free(applying->there.arena);
	applying->there = (struct routes_there){ 0 };
}

/* Once for all refused ones of a batch: they may be many, and so may the routes. */
static bool read_there(struct applying *applying, uint32_t index)
{
	struct routes_there *there = &applying->there;
	struct observed observed = { 0 };
	struct failure failure;

	if (there->arena && there->index == index)
		return true;
	forget_there(applying);
	there->arena = arena_new();
	there->index = index;
	observed.arena = there->arena;
	vec_push(there->arena, &observed.interfaces)->index = index;
	if (!rtnl_routes(applying->kernel->route, &observed, applying->deadline, &failure)) {
		forget_there(applying);
		return false;
	}
	there->list.at = observed.routes.at;
	there->list.n = observed.routes.n;
	if (there->list.n)
		qsort(there->list.at, there->list.n, sizeof(*there->list.at), destination_compare);
	return true;
}

/* Whether such a route already leads into the interface: the kernel adds one for the network
 * of each address. */
static bool route_is_there(struct applying *applying, const struct change *change)
{
	const struct routes_there *there = &applying->there;
	const struct observed_route wanted = { .destination = change->prefix };

	if (!read_there(applying, target_get(applying, change->interface)->index))
		return false;
	for (size_t i = vec_place(&there->list, &wanted, destination_compare); i < there->list.n;
	     i++) {
		const struct observed_route *route = &there->list.at[i];

		if (prefix_compare(&route->destination, &change->prefix))
			return false;
		if (route->table == change->table && route->metric == change->metric)
			return true;
	}
	return false;
}

static void route_exists(struct applying *applying, struct change *change)
{
	struct failure failure;

	if (!change->unreachable && route_is_there(applying, change)) {
		change_done(change);
		return;
	}
	failure_set(&failure, 0, "a route of somebody else has this destination, table and metric");
	change_failed(applying, change, &failure);
}

static bool is_address_added(const struct change *change)
{
	return change->kind == CHANGE_ADDRESS_ADD || change->kind == CHANGE_ADDRESS_MOVE;
}

static void settle_failed(struct applying *applying, struct change *change,
			  const struct failure *result)
{
	struct failure failure;

	if (is_address_added(change) && result->code == EINVAL) {
		address_without_mark(applying, change);
	} else if (change->kind == CHANGE_ROUTE_ADD && result->code == EEXIST) {
		route_exists(applying, change);
	} else if (change->kind == CHANGE_RULE_ADD && result->code == EEXIST) {
		failure_set(&failure, 0, "a rule of somebody else says the same");
		change_failed(applying, change, &failure);
	} else {
		change_failed(applying, change, result);
	}
}

/* An existing address is as desired; so is one that others have added meanwhile. */
static void settle(struct applying *applying, struct change *change, const struct failure *result)
{
	if (result->code == 0 || is_gone_already(change, result->code) ||
	    (is_address_added(change) && result->code == EEXIST)) {
		change_done(change);
		if (change->kind == CHANGE_LINK_REMOVE)
			wg_forget(change->interface);
		return;
	}
	settle_failed(applying, change, result);
}

/* The results are copied: settling may need the batch itself. */
static void batch_flush(struct applying *applying)
{
	struct netlink_batch *batch = applying->batch;
	unsigned n = batch->messages;
	struct failure failure;

	netlink_batch_send(applying->kernel->route, batch, applying->deadline, &failure);
	memcpy(applying->results, batch->results, n * sizeof(*batch->results));
	netlink_batch_clear(batch);
	for (unsigned i = 0; i < n; i++)
		if (applying->batched[i])
			settle(applying, applying->batched[i], &applying->results[i]);
	netlink_batch_clear(batch);
	forget_there(applying);
}

/* The messages of one change: its result is the last one's, except for the removal of a
 * guard. False if they do not all fit. */
static bool batch_change(struct applying *applying, struct change *change, uint32_t index)
{
	struct netlink_batch *batch = applying->batch;
	unsigned first = batch->messages, last;

	if (!put_change(batch, change, index))
		return false;
	last = batch->messages - 1 - (change->kind == CHANGE_ADDRESS_MOVE);
	for (unsigned i = first; i < batch->messages; i++)
		applying->batched[i] = NULL;
	applying->batched[last] = change;
	return true;
}

/* If a change does not fit, the batch is sent first, which is harmless, and the change is
 * added again. */
static void forget_rest(struct applying *applying, unsigned from)
{
	for (unsigned i = from; i < applying->batch->messages; i++)
		applying->batched[i] = NULL;
}

void apply_rtnl(struct applying *applying, struct change *from, struct change *to)
{
	netlink_batch_clear(applying->batch);
	for (struct change *change = from; change < to; change++) {
		unsigned before = applying->batch->messages;
		uint32_t index = 0;

		if (!change_possible(applying, change))
			continue;
		if (!change_is_apart(change))
			index = target_get(applying, change->interface)->index;
		if (!batch_change(applying, change, index)) {
			forget_rest(applying, before);
			batch_flush(applying);
			batch_change(applying, change, index);
		}
	}
	batch_flush(applying);
}
