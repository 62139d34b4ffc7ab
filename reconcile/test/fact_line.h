/* SPDX-License-Identifier: MIT */
/*
 * fact_line: a fact as wirelink_packets.json and decode_facts.py write it: attribute, TTL,
 * subject, value.
 */
#pragma once

#include "core/facts/fact_member.h"

static inline const char *fact_line_metadata(const struct fact *fact, struct arena *arena)
{
	struct fact_member member;

	fact_member_decode(fact->metadata, &member, arena);
	return arena_printf(arena, "%s%s%s", member.name ? " n=" : "",
			    member.name ? member.name : "",
			    !member.has_basic ? "" : (member.basic ? " b=1" : " b=0"));
}

static inline const char *fact_line_value(const struct fact *fact, struct arena *arena)
{
	char endpoint[ENDPOINT_TEXT_MAX];
	char prefix[PREFIX_TEXT_MAX];
	char *hex = arena_strdup(arena, "");

	switch (fact->attribute) {
	case FACT_ALIVE:
		for (unsigned i = 0; i < FACT_BOOT_ID_LENGTH; i++)
			hex = arena_printf(arena, "%s%02x", hex, fact->boot_id[i]);
		return arena_printf(arena, " %s", hex);
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return arena_printf(arena, " %s", endpoint_text(&fact->endpoint, endpoint));
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return arena_printf(arena, " %s", prefix_text(&fact->prefix, prefix));
	case FACT_MEMBER_METADATA:
		return fact_line_metadata(fact, arena);
	case FACT_MEMBER:
		break;
	}
	return "";
}

static inline const char *fact_line(const struct fact *fact, struct arena *arena)
{
	char subject[KEY_TEXT_MAX];

	return arena_printf(arena, "%c %u %s%s", (char)fact->attribute, fact->ttl,
			    key_text(&fact->subject, subject), fact_line_value(fact, arena));
}
