/* SPDX-License-Identifier: MIT */
/*
 * wg-quick(8)'s files and "wg showconf"'s output. Facts about them are from
 * wireguard-tools: src/config.c (what wg reads) and src/wg-quick/linux.bash.
 */
#include "import_parts.h"

#include "desired_default.h"

#include <stdlib.h>
#include <strings.h>

/* Where wg-quick begins to look for an unused table, which is its mark as well. */
#define QUICK_TABLE 51820
/* linux/rtnetlink.h: RT_TABLE_DEFAULT and RT_TABLE_LOCAL; TABLE_MAIN is between. */
#define TABLE_DEFAULT 253
#define TABLE_LOCAL 255

struct quick {
	struct importer importer;
	struct desired_interface *interface;
	struct import_names names; /* of peers */
	bool is_quick; /* has something that wg alone would not read */
	bool has_table; /* other than auto */
	unsigned errors; /* before this text */
};

/* A [Peer], until those of one key have become one. */
struct quick_peer {
	struct desired_peer peer; /* the preshared key in it is not in a file yet */
	struct where where;
	const char *path;
	bool has_preshared_key, has_keepalive;
	size_t order;
};

struct quick_peers {
	VEC(struct quick_peer) list;
};

/*
 * [Interface]
 */

static void address_add(struct quick *quick, const struct import_entry *entry, const char *item)
{
	struct desired_interface *interface = quick->interface;
	struct prefix prefix;

	if (!prefix_parse(item, &prefix)) {
		import_error(&quick->importer, entry,
			     "\"%s\" is not an address: give one, such as 10.0.0.2/24", item);
		return;
	}
	vec_each (address, &interface->addresses) {
		if (prefix_compare(&address->prefix, &prefix) == 0) {
			import_note(&quick->importer, entry->where, entry->path,
				    "%s was given twice", item);
			return;
		}
	}
	vec_push(quick->importer.arena, &interface->addresses)->prefix = prefix;
}

static void read_address(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct quick *quick = object;
	const char *rest = entry->value;
	const char *item;

	quick->is_quick = true;
	while ((item = import_item(importer->arena, &rest)))
		address_add(quick, entry, item);
}

static void read_private_key(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	struct quick *quick = object;
	struct wg_key key;

	if (import_secret_key(importer, entry, &key) && !key_is_zero(&key))
		quick->interface->private_key_file = import_secret(
			importer, &key, quick->interface->name, NULL, ".key");
	explicit_bzero(&key, sizeof(key));
}

static void read_listen_port(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	struct quick *quick = object;
	uint64_t port;

	if (!import_number(entry->value, UINT16_MAX, &port))
		import_error(importer, entry, "\"%s\" is not a port: give 1 to %d", entry->value,
			     UINT16_MAX);
	else if (port)
		quick->interface->listen_port = (int32_t)port;
}

static void read_fwmark(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct quick *quick = object;
	uint64_t mark = 0;

	if (strcasecmp(entry->value, "off") != 0 && !import_number(entry->value, UINT32_MAX, &mark))
		import_error(importer, entry, "\"%s\" is not a mark: give 1 to 0x%x, or off",
			     entry->value, UINT32_MAX);
	else
		quick->interface->fwmark = (int64_t)mark;
}

static void read_mtu(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct quick *quick = object;
	uint64_t mtu;

	quick->is_quick = true;
	/* What is possible depends on the addresses, which may follow. */
	if (!import_number(entry->value, INT32_MAX, &mtu))
		import_error(importer, entry, "\"%s\" is not a number: give the MTU, such as 1420",
			     entry->value);
	else
		quick->interface->mtu = (uint32_t)mtu;
}

static void read_table(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct quick *quick = object;
	uint64_t table = 0;

	quick->is_quick = true;
	if (strcasecmp(entry->value, "auto") == 0)
		return;
	quick->has_table = true;
	if (strcasecmp(entry->value, "off") == 0)
		quick->interface->routes = ROUTES_NONE;
	else if (strcasecmp(entry->value, "main") == 0)
		quick->interface->table = TABLE_MAIN;
	else if (strcasecmp(entry->value, "default") == 0)
		quick->interface->table = TABLE_DEFAULT;
	else if (strcasecmp(entry->value, "local") == 0)
		quick->interface->table = TABLE_LOCAL;
	else if (import_number(entry->value, UINT32_MAX, &table) && table)
		quick->interface->table = (uint32_t)table;
	else
		import_error(importer, entry,
			     "\"%s\" is not a number: give that of the table, which is in "
			     "/etc/iproute2/rt_tables",
			     entry->value);
}

static void read_save_config(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	((struct quick *)object)->is_quick = true;
	if (strcasecmp(entry->value, "false") != 0)
		import_lost(importer, entry, "the desired state is only changed by you");
}

static void read_dns(struct importer *importer, const struct import_entry *entry, void *object)
{
	((struct quick *)object)->is_quick = true;
	import_lost(importer, entry, "set the name servers where the system keeps them");
}

static void read_hook(struct importer *importer, const struct import_entry *entry, void *object)
{
	((struct quick *)object)->is_quick = true;
	import_lost(importer, entry, NULL);
}

static const struct import_field interface_fields[] = {
	{ "Address", true, read_address },
	{ "PrivateKey", false, read_private_key },
	{ "ListenPort", false, read_listen_port },
	{ "FwMark", false, read_fwmark },
	{ "MTU", false, read_mtu },
	{ "Table", false, read_table },
	{ "SaveConfig", false, read_save_config },
	{ "DNS", true, read_dns },
	{ "PreUp", true, read_hook },
	{ "PostUp", true, read_hook },
	{ "PreDown", true, read_hook },
	{ "PostDown", true, read_hook },
	{ 0 },
};

/*
 * [Peer]
 */

static void read_public_key(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	import_public_key(importer, entry, &((struct quick_peer *)object)->peer.public_key);
}

static void read_preshared_key(struct importer *importer, const struct import_entry *entry,
			       void *object)
{
	struct quick_peer *peer = object;

	peer->has_preshared_key = true;
	import_secret_key(importer, entry, &peer->peer.preshared_key);
}

static void read_endpoint(struct importer *importer, const struct import_entry *entry, void *object)
{
	import_endpoint(importer, entry, &((struct quick_peer *)object)->peer);
}

static void read_allowed_ips(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	import_allowed_ips(importer, entry, &((struct quick_peer *)object)->peer);
}

static void read_keepalive(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	struct quick_peer *peer = object;

	peer->has_keepalive = true;
	import_keepalive(importer, entry, &peer->peer.persistent_keepalive);
}

static const struct import_field peer_fields[] = {
	{ "PublicKey", false, read_public_key },
	{ "PresharedKey", false, read_preshared_key },
	{ "Endpoint", false, read_endpoint },
	{ "AllowedIPs", true, read_allowed_ips },
	{ "PersistentKeepalive", false, read_keepalive },
	{ 0 },
};

/* The names that people give peers in comments: "# office", "### office ###",
 * "# Name = office" and "# friendly_name = office" of other tools. Not a whole
 * sentence, and not a line of the file that is commented out. */
static const char *name_in_comment(struct arena *arena, const char *comment)
{
	static const char *const labels[] = { "name", "friendly_name" };
	const char *from = comment + strspn(comment, "# \t");
	const char *to = from + strlen(from);
	const char *name, *safe;

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const char *after = from + strlen(labels[i]);

		if (strncasecmp(from, labels[i], strlen(labels[i])) != 0)
			continue;
		after += strspn(after, " \t");
		if (*after == '=')
			from = after + 1;
	}
	while (to > from && strchr("# \t", to[-1]))
		to--;
	name = import_trimmed(arena, from, to);
	safe = import_name_safe(arena, name);
	if (!safe || strcmp(safe, name) != 0 || strpbrk(name, "=:;,#[]{}()'\"`\\$&*!|<>?"))
		return NULL;
	return name;
}

static const char *name_given(struct quick *quick, const struct import_section *section)
{
	const char *const comments[] = { section->above, section->below };

	for (size_t i = 0; i < 2; i++) {
		const char *name = comments[i] ? name_in_comment(quick->importer.arena, comments[i])
					       : NULL;

		if (name && !import_name_is_taken(&quick->names, name))
			return import_name_take(quick->importer.arena, &quick->names, name);
	}
	return NULL;
}

static bool is_peer(const struct import_section *section)
{
	return strcasecmp(section->type, "Peer") == 0;
}

/* First those with names of their own, so that no "peer2" takes one away. */
static void peers_name(struct quick *quick, const struct import_sections *sections,
		       struct quick_peers *peers)
{
	size_t n = 0;

	vec_each (section, &sections->list) {
		struct quick_peer *peer;

		if (!is_peer(section))
			continue;
		peer = vec_push(quick->importer.arena, &peers->list);
		peer->peer = desired_peer_default(false);
		peer->peer.name = name_given(quick, section);
		peer->where = section->where;
		peer->order = n++;
	}
	vec_each (peer, &peers->list) {
		if (!peer->peer.name)
			peer->peer.name = import_name_take(
				quick->importer.arena, &quick->names,
				arena_printf(quick->importer.arena, "peer%zu", peer->order + 1));
		peer->path = arena_printf(quick->importer.arena, "interfaces.%s.peers.%s",
					  quick->interface->name, peer->peer.name);
	}
}

static void peers_read(struct quick *quick, const struct import_sections *sections,
		       struct quick_peers *peers)
{
	struct quick_peer *peer = peers->list.at;

	vec_each (section, &sections->list) {
		if (!is_peer(section))
			continue;
		quick->importer.path = peer->path;
		import_read(&quick->importer, section, peer_fields, peer);
		if (!import_entry_find(&quick->importer, section, "PublicKey"))
			diag_error(quick->importer.diags, section->where, "Peer.PublicKey",
				   "is missing: give the peer's key");
		import_tidy_allowed_ips(&quick->importer, section->where, "Peer.AllowedIPs",
					&peer->peer);
		peer++;
	}
}

static int key_order(const void *a_, const void *b_)
{
	const struct quick_peer *a = *(struct quick_peer *const *)a_;
	const struct quick_peer *b = *(struct quick_peer *const *)b_;
	int order = key_compare(&a->peer.public_key, &b->peer.public_key);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* As wg does it: a later section replaces the allowed IPs, and what else it gives. */
static void peer_merge(struct quick *quick, struct quick_peer *peer, struct quick_peer *later)
{
	quick->importer.path = peer->path;
	import_note(&quick->importer, later->where, "Peer",
		    "%s has the same public key and is no other peer: what it gives counts",
		    later->peer.name);
	peer->peer.allowed_ips.at = later->peer.allowed_ips.at;
	peer->peer.allowed_ips.n = later->peer.allowed_ips.n;
	peer->peer.allowed_ips.capacity = later->peer.allowed_ips.capacity;
	if (later->peer.endpoint) {
		peer->peer.endpoint = later->peer.endpoint;
		peer->peer.endpoint_is_literal = later->peer.endpoint_is_literal;
		peer->peer.endpoint_address = later->peer.endpoint_address;
	}
	if (later->has_preshared_key)
		peer->peer.preshared_key = later->peer.preshared_key;
	if (later->has_keepalive)
		peer->peer.persistent_keepalive = later->peer.persistent_keepalive;
	later->peer.name = NULL;
}

/* Merges peers of one key; those that are merged into others lose their name. */
static void peers_merge(struct quick *quick, struct quick_peers *peers)
{
	size_t n = peers->list.n;
	struct quick_peer **sorted = arena_alloc(quick->importer.arena,
						 (n + 1) * sizeof(struct quick_peer *));
	struct quick_peer *first = NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &peers->list.at[i];
	qsort(sorted, n, sizeof(*sorted), key_order);
	for (size_t i = 0; i < n; i++) {
		if (first && key_compare(&first->peer.public_key, &sorted[i]->peer.public_key) == 0)
			peer_merge(quick, first, sorted[i]);
		else
			first = sorted[i];
	}
}

struct quick_claim {
	struct prefix *prefix;
	struct quick_peer *peer;
};

static int claim_order(const void *a_, const void *b_)
{
	const struct quick_claim *a = a_, *b = b_;
	int order = prefix_compare(a->prefix, b->prefix);

	return order ? order
		     : (a->peer->order > b->peer->order) - (a->peer->order < b->peer->order);
}

static void drop_marked(struct desired_peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->allowed_ips.n; i++) {
		if (peer->allowed_ips.at[i].ip.family != FAMILY_NONE)
			peer->allowed_ips.at[kept++] = peer->allowed_ips.at[i];
	}
	peer->allowed_ips.n = kept;
}

/* On one interface a prefix leads to one peer: the last one that claims it. */
static void peers_settle_prefixes(struct quick *quick, struct quick_peers *peers)
{
	VEC(struct quick_claim) claims = { 0 };
	char text[PREFIX_TEXT_MAX];

	vec_each (peer, &peers->list) {
		for (size_t i = 0; peer->peer.name && i < peer->peer.allowed_ips.n; i++)
			*vec_push(quick->importer.arena,
				  &claims) = (struct quick_claim){ &peer->peer.allowed_ips.at[i],
								   peer };
	}
	if (claims.n < 2)
		return;
	qsort(claims.at, claims.n, sizeof(*claims.at), claim_order);
	for (size_t i = 0; i + 1 < claims.n; i++) {
		struct quick_claim *claim = &claims.at[i], *next = &claims.at[i + 1];

		if (prefix_compare(claim->prefix, next->prefix) != 0)
			continue;
		quick->importer.path = claim->peer->path;
		import_note(&quick->importer, claim->peer->where, "Peer.AllowedIPs",
			    "%s is left out: %s has it too and stands below, so WireGuard gave it "
			    "that one",
			    prefix_text(claim->prefix, text), next->peer->peer.name);
		claim->prefix->ip.family = FAMILY_NONE;
	}
	vec_each (peer, &peers->list)
		drop_marked(&peer->peer);
}

static void peers_store(struct quick *quick, struct quick_peers *peers)
{
	vec_each (peer, &peers->list) {
		if (!peer->peer.name)
			continue;
		peer->peer.where = peer->where;
		if (!key_is_zero(&peer->peer.preshared_key))
			peer->peer.preshared_key_file = import_secret(
				&quick->importer, &peer->peer.preshared_key, quick->interface->name,
				peer->peer.name, ".psk");
		explicit_bzero(&peer->peer.preshared_key, sizeof(peer->peer.preshared_key));
		*vec_push(quick->importer.arena, &quick->interface->peers) = peer->peer;
	}
}

/*
 * The whole
 */

static bool has_default_route(const struct desired_interface *interface)
{
	vec_each (peer, &interface->peers) {
		vec_each (prefix, &peer->allowed_ips) {
			if (prefix->length == 0)
				return true;
		}
	}
	return false;
}

/* wg-quick's add_default(): the mark is the number of the table as well. */
static void route_default(struct quick *quick)
{
	struct desired_interface *interface = quick->interface;

	if (interface->fwmark <= 0)
		interface->fwmark = QUICK_TABLE;
	interface->table = (uint32_t)interface->fwmark;
	if (interface->table >= TABLE_DEFAULT && interface->table <= TABLE_LOCAL)
		interface->table = QUICK_TABLE;
	interface->rules = RULES_FWMARK;
	import_remark(&quick->importer,
		      "As wg-quick did: all but WireGuard's own packets look table %u up. All "
		      "allowed IPs have their routes there, not only the default route.",
		      interface->table);
	import_remark(&quick->importer,
		      "wg-quick also set net.ipv4.conf.all.src_valid_mark=1 and dropped, by a "
		      "firewall, packets to the tunnel's addresses from outside: do both yourself "
		      "where you need them.");
}

static void settle_routes(struct quick *quick)
{
	struct desired_interface *interface = quick->interface;

	if (!quick->is_quick) {
		interface->routes = ROUTES_NONE;
		import_remark(&quick->importer,
			      "The text has nothing but what wg(8) reads: addresses and routes are "
			      "left alone. Give addresses, and routes: allowed_ips, to have them "
			      "kept.");
		return;
	}
	if (!quick->has_table && has_default_route(interface))
		route_default(quick);
}

static void interface_finish(struct quick *quick, struct where where)
{
	struct desired_interface *interface = quick->interface;

	if (interface->mtu && !import_mtu_is_possible(interface, interface->mtu)) {
		import_note(&quick->importer, where, "Interface.MTU",
			    "not carried over: MTU = %u, which no packet of these addresses fits",
			    interface->mtu);
		interface->mtu = 0;
	}
	if (!interface->private_key_file)
		import_remark(&quick->importer,
			      "There was no private key: the one that the interface has is kept, "
			      "and without private_key_file it cannot be made anew.");
	settle_routes(quick);
}

static void sections_read(struct quick *quick, const struct import_sections *sections)
{
	struct quick_peers peers = { 0 };
	const char *path = arena_printf(quick->importer.arena, "interfaces.%s",
					quick->interface->name);
	struct where where = sections->list.at[0].where;

	quick->interface->where = where;
	quick->importer.path = path;
	vec_each (section, &sections->list) {
		if (strcasecmp(section->type, "Interface") == 0)
			import_read(&quick->importer, section, interface_fields, quick);
		else if (!is_peer(section))
			diag_error(quick->importer.diags, section->where, section->type,
				   "unknown section: write [Interface] or [Peer]");
	}
	peers_name(quick, sections, &peers);
	peers_read(quick, sections, &peers);
	if (quick->importer.diags->errors != quick->errors)
		return;
	peers_merge(quick, &peers);
	peers_settle_prefixes(quick, &peers);
	peers_store(quick, &peers);
	quick->importer.path = path;
	interface_finish(quick, where);
}

struct import *import_wg_quick(const struct source *source, const char *interface,
			       const char *keys_directory, struct diags *diags)
{
	const struct where whole = { .file = source->file };
	struct import_sections sections = { 0 };
	struct quick quick = { .errors = diags->errors };

	if (!interface_name_valid(interface))
		diag_error(diags, whole, NULL,
			   "\"%s\" is not the name of an interface: give 1 to 15 of A-Z a-z 0-9 _ "
			   "= + . -",
			   interface);
	import_wg_quick_sections(source, &sections, diags);
	if (diags->errors == quick.errors && !sections.list.n)
		diag_error(diags, whole, NULL,
			   "there is no [Interface] and no [Peer]: is it a WireGuard "
			   "configuration?");
	if (diags->errors != quick.errors)
		return NULL;
	importer_begin(&quick.importer, diags->arena, diags, keys_directory);
	quick.importer.any_case = true;
	quick.interface = import_interface_add(&quick.importer, interface);
	sections_read(&quick, &sections);
	return diags->errors == quick.errors ? quick.importer.import : NULL;
}
