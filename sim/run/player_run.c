/* SPDX-License-Identifier: MIT */
#include "player_parts.h"

#include "base/json.h"

/*
 * System calls with external effects: a run is killed at one of these. sendto and sendmsg
 * are for netlink and names; write is for the state and output.
 */
static const char *const changing_calls[] = {
	"sendto", "sendmsg", "openat", "write", "rename", "flock", "fsync", "unlink",
};
#define CHANGING_CALLS (sizeof(changing_calls) / sizeof(changing_calls[0]))

/* A converged run makes fewer than this of each; one that ends before is a normal run. */
#define KILL_ROUNDS 6

#define SIGNAL_STATUS 128

/* systemd's limit of how often a socket is polled: PollLimitIntervalSec=, PollLimitBurst= in
 * systemd.socket(5). A run that leaves the datagram is not repeated without end. */
#define SOCKET_WINDOW_MS 2000
#define SOCKET_RUNS_MAX 15

static const char *const run_causes[] = {
	[RUN_BY_TIMER] = NULL,
	[RUN_BY_SOCKET] = "socket",
	[RUN_BY_WAIT] = "wait",
	[RUN_BY_FAULT] = "fault",
};

/* Words of a command line. */
#define ARGUMENTS_MAX 64

unsigned kill_point(const struct player *player, const struct occurrence *occurrence)
{
	if (occurrence->fault->at_call)
		return occurrence->fault->at_call;
	return 1 + (unsigned)scenario_random(player->scenario, occurrence->fault->name,
					     occurrence->number, CHANGING_CALLS * KILL_ROUNDS);
}

struct words {
	const char *at[ARGUMENTS_MAX + 1];
	size_t n;
};

static void word(struct words *words, const char *text)
{
	if (words->n < ARGUMENTS_MAX)
		words->at[words->n++] = text;
}

/* strace(1) sends the signal when the program makes the call for the nth time. With -D the
 * program has the process id that was given to strace, to which sockets are passed. */
static void words_to_kill(struct words *words, unsigned kill_at, struct arena *arena)
{
	const char *call = changing_calls[(kill_at - 1) % CHANGING_CALLS];
	unsigned nth = 1 + (kill_at - 1) / CHANGING_CALLS;

	word(words, "strace");
	word(words, "-D");
	word(words, "-f");
	word(words, "-qq");
	word(words, "-o");
	word(words, "/dev/null");
	word(words, "-e");
	word(words, arena_printf(arena, "trace=%s", call));
	word(words, "-e");
	word(words, arena_printf(arena, "inject=%s:signal=SIGKILL:when=%u", call, nth));
}

bool run_begin(struct player *player, struct actor *actor, enum run_cause cause)
{
	struct reconciler_run run = { .cause = cause, .began = player_now(player) };
	struct failure failure = { 0 };
	struct words words = { 0 };

	/* As in systemd: a timer does not start a running service. */
	if (!world_is_on(player->world, actor->node) ||
	    (actor->under_way.n && cause != RUN_BY_FAULT))
		return false;
	if (!sockets_follow(player, actor))
		return false;
	if (actor->kill_at)
		words_to_kill(&words, actor->kill_at, player->scratch);
	actor->kill_at = 0;
	word(&words, player->options->program);
	word(&words, "apply");
	word(&words, "--json");
	vec_each (option, &actor->node->timer.options)
		word(&words, *option);
	words.at[words.n] = NULL;
	if (!process_start_service(player->world, actor->node, words.at, &run.process, &failure))
		return player_fail(player, "a run cannot be started", &failure);
	run.number = ++actor->runs;
	*vec_push(player->arena, &actor->under_way) = run;
	return true;
}

static msec_t timer_random(const struct player *player, const struct actor *actor, const char *what,
			   msec_t below)
{
	const char *purpose = arena_printf(player->scratch, "%s of %s", what, actor->node->name);

	return (msec_t)scenario_random(player->scenario, purpose, actor->runs, (uint64_t)below);
}

/* ---- Sockets ---- */

bool sockets_follow(struct player *player, struct actor *actor)
{
	struct failure failure = { 0 };

	return actor->node->timer.kind == TIMER_NONE ||
	       world_sockets_follow(player->world, actor->node, &failure) ||
	       player_fail(player, actor->node->name, &failure);
}

const struct held_sockets *sockets_polled(const struct player *player, const struct actor *actor)
{
	static const struct held_sockets none = { 0 };

	if (actor->paused || actor->under_way.n || player_now(player) < actor->sockets_from)
		return &none;
	return world_sockets(player->world, actor->node);
}

void sockets_ready(struct player *player, struct actor *actor)
{
	const msec_t now = player_now(player);

	if (actor->window_began < 0 || now > actor->window_began + SOCKET_WINDOW_MS) {
		actor->window_began = now;
		actor->window_runs = 0;
	}
	if (actor->window_runs == SOCKET_RUNS_MAX) {
		actor->sockets_from = actor->window_began + SOCKET_WINDOW_MS + 1;
		return;
	}
	if (run_begin(player, actor, RUN_BY_SOCKET))
		actor->window_runs++;
}

/* ---- Timers ---- */

void runs_start(struct player *player, struct actor *actor)
{
	const struct timer *timer = &actor->node->timer;
	const msec_t now = player_now(player);

	sockets_follow(player, actor);
	actor->sockets_from = 0;
	actor->window_began = -1;
	actor->next_run = NEVER;
	if (timer->kind == TIMER_ONCE)
		actor->next_run = now;
	else if (timer->kind == TIMER_EVERY)
		actor->next_run = now + (timer->phase >= 0 ? timer->phase
							   : timer_random(player, actor, "phase",
									  timer->every));
}

void runs_stop(struct player *player, struct actor *actor)
{
	(void)player;
	actor->next_run = NEVER;
	vec_each (run, &actor->under_way)
		process_kill(&run->process);
	actor->under_way.n = 0;
	if (actor->waiting.pid)
		process_kill(&actor->waiting);
}

static void run_timer(struct player *player, struct actor *actor)
{
	const struct timer *timer = &actor->node->timer;
	const msec_t now = player_now(player);

	if (actor->next_run > now)
		return;
	if (timer->kind == TIMER_ONCE) {
		actor->next_run = NEVER;
	} else {
		while (actor->next_run <= now)
			actor->next_run += timer->every;
		if (timer->jitter)
			actor->next_run += timer_random(player, actor, "jitter", timer->jitter);
	}
	if (!actor->paused)
		run_begin(player, actor, RUN_BY_TIMER);
}

void run_timers(struct player *player)
{
	for (size_t i = 0; i < player->scenario->nodes.n; i++)
		run_timer(player, &player->actors[i]);
}

/* As "while wgreconcile wait; do wgreconcile apply; done" besides the timer: it waits from
 * the end of a run. */
static void wait_begin(struct player *player, struct actor *actor)
{
	const char *const words[] = { player->options->program, "wait", NULL };
	struct failure failure = { 0 };

	if (!actor->node->timer.wait || actor->waiting.pid || actor->under_way.n)
		return;
	if (!process_start(player->world, actor->node, words, &actor->waiting, &failure))
		player_fail(player, "wgreconcile wait cannot be started", &failure);
}

/* The wait after a run detects events during the run; a failed wait starts again after the
 * timer's next run. */
void wait_collect(struct player *player, struct actor *actor)
{
	if (process_end(&actor->waiting, NULL, player->scratch) == 0 && !actor->paused)
		run_begin(player, actor, RUN_BY_WAIT);
}

static void read_events(struct record_run *run, const json_t *events, struct arena *arena)
{
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		*vec_push(arena, &run->events) = (struct record_event){
			.kind = json_member_text(event, "kind", arena),
			.selector = json_member_text(event, "selector", arena),
			.interface = json_member_text(event, "interface", arena),
			.peer = json_member_text(event, "peer", arena),
			.role = json_member_text(event, "role", arena),
			.reason = json_member_text(event, "reason", arena),
			.text = json_member_text(event, "text", arena),
		};
	}
}

static void read_lines(struct record_run *run, const json_t *lines, struct arena *arena)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		if (json_is_string(line))
			*vec_push(arena, &run->errors) = arena_strdup(arena,
								      json_string_value(line));
	}
}

static unsigned count_changes(const json_t *counts)
{
	static const char *const kinds[] = { "add", "change", "remove" };
	json_int_t sum = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sum += json_integer_value(json_object_get(counts, kinds[i]));
	return (unsigned)sum;
}

/* The run's JSON output (schema/apply.schema.json). */
static void read_output(struct record_run *run, struct arena *arena)
{
	json_t *output = json_loads(run->output, JSON_DISABLE_EOF_CHECK, NULL);

	run->undecodable = !output;
	if (!output)
		return;
	read_events(run, json_object_get(output, "events"), arena);
	read_lines(run, json_object_get(output, "errors"), arena);
	read_lines(run, json_object_get(output, "warnings"), arena);
	run->changes = count_changes(json_object_get(output, "counts"));
	json_decref(output);
}

void run_collect(struct player *player, struct actor *actor, size_t index)
{
	struct reconciler_run *run = &actor->under_way.at[index];
	struct record record = {
		.kind = RECORD_RUN,
		.run = { .node = actor->node->name,
			 .number = run->number,
			 .cause = run_causes[run->cause],
			 .took = player_now(player) - run->began },
	};

	record.run.exit = process_end(&run->process, &record.run.output, player->scratch);
	vec_remove(&actor->under_way, index);
	read_output(&record.run, player->scratch);
	player_record(player, &record);
	look_at_selection(player, actor);
	if (record.run.changes || record.run.events.n || record.run.exit)
		look_at_kernel(player, actor);
	wait_begin(player, actor);
}
