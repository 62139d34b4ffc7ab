/* SPDX-License-Identifier: MIT */
#include "fact_member.h"

#include "base/text.h"

enum {
	NAME = 'n',
	BASIC = 'b',
};

static bool read_known(uint8_t attribute, struct fact_bytes value, struct fact_member *member,
		       struct arena *arena)
{
	if (attribute == NAME) {
		const char *name = text_from_utf8(arena, value.at, value.n);

		member->name = name && *name ? name : NULL;
		return name != NULL;
	}
	if (attribute == BASIC) {
		if (value.n != 1 || *value.at > 1)
			return false;
		member->has_basic = true;
		member->basic = *value.at;
	}
	return true;
}

bool fact_member_decode(struct fact_bytes bytes, struct fact_member *member, struct arena *arena)
{
	bool present[UINT8_MAX + 1] = { false };
	struct fact_bytes attribute, value;
	uint64_t n;

	*member = (struct fact_member){ 0 };
	if (bytes.n > FACT_METADATA_MAX)
		return false;
	while (fact_bytes_take(&bytes, 1, &attribute)) {
		if (present[*attribute.at] || !fact_bytes_number(&bytes, &n) ||
		    !fact_bytes_take(&bytes, n, &value) ||
		    !read_known(*attribute.at, value, member, arena))
			return false;
		present[*attribute.at] = true;
	}
	return true;
}

static void put(uint8_t *out, size_t *at, uint8_t attribute, const void *value, size_t n)
{
	out[(*at)++] = attribute;
	*at += fact_number_write(n, out + *at);
	memcpy(out + *at, value, n);
	*at += n;
}

struct fact_bytes fact_member_encode(const struct fact_member *member, struct arena *arena)
{
	size_t name = member->name ? strlen(member->name) : 0;
	uint8_t *out = arena_alloc(arena, 2 * (1 + FACT_NUMBER_MAX) + name + 1);
	uint8_t basic = member->basic;
	size_t n = 0;

	/* The name comes first, the others in their order. */
	if (name)
		put(out, &n, NAME, member->name, name);
	if (member->has_basic)
		put(out, &n, BASIC, &basic, 1);
	return (struct fact_bytes){ out, n };
}
