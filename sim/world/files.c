/* SPDX-License-Identifier: MIT */
/*
 * Files are opened below the node's root as if it were ours (RESOLVE_IN_ROOT): a symbolic
 * link to /run/x refers to the node's /run, never to this machine's.
 */
#include "world_parts.h"

#include "scenario/tree_write.h"
#include "scenario/wireguard_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESIRED "etc/wgreconcile/default.yaml"
/* wgreconcile's own limit of nesting is lower; deeper levels are unchanged. */
#define DEPTH_MAX 64

int file_open(const struct world_node *node, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE)
		how.mode = 0644;
	return (int)syscall(SYS_openat2, node->root, path, &how, sizeof(how));
}

/* Opens the directory of a path, and creates missing parts. */
static int directory_open(const struct world_node *node, const char *path)
{
	struct arena *arena = arena_new();
	int at = file_open(node, ".", O_PATH | O_DIRECTORY);

	for (const char *slash = strchr(path, '/'); slash && at >= 0;
	     slash = strchr(slash + 1, '/')) {
		const char *prefix = arena_strndup(arena, path, (size_t)(slash - path));
		const char *last = strrchr(prefix, '/') ? strrchr(prefix, '/') + 1 : prefix;

		if (mkdirat(at, last, 0755) < 0 && errno != EEXIST) {
			close(at);
			at = -1;
			break;
		}
		close(at);
		at = file_open(node, prefix, O_PATH | O_DIRECTORY);
	}
	arena_free(arena);
	return at;
}

static bool write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

/* Under another name first: a reader sees the old file or the new one, and an existing
 * symbolic link is replaced, not followed. */
static bool write_in(int directory, const char *name, const char *text, size_t length, mode_t mode)
{
	const char *const other = ".wgsim-new";
	int fd = openat(directory, other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			mode);
	bool done;

	if (fd < 0)
		return false;
	done = fchmod(fd, mode) == 0 && write_all(fd, text, length);
	if (close(fd) < 0 || !done)
		return false;
	return renameat(directory, other, directory, name) == 0;
}

bool file_write(const struct world_node *node, const char *path, const char *text, size_t length,
		mode_t mode, struct failure *failure)
{
	const char *slash = strrchr(path, '/');
	int directory = directory_open(node, path);
	bool done = directory >= 0 &&
		    write_in(directory, slash ? slash + 1 : path, text, length, mode);

	if (!done)
		failure_set(failure, errno, "%s: /%s", node->node->name, path);
	if (directory >= 0)
		close(directory);
	return done;
}

bool files_program(const struct world *world, const struct world_node *node,
		   struct failure *failure)
{
	int directory = directory_open(node, "run/wgsim/wgreconcile");
	bool done = directory >= 0 &&
		    symlinkat(world->options.program, directory, "wgreconcile") == 0;

	if (!done)
		failure_set(failure, errno, "%s: /run/wgsim/wgreconcile", node->node->name);
	if (directory >= 0)
		close(directory);
	return done;
}

static bool remove_entry(int directory, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	return unlinkat(directory, name, 0) == 0 || errno == ENOENT;
}

bool directory_empty(const struct world_node *node, const char *path, struct failure *failure)
{
	int fd = file_open(node, path, O_RDONLY | O_DIRECTORY);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool done = directory;

	while (done && (entry = readdir(directory)))
		done = remove_entry(dirfd(directory), entry->d_name);
	if (!done)
		failure_set(failure, errno, "%s: /%s", node->node->name, path);
	if (directory)
		closedir(directory);
	else if (fd >= 0)
		close(fd);
	return done;
}

/* ---- Keys and the desired state ---- */

bool files_key(struct world *world, struct world_node *node, const char *interface,
	       unsigned generation, struct failure *failure)
{
	struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "etc/wgreconcile/%s.key", interface);
	struct wg_key key;
	char text[KEY_TEXT_MAX];
	bool done;

	if (!wireguard_key(world->scenario->seed, node->node->name, interface, generation, &key,
			   NULL)) {
		arena_free(arena);
		return failure_set(failure, 0, "libsodium makes no key");
	}
	key_text(&key, text);
	text[KEY_TEXT_MAX - 1] = '\n';
	done = file_write(node, path, text, KEY_TEXT_MAX, 0600, failure);
	sodium_memzero(&key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	arena_free(arena);
	return done;
}

static bool has_key(const struct world_node *node, const char *interface, struct arena *arena)
{
	const char *path = arena_printf(arena, "etc/wgreconcile/%s.key", interface);
	int fd = file_open(node, path, O_PATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void say_implementation(struct arena *arena, struct tree_node *interface,
			       enum implementation implementation)
{
	struct tree_node *said;

	if (interface->kind != TREE_MAPPING || tree_get(interface, "implementation"))
		return;
	said = arena_alloc(arena, sizeof(*said));
	said->kind = TREE_SCALAR;
	said->plain = true;
	said->key = "implementation";
	said->text = implementation_word(implementation);
	said->file = interface->file;
	tree_append(interface, said);
}

/* The interfaces of a desired state; NULL if the text is invalid, because invalid ones are
 * pushed, too. */
static struct tree_node *interfaces_of(const char *text, struct arena *arena,
				       struct tree_node **tree)
{
	struct diags diags = { .arena = arena };

	*tree = tree_parse("default.yaml", text, strlen(text), DEPTH_MAX, arena, &diags);
	return *tree ? (struct tree_node *)tree_get(*tree, "interfaces") : NULL;
}

/* If all interfaces declare their implementation, or need not, the text is unchanged. */
static const char *with_implementation(struct tree_node *tree, const char *text,
				       struct tree_node *interfaces,
				       enum implementation implementation, struct arena *arena)
{
	if (implementation == IMPLEMENTATION_KERNEL)
		return text;
	for (struct tree_node *interface = interfaces->first; interface;
	     interface = interface->next)
		say_implementation(arena, interface, implementation);
	return tree_write(arena, tree);
}

static bool keys_install(struct world *world, struct world_node *node,
			 const struct tree_node *interfaces, struct arena *arena,
			 struct failure *failure)
{
	for (const struct tree_node *interface = interfaces->first; interface;
	     interface = interface->next) {
		if (interface->key && interface_name_valid(interface->key) &&
		    !has_key(node, interface->key, arena) &&
		    !files_key(world, node, interface->key, 0, failure))
			return false;
	}
	return true;
}

bool files_desire(struct world *world, struct world_node *node, const char *text,
		  struct failure *failure)
{
	struct arena *arena = arena_new();
	struct tree_node *tree;
	struct tree_node *interfaces = interfaces_of(text, arena, &tree);
	bool done = true;

	if (interfaces && interfaces->kind == TREE_MAPPING) {
		done = keys_install(world, node, interfaces, arena, failure);
		text = with_implementation(tree, text, interfaces, world->options.wireguard, arena);
	}
	done = done && file_write(node, DESIRED, text, strlen(text), 0644, failure);
	arena_free(arena);
	return done;
}

/* ---- At the start ---- */

static bool hosts_install(struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	char text[IP_TEXT_MAX];
	bool done;

	buffer_printf(&script, "127.0.0.1 localhost\n::1 localhost\n");
	vec_each (host, &node->node->hosts) {
		vec_each (address, &host->addresses)
			buffer_printf(&script, "%s %s\n", ip_text(address, text), host->name);
	}
	done = file_write(node, "etc/hosts", script.text, script.n, 0644, failure);
	arena_free(arena);
	return done;
}

static bool resolvers_install(struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	char text[IP_TEXT_MAX];
	bool done;

	vec_each (resolver, &node->node->resolvers)
		buffer_printf(&script, "nameserver %s\n", ip_text(resolver, text));
	buffer_printf(&script, "options timeout:1 attempts:1\n");
	done = file_write(node, "etc/resolv.conf", script.text, script.n, 0644, failure);
	arena_free(arena);
	return done;
}

static bool given_install(struct world_node *node, struct failure *failure)
{
	struct arena *arena = arena_new();
	bool done = true;

	vec_each (file, &node->node->files) {
		const char *path = arena_printf(arena, "etc/%s", file->path);

		done = done &&
		       file_write(node, path, file->text, strlen(file->text), 0644, failure);
	}
	arena_free(arena);
	return done;
}

bool files_install(struct world *world, struct world_node *node, struct failure *failure)
{
	const char *desired = node->node->desired;

	vec_each (interface, &node->node->wireguard) {
		if (!files_key(world, node, *interface, 0, failure))
			return false;
	}
	return hosts_install(node, failure) && resolvers_install(node, failure) &&
	       given_install(node, failure) &&
	       (!desired || files_desire(world, node, desired, failure));
}
