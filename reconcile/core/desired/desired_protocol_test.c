/* SPDX-License-Identifier: MIT */
#include "desired_protocol.h"

#include "test/unit.h"

#include <linux/rtnetlink.h>

static const struct {
	const char *word;
	uint8_t number;
} protocols[] = {
	{ "unspec", RTPROT_UNSPEC }, { "redirect", RTPROT_REDIRECT }, { "kernel", RTPROT_KERNEL },
	{ "boot", RTPROT_BOOT },     { "static", RTPROT_STATIC },     { "gated", RTPROT_GATED },
	{ "ra", RTPROT_RA },	     { "mrt", RTPROT_MRT },	      { "zebra", RTPROT_ZEBRA },
	{ "bird", RTPROT_BIRD },     { "dnrouted", RTPROT_DNROUTED }, { "xorp", RTPROT_XORP },
	{ "ntk", RTPROT_NTK },	     { "dhcp", RTPROT_DHCP },	      { "babel", RTPROT_BABEL },
	{ "bgp", RTPROT_BGP },	     { "isis", RTPROT_ISIS },	      { "ospf", RTPROT_OSPF },
	{ "rip", RTPROT_RIP },	     { "eigrp", RTPROT_EIGRP },	      { "openr", 99 },
	{ "keepalived", 18 },
};

#define COUNT (sizeof(protocols) / sizeof(protocols[0]))

START_TEST(test_words)
{
	uint8_t number;
	size_t n = 0;

	for (size_t i = 0; i < COUNT; i++) {
		ck_assert(protocol_parse(protocols[i].word, &number));
		ck_assert_uint_eq(number, protocols[i].number);
		ck_assert_str_eq(protocol_word(number), protocols[i].word);
	}
	while (protocol_words[n])
		n++;
	ck_assert_uint_eq(n, COUNT);
	ck_assert_uint_eq(PROTOCOL_KERNEL, RTPROT_KERNEL);
}
END_TEST

START_TEST(test_unknown)
{
	uint8_t number = 77;

	ck_assert_ptr_null(protocol_word(5));
	ck_assert_ptr_null(protocol_word(255));
	ck_assert(!protocol_parse("", &number));
	ck_assert(!protocol_parse("BIRD", &number));
	ck_assert(!protocol_parse("birds", &number));
	ck_assert_uint_eq(number, 77);
}
END_TEST

SUITE("desired_protocol", test_words, test_unknown)
