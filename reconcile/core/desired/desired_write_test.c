/* SPDX-License-Identifier: MIT */
#include "desired_write.h"

#include "desired_default.h"

#include "test/corpus.h"
#include "test/unit.h"

static void assert_texts_equal(const char *a, const char *b)
{
	ck_assert((a == NULL) == (b == NULL));
	if (a)
		ck_assert_str_eq(a, b);
}

static void assert_ips_equal(const struct ip *a, const struct ip *b)
{
	ck_assert_int_eq(a->family, b->family);
	ck_assert_mem_eq(a->b, b->b, sizeof(a->b));
}

static void assert_prefixes_equal(const struct prefix *a, size_t a_n, const struct prefix *b,
				  size_t b_n)
{
	ck_assert_uint_eq(a_n, b_n);
	for (size_t i = 0; i < a_n; i++)
		ck_assert_int_eq(prefix_compare(&a[i], &b[i]), 0);
}

static void assert_lists_equal(const char *const *a, size_t a_n, const char *const *b, size_t b_n)
{
	ck_assert_uint_eq(a_n, b_n);
	for (size_t i = 0; i < a_n; i++)
		ck_assert_str_eq(a[i], b[i]);
}

static void assert_peers_equal(const struct desired_peer *a, const struct desired_peer *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert(a->enabled == b->enabled);
	ck_assert_int_eq(key_compare(&a->public_key, &b->public_key), 0);
	assert_texts_equal(a->preshared_key_file, b->preshared_key_file);
	ck_assert(a->preshared_key_keep == b->preshared_key_keep);
	assert_texts_equal(a->endpoint, b->endpoint);
	ck_assert(a->endpoint_is_literal == b->endpoint_is_literal);
	ck_assert(!a->endpoint_is_literal ||
		  endpoint_equal(&a->endpoint_address, &b->endpoint_address));
	ck_assert_int_eq(a->prefer_family, b->prefer_family);
	ck_assert_uint_eq(a->candidates.n, b->candidates.n);
	for (size_t i = 0; i < a->candidates.n; i++)
		ck_assert_str_eq(a->candidates.at[i].text, b->candidates.at[i].text);
	ck_assert_int_eq(a->trust, b->trust);
	ck_assert(a->facts_exchanger == b->facts_exchanger);
	ck_assert(a->basic == b->basic);
	assert_prefixes_equal(a->allowed_ips.at, a->allowed_ips.n, b->allowed_ips.at,
			      b->allowed_ips.n);
	ck_assert_uint_eq(a->persistent_keepalive, b->persistent_keepalive);
	ck_assert_uint_eq(a->weight, b->weight);
	assert_ips_equal(&a->probe_target, &b->probe_target);
}

static void assert_routes_equal(const struct desired_route *a, const struct desired_route *b)
{
	ck_assert_int_eq(prefix_compare(&a->to, &b->to), 0);
	ck_assert_str_eq(a->via_peer, b->via_peer);
	ck_assert_uint_eq(a->table, b->table);
	ck_assert_uint_eq(a->metric, b->metric);
	assert_ips_equal(&a->source, &b->source);
}

static void assert_follows_equal(const struct desired_follow *a, const struct desired_follow *b)
{
	ck_assert(a->enabled == b->enabled);
	ck_assert_uint_eq(a->tables.n, b->tables.n);
	for (size_t i = 0; i < a->tables.n; i++)
		ck_assert_uint_eq(a->tables.at[i], b->tables.at[i]);
	ck_assert_uint_eq(a->protocols.n, b->protocols.n);
	for (size_t i = 0; i < a->protocols.n; i++)
		ck_assert_uint_eq(a->protocols.at[i], b->protocols.at[i]);
}

static void assert_facts_equal(const struct desired_facts *a, const struct desired_facts *b)
{
	ck_assert(a->enabled == b->enabled);
	ck_assert_uint_eq(a->port, b->port);
	ck_assert_int_eq(a->router, b->router);
	ck_assert(a->chatty == b->chatty);
	assert_texts_equal(a->name, b->name);
	ck_assert_int_eq(a->trust, b->trust);
	assert_lists_equal(a->report.at, a->report.n, b->report.at, b->report.n);
	assert_lists_equal(a->hide.at, a->hide.n, b->hide.at, b->hide.n);
}

static void assert_interfaces_equal(const struct desired_interface *a,
				    const struct desired_interface *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert(a->create == b->create);
	ck_assert_int_eq(a->implementation, b->implementation);
	assert_lists_equal(a->program.at, a->program.n, b->program.at, b->program.n);
	assert_texts_equal(a->private_key_file, b->private_key_file);
	ck_assert_int_eq(a->listen_port, b->listen_port);
	ck_assert_int_eq(a->fwmark, b->fwmark);
	ck_assert_uint_eq(a->mtu, b->mtu);
	ck_assert(a->mtu_auto == b->mtu_auto);
	ck_assert_uint_eq(a->addresses.n, b->addresses.n);
	for (size_t i = 0; i < a->addresses.n; i++)
		ck_assert(desired_address_equal(&a->addresses.at[i], &b->addresses.at[i]));
	ck_assert_int_eq(a->routes, b->routes);
	ck_assert_uint_eq(a->table, b->table);
	ck_assert_uint_eq(a->metric, b->metric);
	ck_assert_uint_eq(a->via_routes.n, b->via_routes.n);
	for (size_t i = 0; i < a->via_routes.n; i++)
		assert_routes_equal(&a->via_routes.at[i], &b->via_routes.at[i]);
	assert_follows_equal(&a->follow, &b->follow);
	ck_assert_int_eq(a->rules, b->rules);
	ck_assert_uint_eq(a->rule_priority, b->rule_priority);
	ck_assert_int_eq(a->unmanaged_peers, b->unmanaged_peers);
	assert_facts_equal(&a->facts, &b->facts);
	ck_assert_uint_eq(a->peers.n, b->peers.n);
	for (size_t i = 0; i < a->peers.n; i++)
		assert_peers_equal(&a->peers.at[i], &b->peers.at[i]);
}

static void assert_selectors_equal(const struct desired_selector *a,
				   const struct desired_selector *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert_str_eq(a->interface->name, b->interface->name);
	ck_assert_uint_eq(a->active, b->active);
	ck_assert_uint_eq(a->standby, b->standby);
	ck_assert_int_eq(a->strategy, b->strategy);
	ck_assert_int_eq(a->try_for, b->try_for);
	ck_assert_int_eq(a->established_for, b->established_for);
	ck_assert_int_eq(a->silent_for, b->silent_for);
	ck_assert(a->probe.enabled == b->probe.enabled);
	assert_ips_equal(&a->probe.target, &b->probe.target);
	ck_assert_uint_eq(a->probe.count, b->probe.count);
	ck_assert_int_eq(a->probe.timeout, b->probe.timeout);
	ck_assert_uint_eq(a->probe.fail_after, b->probe.fail_after);
	ck_assert_int_eq(a->failback, b->failback);
	ck_assert_int_eq(a->failback_after, b->failback_after);
	ck_assert_uint_eq(a->peers.n, b->peers.n);
	for (size_t i = 0; i < a->peers.n; i++)
		assert_peers_equal(&a->peers.at[i], &b->peers.at[i]);
}

static void assert_equal(const struct desired *a, const struct desired *b)
{
	assert_texts_equal(a->group, b->group);
	ck_assert(a->time.enabled == b->time.enabled);
	assert_lists_equal(a->time.servers.at, a->time.servers.n, b->time.servers.at,
			   b->time.servers.n);
	assert_lists_equal(a->time.command.at, a->time.command.n, b->time.command.at,
			   b->time.command.n);
	ck_assert_int_eq(a->time.backoff, b->time.backoff);
	ck_assert_uint_eq(a->interfaces.n, b->interfaces.n);
	for (size_t i = 0; i < a->interfaces.n; i++)
		assert_interfaces_equal(&a->interfaces.at[i], &b->interfaces.at[i]);
	ck_assert_uint_eq(a->selectors.n, b->selectors.n);
	for (size_t i = 0; i < a->selectors.n; i++)
		assert_selectors_equal(&a->selectors.at[i], &b->selectors.at[i]);
}

/* Writes and reads back; both states and texts must be equal. Returns the text. */
static const char *assert_round_trip(struct diags *diags, const struct desired *desired)
{
	const char *text = desired_write(desired, NULL, 0, diags->arena);
	const struct desired *again = parse_text(diags, text);

	ck_assert_msg(again != NULL, "%s%s", text, errors_text(diags));
	assert_equal(desired, again);
	ck_assert_str_eq(desired_write(again, NULL, 0, diags->arena), text);
	return text;
}

static void check_round_trip(const char *path)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags, path);

	ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
	assert_round_trip(&diags, desired);
	arena_free(diags.arena);
}

START_TEST(test_round_trip)
{
	corpus_each(CORPUS "good/*.yaml", 15, check_round_trip);
}
END_TEST

#define KEY "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="

/* Reading and writing the text gives the same text: no default values. */
static const char *const texts[] = {
	"version: 1\n"
	"interfaces: {}\n",

	"version: 1\n"
	"group: \"1000\"\n"
	"time:\n"
	"  servers: [0.pool.ntp.org, \"2001:db8::1\"]\n"
	"interfaces:\n"
	"  wg0:\n"
	"    private_key_file: \"a \\\"b\\\" \\\\c\"\n"
	"    listen_port: 51820\n"
	"    fwmark: 0xca6c\n"
	"    mtu: 1420\n"
	"    addresses: [10.0.9.2/24, 10.0.0.2/24, \"::1/128\", fe80::2/64]\n"
	"    create: false\n"
	"    implementation: userspace\n"
	"    program: [/usr/bin/boringtun, \"--\", \"-f\"]\n"
	"    routes: none\n"
	"    table: 51820\n"
	"    metric: 5\n"
	"    rules: fwmark\n"
	"    rule_priority: 100\n"
	"    unmanaged_peers: remove\n"
	"    peers:\n"
	"      \"5\":\n"
	"        public_key: " KEY "\n"
	"        preshared_key: keep\n"
	"        endpoint: \"[2001:db8::1]:51820\"\n"
	"        allowed_ips: [10.0.0.0/8, \"::/0\"]\n"
	"        persistent_keepalive: 25\n"
	"        enabled: false\n"
	"        prefer_family: ipv4\n",

	"version: 1\n"
	"time:\n"
	"  command: [ntpd, \"-q\"]\n"
	"  backoff: 90s\n"
	"interfaces:\n"
	"  wg0:\n"
	"    fwmark: off\n"
	"selectors:\n"
	"  uplink:\n"
	"    interface: wg0\n"
	"    standby: 1\n"
	"    strategy: ordered\n"
	"    try_for: 1500ms\n"
	"    established_for: 3m\n"
	"    silent_for: off\n"
	"    probe:\n"
	"      target: \"::1\"\n"
	"      count: 1\n"
	"      timeout: 1s\n"
	"      fail_after: 2\n"
	"    failback: {after: 10m}\n"
	"    peers:\n"
	"      sn01:\n"
	"        public_key: " KEY "\n"
	"        preshared_key_file: sn01.psk\n"
	"        endpoint: 192.0.2.1:51820\n"
	"        allowed_ips: [fe80::1/128]\n"
	"        persistent_keepalive: 10\n"
	"        probe_target: fe80::1\n",

	/* A route's prefix is not repeated by its peer. */
	"version: 1\n"
	"interfaces:\n"
	"  wg0:\n"
	"    routes: [{to: 10.8.0.0/16, via_peer: \"5\"}]\n"
	"    follow_routes:\n"
	"      protocols: [bird, 200]\n"
	"    peers:\n"
	"      \"5\":\n"
	"        public_key: " KEY "\n"
	"        allowed_ips: [10.1.0.0/16]\n"
	"  wg1:\n"
	"    routes:\n"
	"      - allowed_ips\n"
	"      - {to: 10.9.0.0/16, via_peer: a, metric: 0, table: main, src: 10.0.0.1}\n"
	"      - {to: \"::/0\", via_peer: a, table: 7, src: \"::1\"}\n"
	"    follow_routes: true\n"
	"    table: 100\n"
	"    metric: 20\n"
	"    peers:\n"
	"      a:\n"
	"        public_key: " KEY "\n"
	"  wg2:\n"
	"    routes: none\n"
	"    follow_routes:\n"
	"      tables: [main, 100]\n",

	/* In order; and with their peer addresses. */
	"version: 1\n"
	"interfaces:\n"
	"  wg0:\n"
	"    addresses:\n"
	"      - 192.0.2.1/32\n"
	"      - {address: 10.0.0.1, peer: 10.0.0.2/32}\n"
	"      - fd00::2/64\n"
	"      - {address: 10.0.0.1, peer: 10.0.0.3/30}\n"
	"      - {address: \"::1\", peer: fd01::1/128}\n",

	/* Facts; and several endpoints. */
	"version: 1\n"
	"interfaces:\n"
	"  wg0:\n"
	"    facts:\n"
	"      port: 51821\n"
	"      router: false\n"
	"      chatty: true\n"
	"      name: \"5\"\n"
	"      trust: untrusted\n"
	"      report: [\"eth*\", \"5\"]\n"
	"      hide: [docker0]\n"
	"    peers:\n"
	"      a:\n"
	"        public_key: " KEY "\n"
	"        endpoint: b:1\n"
	"        endpoints: [192.0.2.1:1, \"[::1]:1\", a:1]\n"
	"        trust: delegate\n"
	"        facts_exchanger: true\n"
	"        basic: true\n"
	"  wg1:\n"
	"    listen_port: 1\n"
	"    facts: {}\n",

	/* A wide list is written with one item per line. */
	"version: 1\n"
	"interfaces:\n"
	"  wg0:\n"
	"    addresses:\n"
	"      - 10.11.12.13/24\n"
	"      - 10.11.12.14/24\n"
	"      - 2001:db8:1111:2222:3333:4444:5555:6666/64\n"
	"      - 2001:db8:1111:2222:3333:4444:5555:7777/64\n",
};

START_TEST(test_texts)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const struct desired *desired = parse_text(&diags, texts[i]);

		ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
		ck_assert_str_eq(desired_write(desired, NULL, 0, diags.arena), texts[i]);
		arena_free(diags.arena);
	}
}
END_TEST

/* The quoting needed for YAML to read it as text. */
static const struct {
	const char *text;
	const char *written;
} scalars[] = {
	{ "a", "a" },
	{ "/etc/wg0.key", "/etc/wg0.key" },
	{ "a:b", "a:b" },
	{ "a:", "\"a:\"" },
	{ ":a", "\":a\"" },
	{ "a b", "\"a b\"" },
	{ "a#b", "\"a#b\"" },
	{ "a,b", "\"a,b\"" },
	{ "[a]", "\"[a]\"" },
	{ "{a}", "\"{a}\"" },
	{ "-a", "\"-a\"" },
	{ "a-", "a-" },
	{ "'", "\"'\"" },
	{ "\"", "\"\\\"\"" },
	{ "\\", "\"\\\\\"" },
	{ "100%", "100%" },
	{ "%a", "\"%a\"" },
	{ "5", "\"5\"" },
	{ "-5", "\"-5\"" },
	{ "5a", "\"5a\"" },
	{ "5z", "5z" },
	{ "1.5", "\"1.5\"" },
	{ "1.2.3.4", "1.2.3.4" },
	{ "1:30", "\"1:30\"" },
	{ "2024-01-01", "\"2024-01-01\"" },
	{ "0x1f", "\"0x1f\"" },
	{ "1e5", "\"1e5\"" },
	{ "+5", "\"+5\"" },
	{ ".5", "\".5\"" },
	{ ".a", "\".a\"" },
	{ "./a", "./a" },
	{ "yes", "\"yes\"" },
	{ "OFF", "\"OFF\"" },
	{ "n", "\"n\"" },
	{ "nn", "nn" },
	{ "null", "\"null\"" },
	{ "~", "\"~\"" },
	{ ".inf", "\".inf\"" },
	{ "\xc3\xa4", "\"\xc3\xa4\"" },
	{ "=", "\"=\"" },
	{ "<<", "\"<<\"" },
};

START_TEST(test_scalars)
{
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct desired desired = {
			.arena = diags.arena,
			.name = "test",
			.group = scalars[i].text,
			.time = desired_time_default(),
		};
		const char *text = assert_round_trip(&diags, &desired);

		ck_assert_str_eq(text, arena_printf(diags.arena,
						    "version: 1\ngroup: %s\ninterfaces: {}\n",
						    scalars[i].written));
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_remarks)
{
	static const struct remark remarks[] = {
		{ "interfaces.wg0.peers.b", "of peer b" },
		{ "", "of all,\nin two lines" },
		{ "interfaces.wg9", "of what is not there" },
		{ "interfaces.wg0", "of wg0\r\n\r\nagain" },
		{ "interfaces.wg0", "a second one: \x1b[31m" },
		{ "interfaces.wg0.peers.b.endpoint", "of a single key" },
		{ "", "of all, later" },
		{ "selectors", "no selectors" },
		{ "version", "of the version" },
	};
	static const char expected[] = "# of all,\n"
				       "# in two lines\n"
				       "# of all, later\n"
				       "# interfaces.wg9: of what is not there\n"
				       "# selectors: no selectors\n"
				       "# of the version\n"
				       "version: 1\n"
				       "interfaces:\n"
				       "  # of wg0\n"
				       "  #\n"
				       "  # again\n"
				       "  # a second one: \\x1b[31m\n"
				       "  wg0:\n"
				       "    peers:\n"
				       "      # of peer b\n"
				       "      b:\n"
				       "        public_key: " KEY "\n"
				       "        # of a single key\n"
				       "        endpoint: b:1\n";
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = parse_text(&diags,
						   "version: 1\n"
						   "interfaces: {wg0: {peers: {b: {public_key: " KEY
						   ", endpoint: 'b:1'}}}}\n");
	const char *text = desired_write(desired, remarks, sizeof(remarks) / sizeof(remarks[0]),
					 diags.arena);
	const struct desired *again = parse_text(&diags, text);

	ck_assert_str_eq(text, expected);
	ck_assert_ptr_nonnull(again);
	assert_equal(desired, again);
	arena_free(diags.arena);
}
END_TEST

/* What facts declare is not of the file. */
START_TEST(test_candidates_of_facts)
{
	struct diags diags = { .arena = arena_new() };
	struct desired *desired = parse_text(&diags,
					     "version: 1\n"
					     "interfaces: {wg0: {peers: {a: {public_key: " KEY
					     ", endpoints: ['a:1', 'b:1']}}}}\n");
	struct desired_endpoint *candidate = vec_push(
		diags.arena, &desired->interfaces.at[0].peers.at[0].candidates);

	candidate->declared.origin = ORIGIN_FACT;
	candidate->text = "c:1";
	ck_assert_str_eq(desired_write(desired, NULL, 0, diags.arena),
			 "version: 1\n"
			 "interfaces:\n"
			 "  wg0:\n"
			 "    peers:\n"
			 "      a:\n"
			 "        public_key: " KEY "\n"
			 "        endpoint: a:1\n"
			 "        endpoints: [b:1]\n");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_many)
{
	enum { MANY = 10000 };
	struct diags diags = { .arena = arena_new() };
	struct desired desired = {
		.arena = diags.arena,
		.name = "test",
		.time = desired_time_default(),
	};
	struct desired_interface *interface = vec_push(diags.arena, &desired.interfaces);
	struct remark *remarks = arena_alloc(diags.arena, MANY * sizeof(*remarks));
	const char *text;

	*interface = desired_interface_default();
	interface->name = "wg0";
	for (unsigned i = 0; i < MANY; i++) {
		struct desired_peer *peer = vec_push(diags.arena, &interface->peers);

		*peer = desired_peer_default(false);
		peer->name = arena_printf(diags.arena, "p%u", i);
		peer->public_key = (struct wg_key){ { 1, (uint8_t)i, (uint8_t)(i >> 8),
						      (uint8_t)(i >> 16) } };
		remarks[i].path = arena_printf(diags.arena, "interfaces.wg0.peers.p%u", i);
		remarks[i].text = "remark";
	}
	assert_round_trip(&diags, &desired);
	text = desired_write(&desired, remarks, MANY, diags.arena);
	ck_assert_ptr_nonnull(strstr(text, "      # remark\n      p9999:\n"));
	ck_assert_ptr_null(strstr(text, "# interfaces"));
	arena_free(diags.arena);
}
END_TEST

SUITE("desired_write", test_round_trip, test_texts, test_scalars, test_remarks,
      test_candidates_of_facts, test_many)
