/* SPDX-License-Identifier: MIT */
/*
 * An interface with proto wireguard in /etc/config/network. The meaning of its options is
 * from OpenWrt's package wireguard-tools, files/wireguard.sh, and netifd.
 */
#include "import_peers.h"
#include "import_uci_parts.h"

#include "core/desired/desired_default.h"

#include <inttypes.h>

/* wireguard.sh's, if endpoint_port is missing. */
#define DEFAULT_PORT "51820"

struct netifd {
	struct uci *uci;
	struct desired_interface *interface;
	const char *path;
	struct import_names names;
	struct import_peers peers;
	struct import_tables tables;
	uint32_t table4, table6;
};

/* A peer while it is read. */
struct netifd_peer {
	struct import_peer peer;
	const struct import_entry *host, *port;
};

/*
 * config interface
 */

static void read_private_key(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	struct desired_interface *interface = ((struct netifd *)object)->interface;
	struct wg_key key;

	if (strcmp(entry->value, "generate") == 0)
		import_lost(importer, entry, "name the file of a key as private_key_file");
	else if (import_secret_key(importer, entry, &key) && !key_is_zero(&key))
		interface->private_key_file = import_secret(importer, &key, interface->name, NULL,
							    ".key");
	explicit_bzero(&key, sizeof(key));
}

static bool read_number(struct importer *importer, const struct import_entry *entry, uint64_t max,
			uint64_t *number)
{
	if (!*entry->value)
		return false;
	if (import_number(entry->value, max, number))
		return true;
	import_error(importer, entry, "\"%s\" is not a number from 0 to %" PRIu64, entry->value,
		     max);
	return false;
}

static void read_listen_port(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	uint64_t port;

	if (read_number(importer, entry, UINT16_MAX, &port) && port)
		((struct netifd *)object)->interface->listen_port = (int32_t)port;
}

static void read_fwmark(struct importer *importer, const struct import_entry *entry, void *object)
{
	uint64_t mark;

	if (read_number(importer, entry, UINT32_MAX, &mark) && mark)
		((struct netifd *)object)->interface->fwmark = (int64_t)mark;
}

static void read_mtu(struct importer *importer, const struct import_entry *entry, void *object)
{
	uint64_t mtu;

	if (read_number(importer, entry, INT32_MAX, &mtu))
		((struct netifd *)object)->interface->mtu = (uint32_t)mtu;
}

static void read_metric(struct importer *importer, const struct import_entry *entry, void *object)
{
	uint64_t metric;

	if (read_number(importer, entry, UINT32_MAX, &metric))
		((struct netifd *)object)->interface->metric = (uint32_t)metric;
}

static void read_table(struct importer *importer, const struct import_entry *entry, uint32_t *table)
{
	uint64_t number = TABLE_MAIN;

	if (strcmp(entry->value, "main") == 0)
		return;
	if (!import_number(entry->value, UINT32_MAX, &number) || !number)
		import_error(importer, entry,
			     "\"%s\" is not a number: give that of the table, which is in "
			     "/etc/iproute2/rt_tables",
			     entry->value);
	*table = (uint32_t)number;
	import_note(importer, entry->where, entry->path,
		    "netifd also made rules that lead packets from the interface's addresses to "
		    "table %s: make them yourself",
		    entry->value);
}

static void read_ip4table(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_table(importer, entry, &((struct netifd *)object)->table4);
}

static void read_ip6table(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_table(importer, entry, &((struct netifd *)object)->table6);
}

static void read_addresses(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	struct netifd *netifd = object;
	const char *rest = entry->value;
	const char *item;

	while ((item = import_item(importer->arena, &rest)))
		import_address(importer, entry, item, netifd->interface);
}

static void read_tunlink(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	import_lost(importer, entry, "the kernel's routes lead to the endpoint");
}

static void read_prefix(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	import_lost(importer, entry,
		    "it delegates a prefix to other interfaces, which stays netifd's");
}

static void read_dns(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	import_lost(importer, entry, "set the name servers where the system keeps them");
}

static void read_auto(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)object;
	if (!uci_is_true(entry->value))
		import_lost(importer, entry, "wgreconcile makes it at once");
}

static const struct import_field interface_fields[] = {
	{ "proto", false, NULL },
	{ "private_key", false, read_private_key },
	{ "listen_port", false, read_listen_port },
	{ "addresses", true, read_addresses },
	{ "mtu", false, read_mtu },
	{ "fwmark", false, read_fwmark },
	{ "metric", false, read_metric },
	{ "ip4table", false, read_ip4table },
	{ "ip6table", false, read_ip6table },
	{ "nohostroute", false, NULL },
	{ "tunlink", false, read_tunlink },
	{ "ip6prefix", true, read_prefix },
	{ "dns", true, read_dns },
	{ "dns_search", true, read_dns },
	{ "dns_metric", false, NULL },
	{ "peerdns", false, NULL },
	{ "auto", false, read_auto },
	{ "disabled", false, NULL },
	{ "defaultroute", false, NULL },
	{ "delegate", false, NULL },
	{ "ipv6", false, NULL },
	{ 0 },
};

/*
 * config wireguard_NAME
 */

static void read_public_key(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	struct netifd_peer *peer = object;

	if (*entry->value)
		import_public_key(importer, entry, &peer->peer.peer.public_key);
}

static void read_preshared_key(struct importer *importer, const struct import_entry *entry,
			       void *object)
{
	struct netifd_peer *peer = object;

	if (!*entry->value)
		return;
	peer->peer.has_preshared_key = true;
	import_secret_key(importer, entry, &peer->peer.peer.preshared_key);
}

static void read_host(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	((struct netifd_peer *)object)->host = *entry->value ? entry : NULL;
}

static void read_port(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	((struct netifd_peer *)object)->port = *entry->value ? entry : NULL;
}

static void read_allowed_ips(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	import_allowed_ips(importer, entry, &((struct netifd_peer *)object)->peer.peer);
}

static void read_keepalive(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	struct netifd_peer *peer = object;

	if (!*entry->value)
		return;
	peer->peer.has_keepalive = true;
	import_keepalive(importer, entry, &peer->peer.peer.persistent_keepalive);
}

static void read_routes(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	((struct netifd_peer *)object)->peer.has_routes = uci_is_true(entry->value);
}

static void read_disabled(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	((struct netifd_peer *)object)->peer.peer.enabled = !uci_is_true(entry->value);
}

/* LuCI keeps it to draw a QR code for the peer. */
static void read_peers_private_key(struct importer *importer, const struct import_entry *entry,
				   void *object)
{
	(void)object;
	if (*entry->value)
		import_note(importer, entry->where, entry->path,
			    "not converted: private_key is the other side's");
}

static const struct import_field peer_fields[] = {
	{ "public_key", false, read_public_key },
	{ "private_key", false, read_peers_private_key },
	{ "preshared_key", false, read_preshared_key },
	{ "endpoint_host", false, read_host },
	{ "endpoint_port", false, read_port },
	{ "allowed_ips", true, read_allowed_ips },
	{ "route_allowed_ips", false, read_routes },
	{ "persistent_keepalive", false, read_keepalive },
	{ "disabled", false, read_disabled },
	{ "description", false, NULL },
	{ 0 },
};

/* An IPv6 address is written without brackets. */
static void endpoint_finish(struct importer *importer, struct netifd_peer *peer)
{
	struct import_entry endpoint;
	const char *port = peer->port ? peer->port->value : DEFAULT_PORT;

	if (!peer->host)
		return;
	endpoint = *peer->host;
	endpoint.value = arena_printf(
		importer->arena,
		strchr(endpoint.value, ':') && *endpoint.value != '[' ? "[%s]:%s" : "%s:%s",
		endpoint.value, port);
	import_endpoint(importer, &endpoint, &peer->peer.peer);
}

static bool is_peer_of(const struct import_section *section, const char *interface)
{
	static const char prefix[] = "wireguard_";

	return strncmp(section->type, prefix, sizeof(prefix) - 1) == 0 &&
	       strcmp(section->type + sizeof(prefix) - 1, interface) == 0;
}

/* Its description, otherwise the section's name. */
static const char *peer_name(struct netifd *netifd, const struct import_section *section)
{
	struct arena *arena = netifd->uci->importer.arena;
	const char *description = uci_value(netifd->uci, section, "description");
	const char *wanted = description ? import_name_made(arena, description) : NULL;

	if (!wanted && section->name)
		wanted = import_name_made(arena, section->name);
	return wanted ? import_name_take(arena, &netifd->names, wanted) : NULL;
}

/* wireguard.sh skips peers without a key; disabled ones may be incomplete. */
static bool peer_is_left(struct netifd *netifd, const struct import_section *section,
			 const char *name, const struct diags *own, bool enabled)
{
	struct importer *importer = &netifd->uci->importer;
	const char *key = uci_value(netifd->uci, section, "public_key");

	importer->path = netifd->path;
	if (!key || !*key)
		import_note(importer, section->where, section->type,
			    "peer %s is left out, as netifd does: it has no public_key", name);
	else if (own->errors && !enabled)
		import_note(importer, section->where, section->type,
			    "peer %s, which is disabled, is left out: %s %s", name,
			    own->list.at[0].path, own->list.at[0].message);
	else
		return false;
	return true;
}

static void peer_read(struct netifd *netifd, const struct import_section *section,
		      struct netifd_peer *peer)
{
	struct importer *importer = &netifd->uci->importer;
	struct diags *diags = importer->diags;
	struct diags own = { .arena = diags->arena };
	size_t remarks_n = importer->import->remarks.n;

	importer->path = peer->peer.path;
	importer->diags = &own;
	import_read(importer, section, peer_fields, peer);
	endpoint_finish(importer, peer);
	import_tidy_allowed_ips(importer, section->where, section->type, &peer->peer.peer);
	importer->diags = diags;
	if (peer_is_left(netifd, section, peer->peer.peer.name, &own, peer->peer.peer.enabled)) {
		struct remark last = importer->import->remarks.at[importer->import->remarks.n - 1];

		importer->import->remarks.n = remarks_n;
		*vec_push(importer->arena, &importer->import->remarks) = last;
		return;
	}
	vec_each (diag, &own.list)
		*vec_push(diags->arena, &diags->list) = *diag;
	diags->errors += own.errors;
	peer->peer.order = netifd->peers.list.n;
	*vec_push(importer->arena, &netifd->peers.list) = peer->peer;
}

/* First the names of all, so that no generated "peer2" conflicts. */
static void peers_read(struct netifd *netifd)
{
	struct arena *arena = netifd->uci->importer.arena;
	VEC(const char *) names = { 0 };
	size_t n = 0;

	vec_each (section, &netifd->uci->network.list) {
		if (is_peer_of(section, netifd->interface->name))
			*vec_push(arena, &names) = peer_name(netifd, section);
	}
	vec_each (section, &netifd->uci->network.list) {
		struct netifd_peer peer = { 0 };

		peer.peer.peer = desired_peer_default(false);
		if (!is_peer_of(section, netifd->interface->name))
			continue;
		peer.peer.peer.name = names.at[n++];
		if (!peer.peer.peer.name)
			peer.peer.peer.name = import_name_take(arena, &netifd->names,
							       arena_printf(arena, "peer%zu", n));
		peer.peer.path = arena_printf(arena, "%s.peers.%s", netifd->path,
					      peer.peer.peer.name);
		peer.peer.where = section->where;
		peer.peer.label = section->type;
		peer_read(netifd, section, &peer);
	}
}

/*
 * Entry point
 */

/* netifd puts a default route into main and protects the endpoint by a route to it, which
 * depends on the current uplink. */
static void default_finish(struct netifd *netifd, struct where where)
{
	struct importer *importer = &netifd->uci->importer;

	if (!import_route_default(importer, &netifd->tables, netifd->interface, &netifd->peers)) {
		import_note(importer, where, netifd->interface->name,
			    "the default route is left out: its table would be the number of the "
			    "mark, which is taken");
		return;
	}
	import_note(importer, where, netifd->interface->name,
		    "netifd made a default route in main and a route to the endpoint; here all but "
		    "WireGuard's own packets look table %u up",
		    netifd->interface->table);
}

static void routes_finish(struct netifd *netifd, struct where where)
{
	struct desired_interface *interface = netifd->interface;
	bool all = true, none = true;

	vec_each (peer, &netifd->peers.list) {
		if (!peer->peer.name)
			continue;
		all = all && (peer->has_routes || !peer->peer.allowed_ips.n);
		none = none && !peer->has_routes;
	}
	if (none || !all || netifd->table4 != netifd->table6)
		interface->routes = ROUTES_NONE;
	if (none)
		return;
	if (netifd->table4 == TABLE_MAIN && netifd->table6 == TABLE_MAIN &&
	    import_peers_have_default(&netifd->peers)) {
		default_finish(netifd, where);
		if (!all)
			import_routes_add(&netifd->uci->importer, interface, &netifd->peers,
					  IMPORT_DEFAULTS, interface->table, interface->table);
	} else if (all && netifd->table4 == netifd->table6) {
		interface->table = netifd->table4;
	} else {
		import_routes_add(&netifd->uci->importer, interface, &netifd->peers,
				  IMPORT_DEFAULTS | IMPORT_OTHERS, netifd->table4, netifd->table6);
	}
}

static void interface_finish(struct netifd *netifd, const struct import_section *section)
{
	struct desired_interface *interface = netifd->interface;
	struct importer *importer = &netifd->uci->importer;

	importer->path = netifd->path;
	if (interface->mtu && !import_mtu_is_possible(interface, interface->mtu)) {
		import_note(importer, section->where, section->name,
			    "not converted: mtu = %u, which no packet of these addresses fits",
			    interface->mtu);
		interface->mtu = 0;
	}
	routes_finish(netifd, section->where);
	import_note(importer, section->where, section->name,
		    "remove it from %s before the first run, or set disabled there: two programs "
		    "would keep one interface",
		    netifd->uci->network_file);
}

void uci_take_netifd(struct uci *uci, const struct import_section *section)
{
	struct importer *importer = &uci->importer;
	const char *disabled = uci_value(uci, section, "disabled");
	unsigned errors = importer->diags->errors;
	struct netifd netifd = { .uci = uci, .table4 = TABLE_MAIN, .table6 = TABLE_MAIN };

	if (disabled && uci_is_true(disabled)) {
		import_note(importer, section->where, section->type,
			    "interface %s, which is disabled, is left out", section->name);
		return;
	}
	vec_each (earlier, &importer->import->desired->interfaces)
		import_table_take(importer, &netifd.tables, earlier->table);
	netifd.interface = import_interface_add(importer, section->name);
	netifd.interface->where = section->where;
	netifd.path = arena_printf(importer->arena, "interfaces.%s", section->name);
	importer->path = netifd.path;
	import_read(importer, section, interface_fields, &netifd);
	peers_read(&netifd);
	if (importer->diags->errors != errors)
		return;
	import_peers_settle(importer, &netifd.peers);
	import_peers_store(importer, &netifd.peers, netifd.interface);
	interface_finish(&netifd, section);
}
