/* SPDX-License-Identifier: MIT */
/*
 * group: the process's group, by which firewall and policy rules distinguish the run's own
 * traffic (names, time, probes).
 */
#pragma once

#include "base/arena.h"

/* Sets the real, effective and saved group to the one of that name. Nothing is done if it is
 * already set. NULL, or the error (allocated in arena). */
const char *group_enter(const char *name, struct arena *arena);
