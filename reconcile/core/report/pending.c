/* SPDX-License-Identifier: MIT */
#include "pending.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The digest of "there is something to record". */
#define RECORD_DIGEST 0x9e3779b97f4a7c15

static uint64_t hash_number(uint64_t hash, uint32_t number)
{
	return hash_bytes(hash, &number, sizeof(number));
}

/* With its terminating zero. */
static uint64_t hash_name(uint64_t hash, const char *text)
{
	return text ? hash_bytes(hash, text, strlen(text) + 1) : hash;
}

static uint64_t hash_ip(uint64_t hash, const struct ip *ip)
{
	hash = hash_number(hash, ip->family);
	return ip->family ? hash_bytes(hash, ip->b, family_bytes(ip->family)) : hash;
}

static uint64_t hash_prefix(uint64_t hash, const struct prefix *prefix)
{
	return hash_number(hash_ip(hash, &prefix->ip), prefix->length);
}

static uint64_t hash_endpoint(uint64_t hash, const struct endpoint *endpoint)
{
	hash = hash_ip(hash, &endpoint->ip);
	return hash_number(hash_number(hash, endpoint->port), endpoint->scope);
}

static uint64_t hash_rule(uint64_t hash, const struct observed_rule *rule)
{
	hash = hash_number(hash, rule->family);
	hash = hash_number(hash, rule->priority);
	hash = hash_number(hash, rule->table);
	hash = hash_number(hash, rule->not_fwmark);
	hash = hash_number(hash, rule->fwmark);
	return hash_number(hash, (uint32_t)rule->suppress_prefix_length);
}

/* The digest of a change without its prefixes and endpoint: a read-only run does not resolve
 * names. For secret keys only inequality matters. */
static uint64_t hash_head(const struct change *change)
{
	uint64_t hash = hash_number(HASH_BASIS, change->kind);

	hash = hash_name(hash, change->interface);
	hash = hash_bytes(hash, change->public_key.b, sizeof(change->public_key.b));
	hash = hash_number(hash, change->value);
	hash = hash_prefix(hash, &change->prefix);
	hash = hash_number(hash, change->table);
	hash = hash_number(hash, change->metric);
	hash = hash_ip(hash, &change->source);
	if (change->file) {
		hash = hash_name(hash, change->file->path);
		hash = hash_bytes(hash, &change->digest, sizeof(change->digest));
	}
	return hash_rule(hash, &change->rule);
}

static uint64_t change_digest(const struct change *change)
{
	uint64_t head = hash_head(change), sum;

	if (change->has_endpoint)
		head = hash_endpoint(head, &change->endpoint);
	sum = change_is_group(change) ? 0 : head;
	for (size_t i = 0; i < change->allowed_ips_n; i++)
		sum += hash_prefix(head, &change->allowed_ips[i]);
	return sum;
}

uint64_t pending_digest(const struct plan *plan)
{
	uint64_t sum = plan->recorded_changed ? RECORD_DIGEST : 0;

	if (!plan->recorded_changed && !plan->changes.list.n)
		return 0;
	vec_each (change, &plan->changes.list)
		sum += change_digest(change);
	return sum ? sum : 1;
}

/* ---- Tried changes ---- */

struct tried {
	uint64_t head;
	const struct change *change;
};

static int compare_tried(const void *a_, const void *b_)
{
	const struct tried *a = a_, *b = b_;

	return a->head < b->head ? -1 : a->head > b->head;
}

/* Both are sorted. */
static bool is_subset(const struct prefix *part, size_t part_n, const struct prefix *all,
		      size_t all_n)
{
	size_t i = 0;

	for (size_t at = 0; i < part_n && at < all_n; at++) {
		int order = prefix_compare(&part[i], &all[at]);

		if (order < 0)
			return false;
		i += order == 0;
	}
	return i == part_n;
}

/* Allowed IPs from several peers are several changes with one head. */
static bool is_in(const struct change *change, const struct tried *tried, size_t n)
{
	struct tried wanted = { .head = hash_head(change) };
	size_t i = array_place(tried, n, sizeof(*tried), &wanted, compare_tried);

	for (; i < n && tried[i].head == wanted.head; i++)
		if (is_subset(change->allowed_ips, change->allowed_ips_n,
			      tried[i].change->allowed_ips, tried[i].change->allowed_ips_n))
			return true;
	return false;
}

bool pending_was_tried(const struct changes *pending, const struct changes *tried)
{
	size_t n = tried->list.n;
	struct tried *sorted;

	if (!pending->list.n)
		return true;
	sorted = arena_alloc(pending->arena, n * sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct tried){ hash_head(&tried->list.at[i]), &tried->list.at[i] };
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_tried);
	vec_each (change, &pending->list)
		if (!change->selector && !is_in(change, sorted, n))
			return false;
	return true;
}

/* ---- Its text ---- */

/* Sixteen digits. */
#define PENDING_FORMAT "%016" PRIx64 "\n"
#define PENDING_LENGTH 17

const char *pending_encode(uint64_t digest, struct arena *arena)
{
	return arena_printf(arena, PENDING_FORMAT, digest);
}

uint64_t pending_decode(const char *text, size_t length)
{
	char copy[PENDING_LENGTH + 1], again[PENDING_LENGTH + 1];
	uint64_t digest;

	if (length != PENDING_LENGTH)
		return 0;
	memcpy(copy, text, PENDING_LENGTH);
	copy[PENDING_LENGTH] = '\0';
	digest = strtoull(copy, NULL, 16);
	snprintf(again, sizeof(again), PENDING_FORMAT, digest);
	return strcmp(copy, again) ? 0 : digest;
}
