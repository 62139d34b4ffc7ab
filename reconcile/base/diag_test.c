/* SPDX-License-Identifier: MIT */
#include "diag.h"
#include "test/unit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(test_text)
{
	static const struct {
		struct where where;
		const char *path;
		const char *text;
	} table[] = {
		{ { "a.yaml", 3, 7 }, "interfaces.wg0", "a.yaml:3:7: interfaces.wg0: wrong" },
		{ { "a.yaml", 3, 7 }, NULL, "a.yaml:3:7: wrong" },
		{ { "a.yaml", 3, 0 }, "", "a.yaml:3: wrong" },
		{ { "a.yaml", 0, 0 }, "", "a.yaml: wrong" },
		{ { NULL, 0, 0 }, "x", "x: wrong" },
		{ { NULL, 0, 0 }, NULL, "wrong" },
		{ { "a\n", 1, 1 }, "\x1b", "a\\x0a:1:1: \\x1b: wrong" },
	};
	struct diags diags = { .arena = arena_new() };

	for (int i = 0; i < COUNT(table); i++) {
		diag_error(&diags, table[i].where, table[i].path, "%s", "wrong");
		ck_assert_str_eq(diag_text(&diags, &diags.list.at[i]), table[i].text);
		ck_assert_uint_eq(diags.errors, i + 1);
	}
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_warning)
{
	struct diags diags = { .arena = arena_new() };
	char path[] = "p";

	diag_warning(&diags, (struct where){ "f", 1, 2 }, path, "%d%%", 50);
	path[0] = 'x';
	ck_assert_uint_eq(diags.errors, 0);
	ck_assert_uint_eq(diags.list.n, 1);
	ck_assert_str_eq(diag_text(&diags, &diags.list.at[0]), "f:1:2: warning: p: 50%");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_sort)
{
	static const struct where places[] = {
		{ "b", 1, 1 }, { "a", 2, 1 }, { "a", 1, 9 }, { "a", 2, 1 }, { NULL, 0, 0 },
		{ "a", 1, 2 }, { "a", 0, 0 }, { "a", 2, 1 }, { "b", 1, 1 },
	};
	static const char order[] = "465213708";
	struct diags diags = { .arena = arena_new() };

	diags_sort(&diags);
	for (int i = 0; i < COUNT(places); i++)
		diag_error(&diags, places[i], NULL, "%d", i);
	diags_sort(&diags);
	ck_assert_uint_eq(diags.list.n, COUNT(places));
	for (int i = 0; i < COUNT(places); i++)
		ck_assert_int_eq(diags.list.at[i].message[0], order[i]);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_sort_is_stable)
{
	struct diags diags = { .arena = arena_new() };

	for (int i = 0; i < 5000; i++)
		diag_error(&diags, (struct where){ "f", (uint32_t)(i % 3) + 1, 1 }, NULL, "%05d",
			   i);
	diags_sort(&diags);
	for (int i = 1; i < 5000; i++) {
		const struct diag *before = &diags.list.at[i - 1];
		const struct diag *after = &diags.list.at[i];

		ck_assert(before->where.line < after->where.line ||
			  (before->where.line == after->where.line &&
			   strcmp(before->message, after->message) < 0));
	}
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_nearest)
{
	static const char *const keys[] = {
		"private_key_file",
		"listen_port",
		"fwmark",
		"mtu",
		"addresses",
		"routes",
		"peers",
		"public_key",
		"",
		"endpoint",
		NULL,
	};
	static const char *const none[] = { NULL };
	static const char *const table[][2] = {
		{ "private_keyfile", "private_key_file" },
		{ "PrivateKeyFile", "private_key_file" },
		{ "listen-port", "listen_port" },
		{ "ListenPort", "listen_port" },
		{ "fwmrak", "fwmark" }, /* one swap */
		{ "adresses", "addresses" },
		{ "rout", "routes" },
		{ "mut", "mtu" },
		{ "publik_key", "public_key" },
		{ "peer", "peers" },
		{ "x", NULL },
		{ "dns", NULL },
		{ "", NULL },
		{ "colour_of_the_sky", NULL },
		{ "private_key_file_private_key_file_private_key_file", NULL },
	};

	for (int i = 0; i < COUNT(table); i++) {
		const char *nearest = nearest_word(table[i][0], keys);

		if (table[i][1])
			ck_assert_pstr_eq(nearest, table[i][1]);
		else
			ck_assert_msg(!nearest, "%s -> %s", table[i][0], nearest);
		ck_assert_ptr_null(nearest_word(table[i][0], none));
	}
}
END_TEST

SUITE("diag", test_text, test_warning, test_sort, test_sort_is_stable, test_nearest)
