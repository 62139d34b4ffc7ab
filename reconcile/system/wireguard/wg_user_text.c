/* SPDX-License-Identifier: MIT */
#include "wg_user.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

/* MAX_ERRNO (include/linux/err.h). */
#define ERRNO_MAX 4095

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
		return read_allowed_ip(value, peer, reader->prefixes);
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

/* Unknown keys are ignored: newer programs may send more. */
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
	/* The value is not printed: it may be a key. */
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

/* Writing. */

static void put_key(struct buffer *text, const char *name, const struct wg_key *key)
{
	char hex[2 * KEY_LENGTH + 1];

	for (int i = 0; i < KEY_LENGTH; i++)
		snprintf(hex + 2 * i, 3, "%02x", key->b[i]);
	buffer_printf(text, "%s=%s\n", name, hex);
	explicit_bzero(hex, sizeof(hex));
}

static void put_allowed_ips(struct buffer *text, const struct prefix_span *spans, size_t n)
{
	char buffer[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < spans[i].n; j++)
			buffer_printf(text, "allowed_ip=%s\n",
				      prefix_text(&spans[i].at[j], buffer));
}

/* update_only and remove must come right after the key. */
static void put_peer(struct buffer *text, const struct wg_peer_update *peer)
{
	char endpoint[ENDPOINT_TEXT_MAX];

	if (wg_peer_only_drops(peer))
		return;
	put_key(text, "public_key", &peer->public_key);
	if (peer->action == WG_PEER_REMOVE) {
		buffer_printf(text, "remove=true\n");
		return;
	}
	if (peer->action == WG_PEER_UPDATE)
		buffer_printf(text, "update_only=true\n");
	if (peer->preshared_key)
		put_key(text, "preshared_key", peer->preshared_key);
	if (peer->endpoint)
		buffer_printf(text, "endpoint=%s\n", endpoint_text(peer->endpoint, endpoint));
	if (peer->trigger)
		buffer_printf(text, "persistent_keepalive_interval=0\n");
	if (peer->keepalive >= 0)
		buffer_printf(text, "persistent_keepalive_interval=%d\n", (int)peer->keepalive);
	put_allowed_ips(text, peer->add.at, peer->add.n);
}

static void put_drops(struct buffer *text, const struct wg_update *update)
{
	struct wg_drops drops;

	wg_update_drops(update, &drops, text->arena);
	if (!drops.list.n)
		return;
	put_key(text, "public_key", &wg_throwaway_key);
	put_allowed_ips(text, drops.list.at, drops.list.n);
	put_key(text, "public_key", &wg_throwaway_key);
	buffer_printf(text, "remove=true\n");
}

static void put_device(struct buffer *text, const struct wg_update *update)
{
	if (update->private_key)
		put_key(text, "private_key", update->private_key);
	if (update->listen_port >= 0)
		buffer_printf(text, "listen_port=%d\n", (int)update->listen_port);
	if (update->fwmark >= 0)
		buffer_printf(text, "fwmark=%u\n", (unsigned)update->fwmark);
}

void wg_user_write(const struct wg_update *update, struct buffer *text)
{
	size_t i = 0;

	buffer_printf(text, "set=1\n");
	put_device(text, update);
	for (; i < update->peers.n && update->peers.at[i].action != WG_PEER_REMOVE; i++)
		put_peer(text, &update->peers.at[i]);
	put_drops(text, update);
	for (; i < update->peers.n; i++)
		put_peer(text, &update->peers.at[i]);
	buffer_printf(text, "\n");
}
