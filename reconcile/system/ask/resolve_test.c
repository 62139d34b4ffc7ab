/* SPDX-License-Identifier: MIT */
/*
 * Each test runs in a process, a network and a mount namespace of its own, with its own
 * /etc/resolv.conf and /etc/hosts, and queries a dnsmasq on its loopback.
 */
#include "name_servers.h"
#include "resolve.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 50
#define ANSWERS_MAX 256

static struct arena *arena;
static const char *directory;
static pid_t server;

static bool is_skipped(const char *name)
{
	if (geteuid() == 0 && system("PATH=$PATH:/usr/sbin dnsmasq -v >/dev/null 2>&1") == 0)
		return false;
	return !fixture_skip("%s: needs root and dnsmasq", name);
}

static const char *path_of(const char *name)
{
	return arena_printf(arena, "%s/%s", directory, name);
}

static void file_write(const char *name, const char *format, ...)
{
	FILE *file = fopen(path_of(name), "we");
	va_list args;

	ck_assert_ptr_nonnull(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	ck_assert_int_eq(fclose(file), 0);
}

static void mount_over(const char *name, const char *target)
{
	ck_assert_int_eq(mount(path_of(name), target, "none", MS_BIND, NULL), 0);
}

static void world_make(const char *resolv_conf, const char *hosts)
{
	arena = arena_new();
	directory = fixture_directory(arena);
	file_write("resolv.conf", "%s", resolv_conf);
	file_write("hosts", "%s", hosts);
	ck_assert(fixture_unshare(CLONE_NEWNET | CLONE_NEWNS));
	mount_over("resolv.conf", "/etc/resolv.conf");
	mount_over("hosts", "/etc/hosts");
	fixture_shell("ip link set lo up");
}

/* A socket that receives queries and never answers. */
static int black_hole(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, address, &in.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void server_configure(void)
{
	FILE *file = fopen(path_of("dnsmasq.conf"), "we");

	ck_assert_ptr_nonnull(file);
	fputs("no-hosts\nno-resolv\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\n"
	      "pid-file=\nlog-queries\nlocal=/test/\nserver=/black.test/127.0.0.1#5300\n"
	      "host-record=both.test,192.0.2.1,2001:db8::1\n"
	      "host-record=four.test,192.0.2.4\nhost-record=six.test,2001:db8::6\n"
	      "host-record=several.test,192.0.2.13,2001:db8::12\n"
	      "host-record=several.test,192.0.2.11,2001:db8::11\n"
	      "host-record=several.test,192.0.2.12\n"
	      "cname=alias.test,both.test\ntxt-record=text.test,hello\n"
	      "host-record=short.example.test,192.0.2.55\n"
	      "host-record=hosts.test,192.0.2.66\n"
	      "host-record=half.black.test,192.0.2.9\n",
	      file);
	for (int i = 0; i < MANY; i++)
		fprintf(file, "host-record=n%d.test,198.51.100.%d,2001:db8::%x\n", i, i + 1,
			i + 0x100);
	for (int i = 0; i < 100; i++)
		fprintf(file, "host-record=crowd.test,203.0.113.%d\n", i + 1);
	ck_assert_int_eq(fclose(file), 0);
}

/* Without marks. */
static void resolve_all(const char *const *endpoints, size_t n, struct observed_answer *answers,
			const struct deadline *deadline)
{
	struct resolve_request requests[ANSWERS_MAX];
	const char *warning;

	ck_assert_uint_le(n, ANSWERS_MAX);
	for (size_t i = 0; i < n; i++)
		requests[i] = (struct resolve_request){ .endpoint = endpoints[i] };
	resolve_endpoints(requests, n, answers, &warning, arena, deadline);
	ck_assert_ptr_null(warning);
}

static bool server_answers(void)
{
	const char *endpoint = "four.test:1";
	struct deadline deadline = deadline_in(200);
	struct observed_answer answer;

	resolve_all(&endpoint, 1, &answer, &deadline);
	return !answer.error;
}

static void server_start(void)
{
	server_configure();
	server = fixture_fork();
	if (server == 0) {
		setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
		execlp("dnsmasq", "dnsmasq", "--keep-in-foreground",
		       arena_printf(arena, "--conf-file=%s", path_of("dnsmasq.conf")),
		       arena_printf(arena, "--log-facility=%s", path_of("log")), NULL);
		_exit(127);
	}
	for (int i = 0; i < 50 && !server_answers(); i++)
		usleep(20000);
	ck_assert(server_answers());
}

static void world_remove(void)
{
	if (server > 0)
		fixture_kill(server);
	fixture_directory_remove(directory);
	arena_free(arena);
}

/* The number of queries for the name, in the family. */
static unsigned times_asked(const char *type, const char *name)
{
	const char *wanted = arena_printf(arena, "query[%s] %s from", type, name);
	FILE *file = fopen(path_of("log"), "re");
	char line[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		n += strstr(line, wanted) != NULL;
	fclose(file);
	return n;
}

/* "192.0.2.1:51820 [2001:db8::1]:51820", or "error: ...". */
static const char *answer_text(const struct observed_answer *answer)
{
	const char *all = "";
	char text[ENDPOINT_TEXT_MAX];

	if (answer->error)
		return arena_printf(arena, "error: %s", answer->error);
	vec_each (address, &answer->addresses)
		all = arena_printf(arena, "%s%s%s", all, *all ? " " : "",
				   endpoint_text(address, text));
	return all;
}

static const char *resolve(const char *endpoint, msec_t time)
{
	struct deadline deadline = deadline_in(time);
	struct observed_answer answer;

	/* All fields must be set, regardless of earlier values. */
	memset(&answer, 0xff, sizeof(answer));
	resolve_all(&endpoint, 1, &answer, &deadline);
	ck_assert_str_eq(answer.endpoint, endpoint);
	ck_assert_uint_eq(answer.unroutable, 0);
	return answer_text(&answer);
}

struct row {
	const char *endpoint;
	const char *expected;
};

static void check_rows(const struct row *rows, size_t n)
{
	const char *endpoints[ANSWERS_MAX];
	struct observed_answer answers[ANSWERS_MAX];
	struct deadline deadline = deadline_in(3500);

	ck_assert_uint_le(n, ANSWERS_MAX);
	for (size_t i = 0; i < n; i++) {
		endpoints[i] = rows[i].endpoint;
		ck_assert_str_eq(resolve(rows[i].endpoint, 3500), rows[i].expected);
	}
	/* And all of them together. */
	deadline = deadline_in(3500);
	resolve_all(endpoints, n, answers, &deadline);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(answer_text(&answers[i]), rows[i].expected);
}

START_TEST(names)
{
	static const struct row rows[] = {
		{ "both.test:51820", "192.0.2.1:51820 [2001:db8::1]:51820" },
		{ "both.test:1", "192.0.2.1:1 [2001:db8::1]:1" },
		{ "BOTH.test:65535", "192.0.2.1:65535 [2001:db8::1]:65535" },
		{ "both.test.:51820", "192.0.2.1:51820 [2001:db8::1]:51820" },
		{ "four.test:51820", "192.0.2.4:51820" },
		{ "six.test:51820", "[2001:db8::6]:51820" },
		{ "several.test:7", "192.0.2.11:7 192.0.2.12:7 192.0.2.13:7 [2001:db8::11]:7 "
				    "[2001:db8::12]:7" },
		{ "alias.test:51820", "192.0.2.1:51820 [2001:db8::1]:51820" },
		{ "none.test:51820", "error: none.test: no such name" },
		{ "text.test:51820", "error: text.test: the name has no address" },
		/* No server is responsible: REFUSED. */
		{ "refused.invalid:51820", "error: refused.invalid: the name servers cannot be "
					   "reached, or answer with failure" },
		{ "localhost:51820", "127.0.0.1:51820 [::1]:51820" },
		{ "hosts.test:51820", "192.0.2.65:51820 [2001:db8::65]:51820" },
		{ "short:51820", "192.0.2.55:51820" },
	};

	if (is_skipped("names"))
		return;
	world_make("nameserver 127.0.0.1\nsearch example.test\n",
		   "127.0.0.1 localhost\n::1 localhost\n"
		   "192.0.2.65 hosts.test\n2001:db8::65 hosts.test\n"
		   "192.0.2.65 hosts.test\n");
	server_start();
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
	ck_assert_uint_eq(times_asked("A", "hosts.test"), 0);
	world_remove();
}
END_TEST

START_TEST(literals)
{
	static const struct row rows[] = {
		{ "192.0.2.1:51820", "192.0.2.1:51820" },
		{ "[2001:db8::1]:51820", "[2001:db8::1]:51820" },
		{ "[fe80::1%lo]:51820", "[fe80::1%1]:51820" },
		{ "[fe80::1%1]:51820", "[fe80::1%1]:51820" },
		{ "[fe80::1%7]:51820", "[fe80::1%7]:51820" },
		{ "[fe80::1]:51820", "[fe80::1]:51820" },
		{ "[fe80::1%nosuch0]:51820", "error: fe80::1%nosuch0: no such interface" },
		{ "[fe80::1%]:51820", "error: fe80::1%: no such interface" },
		{ "[fe80::1%0]:51820", "error: fe80::1%0: no such interface" },
		{ "[fe80::1%-1]:51820", "error: fe80::1%-1: no such interface" },
		{ "[fe80::1%1x]:51820", "error: fe80::1%1x: no such interface" },
		{ "[fe80::1%99999999999999999999]:51820",
		  "error: fe80::1%99999999999999999999: no such interface" },
		{ "[2001:db8::1%lo]:51820",
		  "error: 2001:db8::1%lo: only link-local addresses (fe80::/10) have a zone" },
		{ "name%lo:51820", "error: name%lo: not an address before the %" },
		{ "", "error: : not HOST:PORT" },
		{ "192.0.2.1", "error: 192.0.2.1: not HOST:PORT" },
		{ "192.0.2.1:0", "error: 192.0.2.1:0: not HOST:PORT" },
		{ "192.0.2.1:65536", "error: 192.0.2.1:65536: not HOST:PORT" },
		{ ":51820", "error: :51820: not HOST:PORT" },
		{ "[::1:51820", "error: [::1:51820: not HOST:PORT" },
		{ "bad\033[2J", "error: bad\\x1b[2J: not HOST:PORT" },
	};
	struct deadline past = { .at = 0 };
	const char *endpoints[] = { "192.0.2.1:51820", "name.test:51820" };
	struct observed_answer answers[2];

	arena = arena_new();
	/* None of them needs a server, or time. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(resolve(rows[i].endpoint, 0), rows[i].expected);
	resolve_all(endpoints, 2, answers, &past);
	ck_assert_str_eq(answer_text(&answers[0]), "192.0.2.1:51820");
	ck_assert_str_eq(answer_text(&answers[1]), "error: name.test: no time left to ask for it");
	resolve_all(NULL, 0, NULL, &past);
	arena_free(arena);
}
END_TEST

START_TEST(invalid_names)
{
	char label[80 + 1] = "", name[400 + 1] = "", huge[5000 + 1] = "";

	if (is_skipped("invalid_names"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	server_start();
	memset(label, 'x', 80);
	for (int i = 0; i < 100; i++)
		strcat(name, "abc.");
	memset(huge, 'x', 5000);
	ck_assert_ptr_nonnull(strstr(resolve(arena_printf(arena, "%s:1", label), 2000), "error: "));
	ck_assert_ptr_nonnull(strstr(resolve(arena_printf(arena, "%s:1", name), 2000), "error: "));
	ck_assert_ptr_nonnull(strstr(resolve(arena_printf(arena, "%s:1", huge), 2000), "error: "));
	ck_assert_ptr_nonnull(strstr(resolve("a..b:1", 2000), "error: a..b: "));
	ck_assert_ptr_nonnull(strstr(resolve("a b:1", 2000), "error: a b: "));
	ck_assert_ptr_nonnull(strstr(resolve("\001\377:1", 2000), "error: \\x01\\xff: "));
	world_remove();
}
END_TEST

START_TEST(many_names_at_once)
{
	const char *endpoints[2 * MANY];
	struct observed_answer answers[2 * MANY];
	struct deadline deadline = deadline_in(3000);
	msec_t before;

	if (is_skipped("many_names_at_once"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	server_start();
	/* Each twice, with different ports. */
	for (int i = 0; i < 2 * MANY; i++)
		endpoints[i] = arena_printf(arena, "n%d.test:%d", i % MANY, i + 1);
	before = clock_boot();
	resolve_all(endpoints, 2 * MANY, answers, &deadline);
	ck_assert_int_lt(clock_boot() - before, 1000);
	for (int i = 0; i < 2 * MANY; i++) {
		int n = i % MANY;

		ck_assert_str_eq(answer_text(&answers[i]),
				 arena_printf(arena, "198.51.100.%d:%d [2001:db8::%x]:%d", n + 1,
					      i + 1, n + 0x100, i + 1));
	}
	for (int i = 0; i < MANY; i++) {
		ck_assert_uint_eq(times_asked("A", arena_printf(arena, "n%d.test", i)), 1);
		ck_assert_uint_eq(times_asked("AAAA", arena_printf(arena, "n%d.test", i)), 1);
	}
	world_remove();
}
END_TEST

START_TEST(long_answer_by_tcp)
{
	const char *endpoint = "crowd.test:51820";
	struct deadline deadline = deadline_in(3000);
	struct observed_answer answer;

	if (is_skipped("long_answer_by_tcp"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	server_start();
	resolve_all(&endpoint, 1, &answer, &deadline);
	ck_assert_ptr_null(answer.error);
	ck_assert_uint_eq(answer.addresses.n, 100);
	for (size_t i = 1; i < answer.addresses.n; i++)
		ck_assert_int_lt(
			ip_compare(&answer.addresses.at[i - 1].ip, &answer.addresses.at[i].ip), 0);
	world_remove();
}
END_TEST

START_TEST(one_family_never_answered)
{
	msec_t before;
	int hole;

	if (is_skipped("one_family_never_answered"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	hole = black_hole("127.0.0.1", 5300);
	server_start();
	before = clock_boot();
	ck_assert_str_eq(resolve("half.black.test:51820", 700), "192.0.2.9:51820");
	ck_assert_int_ge(clock_boot() - before, 690);
	ck_assert_int_lt(clock_boot() - before, 900);
	close(hole);
	world_remove();
}
END_TEST

/* Local addresses are looked up after rules that allow only marked queries. */
static void let_pass(unsigned fwmark)
{
	fixture_shell("ip rule add pref 100 lookup local && ip rule del pref 0 &&"
		      " ip rule add pref 9 fwmark %u lookup local &&"
		      " ip rule add pref 10 ipproto 17 dport 53 unreachable",
		      fwmark);
}

START_TEST(each_question_carries_its_mark)
{
	const struct resolve_request requests[] = {
		{ "four.test:1", 7 }, { "four.test:2", 0 }, { "six.test:3", 8 },
		{ "four.test:4", 7 }, { "FOUR.test:5", 7 }, { "192.0.2.1:6", 9 },
	};
	struct deadline deadline = deadline_in(3500);
	struct observed_answer answers[6];
	const char *warning;
	unsigned before;

	if (is_skipped("each_question_carries_its_mark"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	server_start();
	let_pass(7);
	before = times_asked("A", "four.test");
	resolve_endpoints(requests, 6, answers, &warning, arena, &deadline);
	ck_assert_ptr_null(warning);
	ck_assert_str_eq(answer_text(&answers[0]), "192.0.2.4:1");
	ck_assert_ptr_nonnull(answers[1].error);
	ck_assert_ptr_nonnull(answers[2].error);
	ck_assert_str_eq(answer_text(&answers[3]), "192.0.2.4:4");
	ck_assert_str_eq(answer_text(&answers[4]), "192.0.2.4:5");
	ck_assert_str_eq(answer_text(&answers[5]), "192.0.2.1:6");
	ck_assert_uint_eq(times_asked("A", "four.test") - before, 1);
	world_remove();
}
END_TEST

/* The stub would query without the mark. */
START_TEST(servers_of_resolved_are_asked_themselves)
{
	const struct resolve_request requests[] = { { "four.test:1", 7 } };
	struct deadline deadline = deadline_in(3500);
	struct observed observed = { 0 };
	struct observed_answer answer;
	const char *warning;

	if (is_skipped("servers_of_resolved_are_asked_themselves"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	file_write("servers", "nameserver 127.0.0.1\n");
	fixture_shell("mount -t tmpfs run /run && mkdir -p /run/systemd/resolve &&"
		      " cp %s /run/systemd/resolve/resolv.conf",
		      path_of("servers"));
	server_start();
	file_write("resolv.conf", "nameserver 127.0.0.53\n");
	let_pass(7);
	resolve_endpoints(requests, 1, &answer, &warning, arena, &deadline);
	ck_assert_str_eq(answer_text(&answer), "192.0.2.4:1");
	fixture_shell("echo 'nameserver 192.0.2.53 # far' >/run/systemd/resolve/resolv.conf;"
		      " echo 'nameserver fe80::1%%eth0' >>/run/systemd/resolve/resolv.conf");
	observed.arena = arena;
	name_servers_read(&observed);
	ck_assert_uint_eq(observed.name_servers.n, 2);
	ck_assert_int_eq(observed.name_servers.at[0].b[3], 53);
	ck_assert(!observed.forwarder);
	world_remove();
}
END_TEST

START_TEST(another_resolver_of_this_machine)
{
	struct observed observed = { 0 };

	if (is_skipped("another_resolver_of_this_machine"))
		return;
	world_make("search example.test\nnameserver 127.0.0.1\nnameserver 192.0.2.53\n", "");
	observed.arena = arena;
	name_servers_read(&observed);
	ck_assert(observed.forwarder);
	ck_assert_uint_eq(observed.name_servers.n, 1);
	world_remove();
}
END_TEST

START_TEST(server_never_answers)
{
	const char *endpoints[] = { "one.test:1", "192.0.2.1:2", "hosts.test:3", "two.test:4" };
	struct deadline deadline;
	struct observed_answer answers[4];
	msec_t before;
	int hole;

	if (is_skipped("server_never_answers"))
		return;
	world_make("nameserver 127.0.0.1\n", "192.0.2.65 hosts.test\n");
	hole = black_hole("127.0.0.1", 53);
	before = clock_boot();
	deadline = deadline_in(500);
	resolve_all(endpoints, 4, answers, &deadline);
	ck_assert_int_ge(clock_boot() - before, 490);
	ck_assert_int_lt(clock_boot() - before, 650);
	ck_assert_str_eq(answer_text(&answers[0]),
			 "error: one.test: no answer from the name servers in time");
	ck_assert_str_eq(answer_text(&answers[1]), "192.0.2.1:2");
	ck_assert_str_eq(answer_text(&answers[2]), "192.0.2.65:3");
	ck_assert_str_eq(answer_text(&answers[3]),
			 "error: two.test: no answer from the name servers in time");
	/* With enough time it gives up after two attempts. */
	before = clock_boot();
	ck_assert_str_eq(resolve("one.test:1", 10000),
			 "error: one.test: no answer from the name servers in time");
	ck_assert_int_lt(clock_boot() - before, 4000);
	close(hole);
	world_remove();
}
END_TEST

START_TEST(second_server_helps)
{
	msec_t before;
	int hole;

	if (is_skipped("second_server_helps"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	server_start();
	/* No server on the first: refused at once. */
	file_write("resolv.conf", "nameserver 127.0.0.7\nnameserver 127.0.0.1\n");
	ck_assert_str_eq(resolve("four.test:51820", 3000), "192.0.2.4:51820");
	/* No answer: retried after one attempt. */
	hole = black_hole("127.0.0.7", 53);
	before = clock_boot();
	ck_assert_str_eq(resolve("four.test:51820", 3000), "192.0.2.4:51820");
	ck_assert_int_lt(clock_boot() - before, 1500);
	close(hole);
	/* Without any file, the local one is queried (resolv.conf(5)). */
	file_write("resolv.conf", "");
	ck_assert_str_eq(resolve("four.test:51820", 3000), "192.0.2.4:51820");
	world_remove();
}
END_TEST

START_TEST(no_server_at_all)
{
	msec_t before = clock_boot();

	if (is_skipped("no_server_at_all"))
		return;
	world_make("nameserver 192.0.2.53\n", "");
	/* No route: an error without waiting. */
	ck_assert_str_eq(resolve("four.test:51820", 3000),
			 "error: four.test: the name servers cannot be reached, or answer with "
			 "failure");
	ck_assert_int_lt(clock_boot() - before, 1000);
	world_remove();
}
END_TEST

START_TEST(nothing_stays_open)
{
	unsigned before;
	int hole;

	if (is_skipped("nothing_stays_open"))
		return;
	world_make("nameserver 127.0.0.1\n", "");
	hole = black_hole("127.0.0.1", 53);
	before = fixture_descriptors();
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strstr(resolve("four.test:51820", 50), "error"));
	ck_assert_uint_eq(fixture_descriptors(), before);
	close(hole);
	world_remove();
}
END_TEST

SUITE("resolve", names, literals, invalid_names, many_names_at_once, long_answer_by_tcp,
      one_family_never_answered, each_question_carries_its_mark,
      servers_of_resolved_are_asked_themselves, another_resolver_of_this_machine,
      server_never_answers, second_server_helps, no_server_at_all, nothing_stays_open)
