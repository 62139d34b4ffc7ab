/* SPDX-License-Identifier: MIT */
/*
 * text_status: the text form of status, in wg(8)'s terms where possible.
 */
#pragma once

#include "output.h"

void text_status(struct printer *printer, const struct status *status);
