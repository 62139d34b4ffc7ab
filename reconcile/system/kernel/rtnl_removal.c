/* SPDX-License-Identifier: MIT */
/*
 * When the tree changes between two parts of an IPv6 route dump, the dump restarts at the
 * beginning and skips the number of nodes already sent (fib6_dump_table(),
 * net/ipv6/ip6_fib.c): if one of those was removed meanwhile, an existing route is omitted,
 * and NLM_F_DUMP_INTR is not set. IPv4 dumps continue by address.
 */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>

/* Size of a kernel datagram, which has one route. */
#define DATAGRAM_MAX 8192

/* For the messages during one dump: some thousand. The kernel allocates memory only for
 * received ones. */
#define BUFFER (8 << 20)

struct mnl_socket *removals_watch(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int size = BUFFER;

	/* Without permission the default is used. */
	if (socket)
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &size,
			   sizeof(size));
	if (socket && mnl_socket_bind(socket, RTMGRP_IPV6_ROUTE, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(socket);
		return NULL;
	}
	return socket;
}

static size_t count_in(const void *datagram, size_t size)
{
	const struct nlmsghdr *message;
	size_t at = 0, n = 0;

	while ((message = netlink_next(datagram, size, &at)))
		n += message->nlmsg_type == RTM_DELROUTE;
	return n;
}

size_t removals_count(const struct mnl_socket *socket)
{
	alignas(struct nlmsghdr) char datagram[DATAGRAM_MAX];
	bool known = socket;
	size_t n = 0;

	while (socket) {
		ssize_t size = recv(mnl_socket_get_fd(socket), datagram, sizeof(datagram),
				    MSG_DONTWAIT);

		if (size >= 0) {
			n += count_in(datagram, (size_t)size);
			continue;
		}
		if (errno == EAGAIN)
			break;
		if (errno == EINTR)
			continue;
		/* Some may have been among the lost messages. */
		known = false;
		if (errno != ENOBUFS)
			break;
	}
	return known ? n : SIZE_MAX;
}
