/* SPDX-License-Identifier: MIT */
/* Output for very many changes: short as text, and with little memory. */
#include "output.h"

#include "core/recorded/liveness.h"
#include "test/unit.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MILLION 1000000

/* More than is held at once, but quickly printed under valgrind. */
#define MANY 200000

/* More than the texts of the items that output.c makes before freeing their memory, and less
 * than any form of that many prefixes (18 bytes each at least). */
#define MEMORY_MAX ((size_t)3 << 20)

#define KEY_1 "AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* ---- Output of which only the beginning is kept ---- */

struct page {
	struct printer printer;
	char text[16384]; /* the kept part */
	size_t size;
	size_t lines;
	size_t objects; /* of JSON */
	size_t before; /* bytes that were allocated before */
	size_t most; /* peak allocation during output */
};

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static ssize_t page_write(void *page_, const char *bytes, size_t n)
{
	struct page *page = page_;
	size_t room = sizeof(page->text) - 1, used = page->size < room ? page->size : room;
	size_t now = allocated();

	memcpy(page->text + used, bytes, n < room - used ? n : room - used);
	page->size += n;
	for (size_t i = 0; i < n; i++) {
		page->lines += bytes[i] == '\n';
		page->objects += bytes[i] == '{';
	}
	if (now > page->most)
		page->most = now;
	return (ssize_t)n;
}

static void page_open(struct page *page, bool all)
{
	memset(page, 0, sizeof(*page));
	page->printer.out = fopencookie(page, "w", (cookie_io_functions_t){ .write = page_write });
	ck_assert_ptr_nonnull(page->printer.out);
	page->printer.err = stderr;
	page->printer.all = all;
	page->before = allocated();
}

static void page_finish(struct page *page)
{
	ck_assert_int_eq(fclose(page->printer.out), 0);
}

/* ---- Runs ---- */

struct many {
	struct run run;
	struct desired desired;
};

static void many_init(struct many *many)
{
	struct run *run = &many->run;

	memset(many, 0, sizeof(*many));
	run->arena = arena_new();
	run->diags.arena = run->plan.arena = run->arena;
	run->plan.changes.arena = run->rest.arena = run->arena;
	run->desired = &many->desired;
}

/* 10.0.0.0/32, 10.0.0.1/32, ... */
static struct prefix prefix_number(size_t number)
{
	return (struct prefix){
		.ip = { FAMILY_IPV4,
			{ 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number } },
		.length = 32,
	};
}

static const struct prefix *prefixes_from(struct arena *arena, size_t first, size_t n)
{
	struct prefix *prefixes = arena_alloc(arena, n * sizeof(*prefixes));

	for (size_t i = 0; i < n; i++)
		prefixes[i] = prefix_number(first + i);
	return prefixes;
}

static struct change *add_peer(struct many *many, enum change_kind kind, unsigned number,
			       size_t first, size_t n)
{
	struct arena *arena = many->run.arena;
	struct change *change = change_add(&many->run.plan.changes, kind, "wg0");

	change->peer = arena_printf(arena, "p%u", number);
	change->public_key = (struct wg_key){ .b = { (uint8_t)number, 1 } };
	change->allowed_ips = prefixes_from(arena, first, n);
	change->allowed_ips_n = n;
	return change;
}

static void add_routes(struct many *many, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct change *change = change_add(&many->run.plan.changes, CHANGE_ROUTE_ADD,
						   "wg0");

		change->prefix = prefix_number(i);
		change->table = TABLE_MAIN;
	}
}

static enum exit_code print(struct page *page, const struct output *output, struct many *many,
			    enum run_mode mode)
{
	struct report report;

	report_make(&report, &many->run, "home", mode, RUN_DONE);
	page->before = allocated();
	output_report(output, &page->printer, &report);
	page_finish(page);
	return report_exit(&report);
}

static void set_results(struct many *many, enum change_result result, const char *error)
{
	vec_each (change, &many->run.plan.changes.list) {
		change->result = result;
		change->error = error;
	}
}

static void expect_text(struct many *many, enum run_mode mode, const char *text)
{
	struct page page;

	page_open(&page, false);
	print(&page, &output_text, many, mode);
	ck_assert_str_eq(page.text, text);
	arena_free(many->run.arena);
}

/* ---- Groups ---- */

#define ADD(peer, prefix) "  + peer " peer " allowed IP 10.0." prefix "/32\n"
#define REMOVE(peer, prefix) "  - peer " peer " allowed IP 10.0." prefix "/32\n"

START_TEST(group_sizes)
{
	static const struct {
		size_t n;
		const char *text;
	} rows[] = {
		{ 1, "interface wg0\n" ADD("p1", "0.0") "Plan: 1 to add, 0 to change, "
							"0 to remove.\n" },
		{ 12, "interface wg0\n" ADD("p1", "0.0") ADD("p1", "0.1") ADD("p1", "0.2") ADD(
			      "p1", "0.3") ADD("p1", "0.4") ADD("p1", "0.5") ADD("p1", "0.6")
			      ADD("p1", "0.7") ADD("p1", "0.8") ADD("p1", "0.9") ADD("p1", "0.10")
				      ADD("p1",
					  "0.11") "Plan: 12 to add, 0 to change, 0 to remove.\n" },
		{ 13, "interface wg0\n" ADD("p1", "0.0") ADD("p1", "0.1") ADD(
			      "p1", "0.2") "    ... 7 more\n" ADD("p1", "0.10") ADD("p1", "0.11")
			      ADD("p1", "0.12") "--all shows every line.\n"
						"Plan: 13 to add, 0 to change, 0 to remove.\n" },
		{ MILLION,
		  "interface wg0\n" ADD("p1", "0.0") ADD("p1", "0.1")
			  ADD("p1", "0.2") "    ... 999,994 more\n"
					   "  + peer p1 allowed IP 10.15.66.61/32\n"
					   "  + peer p1 allowed IP 10.15.66.62/32\n"
					   "  + peer p1 allowed IP 10.15.66.63/32\n"
					   "--all shows every line.\n"
					   "Plan: 1000000 to add, 0 to change, 0 to remove.\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct many many;

		many_init(&many);
		add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 0, rows[i].n);
		expect_text(&many, RUN_DRY, rows[i].text);
	}
}
END_TEST

/* Each peer's group, and each previous peer's, has its own first and last lines. */
START_TEST(groups_of_peers)
{
	struct many many;

	many_init(&many);
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 0, 13)->from_peer = "p3";
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 256, 2)->from_peer = "p4";
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 2, 512, 1);
	add_peer(&many, CHANGE_ALLOWED_IP_REMOVE, 2, 768, 14);
	expect_text(
		&many, RUN_DRY,
		"interface wg0\n"
		"  + peer p1 allowed IP 10.0.0.0/32, from p3\n"
		"  + peer p1 allowed IP 10.0.0.1/32, from p3\n"
		"  + peer p1 allowed IP 10.0.0.2/32, from p3\n"
		"    ... 7 more\n"
		"  + peer p1 allowed IP 10.0.0.10/32, from p3\n"
		"  + peer p1 allowed IP 10.0.0.11/32, from p3\n"
		"  + peer p1 allowed IP 10.0.0.12/32, from p3\n"
		"  + peer p1 allowed IP 10.0.1.0/32, from p4\n"
		"  + peer p1 allowed IP 10.0.1.1/32, from p4\n" ADD("p2", "2.0") REMOVE("p2", "3.0")
			REMOVE("p2", "3.1") REMOVE("p2", "3.2") "    ... 8 more\n" REMOVE(
				"p2", "3.11") REMOVE("p2", "3.12")
				REMOVE("p2",
				       "3.13") "--all shows every line.\n"
					       "Plan: 16 to add, 0 to change, 14 to remove.\n");
}
END_TEST

/* A thousand peers would fill pages with their first and last lines. */
START_TEST(groups_of_many_peers)
{
	struct many many;

	many_init(&many);
	for (unsigned i = 0; i < 200; i++)
		add_peer(&many, CHANGE_ALLOWED_IP_REMOVE, i, i * 256, 1);
	expect_text(
		&many, RUN_DRY,
		"interface wg0\n" REMOVE("p0", "0.0") REMOVE("p1", "1.0") REMOVE(
			"p2", "2.0") "    ... 194 more\n" REMOVE("p197", "197.0") REMOVE("p198",
											 "198.0")
			REMOVE("p199", "199.0") "--all shows every line.\n"
						"Plan: 0 to add, 0 to change, 200 to remove.\n");
}
END_TEST

START_TEST(routes)
{
	struct many many;

	many_init(&many);
	add_routes(&many, 20000);
	expect_text(&many, RUN_DRY,
		    "interface wg0\n"
		    "  + route 10.0.0.0/32\n"
		    "  + route 10.0.0.1/32\n"
		    "  + route 10.0.0.2/32\n"
		    "    ... 19,994 more\n"
		    "  + route 10.0.78.29/32\n"
		    "  + route 10.0.78.30/32\n"
		    "  + route 10.0.78.31/32\n"
		    "--all shows every line.\n"
		    "Plan: 20000 to add, 0 to change, 0 to remove.\n");
}
END_TEST

START_TEST(new_peers)
{
	struct many many;

	many_init(&many);
	add_peer(&many, CHANGE_PEER_ADD, 1, 0, 10000);
	expect_text(&many, RUN_DRY,
		    "interface wg0\n"
		    "  + peer p1, allowed IPs 10.0.0.0/32, 10.0.0.1/32, 10.0.0.2/32, "
		    "... 9,996 more, 10.0.39.15/32\n"
		    "--all shows every line.\n"
		    "Plan: 1 to add, 0 to change, 0 to remove.\n");
}
END_TEST

/* ---- Failures ---- */

START_TEST(failed_group)
{
	struct many many;

	many_init(&many);
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 0, 10000);
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 2, 10000, 2);
	add_peer(&many, CHANGE_ALLOWED_IP_REMOVE, 3, 20000, 13);
	set_results(&many, CHANGE_FAILED, "No such device");
	many.run.plan.changes.list.at[1].result = CHANGE_DONE;
	many.run.plan.changes.list.at[2].result = CHANGE_SKIPPED;
	many.run.plan.changes.list.at[2].error = NULL;
	expect_text(
		&many, RUN_APPLY,
		"interface wg0\n"
		"  + peer p1 10,000 allowed IPs 10.0.0.0/32, 10.0.0.1/32, ... 10.0.39.15/32 "
		"FAILED: No such device\n" ADD("p2", "39.16") ADD(
			"p2",
			"39.17") "  - peer p3 13 allowed IPs 10.0.78.32/32, 10.0.78.33/32, ... "
				 "10.0.78.44/32 skipped\n"
				 "Applied: 2 added, 0 changed, 0 removed, 10000 failed, 13 skipped.\n");
}
END_TEST

/* A failure among many is shown at its position. */
START_TEST(failed_route)
{
	struct many many;

	many_init(&many);
	add_routes(&many, 20000);
	set_results(&many, CHANGE_DONE, NULL);
	many.run.plan.changes.list.at[300].result = CHANGE_FAILED;
	many.run.plan.changes.list.at[300].error = "File exists";
	expect_text(&many, RUN_APPLY,
		    "interface wg0\n"
		    "  + route 10.0.0.0/32\n"
		    "  + route 10.0.0.1/32\n"
		    "  + route 10.0.0.2/32\n"
		    "    ... 297 more\n"
		    "  + route 10.0.1.44/32 FAILED: File exists\n"
		    "    ... 19,696 more\n"
		    "  + route 10.0.78.29/32\n"
		    "  + route 10.0.78.30/32\n"
		    "  + route 10.0.78.31/32\n"
		    "--all shows every line.\n"
		    "Applied: 19999 added, 0 changed, 0 removed, 1 failed.\n");
}
END_TEST

/* A common failure is not printed 20,000 times, a different one is printed. */
START_TEST(failed_routes)
{
	struct many many;
	struct page page;

	many_init(&many);
	add_routes(&many, 20000);
	set_results(&many, CHANGE_SKIPPED, "time is over");
	many.run.plan.changes.list.at[9000].result = CHANGE_FAILED;
	many.run.plan.changes.list.at[9000].error = "File exists";
	page_open(&page, false);
	ck_assert_int_eq(print(&page, &output_text, &many, RUN_APPLY), EXIT_ERROR);
	/* A heading, two times twelve, the failure, two lines about omitted ones, three at
	 * the end, of the same kind as the second dozen, and two final lines. */
	ck_assert_uint_eq(page.lines, 1 + 12 + 1 + 1 + 12 + 1 + 3 + 2);
	ck_assert_ptr_nonnull(strstr(page.text, "  + route 10.0.0.11/32 skipped: time is over\n"
						"    ... 8,988 more, 8,988 skipped\n"
						"  + route 10.0.35.40/32 FAILED: File exists\n"
						"  + route 10.0.35.41/32 skipped: time is over\n"));
	ck_assert_ptr_nonnull(strstr(page.text, "Applied: 0 added, 0 changed, 0 removed, 1 failed, "
						"19999 skipped.\n"));
	arena_free(many.run.arena);
}
END_TEST

/* ---- All formats ---- */

START_TEST(text_of_all)
{
	static const struct {
		enum change_kind kind;
		size_t n;
		size_t lines; /* with the heading and the counts */
	} rows[] = {
		{ CHANGE_ALLOWED_IP_ADD, 13, 15 },
		{ CHANGE_ALLOWED_IP_ADD, MANY, MANY + 2 },
		{ CHANGE_PEER_ADD, MANY, 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct many many;
		struct page page;

		many_init(&many);
		add_peer(&many, rows[i].kind, 1, 0, rows[i].n);
		page_open(&page, true);
		print(&page, &output_text, &many, RUN_DRY);
		ck_assert_ptr_null(strstr(page.text, "more"));
		ck_assert_ptr_null(strstr(page.text, "--all"));
		ck_assert_uint_eq(page.lines, rows[i].lines);
		ck_assert_uint_gt(page.size, rows[i].n * strlen("10.0.0.0/32"));
		ck_assert_uint_lt(page.most, page.before + MEMORY_MAX);
		arena_free(many.run.arena);
	}
}
END_TEST

/* Also of a failed group. */
START_TEST(text_of_all_failed)
{
	struct many many;
	struct page page;

	many_init(&many);
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 0, 100);
	set_results(&many, CHANGE_FAILED, "No such device");
	page_open(&page, true);
	print(&page, &output_text, &many, RUN_APPLY);
	ck_assert_uint_eq(page.lines, 102);
	ck_assert_ptr_nonnull(
		strstr(page.text, "allowed IP 10.0.0.77/32 FAILED: No such device\n"));
	arena_free(many.run.arena);
}
END_TEST

/* ---- JSON ---- */

static void expect_json(const char *text, const char *expected)
{
	json_error_t error;
	json_t *is = json_loads(text, 0, &error), *should = json_loads(expected, 0, NULL);

	ck_assert_msg(is, "%s at %d in %s", error.text, error.position, text);
	ck_assert_msg(json_equal(is, should), "%s", text);
	json_decref(is);
	json_decref(should);
}

/* One object for each prefix, like separate changes. */
START_TEST(json_group)
{
	struct many many;
	struct page page;
	struct change *change;

	many_init(&many);
	add_peer(&many, CHANGE_ALLOWED_IP_ADD, 1, 0, 2)->from_peer = "p2";
	change = change_add(&many.run.plan.changes, CHANGE_ROUTE_ADD, "wg0");
	change->prefix = prefix_number(0);
	change->table = TABLE_MAIN;
	ck_assert(ip_parse("10.0.0.9", &change->source));
	change = add_peer(&many, CHANGE_PEER_ADD, 1, 0, 2);
	many.run.plan.changes.list.at[0].result = CHANGE_FAILED;
	many.run.plan.changes.list.at[0].error = "No such device";
	vec_push(many.run.arena, &many.run.plan.events.list)->kind = EVENT_FOLLOWED;
	many.run.plan.events.list.at[0].interface = "wg0";
	many.run.plan.events.list.at[0].text = "2 routes";
	page_open(&page, false);
	print(&page, &output_json, &many, RUN_DRY);
	expect_json(page.text,
		    "{\"version\": 1, \"instance\": \"home\", \"changes\": ["
		    "{\"kind\": \"allowed_ip_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		    " \"peer\": \"p1\", \"public_key\": \"" KEY_1 "\", \"from_peer\": \"p2\","
		    " \"prefix\": \"10.0.0.0/32\", \"result\": \"failed\","
		    " \"error\": \"No such device\","
		    " \"text\": \"peer p1 allowed IP 10.0.0.0/32, from p2\"},"
		    "{\"kind\": \"allowed_ip_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		    " \"peer\": \"p1\", \"public_key\": \"" KEY_1 "\", \"from_peer\": \"p2\","
		    " \"prefix\": \"10.0.0.1/32\", \"result\": \"failed\","
		    " \"error\": \"No such device\","
		    " \"text\": \"peer p1 allowed IP 10.0.0.1/32, from p2\"},"
		    "{\"kind\": \"route_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		    " \"prefix\": \"10.0.0.0/32\", \"table\": 254, \"source\": \"10.0.0.9\","
		    " \"result\": \"planned\", \"text\": \"route 10.0.0.0/32 src 10.0.0.9\"},"
		    "{\"kind\": \"peer_add\", \"sign\": \"+\", \"interface\": \"wg0\","
		    " \"peer\": \"p1\", \"public_key\": \"" KEY_1 "\","
		    " \"persistent_keepalive\": 0, \"preshared_key\": false,"
		    " \"allowed_ips\": [\"10.0.0.0/32\", \"10.0.0.1/32\"],"
		    " \"result\": \"planned\","
		    " \"text\": \"peer p1, allowed IPs 10.0.0.0/32, 10.0.0.1/32\"}],"
		    "\"events\": [{\"kind\": \"followed\", \"interface\": \"wg0\","
		    " \"text\": \"2 routes\"}], \"warnings\": [], \"errors\": [],"
		    "\"counts\": {\"add\": 2, \"change\": 0, \"remove\": 0, \"failed\": 2,"
		    " \"skipped\": 0}}");
	arena_free(many.run.arena);
}
END_TEST

START_TEST(json_memory)
{
	static const struct {
		enum change_kind kind;
		size_t objects; /* with the whole, and its counts */
	} rows[] = {
		{ CHANGE_ALLOWED_IP_ADD, MANY + 2 },
		{ CHANGE_PEER_ADD, 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct many many;
		struct page page;

		many_init(&many);
		add_peer(&many, rows[i].kind, 1, 0, MANY);
		page_open(&page, false);
		print(&page, &output_json, &many, RUN_DRY);
		ck_assert_uint_eq(page.objects, rows[i].objects);
		ck_assert_uint_gt(page.size, MANY * strlen("10.0.0.0/32"));
		ck_assert_uint_lt(page.most, page.before + MEMORY_MAX);
		arena_free(many.run.arena);
	}
}
END_TEST

/* ---- status ---- */

static void print_status(struct page *page, const struct output *output)
{
	struct arena *arena = arena_new();
	struct status status = { .arena = arena, .instance = "home" };
	struct observed_interface wg0 = { .name = "wg0", .up = true, .kind = LINK_WIREGUARD };
	struct observed_peer in_kernel = { 0 };
	struct status_interface *interface = vec_push(arena, &status.interfaces);
	struct status_peer *peer = vec_push(arena, &interface->peers);

	in_kernel.allowed_ips.at = arena_alloc(arena, MANY * sizeof(struct prefix));
	for (size_t i = 0; i < MANY; i++)
		in_kernel.allowed_ips.at[i] = prefix_number(i);
	in_kernel.allowed_ips.n = MANY;
	interface->name = "wg0";
	interface->in_kernel = &wg0;
	peer->name = "p1";
	peer->in_kernel = &in_kernel;
	peer->handshake_age = AGE_NONE;
	page->before = allocated();
	output->status(&page->printer, &status);
	page_finish(page);
	arena_free(arena);
}

START_TEST(status_of_many)
{
	static const struct {
		const struct output *output;
		size_t size_min, size_max;
		const char *has;
	} rows[] = {
		{ &output_text, 1, 1000,
		  "10.0.0.5/32, 10.0.0.6/32, 10.0.0.7/32 and 199,992 more\n" },
		{ &output_json, MANY * 13, MANY * 20, "[\"10.0.0.0/32\", \"10.0.0.1/32\", " },
		{ &output_prometheus, 1, 4000,
		  "wgreconcile_peer_allowed_ips{name=\"home\",interface=\"wg0\",peer=\"p1\","
		  "public_key=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"} 200000\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct page page;

		page_open(&page, false);
		print_status(&page, rows[i].output);
		ck_assert_ptr_nonnull(strstr(page.text, rows[i].has));
		ck_assert_uint_ge(page.size, rows[i].size_min);
		ck_assert_uint_le(page.size, rows[i].size_max);
		ck_assert_uint_lt(page.most, page.before + MEMORY_MAX);
	}
}
END_TEST

SUITE("output_many", group_sizes, groups_of_peers, groups_of_many_peers, routes, new_peers,
      failed_group, failed_route, failed_routes, text_of_all, text_of_all_failed, json_group,
      json_memory, status_of_many)
