/* SPDX-License-Identifier: MIT */
#include "base/cli/color.h"
#include "base/cli/message.h"
#include "output.h"
#include "text_changes.h"
#include "text_event.h"
#include "text_status.h"

/* ---- plan and apply ---- */

static void begin(struct printer *printer, const struct report *report)
{
	message_diags(printer->err, &report->run->diags);
}

static void heading(struct printer *printer, const struct report_item *first)
{
	const char *interface = report_interface(first), *selector = report_selector(first);
	FILE *out = printer->out;

	fputs(color(printer, BOLD), out);
	if (selector)
		fprintf(out, "selector %s (%s)", selector, interface);
	else if (interface)
		fprintf(out, "interface %s", interface);
	else
		fputs("this machine", out);
	fprintf(out, "%s\n", color(printer, PLAIN));
}

static void event(struct printer *printer, const struct event *event, struct arena *scratch)
{
	fprintf(printer->out, "  * %s\n", text_event(event, scratch));
}

static void print_counts(struct printer *printer, const struct report *report)
{
	const struct counts *counts = &report->counts;
	FILE *out = printer->out;

	if (!report->run->plan.changes.list.n) {
		fputs("Nothing to do.\n", out);
		return;
	}
	if (report->mode != RUN_APPLY) {
		fprintf(out, "Plan: %zu to add, %zu to change, %zu to remove.\n", counts->add,
			counts->change, counts->remove);
		return;
	}
	fprintf(out, "Applied: %zu added, %zu changed, %zu removed", counts->add, counts->change,
		counts->remove);
	if (counts->failed)
		fprintf(out, ", %zu failed", counts->failed);
	if (counts->skipped)
		fprintf(out, ", %zu skipped", counts->skipped);
	fputs(".\n", out);
}

static void print_complaints(struct printer *printer, const struct report *report)
{
	message_warnings(printer->err, report->warnings.at, report->warnings.n, report->arena);
	vec_each (error, &report->errors)
		fprintf(printer->err, "wgreconcile: %s\n", text_printable(report->arena, *error));
}

static void print_error_count(struct printer *printer, const struct diags *diags, const char *rest)
{
	fprintf(printer->err, "wgreconcile: %u %s%s\n", diags->errors,
		diags->errors == 1 ? "error" : "errors", rest);
}

static void end(struct printer *printer, const struct report *report)
{
	if (report->outcome == RUN_DONE && !printer->quiet) {
		if (printer->has_left_out)
			fputs("--all shows every line.\n", printer->out);
		print_counts(printer, report);
	}
	/* Output on the terminal is in order. */
	fflush(printer->out);
	print_complaints(printer, report);
	if (report->outcome == RUN_BAD_INPUT)
		print_error_count(printer, &report->run->diags,
				  report->mode == RUN_APPLY ? "; nothing was changed" : "");
	if (printer->verbose && report->run->recorded_written)
		fprintf(printer->err, "wgreconcile: the recorded state was written\n");
}

static const struct output_run run = {
	.begin = begin,
	.heading = heading,
	.changes = text_changes,
	.event = event,
	.end = end,
};

/* ---- A failed status ---- */

static void failure(struct printer *printer, const struct report *report)
{
	begin(printer, report);
	end(printer, report);
}

/* ---- validate ---- */

static void diags(struct printer *printer, const struct diags *diags, struct arena *scratch)
{
	(void)scratch;
	message_diags(printer->err, diags);
	if (diags->errors)
		print_error_count(printer, diags, "");
	else if (!printer->quiet)
		fputs("configuration OK\n", printer->out);
}

/* ---- wait ---- */

static void text_wait(struct printer *printer, const struct wait_result *result,
		      struct arena *scratch)
{
	/* Scripts look at the exit code. */
	if (printer->verbose)
		fprintf(printer->out, "after %s: %s\n", duration_human(scratch, result->waited),
			result->text);
}

const struct output output_text = {
	.name = "text",
	.run = &run,
	.status = text_status,
	.wait = text_wait,
	.failure = failure,
	.diags = diags,
};
