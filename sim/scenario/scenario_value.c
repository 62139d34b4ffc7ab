/* SPDX-License-Identifier: MIT */
#include "core/desired/desired_value.h"
#include "scenario_parts.h"

/* RFC 1035, 2.3.4: a label; node names become host names. */
#define NAME_MAX_BYTES 63
#define RATE_MIN 1000
#define RATE_MAX UINT64_C(100000000000)
#define PPM_PER_PERCENT 10000

static const char *const *part_names(struct arena *arena, const struct part *parts)
{
	size_t n = 0;
	const char **names;

	while (parts[n].name)
		n++;
	names = arena_alloc(arena, (n + 1) * sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = parts[i].name;
	return names;
}

static const struct part *part_find(const struct part *parts, const char *name)
{
	for (; parts->name; parts++) {
		if (!strcmp(parts->name, name))
			return parts;
	}
	return NULL;
}

static void require_parts(struct scenario_reading *reading, const struct tree_node *node,
			  const struct part *parts)
{
	for (; parts->name; parts++) {
		if (parts->required && !tree_get(node, parts->name))
			tree_key_error(reading->diags, node, "has no %s: %s", parts->name,
				       parts->required);
	}
}

bool read_parts(struct scenario_reading *reading, const struct tree_node *node,
		const struct part *parts, void *object)
{
	unsigned errors = reading->diags->errors;

	if (!value_mapping(reading->diags, node))
		return false;
	for (const struct tree_node *value = node->first; value; value = value->next) {
		const struct part *part = part_find(parts, value->key);

		if (!part)
			value_unknown_key(reading->diags, value, part_names(reading->arena, parts));
		else if (part->read)
			part->read(reading, value, (char *)object + part->offset);
	}
	require_parts(reading, node, parts);
	return reading->diags->errors == errors;
}

const struct tree_node *item_first(const struct tree_node *node)
{
	return node->kind == TREE_LIST ? node->first : tree_is_empty(node) ? NULL : node;
}

const struct tree_node *item_next(const struct tree_node *node, const struct tree_node *item)
{
	return item == node ? NULL : item->next;
}

bool read_duration(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_duration(reading->diags, value, NULL, to);
}

bool read_delay(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	msec_t delay;

	if (value->kind == TREE_SCALAR && duration_parse(value->text, &delay) && !delay) {
		*(msec_t *)to = 0;
		return true;
	}
	return value_duration(reading->diags, value, NULL, to);
}

/* Digits, and up to four after a point: 0.0001 % is one of a million. */
static bool share_parse(const char *text, ppm_t *share)
{
	uint32_t ppm = 0;
	uint32_t unit = PPM_PER_PERCENT;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		ppm = ppm * 10 + (uint32_t)(*text - '0') * PPM_PER_PERCENT;
		if (ppm > PPM_ALL)
			return false;
	}
	if (*text == '.' && text[1] >= '0' && text[1] <= '9') {
		for (text++; *text >= '0' && *text <= '9' && unit > 1; text++) {
			unit /= 10;
			ppm += (uint32_t)(*text - '0') * unit;
		}
	}
	if (strcmp(text, "%") != 0 || ppm > PPM_ALL)
		return false;
	*share = ppm;
	return true;
}

bool read_share(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	if (!value_scalar(reading->diags, value))
		return false;
	if (share_parse(value->text, to))
		return true;
	tree_error(reading->diags, value,
		   "%s is not a percentage: give a number from 0%% to 100%%, such as 1%% or 0.5%%",
		   tree_shown(reading->arena, value));
	return false;
}

static bool rate_parse(const char *text, uint64_t *rate)
{
	static const struct {
		const char *name;
		uint64_t bits;
	} units[] = { { "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 }, { "gbit", 1000000000 } };
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > RATE_MAX)
			return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) != 0 || number > RATE_MAX / units[i].bits)
			continue;
		*rate = number * units[i].bits;
		return *rate >= RATE_MIN;
	}
	return false;
}

bool read_rate(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	uint64_t rate;

	if (!value_scalar(reading->diags, value))
		return false;
	if (!rate_parse(value->text, &rate)) {
		tree_error(reading->diags, value,
			   "%s is not a rate: give a whole number with kbit, mbit or gbit, from "
			   "1kbit to 100gbit",
			   tree_shown(reading->arena, value));
		return false;
	}
	*(uint64_t *)to = rate;
	return true;
}

bool check_quality(struct scenario_reading *reading, const struct tree_node *node,
		   const struct quality *quality)
{
	const struct tree_node *jitter = tree_get(node, "jitter");
	const struct tree_node *reorder = tree_get(node, "reorder");

	if (jitter && quality->jitter > quality->delay) {
		tree_error(reading->diags, jitter,
			   "is more than the delay, which is %s: nothing arrives before it is sent",
			   duration_text(reading->arena, quality->delay));
		return false;
	}
	/* tc-netem(8) refuses it: reordered packets are the undelayed ones. */
	if (reorder && quality->reorder && !quality->delay) {
		tree_error(reading->diags, reorder,
			   "needs a delay: what is sent ahead of its time overtakes what waits");
		return false;
	}
	return true;
}

bool read_quality(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	static const struct part parts[] = { QUALITY_PARTS(0), { 0 } };
	struct quality quality = { 0 };

	if (!read_parts(reading, value, parts, &quality) ||
	    !check_quality(reading, value, &quality))
		return false;
	*(struct quality *)to = quality;
	return true;
}

bool read_flag(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_boolean(reading->diags, value, to);
}

bool read_word(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_text(reading->diags, value, to);
}

bool read_string(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	if (!value_scalar(reading->diags, value))
		return false;
	*(const char **)to = value->text;
	return true;
}

bool read_prefix(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_address(reading->diags, value, to);
}

/* false after an error; a missing value is an empty list. */
static bool list_or_one(struct scenario_reading *reading, const struct tree_node *value)
{
	return value->kind == TREE_LIST || tree_is_empty(value) ||
	       value_scalar(reading->diags, value);
}

const char **read_words(struct scenario_reading *reading, const struct tree_node *value, size_t *n)
{
	VEC(const char *) list = { 0 };
	const char *word;

	if (!list_or_one(reading, value))
		value = NULL;
	for (const struct tree_node *item = value ? item_first(value) : NULL; item;
	     item = item_next(value, item)) {
		if (value_argument(reading->diags, item, &word))
			*vec_push(reading->arena, &list) = word;
	}
	*n = list.n;
	return list.at;
}

struct ip *read_ips(struct scenario_reading *reading, const struct tree_node *value, size_t *n)
{
	VEC(struct ip) list = { 0 };
	struct ip ip;

	if (!list_or_one(reading, value))
		value = NULL;
	for (const struct tree_node *item = value ? item_first(value) : NULL; item;
	     item = item_next(value, item)) {
		if (value_ip(reading->diags, item, &ip))
			*vec_push(reading->arena, &list) = ip;
	}
	*n = list.n;
	return list.at;
}

static struct prefix *read_prefixes(struct scenario_reading *reading, const struct tree_node *value,
				    bool (*read)(struct diags *diags, const struct tree_node *node,
						 struct prefix *prefix),
				    size_t *n)
{
	VEC(struct prefix) list = { 0 };
	struct prefix prefix;

	if (!list_or_one(reading, value))
		value = NULL;
	for (const struct tree_node *item = value ? item_first(value) : NULL; item;
	     item = item_next(value, item)) {
		if (read(reading->diags, item, &prefix))
			*vec_push(reading->arena, &list) = prefix;
	}
	*n = list.n;
	return list.at;
}

struct prefix *read_addresses(struct scenario_reading *reading, const struct tree_node *value,
			      size_t *n)
{
	return read_prefixes(reading, value, value_address, n);
}

struct prefix *read_networks(struct scenario_reading *reading, const struct tree_node *value,
			     size_t *n)
{
	return read_prefixes(reading, value, value_network, n);
}

/* value_host() checks values; the name of an answer is a key. */
static bool key_names_host(struct scenario_reading *reading, const struct tree_node *node)
{
	struct tree_node key = *node;
	struct diags unseen = { .arena = reading->arena };
	const char *host;
	struct ip ip;

	key.kind = TREE_SCALAR;
	key.text = node->key;
	key.plain = false;
	if (!ip_parse(node->key, &ip) && value_host(&unseen, &key, &host))
		return true;
	tree_key_error(reading->diags, node,
		       "is not the name of a host: give one, such as "
		       "gw1.example");
	return false;
}

struct name_answer *read_answers(struct scenario_reading *reading, const struct tree_node *value,
				 size_t *n)
{
	VEC(struct name_answer) list = { 0 };

	*n = 0;
	if (!value_mapping(reading->diags, value))
		return NULL;
	for (const struct tree_node *node = value->first; node; node = node->next) {
		struct name_answer *answer = vec_push(reading->arena, &list);
		size_t addresses;

		key_names_host(reading, node);
		answer->name = node->key;
		vec_set(&answer->addresses, read_ips(reading, node, &addresses), addresses);
	}
	*n = list.n;
	return list.at;
}

const char **read_command(struct scenario_reading *reading, const struct tree_node *value,
			  size_t *n)
{
	const char **words;

	if (value->kind == TREE_LIST) {
		if (!value->n)
			tree_error(reading->diags, value,
				   "is empty: give the program and its arguments");
		return read_words(reading, value, n);
	}
	*n = 0;
	if (!value_scalar(reading->diags, value))
		return NULL;
	words = arena_alloc(reading->arena, 3 * sizeof(*words));
	words[(*n)++] = "sh";
	words[(*n)++] = "-c";
	words[(*n)++] = value->text;
	return words;
}

bool name_is_plain(const char *name, const char *more)
{
	size_t length = strlen(name);

	if (!length || length > NAME_MAX_BYTES || *name == '-')
		return false;
	for (; *name; name++) {
		char lower = (char)(*name | 0x20);

		if (!(lower >= 'a' && lower <= 'z') && !(*name >= '0' && *name <= '9') &&
		    !strchr("-_", *name) && !strchr(more, *name))
			return false;
	}
	return true;
}

bool key_names_part(struct scenario_reading *reading, const struct tree_node *node)
{
	if (name_is_plain(node->key, ""))
		return true;
	tree_key_error(reading->diags, node,
		       "is not a name: give 1 to %d of A-Z a-z 0-9 _ -, no - in front",
		       NAME_MAX_BYTES);
	return false;
}

static bool has_unknown_key(const struct tree_node *node, const struct part *parts)
{
	for (const struct tree_node *value = node->first; value; value = value->next) {
		if (!part_find(parts, value->key))
			return true;
	}
	return false;
}

const struct tree_node *only_of(struct scenario_reading *reading, const struct tree_node *node,
				const char *const *words, const struct part *parts,
				const char *what)
{
	const struct tree_node *found = NULL;

	for (const struct tree_node *value = node->first; value; value = value->next) {
		bool is_one = false;

		for (size_t i = 0; words[i]; i++)
			is_one = is_one || !strcmp(words[i], value->key);
		if (!is_one)
			continue;
		if (found) {
			tree_key_error(reading->diags, value,
				       "is a second %s, beside %s: give one of them only", what,
				       found->key);
			return NULL;
		}
		found = value;
	}
	if (!found && !has_unknown_key(node, parts))
		tree_key_error(reading->diags, node, "has no %s: give one of %s", what,
			       words_listed(reading->arena, words, ", "));
	return found;
}

static const char *flow_scalar(struct arena *arena, const struct tree_node *node)
{
	if (node->plain)
		return node->text;
	return arena_printf(arena, "\"%s\"", text_printable(arena, node->text));
}

static const char *flow_value(struct arena *arena, const struct tree_node *node)
{
	if (node->kind == TREE_SCALAR)
		return flow_scalar(arena, node);
	return arena_printf(arena, node->kind == TREE_LIST ? "[%s]" : "{%s}",
			    flow_text(arena, node));
}

const char *flow_text(struct arena *arena, const struct tree_node *node)
{
	const char *all = "";

	if (node->kind == TREE_SCALAR)
		return flow_scalar(arena, node);
	for (const struct tree_node *child = node->first; child; child = child->next)
		all = arena_printf(arena, "%s%s%s%s%s", all, *all ? ", " : "",
				   child->key ? child->key : "", child->key ? ": " : "",
				   flow_value(arena, child));
	return all;
}
