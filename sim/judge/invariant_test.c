/* SPDX-License-Identifier: MIT */
#include "invariant_parts.h"

#include "scenario/wireguard_key.h"
#include "test/trace_support.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Another desired state: two active, other addresses, another interface. */
#define STRANGER "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define PUSHED                                                                                     \
	"{version: 1, interfaces: {wg1: {addresses: [10.9.0.3/32], peers: {office: {public_key: "  \
	"\"" STRANGER "\", allowed_ips: [10.7.0.0/24]}}, routes: [allowed_ips, "                   \
	"{to: 10.6.0.0/24, via_peer: office, table: 7, metric: 5}]}, wg2: {metric: 9}, "           \
	"wg3: {fwmark: 1, table: 9, rules: fwmark}, "                                              \
	"wg5: {listen_port: 51820, facts: {}}, "                                                   \
	"wg4: {fwmark: 1, table: 10, rules: fwmark}}, "                                            \
	"selectors: {all: {interface: wg3, peers: {one: {public_key: \"${gw1.wg0.public_key}\", "  \
	"endpoint: \"192.0.2.11:51820\", allowed_ips: [0.0.0.0/0]}}}, uplink: "                    \
	"{interface: wg1, active: 2, peers: {one: {public_key: \"${gw1.wg0.public_key}\", "        \
	"endpoint: \"192.0.2.11:51820\", allowed_ips: [10.9.0.0/24]}, "                            \
	"two: {public_key: \"${gw2.wg0.public_key}\", endpoint: \"192.0.2.12:51820\", "            \
	"allowed_ips: [10.8.0.0/24]}}}, other: {interface: wg2, peers: {two: {public_key: "        \
	"\"${gw2.wg0.public_key}\", endpoint: \"192.0.2.12:51820\", "                              \
	"allowed_ips: [10.8.0.0/24]}}}}}"

#define MORE                                                                                       \
	"timeline:\n"                                                                              \
	"- {at: 10s, name: push, desired: {node: client, set: " PUSHED "}}\n"                      \
	"- {at: 10s, name: bad, desired: {node: client, set: \"version: none\"}}\n"                \
	"- {at: 10s, name: damage, state_file: {node: client, do: truncate}}\n"                    \
	"- {at: 10s, name: full, disk_full: client, for: 10s}\n"                                   \
	"- {at: 10s, name: kill, kill_reconciler: client}\n"                                       \
	"- {at: 10s, name: crash, crash: client, for: 5s}\n"                                       \
	"- {at: 10s, name: cable, link_down: wan}\n"                                               \
	"- {at: 10s, name: other, pause: gw1}\n"

#define FAULT(t, name, kind, rest)                                                                 \
	"{'kind':'fault','t':" t ",'fault':'" kind "','name':'" name "'" rest "}\n"
#define AT_CLIENT ",'node':'client'"
#define UNREADABLE(t)                                                                              \
	"{'kind':'selection','t':" t ",'node':'client','active':[],'unreadable':'x'}\n"

#define WG0(peers) "{'name':'wg0','peers':[" peers "]}"
#define PEER(name, prefix) "{'name':'" name "','allowed_ips':[" prefix "]}"
#define ONE PEER("gw1", "'10.9.0.0/24'")
#define KERNEL(t, interfaces, addresses, routes)                                                   \
	STATE(t, ",'interfaces':[" interfaces                                                      \
		 "],'links':['lo'],'addresses':['eth0 192.0.2.1/24'" addresses                     \
		 "],'routes':['192.0.2.0/24 eth0 kernel'" routes "]")
#define GOOD_RUN RUN("5.0", "1", "0", "")
#define OURS ",'wg0 10.9.0.2/32 wgreconcile'"
#define ROUTE ",'10.9.0.0/24 wg0 wgreconcile'"
#define PUSHED_RUN FAULT("4.0", "push", "desired", AT_CLIENT) GOOD_RUN
#define WG1 "{'name':'wg1','peers':[" PEER("AAECAwQF", "'10.6.0.0/24','10.7.0.0/24'") "]}"
#define WG3 "{'name':'wg3'},{'name':'wg4'}"
#define OTHERS ",'wg1 10.9.0.3/32 wgreconcile'"

static const struct {
	const char *invariant;
	const char *lines;
	const char *seen; /* NULL: it holds */
	msec_t at;
} cases[] = {
	/* ---- Active peers ---- */
	{ "carriers", "", NULL, 0 },
	{ "carriers", KERNEL("5.0", WG0(ONE "," PEER("gw2", "")), OURS, ROUTE), NULL, 0 },
	{ "carriers", KERNEL("5.0", WG0(ONE "," PEER("gw2", "'10.8.0.0/24'")), OURS, ROUTE),
	  "client: 2 peers of uplink have allowed IPs, and active is 1: gw1, gw2", 5000 },
	/* Peers other than its members may have any allowed IPs. */
	{ "carriers", KERNEL("5.0", WG0(ONE "," PEER("AAECAwQF", "'10.8.0.0/24'")), OURS, ROUTE),
	  NULL, 0 },
	{ "carriers",
	  KERNEL("5.0", "{'name':'wg7','peers':[" ONE "," PEER("gw2", "'10.8.0.0/24'") "]}", OURS,
		 ROUTE),
	  NULL, 0 },
	/* While another desired state comes into force the state is undetermined; then it is
	 * checked. */
	{ "carriers",
	  FAULT("6.0", "push", "desired", AT_CLIENT)
		  KERNEL("7.0", WG0(ONE "," PEER("gw2", "'10.8.0.0/24'")), OURS, ROUTE),
	  NULL, 0 },
	{ "carriers",
	  FAULT("6.0", "push", "desired", AT_CLIENT) RUN("7.0", "2", "0", "")
		  KERNEL("8.0", "{'name':'wg1','peers':[" ONE "," PEER("gw2", "'10.8.0.0/24'") "]}",
			 "", ""),
	  NULL, 0 },
	/* A run already in progress, or a failed one, does not bring it into force. */
	{ "carriers",
	  FAULT("6.0", "push", "desired", AT_CLIENT) RUN("6.005", "2", "0", "")
		  RUN("7.0", "3", "1", "")
			  KERNEL("8.0", WG0(ONE "," PEER("gw2", "'10.8.0.0/24'")), OURS, ROUTE),
	  NULL, 0 },
	/* An invalid one is never in force. */
	{ "carriers",
	  FAULT("6.0", "bad", "desired", AT_CLIENT)
		  KERNEL("7.0", WG0(ONE "," PEER("gw2", "'10.8.0.0/24'")), OURS, ROUTE),
	  "client: 2 peers of uplink have allowed IPs, and active is 1: gw1, gw2", 7000 },

	/* ---- State ---- */
	{ "state", SELECTED("5.0", "'one'"), NULL, 0 },
	{ "state", UNREADABLE("5.0"), "client: the recorded state cannot be read: x", 5000 },
	{ "state", FAULT("5.0", "damage", "state_file", AT_CLIENT) UNREADABLE("6.0"), NULL, 0 },
	/* Runs that could have repaired it, and runs that could not. */
	{ "state",
	  FAULT("5.0", "damage", "state_file", AT_CLIENT) RUN("6.0", "1", "0", "")
		  UNREADABLE("6.0"),
	  "client: the recorded state cannot be read: x", 6000 },
	{ "state",
	  FAULT("5.0", "damage", "state_file", AT_CLIENT) RUN("6.0", "1", "75", "")
		  UNREADABLE("6.0"),
	  NULL, 0 },
	{ "state",
	  FAULT("5.0", "full", "disk_full", AT_CLIENT)
		  FAULT("5.0", "damage", "state_file", AT_CLIENT) RUN("6.0", "1", "1", "")
			  UNREADABLE("6.0"),
	  NULL, 0 },
	{ "state",
	  FAULT("5.0", "full", "disk_full", AT_CLIENT)
		  FAULT("5.0", "damage", "state_file", AT_CLIENT)
			  FAULT("5.5", "full", "disk_full", ",'undone':true" AT_CLIENT)
				  RUN("6.0", "1", "1", "") UNREADABLE("6.0"),
	  "client: the recorded state cannot be read: x", 6000 },

	/* ---- Exit ---- */
	{ "exit", RUN("5.0", "1", "0", "") RUN("6.0", "2", "1", "") RUN("7.0", "3", "75", ""), NULL,
	  0 },
	{ "exit", RUN("5.0", "1", "2", ""), "client: run 1 ended with exit code 2", 5000 },
	{ "exit", RUN("5.0", "1", "65", ""), "client: run 1 ended with exit code 65", 5000 },
	{ "exit", RUN("5.0", "1", "139", ""), "client: run 1 was ended by signal 11", 5000 },
	{ "exit", RUN("5.0", "1", "137", ""), "client: run 1 was ended by signal 9", 5000 },
	{ "exit", FAULT("4.0", "bad", "desired", AT_CLIENT) RUN("5.0", "1", "65", ""), NULL, 0 },
	/* It read the invalid one before the valid one was installed. */
	{ "exit",
	  FAULT("4.0", "bad", "desired", AT_CLIENT) FAULT("4.99", "push", "desired", AT_CLIENT)
		  RUN("5.0", "1", "65", ""),
	  NULL, 0 },
	{ "exit",
	  FAULT("4.0", "bad", "desired", AT_CLIENT) FAULT("4.5", "push", "desired", AT_CLIENT)
		  RUN("5.0", "1", "65", ""),
	  "client: run 1 ended with exit code 65", 5000 },
	{ "exit", FAULT("4.0", "kill", "kill_reconciler", AT_CLIENT) RUN("5.0", "1", "137", ""),
	  NULL, 0 },
	/* Only the next run; one that began before is not it. */
	{ "exit",
	  FAULT("4.0", "kill", "kill_reconciler", AT_CLIENT) RUN("4.005", "1", "0", "")
		  RUN("5.0", "2", "137", "") RUN("6.0", "3", "137", ""),
	  "client: run 3 was ended by signal 9", 6000 },
	{ "exit",
	  FAULT("4.0", "kill", "kill_reconciler", AT_CLIENT) RUN("5.0", "1", "0", "")
		  RUN("6.0", "2", "137", ""),
	  "client: run 2 was ended by signal 9", 6000 },
	{ "exit", FAULT("4.995", "crash", "crash", AT_CLIENT) RUN("5.0", "1", "137", ""), NULL, 0 },
	{ "exit", FAULT("4.5", "crash", "crash", AT_CLIENT) RUN("5.0", "1", "137", ""),
	  "client: run 1 was ended by signal 9", 5000 },
	{ "exit", "{'kind':'run','t':9.0,'node':'client','number':1,'took':5.0,'exit':0}\n", NULL,
	  0 },
	{ "exit", "{'kind':'run','t':9.0,'node':'client','number':1,'took':5.001,'exit':1}\n",
	  "client: run 1 took 5001 ms, and 5000 ms are the most it may", 9000 },
	{ "exit", "{'kind':'run','t':9.0,'node':'gw1','number':1,'took':3.0,'exit':0}\n", NULL, 0 },
	{ "exit", "{'kind':'run','t':9.0,'node':'gw1','number':1,'took':3.001,'exit':0}\n",
	  "gw1: run 1 took 3001 ms, and 3000 ms are the most it may", 9000 },

	/* ---- Objects of ours ---- */
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ROUTE), NULL, 0 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), OURS ",'wg0 10.9.0.9/32 wgreconcile'", ROUTE),
	  "client: address wg0 10.9.0.9/32 wgreconcile is left over", 5000 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), OURS ",'wg0 10.9.0.9/32'", ROUTE), NULL, 0 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), ",'wg7 10.9.0.2/32 wgreconcile'", ""),
	  "client: address wg7 10.9.0.2/32 wgreconcile is left over", 5000 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ROUTE ",'10.8.0.0/24 wg0 wgreconcile'"),
	  "client: route 10.8.0.0/24 wg0 wgreconcile is left over", 5000 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ROUTE ",'10.8.0.0/24 wg0 static'"),
	  NULL, 0 },
	{ "objects",
	  GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ",'10.9.0.0/24 wg0 wgreconcile table 7'"),
	  "client: route 10.9.0.0/24 wg0 wgreconcile table 7 is left over", 5000 },
	/* A route to a prefix without an active peer. */
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(PEER("gw1", "")), OURS, ROUTE),
	  "client: route 10.9.0.0/24 wg0 wgreconcile is left over", 5000 },
	{ "objects", GOOD_RUN KERNEL("5.0", WG0(ONE "," PEER("AAECAwQF", "")), OURS, ROUTE),
	  "client: peer AAECAwQF is left over on wg0", 5000 },
	/* Only after a successful run, and the first time after it. */
	{ "objects",
	  RUN("5.0", "1", "1", "") KERNEL("5.0", WG0(ONE "," PEER("x", "")), OURS, ROUTE), NULL,
	  0 },
	{ "objects",
	  GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ROUTE)
		  KERNEL("6.0", WG0(ONE "," PEER("x", "")), OURS, ROUTE),
	  NULL, 0 },
	/* Not if a fault affected the node in between, or during the run. */
	{ "objects",
	  GOOD_RUN FAULT("5.1", "crash", "crash", AT_CLIENT)
		  KERNEL("5.2", WG0(ONE "," PEER("x", "")), OURS, ROUTE),
	  NULL, 0 },
	{ "objects",
	  FAULT("4.999", "crash", "crash", AT_CLIENT)
		  GOOD_RUN KERNEL("5.2", WG0(ONE "," PEER("x", "")), OURS, ROUTE),
	  NULL, 0 },
	/* Faults of other nodes do not matter. */
	{ "objects",
	  GOOD_RUN FAULT("5.1", "other", "pause", ",'node':'gw1'")
		  KERNEL("5.2", WG0(ONE "," PEER("x", "")), OURS, ROUTE),
	  "client: peer x is left over on wg0", 5200 },
	/* Routes through a peer stand in a table and with a metric of their own. */
	{ "objects",
	  PUSHED_RUN KERNEL("5.0", WG1, OTHERS, ",'10.6.0.0/24 wg1 wgreconcile table 7 metric 5'"),
	  NULL, 0 },
	{ "objects",
	  PUSHED_RUN KERNEL("5.0", WG1, OTHERS, ",'10.6.0.0/24 wg1 wgreconcile table 7 metric 6'"),
	  "client: route 10.6.0.0/24 wg1 wgreconcile table 7 metric 6 is left over", 5000 },
	{ "objects",
	  PUSHED_RUN KERNEL("5.0", WG1, OTHERS, ",'10.6.0.0/24 wg1 wgreconcile table 8 metric 5'"),
	  "client: route 10.6.0.0/24 wg1 wgreconcile table 8 metric 5 is left over", 5000 },
	/* A kill switch keeps the default route of a member without an active one. */
	{ "objects", PUSHED_RUN KERNEL("5.0", WG3, "", ",'0.0.0.0/0 wg3 wgreconcile table 9'"),
	  NULL, 0 },
	{ "objects", PUSHED_RUN KERNEL("5.0", WG3, "", ",'0.0.0.0/0 wg3 wgreconcile table 8'"),
	  "client: route 0.0.0.0/0 wg3 wgreconcile table 8 is left over", 5000 },
	{ "objects", PUSHED_RUN KERNEL("5.0", WG3, "", ",'0.0.0.0/0 wg4 wgreconcile table 10'"),
	  "client: route 0.0.0.0/0 wg4 wgreconcile table 10 is left over", 5000 },
	{ "objects", PUSHED_RUN KERNEL("5.0", WG3, "", ",'10.5.0.0/16 wg3 wgreconcile table 9'"),
	  "client: route 10.5.0.0/16 wg3 wgreconcile table 9 is left over", 5000 },
	/* The exchange of facts adds one address, and peers. */
	{ "objects",
	  PUSHED_RUN KERNEL("5.0", "{'name':'wg5','peers':[" PEER("x", "") "]}",
			    ",'wg5 fe80::1/64 wgreconcile'", ""),
	  NULL, 0 },
	{ "objects",
	  PUSHED_RUN KERNEL("5.0", "{'name':'wg5'}", ",'wg5 fd00::1/64 wgreconcile'", ""),
	  "client: address wg5 fd00::1/64 wgreconcile is left over", 5000 },
	{ "objects", PUSHED_RUN KERNEL("5.0", WG1, ",'wg1 fe80::1/64 wgreconcile'", ""),
	  "client: address wg1 fe80::1/64 wgreconcile is left over", 5000 },
	/* Another desired state leaves nothing of the previous one. */
	{ "objects",
	  FAULT("4.0", "push", "desired", AT_CLIENT) GOOD_RUN KERNEL("5.0", WG0(ONE), OURS, ROUTE),
	  "client: address wg0 10.9.0.2/32 wgreconcile is left over", 5000 },
	{ "objects",
	  FAULT("4.0", "push", "desired", AT_CLIENT) GOOD_RUN KERNEL("5.0", WG0(""), "", ""),
	  "client: interface wg0 is left over", 5000 },
	{ "objects",
	  FAULT("4.0", "push", "desired", AT_CLIENT) GOOD_RUN KERNEL(
		  "5.0", "{'name':'wg1','peers':[" ONE "]}", ",'wg1 10.9.0.3/32 wgreconcile'",
		  ",'10.9.0.0/24 wg1 wgreconcile'"),
	  NULL, 0 },

	/* A member of another interface's selector is foreign there. */
	{ "objects",
	  FAULT("4.0", "push", "desired", AT_CLIENT)
		  GOOD_RUN KERNEL("5.0", "{'name':'wg2','peers':[" PEER("gw1", "") "]}", "", ""),
	  "client: peer gw1 is left over on wg2", 5000 },
	/* Of a node that has no desired state. */
	{ "objects",
	  "{'kind':'state','t':5.0,'node':'box','addresses':['eth0 192.0.2.9/24 wgreconcile']}\n",
	  NULL, 0 },
	{ "carriers", "{'kind':'state','t':5.0,'node':'box','interfaces':[" WG0(ONE) "]}\n", NULL,
	  0 },

	/* ---- Objects of others ---- */
	{ "objects", KERNEL("5.0", "", "", "") KERNEL("15.0", "", "", ""), NULL, 0 },
	{ "objects",
	  KERNEL("5.0", "", "", "") STATE("15.0", ",'routes':['192.0.2.0/24 eth0 kernel']"),
	  "client: address eth0 192.0.2.1/24, which others made, is gone", 15000 },
	{ "objects", KERNEL("5.0", "", "", "") STATE("15.0", ",'addresses':['eth0 192.0.2.1/24']"),
	  "client: route 192.0.2.0/24 eth0 kernel, which others made, is gone", 15000 },
	/* The order of lines does not matter; nor do new lines. */
	{ "objects",
	  KERNEL("5.0", "", ",'eth0 192.0.2.9/24'", "")
		  STATE("15.0", ",'addresses':['eth0 192.0.2.7/24','eth0 192.0.2.9/24',"
				"'eth0 192.0.2.1/24'],'routes':['192.0.2.0/24 eth0 kernel']"),
	  NULL, 0 },
	/* Only on its attachments. */
	{ "objects", KERNEL("5.0", "", ",'tun0 10.0.0.1/24'", "") KERNEL("15.0", "", "", ""), NULL,
	  0 },
	/* A fault took it, or a cable. */
	{ "objects",
	  KERNEL("5.0", "", "", "") FAULT("6.0", "crash", "crash", AT_CLIENT) STATE("15.0", ""),
	  NULL, 0 },
	{ "objects",
	  KERNEL("5.0", "", "", "") FAULT("6.0", "cable", "link_down", "") STATE("15.0", ""), NULL,
	  0 },
	{ "objects",
	  FAULT("4.0", "crash", "crash", AT_CLIENT) KERNEL("6.0", "", "", "") STATE("7.0", ""),
	  NULL, 0 },
	{ "objects",
	  FAULT("4.0", "crash", "crash", AT_CLIENT) KERNEL("6.001", "", "", "") STATE("7.0", ""),
	  "client: address eth0 192.0.2.1/24, which others made, is gone", 7000 },

	/* ---- Secrets ---- */
	{ "secrets", RUN("5.0", "1", "0", ",'output':'some text'"), NULL, 0 },
	{ "secrets", RUN("5.0", "1", "0", ",'output':'key KEY0 here'"),
	  "client: run 1 printed a private key of the node", 5000 },
	{ "secrets", RUN("5.0", "1", "0", ",'output':'KEY1'"),
	  "client: run 1 printed a private key of the node", 5000 },
	{ "secrets", RUN("5.0", "1", "0", ",'errors':['wrong: KEY0']"),
	  "client: run 1 printed a private key of the node", 5000 },
	{ "secrets", RUN("5.0", "1", "0", ",'output':'KEY2'"), NULL, 0 },
};

/* KEY0 and KEY1 are the client's private keys, KEY2 is a gateway's. */
static const char *with_keys(struct arena *arena, const char *lines)
{
	for (unsigned i = 0; i < 3; i++) {
		const char *at = strstr(lines, arena_printf(arena, "KEY%u", i));
		char text[KEY_TEXT_MAX];
		struct wg_key key;

		if (!at)
			continue;
		ck_assert(wireguard_key(1, i < 2 ? "client" : "gw1", "wg0", i % 2, &key, NULL));
		lines = arena_printf(arena, "%.*s%s%s", (int)(at - lines), lines,
				     key_text(&key, text), at + 4);
	}
	return lines;
}

static struct story story_of(const char *invariant)
{
	return story_new(MORE "expect: [{invariants: [%s]}]\n", invariant);
}

START_TEST(holds_in_any_world)
{
	struct story story = story_of(cases[_i].invariant);
	const struct condition *condition = &story.scenario->expect.at[0].condition;
	struct finding finding;

	story_tell(&story, with_keys(story.arena, cases[_i].lines));
	finding = condition_check(condition, story.history, 0, 20000, story.arena);
	ck_assert(finding.looked);
	if (!cases[_i].seen) {
		ck_assert_msg(finding.holds, "%s", finding.seen);
		story_free(&story);
		return;
	}
	ck_assert(!finding.holds && finding.final);
	ck_assert_str_eq(finding.seen, cases[_i].seen);
	ck_assert_int_eq(finding.at, cases[_i].at);
	ck_assert_int_eq(strncmp(finding.seen, finding.node, strlen(finding.node)), 0);
	ck_assert(!condition_check(condition, story.history, finding.at, finding.at, NULL).holds);
	/* Before it there was nothing, and after it there is nothing. */
	ck_assert(condition_check(condition, story.history, 0, finding.at - 1, NULL).holds);
	ck_assert(condition_check(condition, story.history, finding.at + 1, 20000, NULL).holds);
	story_free(&story);
}
END_TEST

START_TEST(does_not_go_on_for_ever)
{
	struct story story = story_of("exit");
	const struct condition *condition = &story.scenario->expect.at[0].condition;

	for (unsigned i = 0; i < 2000; i++)
		story_tell(&story, RUN("5.0", "1", "2", ""));
	ck_assert_uint_eq(story.history->violations[INVARIANT_EXIT].n, 1000);
	ck_assert(!condition_check(condition, story.history, 0, 20000, NULL).holds);
	story_free(&story);
}
END_TEST

/* Unused invariants cost nothing. */
START_TEST(watches_what_is_asked_for)
{
	struct story story = story_new("%s", "");

	ck_assert_ptr_null(story.history->keys);
	story_tell(&story, RUN("5.0", "1", "2", "") FAULT("4.0", "crash", "crash", AT_CLIENT)
				   UNREADABLE("5.0"));
	story_free(&story);
	story = story_of("state");
	story_tell(&story, RUN("5.0", "1", "2", ""));
	for (unsigned i = 0; i < INVARIANTS_N; i++)
		ck_assert_uint_eq(story.history->violations[i].n, 0);
	story_free(&story);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("invariant");
	TCase *tests = tcase_create("invariant");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, holds_in_any_world, 0, COUNT(cases));
	tcase_add_test(tests, does_not_go_on_for_ever);
	tcase_add_test(tests, watches_what_is_asked_for);
	suite_add_tcase(made, tests);
	return made;
}
