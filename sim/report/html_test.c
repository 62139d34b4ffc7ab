/* SPDX-License-Identifier: MIT */
#include "html.h"

#include "test/unit.h"

#include <stdlib.h>

typedef void writer(FILE *out, const char *text, struct arena *arena);

static const char *written(writer *write, const char *text, struct arena *arena)
{
	char *data = NULL;
	size_t length;
	FILE *out = open_memstream(&data, &length);
	const char *copy;

	ck_assert_ptr_nonnull(out);
	write(out, text, arena);
	ck_assert_int_eq(fclose(out), 0);
	copy = arena_strdup(arena, data);
	free(data);
	return copy;
}

START_TEST(text_stays_text)
{
	static const struct {
		writer *write;
		const char *text, *expected;
	} cases[] = {
		{ html_text, "gw1", "gw1" },
		{ html_text, "", "" },
		{ html_text, NULL, "" },
		{ html_text, "<script>alert('1')</script>",
		  "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" },
		{ html_text, "\" onload=\"x", "&quot; onload=&quot;x" },
		{ html_text, "&lt;", "&amp;lt;" },
		{ html_text, "Müller → gw", "Müller → gw" },
		{ html_text, "a\nb\033[1mc\001", "a\\x0ab\\x1b[1mc\\x01" },
		{ html_text, "\xff\xfe<", "\\xff\\xfe&lt;" },
		/* Characters that change the reading direction. */
		{ html_text,
		  "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" },
		{ html_name, "fo[a=1,b=2]", "fo[<wbr>a=1,<wbr>b=2]" },
		{ html_name, "out/a<b", "out/<wbr>a&lt;b" },
		{ html_lines, "a: <b>\n\tc\r\n", "a: &lt;b&gt;\n\tc\\x0d\n" },
		{ html_lines, "", "" },
		{ html_lines, "\n\n", "\n\n" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(written(cases[i].write, cases[i].text, arena), cases[i].expected);
	arena_free(arena);
}
END_TEST

SUITE("html", text_stays_text)
