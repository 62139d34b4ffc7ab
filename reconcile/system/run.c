/* SPDX-License-Identifier: MIT */
#include "run_parts.h"

#include "base/os/source_files.h"
#include "core/desired/desired_merge.h"
#include "core/plan/plan_outcome.h"
#include "core/report/pending.h"
#include "group.h"
#include "system/ask/name_servers.h"
#include "system/state/lock_holder.h"
#include "system/state/secrets.h"
#include "system/wireguard/wireguard.h"

#include <errno.h>
#include <jansson.h>
#include <sys/random.h>
#include <unistd.h>

/* Fixed seed for read-only runs, so that two looks at the same state agree. */
#define WATCH_SEED 1

/* ---- Reading the desired state ---- */

bool run_load(struct run *run, const struct run_options *options)
{
	struct sources sources = { 0 };

	run->deadline = deadline_in(options->deadline);
	sources_read(&sources, options->files, options->files_n, options->files_named, &run->diags);
	if (run->diags.errors)
		return false;
	run->desired = desired_parse(sources.list.at, sources.list.n, options->name, &run->diags);
	return run->desired && !run->diags.errors;
}

bool run_assemble(struct run *run)
{
	/* The files are the only source. */
	desired_merge(run->desired, NULL, 0, &run->diags);
	return !run->diags.errors;
}

void run_warn(struct run *run, const char *text)
{
	*vec_push(run->arena, &run->warnings) = text;
}

static void fail(struct run *run, const char *text)
{
	*vec_push(run->arena, &run->errors) = text;
}

static enum run_outcome failed(struct run *run, const char *error)
{
	run->error = error;
	return RUN_FAILED;
}

/* Also used by jansson: for its hashes it would otherwise read /dev/urandom. */
static bool fresh_seed(uint64_t *seed)
{
	if (getrandom(seed, sizeof(*seed), 0) != (ssize_t)sizeof(*seed))
		return false;
	json_object_seed((size_t)*seed);
	return true;
}

/* ---- Recording and applying ---- */

static void record_state(struct run *run, const struct run_options *options)
{
	const struct recorded *recorded = &run->plan.recorded;
	const char *error = recorded_file_write(&options->dirs, options->name, recorded,
						run->arena);

	if (!error) {
		run->recorded_written = true;
		if (run->recorded_kept)
			state_text_write(&options->dirs, options->name, STATE_KEPT, NULL,
					 run->arena);
		return;
	}
	/* A write failure is reported once. */
	if (!run->recorded_failed)
		fail(run, error);
	run->recorded_failed = true;
	error = recorded_file_keep(&options->dirs, options->name, recorded, run->arena);
	if (error)
		run_warn(run, error);
}

/* Corrects the record written before the changes by their results. now: as in plan_outcome(). */
static void record_outcome(struct run *run, const struct run_options *options,
			   const struct observed *now)
{
	if (plan_outcome(&run->plan, &run->recorded, now, &run->observed.now))
		record_state(run, options);
}

/* Before the changes: after an interruption, the next run has the intended state and finds
 * the progress in the kernel. */
static void record(struct run *run, const struct run_options *options)
{
	const char *error;

	if (run->plan.recorded_changed || run->recorded_kept)
		record_state(run, options);
	if (run->plan.samples_changed) {
		error = state_text_write(&options->dirs, options->name, STATE_SAMPLES,
					 samples_encode(&run->plan.samples, run->arena),
					 run->arena);
		if (error)
			run_warn(run, error);
	}
}

static bool concerns_routes(const struct changes *changes)
{
	vec_each (change, &changes->list)
		if (!wg_change_is(change->kind))
			return true;
	return false;
}

/* Reads back the changed state, into again; remaining differences are the rest. False if it
 * cannot be read. */
static bool read_back(struct run *run, struct kernel *kernel, uint64_t seed, struct observed *again,
		      const struct deadline *deadline)
{
	const struct plan_input input = { run->desired, &run->plan.recorded, &run->plan.samples,
					  again, seed };
	struct plan rest;
	const char *error;

	again->earlier = &run->observed;
	again->routes_untouched = !concerns_routes(&run->plan.changes);
	/* There may be a million of them, and the changes have copies. */
	observed_forget_allowed_ips(&run->observed);
	if (!kernel_observe(kernel, run->desired, &run->plan.recorded, again, deadline, &error)) {
		run_warn(run, arena_printf(run->arena, "cannot read the changes back: %s", error));
		return false;
	}
	again->now = run->observed.now;
	again->forwarder = run->observed.forwarder;
	again->name_servers = run->observed.name_servers;
	again->clock_synchronised = run->observed.clock_synchronised;
	again->out_of_time = true;
	again->read_back = true;
	plan_make(&rest, run->arena, &input);
	run->rest = rest.changes;
	return true;
}

bool run_all_done(const struct changes *changes)
{
	vec_each (change, &changes->list)
		if (change->result != CHANGE_DONE)
			return false;
	return true;
}

/* After the changes, if there were any. False if their results are unknown. */
static bool settle(struct run *run, struct kernel *kernel, uint64_t seed, struct observed *again,
		   const struct deadline *deadline)
{
	if (!deadline_passed(deadline))
		return read_back(run, kernel, seed, again, deadline);
	if (run_all_done(&run->plan.changes))
		run_warn(run, "the changes were not read back: the deadline passed");
	else
		fail(run, "the deadline passed before all was done: the next run goes on from "
			  "there, and --deadline gives a run more time");
	return false;
}

/* The digest of the changes pending now, if all of them failed in this run; 0 if none is
 * left or a new one appeared meanwhile. */
static uint64_t left_undone(const struct run *run, struct kernel *kernel,
			    const struct observed *now, const struct deadline *deadline)
{
	struct run look = *run;

	if (!run->rest.list.n && !run->desired->selectors.n)
		return 0;
	/* Usually sufficient; another plan of a million routes is expensive. */
	if (!pending_was_tried(&run->rest, &run->plan.changes))
		return 0;
	look.recorded = run->plan.recorded;
	look.samples = run->plan.samples;
	look.observed = *now;
	look.observed.out_of_time = true;
	look.observed.read_back = false;
	look.observed.answers.n = 0;
	look.observed.probes.n = 0;
	run_plan(&look, kernel, RUN_WATCH, WATCH_SEED, deadline);
	if (!pending_was_tried(&look.plan.changes, &run->plan.changes))
		return 0;
	return pending_digest(&look.plan);
}

static void apply(struct run *run, const struct run_options *options, struct kernel *kernel,
		  uint64_t seed, const struct deadline *deadline)
{
	struct observed again = { .arena = run->arena };
	const struct observed *now = &run->observed;
	const char *error;
	uint64_t digest;

	if (run->plan.changes.list.n) {
		kernel_apply(kernel, run->desired->name, &run->observed, &run->plan.changes,
			     deadline);
		now = settle(run, kernel, seed, &again, deadline) ? &again : NULL;
	}
	record_outcome(run, options, now);
	run_facts_send(run, options, now ? now : &run->observed, deadline);
	digest = now ? left_undone(run, kernel, now, deadline) : 0;
	error = state_text_write(&options->dirs, options->name, STATE_PENDING,
				 digest ? pending_encode(digest, run->arena) : NULL, run->arena);
	if (error)
		run_warn(run, error);
	if (run->rest.list.n && run_all_done(&run->plan.changes))
		fail(run,
		     arena_printf(
			     run->arena,
			     "%zu changes did not last: something else alters the same interfaces",
			     changes_count(&run->rest)));
	observed_forget_allowed_ips(&again);
}

/* ---- One run ---- */

static enum run_outcome observe(struct run *run, const struct run_options *options,
				enum run_mode mode, struct kernel *kernel,
				const struct deadline *deadline)
{
	const char *error = NULL;

	clock_read(&run->observed.now);
	state_boot_id(&options->dirs, mode == RUN_APPLY, run->observed.now.boot_id, run->arena);
	name_servers_read(&run->observed);
	run->observed.clock_synchronised = !run->desired->time.enabled || clock_synchronised();
	if (kernel_observe(kernel, run->desired, &run->recorded, &run->observed, deadline, &error))
		return RUN_DONE;
	if (deadline_passed(deadline))
		error = arena_printf(run->arena, "%s; --deadline gives a run more time", error);
	return failed(run, error);
}

enum run_outcome run_read_state(struct run *run, const struct run_options *options,
				enum run_mode mode)
{
	const char *warning, *error;
	struct state_text text;

	if (!recorded_file_read(&options->dirs, options->name, mode == RUN_APPLY, &run->recorded,
				&run->recorded_kept, run->arena, &warning, &error))
		return failed(run, error);
	if (warning)
		run_warn(run, warning);
	text = state_text_read(&options->dirs, options->name, STATE_SAMPLES, run->arena);
	samples_decode(text.text, text.length, &run->samples, run->arena);
	return RUN_DONE;
}

static enum run_outcome one_step(struct run *run, const struct run_options *options,
				 enum run_mode mode, struct kernel *kernel)
{
	struct deadline deadline = run->deadline;
	enum run_outcome outcome;
	struct deadline asking;
	uint8_t random[FACT_BOOT_ID_LENGTH];
	struct state_text text;
	uint64_t seed;

	if (!fresh_seed(&seed) || getrandom(random, sizeof(random), 0) != sizeof(random))
		return failed(run, arena_printf(run->arena, "getrandom: %s", strerror(errno)));
	outcome = run_read_state(run, options, mode);
	if (outcome != RUN_DONE)
		return outcome;
	if (!run_assemble(run))
		return RUN_BAD_INPUT;
	secrets_read(run->desired, &run->diags, &deadline);
	if (run->diags.errors)
		return RUN_BAD_INPUT;
	outcome = observe(run, options, mode, kernel, &deadline);
	if (outcome != RUN_DONE)
		return outcome;
	if (!run_facts(run, options, mode, random))
		return RUN_BAD_INPUT;
	run->observed.out_of_time = mode == RUN_LOOK || mode == RUN_WATCH;
	asking = run_asking_deadline(options, &deadline);
	run_plan(run, kernel, mode, mode == RUN_WATCH ? WATCH_SEED : seed, &asking);
	run_facts_events(run);
	if (mode == RUN_APPLY) {
		record(run, options);
		apply(run, options, kernel, seed, &deadline);
	} else if (mode == RUN_WATCH) {
		run->pending = pending_digest(&run->plan);
		text = state_text_read(&options->dirs, options->name, STATE_PENDING, run->arena);
		run->tried = pending_decode(text.text, text.length);
	}
	return RUN_DONE;
}

static enum run_outcome with_kernel(struct run *run, const struct run_options *options,
				    enum run_mode mode)
{
	struct kernel *kernel = kernel_open();
	enum run_outcome outcome;

	if (!kernel)
		return failed(run, "out of memory");
	outcome = options->dirty_n ? run_dirty(run, options, kernel)
				   : one_step(run, options, mode, kernel);
	kernel_close(kernel);
	return outcome;
}

/* A run that holds the lock beyond its deadline is a failure. */
static enum run_outcome locked_out(struct run *run, const struct run_options *options)
{
	struct lock_holder holder;
	bool late = false;

	run->error = "another run of this instance is under way";
	if (lock_holder_read(&options->dirs, options->name, &holder, run->arena))
		run->error = lock_holder_text(&holder, clock_boot(), &late, run->arena);
	return late ? RUN_FAILED : RUN_LOCKED;
}

static enum run_outcome locked_run(struct run *run, const struct run_options *options)
{
	const char *repaired = state_dirs_repair(&options->dirs, run->arena);
	enum run_outcome outcome;
	const char *error = NULL;
	int lock = state_lock(&options->dirs, options->name, run->arena, &error);

	if (lock < 0 && errno == EWOULDBLOCK)
		return locked_out(run, options);
	if (lock < 0)
		return failed(run, error);
	if (repaired)
		run_warn(run, repaired);
	lock_holder_write(lock, run->deadline.at);
	outcome = with_kernel(run, options, RUN_APPLY);
	close(lock);
	return outcome;
}

static enum run_outcome make(struct run *run, const struct run_options *options, enum run_mode mode)
{
	const char *error;

	memset(run, 0, sizeof(*run));
	run->arena = arena_new();
	run->diags.arena = run->arena;
	run->observed.arena = run->arena;
	run->plan.arena = run->arena;
	run->plan.changes.arena = run->arena;
	secrets_protect_process();
	if (!run_load(run, options))
		return RUN_BAD_INPUT;
	if (run->desired->group && mode != RUN_LOOK) {
		error = group_enter(run->desired->group, run->arena);
		if (error)
			return failed(run, error);
	}
	return mode == RUN_APPLY ? locked_run(run, options) : with_kernel(run, options, mode);
}

enum run_outcome run_make(struct run *run, const struct run_options *options, enum run_mode mode)
{
	enum run_outcome outcome = make(run, options, mode);

	/* It ended before the packets of facts were taken. */
	if (mode == RUN_APPLY && !run->sockets && !options->sockets)
		facts_sockets_discard_passed();
	return outcome;
}

void run_free(struct run *run)
{
	if (run->sockets_owned)
		facts_sockets_free(run->sockets);
	observed_forget_allowed_ips(&run->observed);
	arena_free(run->arena);
	run->arena = NULL;
}
