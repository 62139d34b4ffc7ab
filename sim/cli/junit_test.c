/* SPDX-License-Identifier: MIT */
#include "junit.h"

#include "run/workplace.h"
#include "test/unit.h"

#include <stdlib.h>
#include <unistd.h>

START_TEST(texts)
{
	static const struct {
		const char *text, *xml;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "<a href=\"x\">&</a>", "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;" },
		{ "]]>", "]]&gt;" },
		{ "two\nlines\n", "two\nlines\n" },
		{ "\033[1m\001", "\\x1b[1m\\x01" },
		{ "\xff\xc3\xbc", "\\xff\xc3\xbc" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(xml_text(arena, rows[i].text), rows[i].xml);
	arena_free(arena);
}
END_TEST

static void add(struct junit *junit, struct arena *arena, const char *file, enum verdict verdict)
{
	*vec_push(arena, &junit->cases) = (struct junit_case){
		.file = file,
		.result = { .verdict = verdict,
			    .name = "a[b=<c>]",
			    .seed = 7,
			    .passed = 3,
			    .failed = verdict == VERDICT_FAILED,
			    .simulated = 300000,
			    .took = 1500,
			    .why = "because & so",
			    .details = "    expected: x < y\n" },
	};
}

static const char expected[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<testsuites name=\"wgsim\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"2\" "
	"time=\"7.500\">\n"
	"  <testsuite name=\"one.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
	"time=\"3.000\">\n"
	"    <testcase classname=\"one.yaml\" name=\"a[b=&lt;c&gt;] seed 7\" time=\"1.500\">\n"
	"      <system-out>a[b=&lt;c&gt;] seed 7: 3 expectations, 5 m in 1.5 s "
	"(200x)</system-out>\n"
	"    </testcase>\n"
	"    <testcase classname=\"one.yaml\" name=\"a[b=&lt;c&gt;] seed 7\" time=\"1.500\">\n"
	"      <failure message=\"a[b=&lt;c&gt;] seed 7: 1 of 4 expectations failed, 5 m in 1.5 s "
	"(200x)\">    expected: x &lt; y\n"
	"</failure>\n"
	"    </testcase>\n"
	"  </testsuite>\n"
	"  <testsuite name=\"two&amp;.yaml\" tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"2\" "
	"time=\"4.500\">\n"
	"    <testcase classname=\"two&amp;.yaml\" name=\"a[b=&lt;c&gt;] seed 7\" time=\"1.500\">\n"
	"      <error message=\"a[b=&lt;c&gt;] seed 7: because &amp; so; 5 m in 1.5 s "
	"(200x)\">    expected: x &lt; y\n"
	"</error>\n"
	"    </testcase>\n"
	"    <testcase classname=\"two&amp;.yaml\" name=\"a[b=&lt;c&gt;] seed 7\" time=\"1.500\">\n"
	"      <skipped message=\"because &amp; so\"/>\n"
	"    </testcase>\n"
	"    <testcase classname=\"two&amp;.yaml\" name=\"a[b=&lt;c&gt;] seed 7\" time=\"1.500\">\n"
	"      <skipped message=\"interrupted\"/>\n"
	"    </testcase>\n"
	"  </testsuite>\n"
	"</testsuites>\n";

START_TEST(whole_file)
{
	struct arena *arena = arena_new();
	char *directory = arena_strdup(arena, "/tmp/junit_test.XXXXXX");
	struct junit junit = { 0 };
	const char *path;
	size_t length;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	path = arena_printf(arena, "%s/junit.xml", directory);
	add(&junit, arena, "one.yaml", VERDICT_PASSED);
	add(&junit, arena, "one.yaml", VERDICT_FAILED);
	add(&junit, arena, "two&.yaml", VERDICT_BROKEN);
	add(&junit, arena, "two&.yaml", VERDICT_SKIPPED);
	add(&junit, arena, "two&.yaml", VERDICT_STOPPED);
	ck_assert_ptr_null(junit_write(&junit, path, arena));
	ck_assert_str_eq(text_read(path, &length, arena), expected);
	ck_assert_ptr_nonnull(junit_write(&junit, "/nonexistent/junit.xml", arena));
	ck_assert(directory_remove(directory));
	arena_free(arena);
}
END_TEST

SUITE("junit", texts, whole_file)
