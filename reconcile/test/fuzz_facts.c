/* SPDX-License-Identifier: MIT */
/*
 * fuzz_facts: what a peer sends. The input's first byte selects what the rest is: the facts of
 * a group, metadata, or a packet before it is verified. What is read and written again must be
 * read as the same.
 */
#include "core/facts/fact_group.h"
#include "core/facts/fact_member.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

/* Values that a reader must never accept. */
static void check_fact(const struct fact *fact, struct arena *arena)
{
	struct fact_member member;

	check(fact->ttl <= FACT_TTL_MAX);
	check(*fact_text(fact, arena));
	switch (fact->attribute) {
	case FACT_ENDPOINT_V4:
		check(fact->endpoint.ip.family == FAMILY_IPV4);
		break;
	case FACT_ENDPOINT_V6:
		check(fact->endpoint.ip.family == FAMILY_IPV6);
		break;
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		check(fact->prefix.length <= family_bits(fact->prefix.ip.family));
		check(!prefix_has_host_bits(&fact->prefix));
		break;
	case FACT_MEMBER_METADATA:
		check(fact_member_decode(fact->metadata, &member, arena));
		break;
	case FACT_MEMBER:
	case FACT_ALIVE:
		break;
	}
}

static uint8_t *write_again(const struct fact_list *facts, size_t *n)
{
	uint8_t *bytes, *at;

	*n = 0;
	vec_each (fact, &facts->list)
		*n += fact_size(fact);
	bytes = at = malloc(*n ? *n : 1);
	if (!bytes)
		abort();
	vec_each (fact, &facts->list)
		at += fact_encode(fact, at);
	check((size_t)(at - bytes) == *n);
	return bytes;
}

static void read_facts(const uint8_t *bytes, size_t n, struct arena *arena)
{
	struct fact_list facts, again;
	const char *reason = NULL;
	uint8_t *written;
	size_t written_n;

	if (!fact_decode(bytes, n, &facts, arena, &reason)) {
		check(reason && !facts.list.n);
		return;
	}
	written = write_again(&facts, &written_n);
	/* Numbers may become shorter. */
	check(written_n <= n);
	check(fact_decode(written, written_n, &again, arena, &reason));
	check(again.list.n == facts.list.n);
	vec_each (fact, &facts.list) {
		const struct fact *same = &again.list.at[fact - facts.list.at];

		check_fact(fact, arena);
		check(fact_same(fact, same) && fact->ttl == same->ttl);
		check(!memcmp(fact->boot_id, same->boot_id, FACT_BOOT_ID_LENGTH));
	}
	free(written);
}

static void read_metadata(const uint8_t *bytes, size_t n, struct arena *arena)
{
	struct fact_member member, again;

	if (!fact_member_decode((struct fact_bytes){ bytes, n }, &member, arena))
		return;
	check(member.has_basic || !member.basic);
	/* A name that was made printable stays as it is. */
	check(fact_member_decode(fact_member_encode(&member, arena), &again, arena));
	check(member.has_basic == again.has_basic && member.basic == again.basic);
	check(!member.name == !again.name);
	check(!member.name || !strcmp(member.name, again.name));
}

static void read_packet(const uint8_t *bytes, size_t n)
{
	struct fact_group group;
	const char *reason = NULL;

	if (!fact_group_read(bytes, n, &group, &reason))
		check(reason != NULL);
	else
		check(group.inner + group.inner_n == bytes + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	uint8_t *bytes;

	if (size < 1)
		return 0;
	/* A copy of exact size, so that the sanitizer detects its end. */
	bytes = malloc(size > 1 ? size - 1 : 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, size - 1);
	arena = arena_new();
	if (data[0] % 3 == 0)
		read_facts(bytes, size - 1, arena);
	else if (data[0] % 3 == 1)
		read_metadata(bytes, size - 1, arena);
	else
		read_packet(bytes, size - 1);
	arena_free(arena);
	free(bytes);
	return 0;
}
