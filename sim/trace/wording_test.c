/* SPDX-License-Identifier: MIT */
#include "wording.h"

#include "test/unit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	msec_t time;
	const char *text;
} times[] = {
	{ 0, "0 s" },	     { 1, "0.001 s" },	    { 10, "0.01 s" },	   { 100, "0.1 s" },
	{ 60000, "60 s" },   { 61203, "61.203 s" }, { 61200, "61.2 s" },   { 61020, "61.02 s" },
	{ -1500, "-1.5 s" }, { -2000, "-2 s" },	    { 3600000, "3600 s" },
};

START_TEST(writes_times)
{
	struct arena *arena = arena_new();

	ck_assert_str_eq(seconds_text(arena, times[_i].time), times[_i].text);
	arena_free(arena);
}
END_TEST

START_TEST(writes_the_rest)
{
	static const char *const names[] = { "gw1", "gw2" };
	struct arena *arena = arena_new();
	char *longer = arena_alloc(arena, 400);

	ck_assert_str_eq(names_text(arena, names, 0), "none");
	ck_assert_str_eq(names_text(arena, names, 1), "gw1");
	ck_assert_str_eq(names_text(arena, names, 2), "gw1, gw2");
	ck_assert_str_eq(count_text(arena, 0, "change"), "0 changes");
	ck_assert_str_eq(count_text(arena, 1, "change"), "1 change");
	ck_assert_str_eq(first_line(arena, ""), "");
	ck_assert_str_eq(first_line(arena, "one  \ntwo"), "one");
	ck_assert_str_eq(lines_text(arena, "", NULL), "");
	ck_assert_str_eq(lines_text(arena, "\n \n", NULL), "");
	ck_assert_str_eq(lines_text(arena, "one", NULL), "one");
	ck_assert_str_eq(lines_text(arena, "one\n", NULL), "one");
	ck_assert_str_eq(lines_text(arena, "one {\n\n\ttwo 3\n}\n", NULL), "one { | two 3 | }");
	memset(longer, 'a', 399);
	ck_assert_str_eq(lines_text(arena,
				    arena_printf(arena, "%s\npackets 5\n%s\nend", longer, longer),
				    "packets 0"),
			 "packets 5 (and 3 more lines)");
	ck_assert_str_eq(lines_text(arena,
				    arena_printf(arena, "%s\npackets 5\n%s\nend", longer, longer),
				    NULL),
			 "end (and 3 more lines)");
	ck_assert_uint_eq(strlen(first_line(arena, longer)), 123);
	ck_assert_str_eq(first_line(arena, longer) + 119, "a...");
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("wording");
	TCase *tests = tcase_create("wording");

	tcase_add_loop_test(tests, writes_times, 0, COUNT(times));
	tcase_add_test(tests, writes_the_rest);
	suite_add_tcase(made, tests);
	return made;
}
