/* SPDX-License-Identifier: MIT */
#include "fact_bytes.h"

bool fact_bytes_take(struct fact_bytes *bytes, uint64_t n, struct fact_bytes *taken)
{
	if (n > bytes->n)
		return false;
	*taken = (struct fact_bytes){ bytes->at, (size_t)n };
	/* No offset to a null pointer. */
	if (n > 0)
		*bytes = (struct fact_bytes){ bytes->at + n, bytes->n - (size_t)n };
	return true;
}

bool fact_bytes_number(struct fact_bytes *bytes, uint64_t *number)
{
	struct fact_bytes byte;

	*number = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!fact_bytes_take(bytes, 1, &byte))
			return false;
		/* The tenth byte has one bit. */
		if (shift == 63 && *byte.at > 1)
			return false;
		*number |= (uint64_t)(*byte.at & 0x7f) << shift;
		if (!(*byte.at & 0x80))
			return true;
	}
	return false;
}

size_t fact_number_size(uint64_t number)
{
	size_t n = 1;

	while (number >>= 7)
		n++;
	return n;
}

size_t fact_number_write(uint64_t number, uint8_t *out)
{
	size_t n = 0;

	for (; number >= 0x80; number >>= 7)
		out[n++] = (uint8_t)(number | 0x80);
	out[n++] = (uint8_t)number;
	return n;
}
