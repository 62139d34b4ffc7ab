/* SPDX-License-Identifier: MIT */
/*
 * OpenWrt's UCI. With wgpeerselector: an interface that netifd makes (/etc/config/network)
 * and continues to make, and the peers to choose from (/etc/config/wgpeerselector). Without:
 * netifd's interfaces themselves.
 */
#include "import_uci_parts.h"

#include "core/desired/desired_default.h"

#include <stdlib.h>

/*
 * /etc/config/network
 */

bool uci_is_true(const char *text)
{
	static const char *const words[] = { "1", "on", "true", "yes", "enabled" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

const char *uci_value(const struct uci *uci, const struct import_section *section, const char *key)
{
	const struct import_entry *entry = import_entry_find(&uci->importer, section, key);

	return entry ? entry->value : NULL;
}

static bool is_interface(const struct uci *uci, const struct import_section *section,
			 const char *proto)
{
	const char *value = uci_value(uci, section, "proto");

	return strcmp(section->type, "interface") == 0 && value && strcmp(value, proto) == 0;
}

static void interface_path(struct uci *uci, const char *name)
{
	uci->importer.path = arena_printf(uci->importer.arena, "interfaces.%s", name);
}

static struct desired_interface *interface_add(struct uci *uci, const char *name,
					       struct where where)
{
	struct desired_interface *interface = import_interface_add(&uci->importer, name);

	interface->where = where;
	interface->create = false;
	interface->unmanaged_peers = unmanaged_peers_default(false);
	interface_path(uci, name);
	return interface;
}

bool uci_interface_name_check(struct uci *uci, struct where where, const char *path,
			      const char *name)
{
	if (interface_name_valid(name))
		return true;
	diag_error(uci->importer.diags, where, path,
		   "\"%s\" is not the name of an interface: give 1 to 15 of A-Z a-z 0-9 _ = + . -",
		   name);
	return false;
}

/* netifd's sections "wireguard_NAME" are peers of NAME. */
size_t uci_netifd_peers(const struct uci *uci, const char *name)
{
	static const char prefix[] = "wireguard_";
	size_t n = 0;

	vec_each (section, &uci->network.list) {
		if (strncmp(section->type, prefix, sizeof(prefix) - 1) == 0 &&
		    strcmp(section->type + sizeof(prefix) - 1, name) == 0)
			n++;
	}
	return n;
}

/* netifd continues to make it; the selector adds its peers. */
static void take_selected(struct uci *uci, const struct import_section *section)
{
	const char *disabled = uci_value(uci, section, "disabled");
	size_t peers;

	interface_add(uci, section->name, section->where);
	import_note(&uci->importer, section->where, section->name,
		    "netifd makes it; its key, addresses, port, mark and MTU stay in %s",
		    uci->network_file);
	peers = uci_netifd_peers(uci, section->name);
	if (peers)
		import_note(&uci->importer, section->where, section->name,
			    "its %zu peer%s there stay%s netifd's", peers, peers == 1 ? "" : "s",
			    peers == 1 ? "s" : "");
	if (disabled && uci_is_true(disabled))
		import_note(&uci->importer, section->where, section->name,
			    "disabled there: nothing is done until it is not");
}

static void take_wireguard(struct uci *uci, const struct import_section *section, bool selects)
{
	uci->has_wireguard = true;
	uci->importer.path = "";
	if (!section->name)
		import_note(&uci->importer, section->where, section->type,
			    "an interface without a name, which netifd ignores, is left out");
	else if (!uci_interface_name_check(uci, section->where, section->type, section->name))
		return;
	else if (selects)
		take_selected(uci, section);
	else
		uci_take_netifd(uci, section);
}

static void read_group(struct importer *importer, const struct import_entry *entry, void *object)
{
	struct desired *desired = importer->import->desired;

	(void)object;
	if (!*entry->value || text_printable(importer->arena, entry->value) != entry->value)
		import_error(importer, entry, "is not the name of a group");
	else if (!desired->group)
		desired->group = entry->value;
	else if (strcmp(desired->group, entry->value) != 0)
		import_lost(importer, entry, "there is one group for all");
}

static void read_transitive(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	(void)object;
	import_lost(importer, entry, "no program ever read it");
}

static void read_disabled(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	if (uci_is_true(entry->value))
		import_lost(importer, entry, "leave the selector out to switch it off");
}

static const struct import_field glue_fields[] = {
	{ "proto", false, NULL },
	{ "ifname", false, NULL },
	{ "device", false, NULL },
	{ "unix_group", false, read_group },
	{ "transitive", false, read_transitive },
	{ "disabled", false, read_disabled },
	{ 0 },
};

/* Whether wgpeerselector is in use. */
static bool has_selector(const struct uci *uci)
{
	vec_each (section, &uci->network.list) {
		if (is_interface(uci, section, "wgpeerselector"))
			return true;
	}
	return uci->peers.list.n > 0;
}

/* Sections read first. */
static void take_glue(struct uci *uci, const struct import_section *section)
{
	uci->importer.path = "";
	import_read(&uci->importer, section, glue_fields, NULL);
	if (!uci->peers.list.n)
		import_note(&uci->importer, section->where, section->type,
			    "its peers are in /etc/config/wgpeerselector: name that file, too");
}

static void take_network(struct uci *uci)
{
	bool selects = has_selector(uci);

	vec_each (section, &uci->network.list) {
		if (is_interface(uci, section, "wireguard"))
			take_wireguard(uci, section, selects);
	}
	vec_each (section, &uci->network.list) {
		if (is_interface(uci, section, "wgpeerselector"))
			take_glue(uci, section);
	}
}

/*
 * /etc/config/wgpeerselector
 */

static void read_enabled(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	((struct desired_peer *)object)->enabled = uci_is_true(entry->value);
}

static void read_public_key(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	import_public_key(importer, entry, &((struct desired_peer *)object)->public_key);
}

static void read_endpoint(struct importer *importer, const struct import_entry *entry, void *object)
{
	import_endpoint(importer, entry, object);
}

static void read_allowed_ips(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	import_allowed_ips(importer, entry, object);
}

static void read_keepalive(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	uint16_t seconds;

	if (!import_keepalive(importer, entry, &seconds))
		return;
	if (seconds)
		((struct desired_peer *)object)->persistent_keepalive = seconds;
	else
		import_note(importer, entry->where, entry->path,
			    "had no keepalive; a selector sends them to see whether a peer lives");
}

static void read_preserve(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	import_lost(importer, entry, "only Gluon's upgrade reads it");
}

static const struct import_field peer_fields[] = {
	{ "ifname", false, NULL },
	{ "enabled", false, read_enabled },
	{ "public_key", false, read_public_key },
	{ "endpoint", false, read_endpoint },
	{ "allowed_ips", true, read_allowed_ips },
	{ "persistent_keepalive", false, read_keepalive },
	{ "preserve", false, read_preserve },
	{ 0 },
};

/* One peer section of the selector. */
struct member {
	struct desired_peer peer;
	const struct import_section *section;
	const char *path;
	size_t order;
	bool dropped;
};

struct members {
	const char *interface;
	struct import_names names;
	VEC(struct member) list;
};

static bool is_member(const struct uci *uci, const struct import_section *section,
		      const char *interface)
{
	const char *name = uci_value(uci, section, "ifname");

	return strcmp(section->type, "peer") == 0 && name && strcmp(name, interface) == 0;
}

/* First those with names of their own, so that no generated "peer2" conflicts. */
static void members_collect(struct uci *uci, struct members *members)
{
	struct arena *arena = uci->importer.arena;

	vec_each (section, &uci->peers.list) {
		const char *name = section->name ? import_name_safe(arena, section->name) : NULL;
		struct member *member;

		if (!is_member(uci, section, members->interface))
			continue;
		member = vec_push(arena, &members->list);
		member->peer = desired_peer_default(true);
		/* wgpeerselector requires it. */
		member->peer.enabled = false;
		member->peer.declared.where = section->where;
		member->section = section;
		member->order = members->list.n;
		if (name)
			member->peer.name = import_name_take(arena, &members->names, name);
	}
	vec_each (member, &members->list) {
		if (!member->peer.name)
			member->peer.name = import_name_take(
				arena, &members->names,
				arena_printf(arena, "peer%zu", member->order));
		member->path = arena_printf(arena, "selectors.%s.peers.%s", members->interface,
					    member->peer.name);
	}
}

static const char *entry_path(const struct uci *uci, const struct import_section *section,
			      const char *key)
{
	return arena_printf(uci->importer.arena, "%s.%s",
			    section->name ? section->name : section->type, key);
}

static void entry_required(struct uci *uci, const struct import_section *section, const char *key,
			   const char *what)
{
	if (!import_entry_find(&uci->importer, section, key))
		diag_error(uci->importer.diags, section->where, entry_path(uci, section, key),
			   "is missing: give %s", what);
}

static void member_read(struct uci *uci, struct member *member)
{
	uci->importer.path = member->path;
	import_read(&uci->importer, member->section, peer_fields, &member->peer);
	entry_required(uci, member->section, "public_key", "the peer's key");
	entry_required(uci, member->section, "endpoint", "its HOST:PORT");
	import_tidy_allowed_ips(&uci->importer, member->section->where,
				entry_path(uci, member->section, "allowed_ips"), &member->peer);
}

/* A disabled peer may be incomplete: then it is omitted. */
static void member_try(struct uci *uci, struct member *member)
{
	struct diags *diags = uci->importer.diags;
	struct diags own = { .arena = diags->arena };
	size_t remarks_n = uci->importer.import->remarks.n;

	uci->importer.diags = &own;
	member_read(uci, member);
	uci->importer.diags = diags;
	if (own.errors && !member->peer.enabled) {
		uci->importer.import->remarks.n = remarks_n;
		uci->importer.path = "";
		import_note(&uci->importer, member->section->where, member->section->type,
			    "peer %s, which is not enabled, is left out: %s %s", member->peer.name,
			    own.list.at[0].path, own.list.at[0].message);
		member->dropped = true;
		return;
	}
	vec_each (diag, &own.list)
		*vec_push(diags->arena, &diags->list) = *diag;
	diags->errors += own.errors;
}

/* By key; for equal keys enabled ones first. */
static int member_order(const void *a_, const void *b_)
{
	const struct member *a = *(struct member *const *)a_, *b = *(struct member *const *)b_;
	int order = key_compare(&a->peer.public_key, &b->peer.public_key);

	if (order)
		return order;
	if (a->peer.enabled != b->peer.enabled)
		return a->peer.enabled ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void members_settle_keys(struct uci *uci, struct members *members)
{
	struct member **sorted = arena_alloc(uci->importer.arena,
					     (members->list.n + 1) * sizeof(struct member *));
	const struct member *first = NULL;
	size_t n = 0;

	vec_each (member, &members->list) {
		if (!member->dropped)
			sorted[n++] = member;
	}
	qsort(sorted, n, sizeof(*sorted), member_order);
	for (size_t i = 0; i < n; i++) {
		if (!first || key_compare(&first->peer.public_key, &sorted[i]->peer.public_key)) {
			first = sorted[i];
			continue;
		}
		sorted[i]->dropped = true;
		uci->importer.path = first->path;
		import_note(&uci->importer, sorted[i]->section->where, sorted[i]->section->type,
			    "%s, which has the same public key, is left out", sorted[i]->peer.name);
	}
}

static void selector_add(struct uci *uci, const struct members *members, struct where where)
{
	struct desired *desired = uci->importer.import->desired;
	struct desired_selector *selector = vec_push(uci->importer.arena, &desired->selectors);

	*selector = desired_selector_default();
	selector->name = members->interface;
	selector->where = where;
	selector->interface = desired_interface_find(desired, members->interface);
	vec_each (member, &members->list) {
		if (!member->dropped)
			*vec_push(uci->importer.arena, &selector->peers) = member->peer;
	}
}

static void take_selector(struct uci *uci, const char *interface, struct where where)
{
	struct members members = { .interface = interface };
	unsigned enabled = 0;

	members_collect(uci, &members);
	vec_each (member, &members.list)
		member_try(uci, member);
	members_settle_keys(uci, &members);
	vec_each (member, &members.list)
		enabled += !member->dropped && member->peer.enabled;
	if (enabled) {
		selector_add(uci, &members, where);
		return;
	}
	interface_path(uci, interface);
	import_note(&uci->importer, where, interface,
		    "none of its peers in the selector's file is enabled: no selector for it");
}

/* Adds interfaces named only by peers, before selectors refer to any. */
static void take_peer_interfaces(struct uci *uci, struct import_names *names)
{
	vec_each (section, &uci->peers.list) {
		const struct import_entry *entry = import_entry_find(&uci->importer, section,
								     "ifname");

		uci->importer.path = "";
		if (strcmp(section->type, "peer") != 0) {
			import_note(&uci->importer, section->where, section->type,
				    "not converted: a section of type %s", section->type);
			continue;
		}
		if (!entry) {
			import_note(&uci->importer, section->where, section->type,
				    "peer %s is left out: it names no ifname",
				    section->name ? section->name : "without a name");
			continue;
		}
		if (import_name_is_taken(names, entry->value) ||
		    !uci_interface_name_check(uci, entry->value_where, entry->path, entry->value))
			continue;
		import_name_take(uci->importer.arena, names, entry->value);
		if (desired_interface_find(uci->importer.import->desired, entry->value))
			continue;
		interface_add(uci, entry->value, entry->where);
		import_note(&uci->importer, entry->where, entry->path,
			    "%s is not in %s: it is waited for", entry->value, uci->network_file);
	}
}

static void take_peers(struct uci *uci)
{
	struct import_names interfaces = { 0 };
	struct import_names done = { 0 };

	take_peer_interfaces(uci, &interfaces);
	vec_each (section, &uci->peers.list) {
		const char *interface = uci_value(uci, section, "ifname");

		if (strcmp(section->type, "peer") != 0 || !interface ||
		    !import_name_is_taken(&interfaces, interface) ||
		    import_name_is_taken(&done, interface))
			continue;
		take_selector(uci, import_name_take(uci->importer.arena, &done, interface),
			      section->where);
	}
	uci->importer.path = "";
	if (uci->importer.import->desired->selectors.n)
		import_note(&uci->importer, uci->peers.list.at[0].where, "peer",
			    "wgpeerselector synchronised the clock with the servers of "
			    "system.ntp.server before it connected: name them in time: {servers: "
			    "[...]} for the same");
}

static bool has_type(const struct import_sections *sections, const char *type)
{
	vec_each (section, &sections->list) {
		if (strncmp(section->type, type, strlen(type)) == 0)
			return true;
	}
	return false;
}

/* A file may contain both: "uci export" prints all of them. Of network only interfaces and
 * their peers are read. */
static void file_take(struct uci *uci, const struct source *source)
{
	struct arena *arena = uci->importer.arena;
	struct import_sections sections = { 0 };
	bool is_network;

	import_uci_sections(source, &sections, uci->importer.diags);
	is_network = has_type(&sections, "interface") || has_type(&sections, "wireguard_") ||
		     !has_type(&sections, "peer");
	if (is_network && !uci->network_file)
		uci->network_file = source->file;
	vec_each (section, &sections.list) {
		if (is_network && strcmp(section->type, "peer") != 0)
			*vec_push(arena, &uci->network.list) = *section;
		else
			*vec_push(arena, &uci->peers.list) = *section;
	}
}

struct import *import_uci(const struct source *sources, size_t n, const char *keys_directory,
			  struct diags *diags)
{
	struct uci uci = { 0 };
	unsigned errors = diags->errors;

	importer_begin(&uci.importer, diags->arena, diags, keys_directory);
	for (size_t i = 0; i < n; i++)
		file_take(&uci, &sources[i]);
	if (diags->errors != errors)
		return NULL;
	if (!uci.network_file)
		uci.network_file = "/etc/config/network";
	take_network(&uci);
	take_peers(&uci);
	if (diags->errors == errors && !uci.has_wireguard &&
	    !uci.importer.import->desired->interfaces.n)
		diag_error(diags, (struct where){ .file = n ? sources[n - 1].file : NULL }, NULL,
			   "there is no interface with proto wireguard, and no peer to select: "
			   "name /etc/config/network, /etc/config/wgpeerselector, or both");
	return diags->errors == errors ? uci.importer.import : NULL;
}
