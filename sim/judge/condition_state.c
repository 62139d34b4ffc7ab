/* SPDX-License-Identifier: MIT */
/* Conditions on the kernel's state, as last sampled. */
#include "history_parts.h"
#include "trace/state_line.h"
#include "trace/wording.h"

/* The objects of a condition. */
struct subject {
	const struct asking *asking;
	const struct condition *condition;
	const struct record_state *state;
	const struct record_interface *interface; /* NULL: missing */
	const struct record_peer *peer; /* NULL: missing, or none was named */
};

static struct finding found(const struct subject *subject, bool holds)
{
	return (struct finding){ .looked = true,
				 .holds = holds,
				 .at = subject->asking->node->state.at };
}

/* ---- Interfaces and peers ---- */

static const struct record_interface *interface_of(const struct record_state *state,
						   const char *name)
{
	vec_each (interface, &state->interfaces) {
		if (!name || !strcmp(interface->name, name))
			return interface;
	}
	return NULL;
}

static const struct record_peer *peer_of(const struct record_interface *interface, const char *name)
{
	if (!interface || !name)
		return NULL;
	vec_each (peer, &interface->peers) {
		if (!strcmp(peer->name, name))
			return peer;
	}
	return NULL;
}

static const char *peers_text(struct arena *arena, const struct record_interface *interface)
{
	VEC(const char *) names = { 0 };

	vec_each (peer, &interface->peers)
		*vec_push(arena, &names) = peer->name;
	return names_text(arena, names.at, names.n);
}

/* For a condition whose interface or peer is missing. */
static struct finding say_missing(const struct subject *subject, bool holds)
{
	const struct asking *asking = subject->asking;
	const char *name = subject->condition->interface;

	if (!subject->interface)
		return say(asking, found(subject, holds), "there is no %s%s",
			   name ? "WireGuard interface " : "", name ? name : "WireGuard interface");
	if (!asking->arena)
		return found(subject, holds);
	return say(asking, found(subject, holds), "%s has no peer %s; its peers: %s",
		   subject->interface->name, subject->condition->peer,
		   peers_text(asking->arena, subject->interface));
}

static struct finding check_handshake(const struct subject *subject)
{
	const struct record_peer *peer = subject->peer;
	bool holds;

	if (!peer)
		return say_missing(subject, false);
	holds = peer->handshake_age >= 0 && peer->handshake_age < subject->condition->age;
	if (peer->handshake_age < 0)
		return say(subject->asking, found(subject, holds), "no handshake with %s",
			   peer->name);
	if (!subject->asking->arena)
		return found(subject, holds);
	return say(subject->asking, found(subject, holds), "last handshake with %s: %s ago",
		   peer->name, seconds_text(subject->asking->arena, peer->handshake_age));
}

static bool peers_fit(const struct condition *condition, const struct record_interface *interface)
{
	if (!condition->all)
		return interface->peers.n >= condition->at_least &&
		       interface->peers.n <= condition->at_most;
	if (interface->peers.n != condition->names.n)
		return false;
	vec_each (name, &condition->names) {
		if (!peer_of(interface, *name))
			return false;
	}
	return true;
}

static struct finding check_peers(const struct subject *subject)
{
	const struct asking *asking = subject->asking;
	bool holds;

	if (!subject->interface)
		return say_missing(subject, false);
	holds = peers_fit(subject->condition, subject->interface);
	if (!asking->arena)
		return found(subject, holds);
	return say(asking, found(subject, holds), "peers of %s: %s (%zu)", subject->interface->name,
		   peers_text(asking->arena, subject->interface), subject->interface->peers.n);
}

static bool has_prefix(const struct record_peer *peer, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_text(prefix, text);
	vec_each (allowed, &peer->allowed_ips) {
		if (!strcmp(*allowed, text))
			return true;
	}
	return false;
}

static bool is_link_local(const char *text)
{
	struct prefix prefix;

	return prefix_parse(text, &prefix) && ip_is_link_local(&prefix.ip);
}

/* Each peer has a link-local one, of its key, where facts are exchanged. */
static size_t counted(const struct condition *condition, const struct record_peer *peer)
{
	size_t n = 0;

	vec_each (prefix, &condition->prefixes) {
		if (ip_is_link_local(&prefix->ip))
			return peer->allowed_ips.n;
	}
	vec_each (allowed, &peer->allowed_ips)
		n += !is_link_local(*allowed);
	return n;
}

static bool allowed_ips_fit(const struct condition *condition, const struct record_peer *peer)
{
	if (condition->prefixes.n != counted(condition, peer))
		return false;
	vec_each (prefix, &condition->prefixes) {
		if (!has_prefix(peer, prefix))
			return false;
	}
	return true;
}

static struct finding check_allowed_ips(const struct subject *subject)
{
	const struct asking *asking = subject->asking;
	const struct record_peer *peer = subject->peer;
	bool holds;

	/* A missing one has none. */
	if (!peer)
		return say_missing(subject, subject->interface && !subject->condition->prefixes.n);
	holds = allowed_ips_fit(subject->condition, peer);
	if (!asking->arena)
		return found(subject, holds);
	return say(asking, found(subject, holds), "allowed IPs of %s: %s", peer->name,
		   names_text(asking->arena, peer->allowed_ips.at, peer->allowed_ips.n));
}

/* ---- Routes, addresses, links ---- */

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

static bool is_on(const struct condition *condition, const char *interface)
{
	return !condition->interface || !strcmp(condition->interface, interface);
}

/* The line of the state named by the condition, or NULL. otherwise is set to an equal one on
 * another interface. */
static const char *route_line(const struct subject *subject, const char **otherwise)
{
	const struct condition *condition = subject->condition;
	struct route_line route;

	vec_each (line, &subject->state->routes) {
		if (!route_line_read(*line, &route) ||
		    !same_prefix(&route.to, condition->prefixes.at))
			continue;
		if (is_on(condition, route.interface))
			return *line;
		*otherwise = *line;
	}
	return NULL;
}

static const char *address_line(const struct subject *subject, const char **otherwise)
{
	const struct condition *condition = subject->condition;
	struct address_line address;

	vec_each (line, &subject->state->addresses) {
		if (!address_line_read(*line, &address) ||
		    !same_prefix(&address.prefix, condition->prefixes.at))
			continue;
		if (is_on(condition, address.interface))
			return *line;
		*otherwise = *line;
	}
	return NULL;
}

static struct finding say_line(const struct subject *subject, const char *what, const char *line,
			       const char *otherwise)
{
	const struct asking *asking = subject->asking;
	const struct condition *condition = subject->condition;
	struct finding finding = found(subject, condition->absent ? !line : line != NULL);
	char text[PREFIX_TEXT_MAX];

	if (line)
		return say(asking, finding, "there is %s %s", what, line);
	if (otherwise)
		return say(asking, finding, "there is none on %s, but %s %s", condition->interface,
			   what, otherwise);
	return say(asking, finding, "there is no %s %s", what,
		   prefix_text(condition->prefixes.at, text));
}

static struct finding check_route(const struct subject *subject)
{
	const char *otherwise = NULL, *line = route_line(subject, &otherwise);

	return say_line(subject, "route", line, otherwise);
}

static struct finding check_address(const struct subject *subject)
{
	const char *otherwise = NULL, *line = address_line(subject, &otherwise);

	return say_line(subject, "address", line, otherwise);
}

static struct finding check_interface(const struct subject *subject)
{
	const struct condition *condition = subject->condition;
	const struct asking *asking = subject->asking;
	bool there = false;

	vec_each (link, &subject->state->links)
		there |= !strcmp(*link, condition->interface);
	return say(asking, found(subject, there != condition->absent), "there is %s%s",
		   there ? "" : "no ", condition->interface);
}

struct finding check_state(const struct asking *asking)
{
	const struct condition *condition = asking->condition;
	const struct kept_state *kept = &asking->node->state;
	struct subject subject = { asking, condition, &kept->state, NULL, NULL };

	if (!is_fresh(asking, kept->at))
		return not_looked(asking, "the kernel was not looked at");
	subject.interface = interface_of(&kept->state, condition->interface);
	subject.peer = peer_of(subject.interface, condition->peer);
	switch (condition->kind) {
	case CONDITION_HANDSHAKE:
		return check_handshake(&subject);
	case CONDITION_PEERS:
		return check_peers(&subject);
	case CONDITION_ALLOWED_IPS:
		return check_allowed_ips(&subject);
	case CONDITION_ROUTE:
		return check_route(&subject);
	case CONDITION_ADDRESS:
		return check_address(&subject);
	default:
		return check_interface(&subject);
	}
}
