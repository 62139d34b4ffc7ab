#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Decodes packets of facts independently of the program: those that MAKE_FACTS makes (the
program built from make_facts.c), and those of wirelink_packets.json.

usage: decode_facts.py MAKE_FACTS
       decode_facts.py --file FILE

Each packet must be accepted with the same facts, or refused for the same reason, as its file
says. The last line is "N packets, N wrong".
"""

import base64
import json
import pathlib
import socket
import subprocess
import sys

import nacl.bindings
import nacl.exceptions

PACKETS = pathlib.Path(__file__).resolve().parent / "wirelink_packets.json"
COUNT = 300


class Refused(Exception):
    """With the reason."""


class Reader:
    """Bytes that are read from the front."""

    def __init__(self, data):
        self.data = data

    def take(self, count):
        if count > len(self.data):
            raise Refused("cut off")
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self):
        value = 0
        for position in range(10):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * position)
            if byte < 0x80 and value < 1 << 64:
                return value
        raise Refused("cut off")

    def ttl(self):
        value = self.number()
        if value > 65535:
            raise Refused("a TTL above 65535 s")
        return value


def address(data):
    if data[:12] == bytes(10) + b"\xff\xff":
        raise Refused("an IPv4-mapped IPv6 address")
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


def endpoint(reader, length):
    host = address(reader.take(length))
    port = int.from_bytes(reader.take(2), "big")
    return ("%s:%d" if length == 4 else "[%s]:%d") % (host, port)


def prefix(reader, length):
    data = reader.take(length)
    address(data)
    bits = reader.take(1)[0]
    if bits > 8 * length:
        raise Refused("a prefix longer than its address")
    host_bits = 8 * length - bits
    masked = int.from_bytes(data, "big") >> host_bits << host_bits
    return "%s/%d" % (address(masked.to_bytes(length, "big")), bits)


def attributes(data):
    """Those of metadata, as a dictionary of byte strings."""
    reader = Reader(data)
    found = {}
    while reader.data:
        attribute = reader.take(1)
        if attribute in found:
            raise Refused("twice")
        found[attribute] = reader.take(reader.number())
    return found


def metadata(reader):
    data = reader.take(reader.number())
    try:
        found = attributes(data)
        name = found.get(b"n", b"").decode("utf-8")
        basic = {None: "", b"\0": "b=0", b"\1": "b=1"}[found.get(b"b")]
    except (Refused, UnicodeDecodeError, KeyError):
        raise Refused("invalid metadata") from None
    return " ".join(filter(None, [name and "n=" + name, basic]))


VALUES = {
    b"!": lambda reader: reader.take(16).hex(),
    b"e": lambda reader: endpoint(reader, 4),
    b"E": lambda reader: endpoint(reader, 16),
    b"a": lambda reader: prefix(reader, 4),
    b"A": lambda reader: prefix(reader, 16),
    b"m": lambda reader: "",
    b"M": metadata,
}


def fact(reader):
    attribute = reader.take(1)
    if attribute == b"S":
        raise Refused("a group in a group")
    if attribute not in VALUES:
        raise Refused("an unknown attribute")
    ttl = reader.ttl()
    subject = base64.b64encode(reader.take(32)).decode()
    value = VALUES[attribute](reader)
    return " ".join(filter(None, [attribute.decode(), str(ttl), subject, value]))


def authentic(private, signer, nonce, tag, inner):
    try:
        key = nacl.bindings.crypto_scalarmult(private, signer)
        nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(tag, inner, nonce, key)
    except (nacl.exceptions.CryptoError, RuntimeError):
        return False
    return True


def decode(packet, private):
    """The signer, and the facts."""
    if packet[:1] != b"S":
        raise Refused("not a group")
    reader = Reader(packet[1:])
    reader.ttl()
    signer, nonce, tag = reader.take(32), reader.take(24), reader.take(16)
    if not authentic(private, signer, nonce, tag, reader.data):
        raise Refused("not authentic")
    facts = []
    while reader.data:
        facts.append(fact(reader))
    return signer, facts


def is_right(packet, keys):
    private = base64.b64decode(keys[packet["to"]]["private"])
    try:
        signer, facts = decode(bytes.fromhex(packet["payload"]), private)
    except Refused as refused:
        found, expected = str(refused), packet.get("refused")
    else:
        found = [base64.b64encode(signer).decode(), facts]
        expected = "refused" not in packet and [keys[packet["from"]]["public"], packet["facts"]]
    if found == expected:
        return True
    print("%s...: %s instead of %s" % (packet["payload"][:80], found, expected))
    return False


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--file":
        texts = [pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")]
    elif len(sys.argv) == 2:
        made = subprocess.run([sys.argv[1], str(COUNT)], stdout=subprocess.PIPE, check=True)
        texts = [made.stdout.decode("utf-8"), PACKETS.read_text(encoding="utf-8")]
    else:
        sys.exit(__doc__)
    results = [
        is_right(packet, file["keys"]) for file in map(json.loads, texts) for packet in file["packets"]
    ]
    print("%d packets, %d wrong" % (len(results), results.count(False)))
    return 1 if not results or False in results else 0


if __name__ == "__main__":
    sys.exit(main())
