/* SPDX-License-Identifier: MIT */
#include "scenario_read.h"

#include "core/desired/desired_yaml.h"
#include "test/corpus.h"
#include "test/scenario_support.h"
#include "test/unit.h"

#undef CORPUS
#define CORPUS "sim/test/corpus/"
#define MINUTE ((msec_t)60 * MSEC_PER_SEC)

/* The name of a file in the corpus is that below its directory. */
static bool corpus_load(void *context, const char *from, const char *file, struct diags *diags,
			const struct tree_node *at, const char **name, const char **text,
			size_t *length)
{
	const char *slash = strrchr(from, '/');

	(void)at;
	*name = arena_printf(diags->arena, "%.*s%s", slash ? (int)(slash + 1 - from) : 0, from,
			     file);
	*text = corpus_read(diags->arena,
			    arena_printf(diags->arena, "%s%s", (const char *)context, *name),
			    length);
	return true;
}

/* Of the last of its cases; NULL if any is invalid. */
static struct scenario *corpus_scenario(struct diags *diags, const char *path)
{
	char *directory = arena_strndup(diags->arena, path, (size_t)(corpus_name(path) - path));
	const struct scenario_loader loader = { corpus_load, directory };
	struct scenario_cases cases = { 0 };
	struct scenario *scenario = NULL;
	size_t length;
	const char *text = corpus_read(diags->arena, path, &length);
	const struct tree_node *tree = scenario_tree(corpus_name(path), text, length, &loader,
						     diags);

	if (!tree || !scenario_cases(tree, NULL, 0, false, 0, &cases, diags))
		return NULL;
	vec_each (one, &cases.list) {
		const struct tree_node *expanded = scenario_expand(tree, one, diags);

		scenario = expanded ? scenario_read(expanded, diags) : NULL;
	}
	return diags->errors ? NULL : scenario;
}

static void check_good(const char *path)
{
	struct diags diags = { .arena = arena_new() };

	ck_assert_msg(corpus_scenario(&diags, path) != NULL, "%s", errors_text(&diags));
	ck_assert_uint_eq(diags.list.n, 0);
	arena_free(diags.arena);
}

START_TEST(test_good)
{
	corpus_each(CORPUS "good/*.yaml", 4, check_good);
	corpus_each("scenarios/*.yaml", 1, check_good);
}
END_TEST

static void check_bad(const char *path)
{
	struct diags diags = { .arena = arena_new() };
	size_t length;
	const char *text = corpus_read(diags.arena, path, &length);

	ck_assert_msg(corpus_scenario(&diags, path) == NULL, "%s is accepted", path);
	ck_assert_str_eq(errors_text(&diags),
			 corpus_expected(diags.arena, corpus_name(path), text));
	/* Errors are shown and counted once, although each copy and case had them. */
	ck_assert_uint_eq(diags.errors, diags.list.n);
	ck_assert_uint_gt(diags.errors, 0);
	arena_free(diags.arena);
}

START_TEST(test_bad)
{
	corpus_each(CORPUS "bad/*.yaml", 48, check_bad);
}
END_TEST

/* Not YAML trees: what scenario_tree() never gives. */
START_TEST(test_not_a_mapping)
{
	struct diags diags = { .arena = arena_new() };
	struct tree_node scalar = { .file = "a.yaml", .line = 1, .column = 1, .text = "x" };

	ck_assert_ptr_null(scenario_read(&scalar, &diags));
	ck_assert_str_eq(memory_said(&diags),
			 "a.yaml:1:1: is \"x\": a scenario is a mapping (key: value)\n");
	arena_free(diags.arena);
}
END_TEST

static struct scenario *everything(struct diags *diags)
{
	struct scenario *scenario = corpus_scenario(diags, CORPUS "good/everything.yaml");

	ck_assert_msg(scenario != NULL, "%s", errors_text(diags));
	return scenario;
}

static void assert_ip(const struct ip *ip, const char *expected)
{
	char text[IP_TEXT_MAX];

	ck_assert_str_eq(ip_text(ip, text), expected);
}

static void assert_prefix(const struct prefix *prefix, const char *expected)
{
	char text[PREFIX_TEXT_MAX];

	ck_assert_str_eq(prefix_text(prefix, text), expected);
}

static void assert_quality(const struct quality *quality, struct quality expected)
{
	ck_assert_int_eq(quality->delay, expected.delay);
	ck_assert_int_eq(quality->jitter, expected.jitter);
	ck_assert_uint_eq(quality->loss, expected.loss);
	ck_assert_uint_eq(quality->reorder, expected.reorder);
	ck_assert_uint_eq(quality->duplicate, expected.duplicate);
	ck_assert_uint_eq(quality->corrupt, expected.corrupt);
	ck_assert_uint_eq(quality->rate, expected.rate);
}

START_TEST(test_whole)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);

	ck_assert_str_eq(scenario->name, "everything");
	ck_assert_str_eq(scenario->story, "All there is: in one file");
	ck_assert_uint_eq(scenario->seed, 42);
	ck_assert_int_eq(scenario->duration, 60 * MINUTE);
	ck_assert_int_eq(scenario->observe, 500);
	ck_assert_uint_eq(scenario->links.n, 4);
	assert_quality(&scenario_link(scenario, "nothing")->quality, (struct quality){ 0 });
	assert_quality(&scenario_link(scenario, "none")->quality, (struct quality){ .rate = 1000 });
	assert_quality(&scenario_link(scenario, "wan")->quality, (struct quality){
									 .delay = 10,
									 .jitter = 10,
									 .loss = 5000,
									 .reorder = 10000,
									 .duplicate = 1,
									 .corrupt = PPM_ALL,
									 .rate = 10000000,
								 });
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_attachments)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	const struct node *node = scenario_node(scenario, "all");
	const struct attachment *eth0 = node_attachment(node, "eth0");

	ck_assert_uint_eq(node->attachments.n, 3);
	ck_assert_ptr_eq(eth0->link, scenario_link(scenario, "wan"));
	ck_assert_uint_eq(eth0->addresses.n, 2);
	assert_prefix(&eth0->addresses.at[0], "192.0.2.1/24");
	assert_prefix(&eth0->addresses.at[1], "2001:db8::1/64");
	ck_assert_uint_eq(eth0->mtu, 1280);
	/* out is given, so it replaces the link's. */
	assert_quality(&eth0->out, (struct quality){ .loss = 10000 });
	assert_quality(&eth0->in,
		       (struct quality){ .delay = 1000, .rate = UINT64_C(100000000000) });
	eth0 = node_attachment(node, "eth1.5");
	assert_quality(&eth0->out, scenario_link(scenario, "wan")->quality);
	ck_assert(quality_is_perfect(&eth0->in));
	ck_assert_uint_eq(eth0->mtu, 0);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_node)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	const struct node *node = scenario_node(scenario, "all");

	ck_assert_str_eq(node->where.file, "everything.yaml");
	ck_assert_uint_eq(node->where.line, 15);
	ck_assert_uint_eq(node->gateways.n, 2);
	assert_ip(&node->gateways.at[1], "2001:db8::fe");
	ck_assert_uint_eq(node->routes.n, 2);
	assert_prefix(&node->routes.at[1].to, "2001:db8:1::/48");
	assert_ip(&node->routes.at[1].via, "2001:db8::9");
	ck_assert(node->forward);
	ck_assert_str_eq(node->nat.inside, "inner");
	ck_assert_str_eq(node->nat.outside, "eth0");
	ck_assert_int_eq(node->nat.kind, NAT_SYMMETRIC);
	ck_assert_int_eq(node->nat.timeout, 30000);
	ck_assert_uint_eq(node->resolvers.n, 2);
	assert_ip(&node->resolvers.at[0], "192.0.2.53");
	ck_assert_uint_eq(node->hosts.n, 2);
	ck_assert_str_eq(node->hosts.at[1].name, "gw2.example");
	assert_ip(&node->hosts.at[1].addresses.at[0], "192.0.2.12");
	ck_assert_uint_eq(node->files.n, 4);
	ck_assert_str_eq(node->files.at[1].path, "motd");
	ck_assert_str_eq(node->files.at[1].text, "two\nlines\n");
	ck_assert_str_eq(node->files.at[2].text, "");
	ck_assert_uint_eq(node->boot.n, 2);
	ck_assert_str_eq(node->boot.at[0], "ip link add dummy0 type dummy");
	ck_assert(!scenario_node(scenario, "b")->nat.inside);
	ck_assert(!scenario_node(scenario, "b")->forward);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_services)
{
	struct diags diags = { .arena = arena_new() };
	const struct node *node = scenario_node(everything(&diags), "all");
	const struct service *service = node->services.at;

	ck_assert_uint_eq(node->services.n, 4);
	ck_assert_str_eq(service[0].name, "dns");
	ck_assert_int_eq(service[0].kind, SERVICE_NAMES);
	ck_assert_uint_eq(service[0].names.n, 2);
	ck_assert_uint_eq(service[0].names.at[0].addresses.n, 2);
	assert_ip(&service[0].names.at[0].addresses.at[1], "2001:db8::11");
	ck_assert_uint_eq(service[0].names.at[1].addresses.n, 0);
	ck_assert_int_eq(service[1].kind, SERVICE_TIME);
	ck_assert_int_eq(service[2].kind, SERVICE_COMMAND);
	ck_assert_uint_eq(service[2].command.n, 2);
	ck_assert_str_eq(service[2].command.at[1], "1000");
	ck_assert_uint_eq(service[3].command.n, 3);
	ck_assert_str_eq(service[3].command.at[0], "sh");
	ck_assert_str_eq(service[3].command.at[2], "while :; do sleep 1; done");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_timers)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	const struct timer *timer = &scenario_node(scenario, "all")->timer;

	ck_assert_int_eq(timer->kind, TIMER_EVERY);
	ck_assert_int_eq(timer->every, 7000);
	ck_assert_int_eq(timer->jitter, 1000);
	ck_assert_int_eq(timer->phase, 0);
	ck_assert(timer->wait);
	ck_assert_uint_eq(timer->options.n, 2);
	ck_assert_str_eq(timer->options.at[1], "2s");
	ck_assert_int_eq(scenario_node(scenario, "b")->timer.kind, TIMER_ONCE);
	ck_assert_int_eq(scenario_node(scenario, "c")->timer.kind, TIMER_NONE);
	timer = &scenario_node(scenario, "later")->timer;
	ck_assert_int_eq(timer->kind, TIMER_EVERY);
	ck_assert_int_eq(timer->every, 5000);
	ck_assert_int_eq(timer->jitter, 0);
	ck_assert_int_eq(timer->phase, -1);
	ck_assert(!timer->wait);
	ck_assert_uint_eq(timer->options.n, 0);
	arena_free(diags.arena);
}
END_TEST

static const struct desired *parsed(struct diags *diags, const char *text)
{
	struct source source = { "desired", text, strlen(text) };
	const struct desired *desired = desired_parse(&source, 1, "default", diags);

	ck_assert_msg(desired != NULL, "%s", errors_text(diags));
	return desired;
}

/* Missing key files are added; a text is used unchanged. */
START_TEST(test_desired)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	const struct node *node = scenario_node(scenario, "all");
	const struct desired *desired = parsed(&diags, node->desired);

	ck_assert_uint_eq(node->wireguard.n, 2);
	ck_assert_str_eq(node->wireguard.at[0], "wg0");
	ck_assert_str_eq(node->wireguard.at[1], "wg1");
	ck_assert_str_eq(desired->interfaces.at[0].private_key_file, "wg0.key");
	ck_assert_str_eq(desired->interfaces.at[1].private_key_file, "other.key");
	ck_assert_uint_eq(desired->selectors.n, 2);
	node = scenario_node(scenario, "b");
	ck_assert_str_eq(node->desired, "this: [is not a desired state");
	ck_assert_uint_eq(node->wireguard.n, 0);
	node = scenario_node(scenario, "c");
	ck_assert_str_eq(node->desired, "version: 1\ninterfaces:\n  wg0: {}\n");
	ck_assert_uint_eq(node->wireguard.n, 1);
	ck_assert_ptr_null(scenario_node(scenario, "later")->desired);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_probes)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	const struct probe *probe = scenario_probe(scenario, "inside");

	ck_assert_ptr_eq(probe->from, scenario_node(scenario, "all"));
	assert_ip(&probe->to, "10.9.0.1");
	ck_assert_int_eq(probe->every, 2000);
	ck_assert_int_eq(probe->timeout, 500);
	probe = scenario_probe(scenario, "six");
	ck_assert_int_eq(probe->every, 1000);
	ck_assert_int_eq(probe->timeout, 1000);
	arena_free(diags.arena);
}
END_TEST

/* What a fault is, on one line: the non-zero fields used by its kind. */
static const char *fault_drawn(struct arena *arena, const struct fault *fault)
{
	const char *all = fault->name;
	char text[PREFIX_TEXT_MAX];

#define add(condition, ...)                                                                        \
	do {                                                                                       \
		if (condition)                                                                     \
			all = arena_printf(arena, "%s %s", all, arena_printf(arena, __VA_ARGS__)); \
	} while (0)
	add(true, "at=%lld", (long long)fault->at);
	add(fault->at_latest != fault->at, "latest=%lld", (long long)fault->at_latest);
	add(fault->every, "every=%lld*%u", (long long)fault->every, fault->times);
	add(fault->undo_after, "undo=%lld", (long long)fault->undo_after);
	add(fault->node, "node=%s", fault->node->name);
	add(fault->attachment, "attachment=%s", fault->attachment);
	add(fault->link, "link=%s", fault->link->name);
	add(fault->object, "object=%s", fault->object);
	add(fault->direction, "direction=%d", fault->direction);
	add(!quality_is_perfect(&fault->quality), "quality=%lld,%u",
	    (long long)fault->quality.delay, fault->quality.loss);
	for (size_t i = 0; i < fault->groups.n; i++)
		add(fault->groups.at[i], "group%zu=%u", i, fault->groups.at[i]);
	add(fault->lose_state, "lose_state");
	add(fault->off, "off=%lld", (long long)fault->off);
	add(fault->at_call, "at_call=%u", fault->at_call);
	add(fault->damage, "damage=%d", fault->damage);
	add(fault->names_mode, "names_mode=%d", fault->names_mode);
	vec_each (answer, &fault->names)
		add(true, "%s=%zu", answer->name, answer->addresses.n);
	vec_each (prefix, &fault->add)
		add(true, "+%s", prefix_text(prefix, text));
	vec_each (prefix, &fault->remove)
		add(true, "-%s", prefix_text(prefix, text));
	add(fault->clock_step, "clock=%lld", (long long)fault->clock_step);
	vec_each (word, &fault->command)
		add(true, "'%s'", *word);
	add(fault->text, "text='%s'", fault->text);
	add(fault->hook, "hook=%s", fault->hook);
#undef add
	return all;
}

static const char *const faults[] = {
	"first.1_x-y at=0 undo=10000 link=wan",
	"link_down-1 at=60000 latest=180000 undo=10000 node=all attachment=eth0",
	"link_down-2 at=120000 every=30000*5 undo=3000 node=all attachment=eth1.5",
	"link_up-1 at=60000 link=wan",
	"quality-1 at=60000 undo=30000 link=wan direction=1 quality=0,1000000",
	"quality-2 at=60000 node=all attachment=eth0 direction=2 quality=1000,10000",
	"quality-3 at=60000 node=all attachment=eth0",
	"partition-1 at=60000 undo=60000 link=wan group0=1 group1=2",
	"partition-2 at=60000 link=wan group1=1",
	"crash-1 at=60000 undo=60000 node=b",
	"gone at=180000 node=c",
	"boot-1 at=240000 node=c",
	"boot-2 at=300000 node=c lose_state",
	"reboot-1 at=360000 undo=10000 node=all off=10000",
	"again at=420000 undo=20000 node=all off=20000",
	"kill_reconciler-1 at=480000 node=all",
	"kill_reconciler-2 at=480000 node=all at_call=7",
	"pause-1 at=540000 undo=600000 node=all",
	"resume-1 at=540000 node=all",
	"run-1 at=540000 node=all",
	"overlap-1 at=540000 node=all",
	"state_file-1 at=600000 node=all",
	"state_file-2 at=600000 node=all damage=1",
	"state_file-3 at=600000 node=all damage=2",
	"state_file-4 at=600000 node=all damage=3",
	"disk_full-1 at=600000 undo=60000 node=all",
	"names-1 at=600000 undo=60000 node=all object=dns gw1.example=1 gw2.example=0",
	"names-2 at=600000 node=all object=dns names_mode=2",
	"address-1 at=600000 undo=60000 node=all attachment=eth0 +192.0.2.99/24 -192.0.2.1/24",
	"nat_rebind-1 at=600000 node=all",
	"clock-1 at=600000 clock=-172800000",
	"clock-2 at=600000 clock=90000",
	"clock-3 at=600000 clock=315360000000",
	"replace_key-1 at=600000 node=all object=wg1",
	"delete_interface-1 at=600000 node=all object=wg0",
	"delete_interface-2 at=600000 node=all object=dummy0",
	"command-1 at=600000 node=all 'ip' 'route' 'del' '10.9.0.0/24'",
	"command-2 at=600000 node=all 'sh' '-c' 'ip route del 10.9.0.0/24 || :'",
	"desired-1 at=600000 node=all text='version: 1\n'",
	"desired-2 at=600000 node=later text='no: [yaml'",
	"drop-1 at=600000 undo=60000 node=all text='udp dport 51820' hook=forward",
	"drop-2 at=600000 node=b text='' hook=input",
	"service_stop-1 at=600000 undo=60000 node=all object=dns",
	"service_start-1 at=600000 node=all object=dns",
};

START_TEST(test_faults)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	bool seen[FAULT_SERVICE_START + 1] = { false };

	ck_assert_uint_eq(scenario->timeline.n, sizeof(faults) / sizeof(faults[0]));
	for (size_t i = 0; i < scenario->timeline.n; i++) {
		ck_assert_str_eq(fault_drawn(diags.arena, &scenario->timeline.at[i]), faults[i]);
		seen[scenario->timeline.at[i].kind] = true;
	}
	for (int kind = 0; kind <= FAULT_SERVICE_START; kind++)
		ck_assert_msg(seen[kind], "%s is not in everything.yaml", fault_kind_word(kind));
	ck_assert_uint_eq(scenario_fault(scenario, "gone")->where.line, 90);
	arena_free(diags.arena);
}
END_TEST

static const char *reference_drawn(struct arena *arena, const struct reference *reference)
{
	return arena_printf(arena, "%s%s%+lld",
			    reference->fault ? reference->fault->name
			    : reference->end ? "end"
					     : "start",
			    reference->undone ? " undone" : "", (long long)reference->offset);
}

static const struct {
	const char *from, *until;
	msec_t within;
	enum expectation_kind kind;
} windows[] = {
	{ "first.1_x-y+0", "end+0", 20000, EXPECT_EVENTUALLY },
	{ "first.1_x-y undone+5000", "end+0", 20000, EXPECT_SETTLES },
	{ "start+60000", "end-10000", 0, EXPECT_ALWAYS },
	{ "start+30000", "gone+10000", 0, EXPECT_NEVER },
	{ "gone-1000", "again undone+0", 0, EXPECT_ALWAYS },
	{ "start+300000", "end+0", 0, EXPECT_AT },
	{ "end+0", "end+0", 0, EXPECT_AT },
	{ "start+0", "end+0", 0, EXPECT_ALWAYS },
};

START_TEST(test_windows)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		const struct expectation *expectation = &scenario->expect.at[i];

		ck_assert_int_eq(expectation->kind, windows[i].kind);
		ck_assert_int_eq(expectation->within, windows[i].within);
		ck_assert_str_eq(reference_drawn(diags.arena, &expectation->from), windows[i].from);
		ck_assert_str_eq(reference_drawn(diags.arena, &expectation->until),
				 windows[i].until);
	}
	ck_assert_str_eq(scenario->expect.at[0].text,
			 "eventually: {answers: inside}, within: 20s, after: first.1_x-y");
	ck_assert_str_eq(scenario->expect.at[0].condition.text, "answers: inside");
	ck_assert_uint_eq(scenario->expect.at[0].where.line, 125);
	ck_assert_uint_eq(scenario->expect.at[0].condition.where.column, 19);
	arena_free(diags.arena);
}
END_TEST

/* As fault_drawn(). */
static const char *condition_drawn(struct arena *arena, const struct condition *condition)
{
	const char *all = condition_kind_word(condition->kind);
	char text[PREFIX_TEXT_MAX];

#define add(condition_, ...)                                                                       \
	do {                                                                                       \
		if (condition_)                                                                    \
			all = arena_printf(arena, "%s %s", all, arena_printf(arena, __VA_ARGS__)); \
	} while (0)
	add(condition->probe, "probe=%s", condition->probe->name);
	add(condition->node, "node=%s", condition->node->name);
	add(condition->selector, "selector=%s", condition->selector);
	add(condition->interface, "interface=%s", condition->interface);
	add(condition->peer, "peer=%s", condition->peer);
	vec_each (name, &condition->names)
		add(true, "'%s'", *name);
	add(condition->all, "all");
	add(condition->has_at_least, "at_least=%llu", (unsigned long long)condition->at_least);
	add(condition->has_at_most, "at_most=%llu", (unsigned long long)condition->at_most);
	add(condition->relative, "relative");
	add(condition->event, "event=%s", condition->event);
	add(condition->reason, "reason=%s", condition->reason);
	add(condition->age, "age=%lld", (long long)condition->age);
	vec_each (prefix, &condition->prefixes)
		add(true, "%s", prefix_text(prefix, text));
	add(condition->absent, "absent");
	vec_each (code, &condition->exits)
		add(true, "exit=%u", *code);
	add(condition->prints, "prints='%s'", condition->prints);
	vec_each (word, &condition->command)
		add(true, "'%s'", *word);
	add(condition->path, "path=%s", condition->path);
	add(condition->invariant, "invariant=%s", invariant_word(condition->invariant));
#undef add
	return all;
}

static const char *const conditions[] = {
	"answers probe=inside",
	"answers probe=inside",
	"outage probe=inside at_least=0 at_most=20000",
	"loss probe=inside at_most=50000 relative",
	"loss probe=inside at_least=1 at_most=5",
	"rtt probe=six at_most=60",
	"answers probe=six",
	"selected node=all selector=uplink 'b' all",
	"selected node=all selector=uplink 'b' all",
	"selected node=all selector=uplink all",
	"selected node=all selector=uplink 'b' 'b'",
	"selected node=all selector=uplink 'b' absent",
	"selections node=all selector=uplink at_least=1 at_most=2",
	"event node=all at_least=1",
	"event node=all selector=uplink peer=b at_least=1 at_most=1 event=left reason=silent",
	"event node=all peer=b at_most=0 event=try",
	"handshake node=all interface=wg0 peer=all.wg1 age=180000",
	"handshake node=c interface=wg0 peer=c age=180000",
	"peers node=all interface=wg0 'c' 'all.wg0' all",
	"peers node=all interface=wg1 at_least=2 at_most=2",
	"peers node=c interface=wg0 all",
	"allowed_ips node=all interface=wg0 peer=c 10.9.0.0/24",
	"route node=all interface=wg0 10.9.0.0/24",
	"address node=all interface=dummy0 10.9.0.2/32 absent",
	"interface node=all interface=wg0 absent",
	"run node=all at_least=0 at_most=1 exit=0 prints='text'",
	"run node=all at_least=0 at_most=0 exit=0 exit=1",
	"converged node=later",
	"file node=all prints='two\nlines' path=/etc/motd",
	"file node=all absent path=/etc/x",
	"command node=all exit=0 exit=255 prints='wg0' 'ip' 'link'",
	"command node=all exit=0 'sh' '-c' 'ip link | grep -q wg0'",
	"invariant",
	"invariant invariant=state",
	"invariant invariant=exit",
	"invariant invariant=objects",
	"invariant invariant=secrets",
};

START_TEST(test_conditions)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	bool seen[CONDITION_INVARIANT + 1] = { false };

	ck_assert_uint_eq(scenario->expect.n, sizeof(conditions) / sizeof(conditions[0]));
	for (size_t i = 0; i < scenario->expect.n; i++) {
		const struct condition *condition = &scenario->expect.at[i].condition;

		ck_assert_str_eq(condition_drawn(diags.arena, condition), conditions[i]);
		seen[condition->kind] = true;
	}
	for (int kind = 0; kind <= CONDITION_INVARIANT; kind++)
		ck_assert_msg(seen[kind], "%s is not in everything.yaml",
			      condition_kind_word(kind));
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_measures)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = everything(&diags);
	static const struct {
		const char *name, *from, *until;
		enum measure_kind kind;
	} expected[] = {
		{ "outage", "again+0", "again+300000", MEASURE_OUTAGE },
		{ "lost packets", "start+0", "end+0", MEASURE_LOST },
		{ "rtt", "start+0", "end-60000", MEASURE_RTT },
		{ "s", "start+0", "end+0", MEASURE_SELECTIONS },
		{ "t", "start+60000", "end+0", MEASURE_TRAFFIC },
	};

	ck_assert_uint_eq(scenario->measures.n, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct measure *measure = &scenario->measures.at[i];

		ck_assert_str_eq(measure->name, expected[i].name);
		ck_assert_int_eq(measure->kind, expected[i].kind);
		ck_assert_str_eq(reference_drawn(diags.arena, &measure->from), expected[i].from);
		ck_assert_str_eq(reference_drawn(diags.arena, &measure->until), expected[i].until);
		ck_assert_int_eq(measure->probe != NULL, i < 3);
		ck_assert_int_eq(measure->node != NULL, i >= 3);
	}
	ck_assert_str_eq(scenario->measures.at[2].probe->name, "six");
	ck_assert_str_eq(scenario->measures.at[4].node->name, "b");
	arena_free(diags.arena);
}
END_TEST

#define NETWORK                                                                                    \
	"version: 1\n"                                                                             \
	"links: {wan: {delay: 10ms}}\n"                                                            \
	"nodes:\n"                                                                                 \
	"  a:\n"                                                                                   \
	"    interfaces: {eth0: {link: wan, addresses: [192.0.2.1/24]}}\n"                         \
	"    desired: {version: 1, interfaces: {wg0: {}}}\n"                                       \
	"probes: {p: {from: a, to: 192.0.2.2}}\n"

static struct scenario *read_text(struct diags *diags, const char *text)
{
	const struct tree_node *tree = memory_expand("dir/story.yaml", text, diags);
	struct scenario *scenario = tree ? scenario_read(tree, diags) : NULL;

	ck_assert_msg(scenario != NULL, "%s\n%s", text, memory_said(diags));
	return scenario;
}

/* A minute after the last event. */
static const struct {
	const char *text;
	msec_t duration;
} durations[] = {
	{ "", 1 },
	{ "timeline: [{at: 2m, crash: a}]\n", 3 },
	{ "timeline: [{at: {between: [2m, 4m]}, crash: a, for: 3m}]\n", 8 },
	{ "timeline: [{at: 2m, every: 1m, times: 5, run: a}]\n", 7 },
	{ "timeline: [{at: 2m, reboot: {node: a, off: 5m}}]\n", 8 },
	{ "expect: [{eventually: {answers: p}, within: 2m, after: 3m}]\n", 6 },
	{ "expect: [{always: {answers: p}, from: 3m, until: 7m}]\n", 8 },
	{ "expect: [{holds: {answers: p}, at: 3m}]\n", 4 },
	{ "expect: [{holds: {answers: p}, at: end}]\n", 1 },
	{ "timeline: [{at: 2m, every: 1m, times: 5, name: x, crash: a, for: 30s}]\n"
	  "expect: [{holds: {answers: p}, at: x undone + 30s}]\n",
	  8 },
	{ "measure: [{name: m, lost: p, until: 6m}]\n", 7 },
	{ "duration: 90m\n", 90 },
};

START_TEST(test_durations)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const struct scenario *scenario = read_text(
			&diags, arena_printf(diags.arena, NETWORK "%s", durations[i].text));

		ck_assert_msg(scenario->duration == durations[i].duration * MINUTE, "%s%lld",
			      durations[i].text, (long long)scenario->duration);
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_defaults)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = read_text(&diags, NETWORK);
	const struct node *node = &scenario->nodes.at[0];

	ck_assert_str_eq(scenario->name, "story");
	ck_assert_str_eq(scenario->story, "");
	ck_assert_uint_eq(scenario->seed, 1);
	ck_assert_int_eq(scenario->observe, 1000);
	ck_assert_int_eq(node->timer.kind, TIMER_EVERY);
	ck_assert_int_eq(node->timer.every, 5000);
	ck_assert_int_eq(node->timer.phase, -1);
	ck_assert_int_eq(node->attachments.at[0].out.delay, 10);
	arena_free(diags.arena);
}
END_TEST

/* Generated names avoid given ones. */
START_TEST(test_fault_names)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = read_text(
		&diags, NETWORK "timeline:\n"
				"  - {at: 1s, crash: a, for: 1s}\n"
				"  - {at: 3s, crash: a, for: 1s, name: crash-2}\n"
				"  - {at: 5s, run: a}\n"
				"  - {at: 7s, crash: a, for: 1s}\n"
				"expect: [{holds: {answers: p}, at: crash-3}]\n");

	ck_assert_str_eq(scenario->timeline.at[0].name, "crash-1");
	ck_assert_str_eq(scenario->timeline.at[2].name, "run-1");
	ck_assert_str_eq(scenario->timeline.at[3].name, "crash-3");
	ck_assert_ptr_eq(scenario->expect.at[0].from.fault, &scenario->timeline.at[3]);
	arena_free(diags.arena);
}
END_TEST

/* A pushed state's interface needs its key from the start, and may be used in conditions; if
 * a text is not a desired state, nothing is known, so nothing is refused. */
START_TEST(test_pushed)
{
	struct diags diags = { .arena = arena_new() };
	const struct scenario *scenario = read_text(
		&diags, NETWORK
		"timeline:\n"
		"  - {at: 1s, desired: {node: a, set: {version: 1, interfaces: {wg1: }}}}\n"
		"  - {at: 2s, desired: {node: a, set: \"interfaces: {wg2: {}, wg0: 1, 'a b': 1}\"}}\n"
		"expect:\n"
		"  - {always: {peers: {node: a, interface: wg2, are: [a.wg0]}}}\n"
		"  - {always: {selected: {node: a, is: [anybody]}}}\n");
	const struct node *node = &scenario->nodes.at[0];

	ck_assert_uint_eq(node->wireguard.n, 3);
	ck_assert_str_eq(node->wireguard.at[2], "wg2");
	ck_assert_str_eq(
		parsed(&diags, scenario->timeline.at[0].text)->interfaces.at[0].private_key_file,
		"wg1.key");
	ck_assert_ptr_null(scenario->expect.at[1].condition.selector);
	arena_free(diags.arena);
}
END_TEST

SUITE("scenario_read", test_good, test_bad, test_not_a_mapping, test_whole, test_attachments,
      test_node, test_services, test_timers, test_desired, test_probes, test_faults, test_windows,
      test_conditions, test_measures, test_durations, test_defaults, test_fault_names, test_pushed)
