/* SPDX-License-Identifier: MIT */
/*
 * Real networks, so it needs root; tests that need netem, WireGuard or a settable clock run
 * only in the simulator's kernel (sh sim/guest.sh -- world_test).
 */
#include "world.h"

#include "scenario/scenario_read.h"
#include "scenario/wireguard_key.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Waiting time for an expected absence, ms. */
#define SILENCE_MS 500

/* A scenario and its world. */
struct lab {
	struct arena *arena;
	struct scenario *scenario;
	struct world *world;
	struct failure failure;
	char directory[40];
	const char *said; /* by the last command */
};

static struct scenario *scenario_of(struct arena *arena, const char *text)
{
	struct diags diags = { .arena = arena };
	struct scenario_cases cases = { 0 };
	struct tree_node *tree = scenario_tree("test.yaml", text, strlen(text), NULL, &diags);
	struct scenario *scenario = NULL;

	if (tree && scenario_cases(tree, NULL, 0, false, 0, &cases, &diags))
		tree = scenario_expand(tree, cases.list.at, &diags);
	if (tree && diags.errors == 0)
		scenario = scenario_read(tree, &diags);
	ck_assert_msg(scenario, "%s", diags.list.n ? diag_text(&diags, diags.list.at) : "?");
	return scenario;
}

static struct lab lab_prepare(const char *text)
{
	struct lab lab = { .arena = arena_new(),
			   .directory = "/tmp/wgsim-test.XXXXXX",
			   .said = "" };

	ck_assert_ptr_nonnull(mkdtemp(lab.directory));
	lab.scenario = scenario_of(lab.arena, text);
	return lab;
}

static struct world *lab_build(struct lab *lab, enum implementation wireguard)
{
	const struct world_options options = { .directory = lab->directory,
					       .program = "/bin/true",
					       .wireguard = wireguard };

	lab->world = world_build(lab->scenario, &options, lab->arena, &lab->failure);
	return lab->world;
}

static const char *why(struct lab *lab)
{
	return failure_text(&lab->failure, lab->arena);
}

static struct lab lab_of(const char *text)
{
	struct lab lab = lab_prepare(text);

	ck_assert_msg(lab_build(&lab, IMPLEMENTATION_KERNEL), "%s", why(&lab));
	return lab;
}

/* No process and no file is left: the directory can only be removed if empty. */
static void lab_end(struct lab *lab)
{
	world_remove(lab->world);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(rmdir(lab->directory), 0);
	arena_free(lab->arena);
}

static const struct node *node_of(struct lab *lab, const char *name)
{
	const struct node *node = scenario_node(lab->scenario, name);

	ck_assert_ptr_nonnull(node);
	return node;
}

/* The exit status of a shell command in a node. */
static int sh(struct lab *lab, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int sh(struct lab *lab, const char *node, const char *format, ...)
{
	const char *argv[] = { "sh", "-c", NULL, NULL };
	va_list args;
	int status;

	va_start(args, format);
	argv[2] = arena_vprintf(lab->arena, format, args);
	va_end(args);
	status = process_run(lab->world, node_of(lab, node), argv, &lab->said, lab->arena,
			     &lab->failure);
	ck_assert_msg(status >= 0, "%s: %s", argv[2], why(lab));
	return status;
}

#define ck_sh(lab, node, ...) ck_assert_msg(sh((lab), (node), __VA_ARGS__) == 0, "%s", (lab)->said)

/* A command's output, without the final newline. */
#define ck_says(lab, node, expected, ...)                                                          \
	do {                                                                                       \
		sh((lab), (node), __VA_ARGS__);                                                    \
		ck_assert_str_eq(                                                                  \
			arena_strndup((lab)->arena, (lab)->said, strcspn((lab)->said, "\n")),      \
			(expected));                                                               \
	} while (0)

/* An address that could not be resolved is tried again only after a second. */
#define ck_pings(lab, from, to)                                                                    \
	ck_assert_msg(sh((lab), (from), "ping -n -c 1 -w 4 %s", (to)) == 0, "%s", (lab)->said)

static bool pings(struct lab *lab, const char *from, const char *to)
{
	return sh(lab, from, "ping -n -c 1 -W 1 %s", to) == 0;
}

static bool happens(struct lab *lab, const char *name, unsigned number, bool undo)
{
	const struct occurrence occurrence = { .fault = scenario_fault(lab->scenario, name),
					       .number = number,
					       .undo = undo };

	ck_assert_msg(occurrence.fault, "no fault %s", name);
	return world_fault(lab->world, &occurrence, &lab->failure);
}

#define begin(lab, name) ck_assert_msg(happens((lab), (name), 0, false), "%s", why(lab))
#define end(lab, name) ck_assert_msg(happens((lab), (name), 0, true), "%s", why(lab))

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static int64_t now_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define PAIR                                                                                       \
	"version: 1\n"                                                                             \
	"links: {wan: {}}\n"                                                                       \
	"nodes:\n"                                                                                 \
	"  a: {interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24, '2001:db8::1/64']}}}\n"    \
	"  b: {interfaces: {eth0: {link: wan, addresses: [192.0.2.2/24, '2001:db8::2/64']}}}\n"

/* ---- UDP ---- */

/* A socket in a node. */
static int udp(struct lab *lab, const char *node, uint16_t port)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd;

	ck_assert_msg(world_enter(lab->world, node_of(lab, node), &lab->failure), "%s", why(lab));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert(world_leave(lab->world, &lab->failure));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&local, sizeof(local)), 0);
	return fd;
}

static void udp_send(int fd, const char *to, uint16_t port, const void *data, size_t length)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	ssize_t n;

	ck_assert_int_eq(inet_pton(AF_INET, to, &address.sin_addr), 1);
	do {
		/* An earlier datagram that was not received is no reason. */
		n = sendto(fd, data, length, 0, (struct sockaddr *)&address, sizeof(address));
	} while (n < 0 && errno == ECONNREFUSED);
	ck_assert_int_eq(n, (ssize_t)length);
}

/* The port that the next datagram comes from; 0: none. */
static uint16_t udp_from(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	char data[2048];

	if (poll(&ready, 1, SILENCE_MS) <= 0)
		return 0;
	if (recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &length) < 0)
		return 0;
	return ntohs(from.sin_port);
}

/* ---- Nodes and cables ---- */

START_TEST(nodes_hear_each_other)
{
	struct lab lab = lab_of(PAIR);

	ck_pings(&lab, "a", "192.0.2.2");
	ck_pings(&lab, "b", "2001:db8::1");
	ck_assert(world_is_on(lab.world, node_of(&lab, "a")));
	ck_assert_uint_eq(world_boots(lab.world, node_of(&lab, "a")), 1);
	ck_says(&lab, "a", "a", "hostname");
	lab_end(&lab);
}
END_TEST

START_TEST(routers_forward)
{
	struct lab lab = lab_of(
		"version: 1\n"
		"links: {left: {}, right: {}}\n"
		"nodes:\n"
		"  l: {interfaces: {eth0: {link: left, addresses: [10.1.0.2/24, 'fd01::2/64']}},\n"
		"      gateway: [10.1.0.1, 'fd01::1']}\n"
		"  router:\n"
		"    interfaces:\n"
		"      eth0: {link: left, addresses: [10.1.0.1/24, 'fd01::1/64']}\n"
		"      eth1: {link: right, addresses: [10.2.0.1/24, 'fd02::1/64']}\n"
		"    forward: true\n"
		"  r: {interfaces: {eth0: {link: right, addresses: [10.2.0.2/24, 'fd02::2/64'], mtu: 1400}},\n"
		"      routes: [{to: 10.1.0.0/24, via: 10.2.0.1}, {to: 'fd01::/64', via: 'fd02::1'}]}\n");

	ck_pings(&lab, "l", "10.2.0.2");
	ck_pings(&lab, "l", "fd02::2");
	ck_says(&lab, "r", "1400", "cat /sys/class/net/eth0/mtu");
	lab_end(&lab);
}
END_TEST

START_TEST(a_cable_is_cut_and_mended)
{
	struct lab lab = lab_of(PAIR "timeline:\n"
				     "  - {at: 1s, name: cut, link_down: a.eth0, for: 1s}\n"
				     "  - {at: 1s, name: again, link_down: wan, for: 1s}\n"
				     "  - {at: 1s, name: mend, link_up: b.eth0}\n");

	begin(&lab, "cut");
	ck_assert(!pings(&lab, "a", "192.0.2.2"));
	ck_says(&lab, "a", "0", "cat /sys/class/net/eth0/carrier");
	ck_sh(&lab, "a",
	      "ip address show dev eth0 | grep 192.0.2.1 && "
	      "ip route show dev eth0 | grep 192.0.2.0/24");
	begin(&lab, "again");
	end(&lab, "cut");
	ck_says(&lab, "a", "0", "cat /sys/class/net/eth0/carrier");
	begin(&lab, "mend");
	ck_says(&lab, "b", "1", "cat /sys/class/net/eth0/carrier");
	ck_assert(!pings(&lab, "b", "192.0.2.1"));
	end(&lab, "again");
	ck_pings(&lab, "a", "192.0.2.2");
	lab_end(&lab);
}
END_TEST

START_TEST(partitions_divide_a_link)
{
	struct lab lab = lab_of(
		"version: 1\n"
		"links: {wan: {}}\n"
		"nodes:\n"
		"  'n[1..4]': {interfaces: {eth0: {link: wan, addresses: ['192.0.2.${n}/24']}}}\n"
		"timeline:\n"
		"  - {at: 1s, name: p, partition: {link: wan, groups: [[n1], [n2, n3]]}, for: 1s}\n"
		"  - {at: 1s, name: q, partition: {link: wan, groups: [[n3], [n1, n2, n4]]}, for: 1s}\n");
	/* Reachability: 1-2, 1-3, 1-4, 2-3, 2-4, 3-4. */
	const struct {
		const char *begin, *end, *expected;
	} steps[] = {
		{ NULL, NULL, "111111" }, { "p", NULL, "000100" }, { "q", NULL, "000000" },
		{ NULL, "p", "101010" },  { NULL, "q", "111111" },
	};

	for (unsigned i = 2; i <= 4; i++)
		ck_pings(&lab, "n1", arena_printf(lab.arena, "192.0.2.%u", i));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		char seen[7] = "", *next = seen;

		if (steps[i].begin)
			begin(&lab, steps[i].begin);
		if (steps[i].end)
			end(&lab, steps[i].end);
		for (unsigned a = 1; a <= 3; a++) {
			for (unsigned b = a + 1; b <= 4; b++)
				*next++ = pings(&lab, arena_printf(lab.arena, "n%u", a),
						arena_printf(lab.arena, "192.0.2.%u", b))
						  ? '1'
						  : '0';
		}
		ck_assert_msg(strcmp(seen, steps[i].expected) == 0, "step %zu: %s", i, seen);
	}
	lab_end(&lab);
}
END_TEST

/* ---- Quality ---- */

static double rtt(struct lab *lab, const char *from, const char *to)
{
	const char *time;

	ck_sh(lab, from, "ping -n -c 2 -i 0.2 -W 5 %s | grep seq=2", to);
	time = strstr(lab->said, "time=");
	ck_assert_ptr_nonnull(time);
	return atof(time + strlen("time="));
}

#define ck_rtt(lab, from, to, expected)                                                            \
	do {                                                                                       \
		double rtt_ = rtt((lab), (from), (to));                                            \
		ck_assert_msg(rtt_ >= (expected) && rtt_ < (expected) + 2, "%f ms", rtt_);         \
	} while (0)

START_TEST(delay_of_links_and_attachments)
{
	struct lab lab = lab_of(
		"version: 1\n"
		"links: {wan: {delay: 10ms}}\n"
		"nodes:\n"
		"  a: {interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}}\n"
		"  b: {interfaces: {eth0: {link: wan, addresses: [192.0.2.2/24],\n"
		"                          out: {delay: 30ms}, in: {delay: 5ms}}}}\n"
		"  c: {interfaces: {eth0: {link: wan, addresses: [192.0.2.3/24], out: {}}}}\n"
		"timeline:\n"
		"  - {at: 1s, name: slow, quality: {on: wan, delay: 100ms}, for: 1s}\n"
		"  - {at: 1s, name: both, quality: {on: c.eth0, delay: 20ms}, for: 1s}\n");

	ck_rtt(&lab, "a", "192.0.2.2", 10 + 5 + 30);
	ck_rtt(&lab, "a", "192.0.2.3", 10);
	begin(&lab, "slow");
	ck_rtt(&lab, "a", "192.0.2.3", 200);
	begin(&lab, "both");
	ck_rtt(&lab, "a", "192.0.2.3", 100 + 20 + 20);
	end(&lab, "slow");
	ck_rtt(&lab, "a", "192.0.2.3", 10 + 20 + 20);
	end(&lab, "both");
	ck_rtt(&lab, "a", "192.0.2.3", 10);
	lab_end(&lab);
}
END_TEST

static uint64_t sent_by(struct lab *lab, const char *node)
{
	uint64_t bytes, packets;

	ck_assert(world_traffic(lab->world, node_of(lab, node), &bytes, &packets, &lab->failure));
	ck_assert_uint_ge(bytes, packets * 42);
	return bytes;
}

/* Larger than all neighbour discovery messages. */
#define LARGE "-s 1400 "

START_TEST(loss_of_one_direction)
{
	struct lab lab = lab_of(
		PAIR
		"timeline:\n"
		"  - {at: 1s, name: out, quality: {on: a.eth0, direction: out, loss: 100%}, for: 1s}\n"
		"  - {at: 1s, name: in, quality: {on: a.eth0, direction: in, loss: 100%}, for: 1s}\n");
	uint64_t answered;

	ck_pings(&lab, "a", LARGE "192.0.2.2");
	answered = sent_by(&lab, "b");
	begin(&lab, "out");
	ck_assert(!pings(&lab, "a", LARGE "192.0.2.2"));
	ck_assert_uint_lt(sent_by(&lab, "b"), answered + 1400);
	end(&lab, "out");
	begin(&lab, "in");
	ck_assert(!pings(&lab, "a", LARGE "192.0.2.2"));
	ck_assert_uint_gt(sent_by(&lab, "b"), answered + 1400);
	end(&lab, "in");
	ck_pings(&lab, "a", LARGE "192.0.2.2");
	lab_end(&lab);
}
END_TEST

/* The number of 200 datagrams, one each millisecond, come after a later one. */
static unsigned overtaken(struct lab *lab)
{
	int a = udp(lab, "a", 1000), b = udp(lab, "b", 2000);
	struct pollfd ready = { .fd = b, .events = POLLIN };
	unsigned late = 0, got = 0, latest = 0, number;

	ck_assert(pings(lab, "a", "192.0.2.2"));
	for (number = 1; number <= 200; number++) {
		udp_send(a, "192.0.2.2", 2000, &number, sizeof(number));
		sleep_ms(1);
	}
	while (poll(&ready, 1, SILENCE_MS) > 0) {
		ck_assert_int_eq(recv(b, &number, sizeof(number), 0), sizeof(number));
		got++;
		late += number < latest;
		latest = number > latest ? number : latest;
	}
	ck_assert_uint_eq(got, 200);
	close(a);
	close(b);
	return late;
}

START_TEST(jitter_keeps_the_order)
{
	struct lab lab = lab_of(
		PAIR
		"timeline:\n"
		"  - {at: 1s, name: jitter, quality: {on: wan, delay: 20ms, jitter: 15ms}, for: 1s}\n"
		"  - {at: 1s, name: reorder, quality: {on: wan, delay: 20ms, reorder: 25%}, for: 1s}\n");
	unsigned late;

	begin(&lab, "jitter");
	ck_assert_uint_eq(overtaken(&lab), 0);
	begin(&lab, "reorder");
	late = overtaken(&lab);
	ck_assert_msg(late > 100 && late < 180, "%u", late);
	lab_end(&lab);
}
END_TEST

START_TEST(a_rate_takes_its_time)
{
	struct lab lab = lab_of(
		"version: 1\n"
		"links: {wan: {rate: 1mbit}}\n"
		"nodes:\n"
		"  a: {interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}}\n"
		"  b: {interfaces: {eth0: {link: wan, addresses: [192.0.2.2/24]}}}\n");
	int a = udp(&lab, "a", 1000), b = udp(&lab, "b", 2000);
	char data[1208] = "";
	unsigned got = 0;
	int64_t began, took;

	ck_pings(&lab, "a", "192.0.2.2");
	began = now_ms(CLOCK_MONOTONIC);
	/* 1250 bytes with all headers: 10 ms each. */
	for (unsigned i = 0; i < 10; i++)
		udp_send(a, "192.0.2.2", 2000, data, sizeof(data));
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_eq(udp_from(b), 1000);
	took = now_ms(CLOCK_MONOTONIC) - began;
	ck_assert_msg(took >= 99 && took <= 105, "%d ms", (int)took);
	/* Its queue has some 200 ms; the excess is lost. The kernel's own first messages of
	 * a link, at random times, would be in it, too. */
	sleep(30);
	for (unsigned i = 0; i < 100; i++)
		udp_send(a, "192.0.2.2", 2000, data, sizeof(data));
	while (udp_from(b))
		got++;
	ck_assert_msg(got >= 15 && got <= 17, "%u", got);
	close(a);
	close(b);
	lab_end(&lab);
}
END_TEST

START_TEST(all_sorts_of_bad_links)
{
	struct lab lab = lab_of(
		PAIR "timeline:\n"
		     "  - {at: 1s, name: lossy, quality: {on: wan, loss: 50%}, for: 1s}\n"
		     "  - {at: 1s, name: twice, quality: {on: wan, duplicate: 100%}, for: 1s}\n"
		     "  - {at: 1s, name: broken, quality: {on: wan, corrupt: 100%}, for: 1s}\n");
	int a = udp(&lab, "a", 1000), b = udp(&lab, "b", 2000);
	unsigned got = 0;
	char data[1000] = "";

	ck_pings(&lab, "a", "192.0.2.2");
	begin(&lab, "lossy");
	for (unsigned i = 0; i < 200; i++)
		udp_send(a, "192.0.2.2", 2000, data, sizeof(data));
	while (udp_from(b))
		got++;
	ck_assert_msg(got > 70 && got < 130, "%u", got);
	begin(&lab, "twice");
	udp_send(a, "192.0.2.2", 2000, data, sizeof(data));
	ck_assert(udp_from(b) && udp_from(b) && !udp_from(b));
	end(&lab, "twice");
	end(&lab, "lossy");
	/* Most of a datagram is under the checksum. */
	begin(&lab, "broken");
	got = 0;
	for (unsigned i = 0; i < 50; i++)
		udp_send(a, "192.0.2.2", 2000, data, sizeof(data));
	while (udp_from(b))
		got++;
	ck_assert_msg(got < 10, "%u", got);
	close(a);
	close(b);
	lab_end(&lab);
}
END_TEST

/* ---- Power ---- */

#define MACHINES                                                                                   \
	PAIR "timeline:\n"                                                                         \
	     "  - {at: 1s, name: crash, crash: a, for: 1s}\n"                                      \
	     "  - {at: 1s, name: crash2, crash: a, for: 1s}\n"                                     \
	     "  - {at: 1s, name: boot, boot: a}\n"                                                 \
	     "  - {at: 1s, name: reboot, reboot: {node: a, off: 1s}}\n"                            \
	     "  - {at: 1s, name: lost, reboot: {node: a, off: 1s, state: lost}}\n"

static void make_traces(struct lab *lab, struct process *process)
{
	const char *const argv[] = { "sleep", "1000", NULL };

	ck_sh(lab, "a",
	      "echo state >/var/lib/wgreconcile/default.json; echo x >/run/x;"
	      "echo y >/etc/wgreconcile/y; echo z >/etc/z; ip link add br9 type bridge;"
	      "ip rule add from 198.51.100.0/24 lookup 7; ip route add unreachable 198.51.100.0/24;"
	      "cat /proc/sys/kernel/random/boot_id");
	ck_assert(process_start(lab->world, node_of(lab, "a"), argv, process, &lab->failure));
}

START_TEST(a_crash_and_a_boot)
{
	struct lab lab = lab_of(MACHINES);
	struct process process;
	const char *boot_id;
	int in_node;

	make_traces(&lab, &process);
	boot_id = lab.said;
	ck_assert_uint_eq(strlen(boot_id), 37);
	in_node = udp(&lab, "a", 1000);
	begin(&lab, "crash");
	ck_assert(!world_is_on(lab.world, node_of(&lab, "a")));
	ck_assert_int_eq(process_end(&process, NULL, lab.arena), 128 + SIGKILL);
	ck_assert(!pings(&lab, "b", "192.0.2.1"));
	ck_assert(!world_enter(lab.world, node_of(&lab, "a"), &lab.failure));
	ck_assert(!process_start(lab.world, node_of(&lab, "a"), (const char *[]){ "true", NULL },
				 &process, &lab.failure));
	end(&lab, "crash");
	ck_assert_uint_eq(world_boots(lab.world, node_of(&lab, "a")), 2);
	ck_pings(&lab, "b", "192.0.2.1");
	ck_sh(&lab, "a", "cat /var/lib/wgreconcile/default.json /etc/wgreconcile/y /etc/z");
	ck_sh(&lab, "a",
	      "! ls -A /run | grep -v '^wgsim$' && ! ip link show br9 && ! ip rule | grep 198.51.100 &&"
	      "! ip route | grep unreachable");
	sh(&lab, "a", "cat /proc/sys/kernel/random/boot_id");
	ck_assert_str_ne(lab.said, boot_id);
	close(in_node);
	lab_end(&lab);
}
END_TEST

START_TEST(overlapping_crashes)
{
	struct lab lab = lab_of(MACHINES);
	const struct node *a = node_of(&lab, "a");

	begin(&lab, "crash");
	begin(&lab, "crash2");
	end(&lab, "crash");
	ck_assert(!world_is_on(lab.world, a));
	begin(&lab, "boot");
	ck_assert(world_is_on(lab.world, a));
	end(&lab, "crash2");
	ck_assert(world_is_on(lab.world, a));
	ck_assert_uint_eq(world_boots(lab.world, a), 2);
	lab_end(&lab);
}
END_TEST

START_TEST(a_reboot_keeps_or_loses_state)
{
	struct lab lab = lab_of(MACHINES);
	struct process process;

	make_traces(&lab, &process);
	begin(&lab, "reboot");
	ck_assert(!world_is_on(lab.world, node_of(&lab, "a")));
	process_kill(&process);
	end(&lab, "reboot");
	ck_sh(&lab, "a", "cat /var/lib/wgreconcile/default.json");
	begin(&lab, "lost");
	end(&lab, "lost");
	ck_sh(&lab, "a", "! ls -A /var/lib/wgreconcile | grep . && cat /etc/wgreconcile/y");
	lab_end(&lab);
}
END_TEST

/* Faults active when it boots are active after the boot. */
START_TEST(a_boot_finds_what_stands)
{
	struct lab lab = lab_of(
		PAIR
		"timeline:\n"
		"  - {at: 1s, name: cut, link_down: a.eth0, for: 1s}\n"
		"  - {at: 1s, name: move, address: {node: a, interface: eth0,\n"
		"     add: [192.0.2.9/24], remove: [192.0.2.1/24]}, for: 1s}\n"
		"  - {at: 1s, name: drop, drop: {node: a, hook: input, match: ip protocol icmp}, for: 1s}\n"
		"  - {at: 1s, name: reboot, reboot: a}\n");

	begin(&lab, "cut");
	begin(&lab, "move");
	begin(&lab, "drop");
	begin(&lab, "reboot");
	end(&lab, "reboot");
	ck_says(&lab, "a", "0", "cat /sys/class/net/eth0/carrier");
	end(&lab, "cut");
	ck_assert(!pings(&lab, "b", "192.0.2.9"));
	end(&lab, "drop");
	ck_pings(&lab, "b", "192.0.2.9");
	ck_assert(!pings(&lab, "b", "192.0.2.1"));
	end(&lab, "move");
	ck_pings(&lab, "b", "192.0.2.1");
	ck_assert(!pings(&lab, "b", "192.0.2.9"));
	lab_end(&lab);
}
END_TEST

/* ---- Files ---- */

#define ONE                                                                                        \
	"version: 1\n"                                                                             \
	"links: {wan: {}}\n"                                                                       \
	"nodes:\n"                                                                                 \
	"  a:\n"                                                                                   \
	"    interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}\n"

START_TEST(a_nodes_files_are_its_own)
{
	struct lab lab = lab_of(ONE "    resolver: 192.0.2.53\n"
				    "    hosts: {gw.example: [192.0.2.9, '2001:db8::9']}\n"
				    "    files: {some/where/x.txt: text}\n"
				    "    boot: ['echo booted >/run/booted', 'ls /run/booted']\n");

	ck_says(&lab, "a", "nameserver 192.0.2.53", "cat /etc/resolv.conf");
	ck_sh(&lab, "a", "getent ahostsv4 gw.example | grep '^192.0.2.9 '");
	ck_sh(&lab, "a", "getent ahostsv6 gw.example | grep '^2001:db8::9 '");
	ck_says(&lab, "a", "text", "cat /etc/some/where/x.txt");
	ck_says(&lab, "a", "booted", "cat /run/booted");
	ck_sh(&lab, "a",
	      "echo 1 | tee /tmp/wgsim-x /var/wgsim-x /etc/wgsim-x /run/wgsim-x "
	      "/etc/wgreconcile/wgsim-x /var/lib/wgreconcile/wgsim-x && touch /etc/passwd");
	ck_assert(access("/tmp/wgsim-x", F_OK) && access("/var/wgsim-x", F_OK) &&
		  access("/etc/wgsim-x", F_OK) && access("/run/wgsim-x", F_OK) &&
		  access("/etc/wgreconcile/wgsim-x", F_OK) &&
		  access("/var/lib/wgreconcile/wgsim-x", F_OK));
	ck_assert(access(world_path(lab.world, node_of(&lab, "a"), "/etc/wgreconcile/wgsim-x",
				    lab.arena),
			 R_OK) == 0);
	lab_end(&lab);
}
END_TEST

static void ck_key_is(struct lab *lab, const char *interface, unsigned generation)
{
	struct wg_key key;
	char text[KEY_TEXT_MAX];

	ck_assert(wireguard_key(lab->scenario->seed, "a", interface, generation, &key, NULL));
	ck_says(lab, "a", key_text(&key, text), "cat /etc/wgreconcile/%s.key", interface);
	ck_says(lab, "a", "600", "stat -c %%a /etc/wgreconcile/%s.key", interface);
}

START_TEST(desired_states_and_keys)
{
	struct lab lab = lab_of(
		ONE "    desired: {version: 1, interfaces: {wg0: {listen_port: 51820}}}\n"
		    "timeline:\n"
		    "  - {at: 1s, name: push, desired: {node: a, set: {version: 1, interfaces:\n"
		    "     {wg1: {private_key_file: wg1.key, addresses: [10.9.0.1/24]}}}}}\n"
		    "  - {at: 1s, name: bad, desired: {node: a, set: \"version: [\"}}\n"
		    "  - {at: 1s, name: key, replace_key: a.wg0}\n");

	ck_key_is(&lab, "wg0", 0);
	ck_sh(&lab, "a",
	      "grep 'private_key_file: wg0.key' /etc/wgreconcile/default.yaml && "
	      "! grep implementation /etc/wgreconcile/default.yaml");
	begin(&lab, "push");
	ck_key_is(&lab, "wg1", 0);
	ck_sh(&lab, "a", "grep 10.9.0.1/24 /etc/wgreconcile/default.yaml");
	begin(&lab, "bad");
	ck_says(&lab, "a", "version: [", "cat /etc/wgreconcile/default.yaml");
	begin(&lab, "key");
	ck_key_is(&lab, "wg0", 1);
	begin(&lab, "key");
	ck_key_is(&lab, "wg0", 2);
	lab_end(&lab);
}
END_TEST

START_TEST(userspace_interfaces_say_so)
{
	struct lab lab = lab_prepare(
		ONE
		"    desired: {version: 1, interfaces: {wg0: {}, wg1: {implementation: kernel}}}\n");

	ck_assert_msg(lab_build(&lab, IMPLEMENTATION_USERSPACE), "%s", why(&lab));
	ck_says(&lab, "a", "1",
		"grep -c 'implementation: userspace' /etc/wgreconcile/default.yaml");
	ck_says(&lab, "a", "1", "grep -c 'implementation: kernel' /etc/wgreconcile/default.yaml");
	lab_end(&lab);
}
END_TEST

/* ---- Sockets of the service manager ---- */

static const struct held_sockets *follow(struct lab *lab)
{
	const struct node *a = node_of(lab, "a");

	ck_assert_msg(world_sockets_follow(lab->world, a, &lab->failure), "%s", why(lab));
	return world_sockets(lab->world, a);
}

/* An IPv6 socket of another program in a; -1: the port is in use. */
static int other_program(struct lab *lab, uint16_t port)
{
	struct sockaddr_in6 local = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd;

	ck_assert_msg(world_enter(lab->world, node_of(lab, "a"), &lab->failure), "%s", why(lab));
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert(world_leave(lab->world, &lab->failure));
	ck_assert_int_ge(fd, 0);
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) == 0)
		return fd;
	ck_assert_int_eq(errno, EADDRINUSE);
	close(fd);
	return -1;
}

static bool datagram_waits(const struct held_socket *held)
{
	struct pollfd ready = { .fd = held->fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

/* What a run of a shell command as the node's service prints. */
static const char *service_says(struct lab *lab, const char *command)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct process process;
	struct pollfd ended = { .events = POLLIN };

	ck_assert_msg(
		process_start_service(lab->world, node_of(lab, "a"), argv, &process, &lab->failure),
		"%s", why(lab));
	ended.fd = process.pidfd;
	ck_assert_int_eq(poll(&ended, 1, 5000), 1);
	ck_assert_int_eq(process_end(&process, &lab->said, lab->arena), 0);
	return lab->said;
}

START_TEST(sockets_of_facts)
{
	struct lab lab = lab_prepare(
		"version: 1\n"
		"links: {wan: {}}\n"
		"nodes:\n"
		"  a:\n"
		"    interfaces: {eth0: {link: wan, addresses: ['2001:db8::1/64']}}\n"
		"    desired: {version: 1, interfaces: {\n"
		"      wg0: {listen_port: 51820, facts: {}}, wg1: {listen_port: 51830},\n"
		"      wg2: {listen_port: 51840, facts: {port: 51900}},\n"
		"      wg3: {listen_port: 51850, facts: {port: 51900}}}}\n"
		"  b: {interfaces: {eth0: {link: wan, addresses: ['2001:db8::2/64']}}}\n"
		"timeline:\n"
		"  - {at: 1s, name: bad, desired: {node: a, set: \"version: [\"}}\n"
		"  - {at: 1s, name: other, desired: {node: a, set: {version: 1, interfaces:\n"
		"     {wg0: {listen_port: 51820, facts: {}},\n"
		"      wg2: {listen_port: 51840, facts: {}}}}}}\n"
		"  - {at: 1s, name: reboot, reboot: {node: a, off: 1s}}\n");
	const struct held_sockets *held;
	int other, before;

	ck_assert_msg(lab_build(&lab, IMPLEMENTATION_USERSPACE), "%s", why(&lab));
	held = follow(&lab);
	ck_assert_uint_eq(held->list.n, 2);
	ck_assert_uint_eq(held->list.at[0].port, 51821);
	ck_assert_uint_eq(held->list.at[1].port, 51900);
	before = held->list.at[0].fd;
	ck_assert_int_eq(other_program(&lab, 51821), -1);
	ck_assert(!datagram_waits(&held->list.at[0]));
	ck_sh(&lab, "b", "bash -c 'echo hello >/dev/udp/2001:db8::1/51821'");
	ck_assert(datagram_waits(&held->list.at[0]));
	ck_assert(!datagram_waits(&held->list.at[1]));
	/* Another run gets what the first one left. */
	ck_assert_str_eq(service_says(&lab, "echo $LISTEN_FDS; [ $LISTEN_PID = $$ ] && ls "
					    "/proc/$$/fd | tr '\\n' ' '"),
			 "2\n0 1 2 3 4 ");
	ck_assert_str_eq(service_says(&lab, "head -n 1 <&3"), "hello\n");
	ck_assert(!datagram_waits(&held->list.at[0]));
	ck_says(&lab, "a", "", "env | grep LISTEN_");

	/* Wrong files change nothing; a port of another program is free later. */
	begin(&lab, "bad");
	ck_assert_uint_eq(follow(&lab)->list.n, 2);
	other = other_program(&lab, 51841);
	begin(&lab, "other");
	held = follow(&lab);
	ck_assert_uint_eq(held->list.n, 1);
	ck_assert_int_eq(held->list.at[0].fd, before);
	close(other);
	held = follow(&lab);
	ck_assert_uint_eq(held->list.n, 2);
	ck_assert_uint_eq(held->list.at[1].port, 51841);
	close(other_program(&lab, 51900));

	ck_sh(&lab, "b", "bash -c 'echo lost >/dev/udp/2001:db8::1/51841'");
	begin(&lab, "reboot");
	ck_assert_uint_eq(follow(&lab)->list.n, 0);
	end(&lab, "reboot");
	held = follow(&lab);
	ck_assert_uint_eq(held->list.n, 2);
	ck_assert(!datagram_waits(&held->list.at[1]));
	lab_end(&lab);
}
END_TEST

#define STATE "/var/lib/wgreconcile/default.json"

START_TEST(a_state_file_is_damaged)
{
	struct lab lab = lab_of(
		ONE "    desired: {version: 1}\n"
		    "timeline:\n"
		    "  - {at: 1s, name: truncate, state_file: {node: a, do: truncate}}\n"
		    "  - {at: 1s, name: corrupt, state_file: {node: a, do: corrupt}}\n"
		    "  - {at: 1s, name: empty, state_file: {node: a, do: empty}}\n"
		    "  - {at: 1s, name: delete, state_file: {node: a, do: delete}}\n");

	begin(&lab, "corrupt");
	ck_sh(&lab, "a", "! ls " STATE);
	ck_sh(&lab, "a", "seq 1000 >" STATE " && cp " STATE " /run/was");
	begin(&lab, "truncate");
	ck_says(&lab, "a", "1946", "stat -c %%s " STATE);
	begin(&lab, "corrupt");
	ck_says(&lab, "a", "1946", "stat -c %%s " STATE);
	ck_sh(&lab, "a",
	      "n=$(cmp -l -n 1946 /run/was " STATE " | wc -l); [ $n -ge 10 ] && [ $n -le 30 ]");
	begin(&lab, "empty");
	ck_says(&lab, "a", "0", "stat -c %%s " STATE);
	begin(&lab, "delete");
	ck_sh(&lab, "a", "! ls " STATE);
	begin(&lab, "delete");
	lab_end(&lab);
}
END_TEST

START_TEST(a_disk_is_full)
{
	struct lab lab = lab_of(ONE
				"    desired: {version: 1}\n"
				"timeline:\n"
				"  - {at: 1s, name: full, disk_full: a, for: 1s}\n"
				"  - {at: 1s, name: delete, state_file: {node: a, do: delete}}\n"
				"  - {at: 1s, name: reboot, reboot: a}\n");

	ck_sh(&lab, "a", "echo kept >" STATE);
	begin(&lab, "full");
	ck_sh(&lab, "a", "! head -c 9 /dev/zero >/var/lib/wgreconcile/new");
	ck_assert_msg(strstr(lab.said, "No space left"), "%s", lab.said);
	ck_says(&lab, "a", "kept", "cat " STATE);
	begin(&lab, "reboot");
	end(&lab, "reboot");
	ck_sh(&lab, "a", "! head -c 9 /dev/zero >/var/lib/wgreconcile/new");
	begin(&lab, "delete");
	ck_sh(&lab, "a", "! head -c 9 /dev/zero >/var/lib/wgreconcile/new");
	end(&lab, "full");
	ck_sh(&lab, "a", "head -c 1000000 /dev/zero >/var/lib/wgreconcile/new");
	lab_end(&lab);
}
END_TEST

/* ---- Services ---- */

#define SERVERS                                                                                        \
	"version: 1\n"                                                                                 \
	"links: {wan: {}}\n"                                                                           \
	"nodes:\n"                                                                                     \
	"  a:\n"                                                                                       \
	"    interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}\n"                             \
	"    resolver: 192.0.2.53\n"                                                                   \
	"  s:\n"                                                                                       \
	"    interfaces: {eth0: {link: wan, addresses: [192.0.2.53/24]}}\n"                            \
	"    services:\n"                                                                              \
	"      dns: {names: {gw1.example: [192.0.2.11, '2001:db8::11'], gw2.example: [192.0.2.12]}}\n" \
	"      time: {serve_time: true}\n"                                                             \
	"      echo: {command: [socat, 'UDP4-RECVFROM:7,fork', 'EXEC:cat']}\n"

/* The first IPv4 address of a name, as a sees it. */
#define ck_name(lab, name, expected)                                                               \
	ck_says((lab), "a", (expected),                                                            \
		"getent ahostsv4 %s | cut -d' ' -f1 | grep . || echo none", (name))

START_TEST(names_and_their_faults)
{
	struct lab lab = lab_of(
		SERVERS
		"timeline:\n"
		"  - {at: 1s, name: lie, names: {node: s, set: {gw1.example: [192.0.2.99]}}, for: 1s}\n"
		"  - {at: 1s, name: gone, names: {node: s, set: {gw1.example: []}}, for: 1s}\n"
		"  - {at: 1s, name: new, names: {node: s, set: {gw9.example: [192.0.2.19]}}}\n"
		"  - {at: 1s, name: refuse, names: {node: s, answers: refuse}, for: 1s}\n"
		"  - {at: 1s, name: silent, names: {node: s, answers: silent}, for: 1s}\n"
		"  - {at: 1s, name: reboot, reboot: s}\n");
	int64_t began;

	ck_name(&lab, "gw1.example", "192.0.2.11");
	ck_sh(&lab, "a", "getent ahostsv6 gw1.example | grep '^2001:db8::11 '");
	ck_name(&lab, "gw3.example", "none");
	begin(&lab, "new");
	begin(&lab, "lie");
	ck_name(&lab, "gw1.example", "192.0.2.99");
	ck_name(&lab, "gw2.example", "192.0.2.12");
	ck_name(&lab, "gw9.example", "192.0.2.19");
	begin(&lab, "gone");
	ck_name(&lab, "gw1.example", "none");
	end(&lab, "gone");
	begin(&lab, "refuse");
	began = now_ms(CLOCK_MONOTONIC);
	ck_name(&lab, "gw1.example", "none");
	ck_assert_int_lt(now_ms(CLOCK_MONOTONIC) - began, 900);
	end(&lab, "refuse");
	ck_name(&lab, "gw1.example", "192.0.2.99");
	begin(&lab, "silent");
	began = now_ms(CLOCK_MONOTONIC);
	ck_name(&lab, "gw1.example", "none");
	ck_assert_int_ge(now_ms(CLOCK_MONOTONIC) - began, 1000);
	begin(&lab, "reboot");
	end(&lab, "lie");
	end(&lab, "reboot");
	ck_name(&lab, "gw1.example", "none");
	end(&lab, "silent");
	ck_name(&lab, "gw1.example", "192.0.2.11");
	ck_name(&lab, "gw9.example", "192.0.2.19");
	lab_end(&lab);
}
END_TEST

static bool echoes(struct lab *lab)
{
	int fd = udp(lab, "a", 0);
	bool echoed;

	udp_send(fd, "192.0.2.53", 7, "x", 1);
	echoed = udp_from(fd) == 7;
	close(fd);
	return echoed;
}

/* socat opens its socket when it gets to it. */
static void ck_echoes(struct lab *lab)
{
	for (unsigned i = 0; i < 10; i++) {
		if (echoes(lab))
			return;
	}
	ck_abort_msg("no echo");
}

/* Whether a time server answers, tested with chronyd's own client. */
static bool tells_time(struct lab *lab)
{
	return sh(lab, "a",
		  "chronyd -Q -t 3 -u root -f /dev/null 'server 192.0.2.53 iburst maxsamples 1' "
		  "'pidfile /run/client.pid'") == 0;
}

START_TEST(services_stop_and_start)
{
	struct lab lab = lab_of(SERVERS
				"timeline:\n"
				"  - {at: 1s, name: mute, service_stop: s.echo, for: 1s}\n"
				"  - {at: 1s, name: timeless, service_stop: s.time, for: 1s}\n"
				"  - {at: 1s, name: nameless, service_stop: s.dns}\n"
				"  - {at: 1s, name: named, service_start: s.dns}\n"
				"  - {at: 1s, name: reboot, reboot: s}\n");

	ck_echoes(&lab);
	ck_assert_msg(tells_time(&lab), "%s", lab.said);
	begin(&lab, "mute");
	begin(&lab, "timeless");
	begin(&lab, "nameless");
	ck_assert(!echoes(&lab));
	ck_assert(!tells_time(&lab));
	ck_name(&lab, "gw1.example", "none");
	begin(&lab, "reboot");
	end(&lab, "reboot");
	ck_assert(!echoes(&lab));
	end(&lab, "mute");
	end(&lab, "timeless");
	begin(&lab, "named");
	ck_echoes(&lab);
	ck_assert_msg(tells_time(&lab), "%s", lab.said);
	ck_name(&lab, "gw1.example", "192.0.2.11");
	lab_end(&lab);
}
END_TEST

/* ---- Address translation ---- */

#define NAT(how)                                                                                   \
	"version: 1\n"                                                                             \
	"links: {lan: {}, wan: {}}\n"                                                              \
	"nodes:\n"                                                                                 \
	"  in: {interfaces: {eth0: {link: lan, addresses: [10.0.0.2/24]}}, gateway: 10.0.0.1}\n"   \
	"  in2: {interfaces: {eth0: {link: lan, addresses: [10.0.0.3/24]}}, gateway: 10.0.0.1}\n"  \
	"  box:\n"                                                                                 \
	"    interfaces:\n"                                                                        \
	"      eth0: {link: wan, addresses: [192.0.2.1/24]}\n"                                     \
	"      eth1: {link: lan, addresses: [10.0.0.1/24]}\n"                                      \
	"    nat: {inside: eth1, outside: eth0, " how "}\n"                                        \
	"  x: {interfaces: {eth0: {link: wan, addresses: [192.0.2.11/24]}}}\n"                     \
	"  y: {interfaces: {eth0: {link: wan, addresses: [192.0.2.12/24]}}}\n"                     \
	"  z: {interfaces: {eth0: {link: wan, addresses: [192.0.2.13/24]}},\n"                     \
	"      routes: [{to: 10.0.0.0/24, via: 192.0.2.1}]}\n"                                     \
	"timeline:\n"                                                                              \
	"  - {at: 1s, name: rebind, nat_rebind: box}\n"                                            \
	"  - {at: 1s, name: reboot, reboot: box}\n"

/* Sockets of all of them. */
struct corners {
	struct lab lab;
	int in, in2, x, x_other, y, z;
};

static struct corners corners_of(const char *text)
{
	struct corners corners = { .lab = lab_of(text) };

	/* Cables work and addresses are resolved: later losses are real. */
	ck_pings(&corners.lab, "in", "192.0.2.11");
	ck_pings(&corners.lab, "in", "192.0.2.12");
	ck_pings(&corners.lab, "in2", "192.0.2.13");
	corners.in = udp(&corners.lab, "in", 5000);
	corners.in2 = udp(&corners.lab, "in2", 5000);
	corners.x = udp(&corners.lab, "x", 6000);
	corners.x_other = udp(&corners.lab, "x", 6001);
	corners.y = udp(&corners.lab, "y", 6000);
	corners.z = udp(&corners.lab, "z", 6000);
	return corners;
}

static void corners_end(struct corners *corners)
{
	const int all[] = { corners->in,      corners->in2, corners->x,
			    corners->x_other, corners->y,   corners->z };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		close(all[i]);
	lab_end(&corners->lab);
}

/* The outer port of `from` as received by `to`, at the address. */
static uint16_t outer_port(int from, int to, const char *address)
{
	udp_send(from, address, 6000, "out", 3);
	return udp_from(to);
}

/* Whether a datagram from `from` to the outer port is admitted. */
static bool gets_in(int from, uint16_t port, int to)
{
	udp_send(from, "192.0.2.1", port, "in", 2);
	return udp_from(to) != 0;
}

START_TEST(a_full_cone)
{
	struct corners c = corners_of(NAT("kind: full_cone"));
	uint16_t port = outer_port(c.in, c.x, "192.0.2.11"), other;

	ck_assert_uint_ge(port, 20000);
	ck_assert_uint_eq(outer_port(c.in, c.y, "192.0.2.12"), port);
	other = outer_port(c.in2, c.x, "192.0.2.11");
	ck_assert(other && other != port);
	ck_assert(gets_in(c.x, port, c.in));
	ck_assert(gets_in(c.x_other, port, c.in));
	ck_assert(gets_in(c.z, port, c.in));
	ck_assert(gets_in(c.z, other, c.in2));
	ck_assert(!gets_in(c.z, (uint16_t)(port + 1 == other ? port + 2 : port + 1), c.in));
	/* The answer to an admitted sender comes from the same port. */
	ck_assert_uint_eq(outer_port(c.in, c.z, "192.0.2.13"), port);
	corners_end(&c);
}
END_TEST

START_TEST(a_port_restricted_cone)
{
	struct corners c = corners_of(NAT("kind: port_restricted"));
	uint16_t port = outer_port(c.in, c.x, "192.0.2.11");

	ck_assert_uint_ge(port, 20000);
	ck_assert_uint_eq(outer_port(c.in, c.y, "192.0.2.12"), port);
	ck_assert(gets_in(c.x, port, c.in));
	ck_assert(gets_in(c.y, port, c.in));
	ck_assert(!gets_in(c.x_other, port, c.in));
	ck_assert(!gets_in(c.z, port, c.in));
	/* A rejected packet of z does not prevent hole punching from inside. */
	ck_assert_uint_eq(outer_port(c.in, c.z, "192.0.2.13"), port);
	ck_assert(gets_in(c.z, port, c.in));
	/* Nor is there a way around the translation. */
	udp_send(c.z, "10.0.0.3", 5000, "x", 1);
	ck_assert_uint_eq(udp_from(c.in2), 0);
	corners_end(&c);
}
END_TEST

START_TEST(a_symmetric_translation)
{
	struct corners c = corners_of(NAT("kind: symmetric"));
	uint16_t port = outer_port(c.in, c.x, "192.0.2.11"),
		 other = outer_port(c.in, c.y, "192.0.2.12");

	ck_assert(port && other && port != other);
	ck_assert_uint_eq(outer_port(c.in, c.x, "192.0.2.11"), port);
	ck_assert(gets_in(c.x, port, c.in));
	ck_assert(gets_in(c.y, other, c.in));
	ck_assert(!gets_in(c.y, port, c.in));
	ck_assert(!gets_in(c.z, port, c.in));
	corners_end(&c);
}
END_TEST

START_TEST(a_mapping_times_out)
{
	const char *const kinds[] = { NAT("kind: port_restricted, timeout: 20s"),
				      NAT("kind: full_cone, timeout: 20s") };

	for (size_t i = 0; i < 2; i++) {
		struct corners c = corners_of(kinds[i]);
		uint16_t port = outer_port(c.in, c.x, "192.0.2.11");

		sleep_ms(15000);
		ck_assert(gets_in(c.x, port, c.in));
		/* Each packet keeps it; an answer from inside does, too. */
		udp_send(c.in, "192.0.2.11", 6000, "x", 1);
		ck_assert_uint_eq(udp_from(c.x), port);
		sleep_ms(15000);
		ck_assert(gets_in(c.x, port, c.in));
		udp_send(c.in, "192.0.2.11", 6000, "x", 1);
		sleep_ms(25000);
		ck_assert(!gets_in(c.x, port, c.in));
		corners_end(&c);
	}
}
END_TEST

START_TEST(a_translation_binds_anew)
{
	const char *const kinds[] = { NAT("kind: port_restricted"), NAT("kind: full_cone"),
				      NAT("kind: symmetric") };
	const char *const how[] = { "rebind", "reboot" };

	for (size_t i = 0; i < 6; i++) {
		struct corners c = corners_of(kinds[i % 3]);
		uint16_t port = outer_port(c.in, c.x, "192.0.2.11"), now;

		ck_assert(port);
		begin(&c.lab, how[i / 3]);
		if (i / 3) {
			end(&c.lab, how[i / 3]);
			ck_pings(&c.lab, "in2", "192.0.2.13");
		}
		ck_assert(!gets_in(c.x, port, c.in));
		now = outer_port(c.in, c.x, "192.0.2.11");
		ck_assert(now && (i / 3 || now != port));
		ck_assert(gets_in(c.x, now, c.in));
		corners_end(&c);
	}
}
END_TEST

/* ---- Other faults ---- */

START_TEST(addresses_move)
{
	struct lab lab = lab_of(
		PAIR "timeline:\n"
		     "  - {at: 1s, name: move, address: {node: b, interface: eth0,\n"
		     "     add: [192.0.2.7/24, '2001:db8::7/64'], remove: [192.0.2.2/24]},\n"
		     "     for: 1s}\n");

	begin(&lab, "move");
	ck_pings(&lab, "a", "192.0.2.7");
	ck_pings(&lab, "a", "2001:db8::7");
	ck_assert(!pings(&lab, "a", "192.0.2.2"));
	end(&lab, "move");
	ck_pings(&lab, "a", "192.0.2.2");
	ck_assert(!pings(&lab, "a", "192.0.2.7"));
	lab_end(&lab);
}
END_TEST

START_TEST(the_clock_steps)
{
	struct lab lab = lab_of(ONE "timeline: [{at: 1s, name: back, clock: -2d}]\n");
	int64_t wall = now_ms(CLOCK_REALTIME), up = now_ms(CLOCK_BOOTTIME);

	begin(&lab, "back");
	wall -= now_ms(CLOCK_REALTIME);
	ck_assert_int_ge(wall, INT64_C(2) * 86400000 - 10);
	ck_assert_int_le(wall, INT64_C(2) * 86400000);
	ck_assert_int_lt(now_ms(CLOCK_BOOTTIME) - up, 10);
	lab_end(&lab);
}
END_TEST

START_TEST(keys_and_interfaces)
{
	struct lab lab = lab_of(
		ONE
		"    desired: {version: 1, interfaces: {wg0: {}}}\n"
		"timeline:\n"
		"  - {at: 1s, name: key, replace_key: a.wg0}\n"
		"  - {at: 1s, name: delete, delete_interface: a.wg0}\n"
		"  - {at: 1s, name: command, command: {node: a, run: [ip, link, add, wg0, type, dummy]}}\n"
		"  - {at: 1s, name: wrong, command: {node: a, run: 'echo because; exit 3'}}\n"
		"  - {at: 1s, name: pause, pause: a}\n");

	begin(&lab, "delete");
	ck_sh(&lab, "a",
	      "ip link add wg0 type wireguard && "
	      "wg set wg0 private-key /etc/wgreconcile/wg0.key && wg show wg0 private-key");
	begin(&lab, "key");
	ck_key_is(&lab, "wg0", 1);
	ck_sh(&lab, "a", "[ $(wg show wg0 private-key) = $(cat /etc/wgreconcile/wg0.key) ]");
	begin(&lab, "delete");
	ck_sh(&lab, "a", "! ip link show wg0");
	begin(&lab, "command");
	ck_sh(&lab, "a", "ip link show wg0");
	ck_assert(!happens(&lab, "wrong", 0, false));
	ck_assert_msg(strstr(why(&lab), "status 3: because"), "%s", why(&lab));
	ck_assert(!happens(&lab, "pause", 0, false));
	lab_end(&lab);
}
END_TEST

START_TEST(packets_are_dropped)
{
	struct lab lab = lab_of(
		PAIR
		"timeline:\n"
		"  - {at: 1s, name: udp, drop: {node: b, hook: input, match: udp dport 2000}, for: 1s}\n"
		"  - {at: 1s, name: all, drop: {node: b, hook: output}, for: 1s}\n");
	int a = udp(&lab, "a", 1000), b = udp(&lab, "b", 2000);

	begin(&lab, "udp");
	udp_send(a, "192.0.2.2", 2000, "x", 1);
	ck_assert_uint_eq(udp_from(b), 0);
	ck_pings(&lab, "a", "192.0.2.2");
	begin(&lab, "all");
	ck_assert(!pings(&lab, "a", "192.0.2.2"));
	end(&lab, "udp");
	udp_send(a, "192.0.2.2", 2000, "x", 1);
	ck_assert_uint_eq(udp_from(b), 1000);
	end(&lab, "all");
	ck_pings(&lab, "a", "192.0.2.2");
	close(a);
	close(b);
	lab_end(&lab);
}
END_TEST

/* ---- Programs ---- */

START_TEST(programs_in_a_node)
{
	struct lab lab = lab_of(ONE);
	const struct node *a = node_of(&lab, "a");
	struct process process;
	int leak = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(sh(&lab, "a", "echo out; echo err >&2; echo out; exit 7"), 7);
	ck_assert_str_eq(lab.said, "out\nerr\nout\n");
	ck_assert_int_eq(sh(&lab, "a", "kill -TERM $$"), 128 + SIGTERM);
	ck_assert_int_ge(leak, 3);
	/* Its processes are its own. */
	ck_sh(&lab, "a", "sleep 98765 & pkill -x sleep; wait $!; [ $? -eq 143 ]");
	ck_sh(&lab, "a", "[ $(ls -d /proc/[0-9]* | wc -l) -le 5 ]");
	ck_says(&lab, "a", "0 1 2 3", "echo $(ls /proc/self/fd)");
	ck_says(&lab, "a",
		"PATH=/run/wgsim:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"env | grep ^PATH");
	ck_says(&lab, "a", "/bin/true", "readlink $(command -v wgreconcile)");
	ck_assert(!process_start(lab.world, a, (const char *[]){ "no-such-program", NULL },
				 &process, &lab.failure));
	ck_assert_int_eq(lab.failure.code, ENOENT);
	ck_assert(process_start(lab.world, a, (const char *[]){ "sleep", "100", NULL }, &process,
				&lab.failure));
	process_kill(&process);
	ck_assert_int_eq(process.pid, 0);
	close(leak);
	lab_end(&lab);
}
END_TEST

START_TEST(traffic_is_counted_over_boots)
{
	struct lab lab = lab_of(MACHINES);
	uint64_t before;

	ck_pings(&lab, "a", LARGE "192.0.2.2");
	before = sent_by(&lab, "a");
	ck_assert_uint_ge(before, 1400);
	begin(&lab, "reboot");
	ck_assert_uint_eq(sent_by(&lab, "a"), before);
	end(&lab, "reboot");
	ck_pings(&lab, "a", LARGE "192.0.2.2");
	ck_assert_uint_gt(sent_by(&lab, "a"), before);
	lab_end(&lab);
}
END_TEST

START_TEST(a_world_that_cannot_be_built)
{
	struct lab lab = lab_prepare(ONE "    boot: ['echo no good; exit 3']\n");

	ck_assert_ptr_null(lab_build(&lab, IMPLEMENTATION_KERNEL));
	ck_assert_msg(strstr(why(&lab), "a: 'echo no good; exit 3' ended with status 3: no good"),
		      "%s", why(&lab));
	lab_end(&lab);
}
END_TEST

START_TEST(a_world_needs_root)
{
	struct lab lab = lab_prepare(ONE);

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_ptr_null(lab_build(&lab, IMPLEMENTATION_KERNEL));
	ck_assert_int_eq(lab.failure.code, EPERM);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	lab_end(&lab);
}
END_TEST

START_TEST(sixty_nodes)
{
	struct lab lab = lab_of(
		"version: 1\n"
		"links: {wan: {delay: 5ms, jitter: 1ms, loss: 0.1%}}\n"
		"nodes:\n"
		"  'n[1..60]': {interfaces: {eth0: {link: wan, addresses: ['192.0.2.${n}/24']}}}\n");
	double time;

	time = rtt(&lab, "n1", "192.0.2.60");
	ck_assert_msg(time >= 8 && time < 13, "%f ms", time);
	lab_end(&lab);
}
END_TEST

/* The number of processes whose parent is another one. */
static unsigned sleepers(void)
{
	FILE *list = popen("ps -e -o args= | grep -c '^sleep 98765$'", "re");
	unsigned n = 0;

	ck_assert(list && fscanf(list, "%u", &n) == 1);
	pclose(list);
	return n;
}

static _Noreturn void builder(int tell)
{
	struct lab lab = lab_of(ONE);
	struct process process;

	/* A child of ours, and one that was detached. */
	if (sh(&lab, "a", "setsid sleep 98765 >/dev/null 2>&1 </dev/null &") == 0 &&
	    process_start(lab.world, node_of(&lab, "a"), (const char *[]){ "sleep", "98765", NULL },
			  &process, &lab.failure) &&
	    write(tell, lab.directory, sizeof(lab.directory)) > 0)
		pause();
	_exit(1);
}

START_TEST(all_ends_with_its_builder)
{
	char directory[40];
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		builder(ends[1]);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], directory, sizeof(directory)), sizeof(directory));
	ck_assert_uint_eq(sleepers(), 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (unsigned i = 0; i < 50 && sleepers(); i++)
		sleep_ms(100);
	ck_assert_uint_eq(sleepers(), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

static void add_tests(TCase *to, const TTest *const *tests, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tcase_add_test(to, tests[i]);
}

static bool in_simulators_kernel(void)
{
	return access("/proc/exitcode", F_OK) == 0;
}

Suite *suite(void)
{
	const TTest *const anywhere[] = {
		nodes_hear_each_other,
		routers_forward,
		a_cable_is_cut_and_mended,
		partitions_divide_a_link,
		a_crash_and_a_boot,
		overlapping_crashes,
		a_reboot_keeps_or_loses_state,
		a_boot_finds_what_stands,
		a_nodes_files_are_its_own,
		userspace_interfaces_say_so,
		sockets_of_facts,
		a_state_file_is_damaged,
		a_disk_is_full,
		names_and_their_faults,
		services_stop_and_start,
		a_full_cone,
		a_port_restricted_cone,
		a_symmetric_translation,
		a_translation_binds_anew,
		addresses_move,
		packets_are_dropped,
		programs_in_a_node,
		traffic_is_counted_over_boots,
		a_world_that_cannot_be_built,
		all_ends_with_its_builder,
	};
	const TTest *const in_guest[] = {
		delay_of_links_and_attachments,
		loss_of_one_direction,
		jitter_keeps_the_order,
		a_rate_takes_its_time,
		all_sorts_of_bad_links,
		a_mapping_times_out,
		the_clock_steps,
		desired_states_and_keys,
		keys_and_interfaces,
		sixty_nodes,
	};
	Suite *made = suite_create("world");
	TCase *tests = tcase_create("world");

	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, a_world_needs_root);
	if (geteuid() == 0)
		add_tests(tests, anywhere, sizeof(anywhere) / sizeof(*anywhere));
	else
		puts("skipped, as they need root: all tests but one");
	if (geteuid() == 0 && in_simulators_kernel())
		add_tests(tests, in_guest, sizeof(in_guest) / sizeof(*in_guest));
	else
		puts("skipped, as they need the simulator's kernel: netem, WireGuard, the clock");
	suite_add_tcase(made, tests);
	return made;
}
