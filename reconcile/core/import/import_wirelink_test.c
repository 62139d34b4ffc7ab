/* SPDX-License-Identifier: MIT */
#include "test/import_support.h"

#include "system/wireguard/key_public.h"

/* The public key of SECRET. */
#define KEY_OWN "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="

#define QUICK                                                                                      \
	"[Interface]\n"                                                                            \
	"PrivateKey = " SECRET "\n"                                                                \
	"ListenPort = 51820\n"                                                                     \
	"Address = 10.0.0.2/24\n"                                                                  \
	"\n"                                                                                       \
	"# office\n"                                                                               \
	"[Peer]\n"                                                                                 \
	"PublicKey = " KEY_A "\n"                                                                  \
	"Endpoint = hub.example:51820\n"                                                           \
	"AllowedIPs = 10.0.0.0/24\n"                                                               \
	"PersistentKeepalive = 25\n"                                                               \
	"\n"                                                                                       \
	"[Peer]\n"                                                                                 \
	"PublicKey = " KEY_B "\n"                                                                  \
	"PresharedKey = " SECRET_2 "\n"                                                            \
	"AllowedIPs = 10.0.0.3/32\n"

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    private_key_file: wg0.key\n"                                                          \
	"    listen_port: 51820\n"                                                                 \
	"    mtu: auto\n"                                                                          \
	"    addresses: [10.0.0.2/24]\n"

static struct import *import_both(const char *file, const char *text, const char *quick)
{
	struct import_wirelink_file one = {
		.source = source_of(file, text),
		.interface = "wg0",
	};

	if (quick)
		one.quick = source_of("wg0.conf", quick);
	return import_wirelink(&one, 1, "", key_public, &diags);
}

static struct import *import_json(const char *text)
{
	return import_both("wirelink.wg0.json", text, QUICK);
}

static void assert_refused(const char *text, const char *expected)
{
	begin();
	ck_assert_ptr_null(import_json(text));
	same_text(said(), expected);
	end();
}

START_TEST(test_everything)
{
	const struct import *import;

	begin();
	import = import_json(
		"{\n"
		"\t\"iface\": \"wg0\", \"port\": 51822, \"router\": false, \"chatty\": true,\n"
		"\t\"ReportIfaces\": [\"eth*\", \"wlan0\"], \"HideIfaces\": [\"docker*\"],\n"
		"\t\"peers\": [\n"
		"\t\t{\"PublicKey\": \"" KEY_OWN "\", \"Name\": \"my node\",\n"
		"\t\t \"Trust\": \"Membership\"},\n"
		"\t\t{\"PublicKey\": \"" KEY_A
		"\", \"Name\": \"hub\", \"Trust\": \"DelegateTrust\",\n"
		"\t\t \"FactExchanger\": true, \"AllowedIPs\": [\"10.0.0.0/24\", \"10.1.0.0/16\"],\n"
		"\t\t \"Endpoints\": [\"HUB.example:51820\", \"[2001:db8::1]:51820\", \"a:1\"]},\n"
		"\t\t{\"PublicKey\": \"" KEY_B "\", \"Trust\": \"Untrusted\", \"Basic\": true},\n"
		"\t\t{\"PublicKey\": \"" KEY_C
		"\", \"Name\": \"phone/2\", \"Trust\": \"AllowedIPs\",\n"
		"\t\t \"Endpoints\": [\"b:1\", \"a:1\"]}\n"
		"\t]\n"
		"}\n");
	same_text(written(import), HEAD "    facts:\n"
					"      port: 51822\n"
					"      router: false\n"
					"      chatty: true\n"
					"      name: \"my node\"\n"
					"      trust: membership\n"
					"      report: [\"eth*\", wlan0]\n"
					"      hide: [\"docker*\"]\n"
					"    peers:\n"
					"      hub:\n"
					"        public_key: " KEY_A "\n"
					"        endpoint: hub.example:51820\n"
					"        endpoints: [\"[2001:db8::1]:51820\", a:1]\n"
					"        allowed_ips: [10.0.0.0/24, 10.1.0.0/16]\n"
					"        persistent_keepalive: 25\n"
					"        trust: delegate\n"
					"        facts_exchanger: true\n"
					"      peer2:\n"
					"        public_key: " KEY_B "\n"
					"        preshared_key_file: wg0-peer2.psk\n"
					"        allowed_ips: [10.0.0.3/32]\n"
					"        trust: untrusted\n"
					"        basic: true\n"
					"      phone_2:\n"
					"        public_key: " KEY_C "\n"
					"        endpoint: b:1\n"
					"        endpoints: [a:1]\n"
					"        trust: allowed_ips\n");
	ck_assert_str_eq(said(), "wirelink.wg0.json:11:3: warning: peers[3]: the name phone/2 is "
				 "written as phone_2\n");
	secret_is(import, 0, "wg0.key", SECRET);
	secret_is(import, 1, "wg0-peer2.psk", SECRET_2);
	end();
}
END_TEST

/* Keys in any case, in YAML, converted scalars; nothing is declared. */
START_TEST(test_forms)
{
	static const char *const texts[] = {
		"",
		"{}",
		"router: auto\nchatty: \"false\"\ndebug: 0\npeers:\n",
		"IFACE: wg0\nPORT: 0\nPeers: []\nconfig-path: /etc/wireguard\ndump: true\n",
		"reportifaces: []\nHIDEIFACES:\n",
	};
	static const char *const yes[] = {
		"Router: \"true\"\nHideIfaces: \"a*,b\"\n",
		"ROUTER: T\nhideifaces: [a*, b, a*]\n",
		"router: 1\nhideifaces: [\"a* b\"]\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		begin();
		ck_assert_ptr_nonnull(
			strstr(written(import_both("wirelink.wg0.yaml", texts[i], QUICK)),
			       "    facts: {}\n    peers:\n      office:\n"));
		ck_assert_str_eq(said(), "");
		end();
	}
	for (size_t i = 0; i < COUNT(yes); i++) {
		begin();
		ck_assert_ptr_nonnull(
			strstr(written(import_both("wirelink.wg0.yml", yes[i], QUICK)),
			       "    facts:\n      router: true\n"
			       "      hide: [\"a*\", b]\n    peers:\n"));
		ck_assert_str_eq(said(), "");
		end();
	}
}
END_TEST

START_TEST(test_not_converted)
{
	begin();
	ck_assert_ptr_nonnull(import_json("iface: wg1\n"
					  "debug: true\n"
					  "mtu: 5\n"
					  "chatty: true\n"
					  "Chatty: false\n"
					  "HideIfaces: [a/b]\n"
					  "peers:\n"
					  "- PublicKey: " KEY_OWN "\n"
					  "  Endpoints: [\"a:1\"]\n"
					  "  AllowedIPs: [10.9.0.0/16]\n"
					  "  Basic: true\n"
					  "- PublicKey: " KEY_C "\n"
					  "  Name: old\n"
					  "- PublicKey: " KEY_C "\n"
					  "  AllowedIPs: [10.0.0.3/32, 10.8.0.1/16, \"::/0\"]\n"
					  "  PresharedKey: x\n"));
	same_text(
		said(),
		"wirelink.wg0.json:1:1: warning: iface: not converted: iface = wg1: the file is "
		"for interface wg0\n"
		"wirelink.wg0.json:2:1: warning: debug: not converted: debug = true: apply has "
		"--verbose\n"
		"wirelink.wg0.json:3:1: warning: mtu: not converted: mtu = 5\n"
		"wirelink.wg0.json:4:1: warning: chatty: chatty is given twice: the last one "
		"counts\n"
		"wirelink.wg0.json:6:14: warning: HideIfaces[0]: not converted: HideIfaces = "
		"a/b: no interface has such a name\n"
		"wirelink.wg0.json:9:15: warning: peers[0].Endpoints[0]: not converted: Endpoints "
		"= a:1: the peer is this node itself\n"
		"wirelink.wg0.json:10:16: warning: peers[0].AllowedIPs[0]: not converted: "
		"AllowedIPs = 10.9.0.0/16: the peer is this node itself\n"
		"wirelink.wg0.json:11:3: warning: peers[0].Basic: not converted: Basic = true: "
		"the peer is this node itself\n"
		"wirelink.wg0.json:12:3: warning: peers[1]: peers[2] has the same public key: the "
		"last one counts\n"
		"wirelink.wg0.json:14:3: warning: peers[2]: 10.0.0.3/32 is left out: peer2 has "
		"it, too\n"
		"wirelink.wg0.json:14:3: warning: peers[2]: ::/0 is left out: a default route is "
		"made from wg-quick's AllowedIPs, so give it there\n"
		"wirelink.wg0.json:15:29: warning: peers[2].AllowedIPs[1]: 10.8.0.1/16 has bits "
		"set after its prefix length: written as 10.8.0.0/16\n"
		"wirelink.wg0.json:16:3: warning: peers[2].PresharedKey: not converted: "
		"PresharedKey = x\n");
	end();
}
END_TEST

START_TEST(test_without_quick)
{
	begin();
	same_text(written(import_both("wirelink.wg0.json",
				      "{port: 1, peers: [{PublicKey: " KEY_A "}]}", NULL)),
		  "version: 1\n"
		  "interfaces:\n"
		  "  wg0:\n"
		  "    facts:\n"
		  "      port: 1\n"
		  "    peers:\n"
		  "      peer1:\n"
		  "        public_key: " KEY_A "\n");
	same_text(said(),
		  "wirelink.wg0.json: warning: there is no wg0.conf of wg-quick: the interface has "
		  "neither private key nor addresses here, so give that file, too, or declare "
		  "them\n"
		  "wirelink.wg0.json: warning: peers: without the private key the entry of this "
		  "node itself, if there is one, is not known: remove it from the peers\n");
	end();
}
END_TEST

/* Two interfaces: names of one are not those of the other. */
START_TEST(test_two)
{
	struct import_wirelink_file files[] = {
		{ source_of("wirelink.wg0.json", "peers: [{PublicKey: " KEY_A ", Name: a}]"), "wg0",
		  source_of("wg0.conf", QUICK) },
		{ source_of("wirelink.wg1.json", "peers: [{PublicKey: " KEY_B ", Name: b}]"), "wg1",
		  source_of("wg1.conf", "[Interface]\nListenPort = 5\n"
					"[Peer]\nPublicKey = " KEY_A "\n"
					"[Peer]\nPublicKey = " KEY_B "\n") },
	};
	const struct import *import;
	const struct desired_interface *second;

	begin();
	import = import_wirelink(files, 2, "", key_public, &diags);
	ck_assert_msg(import != NULL, "%s", said());
	read_back(import);
	ck_assert_str_eq(import->desired->interfaces.at[0].peers.at[0].name, "a");
	second = &import->desired->interfaces.at[1];
	ck_assert_uint_eq(second->peers.n, 2);
	ck_assert_str_eq(second->peers.at[0].name, "peer1");
	ck_assert_str_eq(second->peers.at[1].name, "b");
	files[1].interface = "wg0";
	files[1].quick.text = NULL;
	diags.list.n = 0;
	ck_assert_ptr_null(import_wirelink(files, 2, "", key_public, &diags));
	ck_assert_str_eq(said(), "wirelink.wg1.json: another file is for an interface wg0, too\n");
	end();
}
END_TEST

START_TEST(test_refused)
{
	assert_refused("port: wirelink\n",
		       "wirelink.wg0.json:1:7: port: \"wirelink\" is the name of a service: give "
		       "the number that \"getent services NAME/udp\" prints\n");
	assert_refused("port: 65536\n", "wirelink.wg0.json:1:7: port: \"65536\" is not a port: "
					"give 1 to 65535\n");
	assert_refused("port: 51820\n",
		       "wirelink.wg0.json: port: 51820 is also the ListenPort: give another one\n");
	assert_refused("router: yes\nchatty: maybe\n",
		       "wirelink.wg0.json:1:9: router: \"yes\" is not a boolean: give true or "
		       "false\n"
		       "wirelink.wg0.json:2:9: chatty: \"maybe\" is not a boolean: give true or "
		       "false\n");
	assert_refused("peers: {a: b}\n",
		       "wirelink.wg0.json:1:8: peers: is a mapping: give a list of peers\n");
	assert_refused("peers: [a]\nport: {a: b}\n",
		       "wirelink.wg0.json:1:9: peers[0]: is \"a\": give a peer, such as "
		       "{PublicKey: ...}\n"
		       "wirelink.wg0.json:2:7: port: is a mapping: give a single value\n");
	assert_refused("peers: [{Trust: membership, Endpoints: [a], AllowedIPs: [b]}]\n",
		       "wirelink.wg0.json:1:9: peers[0]: has no PublicKey: give the peer's\n"
		       "wirelink.wg0.json:1:17: peers[0].Trust: \"membership\" is not a level of "
		       "trust: give Untrusted, Endpoint, AllowedIPs, Membership or DelegateTrust\n"
		       "wirelink.wg0.json:1:41: peers[0].Endpoints[0]: \"a\" is not an endpoint: "
		       "write a:51820, if that is its port\n"
		       "wirelink.wg0.json:1:58: peers[0].AllowedIPs[0]: \"b\" is not an address "
		       "with a prefix length: give one, such as 10.1.0.0/16 or fd00::/8\n");
	assert_refused("[a]\n", "wirelink.wg0.json:1:1: is a list: a file must be a mapping (key: "
				"value)\n");
}
END_TEST

START_TEST(test_refused_files)
{
	begin();
	ck_assert_ptr_null(import_both("wirelink.wg0.toml", "port = 5\n", QUICK));
	same_text(
		said(),
		"wirelink.wg0.toml: is neither JSON nor YAML: give what \"wirelink --dump --iface "
		"INTERFACE\" prints, which is JSON\n");
	end();
	begin();
	ck_assert_ptr_null(import_both("wirelink.wg0.json", "", "[Interface]\n"));
	ck_assert_ptr_nonnull(strstr(said(), "wirelink.wg0.json: port: is missing, and wg-quick's "
					     "file has no ListenPort before it: give the port that "
					     "all nodes use\n"));
	end();
	begin();
	ck_assert_ptr_null(import_both("wirelink.wg0.json", "", "[Nothing]\n"));
	ck_assert_ptr_nonnull(strstr(said(), "wg0.conf:1:1: Nothing: unknown section"));
	end();
}
END_TEST

/* A name that is not one of wgreconcile's; and one that may be a key. */
START_TEST(test_own_name)
{
	static const struct {
		const char *name;
		const char *written;
	} rows[] = {
		{ "a\\tb", "name: a_b\n" },
		{ SECRET_2, "facts: {}\n" },
		{ "0123456789012345678901234567890123456789012345678901234567890123",
		  "name: \"0123" },
		{ "01234567890123456789012345678901234567890123456789012345678901234",
		  "name: \"0123456789012345678901234567890123456789012345678901\"\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text;

		begin();
		text = written(import_json(arena_printf(
			arena, "peers: [{PublicKey: " KEY_OWN ", Name: \"%s\"}]", rows[i].name)));
		ck_assert_msg(strstr(text, rows[i].written), "%s", text);
		ck_assert_ptr_null(strstr(said(), SECRET_2));
		end();
	}
}
END_TEST

SUITE("import_wirelink", test_everything, test_forms, test_not_converted, test_without_quick,
      test_two, test_refused, test_refused_files, test_own_name)
