/* SPDX-License-Identifier: MIT */
#include "import_wirelink_parts.h"

#include "base/masked.h"
#include "core/desired/desired_default.h"

#include <stdlib.h>
#include <strings.h>

/* What desired-state files accept. */
#define NAME_MAX_BYTES 64
#define LIST_MAX 256

/* A peer of the file. */
struct link_peer {
	struct wg_key key;
	size_t order;
	const struct import_section *section;
	const char *path; /* "peers[0]" */
	const char *name; /* NULL: none */
	struct desired_peer peer;
	bool is_replaced; /* a later one has the same key */
};

struct link_peers {
	VEC(struct link_peer) list;
};

/* An allowed IP of the interface, and the index of its peer. */
struct owned_prefix {
	struct prefix prefix; /* first: prefix_order() */
	size_t place;
};

/* A peer of the interface. */
struct placed_key {
	struct wg_key key; /* first: key_order() */
	size_t place;
};

struct patterns {
	VEC(const char *) list;
};

struct linking {
	struct importer *importer;
	const struct link_file *file;
	struct desired_interface *interface;
	struct wg_key own; /* zero: not known */
	struct patterns report, hide;
	VEC(struct placed_key) keys; /* sorted, before peers are added */
	VEC(struct owned_prefix) prefixes; /* sorted */
	struct import_names names;
};

/* ---- Values ---- */

/* Go's strconv.ParseBool(). */
static bool read_boolean(struct importer *importer, const struct import_entry *entry, bool *value)
{
	static const char *const words[2][6] = {
		{ "0", "f", "F", "false", "FALSE", "False" },
		{ "1", "t", "T", "true", "TRUE", "True" },
	};

	for (size_t i = 0; i < 12; i++) {
		if (strcmp(entry->value, words[i / 6][i % 6]) != 0)
			continue;
		*value = i / 6;
		return true;
	}
	import_error(importer, entry, "\"%s\" is not a boolean: give true or false", entry->value);
	return false;
}

static void read_level(struct importer *importer, const struct import_entry *entry,
		       enum trust *trust)
{
	static const char *const names[] = { "Untrusted",  "Endpoint",	    "AllowedIPs",
					     "Membership", "DelegateTrust", NULL };

	for (unsigned i = 0; names[i]; i++) {
		if (strcmp(entry->value, names[i]) != 0)
			continue;
		*trust = (enum trust)(TRUST_UNTRUSTED + i);
		return;
	}
	import_error(importer, entry,
		     "\"%s\" is not a level of trust: give Untrusted, Endpoint, AllowedIPs, "
		     "Membership or DelegateTrust",
		     entry->value);
}

/* ---- Settings ---- */

static void read_iface(struct importer *importer, const struct import_entry *entry, void *object)
{
	const struct linking *linking = object;

	if (strcmp(entry->value, linking->file->interface) != 0)
		import_lost(importer, entry,
			    arena_printf(importer->arena, "the file is for interface %s",
					 linking->file->interface));
}

static void read_port(struct importer *importer, const struct import_entry *entry, void *object)
{
	uint64_t port = 0;

	if (import_number(entry->value, UINT16_MAX, &port))
		/* 0 is wirelink's default. */
		((struct linking *)object)->interface->facts.port = (uint16_t)port;
	else if (entry->value[0] >= '0' && entry->value[0] <= '9')
		import_error(importer, entry, "\"%s\" is not a port: give 1 to %d", entry->value,
			     UINT16_MAX);
	else
		import_error(importer, entry,
			     "\"%s\" is the name of a service: give the number that \"getent "
			     "services NAME/udp\" prints",
			     entry->value);
}

static void read_router(struct importer *importer, const struct import_entry *entry, void *object)
{
	bool is_router;

	/* Older versions have the word. */
	if (strcmp(entry->value, "auto") != 0 && read_boolean(importer, entry, &is_router))
		((struct linking *)object)->interface->facts.router = is_router ? ROUTER_YES
										: ROUTER_NO;
}

static void read_chatty(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_boolean(importer, entry, &((struct linking *)object)->interface->facts.chatty);
}

static void read_debug(struct importer *importer, const struct import_entry *entry, void *object)
{
	bool debug = false;

	(void)object;
	if (read_boolean(importer, entry, &debug) && debug)
		import_lost(importer, entry, "apply has --verbose");
}

static bool is_listed(const struct patterns *patterns, const char *pattern)
{
	vec_each (earlier, &patterns->list) {
		if (!strcmp(*earlier, pattern))
			return true;
	}
	return false;
}

static void read_patterns(struct importer *importer, const struct import_entry *entry,
			  struct patterns *patterns)
{
	const char *rest = entry->value;
	const char *item;

	while ((item = import_item(importer->arena, &rest))) {
		if (is_listed(patterns, item))
			continue;
		if (text_holds_key(item) || strchr(item, '/') ||
		    text_printable(importer->arena, item) != item)
			import_lost(importer, entry, "no interface has such a name");
		else if (patterns->list.n == LIST_MAX)
			import_lost(importer, entry, "there are too many");
		else
			*vec_push(importer->arena, &patterns->list) = item;
	}
}

static void read_report(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_patterns(importer, entry, &((struct linking *)object)->report);
}

static void read_hide(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_patterns(importer, entry, &((struct linking *)object)->hide);
}

static const struct import_field settings_fields[] = {
	{ "iface", false, read_iface },
	{ "port", false, read_port },
	{ "router", false, read_router },
	{ "chatty", false, read_chatty },
	{ "debug", false, read_debug },
	{ "ReportIfaces", true, read_report },
	{ "HideIfaces", true, read_hide },
	/* Printed by wirelink --dump, and without a meaning in a file. */
	{ "config-path", false, NULL },
	{ "dump", false, NULL },
	{ "help", false, NULL },
	{ "version", false, NULL },
	{ 0 },
};

/* ---- Peers ---- */

static void read_public_key(struct importer *importer, const struct import_entry *entry,
			    void *object)
{
	import_public_key(importer, entry, &((struct link_peer *)object)->key);
}

static void read_name(struct importer *importer, const struct import_entry *entry, void *object)
{
	(void)importer;
	if (*entry->value)
		((struct link_peer *)object)->name = entry->value;
}

static void read_trust(struct importer *importer, const struct import_entry *entry, void *object)
{
	if (*entry->value)
		read_level(importer, entry, &((struct link_peer *)object)->peer.trust);
}

static void read_exchanger(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	read_boolean(importer, entry, &((struct link_peer *)object)->peer.facts_exchanger);
}

static void read_basic(struct importer *importer, const struct import_entry *entry, void *object)
{
	read_boolean(importer, entry, &((struct link_peer *)object)->peer.basic);
}

static void read_endpoints(struct importer *importer, const struct import_entry *entry,
			   void *object)
{
	struct link_peer *peer = object;
	struct import_entry one = *entry;
	const char *rest = entry->value;

	while ((one.value = import_item(importer->arena, &rest))) {
		struct desired_peer read = { 0 };

		if (peer->peer.candidates.n == LIST_MAX)
			import_lost(importer, &one, "there are too many");
		else if (import_endpoint(importer, &one, &read))
			*vec_push(importer->arena,
				  &peer->peer.candidates) = (struct desired_endpoint){
				.text = read.endpoint,
				.is_literal = read.endpoint_is_literal,
				.address = read.endpoint_address,
			};
	}
}

static void read_allowed_ips(struct importer *importer, const struct import_entry *entry,
			     void *object)
{
	import_allowed_ips(importer, entry, &((struct link_peer *)object)->peer);
}

static const struct import_field peer_fields[] = {
	{ "PublicKey", false, read_public_key },  { "Name", false, read_name },
	{ "Trust", false, read_trust },		  { "FactExchanger", false, read_exchanger },
	{ "Basic", false, read_basic },		  { "Endpoints", true, read_endpoints },
	{ "AllowedIPs", true, read_allowed_ips }, { 0 },
};

static struct link_peers read_peers(struct linking *linking)
{
	struct importer *importer = linking->importer;
	struct link_peers peers = { 0 };

	vec_each (section, &linking->file->sections.list) {
		struct link_peer *peer = vec_push(importer->arena, &peers.list);

		peer->section = section;
		peer->order = peers.list.n - 1;
		peer->path = arena_printf(importer->arena, "peers[%zu]", peer->order);
		import_read(importer, section, peer_fields, peer);
		if (!import_entry_find(importer, section, "PublicKey"))
			diag_error(importer->diags, section->where, peer->path,
				   "has no PublicKey: give the peer's");
	}
	return peers;
}

static int link_peer_order(const void *a_, const void *b_)
{
	const struct link_peer *a = *(struct link_peer *const *)a_;
	const struct link_peer *b = *(struct link_peer *const *)b_;
	int order = key_compare(&a->key, &b->key);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* Of several with one key wirelink uses the last one. */
static void mark_replaced(struct linking *linking, struct link_peers *peers)
{
	struct importer *importer = linking->importer;
	size_t n = peers->list.n;
	struct link_peer **sorted = arena_alloc(importer->arena, (n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &peers->list.at[i];
	qsort(sorted, n, sizeof(*sorted), link_peer_order);
	for (size_t i = 0; i + 1 < n; i++) {
		if (key_compare(&sorted[i]->key, &sorted[i + 1]->key) != 0)
			continue;
		sorted[i]->is_replaced = true;
		import_note(importer, sorted[i]->section->where, sorted[i]->path,
			    "%s has the same public key: the last one counts", sorted[i + 1]->path);
	}
}

/* ---- Into the interface ---- */

static void set_own_name(struct linking *linking, const struct link_peer *peer)
{
	struct importer *importer = linking->importer;
	const char *name = peer->name;

	if (!name)
		return;
	if (strlen(name) > NAME_MAX_BYTES || text_holds_key(name) ||
	    text_printable(importer->arena, name) != name) {
		name = import_name_safe(importer->arena, name);
		import_note(importer, peer->section->where, peer->path,
			    name ? "the name of this node is written as %s"
				 : "the name of this node is left out%s",
			    name ? name : "");
	}
	linking->interface->facts.name = name;
}

/* The entry with the interface's own key. */
static void set_own(struct linking *linking, const struct link_peer *peer)
{
	static const char *const lost[] = { "FactExchanger", "Basic", "Endpoints", "AllowedIPs" };

	set_own_name(linking, peer);
	linking->interface->facts.trust = peer->peer.trust;
	vec_each (entry, &peer->section->entries) {
		for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
			if (!strcasecmp(entry->key, lost[i]))
				import_lost(linking->importer, entry,
					    "the peer is this node itself");
		}
	}
}

static void add_endpoints(struct linking *linking, const struct link_peer *from,
			  struct desired_peer *peer)
{
	const struct desired_endpoint own = {
		.text = peer->endpoint,
		.is_literal = peer->endpoint_is_literal,
		.address = peer->endpoint_address,
	};

	vec_each (one, &from->peer.candidates) {
		bool is_known = own.text && desired_endpoint_equal(one, &own);

		vec_each (known, &peer->candidates)
			is_known = is_known || desired_endpoint_equal(one, known);
		if (!is_known)
			*vec_push(linking->importer->arena, &peer->candidates) = *one;
	}
	desired_candidates_arrange(peer);
}

static void add_allowed_ip(struct linking *linking, const struct link_peer *from, size_t place,
			   const struct prefix *prefix)
{
	struct desired_peer *peer = &linking->interface->peers.at[place];
	struct arena *arena = linking->importer->arena;
	size_t at = vec_place(&linking->prefixes, prefix, prefix_order);
	const struct owned_prefix *known = at < linking->prefixes.n ? &linking->prefixes.at[at]
								    : NULL;
	char text[PREFIX_TEXT_MAX];

	prefix_text(prefix, text);
	if (known && prefix_compare(&known->prefix, prefix) == 0) {
		if (known->place != place)
			import_note(linking->importer, from->section->where, from->path,
				    "%s is left out: %s has it, too", text,
				    linking->interface->peers.at[known->place].name);
		return;
	}
	if (!prefix->length) {
		import_note(linking->importer, from->section->where, from->path,
			    "%s is left out: a default route is made from wg-quick's AllowedIPs, "
			    "so give it there",
			    text);
		return;
	}
	*vec_insert(arena, &linking->prefixes, at) = (struct owned_prefix){ *prefix, place };
	*vec_push(arena, &peer->allowed_ips) = *prefix;
}

static const char *new_name(struct linking *linking, const struct link_peer *from)
{
	struct arena *arena = linking->importer->arena;
	const char *name = from->name ? import_name_safe(arena, from->name) : NULL;

	if (!name)
		name = arena_printf(arena, "peer%zu", from->order + 1);
	return import_name_take(arena, &linking->names, name);
}

/* The peer's index. */
static size_t peer_for(struct linking *linking, const struct link_peer *from)
{
	size_t at = vec_place(&linking->keys, &from->key, key_order);
	struct desired_peer *peer;

	if (at < linking->keys.n && key_compare(&linking->keys.at[at].key, &from->key) == 0)
		return linking->keys.at[at].place;
	peer = vec_push(linking->importer->arena, &linking->interface->peers);
	*peer = desired_peer_default(false);
	peer->name = new_name(linking, from);
	peer->public_key = from->key;
	peer->declared.where = from->section->where;
	return linking->interface->peers.n - 1;
}

static void add_peer(struct linking *linking, const struct link_peer *from)
{
	struct importer *importer = linking->importer;
	size_t place = peer_for(linking, from);
	struct desired_peer *peer = &linking->interface->peers.at[place];
	size_t before = peer->allowed_ips.n;

	importer->path = arena_printf(importer->arena, "interfaces.%s.peers.%s",
				      linking->interface->name, peer->name);
	if (from->name && strcmp(from->name, peer->name) != 0)
		import_note(importer, from->section->where, from->path,
			    "the name %s is written as %s", from->name, peer->name);
	peer->trust = from->peer.trust;
	peer->facts_exchanger = from->peer.facts_exchanger;
	peer->basic = from->peer.basic;
	add_endpoints(linking, from, peer);
	vec_each (prefix, &from->peer.allowed_ips)
		add_allowed_ip(linking, from, place, prefix);
	if (peer->allowed_ips.n != before)
		qsort(peer->allowed_ips.at, peer->allowed_ips.n, sizeof(*peer->allowed_ips.at),
		      prefix_order);
}

/* ---- The whole file ---- */

/* From the private key, which is among the secrets. */
static void find_own_key(struct linking *linking,
			 void (*key_public)(const struct wg_key *private_key,
					    struct wg_key *public_key))
{
	const char *file = linking->interface->private_key_file;

	vec_each (secret, &linking->importer->import->secrets) {
		if (file && !strcmp(secret->file, file))
			key_public(&secret->key, &linking->own);
	}
	if (!file && linking->file->sections.list.n)
		import_note(linking->importer,
			    (struct where){ .file = linking->file->source->file }, "peers",
			    "without the private key the entry of this node itself, if there is "
			    "one, is not known: remove it from the peers");
}

static void collect_known(struct linking *linking)
{
	struct arena *arena = linking->importer->arena;

	for (size_t i = 0; i < linking->interface->peers.n; i++) {
		const struct desired_peer *peer = &linking->interface->peers.at[i];

		*vec_push(arena, &linking->keys) = (struct placed_key){ peer->public_key, i };
		import_name_take(arena, &linking->names, peer->name);
		vec_each (prefix, &peer->allowed_ips)
			*vec_push(arena, &linking->prefixes) = (struct owned_prefix){ *prefix, i };
	}
	if (linking->keys.n)
		qsort(linking->keys.at, linking->keys.n, sizeof(*linking->keys.at), key_order);
	if (linking->prefixes.n)
		qsort(linking->prefixes.at, linking->prefixes.n, sizeof(*linking->prefixes.at),
		      prefix_order);
}

static void check_port(const struct linking *linking)
{
	const struct desired_interface *interface = linking->interface;
	uint16_t port = desired_facts_port(interface);

	if (!port)
		diag_error(linking->importer->diags,
			   (struct where){ .file = linking->file->source->file }, "port",
			   "is missing, and wg-quick's file has no ListenPort before it: give the "
			   "port that all nodes use");
	else if (port == interface->listen_port)
		diag_error(linking->importer->diags,
			   (struct where){ .file = linking->file->source->file }, "port",
			   "%u is also the ListenPort: give another one", port);
}

void import_wirelink_apply(struct importer *importer, const struct link_file *file,
			   struct desired_interface *interface,
			   void (*key_public)(const struct wg_key *private_key,
					      struct wg_key *public_key))
{
	struct linking linking = { .importer = importer, .file = file, .interface = interface };
	unsigned errors = importer->diags->errors;
	struct link_peers peers;

	interface->facts.enabled = true;
	import_read(importer, &file->settings, settings_fields, &linking);
	vec_each (pattern, &linking.report.list)
		*vec_push(importer->arena, &interface->facts.report) = *pattern;
	vec_each (pattern, &linking.hide.list)
		*vec_push(importer->arena, &interface->facts.hide) = *pattern;
	if (importer->diags->errors == errors)
		check_port(&linking);
	peers = read_peers(&linking);
	if (importer->diags->errors != errors)
		return;
	mark_replaced(&linking, &peers);
	find_own_key(&linking, key_public);
	collect_known(&linking);
	vec_each (peer, &peers.list) {
		if (peer->is_replaced)
			continue;
		if (!key_is_zero(&linking.own) && key_compare(&linking.own, &peer->key) == 0)
			set_own(&linking, peer);
		else
			add_peer(&linking, peer);
	}
}
