/* SPDX-License-Identifier: MIT */
/*
 * fuzz_plan: a libFuzzer target. With any declarations, records, samples, kernel state and
 * answers: three runs make decisions, each reads the record of the previous one, and a
 * status can be made. The input is a desired state, a recorded state and samples, each ended
 * by the byte 0x1e, then the bytes for everything else.
 */
#include "core/desired/desired_yaml.h"
#include "core/plan/plan_outcome.h"
#include "core/report/pending.h"
#include "core/report/status.h"
#include "fuzz_kernel.h"

#include <stdio.h>
#include <stdlib.h>

#define RUNS 3
/* Each name, probe and lookup is queried once: an input of some kilobytes has no more than this. */
#define QUESTIONS_MAX 1000
#define SEPARATOR 0x1e

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what, const char *why, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_plan: %s: %s\n%s\n", what, why ? why : "", text ? text : "");
	abort();
}

/* Up to the next separator. */
static const char *take_part(struct bytes *bytes, size_t *length)
{
	const uint8_t *from = bytes->at;
	const uint8_t *end = bytes->left ? memchr(from, SEPARATOR, bytes->left) : NULL;
	size_t used;

	*length = end ? (size_t)(end - from) : bytes->left;
	used = *length + (end ? 1 : 0);
	bytes->at += used;
	bytes->left -= used;
	return (const char *)from;
}

/* ---- The kernel: made of bytes, with some of what is declared ---- */

static bool has_interface(const struct observed *observed, const char *name)
{
	vec_each (interface, &observed->interfaces)
		if (!strcmp(interface->name, name))
			return true;
	return false;
}

static bool has_peer(const struct observed_interface *interface, const struct wg_key *key)
{
	vec_each (peer, &interface->peers)
		if (!key_compare(&peer->public_key, key))
			return true;
	return false;
}

/* A key that is declared on the interface, or NULL. */
static const struct wg_key *declared_key(struct bytes *bytes, const struct desired *desired,
					 const struct desired_interface *interface)
{
	unsigned number = take(bytes);

	if (interface->peers.n && !(number & 1))
		return &interface->peers.at[(number >> 1) % interface->peers.n].public_key;
	vec_each (selector, &desired->selectors)
		if (selector->interface == interface && selector->peers.n)
			return &selector->peers.at[(number >> 1) % selector->peers.n].public_key;
	return NULL;
}

/* Possible values from a control socket. */
static void make_session(struct bytes *bytes, struct observed_peer *peer, msec_t wall)
{
	static const int64_t stamps[] = {
		0, 1, INT64_MAX, INT64_MIN, HANDSHAKE_SEC_MAX, 31622399999
	};
	uint8_t flags = take(bytes);

	peer->handshake.sec = flags & 1 ? wall / MSEC_PER_SEC - take(bytes)
					: stamps[(flags >> 1) % 6];
	peer->handshake.nsec = flags & 16 ? INT32_MIN : take(bytes) * 4000000;
	peer->rx_bytes = flags & 32 ? UINT64_MAX : take(bytes) * 100u;
	peer->tx_bytes = flags & 64 ? UINT64_MAX : take(bytes) * 100u;
}

static void declare_peers(struct bytes *bytes, const struct desired *desired,
			  const struct desired_interface *declared, struct observed *observed,
			  struct observed_interface *interface)
{
	vec_each (peer, &interface->peers) {
		const struct wg_key *key = declared_key(bytes, desired, declared);

		if (key && !has_peer(interface, key))
			peer->public_key = *key;
		make_session(bytes, peer, observed->now.wall);
	}
}

static void declare(struct bytes *bytes, const struct desired *desired, struct observed *observed)
{
	if (!desired->interfaces.n)
		return;
	vec_each (interface, &observed->interfaces) {
		const struct desired_interface *declared =
			&desired->interfaces.at[take(bytes) % desired->interfaces.n];

		if (has_interface(observed, declared->name))
			continue;
		interface->name = declared->name;
		if (interface->kind != LINK_WIREGUARD && take(bytes) & 1)
			interface->unreadable = "hangs";
		declare_peers(bytes, desired, declared, observed, interface);
	}
}

static void make_now(struct bytes *bytes, struct observed *observed)
{
	static const msec_t walls[] = { 0, 1000, 1767225600000, 2147483647000, 4294967296000 };
	static const char *const boots[] = { "", "11111111-1111-1111-1111-111111111111",
					     "5d5a7c35-8d4c-4a5e-9c3b-6f3a5e1f0a11" };

	observed->now.wall = walls[take(bytes) % 5];
	observed->now.boot = 1 + (msec_t)take(bytes) * 10000;
	snprintf(observed->now.boot_id, sizeof(observed->now.boot_id), "%s",
		 boots[take(bytes) % 3]);
	observed->clock_synchronised = take(bytes) & 1;
}

/* ---- Answers ---- */

static void answer_names(struct bytes *bytes, const struct queries *queries,
			 struct observed *observed)
{
	vec_each (query, &queries->names) {
		struct observed_answer *answer = vec_push(observed->arena, &observed->answers);
		uint8_t flags = take(bytes);

		answer->endpoint = query->endpoint;
		if (flags & 1)
			answer->error = "no such name";
		for (unsigned i = 0; !answer->error && i < (flags >> 1 & 3u); i++) {
			struct endpoint *endpoint = vec_push(observed->arena, &answer->addresses);

			endpoint->ip = take_ip(bytes);
			endpoint->ip.b[1] = (uint8_t)i; /* each once */
			endpoint->port = 51820;
		}
	}
}

static void answer_others(struct bytes *bytes, const struct queries *queries,
			  struct observed *observed)
{
	vec_each (query, &queries->probes) {
		struct observed_probe *probe = vec_push(observed->arena, &observed->probes);

		probe->interface = query->interface;
		probe->target = query->target;
		probe->sent = query->count;
		probe->received = take(bytes) % (query->count + 1);
		probe->error = take(bytes) & 7 ? NULL : "not permitted";
	}
	vec_each (query, &queries->lookups) {
		struct observed_lookup *lookup = vec_push(observed->arena, &observed->lookups);

		lookup->interface = query->interface;
		lookup->to = query->to;
		lookup->found = take(bytes) & 1;
		lookup->index = take(bytes) & 3;
		lookup->device = "eth0";
		lookup->destination = prefix_mask(take_prefix(bytes));
		lookup->table = take(bytes) & 1 ? TABLE_MAIN : take(bytes);
	}
}

static void answer(struct bytes *bytes, const struct queries *queries, struct observed *observed)
{
	answer_names(bytes, queries, observed);
	answer_others(bytes, queries, observed);
	if (queries->time) {
		observed->time_answered = true;
		observed->time_error = take(bytes) & 1 ? "no answer" : NULL;
	}
	if (take(bytes) == 77)
		observed->out_of_time = true;
}

static void forget_answers(struct observed *observed)
{
	observed->answers.n = 0;
	observed->probes.n = 0;
	observed->lookups.n = 0;
	observed->time_answered = false;
	observed->out_of_time = false;
}

/* ---- Runs ---- */

static void make_results(struct bytes *bytes, struct plan *plan)
{
	uint8_t all = take(bytes);

	vec_each (change, &plan->changes.list) {
		uint8_t flags = all & 1 ? take(bytes) : 0;

		change->result = flags & 1   ? CHANGE_FAILED
				 : flags & 2 ? CHANGE_SKIPPED
					     : CHANGE_DONE;
		change->refused = (flags & 5) == 5;
	}
}

static void read_again(const struct plan *plan, struct recorded *recorded, struct samples *samples)
{
	const char *text = recorded_encode(&plan->recorded, plan->arena);
	const char *why = recorded_decode(text, strlen(text), recorded, plan->arena);

	must(!why, "a run records a state that the next one refuses", why, text);
	text = samples_encode(&plan->samples, plan->arena);
	why = samples_decode(text, strlen(text), samples, plan->arena);
	must(!why, "a run writes samples that the next one refuses", why, text);
}

static void check_plan(const struct plan *plan)
{
	vec_each (event, &plan->events.list)
		must(event->text && !strchr(event->text, '\n'), "an event without its line", NULL,
		     event->text);
	vec_each (change, &plan->changes.list)
		must(*change_text(change, plan->arena), "a change without text", NULL, NULL);
	pending_digest(plan);
}

static void run(struct bytes *bytes, const struct desired *desired, struct observed *observed,
		struct recorded *recorded, struct samples *samples)
{
	const struct plan_input input = { desired, recorded, samples, observed, take(bytes) };
	struct plan plan;
	struct status status;

	forget_answers(observed);
	for (unsigned questions = 0;; questions++) {
		must(questions < QUESTIONS_MAX, "a run asks without end", NULL, NULL);
		plan_make(&plan, observed->arena, &input);
		if (queries_none(&plan.queries))
			break;
		answer(bytes, &plan.queries, observed);
	}
	check_plan(&plan);
	status_make(&status, observed->arena, &input, &plan, NULL);
	make_results(bytes, &plan);
	plan_outcome(&plan, recorded, take(bytes) & 1 ? observed : NULL, &observed->now);
	read_again(&plan, recorded, samples);
	observed->now.boot += take(bytes) * 1000;
	observed->now.wall += take(bytes) * 1000;
}

static void try_runs(struct bytes *bytes, const struct desired *desired, struct recorded *recorded,
		     struct samples *samples, struct arena *arena)
{
	struct observed observed = { .arena = arena };

	make_now(bytes, &observed);
	make_observed(bytes, &observed);
	declare(bytes, desired, &observed);
	observed_sort(&observed);
	for (unsigned i = 0; i < RUNS; i++)
		run(bytes, desired, &observed, recorded, samples);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct bytes bytes = { data, size };
	struct diags diags = { .arena = arena };
	struct source source = { .file = "fuzz.yaml" };
	const struct desired *desired;
	struct recorded recorded;
	struct samples samples;
	const char *text;
	size_t length;

	source.text = take_part(&bytes, &source.length);
	desired = desired_parse(&source, 1, "fuzz", &diags);
	if (desired) {
		text = take_part(&bytes, &length);
		if (recorded_decode(text, length, &recorded, arena))
			recorded_init(&recorded, arena);
		text = take_part(&bytes, &length);
		if (samples_decode(text, length, &samples, arena))
			samples_init(&samples, arena);
		try_runs(&bytes, desired, &recorded, &samples, arena);
	}
	arena_free(arena);
	return 0;
}
