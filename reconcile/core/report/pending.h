/* SPDX-License-Identifier: MIT */
/*
 * pending: a digest of the pending changes. A run stores the digest of the changes that
 * failed; "wait" compares it with the changes pending now, and continues to wait if none is
 * new. Without it one change that cannot be made would end each wait at once, and a loop of
 * wait and apply would never pause. Such loops remain useful besides "apply --for": between
 * two runs they hold neither routes nor keys in memory.
 */
#pragma once

#include "core/plan/plan.h"

/* A digest of the plan's changes, and of whether there is something to record. It depends
 * neither on the order of the changes nor on how their prefixes are grouped. 0: nothing to
 * do. */
uint64_t pending_digest(const struct plan *plan);

/* Whether all pending changes not decided by a selector were among the tried changes.
 * Selectors' changes are ignored: selectors make one step at a time. */
bool pending_was_tried(const struct changes *pending, const struct changes *tried);

/* A digest as the text of a file, in arena, and back: 0 for any other text. */
const char *pending_encode(uint64_t digest, struct arena *arena);
uint64_t pending_decode(const char *text, size_t length);
