/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "base/cli/message.h"
#include "options.h"

#include <errno.h>

/* Number of items whose texts are made before their memory is freed. */
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

struct arena *scratch_next(struct scratch *scratch)
{
	if (scratch->used++ % SCRATCH_ITEMS == 0) {
		arena_free(scratch->arena);
		scratch->arena = arena_new();
	}
	return scratch->arena;
}

/* Number of items from first that are changes of its kind under its heading. */
static size_t stretch_of(const struct report *report, const struct report_item *first)
{
	const struct report_item *end = report->items.at + report->items.n, *item = first;

	while (item < end && item->change && item->change->kind == first->change->kind &&
	       report_same_group(first, item))
		item++;
	return (size_t)(item - first);
}

static void print_groups(const struct output_run *writers, struct printer *printer,
			 const struct report *report, struct scratch *scratch)
{
	const struct report_item *last = NULL;

	for (size_t i = 0, n; i < report->items.n; i += n) {
		const struct report_item *item = &report->items.at[i];

		n = item->change ? stretch_of(report, item) : 1;
		/* Decisions without changes. */
		if (printer->quiet && item->event)
			continue;
		if (!last || !report_same_group(last, item))
			writers->heading(printer, item);
		last = item;
		if (item->change)
			writers->changes(printer, report, item, n, scratch);
		else
			writers->event(printer, item->event, scratch_next(scratch));
	}
}

static void print_lists(const struct output_run *writers, struct printer *printer,
			const struct report *report, struct scratch *scratch)
{
	if (report->outcome != RUN_DONE)
		return;
	vec_each (change, &report->run->plan.changes.list)
		writers->change(printer, report, change, scratch);
	vec_each (event, &report->run->plan.events.list)
		writers->event(printer, event, scratch_next(scratch));
}

void output_changes(const struct output *output, struct printer *printer,
		    const struct report *report)
{
	struct scratch scratch = { 0 };

	printer->has_left_out = false;
	print_groups(output->run, printer, report, &scratch);
	arena_free(scratch.arena);
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
	printer->has_left_out = false;
	writers->begin(printer, report);
	if (writers->changes)
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
		.all = options->all,
		.facts = options->facts,
	};
}

bool printer_close(struct printer *printer)
{
	return message_written(printer->out);
}
