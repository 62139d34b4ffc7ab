/* SPDX-License-Identifier: MIT */
/*
 * One loop, one process, one thread: due actions are executed, then it waits for the next
 * one or for an answer. Actions at the same time have a fixed order (faults, runs, echo
 * requests), so that a simulation is reproducible.
 */
#include "player_parts.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define NSEC_PER_MSEC 1000000

/* Minimum clock value at the start of a simulation. */
#define UPTIME_SEC 2

static const char *const backend_words[] = {
	[BACKEND_TIME_TRAVEL] = "time-travel",
	[BACKEND_GUEST] = "guest",
	[BACKEND_KERNEL] = "kernel",
	[BACKEND_USERSPACE] = "userspace",
};

const char *backend_word(enum backend backend)
{
	return backend_words[backend];
}

static int64_t boot_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

msec_t player_now(const struct player *player)
{
	return (boot_nanoseconds() - player->began) / NSEC_PER_MSEC;
}

static void record_verdict(void *context, const struct record_expectation *verdict);

void player_record(struct player *player, struct record *record)
{
	if (record->kind == RECORD_BEGIN)
		record->at = 0;
	else
		record->at = player_now(player);
	history_add(player->history, record);
	player->options->record(player->options->context, record);
	/* Conditions that hold only for a moment are noticed, too. */
	if (record->kind != RECORD_EXPECTATION)
		judge_look(player->judge, player_now(player), record_verdict, player);
}

static void record_verdict(void *context, const struct record_expectation *verdict)
{
	struct record record = { .kind = RECORD_EXPECTATION, .expectation = *verdict };

	player_record(context, &record);
}

bool player_fail(struct player *player, const char *what, const struct failure *failure)
{
	if (player->error)
		return false;
	player->error = failure ? arena_printf(player->arena, "%s: %s", what,
					       failure_text(failure, player->arena))
				: arena_strdup(player->arena, what);
	return false;
}

struct actor *player_actor(struct player *player, const struct node *node)
{
	return &player->actors[node - player->scenario->nodes.at];
}

static void record_echo(void *context, const struct record_echo *echo)
{
	struct record record = { .kind = RECORD_ECHO, .echo = *echo };

	player_record(context, &record);
}

/* The effect of a fault on the engine itself; true if that is all. */
static bool own_fault(struct player *player, const struct occurrence *occurrence)
{
	const struct fault *fault = occurrence->fault;
	struct actor *actor = fault->node ? player_actor(player, fault->node) : NULL;

	switch (fault->kind) {
	case FAULT_PAUSE:
		actor->paused = !occurrence->undo;
		return true;
	case FAULT_RESUME:
		actor->paused = false;
		return true;
	case FAULT_OVERLAP:
		run_begin(player, actor, RUN_BY_FAULT);
		/* fallthrough */
	case FAULT_RUN:
		run_begin(player, actor, RUN_BY_FAULT);
		return true;
	case FAULT_KILL_RECONCILER:
		actor->kill_at = kill_point(player, occurrence);
		return true;
	default:
		return false;
	}
}

/* Our sockets in a node belong to its previous network. */
static void sockets_renew(struct player *player, struct actor *actor)
{
	struct failure failure = { 0 };

	look_close(actor);
	look_open(player, actor);
	for (size_t i = 0; i < player->scenario->probes.n; i++) {
		if (player->streams[i].probe->from == actor->node &&
		    !echo_reopen(&player->streams[i], player->world, &failure))
			player_fail(player, "echo requests", &failure);
	}
}

/* A node that was powered off has no runs any more; one that booted starts them. */
static void follow_power(struct player *player, const struct node *node, unsigned boots_before)
{
	struct actor *actor = player_actor(player, node);

	if (!world_is_on(player->world, node)) {
		runs_stop(player, actor);
	} else if (world_boots(player->world, node) != boots_before) {
		sockets_renew(player, actor);
		runs_start(player, actor);
	} else {
		/* The fault may have changed files. */
		sockets_follow(player, actor);
	}
}

static void occurrence_do(struct player *player, const struct occurrence *occurrence)
{
	const struct fault *fault = occurrence->fault;
	unsigned boots = fault->node ? world_boots(player->world, fault->node) : 0;
	struct failure failure = { 0 };
	struct record record = {
		.kind = RECORD_FAULT,
		.fault = { .name = fault->name,
			   .kind = fault_kind_word(fault->kind),
			   .number = occurrence->number,
			   .undone = occurrence->undo,
			   .node = fault->node ? fault->node->name : NULL,
			   .object = fault->attachment ? fault->attachment
				     : fault->link     ? fault->link->name
						       : fault->object },
	};

	/* Before a run that it starts. */
	if (own_fault(player, occurrence)) {
		player_record(player, &record);
		return;
	}
	/* Programs in a node that loses power must not notice how. */
	if (fault->kind == FAULT_CRASH || fault->kind == FAULT_REBOOT)
		runs_stop(player, player_actor(player, fault->node));
	if (!world_fault(player->world, occurrence, &failure)) {
		record.fault.error = failure_text(&failure, player->scratch);
		player_fail(player, fault->name, &failure);
	}
	player_record(player, &record);
	if (fault->node)
		follow_power(player, fault->node, boots);
}

static void occurrences_due(struct player *player)
{
	while (player->next_occurrence < player->schedule.list.n && !player->error) {
		const struct occurrence *next = &player->schedule.list.at[player->next_occurrence];

		if (next->at > player_now(player))
			return;
		player->next_occurrence++;
		occurrence_do(player, next);
	}
}

static void echoes_due(struct player *player)
{
	for (size_t i = 0; i < player->scenario->probes.n; i++) {
		if (echo_due(&player->streams[i]) <= player_now(player))
			echo_step(&player->streams[i], player_now(player), record_echo, player);
	}
}

static void keep_earlier(msec_t *due, msec_t other)
{
	if (other < *due)
		*due = other;
}

static void actor_due(const struct player *player, const struct actor *actor, msec_t *due)
{
	keep_earlier(due, actor->next_run);
	if (actor->sockets_from > player_now(player))
		keep_earlier(due, actor->sockets_from);
}

static msec_t next_due(const struct player *player)
{
	msec_t due = NEVER;

	/* The shell may continue after these. */
	if (!player->looking) {
		due = player->scenario->duration;
		keep_earlier(&due, player->stop_at);
		keep_earlier(&due, player->next_look);
	}
	if (player->next_occurrence < player->schedule.list.n)
		keep_earlier(&due, player->schedule.list.at[player->next_occurrence].at);
	for (size_t i = 0; i < player->scenario->nodes.n; i++)
		actor_due(player, &player->actors[i], &due);
	for (size_t i = 0; i < player->scenario->probes.n; i++)
		keep_earlier(&due, echo_due(&player->streams[i]));
	return due;
}

static void poll_add(struct player *player, int fd)
{
	*vec_push(player->arena, &player->polled) = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void poll_sockets(struct player *player, struct actor *actor)
{
	const struct held_sockets *sockets = sockets_polled(player, actor);

	vec_each (held, &sockets->list)
		poll_add(player, held->fd);
	actor->sockets_polled = sockets->list.n;
}

/* In the order in which answered() goes through them. */
static void poll_all(struct player *player)
{
	player->polled.n = 0;
	for (size_t i = 0; i < player->scenario->probes.n; i++)
		poll_add(player, player->streams[i].icmp.fd);
	vec_each (errand, &player->errands)
		poll_add(player, errand->process.pidfd);
	for (size_t i = 0; i < player->scenario->nodes.n; i++) {
		poll_sockets(player, &player->actors[i]);
		vec_each (run, &player->actors[i].under_way)
			poll_add(player, run->process.pidfd);
		if (player->actors[i].waiting.pid)
			poll_add(player, player->actors[i].waiting.pidfd);
	}
}

/* The wait and the sockets last: they may start a run, which was not polled. */
static const struct pollfd *actor_answered(struct player *player, struct actor *actor,
					   const struct pollfd *polled)
{
	bool returned = actor->waiting.pid && (--polled)->revents, waits = false;

	for (size_t i = actor->under_way.n; i-- > 0;) {
		if ((--polled)->revents)
			run_collect(player, actor, i);
	}
	for (size_t i = actor->sockets_polled; i-- > 0;)
		waits = (--polled)->revents || waits;
	if (returned)
		wait_collect(player, actor);
	if (waits)
		sockets_ready(player, actor);
	return polled;
}

/* Backwards, because finished ones are removed from the list. */
static void answered(struct player *player)
{
	const struct pollfd *polled = player->polled.at + player->polled.n;

	for (size_t i = player->scenario->nodes.n; i-- > 0;)
		polled = actor_answered(player, &player->actors[i], polled);
	for (size_t i = player->errands.n; i-- > 0;) {
		if ((--polled)->revents)
			errand_collect(player, i);
	}
	for (size_t i = player->scenario->probes.n; i-- > 0;) {
		if ((--polled)->revents)
			echo_receive(&player->streams[i], player_now(player), record_echo, player);
	}
}

/* Waits for the next event. */
static void player_wait(struct player *player, msec_t until)
{
	int64_t left = player->began + until * NSEC_PER_MSEC - boot_nanoseconds();
	struct timespec timeout = { 0 };

	if (left > 0)
		timeout = (struct timespec){ left / 1000000000, left % 1000000000 };
	poll_all(player);
	if (ppoll(player->polled.at, player->polled.n, &timeout, NULL) < 0) {
		if (errno != EINTR) {
			player_fail(player,
				    arena_printf(player->arena, "ppoll: %s", strerror(errno)),
				    NULL);
		}
		return;
	}
	answered(player);
}

/* One round of the loop without a shell. */
static void player_round(struct player *player)
{
	occurrences_due(player);
	run_timers(player);
	echoes_due(player);
	player_wait(player, next_due(player));
}

void player_pump(struct player *player)
{
	player->looking = true;
	while (player->errands.n && !player->error)
		player_round(player);
	player->looking = false;
}

static void look_if_due(struct player *player)
{
	const msec_t now = player_now(player);
	msec_t next;

	if (now < player->next_look)
		return;
	look_around(player);
	judge_look(player->judge, player_now(player), record_verdict, player);
	next = now + player->scenario->observe;
	keep_earlier(&next, judge_next(player->judge, player_now(player)));
	player->next_look = next;
}

/* Runs the shell; true if the simulation does not continue. */
static bool stop_here(struct player *player)
{
	const msec_t now = player_now(player);
	msec_t time = now;
	bool goes_on;

	if (now < player->stop_at)
		return false;
	goes_on = player->options->stopped(player->options->context, player->world, &time);
	player->stop_at = time > now ? time : NEVER;
	return !goes_on;
}

static void player_loop(struct player *player)
{
	const msec_t duration = player->scenario->duration;

	while (!player->error && player_now(player) < duration) {
		arena_free(player->scratch);
		player->scratch = arena_new();
		if (stop_here(player))
			return;
		player_round(player);
		look_if_due(player);
	}
	if (player->error)
		return;
	look_around(player);
	judge_look(player->judge, player_now(player), record_verdict, player);
	judge_end(player->judge, player_now(player), record_verdict, player);
}

static msec_t reference_time(const struct player *player, const struct reference *reference,
			     msec_t otherwise)
{
	if (reference->end)
		return player->scenario->duration + reference->offset;
	if (!reference->fault)
		return reference->offset;
	vec_each (occurrence, &player->schedule.list) {
		if (occurrence->fault == reference->fault && occurrence->undo == reference->undone)
			return occurrence->at + reference->offset;
	}
	return otherwise;
}

static const char *const measure_units[] = {
	[MEASURE_OUTAGE] = "ms",     [MEASURE_LOST] = "",  [MEASURE_SELECTIONS] = "",
	[MEASURE_TRAFFIC] = "bytes", [MEASURE_RTT] = "ms",
};

static void record_measures(struct player *player)
{
	const msec_t duration = player->scenario->duration;

	vec_each (measure, &player->scenario->measures) {
		struct record record = {
			.kind = RECORD_MEASURE,
			.measure = { .name = measure->name, .unit = measure_units[measure->kind] },
		};

		record.measure.value = measure_value(
			measure, player->history, reference_time(player, &measure->from, 0),
			reference_time(player, &measure->until, duration), player->scratch);
		player_record(player, &record);
	}
}

/* In the recorded state a time of 0 is before this boot, and no machine runs anything
 * in the first moment of its life. */
static void wait_for_uptime(void)
{
	const struct timespec enough = { UPTIME_SEC, 0 };

	clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &enough, NULL);
}

/* The program's version output in a node; "" without a network. */
static const char *program_version(struct player *player)
{
	const char *const version[] = { player->options->program, "version", NULL };
	const char *printed = "";
	struct failure failure = { 0 };
	int status;

	if (!player->world)
		return "";
	status = process_run(player->world, player->scenario->nodes.at, version, &printed,
			     player->arena, &failure);
	if (status)
		player_fail(player, arena_printf(player->arena, "%s version", version[0]),
			    failure.code ? &failure : NULL);
	return arena_strndup(player->arena, printed, strcspn(printed, "\n"));
}

static void record_begin(struct player *player)
{
	const struct play_options *options = player->options;
	struct record record = {
		.kind = RECORD_BEGIN,
		.begin = { .scenario = options->name,
			   .text = options->text,
			   .seed = player->scenario->seed,
			   .backend = backend_word(options->backend),
			   .program = program_version(player) },
	};

	player_record(player, &record);
}

static enum play_outcome record_end(struct player *player)
{
	struct record record = {
		.kind = RECORD_END,
		.end = { .passed = judge_passed(player->judge),
			 .failed = judge_failed(player->judge),
			 .error = player->error },
	};

	player_record(player, &record);
	if (player->error)
		return PLAY_BROKEN;
	return record.end.failed ? PLAY_FAILED : PLAY_PASSED;
}

static bool actors_open(struct player *player)
{
	const size_t n = player->scenario->nodes.n;

	player->actors = arena_alloc(player->arena, n * sizeof(*player->actors));
	for (size_t i = 0; i < n; i++) {
		struct actor *actor = &player->actors[i];

		actor->node = &player->scenario->nodes.at[i];
		actor->next_run = NEVER;
		actor->looked_at = -1;
		if (!look_open(player, actor))
			return false;
		runs_start(player, actor);
	}
	return true;
}

static bool streams_open(struct player *player)
{
	const size_t n = player->scenario->probes.n;
	struct failure failure = { 0 };

	player->streams = arena_alloc(player->arena, n * sizeof(*player->streams));
	for (size_t i = 0; i < n; i++)
		player->streams[i].icmp.fd = -1;
	for (size_t i = 0; i < n; i++) {
		if (!echo_open(&player->streams[i], player->world, &player->scenario->probes.at[i],
			       (unsigned)i, &failure))
			return player_fail(player, "echo requests", &failure);
	}
	return true;
}

static void player_close(struct player *player)
{
	for (size_t i = 0; player->streams && i < player->scenario->probes.n; i++)
		echo_close(&player->streams[i]);
	vec_each (errand, &player->errands)
		process_kill(&errand->process);
	for (size_t i = 0; player->actors && i < player->scenario->nodes.n; i++) {
		runs_stop(player, &player->actors[i]);
		look_close(&player->actors[i]);
	}
	world_remove(player->world);
}

enum play_outcome play(const struct scenario *scenario, const struct play_options *options)
{
	struct player player = {
		.scenario = scenario,
		.options = options,
		.arena = arena_new(),
		.scratch = arena_new(),
		.began = boot_nanoseconds(),
		.stop_at = options->stop_at < 0 ? NEVER : options->stop_at,
	};
	struct world_options world_options = {
		.directory = options->directory,
		.program = options->program,
		.wireguard = options->backend == BACKEND_USERSPACE ? IMPLEMENTATION_USERSPACE
								   : IMPLEMENTATION_KERNEL,
	};
	struct failure failure = { 0 };
	enum play_outcome outcome;

	player.schedule = schedule_make(scenario, player.arena);
	player.history = history_new(scenario, player.arena);
	player.judge = judge_new(scenario, &player.schedule, player.history, player.arena);
	player.world = world_build(scenario, &world_options, player.arena, &failure);
	if (!player.world)
		player_fail(&player, "the network cannot be built", &failure);
	record_begin(&player);
	wait_for_uptime();
	player.began = boot_nanoseconds();
	if (!player.error && look_know_keys(&player) && streams_open(&player) &&
	    actors_open(&player)) {
		player_loop(&player);
		if (!player.error)
			look_twice(&player);
		record_measures(&player);
	}
	outcome = record_end(&player);
	player_close(&player);
	arena_free(player.scratch);
	arena_free(player.arena);
	return outcome;
}
