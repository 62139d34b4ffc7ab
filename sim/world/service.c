/* SPDX-License-Identifier: MIT */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* Time limit for the start of a service. */
#define READY_MAX_MS 5000
#define LOOK_EVERY_MS 10
/* The part of a service's startup output that is read. */
#define SAID_MAX 4096

/* As /proc/net/udp writes ports. */
#define PORT_TIME ":007B "

/* ---- Active faults ---- */

static bool is_stopped(const struct world *world, const struct world_node *node,
		       const struct running *service)
{
	bool stopped = false;

	vec_each (standing, &world->standing) {
		const struct fault *fault = standing->fault;

		if ((fault->kind == FAULT_SERVICE_STOP || fault->kind == FAULT_SERVICE_START) &&
		    fault->node == node->node && strcmp(fault->object, service->service->name) == 0)
			stopped = fault->kind == FAULT_SERVICE_STOP;
	}
	return stopped;
}

static enum names_mode mode_now(const struct world *world, const struct world_node *node)
{
	enum names_mode mode = NAMES_ANSWER;

	vec_each (standing, &world->standing) {
		if (standing->fault->kind == FAULT_NAMES && standing->fault->node == node->node)
			mode = standing->fault->names_mode;
	}
	return mode;
}

/* The last entry of a name counts. */
static const struct name_answer *answer_now(const struct world *world,
					    const struct world_node *node,
					    const struct name_answer *declared)
{
	const struct name_answer *found = declared;

	vec_each (standing, &world->standing) {
		if (standing->fault->kind != FAULT_NAMES || standing->fault->node != node->node)
			continue;
		vec_each (answer, &standing->fault->names) {
			if (strcmp(answer->name, declared->name) == 0)
				found = answer;
		}
	}
	return found;
}

/* ---- Names ---- */

static bool is_declared(const struct service *service, const char *name)
{
	vec_each (answer, &service->names) {
		if (strcmp(answer->name, name) == 0)
			return true;
	}
	return false;
}

static void add_hosts(struct buffer *script, const struct name_answer *answer)
{
	char text[IP_TEXT_MAX];

	vec_each (address, &answer->addresses)
		buffer_printf(script, "%s %s\n", ip_text(address, text), answer->name);
}

/* A name only in faults is repeated as often as in these; duplicate lines are harmless. */
static void add_all_hosts(struct buffer *script, const struct world *world,
			  const struct world_node *node, const struct service *service)
{
	vec_each (answer, &service->names)
		add_hosts(script, answer_now(world, node, answer));
	vec_each (standing, &world->standing) {
		if (standing->fault->kind != FAULT_NAMES || standing->fault->node != node->node)
			continue;
		vec_each (answer, &standing->fault->names) {
			if (!is_declared(service, answer->name))
				add_hosts(script, answer_now(world, node, answer));
		}
	}
}

static const char *hosts_path(const struct service *service, struct arena *arena)
{
	return arena_printf(arena, "/run/wgsim/%s.hosts", service->name);
}

static bool hosts_write(const struct world *world, const struct world_node *node,
			const struct service *service, struct failure *failure)
{
	struct arena *arena = arena_new();
	struct buffer script = buffer_new(arena);
	bool done;

	add_all_hosts(&script, world, node, service);
	done = file_write(node, hosts_path(service, arena) + 1, script.text, script.n, 0644,
			  failure);
	arena_free(arena);
	return done;
}

/* Waits until it reports that it has read its file: then it uses it. */
static bool wait_for_names(const struct running *service, struct failure *failure)
{
	struct pollfd said = { .fd = service->process.output, .events = POLLIN };
	char text[SAID_MAX] = "";
	size_t length = 0;

	while (!strstr(text, "read /run/wgsim/")) {
		ssize_t n;

		if (poll(&said, 1, READY_MAX_MS) == 0)
			return failure_set(failure, ETIMEDOUT, "dnsmasq does not get ready: %s",
					   text);
		n = read(said.fd, text + length, sizeof(text) - 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failure_set(failure, 0, "dnsmasq ended: %s", text);
		length += (size_t)n;
		text[length] = '\0';
	}
	return true;
}

static void forget_what_it_said(const struct running *service)
{
	struct pollfd said = { .fd = service->process.output, .events = POLLIN };
	char text[SAID_MAX];

	while (poll(&said, 1, 0) > 0 && read(said.fd, text, sizeof(text)) > 0)
		;
}

/* It would forward unknown names, unless --local excludes that; without servers it refuses. */
static bool names_start(struct world *world, struct world_node *node, struct running *service,
			int output, struct arena *arena, struct failure *failure)
{
	const char *path = hosts_path(service->service, arena);
	bool refuses = mode_now(world, node) == NAMES_REFUSE;
	const char *const argv[] = { "dnsmasq",
				     "--keep-in-foreground",
				     "--conf-file=/dev/null",
				     "--user=root",
				     "--pid-file=",
				     "--no-resolv",
				     "--no-hosts",
				     "--local-ttl=0",
				     "--no-negcache",
				     "--log-facility=-",
				     arena_printf(arena, "--addn-hosts=%s", path),
				     refuses ? NULL : "--local=/#/",
				     NULL };

	service->refuses = refuses;
	if (refuses ? !file_write(node, path + 1, "", 0, 0644, failure)
		    : !hosts_write(world, node, service->service, failure))
		return false;
	return program_start(world, place_of(node), argv, world->null, output, &service->process,
			     failure);
}

/* ---- Starting and stopping ---- */

static bool time_start(struct world *world, struct world_node *node, struct running *service,
		       int output, struct arena *arena, struct failure *failure)
{
	const char *path = arena_printf(arena, "/run/wgsim/%s.pid", service->service->name);
	const char *pid_file = arena_printf(arena, "pidfile %s", path);
	/* As root: if chronyd was installed by hand its own user is missing. */
	const char *const argv[] = { "chronyd",		 "-d",	      "-f",
				     "/dev/null",	 "-x",	      "user root",
				     "local stratum 1",	 "allow all", "cmdport 0",
				     "bindcmdaddress /", pid_file,    NULL };

	/* A killed one left its PID there, which may have been reused. */
	return file_write(node, path + 1, "", 0, 0644, failure) &&
	       program_start(world, place_of(node), argv, world->null, output, &service->process,
			     failure);
}

static bool command_start(struct world *world, struct world_node *node, struct running *service,
			  struct arena *arena, struct failure *failure)
{
	const char **argv = arena_alloc(arena, (service->service->command.n + 1) * sizeof(*argv));
	size_t n = 0;

	vec_each (word, &service->service->command)
		argv[n++] = *word;
	return program_start(world, place_of(node), argv, world->null, world->null,
			     &service->process, failure);
}

static bool holds_port(const struct world_node *node, const char *port)
{
	char path[48], line[256];
	bool found = false;
	FILE *sockets;

	snprintf(path, sizeof(path), "/proc/%d/net/udp", (int)node->first);
	sockets = fopen(path, "re");
	while (sockets && !found && fgets(line, sizeof(line), sockets))
		found = strstr(line, port);
	if (sockets)
		fclose(sockets);
	return found;
}

/* The last line that a service that has ended printed. */
static const char *last_said(const struct running *service, char text[SAID_MAX])
{
	size_t length = 0;
	ssize_t n;
	char *last;

	do {
		n = read(service->process.output, text + length, SAID_MAX - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	while (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	last = strrchr(text, '\n');
	return !length ? "it printed nothing" : last ? last + 1 : text;
}

static bool wait_for_time(const struct world_node *node, const struct running *service,
			  struct failure *failure)
{
	struct pollfd ended = { .fd = service->process.pidfd, .events = POLLIN };
	char text[SAID_MAX];

	for (int waited = 0; waited < READY_MAX_MS; waited += LOOK_EVERY_MS) {
		if (holds_port(node, PORT_TIME))
			return true;
		if (poll(&ended, 1, LOOK_EVERY_MS) > 0)
			return failure_set(failure, 0, "chronyd ended: %s",
					   last_said(service, text));
	}
	return failure_set(failure, ETIMEDOUT, "chronyd does not get ready");
}

/* Its output goes into a pipe that is read when needed; it is short. */
static bool start_with_pipe(struct world *world, struct world_node *node, struct running *service,
			    struct failure *failure)
{
	struct arena *arena = arena_new();
	bool names = service->service->kind == SERVICE_NAMES, done;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		arena_free(arena);
		return failure_set(failure, errno, "pipe2");
	}
	done = names ? names_start(world, node, service, ends[1], arena, failure)
		     : time_start(world, node, service, ends[1], arena, failure);
	close(ends[1]);
	if (service->process.pid)
		service->process.output = ends[0];
	else
		close(ends[0]);
	arena_free(arena);
	return done &&
	       (names ? wait_for_names(service, failure) : wait_for_time(node, service, failure));
}

static bool service_start(struct world *world, struct world_node *node, struct running *service,
			  struct failure *failure)
{
	struct arena *arena;
	bool done;

	if (service->service->kind != SERVICE_COMMAND)
		return start_with_pipe(world, node, service, failure);
	arena = arena_new();
	done = command_start(world, node, service, arena, failure);
	arena_free(arena);
	return done;
}

bool services_run(struct world *world, struct world_node *node, struct failure *failure)
{
	for (size_t i = 0; i < node->node->services.n; i++) {
		struct running *service = &node->services[i];
		bool stopped = is_stopped(world, node, service);

		if (stopped)
			process_kill(&service->process);
		else if (!service->process.pid && !service_start(world, node, service, failure))
			return false;
	}
	return true;
}

void services_forget(struct world_node *node)
{
	for (size_t i = 0; i < node->node->services.n; i++)
		process_kill(&node->services[i].process);
}

/* ---- Faults of names ---- */

/* Declared first, so that the table can be deleted even if missing. */
static bool silence(struct world *world, const struct world_node *node, struct failure *failure)
{
	const char *const heard = "table inet wgsim_names\ndelete table inet wgsim_names\n";
	const char *const silent = "table inet wgsim_names {\nchain silent {\n"
				   "type filter hook input priority filter - 1;\n"
				   "meta l4proto { tcp, udp } th dport 53 drop\n}\n}\n";
	struct arena *arena = arena_new();
	const char *text = mode_now(world, node) == NAMES_SILENT
				   ? arena_printf(arena, "%s%s", heard, silent)
				   : heard;
	bool done = tool_run(world, place_network(node), nft_argv, text, failure);

	arena_free(arena);
	return done;
}

/* A change of addresses is read on SIGHUP, refusing needs another command line. */
static bool names_renew(struct world *world, struct world_node *node, struct running *service,
			struct failure *failure)
{
	if (service->refuses != (mode_now(world, node) == NAMES_REFUSE)) {
		process_kill(&service->process);
		return service_start(world, node, service, failure);
	}
	if (service->refuses)
		return true;
	forget_what_it_said(service);
	if (!hosts_write(world, node, service->service, failure))
		return false;
	if (kill(service->process.pid, SIGHUP) < 0)
		return failure_set(failure, errno, "SIGHUP");
	return wait_for_names(service, failure);
}

bool names_answer(struct world *world, struct world_node *node, struct failure *failure)
{
	if (!silence(world, node, failure))
		return false;
	for (size_t i = 0; i < node->node->services.n; i++) {
		struct running *service = &node->services[i];

		if (service->service->kind == SERVICE_NAMES && service->process.pid &&
		    !names_renew(world, node, service, failure))
			return false;
	}
	return true;
}

bool services_on(struct world *world, struct world_node *node, struct failure *failure)
{
	if (!services_run(world, node, failure))
		return false;
	return mode_now(world, node) != NAMES_SILENT || silence(world, node, failure);
}
