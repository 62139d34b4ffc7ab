/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/os/private_file.h"
#include "secrets.h"
#include "system/wireguard/key_public.h"

#include <stdlib.h>

/* The directory of LoadCredential= files: specific to the unit, readable for the group in
 * systemd 254 and later (systemd.exec(5)). */
#define CREDENTIALS "/run/credentials/"

/* A key that came through a pipe, which can be read once, kept for later runs. */
struct piped {
	struct piped *next;
	struct wg_key key;
	char path[];
};

static struct piped *piped_keys;

/* A pipe or terminal named as a key file cannot block. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static struct piped *piped_find(const char *path)
{
	for (struct piped *piped = piped_keys; piped; piped = piped->next)
		if (!strcmp(piped->path, path))
			return piped;
	return NULL;
}

static void piped_keep(const char *path, const struct wg_key *key)
{
	struct piped *piped = piped_find(path);
	size_t length = strlen(path) + 1;

	if (!piped) {
		piped = memory_take(sizeof(*piped) + length);
		memcpy(piped->path, path, length);
		piped->next = piped_keys;
		piped_keys = piped;
	}
	piped->key = *key;
}

static bool is_credential(const char *path)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	size_t length = directory ? strlen(directory) : 0;

	if (!strncmp(path, CREDENTIALS, strlen(CREDENTIALS)))
		return true;
	return length && !strncmp(path, directory, length) && path[length] == '/';
}

static const char *file_fault(const struct stat *status, mode_t refused, struct arena *arena)
{
	if (!S_ISREG(status->st_mode) && !S_ISFIFO(status->st_mode))
		return "not a regular file or a pipe";
	if (!private_owner(status))
		return arena_printf(arena, "belongs to user %u, should be root's: chown root it",
				    status->st_uid);
	if (status->st_mode & refused)
		return arena_printf(arena, "mode %04o is too permissive: chmod 600 it",
				    status->st_mode & 07777u);
	return NULL;
}

/* Its one line, and the newline if there is one. */
static const char *content_parse(char *content, size_t length, struct wg_key *key)
{
	while (length && (content[length - 1] == '\n' || content[length - 1] == '\r'))
		length--;
	content[length] = '\0';
	if (strlen(content) != length || !key_parse(content, key))
		return "holds no key, should be one line of 44 characters as wg genkey prints it";
	if (key_is_zero(key))
		return "holds a key of zeros, which stands for no key";
	return NULL;
}

/* Waits until the pipe has data, or its other end was closed. */
static bool pipe_ready(int file, const struct deadline *deadline)
{
	struct pollfd ready = { .fd = file, .events = POLLIN };
	int n;

	do {
		n = poll(&ready, 1, deadline_left(deadline));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* An open file of a key. */
struct key_file {
	int file;
	const struct deadline *deadline; /* for pipe data; NULL: no pipe */
	mode_t refused; /* bits of its mode */
};

/* The key in an open file; NULL, or an error. *length: of the data read. */
static const char *key_read(const struct key_file *from, struct wg_key *key, size_t *length_read,
			    struct arena *arena)
{
	char content[KEY_TEXT_MAX + 8];
	struct stat status;
	const char *fault = fstat(from->file, &status) ? strerror(errno)
						       : file_fault(&status, from->refused, arena);
	bool is_pipe = !fault && S_ISFIFO(status.st_mode);
	size_t length = 0;
	ssize_t n = 1;

	if (is_pipe && !from->deadline)
		fault = "not a regular file";
	while (!fault && n > 0 && length < sizeof(content) - 1) {
		if (is_pipe && !pipe_ready(from->file, from->deadline)) {
			fault = "no key came through this pipe before the deadline";
			break;
		}
		n = read(from->file, content + length, sizeof(content) - 1 - length);
		if (n > 0)
			length += (size_t)n;
		else if (n < 0 && (errno == EINTR || (is_pipe && errno == EAGAIN)))
			n = 1;
		else if (n < 0)
			fault = strerror(errno);
	}
	*length_read = length;
	if (!fault)
		fault = content_parse(content, length, key);
	if (fault)
		explicit_bzero(key, sizeof(*key));
	explicit_bzero(content, sizeof(content));
	return fault;
}

/* name relative to the directory of the file that names it. */
static const char *path_from(const char *yaml, const char *name, struct arena *arena)
{
	const char *slash = yaml ? strrchr(yaml, '/') : NULL;

	if (name[0] == '/' || !slash)
		return name;
	return arena_printf(arena, "%.*s%s", (int)(slash - yaml + 1), yaml, name);
}

/* Context for reading keys. */
struct reading {
	struct diags *diags;
	const struct deadline *deadline;
};

/* Opening it would make the other end write the key to no reader. */
static bool is_pipe_at(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* An empty pipe yields the key read by an earlier run of this process. */
static const char *path_read(const char *path, const struct deadline *deadline, struct wg_key *key,
			     struct arena *arena)
{
	struct piped *piped = piped_find(path);
	const struct deadline at_once = { 0 };
	struct key_file from = {
		.deadline = piped ? &at_once : deadline,
		.refused = S_IRWXO | (is_credential(path) ? S_IWGRP | S_IXGRP : S_IRWXG),
	};
	struct stat status;
	const char *fault;
	size_t length;

	if (!from.deadline && is_pipe_at(path))
		return "is a pipe, which is not read now";
	from.file = open(path, OPEN_FLAGS);
	if (from.file < 0)
		return strerror(errno);
	fault = key_read(&from, key, &length, arena);
	if (fault && piped && length == 0) {
		*key = piped->key;
		fault = NULL;
	} else if (!fault && !fstat(from.file, &status) && S_ISFIFO(status.st_mode)) {
		piped_keep(path, key);
	}
	close(from.file);
	return fault;
}

static void file_read(const struct reading *reading, struct where where, const char *place,
		      const char *name, struct wg_key *key)
{
	struct diags *diags = reading->diags;
	const char *path = path_from(where.file, name, diags->arena);
	const char *fault = path_read(path, reading->deadline, key, diags->arena);

	if (fault)
		diag_error(diags, where, place, "%s: %s", path, fault);
}

/* The kernel clamps a private key when it is set, and reports it clamped: so it must be
 * compared clamped. curve25519_clamp_secret(), include/crypto/curve25519.h in Linux. */
static void private_key_clamp(struct wg_key *key)
{
	if (key_is_zero(key))
		return;
	key->b[0] &= 248;
	key->b[31] = (key->b[31] & 127) | 64;
}

static void peer_read(const struct reading *reading, const char *parent, struct desired_peer *peer)
{
	if (!peer->preshared_key_file)
		return;
	file_read(reading, peer->key_file_where,
		  arena_printf(reading->diags->arena, "%s.peers.%s.preshared_key_file", parent,
			       peer->name),
		  peer->preshared_key_file, &peer->preshared_key);
}

static void interface_read(const struct reading *reading, struct desired_interface *interface)
{
	struct arena *arena = reading->diags->arena;
	const char *place = arena_printf(arena, "interfaces.%s", interface->name);

	if (interface->private_key_file)
		file_read(reading, interface->key_file_where,
			  arena_printf(arena, "%s.private_key_file", place),
			  interface->private_key_file, &interface->private_key);
	private_key_clamp(&interface->private_key);
	key_public(&interface->private_key, &interface->public_key);
	vec_each (peer, &interface->peers)
		peer_read(reading, place, peer);
}

void secrets_read(struct desired *desired, struct diags *diags, const struct deadline *deadline)
{
	const struct reading reading = { diags, deadline };

	vec_each (interface, &desired->interfaces)
		interface_read(&reading, interface);
	vec_each (selector, &desired->selectors) {
		const char *place = arena_printf(diags->arena, "selectors.%s", selector->name);

		vec_each (peer, &selector->peers)
			peer_read(&reading, place, peer);
	}
}

void secrets_protect_process(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
		fprintf(stderr, "wgreconcile: keys may get into a core dump: %s\n",
			strerror(errno));
}

/* NULL when directory/name, which already exists, has key. */
static const char *existing_error(int at, const char *directory, const char *name,
				  const struct wg_key *key, struct arena *arena)
{
	struct key_file from = { .file = openat(at, name, OPEN_FLAGS | O_NOFOLLOW),
				 .refused = S_IRWXG | S_IRWXO };
	const char *fault;
	struct wg_key other;
	size_t length;

	if (from.file < 0)
		return private_file_error(directory, name, arena);
	fault = key_read(&from, &other, &length, arena);
	close(from.file);
	if (!fault && key_compare(&other, key) != 0)
		fault = "holds another key, which is kept: move it away or choose another name";
	explicit_bzero(&other, sizeof(other));
	return fault ? arena_printf(arena, "%s/%s: %s", directory, name, fault) : NULL;
}

const char *secrets_write(const char *directory, const char *name, const struct wg_key *key,
			  struct arena *arena)
{
	char text[KEY_TEXT_MAX + 1];
	const char *error;
	int at;

	if (!private_name_valid(name))
		return arena_printf(arena, "'%s' cannot name a key file", name);
	at = private_directory_open(directory, true, arena, &error);
	if (at < 0)
		return error;
	key_text(key, text);
	text[KEY_TEXT_MAX - 1] = '\n';
	if (private_file_make(at, name, text, KEY_TEXT_MAX, true))
		error = private_directory_sync(at) ? NULL
						   : private_file_error(directory, "", arena);
	else if (errno == EEXIST)
		error = existing_error(at, directory, name, key, arena);
	else
		error = private_file_error(directory, name, arena);
	explicit_bzero(text, sizeof(text));
	close(at);
	return error;
}
