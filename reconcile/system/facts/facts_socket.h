/* SPDX-License-Identifier: MIT */
/*
 * facts_socket: the UDP sockets of the exchange of facts. systemd passes them (LISTEN_FDS,
 * sd_listen_fds(3)), or a process that runs repeatedly holds its own. A single run without
 * them only sends.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/facts/facts.h"

struct facts_socket {
	int fd;
	uint16_t port; /* local */
	uint32_t index; /* of the interface it is bound to; 0: any */
};

struct facts_sockets {
	struct arena *arena;
	int any; /* an epoll descriptor: readable when a packet waits at one of them */
	VEC(struct facts_socket) list;
};

/* None yet. NULL with errno. */
struct facts_sockets *facts_sockets_new(void);
/* Closes them; also those that were passed. NULL is allowed. */
void facts_sockets_free(struct facts_sockets *sockets);

/* Takes the UDP sockets that systemd passed, once in a process. */
void facts_sockets_take_passed(struct facts_sockets *sockets);

/* Opens the sockets of the interfaces that have facts, exist and have none yet. A port in use
 * is another run's: then only sending works. Returns one line about the first failure
 * (allocated in arena), or NULL. */
const char *facts_sockets_open(struct facts_sockets *sockets, const struct desired *desired,
			       const struct observed *observed, struct arena *arena);

/* Whether a packet waits. */
bool facts_sockets_pending(const struct facts_sockets *sockets);

/* Throws away the packets that wait at sockets that systemd passed: a run that ends early
 * must not be started again by them at once. */
void facts_sockets_discard_passed(void);

/* Takes the packets that wait, and adds those that came from link-local addresses by an
 * interface with facts. */
void facts_sockets_receive(struct facts_sockets *sockets, const struct desired *desired,
			   const struct observed *observed, struct facts_packets *packets,
			   struct arena *arena);

/* Seals and sends the messages. Peers that cannot be reached are passed over. Returns one line
 * about the first other failure (allocated in arena), or NULL. */
const char *facts_sockets_send(struct facts_sockets *sockets, const struct facts_messages *messages,
			       const struct observed *observed, const struct deadline *deadline,
			       struct arena *arena);
