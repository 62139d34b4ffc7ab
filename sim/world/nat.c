/* SPDX-License-Identifier: MIT */
/*
 * Address translation as in home routers and carrier networks, by nftables.
 *
 * With a range of ports the kernel gives a source that has a mapping the same outer port for
 * further destinations, too, as long as that is unique (RFC 4787 calls it
 * endpoint-independent mapping), unless ports are to be fully random; answers alone come in.
 * For a full cone each mapping is recorded, and any sender to its port is admitted. The
 * range is used by the translation only, so packets to it other than answers are dropped
 * before connection tracking: a tracked one would occupy the port of an inner host about to
 * send there, and prevent hole punching.
 */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <unistd.h>

#define PORT_FIRST 20000
/* Of each range; a new binding takes the next one. */
#define PORTS 2000
#define RANGES 20
/* net/netfilter/nf_conntrack_proto_udp.c: without an answer, and with. */
#define TIMEOUT_SEC 30
#define TIMEOUT_STREAM_SEC 120

static unsigned seconds_of(const struct nat *nat, unsigned otherwise)
{
	if (!nat->timeout)
		return otherwise;
	return (unsigned)((nat->timeout + MSEC_PER_SEC - 1) / MSEC_PER_SEC);
}

/* Answers to an admitted sender also keep a mapping. */
static void add_cone(struct buffer *script, const struct nat *nat)
{
	const char *const inner[] = { "original", "reply" };
	const char *const kept[] = { "snat", "dnat" };

	buffer_printf(script, "map cone { type inet_service : ipv4_addr . inet_service\n"
			      "flags dynamic, timeout\nsize 65535\n}\n"
			      "chain learn { type filter hook postrouting priority 300;\n");
	for (unsigned i = 0; i < 2; i++) {
		buffer_printf(script,
			      "oifname \"%s\" meta l4proto udp ct direction %s ct status %s ",
			      nat->outside, inner[i], kept[i]);
		buffer_printf(script,
			      "update @cone { udp sport timeout %us : ct %s ip saddr . ct %s "
			      "proto-src }\n",
			      seconds_of(nat, TIMEOUT_STREAM_SEC), inner[i], inner[i]);
	}
	buffer_printf(script,
		      "}\nchain prerouting { type nat hook prerouting priority dstnat;\n"
		      "iifname \"%s\" meta l4proto udp dnat ip to udp dport map @cone\n}\n",
		      nat->outside);
}

static void add_nat(struct buffer *script, const struct nat *nat, unsigned rebinds)
{
	unsigned first = PORT_FIRST + rebinds % RANGES * PORTS, last = first + PORTS - 1;

	/* Declared first, so that it can be deleted even if missing. */
	buffer_printf(script,
		      "table ip wgsim_nat\ndelete table ip wgsim_nat\ntable ip wgsim_nat {\n");
	buffer_printf(script, "chain postrouting { type nat hook postrouting priority srcnat;\n");
	buffer_printf(script, "oifname \"%s\" meta l4proto { tcp, udp } masquerade to :%u-%u%s\n",
		      nat->outside, first, last, nat->kind == NAT_SYMMETRIC ? " fully-random" : "");
	buffer_printf(script, "oifname \"%s\" masquerade\n}\n", nat->outside);
	buffer_printf(script, "chain input { type filter hook input priority filter;\n");
	buffer_printf(
		script,
		"iifname \"%s\" ct state new meta l4proto { tcp, udp } th dport %u-%u drop\n}\n",
		nat->outside, PORT_FIRST, PORT_FIRST + RANGES * PORTS - 1);
	buffer_printf(script, "chain forward { type filter hook forward priority filter;\n");
	buffer_printf(script,
		      "iifname \"%s\" oifname \"%s\" ct state new ct status ! dnat drop\n}\n",
		      nat->outside, nat->inside);
	if (nat->kind == NAT_FULL_CONE)
		add_cone(script, nat);
	buffer_printf(script, "}\n");
}

static bool timeout_set(const char *name, unsigned seconds, struct failure *failure)
{
	struct arena *arena = arena_new();
	bool done = setting(arena_printf(arena, "/proc/sys/net/netfilter/nf_conntrack_%s", name),
			    arena_printf(arena, "%u", seconds), failure);

	arena_free(arena);
	return done;
}

static bool timeouts_set(struct world *world, const struct node *node, struct failure *failure)
{
	bool done;

	if (!world_enter(world, node, failure))
		return false;
	done = timeout_set("udp_timeout", seconds_of(&node->nat, TIMEOUT_SEC), failure) &&
	       timeout_set("udp_timeout_stream", seconds_of(&node->nat, TIMEOUT_STREAM_SEC),
			   failure);
	return world_leave(world, failure) && done;
}

/* ---- Rebinding ---- */

/* A deletion without a connection deletes all. */
static bool flush_send(struct mnl_socket *socket)
{
	char buffer[1024];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	ssize_t n;

	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return false;
	n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	return n > 0 && mnl_cb_run(buffer, (size_t)n, 0, 0, NULL, NULL) >= 0;
}

static bool flush_connections(struct world *world, const struct node *node, struct failure *failure)
{
	struct mnl_socket *socket;
	bool done;

	if (!world_enter(world, node, failure))
		return false;
	socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	done = socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 && flush_send(socket);
	if (!done)
		failure_set(failure, errno, "cannot flush the connections of %s", node->name);
	if (socket)
		mnl_socket_close(socket);
	return world_leave(world, failure) && done;
}

static bool nat_load(struct world *world, const struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	add_nat(&script, &node->node->nat, node->rebinds);
	done = tool_run(world, place_network(node), nft_argv, script.text, failure) &&
	       timeouts_set(world, node->node, failure);
	arena_free(arena);
	return done;
}

bool nat_rebind(struct world *world, struct world_node *node, struct failure *failure)
{
	node->rebinds++;
	if (!node->on)
		return true;
	return nat_load(world, node, failure) && flush_connections(world, node->node, failure);
}

/* ---- Filters ---- */

static void add_table(struct buffer *script, const struct world *world, const struct standing *drop,
		      const char *verb)
{
	buffer_printf(script, "%stable inet wgsim_drop_%zu_%u", verb,
		      (size_t)(drop->fault - world->scenario->timeline.at), drop->number);
}

/* Just before the node's own filters. */
static void add_filter(struct buffer *script, const struct world *world,
		       const struct standing *drop)
{
	add_table(script, world, drop, "");
	buffer_printf(script,
		      " { chain fault { type filter hook %s priority filter - 1;\n%s drop\n}\n}\n",
		      drop->fault->hook, drop->fault->text ? drop->fault->text : "");
}

bool filter_add(struct world *world, const struct standing *drop, struct failure *failure)
{
	const struct world_node *node = world_node(world, drop->fault->node);
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	add_filter(&script, world, drop);
	done = !node->on || tool_run(world, place_network(node), nft_argv, script.text, failure);
	arena_free(arena);
	return done;
}

bool filter_remove(struct world *world, const struct standing *drop, struct failure *failure)
{
	const struct world_node *node = world_node(world, drop->fault->node);
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	add_table(&script, world, drop, "delete ");
	done = !node->on || tool_run(world, place_network(node), nft_argv, script.text, failure);
	arena_free(arena);
	return done;
}

static bool drops_load(struct world *world, struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	vec_each (standing, &world->standing) {
		if (standing->fault->kind == FAULT_DROP && standing->fault->node == node->node)
			add_filter(&script, world, standing);
	}
	done = tool_run(world, place_network(node), nft_argv, script.text, failure);
	arena_free(arena);
	return done;
}

bool filters_load(struct world *world, struct world_node *node, struct failure *failure)
{
	if (node->node->nat.inside && !nat_load(world, node, failure))
		return false;
	return drops_load(world, node, failure);
}
