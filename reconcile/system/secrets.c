/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "private_file.h"
#include "secrets.h"

/* Neither a pipe nor a terminal that is named as a key file can hold us up. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static const char *file_fault(int file, struct arena *arena)
{
	struct stat status;

	if (fstat(file, &status))
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (!private_owner(&status))
		return arena_printf(arena, "belongs to user %u, should be root's: chown root it",
				    status.st_uid);
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return arena_printf(arena,
				    "mode %04o gives it to others, should be 0600: chmod 600 it",
				    status.st_mode & 07777u);
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

/* The key in an open file; NULL, or what is wrong with it. */
static const char *key_read(int file, struct wg_key *key, struct arena *arena)
{
	const char *fault = file_fault(file, arena);
	char content[KEY_TEXT_MAX + 8];
	size_t length = 0;
	ssize_t n = 1;

	while (!fault && n > 0 && length < sizeof(content) - 1) {
		n = read(file, content + length, sizeof(content) - 1 - length);
		if (n > 0)
			length += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			fault = strerror(errno);
	}
	if (!fault)
		fault = content_parse(content, length, key);
	if (fault)
		explicit_bzero(key, sizeof(*key));
	explicit_bzero(content, sizeof(content));
	return fault;
}

/* name as seen from the directory of the file that names it. */
static const char *path_from(const char *yaml, const char *name, struct arena *arena)
{
	const char *slash = yaml ? strrchr(yaml, '/') : NULL;

	if (name[0] == '/' || !slash)
		return name;
	return arena_printf(arena, "%.*s%s", (int)(slash - yaml + 1), yaml, name);
}

static void file_read(struct diags *diags, struct where where, const char *place, const char *name,
		      struct wg_key *key)
{
	const char *path = path_from(where.file, name, diags->arena);
	int file = open(path, OPEN_FLAGS);
	const char *fault;

	if (file < 0) {
		diag_error(diags, where, place, "%s: %s", path, strerror(errno));
		return;
	}
	fault = key_read(file, key, diags->arena);
	close(file);
	if (fault)
		diag_error(diags, where, place, "%s: %s", path, fault);
}

/* The kernel clamps a private key when it is set, and shows it clamped: so must we
 * compare it. curve25519_clamp_secret(), include/crypto/curve25519.h in Linux. */
static void private_key_clamp(struct wg_key *key)
{
	if (key_is_zero(key))
		return;
	key->b[0] &= 248;
	key->b[31] = (key->b[31] & 127) | 64;
}

static void peer_read(struct diags *diags, const char *parent, struct desired_peer *peer)
{
	if (!peer->preshared_key_file)
		return;
	file_read(diags, peer->where,
		  arena_printf(diags->arena, "%s.peers.%s.preshared_key_file", parent, peer->name),
		  peer->preshared_key_file, &peer->preshared_key);
}

static void interface_read(struct diags *diags, struct desired_interface *interface)
{
	const char *place = arena_printf(diags->arena, "interfaces.%s", interface->name);

	if (interface->private_key_file)
		file_read(diags, interface->where,
			  arena_printf(diags->arena, "%s.private_key_file", place),
			  interface->private_key_file, &interface->private_key);
	private_key_clamp(&interface->private_key);
	vec_each (peer, &interface->peers)
		peer_read(diags, place, peer);
}

void secrets_read(struct desired *desired, struct diags *diags)
{
	vec_each (interface, &desired->interfaces)
		interface_read(diags, interface);
	vec_each (selector, &desired->selectors) {
		const char *place = arena_printf(diags->arena, "selectors.%s", selector->name);

		vec_each (peer, &selector->peers)
			peer_read(diags, place, peer);
	}
}

void secrets_protect_process(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
		fprintf(stderr, "wgreconcile: keys may get into a core dump: %s\n",
			strerror(errno));
}

/* NULL when directory/name, which exists already, holds key. */
static const char *existing_error(int at, const char *directory, const char *name,
				  const struct wg_key *key, struct arena *arena)
{
	int file = openat(at, name, OPEN_FLAGS | O_NOFOLLOW);
	const char *fault;
	struct wg_key other;

	if (file < 0)
		return private_file_error(directory, name, arena);
	fault = key_read(file, &other, arena);
	close(file);
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
