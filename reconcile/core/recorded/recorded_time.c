/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

/* ---- The last synchronisation of the clock ---- */

static bool attempt_decode(struct decoder *decoder, json_t *value, struct recorded *recorded)
{
	if (!json_is_integer(value))
		return fail(decoder, "time_attempt is no integer");
	return time_take(decoder, json_integer_value(value), "time_attempt",
			 &recorded->time_attempt);
}

static json_t *attempt_encode(const struct recorded *recorded, struct arena *scratch)
{
	(void)scratch;
	return nonzero_encode(recorded->time_attempt);
}

static void attempt_copy(struct recorded *to, const struct recorded *from)
{
	to->time_attempt = from->time_attempt;
}

static bool attempt_equal(const struct recorded *a, const struct recorded *b)
{
	return a->time_attempt == b->time_attempt;
}

static msec_t attempt_latest(const struct recorded *recorded)
{
	return recorded->time_attempt;
}

static void attempt_rebase(struct recorded *recorded)
{
	recorded->time_attempt = 0;
}

const struct recorded_section recorded_section_time_attempt = {
	.name = "time_attempt",
	.decode = attempt_decode,
	.encode = attempt_encode,
	.copy = attempt_copy,
	.equal = attempt_equal,
	.latest = attempt_latest,
	.rebase = attempt_rebase,
};

/* ---- Whether it succeeded ---- */

static bool done_decode(struct decoder *decoder, json_t *value, struct recorded *recorded)
{
	if (!json_is_boolean(value))
		return fail(decoder, "time_done is not true or false");
	recorded->time_done = json_is_true(value);
	return true;
}

static json_t *done_encode(const struct recorded *recorded, struct arena *scratch)
{
	(void)scratch;
	return recorded->time_done ? json_true() : NULL;
}

static void done_copy(struct recorded *to, const struct recorded *from)
{
	to->time_done = from->time_done;
}

static bool done_equal(const struct recorded *a, const struct recorded *b)
{
	return a->time_done == b->time_done;
}

static void done_rebase(struct recorded *recorded)
{
	recorded->time_done = false;
}

const struct recorded_section recorded_section_time_done = {
	.name = "time_done",
	.decode = done_decode,
	.encode = done_encode,
	.copy = done_copy,
	.equal = done_equal,
	.rebase = done_rebase,
};
