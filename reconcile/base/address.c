/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

_Static_assert(IP_TEXT_MAX >= INET6_ADDRSTRLEN, "inet_ntop(3) needs the room");

bool ip_parse(const char *text, struct ip *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (inet_pton(AF_INET, text, ip->b) == 1) {
		ip->family = FAMILY_IPV4;
		return true;
	}
	if (inet_pton(AF_INET6, text, ip->b) == 1) {
		ip->family = FAMILY_IPV6;
		return true;
	}
	memset(ip, 0, sizeof(*ip));
	return false;
}

/* Digits only: strtoul() would accept signs, spaces and leading zeros, too. */
static bool number_parse(const char *text, unsigned max, unsigned *number)
{
	unsigned value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

bool prefix_parse(const char *text, struct prefix *prefix)
{
	const char *slash = strchrnul(text, '/');
	size_t length = (size_t)(slash - text);
	char address[IP_TEXT_MAX];
	unsigned bits;

	memset(prefix, 0, sizeof(*prefix));
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!ip_parse(address, &prefix->ip))
		return false;
	bits = family_bits(prefix->ip.family);
	if (*slash && !number_parse(slash + 1, bits, &bits)) {
		memset(prefix, 0, sizeof(*prefix));
		return false;
	}
	prefix->length = (uint8_t)bits;
	return true;
}

bool endpoint_split(const char *text, char *host, unsigned host_size, uint16_t *port)
{
	bool bracketed = text[0] == '[';
	const char *from = bracketed ? text + 1 : text;
	const char *end = strchr(from, bracketed ? ']' : ':');
	const char *colon = end && bracketed ? end + 1 : end;
	unsigned number;
	size_t length;

	if (!end || *colon != ':')
		return false;
	length = (size_t)(end - from);
	if (length == 0 || length >= host_size)
		return false;
	/* Brackets are for IPv6 addresses: RFC 3986, 3.2.2. */
	if (bracketed && !memchr(from, ':', length))
		return false;
	if (!number_parse(colon + 1, UINT16_MAX, &number) || number == 0)
		return false;
	memcpy(host, from, length);
	host[length] = '\0';
	*port = (uint16_t)number;
	return true;
}

bool endpoint_parse(const char *text, struct endpoint *endpoint)
{
	char host[IP_TEXT_MAX];

	memset(endpoint, 0, sizeof(*endpoint));
	if (endpoint_split(text, host, sizeof(host), &endpoint->port) &&
	    ip_parse(host, &endpoint->ip))
		return true;
	memset(endpoint, 0, sizeof(*endpoint));
	return false;
}

char *ip_text(const struct ip *ip, char text[IP_TEXT_MAX])
{
	int family = ip->family == FAMILY_IPV4 ? AF_INET : AF_INET6;

	if (ip->family == FAMILY_NONE || !inet_ntop(family, ip->b, text, IP_TEXT_MAX))
		text[0] = '\0';
	return text;
}

char *prefix_text(const struct prefix *prefix, char text[PREFIX_TEXT_MAX])
{
	char address[IP_TEXT_MAX];

	snprintf(text, PREFIX_TEXT_MAX, "%s/%u", ip_text(&prefix->ip, address), prefix->length);
	return text;
}

char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX])
{
	char address[IP_TEXT_MAX];

	ip_text(&endpoint->ip, address);
	if (endpoint->ip.family != FAMILY_IPV6)
		snprintf(text, ENDPOINT_TEXT_MAX, "%s:%u", address, endpoint->port);
	else if (endpoint->scope)
		snprintf(text, ENDPOINT_TEXT_MAX, "[%s%%%u]:%u", address, endpoint->scope,
			 endpoint->port);
	else
		snprintf(text, ENDPOINT_TEXT_MAX, "[%s]:%u", address, endpoint->port);
	return text;
}

struct prefix prefix_mask(struct prefix prefix)
{
	unsigned whole = prefix.length / 8;

	if (whole < sizeof(prefix.ip.b)) {
		prefix.ip.b[whole] &= (uint8_t)(0xff00u >> (prefix.length % 8));
		memset(prefix.ip.b + whole + 1, 0, sizeof(prefix.ip.b) - whole - 1);
	}
	return prefix;
}

bool prefix_has_host_bits(const struct prefix *prefix)
{
	struct prefix masked = prefix_mask(*prefix);

	return memcmp(masked.ip.b, prefix->ip.b, family_bytes(prefix->ip.family)) != 0;
}

bool prefix_covers(const struct prefix *prefix, const struct ip *ip)
{
	struct prefix of_ip = { .ip = *ip, .length = prefix->length };
	struct prefix masked = prefix_mask(*prefix);

	if (ip->family != prefix->ip.family || ip->family == FAMILY_NONE)
		return false;
	of_ip = prefix_mask(of_ip);
	return memcmp(of_ip.ip.b, masked.ip.b, family_bytes(ip->family)) == 0;
}

bool ip_is_link_local(const struct ip *ip)
{
	return ip->family == FAMILY_IPV6 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

int prefix_order(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return ip_compare(&a->ip, &b->ip) == 0 && a->port == b->port && a->scope == b->scope;
}

bool ip_is_private(const struct ip *ip)
{
	static const char *const networks[] = { "10.0.0.0/8",	 "172.16.0.0/12",  "192.168.0.0/16",
						"100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
						"fe80::/10" };

	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct prefix network;

		if (prefix_parse(networks[i], &network) && prefix_covers(&network, ip))
			return true;
	}
	return false;
}
