/* SPDX-License-Identifier: MIT */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

struct world_node *world_node(const struct world *world, const struct node *node)
{
	return &world->nodes[node - world->scenario->nodes.at];
}

static void lay_out_node(struct world *world, const struct node *node)
{
	struct world_node *made = world_node(world, node);

	*made = (struct world_node){
		.node = node, .pidfd = -1, .orders = -1, .root = -1, .ballast = -1
	};
	made->ports = &world->ports[world->n_ports];
	made->n_ports = node->attachments.n;
	made->services = arena_alloc(world->arena, node->services.n * sizeof(*made->services));
	for (size_t i = 0; i < node->services.n; i++)
		made->services[i] = (struct running){ .service = &node->services.at[i],
						      .process = { 0, -1, -1 } };
	vec_each (attachment, &node->attachments) {
		struct port *port = &world->ports[world->n_ports];

		*port = (struct port){ .node = made,
				       .attachment = attachment,
				       .number = (unsigned)world->n_ports++ };
	}
}

static void lay_out(struct world *world)
{
	const struct scenario *scenario = world->scenario;
	size_t ports = 0;

	vec_each (node, &scenario->nodes)
		ports += node->attachments.n;
	world->nodes = arena_alloc(world->arena, scenario->nodes.n * sizeof(*world->nodes));
	world->ports = arena_alloc(world->arena, ports * sizeof(*world->ports));
	vec_each (node, &scenario->nodes)
		lay_out_node(world, node);
}

static void note_ignored_signals(struct world *world)
{
	struct sigaction action;

	sigemptyset(&world->ignored);
	for (int number = 1; number < NSIG; number++) {
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&world->ignored, number);
	}
}

static bool open_at_home(struct world *world, struct failure *failure)
{
	world->home_network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	world->home_mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	world->home_directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	world->home_processes = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	world->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (world->home_network < 0 || world->home_mounts < 0 || world->home_directory < 0 ||
	    world->home_processes < 0 || world->null < 0)
		return failure_set(failure, errno, "/proc/self/ns, /dev/null");
	note_ignored_signals(world);
	return true;
}

/* Addresses at the switchboard would only cause useless packets. */
static bool silence_ipv6(struct failure *failure)
{
	const char *path = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "1", 1) == 1;

	if (!done)
		failure_set(failure, errno, "%s", path);
	if (fd >= 0)
		close(fd);
	return done;
}

/* A namespace held only by our descriptor. */
static bool switchboard_make(struct world *world, struct failure *failure)
{
	bool done;

	if (unshare(CLONE_NEWNET) < 0)
		return failure_set(failure, errno, "no network namespace");
	world->switchboard = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	done = world->switchboard >= 0 || failure_set(failure, errno, "/proc/self/ns/net");
	done = done && silence_ipv6(failure);
	return world_leave(world, failure) && done;
}

static bool uses_wireguard(const struct scenario *scenario)
{
	vec_each (node, &scenario->nodes) {
		if (node->wireguard.n)
			return true;
	}
	return false;
}

/* Reported now instead of by each run. */
static bool wireguard_check(struct world *world, struct failure *failure)
{
	const char *const argv[] = { "ip", "-batch", "-", NULL };
	const struct place place = { world->switchboard, CLONE_NEWNET };

	if (world->options.wireguard != IMPLEMENTATION_KERNEL || !uses_wireguard(world->scenario) ||
	    tool_run(world, place, argv, "link add wg0 type wireguard\nlink del wg0\n", failure))
		return true;
	return failure_set(failure, 0,
			   "this kernel has no WireGuard; the time-travel kernel has it, and "
			   "wireguard-go needs none");
}

static bool machines_start(struct world *world, struct failure *failure)
{
	for (size_t i = 0; i < world->scenario->nodes.n; i++) {
		if (!machine_start(world, &world->nodes[i], failure) ||
		    !files_install(world, &world->nodes[i], failure))
			return false;
	}
	return true;
}

static bool switch_all_on(struct world *world, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct node_set all = { 0 };
	bool done;

	for (size_t i = 0; i < world->scenario->nodes.n; i++)
		*vec_push(arena, &all.list) = &world->nodes[i];
	done = nodes_on(world, &all, failure);
	arena_free(arena);
	return done;
}

static bool build(struct world *world, struct failure *failure)
{
	if (geteuid() != 0)
		return failure_set(failure, EPERM, "namespaces need root");
	return open_at_home(world, failure) && switchboard_make(world, failure) &&
	       wireguard_check(world, failure) && machines_start(world, failure) &&
	       switch_all_on(world, failure);
}

struct world *world_build(const struct scenario *scenario, const struct world_options *options,
			  struct arena *arena, struct failure *failure)
{
	struct world *world = arena_alloc(arena, sizeof(*world));

	*world = (struct world){ .scenario = scenario,
				 .options = *options,
				 .arena = arena,
				 .home_network = -1,
				 .home_mounts = -1,
				 .home_directory = -1,
				 .home_processes = -1,
				 .switchboard = -1,
				 .null = -1 };
	lay_out(world);
	if (build(world, failure))
		return world;
	world_remove(world);
	return NULL;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Nothing of a node was ever in the directory itself: see machine.c. */
void world_remove(struct world *world)
{
	if (!world)
		return;
	for (size_t i = 0; i < world->scenario->nodes.n; i++) {
		services_forget(&world->nodes[i]);
		sockets_close(&world->nodes[i]);
		machine_end(&world->nodes[i]);
	}
	close_if_open(world->switchboard);
	close_if_open(world->null);
	close_if_open(world->home_processes);
	close_if_open(world->home_network);
	close_if_open(world->home_mounts);
	close_if_open(world->home_directory);
}

bool world_is_on(const struct world *world, const struct node *node)
{
	return world_node(world, node)->on;
}

unsigned world_boots(const struct world *world, const struct node *node)
{
	return world_node(world, node)->boots;
}

const char *world_path(const struct world *world, const struct node *node, const char *path,
		       struct arena *arena)
{
	return arena_printf(arena, "/proc/%d/root/%s", (int)world_node(world, node)->first,
			    path + strspn(path, "/"));
}

bool world_enter(struct world *world, const struct node *node, struct failure *failure)
{
	const struct world_node *where = world_node(world, node);

	if (!where->on)
		return failure_set(failure, ENETDOWN, "%s is off", node->name);
	if (setns(where->pidfd, CLONE_NEWNET | CLONE_NEWNS) < 0)
		return failure_set(failure, errno, "cannot enter %s", node->name);
	return true;
}

bool world_leave(struct world *world, struct failure *failure)
{
	if (setns(world->home_network, CLONE_NEWNET) < 0 ||
	    setns(world->home_mounts, CLONE_NEWNS) < 0 || fchdir(world->home_directory) < 0)
		return failure_set(failure, errno, "cannot return to our namespaces");
	return true;
}
