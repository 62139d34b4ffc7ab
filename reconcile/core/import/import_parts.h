/* SPDX-License-Identifier: MIT */
/*
 * import_parts: shared by the importers. Texts become sections of entries; the sections are
 * then read entry by entry. Functions here clean values, add comments and report errors.
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

/* Position of a comment, in the order in which comments are searched for a name. */
enum import_place {
	COMMENT_ABOVE, /* on the lines directly above the section's head */
	COMMENT_HEAD, /* after the head, on its line */
	COMMENT_BELOW, /* between the head and the first entry */
	COMMENT_KEY, /* after the PublicKey, on its line */
	COMMENT_WITHIN, /* on a line between entries */
};

struct import_comment {
	const char *text; /* without the first # and surrounding blanks */
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

/* Names in use. */
struct import_names {
	VEC(const char *) list; /* sorted */
};

struct importer {
	struct arena *arena;
	struct diags *diags; /* NULL: no warnings */
	struct import *import;
	const char *keys_directory;
	struct import_names files; /* of secrets */
	bool any_case; /* keys are case-insensitive */
	const char *path; /* path of the current object: "interfaces.wg0" */
};

/* A key that a section may have. A table of them ends with a NULL name. A key without a read
 * function is known and ignored. */
struct import_field {
	const char *name;
	bool is_list; /* may be repeated */
	void (*read)(struct importer *importer, const struct import_entry *entry, void *object);
};

void importer_begin(struct importer *importer, struct arena *arena, struct diags *diags,
		    const char *keys_directory);

/* Adds a comment at importer->path; a note is a comment with the line number, and a warning,
 * so that it is seen even if the output goes to a file. */
void import_remark(struct importer *importer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void import_note(struct importer *importer, struct where where, const char *path,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error at the entry's value. */
void import_error(struct importer *importer, const struct import_entry *entry, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* Notes that the entry has no equivalent, with the reason unless NULL. Keys in its value are
 * masked. */
void import_lost(struct importer *importer, const struct import_entry *entry, const char *reason);

/* Calls read for each entry; notes unknown and duplicate entries; the last duplicate is used. */
void import_read(struct importer *importer, const struct import_section *section,
		 const struct import_field *fields, void *object);

/* The last entry of this key, or NULL. */
const struct import_entry *import_entry_find(const struct importer *importer,
					     const struct import_section *section, const char *key);

/* The text, which need not be zero-terminated, without a byte order mark (written by Windows
 * editors). NULL after an error: not a text. */
const char *import_text(const struct source *source, struct diags *diags);

/* The name that another file gives the peer with this key. */
struct import_named {
	const char *interface;
	struct wg_key key;
	const char *name;
	size_t order;
};

/* Sorted by import_named_order(). */
struct import_hints {
	VEC(struct import_named) list;
};

/* By interface, key and order. */
int import_named_order(const void *a, const void *b);

/* import_wg_quick() with names of peers that precede those of comments. */
struct import *import_wg_quick_named(const struct source *sources, const char *const *interfaces,
				     size_t n, const char *keys_directory,
				     const struct import_hints *hints, struct diags *diags);

/* Texts to sections. Errors go to diags. */
void import_wg_quick_sections(const struct source *source, struct import_sections *sections,
			      struct diags *diags);
void import_uci_sections(const struct source *source, struct import_sections *sections,
			 struct diags *diags);

/* The text between the two, without surrounding blanks. */
char *import_trimmed(struct arena *arena, const char *from, const char *to);

/* The next item of a list separated by commas or blanks; NULL at the end. */
const char *import_item(struct arena *arena, const char **rest);

/* Decimal or 0x. */
bool import_number(const char *text, uint64_t max, uint64_t *number);

/* Values. Errors are reported; then false. */
bool import_public_key(struct importer *importer, const struct import_entry *entry,
		       struct wg_key *key);
/* A key; all zeros means none. */
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

/* Sorts the allowed IPs, notes and removes duplicates. */
void import_tidy_allowed_ips(struct importer *importer, struct where where, const char *path,
			     struct desired_peer *peer);

/* Adds the key to the secrets; returns the name of its file, made from the device and, if
 * not NULL, the peer. */
const char *import_secret(struct importer *importer, const struct wg_key *key, const char *device,
			  const char *peer, const char *suffix);

/* Uses wanted or, if it is taken, wanted-2, wanted-3, ... */
const char *import_name_take(struct arena *arena, struct import_names *names, const char *wanted);
bool import_name_is_taken(const struct import_names *names, const char *name);

/* The text with invalid characters of a peer name replaced; NULL if nothing is left, or it
 * could be a key. */
const char *import_name_safe(struct arena *arena, const char *text);

/* Whether a desired-state file may have this value: it has limits. */
bool import_mtu_is_possible(const struct desired_interface *interface, uint64_t mtu);

/* Makes a valid name: without quotes, blanks as _. */
const char *import_name_made(struct arena *arena, const char *text);

/* Makes a name from a comment at the section's head by import_name_made(), and adds it to
 * names. NULL if no comment has a name; *unnamed is then the first comment similar to one,
 * or NULL. */
const char *import_name_comment(struct importer *importer, struct import_names *names,
				const struct import_section *section,
				const struct import_comment **unnamed);

/* A new interface with defaults, at the end. */
struct desired_interface *import_interface_add(struct importer *importer, const char *name);
