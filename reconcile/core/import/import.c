/* SPDX-License-Identifier: MIT */
#include "import_parts.h"

#include "base/masked.h"
#include "core/desired/desired_default.h"
#include "core/desired/desired_value.h"

#include <stdlib.h>
#include <strings.h>

/* desired_value accepts names of this many bytes; some are reserved for "-2". */
#define NAME_MAX_BYTES 64
#define NAME_SUFFIX_MAX 12

void importer_begin(struct importer *importer, struct arena *arena, struct diags *diags,
		    const char *keys_directory)
{
	struct import *import = arena_alloc(arena, sizeof(*import));
	struct desired *desired = arena_alloc(arena, sizeof(*desired));

	desired->arena = arena;
	desired->name = "";
	desired->time = desired_time_default();
	import->desired = desired;
	*importer = (struct importer){
		.arena = arena,
		.diags = diags,
		.import = import,
		.keys_directory = keys_directory,
		.path = "",
	};
}

static void remark_add(struct importer *importer, const char *text)
{
	*vec_push(importer->arena, &importer->import->remarks) = (struct remark){
		.path = importer->path, .text = text_masked(importer->arena, text)
	};
}

void import_remark(struct importer *importer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	remark_add(importer, arena_vprintf(importer->arena, format, args));
	va_end(args);
}

/* In the written file the line number refers to the old one. */
static const char *with_line(struct arena *arena, struct where where, const char *text)
{
	const char *slash = where.file ? strrchr(where.file, '/') : NULL;

	if (!where.file || !where.line)
		return text;
	return arena_printf(arena, "%s:%u: %s", slash ? slash + 1 : where.file, where.line, text);
}

void import_note(struct importer *importer, struct where where, const char *path,
		 const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(importer->arena, format, args);
	va_end(args);
	remark_add(importer, with_line(importer->arena, where, text));
	if (importer->diags)
		diag_warning(importer->diags, where, path, "%s", text);
}

void import_error(struct importer *importer, const struct import_entry *entry, const char *format,
		  ...)
{
	va_list args;

	va_start(args, format);
	diag_error(importer->diags, entry->value_where, entry->path, "%s",
		   arena_vprintf(importer->arena, format, args));
	va_end(args);
}

void import_lost(struct importer *importer, const struct import_entry *entry, const char *reason)
{
	import_note(importer, entry->where, entry->path, "not converted: %s = %s%s%s", entry->key,
		    entry->value, reason ? ": " : "", reason ? reason : "");
}

static bool same_key(const struct importer *importer, const char *a, const char *b)
{
	return (importer->any_case ? strcasecmp(a, b) : strcmp(a, b)) == 0;
}

const struct import_entry *import_entry_find(const struct importer *importer,
					     const struct import_section *section, const char *key)
{
	const struct import_entry *found = NULL;

	vec_each (entry, &section->entries) {
		if (same_key(importer, entry->key, key))
			found = entry;
	}
	return found;
}

static size_t field_index(const struct importer *importer, const struct import_field *fields,
			  const char *key)
{
	size_t i = 0;

	while (fields[i].name && !same_key(importer, fields[i].name, key))
		i++;
	return i;
}

void import_read(struct importer *importer, const struct import_section *section,
		 const struct import_field *fields, void *object)
{
	size_t fields_n = field_index(importer, fields, "");
	const struct import_entry **last = arena_alloc(
		importer->arena, (fields_n + 1) * sizeof(struct import_entry *));

	vec_each (entry, &section->entries)
		last[field_index(importer, fields, entry->key)] = entry;
	vec_each (entry, &section->entries) {
		size_t i = field_index(importer, fields, entry->key);

		if (!fields[i].name)
			import_lost(importer, entry, NULL);
		else if (!fields[i].is_list && last[i] != entry)
			import_note(importer, entry->where, entry->path,
				    "%s is given twice: the last one counts", entry->key);
		else if (fields[i].read)
			fields[i].read(importer, entry, object);
	}
}

const char *import_text(const struct source *source, struct diags *diags)
{
	const struct where whole = { .file = source->file };
	const char *text = source->text;
	size_t length = source->length;

	if (length >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		diag_error(diags, whole, NULL, "is UTF-16: save it as UTF-8");
		return NULL;
	}
	if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		length -= 3;
	}
	if (memchr(text, '\0', length)) {
		diag_error(diags, whole, NULL, "is not a text: there is a zero byte in it");
		return NULL;
	}
	return arena_strndup(diags->arena, text, length);
}

char *import_trimmed(struct arena *arena, const char *from, const char *to)
{
	static const char blanks[] = " \t\r\v\f";

	while (from < to && memchr(blanks, *from, sizeof(blanks) - 1))
		from++;
	while (from < to && memchr(blanks, to[-1], sizeof(blanks) - 1))
		to--;
	return arena_strndup(arena, from, (size_t)(to - from));
}

const char *import_item(struct arena *arena, const char **rest)
{
	static const char separators[] = ", \t\r";
	const char *item = *rest + strspn(*rest, separators);
	size_t length = strcspn(item, separators);

	*rest = item + length;
	return length ? arena_strndup(arena, item, length) : NULL;
}

bool import_number(const char *text, uint64_t max, uint64_t *number)
{
	bool hexadecimal = text[0] == '0' && (text[1] | 0x20) == 'x';
	const char *digits = hexadecimal ? text + 2 : text;
	unsigned base = hexadecimal ? 16 : 10;
	uint64_t value = 0;

	if (!*digits)
		return false;
	for (; *digits; digits++) {
		char c = *digits;
		unsigned digit = base;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		if (digit >= base)
			return false;
		value = value * base + digit;
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

/* The entry as a node of a tree, for the checks of desired-state files. */
struct entry_node {
	struct tree_node root;
	struct tree_node node;
};

static const struct tree_node *node_of(const struct import_entry *entry, struct entry_node *made)
{
	*made = (struct entry_node){
		.root = { .kind = TREE_MAPPING, .text = "" },
		.node = {
			.kind = TREE_SCALAR,
			.text = entry->value,
			.file = entry->value_where.file,
			.line = entry->value_where.line,
			.column = entry->value_where.column,
			.key_line = entry->where.line,
			.key_column = entry->where.column,
			.key = entry->path,
		},
	};
	made->node.parent = &made->root;
	return &made->node;
}

bool import_public_key(struct importer *importer, const struct import_entry *entry,
		       struct wg_key *key)
{
	struct entry_node made;

	return value_key(importer->diags, node_of(entry, &made), key);
}

bool import_secret_key(struct importer *importer, const struct import_entry *entry,
		       struct wg_key *key)
{
	if (key_parse(entry->value, key))
		return true;
	/* The value is not printed: it may be most of the key. */
	import_error(importer, entry,
		     "is not a key: give the %d characters of base64 that \"wg genkey\" and \"wg "
		     "genpsk\" print",
		     KEY_TEXT_MAX - 1);
	return false;
}

bool import_endpoint(struct importer *importer, const struct import_entry *entry,
		     struct desired_peer *peer)
{
	struct import_entry bracketed = *entry;
	const char *colon = strrchr(entry->value, ':');
	struct desired_endpoint endpoint = { 0 };
	struct entry_node made;
	struct ip ip;

	/* wg(8) splits the port at the last colon, even in an IPv6 address. */
	if (entry->value[0] != '[' && colon &&
	    ip_parse(arena_strndup(importer->arena, entry->value, (size_t)(colon - entry->value)),
		     &ip) &&
	    ip.family == FAMILY_IPV6) {
		bracketed.value = arena_printf(importer->arena, "[%.*s]%s",
					       (int)(colon - entry->value), entry->value, colon);
		import_note(importer, entry->value_where, entry->path, "%s is read as %s",
			    entry->value, bracketed.value);
	}
	if (!value_endpoint(importer->diags, node_of(&bracketed, &made), &endpoint))
		return false;
	desired_endpoint_set(peer, &endpoint);
	return true;
}

bool import_keepalive(struct importer *importer, const struct import_entry *entry,
		      uint16_t *seconds)
{
	uint64_t number = 0;

	if (strcasecmp(entry->value, "off") != 0 &&
	    !import_number(entry->value, UINT16_MAX, &number)) {
		import_error(importer, entry,
			     "\"%s\" is not a number of seconds: give 0 to %d, or off",
			     entry->value, UINT16_MAX);
		return false;
	}
	*seconds = (uint16_t)number;
	return true;
}

static void allowed_ip_add(struct importer *importer, const struct import_entry *entry,
			   const char *item, struct desired_peer *peer)
{
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	if (!prefix_parse(item, &prefix)) {
		import_error(importer, entry,
			     "\"%s\" is not an address with a prefix length: give one, such as "
			     "10.1.0.0/16 or fd00::/8",
			     item);
		return;
	}
	if (prefix_has_host_bits(&prefix)) {
		prefix = prefix_mask(prefix);
		import_note(importer, entry->value_where, entry->path,
			    "%s has bits set after its prefix length: written as %s", item,
			    prefix_text(&prefix, text));
	}
	*vec_push(importer->arena, &peer->allowed_ips) = prefix;
}

void import_allowed_ips(struct importer *importer, const struct import_entry *entry,
			struct desired_peer *peer)
{
	const char *rest = entry->value;
	const char *item;

	/* "+10.0.0.0/8" adds, which is the default in a file (wg(8)). */
	while ((item = import_item(importer->arena, &rest)))
		allowed_ip_add(importer, entry, item + (*item == '+'), peer);
}

void import_address(struct importer *importer, const struct import_entry *entry, const char *item,
		    struct desired_interface *interface)
{
	struct prefix prefix;

	if (!prefix_parse(item, &prefix)) {
		import_error(importer, entry,
			     "\"%s\" is not an address: give one, such as 10.0.0.2/24", item);
		return;
	}
	vec_each (address, &interface->addresses) {
		if (prefix_compare(&address->prefix, &prefix) == 0) {
			import_note(importer, entry->where, entry->path, "%s was given twice",
				    item);
			return;
		}
	}
	vec_push(importer->arena, &interface->addresses)->prefix = prefix;
}

void import_tidy_allowed_ips(struct importer *importer, struct where where, const char *path,
			     struct desired_peer *peer)
{
	struct prefix *prefixes = peer->allowed_ips.at;
	char text[PREFIX_TEXT_MAX];
	size_t kept = 0;

	if (peer->allowed_ips.n < 2)
		return;
	qsort(prefixes, peer->allowed_ips.n, sizeof(*prefixes), prefix_order);
	for (size_t i = 1; i < peer->allowed_ips.n; i++) {
		if (prefix_compare(&prefixes[kept], &prefixes[i]))
			prefixes[++kept] = prefixes[i];
		else
			import_note(importer, where, path, "%s was given twice",
				    prefix_text(&prefixes[i], text));
	}
	peer->allowed_ips.n = kept + 1;
}

/* File names are limited to characters valid on every file system. */
static char *file_name_safe(struct arena *arena, const char *name)
{
	char *safe = arena_strdup(arena, name);

	for (char *c = safe; *c; c++) {
		bool letter = (*c | 0x20) >= 'a' && (*c | 0x20) <= 'z';

		if (!letter && !(*c >= '0' && *c <= '9') && !strchr("_.=+-", *c))
			*c = '_';
	}
	return safe;
}

const char *import_secret(struct importer *importer, const struct wg_key *key, const char *device,
			  const char *peer, const char *suffix)
{
	const char *directory = importer->keys_directory;
	size_t length = strlen(directory);
	const char *name = arena_printf(importer->arena, "%s%s%s", device, peer ? "-" : "",
					peer ? file_name_safe(importer->arena, peer) : "");
	const char *file;

	name = import_name_take(importer->arena, &importer->files, name);
	file = arena_printf(importer->arena, "%s%s%s%s", directory,
			    length && directory[length - 1] != '/' ? "/" : "", name, suffix);
	*vec_push(importer->arena,
		  &importer->import->secrets) = (struct import_secret){ .file = file, .key = *key };
	return file;
}

bool import_name_is_taken(const struct import_names *names, const char *name)
{
	size_t place = vec_place(&names->list, &name, text_order);

	return place < names->list.n && !strcmp(names->list.at[place], name);
}

const char *import_name_take(struct arena *arena, struct import_names *names, const char *wanted)
{
	const char *name = wanted;

	for (unsigned number = 2; import_name_is_taken(names, name); number++)
		name = arena_printf(arena, "%s-%u", wanted, number);
	*vec_insert(arena, &names->list, vec_place(&names->list, &name, text_order)) = name;
	return name;
}

const char *import_name_safe(struct arena *arena, const char *text)
{
	char *name = arena_strdup(arena, text);
	size_t length = strlen(name);

	if (text_holds_key(text))
		return NULL;
	if (length > NAME_MAX_BYTES - NAME_SUFFIX_MAX)
		length = NAME_MAX_BYTES - NAME_SUFFIX_MAX;
	/* Not in the middle of a character. */
	while (length && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	name[length] = '\0';
	for (char *c = name; *c; c++) {
		if (*c == '/' || (unsigned char)*c <= ' ' || *c == 0x7f)
			*c = '_';
	}
	/* The remaining bytes to escape are not UTF-8. */
	if (text_printable(arena, name) != name) {
		for (char *c = name; *c; c++) {
			if ((unsigned char)*c >= 0x80)
				*c = '_';
		}
	}
	return *name ? name : NULL;
}

bool import_mtu_is_possible(const struct desired_interface *interface, uint64_t mtu)
{
	if (mtu < MTU_MIN || mtu > MTU_MAX)
		return false;
	vec_each (address, &interface->addresses) {
		if (address->prefix.ip.family == FAMILY_IPV6 && mtu < IPV6_MTU_MIN)
			return false;
	}
	return true;
}

struct desired_interface *import_interface_add(struct importer *importer, const char *name)
{
	struct desired_interface *interface = vec_push(importer->arena,
						       &importer->import->desired->interfaces);

	*interface = desired_interface_default();
	interface->name = arena_strdup(importer->arena, name);
	return interface;
}
