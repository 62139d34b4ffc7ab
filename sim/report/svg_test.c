/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include "palette.h"
#include "test/unit.h"

#include <math.h>
#include <stdlib.h>

static const char *written(const char *svg, bool alone, struct arena *arena)
{
	const struct picture picture = { svg, strlen(svg) };
	const struct svg_options options = {
		.width = 10, .height = 5, .class = "wide", .label = "a \"b\" <c>", .alone = alone
	};
	char *data = NULL;
	size_t length;
	FILE *out = open_memstream(&data, &length);
	const char *copy;

	ck_assert_ptr_nonnull(out);
	svg_write(out, &picture, &options, arena);
	ck_assert_int_eq(fclose(out), 0);
	copy = arena_strdup(arena, data);
	free(data);
	return copy;
}

#define IN_SVG(text)                                                                               \
	"<?xml version=\"1.0\"?>\n<svg \n width=\"10\" viewBox=\"0 0 1 1\"\n>\n" text "</svg>\n"
#define BEGIN                                                                                      \
	"<svg class='wide' viewBox='0 0 10 5' role='img' aria-label=\"a &quot;b&quot; "            \
	"&lt;c&gt;\">\n"
#define END "</svg>\n"

START_TEST(what_gnuplot_writes_is_made_fit_for_a_page)
{
	static const struct {
		const char *svg, *expected;
	} cases[] = {
		{ IN_SVG(""), BEGIN END },
		{ IN_SVG("<title>Gnuplot</title>\n<desc>Produced</desc>\n"), BEGIN END },
		{ IN_SVG("<defs>\n<circle id='gpDot' r='0.5'/></defs>\n<g id=\"a\">x</g>"),
		  BEGIN "<g>x</g>" END },
		/* Groups of nothing. */
		{ IN_SVG("<g fill=\"none\">\n</g><g>y</g>"), BEGIN "<g>y</g>" END },
		{ IN_SVG("<polygon fill = 'rgb(213,  94,   0)' fill-opacity='0.5' points = '1,2 3,4 "
			 "'/>"),
		  BEGIN "<polygon fill='#d55e00' fill-opacity='0.5' points='1,2 3,4 ' "
			"class='f-bad'/>" END },
		{ IN_SVG("<path stroke='rgb(230, 159,   0)'  d='M1,2 L3,4  '/>"),
		  BEGIN "<path stroke='#e69f00' d='M1,2 L3,4  ' class='s-m1'/>" END },
		/* An unknown colour: it stays, without a class. */
		{ IN_SVG("<path stroke='rgb(1,2,3)' d='M1,2'/>"),
		  BEGIN "<path stroke='#010203' d='M1,2'/>" END },
		/* Elements without a colour must be visible in dark mode, too. */
		{ IN_SVG("<g stroke=\"none\" fill=\"black\" font-family=\"Arial\"><text>a &lt; "
			 "b</text></g>"),
		  BEGIN
		  "<g stroke='none' fill='#1b2330' class='f-ink'><text>a &lt; b</text></g>" END },
		{ IN_SVG("<text>&#x3c; &amp; &lt;</text>"),
		  BEGIN "<text>&amp;#x3c; &amp; &lt;</text>" END },
		/* Truncated, or not SVG. */
		{ "<svg><g", BEGIN END },
		{ "gnuplot: no such terminal", BEGIN END },
		{ "", BEGIN END },
		{ IN_SVG("<g fill=\"none"), BEGIN END },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(written(cases[i].svg, false, arena), cases[i].expected);
	arena_free(arena);
}
END_TEST

START_TEST(a_file_of_its_own_brings_its_style)
{
	struct arena *arena = arena_new();
	const char *text = written(IN_SVG("<g>x</g>"), true, arena);

	ck_assert_ptr_nonnull(strstr(text, "xmlns='http://www.w3.org/2000/svg'"));
	ck_assert_ptr_nonnull(strstr(text, "@media (prefers-color-scheme: dark)"));
	ck_assert_ptr_nonnull(strstr(text, ".f-ink{fill:#e7eaef}"));
	ck_assert_ptr_nonnull(strstr(text, "<g>x</g></svg>"));
	arena_free(arena);
}
END_TEST

/* In gnuplot's output a colour is identified by its light form. */
START_TEST(colours_differ)
{
	for (size_t i = 0; i < PALETTE_N; i++) {
		ck_assert_uint_eq(palette_find(palette[i].light), i);
		ck_assert_ptr_nonnull(palette[i].name);
	}
	ck_assert_uint_eq(palette_find(0x123456), PALETTE_N);
	ck_assert_int_eq(palette_member(0), palette_member(PALETTE_MEMBERS));
	ck_assert_int_ne(palette_member(0), palette_member(1));
}
END_TEST

/* Relative luminance and contrast, as WCAG 2.1 defines them. */
static double channel(uint32_t byte)
{
	double part = byte / 255.0;

	return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
	return 0.2126 * channel(rgb >> 16 & 0xff) + 0.7152 * channel(rgb >> 8 & 0xff) +
	       0.0722 * channel(rgb & 0xff);
}

static double contrast(uint32_t a, uint32_t b)
{
	double light = luminance(a), dark = luminance(b);

	if (light < dark) {
		double other = light;

		light = dark;
		dark = other;
	}
	return (light + 0.05) / (dark + 0.05);
}

START_TEST(text_can_be_read_on_its_colour)
{
	const uint32_t paper = 0xffffff, dark_paper = 0x14181e;

	ck_assert(contrast(palette[PALETTE_INK].light, paper) > 7);
	ck_assert(contrast(palette[PALETTE_INK].dark, dark_paper) > 7);
	ck_assert(contrast(palette[PALETTE_MUTED].light, paper) > 4);
	ck_assert(contrast(palette[PALETTE_MUTED].dark, dark_paper) > 4);
	for (size_t i = 0; i < PALETTE_MEMBERS; i++) {
		const struct palette_color *color = &palette[palette_member(i)];
		const struct palette_color *on = &palette[palette_on(palette_member(i))];

		ck_assert_msg(contrast(color->light, on->light) > 4, "%s", color->name);
		ck_assert_msg(contrast(color->dark, on->dark) > 4, "%s", color->name);
		ck_assert_msg(contrast(color->light_line, paper) > 2.4, "%s: %g", color->name,
			      contrast(color->light_line, paper));
		ck_assert_msg(contrast(color->dark_line, dark_paper) > 3, "%s", color->name);
	}
}
END_TEST

SUITE("svg", what_gnuplot_writes_is_made_fit_for_a_page, a_file_of_its_own_brings_its_style,
      colours_differ, text_can_be_read_on_its_colour)
