/* SPDX-License-Identifier: MIT */
/*
 * Reading is one dump of links, one of each WireGuard device, and filtered ones
 * of addresses, routes and rules.
 */
#include "kernel_parts.h"

#include "system/files/files.h"

#include "system/wireguard/wg_user.h"

#include <errno.h>
#include <stdlib.h>

/* A route lookup needs no waiting; the time is for a busy kernel. */
#define ROUTE_LOOKUP_MS 1000

struct kernel *kernel_open(void)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->route = netlink_open(NETLINK_ROUTE);
	kernel->wg = wg_open();
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
	wg_close(kernel->wg);
	free(kernel);
}

bool kernel_route_exists(struct kernel *kernel, const struct endpoint *endpoint, uint32_t fwmark)
{
	struct deadline deadline = deadline_in(ROUTE_LOOKUP_MS);

	return rtnl_route_exists(kernel->route, endpoint, fwmark, &deadline);
}

void kernel_route_lookup(struct kernel *kernel, const struct ip *to, uint32_t fwmark,
			 struct observed_lookup *lookup, struct arena *arena)
{
	struct deadline deadline = deadline_in(ROUTE_LOOKUP_MS);

	rtnl_route_lookup(kernel->route, to, fwmark, lookup, arena, &deadline);
}

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
		return wg_backend_of_link(link->name, link->kind);
	return desired_interface_find(desired, link->name) || is_owned(desired, link) ||
	       is_recorded(recorded, link->name);
}

static void interface_from_link(struct observed_interface *interface, const struct rtnl_link *link,
				const struct wg_backend *backend)
{
	interface->name = link->name;
	interface->index = link->index;
	interface->alias = link->alias;
	interface->mtu = link->mtu;
	interface->up = link->up;
	interface->implementation = backend ? backend->implementation : IMPLEMENTATION_KERNEL;
}

/* Time for reading devices: all programs that hang may together use half of it, each an
 * equal share of the rest. */
struct reading {
	struct kernel *kernel;
	struct observed *observed;
	const struct deadline *deadline;
	struct deadline programs_until;
	size_t programs_left;
};

static const char *unreadable(const char *name, const struct wg_backend *backend,
			      const struct failure *failure, struct arena *arena)
{
	const char *what = failure->code == ETIMEDOUT ? "does not answer"
						      : "gives no usable answer";

	return arena_printf(arena,
			    "its WireGuard program %s on %s/%s" WG_USER_SUFFIX
			    " (%s): restart the program",
			    what, backend->directory, name, failure_text(failure, arena));
}

/* The device of a program. One that did not answer before is not tried again. */
static void observe_program(struct reading *reading, const struct wg_backend *backend,
			    struct observed_interface *interface)
{
	struct observed *observed = reading->observed;
	const struct observed_interface *earlier = NULL;
	struct deadline share;
	struct failure failure;

	if (observed->earlier)
		earlier = observed_interface_find(observed->earlier, interface->name);
	if (earlier && earlier->unreadable) {
		interface->unreadable = earlier->unreadable;
		return;
	}
	share = deadline_share(&reading->programs_until, reading->programs_left);
	if (reading->programs_left)
		reading->programs_left--;
	if (wg_get(reading->kernel->wg, backend, interface, observed->arena, observed->prefixes,
		   &share, &failure))
		return;
	interface->peers.n = 0;
	interface->unreadable = unreadable(interface->name, backend, &failure, observed->arena);
}

/* One link; *gone when it has been removed since the links were read. */
static bool observe_device(struct reading *reading, const struct rtnl_link *link,
			   struct observed_interface *interface, bool *gone,
			   struct failure *failure)
{
	const struct wg_backend *backend = wg_backend_of_link(link->name, link->kind);

	*gone = false;
	interface_from_link(interface, link, backend);
	if (!backend)
		return true;
	if (backend->program) {
		observe_program(reading, backend, interface);
		return true;
	}
	if (wg_get(reading->kernel->wg, backend, interface, reading->observed->arena,
		   reading->observed->prefixes, reading->deadline, failure))
		return true;
	*gone = failure->code == ENODEV;
	return *gone;
}

static size_t count_programs(const struct rtnl_links *links, const struct desired *desired,
			     const struct recorded *recorded)
{
	size_t n = 0;

	vec_each (link, &links->list) {
		const struct wg_backend *backend = NULL;

		if (is_wanted(desired, recorded, link))
			backend = wg_backend_of_link(link->name, link->kind);
		n += backend && backend->program;
	}
	return n;
}

/* One that did not answer, or is gone, is skipped: the next run reads it again. */
static void observe_other(struct kernel *kernel, const struct rtnl_link *link,
			  const struct wg_backend *backend, struct observed_other *other,
			  const struct deadline *deadline)
{
	struct observed_interface device = { .name = link->name };
	struct deadline share = deadline_share(deadline, 4);
	struct arena *scratch = arena_new();
	struct failure failure;

	other->name = link->name;
	other->unreadable = !wg_get(kernel->wg, backend, &device, scratch, scratch, &share,
				    &failure);
	other->fwmark = device.fwmark;
	arena_free(scratch);
}

static void observe_others(struct kernel *kernel, const struct rtnl_links *links,
			   const struct desired *desired, const struct recorded *recorded,
			   struct observed *observed, const struct deadline *deadline)
{
	if (!desired || !observed_has_unclear_rules(observed, desired))
		return;
	vec_each (link, &links->list) {
		const struct wg_backend *backend;

		if (is_wanted(desired, recorded, link))
			continue;
		backend = wg_backend_of_link(link->name, link->kind);
		if (backend)
			observe_other(kernel, link, backend,
				      vec_push(observed->arena, &observed->others), deadline);
	}
}

static bool observe_interfaces(struct kernel *kernel, const struct desired *desired,
			       const struct recorded *recorded, struct observed *observed,
			       struct rtnl_links *links, const struct deadline *deadline,
			       const char **error)
{
	struct reading reading = { .kernel = kernel, .observed = observed, .deadline = deadline };
	struct arena *arena = observed->arena;
	struct failure failure;

	if (!rtnl_links(kernel->route, links, arena, deadline, &failure)) {
		*error = arena_printf(arena, "links: %s", failure_text(&failure, arena));
		return false;
	}
	reading.programs_until = deadline_share(deadline, 2);
	reading.programs_left = count_programs(links, desired, recorded);
	vec_each (link, &links->list) {
		bool gone;

		*vec_push(arena, &observed->links) = (struct observed_link){ link->index,
									     link->name,
									     link->mtu };
		if (!is_wanted(desired, recorded, link))
			continue;
		if (!observe_device(&reading, link, vec_push(arena, &observed->interfaces), &gone,
				    &failure)) {
			*error = arena_printf(arena, "%s: %s", link->name,
					      failure_text(&failure, arena));
			return false;
		}
		if (gone)
			observed->interfaces.n--;
	}
	return true;
}

/* Sets which interfaces follow routes. */
static void set_follow(const struct desired *desired, struct observed *observed)
{
	vec_each (interface, &observed->interfaces) {
		const struct desired_interface *wanted = desired ? desired_interface_find(
									   desired, interface->name)
								 : NULL;

		if (wanted && wanted->follow.enabled)
			interface->follow = &wanted->follow;
	}
}

/* Tables of this tool's current and desired rules. */
struct tables {
	VEC(uint32_t) list;
};

static void add_table(struct tables *tables, uint32_t table, struct arena *arena)
{
	vec_each (added, &tables->list)
		if (*added == table)
			return;
	*vec_push(arena, &tables->list) = table;
}

static void collect_tables(struct tables *tables, const struct desired *desired,
			   const struct recorded *recorded, const struct observed *observed)
{
	vec_each (rule, &observed->rules)
		if (rule->not_fwmark)
			add_table(tables, rule->table, observed->arena);
	if (desired)
		vec_each (interface, &desired->interfaces)
			if (interface->rules == RULES_FWMARK)
				add_table(tables, interface->table, observed->arena);
	if (recorded)
		vec_each (interface, &recorded->interfaces)
			if (interface->has_rules)
				add_table(tables, interface->rule_table, observed->arena);
}

static bool observe_unreachable(struct kernel *kernel, const struct desired *desired,
				const struct recorded *recorded, struct observed *observed,
				const struct deadline *deadline, struct failure *failure)
{
	struct tables tables = { 0 };

	collect_tables(&tables, desired, recorded, observed);
	return rtnl_unreachable(kernel->route, observed, tables.list.at, tables.list.n, deadline,
				failure);
}

static int compare_links(const void *a_, const void *b_)
{
	const struct rtnl_link *a = a_, *b = b_;

	return a->index < b->index ? -1 : a->index > b->index;
}

/* An address of a link that is new since the links were read is left out. */
static bool observe_host_addresses(struct kernel *kernel, struct rtnl_links *links,
				   struct observed *observed, const struct deadline *deadline,
				   struct failure *failure)
{
	size_t kept = 0;

	if (!rtnl_host_addresses(kernel->route, observed, deadline, failure))
		return false;
	if (links->list.n)
		qsort(links->list.at, links->list.n, sizeof(*links->list.at), compare_links);
	vec_each (address, &observed->host_addresses) {
		const struct rtnl_link wanted = { .index = address->index };
		size_t place = vec_place(&links->list, &wanted, compare_links);

		if (place == links->list.n || links->list.at[place].index != address->index)
			continue;
		address->link = links->list.at[place].name;
		address->up = links->list.at[place].up;
		observed->host_addresses.at[kept++] = *address;
	}
	observed->host_addresses.n = kept;
	return true;
}

bool kernel_observe(struct kernel *kernel, const struct desired *desired,
		    const struct recorded *recorded, struct observed *observed,
		    const struct deadline *deadline, const char **error)
{
	struct rtnl_links links = { 0 };
	struct failure failure = { 0 };
	const char *what = NULL;

	observed_forget_allowed_ips(observed);
	observed->prefixes = arena_new();
	observed->interfaces.n = 0;
	observed->links.n = 0;
	observed->addresses.n = 0;
	observed->routes.n = 0;
	observed->rules.n = 0;
	observed->others.n = 0;
	observed->unreachable.n = 0;
	if (!observe_interfaces(kernel, desired, recorded, observed, &links, deadline, error))
		return false;
	set_follow(desired, observed);
	if (!rtnl_addresses(kernel->route, observed, deadline, &failure))
		what = "addresses";
	else if (desired && desired_has_facts(desired) &&
		 !observe_host_addresses(kernel, &links, observed, deadline, &failure))
		what = "addresses of all links";
	else if (!rtnl_routes(kernel->route, observed, deadline, &failure))
		what = "routes";
	else if (!rtnl_rules(kernel->route, observed, deadline, &failure))
		what = "rules";
	else if (!observe_unreachable(kernel, desired, recorded, observed, deadline, &failure))
		what = "unreachable routes";
	if (what) {
		*error = arena_printf(observed->arena, "%s: %s", what,
				      failure_text(&failure, observed->arena));
		return false;
	}
	observe_others(kernel, &links, desired, recorded, observed, deadline);
	if (desired)
		files_observe(desired, observed);
	observed_sort(observed);
	return true;
}
