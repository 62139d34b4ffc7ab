/* SPDX-License-Identifier: MIT */
#include "name_servers.h"

#include <stdio.h>
#include <stdlib.h>

#define RESOLV_CONF "/etc/resolv.conf"
/* resolv.conf(5), and the defaults of c-ares for a file without any. */
#define SERVER_DEFAULT "127.0.0.1"

struct servers {
	VEC(struct ip) list;
};

/* "nameserver ADDRESS"; a zone (%eth0) is not part of the address. */
static bool server_parse(char *line, struct ip *ip)
{
	char *rest, *word = strtok_r(line, " \t\n", &rest);

	if (!word || strcmp(word, "nameserver") != 0)
		return false;
	word = strtok_r(NULL, " \t\n", &rest);
	if (!word)
		return false;
	word[strcspn(word, "%")] = '\0';
	return ip_parse(word, ip);
}

static bool servers_read(const char *path, struct servers *servers, struct arena *arena)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	struct ip ip;

	if (!file)
		return false;
	while (getline(&line, &room, file) >= 0)
		if (server_parse(line, &ip))
			*vec_push(arena, &servers->list) = ip;
	free(line);
	fclose(file);
	return servers->list.n;
}

static bool is_resolved(const struct ip *ip)
{
	struct ip stub;

	return ip_parse("127.0.0.53", &stub) && ip_compare(ip, &stub) == 0;
}

static bool is_this_machine(const struct ip *ip)
{
	struct prefix loopback;

	return prefix_parse(ip->family == FAMILY_IPV4 ? "127.0.0.0/8" : "::1/128", &loopback) &&
	       prefix_covers(&loopback, ip);
}

static void configured(struct servers *servers, struct arena *arena)
{
	struct ip ip;

	if (!servers_read(RESOLV_CONF, servers, arena) && ip_parse(SERVER_DEFAULT, &ip))
		*vec_push(arena, &servers->list) = ip;
}

bool name_servers_are_resolved(void)
{
	struct arena *scratch = arena_new();
	struct servers servers = { 0 }, its_own = { 0 };
	bool resolved;

	configured(&servers, scratch);
	resolved = servers.list.n && is_resolved(&servers.list.at[0]) &&
		   servers_read(RESOLVED_SERVERS, &its_own, scratch);
	arena_free(scratch);
	return resolved;
}

void name_servers_read(struct observed *observed)
{
	struct servers servers = { 0 };

	if (name_servers_are_resolved())
		servers_read(RESOLVED_SERVERS, &servers, observed->arena);
	else
		configured(&servers, observed->arena);
	vec_each (server, &servers.list) {
		if (is_this_machine(server))
			observed->forwarder = true;
		else
			*vec_push(observed->arena, &observed->name_servers) = *server;
	}
}
