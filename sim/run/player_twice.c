/* SPDX-License-Identifier: MIT */
#include "player_parts.h"
#include "second_look.h"

/* With real time, a node changes while its state is read. */
#define ATTEMPTS 5

/* Runs the program in the node. False when it failed. */
static bool print(struct player *player, const struct actor *actor, const char *const *argv,
		  const char **printed, struct failure *failure)
{
	return process_run(player->world, actor->node, argv, printed, player->scratch, failure) ==
	       0;
}

static bool print_all(struct player *player, const struct actor *actor, struct second_look *printed,
		      struct failure *failure)
{
	static const char *const wireguard[] = { "wg", "show", "all", "dump", NULL };
	static const char *const addresses[] = { "ip", "-json", "address", "show", NULL };
	static const char *const routes4[] = { "ip",   "-json", "-N",  "-4", "route",
					       "show", "table", "all", NULL };
	static const char *const routes6[] = { "ip",   "-json", "-N",  "-6", "route",
					       "show", "table", "all", NULL };

	return print(player, actor, wireguard, &printed->wireguard, failure) &&
	       print(player, actor, addresses, &printed->addresses, failure) &&
	       print(player, actor, routes4, &printed->routes4, failure) &&
	       print(player, actor, routes6, &printed->routes6, failure);
}

/* One line, or NULL: both are equal. */
static const char *compare(struct player *player, struct actor *actor)
{
	struct second_look printed;
	struct observed observed;
	struct failure failure = { 0 };

	if (!look_observe(player, actor, &observed))
		return NULL;
	if (!print_all(player, actor, &printed, &failure))
		return failure.code ? arena_printf(player->scratch, "wg or ip: %s", failure.text)
				    : "wg or ip failed";
	return second_look(&observed, &printed, player->scratch);
}

void look_twice(struct player *player)
{
	for (size_t i = 0; i < player->scenario->nodes.n && !player->error; i++) {
		struct actor *actor = &player->actors[i];
		const char *found = NULL;

		if (!world_is_on(player->world, actor->node))
			continue;
		for (unsigned attempt = 0; attempt < ATTEMPTS && !player->error; attempt++) {
			found = compare(player, actor);
			if (!found)
				break;
		}
		if (found)
			player_fail(player,
				    arena_printf(player->arena, "%s: %s", actor->node->name, found),
				    NULL);
	}
}
