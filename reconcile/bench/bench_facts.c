/* SPDX-License-Identifier: MIT */
/*
 * bench_facts: what the exchange of facts costs a router, in processor time.
 *
 * usage: bench_facts [PEERS]    default: 1000
 *
 * Each peer has three facts: an endpoint, an allowed IP and a name. Measured are a run with
 * nothing new (the notes are read, everything is judged, and the notes are made again), the
 * reception of one packet of three facts from each peer, and the sending of all facts to one
 * peer and of one packet to each. The ratio is to the one X25519 multiplication for each peer
 * that receiving and sending cannot do without. The medians of five are printed, and the size
 * of the notes.
 */
#include "core/desired/desired_yaml.h"
#include "core/facts/fact_group.h"
#include "core/facts/fact_member.h"
#include "core/facts/facts.h"
#include "system/wireguard/key_public.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES 5
#define BOOT_ID "11111111-2222-3333-4444-555555555555"
#define WALL_OFFSET INT64_C(1700000000000)

struct peer {
	struct wg_key private_key, public_key;
	struct facts_packet packet;
};

struct bench {
	struct arena *arena;
	size_t n;
	struct peer *peers;
	struct wg_key private_key, public_key;
	const char *yaml;
	const char *notes; /* as the file */
	msec_t now;
	uint64_t nonce;
};

struct result {
	double step, decode, encode, send;
	size_t messages;
	bool changed;
	const char *notes;
};

static double cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_facts: %s\n", what);
	exit(1);
}

/* ---- The network ---- */

static struct ip inner_address(size_t i)
{
	return (struct ip){ FAMILY_IPV4, { 10, 9, (uint8_t)(i >> 8), (uint8_t)i } };
}

static void make_packet(struct bench *bench, size_t i)
{
	struct peer *peer = &bench->peers[i];
	const struct fact_member member = { .name = arena_printf(bench->arena, "node%zu", i) };
	const struct fact facts[] = {
		{ .attribute = FACT_ENDPOINT_V4,
		  .ttl = 254,
		  .subject = peer->public_key,
		  .endpoint = { .ip = { FAMILY_IPV4, { 198, 51, (uint8_t)(i >> 8), (uint8_t)i } },
				.port = 51820 } },
		{ .attribute = FACT_ALLOWED_IP_V4,
		  .ttl = 254,
		  .subject = peer->public_key,
		  .prefix = { inner_address(i + 1), 32 } },
		{ .attribute = FACT_MEMBER_METADATA,
		  .ttl = 254,
		  .subject = peer->public_key,
		  .metadata = fact_member_encode(&member, bench->arena) },
	};
	uint8_t inner[FACT_GROUP_MAX], nonce[FACT_NONCE_LENGTH] = { 0 };
	uint8_t *packet = arena_alloc(bench->arena, FACT_PACKET_MAX);
	size_t n = 0;

	for (size_t j = 0; j < sizeof(facts) / sizeof(facts[0]); j++)
		n += fact_encode(&facts[j], inner + n);
	bench->nonce++;
	memcpy(nonce, &bench->nonce, sizeof(bench->nonce));
	n = fact_group_seal(inner, n, &peer->private_key, &peer->public_key, &bench->public_key,
			    NULL, nonce, packet);
	peer->packet = (struct facts_packet){ "wg0", fact_address(&peer->public_key), packet, n };
}

static void make_network(struct bench *bench)
{
	char *yaml = arena_strdup(bench->arena, "version: 1\ninterfaces:\n  wg0:\n    listen_port: "
						"51820\n    facts: {router: true}\n    peers:\n");
	size_t length = strlen(yaml), room = length + bench->n * 200 + 1;
	char *text = arena_alloc(bench->arena, room), key[KEY_TEXT_MAX];

	memcpy(text, yaml, length);
	memset(bench->private_key.b, 0x5a, KEY_LENGTH);
	key_public(&bench->private_key, &bench->public_key);
	bench->peers = arena_alloc(bench->arena, bench->n * sizeof(*bench->peers));
	for (size_t i = 0; i < bench->n; i++) {
		struct peer *peer = &bench->peers[i];

		for (size_t j = 0; j < sizeof(i); j++)
			peer->private_key.b[j + 8] = (uint8_t)(i >> (8 * j));
		peer->private_key.b[0] = 8;
		peer->private_key.b[31] = 64;
		key_public(&peer->private_key, &peer->public_key);
		length += (size_t)snprintf(text + length, room - length,
					   "      p%zu: {public_key: %s, trust: membership}\n", i,
					   key_text(&peer->public_key, key));
	}
	bench->yaml = text;
	for (size_t i = 0; i < bench->n; i++)
		make_packet(bench, i);
}

static struct desired *parse(struct bench *bench)
{
	struct diags diags = { .arena = bench->arena };
	const struct source source = { .file = "bench.yaml",
				       .text = bench->yaml,
				       .length = strlen(bench->yaml) };
	struct desired *desired = desired_parse(&source, 1, "bench", &diags);

	if (!desired)
		die("the desired state has errors");
	return desired;
}

static void observe(struct bench *bench, struct observed *observed)
{
	struct observed_interface *interface;

	*observed = (struct observed){ .arena = bench->arena };
	observed->now = (struct now){ bench->now, bench->now + WALL_OFFSET, BOOT_ID };
	interface = vec_push(bench->arena, &observed->interfaces);
	interface->name = "wg0";
	interface->kind = LINK_WIREGUARD;
	interface->index = 2;
	interface->up = interface->has_private_key = true;
	interface->private_key = bench->private_key;
	interface->public_key = bench->public_key;
	interface->listen_port = 51820;
	for (size_t i = 0; i < bench->n; i++) {
		struct observed_peer *peer = vec_push(bench->arena, &interface->peers);

		peer->public_key = bench->peers[i].public_key;
		peer->has_endpoint = true;
		peer->endpoint = (struct endpoint){
			.ip = { FAMILY_IPV4, { 192, 0, (uint8_t)(i >> 8), (uint8_t)i } },
			.port = 51820
		};
		peer->handshake.sec = (bench->now + WALL_OFFSET) / 1000 - 20;
		*vec_push(bench->arena, &peer->allowed_ips) = (struct prefix){ inner_address(i + 1),
									       32 };
	}
	observed_sort(observed);
}

/* ---- One run ---- */

static void run(struct bench *bench, const struct facts_packets *packets, struct result *result)
{
	struct facts *facts = arena_alloc(bench->arena, sizeof(*facts));
	struct facts_messages messages = { 0 };
	struct facts_store before;
	struct observed observed;
	struct samples samples;
	struct facts_input input = { .desired = parse(bench),
				     .samples = &samples,
				     .observed = &observed,
				     .before = &before,
				     .packets = packets };
	double at;

	samples_init(&samples, bench->arena);
	observe(bench, &observed);
	at = cpu_ms();
	if (bench->notes && facts_store_decode(bench->notes, strlen(bench->notes), &observed.now,
					       &before, bench->arena))
		die("the notes are not readable");
	if (!bench->notes)
		facts_store_init(&before, bench->arena);
	result->decode = cpu_ms() - at;
	at = cpu_ms();
	facts_step(facts, bench->arena, &input);
	facts_apply(facts, &input);
	result->step = cpu_ms() - at;
	at = cpu_ms();
	facts_send(facts, &observed, &messages);
	for (size_t i = 0; i < messages.list.n && i < bench->n; i++) {
		const struct facts_message *message = &messages.list.at[i];
		uint8_t packet[FACT_PACKET_MAX], nonce[FACT_NONCE_LENGTH];

		randombytes_buf(nonce, sizeof(nonce));
		fact_group_seal(message->inner, message->n, &bench->private_key, &bench->public_key,
				&message->to, NULL, nonce, packet);
	}
	result->send = cpu_ms() - at;
	result->messages = messages.list.n;
	at = cpu_ms();
	result->notes = facts_store_encode(&facts->store, bench->arena);
	result->encode = cpu_ms() - at;
	result->changed = facts->changed;
}

/* ---- The jobs ---- */

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static double median(double *values)
{
	qsort(values, SAMPLES, sizeof(*values), compare);
	return values[SAMPLES / 2];
}

static double multiplications(const struct bench *bench)
{
	double at = cpu_ms();

	for (size_t i = 0; i < bench->n; i++) {
		uint8_t shared[32];

		if (crypto_scalarmult(shared, bench->private_key.b, bench->peers[i].public_key.b))
			die("a bad key");
	}
	return cpu_ms() - at;
}

int main(int argc, char **argv)
{
	struct bench bench = { .arena = arena_new(),
			       .n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000,
			       .now = 1000000 };
	double least[SAMPLES], idle[SAMPLES], receive[SAMPLES], send[SAMPLES];
	struct facts_packets all = { 0 }, none = { 0 };
	struct result result = { 0 };
	size_t size;

	if (sodium_init() < 0 || !bench.n)
		die("usage: bench_facts [PEERS]");
	make_network(&bench);
	for (size_t i = 0; i < bench.n; i++)
		*vec_push(bench.arena, &all.list) = bench.peers[i].packet;
	for (int i = 0; i < SAMPLES; i++) {
		bench.notes = NULL;
		bench.now = 1000000;
		least[i] = multiplications(&bench);
		run(&bench, &all, &result);
		receive[i] = result.step;
		send[i] = result.send;
		bench.notes = result.notes;
		bench.now += 5000;
		run(&bench, &none, &result);
		if (result.messages || result.changed)
			die("a run with nothing new sends or writes something");
		idle[i] = result.decode + result.step + result.send;
	}
	if (getenv("PARTS"))
		fprintf(stderr, "decode %.1f step %.1f send %.1f encode %.1f\n", result.decode,
			result.step, result.send, result.encode);
	size = strlen(bench.notes);
	printf("Facts of %zu peers, three each, ms of processor time (and of X25519 alone)\n",
	       bench.n);
	printf("  nothing new               %8.1f\n", median(idle));
	printf("  receive one packet each   %8.1f  %.1f times\n", median(receive),
	       median(receive) / median(least));
	printf("  send one packet each      %8.1f  %.1f times\n", median(send),
	       median(send) / median(least));
	printf("  notes                     %8.1f KiB\n", (double)size / 1024);
	arena_free(bench.arena);
	return 0;
}
