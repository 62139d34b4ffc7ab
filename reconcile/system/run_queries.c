/* SPDX-License-Identifier: MIT */
#include "run_parts.h"

#include "system/ask/probe.h"
#include "system/ask/resolve.h"

/* Names, probes and the synchroniser leave a quarter of the deadline, and at most this, for
 * the changes: a name server that never answers must not prevent applying the rest of the
 * desired state. */
#define RESERVED_FOR_CHANGES_MS 1000

static uint32_t fwmark_of(const struct run *run, const char *interface)
{
	const struct observed_interface *in_kernel = observed_interface_find(&run->observed,
									     interface);
	const struct desired_interface *desired = desired_interface_find(run->desired, interface);

	if (desired && desired->fwmark >= 0)
		return (uint32_t)desired->fwmark;
	return in_kernel ? in_kernel->fwmark : 0;
}

/* Families and networks without a route are not tried. */
static void drop_unroutable(struct kernel *kernel, struct observed_answer *answer, uint32_t fwmark)
{
	for (size_t i = answer->addresses.n; i-- > 0;) {
		if (kernel_route_exists(kernel, &answer->addresses.at[i], fwmark))
			continue;
		vec_remove(&answer->addresses, i);
		answer->unroutable++;
	}
}

static void answer_names(struct run *run, struct kernel *kernel, const struct queries *queries,
			 const struct deadline *deadline)
{
	size_t n = queries->names.n;
	struct resolve_request *requests = arena_alloc(run->arena, n * sizeof(*requests));
	struct observed_answer *answers = arena_alloc(run->arena, n * sizeof(*answers));
	const char *warning;

	for (size_t i = 0; i < n; i++)
		requests[i] = (struct resolve_request){
			.endpoint = queries->names.at[i].endpoint,
			.fwmark = fwmark_of(run, queries->names.at[i].interface)
		};
	resolve_endpoints(requests, n, answers, &warning, run->arena, deadline);
	if (warning)
		run_warn(run, warning);
	for (size_t i = 0; i < n; i++) {
		if (!answers[i].error)
			drop_unroutable(kernel, &answers[i], requests[i].fwmark);
		*vec_push(run->arena, &run->observed.answers) = answers[i];
	}
}

static void answer_probes(struct run *run, const struct queries *queries,
			  const struct deadline *deadline)
{
	size_t n = queries->probes.n;
	struct observed_probe *probes = arena_alloc(run->arena, n * sizeof(*probes));

	probe_targets(queries->probes.at, n, probes, run->arena, deadline);
	for (size_t i = 0; i < n; i++)
		*vec_push(run->arena, &run->observed.probes) = probes[i];
}

static void answer_lookups(struct run *run, struct kernel *kernel, const struct queries *queries)
{
	vec_each (query, &queries->lookups) {
		struct observed_lookup *lookup = vec_push(run->arena, &run->observed.lookups);

		lookup->interface = query->interface;
		lookup->to = query->to;
		kernel_route_lookup(kernel, &query->to, fwmark_of(run, query->interface), lookup,
				    run->arena);
	}
}

static void answer_time(struct run *run, struct kernel *kernel, enum run_mode mode,
			const struct deadline *deadline)
{
	/* Half of the time is left for the names of peers. */
	struct deadline half = deadline_in(deadline_left(deadline) / 2);

	run->observed.time_answered = true;
	if (mode != RUN_APPLY)
		run->observed.time_error = "not tried in a dry run";
	else
		run->observed.time_error = run_synchronise(run, kernel, &half);
	/* The clock may have been stepped. */
	clock_read_again(&run->observed.now);
}

static void answer_queries(struct run *run, struct kernel *kernel, enum run_mode mode,
			   const struct deadline *deadline)
{
	/* The answers refer to the queries, which the next plan overwrites. */
	struct queries queries = run->plan.queries;

	/* The kernel answers these at once, regardless of the time left. */
	answer_lookups(run, kernel, &queries);
	if (deadline_passed(deadline))
		run->observed.out_of_time = true;
	else if (queries.time)
		answer_time(run, kernel, mode, deadline);
	else {
		if (queries.names.n)
			answer_names(run, kernel, &queries, deadline);
		if (queries.probes.n)
			answer_probes(run, &queries, deadline);
	}
}

struct deadline run_asking_deadline(const struct run_options *options,
				    const struct deadline *deadline)
{
	msec_t reserved = options->deadline / 4;

	if (reserved > RESERVED_FOR_CHANGES_MS)
		reserved = RESERVED_FOR_CHANGES_MS;
	return (struct deadline){ .at = deadline->at - reserved };
}

/* Each iteration answers at least one open query, so this terminates. */
void run_plan(struct run *run, struct kernel *kernel, enum run_mode mode, uint64_t seed,
	      const struct deadline *deadline)
{
	const struct plan_input input = run_input(run, seed);

	for (;;) {
		plan_make(&run->plan, run->arena, &input);
		if (queries_none(&run->plan.queries))
			return;
		answer_queries(run, kernel, mode, deadline);
	}
}
