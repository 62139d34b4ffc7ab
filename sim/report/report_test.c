/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include "plots.h"
#include "test/view_support.h"

#include <stdlib.h>

/* ---- Well-formed pages ---- */

#define DEPTH_MAX 64

struct checker {
	const char *open[DEPTH_MAX]; /* names of elements */
	size_t lengths[DEPTH_MAX];
	size_t depth;
};

static bool is_one_of(const char *name, size_t length, const char *const *names)
{
	for (; *names; names++) {
		if (strlen(*names) == length && !memcmp(*names, name, length))
			return true;
	}
	return false;
}

/* NAME="VALUE" or NAME='VALUE' with no character that ends it early, or NAME. */
static const char *check_attributes(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\n");
		if (*at == '>' || (at[0] == '/' && at[1] == '>'))
			return at;
		ck_assert_msg(strcspn(at, " \t\n=/><\"'") > 0, "attribute: %.60s", at);
		at += strcspn(at, " \t\n=/><\"'");
		if (*at != '=')
			continue;
		ck_assert_msg(at[1] == '"' || at[1] == '\'', "not quoted: %.60s", at);
		at = strchr(at + 2, at[1]);
		ck_assert_ptr_nonnull(at);
		at++;
		ck_assert_msg(strchr(" \t\n/>", *at) != NULL, "behind an attribute: %.60s", at);
	}
}

static const char *check_tag(struct checker *checker, const char *tag)
{
	static const char *const empty[] = { "meta", "br", "wbr", NULL };
	const bool ends = tag[1] == '/';
	const char *name = tag + 1 + ends;
	const size_t length = strcspn(name, " \t\n/>");
	const char *close = check_attributes(name + length);

	ck_assert_msg(length > 0, "no tag: %.60s", tag);
	if (ends) {
		ck_assert_msg(checker->depth > 0, "closes too much: %.60s", tag);
		checker->depth--;
		ck_assert_msg(checker->lengths[checker->depth] == length &&
				      !memcmp(checker->open[checker->depth], name, length),
			      "%.60s closes %.60s", tag, checker->open[checker->depth]);
	} else if (*close != '/' && !is_one_of(name, length, empty)) {
		ck_assert_uint_lt(checker->depth, DEPTH_MAX);
		checker->open[checker->depth] = name;
		checker->lengths[checker->depth++] = length;
	}
	return strchr(close, '>') + 1;
}

static void check_well_formed(const char *page)
{
	struct checker checker = { 0 };
	const char *doctype = "<!DOCTYPE html>";

	ck_assert(!strncmp(page, doctype, strlen(doctype)));
	for (page += strlen(doctype); *page;) {
		const size_t text = strcspn(page, "<");

		page += text;
		if (*page)
			page = check_tag(&checker, page);
	}
	ck_assert_uint_eq(checker.depth, 0);
}

/* ---- Traces ---- */

/* As in a trace: each special character of HTML, SVG, gnuplot or a shell. */
#define EVIL "<script>alert(1)</script>& \\\" \\u0027 `[x]"

static const char story[] =
	"{'kind':'begin','t':0,'scenario':'story','seed':1,'backend':'b','program':'p'}\n"
	"{'kind':'selection','t':0.5,'node':'client','selector':'uplink','active':[],"
	"'trying':['gw1']}\n"
	"{'kind':'echo','t':0.02,'probe':'inside','sequence':0,'sent':0,'rtt_ms':20}\n"
	"{'kind':'selection','t':1,'node':'client','selector':'uplink','active':['gw1']}\n"
	"{'kind':'state','t':1.5,'node':'client','interfaces':[{'name':'wg0','peers':[{'name':'gw1',"
	"'handshake_age':1}]}]}\n"
	"{'kind':'echo','t':1.02,'probe':'inside','sequence':1,'sent':1,'rtt_ms':21}\n"
	"{'kind':'fault','t':2,'fault':'crash','name':'off','node':'client'}\n"
	"{'kind':'echo','t':3,'probe':'inside','sequence':2,'sent':2}\n"
	"{'kind':'fault','t':3,'fault':'crash','name':'off','node':'client','undone':true}\n"
	"{'kind':'run','t':4,'node':'client','number':1,'took':0.1,'exit':1,"
	"'errors':['wg0 is not there'],'events':[{'kind':'left','selector':'uplink','peer':'gw1',"
	"'role':'carrier','reason':'silent','text':'nothing received'}]}\n"
	"{'kind':'echo','t':3.02,'probe':'inside','sequence':3,'sent':3,'rtt_ms':22}\n"
	"{'kind':'state','t':4,'node':'client','interfaces':[{'name':'wg0','peers':[{'name':'gw1',"
	"'handshake_age':1}]}]}\n"
	"{'kind':'expectation','t':5,'text':'settles: {answers: inside}','passed':true,'since':1}\n"
	"{'kind':'expectation','t':5,'text':'never: {event: left}','passed':false,"
	"'seen':'left at 4 s','since':4,'node':'client'}\n"
	"{'kind':'measure','t':5,'name':'outage','value':1500,'unit':'ms'}\n"
	"{'kind':'end','t':5,'passed':1,'failed':1}\n";

static const char *one_page(const char *lines, struct arena *arena)
{
	const struct report_part part = { .view = view_of(lines, arena),
					  .path = "out/" EVIL,
					  .alone = true };
	struct failure failure = { 0 };
	char *data = NULL;
	size_t length;
	FILE *out = open_memstream(&data, &length);
	const char *copy;

	ck_assert_ptr_nonnull(out);
	report_page_begin(out, "title", arena);
	ck_assert_msg(report_page_trace(out, &part, arena, &failure), "%s", failure.text);
	report_page_end(out);
	ck_assert_int_eq(fclose(out), 0);
	copy = arena_strdup(arena, data);
	free(data);
	return copy;
}

START_TEST(a_trace_is_told_whole)
{
	static const char *const parts[] = {
		"<h1>story",
		"class=\"verdict failed\"",
		"1 of 2 expectations held",
		"<code>never: {event: left}</code>",
		"Seen: left at 4 s (at 0:04.000)",
		"Last decisions of client:",
		"<code>0:04.000</code> gw1 left: nothing received",
		"since 0:01.000",
		"<h2>Timeline</h2>",
		"<h2>Age of handshakes</h2>",
		"<h2>Round-trip time and loss</h2>",
		"<text>gw1</text>",
		"<text>client: uplink</text>",
		"<text>off (crash)</text>",
		"All decisions (1)",
		"run 1: exit code 1; wg0 is not there",
		"1.5 s",
		"default-src 'none'",
	};
	struct arena *arena = arena_new();
	const char *page = one_page(story, arena);

	check_well_formed(page);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(page, parts[i]) != NULL, "%s", parts[i]);
	/* What failed comes first. */
	ck_assert(strstr(page, "never: {event: left}") < strstr(page, "settles: {answers"));
	/* Each plot for wide screens and for narrow ones. */
	ck_assert_uint_eq(occurrences(page, "<svg class='wide'"), 3);
	ck_assert_uint_eq(occurrences(page, "<svg class='narrow'"), 3);
	/* No external resources, and no script. */
	ck_assert_ptr_null(strstr(page, "http:"));
	ck_assert_ptr_null(strstr(page, "https:"));
	ck_assert_ptr_null(strstr(page, "<script"));
	/* The same again. */
	ck_assert_str_eq(one_page(story, arena), page);
	arena_free(arena);
}
END_TEST

/* Each free text of a trace. */
START_TEST(nothing_in_a_trace_is_markup)
{
	static const char *const lines =
		"{'kind':'begin','t':0,'scenario':'" EVIL "','seed':1,'backend':'" EVIL
		"','program':'" EVIL "','text':'description: " EVIL "'}\n"
		"{'kind':'selection','t':1,'node':'" EVIL "','selector':'" EVIL "','active':['" EVIL
		"'],'trying':['" EVIL "2'],'standby':['" EVIL "3']}\n"
		"{'kind':'fault','t':2,'fault':'" EVIL "','name':'" EVIL "','node':'" EVIL
		"','object':'" EVIL "'}\n"
		"{'kind':'run','t':3,'node':'" EVIL
		"','number':1,'took':0,'exit':1,'errors':['" EVIL "'],'output':'" EVIL
		"','events':[{'kind':'" EVIL "','selector':'" EVIL "','peer':'" EVIL
		"','role':'" EVIL "','reason':'" EVIL "','text':'" EVIL "'}]}\n"
		"{'kind':'state','t':3,'node':'" EVIL "','interfaces':[{'name':'" EVIL
		"','peers':[{'name':'" EVIL "','handshake_age':1}]}]}\n"
		"{'kind':'echo','t':3,'probe':'" EVIL "','sequence':0,'sent':1,'rtt_ms':1}\n"
		"{'kind':'expectation','t':4,'text':'" EVIL "','passed':false,'seen':'" EVIL
		"','since':1,'node':'" EVIL "'}\n"
		"{'kind':'measure','t':4,'name':'" EVIL "','value':1,'unit':'" EVIL "'}\n"
		"{'kind':'end','t':5,'passed':0,'failed':1,'error':'" EVIL "'}\n";
	struct arena *arena = arena_new();
	const char *page = one_page(lines, arena);

	check_well_formed(page);
	ck_assert_ptr_null(strstr(page, "<script"));
	ck_assert_uint_ge(occurrences(page, "&lt;script"), 20);
	arena_free(arena);
}
END_TEST

START_TEST(a_trace_that_shows_nothing_is_a_page)
{
	static const char *const traces[] = {
		BEGIN,
		BEGIN END_AT(0),
		BEGIN "{'kind':'end','t':0,'passed':0,'failed':0,'error':'no link'}\n",
		BEGIN SELECTED(0, "'gw1'", ""),
		BEGIN ANSWERED(0, 0, 1),
		BEGIN LOST(0, 0, 1) END_AT(1),
		BEGIN CRASH(-5) END_AT(3),
		BEGIN ANSWERED(0, 1, 1e308) END_AT(3),
		BEGIN AGE(1e9, 1e9) END_AT(1e9),
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		check_well_formed(one_page(traces[i], arena));
	ck_assert_ptr_nonnull(strstr(one_page(BEGIN, arena), "ends before the scenario does"));
	arena_free(arena);
}
END_TEST

/* ---- Many ---- */

/* The text after its beginning. */
static const char *of_story(void)
{
	return strchr(story, '\n') + 1;
}

static void add(struct summaries *summaries, const char *name, unsigned seed, const char *lines)
{
	struct arena *arena = arena_new();
	const char *begin = arena_printf(
		arena,
		"{'kind':'begin','t':0,'scenario':'%s','seed':%u,'backend':'b','program':'p'}\n%s",
		name, seed, lines);

	summary_add(summaries, view_of(begin, arena), "out/" EVIL);
	arena_free(arena);
}

static const char *summary_page(const struct summaries *summaries, const bool *is_shown,
				struct arena *arena)
{
	struct failure failure = { 0 };
	char *data = NULL;
	size_t length;
	FILE *out = open_memstream(&data, &length);
	const char *copy;

	ck_assert_ptr_nonnull(out);
	report_page_begin(out, "title", arena);
	ck_assert_msg(report_page_summary(out, summaries, is_shown, arena, &failure), "%s",
		      failure.text);
	report_page_end(out);
	ck_assert_int_eq(fclose(out), 0);
	copy = arena_strdup(arena, data);
	free(data);
	return copy;
}

START_TEST(many_traces_are_summed_up)
{
	struct summaries summaries = { .arena = arena_new() };
	const bool is_shown[] = { true, false, false };
	const char *page;

	add(&summaries, "fo[n=1]", 7, of_story());
	add(&summaries, "fo[n=1]", 8,
	    ANSWERED(0, 0, 1) ANSWERED(1, 1, 1) LOST(2, 2, 3) ANSWERED(4, 4, 1) END_AT(9));
	add(&summaries, "<b>other</b>", 9, END_AT(9));
	summaries_end(&summaries);
	page = summary_page(&summaries, is_shown, summaries.arena);
	check_well_formed(page);
	ck_assert_ptr_nonnull(strstr(page, "3 traces of 2 cases"));
	ck_assert_ptr_nonnull(strstr(page, "2 passed, 1 failed"));
	ck_assert_ptr_nonnull(strstr(page, "<h2>Outages over seeds: fo</h2>"));
	ck_assert_ptr_nonnull(strstr(page, "never: {event: left}: left at 4 s"));
	ck_assert_ptr_nonnull(strstr(page, "<a href=\"#trace-0\">7</a>"));
	ck_assert_ptr_null(strstr(page, "href=\"#trace-1\""));
	ck_assert_ptr_null(strstr(page, "<b>other"));
	ck_assert_ptr_null(strstr(page, "<script"));
	/* A single seed has no distribution. */
	ck_assert_uint_eq(occurrences(page, "Outages over seeds"), 1);
	arena_free(summaries.arena);
}
END_TEST

/* ---- Plots ---- */

static bool drawn(const struct plot *plot, const struct plot_request *request, char **data,
		  size_t *length)
{
	struct failure failure = { 0 };
	FILE *out = open_memstream(data, length);
	bool good;

	ck_assert_ptr_nonnull(out);
	good = plot->draw(request, out, &failure);
	ck_assert_msg(good || !*failure.text, "%s: %s", plot->name, failure.text);
	ck_assert_int_eq(fclose(out), 0);
	return good;
}

START_TEST(each_plot_in_each_format)
{
	static const char png[] = "\x89PNG\r\n";
	struct summaries summaries = { .arena = arena_new() };
	struct arena *arena = summaries.arena;
	struct plot_request request = { .arena = arena,
					.view = view_of(story, arena),
					.summaries = &summaries };

	add(&summaries, "fo", 1, of_story());
	add(&summaries, "fo", 2, of_story());
	summaries_end(&summaries);
	for (const struct plot *plot = plots; plot->name; plot++) {
		ck_assert_ptr_eq(plot_find(plot->name), plot);
		for (int format = CANVAS_SVG; format <= CANVAS_PNG; format++) {
			for (int size = CANVAS_WIDE; size <= CANVAS_NARROW; size++) {
				char *data;
				size_t length;

				request.format = (enum canvas_format)format;
				request.size = (enum canvas_size)size;
				ck_assert_msg(drawn(plot, &request, &data, &length), "%s",
					      plot->name);
				if (format == CANVAS_PNG)
					ck_assert(!memcmp(data, png, strlen(png)));
				else
					ck_assert(!strncmp(data, "<svg", 4));
				free(data);
			}
		}
	}
	ck_assert_ptr_null(plot_find("nonsense"));
	arena_free(arena);
}
END_TEST

START_TEST(where_there_is_nothing_there_is_no_plot)
{
	struct summaries summaries = { .arena = arena_new() };
	const struct plot_request request = { .arena = summaries.arena,
					      .view = view_of(BEGIN END_AT(5), summaries.arena),
					      .summaries = &summaries };

	for (const struct plot *plot = plots; plot->name; plot++) {
		char *data;
		size_t length;

		ck_assert_msg(!drawn(plot, &request, &data, &length), "%s", plot->name);
		ck_assert_uint_eq(length, 0);
		free(data);
	}
	arena_free(summaries.arena);
}
END_TEST

START_TEST(texts_are_cut_to_their_room)
{
	static const struct {
		double width;
		const char *text, *expected;
	} cases[] = {
		{ 1000, "gateway", "gateway" }, { 7 * 13 * 0.6, "gateway", "gateway" },
		{ 40, "gateway", "gate…" },	{ 40, "äöüßéèà", "äöüß…" },
		{ 10, "gateway", "" },		{ 0, "gateway", "" },
		{ -5, "gateway", "" },		{ 5, "", "" },
	};
	struct arena *arena = arena_new();
	struct canvas canvas;

	canvas_init(&canvas, CANVAS_SVG, CANVAS_WIDE, arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(canvas_text_cut(&canvas, cases[i].text, cases[i].width),
				 cases[i].expected);
	arena_free(arena);
}
END_TEST

SUITE("report", a_trace_is_told_whole, nothing_in_a_trace_is_markup,
      a_trace_that_shows_nothing_is_a_page, many_traces_are_summed_up, each_plot_in_each_format,
      where_there_is_nothing_there_is_no_plot, texts_are_cut_to_their_room)
