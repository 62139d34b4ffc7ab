/* SPDX-License-Identifier: MIT */
/*
 * wg-quick(8)'s files and "wg showconf"'s output. Facts about them are from
 * wireguard-tools: src/config.c (what wg reads) and src/wg-quick/linux.bash.
 */
#include "import_peers.h"

#include "core/desired/desired_default.h"

#include <inttypes.h>
#include <strings.h>

/* linux/rtnetlink.h: RT_TABLE_DEFAULT and RT_TABLE_LOCAL; TABLE_MAIN is between. */
#define TABLE_DEFAULT 253
#define TABLE_LOCAL 255

/* One file. */
struct quick {
	const struct source *source;
	struct import_sections sections;
	struct desired_interface *interface;
	size_t index; /* of the interface, whose address changes when others are added */
	const char *path; /* of its comments */
	struct import_names names; /* of peers */
	struct import_peers peers;
	struct where where; /* of its first section */
	struct where default_where; /* of the last entry with a prefix of length 0 */
	bool has_table; /* other than auto */
	bool has_mtu;
};

/* All of them. */
struct quick_files {
	struct importer importer;
	VEC(struct quick) list;
	struct import_tables tables;
	unsigned errors; /* before these texts */
	bool is_showconf;
	const struct import_hints *hints; /* NULL: none */
};

/*
 * [Interface]
 */

static void read_address(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct quick *quick = object;
	const char *rest = entry->value;
	const char *item;

	while ((item = import_item(importer->arena, &rest)))
		import_address(importer, entry, item, quick->interface);
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

	if (!*entry->value)
		return;
	quick->has_mtu = true;
	/* The limits depend on the addresses, which may follow. */
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

	if (!*entry->value || strcasecmp(entry->value, "auto") == 0)
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
	(void)object;
	if (strcasecmp(entry->value, "false") != 0)
		import_lost(importer, entry, "the desired state is only changed by you");
}

static void read_dns(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	if (*entry->value)
		import_lost(importer, entry, "set the name servers where the system keeps them");
}

/* The usual purpose of such commands. Their effect is not guessed. */
static const char *hook_reason(const char *command)
{
	static const struct {
		const char *word;
		const char *reason;
	} reasons[] = {
		{ "private-key", "private_key_file names the file of the key" },
		{ "preshared-key", "preshared_key_file of the peer names the file of the key" },
		{ "wg set", "declare it in the interface or its peers" },
		{ "iptables", "keep it with the firewall" },
		{ "ip6tables", "keep it with the firewall" },
		{ "nft", "keep it with the firewall" },
		{ "ufw", "keep it with the firewall" },
		{ "firewall-cmd", "keep it with the firewall" },
		{ "sysctl", "set it in /etc/sysctl.d" },
		{ "/proc/sys/", "set it in /etc/sysctl.d" },
		{ "resolv", "set the name servers where the system keeps them" },
		{ " rule ", "rules: fwmark makes those of a full tunnel; others stay yours" },
		{ " route ", "routes: [{to: PREFIX, via_peer: NAME}] declares one through a peer" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strstr(command, reasons[i].word))
			return reasons[i].reason;
	}
	return NULL;
}

static void read_hook(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	if (*entry->value)
		import_lost(importer, entry, hook_reason(entry->value));
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

/* "wg showconf" prints only what wg(8) reads. */
static void read_not_wg(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	import_lost(importer, entry, "wg showconf has no such line: use import wg-quick");
}

static const struct import_field showconf_fields[] = {
	{ "PrivateKey", false, read_private_key },
	{ "ListenPort", false, read_listen_port },
	{ "FwMark", false, read_fwmark },
	{ "Address", true, read_not_wg },
	{ "MTU", true, read_not_wg },
	{ "Table", true, read_not_wg },
	{ "SaveConfig", true, read_not_wg },
	{ "DNS", true, read_not_wg },
	{ "PreUp", true, read_not_wg },
	{ "PostUp", true, read_not_wg },
	{ "PreDown", true, read_not_wg },
	{ "PostDown", true, read_not_wg },
	{ 0 },
};

/*
 * [Peer]
 */

static void read_public_key(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	import_public_key(importer, entry, &((struct import_peer *)object)->peer.public_key);
}

static void read_preshared_key(struct importer *importer, const struct import_entry *entry,
			       void *object)
{
	struct import_peer *peer = object;

	peer->has_preshared_key = true;
	import_secret_key(importer, entry, &peer->peer.preshared_key);
}

static void read_endpoint(struct importer *importer, const struct import_entry *entry, void *object)
{
	import_endpoint(importer, entry, &((struct import_peer *)object)->peer);
}

static void read_allowed_ips(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	import_allowed_ips(importer, entry, &((struct import_peer *)object)->peer);
}

static void read_keepalive(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	struct import_peer *peer = object;

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

static bool is_peer(const struct import_section *section)
{
	return strcasecmp(section->type, "Peer") == 0;
}

static void not_named(struct quick_files *files, const struct import_peer *peer,
		      const struct import_comment *comment)
{
	files->importer.path = peer->path;
	import_note(&files->importer, comment->where, "Peer",
		    "\"%s\" is not taken for the peer's name, which is %s", comment->text,
		    peer->peer.name);
}

int import_named_order(const void *a_, const void *b_)
{
	const struct import_named *a = a_, *b = b_;
	int order = strcmp(a->interface, b->interface);

	if (!order)
		order = key_compare(&a->key, &b->key);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* The name that another file gives the section's peer, or NULL. */
static const char *hinted_name(struct quick_files *files, struct quick *quick,
			       const struct import_section *section)
{
	const struct import_entry *entry = import_entry_find(&files->importer, section,
							     "PublicKey");
	struct import_named wanted = { .interface = quick->interface->name };
	const struct import_named *found;
	size_t place;

	if (!files->hints || !entry || !key_parse(entry->value, &wanted.key))
		return NULL;
	place = vec_place(&files->hints->list, &wanted, import_named_order);
	if (place == files->hints->list.n)
		return NULL;
	found = &files->hints->list.at[place];
	if (strcmp(found->interface, wanted.interface) != 0 ||
	    key_compare(&found->key, &wanted.key) != 0)
		return NULL;
	return import_name_take(files->importer.arena, &quick->names, found->name);
}

struct unnamed_comments {
	VEC(const struct import_comment *) list; /* of each peer, or NULL */
};

/* First those with names of their own, so that no generated "peer2" conflicts. */
static void peers_name(struct quick_files *files, struct quick *quick)
{
	struct arena *arena = files->importer.arena;
	struct unnamed_comments unnamed = { 0 };

	files->importer.path = quick->path;
	vec_each (section, &quick->sections.list) {
		struct import_peer *peer;

		if (!is_peer(section))
			continue;
		peer = vec_push(arena, &quick->peers.list);
		peer->peer = desired_peer_default(false);
		vec_push(arena, &unnamed.list);
		peer->peer.name = hinted_name(files, quick, section);
		if (!peer->peer.name)
			peer->peer.name = import_name_comment(&files->importer, &quick->names,
							      section,
							      &unnamed.list.at[unnamed.list.n - 1]);
		peer->where = section->where;
		peer->label = "Peer";
		peer->has_routes = true;
		peer->order = quick->peers.list.n - 1;
	}
	vec_each (peer, &quick->peers.list) {
		const struct import_comment *comment = unnamed.list.at[peer->order];

		if (!peer->peer.name)
			peer->peer.name = import_name_take(
				arena, &quick->names,
				arena_printf(arena, "peer%zu", peer->order + 1));
		peer->path = arena_printf(arena, "%s.peers.%s", quick->path, peer->peer.name);
		if (comment)
			not_named(files, peer, comment);
	}
}

static void default_find(struct quick *quick, const struct import_section *section,
			 const struct import_peer *peer)
{
	vec_each (prefix, &peer->peer.allowed_ips) {
		if (prefix->length == 0)
			quick->default_where = section->where;
	}
}

static void peers_read(struct quick_files *files, struct quick *quick)
{
	struct importer *importer = &files->importer;
	struct import_peer *peer = quick->peers.list.at;

	vec_each (section, &quick->sections.list) {
		if (!is_peer(section))
			continue;
		importer->path = peer->path;
		import_read(importer, section, peer_fields, peer);
		if (!import_entry_find(importer, section, "PublicKey"))
			diag_error(importer->diags, section->where, "Peer.PublicKey",
				   "is missing: give the peer's key");
		import_tidy_allowed_ips(importer, section->where, "Peer.AllowedIPs", &peer->peer);
		default_find(quick, section, peer);
		peer++;
	}
}

/*
 * One file
 */

static void mtu_finish(struct quick_files *files, struct quick *quick)
{
	struct desired_interface *interface = quick->interface;

	if (interface->mtu && !import_mtu_is_possible(interface, interface->mtu)) {
		import_note(&files->importer, quick->where, "Interface.MTU",
			    "not converted: MTU = %u, which no packet of these addresses fits",
			    interface->mtu);
		interface->mtu = 0;
	}
	if (!quick->has_mtu && !files->is_showconf)
		interface->mtu_auto = true;
}

static void interface_finish(struct quick_files *files, struct quick *quick)
{
	struct desired_interface *interface = quick->interface;

	files->importer.path = quick->path;
	mtu_finish(files, quick);
	if (!interface->private_key_file)
		import_note(&files->importer, quick->where, "Interface",
			    "there is no private key: the one that the interface has is kept, and "
			    "without private_key_file it cannot be made anew");
	if (!files->is_showconf)
		return;
	interface->routes = ROUTES_NONE;
	import_note(&files->importer, quick->where, "Interface",
		    "wg showconf prints no addresses and no routes: they are left alone; give "
		    "addresses, and routes: allowed_ips, to have them kept");
}

static void sections_read(struct quick_files *files, struct quick *quick)
{
	struct importer *importer = &files->importer;

	importer->path = quick->path;
	vec_each (section, &quick->sections.list) {
		if (strcasecmp(section->type, "Interface") == 0)
			import_read(importer, section,
				    files->is_showconf ? showconf_fields : interface_fields, quick);
		else if (!is_peer(section))
			diag_error(importer->diags, section->where, section->type,
				   "unknown section: write [Interface] or [Peer]");
	}
	peers_name(files, quick);
	peers_read(files, quick);
	if (importer->diags->errors != files->errors)
		return;
	import_peers_settle(importer, &quick->peers);
	import_peers_store(importer, &quick->peers, quick->interface);
	interface_finish(files, quick);
}

static bool name_is_new(const struct quick_files *files, const char *name)
{
	return !desired_interface_find(files->importer.import->desired, name);
}

static void file_read(struct quick_files *files, const struct source *source, const char *name)
{
	struct diags *diags = files->importer.diags;
	const struct where whole = { .file = source->file };
	unsigned errors = diags->errors;
	struct quick *quick = vec_push(diags->arena, &files->list);

	if (!interface_name_valid(name))
		diag_error(diags, whole, NULL,
			   "\"%s\" is not the name of an interface: give 1 to 15 of A-Z a-z 0-9 _ "
			   "= + . -",
			   name);
	else if (!name_is_new(files, name))
		diag_error(diags, whole, NULL, "another file is for an interface %s, too", name);
	import_wg_quick_sections(source, &quick->sections, diags);
	if (diags->errors == errors && !quick->sections.list.n)
		diag_error(diags, whole, NULL,
			   "there is no [Interface] and no [Peer]: is it a WireGuard "
			   "configuration?");
	if (diags->errors != errors)
		return;
	quick->index = files->importer.import->desired->interfaces.n;
	quick->interface = import_interface_add(&files->importer, name);
	quick->where = quick->sections.list.at[0].where;
	quick->interface->where = quick->where;
	quick->path = arena_printf(diags->arena, "interfaces.%s", name);
	sections_read(files, quick);
}

/*
 * What concerns all files
 */

static bool wants_default(const struct quick_files *files, const struct quick *quick)
{
	return !files->is_showconf && !quick->has_table && import_peers_have_default(&quick->peers);
}

/* Those named in files are not free. */
static void tables_collect(struct quick_files *files)
{
	vec_each (quick, &files->list) {
		const struct desired_interface *interface =
			&files->importer.import->desired->interfaces.at[quick->index];

		if (interface->table != TABLE_MAIN)
			import_table_take(&files->importer, &files->tables, interface->table);
	}
}

static void default_route(struct quick_files *files, struct quick *quick, bool is_second)
{
	struct desired_interface *interface =
		&files->importer.import->desired->interfaces.at[quick->index];
	struct importer *importer = &files->importer;

	importer->path = quick->path;
	if (!import_route_default(importer, &files->tables, interface, &quick->peers)) {
		diag_error(importer->diags, quick->default_where, "Peer.AllowedIPs",
			   "the default route's table is the number of the mark, %" PRId64
			   ", which another file uses: give another FwMark, or a Table",
			   interface->fwmark);
		return;
	}
	import_note(importer, quick->default_where, "Peer.AllowedIPs",
		    "as wg-quick did, all but WireGuard's own packets look the default route up in "
		    "table %u; other allowed IPs have their routes in main",
		    interface->table);
	import_note(importer, quick->default_where, "Peer.AllowedIPs",
		    "wg-quick also set net.ipv4.conf.all.src_valid_mark=1 and dropped, by a "
		    "firewall, packets to the tunnel's addresses from outside: do both yourself "
		    "where you need them");
	if (is_second)
		import_note(
			importer, quick->default_where, "Peer.AllowedIPs",
			"two interfaces have a default route: as with wg-quick, the packets of "
			"each go into the other's; the same fwmark on both prevents it, and then "
			"the one with the lower rule_priority carries everything");
}

static void defaults_route(struct quick_files *files)
{
	bool is_second = false;

	tables_collect(files);
	/* Explicit marks first: the others are chosen from the rest. */
	for (int chosen = 0; chosen < 2; chosen++) {
		vec_each (quick, &files->list) {
			const struct desired_interface *interface =
				&files->importer.import->desired->interfaces.at[quick->index];

			if (!wants_default(files, quick) || interface->rules == RULES_FWMARK ||
			    (!chosen && interface->fwmark <= 0))
				continue;
			default_route(files, quick, is_second);
			is_second = true;
		}
	}
}

static struct import *files_read(struct quick_files *files, const struct source *sources,
				 const char *const *interfaces, size_t n)
{
	struct diags *diags = files->importer.diags;

	for (size_t i = 0; i < n; i++)
		file_read(files, &sources[i], interfaces[i]);
	if (diags->errors == files->errors)
		defaults_route(files);
	return diags->errors == files->errors ? files->importer.import : NULL;
}

struct import *import_wg_quick(const struct source *sources, const char *const *interfaces,
			       size_t n, const char *keys_directory, struct diags *diags)
{
	return import_wg_quick_named(sources, interfaces, n, keys_directory, NULL, diags);
}

struct import *import_wg_quick_named(const struct source *sources, const char *const *interfaces,
				     size_t n, const char *keys_directory,
				     const struct import_hints *hints, struct diags *diags)
{
	struct quick_files files = { .errors = diags->errors, .hints = hints };

	importer_begin(&files.importer, diags->arena, diags, keys_directory);
	files.importer.any_case = true;
	return files_read(&files, sources, interfaces, n);
}

struct import *import_showconf(const struct source *source, const char *interface,
			       const char *keys_directory, struct diags *diags)
{
	struct quick_files files = { .errors = diags->errors, .is_showconf = true };

	importer_begin(&files.importer, diags->arena, diags, keys_directory);
	files.importer.any_case = true;
	return files_read(&files, source, &interface, 1);
}
