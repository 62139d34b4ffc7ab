/* SPDX-License-Identifier: MIT */
#include "wg_user.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Between two attempts to connect while the program's queue is full. */
#define CONNECT_PAUSE_MS 5

/* MAX_ERRNO (include/linux/err.h). */
#define ERRNO_MAX 4095

/* The socket. */

static bool socket_path(const char *interface, struct sockaddr_un *address)
{
	int n;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s%s", WG_USER_DIRECTORY,
		     interface, WG_USER_SUFFIX);
	return n > 0 && (size_t)n < sizeof(address->sun_path) && interface_name_valid(interface);
}

bool wg_user_exists(const char *interface)
{
	struct sockaddr_un address;
	struct stat status;

	return socket_path(interface, &address) && lstat(address.sun_path, &status) == 0 &&
	       S_ISSOCK(status.st_mode);
}

void wg_user_forget(const char *interface)
{
	struct sockaddr_un address;

	if (wg_user_exists(interface) && socket_path(interface, &address))
		unlink(address.sun_path);
}

/* A non-blocking Unix socket whose listener's queue is full says EAGAIN. */
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

static int connect_to(const char *interface, const struct deadline *deadline,
		      struct failure *failure)
{
	struct sockaddr_un address;
	int fd;

	if (!socket_path(interface, &address)) {
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

/* A program that finds a mistake stops reading, but its answer may still be read:
 * a broken pipe is not yet a failure. */
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

/* A program that only listens may still be setting its interface up: wireguard-go
 * sets the MTU after it has bound the socket. One that answers is done with that. */
bool wg_user_answers(const char *interface, const struct deadline *deadline)
{
	static const char question[] = "get=1\n\n";
	struct failure failure;
	int fd = connect_to(interface, deadline, &failure);
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

static bool exchange(const char *interface, const char *text, size_t size,
		     struct wg_user_reader *reader, const struct deadline *deadline,
		     struct failure *failure)
{
	int fd = connect_to(interface, deadline, failure);
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

/* Reading. */

static bool read_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*value = number;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool read_key(const char *text, struct wg_key *key)
{
	if (strlen(text) != (size_t)KEY_LENGTH * 2)
		return false;
	for (int i = 0; i < KEY_LENGTH; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The zone of a link-local address: a number or an interface's name. */
static bool read_zone(const char *zone, uint32_t *scope)
{
	uint64_t number;

	if (read_number(zone, UINT32_MAX, &number))
		*scope = (uint32_t)number;
	else
		*scope = if_nametoindex(zone);
	return *scope != 0;
}

static bool read_endpoint(const char *text, struct endpoint *endpoint)
{
	char host[WG_USER_LINE_MAX];
	char *zone;

	*endpoint = (struct endpoint){ 0 };
	if (!endpoint_split(text, host, sizeof(host), &endpoint->port))
		return false;
	zone = strchr(host, '%');
	if (zone) {
		*zone = '\0';
		if (!read_zone(zone + 1, &endpoint->scope))
			return false;
	}
	return ip_parse(host, &endpoint->ip);
}

static bool read_allowed_ip(const char *text, struct observed_peer *peer, struct arena *arena)
{
	struct prefix prefix;

	if (!prefix_parse(text, &prefix))
		return false;
	*vec_push(arena, &peer->allowed_ips) = prefix_mask(prefix);
	return true;
}

static bool read_peer_line(struct wg_user_reader *reader, const char *key, const char *value)
{
	struct observed_peer *peer = reader->peer;
	uint64_t number;

	if (!strcmp(key, "preshared_key"))
		return read_key(value, &peer->preshared_key);
	if (!strcmp(key, "endpoint"))
		return peer->has_endpoint = read_endpoint(value, &peer->endpoint);
	if (!strcmp(key, "allowed_ip"))
		return read_allowed_ip(value, peer, reader->arena);
	if (!strcmp(key, "persistent_keepalive_interval")) {
		if (!read_number(value, UINT16_MAX, &number))
			return false;
		peer->persistent_keepalive = (uint16_t)number;
	} else if (!strcmp(key, "last_handshake_time_sec")) {
		if (!read_number(value, INT64_MAX, &number))
			return false;
		peer->handshake.sec = (int64_t)number;
	} else if (!strcmp(key, "last_handshake_time_nsec")) {
		if (!read_number(value, 999999999, &number))
			return false;
		peer->handshake.nsec = (int32_t)number;
	} else if (!strcmp(key, "rx_bytes")) {
		return read_number(value, UINT64_MAX, &peer->rx_bytes);
	} else if (!strcmp(key, "tx_bytes")) {
		return read_number(value, UINT64_MAX, &peer->tx_bytes);
	}
	return true;
}

static bool read_device_line(struct observed_interface *interface, const char *key,
			     const char *value)
{
	uint64_t number;

	if (!strcmp(key, "private_key")) {
		if (!read_key(value, &interface->private_key))
			return false;
		interface->has_private_key = !key_is_zero(&interface->private_key);
	} else if (!strcmp(key, "listen_port")) {
		if (!read_number(value, UINT16_MAX, &number))
			return false;
		interface->listen_port = (uint16_t)number;
	} else if (!strcmp(key, "fwmark")) {
		if (!read_number(value, UINT32_MAX, &number))
			return false;
		interface->fwmark = (uint32_t)number;
	}
	return true;
}

static bool read_public_key(struct wg_user_reader *reader, const char *value)
{
	reader->peer = vec_push(reader->arena, &reader->interface->peers);
	return read_key(value, &reader->peer->public_key);
}

/* wireguard-go writes errno with a minus sign. */
static bool read_errno(struct wg_user_reader *reader, const char *value)
{
	uint64_t number;

	if (*value == '-')
		value++;
	if (!read_number(value, ERRNO_MAX, &number))
		return false;
	reader->error = (int64_t)number;
	reader->has_errno = true;
	return true;
}

/* Unknown keys are passed over: newer programs may have more to say. */
static bool read_pair(struct wg_user_reader *reader, const char *key, const char *value)
{
	if (!strcmp(key, "errno"))
		return read_errno(reader, value);
	if (!reader->interface)
		return true;
	if (!strcmp(key, "public_key"))
		return read_public_key(reader, value);
	if (reader->peer)
		return read_peer_line(reader, key, value);
	return read_device_line(reader->interface, key, value);
}

static bool read_line(struct wg_user_reader *reader, struct failure *failure)
{
	char *value = strchr(reader->line, '=');

	if (!reader->line[0]) {
		reader->complete = true;
		if (reader->has_errno)
			return true;
		return failure_set(failure, EPROTO, "WireGuard's program gave no errno");
	}
	if (value) {
		*value++ = '\0';
		if (read_pair(reader, reader->line, value))
			return true;
	}
	/* The value is not shown: it may be a key. */
	return failure_set(failure, EPROTO, "malformed \"%.40s\" from WireGuard's program",
			   reader->line);
}

bool wg_user_read(struct wg_user_reader *reader, const char *data, size_t size,
		  struct failure *failure)
{
	for (size_t i = 0; i < size && !reader->complete; i++) {
		if (data[i] == '\0' || reader->line_n == sizeof(reader->line) - 1 ||
		    ++reader->total > WG_USER_ANSWER_MAX)
			return failure_set(failure, EPROTO,
					   "malformed answer of WireGuard's program");
		if (data[i] != '\n') {
			reader->line[reader->line_n++] = data[i];
			continue;
		}
		reader->line[reader->line_n] = '\0';
		reader->line_n = 0;
		if (!read_line(reader, failure))
			return false;
	}
	return true;
}

static void forget_device(struct observed_interface *interface)
{
	interface->has_private_key = false;
	interface->public_key = (struct wg_key){ 0 };
	interface->listen_port = 0;
	interface->fwmark = 0;
	interface->peers.n = 0;
}

bool wg_user_get(struct observed_interface *interface, struct arena *arena,
		 const struct deadline *deadline, struct failure *failure)
{
	static const char request[] = "get=1\n\n";
	struct wg_user_reader reader = { .interface = interface, .arena = arena };

	forget_device(interface);
	if (!exchange(interface->name, request, sizeof(request) - 1, &reader, deadline, failure))
		return false;
	interface->is_wireguard = true;
	interface->implementation = IMPLEMENTATION_USERSPACE;
	return true;
}

/* Writing. */

static void put(struct wg_user_text *text, struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct wg_user_text *text, struct arena *arena, const char *format, ...)
{
	char line[128];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (const char *c = line; *c; c++)
		*vec_push(arena, &text->bytes) = *c;
	explicit_bzero(line, sizeof(line));
}

static void put_key(struct wg_user_text *text, struct arena *arena, const char *name,
		    const struct wg_key *key)
{
	char hex[2 * KEY_LENGTH + 1];

	for (int i = 0; i < KEY_LENGTH; i++)
		snprintf(hex + 2 * i, 3, "%02x", key->b[i]);
	put(text, arena, "%s=%s\n", name, hex);
	explicit_bzero(hex, sizeof(hex));
}

static void put_allowed_ips(struct wg_user_text *text, struct arena *arena,
			    const struct prefix *prefixes, size_t n)
{
	char buffer[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		put(text, arena, "allowed_ip=%s\n", prefix_text(&prefixes[i], buffer));
}

/* update_only and remove must come right after the key. */
static void put_peer(struct wg_user_text *text, struct arena *arena,
		     const struct wg_peer_update *peer)
{
	char endpoint[ENDPOINT_TEXT_MAX];

	if (wg_peer_only_drops(peer))
		return;
	put_key(text, arena, "public_key", &peer->public_key);
	if (peer->action == WG_PEER_REMOVE) {
		put(text, arena, "remove=true\n");
		return;
	}
	if (peer->action == WG_PEER_UPDATE)
		put(text, arena, "update_only=true\n");
	if (peer->preshared_key)
		put_key(text, arena, "preshared_key", peer->preshared_key);
	if (peer->endpoint)
		put(text, arena, "endpoint=%s\n", endpoint_text(peer->endpoint, endpoint));
	if (peer->provoke)
		put(text, arena, "persistent_keepalive_interval=0\n");
	if (peer->keepalive >= 0)
		put(text, arena, "persistent_keepalive_interval=%d\n", (int)peer->keepalive);
	put_allowed_ips(text, arena, peer->add.at, peer->add.n);
}

static void put_drops(struct wg_user_text *text, struct arena *arena,
		      const struct wg_update *update)
{
	struct wg_drops drops;

	wg_update_drops(update, &drops, arena);
	if (!drops.list.n)
		return;
	put_key(text, arena, "public_key", &wg_throwaway_key);
	put_allowed_ips(text, arena, drops.list.at, drops.list.n);
	put_key(text, arena, "public_key", &wg_throwaway_key);
	put(text, arena, "remove=true\n");
}

static void put_device(struct wg_user_text *text, struct arena *arena,
		       const struct wg_update *update)
{
	if (update->private_key)
		put_key(text, arena, "private_key", update->private_key);
	if (update->listen_port >= 0)
		put(text, arena, "listen_port=%d\n", (int)update->listen_port);
	if (update->fwmark >= 0)
		put(text, arena, "fwmark=%u\n", (unsigned)update->fwmark);
}

void wg_user_write(const struct wg_update *update, struct wg_user_text *text, struct arena *arena)
{
	size_t i = 0;

	put(text, arena, "set=1\n");
	put_device(text, arena, update);
	for (; i < update->peers.n && update->peers.at[i].action != WG_PEER_REMOVE; i++)
		put_peer(text, arena, &update->peers.at[i]);
	put_drops(text, arena, update);
	for (; i < update->peers.n; i++)
		put_peer(text, arena, &update->peers.at[i]);
	put(text, arena, "\n");
}

bool wg_user_set(const struct wg_update *update, struct arena *arena,
		 const struct deadline *deadline, struct failure *failure)
{
	struct wg_user_reader reader = { 0 };
	struct wg_user_text text = { 0 };
	bool done;

	failure_set(failure, 0, "%s", "");
	wg_user_write(update, &text, arena);
	done = exchange(update->interface, text.bytes.at, text.bytes.n, &reader, deadline, failure);
	explicit_bzero(text.bytes.at, text.bytes.n);
	return done;
}
