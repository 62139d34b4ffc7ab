/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/time.h>

/* c-ares doubles the time with each round of tries: 1 s, then 2 s. */
#define TRY_MS 1000
#define TRIES 2
/* Names asked at the same time. Each is two queries; dnsmasq, the usual
 * forwarder on a router, refuses more than 150 (dns-forward-max). */
#define IN_FLIGHT_MAX 64
/* RFC 1035, 2.3.4: 255 octets on the wire are at most 253 characters. Longer
 * text goes on to c-ares, which says what is wrong with it. */
#define HOST_TEXT_MAX 1024

/* One name, however many endpoints have it. */
struct question {
	struct resolver *resolver;
	const char *host;
	const char *error; /* NULL: addresses hold the answer */
	VEC(struct endpoint) addresses; /* without ports */
};

/* An endpoint that needs an answer. */
struct asker {
	const char *host;
	size_t index; /* of the endpoint */
	uint16_t port;
};

struct resolver {
	struct arena *arena;
	ares_channel channel;
	VEC(struct asker) askers; /* sorted by host */
	VEC(struct question) questions;
	VEC(struct pollfd) sockets;
	VEC(struct pollfd) ready; /* a copy, as callbacks open and close sockets */
	size_t in_flight;
};

static int compare_endpoints(const void *a, const void *b)
{
	const struct endpoint *left = a, *right = b;
	int order = ip_compare(&left->ip, &right->ip);

	if (order)
		return order;
	return (left->scope > right->scope) - (left->scope < right->scope);
}

static int compare_askers(const void *a, const void *b)
{
	const struct asker *left = a, *right = b;

	return strcasecmp(left->host, right->host);
}

/* Literals: ADDRESS or fe80::1%ZONE, where ZONE is an interface's name or number. */

static uint32_t zone_index(const char *zone)
{
	uint32_t index = if_nametoindex(zone);
	unsigned long number;
	char *end;

	if (index || *zone < '0' || *zone > '9')
		return index;
	number = strtoul(zone, &end, 10);
	return *end || number > INT32_MAX ? 0 : (uint32_t)number;
}

static const char *zone_parse(const char *host, const char *percent, struct endpoint *endpoint,
			      struct arena *arena)
{
	const char *printable = text_printable(arena, host);

	if (!ip_parse(arena_strndup(arena, host, (size_t)(percent - host)), &endpoint->ip))
		return arena_printf(arena, "%s: not an address before the %%", printable);
	if (!ip_is_link_local(&endpoint->ip))
		return arena_printf(arena, "%s: only link-local addresses (fe80::/10) have a zone",
				    printable);
	endpoint->scope = zone_index(percent + 1);
	if (!endpoint->scope)
		return arena_printf(arena, "%s: no such interface", printable);
	return NULL;
}

/* Answers what needs no question. true: done, with an address or an error. */
static bool answer_literal(const char *host, uint16_t port, struct observed_answer *answer,
			   struct arena *arena)
{
	struct endpoint endpoint = { .port = port };
	const char *percent = strchr(host, '%');

	if (percent)
		answer->error = zone_parse(host, percent, &endpoint, arena);
	else if (!ip_parse(host, &endpoint.ip))
		return false;
	if (!answer->error)
		*vec_push(arena, &answer->addresses) = endpoint;
	return true;
}

/* Names: c-ares, driven by poll(). */

static const char *status_text(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return "no such name";
	case ARES_ENODATA:
		return "the name has no address";
	case ARES_EBADNAME:
	case ARES_EBADQUERY:
		return "not a valid name";
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return "no answer from the name servers in time";
	/* What c-ares also says when each of them answered with SERVFAIL or REFUSED. */
	case ARES_ECONNREFUSED:
		return "the name servers cannot be reached, or answer with failure";
	default:
		return ares_strerror(status);
	}
}

static void question_fail(struct question *question, const char *text)
{
	struct arena *arena = question->resolver->arena;

	question->error = arena_printf(arena, "%s: %s", text_printable(arena, question->host),
				       text);
}

static bool endpoint_from_sockaddr(const struct sockaddr *address, struct endpoint *endpoint)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		endpoint->ip.family = FAMILY_IPV4;
		memcpy(endpoint->ip.b, &in->sin_addr, sizeof(in->sin_addr));
		return true;
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		endpoint->ip.family = FAMILY_IPV6;
		memcpy(endpoint->ip.b, &in6->sin6_addr, sizeof(in6->sin6_addr));
		endpoint->scope = in6->sin6_scope_id;
		return true;
	}
	return false;
}

static void take_addresses(struct question *question, const struct ares_addrinfo *info)
{
	for (const struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
		struct endpoint endpoint = { 0 };

		if (endpoint_from_sockaddr(node->ai_addr, &endpoint))
			*vec_push(question->resolver->arena, &question->addresses) = endpoint;
	}
	if (question->addresses.n)
		qsort(question->addresses.at, question->addresses.n,
		      sizeof(*question->addresses.at), compare_endpoints);
	for (size_t i = 1; i < question->addresses.n;) {
		if (compare_endpoints(&question->addresses.at[i - 1], &question->addresses.at[i]))
			i++;
		else
			vec_remove(&question->addresses, i);
	}
}

static void on_answer(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
	struct question *question = data;

	(void)timeouts;
	question->resolver->in_flight--;
	if (status == ARES_SUCCESS && info)
		take_addresses(question, info);
	if (status == ARES_SUCCESS && question->addresses.n == 0)
		status = ARES_ENODATA;
	if (status == ARES_SUCCESS)
		question->error = NULL;
	else
		question_fail(question, status_text(status));
	ares_freeaddrinfo(info);
}

static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
	struct resolver *resolver = data;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	size_t i = 0;

	while (i < resolver->sockets.n && resolver->sockets.at[i].fd != fd)
		i++;
	if (i == resolver->sockets.n)
		vec_push(resolver->arena, &resolver->sockets)->fd = fd;
	if (events)
		resolver->sockets.at[i].events = events;
	else
		vec_remove(&resolver->sockets, i);
}

static int channel_open(struct resolver *resolver)
{
	char lookups[] = "fb"; /* hosts file, then DNS, without asking nsswitch.conf */
	struct ares_options options = {
		.timeout = TRY_MS,
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = resolver,
	};

	return ares_init_options(&resolver->channel, &options,
				 ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
					 ARES_OPT_SOCK_STATE_CB);
}

static void ask(struct resolver *resolver, struct question *question)
{
	/* Without sorting: that would connect a socket to each address. */
	const struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
	};

	resolver->in_flight++;
	ares_getaddrinfo(resolver->channel, question->host, NULL, &hints, on_answer, question);
}

/* Milliseconds until c-ares or the deadline wants to go on. */
static int wait_time(struct resolver *resolver, const struct deadline *deadline)
{
	int left = deadline_left(deadline);
	struct timeval limit = { .tv_sec = left / MSEC_PER_SEC,
				 .tv_usec = left % MSEC_PER_SEC * 1000 };
	struct timeval buffer;
	const struct timeval *next = ares_timeout(resolver->channel, &limit, &buffer);

	/* Rounded up, so as not to wake just before the time. */
	return (int)(next->tv_sec * MSEC_PER_SEC + (next->tv_usec + 999) / 1000);
}

static void wait_and_process(struct resolver *resolver, const struct deadline *deadline)
{
	int ready;

	resolver->ready.n = 0;
	vec_each (open, &resolver->sockets)
		*vec_push(resolver->arena, &resolver->ready) = *open;
	ready = poll(resolver->ready.at, resolver->ready.n, wait_time(resolver, deadline));
	vec_each (socket, &resolver->ready) {
		bool readable = socket->revents & (POLLIN | POLLERR | POLLHUP);
		bool writable = socket->revents & (POLLOUT | POLLERR | POLLHUP);

		if (ready > 0 && socket->revents)
			ares_process_fd(resolver->channel, readable ? socket->fd : ARES_SOCKET_BAD,
					writable ? socket->fd : ARES_SOCKET_BAD);
	}
	/* Whose time is up is tried again or given up. */
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void ask_all(struct resolver *resolver, const struct deadline *deadline)
{
	size_t next = 0;

	while (!deadline_passed(deadline) &&
	       (next < resolver->questions.n || resolver->in_flight)) {
		while (next < resolver->questions.n && resolver->in_flight < IN_FLIGHT_MAX)
			ask(resolver, &resolver->questions.at[next++]);
		if (resolver->in_flight)
			wait_and_process(resolver, deadline);
	}
	/* What one family has answered is kept, see on_answer(). */
	ares_cancel(resolver->channel);
}

static void questions_make(struct resolver *resolver)
{
	const char *host = NULL;

	if (resolver->askers.n)
		qsort(resolver->askers.at, resolver->askers.n, sizeof(*resolver->askers.at),
		      compare_askers);
	vec_each (asker, &resolver->askers) {
		struct question *question;

		if (host && strcasecmp(host, asker->host) == 0)
			continue;
		host = asker->host;
		question = vec_push(resolver->arena, &resolver->questions);
		question->resolver = resolver;
		question->host = host;
	}
	vec_each (question, &resolver->questions)
		question_fail(question, "no time left to ask for it");
}

static void questions_ask(struct resolver *resolver, const struct deadline *deadline)
{
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	if (status == ARES_SUCCESS) {
		status = channel_open(resolver);
		if (status == ARES_SUCCESS) {
			ask_all(resolver, deadline);
			ares_destroy(resolver->channel);
		}
		ares_library_cleanup();
	}
	if (status == ARES_SUCCESS)
		return;
	vec_each (question, &resolver->questions)
		question_fail(question, ares_strerror(status));
}

/* Askers and questions have the same order: a merge. */
static void answers_fill(struct resolver *resolver, struct observed_answer *answers)
{
	struct question *question = resolver->questions.at;

	vec_each (asker, &resolver->askers) {
		struct observed_answer *answer = &answers[asker->index];

		if (strcasecmp(question->host, asker->host) != 0)
			question++;
		answer->error = question->error;
		if (answer->error)
			continue;
		vec_each (address, &question->addresses) {
			struct endpoint *endpoint = vec_push(resolver->arena, &answer->addresses);

			*endpoint = *address;
			endpoint->port = asker->port;
		}
	}
}

static void endpoint_take(struct resolver *resolver, size_t index, struct observed_answer *answer)
{
	char host[HOST_TEXT_MAX];
	uint16_t port;

	if (!endpoint_split(answer->endpoint, host, sizeof(host), &port)) {
		answer->error = arena_printf(resolver->arena, "%s: not HOST:PORT",
					     text_printable(resolver->arena, answer->endpoint));
		return;
	}
	if (answer_literal(host, port, answer, resolver->arena))
		return;
	*vec_push(resolver->arena, &resolver->askers) = (struct asker){
		.host = arena_strdup(resolver->arena, host),
		.index = index,
		.port = port,
	};
}

void resolve_endpoints(const char *const *endpoints, size_t n, struct observed_answer *answers,
		       struct arena *arena, const struct deadline *deadline)
{
	struct resolver resolver = { .arena = arena };

	for (size_t i = 0; i < n; i++) {
		answers[i] = (struct observed_answer){ .endpoint = endpoints[i] };
		endpoint_take(&resolver, i, &answers[i]);
	}
	questions_make(&resolver);
	if (resolver.questions.n && !deadline_passed(deadline))
		questions_ask(&resolver, deadline);
	answers_fill(&resolver, answers);
}
