/* SPDX-License-Identifier: MIT */
#include "echoes.h"

#include <math.h>
#include <stdlib.h>

/* ---- Adding ---- */

static msec_t due_after(const struct echoes *echoes, size_t answered)
{
	return echoes->list.at[answered].sent + echoes->probe->every;
}

/* A delay by this part of the period means an omitted request. */
static bool is_gap(const struct echoes *echoes, msec_t begin, msec_t end, bool lost)
{
	return lost ? end > begin : end - begin > echoes->probe->every / 2;
}

/* The outage ended by an answered request. */
static void close_gap(struct echoes *echoes, size_t index, struct arena *arena)
{
	size_t before = index ? echoes->list.at[index - 1].answered : 0;
	msec_t begin = before ? due_after(echoes, before - 1) : echoes->list.at[0].sent;
	msec_t end = echoes->list.at[index].sent;
	bool lost = index > before;

	if (is_gap(echoes, begin, end, lost))
		*vec_push(arena, &echoes->gaps) = (struct gap){ end, begin, index };
}

/* Updates the sums from an index. */
static void sum_from(struct echoes *echoes, size_t index, struct arena *arena)
{
	while (echoes->gaps.n && echoes->gaps.at[echoes->gaps.n - 1].index >= index)
		echoes->gaps.n--;
	for (; index < echoes->list.n; index++) {
		struct echo *echo = &echoes->list.at[index];
		const struct echo *before = index ? echo - 1 : NULL;

		echo->lost = (before ? before->lost : 0) + (echo->rtt < 0);
		echo->answered = before ? before->answered : 0;
		if (echo->rtt < 0)
			continue;
		echo->answered = index + 1;
		close_gap(echoes, index, arena);
	}
}

/* In the order of sending: numbers restart with the sender. */
static bool is_later(const struct echo *echo, const struct record_echo *record)
{
	if (echo->sent != record->sent)
		return echo->sent > record->sent;
	return echo->sequence > record->sequence;
}

/* An answer may arrive before the timeout of earlier requests: only few are moved. */
void echoes_add(struct echoes *echoes, const struct record_echo *record, struct arena *arena)
{
	size_t index = echoes->list.n;

	vec_push(arena, &echoes->list);
	for (; index && is_later(&echoes->list.at[index - 1], record); index--)
		echoes->list.at[index] = echoes->list.at[index - 1];
	echoes->list.at[index] = (struct echo){ .sent = record->sent,
						.rtt = record->rtt,
						.sequence = record->sequence };
	sum_from(echoes, index, arena);
}

/* ---- Windows ---- */

/* Number sent before that time. */
static size_t sent_before(const struct echoes *echoes, msec_t time)
{
	return vec_place(&echoes->list, &time, time_order);
}

const struct echo *echoes_latest(const struct echoes *echoes, msec_t until)
{
	size_t n = sent_before(echoes, until + 1);

	return n ? &echoes->list.at[n - 1] : NULL;
}

msec_t echoes_unanswered_since(const struct echoes *echoes, const struct echo *echo)
{
	return echoes->list.at[echo->answered].sent;
}

static unsigned lost_before(const struct echoes *echoes, size_t n)
{
	return n ? echoes->list.at[n - 1].lost : 0;
}

struct echo_count echoes_count(const struct echoes *echoes, msec_t from, msec_t until)
{
	size_t first = sent_before(echoes, from), end = sent_before(echoes, until + 1);

	if (end <= first)
		return (struct echo_count){ 0 };
	return (struct echo_count){ (unsigned)(end - first),
				    lost_before(echoes, end) - lost_before(echoes, first) };
}

static void keep_longest(struct outage *longest, msec_t begin, msec_t end, msec_t from,
			 msec_t until)
{
	if (begin < from)
		begin = from;
	if (end > until)
		end = until;
	if (end - begin > longest->length)
		*longest = (struct outage){ begin, end - begin };
}

/* The continuing outage: until the request after the latest lost one, or, if none was sent,
 * until the time before which a loss would be known. */
static void keep_open_end(const struct echoes *echoes, msec_t from, msec_t until,
			  struct outage *longest)
{
	const struct probe *probe = echoes->probe;
	size_t n = echoes->list.n, answered = n ? echoes->list.at[n - 1].answered : 0;
	msec_t begin = answered ? due_after(echoes, answered - 1)
		       : n	? echoes->list.at[0].sent
				: from;
	msec_t end = until - probe->timeout - probe->every;

	if (answered < n && due_after(echoes, n - 1) > end)
		end = due_after(echoes, n - 1);
	if (is_gap(echoes, begin, end, answered < n))
		keep_longest(longest, begin, end, from, until);
}

struct outage echoes_outage(const struct echoes *echoes, msec_t from, msec_t until)
{
	struct outage longest = { .begin = from };

	for (size_t i = vec_place_after(&echoes->gaps, &from, time_order); i < echoes->gaps.n;
	     i++) {
		const struct gap *gap = &echoes->gaps.at[i];

		if (gap->begin >= until)
			break;
		keep_longest(&longest, gap->begin, gap->end, from, until);
	}
	keep_open_end(echoes, from, until, &longest);
	return longest;
}

static int compare_numbers(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

double echoes_median(const struct echoes *echoes, msec_t from, msec_t until, struct arena *scratch)
{
	size_t first = sent_before(echoes, from), end = sent_before(echoes, until + 1), n = 0;
	double *rtts;

	if (end <= first)
		return NAN;
	rtts = arena_alloc(scratch, (end - first) * sizeof(*rtts));
	for (size_t i = first; i < end; i++) {
		if (echoes->list.at[i].rtt >= 0)
			rtts[n++] = echoes->list.at[i].rtt;
	}
	if (!n)
		return NAN;
	qsort(rtts, n, sizeof(*rtts), compare_numbers);
	return n % 2 ? rtts[n / 2] : (rtts[n / 2 - 1] + rtts[n / 2]) / 2;
}
