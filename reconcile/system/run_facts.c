/* SPDX-License-Identifier: MIT */
#include "run_parts.h"

#include <errno.h>
#include <time.h>

/* The first runs of a burst of packets begin at once, so that both ends of a new direct link
 * move their allowed IPs in the same moment; of the others there are four a second. */
#define BURST_AT_ONCE 5
#define RUN_EVERY_MS 250

static void read_notes(struct run *run, const struct run_options *options,
		       struct facts_store *store)
{
	const struct state_text text = state_text_read(&options->dirs, options->name, STATE_FACTS,
						       run->arena);
	const char *reason = facts_store_decode(text.text, text.length, &run->observed.now, store,
						run->arena);

	/* Without notes the node waits until the facts have been repeated. */
	if (reason && text.length)
		run_warn(run, arena_printf(run->arena, "%s: %s; facts are collected anew",
					   text.path, reason));
}

/* In a burst, more packets are awaited, so that a storm of them starts few runs. */
static void pace(const struct run *run, const struct facts_store *before)
{
	const msec_t wait = before->at + RUN_EVERY_MS - run->observed.now.boot;
	const struct timespec time = { .tv_nsec = (long)wait * 1000000 };

	if (before->burst >= BURST_AT_ONCE && wait > 0 && wait <= RUN_EVERY_MS &&
	    facts_sockets_pending(run->sockets))
		nanosleep(&time, NULL);
}

/* False with errno. */
static bool receive(struct run *run, const struct run_options *options,
		    const struct facts_store *before, struct facts_packets *packets)
{
	run->sockets = options->sockets;
	if (!run->sockets) {
		run->sockets = facts_sockets_new();
		if (!run->sockets)
			return false;
		run->sockets_owned = true;
		facts_sockets_take_passed(run->sockets);
	}
	/* A run by itself would receive nothing with a new socket. */
	if (options->sockets)
		facts_sockets_open(run->sockets, run->desired, &run->observed, run->arena);
	pace(run, before);
	facts_sockets_receive(run->sockets, run->desired, &run->observed, packets, run->arena);
	return true;
}

bool run_facts(struct run *run, const struct run_options *options, enum run_mode mode,
	       const uint8_t random[FACT_BOOT_ID_LENGTH])
{
	struct facts_packets packets = { 0 };
	struct facts_store before;
	struct facts_input input = {
		.desired = run->desired,
		.samples = &run->samples,
		.observed = &run->observed,
		.before = &before,
		.packets = &packets,
	};

	if (!desired_has_facts(run->desired))
		return true;
	memcpy(input.random, random, sizeof(input.random));
	read_notes(run, options, &before);
	if (mode == RUN_APPLY && !receive(run, options, &before, &packets))
		run_warn(run,
			 arena_printf(run->arena, "no facts are exchanged: %s", strerror(errno)));
	facts_step(&run->facts, run->arena, &input);
	desired_merge(run->desired, run->facts.additions.at, run->facts.additions.n, &run->diags);
	facts_apply(&run->facts, &input);
	return !run->diags.errors;
}

void run_facts_events(struct run *run)
{
	vec_each (from, &run->facts.events) {
		struct event *event = event_add(&run->plan.events, EVENT_FACTS);

		event->interface = from->interface;
		event->peer = from->peer;
		event->text = from->text;
	}
}

static void write_notes(struct run *run, const struct run_options *options)
{
	const char *text = facts_store_encode(&run->facts.store, run->arena);
	const char *error = state_text_write(&options->dirs, options->name, STATE_FACTS, text,
					     run->arena);

	if (error)
		run_warn(run, error);
}

void run_facts_send(struct run *run, const struct run_options *options,
		    const struct observed *after, const struct deadline *deadline)
{
	struct facts_messages messages = { 0 };
	const char *problem, *other;

	if (!run->facts.any || !run->sockets)
		return;
	problem = facts_sockets_open(run->sockets, run->desired, after, run->arena);
	facts_send(&run->facts, after, &messages);
	other = facts_sockets_send(run->sockets, &messages, after, deadline, run->arena);
	if (problem || other)
		run_warn(run, problem ? problem : other);
	if (run->facts.changed)
		write_notes(run, options);
}
