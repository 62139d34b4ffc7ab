/* SPDX-License-Identifier: MIT */
#include "fact_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

START_TEST(numbers)
{
	static const struct {
		uint64_t number;
		size_t n;
		uint8_t bytes[FACT_NUMBER_MAX];
	} table[] = {
		{ 0, 1, { 0 } },
		{ 127, 1, { 0x7f } },
		{ 128, 2, { 0x80, 0x01 } },
		{ 255, 2, { 0xff, 0x01 } },
		{ 16383, 2, { 0xff, 0x7f } },
		{ 16384, 3, { 0x80, 0x80, 0x01 } },
		{ 65535, 3, { 0xff, 0xff, 0x03 } },
		{ UINT64_MAX, 10, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 } },
	};

	for (int i = 0; i < COUNT(table); i++) {
		struct fact_bytes bytes = { table[i].bytes, table[i].n };
		uint8_t out[FACT_NUMBER_MAX];
		uint64_t number;

		ck_assert_uint_eq(fact_number_size(table[i].number), table[i].n);
		ck_assert_uint_eq(fact_number_write(table[i].number, out), table[i].n);
		ck_assert_mem_eq(out, table[i].bytes, table[i].n);
		ck_assert(fact_bytes_number(&bytes, &number));
		ck_assert_uint_eq(number, table[i].number);
		ck_assert_uint_eq(bytes.n, 0);
		/* Each shorter one is cut off. */
		for (size_t n = 0; n < table[i].n; n++) {
			bytes = (struct fact_bytes){ table[i].bytes, n };
			ck_assert(!fact_bytes_number(&bytes, &number));
		}
	}
}
END_TEST

/* As Go reads them. */
START_TEST(longer_forms)
{
	static const uint8_t padded[] = { 0xc8, 0x80, 0x00, 0xee };
	static const uint8_t zero[] = {
		0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00
	};
	static const uint8_t too_large[] = { 0xff, 0xff, 0xff, 0xff, 0xff,
					     0xff, 0xff, 0xff, 0xff, 0x02 };
	static const uint8_t too_long[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
					    0x80, 0x80, 0x80, 0x80, 0x00 };
	struct fact_bytes bytes = { padded, sizeof(padded) };
	uint64_t number;

	ck_assert(fact_bytes_number(&bytes, &number));
	ck_assert_uint_eq(number, 72);
	ck_assert_uint_eq(bytes.n, 1);
	ck_assert_ptr_eq(bytes.at, padded + 3);
	bytes = (struct fact_bytes){ zero, sizeof(zero) };
	ck_assert(fact_bytes_number(&bytes, &number));
	ck_assert_uint_eq(number, 0);
	bytes = (struct fact_bytes){ too_large, sizeof(too_large) };
	ck_assert(!fact_bytes_number(&bytes, &number));
	bytes = (struct fact_bytes){ too_long, sizeof(too_long) };
	ck_assert(!fact_bytes_number(&bytes, &number));
}
END_TEST

START_TEST(take)
{
	static const uint8_t five[5] = { 1, 2, 3, 4, 5 };
	struct fact_bytes bytes = { five, sizeof(five) };
	struct fact_bytes taken = { NULL, 0 };

	ck_assert(fact_bytes_take(&bytes, 2, &taken));
	ck_assert_ptr_eq(taken.at, five);
	ck_assert_uint_eq(taken.n, 2);
	ck_assert(!fact_bytes_take(&bytes, 4, &taken));
	ck_assert(!fact_bytes_take(&bytes, UINT64_MAX, &taken));
	/* As size_t it would be 1 on a machine of 32 bits. */
	ck_assert(!fact_bytes_take(&bytes, (UINT64_C(1) << 32) + 1, &taken));
	ck_assert_ptr_eq(bytes.at, five + 2);
	ck_assert(fact_bytes_take(&bytes, 3, &taken));
	ck_assert_uint_eq(bytes.n, 0);
	ck_assert(fact_bytes_take(&bytes, 0, &taken));
	ck_assert_uint_eq(taken.n, 0);
	ck_assert(!fact_bytes_take(&bytes, 1, &taken));
	bytes = (struct fact_bytes){ NULL, 0 };
	ck_assert(fact_bytes_take(&bytes, 0, &taken));
}
END_TEST

SUITE("fact_bytes", numbers, longer_forms, take)
