/* SPDX-License-Identifier: MIT */
/*
 * text_event: one decision as a line.
 */
#pragma once

#include "core/plan/plan.h"

/* "sn02 left: no handshake within 5 s", fit for a terminal. */
const char *text_event(const struct event *event, struct arena *arena);
