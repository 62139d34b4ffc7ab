/* SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool run(const char *script, struct picture *picture, struct failure *failure,
		struct arena *arena)
{
	struct gnuplot gnuplot;

	*failure = (struct failure){ 0 };
	ck_assert(gnuplot_begin(&gnuplot, arena, failure));
	fputs(script, gnuplot.script);
	return gnuplot_run(&gnuplot, picture, failure);
}

START_TEST(a_script_becomes_a_picture)
{
	struct arena *arena = arena_new();
	const unsigned descriptors = fixture_descriptors();
	struct picture picture;
	struct failure failure;

	ck_assert_msg(run("set terminal svg\nplot 1\n", &picture, &failure, arena), "%s",
		      failure.text);
	ck_assert_uint_eq(picture.length, strlen(picture.data));
	ck_assert_ptr_nonnull(strstr(picture.data, "</svg>"));
	ck_assert_uint_eq(fixture_descriptors(), descriptors);
	arena_free(arena);
}
END_TEST

START_TEST(what_it_complains_of_is_said)
{
	struct arena *arena = arena_new();
	const unsigned descriptors = fixture_descriptors();
	struct picture picture;
	struct failure failure;

	ck_assert(!run("set terminal svg\nplop 1\n", &picture, &failure, arena));
	ck_assert_ptr_nonnull(strstr(failure.text, "gnuplot failed: "));
	ck_assert_ptr_nonnull(strstr(failure.text, "invalid command"));
	/* No picture, and no complaint. */
	ck_assert(!run("set terminal svg\n", &picture, &failure, arena));
	ck_assert_str_eq(failure.text, "gnuplot failed: it said nothing");
	ck_assert(!run("system('kill -9 $PPID')\n", &picture, &failure, arena));
	ck_assert_str_eq(failure.text, "gnuplot was killed by signal 9");
	ck_assert_uint_eq(fixture_descriptors(), descriptors);
	arena_free(arena);
}
END_TEST

START_TEST(without_gnuplot_the_package_is_named)
{
	struct arena *arena = arena_new();
	struct picture picture;
	struct failure failure;

	ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
	ck_assert(!run("plot 1\n", &picture, &failure, arena));
	ck_assert_str_eq(failure.text, "gnuplot is not installed; Debian's package is gnuplot-nox");
	arena_free(arena);
}
END_TEST

/* Names come from files, and gnuplot can run programs. */
START_TEST(a_text_stays_a_text)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "it's", "it's" },
		{ "'", "<text>'</text>" },
		{ "''a''", "<text>''a''</text>" },
		{ "' . system('touch pwned') . '", "' . system('touch pwned') . '" },
		{ "'; system('touch pwned'); '", "'; system('touch pwned'); '" },
		{ "`touch pwned`", "`touch pwned`" },
		{ "$(touch pwned) @a \\n ^{x}_y %s", "$(touch pwned) @a \\n ^{x}_y %s" },
		{ "a\nsystem('touch pwned')", "a\\x0asystem('touch pwned')" },
		{ "<b> & \"c\"", "&lt;b> &amp; \"c\"" },
		{ "#no comment", "#no comment" },
		{ "ends with \\", "ends with \\" },
	};
	struct arena *arena = arena_new();
	const char *directory = fixture_directory(arena);

	ck_assert_int_eq(chdir(directory), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gnuplot gnuplot;
		struct picture picture;
		struct failure failure = { 0 };

		ck_assert(gnuplot_begin(&gnuplot, arena, &failure));
		fputs("set terminal svg noenhanced\na = 'replaced'\nset label ", gnuplot.script);
		gnuplot_quote(&gnuplot, cases[i].text);
		fputs(" at screen 0.5,0.5\nplot 1\n", gnuplot.script);
		ck_assert_msg(gnuplot_run(&gnuplot, &picture, &failure), "%s: %s", cases[i].text,
			      failure.text);
		ck_assert_msg(strstr(picture.data, cases[i].shown) != NULL, "%s", cases[i].text);
		ck_assert_str_eq(fixture_text(directory, "pwned", arena), "");
	}
	fixture_directory_remove(directory);
	arena_free(arena);
}
END_TEST

SUITE("gnuplot", a_script_becomes_a_picture, what_it_complains_of_is_said,
      without_gnuplot_the_package_is_named, a_text_stays_a_text)
