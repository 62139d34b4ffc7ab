/* SPDX-License-Identifier: MIT */
#include "facts_socket.h"

#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSED 3

struct fixture {
	int kept; /* a second descriptor of the socket that is passed */
	uint16_t port;
};

static int loopback_socket(uint16_t *port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin6_port);
	return fd;
}

/* As systemd starts a process; what has the descriptor now is moved away. */
static void pass(struct fixture *fixture)
{
	char pid[32];
	int fd = loopback_socket(&fixture->port);

	fixture->kept = fcntl(fd, F_DUPFD, 100);
	ck_assert_int_ge(fixture->kept, 100);
	if (fd != PASSED) {
		fcntl(PASSED, F_DUPFD, 200);
		ck_assert_int_eq(dup2(fd, PASSED), PASSED);
		close(fd);
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
}

static void send_to(const struct fixture *fixture, const char *text)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT,
					.sin6_port = htons(fixture->port) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&address,
				sizeof(address)),
			 (ssize_t)strlen(text));
	close(fd);
}

static bool is_empty(const struct fixture *fixture)
{
	char byte;

	return recv(fixture->kept, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* Otherwise a run that ends early would be started again at once, without end. */
START_TEST(test_discard)
{
	struct fixture fixture;

	pass(&fixture);
	send_to(&fixture, "one");
	send_to(&fixture, "two");
	facts_sockets_discard_passed();
	ck_assert(is_empty(&fixture));
	/* They are passed to this process only. */
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_PID"));
}
END_TEST

START_TEST(test_not_passed_to_this_process)
{
	struct fixture fixture;

	pass(&fixture);
	setenv("LISTEN_PID", "1", 1);
	send_to(&fixture, "one");
	facts_sockets_discard_passed();
	ck_assert(!is_empty(&fixture));
}
END_TEST

/* Packets that did not come by an interface with facts are taken, and dropped. */
START_TEST(test_receive)
{
	struct facts_packets packets = { 0 };
	struct arena *arena = arena_new();
	const struct observed observed = { .arena = arena };
	const struct desired desired = { .arena = arena };
	struct facts_sockets *sockets;
	struct fixture fixture;

	pass(&fixture);
	sockets = facts_sockets_new();
	ck_assert_ptr_nonnull(sockets);
	facts_sockets_take_passed(sockets);
	ck_assert_uint_eq(sockets->list.n, 1);
	ck_assert_uint_eq(sockets->list.at[0].port, fixture.port);
	ck_assert(!facts_sockets_pending(sockets));
	send_to(&fixture, "one");
	ck_assert(facts_sockets_pending(sockets));
	facts_sockets_receive(sockets, &desired, &observed, &packets, arena);
	ck_assert_uint_eq(packets.list.n, 0);
	ck_assert(!facts_sockets_pending(sockets));
	facts_sockets_free(sockets);
	arena_free(arena);
}
END_TEST

SUITE("facts_socket", test_discard, test_not_passed_to_this_process, test_receive)
