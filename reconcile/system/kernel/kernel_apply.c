/* SPDX-License-Identifier: MIT */
/*
 * The list of changes is processed once: consecutive WireGuard changes become one update for
 * each interface, consecutive others one batch of rtnetlink messages. Interfaces are created
 * one by one.
 */
#include "kernel_parts.h"

#include "system/files/files.h"
#include "system/wireguard/wg_program.h"

#include <errno.h>
#include <stdlib.h>

void change_done(struct change *change)
{
	change->result = CHANGE_DONE;
}

static struct target *target_find(struct applying *applying, const char *name)
{
	size_t place = vec_place(&applying->targets, &name, text_order);
	struct target *target = applying->targets.at + place;

	return place < applying->targets.n && !strcmp(target->name, name) ? target : NULL;
}

static void target_fails(struct applying *applying, const char *name)
{
	struct target *target = name ? target_find(applying, name) : NULL;

	if (target)
		target->failed = true;
}

/* WireGuard's socket belongs to the network namespace in which the interface was created. */
static const char *port_in_use(const struct change *change, struct arena *arena)
{
	long port = change->kind == CHANGE_LINK_UP ? change->desired->listen_port
						   : (long)change->value;

	return arena_printf(arena,
			    "listen port %ld is in use (0.0.0.0:%ld or [::]:%ld): by another "
			    "program or interface, or by a WireGuard interface that was moved to "
			    "another network namespace and keeps its port in this one",
			    port, port, port);
}

static bool takes_port(const struct change *change)
{
	return change->kind == CHANGE_DEVICE_LISTEN_PORT ||
	       (change->kind == CHANGE_LINK_UP && change->desired &&
		change->desired->listen_port >= 0);
}

void change_failed(struct applying *applying, struct change *change, const struct failure *failure)
{
	change->result = CHANGE_FAILED;
	change->error = failure->code == EADDRINUSE && takes_port(change)
				? port_in_use(change, applying->arena)
				: failure_text(failure, applying->arena);
	target_fails(applying, change->interface);
}

static void change_skipped(struct applying *applying, struct change *change, const char *error)
{
	change->result = CHANGE_SKIPPED;
	change->error = error;
	target_fails(applying, change->interface);
}

/* Pointers to other targets are invalid afterwards. */
static struct target *target_new(struct applying *applying, const char *name)
{
	size_t place = vec_place(&applying->targets, &name, text_order);
	struct target *target = vec_insert(applying->scratch, &applying->targets, place);

	target->name = name;
	target->backend = wg_backend_of(IMPLEMENTATION_KERNEL);
	return target;
}

/* Looks up the link of a target, just created by us or by others. */
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

struct target *target_get(struct applying *applying, const char *name)
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
		target->backend = wg_backend_of(interface->implementation);
	} else {
		target_look_up(applying, target);
	}
	return target;
}

/* The target that a change requires, or NULL. */
static struct target *target_needed(struct applying *applying, const struct change *change)
{
	if (!change->interface)
		return NULL;
	if (change_is_apart(change) && change_sign(change->kind) == '-')
		return NULL;
	if (change_is_apart(change))
		return target_find(applying, change->interface);
	return target_get(applying, change->interface);
}

bool change_possible(struct applying *applying, struct change *change)
{
	const struct target *target = target_needed(applying, change);
	const struct target *heir = change->heir ? target_find(applying, change->heir) : NULL;

	if (target && target->broken)
		change_skipped(applying, change, target->broken);
	else if (heir && (heir->broken || heir->failed))
		change_skipped(applying, change,
			       arena_printf(applying->arena,
					    "kept, because interface %s, which is to take its "
					    "place, does not work yet",
					    heir->name));
	else
		return true;
	return false;
}

/* The owner's mark, if an instance owns it. */
static void put_alias(struct applying *applying, const char *name)
{
	if (applying->instance)
		rtnl_put_link_alias(
			applying->batch, name,
			arena_printf(applying->scratch, "%s%s", OWNER_ALIAS, applying->instance));
}

static bool send_batch(struct applying *applying, struct failure *failure)
{
	return netlink_batch_send(applying->kernel->route, applying->batch, applying->deadline,
				  failure);
}

static const struct wg_backend *backend_of(const struct change *change)
{
	return wg_backend_of(change->desired->implementation);
}

/* IFLA_INFO_KIND of the link created by a change. */
static const char *info_kind(const struct change *change)
{
	switch (change->link_kind) {
	case LINK_WIREGUARD:
		return backend_of(change)->link_kind;
	case LINK_OTHER:
		break;
	}
	return "";
}

/* Link and mark are set together, so that the link never exists without the mark, even if
 * this process is killed. True if there is a link; failure is then the mark's. */
static bool make_kernel_link(struct applying *applying, const struct change *change,
			     struct failure *failure)
{
	netlink_batch_clear(applying->batch);
	rtnl_put_link_add(applying->batch, change->interface, info_kind(change));
	put_alias(applying, change->interface);
	send_batch(applying, failure);
	if (applying->batch->results[0].code == EOPNOTSUPP)
		failure_set(failure, 0,
			    "this kernel has no WireGuard; \"implementation: userspace\" uses a "
			    "program such as wireguard-go instead");
	return applying->batch->results[0].code == 0;
}

static void mark_program_link(struct applying *applying, const char *name, struct failure *failure)
{
	netlink_batch_clear(applying->batch);
	put_alias(applying, name);
	send_batch(applying, failure);
}

static void link_made(struct applying *applying, struct change *change, bool made,
		      const struct failure *failure)
{
	struct target *target = target_find(applying, change->interface);

	if (!target)
		target = target_new(applying, change->interface);
	target->backend = backend_of(change);
	if (made)
		target_look_up(applying, target);
	else
		target->broken = arena_printf(applying->arena, "interface %s could not be made",
					      target->name);
	if (made && failure->code == 0)
		change_done(change);
	else
		change_failed(applying, change, failure);
}

/* They get half of the time if other changes follow. */
static void apply_programs(struct applying *applying, struct change *const *changes, size_t n)
{
	struct wg_program *programs = arena_alloc(applying->scratch, n * sizeof(*programs));
	struct deadline share = deadline_share(applying->deadline,
					       applying->interfaces_left > 1 ? 2 : 1);

	for (size_t i = 0; i < n; i++) {
		programs[i].desired = changes[i]->desired;
		programs[i].backend = backend_of(changes[i]);
	}
	wg_programs_start(programs, n, &share);
	for (size_t i = 0; i < n; i++) {
		struct wg_program *program = &programs[i];

		if (program->answers)
			mark_program_link(applying, changes[i]->interface, &program->failure);
		link_made(applying, changes[i], program->answers, &program->failure);
	}
}

/* Kernel links cost nothing; programs are waited for afterwards. */
static void apply_link_adds(struct applying *applying, struct change *from, struct change *to)
{
	struct change **programs = arena_alloc(applying->scratch,
					       (size_t)(to - from) * sizeof(struct change *));
	size_t n = 0;

	for (struct change *change = from; change < to; change++) {
		struct failure failure = { 0 };
		bool made;

		if (change->link_kind == LINK_WIREGUARD && backend_of(change)->program) {
			programs[n++] = change;
			continue;
		}
		made = make_kernel_link(applying, change, &failure);
		link_made(applying, change, made, &failure);
	}
	if (n)
		apply_programs(applying, programs, n);
}

/* A load command that hangs leaves time for the others and for later changes. */
static void apply_files(struct applying *applying, struct change *from, struct change *to)
{
	for (struct change *change = from; change < to; change++) {
		struct deadline share = deadline_share(applying->deadline,
						       (size_t)(to - change) + 1);

		change->error = file_write(change->file, applying->arena, &share);
		change->result = change->error ? CHANGE_FAILED : CHANGE_DONE;
	}
}

enum stretch {
	STRETCH_LINK_ADD,
	STRETCH_RELEASE, /* WireGuard's, and before any of them */
	STRETCH_WIREGUARD,
	STRETCH_RTNETLINK,
	STRETCH_FILE,
};

static enum stretch stretch_of(const struct change *change)
{
	if (change->kind == CHANGE_LINK_ADD)
		return STRETCH_LINK_ADD;
	if (change->kind == CHANGE_DEVICE_PORT_RELEASE)
		return STRETCH_RELEASE;
	if (change->kind == CHANGE_FILE_WRITE)
		return STRETCH_FILE;
	return wg_change_is(change->kind) ? STRETCH_WIREGUARD : STRETCH_RTNETLINK;
}

static void apply_stretch(struct applying *applying, enum stretch stretch, struct change *from,
			  struct change *to)
{
	switch (stretch) {
	case STRETCH_LINK_ADD:
		apply_link_adds(applying, from, to);
		break;
	case STRETCH_RELEASE:
	case STRETCH_WIREGUARD:
		apply_wg(applying, from, to);
		break;
	case STRETCH_RTNETLINK:
		apply_rtnl(applying, from, to);
		break;
	case STRETCH_FILE:
		apply_files(applying, from, to);
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

static size_t count_interfaces(const struct changes *changes, struct arena *scratch)
{
	const char **names = arena_alloc(scratch, changes->list.n * sizeof(*names));
	size_t n = 0, different = 0;

	vec_each (change, &changes->list)
		if (change->interface)
			names[n++] = change->interface;
	if (n)
		qsort(names, n, sizeof(*names), text_order);
	for (size_t i = 0; i < n; i++)
		different += !i || strcmp(names[i - 1], names[i]) != 0;
	return different;
}

void kernel_apply(struct kernel *kernel, const char *instance, const struct observed *observed,
		  struct changes *changes, const struct deadline *deadline)
{
	struct change *from = changes->list.at;
	struct change *end = changes->list.n ? from + changes->list.n : from;
	struct applying applying = { .kernel = kernel,
				     .observed = observed,
				     .instance = instance,
				     .arena = changes->arena,
				     .deadline = deadline };
	size_t interfaces;

	/* Usually there is nothing to do; then no message buffer is allocated. */
	if (from == end)
		return;
	applying.scratch = arena_new();
	applying.batch = netlink_batch_new(applying.scratch);
	applying.results = arena_alloc(applying.scratch,
				       NETLINK_BATCH_MESSAGES * sizeof(*applying.results));
	interfaces = count_interfaces(changes, applying.scratch);
	while (from < end) {
		enum stretch stretch = stretch_of(from);
		struct change *to = from;

		applying.interfaces_left = interfaces;
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
