/* SPDX-License-Identifier: MIT */
#include "wg_user.h"

#include "key_public.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Between two attempts to connect while the program's queue is full. */
#define CONNECT_PAUSE_MS 5

static bool socket_path(const char *directory, const char *interface, struct sockaddr_un *address)
{
	int n;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s%s", directory, interface,
		     WG_USER_SUFFIX);
	return n > 0 && (size_t)n < sizeof(address->sun_path) && interface_name_valid(interface);
}

bool wg_user_exists(const char *directory, const char *interface)
{
	struct sockaddr_un address;
	struct stat status;

	return socket_path(directory, interface, &address) &&
	       lstat(address.sun_path, &status) == 0 && S_ISSOCK(status.st_mode);
}

void wg_user_forget(const char *directory, const char *interface)
{
	struct sockaddr_un address;

	if (wg_user_exists(directory, interface) && socket_path(directory, interface, &address))
		unlink(address.sun_path);
}

/* A non-blocking Unix socket whose listener's queue is full returns EAGAIN. */
static bool connect_until(int fd, const struct sockaddr_un *address,
			  const struct deadline *deadline)
{
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return false;
		if (deadline_passed(deadline)) {
			errno = ETIMEDOUT;
			return false;
		}
		poll(NULL, 0, CONNECT_PAUSE_MS);
	}
	return true;
}

static int connect_to(const char *directory, const char *interface, const struct deadline *deadline,
		      struct failure *failure)
{
	struct sockaddr_un address;
	int fd;

	if (!socket_path(directory, interface, &address)) {
		failure_set(failure, EINVAL, "%s: not an interface's name", interface);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		failure_set(failure, errno, "socket");
		return -1;
	}
	if (!connect_until(fd, &address, deadline)) {
		failure_set(failure, errno, "%s", address.sun_path);
		close(fd);
		return -1;
	}
	return fd;
}

static bool wait_for(int fd, short events, const struct deadline *deadline, struct failure *failure)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int ready;

	do {
		ready = poll(&pollfd, 1, deadline_left(deadline));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return failure_set(failure, errno, "poll");
	if (ready == 0)
		return failure_set_deadline(failure);
	return true;
}

/* After an error a program stops reading, but its answer may still be read: a broken pipe is
 * not yet a failure. */
static bool send_text(int fd, const char *text, size_t size, const struct deadline *deadline,
		      struct failure *failure)
{
	while (size) {
		ssize_t sent;

		if (!wait_for(fd, POLLOUT, deadline, failure))
			return false;
		sent = send(fd, text, size, MSG_NOSIGNAL);
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return true;
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return failure_set(failure, errno, "WireGuard's control socket");
		if (sent > 0) {
			text += sent;
			size -= (size_t)sent;
		}
	}
	return true;
}

/* A program that only listens may still be configuring its interface: wireguard-go sets the
 * MTU after binding the socket. One that answers has finished that. */
bool wg_user_answers(const char *directory, const char *interface, const struct deadline *deadline)
{
	static const char question[] = "get=1\n\n";
	struct failure failure;
	int fd = connect_to(directory, interface, deadline, &failure);
	char first;
	bool answers;

	if (fd < 0)
		return false;
	answers = send_text(fd, question, sizeof(question) - 1, deadline, &failure) &&
		  wait_for(fd, POLLIN, deadline, &failure) && recv(fd, &first, 1, 0) == 1;
	close(fd);
	return answers;
}

static bool receive_answer(int fd, struct wg_user_reader *reader, const struct deadline *deadline,
			   struct failure *failure)
{
	char data[16384];
	bool done = true;

	while (done && !reader->complete) {
		ssize_t size;

		done = wait_for(fd, POLLIN, deadline, failure);
		if (!done)
			break;
		size = recv(fd, data, sizeof(data), 0);
		if (size < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (size < 0)
			done = failure_set(failure, errno, "WireGuard's control socket");
		else if (size == 0)
			done = failure_set(failure, EPROTO,
					   "WireGuard's control socket was closed "
					   "before the end of the answer");
		else
			done = wg_user_read(reader, data, (size_t)size, failure);
	}
	explicit_bzero(data, sizeof(data));
	return done;
}

static bool exchange(const char *directory, const char *interface, const char *text, size_t size,
		     struct wg_user_reader *reader, const struct deadline *deadline,
		     struct failure *failure)
{
	int fd = connect_to(directory, interface, deadline, failure);
	bool done;

	if (fd < 0)
		return false;
	done = send_text(fd, text, size, deadline, failure) &&
	       receive_answer(fd, reader, deadline, failure);
	close(fd);
	explicit_bzero(reader->line, sizeof(reader->line));
	if (done && reader->error)
		return failure_set(failure, (int)reader->error, "WireGuard's program refused");
	return done;
}

static void forget_device(struct observed_interface *interface)
{
	interface->has_private_key = false;
	interface->public_key = (struct wg_key){ 0 };
	interface->listen_port = 0;
	interface->fwmark = 0;
	interface->peers.n = 0;
}

bool wg_user_get(const char *directory, struct observed_interface *interface, struct arena *arena,
		 struct arena *prefixes, const struct deadline *deadline, struct failure *failure)
{
	static const char request[] = "get=1\n\n";
	struct wg_user_reader reader = { .interface = interface,
					 .arena = arena,
					 .prefixes = prefixes };

	forget_device(interface);
	if (!exchange(directory, interface->name, request, sizeof(request) - 1, &reader, deadline,
		      failure))
		return false;
	/* Not reported by the program. */
	if (interface->has_private_key)
		key_public(&interface->private_key, &interface->public_key);
	return true;
}

bool wg_user_set(const char *directory, const struct wg_update *update, struct arena *arena,
		 const struct deadline *deadline, struct failure *failure)
{
	struct wg_user_reader reader = { 0 };
	struct buffer text = buffer_new(arena);
	bool done;

	failure_set(failure, 0, "%s", "");
	wg_user_write(update, &text);
	done = exchange(directory, update->interface, text.text, text.n, &reader, deadline,
			failure);
	explicit_bzero(text.text, text.n);
	return done;
}
