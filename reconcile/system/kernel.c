/* SPDX-License-Identifier: MIT */
/*
 * Reading is one dump of links, one of each WireGuard device, and filtered ones
 * of addresses, routes and rules. Writing goes through the list of changes once:
 * stretches of WireGuard changes become one update for each interface, stretches
 * of others one batch of rtnetlink messages.
 */
#include "kernel.h"

#include "rtnl.h"
#include "wg_kernel.h"
#include "wg_program.h"
#include "wg_user.h"

#include <errno.h>
#include <stdlib.h>

#define KIND_WIREGUARD "wireguard"
#define KIND_TUN "tun"

/* A route lookup needs no waiting; the time is for a kernel that is busy. */
#define ROUTE_LOOKUP_MS 1000

struct kernel {
	struct netlink *route;
	struct wg_kernel *wg;
};

struct kernel *kernel_open(void)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->route = netlink_open(NETLINK_ROUTE);
	kernel->wg = wg_kernel_open();
	if (!kernel->route || !kernel->wg) {
		kernel_close(kernel);
		return NULL;
	}
	return kernel;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	netlink_close(kernel->route);
	wg_kernel_close(kernel->wg);
	free(kernel);
}

bool kernel_route_exists(struct kernel *kernel, const struct endpoint *endpoint, uint32_t fwmark)
{
	struct deadline deadline = deadline_in(ROUTE_LOOKUP_MS);

	return rtnl_route_exists(kernel->route, endpoint, fwmark, &deadline);
}

/* Observing. */

static bool is_owned(const struct desired *desired, const struct rtnl_link *link)
{
	size_t mark = strlen(OWNER_ALIAS);

	return desired->name && !strncmp(link->alias, OWNER_ALIAS, mark) &&
	       !strcmp(link->alias + mark, desired->name);
}

static bool is_recorded(const struct recorded *recorded, const char *name)
{
	if (!recorded)
		return false;
	vec_each (interface, &recorded->interfaces) {
		if (!strcmp(interface->name, name))
			return true;
	}
	return false;
}

static bool is_wanted(const struct desired *desired, const struct recorded *recorded,
		      const struct rtnl_link *link)
{
	if (!desired)
		return !strcmp(link->kind, KIND_WIREGUARD) || wg_user_exists(link->name);
	return desired_interface_find(desired, link->name) || is_owned(desired, link) ||
	       is_recorded(recorded, link->name);
}

static void interface_from_link(struct observed_interface *interface, const struct rtnl_link *link)
{
	interface->name = link->name;
	interface->index = link->index;
	interface->alias = link->alias;
	interface->mtu = link->mtu;
	interface->up = link->up;
	interface->implementation = strcmp(link->kind, KIND_TUN) ? IMPLEMENTATION_KERNEL
								 : IMPLEMENTATION_USERSPACE;
}

/* A program that hangs may not use up the time of the other interfaces. */
static struct deadline half_of(const struct deadline *deadline)
{
	return deadline_in(deadline_left(deadline) / 2);
}

/* One link; *gone when it has been removed since the links were read. */
static bool observe_device(struct kernel *kernel, const struct rtnl_link *link,
			   struct observed_interface *interface, struct arena *arena,
			   const struct deadline *deadline, bool *gone, struct failure *failure)
{
	struct deadline half = half_of(deadline);

	*gone = false;
	interface_from_link(interface, link);
	if (!strcmp(link->kind, KIND_WIREGUARD)) {
		if (wg_kernel_get(kernel->wg, interface, arena, deadline, failure))
			return true;
		*gone = failure->code == ENODEV;
		return *gone;
	}
	if (wg_user_exists(link->name) && !wg_user_get(interface, arena, &half, failure))
		interface->peers.n = 0;
	return true;
}

static bool observe_interfaces(struct kernel *kernel, const struct desired *desired,
			       const struct recorded *recorded, struct observed *observed,
			       const struct deadline *deadline, const char **error)
{
	struct arena *arena = observed->arena;
	struct rtnl_links links = { 0 };
	struct failure failure;

	if (!rtnl_links(kernel->route, &links, arena, deadline, &failure)) {
		*error = arena_printf(arena, "links: %s", failure_text(&failure, arena));
		return false;
	}
	vec_each (link, &links.list) {
		bool gone;

		if (!is_wanted(desired, recorded, link))
			continue;
		if (!observe_device(kernel, link, vec_push(arena, &observed->interfaces), arena,
				    deadline, &gone, &failure)) {
			*error = arena_printf(arena, "%s: %s", link->name,
					      failure_text(&failure, arena));
			return false;
		}
		if (gone)
			observed->interfaces.n--;
	}
	return true;
}

bool kernel_observe(struct kernel *kernel, const struct desired *desired,
		    const struct recorded *recorded, struct observed *observed,
		    const struct deadline *deadline, const char **error)
{
	struct failure failure = { 0 };
	const char *what = NULL;

	observed->interfaces.n = 0;
	observed->addresses.n = 0;
	observed->routes.n = 0;
	observed->rules.n = 0;
	if (!observe_interfaces(kernel, desired, recorded, observed, deadline, error))
		return false;
	if (!rtnl_addresses(kernel->route, observed, deadline, &failure))
		what = "addresses";
	else if (!rtnl_routes(kernel->route, observed, deadline, &failure))
		what = "routes";
	else if (!rtnl_rules(kernel->route, observed, deadline, &failure))
		what = "rules";
	if (what) {
		*error = arena_printf(observed->arena, "%s: %s", what,
				      failure_text(&failure, observed->arena));
		return false;
	}
	observed_sort(observed);
	return true;
}

/* Applying. */

/* An interface that changes are about. */
struct target {
	const char *name;
	uint32_t index;
	enum implementation implementation;
	const struct observed_interface *observed; /* NULL: did not exist before */
	const char *broken; /* why nothing can be done on it, or NULL */
};

/* A prefix that some peer gets. */
struct arrival {
	const char *interface;
	struct prefix prefix;
	struct wg_key public_key;
};

struct applying {
	struct kernel *kernel;
	const struct observed *observed;
	const char *instance;
	struct arena *arena; /* for errors */
	struct arena *scratch;
	const struct deadline *deadline;
	VEC(struct target) targets;
	VEC(struct arrival) arrivals; /* sorted */
	struct netlink_batch *batch;
	struct change *batched[NETLINK_BATCH_MESSAGES]; /* whose messages are in batch */
};

static void change_done(struct change *change)
{
	change->result = CHANGE_DONE;
}

static void change_failed(struct applying *applying, struct change *change,
			  const struct failure *failure)
{
	change->result = CHANGE_FAILED;
	change->error = failure_text(failure, applying->arena);
}

static void change_skipped(struct change *change, const char *error)
{
	change->result = CHANGE_SKIPPED;
	change->error = error;
}

static struct target *target_find(struct applying *applying, const char *name)
{
	vec_each (target, &applying->targets) {
		if (!strcmp(target->name, name))
			return target;
	}
	return NULL;
}

static struct target *target_new(struct applying *applying, const char *name)
{
	struct target *target = vec_push(applying->scratch, &applying->targets);

	target->name = name;
	return target;
}

/* Looks the link of a target up that has just been made, or made by others. */
static void target_look_up(struct applying *applying, struct target *target)
{
	struct rtnl_link link;
	struct failure failure;

	if (rtnl_link(applying->kernel->route, target->name, &link, applying->scratch,
		      applying->deadline, &failure)) {
		target->index = link.index;
		return;
	}
	if (failure.code == ENODEV)
		target->broken = arena_printf(applying->arena, "interface %s does not exist",
					      target->name);
	else
		target->broken = failure_text(&failure, applying->arena);
}

static struct target *target_get(struct applying *applying, const char *name)
{
	struct target *target = target_find(applying, name);
	const struct observed_interface *interface;

	if (target)
		return target;
	target = target_new(applying, name);
	interface = observed_interface_find(applying->observed, name);
	target->observed = interface;
	if (interface) {
		target->index = interface->index;
		target->implementation = interface->implementation;
	} else {
		target_look_up(applying, target);
	}
	return target;
}

static bool is_rule(enum change_kind kind)
{
	return kind == CHANGE_RULE_ADD || kind == CHANGE_RULE_REMOVE;
}

/* Whether the change can be tried at all; otherwise it is marked skipped. A rule
 * needs no interface, but is of no use without one that could not be made. */
static bool change_possible(struct applying *applying, struct change *change)
{
	const struct target *target;

	if (is_rule(change->kind))
		target = change->interface ? target_find(applying, change->interface) : NULL;
	else
		target = target_get(applying, change->interface);
	if (!target || !target->broken)
		return true;
	change_skipped(change, target->broken);
	return false;
}

/* Making interfaces. */

static const char *owner_alias(const struct applying *applying)
{
	return arena_printf(applying->scratch, "%s%s", OWNER_ALIAS, applying->instance);
}

static bool make_alias(struct applying *applying, const char *name, struct failure *failure)
{
	netlink_batch_clear(applying->batch);
	rtnl_put_link_alias(applying->batch, name, owner_alias(applying));
	return netlink_batch_send(applying->kernel->route, applying->batch, applying->deadline,
				  failure);
}

static bool make_kernel_link(struct applying *applying, const char *name, struct failure *failure)
{
	bool made;

	netlink_batch_clear(applying->batch);
	rtnl_put_link_add(applying->batch, name, KIND_WIREGUARD);
	made = netlink_batch_send(applying->kernel->route, applying->batch, applying->deadline,
				  failure);
	if (!made && failure->code == EOPNOTSUPP)
		failure_set(failure, 0,
			    "this kernel has no WireGuard; \"implementation: userspace\" uses a "
			    "program such as wireguard-go instead");
	return made;
}

static void apply_link_add(struct applying *applying, struct change *change)
{
	struct target *target = target_find(applying, change->interface);
	struct failure failure;
	bool made;

	if (!target)
		target = target_new(applying, change->interface);
	target->implementation = change->desired->implementation;
	if (target->implementation == IMPLEMENTATION_USERSPACE)
		made = wg_program_start(change->desired, applying->deadline, &failure);
	else
		made = make_kernel_link(applying, target->name, &failure);
	if (!made) {
		change_failed(applying, change, &failure);
		target->broken = arena_printf(applying->arena, "interface %s could not be made",
					      target->name);
		return;
	}
	target_look_up(applying, target);
	if (applying->instance && !make_alias(applying, target->name, &failure))
		change_failed(applying, change, &failure);
	else
		change_done(change);
}

/* WireGuard. */

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

static void arrivals_collect(struct applying *applying, const struct changes *changes)
{
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

static void apply_wg(struct applying *applying, struct change *from, struct change *to)
{
	for (struct change *change = from; change < to; change++) {
		if (change->result == CHANGE_PLANNED)
			apply_wg_interface(applying, change, to);
	}
}

/* Links, addresses, routes, rules. */

static struct observed_address address_of(const struct change *change, uint32_t index)
{
	return (struct observed_address){ .index = index,
					  .prefix = change->prefix,
					  .protocol = OWNER_PROTOCOL };
}

static struct observed_route route_of(const struct change *change, uint32_t index)
{
	return (struct observed_route){ .index = index,
					.destination = change->prefix,
					.table = change->table,
					.metric = change->metric,
					.protocol = OWNER_PROTOCOL };
}

static bool put_change(struct netlink_batch *batch, const struct change *change, uint32_t index)
{
	struct observed_address address = address_of(change, index);
	struct observed_route route = route_of(change, index);

	switch (change->kind) {
	case CHANGE_LINK_MTU:
		return rtnl_put_link_mtu(batch, index, change->value);
	case CHANGE_LINK_UP:
		return rtnl_put_link_up(batch, index);
	case CHANGE_LINK_REMOVE:
		return rtnl_put_link_remove(batch, index);
	case CHANGE_ADDRESS_ADD:
		return rtnl_put_address_add(batch, &address);
	case CHANGE_ADDRESS_REMOVE:
		return rtnl_put_address_remove(batch, &address);
	case CHANGE_ROUTE_ADD:
		return rtnl_put_route_add(batch, &route);
	case CHANGE_ROUTE_REMOVE:
		return rtnl_put_route_remove(batch, &route);
	case CHANGE_RULE_ADD:
		return rtnl_put_rule_add(batch, &change->rule);
	default:
		return rtnl_put_rule_remove(batch, &change->rule);
	}
}

/* Somebody else was faster. */
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

/* Whether a route like this leads into the interface already: the kernel makes one
 * for the network of each address. */
static bool route_is_there(struct applying *applying, const struct change *change)
{
	const struct target *target = target_get(applying, change->interface);
	struct observed observed = { .arena = applying->scratch };
	struct failure failure;

	vec_push(applying->scratch, &observed.interfaces)->index = target->index;
	if (!rtnl_routes(applying->kernel->route, &observed, applying->deadline, &failure))
		return false;
	vec_each (route, &observed.routes) {
		if (!prefix_compare(&route->destination, &change->prefix) &&
		    route->table == change->table && route->metric == change->metric)
			return true;
	}
	return false;
}

static void route_exists(struct applying *applying, struct change *change)
{
	struct failure failure;

	if (route_is_there(applying, change)) {
		change_done(change);
		return;
	}
	failure_set(&failure, 0, "a route of somebody else has this destination, table and metric");
	change_failed(applying, change, &failure);
}

static void settle_failed(struct applying *applying, struct change *change,
			  const struct failure *result)
{
	struct failure failure;

	if (change->kind == CHANGE_ADDRESS_ADD && result->code == EINVAL) {
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

/* An address that is there already is as desired; and so is one of which the
 * kernel has been told by others meanwhile. */
static void settle(struct applying *applying, struct change *change, const struct failure *result)
{
	if (result->code == 0 || is_gone_already(change, result->code) ||
	    (change->kind == CHANGE_ADDRESS_ADD && result->code == EEXIST)) {
		change_done(change);
		if (change->kind == CHANGE_LINK_REMOVE)
			wg_user_forget(change->interface);
		return;
	}
	settle_failed(applying, change, result);
}

/* The results are copied: settling may need the batch itself. */
static void batch_flush(struct applying *applying)
{
	struct netlink_batch *batch = applying->batch;
	unsigned n = batch->messages;
	struct failure *results = arena_alloc(applying->scratch, n * sizeof(*results));
	struct failure failure;

	netlink_batch_send(applying->kernel->route, batch, applying->deadline, &failure);
	memcpy(results, batch->results, n * sizeof(*results));
	netlink_batch_clear(batch);
	for (unsigned i = 0; i < n; i++)
		settle(applying, applying->batched[i], &results[i]);
	netlink_batch_clear(batch);
}

static void apply_rtnl(struct applying *applying, struct change *from, struct change *to)
{
	netlink_batch_clear(applying->batch);
	for (struct change *change = from; change < to; change++) {
		uint32_t index = 0;

		if (!change_possible(applying, change))
			continue;
		if (!is_rule(change->kind))
			index = target_get(applying, change->interface)->index;
		if (!put_change(applying->batch, change, index)) {
			batch_flush(applying);
			put_change(applying->batch, change, index);
		}
		applying->batched[applying->batch->messages - 1] = change;
	}
	batch_flush(applying);
}

enum stretch {
	STRETCH_LINK_ADD,
	STRETCH_WIREGUARD,
	STRETCH_RTNETLINK,
};

static enum stretch stretch_of(const struct change *change)
{
	if (change->kind == CHANGE_LINK_ADD)
		return STRETCH_LINK_ADD;
	return wg_change_is(change->kind) ? STRETCH_WIREGUARD : STRETCH_RTNETLINK;
}

static void apply_stretch(struct applying *applying, enum stretch stretch, struct change *from,
			  struct change *to)
{
	switch (stretch) {
	case STRETCH_LINK_ADD:
		for (struct change *change = from; change < to; change++)
			apply_link_add(applying, change);
		break;
	case STRETCH_WIREGUARD:
		apply_wg(applying, from, to);
		break;
	case STRETCH_RTNETLINK:
		apply_rtnl(applying, from, to);
		break;
	}
}

static void fail_all(struct applying *applying, struct change *from, struct change *to)
{
	struct failure failure;

	failure_set_deadline(&failure);
	for (struct change *change = from; change < to; change++)
		change_failed(applying, change, &failure);
}

void kernel_apply(struct kernel *kernel, const char *instance, const struct observed *observed,
		  struct changes *changes, const struct deadline *deadline)
{
	struct applying applying = { .kernel = kernel,
				     .observed = observed,
				     .instance = instance,
				     .arena = changes->arena,
				     .scratch = arena_new(),
				     .deadline = deadline };
	struct change *from = changes->list.at;
	struct change *end = changes->list.n ? from + changes->list.n : from;

	applying.batch = netlink_batch_new(applying.scratch);
	arrivals_collect(&applying, changes);
	while (from < end) {
		enum stretch stretch = stretch_of(from);
		struct change *to = from;

		while (to < end && stretch_of(to) == stretch)
			to++;
		if (deadline_passed(deadline))
			fail_all(&applying, from, to);
		else
			apply_stretch(&applying, stretch, from, to);
		from = to;
	}
	arena_free(applying.scratch);
}
