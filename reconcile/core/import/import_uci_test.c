/* SPDX-License-Identifier: MIT */
#include "test/import_support.h"

static struct import *uci(const char *network, const char *peers)
{
	struct source network_source = source_of("network", network ? network : "");
	struct source peers_source = source_of("wgpeerselector", peers ? peers : "");

	struct source sources[2];
	size_t n = 0;

	if (network)
		sources[n++] = network_source;
	if (peers)
		sources[n++] = peers_source;
	return import_uci(sources, n, "keys", &diags);
}

/* A configuration as used with wgpeerselector. */
START_TEST(uci_whole)
{
	const struct import *import;

	begin();
	import = uci("config interface 'loopback'\n"
		     "\toption proto 'static'\n"
		     "\n"
		     "config interface 'vpn'\n"
		     "\toption proto 'wireguard'\n"
		     "\toption fwmark '1'\n"
		     "\toption private_key 'YOUR_PRIVATE_KEY_GOES_HERE'\n"
		     "\tlist addresses 'fe80::02a4:18ff:fe7e:a10d'\n"
		     "\toption disabled '0'\n"
		     "\n"
		     "config interface 'vpn_peerselector'\n"
		     "\toption proto 'wgpeerselector'\n"
		     "\toption transitive '1'\n"
		     "\toption ifname 'vpn'\n"
		     "\toption unix_group 'YOUR_UNIX_GROUP_GOES_HERE'\n",
		     "config peer 'test_unknown_a'\n"
		     "\toption enabled '1'\n"
		     "\toption public_key 'mIDOdscl2R3Dq+YthxdTvvtH4D53VhawzEnmet+E7W0='\n"
		     "\tlist allowed_ips 'fe80::1/128'\n"
		     "\toption ifname 'vpn'\n"
		     "\toption endpoint 'hostname.example.com:51820'\n");
	same_text(written_with_remarks(import),
		  "# network:13: not converted: transitive = 1: no program ever read it\n"
		  "# wgpeerselector:1: wgpeerselector synchronised the clock with the servers of "
		  "system.ntp.server before it connected: name them in time: {servers: "
		  "[...]} for the same\n"
		  "version: 1\n"
		  "group: YOUR_UNIX_GROUP_GOES_HERE\n"
		  "interfaces:\n"
		  "  # network:4: netifd makes it; its key, addresses, port, mark and MTU stay in "
		  "network\n"
		  "  vpn:\n"
		  "    create: false\n"
		  "selectors:\n"
		  "  vpn:\n"
		  "    interface: vpn\n"
		  "    peers:\n"
		  "      test_unknown_a:\n"
		  "        public_key: mIDOdscl2R3Dq+YthxdTvvtH4D53VhawzEnmet+E7W0=\n"
		  "        endpoint: hostname.example.com:51820\n"
		  "        allowed_ips: [fe80::1/128]\n");
	same_text(said(),
		  "network:4:1: warning: vpn: netifd makes it; its key, addresses, port, mark "
		  "and MTU stay in network\n"
		  "network:13:2: warning: vpn_peerselector.transitive: not converted: "
		  "transitive = 1: no program ever read it\n"
		  "wgpeerselector:1:1: warning: peer: wgpeerselector synchronised the clock "
		  "with the servers of system.ntp.server before it connected: name them in "
		  "time: {servers: [...]} for the same\n");
	ck_assert_uint_eq(import->secrets.n, 0);
	end();
}
END_TEST

#define NETWORK "config interface vpn\n option proto wireguard\n"

/* A peer with this head and these options besides the required ones. */
static const char *uci_peer(const char *name, const char *key, const char *options)
{
	return arena_printf(arena,
			    "config peer %s\n option ifname vpn\n option enabled 1\n"
			    " option public_key %s\n option endpoint 192.0.2.1:51820\n%s\n",
			    name, key, options);
}

static const struct desired_peer *only_member(const struct import *import)
{
	written(import);
	ck_assert_uint_eq(import->desired->selectors.n, 1);
	ck_assert_uint_eq(import->desired->selectors.at[0].peers.n, 1);
	return &import->desired->selectors.at[0].peers.at[0];
}

START_TEST(uci_syntax)
{
	static const struct {
		const char *line; /* that sets the group */
		const char *group;
	} rows[] = {
		{ "option unix_group vpn", "vpn" },
		{ "option unix_group 'vpn'", "vpn" },
		{ "option unix_group \"vpn\"", "vpn" },
		{ "\t option\t'unix_group'   vpn   # comment", "vpn" },
		{ "option unix_group vpn#comment", "vpn" },
		{ "option unix_group 'v#n'", "v#n" },
		{ "option unix_group 'a b;c'", "a b;c" },
		{ "option unix_group a'b'\"c\"d", "abcd" },
		{ "option unix_group a\\ b\\'c", "a b'c" },
		{ "option unix_group \"a\\\"b\\\\c\"", "a\"b\\c" },
		{ "option unix_group 'a\\b'", "a\\b" },
		{ "option unix_group vpn\r", "vpn" },
		{ "option unix_group one\noption unix_group two", "two" },
		{ "list unix_group vpn", "vpn" },
		{ "option unix_group 'true'", "true" },
		{ "option unix_group '1000'", "1000" },
		/* A second section of the same name is the same section. */
		{ "config interface glue\noption unix_group vpn", "vpn" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = uci(
			arena_printf(arena,
				     "package network\n" NETWORK
				     "config interface glue\n option proto wgpeerselector\n%s\n",
				     rows[i].line),
			NULL);
		written(import);
		ck_assert_pstr_eq(import->desired->group, rows[i].group);
		end();
	}
}
END_TEST

START_TEST(uci_errors)
{
	static const struct {
		const char *network;
		const char *peers;
		const char *said; /* how the only error begins */
	} rows[] = {
		{ "", "", "wgpeerselector: there is no interface with proto wireguard" },
		{ "config interface lan\n option proto static\n", NULL,
		  "network: there is no interface with proto wireguard" },
		{ NULL, NULL, "there is no interface" },
		{ "confg interface vpn\n", "", "network:1:1: unknown word" },
		{ "config\n", "", "network:1:7: config needs a type" },
		{ "config ''\n", "", "network:1:10: config needs a type" },
		{ "config interface 'vpn\n", "", "network:1:18: the quote is not closed" },
		{ "config interface \"vpn\\\"\n", "", "network:1:18: the quote is not closed" },
		{ "config interface vpn more\n", "", "network:1:22: too much on this line" },
		{ "config interface vpn\noption proto\n", "", "network:2:13: a name and a value" },
		{ "config interface vpn\noption\n", "", "network:2:7: a name and a value" },
		{ "config interface vpn\noption a b c\n", "",
		  "network:2:12: too much on this line" },
		{ "option a b\n", "", "network:1:1: stands before any section" },
		{ "config interface vpn; config\n", "", "network:1:18: a ; must stand in quotes" },
		{ "config interface vpn\\\n", "", "network:1:18: nothing follows the backslash" },
		{ "config interface a\nconfig switch a\n", "",
		  "network:2:15: a section of this name and of another type" },
		{ "config interface 'much-too-long-a-name'\n option proto wireguard\n", "",
		  "network:1:1: interface: \"much-too-long-a-name\" is not the name" },
		{ NETWORK "config interface x\n option proto wgpeerselector\n"
			  " option unix_group ''\n",
		  "", "network:5:20: x.unix_group: is not the name of a group" },
		{ NETWORK,
		  "config peer a\n option ifname vpn\n option enabled 1\n"
		  " option endpoint 192.0.2.1:1\n",
		  "wgpeerselector:1:1: a.public_key: is missing" },
		{ NETWORK,
		  "config peer\n option ifname vpn\n option enabled 1\n"
		  " option public_key " KEY_A "\n",
		  "wgpeerselector:1:1: peer.endpoint: is missing" },
		{ NETWORK,
		  "config peer a\n option ifname vpn\n option enabled 1\n"
		  " option public_key " KEY_A "\n option endpoint example.com\n",
		  "wgpeerselector:5:18: a.endpoint: \"example.com\" is not an endpoint" },
		{ NETWORK,
		  "config peer a\n option ifname vpn\n option enabled 1\n"
		  " option public_key abc\n option endpoint 192.0.2.1:1\n",
		  "wgpeerselector:4:20: a.public_key: is not a key" },
		{ NETWORK, "config peer a\n option ifname 'v pn'\n option enabled 1\n",
		  "wgpeerselector:2:16: a.ifname: \"v pn\" is not the name of an interface" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		ck_assert_ptr_null(uci(rows[i].network, rows[i].peers));
		ck_assert_msg(diags.errors == 1, "row %zu: %s", i, said());
		ck_assert_msg(strstr(said(), rows[i].said) != NULL, "row %zu: %s", i, said());
		end();
	}
}
END_TEST

START_TEST(uci_zero_byte)
{
	static const char text[] = "config interface vpn\n option proto wire\0guard\n";
	struct source source = { "network", text, sizeof(text) - 1 };

	begin();
	ck_assert_ptr_null(import_uci(&source, 1, "", &diags));
	same_text(said(), "network: is not a text: there is a zero byte in it\n");
	end();
}
END_TEST

START_TEST(uci_enabled)
{
	static const struct {
		const char *value;
		bool enabled;
	} rows[] = {
		{ "1", true },	{ "on", true },	  { "true", true },    { "yes", true },
		{ "0", false }, { "off", false }, { "enabled", true }, { "no", false },
		{ "2", false }, { "''", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = uci(NETWORK, arena_printf(arena, "%s%s option enabled %s\n",
						   uci_peer("a", KEY_A, ""),
						   uci_peer("b", KEY_B, ""), rows[i].value));
		written(import);
		ck_assert_uint_eq(import->desired->selectors.at[0].peers.n, 2);
		ck_assert_int_eq(import->desired->selectors.at[0].peers.at[1].enabled,
				 rows[i].enabled);
		end();
	}
}
END_TEST

START_TEST(uci_peer_remarks)
{
	static const struct {
		const char *options;
		const char *remark;
	} rows[] = {
		{ " option persistent_keepalive '0'\n",
		  "had no keepalive; a selector sends them to see whether a peer lives" },
		{ " option preserve '1'\n",
		  "not converted: preserve = 1: only Gluon's upgrade reads it" },
		{ " option preshared '" SECRET "'\n",
		  "not converted: preshared = (key not shown)" },
		{ " option weight '3'\n", "not converted: weight = 3" },
		{ " list allowed_ips 10.1.2.3/8\n",
		  "10.1.2.3/8 has bits set after its prefix length: written as 10.0.0.0/8" },
		{ " list allowed_ips fe80::1\n list allowed_ips 'fe80::1/128'\n",
		  "fe80::1/128 was given twice" },
		{ " option endpoint 192.0.2.2:1\n",
		  "endpoint is given twice: the last one counts" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = uci(NETWORK, uci_peer("a", KEY_A, rows[i].options));
		only_member(import);
		ck_assert_str_eq(import->remarks.at[1].path, "selectors.vpn.peers.a");
		ck_assert_str_eq(strstr(import->remarks.at[1].text, ": ") + 2, rows[i].remark);
		/* And the notes on netifd and the clock. */
		ck_assert_ptr_nonnull(strstr(said(), rows[i].remark));
		ck_assert_uint_eq(diags.list.n, 3);
		end();
	}
}
END_TEST

START_TEST(uci_keepalive)
{
	begin();
	ck_assert_uint_eq(only_member(uci(NETWORK, uci_peer("a", KEY_A, "")))->persistent_keepalive,
			  DEFAULT_SELECTOR_KEEPALIVE);
	ck_assert_uint_eq(
		only_member(uci(NETWORK, uci_peer("a", KEY_A, " option persistent_keepalive 5")))
			->persistent_keepalive,
		5);
	ck_assert_uint_eq(diags.errors, 0);
	ck_assert_ptr_null(uci(NETWORK, uci_peer("a", KEY_A, " option persistent_keepalive x")));
	end();
}
END_TEST

START_TEST(uci_names)
{
	static const struct {
		const char *section;
		const char *name;
	} rows[] = {
		{ "a", "a" },
		{ "", "peer1" },
		{ "''", "peer1" },
		{ "'a/b c'", "a_b_c" },
		{ "'a\033\377'", "a__" },
		{ "yes", "yes" },
		/* Not cut in the middle of a character. */
		{ "'a123456789b123456789c123456789d123456789e123456789f\303\274'",
		  "a123456789b123456789c123456789d123456789e123456789f" },
		{ "a123456789b123456789c123456789d123456789e123456789f123456789g123456789",
		  "a123456789b123456789c123456789d123456789e123456789f1" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		ck_assert_str_eq(
			only_member(uci(NETWORK, uci_peer(rows[i].section, KEY_A, "")))->name,
			rows[i].name);
		end();
	}
	begin();
	same_text(written(uci(NETWORK, arena_printf(arena, "%s%s%s", uci_peer("", KEY_A, ""),
						    uci_peer("peer1", KEY_B, ""),
						    uci_peer("'peer 1'", KEY_C, "")))),
		  "version: 1\n"
		  "interfaces:\n"
		  "  vpn:\n"
		  "    create: false\n"
		  "selectors:\n"
		  "  vpn:\n"
		  "    interface: vpn\n"
		  "    peers:\n"
		  "      peer1-2:\n"
		  "        public_key: " KEY_A "\n"
		  "        endpoint: 192.0.2.1:51820\n"
		  "      peer1:\n"
		  "        public_key: " KEY_B "\n"
		  "        endpoint: 192.0.2.1:51820\n"
		  "      peer_1:\n"
		  "        public_key: " KEY_C "\n"
		  "        endpoint: 192.0.2.1:51820\n");
	end();
}
END_TEST

START_TEST(uci_what_cannot_be_used_is_left_out)
{
	static const struct {
		const char *peers; /* besides "good" */
		const char *said;
	} rows[] = {
		{ "config peer a\n option ifname vpn\n",
		  "wgpeerselector:7:1: warning: peer: peer a, which is not enabled, is left out: "
		  "a.public_key is missing: give the peer's key\n" },
		{ "config peer a\n option ifname vpn\n option enabled 0\n option endpoint x\n"
		  " option public_key " KEY_B "\n",
		  "wgpeerselector:7:1: warning: peer: peer a, which is not enabled, is left out: "
		  "a.endpoint \"x\" is not an endpoint: write x:51820, if that is its port\n" },
		{ "config peer a\n option enabled 1\n",
		  "wgpeerselector:7:1: warning: peer: peer a is left out: it names no ifname\n" },
		{ "config peer\n option enabled 1\n",
		  "wgpeerselector:7:1: warning: peer: peer without a name is left out: it names no "
		  "ifname\n" },
		{ "config global\n option x y\n",
		  "wgpeerselector:7:1: warning: global: not converted: a section of type "
		  "global\n" },
		{ "config peer a\n option ifname vpn\n option enabled 1\n option public_key " KEY_A
		  "\n option endpoint 192.0.2.9:9\n",
		  "wgpeerselector:7:1: warning: peer: a, which has the same public key, is left "
		  "out\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		ck_assert_str_eq(only_member(uci(NETWORK, arena_printf(arena, "%s%s",
								       uci_peer("good", KEY_A, ""),
								       rows[i].peers)))
					 ->name,
				 "good");
		ck_assert_ptr_nonnull(strstr(said(), rows[i].said));
		ck_assert_uint_eq(diags.list.n, 3);
		end();
	}
}
END_TEST

/* Of two peers with one key the enabled one is kept, in any order. */
START_TEST(uci_enabled_peer_wins)
{
	begin();
	ck_assert_str_eq(
		only_member(uci(NETWORK, arena_printf(arena, "%s%s",
						      uci_peer("off", KEY_A, " option enabled 0"),
						      uci_peer("on", KEY_A, ""))))
			->name,
		"on");
	end();
}
END_TEST

START_TEST(uci_several_interfaces)
{
	const struct import *import;

	begin();
	import = uci("config interface vpn\n option proto wireguard\n option disabled 1\n"
		     "config wireguard_vpn\nconfig wireguard_vpn\nconfig wireguard_other\n"
		     "config interface\n option proto wireguard\n"
		     "config interface empty\n option proto wireguard\n"
		     "config wireguard_empty\n"
		     "config interface g1\n option proto wgpeerselector\n option ifname vpn\n"
		     " option unix_group one\n option disabled 1\n"
		     "config interface g2\n option proto wgpeerselector\n option device late\n"
		     " option unix_group two\n option metric 7\n",
		     arena_printf(arena,
				  "%s%sconfig peer c\n option ifname late\n option enabled 1\n"
				  " option public_key " KEY_A "\n option endpoint [2001:db8::1]:1\n"
				  " list allowed_ips fe80::1/128\n"
				  "config peer d\n option ifname off\n option enabled 0\n"
				  " option public_key " KEY_A "\n option endpoint 192.0.2.1:1\n",
				  uci_peer("a", KEY_A, " list allowed_ips fe80::1/128"),
				  uci_peer("b", KEY_B, " list allowed_ips fe80::1/128")));
	same_text(
		written_with_remarks(import),
		"# network:7: an interface without a name, which netifd ignores, is left out\n"
		"# network:16: not converted: disabled = 1: leave the selector out to switch it off\n"
		"# network:20: not converted: unix_group = two: there is one group for all\n"
		"# network:21: not converted: metric = 7\n"
		"# wgpeerselector:1: wgpeerselector synchronised the clock with the servers of system.ntp.server "
		"before it connected: name them in time: {servers: [...]} for the same\n"
		"version: 1\n"
		"group: one\n"
		"interfaces:\n"
		"  # network:1: netifd makes it; its key, addresses, port, mark and MTU stay in network\n"
		"  # network:1: its 2 peers there stay netifd's\n"
		"  # network:1: disabled there: nothing is done until it is not\n"
		"  vpn:\n"
		"    create: false\n"
		"  # network:9: netifd makes it; its key, addresses, port, mark and MTU stay in network\n"
		"  # network:9: its 1 peer there stays netifd's\n"
		"  empty:\n"
		"    create: false\n"
		"  # wgpeerselector:14: late is not in network: it is waited for\n"
		"  late:\n"
		"    create: false\n"
		"  # wgpeerselector:20: off is not in network: it is waited for\n"
		"  # wgpeerselector:19: none of its peers in the selector's file is enabled: no selector for it\n"
		"  \"off\":\n"
		"    create: false\n"
		"selectors:\n"
		"  vpn:\n"
		"    interface: vpn\n"
		"    peers:\n"
		"      a:\n"
		"        public_key: " KEY_A "\n"
		"        endpoint: 192.0.2.1:51820\n"
		"        allowed_ips: [fe80::1/128]\n"
		"      b:\n"
		"        public_key: " KEY_B "\n"
		"        endpoint: 192.0.2.1:51820\n"
		"        allowed_ips: [fe80::1/128]\n"
		"  late:\n"
		"    interface: late\n"
		"    peers:\n"
		"      c:\n"
		"        public_key: " KEY_A "\n"
		"        endpoint: \"[2001:db8::1]:1\"\n"
		"        allowed_ips: [fe80::1/128]\n");
	end();
}
END_TEST

/* Without wgpeerselector netifd's interface is converted. */
START_TEST(uci_netifd)
{
	const struct import *import;

	begin();
	import = uci("config interface 'wg0'\n"
		     "\toption proto 'wireguard'\n"
		     "\toption private_key '" SECRET "'\n"
		     "\toption listen_port '51820'\n"
		     "\tlist addresses '10.0.0.2/24'\n"
		     "\tlist addresses 'fd00::2/64'\n"
		     "\toption mtu '1400'\n"
		     "\toption metric '10'\n"
		     "\toption nohostroute '1'\n"
		     "\toption tunlink 'wan'\n"
		     "\tlist ip6prefix 'fd01::/48'\n"
		     "config wireguard_wg0\n"
		     "\toption description \"Bob's phone\"\n"
		     "\toption public_key '" KEY_A "'\n"
		     "\toption private_key '" SECRET_2 "'\n"
		     "\toption preshared_key '" SECRET_2 "'\n"
		     "\toption endpoint_host '2001:db8::1'\n"
		     "\toption persistent_keepalive '25'\n"
		     "\toption route_allowed_ips '1'\n"
		     "\tlist allowed_ips '10.1.0.0/16'\n"
		     "\tlist allowed_ips '10.0.0.3/32'\n"
		     "config wireguard_wg0 'office'\n"
		     "\toption public_key '" KEY_B "'\n"
		     "\toption endpoint_host 'office.example.com'\n"
		     "\toption endpoint_port '1234'\n"
		     "\toption allowed_ips '10.2.0.0/16 10.3.0.0/16'\n"
		     "config wireguard_wg0\n"
		     "\toption disabled '1'\n"
		     "\toption public_key '" KEY_C "'\n"
		     "config wireguard_wg0\n"
		     "\tlist allowed_ips '10.9.0.0/16'\n"
		     "config interface 'wg1'\n"
		     "\toption proto 'wireguard'\n"
		     "\toption disabled '1'\n",
		     NULL);
	same_text(written(import), "version: 1\n"
				   "interfaces:\n"
				   "  wg0:\n"
				   "    private_key_file: keys/wg0.key\n"
				   "    listen_port: 51820\n"
				   "    mtu: 1400\n"
				   "    addresses: [10.0.0.2/24, fd00::2/64]\n"
				   "    routes: [{to: 10.1.0.0/16, via_peer: Bobs_phone}]\n"
				   "    metric: 10\n"
				   "    peers:\n"
				   "      Bobs_phone:\n"
				   "        public_key: " KEY_A "\n"
				   "        preshared_key_file: keys/wg0-Bobs_phone.psk\n"
				   "        endpoint: \"[2001:db8::1]:51820\"\n"
				   "        allowed_ips: [10.0.0.3/32]\n"
				   "        persistent_keepalive: 25\n"
				   "      office:\n"
				   "        public_key: " KEY_B "\n"
				   "        endpoint: office.example.com:1234\n"
				   "        allowed_ips: [10.2.0.0/16, 10.3.0.0/16]\n"
				   "      peer3:\n"
				   "        public_key: " KEY_C "\n"
				   "        enabled: false\n");
	ck_assert_ptr_nonnull(strstr(said(), "network:10:2: warning: wg0.tunlink: not converted: "
					     "tunlink = wan: "));
	ck_assert_ptr_nonnull(strstr(said(), "peer peer4 is left out, as netifd does: it has no "
					     "public_key"));
	ck_assert_ptr_nonnull(strstr(said(), "interface wg1, which is disabled, is left out"));
	end();
}
END_TEST

START_TEST(uci_netifd_default_route)
{
	const struct import *import;
	static const char text[] =
		"config interface 'wg0'\n option proto 'wireguard'\n"
		"config wireguard_wg0 'exit'\n option public_key '" KEY_A "'\n"
		" option endpoint_host '192.0.2.1'\n"
		" option route_allowed_ips '1'\n"
		" list allowed_ips '0.0.0.0/0'\n list allowed_ips '10.1.0.0/16'\n";

	begin();
	import = uci(text, NULL);
	written(import);
	ck_assert_int_eq(import->desired->interfaces.at[0].fwmark, 51820);
	ck_assert_uint_eq(import->desired->interfaces.at[0].table, 51820);
	ck_assert_int_eq(import->desired->interfaces.at[0].rules, RULES_FWMARK);
	ck_assert_int_eq(import->desired->interfaces.at[0].routes, ROUTES_ALLOWED_IPS);
	ck_assert_uint_eq(import->desired->interfaces.at[0].via_routes.n, 1);
	end();
	/* Another peer without routes: none of its allowed IPs has one. */
	begin();
	import = uci(arena_printf(arena,
				  "%sconfig wireguard_wg0\n option public_key '" KEY_B
				  "'\n list allowed_ips '10.2.0.0/16'\n",
				  text),
		     NULL);
	written(import);
	ck_assert_int_eq(import->desired->interfaces.at[0].routes, ROUTES_NONE);
	ck_assert_uint_eq(import->desired->interfaces.at[0].via_routes.n, 2);
	ck_assert_uint_eq(import->desired->interfaces.at[0].via_routes.at[0].table, 51820);
	ck_assert_uint_eq(import->desired->interfaces.at[0].via_routes.at[1].table, TABLE_MAIN);
	end();
}
END_TEST

/* The order of the files does not matter, and one file may hold all. */
START_TEST(uci_files)
{
	struct source sources[] = {
		source_of(
			"wgpeerselector",
			"config peer a\n option ifname vpn\n option enabled 1\n option public_key " KEY_A
			"\n option endpoint 192.0.2.1:51820\n"),
		source_of("network", NETWORK),
		source_of("exported",
			  "package network\n" NETWORK "package wgpeerselector\n"
			  "config peer vpn\n option ifname vpn\n option enabled 1\n option "
			  "public_key " KEY_A "\n option endpoint 192.0.2.1:51820\n"),
	};
	static const char wanted[] = "version: 1\ninterfaces:\n  vpn:\n    create: false\n"
				     "selectors:\n  vpn:\n    interface: vpn\n    peers:\n";

	begin();
	ck_assert_ptr_nonnull(strstr(written(import_uci(sources, 2, "", &diags)), wanted));
	ck_assert_ptr_nonnull(strstr(written(import_uci(sources + 2, 1, "", &diags)), wanted));
	/* Missing options are reported. */
	ck_assert_ptr_nonnull(strstr(written(import_uci(sources, 1, "", &diags)), wanted));
	ck_assert_ptr_nonnull(
		strstr(said(), "vpn is not in /etc/config/network: it is waited for"));
	end();
}
END_TEST

SUITE("import_uci", uci_whole, uci_syntax, uci_errors, uci_zero_byte, uci_enabled, uci_peer_remarks,
      uci_keepalive, uci_names, uci_what_cannot_be_used_is_left_out, uci_enabled_peer_wins,
      uci_several_interfaces, uci_netifd, uci_netifd_default_route, uci_files)
