/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "../core/pending.h"
#include "group.h"
#include "probe.h"
#include "resolve.h"
#include "secrets.h"
#include "source_files.h"
#include "timesync.h"
#include "wireguard.h"

#include <errno.h>
#include <jansson.h>
#include <net/if.h>
#include <sys/random.h>
#include <unistd.h>

/* Names, probes and the synchroniser leave a quarter of the deadline, and no more
 * than this, to the changes: a name server that never answers must not keep the
 * rest of the desired state from being applied. */
#define RESERVED_FOR_CHANGES_MS 1000

/* Instead of randomness, where nothing comes of what is drawn. */
#define WATCH_SEED 1

/* ---- Reading what should be ---- */

bool run_load(struct run *run, const struct run_options *options, bool without_keys)
{
	struct sources sources = { 0 };

	sources_read(&sources, options->files, options->files_n, &run->diags);
	if (run->diags.errors)
		return false;
	run->desired = desired_parse(sources.list.at, sources.list.n, options->name, &run->diags);
	if (run->desired && !without_keys)
		secrets_read(run->desired, &run->diags);
	return run->desired && !run->diags.errors;
}

static void warn(struct run *run, const char *text)
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

/* ---- Answering what plan needs ---- */

/* jansson has it, too: for its hashes it would else open and read /dev/urandom. */
static bool fresh_seed(uint64_t *seed)
{
	if (getrandom(seed, sizeof(*seed), 0) != (ssize_t)sizeof(*seed))
		return false;
	json_object_seed((size_t)*seed);
	return true;
}

static uint32_t fwmark_of(const struct run *run, const char *interface)
{
	const struct observed_interface *in_kernel = observed_interface_find(&run->observed,
									     interface);
	const struct desired_interface *desired = desired_interface_find(run->desired, interface);

	if (desired && desired->fwmark >= 0)
		return (uint32_t)desired->fwmark;
	return in_kernel ? in_kernel->fwmark : 0;
}

/* Families and networks that no route leads to are not worth an attempt. */
static void drop_unroutable(struct kernel *kernel, struct observed_answer *answer, uint32_t fwmark)
{
	for (size_t i = answer->addresses.n; i-- > 0;) {
		if (kernel_route_exists(kernel, &answer->addresses.at[i], fwmark))
			continue;
		vec_remove(&answer->addresses, i);
		answer->unroutable++;
	}
}

static void answer_names(struct run *run, struct kernel *kernel, const struct needs *needs,
			 const struct deadline *deadline)
{
	size_t n = needs->names.n;
	const char **endpoints = arena_alloc(run->arena, n * sizeof(*endpoints));
	struct observed_answer *answers = arena_alloc(run->arena, n * sizeof(*answers));

	for (size_t i = 0; i < n; i++)
		endpoints[i] = needs->names.at[i].endpoint;
	resolve_endpoints(endpoints, n, answers, run->arena, deadline);
	for (size_t i = 0; i < n; i++) {
		if (!answers[i].error)
			drop_unroutable(kernel, &answers[i],
					fwmark_of(run, needs->names.at[i].interface));
		*vec_push(run->arena, &run->observed.answers) = answers[i];
	}
}

static void answer_probes(struct run *run, const struct needs *needs,
			  const struct deadline *deadline)
{
	size_t n = needs->probes.n;
	struct observed_probe *probes = arena_alloc(run->arena, n * sizeof(*probes));

	probe_targets(needs->probes.at, n, probes, run->arena, deadline);
	for (size_t i = 0; i < n; i++)
		*vec_push(run->arena, &run->observed.probes) = probes[i];
}

static void answer_lookups(struct run *run, struct kernel *kernel, const struct needs *needs)
{
	vec_each (need, &needs->lookups) {
		struct observed_lookup *lookup = vec_push(run->arena, &run->observed.lookups);

		lookup->interface = need->interface;
		lookup->to = need->to;
		kernel_route_lookup(kernel, &need->to, fwmark_of(run, need->interface), lookup,
				    run->arena);
	}
}

static void answer_time(struct run *run, enum run_mode mode, const struct deadline *deadline)
{
	/* Half of the time is left to the names of those who are to be connected. */
	struct deadline half = deadline_in(deadline_left(deadline) / 2);

	run->observed.time_answered = true;
	if (mode != RUN_APPLY)
		run->observed.time_error = "not tried in a dry run";
	else
		run->observed.time_error = timesync_run(&run->desired->time, run->arena, &half);
	/* The clock may have been stepped. */
	clock_read(&run->observed.now);
}

static void answer_needs(struct run *run, struct kernel *kernel, enum run_mode mode,
			 const struct deadline *deadline)
{
	/* The answers refer to the needs, which the next plan overwrites. */
	struct needs needs = run->plan.needs;

	/* The kernel answers these at once, whatever time is left. */
	answer_lookups(run, kernel, &needs);
	if (deadline_passed(deadline))
		run->observed.out_of_time = true;
	else if (needs.time)
		answer_time(run, mode, deadline);
	else {
		if (needs.names.n)
			answer_names(run, kernel, &needs, deadline);
		if (needs.probes.n)
			answer_probes(run, &needs, deadline);
	}
}

static struct deadline asking_deadline(const struct run_options *options,
				       const struct deadline *deadline)
{
	msec_t reserved = options->deadline / 4;

	if (reserved > RESERVED_FOR_CHANGES_MS)
		reserved = RESERVED_FOR_CHANGES_MS;
	return (struct deadline){ .at = deadline->at - reserved };
}

/* Each turn answers at least one need that was open, so this comes to an end. */
static void make_plan(struct run *run, struct kernel *kernel, enum run_mode mode, uint64_t seed,
		      const struct deadline *deadline)
{
	for (;;) {
		plan_make(&run->plan, run->arena, run->desired, &run->recorded, &run->marks,
			  &run->observed, seed);
		if (needs_none(&run->plan.needs))
			return;
		answer_needs(run, kernel, mode, deadline);
	}
}

/* ---- Recording and applying ---- */

static void record_state(struct run *run, const struct run_options *options)
{
	const struct recorded *recorded = &run->plan.recorded;
	const char *error = state_write(&options->dirs, options->name, recorded, run->arena);

	if (!error) {
		run->recorded_written = true;
		if (run->recorded_kept)
			state_kept_forget(&options->dirs, options->name, run->arena);
		return;
	}
	fail(run, error);
	error = state_keep(&options->dirs, options->name, recorded, run->arena);
	if (error)
		warn(run, error);
}

/* Before the changes: whatever happens after it, the next run knows what was
 * meant and finds in the kernel how far it came. */
static void record(struct run *run, const struct run_options *options)
{
	const char *error;

	if (run->plan.recorded_changed || run->recorded_kept)
		record_state(run, options);
	if (run->plan.marks_changed) {
		error = marks_write(&options->dirs, options->name, &run->plan.marks, run->arena);
		if (error)
			warn(run, error);
	}
}

static bool concerns_routes(const struct changes *changes)
{
	vec_each (change, &changes->list)
		if (!wg_change_is(change->kind))
			return true;
	return false;
}

/* What was changed is read back, into again; whatever is then still different is the
 * rest. False when it cannot be read. */
static bool read_back(struct run *run, struct kernel *kernel, uint64_t seed, struct observed *again,
		      const struct deadline *deadline)
{
	struct plan rest;
	const char *error;

	again->earlier = &run->observed;
	again->routes_untouched = !concerns_routes(&run->plan.changes);
	/* There may be a million of them, and the changes have their own. */
	observed_forget_allowed_ips(&run->observed);
	if (!kernel_observe(kernel, run->desired, &run->plan.recorded, again, deadline, &error)) {
		warn(run, arena_printf(run->arena, "cannot read the changes back: %s", error));
		return false;
	}
	again->now = run->observed.now;
	again->clock_synchronised = run->observed.clock_synchronised;
	again->out_of_time = true;
	again->read_back = true;
	plan_make(&rest, run->arena, run->desired, &run->plan.recorded, &run->plan.marks, again,
		  seed);
	run->rest = rest.changes;
	return true;
}

static bool all_done(const struct changes *changes)
{
	vec_each (change, &changes->list)
		if (change->result != CHANGE_DONE)
			return false;
	return true;
}

/* After the changes, of which there were some. False when it is not known what came
 * of them. */
static bool settle(struct run *run, struct kernel *kernel, uint64_t seed, struct observed *again,
		   const struct deadline *deadline)
{
	if (!deadline_passed(deadline))
		return read_back(run, kernel, seed, again, deadline);
	if (all_done(&run->plan.changes))
		warn(run, "the changes were not read back: the deadline passed");
	else
		fail(run, "the deadline passed before all was done: the next run goes on from "
			  "there, and --deadline gives a run more time");
	return false;
}

/* What a look would find to do now, if that was tried in vain in this run: 0 where
 * nothing is left, and where something has come up meanwhile. */
static uint64_t left_undone(const struct run *run, struct kernel *kernel,
			    const struct observed *now, const struct deadline *deadline)
{
	struct run look = *run;

	if (!run->rest.list.n && !run->desired->selectors.n)
		return 0;
	/* Mostly enough to tell, and another plan of a million routes is not for nothing. */
	if (!pending_was_tried(&run->rest, &run->plan.changes))
		return 0;
	look.recorded = run->plan.recorded;
	look.marks = run->plan.marks;
	look.observed = *now;
	look.observed.out_of_time = true;
	look.observed.read_back = false;
	look.observed.answers.n = 0;
	look.observed.probes.n = 0;
	make_plan(&look, kernel, RUN_WATCH, WATCH_SEED, deadline);
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

	if (run->plan.changes.list.n) {
		kernel_apply(kernel, run->desired->name, &run->observed, &run->plan.changes,
			     deadline);
		now = settle(run, kernel, seed, &again, deadline) ? &again : NULL;
	}
	error = pending_write(&options->dirs, options->name,
			      now ? left_undone(run, kernel, now, deadline) : 0, run->arena);
	if (error)
		warn(run, error);
	if (run->rest.list.n && all_done(&run->plan.changes))
		fail(run,
		     arena_printf(
			     run->arena,
			     "%zu changes did not last: something else alters the same interfaces",
			     changes_count(&run->rest)));
	observed_forget_allowed_ips(&again);
}

/* ---- One run ---- */

static enum run_outcome observe(struct run *run, struct kernel *kernel,
				const struct deadline *deadline)
{
	const char *error = NULL;

	clock_read(&run->observed.now);
	run->observed.clock_synchronised = !run->desired->time.enabled || clock_synchronised();
	if (kernel_observe(kernel, run->desired, &run->recorded, &run->observed, deadline, &error))
		return RUN_DONE;
	if (deadline_passed(deadline))
		error = arena_printf(run->arena, "%s; --deadline gives a run more time", error);
	return failed(run, error);
}

static enum run_outcome read_state(struct run *run, const struct run_options *options,
				   enum run_mode mode)
{
	const char *warning = NULL, *error = NULL;

	run->recorded_kept = state_kept_read(&options->dirs, options->name, &run->recorded,
					     run->arena);
	if (!run->recorded_kept && !state_read(&options->dirs, options->name, mode == RUN_APPLY,
					       &run->recorded, run->arena, &warning, &error))
		return failed(run, error);
	if (warning)
		warn(run, warning);
	marks_read(&options->dirs, options->name, &run->marks, run->arena);
	return RUN_DONE;
}

static enum run_outcome one_step(struct run *run, const struct run_options *options,
				 enum run_mode mode, struct kernel *kernel)
{
	struct deadline deadline = deadline_in(options->deadline);
	enum run_outcome outcome;
	struct deadline asking;
	uint64_t seed;

	if (!fresh_seed(&seed))
		return failed(run, arena_printf(run->arena, "getrandom: %s", strerror(errno)));
	outcome = read_state(run, options, mode);
	if (outcome != RUN_DONE)
		return outcome;
	outcome = observe(run, kernel, &deadline);
	if (outcome != RUN_DONE)
		return outcome;
	run->observed.out_of_time = mode == RUN_LOOK || mode == RUN_WATCH;
	asking = asking_deadline(options, &deadline);
	make_plan(run, kernel, mode, mode == RUN_WATCH ? WATCH_SEED : seed, &asking);
	if (mode == RUN_APPLY) {
		record(run, options);
		apply(run, options, kernel, seed, &deadline);
	} else if (mode == RUN_WATCH) {
		run->pending = pending_digest(&run->plan);
		run->tried = pending_read(&options->dirs, options->name, run->arena);
	}
	return RUN_DONE;
}

/* The last address of a prefix. */
static struct ip last_address(const struct prefix *prefix)
{
	struct ip last = prefix->ip;

	for (unsigned bit = prefix->length; bit < family_bits(last.family); bit++)
		last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

/* As packets go that are not the tunnel's own: without a mark. */
static struct touched *look_up(struct run *run, const struct run_options *options,
			       struct kernel *kernel)
{
	struct touched *touched = arena_alloc(run->arena, options->touched_n * sizeof(*touched));

	for (size_t i = 0; i < options->touched_n; i++) {
		touched[i] = options->touched[i];
		touched[i].first.to = touched[i].prefix.ip;
		touched[i].last.to = last_address(&touched[i].prefix);
		kernel_route_lookup(kernel, &touched[i].first.to, 0, &touched[i].first, run->arena);
		kernel_route_lookup(kernel, &touched[i].last.to, 0, &touched[i].last, run->arena);
	}
	return touched;
}

/* What applying has to know of the interfaces, though they are not read. */
static void assume_interfaces(struct run *run)
{
	vec_each (interface, &run->desired->interfaces) {
		struct observed_interface *assumed;
		uint32_t index = if_nametoindex(interface->name);

		if (!index || !interface->follow.enabled)
			continue;
		assumed = vec_push(run->arena, &run->observed.interfaces);
		assumed->name = interface->name;
		assumed->index = index;
		assumed->implementation = interface->implementation;
		assumed->is_wireguard = true;
	}
}

static enum run_outcome touched_step(struct run *run, const struct run_options *options,
				     struct kernel *kernel)
{
	struct deadline deadline = deadline_in(options->deadline);
	enum run_outcome outcome = read_state(run, options, RUN_DRY);

	if (outcome != RUN_DONE)
		return outcome;
	assume_interfaces(run);
	if (!plan_touched(&run->plan, run->arena, run->desired, &run->recorded,
			  look_up(run, options, kernel), options->touched_n))
		return RUN_UNCLEAR;
	kernel_apply(kernel, run->desired->name, &run->observed, &run->plan.changes, &deadline);
	return all_done(&run->plan.changes) ? RUN_DONE : RUN_UNCLEAR;
}

static enum run_outcome with_kernel(struct run *run, const struct run_options *options,
				    enum run_mode mode)
{
	struct kernel *kernel = kernel_open();
	enum run_outcome outcome;

	if (!kernel)
		return failed(run, "out of memory");
	outcome = options->touched_n ? touched_step(run, options, kernel)
				     : one_step(run, options, mode, kernel);
	kernel_close(kernel);
	return outcome;
}

static enum run_outcome locked_run(struct run *run, const struct run_options *options)
{
	enum run_outcome outcome;
	const char *error = NULL;
	int lock = state_lock(&options->dirs, options->name, run->arena, &error);

	if (lock < 0 && errno == EWOULDBLOCK) {
		run->error = "another run of this instance is under way";
		return RUN_LOCKED;
	}
	if (lock < 0)
		return failed(run, error);
	outcome = with_kernel(run, options, RUN_APPLY);
	close(lock);
	return outcome;
}

enum run_outcome run_make(struct run *run, const struct run_options *options, enum run_mode mode)
{
	const char *error;

	memset(run, 0, sizeof(*run));
	run->arena = arena_new();
	run->diags.arena = run->arena;
	run->observed.arena = run->arena;
	run->plan.arena = run->arena;
	run->plan.changes.arena = run->arena;
	secrets_protect_process();
	if (!run_load(run, options, options->touched_n))
		return RUN_BAD_INPUT;
	if (run->desired->group && mode != RUN_LOOK) {
		error = group_enter(run->desired->group, run->arena);
		if (error)
			return failed(run, error);
	}
	return mode == RUN_APPLY ? locked_run(run, options) : with_kernel(run, options, mode);
}

void run_free(struct run *run)
{
	observed_forget_allowed_ips(&run->observed);
	arena_free(run->arena);
	run->arena = NULL;
}
