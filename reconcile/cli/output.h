/* SPDX-License-Identifier: MIT */
/*
 * output: the forms in which results are printed. One table of writers for each
 * form; who prints knows none of them (as OpenBGPD's bgpctl does it), so that
 * what one form says the others say, too.
 */
#pragma once

#include "core/report/status.h"
#include "report.h"

#include <stdio.h>

/* Where a form is written to. */
struct printer {
	FILE *out;
	FILE *err; /* warnings and errors, in forms that have no place for them */
	bool color;
	bool quiet;
	bool verbose;
	bool all; /* every line of many, not the first and last few */
	bool has_left_out; /* a writer's own: something, because all is false */
	unsigned count; /* a writer's own: what stands in the list that is open */
	bool in_events; /* a writer's own: that list is the one of decisions */
};

/* The sequence of color.h, or nothing where no colour is wanted. */
static inline const char *color(const struct printer *printer, const char *sequence)
{
	return printer->color ? sequence : "";
}

/* Memory for the texts of some items: of a million changes no more than that. */
struct scratch {
	struct arena *arena;
	unsigned used;
};

/* For the texts of one more item; those of earlier ones may be gone by then. */
struct arena *scratch_next(struct scratch *scratch);

/* The writers of a run are called in this order: begin, then heading, changes or
 * change, and event as often as there are such, then end. */
struct output_run {
	void (*begin)(struct printer *printer, const struct report *report);
	void (*heading)(struct printer *printer, const struct report_item *first);
	/* n changes of one kind under one heading, one after the other. NULL: this form
	 * has changes in the order in which they are carried out, then the decisions,
	 * without headings. */
	void (*changes)(struct printer *printer, const struct report *report,
			const struct report_item *items, size_t n, struct scratch *scratch);
	void (*change)(struct printer *printer, const struct report *report,
		       const struct change *change, struct scratch *scratch);
	void (*event)(struct printer *printer, const struct event *event, struct arena *scratch);
	void (*end)(struct printer *printer, const struct report *report);
};

/* Why wait comes back. */
enum wait_reason {
	WAIT_EVENT,
	WAIT_CHANGES,
	WAIT_TIMEOUT,
};

struct wait_result {
	const char *instance;
	enum wait_reason reason;
	const char *text; /* one line */
	msec_t waited;
};

struct output {
	const char *name; /* as --format has it */
	const struct output_run *run; /* NULL: this form has none */
	void (*status)(struct printer *printer, const struct status *status);
	void (*wait)(struct printer *printer, const struct wait_result *result,
		     struct arena *scratch);
	/* A status or wait that could not be made. NULL: as text. */
	void (*failure)(struct printer *printer, const struct report *report);
	void (*diags)(struct printer *printer, const struct diags *diags, struct arena *scratch);
};

extern const struct output output_text;
extern const struct output output_json;
extern const struct output output_prometheus;
extern const struct output output_wgpeerselector;

/* By name, or NULL; and all names, with a NULL at the end. */
const struct output *output_find(const char *name);
const char *const *output_names(struct arena *arena);

/* Prints a run in that form. Quiet: nothing when nothing changed. */
void output_report(const struct output *output, struct printer *printer,
		   const struct report *report);

/* The items of a run alone, under their headings. The form has them. */
void output_changes(const struct output *output, struct printer *printer,
		    const struct report *report);

/* A printer to standard output and error, with colour where it is wanted. */
struct options;
struct printer printer_open(const struct options *options);

/* Whether all that was printed has reached its file; else complains. */
bool printer_close(struct printer *printer);
