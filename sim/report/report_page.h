/* SPDX-License-Identifier: MIT */
/*
 * report_page: a report as one HTML page, which needs nothing from elsewhere and
 * no script. The same traces give the same bytes.
 */
#pragma once

#include "summary.h"
#include "view.h"

#include "base/os/failure.h"

#include <stdio.h>

/* Which trace a part of the page is about. */
struct report_part {
	const struct view *view;
	const char *path; /* of the trace */
	size_t number; /* of it, for its anchor */
	bool alone; /* the page is about nothing else */
};

void report_page_begin(FILE *out, const char *title, struct arena *arena);
void report_page_end(FILE *out);

/* All that is known of one trace. false with failure set when a plot cannot be made. */
bool report_page_trace(FILE *out, const struct report_part *part, struct arena *arena,
		       struct failure *failure);

/* What all traces amount to. is_shown: for each of the summaries whether its part
 * of the page follows. */
bool report_page_summary(FILE *out, const struct summaries *summaries, const bool *is_shown,
			 struct arena *arena, struct failure *failure);
