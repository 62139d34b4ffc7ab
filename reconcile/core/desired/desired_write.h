/* SPDX-License-Identifier: MIT */
/*
 * desired_write: a desired state as YAML text that desired_parse() reads back
 * to the same. What import and show print.
 */
#pragma once

#include "base/yaml/yaml_writer.h"
#include "desired.h"

/* Everything that has its default is left out. Allocated in arena. */
char *desired_write(const struct desired *desired, const struct remark *remarks, size_t n,
		    struct arena *arena);
