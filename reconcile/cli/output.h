/* SPDX-License-Identifier: MIT */
/*
 * output: the output formats. One table of writers for each format (as in OpenBGPD's
 * bgpctl); the commands use the table only, so that all formats have the same content.
 */
#pragma once

#include "core/report/status.h"
#include "report.h"

#include <stdio.h>

/* Destination of an output format. */
struct printer {
	FILE *out;
	FILE *err; /* warnings and errors, for formats that have no field for them */
	bool color;
	bool quiet;
	bool verbose;
	bool all; /* all lines of a long list, not only the first and last few */
	bool facts; /* of status: each fact; JSON always has them */
	bool has_left_out; /* for the writer: items were left out, because all is false */
	unsigned count; /* for the writer: the content of the open list */
	bool in_events; /* for the writer: the open list is the one of decisions */
};

/* The sequence of color.h, or nothing when colour is off. */
static inline const char *color(const struct printer *printer, const char *sequence)
{
	return printer->color ? sequence : "";
}

/* Memory for the texts of some items, not of a million changes at once. */
struct scratch {
	struct arena *arena;
	unsigned used;
};

/* For the texts of one more item; those of earlier ones may be freed. */
struct arena *scratch_next(struct scratch *scratch);

/* The writers of a run are called in this order: begin, then heading, changes or
 * change, and event as often as there are such, then end. */
struct output_run {
	void (*begin)(struct printer *printer, const struct report *report);
	void (*heading)(struct printer *printer, const struct report_item *first);
	/* n consecutive changes of one kind under one heading. NULL: this format prints
	 * changes in execution order, then decisions, without headings. */
	void (*changes)(struct printer *printer, const struct report *report,
			const struct report_item *items, size_t n, struct scratch *scratch);
	void (*change)(struct printer *printer, const struct report *report,
		       const struct change *change, struct scratch *scratch);
	void (*event)(struct printer *printer, const struct event *event, struct arena *scratch);
	void (*end)(struct printer *printer, const struct report *report);
};

/* Why wait returns. */
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
	const char *name; /* as --format names it */
	const struct output_run *run; /* NULL: not in this format */
	void (*status)(struct printer *printer, const struct status *status);
	void (*wait)(struct printer *printer, const struct wait_result *result,
		     struct arena *scratch);
	/* A status or wait that failed. NULL: as text. */
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

/* Prints a run in that format. Quiet: nothing when nothing changed. */
void output_report(const struct output *output, struct printer *printer,
		   const struct report *report);

/* Prints only the items of a run, under their headings. The format must have them. */
void output_changes(const struct output *output, struct printer *printer,
		    const struct report *report);

/* A printer to standard output and error, coloured if enabled. */
struct options;
struct printer printer_open(const struct options *options);

/* Whether all output was written; otherwise reports an error. */
bool printer_close(struct printer *printer);
