/* SPDX-License-Identifier: MIT */
#include "wg_kernel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <stdlib.h>

enum support {
	SUPPORT_UNKNOWN,
	SUPPORT_YES,
	SUPPORT_NO,
};

struct wg_kernel {
	struct netlink *netlink;
	const char *family_name;
	uint16_t family; /* 0: not yet requested */
	enum support remove_flag;
	struct netlink_batch *batch; /* NULL: nothing sent yet */
};

struct wg_kernel *wg_kernel_open(const char *family)
{
	struct wg_kernel *wg = calloc(1, sizeof(*wg));

	if (!wg)
		return NULL;
	wg->family_name = family;
	wg->netlink = netlink_open(NETLINK_GENERIC);
	if (!wg->netlink) {
		free(wg);
		return NULL;
	}
	return wg;
}

void wg_kernel_close(struct wg_kernel *wg)
{
	if (!wg)
		return;
	netlink_close(wg->netlink);
	if (wg->batch)
		netlink_batch_clear(wg->batch);
	free(wg->batch);
	free(wg);
}

static bool read_family(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute;
	uint16_t *family = data;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return false;
	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
		    !netlink_u16(attribute, family))
			return false;
	}
	return true;
}

/* Requesting it by name also loads the module. */
static bool family_ready(struct wg_kernel *wg, const struct deadline *deadline,
			 struct failure *failure)
{
	struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct netlink_receiver receiver = { .message = read_family, .data = &wg->family };
	struct netlink_message message;
	struct nlmsghdr *request;

	if (wg->family)
		return true;
	request = netlink_message_begin(&message, GENL_ID_CTRL, NLM_F_ACK, &header, sizeof(header));
	netlink_put_string(request, CTRL_ATTR_FAMILY_NAME, wg->family_name);
	if (!netlink_request(wg->netlink, request, &receiver, deadline, failure)) {
		if (failure->code == ENOENT)
			failure_set(failure, EOPNOTSUPP, "this kernel has no WireGuard");
		return false;
	}
	if (!wg->family)
		return failure_set(failure, EBADMSG, "the kernel's answer is malformed");
	return true;
}

struct dump {
	struct observed_interface *interface;
	struct arena *arena;
	struct arena *prefixes;
};

static void dump_begin(void *data)
{
	struct dump *dump = data;
	struct observed_interface *interface = dump->interface;

	interface->has_private_key = false;
	interface->public_key = (struct wg_key){ 0 };
	interface->peers.n = 0;
}

static bool dump_message(const struct nlmsghdr *message, void *data)
{
	struct dump *dump = data;

	return wg_kernel_read(message, dump->interface, dump->arena, dump->prefixes);
}

bool wg_kernel_get(struct wg_kernel *wg, struct observed_interface *interface, struct arena *arena,
		   struct arena *prefixes, const struct deadline *deadline, struct failure *failure)
{
	struct genlmsghdr header = { .cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION };
	struct dump dump = { interface, arena, prefixes };
	struct netlink_receiver receiver = { dump_begin, dump_message, &dump };
	struct netlink_message message;
	struct nlmsghdr *request;

	if (!family_ready(wg, deadline, failure))
		return false;
	request = netlink_message_begin(&message, wg->family, NLM_F_DUMP, &header, sizeof(header));
	netlink_put_string(request, WGDEVICE_A_IFNAME, interface->name);
	if (!netlink_request(wg->netlink, request, &receiver, deadline, failure)) {
		/* The kernel's error for "exists, but is not a WireGuard device". */
		if (failure->code == EOPNOTSUPP)
			failure->code = ENODEV;
		return false;
	}
	return true;
}

struct sending {
	struct wg_kernel *wg;
	const struct deadline *deadline;
	struct failure *failure;
	size_t allowed_ips; /* in the messages accepted by the kernel */
};

static size_t count_nested(const struct nlattr *nest)
{
	const struct nlattr *attribute;
	size_t n = 0;

	mnl_attr_for_each_nested(attribute, nest) n++;
	return n;
}

static size_t count_of_peers(const struct nlattr *peers)
{
	const struct nlattr *peer, *attribute;
	size_t n = 0;

	mnl_attr_for_each_nested(peer, peers)
	{
		mnl_attr_for_each_nested(attribute, peer)
		{
			if (mnl_attr_get_type(attribute) == WGPEER_A_ALLOWEDIPS)
				n += count_nested(attribute);
		}
	}
	return n;
}

/* Number of allowed IPs in a message. */
static size_t count_allowed_ips(const struct nlmsghdr *message)
{
	const struct nlattr *attribute;
	size_t n = 0;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == WGDEVICE_A_PEERS)
			n += count_of_peers(attribute);
	}
	return n;
}

static bool send_message(struct netlink_batch *batch, void *data)
{
	struct sending *sending = data;

	if (!netlink_batch_send(sending->wg->netlink, batch, sending->deadline, sending->failure))
		return false;
	sending->allowed_ips += count_allowed_ips((const struct nlmsghdr *)batch->buffer);
	return true;
}

static size_t spans_length(const struct prefix_span *spans, size_t n)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		length += spans[i].n;
	return length;
}

/* A large update takes many messages, each applied as a whole or not at all: applied ones
 * stay, and the next run finds the rest. */
static void tell_progress(const struct wg_update *update, const struct sending *sending)
{
	size_t all = 0;

	if (sending->failure->code != ETIMEDOUT)
		return;
	vec_each (peer, &update->peers)
		all += spans_length(peer->add.at, peer->add.n) +
		       spans_length(peer->drop.at, peer->drop.n);
	if (all)
		failure_set(sending->failure, ETIMEDOUT,
			    "the deadline passed after %zu of %zu allowed IPs",
			    sending->allowed_ips, all);
}

static bool send_update(struct wg_kernel *wg, const struct wg_update *update, bool remove_flag,
			struct arena *arena, const struct deadline *deadline,
			struct failure *failure)
{
	struct sending sending = { wg, deadline, failure, 0 };
	struct wg_encoding encoding = { .family = wg->family,
					.limit = WG_MESSAGE_LIMIT,
					.remove_flag = remove_flag,
					.message = send_message,
					.data = &sending };
	bool done;

	if (!wg->batch)
		wg->batch = calloc(1, sizeof(*wg->batch));
	if (!wg->batch)
		return failure_set(failure, ENOMEM, "WireGuard's message");
	encoding.batch = wg->batch;
	done = wg_kernel_encode(update, &encoding, arena);
	netlink_batch_clear(wg->batch);
	if (!done)
		tell_progress(update, &sending);
	return done;
}

/* Whether the kernel supports WGALLOWEDIP_F_REMOVE_ME. The generic netlink family's version
 * does not show it. */

static bool owns(const struct observed_interface *observed, const struct prefix *wanted)
{
	vec_each (peer, &observed->peers) {
		if (peer->allowed_ips.n &&
		    bsearch(wanted, peer->allowed_ips.at, peer->allowed_ips.n, sizeof(*wanted),
			    prefix_order))
			return true;
	}
	return false;
}

/* A prefix for documentation (RFC 3849) that no peer of the device has. */
static struct prefix unowned_prefix(const struct observed_interface *observed)
{
	struct prefix prefix = { .ip = { .family = FAMILY_IPV6, .b = { 0x20, 0x01, 0x0d, 0xb8 } },
				 .length = 128 };

	while (owns(observed, &prefix)) {
		size_t i = sizeof(prefix.ip.b) - 1;

		while (++prefix.ip.b[i] == 0)
			i--;
	}
	return prefix;
}

/* Removes from an existing peer a prefix that it does not have. A kernel without the flag
 * rejects the whole attribute (EINVAL, strict parsing) without a change; one with it has
 * nothing to do. */
static void probe_remove_flag(struct wg_kernel *wg, const struct wg_update *update,
			      const struct observed_interface *observed, struct arena *arena,
			      const struct deadline *deadline)
{
	struct wg_update probe = { .interface = update->interface,
				   .listen_port = -1,
				   .fwmark = -1 };
	struct wg_peer_update *peer = vec_push(arena, &probe.peers);
	struct prefix prefix = unowned_prefix(observed);
	struct failure failure = { 0 };

	peer->public_key = observed->peers.at[0].public_key;
	peer->action = WG_PEER_UPDATE;
	peer->keepalive = -1;
	*vec_push(arena, &peer->drop) = (struct prefix_span){ .at = &prefix, .n = 1 };
	if (send_update(wg, &probe, true, arena, deadline, &failure))
		wg->remove_flag = SUPPORT_YES;
	else if (failure.code == EINVAL)
		wg->remove_flag = SUPPORT_NO;
}

static bool has_drops(const struct wg_update *update)
{
	vec_each (peer, &update->peers) {
		if (peer->drop.n)
			return true;
	}
	return false;
}

/* The flag removes from the named peer only; the dummy peer steals a prefix from any peer. */
static bool drops_of_anybody(const struct wg_update *update)
{
	vec_each (peer, &update->peers) {
		if (key_is_zero(&peer->public_key))
			return true;
	}
	return false;
}

bool wg_kernel_set(struct wg_kernel *wg, const struct wg_update *update,
		   const struct observed_interface *observed, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure)
{
	bool flagged;

	failure_set(failure, 0, "%s", "");
	if (!family_ready(wg, deadline, failure))
		return false;
	if (wg->remove_flag == SUPPORT_UNKNOWN && observed && observed->peers.n &&
	    has_drops(update))
		probe_remove_flag(wg, update, observed, arena, deadline);
	flagged = wg->remove_flag == SUPPORT_YES && !drops_of_anybody(update);
	if (send_update(wg, update, flagged, arena, deadline, failure))
		return true;
	/* The probe also succeeds if its peer was removed at that moment. */
	if (!flagged || failure->code != EINVAL || !has_drops(update))
		return false;
	wg->remove_flag = SUPPORT_NO;
	return send_update(wg, update, false, arena, deadline, failure);
}
