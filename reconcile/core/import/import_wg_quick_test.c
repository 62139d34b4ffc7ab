/* SPDX-License-Identifier: MIT */
#include "test/import_support.h"

static const char *const wg0 = "wg0";

static struct import *quick(const char *text)
{
	struct source source = source_of("wg0.conf", text);

	return import_wg_quick(&source, &wg0, 1, "/etc/wgreconcile", &diags);
}

static struct import *showconf(const char *text)
{
	struct source source = source_of("wg0.conf", text);

	return import_showconf(&source, "wg0", "/etc/wgreconcile", &diags);
}

START_TEST(quick_whole)
{
	const struct import *import;

	begin();
	import = quick("# The one at home\n"
		       "[Interface]\n"
		       "Address = 10.0.0.2/24, fd00::2/64\n"
		       "Address = 10.0.1.2\n"
		       "PrivateKey = " SECRET "\n"
		       "ListenPort = 51820\n"
		       "FwMark = 0x12\n"
		       "MTU = 1380\n"
		       "SaveConfig = false\n"
		       "\n"
		       "# office\n"
		       "[Peer]\n"
		       "PublicKey = " KEY_A " # theirs\n"
		       "PresharedKey = " SECRET_2 "\n"
		       "Endpoint = office.example.com:51820\n"
		       "AllowedIPs = 10.1.0.0/16\n"
		       "AllowedIPs = fd01::/16 , 10.0.0.0/24,192.0.2.7\n"
		       "PersistentKeepalive = 25\n"
		       "\n"
		       "[Peer]\n"
		       "PublicKey = " KEY_B "\n"
		       "Endpoint = [2001:db8::1]:2468\n"
		       "PersistentKeepalive = off\n");
	same_text(written_with_remarks(import),
		  "version: 1\n"
		  "interfaces:\n"
		  "  wg0:\n"
		  "    private_key_file: /etc/wgreconcile/wg0.key\n"
		  "    listen_port: 51820\n"
		  "    fwmark: 0x12\n"
		  "    mtu: 1380\n"
		  "    addresses: [10.0.0.2/24, fd00::2/64, 10.0.1.2/32]\n"
		  "    peers:\n"
		  "      office:\n"
		  "        public_key: " KEY_A "\n"
		  "        preshared_key_file: /etc/wgreconcile/wg0-office.psk\n"
		  "        endpoint: office.example.com:51820\n"
		  "        allowed_ips: [10.0.0.0/24, 10.1.0.0/16, 192.0.2.7/32, fd01::/16]\n"
		  "        persistent_keepalive: 25\n"
		  "      peer2:\n"
		  "        public_key: " KEY_B "\n"
		  "        endpoint: \"[2001:db8::1]:2468\"\n");
	same_text(said(), "");
	ck_assert_uint_eq(import->secrets.n, 2);
	secret_is(import, 0, "/etc/wgreconcile/wg0.key", SECRET);
	secret_is(import, 1, "/etc/wgreconcile/wg0-office.psk", SECRET_2);
	end();
}
END_TEST

START_TEST(quick_showconf)
{
	begin();
	same_text(written_with_remarks(showconf("[Interface]\n"
						"ListenPort = 51820\n"
						"FwMark = 0xca6c\n"
						"PrivateKey = " SECRET "\n"
						"\n"
						"[Peer]\n"
						"PublicKey = " KEY_A "\n"
						"AllowedIPs = 0.0.0.0/0\n"
						"Endpoint = 192.0.2.1:51820\n")),
		  "version: 1\n"
		  "interfaces:\n"
		  "  # wg0.conf:1: wg showconf prints no addresses and no routes: they are left "
		  "alone; give addresses, and routes: allowed_ips, to have them kept\n"
		  "  wg0:\n"
		  "    private_key_file: /etc/wgreconcile/wg0.key\n"
		  "    listen_port: 51820\n"
		  "    fwmark: 0xca6c\n"
		  "    routes: none\n"
		  "    peers:\n"
		  "      peer1:\n"
		  "        public_key: " KEY_A "\n"
		  "        endpoint: 192.0.2.1:51820\n"
		  "        allowed_ips: [0.0.0.0/0]\n");
	same_text(said(),
		  "wg0.conf:1:1: warning: Interface: wg showconf prints no addresses and no "
		  "routes: they are left alone; give addresses, and routes: allowed_ips, to have "
		  "them kept\n");
	end();
}
END_TEST

/* With an address, so that it is a wg-quick file, and a peer. */
static struct import *quick_with(const char *interface, const char *allowed_ips)
{
	return quick(
		arena_printf(arena,
			     "[Interface]\nAddress = 10.0.0.2/24\n%s\n[Peer]\nPublicKey = " KEY_A
			     "\nAllowedIPs = %s\n",
			     interface, allowed_ips));
}

/* A text without the MTU line that is added for a file without MTU; see quick_mtu. */
static const char *without_mtu(const char *text)
{
	static const char line[] = "    mtu: auto\n";
	const char *at = strstr(text, line);

	if (!at)
		return text;
	return arena_printf(arena, "%.*s%s", (int)(at - text), text, at + strlen(line));
}

/* The lines of the interface between its address and its peers. */
static const char *settings(const struct import *import)
{
	const char *text = without_mtu(written(import));
	const char *from = strstr(text, "    addresses: [10.0.0.2/24]\n");
	const char *to = strstr(text, "    peers:\n");
	const char *head = strstr(text, "  wg0:\n");

	ck_assert(from && to && head);
	head += strlen("  wg0:\n");
	return arena_printf(arena, "%.*s%.*s", (int)(from - head), head,
			    (int)(to - from - strlen("    addresses: [10.0.0.2/24]\n")),
			    from + strlen("    addresses: [10.0.0.2/24]\n"));
}

/* Without a number it is wg-quick's value from the route to the endpoint. */
START_TEST(quick_mtu)
{
	static const struct {
		const char *interface, *line;
	} rows[] = {
		{ "", "    mtu: auto\n" },
		{ "MTU =", "    mtu: auto\n" },
		{ "Table = off", "    mtu: auto\n" },
		{ "MTU = 1400", "    mtu: 1400\n" },
		{ "MTU = 575", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text;

		begin();
		text = written(quick_with(rows[i].interface, "10.1.0.0/16"));
		if (rows[i].line)
			ck_assert_msg(strstr(text, rows[i].line) && !strstr(said(), "MTU"),
				      "%zu:\n%s", i, text);
		else
			ck_assert_ptr_null(strstr(text, "mtu:"));
		end();
	}
	begin();
	ck_assert_ptr_null(
		strstr(written(showconf("[Interface]\nPrivateKey = " SECRET "\n")), "mtu:"));
	end();
}
END_TEST

START_TEST(quick_settings)
{
	static const struct {
		const char *interface;
		const char *allowed_ips;
		const char *expected;
	} rows[] = {
		{ "", "10.1.0.0/16", "" },
		{ "Table = auto", "10.1.0.0/16", "" },
		{ "Table = off", "10.1.0.0/16", "    routes: none\n" },
		{ "Table = off", "0.0.0.0/0", "    routes: none\n" },
		{ "Table = 1234", "10.1.0.0/16", "    table: 1234\n" },
		{ "Table = 0x10", "10.1.0.0/16", "    table: 16\n" },
		{ "Table = main", "0.0.0.0/0", "" },
		{ "Table = local", "10.1.0.0/16", "    table: 255\n" },
		{ "Table = default", "10.1.0.0/16", "    table: 253\n" },
		{ "Table = 1234", "0.0.0.0/0", "    table: 1234\n" },
		/* wg-quick's own mark and table for a default route. */
		{ "", "0.0.0.0/0", "    fwmark: 0xca6c\n    table: 51820\n    rules: fwmark\n" },
		{ "table=AUTO", "::/0",
		  "    fwmark: 0xca6c\n    table: 51820\n    rules: fwmark\n" },
		{ "FwMark = 0x1234", "0.0.0.0/0",
		  "    fwmark: 0x1234\n    table: 4660\n    rules: fwmark\n" },
		{ "FwMark = off", "0.0.0.0/0",
		  "    fwmark: 0xca6c\n    table: 51820\n    rules: fwmark\n" },
		{ "FwMark = 254", "0.0.0.0/0",
		  "    fwmark: 0xfe\n    table: 51820\n    rules: fwmark\n" },
		{ "FwMark = off", "10.1.0.0/16", "    fwmark: off\n" },
		{ "fwmark = 0XAb", "10.1.0.0/16", "    fwmark: 0xab\n" },
		{ "FwMark = 4294967295", "10.1.0.0/16", "    fwmark: 0xffffffff\n" },
		{ "ListenPort = 0", "10.1.0.0/16", "" },
		{ "  listenport\t=  65535 \r", "10.1.0.0/16", "    listen_port: 65535\n" },
		{ "MTU = 576", "10.1.0.0/16", "    mtu: 576\n" },
		{ "MTU = 65535", "10.1.0.0/16", "    mtu: 65535\n" },
		{ "PrivateKey = " ZEROS, "10.1.0.0/16", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		ck_assert_msg(!strcmp(settings(quick_with(rows[i].interface, rows[i].allowed_ips)),
				      rows[i].expected),
			      "row %zu:\n%s", i,
			      settings(quick_with(rows[i].interface, rows[i].allowed_ips)));
		ck_assert_uint_eq(diags.errors, 0);
		end();
	}
}
END_TEST

START_TEST(quick_remarks)
{
	static const struct {
		const char *interface;
		const char *remark; /* NULL: none */
	} rows[] = {
		{ "DNS = 1.1.1.1, example.com",
		  "not converted: DNS = 1.1.1.1, example.com: set the name servers where the "
		  "system keeps them" },
		{ "PreUp = a", "not converted: PreUp = a" },
		{ "postup = ip rule add; x=%i",
		  "not converted: postup = ip rule add; x=%i: rules: fwmark makes those of a full "
		  "tunnel; others stay yours" },
		{ "PostUp = iptables -A FORWARD -i %i -j ACCEPT",
		  "not converted: PostUp = iptables -A FORWARD -i %i -j ACCEPT: keep it with the "
		  "firewall" },
		{ "PreDown = b", "not converted: PreDown = b" },
		{ "PostDown = c", "not converted: PostDown = c" },
		{ "SaveConfig = true", "not converted: SaveConfig = true: the desired state is "
				       "only changed by you" },
		{ "Jc = 4", "not converted: Jc = 4" },
		{ "PrivatKey = " SECRET, "not converted: PrivatKey = (key not shown)" },
		{ "PostUp = wg set %i private-key <(echo " SECRET ")",
		  "not converted: PostUp = wg set %i private-key <(echo (key not shown)): "
		  "private_key_file names the file of the key" },
		{ "MTU = 575",
		  "not converted: MTU = 575, which no packet of these addresses fits" },
		{ "MTU = 70000",
		  "not converted: MTU = 70000, which no packet of these addresses fits" },
		{ "MTU = 1279\nAddress = fe80::1/64",
		  "not converted: MTU = 1279, which no packet of these addresses fits" },
		{ "Address = 10.0.0.2/24", "10.0.0.2/24 was given twice" },
		{ "ListenPort = 1\nListenPort = 2",
		  "ListenPort is given twice: the last one counts" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = quick_with(rows[i].interface, "10.1.0.0/16");
		ck_assert_msg(import != NULL, "row %zu: %s", i, said());
		written_with_remarks(import);
		/* It is also reported. */
		ck_assert_msg(strstr(said(), rows[i].remark) != NULL, "row %zu: %s", i, said());
		ck_assert_ptr_null(strstr(said(), SECRET));
		ck_assert_uint_ge(import->remarks.n, 1);
		ck_assert_int_eq(strncmp(import->remarks.at[0].text, "wg0.conf:", 9), 0);
		ck_assert_str_eq(strstr(import->remarks.at[0].text, ": ") + 2, rows[i].remark);
		ck_assert_str_eq(import->remarks.at[0].path, "interfaces.wg0");
		end();
	}
}
END_TEST

START_TEST(quick_peer_names)
{
	static const struct {
		const char *head; /* of the peer, in place of [Peer] */
		const char *name;
	} rows[] = {
		{ "[Peer]", "peer1" },
		{ "# office\n[Peer]", "office" },
		{ "#office\n[peer]", "office" },
		{ "### office ###\n[Peer]", "office" },
		{ "# Name = office\n[Peer]", "office" },
		{ "[Peer]\n# office", "office" },
		{ "[Peer]\n#friendly_name=office", "office" },
		{ "[Peer]\n# friendly_name = my-office.2", "my-office.2" },
		{ "# two\n# office\n[Peer]", "office" },
		{ "# above\n[Peer]\n# below", "above" },
		{ "# not a name\n[Peer]\n# below", "below" },
		{ "# B\303\274ro\n[Peer]", "B\303\274ro" },
		/* Not directly above, or not the first line below. */
		{ "# office\n\n[Peer]", "peer1" },
		{ "[Peer]\nPersistentKeepalive = 1\n# office", "peer1" },
		{ "[Peer]\nPersistentKeepalive = 1\n# Name = office\nEndpoint = 192.0.2.1:1",
		  "office" },
		{ "[Peer] # office", "office" },
		/* Formats of generators. */
		{ "### begin office ###\n[Peer]", "office" },
		{ "### end other ###\n### begin office ###\n[Peer]", "office" },
		{ "### end other ###\n[Peer]", "peer1" },
		{ "# BEGIN_PEER office\n[Peer]", "office" },
		{ "# END_PEER other\n[Peer]", "peer1" },
		{ "### Client office\n[Peer]", "office" },
		{ "# Client: office (0a1b2c3d-0000-4000-8000-000000000001)\n[Peer]", "office" },
		{ "# Client: office (town)\n[Peer]", "office_(town)" },
		{ "# ID:           aa01\n# Name:         office\n# Email:\n"
		  "# Update at:    2025-03-05\n[Peer]",
		  "office" },
		{ "[Peer]\n#_Name = office", "office" },
		{ "[Peer]\n#Name# = office", "office" },
		{ "# office / a@example.com / Updated: 2025-03-05 / Created: 2025-03-05\n[Peer]",
		  "office" },
		{ "#[disabled] ### end other ###\n[Peer]", "peer1" },
		/* Made valid. */
		{ "# Bob's laptop\n[Peer]", "Bobs_laptop" },
		{ "# Name = the  \"office\" in / town\n[Peer]", "the_office_in___town" },
		{ "# a/b\n[Peer]", "a_b" },
		{ "# Name: 0123456789012345678901234567890123456789012345678901234567890\n[Peer]",
		  "0123456789012345678901234567890123456789012345678901" },
		/* One word is a name more likely than several. */
		{ "# of the office\n[Peer] # office", "office" },
		/* No names. */
		{ "# the office in town\n[Peer]", "peer1" },
		{ "#\n[Peer]", "peer1" },
		{ "##########\n[Peer]", "peer1" },
		{ "#Endpoint = 192.0.2.1:51820\n[Peer]", "peer1" },
		{ "[Peer]\n#PersistentKeepalive=25", "peer1" },
		{ "# a\033b\n[Peer]", "peer1" },
		{ "# \377\n[Peer]", "peer1" },
		{ "# 0123456789012345678901234567890123456789012345678901234567890123456789\n[Peer]",
		  "peer1" },
		/* Words with another meaning in YAML. */
		{ "# yes\n[Peer]", "yes" },
		{ "# 123\n[Peer]", "123" },
		{ "# ~\n[Peer]", "~" },
		{ "# -\n[Peer]", "-" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = quick(arena_printf(arena, "[Interface]\n\n%s\nPublicKey = " KEY_A "\n",
					    rows[i].head));
		written(import);
		ck_assert_uint_eq(import->desired->interfaces.at[0].peers.n, 1);
		ck_assert_str_eq(import->desired->interfaces.at[0].peers.at[0].name, rows[i].name);
		end();
	}
}
END_TEST

START_TEST(quick_names_are_unique)
{
	const struct import *import;
	const struct desired_peer *peers;

	begin();
	import = quick("# peer3\n[Peer]\nPublicKey = " KEY_A "\nPresharedKey = " SECRET "\n"
		       "# peer3\n[Peer]\nPublicKey = " KEY_B "\nPresharedKey = " SECRET_2 "\n"
		       "[Peer]\nPublicKey = " KEY_C "\n");
	written(import);
	peers = import->desired->interfaces.at[0].peers.at;
	ck_assert_str_eq(peers[0].name, "peer3");
	ck_assert_str_eq(peers[1].name, "peer3-2");
	ck_assert_str_eq(peers[2].name, "peer3-3");
	ck_assert_ptr_nonnull(strstr(said(), "wg0.conf:5:1: warning: Peer: the name peer3 is given "
					     "to another peer, too: this one is peer3-2\n"));
	end();
}
END_TEST

START_TEST(quick_peers_are_cleaned)
{
	begin();
	same_text(
		written_with_remarks(quick("[Interface]\nTable = off\nMTU = 1400\n"
					   "PrivateKey = " SECRET "\n"
					   "# a\n[Peer]\nPublicKey = " KEY_A "\n"
					   "AllowedIPs = 10.1.2.3/16, 10.1.0.0/16, +10.2.0.0/16\n"
					   "AllowedIPs = 10.3.0.0/16\nAllowedIPs =\n"
					   "# b\n[Peer]\nPublicKey = " KEY_B "\n"
					   "AllowedIPs = 10.2.0.0/16\n"
					   "Endpoint = 192.0.2.1:1\nPersistentKeepalive = 7\n"
					   "PresharedKey = " SECRET "\n"
					   "# c\n[Peer]\nPublicKey = " KEY_B "\n"
					   "AllowedIPs = 10.3.0.0/16\n"
					   "Endpoint = 192.0.2.2:2\nPersistentKeepalive = 8\n"
					   "PresharedKey = " ZEROS "\n")),
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    private_key_file: /etc/wgreconcile/wg0.key\n"
		"    mtu: 1400\n"
		"    routes: none\n"
		"    peers:\n"
		"      # wg0.conf:8: 10.1.2.3/16 has bits set after its prefix length: written as 10.1.0.0/16\n"
		"      # wg0.conf:6: 10.1.0.0/16 was given twice\n"
		"      # wg0.conf:6: 10.3.0.0/16 is left out: b has it too and stands below, so WireGuard gave "
		"it that one\n"
		"      a:\n"
		"        public_key: " KEY_A "\n"
		"        allowed_ips: [10.1.0.0/16, 10.2.0.0/16]\n"
		"      # wg0.conf:19: c has the same public key and is no other peer: what it gives counts\n"
		"      b:\n"
		"        public_key: " KEY_B "\n"
		"        endpoint: 192.0.2.2:2\n"
		"        allowed_ips: [10.3.0.0/16]\n"
		"        persistent_keepalive: 8\n");
	same_text(
		said(),
		"wg0.conf:6:1: warning: Peer.AllowedIPs: 10.1.0.0/16 was given twice\n"
		"wg0.conf:6:1: warning: Peer.AllowedIPs: 10.3.0.0/16 is left out: b has it too and "
		"stands below, so WireGuard gave it that one\n"
		"wg0.conf:8:14: warning: Peer.AllowedIPs: 10.1.2.3/16 has bits set after its "
		"prefix length: written as 10.1.0.0/16\n"
		"wg0.conf:19:1: warning: Peer: c has the same public key and is no other peer: "
		"what it gives counts\n");
	end();
}
END_TEST

START_TEST(quick_key_files)
{
	static const struct {
		const char *directory;
		const char *file;
	} rows[] = {
		{ "", "wg0.key" },
		{ "keys", "keys/wg0.key" },
		{ "/etc/k/", "/etc/k/wg0.key" },
		{ "/with blank", "/with blank/wg0.key" },
	};
	struct source source = source_of("wg0.conf",
					 "[Interface]\nPrivateKey = " SECRET "\n"
					 "# B\303\274ro\n[Peer]\nPublicKey = " KEY_A "\n"
					 "PresharedKey = " SECRET "\n"
					 "# B__ro\n[Peer]\nPublicKey = " KEY_B "\n"
					 "PresharedKey = " SECRET_2 "\n");

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct import *import;

		begin();
		import = import_wg_quick(&source, &wg0, 1, rows[i].directory, &diags);
		/* Keys are only in the secrets. */
		ck_assert_ptr_null(strstr(written_with_remarks(import), SECRET));
		ck_assert_ptr_null(strstr(written_with_remarks(import), SECRET_2));
		secret_is(import, 0, rows[i].file, SECRET);
		ck_assert_str_eq(import->desired->interfaces.at[0].private_key_file, rows[i].file);
		ck_assert_uint_eq(import->secrets.n, 3);
		/* At most one in a file. */
		ck_assert_ptr_nonnull(strstr(import->secrets.at[1].file, "wg0-B__ro.psk"));
		ck_assert_ptr_nonnull(strstr(import->secrets.at[2].file, "wg0-B__ro-2.psk"));
		end();
	}
}
END_TEST

START_TEST(quick_errors)
{
	static const struct {
		const char *text;
		const char *said; /* how the only error begins */
	} rows[] = {
		{ "", "wg0.conf: there is no [Interface] and no [Peer]" },
		{ "# nothing\n\n", "wg0.conf: there is no [Interface] and no [Peer]" },
		{ "[Interface]\nAddress\n", "wg0.conf:2:1: neither [SECTION] nor KEY = VALUE" },
		{ "ListenPort = 1\n[Interface]\n", "wg0.conf:1:1: stands before any section" },
		{ "[Interface\n", "wg0.conf:1:1: the section's name has no end" },
		{ "[\n", "wg0.conf:1:1: the section's name has no end" },
		{ "[Interfaces]\n", "wg0.conf:1:1: Interfaces: unknown section" },
		{ "[]\n", "wg0.conf:1:1: unknown section" },
		{ "[Interface]\n  PrivateKey =   abc\n",
		  "wg0.conf:2:18: Interface.PrivateKey: is not a key" },
		{ "[Interface]\nAddress = 10.0.0.1/33\n",
		  "wg0.conf:2:11: Interface.Address: \"10.0.0.1/33\" is not an address" },
		{ "[Interface]\nListenPort = 65536\n",
		  "wg0.conf:2:14: Interface.ListenPort: \"65536\" is not a port" },
		{ "[Interface]\nListenPort = \n",
		  "wg0.conf:2:14: Interface.ListenPort: \"\" is not a port" },
		{ "[Interface]\nListenPort = -1\n", "wg0.conf:2:14: Interface.ListenPort: \"-1\"" },
		{ "[Interface]\nFwMark = 0x100000000\n",
		  "wg0.conf:2:10: Interface.FwMark: \"0x100000000\" is not a mark" },
		{ "[Interface]\nFwMark = 0x\n", "wg0.conf:2:10: Interface.FwMark: \"0x\"" },
		{ "[Interface]\nFwMark = 1a\n", "wg0.conf:2:10: Interface.FwMark: \"1a\"" },
		{ "[Interface]\nMTU = big\n",
		  "wg0.conf:2:7: Interface.MTU: \"big\" is not a number" },
		{ "[Interface]\nTable = vpn\n",
		  "wg0.conf:2:9: Interface.Table: \"vpn\" is not a number" },
		{ "[Interface]\nTable = 0\n", "wg0.conf:2:9: Interface.Table: \"0\"" },
		{ "[Peer]\n", "wg0.conf:1:1: Peer.PublicKey: is missing" },
		{ "[Peer]\nPublicKey = " ZEROS "\n",
		  "wg0.conf:2:13: Peer.PublicKey: is the key of all zeros" },
		{ "[Peer]\nPublicKey = x\n", "wg0.conf:2:13: Peer.PublicKey: is not a key" },
		{ "[Peer]\nPublicKey = " KEY_A "\nEndpoint = 192.0.2.1\n",
		  "wg0.conf:3:12: Peer.Endpoint: \"192.0.2.1\" is not an endpoint" },
		{ "[Peer]\nPublicKey = " KEY_A "\nEndpoint =\n", "wg0.conf:3:11: Peer.Endpoint: " },
		{ "[Peer]\nPublicKey = " KEY_A "\nEndpoint = a_b!.example:1\n",
		  "wg0.conf:3:12: Peer.Endpoint: " },
		{ "[Peer]\nPublicKey = " KEY_A "\nAllowedIPs = 10.0.0.0/8, x\n",
		  "wg0.conf:3:14: Peer.AllowedIPs: \"x\" is not an address" },
		{ "[Peer]\nPublicKey = " KEY_A "\nAllowedIPs = -10.0.0.0/8\n",
		  "wg0.conf:3:14: Peer.AllowedIPs: \"-10.0.0.0/8\" is not an address" },
		{ "[Peer]\nPublicKey = " KEY_A "\nPersistentKeepalive = 65536\n",
		  "wg0.conf:3:23: Peer.PersistentKeepalive: \"65536\" is not a number of seconds" },
		{ "[Peer]\nPublicKey = " KEY_A "\nPresharedKey = " KEY_A "x\n",
		  "wg0.conf:3:16: Peer.PresharedKey: is not a key" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		ck_assert_ptr_null(quick(rows[i].text));
		ck_assert_msg(diags.errors == 1, "row %zu: %s", i, said());
		ck_assert_msg(strstr(said(), rows[i].said) != NULL, "row %zu: %s", i, said());
		end();
	}
}
END_TEST

START_TEST(quick_all_errors_at_once)
{
	static const char zero[] = "[Interface]\nListenPort = 1\0002\n";
	struct source source = { "wg0.conf", zero, sizeof(zero) - 1 };
	struct source good = source_of("wg0.conf", "[Interface]\n");
	const char *no_name = "no/name";

	begin();
	ck_assert_ptr_null(quick("[Interface]\nListenPort = x\nMTU = y\n[Peer]\nEndpoint = z\n"));
	ck_assert_uint_eq(diags.errors, 4);
	end();
	begin();
	ck_assert_ptr_null(import_wg_quick(&source, &wg0, 1, "", &diags));
	same_text(said(), "wg0.conf: is not a text: there is a zero byte in it\n");
	end();
	begin();
	ck_assert_ptr_null(import_wg_quick(&good, &no_name, 1, "", &diags));
	ck_assert_uint_eq(diags.errors, 1);
	/* Errors of other files do not count. */
	ck_assert_ptr_nonnull(import_wg_quick(&good, &wg0, 1, "", &diags));
	end();
}
END_TEST

/* As wg-quick: other prefixes into main, omitting those the kernel already routes. */
START_TEST(quick_more_specific)
{
	begin();
	same_text(settings(quick_with("MTU = 1400", "0.0.0.0/0, 10.29.29.0/24, 10.0.0.9/32")),
		  "    fwmark: 0xca6c\n    mtu: 1400\n"
		  "    routes: [allowed_ips, {to: 10.29.29.0/24, via_peer: peer1, table: main}]\n"
		  "    table: 51820\n    rules: fwmark\n");
	end();
}
END_TEST

#define FULL_TUNNEL "MTU = 1400\n[Peer]\nPublicKey = " KEY_A "\nAllowedIPs = 0.0.0.0/0\n"

START_TEST(quick_several_files)
{
	struct source sources[] = {
		source_of("wga.conf", "[Interface]\n" FULL_TUNNEL),
		source_of("wgb.conf", "[Interface]\nTable = 51821\n" FULL_TUNNEL),
		source_of("wgc.conf", "[Interface]\n" FULL_TUNNEL),
		source_of("wgd.conf", "[Interface]\nFwMark = 51820\n" FULL_TUNNEL),
		source_of("wge.conf", "[Interface]\nFwMark = 51821\n" FULL_TUNNEL),
	};
	const char *names[] = { "wga", "wgb", "wgc", "wgd", "wge" };
	const struct import *import;

	begin();
	import = import_wg_quick(sources, names, 4, "", &diags);
	written(import);
	ck_assert_uint_eq(import->desired->interfaces.at[0].table, 51822);
	ck_assert_int_eq(import->desired->interfaces.at[0].fwmark, 51822);
	ck_assert_uint_eq(import->desired->interfaces.at[1].table, 51821);
	ck_assert_int_eq(import->desired->interfaces.at[1].fwmark, -1);
	ck_assert_uint_eq(import->desired->interfaces.at[2].table, 51823);
	ck_assert_uint_eq(import->desired->interfaces.at[3].table, 51820);
	end();
	/* wg-quick fails there, too: the route exists. */
	begin();
	ck_assert_ptr_null(import_wg_quick(sources, names, 5, "", &diags));
	ck_assert_ptr_nonnull(strstr(said(), "wge.conf:4:1: Peer.AllowedIPs: the default route's "
					     "table is the number of the mark, 51821"));
	end();
	begin();
	ck_assert_ptr_null(
		import_wg_quick(sources, (const char *[]){ "wga", "wga" }, 2, "", &diags));
	same_text(said(),
		  "wga.conf:1:1: warning: Interface: there is no private key: the one that the "
		  "interface has is kept, and without private_key_file it cannot be made anew\n"
		  "wgb.conf: another file is for an interface wga, too\n");
	end();
}
END_TEST

/* Artefacts of editors and generators in a file. */
START_TEST(quick_tolerated)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf[Interface]\r\nMTU = 1400\r\nPrivateKey = " SECRET "\r\n"
		"[Peer]\r\nPublicKey = " KEY_A "\r\n",
		"[interface]\nMTU=1400\nPRIVATEKEY=" SECRET "\n[PEER]\npublickey=" KEY_A "\n",
		"[Interface]\n\tMTU\t=\t1400\t# why\n PrivateKey = " SECRET " # key\n"
		"PreUp =\nPostUp =\nPreDown =\nPostDown = # none\nDNS =\nTable =\nAddress =\n"
		"[Peer]\nPublicKey = " KEY_A "\nAllowedIPs =\n",
		"[Interface]\nMTU =\nMTU = 1400\nPrivateKey = " SECRET "\n"
		"[Peer]\nPublicKey = " KEY_A,
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		begin();
		same_text(written(quick(texts[i])),
			  "version: 1\n"
			  "interfaces:\n"
			  "  wg0:\n"
			  "    private_key_file: /etc/wgreconcile/wg0.key\n"
			  "    mtu: 1400\n"
			  "    peers:\n"
			  "      peer1:\n"
			  "        public_key: " KEY_A "\n");
		ck_assert_msg(i == 3 || !*said(), "%s", said());
		end();
	}
	begin();
	ck_assert_ptr_null(quick("\xff\xfe[x"));
	same_text(said(), "wg0.conf: is UTF-16: save it as UTF-8\n");
	end();
}
END_TEST

/* wg(8) splits the port at the last colon. */
START_TEST(quick_endpoint_without_brackets)
{
	const struct import *import;

	begin();
	import = quick("[Peer]\nPublicKey = " KEY_A "\nEndpoint = 2001:db8::1:51820\n");
	written(import);
	ck_assert_str_eq(import->desired->interfaces.at[0].peers.at[0].endpoint,
			 "[2001:db8::1]:51820");
	ck_assert_ptr_nonnull(strstr(said(), "2001:db8::1:51820 is read as [2001:db8::1]:51820"));
	end();
}
END_TEST

/* A comment that is not a name is reported, a disabled line is not. */
START_TEST(quick_comments_are_reported)
{
	begin();
	written(quick("[Peer]\nPublicKey = " KEY_A "\n\n"
		      "# the office in the old town\n[Peer]\nPublicKey = " KEY_B "\n"
		      "# why not\nPersistentKeepalive = 7\n\n"
		      "#Endpoint = 192.0.2.1:1\n[Peer]\nPublicKey = " KEY_C "\n"));
	same_text(
		said(),
		"wg0.conf:1:1: warning: Interface: there is no private key: the one that the "
		"interface has is kept, and without private_key_file it cannot be made anew\n"
		"wg0.conf:4:1: warning: Peer: \"the office in the old town\" is not taken for the "
		"peer's name, which is peer2\n");
	end();
}
END_TEST

START_TEST(quick_many_peers)
{
	const struct import *import;
	char key[KEY_TEXT_MAX];
	char *text, *to;

	begin();
	text = to = arena_alloc(arena, 20000 * 120);
	for (unsigned i = 0; i < 20000; i++) {
		struct wg_key public_key = { { (uint8_t)i, (uint8_t)(i >> 8), 1 } };

		to += sprintf(to, "[Peer]\nPublicKey = %s\nAllowedIPs = 10.%u.%u.%u/32\n",
			      key_text(&public_key, key), i >> 16, i >> 8 & 255, i & 255);
	}
	import = quick(text);
	ck_assert_ptr_nonnull(import);
	ck_assert_uint_eq(import->desired->interfaces.at[0].peers.n, 20000);
	ck_assert_str_eq(import->desired->interfaces.at[0].peers.at[19999].name, "peer20000");
	written(import);
	end();
}
END_TEST

SUITE("import_wg_quick", quick_whole, quick_showconf, quick_mtu, quick_settings, quick_remarks,
      quick_peer_names, quick_names_are_unique, quick_peers_are_cleaned, quick_key_files,
      quick_errors, quick_all_errors_at_once, quick_more_specific, quick_several_files,
      quick_tolerated, quick_endpoint_without_brackets, quick_comments_are_reported,
      quick_many_peers)
