/* SPDX-License-Identifier: MIT */
/*
 * bench_routes_load: adds hundreds of thousands of routes to the kernel.
 *
 * usage: bench_routes_load FILE
 *
 * FILE is for ip -batch, but each line must be "route add|del PREFIX via ADDRESS dev NAME
 * proto bird". ip(8) waits for an answer to each, which takes a minute and a half for a
 * million in a guest; here many share a system call, and only errors are answered. The first
 * error ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE (64 * 1024)
#define MESSAGE_MAX 256 /* of one route */
#define LINE_MAX_LENGTH 256

struct route {
	char verb[8];
	char prefix[INET6_ADDRSTRLEN];
	unsigned int length;
	char gateway[INET6_ADDRSTRLEN];
	char device[IF_NAMESIZE];
};

struct loader {
	struct mnl_socket *socket;
	char device[IF_NAMESIZE]; /* whose index is known */
	unsigned int index;
	unsigned int sequence;
	size_t used;
	uint8_t buffer[BUFFER_SIZE];
};

static void die(const char *what, int error)
{
	fprintf(stderr, "bench_routes_load: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(error) : "");
	exit(1);
}

static void parse(struct route *route, const char *line)
{
	if (sscanf(line, "route %7s %45[^/]/%u via %45s dev %15s proto bird", route->verb,
		   route->prefix, &route->length, route->gateway, route->device) != 5)
		die(line, 0);
}

static unsigned int index_of(struct loader *loader, const char *device)
{
	if (strcmp(loader->device, device) == 0)
		return loader->index;
	loader->index = if_nametoindex(device);
	if (loader->index == 0)
		die(device, errno);
	snprintf(loader->device, sizeof(loader->device), "%s", device);
	return loader->index;
}

static void put_address(struct nlmsghdr *message, uint16_t type, int family, const char *text)
{
	uint8_t address[16];

	if (inet_pton(family, text, address) != 1)
		die(text, 0);
	mnl_attr_put(message, type, family == AF_INET ? 4 : 16, address);
}

static void set_verb(struct nlmsghdr *message, const char *verb)
{
	if (strcmp(verb, "del") == 0) {
		message->nlmsg_type = RTM_DELROUTE;
		return;
	}
	message->nlmsg_type = RTM_NEWROUTE;
	message->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
}

static void put_route(struct loader *loader, const struct route *route)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(loader->buffer + loader->used);
	int family = strchr(route->prefix, ':') ? AF_INET6 : AF_INET;
	struct rtmsg *body;

	message->nlmsg_flags = NLM_F_REQUEST;
	message->nlmsg_seq = ++loader->sequence;
	set_verb(message, route->verb);
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->rtm_family = (uint8_t)family;
	body->rtm_dst_len = (uint8_t)route->length;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = RTPROT_BIRD;
	body->rtm_scope = RT_SCOPE_UNIVERSE;
	body->rtm_type = RTN_UNICAST;
	put_address(message, RTA_DST, family, route->prefix);
	put_address(message, RTA_GATEWAY, family, route->gateway);
	mnl_attr_put_u32(message, RTA_OIF, index_of(loader, route->device));
	loader->used += MNL_ALIGN(message->nlmsg_len);
}

/* The last message requests an answer, so that there always is one. */
static void flush(struct loader *loader)
{
	struct nlmsghdr *message = (struct nlmsghdr *)loader->buffer;
	uint8_t answer[BUFFER_SIZE];
	int left = (int)loader->used;
	ssize_t size;

	if (loader->used == 0)
		return;
	while (message->nlmsg_seq != loader->sequence)
		message = mnl_nlmsg_next(message, &left);
	message->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(loader->socket, loader->buffer, loader->used) < 0)
		die("sendto", errno);
	size = mnl_socket_recvfrom(loader->socket, answer, sizeof(answer));
	if (size < 0)
		die("recvfrom", errno);
	/* Answers for errors come first; the one for the last message is also an error
	 * message, with code 0. */
	if (mnl_cb_run(answer, (size_t)size, 0, mnl_socket_get_portid(loader->socket), NULL, NULL) <
	    0)
		die("a route is refused", errno);
	loader->used = 0;
}

static void load(struct loader *loader, FILE *file)
{
	char line[LINE_MAX_LENGTH];
	struct route route;

	while (fgets(line, sizeof(line), file)) {
		parse(&route, line);
		if (loader->used > BUFFER_SIZE - MESSAGE_MAX)
			flush(loader);
		put_route(loader, &route);
	}
	flush(loader);
}

int main(int argc, char *argv[])
{
	static struct loader loader;
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!file)
		die(argc == 2 ? argv[1] : "usage: bench_routes_load FILE", argc == 2 ? errno : 0);
	loader.socket = mnl_socket_open(NETLINK_ROUTE);
	if (!loader.socket || mnl_socket_bind(loader.socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("rtnetlink", errno);
	/* Errors without their request, so that they do not fill the socket. */
	if (mnl_socket_setsockopt(loader.socket, NETLINK_CAP_ACK, &(int){ 1 }, sizeof(int)))
		die("NETLINK_CAP_ACK", errno);
	load(&loader, file);
	fclose(file);
	mnl_socket_close(loader.socket);
	return 0;
}
