/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Space that netlink_batch_begin() reserves for one more message; this tool's rtnetlink
 * messages are shorter than 256 bytes. */
#define BATCH_MESSAGE_ROOM 512

/* MAX_ERRNO (include/linux/err.h). */
#define ERRNO_MAX 4095

struct netlink {
	int protocol;
	struct mnl_socket *socket; /* NULL: not open (yet, or after a failure) */
	uint32_t sequence; /* of the latest message */
	size_t received; /* used bytes of buffer; the rest is never touched */
	size_t room; /* bytes of buffer that a datagram may take */
	alignas(struct nlmsghdr) char buffer[NETLINK_BUFFER];
};

struct netlink *netlink_open(int protocol)
{
	struct netlink *netlink = malloc(sizeof(*netlink));

	if (!netlink)
		return NULL;
	netlink->protocol = protocol;
	netlink->socket = NULL;
	netlink->sequence = 0;
	netlink->received = 0;
	netlink->room = sizeof(netlink->buffer);
	return netlink;
}

/* Pending messages of the socket (the rest of a dump, unread acknowledgements) are discarded
 * with it. */
static void socket_drop(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	socket_drop(netlink);
	explicit_bzero(netlink->buffer, netlink->received);
	free(netlink);
}

/* The kernel keeps the largest buffer that a socket has offered. */
void netlink_set_room(struct netlink *netlink, size_t room)
{
	if (room == netlink->room)
		return;
	socket_drop(netlink);
	netlink->room = room;
}

/* Older kernels lack some of these options; everything works without them. */
static void socket_options(struct mnl_socket *socket)
{
	int on = 1;

	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
}

static bool socket_ready(struct netlink *netlink, struct failure *failure)
{
	if (netlink->socket)
		return true;
	netlink->socket = mnl_socket_open2(netlink->protocol, SOCK_CLOEXEC);
	if (!netlink->socket)
		return failure_set(failure, errno, "netlink socket");
	if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		failure_set(failure, errno, "netlink socket");
		socket_drop(netlink);
		return false;
	}
	socket_options(netlink->socket);
	return true;
}

static bool send_all(struct netlink *netlink, const void *data, size_t size,
		     struct failure *failure)
{
	ssize_t sent;

	do {
		sent = mnl_socket_sendto(netlink->socket, data, size);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		failure_set(failure, errno, "netlink send");
		socket_drop(netlink);
		return false;
	}
	return true;
}

static bool wait_readable(int fd, const struct deadline *deadline, struct failure *failure)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ready;

	do {
		ready = poll(&pollfd, 1, deadline_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return failure_set(failure, errno, "netlink poll");
	if (ready == 0)
		return failure_set_deadline(failure);
	return true;
}

/* One datagram of the kernel's into the buffer; its size, or -1. Those of other processes,
 * which may send to any port, are skipped. */
static ssize_t receive(struct netlink *netlink, const struct deadline *deadline,
		       struct failure *failure)
{
	int fd = mnl_socket_get_fd(netlink->socket);

	for (;;) {
		struct sockaddr_nl sender = { .nl_family = AF_NETLINK };
		struct iovec vector = { .iov_base = netlink->buffer, .iov_len = netlink->room };
		struct msghdr header = { .msg_name = &sender,
					 .msg_namelen = sizeof(sender),
					 .msg_iov = &vector,
					 .msg_iovlen = 1 };
		ssize_t size;

		size = recvmsg(fd, &header, MSG_DONTWAIT);
		if (size < 0 && errno == EINTR)
			continue;
		/* Usually the kernel has already answered. */
		if (size < 0 && errno == EAGAIN) {
			if (wait_readable(fd, deadline, failure))
				continue;
			break;
		}
		if (size < 0) {
			failure_set(failure, errno, "netlink receive");
			break;
		}
		if ((size_t)size > netlink->received)
			netlink->received = (size_t)size;
		if (header.msg_namelen != sizeof(sender) || sender.nl_pid != 0)
			continue;
		if (header.msg_flags & MSG_TRUNC) {
			failure_set(failure, EMSGSIZE, "netlink receive");
			break;
		}
		return size;
	}
	socket_drop(netlink);
	return -1;
}

static struct nlmsghdr *put_header(char *buffer, uint16_t type, uint16_t flags, const void *header,
				   size_t header_size)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(message, header_size), header, header_size);
	return message;
}

struct nlmsghdr *netlink_message_begin(struct netlink_message *message, uint16_t type,
				       uint16_t flags, const void *header, size_t header_size)
{
	memset(message, 0, sizeof(*message));
	return put_header(message->buffer, type, flags, header, header_size);
}

/* The text among the attributes that follow offset bytes of payload. */
static void extended_text(const struct nlmsghdr *message, size_t offset, struct failure *failure)
{
	const struct nlattr *attribute;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) || mnl_nlmsg_get_payload_len(message) < offset)
		return;
	mnl_attr_for_each(attribute, message, offset)
	{
		const char *text = NULL;

		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
			text = netlink_string(attribute);
		if (text)
			failure_set(failure, failure->code, "%s", text);
	}
}

/* The kernel reports -errno, or 0. */
static int errno_of(int code)
{
	if (code > 0 || code < -ERRNO_MAX)
		return EBADMSG;
	return -code;
}

/* An NLMSG_ERROR: an acknowledgement when its code is 0. */
static void read_error(const struct nlmsghdr *message, struct failure *failure)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error)) {
		failure_set(failure, EBADMSG, "netlink acknowledgement too short");
		return;
	}
	failure_set(failure, errno_of(error->error), "%s", "");
	/* Without NLM_F_CAPPED the whole failed request comes before the attributes. */
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > NLMSG_HDRLEN)
		offset += MNL_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	if (failure->code)
		extended_text(message, offset, failure);
}

/* The end of a dump, which has an error code of its own. */
static void read_done(const struct nlmsghdr *message, struct failure *failure)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	failure_set(failure, errno_of(code), "%s", "");
	if (failure->code)
		extended_text(message, sizeof(code), failure);
}

/* One message; true when it ends the answer. */
static bool answer_message(struct netlink_answer *answer, const struct nlmsghdr *message,
			   struct failure *failure)
{
	if (message->nlmsg_seq != answer->sequence || message->nlmsg_pid != answer->port)
		return false;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (message->nlmsg_type) {
	case NLMSG_NOOP:
		return false;
	case NLMSG_ERROR:
		read_error(message, failure);
		return true;
	case NLMSG_DONE:
		read_done(message, failure);
		return true;
	case NLMSG_OVERRUN:
		failure_set(failure, EOVERFLOW, "netlink answer lost");
		return true;
	}
	if (answer->receiver->message(message, answer->receiver->data))
		return false;
	failure_set(failure, EBADMSG, "the kernel's answer is malformed");
	return true;
}

const struct nlmsghdr *netlink_next(const void *datagram, size_t size, size_t *at)
{
	const struct nlmsghdr *message = (const void *)((const char *)datagram + *at);

	if (*at > size || size - *at < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    MNL_ALIGN((size_t)message->nlmsg_len) > size - *at)
		return NULL;
	*at += MNL_ALIGN((size_t)message->nlmsg_len);
	return message;
}

bool netlink_answer_read(struct netlink_answer *answer, const void *datagram, size_t size,
			 struct failure *failure)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(datagram, size, &at))) {
		if (answer_message(answer, message, failure))
			return true;
	}
	return false;
}

/* One attempt at a request. */
static bool request_once(struct netlink *netlink, struct nlmsghdr *request,
			 struct netlink_answer *answer, const struct deadline *deadline,
			 struct failure *failure)
{
	ssize_t size;

	if (!socket_ready(netlink, failure))
		return false;
	request->nlmsg_seq = ++netlink->sequence;
	answer->sequence = request->nlmsg_seq;
	answer->port = mnl_socket_get_portid(netlink->socket);
	answer->interrupted = false;
	if (answer->receiver->begin)
		answer->receiver->begin(answer->receiver->data);
	if (!send_all(netlink, request, request->nlmsg_len, failure))
		return false;
	do {
		size = receive(netlink, deadline, failure);
		if (size < 0)
			return false;
	} while (!netlink_answer_read(answer, netlink->buffer, (size_t)size, failure));
	if (failure->code == EBADMSG)
		socket_drop(netlink);
	return failure->code == 0;
}

bool netlink_request(struct netlink *netlink, struct nlmsghdr *request,
		     const struct netlink_receiver *receiver, const struct deadline *deadline,
		     struct failure *failure)
{
	struct netlink_answer answer = { .receiver = receiver };

	for (int i = 0; i < NETLINK_DUMP_ATTEMPTS; i++) {
		failure_set(failure, 0, "%s", "");
		if (!request_once(netlink, request, &answer, deadline, failure))
			return false;
		if (!answer.interrupted)
			return true;
	}
	return failure_set(failure, EAGAIN, "it changed during each of %d attempts to read it",
			   NETLINK_DUMP_ATTEMPTS);
}

struct netlink_batch *netlink_batch_new(struct arena *arena)
{
	return arena_alloc(arena, sizeof(struct netlink_batch));
}

static void batch_finish(struct netlink_batch *batch)
{
	if (batch->open)
		batch->used += MNL_ALIGN(batch->open->nlmsg_len);
	batch->open = NULL;
}

/* The bytes are wiped, because private keys may be among them. */
void netlink_batch_clear(struct netlink_batch *batch)
{
	batch_finish(batch);
	explicit_bzero(batch->buffer, batch->used);
	batch->used = 0;
	batch->messages = 0;
}

struct nlmsghdr *netlink_batch_begin(struct netlink_batch *batch, uint16_t type, uint16_t flags,
				     const void *header, size_t header_size)
{
	batch_finish(batch);
	if (batch->messages == NETLINK_BATCH_MESSAGES ||
	    sizeof(batch->buffer) - batch->used < BATCH_MESSAGE_ROOM)
		return NULL;
	batch->messages++;
	batch->open = put_header(batch->buffer + batch->used, type, flags, header, header_size);
	return batch->open;
}

/* Numbers the messages; returns the first sequence number. The kernel processes them in
 * order, and reports each that fails or requests an acknowledgement (netlink_rcv_skb(),
 * net/netlink/af_netlink.c): so after the last one's answer all earlier ones without an
 * answer are done. */
static uint32_t batch_number(struct netlink *netlink, struct netlink_batch *batch)
{
	uint32_t first = netlink->sequence + 1;
	struct nlmsghdr *last = NULL;

	for (size_t at = 0; at < batch->used;) {
		struct nlmsghdr *message = (struct nlmsghdr *)(batch->buffer + at);

		message->nlmsg_seq = ++netlink->sequence;
		at += MNL_ALIGN(message->nlmsg_len);
		last = message;
	}
	if (last)
		last->nlmsg_flags |= NLM_F_ACK;
	return first;
}

/* Parses the answers in one datagram. */
static void batch_acknowledge(struct netlink *netlink, struct netlink_batch *batch, uint32_t first,
			      size_t size)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(netlink->buffer, size, &at))) {
		uint32_t i = message->nlmsg_seq - first;

		if (message->nlmsg_type != NLMSG_ERROR || i >= batch->messages ||
		    message->nlmsg_pid != mnl_socket_get_portid(netlink->socket) ||
		    batch->results[i].code != EINPROGRESS)
			continue;
		read_error(message, &batch->results[i]);
	}
}

static bool is_answered(const struct netlink_batch *batch, unsigned message)
{
	return batch->results[message].code != EINPROGRESS;
}

static bool batch_exchange(struct netlink *netlink, struct netlink_batch *batch,
			   const struct deadline *deadline, struct failure *failure)
{
	uint32_t first;

	if (batch->messages == 0)
		return true;
	if (deadline_passed(deadline))
		return failure_set_deadline(failure);
	if (!socket_ready(netlink, failure))
		return false;
	first = batch_number(netlink, batch);
	if (!send_all(netlink, batch->buffer, batch->used, failure))
		return false;
	while (!is_answered(batch, batch->messages - 1)) {
		ssize_t size = receive(netlink, deadline, failure);

		if (size < 0)
			return false;
		batch_acknowledge(netlink, batch, first, (size_t)size);
	}
	for (unsigned i = 0; i < batch->messages; i++) {
		if (!is_answered(batch, i))
			failure_set(&batch->results[i], 0, "%s", "");
	}
	return true;
}

bool netlink_batch_send(struct netlink *netlink, struct netlink_batch *batch,
			const struct deadline *deadline, struct failure *failure)
{
	struct failure whole = { 0 };

	batch_finish(batch);
	failure_set(failure, 0, "%s", "");
	for (unsigned i = 0; i < batch->messages; i++)
		failure_set(&batch->results[i], EINPROGRESS, "%s", "");
	batch_exchange(netlink, batch, deadline, &whole);
	for (unsigned i = 0; i < batch->messages; i++) {
		if (batch->results[i].code == EINPROGRESS)
			batch->results[i] = whole;
		if (batch->results[i].code && !failure->code)
			*failure = batch->results[i];
	}
	return failure->code == 0;
}

bool netlink_bytes(const struct nlattr *attribute, void *value, size_t size)
{
	if (mnl_attr_get_payload_len(attribute) != size)
		return false;
	memcpy(value, mnl_attr_get_payload(attribute), size);
	return true;
}

bool netlink_u8(const struct nlattr *attribute, uint8_t *value)
{
	return netlink_bytes(attribute, value, sizeof(*value));
}

bool netlink_u16(const struct nlattr *attribute, uint16_t *value)
{
	return netlink_bytes(attribute, value, sizeof(*value));
}

bool netlink_u32(const struct nlattr *attribute, uint32_t *value)
{
	return netlink_bytes(attribute, value, sizeof(*value));
}

bool netlink_u64(const struct nlattr *attribute, uint64_t *value)
{
	return netlink_bytes(attribute, value, sizeof(*value));
}

const char *netlink_string(const struct nlattr *attribute)
{
	if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	return mnl_attr_get_str(attribute);
}

void netlink_put(struct nlmsghdr *message, uint16_t type, const void *data, size_t size)
{
	mnl_attr_put(message, type, size, data);
}

void netlink_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t value)
{
	netlink_put(message, type, &value, sizeof(value));
}

void netlink_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	netlink_put(message, type, &value, sizeof(value));
}

void netlink_put_string(struct nlmsghdr *message, uint16_t type, const char *text)
{
	netlink_put(message, type, text, strlen(text) + 1);
}
