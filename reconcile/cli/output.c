/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "message.h"
#include "options.h"

#include <errno.h>

/* Texts of this many items are made before their memory is given back. */
#define SCRATCH_ITEMS 4096

static const struct output *const outputs[] = {
	&output_text,
	&output_json,
	&output_wgpeerselector,
	&output_prometheus,
};

#define OUTPUTS_N (sizeof(outputs) / sizeof(outputs[0]))

const struct output *output_find(const char *name)
{
	for (size_t i = 0; i < OUTPUTS_N; i++)
		if (strcmp(outputs[i]->name, name) == 0)
			return outputs[i];
	return NULL;
}

const char *const *output_names(struct arena *arena)
{
	const char **names = arena_alloc(arena, (OUTPUTS_N + 1) * sizeof(*names));

	for (size_t i = 0; i < OUTPUTS_N; i++)
		names[i] = outputs[i]->name;
	return names;
}

/* ---- A run ---- */

/* Memory for the texts of some items: of a million changes no more than that. */
struct scratch {
	struct arena *arena;
	unsigned used;
};

static struct arena *scratch_get(struct scratch *scratch)
{
	if (scratch->used++ % SCRATCH_ITEMS == 0) {
		arena_free(scratch->arena);
		scratch->arena = arena_new();
	}
	return scratch->arena;
}

static void print_groups(const struct output_run *writers, struct printer *printer,
			 const struct report *report, struct scratch *scratch)
{
	const struct report_item *last = NULL;

	vec_each (item, &report->items) {
		/* Decisions alone change nothing. */
		if (printer->quiet && item->event)
			continue;
		if (!last || !report_same_group(last, item))
			writers->heading(printer, item);
		last = item;
		if (item->change)
			writers->change(printer, report, item->change, scratch_get(scratch));
		else
			writers->event(printer, item->event, scratch_get(scratch));
	}
}

static void print_lists(const struct output_run *writers, struct printer *printer,
			const struct report *report, struct scratch *scratch)
{
	if (report->outcome != RUN_DONE)
		return;
	vec_each (change, &report->run->plan.changes.list)
		writers->change(printer, report, change, scratch_get(scratch));
	vec_each (event, &report->run->plan.events)
		writers->event(printer, event, scratch_get(scratch));
}

void output_report(const struct output *output, struct printer *printer,
		   const struct report *report)
{
	const struct output_run *writers = output->run;
	struct scratch scratch = { 0 };

	if (printer->quiet && report_is_empty(report))
		return;
	printer->count = 0;
	printer->in_events = false;
	writers->begin(printer, report);
	if (writers->in_groups)
		print_groups(writers, printer, report, &scratch);
	else
		print_lists(writers, printer, report, &scratch);
	writers->end(printer, report);
	arena_free(scratch.arena);
}

/* ---- The printer ---- */

struct printer printer_open(const struct options *options)
{
	return (struct printer){
		.out = stdout,
		.err = stderr,
		.color = color_wanted(options->color),
		.quiet = options->quiet,
		.verbose = options->verbose,
	};
}

bool printer_close(struct printer *printer)
{
	if (fflush(printer->out) == 0 && !ferror(printer->out))
		return true;
	complain("cannot write the result: %s", strerror(errno));
	return false;
}
