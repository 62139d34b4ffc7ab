/* SPDX-License-Identifier: MIT */
/*
 * The fate of an unchanged prefix while thousands of others are added, moved and removed: on
 * the kernel's WireGuard, inspected between its messages, and by a process that sends
 * continuously. Once as in this project, and once with WGPEER_F_REPLACE_ALLOWEDIPS, in
 * otherwise equal messages: this proves that the test can detect a loss.
 */
#include "system/wireguard/wg_kernel.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Of each kind; several messages' worth. */
#define PREFIXES 10000
#define TEST_MS 120000
/* The sender's pause, and the number of its packets in a result. */
#define PAUSE_NS 500000
#define PACKETS 100

/* RFC 7748, section 6.1: Alice's and Bob's public keys. */
#define FIRST "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define SECOND "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="

/* 10.0.0.0/24 belongs to the first peer, regardless of changes to others. */
#define UNTOUCHED "10.0.0.0/24"
#define UNTOUCHED_HOST "10.0.0.9"
/* The second byte of the first peer's other prefixes, and of those added and removed. */
#define OWN 1
#define FRESH 2

struct seen {
	unsigned messages;
	unsigned missing; /* dumps in which the first peer does not have UNTOUCHED */
	unsigned homeless; /* dumps in which one of its moving prefixes has no peer */
	unsigned refused; /* packets to UNTOUCHED that WireGuard had no peer for */
};

struct device {
	struct arena *arena;
	struct netlink *netlink;
	struct wg_kernel *wg;
	struct deadline deadline;
	struct wg_encoding encoding;
	struct wg_key first, second;
	struct prefix untouched;
	/* PREFIXES each: of the first peer, to stay or to move; new ones. */
	struct prefix *own, *fresh;
	bool replaces; /* the first message empties the peer */
	bool looks; /* between the messages */
	int socket;
	struct seen seen;
};

/* Sends one packet to UNTOUCHED. False if WireGuard had no peer for it. */
static bool send_one(int socket)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };

	ck_assert_int_eq(inet_pton(AF_INET, UNTOUCHED_HOST, &to.sin_addr), 1);
	if (sendto(socket, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1)
		return true;
	/* wg_xmit() in drivers/net/wireguard/device.c. */
	ck_assert_msg(errno == ENOKEY, "%s", strerror(errno));
	return false;
}

static bool has(const struct observed_peer *peer, const struct prefix *wanted)
{
	vec_each (prefix, &peer->allowed_ips) {
		if (!prefix_compare(prefix, wanted))
			return true;
	}
	return false;
}

static const struct observed_peer *peer_of(const struct observed_interface *wg0,
					   const struct wg_key *key)
{
	vec_each (peer, &wg0->peers) {
		if (!key_compare(&peer->public_key, key))
			return peer;
	}
	ck_abort_msg("a peer is gone");
	return NULL;
}

static unsigned count_own(const struct observed_interface *wg0)
{
	const uint8_t begin[] = { 10, OWN };
	unsigned n = 0;

	vec_each (peer, &wg0->peers)
		vec_each (prefix, &peer->allowed_ips)
			n += !memcmp(prefix->ip.b, begin, sizeof(begin));
	return n;
}

static void look(struct device *device)
{
	struct observed_interface wg0 = { .name = "wg0" };
	struct arena *arena = arena_new();
	struct failure failure;

	ck_assert_msg(wg_kernel_get(device->wg, &wg0, arena, arena, &device->deadline, &failure),
		      "%s", failure.text);
	device->seen.missing += !has(peer_of(&wg0, &device->first), &device->untouched);
	device->seen.homeless += count_own(&wg0) != PREFIXES;
	device->seen.refused += !send_one(device->socket);
	arena_free(arena);
}

/* "wg set" and "wg syncconf" set it in the first message about a peer. */
static void say_replace(struct nlmsghdr *message)
{
	const uint32_t flags = WGPEER_F_UPDATE_ONLY | WGPEER_F_REPLACE_ALLOWEDIPS;
	const struct nlattr *peers = NULL;
	struct nlattr *attribute;
	bool said = false;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == WGDEVICE_A_PEERS)
			peers = attribute;
	}
	ck_assert_ptr_nonnull(peers);
	mnl_attr_for_each_nested(attribute, (struct nlattr *)mnl_attr_get_payload(peers))
	{
		if (mnl_attr_get_type(attribute) == WGPEER_A_FLAGS) {
			memcpy(mnl_attr_get_payload(attribute), &flags, sizeof(flags));
			said = true;
		}
	}
	ck_assert(said);
}

static bool message_made(struct netlink_batch *batch, void *data)
{
	struct device *device = data;
	struct failure failure;

	if (device->replaces && device->seen.messages == 0)
		say_replace((struct nlmsghdr *)batch->buffer);
	ck_assert_msg(netlink_batch_send(device->netlink, batch, &device->deadline, &failure),
		      "%d %s", failure.code, failure.text);
	device->seen.messages++;
	if (device->looks)
		look(device);
	return true;
}

static bool read_family(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID)
			ck_assert(netlink_u16(attribute, data));
	}
	return true;
}

static uint16_t family_number(struct device *device)
{
	struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, GENL_ID_CTRL, NLM_F_ACK, &header,
							 sizeof(header));
	uint16_t number = 0;
	struct netlink_receiver receiver = { .message = read_family, .data = &number };
	struct failure failure;

	netlink_put_string(request, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	ck_assert(
		netlink_request(device->netlink, request, &receiver, &device->deadline, &failure));
	return number;
}

/* PREFIXES of length 32, from 10.second.0.0 on. */
static struct prefix *make_prefixes(struct arena *arena, uint8_t second)
{
	struct prefix *prefixes = arena_alloc(arena, PREFIXES * sizeof(*prefixes));

	for (unsigned i = 0; i < PREFIXES; i++)
		prefixes[i] = (struct prefix){ .ip = { .family = FAMILY_IPV4,
						       .b = { 10, second, (uint8_t)(i >> 8),
							      (uint8_t)i } },
					       .length = 32 };
	return prefixes;
}

static bool device_init(struct device *device)
{
	if (!fixture_unshare(CLONE_NEWNET))
		return false;
	if (system("ip link add wg0 type wireguard 2>/dev/null") != 0)
		return fixture_skip("this kernel has no WireGuard");
	/* Packets wait for an unanswered handshake: only that they have a peer matters. */
	fixture_shell("ip link set lo up && ip address add 10.9.0.1/24 dev wg0 && "
		      "wg set wg0 peer " FIRST " endpoint 127.0.0.1:9 allowed-ips " UNTOUCHED
		      " peer " SECOND " endpoint 127.0.0.1:9 && "
		      "ip link set wg0 up && ip route add 10.0.0.0/8 dev wg0");
	*device = (struct device){ .arena = arena_new(),
				   .netlink = netlink_open(NETLINK_GENERIC),
				   .wg = wg_kernel_open(WG_GENL_NAME),
				   .deadline = deadline_in(TEST_MS),
				   .untouched = prefix_of(UNTOUCHED) };
	ck_assert(key_parse(FIRST, &device->first) && key_parse(SECOND, &device->second));
	device->own = make_prefixes(device->arena, OWN);
	device->fresh = make_prefixes(device->arena, FRESH);
	device->encoding = (struct wg_encoding){ .family = family_number(device),
						 .limit = WG_MESSAGE_LIMIT,
						 .batch = netlink_batch_new(device->arena),
						 .message = message_made,
						 .data = device };
	device->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(device->socket, 0);
	ck_assert(send_one(device->socket));
	return true;
}

static void device_done(struct device *device)
{
	close(device->socket);
	wg_kernel_close(device->wg);
	netlink_close(device->netlink);
	arena_free(device->arena);
}

static struct wg_peer_update *add_peer(struct device *device, struct wg_update *update,
				       const struct wg_key *key)
{
	struct wg_peer_update *peer = vec_push(device->arena, &update->peers);

	peer->public_key = *key;
	peer->action = WG_PEER_UPDATE;
	peer->keepalive = -1;
	return peer;
}

static void add(struct device *device, struct wg_peer_update *peer, const struct prefix *prefixes,
		size_t n)
{
	*vec_push(device->arena, &peer->add) = (struct prefix_span){ .at = prefixes, .n = n };
}

static void drop(struct device *device, struct wg_peer_update *peer, const struct prefix *prefixes,
		 size_t n)
{
	*vec_push(device->arena, &peer->drop) = (struct prefix_span){ .at = prefixes, .n = n };
}

static void encode(struct device *device, const struct wg_update *update)
{
	device->seen.messages = 0;
	ck_assert(wg_kernel_encode(update, &device->encoding, device->arena));
}

static struct wg_update update_of(void)
{
	return (struct wg_update){ .interface = "wg0", .listen_port = -1, .fwmark = -1 };
}

/* The first peer has its own prefixes, the second one has none. */
static void begin(struct device *device)
{
	struct wg_update update = update_of();
	bool looks = device->looks;

	add(device, add_peer(device, &update, &device->first), device->own, PREFIXES);
	drop(device, add_peer(device, &update, &device->second), device->fresh, PREFIXES);
	device->looks = false;
	encode(device, &update);
	device->looks = looks;
	device->seen = (struct seen){ 0 };
}

/* Half of the first peer's own move to the second one, which also gets new ones; then the
 * new ones are removed, and the moved ones return. */
static void change_others(struct device *device)
{
	struct wg_update there = update_of(), back = update_of();
	struct wg_peer_update *second = add_peer(device, &there, &device->second);
	unsigned messages;

	add(device, second, device->own, PREFIXES / 2);
	add(device, second, device->fresh, PREFIXES);
	encode(device, &there);
	messages = device->seen.messages;
	add(device, add_peer(device, &back, &device->first), device->own, PREFIXES / 2);
	drop(device, add_peer(device, &back, &device->second), device->fresh, PREFIXES);
	encode(device, &back);
	device->seen.messages += messages;
}

/* The same prefixes once more, as one replacing list; the unchanged prefix is at its end. */
static void replace_all(struct device *device)
{
	struct wg_update update = update_of();
	struct wg_peer_update *first = add_peer(device, &update, &device->first);

	add(device, first, device->own, PREFIXES);
	add(device, first, &device->untouched, 1);
	device->replaces = true;
	encode(device, &update);
	device->replaces = false;
}

static bool message_tried(struct netlink_batch *batch, void *data)
{
	struct device *device = data;
	struct failure failure;

	return netlink_batch_send(device->netlink, batch, &device->deadline, &failure);
}

/* Whether this kernel accepts WGALLOWEDIP_F_REMOVE_ME. */
static bool knows_remove_flag(struct device *device)
{
	struct wg_encoding encoding = device->encoding;
	struct wg_update update = update_of();

	drop(device, add_peer(device, &update, &device->first), device->fresh, 1);
	encoding.remove_flag = true;
	encoding.message = message_tried;
	return wg_kernel_encode(&update, &encoding, device->arena);
}

/* drivers/net/wireguard/netlink.c has the flag since Linux 6.16. */
static bool kernel_is_new_enough(void)
{
	struct utsname kernel;
	unsigned major, minor;

	ck_assert_int_eq(uname(&kernel), 0);
	ck_assert_int_eq(sscanf(kernel.release, "%u.%u", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 16);
}

static void check_changes(struct device *device)
{
	begin(device);
	device->looks = true;
	change_others(device);
	device->looks = false;
	ck_assert_uint_ge(device->seen.messages, 10);
	ck_assert_uint_eq(device->seen.missing, 0);
	ck_assert_uint_eq(device->seen.homeless, 0);
	ck_assert_uint_eq(device->seen.refused, 0);
}

START_TEST(test_between_messages)
{
	struct device device;

	if (!device_init(&device))
		return;
	check_changes(&device);
	device_done(&device);
}
END_TEST

START_TEST(test_between_messages_with_remove_flag)
{
	struct device device;

	if (!device_init(&device))
		return;
	begin(&device);
	device.encoding.remove_flag = knows_remove_flag(&device);
	ck_assert_int_eq(device.encoding.remove_flag, kernel_is_new_enough());
	if (device.encoding.remove_flag)
		check_changes(&device);
	device_done(&device);
}
END_TEST

/* From the first message on, which empties the peer, until the last one. */
START_TEST(test_between_messages_of_replacement)
{
	struct device device;

	if (!device_init(&device))
		return;
	begin(&device);
	device.looks = true;
	replace_all(&device);
	ck_assert_uint_ge(device.seen.messages, 4);
	ck_assert_uint_eq(device.seen.missing, device.seen.messages - 1);
	ck_assert_uint_eq(device.seen.refused, device.seen.messages - 1);
	ck_assert_uint_gt(device.seen.homeless, 0);
	device_done(&device);
}
END_TEST

/* A process that sends continuously. */

struct traffic {
	atomic_uint sent;
	atomic_uint refused;
};

static void send_all_the_time(struct traffic *traffic)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (;;) {
		if (!send_one(sender))
			traffic->refused++;
		traffic->sent++;
		nanosleep(&pause, NULL);
	}
}

static bool time_is_real(void)
{
	return system("grep -q time-travel= /proc/cmdline") != 0 ||
	       fixture_skip("nobody else runs while somebody computes, in this kernel's time");
}

/* Number of packets without a peer during repeated updates. */
static unsigned count_refused(struct device *device, const struct traffic *traffic,
			      void (*what)(struct device *device))
{
	unsigned refused = traffic->refused, sent = traffic->sent;

	while (traffic->sent - sent < PACKETS)
		what(device);
	return traffic->refused - refused;
}

START_TEST(test_sender)
{
	struct traffic *traffic = mmap(NULL, sizeof(*traffic), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct device device;
	pid_t sender;

	ck_assert_ptr_ne(traffic, MAP_FAILED);
	if (!device_init(&device))
		return;
	if (time_is_real()) {
		begin(&device);
		device.encoding.remove_flag = knows_remove_flag(&device);
		sender = fixture_fork();
		if (sender == 0)
			send_all_the_time(traffic);
		ck_assert_uint_eq(count_refused(&device, traffic, change_others), 0);
		ck_assert_uint_gt(count_refused(&device, traffic, replace_all), 0);
		fixture_kill(sender);
	}
	device_done(&device);
	munmap(traffic, sizeof(*traffic));
}
END_TEST

SUITE("allowed_ips", test_between_messages, test_between_messages_with_remove_flag,
      test_between_messages_of_replacement, test_sender)
