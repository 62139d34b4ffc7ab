/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include "base/memory.h"
#include "name_servers.h"

/* c-ares 1.18 has no alternative to the functions deprecated in 1.34. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/time.h>

/* c-ares tries the name servers in rounds, and doubles the timeout each round: 1 s, then 2
 * s; less if the deadline would be exceeded. */
#define TRY_MS 1000
#define TRIES 2
#define TRIES_SUM 3 /* 1 + 2 */
#define TRY_MIN_MS 400 /* one round rather than two with less */
#define SPARE_MS 8 /* between the end of the last round and the deadline */
#define LOOK_AGAIN_MS 50 /* if c-ares cannot report how long to wait */
/* Maximum number of concurrent name queries. Each is two queries; dnsmasq, the usual
 * forwarder on a router, refuses more than 150 (dns-forward-max). */
#define IN_FLIGHT_MAX 64
/* RFC 1035, 2.3.4: 255 octets on the wire are at most 253 characters. Longer text is passed
 * to c-ares, which reports the error. */
#define HOST_TEXT_MAX 1024

/* One name, shared by all endpoints with one fwmark. */
struct question {
	struct channel *channel;
	const char *host;
	const char *error; /* NULL: addresses is the answer */
	VEC(struct endpoint) addresses; /* without ports */
};

/* An endpoint waiting for an answer. */
struct asker {
	const char *host;
	size_t index; /* of the endpoint */
	uint32_t fwmark;
	uint16_t port;
};

/* All queries of one fwmark. */
struct channel {
	struct resolver *resolver;
	uint32_t fwmark;
	ares_channel ares;
	VEC(struct question) questions;
	size_t next; /* next query to send */
	VEC(struct pollfd) sockets;
	size_t in_flight;
};

struct resolver {
	struct arena *arena;
	VEC(struct asker) askers; /* sorted by fwmark and host */
	VEC(struct channel) channels; /* likewise */
	VEC(struct pollfd) polled; /* a copy, because callbacks open and close sockets */
	VEC(struct channel *) polled_of; /* their channels */
	const char *warning; /* NULL: none */
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

	if (left->fwmark != right->fwmark)
		return left->fwmark < right->fwmark ? -1 : 1;
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

/* Answers requests that need no query. true: done, with an address or an error. */
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
	/* Also returned by c-ares up to 1.18 when each server answered with one of the others. */
	case ARES_ECONNREFUSED:
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ENOTIMP:
		return "the name servers cannot be reached, or answer with failure";
	default:
		return ares_strerror(status);
	}
}

static void question_fail(struct question *question, const char *text)
{
	struct arena *arena = question->channel->resolver->arena;

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
			*vec_push(question->channel->resolver->arena,
				  &question->addresses) = endpoint;
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
	question->channel->in_flight--;
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
	struct channel *channel = data;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	size_t i = 0;

	while (i < channel->sockets.n && channel->sockets.at[i].fd != fd)
		i++;
	if (i == channel->sockets.n)
		vec_push(channel->resolver->arena, &channel->sockets)->fd = fd;
	if (events)
		channel->sockets.at[i].events = events;
	else
		vec_remove(&channel->sockets, i);
}

/* Before the socket is connected, which is when its route is looked up. */
static int on_new_socket(ares_socket_t fd, int type, void *data)
{
	struct channel *channel = data;

	(void)type;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &channel->fwmark, sizeof(channel->fwmark)) == 0)
		return ARES_SUCCESS;
	channel->resolver->warning = arena_printf(
		channel->resolver->arena,
		"names are asked without fwmark 0x%x: %s; rules that send all else into the tunnel "
		"send the questions there, too; the program needs CAP_NET_ADMIN",
		channel->fwmark, strerror(errno));
	return ARES_SUCCESS;
}

static int channel_init(struct channel *channel, int try_ms, int tries)
{
	char lookups[] = "fb"; /* hosts file, then DNS, without nsswitch.conf */
	char servers[] = RESOLVED_SERVERS;
	struct ares_options options = {
		.timeout = try_ms,
		.tries = tries,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = channel,
		.resolvconf_path = servers,
	};
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
	int status;

#ifdef ARES_OPT_MAXTIMEOUTMS
	/* Otherwise it may wait longer than these for a server that was slow before. */
	options.maxtimeout = TRIES * try_ms;
	mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
	if (channel->fwmark && name_servers_are_resolved())
		mask |= ARES_OPT_RESOLVCONF;
	status = ares_init_options(&channel->ares, &options, mask);
	if (status == ARES_SUCCESS && channel->fwmark)
		ares_set_socket_configure_callback(channel->ares, on_new_socket, channel);
	return status;
}

static int servers_count(const struct channel *channel)
{
	struct ares_addr_node *servers = NULL;
	int n = 0;

	if (ares_get_servers(channel->ares, &servers) == ARES_SUCCESS)
		for (const struct ares_addr_node *server = servers; server; server = server->next)
			n++;
	ares_free_data(servers);
	return n ? n : 1;
}

/* When c-ares gives up a query it returns partial results, such as the addresses of one
 * family; results of queries cancelled at the deadline may be lost (since 1.20). */
static int channel_open(struct channel *channel, const struct deadline *deadline)
{
	int status = channel_init(channel, TRY_MS, TRIES);
	int for_each, tries = TRIES;

	if (status != ARES_SUCCESS)
		return status;
	for_each = (deadline_left(deadline) - SPARE_MS) / servers_count(channel);
	if (for_each >= TRY_MS * TRIES_SUM)
		return status;
	ares_destroy(channel->ares);
	if (for_each / TRIES_SUM >= TRY_MIN_MS)
		for_each /= TRIES_SUM;
	else
		tries = 1;
	return channel_init(channel, for_each > 0 ? for_each : 1, tries);
}

static void ask(struct channel *channel, struct question *question)
{
	/* Without sorting: that would connect a socket to each address. */
	const struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
	};

	channel->in_flight++;
	ares_getaddrinfo(channel->ares, question->host, NULL, &hints, on_answer, question);
}

/* Milliseconds until the next timeout of c-ares or the deadline. */
static int wait_time(struct resolver *resolver, const struct deadline *deadline)
{
	int shortest = deadline_left(deadline);

	/* On a machine of 32 bits c-ares may use a different struct timeval. */
	if (sizeof(time_t) > sizeof(long))
		return shortest < LOOK_AGAIN_MS ? shortest : LOOK_AGAIN_MS;
	vec_each (channel, &resolver->channels) {
		struct timeval limit = { .tv_sec = shortest / MSEC_PER_SEC,
					 .tv_usec = shortest % MSEC_PER_SEC * 1000 };
		struct timeval buffer;
		const struct timeval *next;

		if (!channel->in_flight)
			continue;
		next = ares_timeout(channel->ares, &limit, &buffer);
		/* Rounded up, so as not to wake just before the time. */
		shortest = (int)(next->tv_sec * MSEC_PER_SEC + (next->tv_usec + 999) / 1000);
	}
	return shortest;
}

static void collect_sockets(struct resolver *resolver)
{
	resolver->polled.n = resolver->polled_of.n = 0;
	vec_each (channel, &resolver->channels) {
		vec_each (open, &channel->sockets) {
			*vec_push(resolver->arena, &resolver->polled) = *open;
			*vec_push(resolver->arena, &resolver->polled_of) = channel;
		}
	}
}

static void wait_and_process(struct resolver *resolver, const struct deadline *deadline)
{
	int ready;

	collect_sockets(resolver);
	ready = poll(resolver->polled.at, resolver->polled.n, wait_time(resolver, deadline));
	for (size_t i = 0; i < resolver->polled.n; i++) {
		const struct pollfd *socket = &resolver->polled.at[i];
		bool readable = socket->revents & (POLLIN | POLLERR | POLLHUP);
		bool writable = socket->revents & (POLLOUT | POLLERR | POLLHUP);

		if (ready > 0 && socket->revents)
			ares_process_fd(resolver->polled_of.at[i]->ares,
					readable ? socket->fd : ARES_SOCKET_BAD,
					writable ? socket->fd : ARES_SOCKET_BAD);
	}
	/* Timed-out queries are retried or given up. */
	vec_each (channel, &resolver->channels)
		ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* Sends the queries allowed now; false when the channel is done. */
static bool ask_more(struct channel *channel)
{
	while (channel->next < channel->questions.n && channel->in_flight < IN_FLIGHT_MAX)
		ask(channel, &channel->questions.at[channel->next++]);
	return channel->in_flight || channel->next < channel->questions.n;
}

static void ask_all(struct resolver *resolver, const struct deadline *deadline)
{
	bool open = true;

	while (open && !deadline_passed(deadline)) {
		size_t in_flight = 0;

		open = false;
		vec_each (channel, &resolver->channels) {
			open |= ask_more(channel);
			in_flight += channel->in_flight;
		}
		if (in_flight)
			wait_and_process(resolver, deadline);
	}
	/* The answer of one family is kept, see on_answer(). */
	vec_each (channel, &resolver->channels)
		ares_cancel(channel->ares);
}

static void question_add(struct resolver *resolver, const struct asker *asker)
{
	size_t n = resolver->channels.n;
	struct channel *channel = n ? &resolver->channels.at[n - 1] : NULL;

	if (!channel || channel->fwmark != asker->fwmark) {
		channel = vec_push(resolver->arena, &resolver->channels);
		channel->resolver = resolver;
		channel->fwmark = asker->fwmark;
	}
	vec_push(resolver->arena, &channel->questions)->host = asker->host;
}

static void questions_make(struct resolver *resolver)
{
	const struct asker *last = NULL;

	if (resolver->askers.n)
		qsort(resolver->askers.at, resolver->askers.n, sizeof(*resolver->askers.at),
		      compare_askers);
	vec_each (asker, &resolver->askers) {
		if (!last || compare_askers(last, asker) != 0)
			question_add(resolver, asker);
		last = asker;
	}
	/* Now that their addresses are final. */
	vec_each (channel, &resolver->channels)
		vec_each (question, &channel->questions) {
			question->channel = channel;
			question_fail(question, "no time left to ask for it");
		}
}

static void channels_close(struct resolver *resolver, size_t opened)
{
	for (size_t i = 0; i < opened; i++)
		ares_destroy(resolver->channels.at[i].ares);
}

static int channels_ask(struct resolver *resolver, const struct deadline *deadline)
{
	for (size_t i = 0; i < resolver->channels.n; i++) {
		int status = channel_open(&resolver->channels.at[i], deadline);

		if (status != ARES_SUCCESS) {
			channels_close(resolver, i);
			return status;
		}
	}
	ask_all(resolver, deadline);
	channels_close(resolver, resolver->channels.n);
	return ARES_SUCCESS;
}

static void questions_ask(struct resolver *resolver, const struct deadline *deadline)
{
	int status = ares_library_init_mem(ARES_LIB_INIT_ALL, memory_take, free, memory_retake);

	if (status == ARES_SUCCESS) {
		status = channels_ask(resolver, deadline);
		ares_library_cleanup();
	}
	if (status == ARES_SUCCESS)
		return;
	vec_each (channel, &resolver->channels)
		vec_each (question, &channel->questions)
			question_fail(question, ares_strerror(status));
}

static void answer_fill(struct resolver *resolver, const struct asker *asker,
			const struct question *question, struct observed_answer *answer)
{
	answer->error = question->error;
	if (answer->error)
		return;
	vec_each (address, &question->addresses) {
		struct endpoint *endpoint = vec_push(resolver->arena, &answer->addresses);

		*endpoint = *address;
		endpoint->port = asker->port;
	}
}

/* Askers and questions have the same order: a merge. */
static void answers_fill(struct resolver *resolver, struct observed_answer *answers)
{
	const struct channel *channel = resolver->channels.at;
	const struct question *question = channel ? channel->questions.at : NULL;

	vec_each (asker, &resolver->askers) {
		if (asker->fwmark != channel->fwmark) {
			channel++;
			question = channel->questions.at;
		}
		if (strcasecmp(question->host, asker->host) != 0)
			question++;
		answer_fill(resolver, asker, question, &answers[asker->index]);
	}
}

static void endpoint_take(struct resolver *resolver, size_t index, uint32_t fwmark,
			  struct observed_answer *answer)
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
		.fwmark = fwmark,
		.port = port,
	};
}

void resolve_endpoints(const struct resolve_request *requests, size_t n,
		       struct observed_answer *answers, const char **warning, struct arena *arena,
		       const struct deadline *deadline)
{
	struct resolver resolver = { .arena = arena };

	for (size_t i = 0; i < n; i++) {
		answers[i] = (struct observed_answer){ .endpoint = requests[i].endpoint };
		endpoint_take(&resolver, i, requests[i].fwmark, &answers[i]);
	}
	questions_make(&resolver);
	if (resolver.channels.n && !deadline_passed(deadline))
		questions_ask(&resolver, deadline);
	answers_fill(&resolver, answers);
	*warning = resolver.warning;
}
