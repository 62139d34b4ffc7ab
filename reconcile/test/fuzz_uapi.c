/* SPDX-License-Identifier: MIT */
/*
 * fuzz_uapi: the answer of a WireGuard program, split at the position in the input's first
 * byte. The result must not depend on the split.
 */
#include "system/wireguard/wg_user.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	struct observed_interface interface;
	bool good;
	bool complete;
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

/* Values that a reader must never accept. */
static void check_peers(const struct observed_interface *interface)
{
	vec_each (peer, &interface->peers) {
		check(peer->handshake.sec >= 0 && peer->handshake.nsec < 1000000000);
		vec_each (prefix, &peer->allowed_ips) {
			check(prefix->length <= family_bits(prefix->ip.family));
			check(!prefix_has_host_bits(prefix));
		}
	}
}

static void read_in_steps(struct result *result, const char *text, size_t size, size_t step,
			  struct arena *arena)
{
	struct wg_user_reader reader = { .interface = &result->interface,
					 .arena = arena,
					 .prefixes = arena };
	struct failure failure;

	*result = (struct result){ .interface = { .name = "wg0" }, .good = true };
	for (size_t at = 0; at < size && result->good && !reader.complete; at += step)
		result->good = wg_user_read(&reader, text + at, size - at < step ? size - at : step,
					    &failure);
	result->complete = reader.complete;
	check_peers(&result->interface);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct result whole, parts;

	if (size > 0) {
		size_t step = data[0] + (size_t)1;

		read_in_steps(&whole, (const char *)data + 1, size - 1, size, arena);
		read_in_steps(&parts, (const char *)data + 1, size - 1, step, arena);
		check(whole.good == parts.good && whole.complete == parts.complete);
		check(whole.interface.peers.n == parts.interface.peers.n);
		check(whole.interface.listen_port == parts.interface.listen_port);
	}
	arena_free(arena);
	return 0;
}
