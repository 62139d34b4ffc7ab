/* SPDX-License-Identifier: MIT */
/*
 * json_status: the status as JSON.
 */
#pragma once

#include "output.h"

void json_status(struct printer *printer, const struct status *status);
