/* SPDX-License-Identifier: MIT */
#include "desired_yaml.h"

#include "desired_default.h"

#include "test/corpus.h"
#include "test/unit.h"

#include <time.h>

#define MANUAL "reconcile/man/wgreconcile.yaml.5"

static void check_good(const char *path)
{
	struct diags diags = { .arena = arena_new() };

	ck_assert_msg(corpus_parse(&diags, path) != NULL, "%s", errors_text(&diags));
	ck_assert_uint_eq(diags.list.n, 0);
	arena_free(diags.arena);
}

START_TEST(test_good)
{
	corpus_each(CORPUS "good/*.yaml", 15, check_good);
}
END_TEST

static void check_bad(const char *path)
{
	struct diags diags = { .arena = arena_new() };
	size_t length;
	const char *text = corpus_read(diags.arena, path, &length);

	ck_assert_msg(corpus_parse(&diags, path) == NULL, "%s is accepted", path);
	ck_assert_str_eq(errors_text(&diags),
			 corpus_expected(diags.arena, corpus_name(path), text));
	ck_assert_uint_gt(diags.errors, 0);
	arena_free(diags.arena);
}

START_TEST(test_bad)
{
	corpus_each(CORPUS "bad/*.yaml", 130, check_bad);
}
END_TEST

static void assert_prefix(const struct prefix *prefix, const char *expected)
{
	char text[PREFIX_TEXT_MAX];

	ck_assert_str_eq(prefix_text(prefix, text), expected);
}

static void assert_ip(const struct ip *ip, const char *expected)
{
	char text[IP_TEXT_MAX];

	ck_assert_str_eq(ip_text(ip, text), expected);
}

START_TEST(test_interface_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags,
						     CORPUS "good/everything_interface.yaml");
	const struct desired_interface *interface = &desired->interfaces.at[0];

	ck_assert_uint_eq(desired->interfaces.n, 3);
	ck_assert_uint_eq(desired->selectors.n, 0);
	ck_assert_str_eq(desired->name, "test");
	ck_assert_str_eq(interface->name, "wg-all.1");
	ck_assert_str_eq(interface->where.file, "everything_interface.yaml");
	ck_assert_str_eq(interface->key_file_where.file, "everything_interface.yaml");
	ck_assert_uint_eq(interface->key_file_where.line, 4);
	ck_assert_uint_eq(interface->key_file_where.column, 23);
	ck_assert_uint_eq(interface->where.line, 3);
	ck_assert(interface->create);
	ck_assert_int_eq(interface->implementation, IMPLEMENTATION_USERSPACE);
	ck_assert_uint_eq(interface->program.n, 6);
	ck_assert_str_eq(interface->program.at[1], "LOG_LEVEL=debug");
	ck_assert_str_eq(interface->program.at[4], "5");
	ck_assert_str_eq(interface->private_key_file, "keys/wg-all.key");
	ck_assert_int_eq(interface->listen_port, 1);
	ck_assert_int_eq(interface->fwmark, 0xca6c);
	ck_assert_uint_eq(interface->mtu, 576);
	ck_assert_uint_eq(interface->addresses.n, 2);
	assert_prefix(&interface->addresses.at[0].prefix, "10.0.0.2/24");
	assert_prefix(&interface->addresses.at[1].prefix, "192.0.2.1/32");
	ck_assert_int_eq(interface->routes, ROUTES_NONE);
	ck_assert_uint_eq(interface->table, 51820);
	ck_assert_uint_eq(interface->metric, 100);
	ck_assert_int_eq(interface->rules, RULES_FWMARK);
	ck_assert_uint_eq(interface->rule_priority, 1000);
	ck_assert_int_eq(interface->unmanaged_peers, UNMANAGED_KEEP);
	interface = desired_interface_find(desired, "wg1");
	ck_assert_int_eq(interface->fwmark, 0);
	ck_assert(!interface->create);
	ck_assert_int_eq(interface->unmanaged_peers, UNMANAGED_REMOVE);
	ck_assert_uint_eq(interface->program.n, 1);
	ck_assert_uint_eq(interface->where.line, 38);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_peer_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags,
						     CORPUS "good/everything_interface.yaml");
	const struct desired_peer *peer = &desired->interfaces.at[0].peers.at[0];
	char key[KEY_TEXT_MAX];

	ck_assert_uint_eq(desired->interfaces.at[0].peers.n, 2);
	ck_assert_str_eq(peer->name, "everything, plain");
	ck_assert_str_eq(key_text(&peer->public_key, key),
			 "XvXvA2S2k5xMph80s5P3s2jRvoYZZHqvg9WzlZGatik=");
	ck_assert_str_eq(peer->preshared_key_file, "keys/all.psk");
	ck_assert_uint_eq(peer->key_file_where.line, 23);
	ck_assert(!peer->preshared_key_keep);
	ck_assert(key_is_zero(&peer->preshared_key));
	ck_assert_str_eq(peer->endpoint, "[fe80::1%eth0]:51820");
	ck_assert(!peer->endpoint_is_literal);
	ck_assert_uint_eq(peer->allowed_ips.n, 4);
	assert_prefix(&peer->allowed_ips.at[0], "0.0.0.0/0");
	assert_prefix(&peer->allowed_ips.at[1], "10.9.0.0/16");
	assert_prefix(&peer->allowed_ips.at[2], "::/0");
	assert_prefix(&peer->allowed_ips.at[3], "2001:db8::/32");
	ck_assert_uint_eq(peer->persistent_keepalive, 65535);
	ck_assert(!peer->enabled);
	ck_assert_int_eq(peer->prefer_family, FAMILY_IPV6);
	peer = &desired->interfaces.at[0].peers.at[1];
	ck_assert(peer->preshared_key_keep);
	ck_assert_ptr_null(peer->preshared_key_file);
	ck_assert_ptr_null(peer->endpoint);
	ck_assert_uint_eq(peer->persistent_keepalive, 0);
	ck_assert(peer->enabled);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_selector_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags,
						     CORPUS "good/everything_selector.yaml");
	const struct desired_selector *selector = &desired->selectors.at[0];
	const struct desired_peer *peer = selector->peers.at;

	ck_assert_str_eq(selector->name, "all");
	ck_assert_ptr_eq(selector->interface, &desired->interfaces.at[0]);
	ck_assert_uint_eq(selector->active, 2);
	ck_assert_uint_eq(selector->standby, 1);
	ck_assert_int_eq(selector->strategy, STRATEGY_WEIGHTED);
	ck_assert_int_eq(selector->try_for, 3000);
	ck_assert_int_eq(selector->established_for, 180000);
	ck_assert_int_eq(selector->silent_for, 20000);
	ck_assert(selector->probe.enabled);
	assert_ip(&selector->probe.target, "10.0.0.1");
	ck_assert_uint_eq(selector->probe.count, 5);
	ck_assert_int_eq(selector->probe.timeout, 1000);
	ck_assert_uint_eq(selector->probe.fail_after, 2);
	ck_assert_int_eq(selector->failback, FAILBACK_AFTER);
	ck_assert_int_eq(selector->failback_after, 600000);
	ck_assert_uint_eq(selector->peers.n, 4);
	ck_assert_uint_eq(peer[0].weight, 1000000);
	assert_ip(&peer[0].probe_target, "10.0.1.1");
	ck_assert_int_eq(peer[0].prefer_family, FAMILY_IPV4); /* the selector's */
	ck_assert_uint_eq(peer[0].persistent_keepalive, 10);
	ck_assert_int_eq(peer[1].prefer_family, FAMILY_NONE);
	ck_assert_int_eq(peer[1].probe_target.family, FAMILY_NONE);
	ck_assert(peer[1].endpoint_is_literal);
	assert_ip(&peer[1].endpoint_address.ip, "192.0.2.2");
	ck_assert_uint_eq(peer[1].endpoint_address.port, 51821);
	ck_assert_uint_eq(peer[2].weight, 1);
	ck_assert_uint_eq(peer[2].persistent_keepalive, 25);
	assert_ip(&peer[2].endpoint_address.ip, "2001:db8::3");
	ck_assert(!peer[3].endpoint_is_literal);
	ck_assert_str_eq(peer[3].name, "d");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_time_and_group)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags,
						     CORPUS "good/everything_selector.yaml");

	ck_assert_str_eq(desired->group, "wireguard");
	ck_assert(desired->time.enabled);
	ck_assert_uint_eq(desired->time.servers.n, 4);
	ck_assert_str_eq(desired->time.servers.at[2], "2001:db8::123");
	ck_assert_int_eq(desired->time.backoff, 300000);
	desired = corpus_parse(&diags, CORPUS "good/time_command.yaml");
	ck_assert_uint_eq(desired->time.command.n, 9);
	ck_assert_str_eq(desired->time.command.at[8], "0.5");
	ck_assert_int_eq(desired->time.backoff, DEFAULT_TIME_BACKOFF_MS);
	desired = corpus_parse(&diags, CORPUS "good/minimal.yaml");
	ck_assert(!desired->time.enabled);
	ck_assert_ptr_null(desired->group);
	ck_assert_uint_eq(desired->interfaces.n, 0);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_defaults)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = parse_text(
		&diags, "version: 1\n"
			"interfaces: {wg0: {}, wg1: {create: false}, wg2: {implementation: "
			"userspace}}\n"
			"selectors: {s: {interface: wg1, peers: {a: {endpoint: 'a:1', public_key: "
			"6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE=}}}}\n");
	const struct desired_interface *interface = &desired->interfaces.at[0];
	const struct desired_selector *selector = &desired->selectors.at[0];

	ck_assert(interface->create);
	ck_assert_int_eq(interface->implementation, IMPLEMENTATION_KERNEL);
	ck_assert_uint_eq(interface->program.n, 0);
	ck_assert_ptr_null(interface->private_key_file);
	ck_assert_int_eq(interface->listen_port, -1);
	ck_assert_int_eq(interface->fwmark, -1);
	ck_assert_uint_eq(interface->mtu, 0);
	ck_assert_int_eq(interface->routes, ROUTES_ALLOWED_IPS);
	ck_assert_uint_eq(interface->table, TABLE_MAIN);
	ck_assert_uint_eq(interface->metric, 0);
	ck_assert_int_eq(interface->rules, RULES_NONE);
	ck_assert_uint_eq(interface->rule_priority, DEFAULT_RULE_PRIORITY);
	ck_assert_int_eq(interface->unmanaged_peers, UNMANAGED_REMOVE);
	ck_assert_int_eq(interface[1].unmanaged_peers, UNMANAGED_KEEP);
	ck_assert_uint_eq(interface[2].program.n, 1);
	ck_assert_str_eq(interface[2].program.at[0], "wireguard-go");
	ck_assert_uint_eq(selector->active, 1);
	ck_assert_uint_eq(selector->standby, 0);
	ck_assert_int_eq(selector->strategy, STRATEGY_RANDOM);
	ck_assert_int_eq(selector->try_for, 5000);
	ck_assert_int_eq(selector->established_for, 150000);
	ck_assert_int_eq(selector->silent_for, 30000);
	ck_assert(!selector->probe.enabled);
	ck_assert_int_eq(selector->failback, FAILBACK_NEVER);
	ck_assert_uint_eq(selector->peers.at[0].persistent_keepalive, 25);
	ck_assert_int_eq(selector->peers.at[0].prefer_family, FAMILY_NONE);
	ck_assert_uint_eq(selector->peers.at[0].weight, 1);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_words)
{
	for (unsigned i = 0; implementation_words[i] || implementation_word(i); i++)
		ck_assert_str_eq(implementation_words[i], implementation_word(i));
	for (unsigned i = 0; strategy_words[i] || strategy_word(i); i++)
		ck_assert_str_eq(strategy_words[i], strategy_word(i));
	for (unsigned i = 0; trust_words[i] || trust_word(TRUST_UNTRUSTED + i); i++)
		ck_assert_str_eq(trust_words[i], trust_word(TRUST_UNTRUSTED + i));
}
END_TEST

#define KEY_A "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="
#define KEY_B "18dCY1rwCNo4aQaWFccKFfhbqG0FGBxDkCSbyQ3awkw="

static const struct {
	const char *texts[4];
	const char *said; /* "": accepted */
} merges[] = {
	/* The interface in one file, its peers and a selector in others. */
	{ { "version: 1\ninterfaces: {wg0: {mtu: 1420}}\n",
	    "interfaces: {wg0: {peers: {a: {public_key: " KEY_A "}}}}\n",
	    "selectors: {s: {interface: wg0, peers: {b: {endpoint: 'b:1', public_key: " KEY_B
	    "}}}}\n" },
	  "" },
	/* One peer in two files: the secret is in a separate file. */
	{ { "version: 1\ninterfaces: {wg0: {peers: {a: {public_key: " KEY_A "}}}}\n",
	    "interfaces: {wg0: {peers: {a: {preshared_key_file: a.psk}}}}\n" },
	  "" },
	{ { "version: 1\n", "version: 1\n", "# all commented out\n", "" }, "" },
	{ { "interfaces: {}\n", "version: 1\n" }, "" },
	{ { "version: 1\ninterfaces:\n", "interfaces: {wg0: {}}\n" }, "" },
	{ { "interfaces: {}\n", "selectors: {}\n" },
	  "0.yaml:1:1: version: is missing: write version: 1 at the top\n" },
	{ { "version: 1\n", "version: 2\n" },
	  "1.yaml:1:1: version: is \"2\" here, and \"1\" at 0.yaml:1:1: it must be the same\n" },
	{ { "version: 2\n", "version: 2\n" },
	  "0.yaml:1:10: version: \"2\" is not a version of this format: write version: 1\n" },
	{ { "", "# nothing\n" },
	  "0.yaml:1:1: nothing is declared: write at least version: 1, and then interfaces\n" },
	{ { "version: 1\ninterfaces: {wg0: {mtu: 1420}}\n", "interfaces: {wg0: {mtu: 1420}}\n" },
	  "1.yaml:1:20: interfaces.wg0.mtu: given twice: it already stands at 0.yaml:2:20\n" },
	{ { "version: 1\ninterfaces: {wg0: {addresses: [10.0.0.1/8]}}\n",
	    "interfaces: {wg0: {addresses: [10.0.0.2/8]}}\n" },
	  "1.yaml:1:20: interfaces.wg0.addresses: given twice: it already stands at "
	  "0.yaml:2:20\n" },
	{ { "version: 1\ninterfaces: {wg0: {peers: {a: {public_key: " KEY_A "}}}}\n",
	    "interfaces: {wg0: {peers: {b: {public_key: " KEY_A "}}}}\n" },
	  "1.yaml:1:44: interfaces.wg0.peers.b.public_key: is also the key of "
	  "interfaces.wg0.peers.a (0.yaml:2:32): peers of one interface need a key each\n" },
	{ { "version: 1\n", "[a]\n", "b\n" },
	  "1.yaml:1:1: is a list: a file must be a mapping (key: value)\n"
	  "2.yaml:1:1: is \"b\": a file must be a mapping (key: value)\n" },
	/* If one file is not YAML, the others are still parsed. */
	{ { "version: 1\nfoo: bar\n", "a: 'b\n", "c: &d e\n" },
	  "1.yaml:1:4: this is not YAML: found unexpected end of stream while scanning a quoted "
	  "scalar: the quotes are not closed\n"
	  "2.yaml:1:4: c: an anchor (&name) is not allowed: write the value out\n" },
};

static struct desired *parse_texts(struct diags *diags, const char *const *texts, size_t most)
{
	struct source sources[4];
	size_t n = 0;

	for (; n < most && texts[n]; n++)
		sources[n] = (struct source){ arena_printf(diags->arena, "%zu.yaml", n), texts[n],
					      strlen(texts[n]) };
	return desired_parse(sources, n, "test", diags);
}

START_TEST(test_merges)
{
	for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		bool accepted = parse_texts(&diags, merges[i].texts, 4) != NULL;

		ck_assert_str_eq(errors_text(&diags), merges[i].said);
		ck_assert(accepted == !*merges[i].said);
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_merged_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = parse_texts(&diags, merges[0].texts, 4);
	const struct desired_interface *interface = &desired->interfaces.at[0];

	ck_assert_uint_eq(desired->interfaces.n, 1);
	ck_assert_uint_eq(interface->mtu, 1420);
	ck_assert_uint_eq(interface->peers.n, 1);
	ck_assert_str_eq(interface->where.file, "0.yaml");
	ck_assert_str_eq(interface->peers.at[0].declared.where.file, "1.yaml");
	ck_assert_ptr_eq(desired->selectors.at[0].interface, interface);
	/* Key file names are relative to the file that contains them. */
	desired = parse_texts(&diags, merges[1].texts, 4);
	ck_assert_str_eq(desired->interfaces.at[0].peers.at[0].key_file_where.file, "1.yaml");
	ck_assert_str_eq(desired->interfaces.at[0].peers.at[0].preshared_key_file, "a.psk");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_sizes)
{
	struct diags diags = { .arena = arena_new() };
	/* Never read: the length is checked first. */
	struct source sources[] = {
		{ "a.yaml", "version: 1\n", 11 },
		{ "b.yaml", NULL, SOURCE_SIZE_MAX - 10 },
	};

	ck_assert_ptr_null(desired_parse(sources, 2, "test", &diags));
	ck_assert_str_eq(errors_text(&diags),
			 "b.yaml: too large: all files together may have 256 MiB\n");
	ck_assert_ptr_null(desired_parse(sources, 0, "test", &diags));
	ck_assert_uint_eq(diags.errors, 2);
	/* Errors of an earlier input do not fail this one. */
	ck_assert_ptr_nonnull(desired_parse(sources, 1, "test", &diags));
	ck_assert_uint_eq(diags.errors, 2);
	arena_free(diags.arena);
}
END_TEST

/* Values where a secret key could be pasted by mistake. */
static const char *const leaks[] = {
	"version: 1\nkey: %s\ngroup: [%s]\n",
	"version: 1\ninterfaces: {wg0: {private_key: %s, private_key_file: %s}}\n",
	"version: 1\ninterfaces: {wg0: {mtu: %s, listen_port: '%s'}}\n",
	"version: 1\ninterfaces: {wg0: {fwmark: %s, create: '%s'}}\n",
	"version: 1\ninterfaces: {wg0: %s, wg1: [%s]}\n",
	"version: 1\ninterfaces: {wg0: {addresses: [%s], peers: %s}}\n",
	"version: 1\ninterfaces: {wg0: {addresses: %s, routes: %s}}\n",
	"version: 1\ninterfaces: {wg0: {routes: [%s, {to: 10.0.0.0/8, via_peer: %s}]}}\n",
	"version: 1\ninterfaces: {wg0: {routes: [{to: %s, src: %s}]}}\n",
	"version: 1\ninterfaces: {wg0: {follow_routes: {tables: %s, protocols: %s}}}\n",
	"version: 1\ninterfaces: {wg0: {peers: {a: {preshared_key: %s, preshared_key_file: %s}}}}\n",
	"version: 1\ninterfaces: {wg0: {peers: {a: {endpoint: %s, allowed_ips: [%s]}}}}\n",
	"version: 1\ninterfaces: {wg0: {peers: {a: {endpoints: [%s], trust: %s}}}}\n",
	"version: 1\ninterfaces: {wg0: {facts: {port: %s, router: %s}}}\n",
	"version: 1\ninterfaces: {wg0: {facts: {chatty: %s, trust: %s}}}\n",
	"version: 1\ninterfaces: {wg0: {facts: {report: %s, hide: ['%s/']}}}\n",
	"version: 1\ninterfaces: {wg0: {facts: %s, listen_port: %s}}\n",
	"version: 1\nselectors: {s: {interface: %s, try_for: %s}}\n",
	"version: 1\nselectors: {s: {failback: %s, probe: {target: %s}}}\n",
};

START_TEST(test_no_secret_is_shown)
{
	for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const char *end = strstr(leaks[i], "%s") + 2;
		const char *text = arena_printf(
			diags.arena, "%.*s" KEY_B "%.*s" KEY_A "%s", (int)(end - 2 - leaks[i]),
			leaks[i], (int)(strstr(end, "%s") - end), end, strstr(end, "%s") + 2);

		ck_assert_ptr_null(parse_text(&diags, text));
		ck_assert_uint_ge(diags.errors, 2);
		ck_assert_ptr_null(strstr(errors_text(&diags), KEY_A));
		ck_assert_ptr_null(strstr(errors_text(&diags), KEY_B));
		arena_free(diags.arena);
	}
}
END_TEST

/* The text between each ".Bd -literal" and ".Ed" of the manual page. */
static unsigned parse_examples(struct diags *diags, const char *manual)
{
	static const char begin[] = "\n.Bd -literal";
	unsigned n = 0;

	for (const char *at = strstr(manual, begin); at; at = strstr(at, begin), n++) {
		const char *text = strchr(at + 1, '\n') + 1;
		const char *end = strstr(text, "\n.Ed\n");

		ck_assert_ptr_nonnull(end);
		at = end;
		text = arena_strndup(diags->arena, text, (size_t)(end + 1 - text));
		ck_assert_msg(!strchr(text, '\\') && !strstr(text, "\n."),
			      "an example is not what it looks like:\n%s", text);
		ck_assert_msg(parse_text(diags, text) != NULL, "%s%s", text, errors_text(diags));
	}
	return n;
}

START_TEST(test_manual_examples)
{
	struct diags diags = { .arena = arena_new() };
	size_t length;

	ck_assert_uint_ge(parse_examples(&diags, corpus_read(diags.arena, MANUAL, &length)), 4);
	ck_assert_uint_eq(diags.list.n, 0);
	arena_free(diags.arena);
}
END_TEST

#define FEW 5000
#define MANY 40000

static const char many_peers[] = "version: 1\ninterfaces: {wg0: {peers: {\n";
static const char many_members[] =
	"version: 1\ninterfaces: {wg0: {}}\nselectors: {s: {interface: wg0, peers: {\n";

/* n peers, with the same prefix for all or one for each. Returns the processor time of reading. */
static clock_t parse_many(const char *head, unsigned n, bool shared, unsigned errors)
{
	struct diags diags = { .arena = arena_new() };
	char *text = arena_alloc(diags.arena, 1000 + n * (size_t)200);
	char *at = stpcpy(text, head);
	clock_t taken;

	for (unsigned i = 0; i < n; i++) {
		struct wg_key key = { { 1, (uint8_t)i, (uint8_t)(i >> 8) } };
		unsigned prefix = shared ? 0 : i;
		char encoded[KEY_TEXT_MAX];

		at += sprintf(at,
			      "p%u: {public_key: %s, endpoint: 'a:1', "
			      "allowed_ips: [10.%u.%u.0/24]},\n",
			      i, key_text(&key, encoded), prefix >> 8, prefix & 255);
	}
	strcpy(at, "}}}\n");
	taken = clock();
	ck_assert((parse_text(&diags, text) != NULL) == !errors);
	taken = clock() - taken;
	ck_assert_uint_eq(diags.errors, errors);
	arena_free(diags.arena);
	return taken;
}

/* Eight times the peers may take eight times as long, plus cache effects, but not 64 times. */
static void check_many(const char *head, bool shared, bool accepted)
{
	clock_t few = parse_many(head, FEW, shared, accepted ? 0 : FEW - 1);
	clock_t many = parse_many(head, MANY, shared, accepted ? 0 : MANY - 1);

	ck_assert_int_lt(many, 30 * few + CLOCKS_PER_SEC / 10);
}

START_TEST(test_many)
{
	check_many(many_peers, false, true);
	check_many(many_peers, true, false);
	check_many(many_members, false, true);
	check_many(many_members, true, true);
}
END_TEST

SUITE("desired_yaml", test_good, test_bad, test_interface_values, test_peer_values,
      test_selector_values, test_time_and_group, test_defaults, test_words, test_merges,
      test_merged_values, test_sizes, test_no_secret_is_shown, test_manual_examples, test_many)
