/* SPDX-License-Identifier: MIT */
/*
 * junit: results as the XML that CI servers read (JUnit's, as Jenkins and GitLab
 * have it): a testsuite for each file, a testcase for each case with its seed.
 */
#pragma once

#include "run/result.h"

struct junit_case {
	const char *file; /* of the scenario */
	struct result result;
};

struct junit {
	VEC(struct junit_case) cases; /* those of one file together */
};

/* Writes path. NULL, or the error, allocated in arena. */
const char *junit_write(const struct junit *junit, const char *path, struct arena *arena);

/* The text for XML 1.0, between tags or in quotes: characters not allowed in XML are escaped
 * as in text_printable(), newlines are kept. */
const char *xml_text(struct arena *arena, const char *text);
