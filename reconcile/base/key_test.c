/* SPDX-License-Identifier: MIT */
#include "key.h"
#include "test/unit.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(test_known)
{
	/* RFC 7748, section 6.1: Alice's public key; what base64(1) makes of it. */
	static const uint8_t alice[KEY_LENGTH] = {
		0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d,
		0xdc, 0xb4, 0x3e, 0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38,
		0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a,
	};
	static const char text[] = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";
	char again[KEY_TEXT_MAX];
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	ck_assert_mem_eq(key.b, alice, KEY_LENGTH);
	ck_assert_str_eq(key_text(&key, again), text);
}
END_TEST

START_TEST(test_every_byte)
{
	char text[KEY_TEXT_MAX];
	struct wg_key key, again;

	for (int byte = 0; byte < 256; byte++) {
		for (int place = 0; place < KEY_LENGTH; place++) {
			memset(&key, 255 - byte, sizeof(key));
			key.b[place] = (uint8_t)byte;
			ck_assert(key_parse(key_text(&key, text), &again));
			ck_assert_mem_eq(&key, &again, sizeof(key));
			ck_assert_uint_eq(strlen(text), KEY_TEXT_MAX - 1);
		}
	}
}
END_TEST

START_TEST(test_every_character)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	struct wg_key key;

	for (int character = 1; character < 256; character++) {
		const char *in_alphabet = strchr(alphabet, character);

		text[0] = (char)character;
		ck_assert_msg(key_parse(text, &key) == !!in_alphabet, "character %d", character);
		ck_assert_uint_eq(key.b[0], in_alphabet ? (in_alphabet - alphabet) << 2 : 0);
	}
}
END_TEST

START_TEST(test_bad)
{
	static const char *const table[] = {
		"",
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo", /* no padding */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo==",
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTm==", /* 31 bytes */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmoA", /* 33 bytes */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=", /* bits beyond 32 bytes */
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmq=",
		"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n",
		" SDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
		"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=", /* the URL alphabet */
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	};
	struct wg_key key;

	for (int i = 0; i < COUNT(table); i++) {
		memset(&key, 1, sizeof(key));
		ck_assert_msg(!key_parse(table[i], &key), "%s", table[i]);
		ck_assert_msg(key_is_zero(&key), "%s", table[i]);
	}
}
END_TEST

START_TEST(test_order_and_zero)
{
	struct wg_key a = { { 0 } }, b = { { 0 } };

	ck_assert(key_is_zero(&a));
	ck_assert_int_eq(key_compare(&a, &b), 0);
	b.b[31] = 0x80;
	ck_assert(!key_is_zero(&b));
	ck_assert_int_lt(key_compare(&a, &b), 0);
	a.b[0] = 1;
	ck_assert_int_gt(key_compare(&a, &b), 0);
	ck_assert_int_gt(key_order(&a, &b), 0);
}
END_TEST

SUITE("key", test_known, test_every_byte, test_every_character, test_bad, test_order_and_zero)
