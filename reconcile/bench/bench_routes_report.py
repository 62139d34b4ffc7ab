#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the medians of bench_routes.sh as a table, and which aims are held.

usage: bench_routes_report.py RESULT.tsv RAW...

A line of RAW is IPV4 PEERS CASE WHO followed by "time WALL CPU MEMORY" (microseconds and KiB; several) or by
"netlink SENT RECEIVED" (bytes; one), separated by tabs.
"""

import collections
import statistics
import sys

CASES = {
    "fill": "first fill",
    "nothing": "nothing to do",
    "one": "1 route changed",
    "thousand": "1,000 routes changed",
    "shift": "all of one peer to another",
    "declared": "declared, with routes",
    "declared_nothing": "declared, nothing to do",
    "bird": "routes into the kernel",
}
OURS = "ours"
OTHERS = {
    "show": "wg show allowed-ips alone",
    "dumps": "both dumps, looked at by nobody",
    "reading": "wg show allowed-ips, ip route show",
    "syncconf": "wg syncconf",
    "set": "wg set",
    "theirs": "ip -batch, wg syncconf",
    "bird": "bird",
}
THERE_AND_BACK = ("one", "thousand", "shift")
MEASURES = ("wall", "cpu", "memory", "sent", "received")
HEADS = {"wall": "wall, ms", "cpu": "CPU, ms", "memory": "memory, MiB", "sent": "sent, KiB", "received": "received, KiB"}
UNITS = {"wall": 1000, "cpu": 1000, "memory": 1024, "sent": 1024, "received": 1024}
BYTES_PER_PREFIX = 64  # of our memory
SHOW_LIMIT = 1.5  # times wg show alone, with nothing to do
BYTES_PER_CHANGE = 256  # said to netlink: some more than a prefix and, where it is all of a message, its peer
CHANGES = 1000
LINEAR_SLACK = 1.1  # what medians of three vary by


def read(paths):
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in paths:
        with open(path) as file:
            for line in file:
                ipv4, peers, case, who, kind, *values = line.rstrip("\n").split("\t")
                names = ("wall", "cpu", "memory") if kind == "time" else ("sent", "received")
                for name, value in zip(names, values, strict=True):
                    samples[int(ipv4), int(peers), case, who][name].append(int(value))
    return samples


def medians(samples):
    return {
        job: {name: statistics.median(v) / halves(job[2], name) for name, v in values.items()}
        for job, values in samples.items()
    }


def halves(case, name):
    """A change is measured there and back; memory is the greater of both."""
    return 2 if case in THERE_AND_BACK and name != "memory" else 1


def prefixes(ipv4):
    return ipv4 + ipv4 // 5


def shown(value):
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if ours is not None and theirs else "-"


def in_units(figures, name):
    value = figures.get(name)
    return None if value is None else value / UNITS[name]


def setting(ipv4, peers):
    return f"{prefixes(ipv4):,} prefixes, {peers:,} peers"


def print_setting(figures, ipv4, peers):
    print(f"\n{setting(ipv4, peers)}; ours / theirs in parentheses")
    print(f"{'':<63}" + "".join(f"{HEADS[name]:>20}" for name in MEASURES))
    for case, text in CASES.items():
        ours = figures.get((ipv4, peers, case, OURS), {})
        if ours:
            print_line(text, "wgreconcile", [shown(in_units(ours, name)) for name in MEASURES])
        for who, theirs in ((w, figures.get((ipv4, peers, case, w))) for w in OTHERS):
            if theirs:
                print_line(
                    text,
                    "bird, reading its file alone" if case == "bird" and who == "reading" else OTHERS[who],
                    [f"{shown(in_units(theirs, n))} ({ratio(ours.get(n), theirs.get(n))})" for n in MEASURES],
                )


def print_line(case, who, values):
    print(f"{case:<27} {who:<35}" + "".join(f"{value:>20}" for value in values))


def write_tsv(path, figures):
    with open(path, "w") as file:
        file.write("ipv4\tpeers\tcase\twho\twall_ms\tcpu_ms\tmemory_mib\tsent_kib\treceived_kib\n")
        for job, values in figures.items():
            cells = ("" if in_units(values, n) is None else f"{in_units(values, n):.3f}" for n in MEASURES)
            file.write("\t".join([*map(str, job), *cells]) + "\n")


def memory_per_prefix(figures, ipv4, peers, case):
    empty, full = (figures[ipv4, peers, c, OURS]["memory"] for c in ("empty", case))
    return (full - empty) * 1024 / prefixes(ipv4)


def aims_for(figures, ipv4, peers):
    """(what is aimed at, the figure, its limit or None)"""
    label = setting(ipv4, peers)
    for case in ("fill", "nothing", "thousand", "shift"):
        figure = memory_per_prefix(figures, ipv4, peers, case)
        yield f"{label}: bytes of memory a prefix, {CASES[case]}", figure, BYTES_PER_PREFIX
    ours, show, dumps = (figures[ipv4, peers, "nothing", who]["wall"] for who in (OURS, "show", "dumps"))
    yield f"{label}: nothing to do, times wg show alone", ours / show, SHOW_LIMIT
    yield f"{label}: of that, the kernel's dumps of routes and allowed IPs, read by nobody", dumps / show, None
    sent = figures[ipv4, peers, "thousand", OURS]["sent"] - figures[ipv4, peers, "nothing", OURS]["sent"]
    yield f"{label}: bytes said to netlink for a changed route", sent / CHANGES, BYTES_PER_CHANGE


def growth(figures):
    """Settings with the same number of peers, one after the other."""
    sizes = collections.defaultdict(list)
    for ipv4, peers in settings(figures):
        sizes[peers].append(ipv4)
    for peers, tables in sizes.items():
        for small, large in zip(sorted(tables), sorted(tables)[1:]):
            for case in ("fill", "nothing", "thousand"):
                costs = [figures[ipv4, peers, case, OURS]["wall"] for ipv4 in (small, large)]
                label = f"{prefixes(small):,} to {prefixes(large):,} prefixes, {peers} peers: {CASES[case]}, times"
                yield label, costs[1] / costs[0], large / small * LINEAR_SLACK


def settings(figures):
    return sorted({job[:2] for job in figures})


def print_aims(aims):
    for text, figure, limit in aims:
        if limit is None:
            print(f"{'':<15}  {text}: {figure:.2f}")
            continue
        state = "held" if figure <= limit else f"missed by {figure / limit - 1:.0%}"
        print(f"{state:<15}  {text}: {figure:.2f} (aim: {limit:g})")


def main():
    figures = medians(read(sys.argv[2:]))
    write_tsv(sys.argv[1], figures)
    for ipv4, peers in settings(figures):
        print_setting(figures, ipv4, peers)
    if not any(job[2] in THERE_AND_BACK and job[3] == "set" for job in figures):
        print("\nthis wg cannot change single allowed IPs (wg set ... allowed-ips +, -): not measured")
    print()
    # What a program takes for itself would be most of it with less.
    largest = max(ipv4 for ipv4, _ in settings(figures))
    for ipv4, peers in settings(figures):
        if ipv4 == largest:
            print_aims(aims_for(figures, ipv4, peers))
    print_aims(growth(figures))


if __name__ == "__main__":
    main()
