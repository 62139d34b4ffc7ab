/* SPDX-License-Identifier: MIT */
/*
 * fact_member: the metadata of a FACT_MEMBER_METADATA fact. Attributes of other meanings are
 * kept when such a fact is passed on, because its bytes are.
 *
 * (attribute (1 byte) | length (uvarint) | bytes)*, each attribute at most once
 */
#pragma once

#include "fact.h"

/* Bytes of metadata (wirelink's limit). */
#define FACT_METADATA_MAX ((size_t)1 << 20)

struct fact_member {
	const char *name; /* NULL: none or empty; see text_from_utf8() */
	bool has_basic; /* basic is given */
	bool basic; /* the peer knows nothing of facts */
};

/* False if bytes are invalid metadata. The name is allocated in arena. */
bool fact_member_decode(struct fact_bytes bytes, struct fact_member *member, struct arena *arena);

/* The bytes for a name (NULL or empty: none) and basic, allocated in arena, as wirelink
 * encodes them. The name must be UTF-8; wirelink recommends at most 16 bytes, all printable. */
struct fact_bytes fact_member_encode(const struct fact_member *member, struct arena *arena);
