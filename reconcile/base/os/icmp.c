/* SPDX-License-Identifier: MIT */
#include "icmp.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* RFC 792; netinet/ip_icmp.h would bring another struct ip. */
#define ECHO_REPLY 0
#define ECHO_REQUEST 8
/* linux/icmp.h: the socket option, whose value is a mask of types to drop. */
#define OPTION_ICMP_FILTER 1
/* An answer: the longest IPv4 header (60), the ICMP header, the nonce. */
#define ANSWER_MAX 256

/* A raw socket gets every ICMP message of the interface, unless filtered. */
static bool filter_answers(const struct icmp *icmp)
{
	struct icmp6_filter passed;

	if (icmp->ipv4) {
		uint32_t dropped = ~(UINT32_C(1) << ECHO_REPLY);

		return setsockopt(icmp->fd, SOL_RAW, OPTION_ICMP_FILTER, &dropped,
				  sizeof(dropped)) == 0;
	}
	ICMP6_FILTER_SETBLOCKALL(&passed);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &passed);
	return setsockopt(icmp->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &passed, sizeof(passed)) == 0;
}

/* A ping socket needs no privilege, but a group in net.ipv4.ping_group_range, empty by
 * default in Linux; then even root is refused (icmp(7)). */
static bool socket_open(struct icmp *icmp)
{
	int domain = icmp->ipv4 ? AF_INET : AF_INET6;
	int protocol = icmp->ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

	icmp->fd = socket(domain, SOCK_DGRAM | flags, protocol);
	if (icmp->fd >= 0)
		return true;
	icmp->fd = socket(domain, SOCK_RAW | flags, protocol);
	icmp->raw = true;
	return icmp->fd >= 0 && filter_answers(icmp);
}

static void set_target(struct icmp *icmp, const struct ip *target)
{
	if (icmp->ipv4) {
		icmp->to.in.sin_family = AF_INET;
		memcpy(&icmp->to.in.sin_addr, target->b, sizeof(icmp->to.in.sin_addr));
		icmp->to_length = sizeof(icmp->to.in);
		return;
	}
	icmp->to.in6.sin6_family = AF_INET6;
	memcpy(&icmp->to.in6.sin6_addr, target->b, sizeof(icmp->to.in6.sin6_addr));
	icmp->to_length = sizeof(icmp->to.in6);
}

bool icmp_open(struct icmp *icmp, const struct ip *target)
{
	*icmp = (struct icmp){ .fd = -1, .ipv4 = target->family == FAMILY_IPV4 };
	set_target(icmp, target);
	icmp->echo.type = icmp->ipv4 ? ECHO_REQUEST : ICMP6_ECHO_REQUEST;
	if (socket_open(icmp))
		return true;
	icmp_close(icmp);
	return false;
}

void icmp_close(struct icmp *icmp)
{
	int error = errno;

	if (icmp->fd >= 0)
		close(icmp->fd);
	icmp->fd = -1;
	errno = error;
}

/* if_nametoindex(3) needs another descriptor, and hides the failure to get one. */
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

bool icmp_bind(struct icmp *icmp, const char *interface)
{
	unsigned index = interface_index(icmp->fd, interface);

	if (!index)
		return false;
	if (!icmp->ipv4 && IN6_IS_ADDR_LINKLOCAL(&icmp->to.in6.sin6_addr))
		icmp->to.in6.sin6_scope_id = index;
	return setsockopt(icmp->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
			  (socklen_t)strlen(interface)) == 0;
}

/* For a ping socket the kernel sets its own identifier. */
void icmp_set_nonce(struct icmp *icmp, const uint8_t nonce[ICMP_NONCE])
{
	memcpy(icmp->echo.nonce, nonce, ICMP_NONCE);
	memcpy(&icmp->echo.id, nonce, sizeof(icmp->echo.id));
}

/* RFC 1071. For ICMPv6 and ping sockets the kernel computes it. */
static uint16_t checksum(const struct icmp_echo *echo)
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

bool icmp_send(struct icmp *icmp, uint16_t sequence)
{
	struct icmp_echo echo = icmp->echo;

	echo.sequence = htons(sequence);
	if (icmp->raw && icmp->ipv4)
		echo.checksum = checksum(&echo);
	return sendto(icmp->fd, &echo, sizeof(echo), 0, &icmp->to.any, icmp->to_length) >= 0;
}

static bool from_target(const struct icmp *icmp, const struct sockaddr *from)
{
	const struct sockaddr_in6 *in6 = (const void *)from;
	const struct sockaddr_in *in = (const void *)from;

	if (from->sa_family != icmp->to.any.sa_family)
		return false;
	if (icmp->ipv4)
		return in->sin_addr.s_addr == icmp->to.in.sin_addr.s_addr;
	return memcmp(&in6->sin6_addr, &icmp->to.in6.sin6_addr, sizeof(in6->sin6_addr)) == 0;
}

/* Whether these bytes answer one of our echoes, and which. */
static bool answer_matches(const struct icmp *icmp, const uint8_t *bytes, size_t length,
			   uint16_t *sequence)
{
	uint8_t type = icmp->ipv4 ? ECHO_REPLY : ICMP6_ECHO_REPLY;
	struct icmp_echo echo;

	if (icmp->raw && icmp->ipv4) {
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
	return echo.type == type && (!icmp->raw || echo.id == icmp->echo.id) &&
	       memcmp(echo.nonce, icmp->echo.nonce, ICMP_NONCE) == 0;
}

enum icmp_answer icmp_receive(struct icmp *icmp, uint16_t *sequence)
{
	struct sockaddr_storage from = { 0 };
	socklen_t from_length = sizeof(from);
	uint8_t bytes[ANSWER_MAX];
	ssize_t length = recvfrom(icmp->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
				  &from_length);

	if (length < 0)
		return ICMP_NOTHING;
	if (!from_target(icmp, (struct sockaddr *)&from) ||
	    !answer_matches(icmp, bytes, (size_t)length, sequence))
		return ICMP_OTHER;
	return ICMP_ANSWER;
}
