/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Tells our echoes from those of another program with the same identifier. */
#define NONCE_LENGTH 16
/* RFC 792; netinet/ip_icmp.h would bring another struct ip. */
#define ECHO_REPLY 0
#define ECHO_REQUEST 8
/* linux/icmp.h: the socket option, whose value is a mask of types to drop. */
#define OPTION_ICMP_FILTER 1
/* Messages read before the other targets have their turn again. */
#define READ_MAX 64
/* An answer: the longest IPv4 header (60), the ICMP header, the nonce. */
#define ANSWER_MAX 256

/* ICMP and ICMPv6 echoes look the same (RFC 792, RFC 4443, 4.1). */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	uint8_t nonce[NONCE_LENGTH];
};

/* One target. */
struct prober {
	const struct need_probe *need;
	struct observed_probe *probe;
	int fd; /* -1: done */
	bool raw;
	socklen_t to_length;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to;
	struct echo echo; /* the next one, but for sequence and checksum */
	msec_t began;
	unsigned tried; /* echoes, whether they could be sent or not */
	int send_error; /* the errno of the latest that could not */
	msec_t *sent_at; /* by sequence number */
};

static void prober_done(struct prober *prober)
{
	if (prober->fd >= 0)
		close(prober->fd);
	prober->fd = -1;
}

static void prober_fail(struct prober *prober, const char *what, int error, struct arena *arena)
{
	char target[IP_TEXT_MAX];

	prober->probe->error = arena_printf(
		arena, "%s on %s: %s%s%s", ip_text(&prober->need->target, target),
		prober->need->interface, what, error ? ": " : "", error ? strerror(error) : "");
	prober_done(prober);
}

static bool is_ipv4(const struct prober *prober)
{
	return prober->need->target.family == FAMILY_IPV4;
}

/* A raw socket gets every ICMP message of the interface, unless told otherwise. */
static bool filter_answers(const struct prober *prober)
{
	struct icmp6_filter passed;

	if (is_ipv4(prober)) {
		uint32_t dropped = ~(UINT32_C(1) << ECHO_REPLY);

		return setsockopt(prober->fd, SOL_RAW, OPTION_ICMP_FILTER, &dropped,
				  sizeof(dropped)) == 0;
	}
	ICMP6_FILTER_SETBLOCKALL(&passed);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &passed);
	return setsockopt(prober->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &passed, sizeof(passed)) == 0;
}

/* A ping socket needs no privilege, but a group in net.ipv4.ping_group_range,
 * of which Linux by default has none; even root is refused then (icmp(7)). */
static bool socket_open(struct prober *prober)
{
	int domain = is_ipv4(prober) ? AF_INET : AF_INET6;
	int protocol = is_ipv4(prober) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

	prober->fd = socket(domain, SOCK_DGRAM | flags, protocol);
	if (prober->fd >= 0)
		return true;
	prober->fd = socket(domain, SOCK_RAW | flags, protocol);
	prober->raw = true;
	return prober->fd >= 0 && filter_answers(prober);
}

static void target_address(struct prober *prober, unsigned index)
{
	const struct ip *target = &prober->need->target;

	if (is_ipv4(prober)) {
		prober->to.in.sin_family = AF_INET;
		memcpy(&prober->to.in.sin_addr, target->b, sizeof(prober->to.in.sin_addr));
		prober->to_length = sizeof(prober->to.in);
		return;
	}
	prober->to.in6.sin6_family = AF_INET6;
	memcpy(&prober->to.in6.sin6_addr, target->b, sizeof(prober->to.in6.sin6_addr));
	prober->to.in6.sin6_scope_id = ip_is_link_local(target) ? index : 0;
	prober->to_length = sizeof(prober->to.in6);
}

/* if_nametoindex(3) needs one descriptor more, and hides that it has none. */
static unsigned interface_index(int fd, const char *interface)
{
	struct ifreq request = { 0 };

	if (strlen(interface) >= sizeof(request.ifr_name)) {
		errno = ENODEV;
		return 0;
	}
	memcpy(request.ifr_name, interface, strlen(interface) + 1);
	return ioctl(fd, SIOCGIFINDEX, &request) < 0 ? 0 : (unsigned)request.ifr_ifindex;
}

static void prober_open(struct prober *prober, struct arena *arena)
{
	const char *interface = prober->need->interface;
	unsigned index;

	if (prober->need->count == 0 || prober->need->target.family == FAMILY_NONE) {
		prober_fail(prober, "nothing to send", 0, arena);
		return;
	}
	if (!socket_open(prober)) {
		prober_fail(prober, "no ICMP socket", errno, arena);
		return;
	}
	index = interface_index(prober->fd, interface);
	if (!index) {
		prober_fail(prober, strerror(errno), 0, arena);
		return;
	}
	target_address(prober, index);
	if (setsockopt(prober->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface)) < 0) {
		prober_fail(prober, "cannot bind to it", errno, arena);
		return;
	}
	/* The identifier too is random; for a ping socket the kernel puts its own. */
	if (getrandom(prober->echo.nonce, NONCE_LENGTH, 0) != NONCE_LENGTH) {
		prober_fail(prober, "getrandom", errno, arena);
		return;
	}
	memcpy(&prober->echo.id, prober->echo.nonce, sizeof(prober->echo.id));
	prober->echo.type = is_ipv4(prober) ? ECHO_REQUEST : ICMP6_ECHO_REQUEST;
	prober->sent_at = arena_alloc(arena, prober->need->count * sizeof(*prober->sent_at));
}

/* RFC 1071. For ICMPv6 and ping sockets the kernel makes it. */
static uint16_t checksum(const struct echo *echo)
{
	uint16_t words[sizeof(*echo) / sizeof(uint16_t)];
	uint32_t sum = 0;

	memcpy(words, echo, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

static void echo_send(struct prober *prober)
{
	struct echo echo = prober->echo;
	unsigned sequence = prober->tried++;

	echo.sequence = htons((uint16_t)sequence);
	if (prober->raw && is_ipv4(prober))
		echo.checksum = checksum(&echo);
	prober->sent_at[sequence] = clock_boot();
	if (sendto(prober->fd, &echo, sizeof(echo), 0, &prober->to.any, prober->to_length) < 0)
		prober->send_error = errno;
	else
		prober->probe->sent++;
}

/* When the prober next has something to do: echoes are spread evenly over one
 * timeout, and the last one gets a whole timeout for its answer. */
static msec_t next_due(const struct prober *prober)
{
	const struct need_probe *need = prober->need;

	if (prober->tried < need->count)
		return prober->began + need->timeout * prober->tried / need->count;
	return prober->sent_at[need->count - 1] + need->timeout;
}

static void prober_end(struct prober *prober, struct arena *arena)
{
	if (prober->probe->sent == 0 && prober->send_error)
		prober_fail(prober, "cannot send", prober->send_error, arena);
	prober_done(prober);
}

static void prober_step(struct prober *prober, struct arena *arena)
{
	while (prober->fd >= 0 && next_due(prober) <= clock_boot()) {
		if (prober->tried < prober->need->count)
			echo_send(prober);
		else
			prober_end(prober, arena);
	}
}

static bool from_target(const struct prober *prober, const struct sockaddr *from)
{
	const struct sockaddr_in6 *in6 = (const void *)from;
	const struct sockaddr_in *in = (const void *)from;

	if (from->sa_family != prober->to.any.sa_family)
		return false;
	if (is_ipv4(prober))
		return in->sin_addr.s_addr == prober->to.in.sin_addr.s_addr;
	return memcmp(&in6->sin6_addr, &prober->to.in6.sin6_addr, sizeof(in6->sin6_addr)) == 0;
}

/* Whether these bytes answer one of our echoes, and which. */
static bool answer_matches(const struct prober *prober, const uint8_t *bytes, size_t length,
			   unsigned *sequence)
{
	uint8_t type = is_ipv4(prober) ? ECHO_REPLY : ICMP6_ECHO_REPLY;
	struct echo echo;

	if (prober->raw && is_ipv4(prober)) {
		/* IHL, RFC 791: the header's length in words of 32 bits. */
		size_t header = length ? (bytes[0] & 0x0fu) * 4 : 0;

		if (length < header)
			return false;
		bytes += header;
		length -= header;
	}
	if (length < sizeof(echo))
		return false;
	memcpy(&echo, bytes, sizeof(echo));
	*sequence = ntohs(echo.sequence);
	return echo.type == type && (!prober->raw || echo.id == prober->echo.id) &&
	       memcmp(echo.nonce, prober->echo.nonce, NONCE_LENGTH) == 0 &&
	       *sequence < prober->tried;
}

/* Reads what came. The first answer is enough. */
static void answers_read(struct prober *prober)
{
	struct sockaddr_storage from = { 0 };
	socklen_t from_length = sizeof(from);
	uint8_t bytes[ANSWER_MAX];
	unsigned sequence;
	ssize_t length;

	for (unsigned i = 0; i < READ_MAX && prober->fd >= 0; i++) {
		length = recvfrom(prober->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				  &from_length);
		if (length < 0)
			return;
		if (!from_target(prober, (struct sockaddr *)&from) ||
		    !answer_matches(prober, bytes, (size_t)length, &sequence))
			continue;
		prober->probe->received = 1;
		prober->probe->rtt = clock_boot() - prober->sent_at[sequence];
		prober_done(prober);
	}
}

/* Milliseconds until anything is due. */
static int wait_time(const struct prober *probers, size_t n, const struct deadline *deadline)
{
	struct deadline next = *deadline;

	for (size_t i = 0; i < n; i++) {
		if (probers[i].fd >= 0 && next_due(&probers[i]) < next.at)
			next.at = next_due(&probers[i]);
	}
	return deadline_left(&next);
}

/* Waits for answers to those that are not done. false: all are. */
static bool probers_wait(struct prober *probers, size_t n, struct pollfd *polled,
			 struct prober **polled_probers, const struct deadline *deadline)
{
	size_t polled_n = 0;

	for (size_t i = 0; i < n; i++) {
		if (probers[i].fd < 0)
			continue;
		polled[polled_n] = (struct pollfd){ .fd = probers[i].fd, .events = POLLIN };
		polled_probers[polled_n++] = &probers[i];
	}
	if (polled_n == 0)
		return false;
	/* poll() refuses more than RLIMIT_NOFILE, so that those done cannot be passed too. */
	if (poll(polled, polled_n, wait_time(probers, n, deadline)) <= 0)
		return true;
	for (size_t i = 0; i < polled_n; i++) {
		if (polled[i].revents)
			answers_read(polled_probers[i]);
	}
	return true;
}

static void probe_all(struct prober *probers, size_t n, struct arena *arena,
		      const struct deadline *deadline)
{
	struct pollfd *polled = arena_alloc(arena, n * sizeof(*polled));
	struct prober **polled_probers = arena_alloc(arena, n * sizeof(struct prober *));

	while (!deadline_passed(deadline)) {
		for (size_t i = 0; i < n; i++)
			prober_step(&probers[i], arena);
		if (!probers_wait(probers, n, polled, polled_probers, deadline))
			return;
	}
}

void probe_targets(const struct need_probe *needs, size_t n, struct observed_probe *probes,
		   struct arena *arena, const struct deadline *deadline)
{
	struct prober *probers = arena_alloc(arena, n * sizeof(*probers));

	for (size_t i = 0; i < n; i++) {
		probes[i] = (struct observed_probe){ .interface = needs[i].interface,
						     .target = needs[i].target };
		probers[i].need = &needs[i];
		probers[i].probe = &probes[i];
		probers[i].fd = -1;
		prober_open(&probers[i], arena);
		probers[i].began = clock_boot();
	}
	probe_all(probers, n, arena, deadline);
	for (size_t i = 0; i < n; i++) {
		if (probers[i].fd >= 0 && probes[i].sent == 0 && !probers[i].send_error)
			prober_fail(&probers[i], "no time left", 0, arena);
		prober_end(&probers[i], arena);
	}
}
