/* SPDX-License-Identifier: MIT */
/*
 * wg_user: userspace WireGuard (wireguard-go and others), configured over the socket
 * DIRECTORY/INTERFACE.sock (/run/wireguard/wg0.sock) by the text protocol of
 * https://www.wireguard.com/xplatform/.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "wireguard.h"

#define WG_USER_SUFFIX ".sock"

/* Longest line of an answer, with its newline: the protocol's lines have less than 150
 * characters. */
#define WG_USER_LINE_MAX 1024

/* Longest answer: a million allowed IPs take about 40 MB. */
#define WG_USER_ANSWER_MAX ((size_t)256 << 20)

/* Whether a program has made a socket for this interface. The program may not answer. */
bool wg_user_exists(const char *directory, const char *interface);

/* Whether a program accepts connections for this interface. */
bool wg_user_answers(const char *directory, const char *interface, const struct deadline *deadline);

/* Reads the device into interface, whose name is set; the allowed IPs are allocated in
 * prefixes, all else in arena. The protocol does not report the public key: it stays zero. */
bool wg_user_get(const char *directory, struct observed_interface *interface, struct arena *arena,
		 struct arena *prefixes, const struct deadline *deadline, struct failure *failure);

/* Applies the update. Prefixes are removed with the dummy peer: programs older than 2025
 * reject "allowed_ip=-..." and stop there. */
bool wg_user_set(const char *directory, const struct wg_update *update, struct arena *arena,
		 const struct deadline *deadline, struct failure *failure);

/* Removes the socket left behind by a program. */
void wg_user_forget(const char *directory, const char *interface);

/* The pure parts, for tests and fuzzing. */

struct wg_user_reader {
	struct observed_interface *interface;
	struct arena *arena;
	struct arena *prefixes; /* of the allowed IPs */
	struct observed_peer *peer; /* the peer of the next lines */
	bool has_errno;
	int64_t error; /* the value of errno=, made positive */
	bool complete; /* the empty line that ends an answer was seen */
	char line[WG_USER_LINE_MAX]; /* an incomplete line */
	size_t line_n;
	size_t total;
};

/* Parses the next part of an answer, split at any point. False, with failure, if it is
 * malformed or too long. interface may be NULL if only errno is needed. */
bool wg_user_read(struct wg_user_reader *reader, const char *data, size_t size,
		  struct failure *failure);

/* Adds the text of a set operation, with the final empty line. */
void wg_user_write(const struct wg_update *update, struct buffer *text);
