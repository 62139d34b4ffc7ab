/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include "base/hash.h"
#include "base/random.h"

/* ---- Order of candidates ---- */

struct pool {
	VEC(const struct endpoint_candidate *) list;
};

static bool is_untried(const struct recorded_endpoint *record, const struct endpoint *address)
{
	vec_each (untried, &record->untried)
		if (endpoint_equal(untried, address))
			return true;
	return false;
}

/* Whether the pool has more than the endpoint in use. */
static bool has_others(const struct pool *pool, const struct endpoint *in_use)
{
	vec_each (candidate, &pool->list)
		if (!in_use || !endpoint_equal(&(*candidate)->address, in_use))
			return true;
	return false;
}

/* The candidates to choose from, all of them or the untried ones. */
static struct pool pool_of(const struct endpoint_candidates *candidates, msec_t now,
			   const struct recorded_endpoint *untried, struct arena *arena)
{
	struct pool pool = { 0 };

	vec_each (candidate, &candidates->list)
		if (candidate->origin != ENDPOINT_ROAMED &&
		    (!candidate->expires || now < candidate->expires) &&
		    (!untried || is_untried(untried, &candidate->address)))
			*vec_push(arena, &pool.list) = candidate;
	return pool;
}

/* Lower is tried first. */
static unsigned rank(const struct endpoint_candidate *candidate, const struct endpoint_turn *turn)
{
	bool in_use = turn->in_use && endpoint_equal(&candidate->address, turn->in_use);
	bool preferred = candidate->address.ip.family == turn->prefer;

	return (in_use ? 1000 : 0) + 2 * (unsigned)candidate->origin + !preferred;
}

static const struct endpoint_candidate *pool_draw(const struct pool *pool,
						  const struct endpoint_turn *turn)
{
	unsigned best = UINT32_MAX;
	struct random random;
	uint64_t equals = 0, pick;

	vec_each (candidate, &pool->list) {
		unsigned of_it = rank(*candidate, turn);

		equals = of_it < best ? 1 : equals + (of_it == best);
		best = of_it < best ? of_it : best;
	}
	if (!equals)
		return NULL;
	random_seed(&random, turn->draw);
	pick = turn->in_order ? 0 : random_below(&random, equals);
	vec_each (candidate, &pool->list)
		if (rank(*candidate, turn) == best && pick-- == 0)
			return *candidate;
	return NULL;
}

static const struct endpoint_candidate *roamed(const struct endpoint_candidates *candidates)
{
	vec_each (candidate, &candidates->list)
		if (candidate->origin == ENDPOINT_ROAMED)
			return candidate;
	return NULL;
}

const struct endpoint_candidate *endpoint_next(const struct endpoint_candidates *candidates,
					       const struct endpoint_turn *turn,
					       struct recorded_endpoint *record,
					       struct arena *arena)
{
	struct pool pool = pool_of(candidates, turn->now, record, arena);
	const struct endpoint_candidate *chosen;

	if (!has_others(&pool, turn->in_use))
		pool = pool_of(candidates, turn->now, NULL, arena);
	chosen = pool_draw(&pool, turn);
	memset(&record->untried, 0, sizeof(record->untried));
	vec_each (candidate, &pool.list)
		if (*candidate != chosen)
			*vec_push(arena, &record->untried) = (*candidate)->address;
	return chosen ? chosen : roamed(candidates);
}

/* ---- The candidates of a peer ---- */

static void add(struct endpoint_candidates *candidates, struct arena *arena,
		const struct endpoint *address, enum endpoint_origin origin)
{
	*vec_push(arena, &candidates->list) = (struct endpoint_candidate){ .address = *address,
									   .origin = origin };
}

static void ask(const struct endpoint_request *request, const char *endpoint,
		struct queries *queries, struct arena *arena)
{
	struct query_name *query = vec_push(arena, &queries->names);

	query->endpoint = endpoint;
	query->interface = request->interface;
}

/* The addresses of one declared endpoint that is queried. */
static enum endpoint_result add_answer(const struct endpoint_request *request, const char *endpoint,
				       bool is_literal, struct endpoint_candidates *candidates,
				       struct queries *queries, struct arena *arena,
				       struct endpoint_choice *choice)
{
	const struct observed_answer *answer = observed_answer_find(request->observed, endpoint);

	if (!answer && request->observed->out_of_time)
		return ENDPOINT_OUT_OF_TIME;
	if (!answer) {
		ask(request, endpoint, queries, arena);
		return ENDPOINT_ASKED;
	}
	choice->problem = answer->error ? answer->error : "no route to any of its addresses";
	if (answer->error)
		return ENDPOINT_UNRESOLVED;
	if (!answer->addresses.n)
		return ENDPOINT_NO_ROUTE;
	vec_each (address, &answer->addresses)
		add(candidates, arena, address, is_literal ? ENDPOINT_LITERAL : ENDPOINT_NAME);
	return ENDPOINT_CHOSEN;
}

static enum endpoint_result add_one(const struct endpoint_request *request, const char *endpoint,
				    const struct endpoint *literal,
				    struct endpoint_candidates *candidates, struct queries *queries,
				    struct arena *arena, struct endpoint_choice *choice)
{
	if (!literal || request->routed)
		return add_answer(request, endpoint, literal, candidates, queries, arena, choice);
	add(candidates, arena, literal, ENDPOINT_LITERAL);
	return ENDPOINT_CHOSEN;
}

/* All declared endpoints. One of them is enough; a query that is open comes first. */
static enum endpoint_result add_declared(const struct endpoint_request *request,
					 struct endpoint_candidates *candidates,
					 struct queries *queries, struct arena *arena,
					 struct endpoint_choice *choice)
{
	const struct desired_peer *peer = request->peer;
	enum endpoint_result result, other;
	bool any, asked;

	result = add_one(request, peer->endpoint,
			 peer->endpoint_is_literal ? &peer->endpoint_address : NULL, candidates,
			 queries, arena, choice);
	any = result == ENDPOINT_CHOSEN;
	asked = result == ENDPOINT_ASKED;
	vec_each (candidate, &peer->candidates) {
		other = add_one(request, candidate->text,
				candidate->is_literal ? &candidate->address : NULL, candidates,
				queries, arena, choice);
		any |= other == ENDPOINT_CHOSEN;
		asked |= other == ENDPOINT_ASKED;
	}
	if (asked)
		return ENDPOINT_ASKED;
	if (any)
		choice->problem = NULL;
	return any ? ENDPOINT_CHOSEN : result;
}

/* The addresses of an earlier answer that have not been tried yet. */
static bool add_untried(const struct endpoint_request *request,
			const struct recorded_endpoint *record,
			struct endpoint_candidates *candidates, struct arena *arena)
{
	const enum endpoint_origin origin = request->peer->endpoint_is_literal ? ENDPOINT_LITERAL
									       : ENDPOINT_NAME;

	if (request->anew || !record->untried.n ||
	    observed_answer_find(request->observed, request->peer->endpoint))
		return false;
	vec_each (address, &record->untried)
		add(candidates, arena, address, origin);
	return true;
}

/* Addresses of another declaration do not count. */
static struct recorded_endpoint record_of(const struct endpoint_request *request)
{
	const struct recorded_endpoint *before = request->before;
	struct recorded_endpoint record = { .public_key = request->peer->public_key,
					    .endpoint = request->peer->endpoint };

	if (before) {
		record.at = before->at;
		if (strcmp(before->endpoint, record.endpoint) == 0)
			record.untried = before->untried;
	}
	return record;
}

static void choose(const struct endpoint_request *request,
		   const struct endpoint_candidates *candidates, struct arena *arena,
		   struct endpoint_choice *choice)
{
	const struct observed_peer *in_kernel = request->in_kernel;
	const struct wg_key *key = &request->peer->public_key;
	const struct endpoint_turn turn = {
		.in_use = in_kernel && in_kernel->has_endpoint ? &in_kernel->endpoint : NULL,
		.prefer = request->peer->prefer_family,
		.now = request->observed->now.boot,
		.in_order = request->in_order,
		.draw = request->seed ^ hash_bytes(HASH_BASIS, key->b, KEY_LENGTH),
	};

	choice->chosen = *endpoint_next(candidates, &turn, &choice->record, arena);
	if (!turn.in_use || !endpoint_equal(&choice->chosen.address, turn.in_use))
		choice->record.at = turn.now;
}

enum endpoint_result endpoint_choose(const struct endpoint_request *request,
				     struct queries *queries, struct arena *arena,
				     struct endpoint_choice *choice)
{
	const struct observed_peer *in_kernel = request->in_kernel;
	bool has_endpoint = in_kernel && in_kernel->has_endpoint;
	struct endpoint_candidates candidates = { 0 };
	enum endpoint_result result = ENDPOINT_CHOSEN;

	*choice = (struct endpoint_choice){ .record = record_of(request) };
	if (has_endpoint && request->keep) {
		choice->chosen = (struct endpoint_candidate){ .address = in_kernel->endpoint,
							      .origin = ENDPOINT_ROAMED };
		return ENDPOINT_CHOSEN;
	}
	if (has_endpoint)
		add(&candidates, arena, &in_kernel->endpoint, ENDPOINT_ROAMED);
	if (!add_untried(request, &choice->record, &candidates, arena))
		result = add_declared(request, &candidates, queries, arena, choice);
	if (result == ENDPOINT_CHOSEN)
		choose(request, &candidates, arena, choice);
	return result;
}
