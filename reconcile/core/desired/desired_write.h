/* SPDX-License-Identifier: MIT */
/*
 * desired_write: a desired state as YAML text, which desired_parse() reads back as the same
 * state. Output of import and show.
 */
#pragma once

#include "base/yaml/yaml_writer.h"
#include "desired.h"

/* Default values are omitted. Allocated in arena. */
char *desired_write(const struct desired *desired, const struct remark *remarks, size_t n,
		    struct arena *arena);
