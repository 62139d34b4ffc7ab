/* SPDX-License-Identifier: MIT */
/*
 * import_peers: the peers of one interface, as in other tools' files: sections with the same
 * key are one peer, the last peer with a prefix gets it, and default routes need a table of
 * their own.
 */
#pragma once

#include "import_parts.h"

struct import_peer {
	struct desired_peer peer; /* the preshared key in it is not in a file yet */
	struct where where;
	const char *path; /* of comments */
	const char *label; /* of warnings: "Peer" */
	bool has_preshared_key, has_keepalive;
	bool has_routes; /* make routes for its allowed IPs */
	size_t order;
};

struct import_peers {
	VEC(struct import_peer) list;
};

/* The tables in use, which are also the marks of full tunnels. */
struct import_tables {
	VEC(uint32_t) list;
};

/* Merges peers with the same key; the last of several peers with a prefix keeps it. */
void import_peers_settle(struct importer *importer, struct import_peers *peers);

/* Adds them to the interface; preshared keys become secrets. */
void import_peers_store(struct importer *importer, struct import_peers *peers,
			struct desired_interface *interface);

/* Whether a peer with routes has a prefix of length 0. */
bool import_peers_have_default(const struct import_peers *peers);

void import_table_take(struct importer *importer, struct import_tables *tables, uint32_t table);

/*
 * Converts a default route as wg-quick's add_default() does: all packets except the tunnel's
 * own look up its table. The mark is the table's number: the interface's mark if it has one,
 * otherwise the first free one from 51820. Other prefixes get their routes in main, where
 * they take precedence over shorter ones. Peers must have been stored. False when the table
 * is already taken.
 */
bool import_route_default(struct importer *importer, struct import_tables *tables,
			  struct desired_interface *interface, const struct import_peers *peers);

/* Which prefixes: of length 0, or all others. */
enum import_which {
	IMPORT_DEFAULTS = 1,
	IMPORT_OTHERS = 2,
};

/* Adds the peers' routes to the table of the family. */
void import_routes_add(struct importer *importer, struct desired_interface *interface,
		       const struct import_peers *peers, unsigned which, uint32_t table4,
		       uint32_t table6);
