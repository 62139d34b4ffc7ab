/* SPDX-License-Identifier: MIT */
#include "history_parts.h"

#include "test/trace_support.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define ECHOES                                                                                     \
	ANSWERED("0")                                                                              \
	ANSWERED("1")                                                                              \
	LOST("2", "3")                                                                             \
	LOST("3", "4")                                                                             \
	LOST("4", "5") ANSWERED("5") ANSWERED("6") LOST("7", "8") ANSWERED("8") ANSWERED("9")
#define SELECTIONS                                                                                 \
	SELECTED("1.5", "") SELECTED("2.5", "'one'") SELECTED("6.5", "'two'") SELECTED("8.5", "")
#define WG0                                                                                        \
	",'interfaces':[{'name':'wg0','up':true,'peers':["                                         \
	"{'name':'gw1','handshake_age':12.5,'allowed_ips':['10.9.0.0/24','2001:db8::/64']},"       \
	"{'name':'gw2'}]}],'links':['lo','eth0','wg0'],"                                           \
	"'addresses':['eth0 192.0.2.1/24','wg0 10.9.0.2/32 wgreconcile'],"                         \
	"'routes':['192.0.2.0/24 eth0 kernel','10.9.0.0/24 wg0 wgreconcile metric 5']"
#define KERNEL STATE("10.0", WG0)
#define EXCHANGE                                                                                   \
	",'interfaces':[{'name':'wg0','peers':[{'name':'gw1',"                                     \
	"'allowed_ips':['10.9.0.0/24','fe80::1/128']}]}],'links':['wg0'],'addresses':[],"          \
	"'routes':[]"
#define EVENTS                                                                                     \
	",'events':[{'kind':'left','selector':'uplink','interface':'wg0','peer':'one',"            \
	"'role':'carrier','reason':'silent','text':'silent for 30 s'},"                            \
	"{'kind':'try','selector':'uplink','interface':'wg0','peer':'two','role':'carrier',"       \
	"'text':'tried'}]"
#define RUNS                                                                                       \
	RUN("5.0", "1", "0", ",'changes':3,'output':'Applied.\\n'")                                \
	RUN("10.0", "2", "1", EVENTS ",'errors':['no route\\nto it'],'output':'failed'")
#define LOOKED                                                                                     \
	"{'kind':'plan','t':4.0,'node':'client','exit':2,'changes':2}\n"                           \
	"{'kind':'plan','t':6.0,'node':'client','exit':0}\n"                                       \
	"{'kind':'file','t':4.0,'node':'client','path':'/etc/a','text':'one\\ntwo\\n'}\n"          \
	"{'kind':'file','t':4.0,'node':'client','path':'/etc/b'}\n"                                \
	"{'kind':'command','t':4.0,'node':'client','command':'ip route','exit':0,"                 \
	"'output':'default\\n'}\n"                                                                 \
	"{'kind':'command','t':5.0,'node':'client','command':'false','exit':1}\n"

enum {
	UNKNOWN,
	HOLDS,
	FAILS,
	HOLDS_FINALLY,
	FAILS_FINALLY,
};

static const struct {
	const char *lines;
	const char *condition;
	msec_t from, now;
	int found;
	msec_t at;
	const char *seen;
} cases[] = {
	/* The last request of the window with a known result. */
	{ "", "answers: inside", 0, 10000, UNKNOWN, -1, "no request was sent" },
	{ ECHOES, "answers: inside", 0, 1999, HOLDS, 1000, "answered at 1 s" },
	{ ECHOES, "answers: inside", 0, 4000, FAILS, 2000, "no answer since 2 s" },
	{ ECHOES, "answers: inside", 3000, 4500, FAILS, 3000, "no answer since 2 s" },
	{ ECHOES, "answers: inside", 4000, 4999, UNKNOWN, -1, "no request was sent" },
	{ ECHOES, "answers: inside", 4000, 90000, HOLDS, 9000, "answered at 9 s" },

	/* From the first lost request to the next one that is answered. */
	{ ECHOES, "outage: {probe: inside, at_most: 3s}", 0, 10000, HOLDS, 2000,
	  "longest outage: 3 s, from 2 s on" },
	{ ECHOES, "outage: {probe: inside, at_most: 2s}", 0, 10000, FAILS_FINALLY, 2000,
	  "longest outage: 3 s, from 2 s on" },
	{ ECHOES, "outage: {probe: inside, at_least: 3s}", 0, 10000, HOLDS_FINALLY, 2000,
	  "longest outage: 3 s, from 2 s on" },
	{ ECHOES, "outage: {probe: inside, at_least: 4s}", 0, 10000, FAILS, 2000,
	  "longest outage: 3 s, from 2 s on" },
	{ ECHOES, "outage: {probe: inside, at_most: 1s}", 5000, 10000, HOLDS, 7000,
	  "longest outage: 1 s, from 7 s on" },
	{ ECHOES, "outage: {probe: inside, at_most: 0s}", 8000, 10000, HOLDS, 8000, "no outage" },
	/* Cut at both ends of the window. */
	{ ECHOES, "outage: {probe: inside, at_most: 2s}", 3500, 10000, HOLDS, 3500,
	  "longest outage: 1.5 s, from 3.5 s on" },
	{ ECHOES, "outage: {probe: inside, at_most: 2s}", 0, 3500, HOLDS, 2000,
	  "longest outage: 1.5 s, from 2 s on" },

	{ ECHOES, "loss: {probe: inside, at_most: 4}", 0, 10000, HOLDS, 10000,
	  "lost: 4 of 10 (40 %)" },
	{ ECHOES, "loss: {probe: inside, at_most: 3}", 0, 10000, FAILS_FINALLY, 10000,
	  "lost: 4 of 10 (40 %)" },
	{ ECHOES, "loss: {probe: inside, at_most: 2}", 3000, 6000, HOLDS, 6000,
	  "lost: 2 of 4 (50 %)" },
	{ ECHOES, "loss: {probe: inside, at_most: 40%}", 0, 10000, HOLDS, 10000,
	  "lost: 4 of 10 (40 %)" },
	{ ECHOES, "loss: {probe: inside, at_most: 39%}", 0, 10000, FAILS, 10000,
	  "lost: 4 of 10 (40 %)" },
	{ ECHOES, "loss: {probe: inside, at_least: 41%}", 0, 10000, FAILS, 10000,
	  "lost: 4 of 10 (40 %)" },
	{ ECHOES, "loss: {probe: inside, at_most: 1%}", 20000, 30000, UNKNOWN, -1,
	  "no request was sent" },
	{ ECHOES, "loss: {probe: inside, at_most: 0}", 20000, 30000, HOLDS, 30000,
	  "lost: 0 of 0 (0 %)" },

	{ ECHOES, "rtt: {probe: inside, at_most: 21ms}", 0, 10000, HOLDS, 10000,
	  "median RTT: 20.500 ms" },
	{ ECHOES, "rtt: {probe: inside, at_most: 20ms}", 0, 10000, FAILS, 10000,
	  "median RTT: 20.500 ms" },
	{ ECHOES, "rtt: {probe: inside, at_least: 21ms}", 0, 10000, HOLDS, 10000,
	  "median RTT: 20.500 ms" },
	{ ECHOES, "rtt: {probe: inside, at_most: 20ms}", 2000, 4000, UNKNOWN, -1,
	  "no request was answered" },

	{ "", "selected: {node: client, is: one}", 0, 1000, UNKNOWN, -1,
	  "nothing was recorded of the selection" },
	{ SELECTIONS, "selected: {node: client, is: one}", 0, 1000, UNKNOWN, -1,
	  "nothing was recorded of the selection" },
	{ SELECTIONS, "selected: {node: client, is: one}", 0, 2000, FAILS, 1500,
	  "selected: none, since 1.5 s" },
	{ SELECTIONS, "selected: {node: client, is: none}", 0, 2000, HOLDS, 1500,
	  "selected: none, since 1.5 s" },
	/* The selection from before the window is still valid. */
	{ SELECTIONS, "selected: {node: client, is: one}", 5000, 6000, HOLDS, 2500,
	  "selected: one, since 2.5 s" },
	{ SELECTIONS, "selected: {node: client, is: [one, two]}", 0, 6000, FAILS, 2500,
	  "selected: one, since 2.5 s" },
	{ SELECTIONS, "selected: {node: client, in: [one, two]}", 0, 6000, HOLDS, 2500,
	  "selected: one, since 2.5 s" },
	{ SELECTIONS, "selected: {node: client, in: [one, two]}", 0, 2000, FAILS, 1500,
	  "selected: none, since 1.5 s" },
	{ SELECTIONS, "selected: {node: client, in: [one]}", 0, 7000, FAILS, 6500,
	  "selected: two, since 6.5 s" },
	{ SELECTIONS, "selected: {node: client, not: one}", 0, 7000, HOLDS, 6500,
	  "selected: two, since 6.5 s" },
	{ SELECTIONS, "selected: {node: client, not: [one, two]}", 0, 7000, FAILS, 6500,
	  "selected: two, since 6.5 s" },
	{ SELECTED("1.0", "'two','one'"), "selected: {node: client, is: [one, two]}", 0, 7000,
	  HOLDS, 1000, "selected: two, one, since 1 s" },
	{ SELECTED("1.0", "'two','one'"), "selected: {node: client, in: one}", 0, 7000, FAILS, 1000,
	  "selected: two, one, since 1 s" },
	/* Unreadable and repeated records change nothing. */
	{ SELECTIONS "{'kind':'selection','t':7.0,'node':'client','active':[],'unreadable':'x'}\n",
	  "selected: {node: client, is: two}", 0, 8000, HOLDS, 6500, "selected: two, since 6.5 s" },
	{ SELECTED("1.0", "'one'") SELECTED("2.0", "'one'"), "selected: {node: client, is: one}", 0,
	  7000, HOLDS, 1000, "selected: one, since 1 s" },

	{ SELECTIONS, "selections: {node: client, at_most: 2}", 0, 9000, HOLDS, 8500,
	  "selections: 2" },
	{ SELECTIONS, "selections: {node: client, at_most: 1}", 0, 9000, FAILS_FINALLY, 8500,
	  "selections: 2" },
	{ SELECTIONS, "selections: {node: client, at_least: 2}", 0, 6499, FAILS, 2500,
	  "selections: 1" },
	{ SELECTIONS, "selections: {node: client, at_least: 1, at_most: 1}", 2501, 9000, HOLDS,
	  8500, "selections: 1" },
	{ SELECTIONS, "selections: {node: client, at_least: 1}", 2500, 2500, HOLDS_FINALLY, 2500,
	  "selections: 1" },
	{ "", "selections: {node: client, at_most: 0}", 0, 9000, HOLDS, 9000, "selections: 0" },

	{ RUNS, "event: {node: client, kind: left}", 0, 20000, HOLDS_FINALLY, 10000,
	  "1 such decision: 10 s uplink: one left: silent for 30 s" },
	{ RUNS, "event: {node: client, kind: left}", 0, 9999, FAILS, 9999, "no such decision" },
	{ RUNS, "event: {node: client, kind: left}", 10001, 20000, FAILS, 20000,
	  "no such decision" },
	{ RUNS, "event: {node: client, kind: left, reason: silent, peer: one, selector: uplink}",
	  10000, 10000, HOLDS_FINALLY, 10000,
	  "1 such decision: 10 s uplink: one left: silent for 30 s" },
	{ RUNS, "event: {node: client, kind: left, reason: no_handshake}", 0, 20000, FAILS, 20000,
	  "no such decision" },
	{ RUNS, "event: {node: client, kind: left, peer: two}", 0, 20000, FAILS, 20000,
	  "no such decision" },
	{ RUNS, "event: {node: client, at_most: 1}", 0, 20000, FAILS_FINALLY, 10000,
	  "2 such decisions: 10 s uplink: one left: silent for 30 s; 10 s uplink: two tried" },
	{ RUNS RUNS, "event: {node: client, at_most: 4, at_least: 4}", 0, 20000, HOLDS, 10000,
	  "4 such decisions: 10 s uplink: one left: silent for 30 s; 10 s uplink: two tried; "
	  "10 s uplink: one left: silent for 30 s; ..." },

	{ "", "handshake: {node: client, peer: gw1, younger_than: 13s}", 0, 20000, UNKNOWN, -1,
	  "the kernel was not looked at" },
	{ KERNEL, "handshake: {node: client, peer: gw1, younger_than: 13s}", 0, 20000, HOLDS, 10000,
	  "last handshake with gw1: 12.5 s ago" },
	{ KERNEL, "handshake: {node: client, peer: gw1, younger_than: 12s}", 0, 20000, FAILS, 10000,
	  "last handshake with gw1: 12.5 s ago" },
	{ KERNEL, "handshake: {node: client, peer: gw2, younger_than: 13s}", 0, 20000, FAILS, 10000,
	  "no handshake with gw2" },
	{ KERNEL, "handshake: {node: client, peer: client, younger_than: 13s}", 0, 20000, FAILS,
	  10000, "wg0 has no peer client; its peers: gw1, gw2" },
	{ STATE("10.0", ""), "handshake: {node: client, peer: gw1, younger_than: 13s}", 0, 20000,
	  FAILS, 10000, "there is no WireGuard interface wg0" },
	{ STATE("10.0",
		",'interfaces':[{'name':'wg0','peers':[{'name':'gw1','handshake_age':0.0}]}]"),
	  "handshake: {node: client, peer: gw1, younger_than: 1s}", 0, 20000, HOLDS, 10000,
	  "last handshake with gw1: 0 s ago" },
	/* Observations before or after the window do not count. */
	{ KERNEL, "handshake: {node: client, peer: gw1, younger_than: 13s}", 10000, 20000, UNKNOWN,
	  -1, "the kernel was not looked at" },
	{ KERNEL, "handshake: {node: client, peer: gw1, younger_than: 13s}", 0, 9999, UNKNOWN, -1,
	  "the kernel was not looked at" },

	{ KERNEL, "peers: {node: client, are: [gw2, gw1]}", 0, 20000, HOLDS, 10000,
	  "peers of wg0: gw1, gw2 (2)" },
	{ KERNEL, "peers: {node: client, are: [gw1]}", 0, 20000, FAILS, 10000,
	  "peers of wg0: gw1, gw2 (2)" },
	{ KERNEL, "peers: {node: client, are: [gw1, client]}", 0, 20000, FAILS, 10000,
	  "peers of wg0: gw1, gw2 (2)" },
	{ KERNEL, "peers: {node: client, count: 2}", 0, 20000, HOLDS, 10000,
	  "peers of wg0: gw1, gw2 (2)" },
	{ KERNEL, "peers: {node: client, count: 3}", 0, 20000, FAILS, 10000,
	  "peers of wg0: gw1, gw2 (2)" },
	{ STATE("10.0", ""), "peers: {node: client, count: 0}", 0, 20000, FAILS, 10000,
	  "there is no WireGuard interface wg0" },

	{ KERNEL, "allowed_ips: {node: client, peer: gw1, are: [\"2001:db8::/64\", 10.9.0.0/24]}",
	  0, 20000, HOLDS, 10000, "allowed IPs of gw1: 10.9.0.0/24, 2001:db8::/64" },
	{ KERNEL, "allowed_ips: {node: client, peer: gw1, are: [10.9.0.0/24]}", 0, 20000, FAILS,
	  10000, "allowed IPs of gw1: 10.9.0.0/24, 2001:db8::/64" },
	{ KERNEL, "allowed_ips: {node: client, peer: gw1, are: [10.8.0.0/24, 10.9.0.0/24]}", 0,
	  20000, FAILS, 10000, "allowed IPs of gw1: 10.9.0.0/24, 2001:db8::/64" },
	{ KERNEL, "allowed_ips: {node: client, peer: gw2, are: []}", 0, 20000, HOLDS, 10000,
	  "allowed IPs of gw2: none" },
	{ STATE("10.0", EXCHANGE), "allowed_ips: {node: client, peer: gw1, are: [10.9.0.0/24]}", 0,
	  20000, HOLDS, 10000, "allowed IPs of gw1: 10.9.0.0/24, fe80::1/128" },
	{ STATE("10.0", EXCHANGE),
	  "allowed_ips: {node: client, peer: gw1, are: [10.9.0.0/24, \"fe80::1/128\"]}", 0, 20000,
	  HOLDS, 10000, "allowed IPs of gw1: 10.9.0.0/24, fe80::1/128" },
	{ STATE("10.0", EXCHANGE), "allowed_ips: {node: client, peer: gw1, are: [\"fe80::1/128\"]}",
	  0, 20000, FAILS, 10000, "allowed IPs of gw1: 10.9.0.0/24, fe80::1/128" },
	{ STATE("10.0", EXCHANGE), "allowed_ips: {node: client, peer: gw1, are: []}", 0, 20000,
	  FAILS, 10000, "allowed IPs of gw1: 10.9.0.0/24, fe80::1/128" },
	{ KERNEL, "allowed_ips: {node: client, peer: client, are: []}", 0, 20000, HOLDS, 10000,
	  "wg0 has no peer client; its peers: gw1, gw2" },
	{ KERNEL, "allowed_ips: {node: client, peer: client, are: [10.9.0.0/24]}", 0, 20000, FAILS,
	  10000, "wg0 has no peer client; its peers: gw1, gw2" },

	{ KERNEL, "route: {node: client, to: 10.9.0.0/24}", 0, 20000, HOLDS, 10000,
	  "there is route 10.9.0.0/24 wg0 wgreconcile metric 5" },
	{ KERNEL, "route: {node: client, to: 10.9.0.0/24, interface: wg0}", 0, 20000, HOLDS, 10000,
	  "there is route 10.9.0.0/24 wg0 wgreconcile metric 5" },
	{ KERNEL, "route: {node: client, to: 10.9.0.0/24, interface: eth0}", 0, 20000, FAILS, 10000,
	  "there is none on eth0, but route 10.9.0.0/24 wg0 wgreconcile metric 5" },
	{ KERNEL, "route: {node: client, to: 10.9.0.0/25}", 0, 20000, FAILS, 10000,
	  "there is no route 10.9.0.0/25" },
	{ KERNEL, "route: {node: client, to: 10.9.0.0/25, absent: true}", 0, 20000, HOLDS, 10000,
	  "there is no route 10.9.0.0/25" },
	{ KERNEL, "route: {node: client, to: 10.9.0.0/24, absent: true}", 0, 20000, FAILS, 10000,
	  "there is route 10.9.0.0/24 wg0 wgreconcile metric 5" },

	{ KERNEL, "address: {node: client, interface: wg0, is: 10.9.0.2/32}", 0, 20000, HOLDS,
	  10000, "there is address wg0 10.9.0.2/32 wgreconcile" },
	{ KERNEL, "address: {node: client, interface: eth0, is: 10.9.0.2/32}", 0, 20000, FAILS,
	  10000, "there is none on eth0, but address wg0 10.9.0.2/32 wgreconcile" },
	{ KERNEL, "address: {node: client, interface: wg0, is: 10.9.0.3/32, absent: true}", 0,
	  20000, HOLDS, 10000, "there is no address 10.9.0.3/32" },

	{ KERNEL, "interface: {node: client, name: wg0}", 0, 20000, HOLDS, 10000, "there is wg0" },
	{ KERNEL, "interface: {node: client, name: wg0, absent: true}", 0, 20000, FAILS, 10000,
	  "there is wg0" },
	{ STATE("10.0", ",'links':['lo']"), "interface: {node: client, name: wg0}", 0, 20000, FAILS,
	  10000, "there is no wg0" },

	{ "", "run: {node: client, exit: 0}", 0, 20000, UNKNOWN, -1, "there was no run" },
	{ RUNS, "run: {node: client, exit: 0}", 0, 20000, FAILS, 10000,
	  "run 2 at 10 s: exit code 1, 0 changes: no route" },
	{ RUNS, "run: {node: client, exit: [0, 1]}", 0, 20000, HOLDS, 10000,
	  "run 2 at 10 s: exit code 1, 0 changes: no route" },
	{ RUNS, "run: {node: client, prints: ail}", 0, 20000, HOLDS, 10000,
	  "run 2 at 10 s: exit code 1, 0 changes: no route" },
	{ RUNS, "run: {node: client, prints: Applied}", 0, 20000, FAILS, 10000,
	  "run 2 at 10 s: exit code 1, 0 changes: no route" },
	{ RUN("5.0", "1", "0", ",'changes':3"), "run: {node: client, changes: {at_most: 2}}", 0,
	  20000, FAILS, 5000, "run 1 at 5 s: exit code 0, 3 changes" },
	{ RUN("5.0", "1", "0", ",'changes':3"), "run: {node: client, changes: {at_least: 3}}", 0,
	  20000, HOLDS, 5000, "run 1 at 5 s: exit code 0, 3 changes" },
	{ RUNS, "run: {node: client, exit: 1}", 10000, 20000, UNKNOWN, -1, "there was no run" },

	{ "", "converged: client", 0, 20000, UNKNOWN, -1, "no plan was asked for" },
	{ LOOKED, "converged: client", 0, 20000, HOLDS, 6000, "plan: nothing to do" },
	{ "{'kind':'plan','t':4.0,'node':'client','exit':2,'changes':2}\n", "converged: client", 0,
	  20000, FAILS, 4000, "plan: 2 changes, exit code 2" },
	{ "{'kind':'plan','t':4.0,'node':'client','exit':65}\n", "converged: client", 0, 20000,
	  FAILS, 4000, "plan: 0 changes, exit code 65" },
	{ LOOKED, "converged: client", 6000, 20000, UNKNOWN, -1, "no plan was asked for" },

	{ "", "file: {node: client, path: /etc/a}", 0, 20000, UNKNOWN, -1,
	  "the file was not looked at" },
	{ LOOKED, "file: {node: client, path: /etc/a}", 0, 20000, HOLDS, 4000, "there is /etc/a" },
	{ LOOKED, "file: {node: client, path: /etc/a, absent: true}", 0, 20000, FAILS, 4000,
	  "there is /etc/a" },
	{ LOOKED, "file: {node: client, path: /etc/a, contains: two}", 0, 20000, HOLDS, 4000,
	  "/etc/a: one | two" },
	{ LOOKED, "file: {node: client, path: /etc/a, contains: three}", 0, 20000, FAILS, 4000,
	  "/etc/a: one | two" },
	{ LOOKED, "file: {node: client, path: /etc/b}", 0, 20000, FAILS, 4000,
	  "there is no /etc/b" },
	{ LOOKED, "file: {node: client, path: /etc/b, absent: true}", 0, 20000, HOLDS, 4000,
	  "there is no /etc/b" },
	{ LOOKED, "file: {node: client, path: /etc/c}", 0, 20000, UNKNOWN, -1,
	  "the file was not looked at" },

	{ "", "command: {node: client, run: [ip, route]}", 0, 20000, UNKNOWN, -1,
	  "the command was not run" },
	{ LOOKED, "command: {node: client, run: [ip, route]}", 0, 20000, HOLDS, 4000,
	  "exit code 0, printed: default" },
	{ LOOKED, "command: {node: client, run: [ip, route], prints: default}", 0, 20000, HOLDS,
	  4000, "exit code 0, printed: default" },
	{ LOOKED, "command: {node: client, run: [ip, route], prints: wg0}", 0, 20000, FAILS, 4000,
	  "exit code 0, printed: default" },
	{ LOOKED, "command: {node: client, run: [ip, rout]}", 0, 20000, UNKNOWN, -1,
	  "the command was not run" },
	{ LOOKED, "command: {node: client, run: [ip]}", 0, 20000, UNKNOWN, -1,
	  "the command was not run" },
	{ LOOKED, "command: {node: client, run: [\"false\"]}", 0, 20000, FAILS, 5000,
	  "exit code 1, printed: nothing" },
	{ LOOKED, "command: {node: client, run: [\"false\"], exit: [1, 2]}", 0, 20000, HOLDS, 5000,
	  "exit code 1, printed: nothing" },
};

static int found_of(const struct finding *finding)
{
	if (!finding->looked)
		return UNKNOWN;
	if (finding->final)
		return finding->holds ? HOLDS_FINALLY : FAILS_FINALLY;
	return finding->holds ? HOLDS : FAILS;
}

static struct story story_of(int i)
{
	struct story story = story_new("expect: [{always: {%s}}]\n", cases[i].condition);

	story_tell(&story, cases[i].lines);
	return story;
}

static struct finding find(const struct story *story, int i, struct arena *arena)
{
	return condition_check(&story->scenario->expect.at[0].condition, story->history,
			       cases[i].from, cases[i].now, arena);
}

START_TEST(finds)
{
	struct story story = story_of(_i);
	struct finding finding = find(&story, _i, story.arena);

	ck_assert_str_eq(finding.seen, cases[_i].seen);
	ck_assert_int_eq(found_of(&finding), cases[_i].found);
	ck_assert_int_eq(finding.at, cases[_i].at);
	ck_assert_ptr_null(finding.node);
	story_free(&story);
}
END_TEST

/* Only a median needs room. */
START_TEST(finds_the_same_without_words)
{
	struct story story = story_of(_i);
	struct finding finding = find(&story, _i, NULL);

	ck_assert_ptr_null(finding.seen);
	if (story.scenario->expect.at[0].condition.kind == CONDITION_RTT) {
		ck_assert(!finding.looked);
	} else {
		ck_assert_int_eq(found_of(&finding), cases[_i].found);
		ck_assert_int_eq(finding.at, cases[_i].at);
	}
	story_free(&story);
}
END_TEST

START_TEST(every_kind_is_asked)
{
	for (int kind = 0; kind < CONDITION_INVARIANT; kind++) {
		const char *word = condition_kind_word((enum condition_kind)kind);
		bool found = false;

		for (int i = 0; i < COUNT(cases); i++)
			found |= !strncmp(cases[i].condition, word, strlen(word)) &&
				 cases[i].condition[strlen(word)] == ':';
		ck_assert_msg(found, "%s", word);
	}
}
END_TEST

START_TEST(some_kinds_count)
{
	for (int kind = 0; kind <= CONDITION_INVARIANT; kind++) {
		const struct condition condition = { .kind = (enum condition_kind)kind };
		bool counts = kind == CONDITION_OUTAGE || kind == CONDITION_LOSS ||
			      kind == CONDITION_RTT || kind == CONDITION_SELECTIONS ||
			      kind == CONDITION_EVENT;

		ck_assert_msg(condition_counts(&condition) == counts, "%s",
			      condition_kind_word(condition.kind));
	}
}
END_TEST

/* The conditions that are evaluated again after a record. */
static const struct {
	const char *condition, *line;
} touched[] = {
	{ "answers: inside", ANSWERED("1") },
	{ "loss: {probe: inside, at_most: 1}", ANSWERED("1") },
	{ "selected: {node: client, is: one}", SELECTED("1.0", "'one'") },
	{ "selections: {node: client, at_most: 1}", SELECTED("1.0", "'one'") },
	{ "event: {node: client, kind: left}", RUN("1.0", "1", "0", EVENTS) },
	{ "run: {node: client, exit: 0}", RUN("1.0", "1", "0", "") },
	{ "peers: {node: client, count: 1}", STATE("1.0", "") },
	{ "interface: {node: client, name: wg0}", STATE("1.0", "") },
	{ "converged: client", "{'kind':'plan','t':4.0,'node':'client','exit':0}\n" },
	{ "file: {node: client, path: /a}",
	  "{'kind':'file','t':4.0,'node':'client','path':'/a'}\n" },
	{ "command: {node: client, run: a}",
	  "{'kind':'command','t':4.0,'node':'client','command':'a','exit':0}\n" },
};

START_TEST(evidence_is_touched)
{
	struct story story = story_new("expect: [{always: {%s}}]\n", touched[_i].condition);
	const struct condition *condition = &story.scenario->expect.at[0].condition;
	const struct history *history = story.history;
	const struct evidence *evidence =
		&history->evidence[condition_evidence(condition, history)];

	ck_assert_uint_eq(evidence->revision, 0);
	story_tell(&story, touched[_i].line);
	ck_assert_uint_gt(evidence->revision, 0);
	/* By no other. */
	for (int i = 0; i < COUNT(touched); i++) {
		uint64_t before = evidence->revision;
		bool same = !strcmp(touched[i].line, touched[_i].line) ||
			    (condition->kind == CONDITION_RUN && strstr(touched[i].line, "'run'"));

		story_tell(&story, touched[i].line);
		if (!same)
			ck_assert_uint_eq(evidence->revision, before);
	}
	story_free(&story);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("condition");
	TCase *tests = tcase_create("condition");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, finds, 0, COUNT(cases));
	tcase_add_loop_test(tests, finds_the_same_without_words, 0, COUNT(cases));
	tcase_add_test(tests, every_kind_is_asked);
	tcase_add_test(tests, some_kinds_count);
	tcase_add_loop_test(tests, evidence_is_touched, 0, COUNT(touched));
	suite_add_tcase(made, tests);
	return made;
}
