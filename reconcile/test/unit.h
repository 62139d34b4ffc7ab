/* SPDX-License-Identifier: MIT */
/*
 * unit: included by every unit test.
 */
#pragma once

#include <check.h>

/* Defined by each NAME_test.c. */
Suite *suite(void);

/* A suite of one test case with these test functions. */
#define SUITE(name, ...)                                                                           \
	Suite *suite(void)                                                                         \
	{                                                                                          \
		const TTest *const tests[] = { __VA_ARGS__ };                                      \
		Suite *made = suite_create(name);                                                  \
		TCase *tests_case = tcase_create(name);                                            \
                                                                                                   \
		tcase_set_timeout(tests_case, 600);                                                \
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)                      \
			tcase_add_test(tests_case, tests[i]);                                      \
		suite_add_tcase(made, tests_case);                                                 \
		return made;                                                                       \
	}
