/* SPDX-License-Identifier: MIT */
/*
 * fact_bytes: received bytes, read from the front with every length checked, and the numbers
 * of the wire format (uvarint: seven bits a byte, the lowest first, the top bit says that
 * another byte follows).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fact_bytes {
	const uint8_t *at;
	size_t n;
};

/* Moves the first n of the bytes to taken. False, with nothing moved, if there are fewer. */
bool fact_bytes_take(struct fact_bytes *bytes, uint64_t n, struct fact_bytes *taken);

/* Takes a number. False if it is cut off, or above 64 bits. Longer forms than necessary are
 * accepted, as wirelink does. */
bool fact_bytes_number(struct fact_bytes *bytes, uint64_t *number);

/* Bytes of the longest number. */
#define FACT_NUMBER_MAX 10

/* The number of bytes of a number's shortest form, and that form. */
size_t fact_number_size(uint64_t number);
size_t fact_number_write(uint64_t number, uint8_t *out);
