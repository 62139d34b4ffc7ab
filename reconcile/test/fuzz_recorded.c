/* SPDX-License-Identifier: MIT */
/*
 * fuzz_recorded: a libFuzzer target. Decoding any bytes ends with a reason and no result, or
 * with content that is written and read back unchanged.
 */
#include "core/facts/facts_store.h"
#include "core/recorded/recorded.h"
#include "core/recorded/samples.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_recorded: %s\n", what);
	abort();
}

/* In another boot, times of the boot clock are removed, and unknown sections kept. */
static void try_rebase(struct recorded *recorded, const struct recorded *before,
		       struct arena *arena)
{
	const struct now now = { .boot_id = "none" };
	struct recorded again;
	const char *text;

	must(recorded_rebase(recorded, &now) || !before->boot_id[0] ||
		     !strcmp(before->boot_id, now.boot_id),
	     "another boot is not noticed");
	must(!recorded_rebase(recorded, &now), "a time is left");
	must(recorded->unknown.n == before->unknown.n, "a section is lost");
	for (size_t i = 0; i < before->unknown.n; i++)
		must(!strcmp(recorded->unknown.at[i].value, before->unknown.at[i].value),
		     "a section changes");
	text = recorded_encode(recorded, arena);
	must(!recorded_decode(text, strlen(text), &again, arena), "a rebased state is refused");
}

static void try_recorded(const char *text, size_t length, struct arena *arena)
{
	struct recorded recorded, again, copy;
	const char *reason = recorded_decode(text, length, &recorded, arena);
	const char *once, *twice;

	if (reason) {
		must(reason[0] && !strchr(reason, '\n'), "a reason is not one line");
		must(!recorded.selectors.n && !recorded.interfaces.n && !recorded.unknown.n &&
			     !recorded.boot_id[0],
		     "something is left of a state that was refused");
		return;
	}
	once = recorded_encode(&recorded, arena);
	must(!recorded_decode(once, strlen(once), &again, arena), "a written state is refused");
	twice = recorded_encode(&again, arena);
	must(!strcmp(once, twice), "a state changes by being written and read");
	must(recorded_equal(&recorded, &again), "a state differs from what was read of it");
	recorded_copy(&copy, &recorded, arena);
	must(!strcmp(once, recorded_encode(&copy, arena)), "a copy differs");
	must(recorded_equal(&recorded, &copy), "a copy is not equal");
	try_rebase(&copy, &recorded, arena);
}

static void try_samples(const char *text, size_t length, struct arena *arena)
{
	struct samples samples, again;
	const char *once;

	if (samples_decode(text, length, &samples, arena)) {
		must(!samples.list.n && !samples.boot_id[0],
		     "something is left of samples that were refused");
		return;
	}
	once = samples_encode(&samples, arena);
	must(!samples_decode(once, strlen(once), &again, arena), "written samples are refused");
	must(!strcmp(once, samples_encode(&again, arena)),
	     "samples change by being written and read");
	vec_each (sample, &samples.list)
		must(sample_find(&samples, sample->interface, &sample->public_key) == sample,
		     "a sample is not found");
}

static void try_facts(const char *text, size_t length, struct arena *arena)
{
	const struct now now = { .boot = INT64_C(1) << 40 };
	struct facts_store store, again;
	const char *once;

	if (facts_store_decode(text, length, &now, &store, arena)) {
		must(!store.links.n && !store.boot_id[0],
		     "something is left of facts that were refused");
		return;
	}
	once = facts_store_encode(&store, arena);
	must(!facts_store_decode(once, strlen(once), &now, &again, arena),
	     "written facts are refused");
	must(!strcmp(once, facts_store_encode(&again, arena)),
	     "facts change by being written and read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	/* Of exact size, so that reading past the end is detected. */
	char *text = malloc(size ? size : 1);

	must(text != NULL, "out of memory");
	if (size)
		memcpy(text, data, size);
	try_recorded(text, size, arena);
	try_samples(text, size, arena);
	try_facts(text, size, arena);
	free(text);
	arena_free(arena);
	return 0;
}
