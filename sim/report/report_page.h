/* SPDX-License-Identifier: MIT */
/*
 * report_page: a report as one self-contained HTML page without scripts. The same traces
 * give the same bytes.
 */
#pragma once

#include "summary.h"
#include "view.h"

#include "base/os/failure.h"

#include <stdio.h>

/* The trace of a part of the page. */
struct report_part {
	const struct view *view;
	const char *path; /* of the trace */
	size_t number; /* its index, for the anchor */
	bool alone; /* the only trace of the page */
};

void report_page_begin(FILE *out, const char *title, struct arena *arena);
void report_page_end(FILE *out);

/* The part of one trace. false with failure set if a plot fails. */
bool report_page_trace(FILE *out, const struct report_part *part, struct arena *arena,
		       struct failure *failure);

/* The summary of all traces. is_shown: whether the page has a part for each of the summaries. */
bool report_page_summary(FILE *out, const struct summaries *summaries, const bool *is_shown,
			 struct arena *arena, struct failure *failure);
