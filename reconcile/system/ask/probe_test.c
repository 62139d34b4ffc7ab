/* SPDX-License-Identifier: MIT */
/*
 * Two network namespaces joined by two veth pairs: near0-far0 and near1-far1. The far ends
 * are answered by the kernel, or by a responder of this test.
 */
#include "probe.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Debian's nobody and nogroup. */
#define NOBODY 65534

static struct arena *arena;
static pid_t far; /* a process holding the far namespace */

static bool is_skipped(const char *name)
{
	if (geteuid() == 0)
		return false;
	return !fixture_skip("%s: needs root", name);
}

static bool far_begin(void *data)
{
	(void)data;
	return unshare(CLONE_NEWNET) == 0;
}

static void pair_make(int n)
{
	fixture_shell("ip link add near%d type veth peer name far%d netns %d", n, n, far);
	fixture_shell("ip link set near%d up; ip address add 10.9.%d.1/24 dev near%d;"
		      "ip address add fd09:%d::1/64 dev near%d nodad",
		      n, n, n, n, n);
	/* The same link-local address on both links. */
	fixture_shell(
		"nsenter -t %d -n sh -e -c 'ip link set lo up; ip link set far%d up;"
		"ip address add 10.9.%d.2/24 dev far%d; ip address add 10.9.%d.3/24 dev far%d;"
		"ip address add fd09:%d::2/64 dev far%d nodad;"
		"ip address add fe80::2/64 dev far%d nodad'",
		far, n, n, n, n, n, n, n, n);
}

/* first..last: the groups that may have ping sockets, 1..0 for none. */
static void ping_sockets(int first, int last)
{
	fixture_shell("echo %d %d >/proc/sys/net/ipv4/ping_group_range", first, last);
}

static void world_remove(void)
{
	fixture_kill(far);
	arena_free(arena);
}

static struct query_probe query_make(const char *interface, const char *target, unsigned count,
				     msec_t timeout)
{
	struct query_probe query = { .interface = interface, .count = count, .timeout = timeout };

	ck_assert(ip_parse(target, &query.target));
	return query;
}

static struct observed_probe probe_one(const char *interface, const char *target, unsigned count,
				       msec_t timeout)
{
	struct query_probe query = query_make(interface, target, count, timeout);
	struct deadline deadline = deadline_in(4000);
	struct observed_probe probe;

	memset(&probe, 0xff, sizeof(probe));
	probe_targets(&query, 1, &probe, arena, &deadline);
	ck_assert_str_eq(probe.interface, interface);
	ck_assert_int_eq(ip_compare(&probe.target, &query.target), 0);
	return probe;
}

/* Neighbour discovery before the far end listens is retried only after a second: until all
 * neighbours are known, lost echoes prove nothing. */
static void answers_settle(void)
{
	static const char *const far_ends[][2] = {
		{ "near0", "10.9.0.2" },  { "near1", "10.9.1.2" }, { "near0", "fd09:0::2" },
		{ "near1", "fd09:1::2" }, { "near0", "fe80::2" },  { "near1", "fe80::2" },
	};

	for (size_t i = 0; i < sizeof(far_ends) / sizeof(far_ends[0]); i++) {
		unsigned tries = 20;

		while (!probe_one(far_ends[i][0], far_ends[i][1], 3, 300).received)
			ck_assert_msg(--tries, "%s does not answer", far_ends[i][1]);
	}
}

static void world_make(void)
{
	arena = arena_new();
	ck_assert(fixture_unshare(CLONE_NEWNET));
	fixture_shell("ip link set lo up");
	far = fixture_holder(far_begin, NULL);
	/* Link-local addresses must exist at once. */
	fixture_shell("echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad;"
		      "nsenter -t %d -n sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'",
		      far);
	pair_make(0);
	pair_make(1);
	ping_sockets(1, 0);
	answers_settle();
}

/* Targets of all kinds at once: expected results, by row. */
static const struct {
	const char *interface;
	const char *target;
	bool answers;
} targets[] = {
	{ "lo", "127.0.0.1", true },	 { "lo", "::1", true },
	{ "near0", "10.9.0.2", true },	 { "near0", "fd09:0::2", true },
	{ "near0", "fe80::2", true },	 { "near1", "10.9.1.2", true },
	{ "near1", "fd09:1::2", true },	 { "near1", "fe80::2", true },
	{ "near0", "10.9.0.2", true },	 { "near0", "fe80::2", true },
	{ "near0", "10.9.0.99", false }, { "near1", "fd09:1::99", false },
	{ "near0", "fe80::99", false },	 { "near1", "fd09:0::2", false },
	{ "lo", "10.9.0.2", false },
};
#define TARGETS_N (sizeof(targets) / sizeof(targets[0]))

static void probe_all_targets(void)
{
	struct query_probe queries[TARGETS_N];
	struct observed_probe probes[TARGETS_N];
	struct deadline deadline = deadline_in(4000);
	unsigned descriptors = fixture_descriptors();
	msec_t before = clock_boot();

	for (size_t i = 0; i < TARGETS_N; i++)
		queries[i] = query_make(targets[i].interface, targets[i].target, 3, 300);
	probe_targets(queries, TARGETS_N, probes, arena, &deadline);
	/* 200 ms until the last echo, 300 ms for its answer; for all together. */
	ck_assert_int_ge(clock_boot() - before, 490);
	ck_assert_int_lt(clock_boot() - before, 800);
	for (size_t i = 0; i < TARGETS_N; i++) {
		const char *name = arena_printf(arena, "%s on %s: %s", targets[i].target,
						targets[i].interface,
						probes[i].error ? probes[i].error : "");

		ck_assert_msg(probes[i].received == targets[i].answers, "%s", name);
		if (targets[i].answers) {
			ck_assert_msg(!probes[i].error && probes[i].sent == 1, "%s", name);
			ck_assert_msg(probes[i].rtt >= 0 && probes[i].rtt < 100, "%s", name);
		}
	}
	ck_assert_uint_eq(fixture_descriptors(), descriptors);
}

START_TEST(raw_sockets)
{
	if (is_skipped("raw_sockets"))
		return;
	world_make();
	probe_all_targets();
	world_remove();
}
END_TEST

static void become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

START_TEST(ping_sockets_without_privilege)
{
	if (is_skipped("ping_sockets_without_privilege"))
		return;
	world_make();
	ping_sockets(NOBODY, NOBODY);
	become_nobody();
	/* Raw sockets are impossible, so these were not raw. */
	ck_assert_int_eq(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), -1);
	probe_all_targets();
	arena_free(arena);
}
END_TEST

#define NOT_ALLOWED                                                                                \
	" on near0: no ICMP socket (it takes CAP_NET_RAW, or a group in "                          \
	"net.ipv4.ping_group_range; under systemd: systemctl edit wgreconcile@NAME, and in "       \
	"[Service] CapabilityBoundingSet=CAP_NET_RAW): Operation not permitted"

START_TEST(neither_is_allowed)
{
	if (is_skipped("neither_is_allowed"))
		return;
	world_make();
	become_nobody();
	ck_assert_pstr_eq(probe_one("near0", "10.9.0.2", 3, 300).error, "10.9.0.2" NOT_ALLOWED);
	ck_assert_pstr_eq(probe_one("near0", "fd09:0::2", 3, 300).error, "fd09::2" NOT_ALLOWED);
	arena_free(arena);
}
END_TEST

START_TEST(errors)
{
	struct query_probe nothing = { .interface = "near0", .count = 3, .timeout = 300 };
	struct deadline deadline = deadline_in(1000);
	struct deadline past = { .at = 0 };
	struct observed_probe probe;
	msec_t before;

	if (is_skipped("errors"))
		return;
	world_make();
	before = clock_boot();
	ck_assert_pstr_eq(probe_one("nosuch0", "10.9.0.2", 3, 300).error,
			  "10.9.0.2 on nosuch0: No such device");
	ck_assert_pstr_eq(probe_one("a-name-that-is-too-long", "fe80::2", 3, 300).error,
			  "fe80::2 on a-name-that-is-too-long: No such device");
	ck_assert_pstr_eq(probe_one("near0", "10.9.0.2", 0, 300).error,
			  "10.9.0.2 on near0: nothing to send");
	probe_targets(&nothing, 1, &probe, arena, &deadline);
	ck_assert_ptr_nonnull(probe.error);
	ck_assert_int_lt(clock_boot() - before, 200);
	/* Nothing could be sent: reported after the attempts. */
	probe = probe_one("near0", "2001:db8::1", 3, 100);
	ck_assert_pstr_eq(probe.error, "2001:db8::1 on near0: cannot send: Network is unreachable");
	ck_assert_uint_eq(probe.sent, 0);
	fixture_shell("ip link set near0 down");
	ck_assert_ptr_nonnull(probe_one("near0", "10.9.0.2", 3, 100).error);
	probe = (struct observed_probe){ 0 };
	nothing = query_make("near1", "10.9.1.2", 3, 300);
	probe_targets(&nothing, 1, &probe, arena, &past);
	ck_assert_pstr_eq(probe.error, "10.9.1.2 on near1: no time left");
	probe_targets(NULL, 0, NULL, arena, &deadline);
	world_remove();
}
END_TEST

START_TEST(deadline_is_kept)
{
	struct query_probe query;
	struct deadline deadline;
	struct observed_probe probe;
	msec_t before;

	if (is_skipped("deadline_is_kept"))
		return;
	world_make();
	query = query_make("near0", "10.9.0.99", 4, 4000);
	before = clock_boot();
	deadline = deadline_in(300);
	probe_targets(&query, 1, &probe, arena, &deadline);
	ck_assert_int_ge(clock_boot() - before, 290);
	ck_assert_int_lt(clock_boot() - before, 450);
	ck_assert_uint_eq(probe.sent, 1);
	ck_assert_uint_eq(probe.received, 0);
	ck_assert_ptr_null(probe.error);
	world_remove();
}
END_TEST

/* The responder's reactions to consecutive echoes; the last one is repeated. */
enum response {
	RESPONSE_END,
	RESPONSE_NONE,
	RESPONSE_RIGHT,
	RESPONSE_LATE, /* right, but after 80 ms */
	RESPONSE_WRONG_ID,
	RESPONSE_WRONG_SEQUENCE,
	RESPONSE_WRONG_PAYLOAD,
	RESPONSE_WRONG_SOURCE,
	RESPONSE_WRONG_TYPE,
	RESPONSE_SHORT,
};

#define ECHO_LENGTH 24 /* header and the probe's payload */

static void checksum_set(uint8_t *echo, size_t length)
{
	uint32_t sum = 0;

	memset(echo + 2, 0, 2);
	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)echo[i] << 8 | echo[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	echo[2] = (uint8_t)(~sum >> 8);
	echo[3] = (uint8_t)~sum;
}

static void respond(int fd, const uint8_t *query, enum response response,
		    const struct sockaddr_in *to)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	size_t length = response == RESPONSE_SHORT ? ECHO_LENGTH - 2 : ECHO_LENGTH;
	uint8_t echo[ECHO_LENGTH];

	memcpy(echo, query, sizeof(echo));
	echo[0] = response == RESPONSE_WRONG_TYPE ? 14 : 0; /* timestamp reply, echo reply */
	if (response == RESPONSE_WRONG_ID)
		echo[4] ^= 1;
	if (response == RESPONSE_WRONG_SEQUENCE)
		echo[6] ^= 0x80;
	if (response == RESPONSE_WRONG_PAYLOAD)
		echo[ECHO_LENGTH - 1] ^= 1;
	if (response == RESPONSE_LATE)
		usleep(80000);
	checksum_set(echo, length);
	inet_pton(AF_INET, response == RESPONSE_WRONG_SOURCE ? "10.9.0.3" : "10.9.0.2",
		  &from.sin_addr);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    sendto(fd, echo, length, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		_exit(1);
}

static void responder_run(const enum response *responses)
{
	int in = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	int out = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	struct sockaddr_in from;
	socklen_t length;
	uint8_t bytes[256];

	for (;;) {
		length = sizeof(from);
		if (recvfrom(in, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length) <
		    20 + ECHO_LENGTH)
			_exit(1);
		/* Echo requests only: our own answer is received, too. */
		if (bytes[20] != 8)
			continue;
		if (*responses != RESPONSE_NONE)
			respond(out, bytes + 20, *responses, &from);
		if (responses[1] != RESPONSE_END)
			responses++;
	}
}

static pid_t responder_start(const enum response *responses)
{
	pid_t pid;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", far);
	pid = fixture_fork();
	if (pid == 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
			_exit(1);
		responder_run(responses);
	}
	/* Both its sockets must be open before the first echo. */
	for (int i = 0; i < 100; i++) {
		if (system(arena_printf(arena, "[ $(ls -l /proc/%d/fd | grep -c socket:) -ge 2 ]",
					pid)) == 0)
			return pid;
		usleep(10000);
	}
	ck_abort_msg("the responder does not start");
}

static const struct {
	enum response responses[4];
	unsigned sent;
	unsigned received;
	msec_t rtt_min;
} behaviours[] = {
	{ { RESPONSE_RIGHT }, 1, 1, 0 },
	{ { RESPONSE_NONE }, 3, 0, 0 },
	/* One lost packet has no effect. */
	{ { RESPONSE_NONE, RESPONSE_RIGHT }, 2, 1, 0 },
	{ { RESPONSE_NONE, RESPONSE_NONE, RESPONSE_RIGHT }, 3, 1, 0 },
	{ { RESPONSE_LATE }, 1, 1, 80 },
	{ { RESPONSE_WRONG_ID }, 3, 0, 0 },
	{ { RESPONSE_WRONG_SEQUENCE }, 3, 0, 0 },
	{ { RESPONSE_WRONG_PAYLOAD }, 3, 0, 0 },
	{ { RESPONSE_WRONG_SOURCE }, 3, 0, 0 },
	{ { RESPONSE_WRONG_TYPE }, 3, 0, 0 },
	{ { RESPONSE_SHORT }, 3, 0, 0 },
	{ { RESPONSE_WRONG_SOURCE, RESPONSE_WRONG_PAYLOAD, RESPONSE_RIGHT }, 3, 1, 0 },
};

static void behaviours_check(void)
{
	fixture_shell("nsenter -t %d -n sysctl -q -w net.ipv4.icmp_echo_ignore_all=1", far);
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		pid_t responder = responder_start(behaviours[i].responses);
		struct observed_probe probe = probe_one("near0", "10.9.0.2", 3, 300);

		fixture_kill(responder);
		ck_assert_msg(probe.sent == behaviours[i].sent, "row %zu: %u sent", i, probe.sent);
		ck_assert_msg(probe.received == behaviours[i].received, "row %zu: %u received", i,
			      probe.received);
		ck_assert_msg(!probe.error, "row %zu: %s", i, probe.error);
		ck_assert_msg(probe.rtt >= behaviours[i].rtt_min && probe.rtt < 250,
			      "row %zu: %d ms", i, (int)probe.rtt);
	}
}

START_TEST(raw_socket_takes_only_its_answers)
{
	if (is_skipped("raw_socket_takes_only_its_answers"))
		return;
	world_make();
	behaviours_check();
	world_remove();
}
END_TEST

START_TEST(ping_socket_takes_only_its_answers)
{
	if (is_skipped("ping_socket_takes_only_its_answers"))
		return;
	world_make();
	ping_sockets(0, 0);
	behaviours_check();
	world_remove();
}
END_TEST

START_TEST(descriptors_run_out)
{
	struct deadline deadline = deadline_in(2000);
	struct query_probe queries[100];
	struct observed_probe probes[100];
	struct rlimit limit;
	unsigned answered = 0;

	if (is_skipped("descriptors_run_out"))
		return;
	world_make();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < 100; i++)
		queries[i] = query_make("near0", "10.9.0.2", 3, 300);
	probe_targets(queries, 100, probes, arena, &deadline);
	for (int i = 0; i < 100; i++) {
		answered += probes[i].received;
		/* Each is answered or has an error. */
		ck_assert_msg(probes[i].received == 1 || probes[i].error, "%d: %u sent", i,
			      probes[i].sent);
	}
	ck_assert_uint_gt(answered, 30);
	ck_assert_pstr_eq(probes[99].error,
			  "10.9.0.2 on near0: no ICMP socket: Too many open files");
	world_remove();
}
END_TEST

SUITE("probe", raw_sockets, ping_sockets_without_privilege, neither_is_allowed, errors,
      deadline_is_kept, raw_socket_takes_only_its_answers, ping_socket_takes_only_its_answers,
      descriptors_run_out)
