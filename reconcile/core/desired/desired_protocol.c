/* SPDX-License-Identifier: MIT */
#include "desired_protocol.h"

#include <string.h>

/* iproute2's etc/iproute2/rt_protos. Fixed, so that a file means the same on every
 * machine; a number that only one machine has a name for is written as a number. */
#define PROTOCOLS(one)                                                                             \
	one("unspec", 0) one("redirect", 1) one("kernel", PROTOCOL_KERNEL) one("boot", 3)          \
		one("static", 4) one("gated", 8) one("ra", 9) one("mrt", 10) one("zebra", 11)      \
			one("bird", 12) one("dnrouted", 13) one("xorp", 14) one("ntk", 15)         \
				one("dhcp", 16) one("keepalived", 18) one("babel", 42)             \
					one("openr", 99) one("bgp", 186) one("isis", 187)          \
						one("ospf", 188) one("rip", 189) one("eigrp", 192)

#define WORD(word, number) word,
#define NUMBER(word, number) number,

/* In the same order. */
/* clang-format off */
const char *const protocol_words[] = { PROTOCOLS(WORD) NULL };
static const uint8_t numbers[] = { PROTOCOLS(NUMBER) };
/* clang-format on */

const char *protocol_word(uint8_t number)
{
	for (unsigned i = 0; i < sizeof(numbers); i++) {
		if (numbers[i] == number)
			return protocol_words[i];
	}
	return NULL;
}

bool protocol_parse(const char *word, uint8_t *number)
{
	for (unsigned i = 0; i < sizeof(numbers); i++) {
		if (!strcmp(protocol_words[i], word)) {
			*number = numbers[i];
			return true;
		}
	}
	return false;
}
