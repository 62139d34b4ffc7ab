/* SPDX-License-Identifier: MIT */
/*
 * A key pasted anywhere in any input is not printed: in no message, comment or written file.
 */
#include "test/import_support.h"

#include "system/wireguard/key_public.h"

/* In the middle of each, so that a part of it is detected, too. */
#define PART "XXJte14tji3zlMNq+hd2"

static const char quick_text[] = "# my laptop\n"
				 "[Interface] # here\n"
				 "Address = 10.0.0.2/24, fd00::2/64\n"
				 "PrivateKey = " SECRET_2 "\n"
				 "ListenPort = 51820\n"
				 "FwMark = 0x12\n"
				 "MTU = 1380\n"
				 "Table = 1234\n"
				 "DNS = 192.0.2.53\n"
				 "SaveConfig = true\n"
				 "PostUp = wg set %i peer x\n"
				 "Unknown = value\n"
				 "\n"
				 "### begin office ###\n"
				 "# Name = office\n"
				 "[Peer]\n"
				 "PublicKey = " KEY_A "\n"
				 "PresharedKey = " SECRET_2 "\n"
				 "Endpoint = office.example.com:51820\n"
				 "AllowedIPs = 10.1.0.0/16, 10.1.0.0/16\n"
				 "PersistentKeepalive = 25\n";

static const char network_text[] = "package network\n"
				   "config interface 'vpn'\n"
				   "\toption proto 'wireguard'\n"
				   "\toption private_key '" SECRET_2 "'\n"
				   "\toption listen_port '51820'\n"
				   "\tlist addresses '10.0.0.2/24'\n"
				   "\toption mtu '1380'\n"
				   "\toption unknown 'value'\n"
				   "config wireguard_vpn 'office'\n"
				   "\toption description 'the office'\n"
				   "\toption public_key '" KEY_A "'\n"
				   "\toption preshared_key '" SECRET_2 "'\n"
				   "\toption endpoint_host 'office.example.com'\n"
				   "\toption endpoint_port '51820'\n"
				   "\tlist allowed_ips '10.1.0.0/16'\n"
				   "config interface 'glue'\n"
				   "\toption proto 'static'\n"
				   "\toption unix_group 'vpn'\n";

static const char peers_text[] = "config peer 'office'\n"
				 "\toption enabled '0'\n"
				 "\toption ifname 'vpn'\n"
				 "\toption public_key '" KEY_A "'\n"
				 "\tlist allowed_ips '10.1.0.0/16'\n"
				 "\toption endpoint 'hostname.example.com:51820'\n"
				 "\toption persistent_keepalive '25'\n";

/* The entry of the node itself: the public key of SECRET_2. */
#define KEY_OF_SECRET_2 "AcXlejQfEYH2a6FlRs0311MuvB61kSWK4LFD5knL0w8="

static const char wirelink_text[] = "# my laptop\n"
				    "iface: wg0\n"
				    "port: 51821\n"
				    "router: true\n"
				    "debug: true\n"
				    "unknown: value\n"
				    "ReportIfaces: [eth*, wlan0]\n"
				    "HideIfaces:\n"
				    "- docker0\n"
				    "peers:\n"
				    "- Name: office\n"
				    "  PublicKey: " KEY_A "\n"
				    "  Trust: Membership\n"
				    "  FactExchanger: true\n"
				    "  Endpoints: [\"office.example.com:51820\", \"192.0.2.1:1\"]\n"
				    "  AllowedIPs: [10.1.0.0/16, 10.2.0.1/16]\n"
				    "- Name: laptop\n"
				    "  PublicKey: " KEY_OF_SECRET_2 "\n"
				    "  Trust: Endpoint\n"
				    "  Basic: true\n";

static const char yaml_text[] = "version: 1\n"
				"interfaces:\n"
				"  wg0:\n"
				"    private_key_file: /etc/wgreconcile/wg0.key\n"
				"    listen_port: 51820\n"
				"    fwmark: 0x12\n"
				"    addresses: [10.0.0.2/24, \"fd00::2/64\"]\n"
				"    routes: [allowed_ips, {to: 10.9.0.0/16, via_peer: office}]\n"
				"    rules: none\n"
				"    peers:\n"
				"      office:\n"
				"        public_key: " KEY_A "\n"
				"        endpoint: office.example.com:51820\n"
				"        allowed_ips: [10.1.0.0/16]\n"
				"selectors:\n"
				"  uplink:\n"
				"    interface: wg0\n"
				"    try_for: 5s\n"
				"    peers:\n"
				"      other:\n"
				"        public_key: " KEY_B "\n"
				"        endpoint: \"[2001:db8::1]:51820\"\n";

static void without_key(const char *text, const char *what, const char *input)
{
	ck_assert_msg(!strstr(text, PART), "%s of\n%s\n%s", what, input, text);
}

static void import_is_clean(const struct import *import, const char *input)
{
	without_key(said(), "message", input);
	if (import)
		without_key(desired_write(import->desired, import->remarks.at, import->remarks.n,
					  arena),
			    "the desired state", input);
}

static void try_quick(const char *text)
{
	struct source source = source_of("wg0.conf", text);

	import_is_clean(import_wg_quick(&source, (const char *[]){ "wg0" }, 1, "keys", &diags),
			text);
}

static void try_wirelink(const char *text)
{
	struct import_wirelink_file file = {
		.source = source_of("wirelink.wg0.yaml", text),
		.interface = "wg0",
		.quick = source_of("wg0.conf", quick_text),
	};

	import_is_clean(import_wirelink(&file, 1, "keys", key_public, &diags), text);
}

static void try_network(const char *text)
{
	struct source source = source_of("network", text);

	import_is_clean(import_uci(&source, 1, "keys", &diags), text);
}

static void try_peers(const char *text)
{
	struct source sources[] = { source_of("network", network_text),
				    source_of("wgpeerselector", text) };

	import_is_clean(import_uci(sources, 2, "keys", &diags), text);
}

static void try_yaml(const char *text)
{
	struct source source = source_of("default.yaml", text);

	desired_parse(&source, 1, "default", &diags);
	without_key(said(), "message", text);
}

/* A public key may always be shown. */
static bool is_public(const char *text, size_t at)
{
	const char *line = text + at;

	while (line > text && line[-1] != '\n')
		line--;
	line += strspn(line, "\t ");
	return !strncmp(line, "PublicKey", 9) || !strncmp(line, "option public_key", 17);
}

static bool is_border(const char *text, size_t at)
{
	return !at || !text[at] || strchr(" \n\t'\"=:[],", text[at]) ||
	       strchr(" \n\t'\"=:[],", text[at - 1]);
}

/* The key, complete and truncated, after and before each word, and in place of the rest of
 * the line. */
static void try_everywhere(const char *text, void (*try)(const char *text))
{
	static const char *const pasted[] = { SECRET, " " SECRET, SECRET " ",
					      "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk" };
	unsigned tried = 0;

	for (size_t at = 0; at <= strlen(text); at++) {
		if (!is_border(text, at) || is_public(text, at))
			continue;
		for (size_t i = 0; i < COUNT(pasted); i++) {
			begin();
			try(arena_printf(arena, "%.*s%s%s", (int)at, text, pasted[i], text + at));
			end();
			begin();
			try(arena_printf(arena, "%.*s%s%s", (int)at, text, pasted[i],
					 text + at + strcspn(text + at, "\n")));
			end();
			tried++;
		}
	}
	ck_assert_uint_gt(tried, 100);
}

START_TEST(keys_in_wg_quick)
{
	try_everywhere(quick_text, try_quick);
}
END_TEST

START_TEST(keys_in_wirelink)
{
	try_everywhere(wirelink_text, try_wirelink);
}
END_TEST

START_TEST(keys_in_uci)
{
	try_everywhere(network_text, try_network);
	try_everywhere(peers_text, try_peers);
}
END_TEST

START_TEST(keys_in_yaml)
{
	try_everywhere(yaml_text, try_yaml);
}
END_TEST

SUITE("import_keys", keys_in_wg_quick, keys_in_wirelink, keys_in_uci, keys_in_yaml)
