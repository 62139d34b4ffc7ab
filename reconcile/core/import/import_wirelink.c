/* SPDX-License-Identifier: MIT */
/*
 * wirelink's files, with wg-quick(8)'s of the same interfaces. Facts about them are from
 * wirelink: config/server-data.go, config/peer-data.go, trust/trust.go. wirelink reads keys
 * in any case and converts scalars, so that "true" is true.
 */
#include "import_wirelink_parts.h"

#include "base/yaml/yaml_join.h"

#include <stdlib.h>
#include <strings.h>

/* ---- One file as sections ---- */

/* Other formats that wirelink reads (viper's). */
static bool is_other_format(const char *file)
{
	static const char *const suffixes[] = { ".toml", ".ini",	".hcl",
						".env",	 ".properties", ".props" };
	const char *suffix = file ? strrchr(file, '.') : NULL;

	for (size_t i = 0; suffix && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (!strcasecmp(suffix, suffixes[i]))
			return true;
	}
	return false;
}

/* The root; NULL after an error, or if there is nothing. */
static const struct tree_node *tree_of(const struct source *source, struct diags *diags)
{
	const char *text;
	struct tree_node *root;

	if (is_other_format(source->file)) {
		diag_error(diags, (struct where){ .file = source->file }, NULL,
			   "is neither JSON nor YAML: give what \"wirelink --dump --iface "
			   "INTERFACE\" prints, which is JSON");
		return NULL;
	}
	text = import_text(source, diags);
	if (!text)
		return NULL;
	root = tree_parse(source->file, text, strlen(text), SOURCE_DEPTH_MAX, diags->arena, diags);
	return root ? tree_join(&root, 1, NULL, diags) : NULL;
}

static void add_entry(struct diags *diags, const struct tree_node *node, const char *key,
		      struct import_section *section)
{
	if (node->kind != TREE_SCALAR)
		tree_error(diags, node, "is %s: give a single value",
			   tree_shown(diags->arena, node));
	else if (!tree_is_empty(node))
		*vec_push(diags->arena, &section->entries) = (struct import_entry){
			.key = key,
			.value = node->text,
			.path = tree_path(diags->arena, node),
			.where = tree_key_where(node),
			.value_where = tree_where(node),
		};
}

/* A list is one entry for each item. Returns the list of peers. */
static const struct tree_node *section_of(struct diags *diags, const struct tree_node *node,
					  struct import_section *section)
{
	const struct tree_node *peers = NULL;

	section->where = tree_where(node);
	for (const struct tree_node *child = node->first; child; child = child->next) {
		if (!node->parent && !strcasecmp(child->key, "peers"))
			peers = child;
		else if (child->kind != TREE_LIST)
			add_entry(diags, child, child->key, section);
		else
			for (const struct tree_node *item = child->first; item; item = item->next)
				add_entry(diags, item, child->key, section);
	}
	return peers;
}

static void read_sections(struct link_file *file, const struct tree_node *root, struct diags *diags)
{
	const struct tree_node *peers = section_of(diags, root, &file->settings);

	if (!peers || tree_is_empty(peers))
		return;
	if (peers->kind != TREE_LIST) {
		tree_error(diags, peers, "is %s: give a list of peers",
			   tree_shown(diags->arena, peers));
		return;
	}
	for (const struct tree_node *node = peers->first; node; node = node->next) {
		if (node->kind != TREE_MAPPING)
			tree_error(diags, node, "is %s: give a peer, such as {PublicKey: ...}",
				   tree_shown(diags->arena, node));
		else
			section_of(diags, node, vec_push(diags->arena, &file->sections.list));
	}
}

/* ---- Names for wg-quick's peers ---- */

static void collect_hints(struct importer *importer, const struct link_file *file,
			  struct import_hints *hints)
{
	vec_each (section, &file->sections.list) {
		const struct import_entry *key, *name;
		struct import_named named = {
			.interface = file->interface,
			.order = hints->list.n,
		};

		key = import_entry_find(importer, section, "PublicKey");
		name = import_entry_find(importer, section, "Name");
		if (!key || !name || !key_parse(key->value, &named.key))
			continue;
		named.name = import_name_safe(importer->arena, name->value);
		if (named.name)
			*vec_push(importer->arena, &hints->list) = named;
	}
}

/* ---- All files ---- */

static struct import *read_quick(const struct import_wirelink_file *files, size_t n,
				 const char *keys_directory, const struct import_hints *hints,
				 struct diags *diags)
{
	struct source *sources = arena_alloc(diags->arena, n * sizeof(*sources));
	const char **interfaces = arena_alloc(diags->arena, n * sizeof(*interfaces));
	size_t quick_n = 0;

	for (size_t i = 0; i < n; i++) {
		if (!files[i].quick.text)
			continue;
		sources[quick_n] = files[i].quick;
		interfaces[quick_n++] = files[i].interface;
	}
	return import_wg_quick_named(sources, interfaces, quick_n, keys_directory, hints, diags);
}

static struct desired_interface *interface_for(struct importer *importer, struct link_file *file)
{
	const struct desired_interface *found = desired_interface_find(importer->import->desired,
								       file->interface);

	importer->path = arena_printf(importer->arena, "interfaces.%s", file->interface);
	if (found)
		return &importer->import->desired->interfaces
				.at[found - importer->import->desired->interfaces.at];
	import_note(importer, (struct where){ .file = file->source->file }, NULL,
		    "there is no %s.conf of wg-quick: the interface has neither private key nor "
		    "addresses here, so give that file, too, or declare them",
		    file->interface);
	return import_interface_add(importer, file->interface);
}

static void parse_files(struct importer *importer, const struct import_wirelink_file *files,
			struct link_file *parsed, size_t n, struct import_hints *hints)
{
	for (size_t i = 0; i < n; i++) {
		const struct tree_node *root = tree_of(&files[i].source, importer->diags);

		parsed[i].source = &files[i].source;
		parsed[i].interface = files[i].interface;
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(files[i].interface, files[j].interface))
				diag_error(importer->diags,
					   (struct where){ .file = files[i].source.file }, NULL,
					   "another file is for an interface %s, too",
					   files[i].interface);
		}
		if (root)
			read_sections(&parsed[i], root, importer->diags);
		collect_hints(importer, &parsed[i], hints);
	}
	if (hints->list.n)
		qsort(hints->list.at, hints->list.n, sizeof(*hints->list.at), import_named_order);
}

struct import *
import_wirelink(const struct import_wirelink_file *files, size_t n, const char *keys_directory,
		void (*key_public)(const struct wg_key *private_key, struct wg_key *public_key),
		struct diags *diags)
{
	struct link_file *parsed = arena_alloc(diags->arena, n * sizeof(*parsed));
	unsigned errors = diags->errors;
	struct import_hints hints = { 0 };
	struct importer importer;

	importer_begin(&importer, diags->arena, diags, keys_directory);
	importer.any_case = true;
	parse_files(&importer, files, parsed, n, &hints);
	importer.import = read_quick(files, n, keys_directory, &hints, diags);
	if (!importer.import || diags->errors != errors)
		return NULL;
	for (size_t i = 0; i < n; i++)
		import_wirelink_apply(&importer, &parsed[i], interface_for(&importer, &parsed[i]),
				      key_public);
	return diags->errors == errors ? importer.import : NULL;
}
