/* SPDX-License-Identifier: MIT */
/*
 * pending: what there is to do, as one number. A run leaves the number of what it
 * tried in vain; "wait" compares it with what there is to do now, and goes on waiting
 * where nothing is new. Without it one change that cannot be made would end each wait
 * at once, and a loop of wait and apply would never rest. Such loops stay useful beside
 * "apply --for": between two runs they hold neither routes nor keys in memory.
 */
#pragma once

#include "core/plan/plan.h"

/* A digest of the plan's changes, and of whether it has something to record. It
 * depends neither on the order of the changes nor on how their prefixes are grouped.
 * 0: there is nothing to do. */
uint64_t pending_digest(const struct plan *plan);

/* Whether everything in pending that no selector decided was among the changes that
 * were tried. The steps of selectors are left out: they are made one at a time. */
bool pending_was_tried(const struct changes *pending, const struct changes *tried);

/* A digest as the text of a file, in arena, and back: 0 where it is no such text. */
const char *pending_encode(uint64_t digest, struct arena *arena);
uint64_t pending_decode(const char *text, size_t length);
