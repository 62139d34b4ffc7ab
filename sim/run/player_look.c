/* SPDX-License-Identifier: MIT */
/*
 * A node's state is read from outside: the kernel's state by our sockets in its network, the
 * recorded state as a file. A program in the node is only started for conditions on its
 * output (`wgreconcile plan`, commands).
 */
#include "player_parts.h"

#include "scenario/wireguard_key.h"
#include "system/kernel/rtnl.h"
#include "system/state/recorded_file.h"
#include "trace/trace.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Sampling interval for reports, without conditions that need more; also at nodes without runs. */
#define LOOK_MAX_MS 10000
#define LOOK_IDLE_MAX_MS 60000
/* Reading the kernel needs no waiting; the time is for a busy one. */
#define LOOK_DEADLINE_MS 10000
/* rtnetlink.h: RTPROT_* */
#define PROTOCOL_KERNEL 2
#define PROTOCOL_BOOT 3
#define PROTOCOL_STATIC 4
#define TABLE_MAIN 254
#define KEY_LETTERS 8

bool look_open(struct player *player, struct actor *actor)
{
	actor->route = netlink_open(NETLINK_ROUTE);
	actor->wg = wg_open();
	return (actor->route && actor->wg) ||
	       player_fail(player, "no memory for netlink sockets", NULL);
}

void look_close(struct actor *actor)
{
	netlink_close(actor->route);
	wg_close(actor->wg);
	actor->route = NULL;
	actor->wg = NULL;
}

/* The node whose key it is. */
static const char *peer_name(const struct player *player, const struct wg_key *key,
			     struct arena *arena)
{
	const struct wg_key *known = player->public_keys.at;
	char text[KEY_TEXT_MAX];

	vec_each (node, &player->scenario->nodes) {
		vec_each (interface, &node->wireguard) {
			for (unsigned generation = 0; generation < WIREGUARD_KEY_GENERATIONS;
			     generation++) {
				if (key_compare(known++, key))
					continue;
				return node->wireguard.n == 1
					       ? node->name
					       : arena_printf(arena, "%s.%s", node->name,
							      *interface);
			}
		}
	}
	key_text(key, text);
	return arena_printf(arena, "%.*s", KEY_LETTERS, text);
}

bool look_know_keys(struct player *player)
{
	vec_each (node, &player->scenario->nodes) {
		vec_each (interface, &node->wireguard) {
			for (unsigned generation = 0; generation < WIREGUARD_KEY_GENERATIONS;
			     generation++) {
				struct wg_key *key = vec_push(player->arena, &player->public_keys);

				if (!wireguard_key(player->scenario->seed, node->name, *interface,
						   generation, NULL, key))
					return player_fail(player, "keys cannot be made", NULL);
			}
		}
	}
	return true;
}

static msec_t handshake_age(const struct observed_peer *peer)
{
	struct now now;

	if (handshake_is_none(peer->handshake))
		return -1;
	clock_read(&now);
	return now.wall - peer->handshake.sec * MSEC_PER_SEC - peer->handshake.nsec / 1000000;
}

static void record_peer(struct player *player, struct record_peer *to,
			const struct observed_peer *peer)
{
	struct arena *arena = player->scratch;
	char text[ENDPOINT_TEXT_MAX];

	to->name = peer_name(player, &peer->public_key, arena);
	to->handshake_age = handshake_age(peer);
	to->rx_bytes = peer->rx_bytes;
	to->tx_bytes = peer->tx_bytes;
	if (peer->has_endpoint)
		to->endpoint = arena_strdup(arena, endpoint_text(&peer->endpoint, text));
	vec_each (prefix, &peer->allowed_ips) {
		char prefix_buffer[PREFIX_TEXT_MAX];

		*vec_push(arena, &to->allowed_ips) = arena_strdup(
			arena, prefix_text(prefix, prefix_buffer));
	}
}

static const char *link_name(const struct observed *observed, uint32_t index)
{
	vec_each (interface, &observed->interfaces) {
		if (interface->index == index)
			return interface->name;
	}
	return "?";
}

static const char *protocol_text(uint8_t protocol, struct arena *arena)
{
	switch (protocol) {
	case OWNER_PROTOCOL:
		return "wgreconcile";
	case PROTOCOL_KERNEL:
		return "kernel";
	case PROTOCOL_BOOT:
		return "boot";
	case PROTOCOL_STATIC:
		return "static";
	default:
		return arena_printf(arena, "%u", protocol);
	}
}

static const char *route_text(const struct observed *observed, const struct observed_route *route,
			      struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];
	const char *text = arena_printf(arena, "%s %s %s", prefix_text(&route->destination, prefix),
					link_name(observed, route->index),
					protocol_text(route->protocol, arena));

	if (route->table != TABLE_MAIN)
		text = arena_printf(arena, "%s table %u", text, route->table);
	return route->metric ? arena_printf(arena, "%s metric %u", text, route->metric) : text;
}

static void record_state(struct player *player, struct actor *actor,
			 const struct observed *observed)
{
	struct record record = { .kind = RECORD_STATE,
				 .state = { .node = actor->node->name, .observed = observed } };
	struct record_state *state = &record.state;
	struct arena *arena = player->scratch;

	vec_each (interface, &observed->interfaces) {
		struct record_interface *to;

		*vec_push(arena, &state->links) = interface->name;
		if (interface->kind != LINK_WIREGUARD)
			continue;
		to = vec_push(arena, &state->interfaces);
		to->name = interface->name;
		to->up = interface->up;
		vec_each (peer, &interface->peers)
			record_peer(player, vec_push(arena, &to->peers), peer);
	}
	vec_each (address, &observed->addresses) {
		char prefix[PREFIX_TEXT_MAX];

		*vec_push(arena, &state->addresses) = arena_printf(
			arena, "%s %s%s", link_name(observed, address->index),
			prefix_text(&address->prefix, prefix),
			address->protocol == OWNER_PROTOCOL ? " wgreconcile" : "");
	}
	vec_each (route, &observed->routes)
		*vec_push(arena, &state->routes) = route_text(observed, route, arena);
	player_record(player, &record);
}

static bool read_link(struct actor *actor, const struct rtnl_link *link, struct observed *observed,
		      const struct deadline *deadline, struct failure *failure)
{
	struct observed_interface *interface = vec_push(observed->arena, &observed->interfaces);
	const struct wg_backend *backend = wg_backend_of_link(link->name, link->kind);

	*interface = (struct observed_interface){
		.name = link->name,
		.index = link->index,
		.alias = link->alias,
		.mtu = link->mtu,
		.up = link->up,
	};
	if (!backend || wg_get(actor->wg, backend, interface, observed->arena, observed->arena,
			       deadline, failure))
		return true;
	/* Its program may be ending. */
	if (backend->program) {
		interface->peers.n = 0;
		return true;
	}
	observed->interfaces.n--;
	return failure->code == ENODEV;
}

/* All of the node's network, not only what wgreconcile would read. */
static bool read_kernel(struct actor *actor, struct observed *observed, struct failure *failure)
{
	struct deadline deadline = deadline_in(LOOK_DEADLINE_MS);
	struct rtnl_links links = { 0 };

	if (!rtnl_links(actor->route, &links, observed->arena, &deadline, failure))
		return false;
	vec_each (link, &links.list) {
		if (!read_link(actor, link, observed, &deadline, failure))
			return false;
	}
	return rtnl_addresses(actor->route, observed, &deadline, failure) &&
	       rtnl_routes(actor->route, observed, &deadline, failure);
}

bool look_observe(struct player *player, struct actor *actor, struct observed *observed)
{
	struct failure failure = { 0 }, left = { 0 };
	bool good;

	*observed = (struct observed){ .arena = player->scratch };
	if (!world_enter(player->world, actor->node, &failure))
		return player_fail(player, actor->node->name, &failure);
	good = read_kernel(actor, observed, &failure);
	if (!world_leave(player->world, &left) || !good)
		return player_fail(player, actor->node->name, good ? &left : &failure);
	observed_sort(observed);
	return true;
}

void look_at_kernel(struct player *player, struct actor *actor)
{
	struct observed observed;

	if (!world_is_on(player->world, actor->node))
		return;
	actor->looked_at = player_now(player);
	if (look_observe(player, actor, &observed))
		record_state(player, actor, &observed);
}

static bool slot_is(const struct recorded_slot *slot, enum slot_role role, enum slot_state state)
{
	return slot->role == role && slot->state == state;
}

static void record_slots(struct record_selection *selection,
			 const struct recorded_selector *selector, struct arena *arena)
{
	vec_each (slot, &selector->slots) {
		if (slot_is(slot, SLOT_ACTIVE, SLOT_ESTABLISHED))
			*vec_push(arena, &selection->active) = slot->peer;
		else if (slot_is(slot, SLOT_STANDBY, SLOT_ESTABLISHED))
			*vec_push(arena, &selection->standby) = slot->peer;
		else if (slot->state == SLOT_TRYING)
			*vec_push(arena, &selection->trying) = slot->peer;
	}
}

static struct record selection_of(const struct actor *actor, const char *selector)
{
	return (struct record){ .kind = RECORD_SELECTION,
				.selection = { .node = actor->node->name, .selector = selector } };
}

/* As read by the next run. Damage by a fault is not an error here. */
static const char *read_recorded(struct player *player, struct actor *actor,
				 struct recorded *recorded)
{
	struct arena *arena = player->scratch;
	const struct state_dirs dirs = {
		world_path(player->world, actor->node, "/var/lib/wgreconcile", arena),
		world_path(player->world, actor->node, "/run/wgreconcile", arena),
	};
	const char *warning, *error;
	bool kept;

	recorded_file_read(&dirs, "default", false, recorded, &kept, arena, &warning, &error);
	return error ? error : warning;
}

struct selections {
	VEC(struct record) records;
	const char *text; /* all of them, to detect changes */
};

static void add_selection(struct player *player, struct selections *selections,
			  const struct record *record)
{
	*vec_push(player->scratch, &selections->records) = *record;
	selections->text = arena_printf(player->scratch, "%s%s\n", selections->text,
					trace_line(record, player->scratch));
}

static void add_selector(struct player *player, const struct actor *actor,
			 const struct recorded_selector *selector, struct selections *selections)
{
	struct record record = selection_of(actor, selector->name);

	record_slots(&record.selection, selector, player->scratch);
	add_selection(player, selections, &record);
}

/* Selectors that are no longer recorded: no member is selected. */
static void add_vanished(struct player *player, const struct actor *actor,
			 const struct recorded *recorded, struct selections *selections)
{
	vec_each (name, &actor->selectors) {
		struct record record = selection_of(actor, *name);

		if (!recorded_selector_find(recorded, *name))
			add_selection(player, selections, &record);
	}
}

static void know_selector(struct player *player, struct actor *actor, const char *name)
{
	vec_each (known, &actor->selectors) {
		if (!strcmp(*known, name))
			return;
	}
	*vec_push(player->arena, &actor->selectors) = arena_strdup(player->arena, name);
}

void look_at_selection(struct player *player, struct actor *actor)
{
	struct selections selections = { .text = "" };
	struct recorded recorded;

	if (read_recorded(player, actor, &recorded)) {
		struct record record = selection_of(actor, NULL);

		/* The reason contains a path of this machine. */
		record.selection.unreadable = "the recorded state cannot be read";
		add_selection(player, &selections, &record);
	} else {
		add_vanished(player, actor, &recorded, &selections);
	}
	vec_each (selector, &recorded.selectors) {
		add_selector(player, actor, selector, &selections);
		know_selector(player, actor, selector->name);
	}
	if (actor->selection && !strcmp(selections.text, actor->selection))
		return;
	actor->selection = arena_strdup(player->arena, selections.text);
	vec_each (record, &selections.records)
		player_record(player, record);
}

void look_at_traffic(struct player *player, struct actor *actor)
{
	struct record record = { .kind = RECORD_TRAFFIC, .traffic = { .node = actor->node->name } };
	struct failure failure = { 0 };

	if (!world_traffic(player->world, actor->node, &record.traffic.bytes,
			   &record.traffic.packets, &failure)) {
		player_fail(player, actor->node->name, &failure);
		return;
	}
	player_record(player, &record);
}

/* Kinds of conditions on the kernel's state. */
static const enum condition_kind kernel_conditions[] = {
	CONDITION_HANDSHAKE, CONDITION_PEERS,	CONDITION_ALLOWED_IPS,
	CONDITION_ROUTE,     CONDITION_ADDRESS, CONDITION_INTERFACE,
};

static bool kernel_is_wanted(const struct player *player, const struct actor *actor, msec_t now)
{
	const size_t n = sizeof(kernel_conditions) / sizeof(kernel_conditions[0]);

	const msec_t often = actor->node->timer.kind == TIMER_EVERY ? LOOK_MAX_MS
								    : LOOK_IDLE_MAX_MS;

	if ((actor->looked_at < 0 || now - actor->looked_at >= often) &&
	    (actor->node->wireguard.n || actor->node->desired))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (judge_wants(player->judge, kernel_conditions[i], actor->node, now))
			return true;
	}
	return false;
}

static bool traffic_is_measured(const struct player *player, const struct node *node)
{
	vec_each (measure, &player->scenario->measures) {
		if (measure->kind == MEASURE_TRAFFIC && measure->node == node)
			return true;
	}
	return false;
}

static void errand_begin(struct player *player, const struct condition *condition,
			 const char *const *argv)
{
	struct errand errand = { player_actor(player, condition->node), condition, { 0 } };
	struct failure failure = { 0 };

	if (!world_is_on(player->world, condition->node))
		return;
	if (!process_start(player->world, condition->node, argv, &errand.process, &failure)) {
		player_fail(player, condition->text, &failure);
		return;
	}
	*vec_push(player->arena, &player->errands) = errand;
}

static void plans_begin(struct player *player, msec_t now)
{
	const char *const argv[] = { player->options->program, "plan", "--json", NULL };
	struct wanted wanted = judge_wanted(player->judge, CONDITION_CONVERGED, now,
					    player->scratch);

	vec_each (condition, &wanted.list)
		errand_begin(player, *condition, argv);
}

static const char *const *command_words(const struct condition *condition, struct arena *arena)
{
	const char **words = arena_alloc(arena, (condition->command.n + 1) * sizeof(*words));

	for (size_t i = 0; i < condition->command.n; i++)
		words[i] = condition->command.at[i];
	return words;
}

static void commands_begin(struct player *player, msec_t now)
{
	struct wanted wanted = judge_wanted(player->judge, CONDITION_COMMAND, now, player->scratch);

	vec_each (condition, &wanted.list)
		errand_begin(player, *condition, command_words(*condition, player->scratch));
}

static const char *read_file(const char *path, struct arena *arena)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *file = fopen(path, "re");

	if (!file)
		return NULL;
	length = getdelim(&text, &size, '\0', file);
	fclose(file);
	if (length >= 0)
		text[length] = '\0';
	if (text && length >= 0) {
		char *copy = arena_strdup(arena, text);

		free(text);
		return copy;
	}
	free(text);
	return "";
}

static void files_look(struct player *player, msec_t now)
{
	struct wanted wanted = judge_wanted(player->judge, CONDITION_FILE, now, player->scratch);

	vec_each (found, &wanted.list) {
		const struct condition *condition = *found;
		const char *path = world_path(player->world, condition->node, condition->path,
					      player->scratch);
		struct record record = {
			.kind = RECORD_FILE,
			.file = { .node = condition->node->name,
				  .path = condition->path,
				  .text = read_file(path, player->scratch) },
		};

		player_record(player, &record);
	}
}

void look_around(struct player *player)
{
	const msec_t now = player_now(player);

	for (size_t i = 0; i < player->scenario->nodes.n; i++) {
		struct actor *actor = &player->actors[i];

		if (kernel_is_wanted(player, actor, now))
			look_at_kernel(player, actor);
		/* Of any node, and at each look, because windows begin and end at any time. */
		if (traffic_is_measured(player, actor->node))
			look_at_traffic(player, actor);
	}
	files_look(player, now);
	plans_begin(player, now);
	commands_begin(player, now);
	player_pump(player);
}

static const char *words_joined(const struct condition *condition, struct arena *arena)
{
	const char *text = "";

	vec_each (word, &condition->command)
		text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", *word);
	return text;
}

static unsigned planned_changes(const char *output)
{
	json_t *plan = json_loads(output, JSON_DISABLE_EOF_CHECK, NULL);
	unsigned n = (unsigned)json_array_size(json_object_get(plan, "changes"));

	json_decref(plan);
	return n;
}

void errand_collect(struct player *player, size_t index)
{
	struct errand *errand = &player->errands.at[index];
	const char *output;
	struct record record = { 0 };
	int status = process_end(&errand->process, &output, player->scratch);

	if (errand->condition->kind == CONDITION_CONVERGED) {
		record.kind = RECORD_PLAN;
		record.plan = (struct record_plan){ errand->actor->node->name, status,
						    planned_changes(output) };
	} else {
		record.kind = RECORD_COMMAND;
		record.command = (struct record_command){
			errand->actor->node->name, words_joined(errand->condition, player->scratch),
			status, output
		};
	}
	vec_remove(&player->errands, index);
	player_record(player, &record);
}
