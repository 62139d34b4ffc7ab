/* SPDX-License-Identifier: MIT */
/*
 * text_changes: the lines of plan and apply, few enough to be read: of many similar ones the
 * first, the last and the number between them. Failed and skipped changes are always shown.
 */
#pragma once

#include "output.h"

/* As output_run.changes: n changes of one kind under one heading. */
void text_changes(struct printer *printer, const struct report *report,
		  const struct report_item *items, size_t n, struct scratch *scratch);
