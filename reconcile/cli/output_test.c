/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "core/recorded/liveness.h"
#include "test/unit.h"

#include <jansson.h>
#include <stdlib.h>

/* Keys of 0, 1, 2 ... as base64. */
#define KEY_0 "AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_1 "AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_2 "AgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_9 "CQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char yaml[] = "version: 1\n"
			   "interfaces:\n"
			   "  wg0:\n"
			   "    create: false\n"
			   "    peers:\n"
			   "      office:\n"
			   "        public_key: " KEY_0 "\n"
			   "        endpoint: office.example.com:51820\n"
			   "selectors:\n"
			   "  uplink:\n"
			   "    interface: wg0\n"
			   "    peers:\n"
			   "      sn01: {public_key: " KEY_1 ", endpoint: \"192.0.2.1:51820\"}\n"
			   "      sn02: {public_key: " KEY_2 ", endpoint: \"192.0.2.2:51820\"}\n";

static struct wg_key key_number(unsigned number)
{
	return (struct wg_key){ .b = { (uint8_t)number, 1 } };
}

/* A printer into memory. */
struct page {
	struct printer printer;
	char *out;
	char *err;
	size_t out_size;
	size_t err_size;
};

static void page_open(struct page *page)
{
	memset(page, 0, sizeof(*page));
	page->printer.out = open_memstream(&page->out, &page->out_size);
	page->printer.err = open_memstream(&page->err, &page->err_size);
	ck_assert(page->printer.out && page->printer.err);
}

static void page_finish(struct page *page)
{
	ck_assert_int_eq(fclose(page->printer.out), 0);
	ck_assert_int_eq(fclose(page->printer.err), 0);
}

static void page_free(struct page *page)
{
	free(page->out);
	free(page->err);
}

/* ---- Runs ---- */

static void run_init(struct run *run)
{
	struct source source = { "home.yaml", yaml, strlen(yaml) };

	memset(run, 0, sizeof(*run));
	run->arena = arena_new();
	run->diags.arena = run->arena;
	run->plan.arena = run->arena;
	run->plan.changes.arena = run->arena;
	run->rest.arena = run->arena;
	run->desired = desired_parse(&source, 1, "home", &run->diags);
	ck_assert_msg(run->desired, "%s",
		      run->diags.list.n ? diag_text(&run->diags, &run->diags.list.at[0]) : "");
}

static struct change *add(struct run *run, enum change_kind kind, const char *interface)
{
	return change_add(&run->plan.changes, kind, interface);
}

static struct change *add_peer(struct run *run, enum change_kind kind, const char *selector,
			       const char *name, unsigned number, const char *reason)
{
	struct change *change = add(run, kind, "wg0");

	change->selector = selector;
	change->peer = name;
	change->public_key = key_number(number);
	change->reason = reason;
	return change;
}

static void add_event(struct run *run, enum event_kind kind, const char *interface,
		      const char *selector, const char *peer, const char *text)
{
	struct event *event = vec_push(run->arena, &run->plan.events.list);

	event->kind = kind;
	event->interface = interface;
	event->selector = selector;
	event->peer = peer;
	event->text = text;
	run->plan.events.problems += kind == EVENT_PROBLEM;
}

/* A gateway is replaced, the office's name was resolved, an address is missing, and a rule
 * of a missing interface is to be removed. */
static void fill(struct run *run)
{
	static const struct wg_key psk = { .b = { 0x5e, 0xc2 } };
	static struct prefix allowed[2];
	struct change *change;

	ck_assert(prefix_parse("10.1.0.0/16", &allowed[0]));
	ck_assert(prefix_parse("fe80::1/128", &allowed[1]));
	change = add_peer(run, CHANGE_PEER_ADD, "uplink", "sn01", 1, "tried");
	change->allowed_ips = &allowed[1];
	change->allowed_ips_n = 1;
	change->value = 25;
	change->has_endpoint = true;
	ck_assert(endpoint_parse("192.0.2.1:51820", &change->endpoint));
	change = add_peer(run, CHANGE_PEER_ADD, NULL, "office", 0, NULL);
	change->preshared_key = &psk;
	change->allowed_ips = allowed;
	change->allowed_ips_n = 2;
	change->has_endpoint = true;
	ck_assert(endpoint_parse("[2001:db8::1]:51820", &change->endpoint));
	change = add(run, CHANGE_LINK_MTU, "wg0");
	change->value = 1380;
	change->old_value = 1420;
	add(run, CHANGE_ADDRESS_ADD, "wg0")->prefix = allowed[0];
	change = add(run, CHANGE_ROUTE_ADD, "wg0");
	change->prefix = allowed[0];
	change->table = 100;
	change->metric = 50;
	change = add(run, CHANGE_RULE_REMOVE, "old0");
	change->rule = (struct observed_rule){ .family = FAMILY_IPV4,
					       .priority = 30001,
					       .table = 100,
					       .not_fwmark = true,
					       .fwmark = 1,
					       .suppress_prefix_length = -1 };
	change->table = 100;
	add_peer(run, CHANGE_PEER_REMOVE, "uplink", "sn02", 2, "no handshake within 5 s");
	add_peer(run, CHANGE_PEER_REMOVE, NULL, NULL, 9, "not declared");
	changes_sort(&run->plan.changes);
	add_event(run, EVENT_TIME, NULL, NULL, NULL, "clock synchronised");
	add_event(run, EVENT_LEFT, "wg0", "uplink", "sn02", "no handshake within 5 s");
	add_event(run, EVENT_TRY, "wg0", "uplink", "sn01", "tried");
}

static enum exit_code print_run(struct page *page, const struct output *output,
				const struct run *run, enum run_mode mode, enum run_outcome outcome)
{
	struct report report;

	report_make(&report, run, "home", mode, outcome);
	output_report(output, &page->printer, &report);
	page_finish(page);
	return report_exit(&report);
}

static const char planned[] =
	"this machine\n"
	"  * clock synchronised\n"
	"interface old0\n"
	"  - IPv4 rule 30001: not fwmark 0x1 lookup 100\n"
	"interface wg0\n"
	"  ~ mtu 1420 -> 1380\n"
	"  + peer office endpoint [2001:db8::1]:51820, allowed IPs 10.1.0.0/16, fe80::1/128, "
	"preshared key (office.example.com:51820)\n"
	"  + address 10.1.0.0/16\n"
	"  + route 10.1.0.0/16 table 100 metric 50\n"
	"  - peer " KEY_9 " (not declared)\n"
	"selector uplink (wg0)\n"
	"  * sn02 left: no handshake within 5 s\n"
	"  * sn01 tried\n"
	"  + peer sn01 endpoint 192.0.2.1:51820, keepalive 25 s, allowed IPs fe80::1/128 (tried)\n"
	"  - peer sn02 (no handshake within 5 s)\n"
	"Plan: 4 to add, 1 to change, 3 to remove.\n";

START_TEST(text_plan)
{
	struct run run;
	struct page page;

	run_init(&run);
	fill(&run);
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_DRY, RUN_DONE), EXIT_CHANGES);
	ck_assert_str_eq(page.out, planned);
	ck_assert_str_eq(page.err, "");
	page_free(&page);
	run_free(&run);
}
END_TEST

static struct change *change_of(struct run *run, enum change_kind kind)
{
	vec_each (change, &run->plan.changes.list)
		if (change->kind == kind)
			return change;
	ck_abort_msg("no such change");
}

START_TEST(text_apply)
{
	struct run run;
	struct page page;

	run_init(&run);
	fill(&run);
	vec_each (change, &run.plan.changes.list)
		change->result = CHANGE_DONE;
	change_of(&run, CHANGE_LINK_MTU)->result = CHANGE_FAILED;
	change_of(&run, CHANGE_LINK_MTU)->error = "Invalid argument: \033[31mmtu";
	change_of(&run, CHANGE_ROUTE_ADD)->result = CHANGE_SKIPPED;
	change_of(&run, CHANGE_ROUTE_ADD)->error = "time is over";
	change_of(&run, CHANGE_ADDRESS_ADD)->result = CHANGE_SKIPPED;
	*vec_push(run.arena, &run.warnings) = "cannot write the marks";
	add_event(&run, EVENT_PROBLEM, "wg1", NULL, NULL, "exists, but is something else");
	page_open(&page);
	page.printer.quiet = true;
	ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_APPLY, RUN_DONE), EXIT_ERROR);
	ck_assert_str_eq(
		page.out,
		"interface old0\n"
		"  - IPv4 rule 30001: not fwmark 0x1 lookup 100\n"
		"interface wg0\n"
		"  ~ mtu 1420 -> 1380 FAILED: Invalid argument: \\x1b[31mmtu\n"
		"  + peer office endpoint [2001:db8::1]:51820, allowed IPs 10.1.0.0/16, "
		"fe80::1/128, preshared key (office.example.com:51820)\n"
		"  + address 10.1.0.0/16 skipped\n"
		"  + route 10.1.0.0/16 table 100 metric 50 skipped: time is over\n"
		"  - peer " KEY_9 " (not declared)\n"
		"selector uplink (wg0)\n"
		"  + peer sn01 endpoint 192.0.2.1:51820, keepalive 25 s, allowed IPs fe80::1/128 "
		"(tried)\n"
		"  - peer sn02 (no handshake within 5 s)\n");
	ck_assert_str_eq(page.err, "wgreconcile: warning: cannot write the marks\n"
				   "wgreconcile: interface wg1: exists, but is something else\n");
	page_free(&page);
	run_free(&run);
}
END_TEST

START_TEST(text_counts)
{
	static const struct {
		enum change_result first, second;
		enum run_mode mode;
		const char *line;
		enum exit_code code;
	} rows[] = {
		{ CHANGE_DONE, CHANGE_DONE, RUN_APPLY, "Applied: 1 added, 0 changed, 1 removed.\n",
		  EXIT_DONE },
		{ CHANGE_FAILED, CHANGE_DONE, RUN_APPLY,
		  "Applied: 0 added, 0 changed, 1 removed, 1 failed.\n", EXIT_ERROR },
		{ CHANGE_FAILED, CHANGE_SKIPPED, RUN_APPLY,
		  "Applied: 0 added, 0 changed, 0 removed, 1 failed, 1 skipped.\n", EXIT_ERROR },
		/* apply did not reach it: no success. */
		{ CHANGE_DONE, CHANGE_PLANNED, RUN_APPLY,
		  "Applied: 1 added, 0 changed, 0 removed, 1 skipped.\n", EXIT_ERROR },
		{ CHANGE_PLANNED, CHANGE_PLANNED, RUN_DRY,
		  "Plan: 1 to add, 0 to change, 1 to remove.\n", EXIT_CHANGES },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run;
		struct page page;

		run_init(&run);
		add(&run, CHANGE_PEER_ADD, "wg0")->result = rows[i].first;
		add(&run, CHANGE_PEER_REMOVE, "wg0")->result = rows[i].second;
		page_open(&page);
		ck_assert_int_eq(print_run(&page, &output_text, &run, rows[i].mode, RUN_DONE),
				 rows[i].code);
		ck_assert_str_eq(page.out + strlen(page.out) - strlen(rows[i].line), rows[i].line);
		page_free(&page);
		run_free(&run);
	}
}
END_TEST

START_TEST(text_nothing)
{
	for (int quiet = 0; quiet < 2; quiet++) {
		struct run run;
		struct page page;

		run_init(&run);
		add_event(&run, EVENT_WAITING, "wg0", "uplink", NULL, "waiting for interface wg0");
		page_open(&page);
		page.printer.quiet = quiet;
		ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_APPLY, RUN_DONE),
				 EXIT_DONE);
		ck_assert_str_eq(page.out, quiet ? ""
						 : "selector uplink (wg0)\n"
						   "  * waiting for interface wg0\n"
						   "Nothing to do.\n");
		page_free(&page);
		run_free(&run);
	}
}
END_TEST

START_TEST(text_rest)
{
	struct run run;
	struct page page;
	struct change *rest;

	run_init(&run);
	add(&run, CHANGE_LINK_UP, "wg0")->result = CHANGE_DONE;
	rest = change_add(&run.rest, CHANGE_LINK_UP, "wg0");
	ck_assert_ptr_nonnull(rest);
	*vec_push(run.arena, &run.errors) = "1 changes did not last";
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_APPLY, RUN_DONE), EXIT_ERROR);
	ck_assert_str_eq(page.err, "wgreconcile: 1 changes did not last\n"
				   "wgreconcile: still to be done on wg0: ~ up\n");
	page_free(&page);
	run_free(&run);
}
END_TEST

START_TEST(outcomes)
{
	static const struct {
		enum run_outcome outcome;
		const char *error;
		const char *err;
		enum exit_code code;
	} rows[] = {
		{ RUN_LOCKED, "another run is under way", "wgreconcile: another run is under way\n",
		  EXIT_LOCKED },
		{ RUN_FAILED, "no netlink", "wgreconcile: no netlink\n", EXIT_ERROR },
		{ RUN_BAD_INPUT, NULL,
		  "home.yaml:3:5: interfaces.wg0: is wrong\n"
		  "wgreconcile: 1 error; nothing was changed\n",
		  EXIT_INPUT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run;
		struct page page;

		run_init(&run);
		run.error = rows[i].error;
		if (rows[i].outcome == RUN_BAD_INPUT)
			diag_error(&run.diags, (struct where){ "home.yaml", 3, 5 },
				   "interfaces.wg0", "is wrong");
		page_open(&page);
		page.printer.quiet = true;
		ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_APPLY, rows[i].outcome),
				 rows[i].code);
		ck_assert_str_eq(page.out, "");
		ck_assert_str_eq(page.err, rows[i].err);
		page_free(&page);
		run_free(&run);
	}
}
END_TEST

/* Colour affects the sign and the headings only. */
START_TEST(text_color)
{
	struct run run;
	struct page page;

	run_init(&run);
	add(&run, CHANGE_LINK_UP, "wg0");
	page_open(&page);
	page.printer.color = true;
	print_run(&page, &output_text, &run, RUN_DRY, RUN_DONE);
	ck_assert_str_eq(page.out, "\033[1minterface wg0\033[0m\n"
				   "  \033[33m~\033[0m up\n"
				   "Plan: 0 to add, 1 to change, 0 to remove.\n");
	page_free(&page);
	run_free(&run);
}
END_TEST

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, 0, &error);

	ck_assert_msg(value, "%s at %d in %s", error.text, error.position, text);
	return value;
}

/* text is expected, regardless of spaces. */
static void expect_json(const char *text, const char *expected)
{
	json_t *is = parse(text), *should = parse(expected);

	ck_assert_msg(json_equal(is, should), "%s", text);
	json_decref(is);
	json_decref(should);
}

START_TEST(json_plan)
{
	static const char expected[] =
		"{\"version\": 1, \"instance\": \"home\", \"changes\": ["
		"{\"kind\": \"link_mtu\", \"sign\": \"~\", \"interface\": \"wg0\","
		" \"value\": 1380, \"old_value\": 1420, \"result\": \"planned\","
		" \"text\": \"mtu 1420 -> 1380\"},"
		"{\"kind\": \"peer_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		" \"selector\": \"uplink\", \"peer\": \"sn01\", \"public_key\": \"" KEY_1 "\","
		" \"endpoint\": \"192.0.2.1:51820\", \"persistent_keepalive\": 25,"
		" \"preshared_key\": false, \"allowed_ips\": [\"fe80::1/128\"],"
		" \"reason\": \"tried\", \"result\": \"planned\", \"text\": \"peer sn01 endpoint"
		" 192.0.2.1:51820, keepalive 25 s, allowed IPs fe80::1/128\"},"
		"{\"kind\": \"peer_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		" \"peer\": \"office\", \"public_key\": \"" KEY_0 "\","
		" \"endpoint\": \"[2001:db8::1]:51820\","
		" \"endpoint_name\": \"office.example.com:51820\", \"persistent_keepalive\": 0,"
		" \"preshared_key\": true, \"allowed_ips\": [\"10.1.0.0/16\", \"fe80::1/128\"],"
		" \"result\": \"planned\", \"text\": \"peer office endpoint [2001:db8::1]:51820,"
		" allowed IPs 10.1.0.0/16, fe80::1/128, preshared key\"},"
		"{\"kind\": \"address_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		" \"prefix\": \"10.1.0.0/16\", \"result\": \"planned\","
		" \"text\": \"address 10.1.0.0/16\"},"
		"{\"kind\": \"route_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		" \"prefix\": \"10.1.0.0/16\", \"table\": 100, \"metric\": 50,"
		" \"result\": \"planned\", \"text\": \"route 10.1.0.0/16 table 100 metric 50\"},"
		"{\"kind\": \"rule_remove\", \"sign\": \"-\", \"interface\": \"old0\","
		" \"rule\": {\"family\": 4, \"priority\": 30001, \"table\": 100,"
		" \"not_fwmark\": 1}, \"result\": \"planned\","
		" \"text\": \"IPv4 rule 30001: not fwmark 0x1 lookup 100\"},"
		"{\"kind\": \"peer_remove\", \"sign\": \"-\", \"interface\": \"wg0\","
		" \"selector\": \"uplink\", \"peer\": \"sn02\", \"public_key\": \"" KEY_2 "\","
		" \"reason\": \"no handshake within 5 s\", \"result\": \"planned\","
		" \"text\": \"peer sn02\"},"
		"{\"kind\": \"peer_remove\", \"sign\": \"-\", \"interface\": \"wg0\","
		" \"public_key\": \"" KEY_9 "\", \"reason\": \"not declared\","
		" \"result\": \"planned\", \"text\": \"peer " KEY_9 "\"}],"
		"\"events\": ["
		"{\"kind\": \"time\", \"text\": \"clock synchronised\"},"
		"{\"kind\": \"left\", \"selector\": \"uplink\", \"interface\": \"wg0\","
		" \"peer\": \"sn02\", \"role\": \"carrier\", \"reason\": \"no_handshake\","
		" \"text\": \"no handshake within 5 s\"},"
		"{\"kind\": \"try\", \"selector\": \"uplink\", \"interface\": \"wg0\","
		" \"peer\": \"sn01\", \"role\": \"carrier\", \"text\": \"tried\"}],"
		"\"warnings\": [], \"errors\": [],"
		"\"counts\": {\"add\": 4, \"change\": 1, \"remove\": 3, \"failed\": 0,"
		" \"skipped\": 0}}";
	struct run run;
	struct page page;

	run_init(&run);
	fill(&run);
	page_open(&page);
	print_run(&page, &output_json, &run, RUN_DRY, RUN_DONE);
	expect_json(page.out, expected);
	ck_assert_str_eq(page.err, "");
	page_free(&page);
	run_free(&run);
}
END_TEST

START_TEST(json_failures)
{
	struct run run;
	struct page page;
	struct change *change;

	run_init(&run);
	/* Bytes that are not UTF-8 must not make the output invalid. */
	change = add_peer(&run, CHANGE_PEER_REMOVE, NULL, "\xff", 1, NULL);
	change->result = CHANGE_FAILED;
	change->error = "No such \"file\"";
	add_event(&run, EVENT_PROBLEM, "wg0", "uplink", "sn01", "cannot probe");
	*vec_push(run.arena, &run.warnings) = "late";
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_json, &run, RUN_APPLY, RUN_DONE), EXIT_ERROR);
	expect_json(page.out,
		    "{\"version\": 1, \"instance\": \"home\", \"changes\": ["
		    "{\"kind\": \"peer_remove\", \"sign\": \"-\", \"interface\": \"wg0\","
		    " \"peer\": \"\\\\xff\", \"public_key\": \"" KEY_1 "\","
		    " \"result\": \"failed\", \"error\": \"No such \\\"file\\\"\","
		    " \"text\": \"peer \\\\xff\"}],"
		    "\"events\": [{\"kind\": \"problem\", \"selector\": \"uplink\","
		    " \"interface\": \"wg0\", \"peer\": \"sn01\", \"role\": \"carrier\","
		    " \"text\": \"cannot probe\"}],"
		    "\"warnings\": [\"late\"],"
		    "\"errors\": [\"selector uplink: peer sn01: cannot probe\"],"
		    "\"counts\": {\"add\": 0, \"change\": 0, \"remove\": 0, \"failed\": 1,"
		    " \"skipped\": 0}}");
	page_free(&page);
	run_free(&run);
}
END_TEST

START_TEST(json_bad_input)
{
	struct run run;
	struct page page;

	run_init(&run);
	diag_warning(&run.diags, (struct where){ "home.yaml", 2, 1 }, NULL, "is odd");
	diag_error(&run.diags, (struct where){ "home.yaml", 3, 5 }, "interfaces.wg0", "is wrong");
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_json, &run, RUN_DRY, RUN_BAD_INPUT), EXIT_INPUT);
	expect_json(page.out,
		    "{\"version\": 1, \"instance\": \"home\", \"changes\": [], \"events\": [],"
		    "\"warnings\": [\"home.yaml:2:1: warning: is odd\"],"
		    "\"errors\": [\"home.yaml:3:5: interfaces.wg0: is wrong\"],"
		    "\"counts\": {\"add\": 0, \"change\": 0, \"remove\": 0, \"failed\": 0,"
		    " \"skipped\": 0}}");
	page_free(&page);
	run_free(&run);
}
END_TEST

/* They have no interface, and their content is not shown. */
START_TEST(files)
{
	struct desired_file file = {
		.path = "/etc/bird/wg.conf", .text = "hidden", .length = 1234, .mode = 0644
	};
	struct run run;
	struct page page;
	struct change *change;

	run_init(&run);
	*vec_push(run.arena, &file.load) = "birdc";
	*vec_push(run.arena, &file.load) = "configure";
	change = add(&run, CHANGE_FILE_WRITE, NULL);
	change->file = &file;
	change->digest = 0xabc;
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_DRY, RUN_DONE), EXIT_CHANGES);
	ck_assert_str_eq(page.out, "this machine\n"
				   "  ~ file /etc/bird/wg.conf (1,234 bytes, digest "
				   "0000000000000abc), then birdc configure\n"
				   "Plan: 0 to add, 1 to change, 0 to remove.\n");
	page_free(&page);

	change->result = CHANGE_FAILED;
	change->error = "/etc/bird/wg.conf: Permission denied";
	*change_add(&run.rest, CHANGE_FILE_WRITE, NULL) = *change;
	*vec_push(run.arena, &run.errors) = "1 changes did not last";
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_text, &run, RUN_APPLY, RUN_DONE), EXIT_ERROR);
	ck_assert_str_eq(page.out, "this machine\n"
				   "  ~ file /etc/bird/wg.conf (1,234 bytes, digest "
				   "0000000000000abc), then birdc configure FAILED: "
				   "/etc/bird/wg.conf: Permission denied\n"
				   "Applied: 0 added, 0 changed, 0 removed, 1 failed.\n");
	ck_assert_str_eq(page.err, "wgreconcile: 1 changes did not last\n"
				   "wgreconcile: still to be done on this machine: ~ file "
				   "/etc/bird/wg.conf (1,234 bytes, digest 0000000000000abc), "
				   "then birdc configure\n");
	page_free(&page);

	run.errors.n = 0;
	page_open(&page);
	ck_assert_int_eq(print_run(&page, &output_json, &run, RUN_APPLY, RUN_DONE), EXIT_ERROR);
	expect_json(page.out,
		    "{\"version\": 1, \"instance\": \"home\", \"changes\": ["
		    "{\"kind\": \"file_write\", \"sign\": \"~\","
		    " \"path\": \"/etc/bird/wg.conf\", \"size\": 1234,"
		    " \"digest\": \"0000000000000abc\", \"load\": [\"birdc\", \"configure\"],"
		    " \"result\": \"failed\", \"error\": \"/etc/bird/wg.conf: Permission denied\","
		    " \"text\": \"file /etc/bird/wg.conf (1,234 bytes, digest 0000000000000abc), "
		    "then birdc configure\"}],"
		    "\"events\": [], \"warnings\": [], \"errors\": [],"
		    "\"counts\": {\"add\": 0, \"change\": 0, \"remove\": 0, \"failed\": 1,"
		    " \"skipped\": 0}}");
	page_free(&page);
	run_free(&run);
}
END_TEST

/* No form shows a private or a preshared key. */
START_TEST(secrets)
{
	static const struct output *const outputs[] = { &output_text, &output_json };
	static const struct wg_key secret = { .b = "\x73\x65\x63\x72\x65\x74\x73\x65\x63" };
	char text[KEY_TEXT_MAX];

	key_text(&secret, text);
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		struct desired_interface interface = { .name = "wg0", .private_key = secret };
		struct run run;
		struct page page;

		run_init(&run);
		add(&run, CHANGE_LINK_ADD, "wg0")->desired = &interface;
		add(&run, CHANGE_DEVICE_PRIVATE_KEY, "wg0")->desired = &interface;
		add_peer(&run, CHANGE_PEER_ADD, NULL, "office", 0, NULL)->preshared_key = &secret;
		add_peer(&run, CHANGE_PEER_PRESHARED_KEY, NULL, "office", 0, NULL)->preshared_key =
			&secret;
		page_open(&page);
		page.printer.verbose = true;
		print_run(&page, outputs[i], &run, RUN_DRY, RUN_DONE);
		ck_assert_ptr_nonnull(strstr(page.out, "private key (hidden)"));
		ck_assert_ptr_nonnull(strstr(page.out, "preshared key changed"));
		/* Even the first letters would reveal it. */
		text[8] = '\0';
		ck_assert_ptr_null(strstr(page.out, text));
		ck_assert_ptr_null(strstr(page.err, text));
		page_free(&page);
		run_free(&run);
	}
}
END_TEST

/* ---- validate ---- */

START_TEST(diagnostics)
{
	struct arena *arena = arena_new();
	struct diags diags = { .arena = arena };
	struct page page;

	page_open(&page);
	output_text.diags(&page.printer, &diags, arena);
	page_finish(&page);
	ck_assert_str_eq(page.out, "configuration OK\n");
	ck_assert_str_eq(page.err, "");
	page_free(&page);

	diag_error(&diags, (struct where){ "a.yaml", 3, 5 }, "interfaces.wg0", "is wrong");
	diag_warning(&diags, (struct where){ "a.yaml", 0, 0 }, NULL, "is odd");
	page_open(&page);
	output_text.diags(&page.printer, &diags, arena);
	page_finish(&page);
	ck_assert_str_eq(page.out, "");
	ck_assert_str_eq(page.err, "a.yaml:3:5: interfaces.wg0: is wrong\n"
				   "a.yaml: warning: is odd\n"
				   "wgreconcile: 1 error\n");
	page_free(&page);

	page_open(&page);
	output_json.diags(&page.printer, &diags, arena);
	page_finish(&page);
	expect_json(page.out, "{\"version\": 1, \"ok\": false, \"diagnostics\": ["
			      "{\"severity\": \"error\", \"file\": \"a.yaml\", \"line\": 3,"
			      " \"column\": 5, \"path\": \"interfaces.wg0\","
			      " \"message\": \"is wrong\"},"
			      "{\"severity\": \"warning\", \"file\": \"a.yaml\", \"path\": \"\","
			      " \"message\": \"is odd\"}]}");
	page_free(&page);
	arena_free(arena);
}
END_TEST

/* ---- status ---- */

/* A status of one interface with a plain peer, a gateway in use and an
 * undeclared peer; the other gateway was left. */
struct example {
	struct run run;
	struct observed_interface wg0;
	struct observed_peer peers[3];
	struct status status;
};

static void add_status_peer(struct example *example, const char *name, unsigned number,
			    const struct observed_peer *in_kernel, msec_t age)
{
	struct status_peer *peer = vec_push(example->run.arena,
					    &example->status.interfaces.at[0].peers);

	peer->name = name;
	peer->public_key = key_number(number);
	peer->in_kernel = in_kernel;
	peer->handshake_age = age;
}

static struct status_member *add_member(struct example *example, size_t index,
					enum member_state state)
{
	struct status_selector *selector = &example->status.selectors.at[0];
	struct status_member *member = vec_push(example->run.arena, &selector->members);

	member->peer = &selector->desired->peers.at[index];
	member->state = state;
	member->since = member->established = member->handshake_age = AGE_NONE;
	return member;
}

static void fill_peers(struct example *example)
{
	struct arena *arena = example->run.arena;
	struct observed_peer *peers = example->peers;

	ck_assert(endpoint_parse("192.0.2.1:51820", &peers[1].endpoint));
	peers[1].has_endpoint = true;
	peers[1].persistent_keepalive = 25;
	peers[1].rx_bytes = 1300234;
	peers[1].tx_bytes = 3072;
	for (unsigned i = 0; i < 9; i++)
		ck_assert(prefix_parse(arena_printf(arena, "10.%u.0.0/16", i),
				       vec_push(arena, &peers[1].allowed_ips)));
	peers[2].preshared_key = key_number(77);
	add_status_peer(example, "office", 0, NULL, AGE_NONE);
	add_status_peer(example, "sn01", 1, &peers[1], 151000);
	example->status.interfaces.at[0].peers.at[1].selector = "uplink";
	example->status.interfaces.at[0].peers.at[1].state = MEMBER_ACTIVE;
	add_status_peer(example, NULL, 9, &peers[2], AGE_NONE);
}

static void example_new(struct example *example)
{
	struct status *status = &example->status;
	struct status_interface *interface;
	struct status_selector *selector;
	struct status_member *member;

	memset(example, 0, sizeof(*example));
	run_init(&example->run);
	status->arena = example->run.arena;
	status->instance = "home";
	example->wg0.kind = LINK_WIREGUARD;
	example->wg0.has_private_key = true;
	example->wg0.private_key = key_number(66);
	example->wg0.public_key = key_number(5);
	example->wg0.listen_port = 51820;
	example->wg0.fwmark = 1;
	example->wg0.mtu = 1420;
	interface = vec_push(status->arena, &status->interfaces);
	interface->name = "wg0";
	interface->in_kernel = &example->wg0;
	fill_peers(example);
	selector = vec_push(status->arena, &status->selectors);
	selector->desired = &example->run.desired->selectors.at[0];
	selector->working = 1;
	*vec_push(status->arena, &selector->next) = "sn02";
	selector->next_round = true;
	member = add_member(example, 0, MEMBER_ACTIVE);
	member->in_slot = true;
	member->since = member->established = 180999;
	member->has_endpoint = true;
	member->endpoint = example->peers[1].endpoint;
	member->handshake_age = 151000;
	member->probe_failures = 2;
	member->tried = true;
	member = add_member(example, 1, MEMBER_LEFT);
	member->reason = LEFT_NO_HANDSHAKE;
	member->since = 600000;
	member->strikes = 3;
	status->pending = 2;
	*vec_push(status->arena, &status->reasons) = "interface wg0 is not up";
	*vec_push(status->arena, &status->warnings) = "set aside";
}

static void print_example(struct page *page, const struct output *output)
{
	struct example example;

	example_new(&example);
	output->status(&page->printer, &example.status);
	page_finish(page);
	run_free(&example.run);
}

START_TEST(text_status)
{
	struct page page;

	page_open(&page);
	print_example(&page, &output_text);
	ck_assert_str_eq(
		page.out,
		"interface: wg0\n"
		"  state: down\n"
		"  public key: BQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
		"  private key: (hidden)\n"
		"  listening port: 51820\n"
		"  fwmark: 0x1\n"
		"\n"
		"peer: office\n"
		"  public key: " KEY_0 "\n"
		"  state: not on the interface\n"
		"\n"
		"peer: sn01\n"
		"  public key: " KEY_1 "\n"
		"  selector: uplink (active)\n"
		"  endpoint: 192.0.2.1:51820\n"
		"  allowed ips: 10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16, "
		"10.5.0.0/16, 10.6.0.0/16, 10.7.0.0/16 and 1 more\n"
		"  latest handshake: 2 m 31 s ago\n"
		"  transfer: 1.24 MiB received, 3.00 KiB sent\n"
		"  persistent keepalive: every 25 seconds\n"
		"\n"
		"peer: " KEY_9 "\n"
		"  preshared key: (hidden)\n"
		"  allowed ips: (none)\n"
		"\n"
		"selector: uplink (wg0)\n"
		"  strategy: random\n"
		"  active: 1 of 1\n"
		"  sn01: active for 3 m, endpoint 192.0.2.1:51820, latest handshake 2 m 31 s ago, "
		"2 probes unanswered\n"
		"  sn02: left 10 m ago, no handshake, failed 3 times in a row, not yet tried "
		"again\n"
		"  next: sn02 (a new round)\n"
		"\n"
		"pending changes: 2\n"
		"state: degraded\n"
		"  interface wg0 is not up\n");
	ck_assert_str_eq(page.err, "wgreconcile: warning: set aside\n");
	page_free(&page);
}
END_TEST

START_TEST(json_status)
{
	struct page page;

	page_open(&page);
	print_example(&page, &output_json);
	expect_json(
		page.out,
		"{\"version\": 1, \"instance\": \"home\", \"interfaces\": [{\"name\": \"wg0\","
		" \"exists\": true, \"wireguard\": true, \"up\": false,"
		" \"public_key\": \"BQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		" \"listen_port\": 51820, \"fwmark\": 1, \"mtu\": 1420, \"peers\": ["
		"{\"name\": \"office\", \"public_key\": \"" KEY_0 "\", \"exists\": false,"
		" \"latest_handshake\": null},"
		"{\"name\": \"sn01\", \"public_key\": \"" KEY_1 "\", \"selector\": \"uplink\","
		" \"state\": \"active\", \"exists\": true, \"latest_handshake\": 151,"
		" \"endpoint\": \"192.0.2.1:51820\", \"allowed_ips\": [\"10.0.0.0/16\","
		" \"10.1.0.0/16\", \"10.2.0.0/16\", \"10.3.0.0/16\", \"10.4.0.0/16\","
		" \"10.5.0.0/16\", \"10.6.0.0/16\", \"10.7.0.0/16\", \"10.8.0.0/16\"],"
		" \"receive_bytes\": 1300234, \"transmit_bytes\": 3072,"
		" \"persistent_keepalive\": 25, \"preshared_key\": false},"
		"{\"name\": null, \"public_key\": \"" KEY_9 "\", \"exists\": true,"
		" \"latest_handshake\": null, \"allowed_ips\": [], \"receive_bytes\": 0,"
		" \"transmit_bytes\": 0, \"persistent_keepalive\": 0, \"preshared_key\": true}]}],"
		"\"selectors\": [{\"name\": \"uplink\", \"interface\": \"wg0\","
		" \"strategy\": \"random\", \"active_wanted\": 1, \"active\": 1, \"members\": ["
		"{\"name\": \"sn01\", \"public_key\": \"" KEY_1 "\", \"enabled\": true,"
		" \"state\": \"active\", \"role\": \"carrier\", \"since\": 180.999,"
		" \"established\": 180.999, \"endpoint\": \"192.0.2.1:51820\","
		" \"latest_handshake\": 151, \"probe_failures\": 2, \"strikes\": 0,"
		" \"tried\": true},"
		"{\"name\": \"sn02\", \"public_key\": \"" KEY_2 "\", \"enabled\": true,"
		" \"state\": \"left\", \"reason\": \"no_handshake\", \"since\": 600,"
		" \"established\": null, \"latest_handshake\": null, \"probe_failures\": 0,"
		" \"strikes\": 3, \"tried\": false}],"
		" \"next\": [\"sn02\"], \"next_round\": true}],"
		"\"pending_changes\": 2, \"degraded\": true,"
		"\"reasons\": [\"interface wg0 is not up\"], \"warnings\": [\"set aside\"]}");
	ck_assert_str_eq(page.err, "");
	page_free(&page);
}
END_TEST

START_TEST(wgpeerselector_status)
{
	struct page page;

	page_open(&page);
	print_example(&page, &output_wgpeerselector);
	ck_assert_str_eq(page.out,
			 "{\"peers\": {\"sn01\": {\"established\": 180}, \"sn02\": {}}}\n");
	page_free(&page);
}
END_TEST

/* The same name in two selectors: the one that works is shown, in either order. */
START_TEST(wgpeerselector_same_name)
{
	for (size_t works = 0; works < 2; works++) {
		struct example example;
		struct status *status = &example.status;
		struct page page;
		struct status_selector first;

		example_new(&example);
		first = status->selectors.at[0];
		*vec_push(status->arena, &status->selectors) = first;
		status->selectors.at[1].members.at = arena_alloc(status->arena,
								 2 * sizeof(struct status_member));
		memcpy(status->selectors.at[1].members.at, first.members.at,
		       2 * sizeof(struct status_member));
		status->selectors.at[!works].members.at[0].established = AGE_NONE;
		page_open(&page);
		output_wgpeerselector.status(&page.printer, status);
		page_finish(&page);
		ck_assert_str_eq(page.out,
				 "{\"peers\": {\"sn01\": {\"established\": 180}, \"sn02\": {}}}\n");
		page_free(&page);
		run_free(&example.run);
	}
}
END_TEST

START_TEST(prometheus_status)
{
	struct page page;

	page_open(&page);
	print_example(&page, &output_prometheus);
	ck_assert_str_eq(
		page.out,
		"# HELP wgreconcile_interface_up Whether the interface exists and is up.\n"
		"# TYPE wgreconcile_interface_up gauge\n"
		"wgreconcile_interface_up{name=\"home\",interface=\"wg0\"} 0\n"
		"# HELP wgreconcile_peer_latest_handshake_seconds Age of the peer's latest "
		"handshake; none without one.\n"
		"# TYPE wgreconcile_peer_latest_handshake_seconds gauge\n"
		"wgreconcile_peer_latest_handshake_seconds{name=\"home\",interface=\"wg0\","
		"peer=\"sn01\",public_key=\"" KEY_1 "\"} 151.000\n"
		"# HELP wgreconcile_peer_receive_bytes_total Bytes received from the peer.\n"
		"# TYPE wgreconcile_peer_receive_bytes_total counter\n"
		"wgreconcile_peer_receive_bytes_total{name=\"home\",interface=\"wg0\","
		"peer=\"sn01\",public_key=\"" KEY_1 "\"} 1300234\n"
		"wgreconcile_peer_receive_bytes_total{name=\"home\",interface=\"wg0\","
		"peer=\"\",public_key=\"" KEY_9 "\"} 0\n"
		"# HELP wgreconcile_peer_transmit_bytes_total Bytes sent to the peer.\n"
		"# TYPE wgreconcile_peer_transmit_bytes_total counter\n"
		"wgreconcile_peer_transmit_bytes_total{name=\"home\",interface=\"wg0\","
		"peer=\"sn01\",public_key=\"" KEY_1 "\"} 3072\n"
		"wgreconcile_peer_transmit_bytes_total{name=\"home\",interface=\"wg0\","
		"peer=\"\",public_key=\"" KEY_9 "\"} 0\n"
		"# HELP wgreconcile_peer_allowed_ips How many allowed IPs the peer has.\n"
		"# TYPE wgreconcile_peer_allowed_ips gauge\n"
		"wgreconcile_peer_allowed_ips{name=\"home\",interface=\"wg0\","
		"peer=\"sn01\",public_key=\"" KEY_1 "\"} 9\n"
		"wgreconcile_peer_allowed_ips{name=\"home\",interface=\"wg0\","
		"peer=\"\",public_key=\"" KEY_9 "\"} 0\n"
		"# HELP wgreconcile_peer_direct "
		"Whether the peer has a direct link; of peers that facts are exchanged with.\n"
		"# TYPE wgreconcile_peer_direct gauge\n"
		"# HELP wgreconcile_peer_healthy "
		"Whether the peer has a young session and answers; of the same peers.\n"
		"# TYPE wgreconcile_peer_healthy gauge\n"
		"# HELP wgreconcile_peer_alive "
		"Whether the peer has reported that it is alive; of the same peers.\n"
		"# TYPE wgreconcile_peer_alive gauge\n"
		"# HELP wgreconcile_peer_known_endpoints "
		"How many endpoints of the peer are known; of the same peers.\n"
		"# TYPE wgreconcile_peer_known_endpoints gauge\n"
		"# HELP wgreconcile_facts_received "
		"How many received facts are valid and used.\n"
		"# TYPE wgreconcile_facts_received gauge\n"
		"# HELP wgreconcile_facts_own "
		"How many facts this node reports itself.\n"
		"# TYPE wgreconcile_facts_own gauge\n"
		"# HELP wgreconcile_facts_refused "
		"How many received facts were refused and are not expired, 64 at most.\n"
		"# TYPE wgreconcile_facts_refused gauge\n"
		"# HELP wgreconcile_facts_bad_packets_total "
		"Packets that were dropped: not authentic, not decodable, or repeated.\n"
		"# TYPE wgreconcile_facts_bad_packets_total counter\n"
		"# HELP wgreconcile_selector_active Whether the selector's peer works and carries "
		"traffic.\n"
		"# TYPE wgreconcile_selector_active gauge\n"
		"wgreconcile_selector_active{name=\"home\",selector=\"uplink\",peer=\"sn01\"} 1\n"
		"wgreconcile_selector_active{name=\"home\",selector=\"uplink\",peer=\"sn02\"} 0\n"
		"# HELP wgreconcile_selector_active_wanted How many of the selector's peers are to "
		"carry traffic.\n"
		"# TYPE wgreconcile_selector_active_wanted gauge\n"
		"wgreconcile_selector_active_wanted{name=\"home\",selector=\"uplink\"} 1\n"
		"# HELP wgreconcile_selector_strikes How many times in a row the selector's peer "
		"was left for a fault of its own.\n"
		"# TYPE wgreconcile_selector_strikes gauge\n"
		"wgreconcile_selector_strikes{name=\"home\",selector=\"uplink\",peer=\"sn01\"} 0\n"
		"wgreconcile_selector_strikes{name=\"home\",selector=\"uplink\",peer=\"sn02\"} 3\n"
		"# HELP wgreconcile_pending_changes Changes that apply would make now.\n"
		"# TYPE wgreconcile_pending_changes gauge\n"
		"wgreconcile_pending_changes{name=\"home\"} 2\n"
		"# HELP wgreconcile_degraded Whether something desired does not work.\n"
		"# TYPE wgreconcile_degraded gauge\n"
		"wgreconcile_degraded{name=\"home\"} 1\n");
	page_free(&page);
}
END_TEST

START_TEST(prometheus_labels)
{
	struct status status = { .arena = arena_new(), .instance = "a\\b\"c\nd" };
	struct page page;

	page_open(&page);
	output_prometheus.status(&page.printer, &status);
	page_finish(&page);
	ck_assert_ptr_nonnull(
		strstr(page.out, "\nwgreconcile_degraded{name=\"a\\\\b\\\"c\\nd\"} 0\n"));
	page_free(&page);
	arena_free(status.arena);
}
END_TEST

START_TEST(failed_status)
{
	struct run run;
	struct report report;
	struct page page;

	run_init(&run);
	run.error = "no netlink";
	report_make(&report, &run, "home", RUN_LOOK, RUN_FAILED);
	page_open(&page);
	output_json.failure(&page.printer, &report);
	page_finish(&page);
	expect_json(page.out, "{\"version\": 1, \"instance\": \"home\", \"warnings\": [],"
			      " \"errors\": [\"no netlink\"]}");
	page_free(&page);
	page_open(&page);
	output_text.failure(&page.printer, &report);
	page_finish(&page);
	ck_assert_str_eq(page.out, "");
	ck_assert_str_eq(page.err, "wgreconcile: no netlink\n");
	page_free(&page);
	run_free(&run);
}
END_TEST

START_TEST(names)
{
	struct arena *arena = arena_new();
	const char *const *all = output_names(arena);

	for (; *all; all++)
		ck_assert_str_eq(output_find(*all)->name, *all);
	ck_assert_ptr_null(output_find("xml"));
	arena_free(arena);
}
END_TEST

SUITE("output", text_plan, text_apply, text_counts, text_nothing, text_rest, outcomes, text_color,
      json_plan, json_failures, json_bad_input, files, secrets, diagnostics, text_status,
      json_status, wgpeerselector_status, wgpeerselector_same_name, prometheus_status,
      prometheus_labels, failed_status, names)
