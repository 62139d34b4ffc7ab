/* SPDX-License-Identifier: MIT */
#include "desired_write.h"

#include "desired_default.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define INDENT 2
/* Lists that would make a line longer are written one item to a line. */
#define LINE_MAX_COLUMNS 80

/* A remark, and whether what it is about has been met. */
struct place_remark {
	const struct remark *remark;
	size_t order;
	bool written;
};

struct writer {
	struct arena *arena;
	char *text;
	size_t n, capacity;
	struct place_remark *remarks; /* sorted by path */
	size_t remarks_n;
};

/* Where the writer is: the mappings that are open, innermost first. */
struct level {
	const struct level *up; /* NULL: the root */
	const char *name;
	unsigned depth; /* of what is in it */
};

static void put_bytes(struct writer *writer, const char *bytes, size_t n)
{
	if (writer->capacity - writer->n <= n) {
		size_t capacity = (writer->capacity + n + 1) * 2;

		writer->text = arena_grow(writer->arena, writer->text, writer->capacity, capacity);
		writer->capacity = capacity;
	}
	memcpy(writer->text + writer->n, bytes, n);
	writer->n += n;
	writer->text[writer->n] = '\0';
}

static void put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

static void put_indent(struct writer *writer, unsigned depth)
{
	for (unsigned i = 0; i < depth * INDENT; i++)
		put_bytes(writer, " ", 1);
}

/*
 * Scalars. Quoted is what YAML 1.1 or 1.2 would take for something else than
 * text, so that other programs read it as we do.
 */

static bool is_reserved(const char *text)
{
	static const char *const words[] = {
		"y",	 "n",	 "yes", "no",	"on",	"off",	 "true",
		"false", "null", "~",	".inf", ".nan", "+.inf",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(text, words[i]))
			return true;
	}
	return false;
}

/* Numbers, dates, and the sexagesimal numbers of YAML 1.1, but no IPv4 address. */
static bool resembles_number(const char *text)
{
	const char *dot = strchr(text, '.');

	if (!strchr("0123456789+.", text[0]) || (dot && strchr(dot + 1, '.')))
		return false;
	return !text[strspn(text, "0123456789abcdefABCDEFxXoO_+-.:")];
}

static bool is_safe(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("_./:@%+=-", c));
}

static bool is_plain(const char *text)
{
	size_t length = strlen(text);

	if (!length || strchr(":@%=-", text[0]) || text[length - 1] == ':')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_safe(text[i]))
			return false;
	}
	return !is_reserved(text) && !resembles_number(text);
}

static const char *scalar(struct arena *arena, const char *text)
{
	char *quoted, *to;

	if (is_plain(text))
		return text;
	quoted = to = arena_alloc(arena, strlen(text) * 4 + 3);
	*to++ = '"';
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			to += sprintf(to, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '"';
	return quoted;
}

/*
 * Remarks
 */

static int remark_compare(const void *a_, const void *b_)
{
	const struct place_remark *a = a_, *b = b_;
	int order = strcmp(a->remark->path, b->remark->path);

	if (order)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void sort_remarks(struct writer *writer, const struct remark *remarks, size_t n)
{
	writer->remarks = arena_alloc(writer->arena, n * sizeof(*writer->remarks));
	writer->remarks_n = n;
	for (size_t i = 0; i < n; i++)
		writer->remarks[i] = (struct place_remark){ &remarks[i], i, false };
	qsort(writer->remarks, n, sizeof(*writer->remarks), remark_compare);
}

/* A comment for each line of the text. */
static void put_comment(struct writer *writer, unsigned depth, const char *prefix, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\r\n");
		const char *line = arena_strndup(writer->arena, text, length);

		put_indent(writer, depth);
		put(writer, *line || *prefix ? "# " : "#");
		put(writer, prefix);
		put(writer, text_printable(writer->arena, line));
		put(writer, "\n");
		text += length;
		text += *text == '\r' && text[1] == '\n' ? 2 : *text != '\0';
	}
}

static const char *path_of(struct arena *arena, const struct level *level, const char *name)
{
	if (!level->up)
		return name;
	return arena_printf(arena, "%s.%s", path_of(arena, level->up, level->name), name);
}

static size_t first_remark(const struct writer *writer, const char *path)
{
	size_t low = 0, high = writer->remarks_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(writer->remarks[middle].remark->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void put_remarks(struct writer *writer, const struct level *level, const char *name)
{
	const char *path;

	if (!writer->remarks_n)
		return;
	path = path_of(writer->arena, level, name);
	for (size_t i = first_remark(writer, path); i < writer->remarks_n; i++) {
		struct place_remark *remark = &writer->remarks[i];

		if (strcmp(remark->remark->path, path) != 0)
			return;
		put_comment(writer, level->depth, "", remark->remark->text);
		remark->written = true;
	}
}

/* Those of the whole, and those of what is not in the text (any more). */
static void put_other_remarks(struct writer *writer, struct writer *body)
{
	for (size_t i = 0; i < body->remarks_n; i++) {
		const struct remark *remark = body->remarks[i].remark;

		if (body->remarks[i].written)
			continue;
		put_comment(writer, 0,
			    *remark->path ? arena_printf(writer->arena, "%s: ", remark->path) : "",
			    remark->text);
	}
}

/*
 * Entries of mappings
 */

static void put_key(struct writer *writer, const struct level *level, const char *name)
{
	put_remarks(writer, level, name);
	put_indent(writer, level->depth);
	put(writer, scalar(writer->arena, name));
	put(writer, ":");
}

/* value: as it is to stand in the file. */
static void put_entry(struct writer *writer, const struct level *level, const char *name,
		      const char *value)
{
	put_key(writer, level, name);
	put(writer, " ");
	put(writer, value);
	put(writer, "\n");
}

static void put_text(struct writer *writer, const struct level *level, const char *name,
		     const char *text)
{
	if (text)
		put_entry(writer, level, name, scalar(writer->arena, text));
}

static void put_number(struct writer *writer, const struct level *level, const char *name,
		       uint64_t number)
{
	put_entry(writer, level, name, arena_printf(writer->arena, "%" PRIu64, number));
}

static void put_duration(struct writer *writer, const struct level *level, const char *name,
			 msec_t duration)
{
	put_entry(writer, level, name, duration_text(writer->arena, duration));
}

/* What is put until close_mapping() is in it. Returns what that needs. */
static size_t open_mapping(struct writer *writer, const struct level *level, const char *name)
{
	put_key(writer, level, name);
	put(writer, "\n");
	return writer->n;
}

static void close_mapping(struct writer *writer, size_t opened)
{
	if (writer->n != opened)
		return;
	writer->n--;
	put(writer, " {}\n");
}

static struct level level_in(const struct level *up, const char *name)
{
	return (struct level){ up, name, up->depth + 1 };
}

static bool fits_line(const struct level *level, const char *name, const char *const *items,
		      size_t n)
{
	size_t columns = level->depth * INDENT + strlen(name) + strlen(": []");

	for (size_t i = 0; i < n; i++)
		columns += strlen(items[i]) + strlen(", ");
	return columns <= LINE_MAX_COLUMNS;
}

/* items: as they are to stand in the file. */
static void put_list(struct writer *writer, const struct level *level, const char *name,
		     const char *const *items, size_t n)
{
	bool one_line = fits_line(level, name, items, n);

	if (!n)
		return;
	put_key(writer, level, name);
	put(writer, one_line ? " [" : "\n");
	for (size_t i = 0; i < n; i++) {
		if (one_line) {
			put(writer, i ? ", " : "");
			put(writer, items[i]);
			continue;
		}
		put_indent(writer, level->depth + 1);
		put(writer, "- ");
		put(writer, items[i]);
		put(writer, "\n");
	}
	if (one_line)
		put(writer, "]\n");
}

static void put_texts(struct writer *writer, const struct level *level, const char *name,
		      const char *const *texts, size_t n)
{
	const char **items = arena_alloc(writer->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = scalar(writer->arena, texts[i]);
	put_list(writer, level, name, items, n);
}

static void put_prefixes(struct writer *writer, const struct level *level, const char *name,
			 const struct prefix *prefixes, size_t n)
{
	const char **items = arena_alloc(writer->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		char *text = arena_alloc(writer->arena, PREFIX_TEXT_MAX);

		items[i] = scalar(writer->arena, prefix_text(&prefixes[i], text));
	}
	put_list(writer, level, name, items, n);
}

static void put_ip(struct writer *writer, const struct level *level, const char *name,
		   const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family != FAMILY_NONE)
		put_text(writer, level, name, ip_text(ip, text));
}

/*
 * The parts of a desired state
 */

static void put_family(struct writer *writer, const struct level *level, enum family family)
{
	for (size_t i = 1; prefer_family_words[i]; i++) {
		if (prefer_family_values[i] == family)
			put_entry(writer, level, "prefer_family", prefer_family_words[i]);
	}
}

static void put_keepalive(struct writer *writer, const struct level *level, uint16_t seconds)
{
	if (seconds)
		put_number(writer, level, "persistent_keepalive", seconds);
	else
		put_entry(writer, level, "persistent_keepalive", "off");
}

static void put_peer(struct writer *writer, const struct level *above,
		     const struct desired_peer *peer, bool is_member)
{
	const struct level level = level_in(above, peer->name);
	const struct desired_peer normal = desired_peer_default(is_member);
	char key[KEY_TEXT_MAX];

	put_key(writer, above, peer->name);
	put(writer, "\n");
	put_text(writer, &level, "public_key", key_text(&peer->public_key, key));
	put_text(writer, &level, "preshared_key_file", peer->preshared_key_file);
	if (peer->preshared_key_keep)
		put_entry(writer, &level, "preshared_key", "keep");
	put_text(writer, &level, "endpoint", peer->endpoint);
	put_prefixes(writer, &level, "allowed_ips", peer->allowed_ips.at, peer->allowed_ips.n);
	if (peer->persistent_keepalive != normal.persistent_keepalive)
		put_keepalive(writer, &level, peer->persistent_keepalive);
	if (!peer->enabled)
		put_entry(writer, &level, "enabled", "false");
	put_family(writer, &level, peer->prefer_family);
	if (!is_member)
		return;
	if (peer->weight != normal.weight)
		put_number(writer, &level, "weight", peer->weight);
	put_ip(writer, &level, "probe_target", &peer->probe_target);
}

static void put_fwmark(struct writer *writer, const struct level *level, int64_t fwmark)
{
	if (fwmark > 0)
		put_entry(writer, level, "fwmark",
			  arena_printf(writer->arena, "0x%" PRIx64, (uint64_t)fwmark));
	else if (fwmark == 0)
		put_entry(writer, level, "fwmark", "off");
}

static void put_implementation(struct writer *writer, const struct level *level,
			       const struct desired_interface *interface)
{
	if (interface->implementation == IMPLEMENTATION_KERNEL)
		return;
	put_entry(writer, level, "implementation", implementation_words[interface->implementation]);
	if (interface->program.n != 1 ||
	    strcmp(interface->program.at[0], DEFAULT_USERSPACE_PROGRAM) != 0)
		put_texts(writer, level, "program", interface->program.at, interface->program.n);
}

static void put_routing(struct writer *writer, const struct level *level,
			const struct desired_interface *interface)
{
	const struct desired_interface normal = desired_interface_default();

	if (interface->routes != normal.routes)
		put_entry(writer, level, "routes", route_policy_words[interface->routes]);
	if (interface->table != normal.table)
		put_number(writer, level, "table", interface->table);
	if (interface->metric != normal.metric)
		put_number(writer, level, "metric", interface->metric);
	if (interface->rules != normal.rules)
		put_entry(writer, level, "rules", rule_policy_words[interface->rules]);
	if (interface->rule_priority != normal.rule_priority)
		put_number(writer, level, "rule_priority", interface->rule_priority);
}

static void put_interface(struct writer *writer, const struct level *above,
			  const struct desired_interface *interface)
{
	const struct level level = level_in(above, interface->name);
	const struct level peers = level_in(&level, "peers");
	size_t opened = open_mapping(writer, above, interface->name);

	put_text(writer, &level, "private_key_file", interface->private_key_file);
	if (interface->listen_port >= 0)
		put_number(writer, &level, "listen_port", (uint64_t)interface->listen_port);
	put_fwmark(writer, &level, interface->fwmark);
	if (interface->mtu)
		put_number(writer, &level, "mtu", interface->mtu);
	put_prefixes(writer, &level, "addresses", interface->addresses.at, interface->addresses.n);
	if (!interface->create)
		put_entry(writer, &level, "create", "false");
	put_implementation(writer, &level, interface);
	put_routing(writer, &level, interface);
	if (interface->unmanaged_peers != unmanaged_peers_default(interface->create))
		put_entry(writer, &level, "unmanaged_peers",
			  unmanaged_peers_words[interface->unmanaged_peers]);
	if (interface->peers.n)
		open_mapping(writer, &level, "peers");
	vec_each (peer, &interface->peers)
		put_peer(writer, &peers, peer, false);
	close_mapping(writer, opened);
}

static void put_probe(struct writer *writer, const struct level *above,
		      const struct desired_probe *probe)
{
	const struct level level = level_in(above, "probe");
	const struct desired_probe normal = desired_selector_default().probe;

	if (!probe->enabled)
		return;
	put_key(writer, above, "probe");
	put(writer, "\n");
	put_ip(writer, &level, "target", &probe->target);
	if (probe->count != normal.count)
		put_number(writer, &level, "count", probe->count);
	if (probe->timeout != normal.timeout)
		put_duration(writer, &level, "timeout", probe->timeout);
	if (probe->fail_after != normal.fail_after)
		put_number(writer, &level, "fail_after", probe->fail_after);
}

static void put_failback(struct writer *writer, const struct level *level,
			 const struct desired_selector *selector)
{
	const char *word = failback_word(selector->failback);

	if (selector->failback == FAILBACK_NEVER)
		return;
	if (selector->failback == FAILBACK_AFTER)
		word = arena_printf(writer->arena, "{%s: %s}", word,
				    duration_text(writer->arena, selector->failback_after));
	put_entry(writer, level, "failback", word);
}

static void put_times(struct writer *writer, const struct level *level,
		      const struct desired_selector *selector)
{
	const struct desired_selector normal = desired_selector_default();

	if (selector->try_for != normal.try_for)
		put_duration(writer, level, "try_for", selector->try_for);
	if (selector->established_for != normal.established_for)
		put_duration(writer, level, "established_for", selector->established_for);
	if (!selector->silent_for)
		put_entry(writer, level, "silent_for", "off");
	else if (selector->silent_for != normal.silent_for)
		put_duration(writer, level, "silent_for", selector->silent_for);
}

static void put_selector(struct writer *writer, const struct level *above,
			 const struct desired_selector *selector)
{
	const struct level level = level_in(above, selector->name);
	const struct level peers = level_in(&level, "peers");
	const struct desired_selector normal = desired_selector_default();

	put_key(writer, above, selector->name);
	put(writer, "\n");
	put_text(writer, &level, "interface", selector->interface->name);
	if (selector->active != normal.active)
		put_number(writer, &level, "active", selector->active);
	if (selector->standby != normal.standby)
		put_number(writer, &level, "standby", selector->standby);
	if (selector->strategy != normal.strategy)
		put_entry(writer, &level, "strategy", strategy_words[selector->strategy]);
	put_times(writer, &level, selector);
	put_probe(writer, &level, &selector->probe);
	put_failback(writer, &level, selector);
	open_mapping(writer, &level, "peers");
	vec_each (peer, &selector->peers)
		put_peer(writer, &peers, peer, true);
}

static void put_time(struct writer *writer, const struct level *above,
		     const struct desired_time *time)
{
	const struct level level = level_in(above, "time");

	if (!time->enabled)
		return;
	put_key(writer, above, "time");
	put(writer, "\n");
	put_texts(writer, &level, "servers", time->servers.at, time->servers.n);
	put_texts(writer, &level, "command", time->command.at, time->command.n);
	if (time->backoff != desired_time_default().backoff)
		put_duration(writer, &level, "backoff", time->backoff);
}

static void put_desired(struct writer *writer, const struct desired *desired)
{
	const struct level root = { 0 };
	const struct level interfaces = level_in(&root, "interfaces");
	const struct level selectors = level_in(&root, "selectors");
	size_t opened;

	put_entry(writer, &root, "version", "1");
	put_text(writer, &root, "group", desired->group);
	put_time(writer, &root, &desired->time);
	opened = open_mapping(writer, &root, "interfaces");
	vec_each (interface, &desired->interfaces)
		put_interface(writer, &interfaces, interface);
	close_mapping(writer, opened);
	if (desired->selectors.n)
		open_mapping(writer, &root, "selectors");
	vec_each (selector, &desired->selectors)
		put_selector(writer, &selectors, selector);
}

char *desired_write(const struct desired *desired, const struct remark *remarks, size_t n,
		    struct arena *arena)
{
	struct writer body = { .arena = arena };
	struct writer whole = { .arena = arena };

	sort_remarks(&body, remarks, n);
	put_desired(&body, desired);
	put_other_remarks(&whole, &body);
	put(&whole, body.text);
	return whole.text;
}
