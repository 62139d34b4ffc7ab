#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes inputs for the fuzzers to begin with.

usage: fuzz_seeds.py FUZZER DIRECTORY

FUZZER is the name of a program made from fuzz_NAME.c; what its input looks like is
said there. Those of the desired state are the corpus of the tests.
"""

import base64
import json
import pathlib
import random
import socket
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "reconcile/test/corpus"

# Of no meaning; nobody has the private ones.
KEY = "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="

WIRELINK = f"""\
{{
  "iface": "wg0", "port": 51821, "router": true, "chatty": false, "debug": true,
  "ReportIfaces": ["eth*"], "HideIfaces": ["docker*"],
  "peers": [
    {{"PublicKey": "{KEY}", "Name": "hub", "Trust": "Membership", "FactExchanger": true,
     "Endpoints": ["hub.example:51820", "[2001:db8::1]:51820"], "AllowedIPs": ["10.2.0.0/16"]}},
    {{"PublicKey": "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=", "Basic": true}}
  ]
}}
"""

WG_QUICK = f"""\
# an office
[Interface]
PrivateKey = {KEY}
Address = 10.0.0.2/24, fe80::2/64
ListenPort = 51820
FwMark = 0x1
DNS = 192.0.2.53
MTU = 1380
Table = off
PostUp = iptables -A FORWARD -i %i -j ACCEPT
SaveConfig = false

[Peer]
PublicKey = {KEY}
PresharedKey = {KEY}
AllowedIPs = 10.1.0.0/16, 0.0.0.0/0, ::/0
Endpoint = [2001:db8::1]:51820
PersistentKeepalive = 25
"""

UCI_NETWORK = f"""\
config interface 'vpn'
	option proto 'wireguard'
	option fwmark '1'
	option private_key '{KEY}'
	option listen_port '51820'
	list addresses 'fe80::02a4:18ff:fe7e:a10d'
	option disabled '0'

config wireguard_vpn
	option public_key '{KEY}'
	option endpoint_host 'gw.example.com'
	option endpoint_port '51820'
	option route_allowed_ips '1'
	list allowed_ips '10.0.0.0/8'

config interface 'vpn_peerselector'
	option proto 'wgpeerselector'
	option ifname 'vpn'
	option unix_group 'gluon-mesh-vpn'
"""

UCI_PEERS = f"""\
config peer 'sn01'
	option enabled '1'
	option public_key '{KEY}'
	list allowed_ips 'fe80::1/128'
	option ifname 'vpn'
	option endpoint 'sn01.example.com:51820'
	option persistent_keepalive 25
"""

RECORDED = f"""\
{{"boot_id":"5d5a7c35-8d4c-4a5e-9c3b-6f3a5e1f0a11","interfaces":[{{"addresses":["10.0.0.2/24"],
"endpoints":[{{"at":90,"endpoint":"gw.example.com:51820","public_key":"{KEY}","untried":[
"192.0.2.2:51820"]}}],"name":"wg0",
"peers":["{KEY}"],"rules":{{"priority":30000,"table":51820}}}}],"selectors":[{{"left":[{{"at":1000,
"peer":"sn03","reason":"no_handshake","strikes":2}}],"name":"uplink","rotations":[{{
"endpoint":"sn01.example.com:51820","peer":"sn01","untried":["192.0.2.2:51820"]}}],"slots":[{{
"baseline":[1700000000,123456789],"endpoint":"[fe80::1%3]:51820","peer":"sn01","probe_failures":1,
"role":"carrier","since":123456,"state":"established"}}],"tried":["sn03","sn01"]}}],
"time_attempt":77,"time_done":true,"version":1}}
"""

MARKS = f"""\
{{"at":5000,"boot_id":"5d5a7c35-8d4c-4a5e-9c3b-6f3a5e1f0a11","marks":[{{"handshake":[1700000000,5],
"handshake_at":4000,"interface":"wg0","public_key":"{KEY}","received_at":4900,"rx_bytes":10,
"tx_bytes":20}}],"names_at":4500,"version":1,"wall_offset":1699999000000}}
"""

SCENARIO = """\
version: 1
include: ["1"]
seed: 7
variables: {gateways: 2, loss: 1%, text: "1", sum: "${seed+1}"}
matrix: {warm: [0, "1"], strategy: [random, ordered]}
nodes:
  gw[1..${gateways}]:
    desired: {interfaces: {wg0: {peers: {client: {public_key: "${client.wg0.public_key}"}}}}}
    boot: ["echo $$$${x} $$", "${loss}"]
  gw2: {desired: {interfaces: {wg0: {listen_port: 51820}}}}
  client: {desired_file: "2"}
list:
  - for[1..${gateways-1+3}]: {a: "${n${text}}"}
"""

INCLUDED = """\
version: 1
include: ["3"]
variables: {gateways: 4, n1: 5}
nodes: {"gw[1..${gateways}]": {timer: once}, x: {desired: "a\\n b\\n"}}
timeline: [{"for[0..2]": {at: "${n}m", name: "f${n}", crash: "gw${n+1}"}}]
expect: [{never: {answers: x}}]
"""

HEX = "e97fe2cf51b25bd7ae8fd24874fecf525d787a85b2a108806be0434c1dfc1a11"

UAPI = f"""\
private_key={HEX}
listen_port=51820
fwmark=1
public_key={HEX}
preshared_key={HEX}
protocol_version=1
endpoint=[2001:db8::1%2]:51820
last_handshake_time_sec=1700000000
last_handshake_time_nsec=5
tx_bytes=10
rx_bytes=20
persistent_keepalive_interval=25
allowed_ip=10.1.0.0/16
allowed_ip=::/0
errno=0

"""


def attribute(kind, *payload):
    """A netlink attribute, padded (linux/netlink.h, struct nlattr)."""
    data = b"".join(payload)
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def message(kind, flags, data):
    """A netlink message (struct nlmsghdr)."""
    return struct.pack("=IHHII", 16 + len(data), kind, flags, 1, 2) + data


def wireguard_dump():
    """An interface with one peer, as linux/wireguard.h describes it, and the dump's end."""
    key = bytes.fromhex(HEX)
    allowed = [
        attribute(1, struct.pack("=H", socket.AF_INET)) + attribute(2, bytes([10, 1, 0, 0]))
        + attribute(3, bytes([16])),
        attribute(1, struct.pack("=H", socket.AF_INET6)) + attribute(2, bytes(16))
        + attribute(3, bytes([0])),
    ]
    peer = b"".join([
        attribute(1, key), attribute(2, key), attribute(5, struct.pack("=H", 25)),
        attribute(4, struct.pack("=H", socket.AF_INET), struct.pack("!H4s8x", 51820, b"\xc0\0\2\1")),
        attribute(6, struct.pack("=qq", 1700000000, 5)), attribute(7, struct.pack("=Q", 20)),
        attribute(8, struct.pack("=Q", 10)), attribute(10, struct.pack("=I", 1)),
        attribute(9 | 0x8000, *(attribute(0x8000, item) for item in allowed)),
    ])
    device = b"".join([
        attribute(1, struct.pack("=I", 3)), attribute(2, b"wg0\0"), attribute(3, key),
        attribute(4, key), attribute(6, struct.pack("=H", 51820)),
        attribute(7, struct.pack("=I", 1)), attribute(8 | 0x8000, attribute(0x8000, peer)),
    ])
    genl = struct.pack("=BBH", 0, 1, 0)
    return message(28, 2, genl + device) + message(3, 2, struct.pack("=i", 0))


def route(*attributes):
    """An RTM_NEWROUTE to 10.9.0.0/16 (linux/rtnetlink.h), with these attributes."""
    header = struct.pack("=8BI", socket.AF_INET, 16, 0, 0, 254, 4, 0, 1, 0)
    return message(24, 2, header + attribute(1, bytes([10, 9, 0, 0])) + b"".join(attributes))


def hop(weight, *attributes):
    """A struct rtnexthop of interface 3."""
    data = b"".join(attributes)
    return struct.pack("=HBBi", 8 + len(data), 0, weight - 1, 3) + data


def next_hop(family, number, *attributes):
    """An RTM_NEWNEXTHOP (linux/nexthop.h)."""
    header = struct.pack("=4BI", family, 0, 0, 0, 0)
    return message(104, 2, header + attribute(1, struct.pack("=I", number)) + b"".join(attributes))


def kernel_dump(request, header_size):
    """What this machine's kernel answers to a dump of rtnetlink's; its first datagram."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as route:
        route.send(message(request, 0x301, bytes(header_size)))
        return route.recv(65535)


def seeds_desired():
    for path in CORPUS.glob("*/*.yaml"):
        yield path.read_bytes()
    files = sorted((CORPUS / "good").glob("*.yaml"))[:3]
    yield b"\x1e".join(path.read_bytes() for path in files)


def seeds_facts():
    for packet in json.loads((ROOT / "reconcile/test/wirelink_packets.json").read_text())["packets"]:
        payload = bytes.fromhex(packet["payload"])
        yield b"\2" + payload
        yield b"\0" + payload[74:]
    # Names, flags and what is not known; a length of two bytes, and in a longer form.
    for metadata in (b"n\4hostb\1\0", b"b\1\1z\6future", b"n\x81\0a", b"n\x84\1" + b"ab\n\0" * 33):
        yield b"\1" + metadata
        yield b"\0M\xff\1" + bytes(32) + bytes([len(metadata) & 127 | 128, len(metadata) >> 7]) + metadata


def seeds_import():
    yield b"\0" + WG_QUICK.encode()
    yield b"\1" + UCI_NETWORK.encode() + b"---\n" + UCI_PEERS.encode()
    yield b"\2" + bytes(range(256))
    yield b"\3" + WIRELINK.encode() + b"---\n" + WG_QUICK.encode()


# Facts that were received, refused and of the node itself.
FACTS = """\
facts 1 - 5000 2
interface wg0 %s 1000 1 not authentic
peer %s %s 259000 4000 4000 1 4000 4000 4000
peer %s - 0 0 0 0 0 0 0
received %s 259000 4000 0 65ff01%s0a00000107d0
refused %s 259000 4000 1 61ff01%s0a00000018
own 1000 4dff01%s096e04686f7374620100
nonce 17 259000
""" % ("ab" * 16, base64.b64encode(bytes([1] * 32)).decode(), "cd" * 16, base64.b64encode(bytes([2] * 32)).decode(),
       base64.b64encode(bytes([1] * 32)).decode(), "01" * 32, base64.b64encode(bytes([2] * 32)).decode(), "01" * 32,
       "03" * 32)


def seeds_recorded():
    yield FACTS.encode()
    yield RECORDED.encode()
    # As a later version writes it.
    yield RECORDED.replace('"selectors"', '"mesh":[{"at":1.5},null],"selectors"').encode()
    yield b'{"a":"\\u0001","boot_id":"","version":1,"zone_2":{"b":[[[]]],"c":-1}}'
    yield MARKS.encode()


def seeds_routes():
    interface = attribute(4, struct.pack("=I", 3))
    gateway = attribute(5, bytes([10, 0, 0, 2]))
    via = attribute(18, struct.pack("=H", socket.AF_INET6), b"\xfe\x80" + bytes(14))
    metric = attribute(6, struct.pack("=I", 50))
    yield route(interface, gateway, metric, attribute(7, bytes([10, 0, 0, 1])))
    yield route(interface, via) + route(attribute(9, hop(2, gateway), hop(256, via)), metric)
    objects = next_hop(socket.AF_INET, 7, attribute(5, struct.pack("=I", 3)),
                       attribute(6, bytes([10, 0, 0, 2])))
    objects += next_hop(0, 9, attribute(2, struct.pack("=IBBH", 7, 1, 0, 0)))
    yield objects + route(attribute(30, struct.pack("=I", 9))) + route(attribute(30, struct.pack("=I", 7)))


def seeds_scenario():
    yield "\x1e".join([SCENARIO, INCLUDED, "version: 1\n", "links: {}\n"]).encode()
    yield SCENARIO.replace("include", "x").replace("desired_file", "boot").encode()
    for path in sorted(ROOT.glob("scenarios/*.yaml")) + sorted(ROOT.glob("sim/test/corpus/*/*.yaml")):
        text = path.read_text()
        included = sorted(ROOT.glob("scenarios/shared/*.yaml"))
        for number, file in enumerate(included, 1):
            text = text.replace("shared/" + file.name, '"%d"' % number)
        yield "\x1e".join([text] + [file.read_text() for file in included[:3]]).encode()


# Several members of each kind, in each strategy.
SELECTOR = """\
version: 1
interfaces:
  wg0: {addresses: [10.9.0.2/32], fwmark: 3, table: 7, rules: fwmark}
selectors:
  uplink:
    interface: wg0
    STRATEGY
    standby: 1
    failback: {after: 10m}
    probe: {target: 10.9.0.1}
    peers:
PEERS
time: {servers: [time.example.com]}
"""


def selector(strategy):
    peers = []
    for number, endpoint in enumerate(["gw.example.com:51820", "10.0.0.1:7", "10.128.0.3:7"] * 2, 1):
        key = base64.b64encode(bytes([number] * 32)).decode()
        weight = ", weight: %d" % number if "weighted" in strategy else ""
        peers.append(
            '      gw%d: {public_key: %s, endpoint: "%s", allowed_ips: [10.9.0.0/24]%s}'
            % (number, key, endpoint, weight)
        )
    return SELECTOR.replace("STRATEGY", strategy).replace("PEERS", "\n".join(peers))


def seeds_plan():
    bytes_of = random.Random(1).randbytes
    yamls = [path.read_text() for path in sorted((ROOT / "reconcile/test/corpus/good").glob("*.yaml"))]
    yamls += [path.read_text() for path in sorted((ROOT / "reconcile/example").glob("*.yaml"))]
    yamls += [selector("strategy: " + word) for word in ("random", "ordered", "weighted") for _ in range(5)]
    for yaml in yamls:
        for state, samples in (("{}", "{}"), (RECORDED, MARKS)):
            yield "\x1e".join([yaml, state, samples, ""]).encode() + bytes_of(400)


def seeds_trace():
    text = (ROOT / "sim/test/trace/every-kind.jsonl").read_bytes()
    yield text
    first, *others = text.splitlines(keepends=True)
    for line in others:
        yield first + line


def seeds_uapi():
    for step in (0, 1, 80):
        yield bytes([step]) + UAPI.encode()


def seeds_wgdump():
    yield b"\0" + wireguard_dump()
    # RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETRULE (linux/rtnetlink.h)
    for which, (request, size) in enumerate([(18, 16), (22, 8), (26, 12), (34, 12)], 1):
        yield bytes([which]) + kernel_dump(request, size)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    seeds = globals().get("seeds_" + sys.argv[1].removeprefix("fuzz_"))
    if not seeds:
        sys.exit("there are no seeds for " + sys.argv[1])
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (directory / ("seed%03d" % number)).write_bytes(seed)


if __name__ == "__main__":
    main()
