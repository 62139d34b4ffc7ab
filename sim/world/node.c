/* SPDX-License-Identifier: MIT */
#include "world_parts.h"

/* From the seed, so that a simulation is reproducible; a valid random UUID (RFC 9562, 5.4). */
static const char *boot_id_make(const struct world *world, const struct world_node *node,
				struct arena *arena)
{
	const char *purpose = arena_printf(arena, "boot id of %s", node->node->name);
	unsigned part[8];

	for (unsigned i = 0; i < 8; i++)
		part[i] = (unsigned)scenario_random(world->scenario, purpose, node->boots * 8 + i,
						    0x10000);
	return arena_printf(arena, "%04x%04x-%04x-4%03x-a%03x-%04x%04x%04x", part[0], part[1],
			    part[2], part[3] & 0xfff, part[4] & 0xfff, part[5], part[6], part[7]);
}

/* Executed at each boot, before anything else. */
static bool boot_commands(struct world *world, struct world_node *node, struct failure *failure)
{
	vec_each (command, &node->node->boot) {
		const char *const argv[] = { "sh", "-c", *command, NULL };

		if (!command_run(world, node, argv, failure))
			return false;
	}
	return true;
}

/* Filters first: no packet bypasses them. They refer to interfaces by name. */
static bool machine_boot(struct world *world, struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();

	node->on = machine_on(node, boot_id_make(world, node, arena), failure);
	node->boots += node->on;
	arena_free(arena);
	return node->on && files_program(world, node, failure) &&
	       filters_load(world, node, failure);
}

bool nodes_on(struct world *world, const struct node_set *nodes, struct failure *failure)
{
	vec_each (node, &nodes->list) {
		if (!machine_boot(world, *node, failure))
			return false;
	}
	if (!cables_plug(world, nodes, failure))
		return false;
	vec_each (node, &nodes->list) {
		if (!services_on(world, *node, failure) || !boot_commands(world, *node, failure))
			return false;
	}
	return true;
}

bool node_on(struct world *world, struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct node_set alone = { 0 };
	bool done;

	*vec_push(arena, &alone.list) = node;
	done = node->on || nodes_on(world, &alone, failure);
	arena_free(arena);
	return done;
}

/* The cables first: processes still running cannot send. */
bool node_off(struct world *world, struct world_node *node, struct failure *failure)
{
	if (!node->on)
		return true;
	node->on = false;
	if (!cables_unplug(world, node, failure) || !machine_off(node, failure))
		return false;
	services_forget(node);
	sockets_close(node);
	return true;
}
