/* SPDX-License-Identifier: MIT */
/*
 * change: one difference between desired and observed. plan makes a list of changes, apply
 * carries it out in its order, output prints it. The order is make before break: see
 * change_kind.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/key.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"

/* In the order in which they are carried out; late ones follow ADDRESS_REMOVE. */
enum change_kind {
	CHANGE_LINK_ADD,
	CHANGE_LINK_OWNER, /* the alias that names this instance */
	CHANGE_LINK_MTU,
	CHANGE_DEVICE_PORT_RELEASE, /* moves to another interface in this run */
	CHANGE_DEVICE_PRIVATE_KEY,
	CHANGE_DEVICE_LISTEN_PORT,
	CHANGE_DEVICE_FWMARK,
	CHANGE_PEER_ADD, /* with all its settings */
	CHANGE_PEER_PRESHARED_KEY,
	CHANGE_PEER_ENDPOINT,
	CHANGE_PEER_KEEPALIVE,
	CHANGE_PEER_TRIGGER, /* triggers a handshake: keepalive off and on */
	CHANGE_ALLOWED_IP_ADD, /* some prefixes of one peer; moves them from their current peers */
	CHANGE_LINK_UP,
	CHANGE_ADDRESS_ADD,
	CHANGE_ADDRESS_MOVE, /* to the end of the kernel's list; always late */
	CHANGE_ROUTE_ADD,
	CHANGE_RULE_ADD,
	CHANGE_FILE_WRITE, /* and load: routing daemons need links and addresses first */
	/* Removals from here on. */
	CHANGE_RULE_REMOVE,
	CHANGE_ROUTE_REMOVE,
	CHANGE_ADDRESS_REMOVE,
	CHANGE_ALLOWED_IP_REMOVE, /* some prefixes of one peer that move to no other peer */
	CHANGE_PEER_REMOVE,
	CHANGE_LINK_REMOVE,
};

enum change_result {
	CHANGE_PLANNED,
	CHANGE_DONE,
	CHANGE_FAILED,
	CHANGE_SKIPPED, /* a change it depends on failed */
};

struct change {
	enum change_kind kind;
	const char *interface; /* name; of a link to be removed too; NULL: FILE_WRITE */
	const char *selector; /* the selector that decided, or NULL */
	const char *peer; /* the declared name, or NULL for an undeclared peer */
	const char *reason; /* the reason if the change is a decision, otherwise NULL */

	/* The object, by kind. Unused ones are zero. */
	/* PEER_*, ALLOWED_IP_*. Zero in ALLOWED_IP_REMOVE: the current peer is not known. */
	struct wg_key public_key;
	const struct desired_peer *declared; /* PEER_* and ALLOWED_IP_* of a desired peer; or NULL
					      */
	/* LINK_ADD and DEVICE_*: all settings; the key must not be printed. */
	const struct desired_interface *desired;
	enum link_kind link_kind; /* LINK_ADD */
	uint32_t value; /* MTU, LISTEN_PORT, FWMARK, KEEPALIVE: new value */
	uint32_t old_value; /* old value */
	const char *owner; /* LINK_OWNER: new alias */
	const char *old_owner; /* old alias, or "" */
	bool has_endpoint;
	struct endpoint endpoint; /* PEER_ADD, PEER_ENDPOINT */
	bool has_old_endpoint;
	struct endpoint old_endpoint;
	const struct wg_key *preshared_key; /* PEER_ADD, PEER_PRESHARED_KEY; zero key: none */
	const struct prefix *allowed_ips; /* PEER_ADD, ALLOWED_IP_*: sorted array */
	size_t allowed_ips_n; /* ALLOWED_IP_*: at least one */
	const char *from_peer; /* ALLOWED_IP_ADD: the peer that has all of them now (name or key),
				  or NULL */
	struct prefix prefix; /* ADDRESS_*, ROUTE_* (destination) */
	struct ip other_end; /* ADDRESS_*: of a point-to-point address, or FAMILY_NONE */
	uint32_t table; /* ROUTE_*, RULE_* */
	uint32_t metric; /* ROUTE_* */
	struct ip source; /* ROUTE_ADD: preferred source address, or FAMILY_NONE */
	bool unreachable; /* ROUTE_*: unreachable; ends the table's lookup for destinations without
			     another route */
	bool replaces; /* ROUTE_ADD: replaces this tool's own route that has another source */
	bool beside; /* ROUTE_ADD: a similar route, to be removed, exists until then */
	/* DEVICE_PORT_RELEASE, ADDRESS_REMOVE, LINK_REMOVE: only if this interface, which
	 * takes the object over, exists; or NULL. */
	const char *heir;
	struct observed_rule rule; /* RULE_* */
	const struct desired_file *file; /* FILE_WRITE */
	uint64_t digest; /* FILE_WRITE: of the new content; secret if the file is */
	bool late; /* ADDRESS_ADD, ADDRESS_MOVE, ROUTE_ADD: an object that must be released before
		    */

	enum change_result result; /* set by apply */
	const char *error; /* CHANGE_FAILED: one line */
	bool refused; /* CHANGE_FAILED: by its own error, not because of its interface or the
			 deadline */
};

struct changes {
	struct arena *arena;
	VEC(struct change) list;
};

/* A new change at the end, zeroed except kind and interface. */
struct change *change_add(struct changes *changes, enum change_kind kind, const char *interface);

/* Sorts by kind, keeping the order within one kind. */
void changes_sort(struct changes *changes);

/* '+', '~' or '-'. */
char change_sign(enum change_kind kind);

/* The name of the kind ("peer_add") in JSON. */
const char *change_word(enum change_kind kind);

/* Whether it is ALLOWED_IP_*: some prefixes of one peer. */
static inline bool change_is_group(const struct change *change)
{
	return change->kind == CHANGE_ALLOWED_IP_ADD || change->kind == CHANGE_ALLOWED_IP_REMOVE;
}

/* The number of objects it changes: the prefixes of ALLOWED_IP_*, otherwise 1; and the sum
 * of all changes. */
size_t change_count(const struct change *change);
size_t changes_count(const struct changes *changes);

/* What changes, as text without sign, scope and reason: "peer sn01 endpoint 192.0.2.1:51820,
 * allowed IPs fe80::1/128", "mtu 1420 -> 1380". Of many allowed IPs only the first ones and
 * the last. No secrets. */
const char *change_text(const struct change *change, struct arena *arena);

/* The same for the i-th object only; i is less than change_count(). */
const char *change_text_of(const struct change *change, size_t i, struct arena *arena);

/* The source of the i-th object, if that is no file: "fact from hub". Of a PEER_ADD that of the
 * peer, else that of its endpoint. NULL: a file, or not known. */
const char *change_origin(const struct change *change, size_t i, struct arena *arena);

/* With more allowed IPs, change_text() of a PEER_ADD does not list all. */
#define CHANGE_PREFIXES_SHOWN 8

/* change_text() of a PEER_ADD without the allowed IPs: the text before and after their list,
 * for a caller that prints all of them. */
struct change_frame {
	const char *before;
	const char *after;
};

struct change_frame change_frame(const struct change *change, struct arena *arena);
