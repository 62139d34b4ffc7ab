/* SPDX-License-Identifier: MIT */
#include "masked.h"
#include "test/unit.h"

#define SECRET "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk"

START_TEST(masked_texts)
{
	static const struct {
		const char *text;
		const char *shown; /* NULL: as it is */
	} rows[] = {
		{ "", NULL },
		{ "10.0.0.1/24, fd00::1/64", NULL },
		{ "wg set wg0 private-key /etc/wireguard/wg0.key", NULL },
		{ "iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE", NULL },
		{ "/etc/Scripts/PostUp4WireGuardVpn", NULL },
		{ "1234567890123456789012345678901234567890", NULL },
		{ SECRET "=", "(key not shown)" },
		{ SECRET, "(key not shown)" },
		{ "PrivateKey " SECRET "=", "PrivateKey (key not shown)" },
		{ "a=" SECRET "=,b=" SECRET "=;", "a=(key not shown),b=(key not shown);" },
		/* Copied incompletely, or with more text. */
		{ "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB", "(key not shown)" },
		{ "x yAnz5TF+lXXJte14tji3 y", "x (key not shown) y" },
		{ SECRET SECRET, "(key not shown)" },
		/* Hexadecimal, as on the control socket. */
		{ "private_key=c809f3e5317e9575c9b5ed78b638b7ce530dabe85ddab614220241801ddf0669",
		  "private_key=(key not shown)" },
		{ "interfaces.wg0." SECRET "=.x", "interfaces.wg0.(key not shown).x" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *shown = text_masked(arena, rows[i].text);

		ck_assert_str_eq(shown, rows[i].shown ? rows[i].shown : rows[i].text);
		ck_assert_int_eq(text_holds_key(rows[i].text), rows[i].shown != NULL);
		if (!rows[i].shown)
			ck_assert_ptr_eq(shown, rows[i].text);
	}
	arena_free(arena);
}
END_TEST

SUITE("masked", masked_texts)
