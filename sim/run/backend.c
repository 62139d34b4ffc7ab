/* SPDX-License-Identifier: MIT */
#include "backend.h"

#include "base/os/child.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where make install puts sim/. */
#ifndef SIMDIR
#define SIMDIR "/usr/local/share/wgsim"
#endif

/* Time limit for checking this machine's kernel. */
#define ASK_MS 5000
/* build/wgsim and build/NAME/wgsim belong to the tree around build. */
#define TREE_ABOVE 3

static const enum backend backends[] = {
	BACKEND_TIME_TRAVEL,
	BACKEND_GUEST,
	BACKEND_KERNEL,
	BACKEND_USERSPACE,
};

#define BACKENDS_N (sizeof(backends) / sizeof(backends[0]))

bool backend_parse(const char *word, enum backend *backend)
{
	for (size_t i = 0; i < BACKENDS_N; i++) {
		if (strcmp(backend_word(backends[i]), word) == 0) {
			*backend = backends[i];
			return true;
		}
	}
	return false;
}

const char *const *backend_names(struct arena *arena)
{
	VEC(const char *) names = { 0 };

	*vec_push(arena, &names) = "auto";
	for (size_t i = 0; i < BACKENDS_N; i++)
		*vec_push(arena, &names) = backend_word(backends[i]);
	*vec_push(arena, &names) = NULL;
	return names.at;
}

bool backend_in_guest(enum backend backend)
{
	return backend == BACKEND_TIME_TRAVEL || backend == BACKEND_GUEST;
}

bool backend_in_real_time(enum backend backend)
{
	return backend != BACKEND_TIME_TRAVEL;
}

/* ---- Programs ---- */

static const char *own_path(struct arena *arena)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return length > 0 ? arena_strndup(arena, path, (size_t)length) : NULL;
}

/* "/a/b" of "/a/b/c"; "" of "/c". */
static const char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(arena, path, slash ? (size_t)(slash - path) : 0);
}

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static const char *in_path(struct arena *arena, const char *name)
{
	const char *path = getenv("PATH");

	for (const char *at = path ? path : ""; *at; at += strspn(at, ":")) {
		size_t length = strcspn(at, ":");
		const char *file = arena_printf(arena, "%.*s/%s", (int)length, at, name);

		if (length && is_program(file))
			return file;
		at += length;
	}
	return NULL;
}

/* A simulation must not depend on the current directory. */
static const char *absolute(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL);
	const char *copy;

	if (!real)
		return path;
	copy = arena_strdup(arena, real);
	free(real);
	return copy;
}

static const char *find_program(struct arena *arena, const char *self, const char *given)
{
	const char *beside = arena_printf(arena, "%s/wgreconcile", directory_of(arena, self));

	if (given)
		return strchr(given, '/') || is_program(given) ? given : in_path(arena, given);
	return is_program(beside) ? beside : in_path(arena, "wgreconcile");
}

static const char *guest_in(struct arena *arena, const char *directory)
{
	const char *guest = arena_printf(arena, "%s/guest.sh", directory);

	return access(guest, R_OK) == 0 ? guest : NULL;
}

static const char *find_guest(struct arena *arena, const char *self)
{
	const char *given = getenv("WGSIM_DATA");
	const char *directory = directory_of(arena, self);

	if (given && *given)
		return guest_in(arena, given);
	for (int i = 0; i < TREE_ABOVE && *directory; i++) {
		const char *guest;

		directory = directory_of(arena, directory);
		guest = guest_in(arena, arena_printf(arena, "%s/sim", directory));
		if (guest)
			return guest;
	}
	return guest_in(arena, SIMDIR);
}

static const char *tools_find(struct tools *tools, const char *program, struct arena *arena)
{
	*tools = (struct tools){ .self = own_path(arena) };
	if (!tools->self)
		return "/proc/self/exe cannot be read: is /proc mounted?";
	tools->guest = find_guest(arena, tools->self);
	tools->program = find_program(arena, tools->self, program);
	if (!tools->program && !program)
		return "there is no wgreconcile, neither beside wgsim nor in PATH; name it with "
		       "--program";
	if (!tools->program || !is_program(tools->program))
		return text_printable(arena, arena_printf(arena, "%s is not a program", program));
	tools->program = absolute(arena, tools->program);
	return NULL;
}

/* ---- Features of this machine ---- */

/* Whether the program, without output, ends with status 0. */
static bool succeeds(const char *const *argv)
{
	const struct child_program program = { .argv = argv };
	struct deadline deadline = deadline_in(ASK_MS);
	struct failure failure;
	struct child child;
	siginfo_t end;
	bool done;

	if (!child_start(&child, &program, &deadline, &failure))
		return false;
	done = child_wait(&child, &deadline, &end) && child_succeeded(&child, &end, &failure);
	child_kill(&child);
	return done;
}

static bool has_wireguard(void)
{
	static const char *const argv[] = { "unshare", "--net", "ip",	     "link", "add",
					    "wg0",     "type",	"wireguard", NULL };

	return succeeds(argv);
}

static bool has_netem(void)
{
	static const char *const argv[] = { "unshare", "--net", "tc",	 "qdisc", "add", "dev",
					    "lo",      "root",	"netem", "delay", "1ms", NULL };

	return succeeds(argv);
}

static bool has_kernel(const struct tools *tools, struct arena *arena)
{
	const char *build = arena_printf(arena, "%s/kernel/build.sh",
					 directory_of(arena, tools->guest));
	const char *const argv[] = { "sh", build, "--path", NULL };

	return succeeds(argv);
}

/* Its progress is shown to the user. */
static const char *build_kernel(const struct tools *tools, struct arena *arena)
{
	const char *build = arena_printf(arena, "%s/kernel/build.sh",
					 directory_of(arena, tools->guest));
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return arena_printf(arena, "fork: %s", strerror(errno));
	if (pid == 0) {
		/* What it prints on standard output is the kernel's path. */
		if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
			execlp("sh", "sh", build, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return arena_printf(arena, "waitpid: %s", strerror(errno));
	return status == 0 ? NULL : "the time-travel kernel cannot be built";
}

static const char *prepare_guest(const struct tools *tools, struct arena *arena)
{
	if (!tools->guest)
		return "guest.sh is not found; WGSIM_DATA names its directory";
	return has_kernel(tools, arena) ? NULL : build_kernel(tools, arena);
}

static const char *prepare(enum backend backend, const struct tools *tools, struct arena *arena)
{
	if (backend_in_guest(backend))
		return prepare_guest(tools, arena);
	if (geteuid() != 0)
		return arena_printf(arena,
				    "networks on this machine's kernel need root; without it, "
				    "--backend %s does",
				    backend_word(BACKEND_TIME_TRAVEL));
	if (backend == BACKEND_KERNEL)
		return has_wireguard() ? NULL : "this machine's kernel has no WireGuard";
	if (!in_path(arena, "wireguard-go"))
		return "there is no wireguard-go in PATH";
	return access("/dev/net/tun", R_OK | W_OK) == 0 ? NULL : "there is no /dev/net/tun";
}

static const char *choose(enum backend *backend, const struct tools *tools, struct arena *arena)
{
	static const enum backend others[] = { BACKEND_KERNEL, BACKEND_USERSPACE };
	const char *lacks = NULL;

	*backend = BACKEND_TIME_TRAVEL;
	if (tools->guest && has_kernel(tools, arena))
		return NULL;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		*backend = others[i];
		lacks = prepare(*backend, tools, arena);
		if (!lacks)
			return NULL;
	}
	return arena_printf(arena,
			    "there is nothing to play on: the time-travel kernel is not built "
			    "('make kernel', or --backend %s), and %s",
			    backend_word(BACKEND_TIME_TRAVEL), lacks);
}

const char *backend_find(enum backend *backend, bool chosen, struct tools *tools,
			 const char *program, struct arena *arena)
{
	const char *error = tools_find(tools, program, arena);

	if (error)
		return error;
	return chosen ? prepare(*backend, tools, arena) : choose(backend, tools, arena);
}

const char *backend_lacks(enum backend backend, const struct scenario *scenario)
{
	if (backend_in_guest(backend))
		return NULL;
	if (scenario_needs_clock(scenario))
		return "it sets the clock, which only a simulated machine has for itself";
	if (scenario_needs_netem(scenario) && !has_netem())
		return "it needs netem, which this machine's kernel has not";
	return NULL;
}
