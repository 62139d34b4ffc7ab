/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "run/workplace.h"
#include "test/fixture.h"
#include "test/view_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Directory of a test's traces and reports: its current directory. */
struct place {
	struct arena *arena;
	const char *directory;
};

static struct place place_make(void)
{
	struct place place = { .arena = arena_new() };

	place.directory = fixture_directory(place.arena);
	ck_assert_int_eq(chdir(place.directory), 0);
	return place;
}

static void place_remove(const struct place *place)
{
	ck_assert_int_eq(chdir("/"), 0);
	fixture_directory_remove(place->directory);
	arena_free(place->arena);
}

static const char *trace(const struct place *place, const char *scenario, unsigned seed,
			 unsigned failed)
{
	const char *path = arena_printf(place->arena, "%s.%u.jsonl", scenario, seed);
	const char *text = arena_printf(
		place->arena,
		"{\"kind\":\"begin\",\"t\":0,\"scenario\":\"%s\",\"seed\":%u,\"backend\":\"b\","
		"\"program\":\"p\"}\n"
		"{\"kind\":\"selection\",\"t\":1,\"node\":\"client\",\"selector\":\"uplink\","
		"\"active\":[\"gw1\"]}\n"
		"{\"kind\":\"end\",\"t\":9,\"passed\":1,\"failed\":%u}\n",
		scenario, seed, failed);

	ck_assert(text_write(path, text));
	return path;
}

/* Arguments as on a command line. */
#define report(place, ...)                                                                         \
	report_of(place, (const char *const[]){ "wgsim", "report", __VA_ARGS__, NULL })

static bool parse(struct sim_options *options, struct arena *arena, const char *const *argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	/* getopt's prototype: it changes none of the texts. */
	return wgsim_options_parse(options, arena, argc, (char *const *)argv);
}

static enum exit_code report_of(const struct place *place, const char *const *argv)
{
	struct sim_options options;

	ck_assert_msg(parse(&options, place->arena, argv), "%s", options.error.text);
	return options.command->run(&options);
}

static const char *text_of(const struct place *place, const char *path)
{
	size_t length;
	const char *text = text_read(path, &length, place->arena);

	return text ? text : "";
}

START_TEST(one_trace_is_one_page)
{
	struct place place = place_make();

	ck_assert_int_eq(report(&place, "-o", "out.html", trace(&place, "story", 7, 0)), EXIT_DONE);
	ck_assert_ptr_nonnull(
		strstr(text_of(&place, "out.html"), "<title>story: wgsim report</title>"));
	ck_assert_ptr_nonnull(strstr(text_of(&place, "out.html"), "<main id=\"trace-0\">"));
	ck_assert_ptr_null(strstr(text_of(&place, "out.html"), "<h2>Cases</h2>"));
	place_remove(&place);
}
END_TEST

START_TEST(of_many_some_are_shown)
{
	enum { SEEDS = 70 };
	struct place place = place_make();
	const char *argv[SEEDS + 10] = { "wgsim", "report", "--output=out.html" };
	size_t n = 3;
	const char *page;

	/* One case with many failed traces, one with one at its end, one with none. */
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		argv[n++] = trace(&place, "bad", seed, 1);
	argv[n++] = trace(&place, "mixed", 1, 0);
	argv[n++] = trace(&place, "mixed", 2, 0);
	argv[n++] = trace(&place, "mixed", 3, 1);
	argv[n++] = trace(&place, "good", 1, 0);
	argv[n++] = trace(&place, "good", 2, 0);
	ck_assert_int_eq(report_of(&place, argv), EXIT_DONE);
	page = text_of(&place, "out.html");
	ck_assert_ptr_nonnull(strstr(page, "75 traces of 3 cases"));
	ck_assert_ptr_nonnull(strstr(page, "4 passed, 71 failed"));
	ck_assert_ptr_nonnull(strstr(page, "60 of 75 are shown in full"));
	ck_assert_uint_eq(occurrences(page, "<article id=\"trace-"), 60);
	/* Of each case the first, and the first that failed. */
	ck_assert_ptr_nonnull(strstr(page, "mixed, seed 3 "));
	ck_assert_ptr_nonnull(strstr(page, "mixed, seed 1 "));
	ck_assert_ptr_nonnull(strstr(page, "good, seed 1 "));
	ck_assert_ptr_null(strstr(page, "mixed, seed 2 "));
	ck_assert_ptr_null(strstr(page, "good, seed 2 "));
	/* Each link has a target. */
	ck_assert_uint_eq(occurrences(page, "href=\"#trace-"), 60);
	ck_assert_uint_eq(occurrences(page, "href=\"#case-"), 3);
	ck_assert_uint_eq(occurrences(page, " id=\"case-"), 3);
	place_remove(&place);
}
END_TEST

static const char *unplayed(const struct place *place, const char *scenario, const char *end)
{
	const char *path = arena_printf(place->arena, "%s.1.jsonl", scenario);

	ck_assert(text_write(
		path, arena_printf(place->arena,
				   "{\"kind\":\"begin\",\"t\":0,\"scenario\":\"%s\",\"seed\":1,"
				   "\"backend\":\"b\",\"program\":\"\"}\n"
				   "{\"kind\":\"end\",\"t\":0,\"passed\":0,\"failed\":0,%s}\n",
				   scenario, end)));
	return path;
}

/* Worlds that could not be built come first, then failed ones. */
START_TEST(what_was_not_played_is_shown)
{
	struct place place = place_make();
	const char *page, *unbuilt, *failed, *skipped, *passed;

	ck_assert_int_eq(report(&place, "-o", "out.html", trace(&place, "a-passed", 1, 0),
				trace(&place, "b-failed", 1, 1),
				unplayed(&place, "c-skipped", "\"skipped\":\"it sets the clock\""),
				unplayed(&place, "d-unbuilt", "\"error\":\"cannot be built\"")),
			 EXIT_DONE);
	page = text_of(&place, "out.html");
	ck_assert_ptr_nonnull(strstr(page, "<span class=\"verdict failed\">"
					   "✗ 1 passed, 2 failed, 1 skipped</span>"));
	ck_assert_ptr_nonnull(strstr(page, "1 scenario could not be played to the end."));
	ck_assert_ptr_nonnull(strstr(page, "<strong class=\"failed\">✗ 1 (1 not played to the "
					   "end)</strong>"));
	ck_assert_ptr_nonnull(strstr(page, "0 <span class=\"skipped\">– 1 skipped</span>"));
	ck_assert_ptr_nonnull(strstr(page, "It was not played: it sets the clock"));
	ck_assert_ptr_nonnull(strstr(page, "It could not be played to its end: cannot be built"));
	unbuilt = strstr(page, "d-unbuilt");
	failed = strstr(page, "b-failed");
	skipped = strstr(page, "c-skipped");
	passed = strstr(page, "a-passed");
	ck_assert(unbuilt && failed && skipped && passed);
	ck_assert(unbuilt < failed && failed < passed && passed < skipped);
	place_remove(&place);
}
END_TEST

START_TEST(what_cannot_be_read_leaves_the_old_report)
{
	struct place place = place_make();
	const char *good = trace(&place, "story", 1, 0);

	ck_assert(text_write("out.html", "old"));
	ck_assert(text_write("broken.jsonl", "{\"kind\":\"begin\"}\n"));
	ck_assert(text_write("empty.jsonl", ""));
	ck_assert_int_eq(report(&place, "-o", "out.html", good, "broken.jsonl"), EXIT_INPUT);
	ck_assert_int_eq(report(&place, "-o", "out.html", "empty.jsonl"), EXIT_INPUT);
	ck_assert_int_eq(report(&place, "-o", "out.html", "nowhere.jsonl", good), EXIT_INPUT);
	ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
	ck_assert_int_eq(report(&place, "-o", "out.html", good), EXIT_ERROR);
	ck_assert_str_eq(text_of(&place, "out.html"), "old");
	place_remove(&place);
}
END_TEST

START_TEST(one_plot_alone)
{
	struct place place = place_make();
	const char *one = trace(&place, "story", 1, 0);
	const char *other = trace(&place, "story", 2, 0);

	ck_assert_int_eq(report(&place, "--plot", "timeline", "-o", "out.svg", one), EXIT_DONE);
	ck_assert_ptr_nonnull(strstr(text_of(&place, "out.svg"), "<svg xmlns="));
	ck_assert_ptr_nonnull(strstr(text_of(&place, "out.svg"), "<text>gw1</text>"));
	ck_assert_int_eq(report(&place, "--plot=timeline", "--format=png", "-o", "out.png", one),
			 EXIT_DONE);
	ck_assert(!strncmp(text_of(&place, "out.png"), "\x89PNG", 4));
	/* No echo requests, no outages. */
	ck_assert_int_eq(report(&place, "--plot", "echoes", "-o", "out.png", one), EXIT_ERROR);
	ck_assert_int_eq(report(&place, "--plot", "outage-cdf", "-o", "out.png", one, other),
			 EXIT_ERROR);
	ck_assert(!strncmp(text_of(&place, "out.png"), "\x89PNG", 4));
	/* It is of one. */
	ck_assert_int_eq(report(&place, "--plot", "timeline", "-o", "out.png", one, other),
			 EXIT_USAGE);
	ck_assert_int_eq(report(&place, "-o", "out.html"), EXIT_USAGE);
	place_remove(&place);
}
END_TEST

START_TEST(wrong_words_are_said)
{
	static const struct {
		const char *argv[8];
		const char *expected;
	} cases[] = {
		{ { "wgsim", "report", "--plot", "timelime", "x" }, "did you mean 'timeline'?" },
		{ { "wgsim", "report", "--format", "gif", "x" }, "neither svg nor png" },
		{ { "wgsim", "run", "--plot", "timeline", "x" }, "--plot" },
	};
	struct arena *arena = arena_new();
	struct sim_options options;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert(!parse(&options, arena, cases[i].argv));
		ck_assert_msg(strstr(options.error.text, cases[i].expected) != NULL, "%s",
			      options.error.text);
	}
	arena_free(arena);
}
END_TEST

SUITE("cmd_report", one_trace_is_one_page, of_many_some_are_shown, what_was_not_played_is_shown,
      what_cannot_be_read_leaves_the_old_report, one_plot_alone, wrong_words_are_said)
