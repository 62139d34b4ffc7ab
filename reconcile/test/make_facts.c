/* SPDX-License-Identifier: MIT */
/*
 * make_facts: prints packets of random facts for another program to decode, in the form of
 * wirelink_packets.json.
 *
 * usage: make_facts COUNT
 */
#include "base/json.h"
#include "base/random.h"
#include "core/facts/fact_group.h"
#include "fact_line.h"

#include <sodium.h>
#include <stdlib.h>
#include <sysexits.h>

static const char *const node_names[] = { "a", "b", "c" };

#define NODES (sizeof(node_names) / sizeof(node_names[0]))

struct node {
	struct wg_key private_key, public_key;
};

static struct random random_numbers;

static uint64_t below(uint64_t number)
{
	return random_below(&random_numbers, number);
}

static void fill(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)below(256);
}

static struct ip some_ip(enum family family)
{
	struct ip ip = { .family = family };

	/* Often with zeros at the end. */
	fill(ip.b, 1 + below(family_bytes(family)));
	ip.b[0] |= 0x20;
	return ip;
}

static struct fact_bytes some_metadata(struct arena *arena)
{
	static const char *const names[] = {
		NULL,
		"hub",
		"b\303\274ro",
		"\360\237\232\200",
		"a name of more than one hundred and twenty-seven bytes, which is what a length of one "
		"byte can count; this one has some thirty more than that",
	};
	struct fact_member member = {
		.name = names[below(sizeof(names) / sizeof(names[0]))],
		.has_basic = below(2),
		.basic = below(2),
	};

	return fact_member_encode(&member, arena);
}

static struct fact some_fact(struct arena *arena)
{
	static const char attributes[] = { '!', 'e', 'E', 'a', 'A', 'm', 'M' };
	static const uint32_t ttls[] = { 0, 1, 127, 128, 254, 255, 16383, 16384, FACT_TTL_MAX };
	struct fact fact = {
		.attribute = (enum fact_attribute)attributes[below(sizeof(attributes))],
		.ttl = ttls[below(sizeof(ttls) / sizeof(ttls[0]))],
	};
	enum family family = fact.attribute == FACT_ENDPOINT_V4 ||
					     fact.attribute == FACT_ALLOWED_IP_V4
				     ? FAMILY_IPV4
				     : FAMILY_IPV6;
	struct prefix prefix = { some_ip(family), (uint8_t)below(family_bits(family) + 1) };

	fill(fact.subject.b, KEY_LENGTH);
	if (fact.attribute == FACT_ALIVE)
		fill(fact.boot_id, FACT_BOOT_ID_LENGTH);
	else if (fact.attribute == FACT_ENDPOINT_V4 || fact.attribute == FACT_ENDPOINT_V6)
		fact.endpoint = (struct endpoint){ prefix.ip, (uint16_t)below(65536), 0 };
	else if (fact.attribute == FACT_ALLOWED_IP_V4 || fact.attribute == FACT_ALLOWED_IP_V6)
		fact.prefix = prefix_mask(prefix);
	else if (fact.attribute == FACT_MEMBER_METADATA)
		fact.metadata = some_metadata(arena);
	return fact;
}

/* As many facts as have room, sometimes fewer, sometimes none. */
static size_t write_facts(uint8_t inner[FACT_GROUP_MAX], json_t *lines, struct arena *arena)
{
	uint64_t count = below(2) ? FACT_GROUP_MAX : below(4);
	size_t n = 0;

	while (count--) {
		struct fact fact = some_fact(arena);

		if (fact_size(&fact) > FACT_GROUP_MAX - n)
			break;
		n += fact_encode(&fact, inner + n);
		json_add(lines, json_text(fact_line(&fact, arena), arena));
	}
	return n;
}

static json_t *packet_for(const struct node *nodes, size_t from, size_t to, struct arena *arena)
{
	json_t *packet = json_made(json_object());
	json_t *lines = json_made(json_array());
	uint8_t inner[FACT_GROUP_MAX], bytes[FACT_PACKET_MAX], nonce[FACT_NONCE_LENGTH];
	char hex[2 * FACT_PACKET_MAX + 1];
	size_t n = write_facts(inner, lines, arena);

	fill(nonce, sizeof(nonce));
	n = fact_group_seal(inner, n, &nodes[from].private_key, &nodes[from].public_key,
			    &nodes[to].public_key, NULL, nonce, bytes);
	sodium_bin2hex(hex, sizeof(hex), bytes, n);
	json_put(packet, "to", json_text(node_names[to], arena));
	json_put(packet, "from", json_text(node_names[from], arena));
	json_put(packet, "facts", lines);
	json_put(packet, "payload", json_text(hex, arena));
	return packet;
}

static json_t *make_nodes(struct node nodes[NODES])
{
	json_t *keys = json_made(json_object());

	for (size_t i = 0; i < NODES; i++) {
		json_t *pair = json_made(json_object());

		fill(nodes[i].private_key.b, KEY_LENGTH);
		if (crypto_scalarmult_base(nodes[i].public_key.b, nodes[i].private_key.b))
			exit(EX_SOFTWARE);
		json_put(pair, "private", json_key(&nodes[i].private_key));
		json_put(pair, "public", json_key(&nodes[i].public_key));
		json_put(keys, node_names[i], pair);
	}
	return keys;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	json_t *all = json_made(json_object());
	json_t *packets = json_made(json_array());
	struct node nodes[NODES];

	if (argc != 2)
		return EX_USAGE;
	random_seed(&random_numbers, 1);
	json_put(all, "keys", make_nodes(nodes));
	for (long count = strtol(argv[1], NULL, 10); count > 0; count--) {
		size_t from = below(NODES);

		json_add(packets,
			 packet_for(nodes, from, (from + 1 + below(NODES - 1)) % NODES, arena));
	}
	json_put(all, "packets", packets);
	json_print(stdout, all);
	arena_free(arena);
	return EX_OK;
}
