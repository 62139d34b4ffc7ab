/* SPDX-License-Identifier: MIT */
/*
 * wg_user: WireGuard as a program of its own (wireguard-go and others), which is
 * configured over the socket DIRECTORY/INTERFACE.sock (/run/wireguard/wg0.sock) by the
 * text protocol of https://www.wireguard.com/xplatform/.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "wireguard.h"

#define WG_USER_SUFFIX ".sock"

/* Longest line of an answer, with its newline: those of the protocol stay below
 * 150 characters. */
#define WG_USER_LINE_MAX 1024

/* Longest answer: a million allowed IPs take about 40 MB. */
#define WG_USER_ANSWER_MAX ((size_t)256 << 20)

/* Whether a program has made a socket for this interface. It need not answer. */
bool wg_user_exists(const char *directory, const char *interface);

/* Whether a program accepts connections for this interface. */
bool wg_user_answers(const char *directory, const char *interface, const struct deadline *deadline);

/* Reads the device into interface, whose name is set; the allowed IPs are allocated
 * in prefixes, all else in arena. The protocol does not give the public key: it
 * stays zero. */
bool wg_user_get(const char *directory, struct observed_interface *interface, struct arena *arena,
		 struct arena *prefixes, const struct deadline *deadline, struct failure *failure);

/* Carries the update out. Prefixes are dropped by way of the throw-away peer:
 * programs older than 2025 take "allowed_ip=-..." for a mistake and stop there. */
bool wg_user_set(const char *directory, const struct wg_update *update, struct arena *arena,
		 const struct deadline *deadline, struct failure *failure);

/* Removes the socket that a program has left behind. */
void wg_user_forget(const char *directory, const char *interface);

/* The pure parts, for tests and fuzzing. */

struct wg_user_reader {
	struct observed_interface *interface;
	struct arena *arena;
	struct arena *prefixes; /* of the allowed IPs */
	struct observed_peer *peer; /* the one that the next lines are about */
	bool has_errno;
	int64_t error; /* the value of errno=, made positive */
	bool complete; /* the empty line that ends an answer was seen */
	char line[WG_USER_LINE_MAX]; /* begun, not ended */
	size_t line_n;
	size_t total;
};

/* Reads the next part of an answer, however it is cut. False, with failure, when
 * it is malformed or too long. interface may be NULL where only errno is wanted. */
bool wg_user_read(struct wg_user_reader *reader, const char *data, size_t size,
		  struct failure *failure);

/* Adds the text of a set operation, with its final empty line. */
void wg_user_write(const struct wg_update *update, struct buffer *text);
