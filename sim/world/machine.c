/* SPDX-License-Identifier: MIT */
/*
 * A node's first process is a fork of ours that never executes a program. It is the first in
 * a PID namespace: when it ends, the kernel kills all others of the node, and it ends when
 * we do. In between it executes requests that need a process in the node's namespaces.
 *
 * A node writes to file systems in memory, visible only in its own mount namespace, and
 * never to the disk of this machine:
 *
 *	/etc /var /tmp          ours, with the node's changes on top
 *	/etc/wgreconcile        the node's own
 *	/var/lib/wgreconcile    the node's own, a file system of its own
 *	/run                    the node's own, new at each boot
 */
#include "world_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE "/var/lib/wgreconcile"
/* More than any recorded state. */
#define STATE_ROOM "64m"
/* Time limit for the end of a node's processes. */
#define END_MAX_MS 5000

enum order_kind {
	ORDER_ON,
	ORDER_OFF,
	ORDER_FULL,
	ORDER_ROOM,
};

struct order {
	enum order_kind kind;
	char boot_id[40];
};

struct reply {
	bool done;
	struct failure failure;
};

/* ---- In the node ---- */

static bool tmpfs(const char *where, const char *options, struct failure *failure)
{
	if (mount("tmpfs", where, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return failure_set(failure, errno, "cannot mount a tmpfs on %s", where);
	return true;
}

static bool bind_over(const char *from, const char *to, struct failure *failure)
{
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		return failure_set(failure, errno, "cannot mount %s", to);
	return true;
}

static bool directory(const char *path, mode_t mode, struct failure *failure)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return failure_set(failure, errno, "cannot make %s", path);
	return true;
}

/* Changes below tree go to memory. The names are relative, so that characters in the
 * directory's name are not special to the file system. */
static bool overlay(const char *tree, const char *name, struct failure *failure)
{
	char work[32], options[128];
	struct stat status;

	snprintf(work, sizeof(work), "%s.work", name);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", tree, name, work);
	if (!directory(name, 0755, failure) || !directory(work, 0755, failure))
		return false;
	/* The upper directory's owner and mode are visible. */
	if (stat(tree, &status) < 0 || chmod(name, status.st_mode & 07777) < 0 ||
	    chown(name, status.st_uid, status.st_gid) < 0)
		return failure_set(failure, errno, "%s", tree);
	if (mount("overlay", tree, "overlay", 0, options) < 0)
		return failure_set(failure, errno, "cannot mount an overlay on %s", tree);
	return true;
}

/* A machine that was just powered off: no network, nothing in /run. */
static bool volatile_parts(struct failure *failure)
{
	if (unshare(CLONE_NEWNET) < 0)
		return failure_set(failure, errno, "no network namespace");
	umount2("/run", MNT_DETACH);
	umount2("/sys", MNT_DETACH);
	/* Shows the devices of the network namespace in which it is mounted. */
	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return failure_set(failure, errno, "cannot mount /sys");
	return tmpfs("/run", "mode=755", failure);
}

static bool file_systems(const char *where, struct failure *failure)
{
	int boot_id;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return failure_set(failure, errno, "cannot make the mounts private");
	if (!tmpfs(where, "mode=755", failure))
		return false;
	if (chdir(where) < 0)
		return failure_set(failure, errno, "%s", where);
	if (!overlay("/etc", "etc", failure) || !overlay("/var", "var", failure) ||
	    !overlay("/tmp", "tmp", failure))
		return false;
	if (!directory("/etc/wgreconcile", 0755, failure) || !directory("config", 0755, failure) ||
	    !bind_over("config", "/etc/wgreconcile", failure))
		return false;
	/* With only the node's processes. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return failure_set(failure, errno, "cannot mount /proc");
	if (!directory(STATE, 0700, failure) || !tmpfs(STATE, "mode=700,size=" STATE_ROOM, failure))
		return false;
	boot_id = open("boot_id", O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
	if (boot_id < 0 || close(boot_id) < 0)
		return failure_set(failure, errno, "boot_id");
	if (!bind_over("boot_id", "/proc/sys/kernel/random/boot_id", failure))
		return false;
	return chdir("/") == 0 || failure_set(failure, errno, "/");
}

bool setting(const char *path, const char *value, struct failure *failure)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, value, strlen(value)) >= 0;

	if (!done)
		failure_set(failure, errno, "cannot set %s", path);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Set for existing interfaces (all) and new ones (default). */
static bool setting_of_all(const char *family, const char *name, const char *value,
			   struct failure *failure)
{
	const char *const which[] = { "all", "default" };
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, which[i], name);
		if (!setting(path, value, failure))
			return false;
	}
	return true;
}

/* The first settings are needed because this machine's may differ, and are inherited. */
static bool settings(const struct node *node, struct failure *failure)
{
	const char *forward = node->forward || node->nat.inside ? "1" : "0";

	return setting_of_all("ipv4", "rp_filter", "0", failure) &&
	       setting("/proc/sys/net/ipv4/ip_forward", forward, failure) &&
	       setting_of_all("ipv6", "forwarding", forward, failure) &&
	       /* Addresses are usable at once, not after the search for duplicates. */
	       setting_of_all("ipv6", "accept_dad", "0", failure);
}

static bool switch_on(const struct node *node, const struct order *order, struct failure *failure)
{
	/* The file under the mount point, whose own is not to be written to. */
	return settings(node, failure) &&
	       setting("/proc/sys/kernel/random/boot_id", order->boot_id, failure);
}

/* All processes in this PID namespace except us. */
static bool switch_off(struct failure *failure)
{
	if (kill(-1, SIGKILL) < 0 && errno != ESRCH)
		return failure_set(failure, errno, "cannot kill the node's processes");
	return volatile_parts(failure);
}

/* Sets the size to the used one. The ballast ensures at least one used page: size 0 would
 * mean no limit. */
static bool disk_full(struct failure *failure)
{
	struct statfs disk;
	char options[48];

	if (statfs(STATE, &disk) < 0)
		return failure_set(failure, errno, STATE);
	snprintf(options, sizeof(options), "size=%llu",
		 (unsigned long long)(disk.f_blocks - disk.f_bfree) *
			 (unsigned long long)disk.f_bsize);
	if (mount(NULL, STATE, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV, options) < 0)
		return failure_set(failure, errno, "cannot resize " STATE);
	return true;
}

static bool disk_room(struct failure *failure)
{
	if (mount(NULL, STATE, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV, "size=" STATE_ROOM) < 0)
		return failure_set(failure, errno, "cannot resize " STATE);
	return true;
}

static bool carry_out(const struct node *node, const struct order *order, struct failure *failure)
{
	switch (order->kind) {
	case ORDER_ON:
		return switch_on(node, order, failure);
	case ORDER_OFF:
		return switch_off(failure);
	case ORDER_FULL:
		return disk_full(failure);
	case ORDER_ROOM:
		return disk_room(failure);
	}
	return failure_set(failure, EINVAL, "an unknown order");
}

static bool move_in(const struct world *world, const struct node *node, struct failure *failure)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0)
		return failure_set(failure, errno, "no namespaces");
	if (sethostname(node->name, strlen(node->name)) < 0)
		return failure_set(failure, errno, "sethostname");
	return file_systems(world->options.directory, failure) && volatile_parts(failure);
}

/* Keeps only the socket. Orphans are reaped automatically. */
static bool let_go(const struct world *world, int orders, struct failure *failure)
{
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return failure_set(failure, errno, "setsid");
	signal(SIGCHLD, SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(world->null, fd) < 0)
			return failure_set(failure, errno, "dup2");
	}
	if (syscall(SYS_close_range, STDERR_FILENO + 1, orders - 1, 0) < 0 ||
	    syscall(SYS_close_range, orders + 1, UINT_MAX, 0) < 0)
		return failure_set(failure, errno, "close_range");
	return true;
}

static _Noreturn void first_process(const struct world *world, const struct node *node, int orders)
{
	struct reply reply = { 0 };
	struct order order;

	reply.done = let_go(world, orders, &reply.failure) && move_in(world, node, &reply.failure);
	while (write(orders, &reply, sizeof(reply)) == sizeof(reply) &&
	       read(orders, &order, sizeof(order)) == sizeof(order)) {
		reply = (struct reply){ 0 };
		reply.done = carry_out(node, &order, &reply.failure);
	}
	_exit(0);
}

/* ---- In our process ---- */

static bool wait_for_reply(const struct world_node *node, struct failure *failure)
{
	struct reply reply;
	ssize_t n;

	do {
		n = read(node->orders, &reply, sizeof(reply));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(reply))
		return failure_set(failure, n < 0 ? errno : ESRCH, "%s's first process has ended",
				   node->node->name);
	if (!reply.done)
		*failure = reply.failure;
	return reply.done;
}

static bool give_order(const struct world_node *node, const struct order *order,
		       struct failure *failure)
{
	/* Its existence is checked by reading its reply. */
	if (send(node->orders, order, sizeof(*order), MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return failure_set(failure, errno, "%s", node->node->name);
	return wait_for_reply(node, failure);
}

/* Only our children are in the new PID namespace, not we. */
static pid_t fork_in_namespace(const struct world *world, struct failure *failure)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0) {
		failure_set(failure, errno, "no namespace of process numbers");
		return -1;
	}
	pid = fork();
	if (pid < 0)
		failure_set(failure, errno, "fork");
	if (pid == 0 || setns(world->home_processes, CLONE_NEWPID) == 0)
		return pid;
	failure_set(failure, errno, "setns");
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return -1;
}

static bool hold(struct world_node *node, struct failure *failure)
{
	char path[40];

	node->pidfd = (int)syscall(SYS_pidfd_open, node->first, 0);
	if (node->pidfd < 0)
		return failure_set(failure, errno, "pidfd_open");
	if (!wait_for_reply(node, failure))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)node->first);
	node->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (node->root < 0)
		return failure_set(failure, errno, "%s", path);
	return true;
}

bool machine_start(struct world *world, struct world_node *node, struct failure *failure)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return failure_set(failure, errno, "socketpair");
	node->first = fork_in_namespace(world, failure);
	if (node->first == 0)
		first_process(world, node->node, ends[1]);
	close(ends[1]);
	node->orders = ends[0];
	return node->first > 0 && hold(node, failure);
}

bool machine_on(struct world_node *node, const char *boot_id, struct failure *failure)
{
	struct order order = { .kind = ORDER_ON };

	snprintf(order.boot_id, sizeof(order.boot_id), "%s\n", boot_id);
	return give_order(node, &order, failure);
}

bool machine_off(struct world_node *node, struct failure *failure)
{
	return give_order(node, &(struct order){ .kind = ORDER_OFF }, failure);
}

/* A file without a name, so that something is in use. */
static int ballast_make(const struct world_node *node)
{
	int fd = file_open(node, STATE, O_TMPFILE | O_RDWR);

	if (fd >= 0 && write(fd, "", 1) != 1) {
		close(fd);
		return -1;
	}
	return fd;
}

bool machine_disk(struct world_node *node, bool full, struct failure *failure)
{
	struct order order = { .kind = full ? ORDER_FULL : ORDER_ROOM };

	if (full && node->ballast < 0) {
		node->ballast = ballast_make(node);
		if (node->ballast < 0)
			return failure_set(failure, errno, "%s", STATE);
	}
	if (!full && node->ballast >= 0) {
		close(node->ballast);
		node->ballast = -1;
	}
	return give_order(node, &order, failure);
}

static void wait_for_end(const struct world_node *node)
{
	struct pollfd ended = { .fd = node->pidfd, .events = POLLIN };

	/* It ends after all others of its namespace, and the parents of some of these may
	 * not reap them. */
	if (node->pidfd < 0 || poll(&ended, 1, END_MAX_MS) > 0)
		waitpid(node->first, NULL, 0);
}

void machine_end(struct world_node *node)
{
	if (node->ballast >= 0)
		close(node->ballast);
	if (node->root >= 0)
		close(node->root);
	if (node->orders >= 0)
		close(node->orders);
	if (node->first > 0) {
		kill(node->first, SIGKILL);
		wait_for_end(node);
	}
	if (node->pidfd >= 0)
		close(node->pidfd);
}
