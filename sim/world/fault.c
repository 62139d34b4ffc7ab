/* SPDX-License-Identifier: MIT */
/*
 * Faults and their ends. Most faults are active until undone, and the state of the world is
 * always the declared one, changed by all active faults, in order of start. So faults may
 * overlap in any way: a cable that was cut twice works when both are over, and a node that
 * boots meanwhile gets the active faults.
 */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATE_DIRECTORY "var/lib/wgreconcile"
#define STATE_FILE STATE_DIRECTORY "/default.json"
/* A file that only user-mode Linux has. */
#define GUEST_ONLY "/proc/exitcode"
/* Fraction of changed bytes in a corrupt file, and their minimum. */
#define CORRUPT_SHARE 100
#define CORRUPT_MIN 4

struct deed {
	bool (*act)(struct world *world, const struct standing *fault, bool undo,
		    struct failure *failure);
	bool stands;
	bool can_be_undone;
};

/* ---- Active faults ---- */

static size_t standing_find(const struct world *world, const struct standing *sought)
{
	size_t i = 0;

	while (i < world->standing.n && (world->standing.at[i].fault != sought->fault ||
					 world->standing.at[i].number != sought->number))
		i++;
	return i;
}

/* Of a fault that is repeated and never undone only the last one applies. */
static void standing_add(struct world *world, const struct standing *added)
{
	if (!added->fault->undo_after) {
		for (size_t i = world->standing.n; i-- > 0;) {
			if (world->standing.at[i].fault == added->fault)
				vec_remove(&world->standing, i);
		}
	}
	*vec_push(world->arena, &world->standing) = *added;
}

static void standing_remove(struct world *world, const struct standing *removed)
{
	size_t i = standing_find(world, removed);

	if (i < world->standing.n)
		vec_remove(&world->standing, i);
}

static bool any_stands(const struct world *world, enum fault_kind kind, const struct node *node)
{
	vec_each (standing, &world->standing) {
		if (standing->fault->kind == kind && standing->fault->node == node)
			return true;
	}
	return false;
}

/* ---- Cables ---- */

static bool carry(struct world *world, const struct standing *fault, bool undo,
		  struct failure *failure)
{
	(void)undo;
	return cables_carry(world, fault->fault, failure);
}

static bool shape(struct world *world, const struct standing *fault, bool undo,
		  struct failure *failure)
{
	(void)undo;
	return cables_shape(world, fault->fault, failure);
}

static bool divide(struct world *world, const struct standing *fault, bool undo,
		   struct failure *failure)
{
	(void)undo;
	return cables_divide(world, fault->fault, failure);
}

/* ---- Power ---- */

static bool shall_be_on(const struct world *world, const struct node *node)
{
	bool on = true;

	vec_each (standing, &world->standing) {
		enum fault_kind kind = standing->fault->kind;

		if (standing->fault->node != node)
			continue;
		if (kind == FAULT_CRASH || kind == FAULT_REBOOT || kind == FAULT_BOOT)
			on = kind == FAULT_BOOT;
	}
	return on;
}

static bool lose_state(struct world *world, struct world_node *node, struct failure *failure)
{
	if (!directory_empty(node, STATE_DIRECTORY, failure))
		return false;
	/* Freed space must not be usable on a full disk. */
	return !any_stands(world, FAULT_DISK_FULL, node->node) || machine_disk(node, true, failure);
}

static bool power(struct world *world, const struct standing *fault, bool undo,
		  struct failure *failure)
{
	struct world_node *node = world_node(world, fault->fault->node);
	bool boots = undo || fault->fault->kind == FAULT_BOOT;

	if (!shall_be_on(world, node->node))
		return node_off(world, node, failure);
	if (!node->on && boots && fault->fault->lose_state && !lose_state(world, node, failure))
		return false;
	return node_on(world, node, failure);
}

/* ---- Disk ---- */

static bool room(struct world *world, const struct standing *fault, bool undo,
		 struct failure *failure)
{
	const struct node *node = fault->fault->node;

	(void)undo;
	return machine_disk(world_node(world, node), any_stands(world, FAULT_DISK_FULL, node),
			    failure);
}

/* Changes some bytes, chosen by the seed. */
static bool corrupt(const struct world *world, const struct standing *fault, int fd, off_t length)
{
	uint64_t left = (uint64_t)length / CORRUPT_SHARE + CORRUPT_MIN;
	uint64_t number = (uint64_t)fault->number << 32;

	while (left-- > 0) {
		off_t at = (off_t)scenario_random(world->scenario, fault->fault->name, number++,
						  (uint64_t)length);
		unsigned char byte;

		if (pread(fd, &byte, 1, at) != 1)
			return false;
		byte ^= (unsigned char)(1 + scenario_random(world->scenario, fault->fault->name,
							    number++, UINT8_MAX));
		if (pwrite(fd, &byte, 1, at) != 1)
			return false;
	}
	return true;
}

static bool damage(const struct world *world, const struct standing *fault, int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return false;
	switch (fault->fault->damage) {
	case STATE_TRUNCATE:
		return ftruncate(fd, status.st_size / 2) == 0;
	case STATE_EMPTY:
	case STATE_DELETE:
		return ftruncate(fd, 0) == 0;
	case STATE_CORRUPT:
		return status.st_size == 0 || corrupt(world, fault, fd, status.st_size);
	}
	return false;
}

static bool state_delete(const struct world_node *node)
{
	int directory = file_open(node, STATE_DIRECTORY, O_PATH | O_DIRECTORY);
	bool done = directory >= 0 &&
		    (unlinkat(directory, "default.json", 0) == 0 || errno == ENOENT);

	if (directory >= 0)
		close(directory);
	return done;
}

/* Where nothing is recorded yet, there is nothing to damage. */
static bool state_damage(const struct world *world, const struct world_node *node,
			 const struct standing *fault)
{
	int fd = file_open(node, STATE_FILE, O_RDWR);
	bool done;

	if (fd < 0)
		return errno == ENOENT;
	done = damage(world, fault, fd);
	close(fd);
	return done && (fault->fault->damage != STATE_DELETE || state_delete(node));
}

static bool state(struct world *world, const struct standing *fault, bool undo,
		  struct failure *failure)
{
	const struct world_node *node = world_node(world, fault->fault->node);

	if (!state_damage(world, node, fault))
		return failure_set(failure, errno, "%s: /" STATE_FILE, node->node->name);
	/* Freed space must not be usable on a full disk. */
	return !any_stands(world, FAULT_DISK_FULL, node->node) || room(world, fault, undo, failure);
}

/* ---- Names, services, filters, addresses ---- */

static bool names(struct world *world, const struct standing *fault, bool undo,
		  struct failure *failure)
{
	struct world_node *node = world_node(world, fault->fault->node);

	(void)undo;
	return !node->on || names_answer(world, node, failure);
}

static bool service(struct world *world, const struct standing *fault, bool undo,
		    struct failure *failure)
{
	struct world_node *node = world_node(world, fault->fault->node);

	(void)undo;
	return !node->on || services_run(world, node, failure);
}

static bool drop(struct world *world, const struct standing *fault, bool undo,
		 struct failure *failure)
{
	if (undo)
		return filter_remove(world, fault, failure);
	return filter_add(world, fault, failure);
}

static bool address(struct world *world, const struct standing *fault, bool undo,
		    struct failure *failure)
{
	return addresses_change(world, fault->fault, undo, failure);
}

static bool rebind(struct world *world, const struct standing *fault, bool undo,
		   struct failure *failure)
{
	(void)undo;
	return nat_rebind(world, world_node(world, fault->fault->node), failure);
}

/* ---- The clock ---- */

static bool step_clock(struct world *world, const struct standing *fault, bool undo,
		       struct failure *failure)
{
	struct timespec now;
	int64_t stepped;

	(void)world;
	(void)undo;
	if (access(GUEST_ONLY, F_OK) < 0)
		return failure_set(failure, 0,
				   "the clock is this machine's; only the simulator's own kernel "
				   "has one to play with");
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return failure_set(failure, errno, "clock_gettime");
	stepped = now.tv_sec * INT64_C(1000000000) + now.tv_nsec +
		  fault->fault->clock_step * INT64_C(1000000);
	now.tv_sec = stepped / 1000000000;
	now.tv_nsec = stepped % 1000000000;
	if (clock_settime(CLOCK_REALTIME, &now) < 0)
		return failure_set(failure, errno, "clock_settime");
	return true;
}

/* ---- WireGuard ---- */

/* Whether the node has it now: -1 on an error. */
static int has_interface(struct world *world, const struct node *node, const char *name,
			 struct failure *failure)
{
	unsigned index;

	if (!world_enter(world, node, failure))
		return -1;
	index = if_nametoindex(name);
	return world_leave(world, failure) ? index != 0 : -1;
}

static unsigned next_generation(struct world *world, struct world_node *node, const char *interface)
{
	struct key_generation *added;

	vec_each (known, &node->generations) {
		if (strcmp(known->interface, interface) == 0)
			return ++known->generation;
	}
	added = vec_push(world->arena, &node->generations);
	*added = (struct key_generation){ interface, 1 };
	return 1;
}

static bool replace_key(struct world *world, const struct standing *fault, bool undo,
			struct failure *failure)
{
	const char *interface = fault->fault->object;
	struct world_node *node = world_node(world, fault->fault->node);
	char path[64];
	const char *const argv[] = { "wg", "set", interface, "private-key", path, NULL };
	int there;

	(void)undo;
	if (!files_key(world, node, interface, next_generation(world, node, interface), failure))
		return false;
	there = node->on ? has_interface(world, node->node, interface, failure) : 0;
	if (there <= 0)
		return there == 0;
	snprintf(path, sizeof(path), "/etc/wgreconcile/%s.key", interface);
	return command_run(world, node, argv, failure);
}

static bool delete_interface(struct world *world, const struct standing *fault, bool undo,
			     struct failure *failure)
{
	const char *const argv[] = { "ip", "link", "del", fault->fault->object, NULL };
	struct world_node *node = world_node(world, fault->fault->node);
	int there = node->on ? has_interface(world, node->node, fault->fault->object, failure) : 0;

	(void)undo;
	if (there <= 0)
		return there == 0;
	return command_run(world, node, argv, failure);
}

static bool desire(struct world *world, const struct standing *fault, bool undo,
		   struct failure *failure)
{
	(void)undo;
	return files_desire(world, world_node(world, fault->fault->node), fault->fault->text,
			    failure);
}

/* ---- Commands ---- */

static bool command(struct world *world, const struct standing *fault, bool undo,
		    struct failure *failure)
{
	struct world_node *node = world_node(world, fault->fault->node);
	struct arena *arena = arena_new();
	const char **argv = arena_alloc(arena, (fault->fault->command.n + 1) * sizeof(*argv));
	size_t n = 0;
	bool done;

	(void)undo;
	vec_each (word, &fault->fault->command)
		argv[n++] = *word;
	done = !node->on || command_run(world, node, argv, failure);
	arena_free(arena);
	return done;
}

static const struct deed deeds[] = {
	[FAULT_LINK_DOWN] = { carry, true, true },
	[FAULT_LINK_UP] = { carry, true, false },
	[FAULT_QUALITY] = { shape, true, true },
	[FAULT_PARTITION] = { divide, true, true },
	[FAULT_CRASH] = { power, true, true },
	[FAULT_BOOT] = { power, true, false },
	[FAULT_REBOOT] = { power, true, true },
	[FAULT_STATE_FILE] = { state, false, false },
	[FAULT_DISK_FULL] = { room, true, true },
	[FAULT_NAMES] = { names, true, true },
	[FAULT_ADDRESS] = { address, true, true },
	[FAULT_NAT_REBIND] = { rebind, false, false },
	[FAULT_CLOCK] = { step_clock, false, false },
	[FAULT_REPLACE_KEY] = { replace_key, false, false },
	[FAULT_DELETE_INTERFACE] = { delete_interface, false, false },
	[FAULT_COMMAND] = { command, false, false },
	[FAULT_DESIRED] = { desire, false, false },
	[FAULT_DROP] = { drop, true, true },
	[FAULT_SERVICE_STOP] = { service, true, true },
	[FAULT_SERVICE_START] = { service, true, false },
};

bool world_fault(struct world *world, const struct occurrence *occurrence, struct failure *failure)
{
	const struct standing fault = { occurrence->fault, occurrence->number };
	enum fault_kind kind = fault.fault->kind;
	const struct deed *deed;

	if (kind >= sizeof(deeds) / sizeof(*deeds) || !deeds[kind].act)
		return failure_set(failure, EINVAL, "%s is not done to the world",
				   fault_kind_word(kind));
	deed = &deeds[kind];
	if (occurrence->undo && !deed->can_be_undone)
		return failure_set(failure, EINVAL, "%s cannot be undone", fault_kind_word(kind));
	if (deed->stands && occurrence->undo)
		standing_remove(world, &fault);
	else if (deed->stands)
		standing_add(world, &fault);
	return deed->act(world, &fault, occurrence->undo, failure);
}
