/* SPDX-License-Identifier: MIT */
/*
 * The sockets of a node that its service manager holds, as systemd does for a socket unit with
 * ListenDatagram=[::]:PORT: one for each UDP port at which wgreconcile exchanges facts. They
 * outlive runs, so that a datagram between two runs waits for the next one.
 */
#include "world_parts.h"

#include "base/hash.h"
#include "base/os/source_files.h"
#include "core/desired/desired_yaml.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What wgreconcile reads without other names. */
#define DESIRED "/etc/wgreconcile/default.yaml"
#define DESIRED_PARTS "/etc/wgreconcile/default.conf.d"

struct ports {
	VEC(uint16_t) list;
};

/* ---- Which ones ---- */

/* As the reconciler reads them; in the node. False without files. */
static bool read_sources(struct sources *sources, struct diags *diags)
{
	const char *paths[2];
	struct stat status;
	size_t n = 0;

	if (stat(DESIRED, &status) == 0)
		paths[n++] = DESIRED;
	if (stat(DESIRED_PARTS, &status) == 0)
		paths[n++] = DESIRED_PARTS;
	sources_read(sources, paths, n, false, diags);
	return n && !diags->errors;
}

/* Never 0. */
static uint64_t sources_hash(const struct sources *sources)
{
	uint64_t hash = HASH_BASIS;

	vec_each (source, &sources->list) {
		hash = hash_bytes(hash, &source->length, sizeof(source->length));
		hash = hash_bytes(hash, source->text, source->length);
	}
	return hash ? hash : 1;
}

/* Interfaces may share a port. */
static void port_add(struct ports *ports, uint16_t port, struct arena *arena)
{
	vec_each (known, &ports->list) {
		if (*known == port)
			return;
	}
	*vec_push(arena, &ports->list) = port;
}

static bool ports_find(const struct sources *sources, struct ports *ports, struct diags *diags)
{
	const struct desired *desired = desired_parse(sources->list.at, sources->list.n, "default",
						      diags);

	if (!desired || diags->errors)
		return false;
	vec_each (interface, &desired->interfaces) {
		const uint16_t port = desired_facts_port(interface);

		if (interface->facts.enabled && port)
			port_add(ports, port, diags->arena);
	}
	return true;
}

/* ---- Holding them ---- */

static bool has_port(const struct ports *ports, uint16_t port)
{
	vec_each (wanted, &ports->list) {
		if (*wanted == port)
			return true;
	}
	return false;
}

static bool is_held(const struct world_node *node, uint16_t port)
{
	vec_each (held, &node->sockets.list) {
		if (held->port == port)
			return true;
	}
	return false;
}

/* -1 with errno. */
static int socket_open(uint16_t port)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6,
					  .sin6_port = htons(port),
					  .sin6_addr = IN6ADDR_ANY_INIT };
	const int on = 1;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

static void close_others(struct world_node *node, const struct ports *ports)
{
	for (size_t i = node->sockets.list.n; i-- > 0;) {
		if (has_port(ports, node->sockets.list.at[i].port))
			continue;
		close(node->sockets.list.at[i].fd);
		vec_remove(&node->sockets.list, i);
	}
}

/* A port in use is another program's: it is tried again. */
static bool open_missing(struct world *world, struct world_node *node, const struct ports *ports,
			 struct failure *failure)
{
	vec_each (port, &ports->list) {
		int fd;

		if (is_held(node, *port))
			continue;
		fd = socket_open(*port);
		if (fd >= 0)
			*vec_push(world->arena,
				  &node->sockets.list) = (struct held_socket){ fd, *port };
		else if (errno == EADDRINUSE)
			node->sockets_of = 0;
		else
			return failure_set(failure, errno, "%s: the socket of facts, port %u",
					   node->node->name, *port);
	}
	return true;
}

/* In the node. With wrong files the sockets stay as they are. */
static bool follow_files(struct world *world, struct world_node *node, struct arena *arena,
			 struct failure *failure)
{
	struct diags diags = { .arena = arena };
	struct sources sources = { 0 };
	struct ports ports = { 0 };
	uint64_t hash;

	if (!read_sources(&sources, &diags))
		return true;
	hash = sources_hash(&sources);
	if (hash == node->sockets_of)
		return true;
	node->sockets_of = hash;
	if (!ports_find(&sources, &ports, &diags))
		return true;
	close_others(node, &ports);
	return open_missing(world, node, &ports, failure);
}

bool world_sockets_follow(struct world *world, const struct node *node, struct failure *failure)
{
	struct world_node *where = world_node(world, node);
	struct failure left = { 0 };
	struct arena *arena;
	bool done;

	if (!where->on)
		return true;
	if (!world_enter(world, node, failure))
		return false;
	arena = arena_new();
	done = follow_files(world, where, arena, failure);
	arena_free(arena);
	if (world_leave(world, &left))
		return done;
	*failure = done ? left : *failure;
	return false;
}

const struct held_sockets *world_sockets(const struct world *world, const struct node *node)
{
	return &world_node(world, node)->sockets;
}

void sockets_close(struct world_node *node)
{
	vec_each (held, &node->sockets.list)
		close(held->fd);
	node->sockets.list.n = 0;
	node->sockets_of = 0;
}
