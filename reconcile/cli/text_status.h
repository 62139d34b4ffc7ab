/* SPDX-License-Identifier: MIT */
/*
 * text_status: the text form of status, in wg(8)'s terms where possible.
 */
#pragma once

#include "output.h"

/* "WHAT: NAME", and an indented "LABEL: ...". sequence: a colour, see color.h. */
void text_title(struct printer *printer, const char *what, const char *sequence, const char *name);
void text_line(struct printer *printer, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void text_status(struct printer *printer, const struct status *status);
