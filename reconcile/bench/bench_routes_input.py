#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a routing table like that of the internet, spread over the peers of one interface, as files for ip -batch,
wg syncconf and wg set, bird, and as desired states for wgreconcile. The same arguments give the same files.

usage: bench_routes_input.py DIRECTORY IPV4-PREFIXES PEERS[:declared][:bird]...

There is one IPv6 prefix for five of IPv4, as in the tables of 2024. Each number of peers has its own directory, PEERS
below DIRECTORY, with what goes with these states of the interface:
  base      peers with their host addresses, and no routes
  full      all routes
  one       one of them has moved to the next peer
  thousand  a thousand (or all, if there are fewer) changes: a third moved, a third new, a third gone
  shift     those of the first peer have moved to the second
STATE.conf is for wg syncconf; STATE.batch makes the routes of STATE out of those of full by ip -batch, STATE.back
undoes it; full.batch makes those of full. follow.yaml is one desired state for all of them. full.set, STATE.changes and
STATE.unchanges are for sh, and use wg set. With ":declared" declared.yaml and declared.batch are written, for the same
prefixes without a routing daemon; with ":bird" bird.conf, for one that has them all.
"""

import base64
import collections
import ipaddress
import os
import random
import sys

PORT = 51820
CHANGES = 1000
V4_PER_V6 = 5
BIRD_PROTOCOL = "bird"  # what iproute2 calls 12
OWNER_PROTOCOL = 0x57  # what wgreconcile marks routes with (core/observed.h)
HOSTS = {4: int(ipaddress.ip_address("100.64.0.0")), 6: int(ipaddress.ip_address("fd00::"))}
ADDRESSES = ["100.64.255.254/16", "fd00::ffff/64"]

# Entries of a table of a million by length, about: G. Huston, "BGP in 2024" (blog.apnic.net, labs.apnic.net) and the
# daily statistics at bgp.potaroo.net.
IPV4_LENGTHS = {
    8: 16, 9: 13, 10: 40, 11: 100, 12: 300, 13: 600, 14: 1200, 15: 2100, 16: 14000, 17: 8000, 18: 14000,
    19: 26000, 20: 45000, 21: 50000, 22: 110000, 23: 100000, 24: 600000,
}  # fmt: skip
IPV6_LENGTHS = {
    20: 1, 24: 3, 28: 10, 29: 250, 30: 60, 31: 30, 32: 1200, 33: 250, 34: 190, 35: 90, 36: 450, 37: 60, 38: 140,
    39: 60, 40: 700, 41: 60, 42: 300, 43: 60, 44: 600, 45: 180, 46: 350, 47: 350, 48: 4600,
}  # fmt: skip
# Where they lie: unicast space without private networks (RFC 6890), our hosts' 100.64.0.0/10 and the endpoints'
# 198.18.0.0/15; and what the registries have of IPv6 (RFC 7249).
IPV4_RESERVED = [
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12")
    + ("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3")
]
IPV6_SPACE = [
    ipaddress.ip_network(text)
    for text in ("2001:200::/23", "2400::/12", "2600::/12", "2800::/12", "2a00::/12", "2c00::/12")
]


def key(rng):
    return base64.b64encode(rng.randbytes(32)).decode()


def private_key(rng):
    """As wg genkey makes them: clamped (RFC 7748, section 5)."""
    raw = bytearray(rng.randbytes(32))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return base64.b64encode(raw).decode()


# From here on a prefix is its text.
def ipv4_text(address, length):
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}/{length}"


def ipv6_text(address, length):
    """None is longer than /48."""
    return f"{address >> 112:x}:{address >> 96 & 65535:x}:{address >> 80 & 65535:x}::/{length}"


def family_of(prefix):
    return 6 if ":" in prefix else 4


def blocked(length):
    """Ranges of numbers of networks of a length that overlap with a reserved one."""
    for network in IPV4_RESERVED:
        first, last = int(network[0]) >> 32 - length, int(network[-1]) >> 32 - length
        yield range(first, last + 1)


def draw_ipv4(rng, length, wanted):
    ranges = list(blocked(length))
    found = {}
    while len(found) < wanted:
        number = rng.getrandbits(length)
        if not any(number in reserved for reserved in ranges):
            found[number] = None
    return [ipv4_text(number << 32 - length, length) for number in found]


def draw_ipv6(rng, length, wanted):
    spaces = [space for space in IPV6_SPACE if space.prefixlen < length]
    found = {}
    while len(found) < wanted:
        space = rng.choice(spaces)
        below = rng.getrandbits(length - space.prefixlen)
        found[int(space[0]) | below << 128 - length] = None
    return [ipv6_text(address, length) for address in found]


def shares(lengths, total):
    """How many of each length; the most frequent one gets what rounding leaves."""
    weight = sum(lengths.values())
    number = {length: total * share // weight for length, share in lengths.items()}
    number[max(lengths, key=lengths.get)] += total - sum(number.values())
    return number


def table(rng, ipv4, spare):
    """Distinct prefixes in no order, of which the last are the spare ones."""
    prefixes = []
    for lengths, draw, total in (
        (IPV4_LENGTHS, draw_ipv4, ipv4 + spare),
        (IPV6_LENGTHS, draw_ipv6, ipv4 // V4_PER_V6),
    ):
        for length, wanted in shares(lengths, total).items():
            prefixes += draw(rng, length, wanted)
    rng.shuffle(prefixes)
    return prefixes


def host(family, i):
    return str(ipaddress.ip_address(HOSTS[family] + 1 + i))


class Peer:
    def __init__(self, rng, i):
        self.name = f"peer{i}"
        self.key = key(rng)
        self.endpoint = f"198.18.{i >> 8}.{i & 255}:{PORT}"
        self.hosts = {family: host(family, i) for family in HOSTS}


def route(verb, prefix, peer, protocol=BIRD_PROTOCOL):
    family = family_of(prefix)
    via = f"via {peer.hosts[family]} " if protocol == BIRD_PROTOCOL else ""
    return f"route {verb} {prefix} {via}dev wg0 proto {protocol}\n"


def by_owner(owner):
    prefixes = collections.defaultdict(list)
    for prefix, i in owner.items():
        prefixes[i].append(prefix)
    return prefixes


def conf(private, peers, owner):
    prefixes = by_owner(owner)
    yield f"[Interface]\nPrivateKey = {private}\nListenPort = {PORT}\n"
    for i, peer in enumerate(peers):
        yield f"\n[Peer]\nPublicKey = {peer.key}\nEndpoint = {peer.endpoint}\n"
        yield f"AllowedIPs = {peer.hosts[4]}/32\nAllowedIPs = {peer.hosts[6]}/128\n"
        for prefix in prefixes[i]:
            yield f"AllowedIPs = {prefix}\n"


def wg_set(peers, owner):
    """One command a peer, as tools that hand a whole set to wg do it. One argument can have 128 KiB at most
    (MAX_ARG_STRLEN); empty where that is not enough."""
    prefixes = by_owner(owner)
    lists = [",".join([f"{p.hosts[4]}/32", f"{p.hosts[6]}/128", *prefixes[i]]) for i, p in enumerate(peers)]
    if max(map(len, lists)) >= 131072:
        return
    for peer, allowed_ips in zip(peers, lists, strict=True):
        yield f"wg set wg0 peer {peer.key} allowed-ips {allowed_ips}\n"


def wg_set_changes(peers, before, after):
    """One command for each change, with + and - as wg has them since 1.0.20250521."""
    for prefix in {**before, **after}:
        if prefix not in after:
            yield f"wg set wg0 peer {peers[before[prefix]].key} allowed-ips -{prefix}\n"
        elif before.get(prefix) != after[prefix]:
            yield f"wg set wg0 peer {peers[after[prefix]].key} allowed-ips +{prefix}\n"


def desired(peers, policy, prefixes):
    """prefixes: of each peer by its number, besides the host addresses"""
    yield f"version: 1\ninterfaces:\n  wg0:\n    private_key_file: key\n    listen_port: {PORT}\n"
    yield f"    addresses: [{', '.join(chr(34) + a + chr(34) for a in ADDRESSES)}]\n"
    yield policy
    yield "    peers:\n"
    for i, peer in enumerate(peers):
        yield f"      {peer.name}:\n        public_key: {peer.key}\n        endpoint: {peer.endpoint}\n"
        yield f'        allowed_ips:\n          - {peer.hosts[4]}/32\n          - "{peer.hosts[6]}/128"\n'
        for prefix in prefixes.get(i, ()):
            yield f'          - "{prefix}"\n'


def batch(peers, before, after):
    """A route moves by del and add, as bird does it."""
    for prefix, i in after.items():
        if prefix not in before:
            yield route("add", prefix, peers[i])
        elif before[prefix] != i:
            yield route("del", prefix, peers[before[prefix]])
            yield route("add", prefix, peers[i])
    for prefix, i in before.items():
        if prefix not in after:
            yield route("del", prefix, peers[i])


def bird(peers, owner):
    yield "log stderr all;\nrouter id 192.0.2.1;\nprotocol device { scan time 3600; }\n"
    for family in HOSTS:
        yield f"protocol kernel {{ ipv{family} {{ export all; import none; }}; scan time 3600; }}\n"
    for family in HOSTS:
        yield f"protocol static {{\n\tipv{family};\n"
        for prefix, i in owner.items():
            if family_of(prefix) == family:
                yield f"\troute {prefix} via {peers[i].hosts[family]};\n"
        yield "}\n"


def some_changes(rng, owner, spare, number):
    """The owners after a number of changes in equal parts: moved, new, gone."""
    peers = max(owner.values()) + 1
    chosen = rng.sample(list(owner), 2 * number // 3)
    half = len(chosen) // 2
    after = dict(owner)
    for prefix in chosen[:half]:
        after[prefix] = (owner[prefix] + 1) % peers
    for prefix in chosen[half:]:
        del after[prefix]
    for prefix in spare[: number - len(chosen)]:
        after[prefix] = rng.randrange(peers)
    return after


def write(path, lines, mode=0o644):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.writelines(lines)


def write_all(where, prefixes, spare, number, extras):
    rng = random.Random(number)
    private = private_key(rng)
    peers = [Peer(rng, i) for i in range(number)]
    full = {prefix: rng.randrange(number) for prefix in prefixes}
    first = prefixes[0]
    states = {
        "base": {},
        "full": full,
        "one": {**full, first: (full[first] + 1) % number},
        "thousand": some_changes(rng, full, spare, min(CHANGES, len(prefixes))),
        "shift": {prefix: i or 1 for prefix, i in full.items()},
    }
    os.makedirs(where, exist_ok=True)

    def at(name):
        return os.path.join(where, name)

    write(at("key"), [private, "\n"], 0o600)
    for name, owner in states.items():
        write(at(f"{name}.conf"), conf(private, peers, owner), 0o600)
        if name in ("base", "full"):
            continue
        write(at(f"{name}.batch"), batch(peers, full, owner))
        write(at(f"{name}.back"), batch(peers, owner, full))
        if name != "shift":
            write(at(f"{name}.changes"), wg_set_changes(peers, full, owner))
            write(at(f"{name}.unchanges"), wg_set_changes(peers, owner, full))
    write(at("full.batch"), batch(peers, {}, full))
    write(at("full.set"), wg_set(peers, full))
    write(at("follow.yaml"), desired(peers, "    routes: none\n    follow_routes: true\n", {}))
    if "declared" in extras:
        write(at("declared.yaml"), desired(peers, "    routes: allowed_ips\n", by_owner(full)))
        write(at("declared.batch"), (route("add", prefix, None, OWNER_PROTOCOL) for prefix in full))
    if "bird" in extras:
        write(at("bird.conf"), bird(peers, full))
    making = ["link add wg0 type wireguard\n", *(f"address add {a} dev wg0\n" for a in ADDRESSES)]
    write(at("interface.batch"), [*making, "link set wg0 up\n"])


def main():
    directory, ipv4 = sys.argv[1], int(sys.argv[2])
    rng = random.Random(ipv4)
    prefixes = table(rng, ipv4, CHANGES)
    # New ones are IPv4; the rest is the table.
    spare = [prefix for prefix in prefixes if family_of(prefix) == 4][-CHANGES:]
    away = set(spare)
    prefixes = [prefix for prefix in prefixes if prefix not in away]
    for argument in sys.argv[3:]:
        number, *extras = argument.split(":")
        write_all(os.path.join(directory, number), prefixes, spare, int(number), extras)


if __name__ == "__main__":
    main()
