/* SPDX-License-Identifier: MIT */
/*
 * text_changes: the lines of plan and apply, few enough to be read: of many alike the
 * first and the last ones, and how many there are between them. What has failed or was
 * skipped is shown wherever it stands.
 */
#pragma once

#include "output.h"

/* As output_run.changes: n changes of one kind under one heading. */
void text_changes(struct printer *printer, const struct report *report,
		  const struct report_item *items, size_t n, struct scratch *scratch);
