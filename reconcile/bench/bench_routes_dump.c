/* SPDX-License-Identifier: MIT */
/*
 * bench_routes_dump: asks the kernel for the routes of protocol bird in table main, or for
 * wg0's configuration, and discards the answers. This is the lower bound for programs that
 * read them.
 *
 * usage: bench_routes_dump routes|allowed-ips
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFER_SIZE (64 * 1024)

static void die(const char *what)
{
	fprintf(stderr, "bench_routes_dump: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void usage(void)
{
	fputs("usage: bench_routes_dump routes|allowed-ips\n", stderr);
	exit(64);
}

static struct mnl_socket *open_socket(int protocol)
{
	struct mnl_socket *socket = mnl_socket_open(protocol);

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	return socket;
}

static void ask(struct mnl_socket *socket, struct nlmsghdr *message, mnl_cb_t look, void *found)
{
	static char buffer[BUFFER_SIZE];
	ssize_t size;
	int more;

	message->nlmsg_flags |= NLM_F_REQUEST;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		die("sendto");
	do {
		size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (size < 0)
			die("recvfrom");
		more = mnl_cb_run(buffer, (size_t)size, 0, mnl_socket_get_portid(socket), look,
				  found);
		if (more < 0)
			die("answer");
	} while (more > 0);
}

/* ---- Routes ---- */

static void dump_routes_of(struct mnl_socket *socket, unsigned char family)
{
	char buffer[MNL_NLMSG_HDRLEN + sizeof(struct rtmsg)];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

	message->nlmsg_type = RTM_GETROUTE;
	message->nlmsg_flags = NLM_F_DUMP;
	body->rtm_family = family;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = RTPROT_BIRD;
	ask(socket, message, NULL, NULL);
}

static void dump_routes(void)
{
	struct mnl_socket *socket = open_socket(NETLINK_ROUTE);

	/* The kernel filters, and refuses unknown attributes. */
	if (mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &(int){ 1 }, sizeof(int)))
		die("NETLINK_GET_STRICT_CHK");
	dump_routes_of(socket, AF_INET);
	dump_routes_of(socket, AF_INET6);
	mnl_socket_close(socket);
}

/* ---- WireGuard ---- */

static struct nlmsghdr *generic(char *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

	message->nlmsg_type = family;
	body->cmd = command;
	body->version = WG_GENL_VERSION;
	return message;
}

static int read_family(const struct nlmsghdr *message, void *found)
{
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message,
			  sizeof(struct genlmsghdr)) if (mnl_attr_get_type(attribute) ==
							 CTRL_ATTR_FAMILY_ID) *
		(uint16_t *)found = mnl_attr_get_u16(attribute);
	return MNL_CB_STOP;
}

static void dump_allowed_ips(void)
{
	struct mnl_socket *socket = open_socket(NETLINK_GENERIC);
	char buffer[MNL_ALIGN(256)];
	struct nlmsghdr *message = generic(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	uint16_t family = 0;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	ask(socket, message, read_family, &family);
	message = generic(buffer, family, WG_CMD_GET_DEVICE);
	message->nlmsg_flags = NLM_F_DUMP;
	mnl_attr_put_strz(message, WGDEVICE_A_IFNAME, "wg0");
	ask(socket, message, NULL, NULL);
	mnl_socket_close(socket);
}

int main(int argc, char *argv[])
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "routes") == 0)
		dump_routes();
	else if (strcmp(what, "allowed-ips") == 0)
		dump_allowed_ips();
	else
		usage();
	return 0;
}
