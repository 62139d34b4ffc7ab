/* SPDX-License-Identifier: MIT */
/*
 * import_parts: what the importers share. Texts become sections of entries; the
 * sections are then read entry by entry, and what is met on the way is cleaned,
 * remarked upon or reported here.
 */
#pragma once

#include "import.h"

/* "KEY = VALUE", or UCI's "option KEY VALUE" and "list KEY VALUE". */
struct import_entry {
	const char *key;
	const char *value;
	const char *path; /* for diags: "Peer.Endpoint" */
	struct where where; /* of the key */
	struct where value_where;
};

/* Where a comment stands, in the order in which a name is looked for in them. */
enum import_place {
	COMMENT_ABOVE, /* on the lines directly above the section's head */
	COMMENT_HEAD, /* behind the head, on its line */
	COMMENT_BELOW, /* between the head and the first entry */
	COMMENT_KEY, /* behind the PublicKey, on its line */
	COMMENT_WITHIN, /* on a line between entries */
};

struct import_comment {
	const char *text; /* without the first # and blanks at its ends */
	struct where where;
	enum import_place place;
};

struct import_section {
	const char *type;
	const char *name; /* NULL: anonymous */
	VEC(struct import_comment) comments;
	struct where where;
	VEC(struct import_entry) entries;
};

struct import_sections {
	VEC(struct import_section) list;
};

/* Names that are taken. */
struct import_names {
	VEC(const char *) list; /* sorted */
};

struct importer {
	struct arena *arena;
	struct diags *diags; /* NULL: no warnings are wanted */
	struct import *import;
	const char *keys_directory;
	struct import_names files; /* of secrets */
	bool any_case; /* keys mean the same in capitals */
	const char *path; /* what remarks are about now: "interfaces.wg0" */
};

/* A key that a section may have. A table of them ends with a NULL name. Without
 * a read function the key is known and of no consequence. */
struct import_field {
	const char *name;
	bool is_list; /* may be given several times */
	void (*read)(struct importer *importer, const struct import_entry *entry, void *object);
};

void importer_begin(struct importer *importer, struct arena *arena, struct diags *diags,
		    const char *keys_directory);

/* Adds a remark at importer->path; a note is a remark, with the line in front, and a
 * warning, so that it is seen as well where the output goes to a file. */
void import_remark(struct importer *importer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void import_note(struct importer *importer, struct where where, const char *path,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error at the entry's value. */
void import_error(struct importer *importer, const struct import_entry *entry, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* Notes that the entry has no counterpart, and why, if reason is not NULL. Keys
 * in its value are not shown. */
void import_lost(struct importer *importer, const struct import_entry *entry, const char *reason);

/* Calls read for each entry; notes unknown ones, and those given twice, of which
 * the last one counts. */
void import_read(struct importer *importer, const struct import_section *section,
		 const struct import_field *fields, void *object);

/* The last entry of this key, or NULL. */
const struct import_entry *import_entry_find(const struct importer *importer,
					     const struct import_section *section, const char *key);

/* The text, which need not end with a zero, without the byte order mark that editors
 * of Windows write. NULL after an error: it is no text. */
const char *import_text(const struct source *source, struct diags *diags);

/* Texts to sections. Errors go to diags. */
void import_wg_quick_sections(const struct source *source, struct import_sections *sections,
			      struct diags *diags);
void import_uci_sections(const struct source *source, struct import_sections *sections,
			 struct diags *diags);

/* The text between the two, without blanks at its ends. */
char *import_trimmed(struct arena *arena, const char *from, const char *to);

/* The next of the items that commas or blanks separate; NULL at the end. */
const char *import_item(struct arena *arena, const char **rest);

/* Decimal or 0x. */
bool import_number(const char *text, uint64_t max, uint64_t *number);

/* Values. After an error they report it and return false. */
bool import_public_key(struct importer *importer, const struct import_entry *entry,
		       struct wg_key *key);
/* A key that may be all zeros, which is to mean none. */
bool import_secret_key(struct importer *importer, const struct import_entry *entry,
		       struct wg_key *key);
bool import_endpoint(struct importer *importer, const struct import_entry *entry,
		     struct desired_peer *peer);
bool import_keepalive(struct importer *importer, const struct import_entry *entry,
		      uint16_t *seconds);

/* Adds the item to the interface's addresses. */
void import_address(struct importer *importer, const struct import_entry *entry, const char *item,
		    struct desired_interface *interface);

/* Adds the items to the peer's allowed IPs, without their host bits. */
void import_allowed_ips(struct importer *importer, const struct import_entry *entry,
			struct desired_peer *peer);

/* Sorts the allowed IPs and notes duplicates, of which one stays. */
void import_tidy_allowed_ips(struct importer *importer, struct where where, const char *path,
			     struct desired_peer *peer);

/* Adds the key to the secrets; returns the name of its file, which is made of
 * what it belongs to: a device and, if not NULL, a peer. */
const char *import_secret(struct importer *importer, const struct wg_key *key, const char *device,
			  const char *peer, const char *suffix);

/* Takes wanted, or if somebody has it wanted-2, wanted-3, ... */
const char *import_name_take(struct arena *arena, struct import_names *names, const char *wanted);
bool import_name_is_taken(const struct import_names *names, const char *name);

/* The text with what a name of a peer must not have replaced; NULL when nothing
 * would be left, or it could be a key. */
const char *import_name_safe(struct arena *arena, const char *text);

/* Whether a file of desired state may say so: it has limits on what makes sense. */
bool import_mtu_is_possible(const struct desired_interface *interface, uint64_t mtu);

/* What is meant as a name as a valid one: quotes left out, blanks as _. */
const char *import_name_made(struct arena *arena, const char *text);

/* Reads what import_name_made() makes of a comment beside the section's head, and
 * adds it to names. NULL where no comment has a name; *unnamed is then the first
 * comment that looked like one, or NULL. */
const char *import_name_comment(struct importer *importer, struct import_names *names,
				const struct import_section *section,
				const struct import_comment **unnamed);

/* A new, default interface at the end. */
struct desired_interface *import_interface_add(struct importer *importer, const char *name);
