/* SPDX-License-Identifier: MIT */
#include "facts_socket.h"

#include "core/facts/fact_group.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* SD_LISTEN_FDS_START (systemd/sd-daemon.h). */
#define PASSED_FIRST 3
#define PASSED_MAX 64
/* wirelink's buffer (server/udp-inbound.go); nothing longer is sent. */
#define PACKET_MAX 2424
/* In one run; the rest waits for the next one. */
#define PACKETS_MAX 65536

struct facts_sockets *facts_sockets_new(void)
{
	const int any = epoll_create1(EPOLL_CLOEXEC);
	struct facts_sockets *sockets;
	struct arena *arena;

	if (any < 0)
		return NULL;
	arena = arena_new();
	sockets = arena_alloc(arena, sizeof(*sockets));
	sockets->arena = arena;
	sockets->any = any;
	return sockets;
}

void facts_sockets_free(struct facts_sockets *sockets)
{
	if (!sockets)
		return;
	vec_each (socket, &sockets->list)
		close(socket->fd);
	close(sockets->any);
	arena_free(sockets->arena);
}

/* False with errno. */
static bool adopt(struct facts_sockets *sockets, int fd, uint16_t port, uint32_t index)
{
	struct epoll_event event = { .events = EPOLLIN };
	const int on = 1;

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
	    epoll_ctl(sockets->any, EPOLL_CTL_ADD, fd, &event))
		return false;
	*vec_push(sockets->arena, &sockets->list) = (struct facts_socket){ fd, port, index };
	return true;
}

/* ---- Those that systemd passed ---- */

/* The port of a UDP socket of IPv6; 0: it is another kind of descriptor. */
static uint16_t port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);
	int type = 0;
	socklen_t type_length = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length) || type != SOCK_DGRAM ||
	    getsockname(fd, (struct sockaddr *)&address, &length) ||
	    address.sin6_family != AF_INET6)
		return 0;
	return ntohs(address.sin6_port);
}

static long number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : 0;
}

void facts_sockets_take_passed(struct facts_sockets *sockets)
{
	const long n = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;

	for (long i = 0; i < n && i < PASSED_MAX; i++) {
		const int fd = PASSED_FIRST + (int)i;
		const uint16_t port = port_of(fd);

		if (!port || fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
			continue;
		(void)adopt(sockets, fd, port, 0);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

/* ---- Own ones ---- */

static bool bind_port(int fd, uint16_t port)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					      .sin6_port = htons(port),
					      .sin6_addr = IN6ADDR_ANY_INIT };

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Returns NULL, or what failed. */
static const char *open_one(struct facts_sockets *sockets, const char *interface, uint32_t index,
			    uint16_t port)
{
	const int on = 1;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return "socket";
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface) + 1) ||
	    (!bind_port(fd, port) && (errno != EADDRINUSE || !bind_port(fd, 0))) ||
	    !adopt(sockets, fd, port, index)) {
		const int error = errno;

		close(fd);
		errno = error;
		return "socket of the interface";
	}
	return NULL;
}

static struct facts_socket *socket_for(struct facts_sockets *sockets, uint32_t index, uint16_t port)
{
	vec_each (socket, &sockets->list)
		if (socket->port == port && (!socket->index || socket->index == index))
			return socket;
	return NULL;
}

/* Of interfaces that have been removed or made anew. */
static void close_stale(struct facts_sockets *sockets, const struct observed *observed)
{
	for (size_t i = sockets->list.n; i-- > 0;) {
		const struct facts_socket *socket = &sockets->list.at[i];

		if (!socket->index || observed_interface_at(observed, socket->index))
			continue;
		close(socket->fd);
		vec_remove(&sockets->list, i);
	}
}

const char *facts_sockets_open(struct facts_sockets *sockets, const struct desired *desired,
			       const struct observed *observed, struct arena *arena)
{
	const char *problem = NULL;

	close_stale(sockets, observed);
	vec_each (interface, &desired->interfaces) {
		const struct observed_interface *in_kernel = observed_interface_find(
			observed, interface->name);
		const uint16_t port = facts_port(interface, in_kernel);
		const char *what;

		if (!interface->facts.enabled || !in_kernel || !port ||
		    socket_for(sockets, in_kernel->index, port))
			continue;
		what = open_one(sockets, interface->name, in_kernel->index, port);
		if (what && !problem)
			problem = arena_printf(arena, "%s: no facts are exchanged: %s: %s",
					       interface->name, what, strerror(errno));
	}
	return problem;
}

/* ---- Receiving ---- */

bool facts_sockets_pending(const struct facts_sockets *sockets)
{
	struct pollfd polled = { .fd = sockets->any, .events = POLLIN };

	return poll(&polled, 1, 0) > 0;
}

static const char *interface_at(const struct desired *desired, const struct observed *observed,
				uint32_t index)
{
	const struct observed_interface *in_kernel = observed_interface_at(observed, index);
	const struct desired_interface *interface = in_kernel ? desired_interface_find(
									desired, in_kernel->name)
							      : NULL;

	return interface && interface->facts.enabled ? interface->name : NULL;
}

static uint32_t arrival_index(struct msghdr *message)
{
	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
	     control = CMSG_NXTHDR(message, control)) {
		struct in6_pktinfo info;

		if (control->cmsg_level != IPPROTO_IPV6 || control->cmsg_type != IPV6_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(control), sizeof(info));
		return info.ipi6_ifindex;
	}
	return 0;
}

/* One packet; false: none waits. */
static bool receive_one(int fd, const struct desired *desired, const struct observed *observed,
			struct facts_packets *packets, struct arena *arena)
{
	union {
		struct cmsghdr aligned;
		uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 64];
	} control;
	uint8_t bytes[PACKET_MAX];
	struct sockaddr_in6 from = { 0 };
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &message, 0);
	struct facts_packet packet;
	uint8_t *copy;

	if (n < 0)
		return errno == EINTR;
	packet.interface = interface_at(desired, observed, arrival_index(&message));
	packet.source.family = FAMILY_IPV6;
	memcpy(packet.source.b, &from.sin6_addr, sizeof(packet.source.b));
	if (!packet.interface || message.msg_flags & MSG_TRUNC || !ip_is_link_local(&packet.source))
		return true;
	copy = arena_alloc(arena, (size_t)n);
	memcpy(copy, bytes, (size_t)n);
	packet.at = copy;
	packet.n = (size_t)n;
	*vec_push(arena, &packets->list) = packet;
	return true;
}

void facts_sockets_receive(struct facts_sockets *sockets, const struct desired *desired,
			   const struct observed *observed, struct facts_packets *packets,
			   struct arena *arena)
{
	size_t left = PACKETS_MAX;

	vec_each (socket, &sockets->list)
		while (left && receive_one(socket->fd, desired, observed, packets, arena))
			left--;
}

void facts_sockets_discard_passed(void)
{
	struct facts_sockets *sockets = facts_sockets_new();
	uint8_t bytes[PACKET_MAX];
	size_t left = PACKETS_MAX;

	if (!sockets)
		return;
	facts_sockets_take_passed(sockets);
	vec_each (socket, &sockets->list)
		while (left && recv(socket->fd, bytes, sizeof(bytes), MSG_TRUNC) >= 0)
			left--;
	facts_sockets_free(sockets);
}

/* ---- Sending ---- */

/* No session, no endpoint, no route to it, or a firewall. */
static bool is_tolerated(int error)
{
	return error == EDESTADDRREQ || error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == EPERM || error == ENOKEY;
}

static bool wait_writable(int fd, const struct deadline *deadline)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	return poll(&polled, 1, deadline_left(deadline)) > 0;
}

/* 0, or an errno. */
static int send_packet(const struct facts_socket *socket, const struct facts_message *sent,
		       const uint8_t *packet, size_t n, const struct deadline *deadline)
{
	union {
		struct cmsghdr aligned;
		uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { 0 };
	const uint32_t index = sent->view->in_kernel_index;
	const struct ip to = fact_address(&sent->to);
	const struct ip from = fact_address(&sent->view->public_key);
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(socket->port),
					.sin6_scope_id = index };
	struct in6_pktinfo info = { .ipi6_ifindex = index };
	struct iovec part = { (void *)(uintptr_t)packet, n };
	struct msghdr message = { .msg_name = &address,
				  .msg_namelen = sizeof(address),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memcpy(&address.sin6_addr, to.b, sizeof(address.sin6_addr));
	memcpy(&info.ipi6_addr, from.b, sizeof(info.ipi6_addr));
	header->cmsg_level = IPPROTO_IPV6;
	header->cmsg_type = IPV6_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	while (sendmsg(socket->fd, &message, 0) < 0) {
		if (errno == EAGAIN && wait_writable(socket->fd, deadline))
			continue;
		if (errno != EINTR)
			return errno;
	}
	return 0;
}

static int seal_and_send(const struct facts_socket *socket, const struct facts_message *message,
			 struct fact_secret *latest, const struct deadline *deadline)
{
	uint8_t packet[FACT_PACKET_MAX], nonce[FACT_NONCE_LENGTH];
	size_t n;

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return errno;
	n = fact_group_seal(message->inner, message->n, &message->view->private_key,
			    &message->view->public_key, &message->to, latest, nonce, packet);
	return n ? send_packet(socket, message, packet, n, deadline) : 0;
}

const char *facts_sockets_send(struct facts_sockets *sockets, const struct facts_messages *messages,
			       const struct observed *observed, const struct deadline *deadline,
			       struct arena *arena)
{
	struct fact_secret latest = { 0 };
	const char *problem = NULL;

	vec_each (message, &messages->list) {
		const struct desired_interface *interface = message->view->interface;
		const struct observed_interface *in_kernel = observed_interface_find(
			observed, interface->name);
		const uint32_t index = message->view->in_kernel_index;
		const struct facts_socket *socket = socket_for(sockets, index,
							       facts_port(interface, in_kernel));
		int error = socket ? seal_and_send(socket, message, &latest, deadline) : 0;

		if (error && !is_tolerated(error) && !problem)
			problem = arena_printf(arena, "%s: a packet of facts was not sent: %s",
					       interface->name, strerror(error));
	}
	fact_secret_wipe(&latest);
	return problem;
}
