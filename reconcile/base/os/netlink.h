/* SPDX-License-Identifier: MIT */
/*
 * netlink: requests to the kernel over one socket, by libmnl. Extended
 * acknowledgements are read, dumps are filtered by the kernel where it can
 * (strict checking) and repeated when they were interrupted, and messages that
 * change something go many at a time, each with its own acknowledgement.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "deadline.h"
#include "failure.h"

#include <libmnl/libmnl.h>
#include <stdalign.h>
#include <sys/socket.h>

/* The kernel fills a dump's messages up to 32 KiB if the receiver's buffer is that large
 * (netlink_dump(), net/netlink/af_netlink.c); libmnl's default is a page. */
#define NETLINK_BUFFER ((size_t)64 << 10)

/* Messages of one batch: their acknowledgements wait in the receive buffer, about
 * 1 KiB each as the kernel counts, and must fit into net.core.rmem_default
 * (212,992). */
#define NETLINK_BATCH_MESSAGES 128

/* Attempts at a dump that is interrupted by changes. */
#define NETLINK_DUMP_ATTEMPTS 10

struct netlink;

/* The socket is opened on first use. Free with netlink_close(), which also wipes the
 * received data. */
struct netlink *netlink_open(int protocol);
void netlink_close(struct netlink *netlink);

/* Dump parts grow as the kernel chooses between NETLINK_ROOM_MIN, which it always accepts,
 * and NETLINK_BUFFER, the initial value. */
#define NETLINK_ROOM_MIN ((size_t)8192)
void netlink_set_room(struct netlink *netlink, size_t room);

/* A small request. */
struct netlink_message {
	alignas(struct nlmsghdr) char buffer[512];
};

/* Begins a message: NLM_F_REQUEST is added to flags; header is the fixed part
 * that follows struct nlmsghdr. */
struct nlmsghdr *netlink_message_begin(struct netlink_message *message, uint16_t type,
				       uint16_t flags, const void *header, size_t header_size);

/* Receiver of a request's answer. */
struct netlink_receiver {
	/* Called before each attempt at a dump: discard earlier messages. */
	void (*begin)(void *data);
	/* Each message of the answer; false when it is malformed. */
	bool (*message)(const struct nlmsghdr *message, void *data);
	void *data;
};

/* Sends request and passes its answer on, up to the end of the dump (NLM_F_DUMP) or its
 * acknowledgement (add NLM_F_ACK). */
bool netlink_request(struct netlink *netlink, struct nlmsghdr *request,
		     const struct netlink_receiver *receiver, const struct deadline *deadline,
		     struct failure *failure);

/* Messages that are sent together. */
struct netlink_batch {
	size_t used; /* by whole messages */
	unsigned messages;
	struct nlmsghdr *open; /* the last one, to which attributes may still be added */
	struct failure results[NETLINK_BATCH_MESSAGES]; /* after sending */
	alignas(struct nlmsghdr) char buffer[NETLINK_BUFFER];
};

struct netlink_batch *netlink_batch_new(struct arena *arena);
void netlink_batch_clear(struct netlink_batch *batch);

/* Begins the next message, with NLM_F_REQUEST added to flags. NULL
 * when it might not fit: send the batch first. */
struct nlmsghdr *netlink_batch_begin(struct netlink_batch *batch, uint16_t type, uint16_t flags,
				     const void *header, size_t header_size);

/* Sends all of them and waits for all acknowledgements. results[i] is the result of the i-th
 * message. false, with the first failure, when any message failed. The batch is unchanged. */
bool netlink_batch_send(struct netlink *netlink, struct netlink_batch *batch,
			const struct deadline *deadline, struct failure *failure);

/* Processes one datagram for netlink_request(): the pure part, for tests. Returns true when
 * the answer is complete; failure->code is the result. */
struct netlink_answer {
	uint32_t sequence;
	uint32_t port;
	bool interrupted; /* NLM_F_DUMP_INTR was seen */
	const struct netlink_receiver *receiver;
};
bool netlink_answer_read(struct netlink_answer *answer, const void *datagram, size_t size,
			 struct failure *failure);

/* The whole message at *at, which is advanced past the message; NULL when there is none.
 * Stricter than mnl_nlmsg_ok(), which accepts lengths of 2 GiB and more as negative, and
 * than mnl_attr_for_each(), which requires the padding of the last message. */
const struct nlmsghdr *netlink_next(const void *datagram, size_t size, size_t *at);

/* Attributes with exactly this payload; false for other sizes. */
bool netlink_u8(const struct nlattr *attribute, uint8_t *value);
bool netlink_u16(const struct nlattr *attribute, uint16_t *value);
bool netlink_u32(const struct nlattr *attribute, uint32_t *value);
bool netlink_u64(const struct nlattr *attribute, uint64_t *value);
bool netlink_bytes(const struct nlattr *attribute, void *value, size_t size);

/* The text of a string attribute, NULL when it is not terminated. */
const char *netlink_string(const struct nlattr *attribute);

/* mnl_attr_put*() for messages in a struct netlink_message or netlink_batch, whose
 * attributes are few and small: they always fit. */
void netlink_put(struct nlmsghdr *message, uint16_t type, const void *data, size_t size);
void netlink_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t value);
void netlink_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value);
void netlink_put_string(struct nlmsghdr *message, uint16_t type, const char *text);

/* ---- Addresses ---- */

static inline uint8_t af_of(enum family family)
{
	return family == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

/* FAMILY_NONE for all others. */
static inline enum family family_of(int af)
{
	if (af == AF_INET)
		return FAMILY_IPV4;
	return af == AF_INET6 ? FAMILY_IPV6 : FAMILY_NONE;
}

/* The address, whose family is set, from an attribute of its size. */
static inline bool netlink_ip(const struct nlattr *attribute, struct ip *ip)
{
	return netlink_bytes(attribute, ip->b, family_bytes(ip->family));
}
