/* SPDX-License-Identifier: MIT */
/*
 * import_peers: the peers of one interface, as other tools' files have them: two
 * sections of one key are one peer, the last claim of a prefix counts, and default
 * routes need a table of their own.
 */
#pragma once

#include "import_parts.h"

struct import_peer {
	struct desired_peer peer; /* the preshared key in it is not in a file yet */
	struct where where;
	const char *path; /* of remarks */
	const char *label; /* of warnings: "Peer" */
	bool has_preshared_key, has_keepalive;
	bool has_routes; /* its allowed IPs are to have routes */
	size_t order;
};

struct import_peers {
	VEC(struct import_peer) list;
};

/* The tables that are in use, which are the marks of full tunnels as well. */
struct import_tables {
	VEC(uint32_t) list;
};

/* Merges peers of one key; of a prefix that several have, the last one keeps it. */
void import_peers_settle(struct importer *importer, struct import_peers *peers);

/* Adds them to the interface; preshared keys become secrets. */
void import_peers_store(struct importer *importer, struct import_peers *peers,
			struct desired_interface *interface);

/* Whether a peer with routes has a prefix of length 0. */
bool import_peers_have_default(const struct import_peers *peers);

void import_table_take(struct importer *importer, struct import_tables *tables, uint32_t table);

/*
 * What wg-quick does with a default route, its add_default(): all but the tunnel's own
 * packets look a table up in which it stands. The mark is the number of the table,
 * which is the interface's mark if it has one, else the first from 51820 on that is
 * not taken. Other prefixes get their routes in main, as there they win over wider
 * ones. Peers must have been stored. False when the table is taken already.
 */
bool import_route_default(struct importer *importer, struct import_tables *tables,
			  struct desired_interface *interface, const struct import_peers *peers);

/* Which prefixes: of length 0, and all others. */
enum import_which {
	IMPORT_DEFAULTS = 1,
	IMPORT_OTHERS = 2,
};

/* Adds routes through the peers that have them, into the table of the family. */
void import_routes_add(struct importer *importer, struct desired_interface *interface,
		       const struct import_peers *peers, unsigned which, uint32_t table4,
		       uint32_t table6);
