#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what the benchmark configures: for each number of peers the same interface as a desired state for
wgreconcile and as files for wg syncconf and ip -batch, before (a) and after (b) one allowed IP has changed.

usage: bench_input.py DIRECTORY kernel|userspace PEERS...
"""

import base64
import ipaddress
import os
import random
import sys

PORT = 51820
OWNER_PROTOCOL = 0x57  # what wgreconcile marks routes with (core/observed.h)
ADDRESSES = ["10.0.0.1/32", "fd00::1/128"]
FIRST_PREFIX = ipaddress.ip_address("10.1.0.0")
MOVED_PREFIX = "10.250.0.1/32"


def key(rng):
    return base64.b64encode(rng.randbytes(32)).decode()


def private_key(rng):
    """As wg genkey makes them: clamped (RFC 7748, section 5)."""
    raw = bytearray(rng.randbytes(32))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return base64.b64encode(raw).decode()


def make_peers(rng, number):
    return [
        {
            "key": key(rng),
            "endpoint": f"198.18.{i >> 8 & 255}.{i & 255}:{PORT}",
            "prefix": f"{FIRST_PREFIX + i}/32",
        }
        for i in range(number)
    ]


def conf(private, peers):
    yield f"[Interface]\nPrivateKey = {private}\nListenPort = {PORT}\n"
    for peer in peers:
        yield (
            f"\n[Peer]\nPublicKey = {peer['key']}\nEndpoint = {peer['endpoint']}\n"
            f"AllowedIPs = {peer['prefix']}\n"
        )


def desired(key_file, implementation, peers):
    yield (
        "version: 1\ninterfaces:\n  wg0:\n"
        f"    private_key_file: {key_file}\n    listen_port: {PORT}\n"
        f"    implementation: {implementation}\n"
        f"    addresses: [{', '.join(chr(34) + a + chr(34) for a in ADDRESSES)}]\n"
        "    routes: allowed_ips\n    peers:\n"
    )
    for i, peer in enumerate(peers):
        yield (
            f"      peer{i}:\n        public_key: {peer['key']}\n"
            f"        endpoint: {peer['endpoint']}\n        allowed_ips: [{peer['prefix']}]\n"
        )


def batch(verb, peers):
    """ip -batch lines; verb is add, for an interface that has just been made, or replace."""
    for address in ADDRESSES:
        yield f"address {verb} {address} dev wg0\n"
    yield "link set wg0 up\n"
    for peer in peers:
        yield f"route {verb} {peer['prefix']} dev wg0 proto {OWNER_PROTOCOL}\n"


def move(old, new):
    yield f"route add {new} dev wg0 proto {OWNER_PROTOCOL}\n"
    yield f"route del {old} dev wg0 proto {OWNER_PROTOCOL}\n"


def write(path, lines, mode=0o644):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.writelines(lines)


def write_all(directory, implementation, number):
    rng = random.Random(number)
    private = private_key(rng)
    before = make_peers(rng, number)
    after = [dict(peer) for peer in before]
    after[number // 2]["prefix"] = MOVED_PREFIX
    old = before[number // 2]["prefix"]
    where = os.path.join(directory, str(number))
    os.makedirs(where, exist_ok=True)

    def at(name):
        return os.path.join(where, name)

    write(at("key"), [private, "\n"], 0o600)
    for name, peers in (("a", before), ("b", after)):
        write(at(f"{name}.conf"), conf(private, peers), 0o600)
        write(at(f"{name}.yaml"), desired("key", implementation, peers))
    making = ["link add wg0 type wireguard\n"] if implementation == "kernel" else []
    write(at("first.batch"), making + list(batch("add", before)))
    write(at("again.batch"), batch("replace", before))
    write(at("move.batch"), move(old, MOVED_PREFIX))
    write(at("back.batch"), move(MOVED_PREFIX, old))


def main():
    directory, implementation = sys.argv[1:3]
    for number in sys.argv[3:]:
        write_all(directory, implementation, int(number))


if __name__ == "__main__":
    main()
