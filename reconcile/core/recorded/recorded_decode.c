/* SPDX-License-Identifier: MIT */
/*
 * recorded_decode: takes only what recorded_encode can have written, spelled and
 * ordered as it does, so that there is one text for one content.
 */
#include <jansson.h>
#include <stdlib.h>

#include "recorded.h"

/* Our own texts nest six deep. */
#define DEPTH_MAX 16
/* jansson takes up to 300 bytes for each list or object and 50 for each value: a
 * hostile text within RECORDED_SIZE_MAX must not cost gigabytes. */
#define CONTAINERS_MAX (1u << 20)
#define VALUES_MAX (8u << 20)
#define TIME_MAX_MS (HANDSHAKE_SEC_MAX * MSEC_PER_SEC)

struct decoder {
	struct arena *arena;
	const char *reason; /* NULL: all is well so far */
};

static bool __attribute__((format(printf, 2, 3)))
fail(struct decoder *decoder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	decoder->reason = text_printable(decoder->arena,
					 arena_vprintf(decoder->arena, format, args));
	va_end(args);
	return false;
}

static bool integer_take(struct decoder *decoder, json_int_t number, int64_t min, int64_t max,
			 const char *what)
{
	if (number < min || number > max)
		return fail(decoder, "%s is out of range", what);
	return true;
}

static bool time_take(struct decoder *decoder, json_int_t number, const char *what, msec_t *time)
{
	*time = number;
	return integer_take(decoder, number, -TIME_MAX_MS, TIME_MAX_MS, what);
}

static bool u32_take(struct decoder *decoder, json_int_t number, const char *what, uint32_t *to)
{
	*to = (uint32_t)number;
	return integer_take(decoder, number, 0, UINT32_MAX, what);
}

static bool handshake_take(struct decoder *decoder, json_int_t sec, json_int_t nsec,
			   struct handshake *handshake)
{
	handshake->sec = sec;
	handshake->nsec = (int32_t)nsec;
	return integer_take(decoder, sec, 0, HANDSHAKE_SEC_MAX, "handshake") &&
	       integer_take(decoder, nsec, 0, 999999999, "handshake");
}

static bool name_take(struct decoder *decoder, const char *text, const char *what, const char **to)
{
	size_t length = strlen(text);

	if (length == 0 || length > RECORDED_NAME_MAX)
		return fail(decoder, "%s is empty or too long", what);
	*to = arena_strndup(decoder->arena, text, length);
	return true;
}

static bool boot_id_take(struct decoder *decoder, const char *text, char boot_id[37])
{
	size_t length = strlen(text);

	if (length > 36 || strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz-") != length)
		return fail(decoder, "boot_id is none");
	memcpy(boot_id, text, length + 1);
	return true;
}

static const char *role_word_at(unsigned index)
{
	return slot_role_word((enum slot_role)index);
}

static const char *state_word_at(unsigned index)
{
	return slot_state_word((enum slot_state)index);
}

static const char *reason_word_at(unsigned index)
{
	return left_reason_word((enum left_reason)index);
}

/* The index at which word_at() has the word. */
static bool word_take(struct decoder *decoder, const char *word,
		      const char *(*word_at)(unsigned index), unsigned *index)
{
	for (*index = 0; word_at(*index); (*index)++) {
		if (!strcmp(word, word_at(*index)))
			return true;
	}
	return fail(decoder, "unknown word '%.40s'", word);
}

static bool key_take(struct decoder *decoder, const char *text, struct wg_key *key)
{
	return key_parse(text, key) || fail(decoder, "'%.44s' is no key", text);
}

static bool prefix_take(struct decoder *decoder, const char *text, struct prefix *prefix)
{
	char again[PREFIX_TEXT_MAX];

	if (prefix_parse(text, prefix) && !strcmp(prefix_text(prefix, again), text))
		return true;
	return fail(decoder, "'%.49s' is no prefix as written here", text);
}

/* Reads endpoint_text()'s form, which endpoint_parse() does not when it has a scope. */
static bool endpoint_take(struct decoder *decoder, const char *text, struct endpoint *endpoint)
{
	char host[ENDPOINT_TEXT_MAX];
	char again[ENDPOINT_TEXT_MAX];
	char *zone;

	memset(endpoint, 0, sizeof(*endpoint));
	if (!endpoint_split(text, host, sizeof(host), &endpoint->port))
		return fail(decoder, "'%.67s' is no endpoint", text);
	zone = strchr(host, '%');
	if (zone) {
		*zone = '\0';
		endpoint->scope = (uint32_t)strtoul(zone + 1, NULL, 10);
	}
	/* The comparison refuses what strtoul() was too kind to. */
	if (!ip_parse(host, &endpoint->ip) || strcmp(endpoint_text(endpoint, again), text) != 0)
		return fail(decoder, "'%.67s' is no endpoint as written here", text);
	return true;
}

/* Calls take for each item of list, which may be missing. */
static bool list_take(struct decoder *decoder, json_t *list, const char *what, void *to,
		      bool (*take)(struct decoder *decoder, json_t *item, void *to))
{
	if (!list)
		return true;
	if (!json_is_array(list))
		return fail(decoder, "%s is no list", what);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!take(decoder, json_array_get(list, i), to))
			return fail(decoder, "%s[%zu]: %s", what, i, decoder->reason);
	}
	return true;
}

/* Whether two of n items are equal. They are not moved. */
static bool has_equals(struct arena *arena, const void *items, size_t n, size_t size,
		       int (*compare)(const void *, const void *))
{
	char *sorted;

	if (n < 2)
		return false;
	sorted = arena_alloc(arena, n * size);
	memcpy(sorted, items, n * size);
	qsort(sorted, n, size, compare);
	for (size_t i = 1; i < n; i++) {
		if (!compare(sorted + (i - 1) * size, sorted + i * size))
			return true;
	}
	return false;
}

/* Whether each of n items comes after the one before it. */
static bool is_ascending(const void *items, size_t n, size_t size,
			 int (*compare)(const void *, const void *))
{
	const char *at = items;

	for (size_t i = 1; i < n; i++) {
		if (compare(at + (i - 1) * size, at + i * size) >= 0)
			return false;
	}
	return true;
}

#define unique(decoder, vec, compare, what)                                                        \
	(!has_equals((decoder)->arena, (vec)->at, (vec)->n, sizeof(*(vec)->at), (compare)) ||      \
	 fail((decoder), "duplicate entry in %s", (what)))

#define ascending(decoder, vec, compare, what)                                                     \
	(is_ascending((vec)->at, (vec)->n, sizeof(*(vec)->at), (compare)) ||                       \
	 fail((decoder), "duplicate or unsorted entry in %s", (what)))

/* Names and keys come first in the structures that are told apart by them. */
_Static_assert(!offsetof(struct recorded_slot, peer) && !offsetof(struct recorded_left, peer) &&
		       !offsetof(struct recorded_rotation, peer) &&
		       !offsetof(struct recorded_selector, name) &&
		       !offsetof(struct recorded_interface, name) &&
		       !offsetof(struct recorded_endpoint, public_key),
	       "text_order() and key_order() look there");

static int endpoint_compare(const void *a_, const void *b_)
{
	const struct endpoint *a = a_;
	const struct endpoint *b = b_;
	int order = ip_compare(&a->ip, &b->ip);

	if (order)
		return order;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->scope > b->scope) - (a->scope < b->scope);
}

static bool slot_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_slot *slot = vec_push(decoder->arena,
					      &((struct recorded_selector *)selector)->slots);
	const char *peer, *role_word, *state_word, *endpoint = NULL;
	json_int_t since, sec = 0, nsec = 0, failures = 0;
	unsigned role, state;
	int refused = false;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT,
			   "{s:s, s:s, s:s, s:I, s?[I,I], s?s, s?I, s?b}", "peer", &peer, "role",
			   &role_word, "state", &state_word, "since", &since, "baseline", &sec,
			   &nsec, "endpoint", &endpoint, "probe_failures", &failures, "refused",
			   &refused))
		return fail(decoder, "%s", error.text);
	if (!word_take(decoder, role_word, role_word_at, &role) ||
	    !word_take(decoder, state_word, state_word_at, &state))
		return false;
	slot->role = (enum slot_role)role;
	slot->state = (enum slot_state)state;
	slot->has_endpoint = endpoint != NULL;
	slot->refused = refused;
	return name_take(decoder, peer, "peer", &slot->peer) &&
	       time_take(decoder, since, "since", &slot->since) &&
	       handshake_take(decoder, sec, nsec, &slot->baseline) &&
	       u32_take(decoder, failures, "probe_failures", &slot->probe_failures) &&
	       (!endpoint || endpoint_take(decoder, endpoint, &slot->endpoint));
}

static bool tried_take(struct decoder *decoder, json_t *json, void *selector)
{
	const char **peer = vec_push(decoder->arena,
				     &((struct recorded_selector *)selector)->tried);

	if (!json_is_string(json))
		return fail(decoder, "not a name");
	return name_take(decoder, json_string_value(json), "peer", peer);
}

static bool left_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_left *left = vec_push(decoder->arena,
					      &((struct recorded_selector *)selector)->left);
	const char *peer, *word;
	json_int_t at = 0, strikes = 0, active_at = 0, active = 0, candidate = 0;
	unsigned reason;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?I, s?I, s?I, s?I, s?I}", "peer",
			   &peer, "reason", &word, "at", &at, "strikes", &strikes,
			   "active_failures", &active, "active_failed_at", &active_at,
			   "candidate_failures", &candidate))
		return fail(decoder, "%s", error.text);
	if (!word_take(decoder, word, reason_word_at, &reason))
		return false;
	left->reason = (enum left_reason)reason;
	return name_take(decoder, peer, "peer", &left->peer) &&
	       time_take(decoder, at, "at", &left->at) &&
	       u32_take(decoder, strikes, "strikes", &left->strikes) &&
	       u32_take(decoder, active, "active_failures", &left->active_failures) &&
	       time_take(decoder, active_at, "active_failed_at", &left->active_failed_at) &&
	       u32_take(decoder, candidate, "candidate_failures", &left->candidate_failures);
}

static bool untried_take(struct decoder *decoder, json_t *json, void *endpoint)
{
	if (!json_is_string(json))
		return fail(decoder, "not an endpoint");
	return endpoint_take(
		decoder, json_string_value(json),
		vec_push(decoder->arena, &((struct recorded_endpoint *)endpoint)->untried));
}

static bool untried_list_take(struct decoder *decoder, json_t *list,
			      struct recorded_endpoint *endpoint)
{
	return list_take(decoder, list, "untried", endpoint, untried_take) &&
	       unique(decoder, &endpoint->untried, endpoint_compare, "untried");
}

/* Written by earlier versions. */
static bool rotation_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_rotation *rotation = vec_push(
		decoder->arena, &((struct recorded_selector *)selector)->rotations);
	const char *peer, *endpoint;
	json_t *untried = NULL;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?o}", "peer", &peer, "endpoint",
			   &endpoint, "untried", &untried))
		return fail(decoder, "%s", error.text);
	return name_take(decoder, peer, "peer", &rotation->peer) &&
	       name_take(decoder, endpoint, "endpoint", &rotation->endpoint.endpoint) &&
	       untried_list_take(decoder, untried, &rotation->endpoint);
}

static bool selector_take(struct decoder *decoder, json_t *json, void *recorded)
{
	struct recorded_selector *selector = vec_push(decoder->arena,
						      &((struct recorded *)recorded)->selectors);
	json_t *slots = NULL, *tried = NULL, *left = NULL, *rotations = NULL;
	const char *name;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s?o, s?o, s?o, s?o}", "name", &name,
			   "slots", &slots, "tried", &tried, "left", &left, "rotations",
			   &rotations))
		return fail(decoder, "%s", error.text);
	return name_take(decoder, name, "name", &selector->name) &&
	       list_take(decoder, slots, "slots", selector, slot_take) &&
	       list_take(decoder, tried, "tried", selector, tried_take) &&
	       list_take(decoder, left, "left", selector, left_take) &&
	       list_take(decoder, rotations, "rotations", selector, rotation_take) &&
	       unique(decoder, &selector->slots, text_order, "slots") &&
	       unique(decoder, &selector->tried, text_order, "tried") &&
	       unique(decoder, &selector->left, text_order, "left") &&
	       unique(decoder, &selector->rotations, text_order, "rotations");
}

static bool declared_take(struct decoder *decoder, json_t *json, void *interface)
{
	struct recorded_endpoint *endpoint = vec_push(
		decoder->arena, &((struct recorded_interface *)interface)->endpoints);
	const char *key, *text;
	json_t *untried = NULL;
	json_int_t at = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?I, s?o}", "public_key", &key,
			   "endpoint", &text, "at", &at, "untried", &untried))
		return fail(decoder, "%s", error.text);
	return key_take(decoder, key, &endpoint->public_key) &&
	       name_take(decoder, text, "endpoint", &endpoint->endpoint) &&
	       time_take(decoder, at, "at", &endpoint->at) &&
	       untried_list_take(decoder, untried, endpoint);
}

static bool peer_take(struct decoder *decoder, json_t *json, void *interface)
{
	if (!json_is_string(json))
		return fail(decoder, "not a key");
	return key_take(decoder, json_string_value(json),
			vec_push(decoder->arena, &((struct recorded_interface *)interface)->peers));
}

static bool address_take(struct decoder *decoder, json_t *json, void *interface)
{
	if (!json_is_string(json))
		return fail(decoder, "not an address");
	return prefix_take(
		decoder, json_string_value(json),
		vec_push(decoder->arena, &((struct recorded_interface *)interface)->addresses));
}

static bool rules_take(struct decoder *decoder, json_t *json, struct recorded_interface *interface)
{
	json_int_t priority, table;
	json_error_t error;

	if (!json)
		return true;
	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:I, s:I}", "priority", &priority, "table",
			   &table))
		return fail(decoder, "rules: %s", error.text);
	interface->has_rules = true;
	return u32_take(decoder, priority, "rules: priority", &interface->rule_priority) &&
	       u32_take(decoder, table, "rules: table", &interface->rule_table);
}

static bool interface_take(struct decoder *decoder, json_t *json, void *recorded)
{
	struct recorded_interface *interface = vec_push(decoder->arena,
							&((struct recorded *)recorded)->interfaces);
	json_t *endpoints = NULL, *peers = NULL, *addresses = NULL, *rules = NULL;
	json_int_t digest = 0;
	const char *name;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s?I, s?o, s?o, s?o, s?o}", "name",
			   &name, "endpoints_digest", &digest, "endpoints", &endpoints, "peers",
			   &peers, "addresses", &addresses, "rules", &rules))
		return fail(decoder, "%s", error.text);
	if (!interface_name_valid(name))
		return fail(decoder, "'%.20s' is no name of an interface", name);
	interface->endpoints_digest = digest;
	return name_take(decoder, name, "name", &interface->name) &&
	       integer_take(decoder, digest, 0, INT64_MAX, "endpoints_digest") &&
	       list_take(decoder, endpoints, "endpoints", interface, declared_take) &&
	       list_take(decoder, peers, "peers", interface, peer_take) &&
	       list_take(decoder, addresses, "addresses", interface, address_take) &&
	       rules_take(decoder, rules, interface) &&
	       ascending(decoder, &interface->endpoints, key_order, "endpoints") &&
	       ascending(decoder, &interface->peers, key_order, "peers") &&
	       unique(decoder, &interface->addresses, prefix_order, "addresses");
}

static bool recorded_take(struct decoder *decoder, json_t *json, struct recorded *recorded)
{
	json_t *selectors = NULL, *interfaces = NULL;
	const char *boot_id;
	json_int_t attempt = 0;
	int version, done = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:i, s:s, s?I, s?b, s?o, s?o}", "version",
			   &version, "boot_id", &boot_id, "time_attempt", &attempt, "time_done",
			   &done, "selectors", &selectors, "interfaces", &interfaces))
		return fail(decoder, "%s", error.text);
	recorded->time_done = done;
	return boot_id_take(decoder, boot_id, recorded->boot_id) &&
	       time_take(decoder, attempt, "time_attempt", &recorded->time_attempt) &&
	       list_take(decoder, selectors, "selectors", recorded, selector_take) &&
	       list_take(decoder, interfaces, "interfaces", recorded, interface_take) &&
	       ascending(decoder, &recorded->selectors, text_order, "selectors") &&
	       ascending(decoder, &recorded->interfaces, text_order, "interfaces");
}

static bool sample_take(struct decoder *decoder, json_t *json, void *samples)
{
	struct sample *sample = vec_push(decoder->arena, &((struct samples *)samples)->list);
	const char *interface, *key;
	json_int_t sec = 0, nsec = 0, handshake_at = 0, received_at, rx_bytes, tx_bytes;
	json_int_t unanswered_at = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT,
			   "{s:s, s:s, s?[I,I], s?I, s:I, s:I, s:I, s?I}", "interface", &interface,
			   "public_key", &key, "handshake", &sec, &nsec, "handshake_at",
			   &handshake_at, "rx_bytes", &rx_bytes, "tx_bytes", &tx_bytes,
			   "received_at", &received_at, "unanswered_at", &unanswered_at))
		return fail(decoder, "%s", error.text);
	sample->rx_bytes = (uint64_t)rx_bytes;
	sample->tx_bytes = (uint64_t)tx_bytes;
	if (!interface_name_valid(interface))
		return fail(decoder, "'%.20s' is no name of an interface", interface);
	return name_take(decoder, interface, "interface", &sample->interface) &&
	       key_take(decoder, key, &sample->public_key) &&
	       handshake_take(decoder, sec, nsec, &sample->handshake) &&
	       time_take(decoder, handshake_at, "handshake_at", &sample->handshake_at) &&
	       integer_take(decoder, rx_bytes, 0, INT64_MAX, "rx_bytes") &&
	       integer_take(decoder, tx_bytes, 0, INT64_MAX, "tx_bytes") &&
	       time_take(decoder, received_at, "received_at", &sample->received_at) &&
	       time_take(decoder, unanswered_at, "unanswered_at", &sample->unanswered_at);
}

static bool samples_take(struct decoder *decoder, json_t *json, struct samples *samples)
{
	json_t *list = NULL;
	const char *boot_id;
	json_int_t at, wall_offset, names_at = 0;
	int version;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:i, s:s, s:I, s:I, s?I, s?o}", "version",
			   &version, "boot_id", &boot_id, "at", &at, "wall_offset", &wall_offset,
			   "names_at", &names_at, "marks", &list))
		return fail(decoder, "%s", error.text);
	return boot_id_take(decoder, boot_id, samples->boot_id) &&
	       time_take(decoder, at, "at", &samples->at) &&
	       time_take(decoder, wall_offset, "wall_offset", &samples->wall_offset) &&
	       time_take(decoder, names_at, "names_at", &samples->names_at) &&
	       list_take(decoder, list, "marks", samples, sample_take) &&
	       ascending(decoder, &samples->list, sample_order, "marks");
}

/* How much a text holds, found out before jansson builds it all. */
struct extent {
	unsigned depth;
	size_t containers;
	size_t values;
};

static bool extent_add(struct extent *extent, char character)
{
	switch (character) {
	case '[':
	case '{':
		return ++extent->depth <= DEPTH_MAX && ++extent->containers <= CONTAINERS_MAX;
	case ']':
	case '}':
		if (extent->depth)
			extent->depth--;
		return true;
	case ',':
		return ++extent->values <= VALUES_MAX;
	default:
		return true;
	}
}

static bool extent_bounded(const char *text, size_t length)
{
	struct extent extent = { 0 };
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string && !extent_add(&extent, text[i]))
			return false;
	}
	return true;
}

static bool version_take(struct decoder *decoder, const json_t *json)
{
	const json_t *version = json_object_get(json, "version");
	json_int_t number = json_integer_value(version);

	if (!json_is_integer(version) || number < 1)
		return fail(decoder, "not a state of this program: it has no version");
	if (number > RECORDED_VERSION)
		return fail(decoder,
			    "version %" JSON_INTEGER_FORMAT " is newer than this program's %d",
			    number, RECORDED_VERSION);
	return true;
}

/* The JSON of a text of our version; NULL and a reason if there is none. */
static json_t *json_take(struct decoder *decoder, const char *text, size_t length)
{
	json_error_t error;
	json_t *json;

	if (length > RECORDED_SIZE_MAX || !extent_bounded(text, length)) {
		fail(decoder, "too large, or nested too deeply");
		return NULL;
	}
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		fail(decoder, "line %d, column %d: %s", error.line, error.column, error.text);
		return NULL;
	}
	if (version_take(decoder, json))
		return json;
	json_decref(json);
	return NULL;
}

const char *recorded_decode(const char *text, size_t length, struct recorded *recorded,
			    struct arena *arena)
{
	struct decoder decoder = { .arena = arena };
	json_t *json = json_take(&decoder, text, length);

	recorded_init(recorded, arena);
	if (json && !recorded_take(&decoder, json, recorded))
		recorded_init(recorded, arena);
	json_decref(json);
	return decoder.reason;
}

const char *samples_decode(const char *text, size_t length, struct samples *samples,
			   struct arena *arena)
{
	struct decoder decoder = { .arena = arena };
	json_t *json = json_take(&decoder, text, length);

	samples_init(samples, arena);
	if (json && !samples_take(&decoder, json, samples))
		samples_init(samples, arena);
	json_decref(json);
	return decoder.reason;
}
