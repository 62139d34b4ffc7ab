/* SPDX-License-Identifier: MIT */
/*
 * The exchange of facts in what status prints, and the origins of changes.
 */
#include "output.h"

#include "core/facts/fact_member.h"
#include "test/unit.h"

#include <jansson.h>
#include <stdlib.h>

/* Keys of 1, 2 ... as base64. */
#define KEY_1 "AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_2 "AgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_3 "AwEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_4 "BAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* Numbers of keys. */
enum { HUB = 1, BOB, STRANGER, SELF };

static struct wg_key key_number(unsigned number)
{
	return (struct wg_key){ .b = { (uint8_t)number, 1 } };
}

/* An interface with a router, and a peer that facts have added. */
struct example {
	struct arena *arena;
	struct observed_interface wg0;
	struct observed_peer peers[2];
	struct facts_node node[2];
	struct facts_link notes;
	struct facts_view view;
	struct facts_note list[5];
	struct status_exchange exchange;
	struct status_link hub, bob;
	struct status status;
	struct printer printer;
	char *out;
	size_t size;
};

static void fill_view(struct example *example)
{
	example->node[0] = (struct facts_node){ .public_key = key_number(HUB),
						.name = "hub",
						.router = true,
						.trust = TRUST_MEMBERSHIP,
						.trust_reason = "declared" };
	example->node[1] = (struct facts_node){ .public_key = key_number(BOB),
						.name = "bob",
						.trust = TRUST_ENDPOINT,
						.trust_reason = "the default" };
	example->view.public_key = key_number(SELF);
	example->view.link = &example->notes;
	example->view.peers.at = example->node;
	example->view.peers.n = 2;
}

static struct facts_note *note(struct example *example, size_t i, unsigned source, unsigned subject,
			       enum fact_attribute attribute)
{
	struct facts_note *note = &example->list[i];

	note->fact.attribute = attribute;
	note->fact.subject = key_number(subject);
	if (source)
		note->source = key_number(source);
	return note;
}

static void fill_exchange(struct example *example)
{
	const struct fact_member member = { .name = "bob\033", .has_basic = true };
	struct status_exchange *exchange = &example->exchange;
	struct arena *arena = example->arena;
	struct facts_note *refused = note(example, 3, BOB, STRANGER, FACT_ENDPOINT_V4);

	exchange->view = &example->view;
	note(example, 0, HUB, HUB, FACT_ALIVE);
	note(example, 1, HUB, BOB, FACT_MEMBER_METADATA)->fact.metadata = fact_member_encode(
		&member, arena);
	ck_assert(prefix_parse("10.9.0.3/32",
			       &note(example, 2, HUB, BOB, FACT_ALLOWED_IP_V4)->fact.prefix));
	ck_assert(endpoint_parse("203.0.113.9:9", &refused->fact.endpoint));
	refused->verdict = FACTS_UNKNOWN_SUBJECT;
	ck_assert(endpoint_parse("198.51.100.2:51820",
				 &note(example, 4, 0, SELF, FACT_ENDPOINT_V4)->fact.endpoint));
	*vec_push(arena, &exchange->received.list) = (struct status_fact){ &example->list[0], "hub",
									   "hub", 230000 };
	*vec_push(arena, &exchange->received.list) = (struct status_fact){ &example->list[1], "bob",
									   "hub", 0 };
	*vec_push(arena, &exchange->received.list) = (struct status_fact){ &example->list[2], "bob",
									   "hub", 180000 };
	*vec_push(arena, &exchange->refused.list) = (struct status_fact){ refused, NULL, "bob",
									  90000 };
	*vec_push(arena, &exchange->own.list) = (struct status_fact){ &example->list[4],
								      "this node", NULL, AGE_NONE };
	exchange->bad_packets = 2345;
	exchange->bad_reason = "not authentic";
}

static void fill_links(struct example *example)
{
	struct arena *arena = example->arena;

	example->hub = (struct status_link){
		.direct = true,
		.is_router = true,
		.healthy = true,
		.alive = true,
		.alive_left = 230000,
		.trust = TRUST_MEMBERSHIP,
		.trust_reason = "declared",
	};
	*vec_push(arena, &example->hub.endpoints) = (struct status_endpoint){ "hub.example:51820",
									      "declared", AGE_NONE,
									      false, false };
	example->bob = (struct status_link){
		.router = "hub",
		.alive_left = AGE_NONE,
		.trust = TRUST_ENDPOINT,
		.trust_reason = "the default",
		.origin = "fact from hub",
		.trying = true,
	};
	*vec_push(arena, &example->bob.endpoints) = (struct status_endpoint){ "192.0.2.3:51820",
									      "fact from hub",
									      170000, true, true };
	*vec_push(arena, &example->bob.endpoints) = (struct status_endpoint){
		"203.0.113.3:51820", "fact from hub", 160000, false, false
	};
}

static void add_status_peer(struct example *example, const char *name, unsigned number,
			    const struct status_link *link)
{
	struct status_peer *peer = vec_push(example->arena,
					    &example->status.interfaces.at[0].peers);

	peer->name = name;
	peer->public_key = key_number(number);
	peer->in_kernel = &example->peers[number - HUB];
	peer->handshake_age = AGE_NONE;
	peer->link = link;
}

static void example_new(struct example *example)
{
	struct status_interface *interface;

	memset(example, 0, sizeof(*example));
	example->arena = arena_new();
	example->status.arena = example->arena;
	example->status.instance = "home";
	example->wg0.kind = LINK_WIREGUARD;
	example->wg0.up = true;
	example->wg0.listen_port = 51820;
	interface = vec_push(example->arena, &example->status.interfaces);
	interface->name = "wg0";
	interface->in_kernel = &example->wg0;
	interface->exchange = &example->exchange;
	fill_view(example);
	fill_exchange(example);
	fill_links(example);
	add_status_peer(example, "hub", HUB, &example->hub);
	add_status_peer(example, "bob", BOB, &example->bob);
	example->printer.out = example->printer.err = open_memstream(&example->out, &example->size);
	ck_assert(example->printer.out);
}

static void print_example(struct example *example, const struct output *output)
{
	output->status(&example->printer, &example->status);
	ck_assert_int_eq(fclose(example->printer.out), 0);
}

static void example_free(struct example *example)
{
	free(example->out);
	arena_free(example->arena);
}

START_TEST(text_of_links)
{
	struct example example;

	example_new(&example);
	print_example(&example, &output_text);
	ck_assert_str_eq(
		example.out,
		"interface: wg0\n"
		"  listening port: 51820\n"
		"  facts: 3 received, 1 own, 1 refused, 2,345 bad packets (the latest: not "
		"authentic)\n"
		"\n"
		"peer: hub\n"
		"  public key: " KEY_1 "\n"
		"  link: direct, healthy and alive, a router\n"
		"  known endpoints: 1\n"
		"  allowed ips: (none)\n"
		"\n"
		"peer: bob\n"
		"  public key: " KEY_2 "\n"
		"  origin: fact from hub, expired and kept\n"
		"  link: by hub, unhealthy\n"
		"  known endpoints: 2, 192.0.2.3:51820 is tried\n"
		"  allowed ips: (none)\n"
		"\n"
		"state: all that is desired works\n");
	example_free(&example);
}
END_TEST

START_TEST(verbose_text)
{
	struct example example;

	example_new(&example);
	example.printer.verbose = true;
	example.bob.router = NULL;
	example.bob.origin_left = 120000;
	example.bob.basic = true;
	example.view.router = true;
	example.exchange.bad_packets = 0;
	print_example(&example, &output_text);
	ck_assert_ptr_nonnull(strstr(
		example.out, "  facts: 3 received, 1 own, 1 refused; this node is a router\n"));
	ck_assert_ptr_nonnull(strstr(example.out, "  trust: membership (declared)\n"
						  "  known endpoints: 1\n"
						  "    hub.example:51820: declared\n"));
	ck_assert_ptr_nonnull(strstr(
		example.out, "  origin: fact from hub, 2 m left\n"
			     "  link: none, unhealthy, without facts\n"
			     "  trust: endpoint (the default)\n"
			     "  known endpoints: 2, 192.0.2.3:51820 is tried\n"
			     "    192.0.2.3:51820: fact from hub, 2 m 50 s left, near, is tried\n"
			     "    203.0.113.3:51820: fact from hub, 2 m 40 s left\n"));
	example_free(&example);
}
END_TEST

/* With --facts. */
START_TEST(text_of_each_fact)
{
	static const char expected[] =
		"\n"
		"facts: received (wg0)\n"
		"  hub: alive, from hub, 3 m 50 s left, accepted: about its source\n"
		"  bob: member (bob?), from hub, expired, accepted: trust membership (declared)\n"
		"  bob: allowed IP 10.9.0.3/32, from hub, 3 m left, accepted: trust membership "
		"(declared)\n"
		"\n"
		"facts: own (wg0)\n"
		"  this node: endpoint 198.51.100.2:51820\n"
		"\n"
		"facts: refused (wg0)\n"
		"  " KEY_3 ": endpoint 203.0.113.9:9, from bob, 1 m 30 s left, refused: about no "
		"peer of this interface: needs trust membership, has endpoint (the default)\n"
		"\n"
		"state: all that is desired works\n";
	struct example example;

	example_new(&example);
	example.printer.facts = true;
	print_example(&example, &output_text);
	ck_assert_str_eq(example.out + strlen(example.out) - strlen(expected), expected);
	example_free(&example);
}
END_TEST

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(value, "%s at %d in %s", error.text, error.position, text);
	return value;
}

START_TEST(json)
{
	static const char expected[] =
		"{\"router\": false, \"bad_packets\": 2345, \"bad_reason\": \"not authentic\","
		" \"received\": ["
		"{\"subject\": \"hub\", \"subject_public_key\": \"" KEY_1 "\", \"kind\": \"alive\","
		" \"value\": null, \"source\": \"hub\", \"source_public_key\": \"" KEY_1 "\","
		" \"accepted\": true, \"reason\": \"about its source\", \"expires\": 230},"
		"{\"subject\": \"bob\", \"subject_public_key\": \"" KEY_2 "\","
		" \"kind\": \"member\", \"value\": \"bob?\", \"basic\": false,"
		" \"source\": \"hub\", \"source_public_key\": \"" KEY_1 "\", \"accepted\": true,"
		" \"reason\": \"trust membership (declared)\", \"expires\": 0},"
		"{\"subject\": \"bob\", \"subject_public_key\": \"" KEY_2 "\","
		" \"kind\": \"allowed_ip\", \"value\": \"10.9.0.3/32\", \"source\": \"hub\","
		" \"source_public_key\": \"" KEY_1 "\", \"accepted\": true,"
		" \"reason\": \"trust membership (declared)\", \"expires\": 180}],"
		"\"own\": [{\"subject\": \"this node\", \"subject_public_key\": \"" KEY_4 "\","
		" \"kind\": \"endpoint\", \"value\": \"198.51.100.2:51820\"}],"
		"\"refused\": [{\"subject\": null, \"subject_public_key\": \"" KEY_3 "\","
		" \"kind\": \"endpoint\", \"value\": \"203.0.113.9:9\", \"source\": \"bob\","
		" \"source_public_key\": \"" KEY_2 "\", \"accepted\": false,"
		" \"reason\": \"about no peer of this interface: needs trust membership, has "
		"endpoint (the default)\", \"expires\": 90}]}";
	static const char expected_bob[] =
		"{\"direct\": false, \"by\": \"hub\", \"router\": false, \"basic\": false,"
		" \"healthy\": false, \"alive\": false, \"alive_for\": null,"
		" \"trust\": \"endpoint\", \"trust_reason\": \"the default\","
		" \"origin\": \"fact from hub\", \"expires\": 0, \"endpoints\": ["
		"{\"endpoint\": \"192.0.2.3:51820\", \"origin\": \"fact from hub\","
		" \"expires\": 170, \"near\": true, \"in_use\": true},"
		"{\"endpoint\": \"203.0.113.3:51820\", \"origin\": \"fact from hub\","
		" \"expires\": 160, \"near\": false, \"in_use\": false}], \"trying\": true}";
	json_t *all, *interface, *should = parse(expected), *should_bob = parse(expected_bob);
	struct example example;

	example_new(&example);
	print_example(&example, &output_json);
	all = parse(example.out);
	interface = json_array_get(json_object_get(all, "interfaces"), 0);
	ck_assert_msg(json_equal(json_object_get(interface, "facts"), should), "%s", example.out);
	ck_assert_msg(
		json_equal(json_object_get(json_array_get(json_object_get(interface, "peers"), 1),
					   "facts"),
			   should_bob),
		"%s", example.out);
	json_decref(all);
	json_decref(should);
	json_decref(should_bob);
	example_free(&example);
}
END_TEST

START_TEST(prometheus)
{
	static const char *const lines[] = {
		"\nwgreconcile_peer_direct{name=\"home\",interface=\"wg0\",peer=\"hub\","
		"public_key=\"" KEY_1 "\"} 1\n",
		"\nwgreconcile_peer_direct{name=\"home\",interface=\"wg0\",peer=\"bob\","
		"public_key=\"" KEY_2 "\"} 0\n",
		"\nwgreconcile_peer_healthy{name=\"home\",interface=\"wg0\",peer=\"hub\","
		"public_key=\"" KEY_1 "\"} 1\n",
		"\nwgreconcile_peer_alive{name=\"home\",interface=\"wg0\",peer=\"bob\","
		"public_key=\"" KEY_2 "\"} 0\n",
		"\nwgreconcile_peer_known_endpoints{name=\"home\",interface=\"wg0\",peer=\"bob\","
		"public_key=\"" KEY_2 "\"} 2\n",
		"\nwgreconcile_facts_received{name=\"home\",interface=\"wg0\"} 3\n",
		"\nwgreconcile_facts_own{name=\"home\",interface=\"wg0\"} 1\n",
		"\nwgreconcile_facts_refused{name=\"home\",interface=\"wg0\"} 1\n",
		"\nwgreconcile_facts_bad_packets_total{name=\"home\",interface=\"wg0\"} 2345\n",
	};
	struct example example;

	example_new(&example);
	print_example(&example, &output_prometheus);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(example.out, lines[i]), "no %s in %s", lines[i], example.out);
	example_free(&example);
}
END_TEST

/* ---- Changes ---- */

/* Of the allowed IPs the first one is the file's. */
static void add_changes(struct run *run, struct desired_peer *peer)
{
	static struct prefix allowed[2];
	struct change *change;

	ck_assert(prefix_parse("10.1.0.0/16", &allowed[0]));
	ck_assert(prefix_parse("10.2.0.0/16", &allowed[1]));
	peer->declared = (struct declaration){ .origin = ORIGIN_FACT, .from = "hub\033" };
	for (size_t i = 0; i < 2; i++) {
		*vec_push(run->arena, &peer->allowed_ips) = allowed[i];
		vec_push(run->arena, &peer->allowed_ips_declared);
	}
	peer->allowed_ips_declared.at[1].declared = peer->declared;
	for (enum change_kind kind = CHANGE_PEER_ADD; kind <= CHANGE_ALLOWED_IP_ADD;
	     kind += CHANGE_ALLOWED_IP_ADD - CHANGE_PEER_ADD) {
		change = change_add(&run->plan.changes, kind, "wg0");
		change->peer = "bob";
		change->public_key = key_number(BOB);
		change->declared = peer;
		change->allowed_ips = allowed;
		change->allowed_ips_n = 2;
	}
	change->reason = "why not";
}

static void print_changes(struct example *example, const struct output *output, bool failed)
{
	struct desired desired = { .name = "home" };
	struct run run = { .arena = example->arena, .desired = &desired };
	struct desired_peer peer = { 0 };
	struct report report;

	run.plan.changes.arena = example->arena;
	add_changes(&run, &peer);
	vec_each (change, &run.plan.changes.list)
		change->result = failed ? CHANGE_FAILED : CHANGE_PLANNED;
	report_make(&report, &run, "home", failed ? RUN_APPLY : RUN_DRY, RUN_DONE);
	output_report(output, &example->printer, &report);
	ck_assert_int_eq(fclose(example->printer.out), 0);
}

START_TEST(text_origins)
{
	struct example example;

	example_new(&example);
	print_changes(&example, &output_text, false);
	ck_assert_str_eq(example.out,
			 "interface wg0\n"
			 "  + peer bob, allowed IPs 10.1.0.0/16, 10.2.0.0/16 (fact from hub\\x1b)\n"
			 "  + peer bob allowed IP 10.1.0.0/16 (why not)\n"
			 "  + peer bob allowed IP 10.2.0.0/16 (fact from hub\\x1b; why not)\n"
			 "Plan: 3 to add, 0 to change, 0 to remove.\n");
	example_free(&example);
	/* A line for prefixes of several origins. */
	example_new(&example);
	print_changes(&example, &output_text, true);
	ck_assert_ptr_nonnull(strstr(
		example.out, "bob 2 allowed IPs 10.1.0.0/16, 10.2.0.0/16 (why not) FAILED\n"));
	example_free(&example);
}
END_TEST

START_TEST(json_origins)
{
	static const char *const origins[] = { "fact from hub\033", NULL, "fact from hub\033" };
	struct example example;
	json_t *all, *changes;

	example_new(&example);
	print_changes(&example, &output_json, false);
	all = parse(example.out);
	changes = json_object_get(all, "changes");
	ck_assert_uint_eq(json_array_size(changes), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_pstr_eq(
			json_string_value(json_object_get(json_array_get(changes, i), "origin")),
			origins[i]);
	json_decref(all);
	example_free(&example);
}
END_TEST

SUITE("output_facts", text_of_links, verbose_text, text_of_each_fact, json, prometheus,
      text_origins, json_origins)
