/* SPDX-License-Identifier: MIT */
#include "yaml_value.h"

#include "test/unit.h"

/* One value, the text after "v: ". */
static const struct tree_node *value_of(struct diags *diags, const char *text)
{
	const char *whole = arena_printf(diags->arena, "v: %s\n", text);
	const struct tree_node *root = tree_parse("f", whole, strlen(whole), 32, diags->arena,
						  diags);

	ck_assert_msg(root != NULL, "%s", text);
	return tree_get(root, "v");
}

static const char *message(const struct diags *diags)
{
	return diags->list.n ? diags->list.at[0].message : "";
}

struct number_case {
	const char *text;
	uint64_t min, max, number;
	const char *message;
};

static const struct number_case numbers[] = {
	{ "0", 0, 10, 0, NULL },
	{ "10", 0, 10, 10, NULL },
	{ "0xa", 0, 10, 10, NULL },
	{ "0x0000000000000000A", 0, 10, 10, NULL },
	{ "18446744073709551615", 0, UINT64_MAX, UINT64_MAX, NULL },
	{ "0xffffffffffffffff", 0, UINT64_MAX, UINT64_MAX, NULL },
	{ "18446744073709551616", 0, UINT64_MAX, 0, "is out of range" },
	{ "0x10000000000000000", 0, UINT64_MAX, 0, "is out of range" },
	{ "11", 0, 10, 0, "\"11\" is out of range: give a number from 0 to 10, or off" },
	{ "1", 2, 10, 0, "\"1\" is out of range: give a number from 2 to 10, or off" },
	{ "-1", 0, 10, 0, "\"-1\" is out of range" },
	{ "-0", 0, 10, 0, "\"-0\" is out of range" },
	{ "+1", 0, 10, 0, "\"+1\" is not a number: give a number from 0 to 10, or off" },
	{ "01", 0, 10, 0, "\"01\" is not a number: write it without a zero in front" },
	{ "'1'", 0, 10, 0, "\"1\" is not a number: write it without quotes" },
	{ "'x'", 0, 10, 0, "\"x\" is not a number: give a number from 0 to 10, or off" },
	{ "1_0", 0, 100, 0, "is not a number" },
	{ "1.0", 0, 10, 0, "is not a number" },
	{ "1e1", 0, 10, 0, "is not a number" },
	{ "0x", 0, 10, 0, "is not a number" },
	{ "0X1", 0, 10, 0, "is not a number" },
	{ "0x1g", 0, 10, 0, "is not a number" },
	{ "-0x1", 0, 10, 0, "is not a number" },
	{ "one", 0, 10, 0, "is not a number" },
	{ "true", 0, 10, 0, "is not a number" },
	{ "", 0, 10, 0, "has no value: give one, or leave the key out" },
	{ "~", 0, 10, 0, "has no value" },
	{ "[1]", 0, 10, 0, "is a list: give a single value" },
	{ "{a: 1}", 0, 10, 0, "is a mapping: give a single value" },
	{ "{'a:': 1}", 0, 10, 0, "is a mapping: put the value in quotes if it ends in a colon" },
};

START_TEST(test_numbers)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number_case *c = &numbers[i];
		struct diags diags = { .arena = arena_new() };
		uint64_t number = 77;
		bool good = value_number(&diags, value_of(&diags, c->text), c->min, c->max,
					 ", or off", &number);

		ck_assert_msg(good == !c->message, "%s: %s", c->text, message(&diags));
		ck_assert_uint_eq(number, good ? c->number : 77);
		ck_assert_uint_eq(diags.errors, !good);
		ck_assert_msg(good || strstr(message(&diags), c->message), "%s: %s", c->text,
			      message(&diags));
		arena_free(diags.arena);
	}
}
END_TEST

struct duration_case {
	const char *text;
	msec_t duration;
	const char *message;
};

static const struct duration_case durations[] = {
	{ "5s", 5000, NULL },
	{ "'5s'", 5000, NULL },
	{ "500ms", 500, NULL },
	{ "10m", 600000, NULL },
	{ "365d", INT64_C(31536000000), NULL },
	{ "366d", 0, "\"366d\" is too long: give at most 365d, or off" },
	{ "99999999999999999999s", 0, "is too long" },
	{ "0s", 0, "\"0s\" is too short: give more than zero, or off" },
	{ "5", 0,
	  "\"5\" is not a duration: give a number with a unit, such as 5s or 500ms, or off" },
	{ "s", 0, "is not a duration" },
	{ "-5s", 0, "is not a duration" },
	{ "5 s", 0, "is not a duration" },
	{ "5sec", 0, "is not a duration" },
	{ "1.5s", 0, "is not a duration" },
	{ "", 0, "has no value" },
	{ "[5s]", 0, "is a list: give a single value" },
};

START_TEST(test_durations)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		const struct duration_case *c = &durations[i];
		struct diags diags = { .arena = arena_new() };
		msec_t duration = 77;
		bool good = value_duration(&diags, value_of(&diags, c->text), ", or off",
					   &duration);

		ck_assert_msg(good == !c->message, "%s: %s", c->text, message(&diags));
		ck_assert_int_eq(duration, good ? c->duration : 77);
		ck_assert_msg(good || strstr(message(&diags), c->message), "%s: %s", c->text,
			      message(&diags));
		arena_free(diags.arena);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *remedy; /* NULL: good */
} booleans[] = {
	{ "true", NULL },
	{ "false", NULL },
	{ "yes", "\"yes\" is not a boolean here: write true, without quotes" },
	{ "No", "\"No\" is not a boolean here: write false, without quotes" },
	{ "on", "write true" },
	{ "off", "write false" },
	{ "y", "write true" },
	{ "0", "write false" },
	{ "TRUE", "write true" },
	{ "'false'", "write false, without quotes" },
	{ "truth", "\"truth\" is not a boolean: give true or false" },
	{ "", "has no value" },
	{ "[]", "is a list" },
};

START_TEST(test_booleans)
{
	for (size_t i = 0; i < sizeof(booleans) / sizeof(booleans[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		bool meant = !strcmp(booleans[i].text, "true");
		bool value = !meant;
		bool good = value_boolean(&diags, value_of(&diags, booleans[i].text), &value);

		ck_assert(good == !booleans[i].remedy);
		ck_assert(value == (good ? meant : true));
		ck_assert_msg(good || strstr(message(&diags), booleans[i].remedy), "%s: %s",
			      booleans[i].text, message(&diags));
		arena_free(diags.arena);
	}
}
END_TEST

static const struct {
	const char *text;
	bool is_text, is_argument;
} texts[] = {
	{ "a", true, true },
	{ "'a b'", true, true },
	{ "'5'", true, true },
	{ "'true'", true, true },
	{ "5", false, true },
	{ "0x5", false, true },
	{ "-5", false, true },
	{ "true", false, true },
	{ "05", true, true }, /* no number */
	{ "1.5", true, true },
	{ "\xc3\xa4", true, true },
	{ "''", false, false },
	{ "", false, false },
	{ "~", false, false },
	{ "'~'", true, true },
	{ "\"a\\nb\"", false, false },
	{ "\"\\e[0m\"", false, false },
	{ "\"\\u202e\"", false, false },
	{ "|\n a\n", false, false },
	{ ">-\n a\n b\n", true, true },
	{ "[a]", false, false },
	{ "{a: b}", false, false },
};

START_TEST(test_texts)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const struct tree_node *value = value_of(&diags, texts[i].text);
		const char *text = NULL;

		ck_assert_msg(value_text(&diags, value, &text) == texts[i].is_text, "%s",
			      texts[i].text);
		ck_assert((text != NULL) == texts[i].is_text);
		ck_assert_uint_eq(diags.errors, !texts[i].is_text);
		text = NULL;
		ck_assert(value_argument(&diags, value, &text) == texts[i].is_argument);
		if (text)
			ck_assert_str_eq(text, value->text);
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_choices)
{
	static const char *const words[] = { "random", "ordered", "weighted", NULL };
	static const char *const one[] = { "one", NULL };
	struct diags diags = { .arena = arena_new() };
	unsigned index = 77;

	ck_assert(value_choice(&diags, value_of(&diags, "weighted"), words, &index));
	ck_assert_uint_eq(index, 2);
	ck_assert(value_choice(&diags, value_of(&diags, "'random'"), words, &index));
	ck_assert_uint_eq(index, 0);
	ck_assert(!value_choice(&diags, value_of(&diags, "Random"), words, &index));
	ck_assert_str_eq(diags.list.at[0].message,
			 "\"Random\" is not known here: give random, ordered or weighted (did you "
			 "mean random?)");
	ck_assert(!value_choice(&diags, value_of(&diags, "x"), one, &index));
	ck_assert_str_eq(diags.list.at[1].message, "\"x\" is not known here: give one");
	ck_assert(!value_choice(&diags, value_of(&diags, "[random]"), words, &index));
	ck_assert_uint_eq(index, 0);
	arena_free(diags.arena);
}
END_TEST

static void add_length(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)diags;
	*(size_t *)object += strlen(value->text);
}

START_TEST(test_fields)
{
	static const struct field fields[] = {
		{ "allowed_ips", add_length },
		{ "mtu", add_length },
		{ 0 },
	};
	static const char *const unknown[][2] = {
		{ "{allowed_ip: a}", "unknown key: did you mean allowed_ips?" },
		{ "{AllowedIPs: a}", "unknown key: did you mean allowed_ips?" },
		{ "{ips: a}", "unknown key: known here: allowed_ips, mtu" },
		{ "{_ips: a}", "unknown key: did you mean allowed_ips?" },
		{ "{'': a}", "unknown key: known here: allowed_ips, mtu" },
		{ "{table: a}", "unknown key: known here: allowed_ips, mtu" },
	};
	struct diags diags = { .arena = arena_new() };
	size_t sum = 0;

	value_fields(&diags, value_of(&diags, "{mtu: abc, allowed_ips: de}"), fields, &sum);
	ck_assert_uint_eq(sum, 5);
	ck_assert_uint_eq(diags.errors, 0);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		value_fields(&diags, value_of(&diags, unknown[i][0]), fields, &sum);
		ck_assert_uint_eq(diags.errors, i + 1);
		ck_assert_str_eq(diags.list.at[i].message, unknown[i][1]);
		ck_assert_uint_eq(diags.list.at[i].where.column, 5);
	}
	ck_assert_uint_eq(sum, 5);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_kinds)
{
	struct diags diags = { .arena = arena_new() };

	ck_assert(value_mapping(&diags, value_of(&diags, "{a: b}")));
	ck_assert(value_mapping(&diags, value_of(&diags, "")));
	ck_assert(value_list(&diags, value_of(&diags, "[a]")));
	ck_assert(value_list(&diags, value_of(&diags, "null")));
	ck_assert_uint_eq(diags.errors, 0);
	ck_assert(!value_mapping(&diags, value_of(&diags, "[a]")));
	ck_assert_str_eq(diags.list.at[0].message, "is a list: give a mapping (key: value)");
	ck_assert(!value_mapping(&diags, value_of(&diags, "''")));
	ck_assert_str_eq(diags.list.at[1].message, "is \"\": give a mapping (key: value)");
	ck_assert(!value_list(&diags, value_of(&diags, "a")));
	ck_assert_str_eq(diags.list.at[2].message, "is not a list: write [\"a\"]");
	ck_assert(!value_list(&diags, value_of(&diags, "{a: b}")));
	ck_assert_str_eq(diags.list.at[3].message, "is a mapping: give a list, such as [a, b]");
	arena_free(diags.arena);
}
END_TEST

SUITE("yaml_value", test_numbers, test_durations, test_booleans, test_texts, test_choices,
      test_fields, test_kinds)
