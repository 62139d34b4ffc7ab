/* SPDX-License-Identifier: MIT */
#include "wg_user.h"

#include "test/fixture.h"
#include "test/unit.h"
#include "wg_backend.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DIRECTORY "/run/wireguard"
#define ZERO_KEY "0000000000000000000000000000000000000000000000000000000000000000"
#define KEY_1 "0100000000000000000000000000000000000000000000000000000000000000"
#define KEY_2 "0200000000000000000000000000000000000000000000000000000000000000"

/* As wireguard-go 0.0.20220316 answers, and with the zone of later versions. */
static const char answer[] =
	"private_key=c81d649cf48b402d216128eb13774ae3ac569c149776c0dc972ba9ffe4eba375\n"
	"listen_port=51820\n"
	"fwmark=51820\n"
	"public_key=" KEY_1 "\n"
	"preshared_key=" ZERO_KEY "\n"
	"protocol_version=1\n"
	"endpoint=192.0.2.1:51820\n"
	"last_handshake_time_sec=1700000000\n"
	"last_handshake_time_nsec=999999999\n"
	"tx_bytes=18446744073709551615\n"
	"rx_bytes=180\n"
	"persistent_keepalive_interval=25\n"
	"allowed_ip=10.1.0.0/16\n"
	"allowed_ip=2001:db8::/32\n"
	"public_key=" KEY_2 "\n"
	"preshared_key=" KEY_1 "\n"
	"protocol_version=1\n"
	"endpoint=[fe80::1%7]:51821\n"
	"last_handshake_time_sec=0\n"
	"last_handshake_time_nsec=0\n"
	"tx_bytes=0\n"
	"rx_bytes=0\n"
	"persistent_keepalive_interval=0\n"
	"errno=0\n"
	"\n";

static void check_answer(const struct observed_interface *interface)
{
	const struct observed_peer *peer;

	ck_assert(interface->has_private_key);
	ck_assert_uint_eq(interface->private_key.b[0], 0xc8);
	ck_assert_uint_eq(interface->private_key.b[31], 0x75);
	ck_assert_uint_eq(interface->listen_port, 51820);
	ck_assert_uint_eq(interface->fwmark, 51820);
	ck_assert_uint_eq(interface->peers.n, 2);
	peer = &interface->peers.at[0];
	ck_assert_uint_eq(peer->public_key.b[0], 1);
	ck_assert(key_is_zero(&peer->preshared_key));
	ck_assert_uint_eq(peer->endpoint.ip.family, FAMILY_IPV4);
	ck_assert_uint_eq(peer->endpoint.port, 51820);
	ck_assert_int_eq(peer->handshake.sec, 1700000000);
	ck_assert_int_eq(peer->handshake.nsec, 999999999);
	ck_assert_uint_eq(peer->tx_bytes, UINT64_MAX);
	ck_assert_uint_eq(peer->rx_bytes, 180);
	ck_assert_uint_eq(peer->persistent_keepalive, 25);
	ck_assert_uint_eq(peer->allowed_ips.n, 2);
	ck_assert_uint_eq(peer->allowed_ips.at[1].length, 32);
	peer = &interface->peers.at[1];
	ck_assert_uint_eq(peer->preshared_key.b[0], 1);
	ck_assert_uint_eq(peer->endpoint.ip.family, FAMILY_IPV6);
	ck_assert_uint_eq(peer->endpoint.scope, 7);
	ck_assert(handshake_is_none(peer->handshake));
	ck_assert_uint_eq(peer->allowed_ips.n, 0);
}

/* The result does not depend on how the answer is split. */
START_TEST(test_read)
{
	struct arena *arena = arena_new();
	struct failure failure;
	size_t n = sizeof(answer) - 1;

	for (size_t step = 1; step <= n; step++) {
		struct observed_interface interface = { .name = "wg0" };
		struct wg_user_reader reader = { .interface = &interface,
						 .arena = arena,
						 .prefixes = arena };

		for (size_t at = 0; at < n; at += step) {
			ck_assert(!reader.complete);
			ck_assert(wg_user_read(&reader, answer + at, n - at < step ? n - at : step,
					       &failure));
		}
		ck_assert(reader.complete);
		ck_assert_int_eq(reader.error, 0);
		check_answer(&interface);
	}
	arena_free(arena);
}
END_TEST

static bool reads(const char *text, struct wg_user_reader *reader, struct observed_interface *to,
		  struct arena *arena, struct failure *failure)
{
	*to = (struct observed_interface){ .name = "wg0" };
	*reader = (struct wg_user_reader){ .interface = to, .arena = arena, .prefixes = arena };
	return wg_user_read(reader, text, strlen(text), failure);
}

START_TEST(test_read_small)
{
	static const struct {
		const char *text;
		int64_t error;
	} good[] = {
		{ "errno=0\n\n", 0 },
		{ "errno=-22\n\n", 22 },
		{ "errno=22\n\n", 22 },
		{ "a_new_key=whatever\nerrno=0\n\n", 0 },
		{ "public_key=" KEY_1 "\na_new_key=\nerrno=0\n\n", 0 },
		{ "private_key=" ZERO_KEY "\nerrno=0\n\n", 0 },
		{ "errno=0\n\nwhat comes after it does not count", 0 },
	};
	struct observed_interface interface;
	struct wg_user_reader reader;
	struct failure failure;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct arena *arena = arena_new();

		ck_assert(reads(good[i].text, &reader, &interface, arena, &failure));
		ck_assert(reader.complete);
		ck_assert_int_eq(reader.error, good[i].error);
		ck_assert(!interface.has_private_key);
		arena_free(arena);
	}
}
END_TEST

START_TEST(test_read_malformed)
{
	static const char *const bad[] = {
		"\n",
		"no equals sign\n",
		"=\n\n", /* an unknown key, but then without errno */
		"errno=\n",
		"errno=x\n",
		"errno=--1\n",
		"errno=4096\n",
		"private_key=00\n",
		"private_key=" ZERO_KEY "0\n",
		"private_key=g" KEY_1 "\n",
		"listen_port=65536\n",
		"listen_port=-1\n",
		"listen_port=\n",
		"listen_port= 1\n",
		"fwmark=4294967296\n",
		"fwmark=0x1\n",
		"public_key=\n",
		"public_key=" KEY_1 "\npreshared_key=1\n",
		"public_key=" KEY_1 "\nendpoint=192.0.2.1\n",
		"public_key=" KEY_1 "\nendpoint=192.0.2.1:0\n",
		"public_key=" KEY_1 "\nendpoint=localhost:1\n",
		"public_key=" KEY_1 "\nendpoint=[fe80::1%]:1\n",
		"public_key=" KEY_1 "\nendpoint=[fe80::1%nosuchlink0]:1\n",
		"public_key=" KEY_1 "\nallowed_ip=10.0.0.0/33\n",
		"public_key=" KEY_1 "\nallowed_ip=-10.0.0.0/8\n",
		"public_key=" KEY_1 "\npersistent_keepalive_interval=65536\n",
		"public_key=" KEY_1 "\nlast_handshake_time_sec=9223372036854775808\n",
		"public_key=" KEY_1 "\nlast_handshake_time_sec=-1\n",
		"public_key=" KEY_1 "\nlast_handshake_time_nsec=1000000000\n",
		"public_key=" KEY_1 "\nrx_bytes=18446744073709551616\n",
		"public_key=" KEY_1 "\ntx_bytes=1e3\n",
	};
	struct observed_interface interface;
	struct wg_user_reader reader;
	struct failure failure;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena *arena = arena_new();

		ck_assert_msg(!reads(bad[i], &reader, &interface, arena, &failure), "%s", bad[i]);
		ck_assert_int_eq(failure.code, EPROTO);
		arena_free(arena);
	}
}
END_TEST

START_TEST(test_read_hides_keys)
{
	struct arena *arena = arena_new();
	struct observed_interface interface;
	struct wg_user_reader reader;
	struct failure failure;

	ck_assert(!reads("private_key=5ec4e7\n", &reader, &interface, arena, &failure));
	ck_assert_ptr_nonnull(strstr(failure.text, "private_key"));
	ck_assert_ptr_null(strstr(failure.text, "5ec4e7"));
	arena_free(arena);
}
END_TEST

START_TEST(test_read_long_and_zero)
{
	struct arena *arena = arena_new();
	struct wg_user_reader reader = { .arena = arena };
	char line[2 * WG_USER_LINE_MAX];
	struct failure failure;

	memset(line, 'a', sizeof(line));
	ck_assert(!wg_user_read(&reader, line, sizeof(line), &failure));
	reader = (struct wg_user_reader){ .arena = arena };
	ck_assert(!wg_user_read(&reader, "errno=0\0\n\n", 10, &failure));
	reader = (struct wg_user_reader){ .arena = arena, .total = WG_USER_ANSWER_MAX };
	ck_assert(!wg_user_read(&reader, "errno=0\n\n", 9, &failure));
	arena_free(arena);
}
END_TEST

/* Writing. */

static struct wg_peer_update *update_peer(struct wg_update *update, uint8_t key,
					  enum wg_peer_action action, struct arena *arena)
{
	struct wg_peer_update *peer = vec_push(arena, &update->peers);

	peer->public_key.b[0] = key;
	peer->action = action;
	peer->keepalive = -1;
	return peer;
}

static void add_prefix(struct arena *arena, struct wg_peer_update *peer, const char *text,
		       bool drop)
{
	struct prefix *prefix = arena_alloc(arena, sizeof(*prefix));
	struct prefix_span span = { .at = prefix, .n = 1 };

	ck_assert(prefix_parse(text, prefix));
	if (drop)
		*vec_push(arena, &peer->drop) = span;
	else
		*vec_push(arena, &peer->add) = span;
}

START_TEST(test_write)
{
	static const char expected[] = "set=1\n"
				       "private_key=" KEY_2 "\n"
				       "listen_port=0\n"
				       "fwmark=4294967295\n"
				       "public_key=" KEY_1 "\n"
				       "preshared_key=" KEY_2 "\n"
				       "endpoint=192.0.2.1:51820\n"
				       "persistent_keepalive_interval=25\n"
				       "allowed_ip=10.0.0.0/8\n"
				       "allowed_ip=::/0\n"
				       "public_key=" KEY_2 "\n"
				       "update_only=true\n"
				       "endpoint=[fe80::1%3]:1\n"
				       "persistent_keepalive_interval=0\n"
				       "persistent_keepalive_interval=25\n"
				       "public_key=" KEY_1 "\n"
				       "allowed_ip=10.9.0.0/16\n"
				       "public_key=" KEY_1 "\n"
				       "remove=true\n"
				       "public_key=" KEY_2 "\n"
				       "remove=true\n"
				       "\n";
	struct arena *arena = arena_new();
	struct wg_update update = { .interface = "wg0", .listen_port = 0, .fwmark = UINT32_MAX };
	struct wg_key key = { { 2 } };
	struct endpoint endpoint, local;
	struct buffer text = buffer_new(arena);
	struct wg_peer_update *peer;

	ck_assert(endpoint_parse("192.0.2.1:51820", &endpoint));
	ck_assert(endpoint_parse("[fe80::1]:1", &local));
	local.scope = 3;
	update.private_key = &key;
	peer = update_peer(&update, 1, WG_PEER_CREATE, arena);
	peer->preshared_key = &key;
	peer->endpoint = &endpoint;
	peer->keepalive = 25;
	add_prefix(arena, peer, "10.0.0.0/8", false);
	add_prefix(arena, peer, "::/0", false);
	peer = update_peer(&update, 2, WG_PEER_UPDATE, arena);
	peer->endpoint = &local;
	peer->keepalive = 25;
	peer->trigger = true;
	/* The dummy peer's key happens to be KEY_1's. */
	peer = update_peer(&update, 3, WG_PEER_UPDATE, arena);
	add_prefix(arena, peer, "10.9.0.0/16", true);
	update_peer(&update, 2, WG_PEER_REMOVE, arena);
	wg_user_write(&update, &text);
	ck_assert_str_eq(text.text, expected);
	arena_free(arena);
}
END_TEST

START_TEST(test_write_nothing)
{
	struct arena *arena = arena_new();
	struct wg_update update = { .interface = "wg0", .listen_port = -1, .fwmark = -1 };
	struct buffer text = buffer_new(arena);

	wg_user_write(&update, &text);
	ck_assert_uint_eq(text.n, 7);
	ck_assert_mem_eq(text.text, "set=1\n\n", 7);
	arena_free(arena);
}
END_TEST

/* The program at the other end. */

enum behaviour {
	READS_ALL, /* then answers */
	READS_LITTLE, /* answers and ends, as after an error */
	NEVER_ANSWERS,
};

static bool private_run(void)
{
	if (!fixture_unshare(CLONE_NEWNS))
		return false;
	fixture_empty_run();
	ck_assert_int_eq(mkdir(DIRECTORY, 0700), 0);
	return true;
}

static int listen_as(const char *interface)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(listener, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", DIRECTORY, interface,
		 WG_USER_SUFFIX);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	return listener;
}

static void serve(int listener, enum behaviour behaviour, const char *reply)
{
	int fd = accept(listener, NULL, NULL);
	char data[65536];
	char last[2] = { 0 };
	ssize_t n;

	if (behaviour == NEVER_ANSWERS)
		pause();
	do {
		n = read(fd, data, behaviour == READS_LITTLE ? 10 : sizeof(data));
		if (n > 1)
			memcpy(last, data + n - 2, 2);
		else if (n == 1)
			memmove(last, last + 1, 1), last[1] = data[0];
	} while (behaviour == READS_ALL && n > 0 && memcmp(last, "\n\n", 2) != 0);
	if (write(fd, reply, strlen(reply)) < 0)
		_exit(1);
	close(fd);
	_exit(0);
}

static pid_t start_server(enum behaviour behaviour, const char *reply)
{
	int listener = listen_as("wg0");
	pid_t pid = fixture_fork();

	if (pid == 0)
		serve(listener, behaviour, reply);
	close(listener);
	return pid;
}

static void stop_server(pid_t pid)
{
	fixture_kill(pid);
	wg_user_forget(DIRECTORY, "wg0");
}

/* Sends a long update, whose answer arrives during sending. */
static bool set_against(enum behaviour behaviour, const char *reply, int milliseconds,
			struct failure *failure)
{
	struct deadline deadline = deadline_in(milliseconds);
	struct arena *arena = arena_new();
	struct wg_update update = { .interface = "wg0", .listen_port = -1, .fwmark = -1 };
	struct wg_peer_update *peer = update_peer(&update, 1, WG_PEER_UPDATE, arena);
	pid_t pid = start_server(behaviour, reply);
	bool done;

	for (int i = 0; i < 100000; i++)
		add_prefix(arena, peer, "10.0.0.0/8", false);
	done = wg_user_set(DIRECTORY, &update, arena, &deadline, failure);
	stop_server(pid);
	arena_free(arena);
	return done;
}

START_TEST(test_set)
{
	struct failure failure;

	if (!private_run())
		return;
	ck_assert(set_against(READS_ALL, "errno=0\n\n", 10000, &failure));
	ck_assert(!set_against(READS_ALL, "errno=-22\n\n", 10000, &failure));
	ck_assert_int_eq(failure.code, EINVAL);
	ck_assert(!set_against(READS_LITTLE, "errno=-98\n\n", 10000, &failure));
	ck_assert_int_eq(failure.code, EADDRINUSE);
	ck_assert(!set_against(READS_ALL, "errno=0\n", 10000, &failure));
	ck_assert_int_eq(failure.code, EPROTO);
	ck_assert(!set_against(READS_ALL, "", 10000, &failure));
	ck_assert_int_eq(failure.code, EPROTO);
	ck_assert(!set_against(NEVER_ANSWERS, "", 200, &failure));
	ck_assert_int_eq(failure.code, ETIMEDOUT);
}
END_TEST

static bool get_against(const char *reply, struct observed_interface *interface,
			struct arena *arena, struct failure *failure)
{
	struct deadline deadline = deadline_in(10000);
	pid_t pid = start_server(READS_ALL, reply);
	struct wg *wg = wg_open();
	bool done;

	done = wg_get(wg, wg_backend_of(IMPLEMENTATION_USERSPACE), interface, arena, arena,
		      &deadline, failure);
	wg_close(wg);
	stop_server(pid);
	return done;
}

START_TEST(test_get)
{
	struct arena *arena = arena_new();
	struct observed_interface interface = { .name = "wg0" };
	struct failure failure;

	if (!private_run()) {
		arena_free(arena);
		return;
	}
	ck_assert(get_against(answer, &interface, arena, &failure));
	ck_assert(interface.kind == LINK_WIREGUARD);
	ck_assert_int_eq(interface.implementation, IMPLEMENTATION_USERSPACE);
	check_answer(&interface);
	/* Earlier answers are discarded. */
	ck_assert(get_against("errno=0\n\n", &interface, arena, &failure));
	ck_assert(!interface.has_private_key);
	ck_assert_uint_eq(interface.peers.n, 0);
	ck_assert(!get_against("errno=1\n\n", &interface, arena, &failure));
	ck_assert_int_eq(failure.code, EPERM);
	arena_free(arena);
}
END_TEST

START_TEST(test_nobody_there)
{
	struct arena *arena = arena_new();
	struct deadline deadline = deadline_in(10000);
	struct observed_interface interface = { .name = "wg0" };
	struct failure failure;

	if (!private_run()) {
		arena_free(arena);
		return;
	}
	ck_assert(!wg_user_exists(DIRECTORY, "wg0"));
	ck_assert(!wg_user_get(DIRECTORY, &interface, arena, arena, &deadline, &failure));
	ck_assert_int_eq(failure.code, ENOENT);
	close(listen_as("wg0"));
	ck_assert(wg_user_exists(DIRECTORY, "wg0"));
	ck_assert(!wg_user_answers(DIRECTORY, "wg0", &deadline));
	ck_assert(!wg_user_get(DIRECTORY, &interface, arena, arena, &deadline, &failure));
	ck_assert_int_eq(failure.code, ECONNREFUSED);
	wg_user_forget(DIRECTORY, "wg0");
	ck_assert(!wg_user_exists(DIRECTORY, "wg0"));
	/* Names that would leave the directory. */
	interface.name = "../../etc/wg0";
	ck_assert(!wg_user_exists(DIRECTORY, interface.name));
	ck_assert(!wg_user_get(DIRECTORY, &interface, arena, arena, &deadline, &failure));
	ck_assert_int_eq(failure.code, EINVAL);
	arena_free(arena);
}
END_TEST

SUITE("wg_user", test_read, test_read_small, test_read_malformed, test_read_hides_keys,
      test_read_long_and_zero, test_write, test_write_nothing, test_set, test_get,
      test_nobody_there)
