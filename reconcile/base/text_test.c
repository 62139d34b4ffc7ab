/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "test/unit.h"
#include "text.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BAD (-1)

START_TEST(test_duration_parse)
{
	static const struct {
		const char *text;
		msec_t duration;
	} table[] = {
		{ "500ms", 500 },
		{ "5s", 5000 },
		{ "150s", 150000 },
		{ "10m", 600000 },
		{ "2h", 7200000 },
		{ "1d", 86400000 },
		{ "0s", 0 },
		{ "007s", 7000 },
		{ "365d", INT64_C(31536000000) },
		{ "31536000000ms", INT64_C(31536000000) },
		{ "366d", BAD },
		{ "31536000001ms", BAD },
		{ "8761h", BAD },
		{ "5", BAD },
		{ "", BAD },
		{ "s", BAD },
		{ "-5s", BAD },
		{ "+5s", BAD },
		{ "5 s", BAD },
		{ " 5s", BAD },
		{ "5s ", BAD },
		{ "5sec", BAD },
		{ "5S", BAD },
		{ "1.5s", BAD },
		{ "1h30m", 5400000 },
		{ "13m5s", 785000 },
		{ "1d2h3m4s5ms", 93784005 },
		{ "1m0s", 60000 },
		{ "364d24h", INT64_C(31536000000) },
		{ "364d25h", BAD },
		{ "30m1h", BAD },
		{ "1m1m", BAD },
		{ "1h30", BAD },
		{ "1h 30m", BAD },
		{ "1h-30m", BAD },
		{ "5msm", BAD },
		{ "0x10s", BAD },
		{ "9223372036854775807s", BAD },
		{ "18446744073709551617s", BAD },
		{ "99999999999999999999999999999999999999d", BAD },
	};

	for (int i = 0; i < COUNT(table); i++) {
		msec_t duration = BAD;

		ck_assert_msg(duration_parse(table[i].text, &duration) ==
				      (table[i].duration != BAD),
			      "%s", table[i].text);
		ck_assert_int_eq(duration, table[i].duration);
	}
}
END_TEST

START_TEST(test_duration_text)
{
	static const struct {
		msec_t duration;
		const char *text;
	} table[] = {
		{ 0, "0s" },
		{ 1, "1ms" },
		{ 500, "500ms" },
		{ 1500, "1500ms" },
		{ 5000, "5s" },
		{ 60000, "1m" },
		{ 90000, "90s" },
		{ 150000, "150s" },
		{ 600000, "10m" },
		{ 3600000, "1h" },
		{ 86400000, "1d" },
		{ 90000000, "25h" },
		{ INT64_C(31536000000), "365d" },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++) {
		msec_t again = BAD;

		ck_assert_str_eq(duration_text(arena, table[i].duration), table[i].text);
		ck_assert(duration_parse(table[i].text, &again));
		ck_assert_int_eq(again, table[i].duration);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_duration_human)
{
	static const struct {
		msec_t duration;
		const char *text;
	} table[] = {
		{ 0, "0 s" },
		{ 40, "40 ms" },
		{ 400, "0.4 s" },
		{ 1000, "1 s" },
		{ 9990, "9.9 s" },
		{ 12345, "12 s" },
		{ 59999, "59 s" },
		{ 60000, "1 m" },
		{ 151000, "2 m 31 s" },
		{ 11100000, "3 h 5 m" },
		{ 90000000, "1 d 1 h" },
		{ 86400000 + 60000, "1 d" },
		{ -151000, "-2 m 31 s" },
		{ INT64_MIN, "-106751991167 d 7 h" },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++)
		ck_assert_str_eq(duration_human(arena, table[i].duration), table[i].text);
	arena_free(arena);
}
END_TEST

START_TEST(test_printable)
{
	/* Bytes, and the printed text; NULL: unchanged. */
	static const char *const table[][2] = {
		{ "", NULL },
		{ "sn01 (Lübeck) ☃ 𝄞", NULL },
		{ "a\\x1b", NULL },
		{ "\x1b[31m", "\\x1b[31m" },
		{ "two\nlines\r\t", "two\\x0alines\\x0d\\x09" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI as one character */
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3", "\\xc3" }, /* cut off */
		{ "\xe2\x98", "\\xe2\\x98" },
		{ "\xc3(", "\\xc3(" },
		{ "\xc0\xaf", "\\xc0\\xaf" }, /* overlong '/' */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" }, /* right-to-left override */
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" }, /* line separator */
		{ "ü\n", "ü\\x0a" },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++) {
		const char *shown = text_printable(arena, table[i][0]);

		if (table[i][1])
			ck_assert_str_eq(shown, table[i][1]);
		else
			ck_assert_ptr_eq(shown, table[i][0]);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_from_utf8)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *text; /* NULL: not UTF-8 */
	} table[] = {
		{ "", 0, "" },
		{ "hub", 3, "hub" },
		{ "hub", 2, "hu" },
		{ "\xe2\x98\x83", 3, "\xe2\x98\x83" },
		{ "\xe2\x98\x83", 2, NULL }, /* cut off by n */
		{ "\xf0\x9f\x98\x80", 3, NULL },
		{ "a\0b", 3, "a?b" },
		{ "\x1b[2J\n\x7f", 6, "?[2J??" },
		{ "a\xc2\x9b\xe2\x80\xae"
		  "b",
		  7, "a??b" },
		{ "\xff\xfe", 2, NULL },
		{ "a\xed\xa0\x80", 4, NULL },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++) {
		/* Of exact size, so that the sanitizer detects its end. */
		uint8_t *copy = malloc(table[i].n ? table[i].n : 1);
		const char *text;

		memcpy(copy, table[i].bytes, table[i].n);
		text = text_from_utf8(arena, copy, table[i].n);
		free(copy);
		if (table[i].text)
			ck_assert_str_eq(text, table[i].text);
		else
			ck_assert_ptr_null(text);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_bytes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} table[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.00 KiB" },
		{ 1300234, "1.24 MiB" },
		{ UINT64_C(5) << 30, "5.00 GiB" },
		{ UINT64_C(3) << 40, "3.00 TiB" },
		{ UINT64_MAX, "16.00 EiB" },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++)
		ck_assert_str_eq(bytes_human(arena, table[i].bytes), table[i].text);
	arena_free(arena);
}
END_TEST

START_TEST(test_count)
{
	static const struct {
		uint64_t count;
		const char *text;
	} table[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 10020, "10,020" },
		{ 1200000, "1,200,000" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(table); i++)
		ck_assert_str_eq(count_human(arena, table[i].count), table[i].text);
	arena_free(arena);
}
END_TEST

START_TEST(test_orders)
{
	static const msec_t times[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	static const char *const texts[] = { "", "a", "aa", "b" };

	for (int i = 0; i < COUNT(times); i++)
		for (int j = 0; j < COUNT(times); j++)
			ck_assert_int_eq(time_order(&times[i], &times[j]), (i > j) - (i < j));
	for (int i = 0; i < COUNT(texts); i++) {
		for (int j = 0; j < COUNT(texts); j++) {
			int order = text_order(&texts[i], &texts[j]);

			ck_assert((order < 0) == (i < j) && (order > 0) == (i > j));
		}
	}
}
END_TEST

SUITE("text", test_duration_parse, test_duration_text, test_duration_human, test_printable,
      test_from_utf8, test_count, test_bytes, test_orders)
