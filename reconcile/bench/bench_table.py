#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints the benchmark's medians as a table, and which aims are met.

usage: bench_table.py RESULT.tsv RAW...

A line of RAW is PLACE PEERS CASE WHO followed by "time WALL CPU MEMORY" (microseconds and KiB; several) or by
"calls NUMBER" (one), separated by tabs.
"""

import collections
import statistics
import sys

CASES = {"a": "nothing to do", "b": "first configuration", "c": "one changed allowed IP"}
THEIRS = {
    "theirs": "wg syncconf + ip -batch",
    "reading": "wg show dump + ip route show",
    "syncconf": "wg syncconf alone",
}
MEASURES = ("wall", "cpu", "memory", "calls")
UNITS = {"wall": "ms", "cpu": "ms", "memory": "MiB", "calls": ""}
CPU_LIMIT_MS = 3  # of a run with nothing to do, for one interface with 100 peers
CHANGE_SHARE = 1 / 5  # of wg syncconf, for one changed allowed IP at 10,000 peers


def read(paths):
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in paths:
        with open(path) as file:
            for line in file:
                place, peers, case, who, kind, *values = line.rstrip("\n").split("\t")
                names = ("wall", "cpu", "memory") if kind == "time" else ("calls",)
                for name, value in zip(names, values, strict=True):
                    samples[place, int(peers), case, who][name].append(int(value))
    return samples


def medians(samples):
    scale = {"wall": 1000, "cpu": 1000, "memory": 1024, "calls": 1}
    return {
        job: {name: statistics.median(values[name]) / scale[name] for name in MEASURES}
        for job, values in samples.items()
    }


def shown(name, value):
    return f"{value:.0f}" if name == "calls" else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if theirs else "-"


def comparisons(figures):
    """Our job beside each of theirs, in the order of the table."""
    for place, peers, case in dict.fromkeys(job[:3] for job in sorted(figures)):
        for who in THEIRS:
            if (place, peers, case, who) in figures:
                yield place, peers, case, who


def print_table(figures):
    before = None
    for place, peers, case, who in comparisons(figures):
        ours, theirs = figures[place, peers, case, "ours"], figures[place, peers, case, who]
        if before != place:
            print(f"\n{place}: ours, theirs, ours / theirs")
            print(
                f"{'peers':>6}  {'':<58}"
                + "".join(f"{name + (f', {UNITS[name]}' if UNITS[name] else ''):^24}" for name in MEASURES)
            )
        before = place
        print(
            f"{peers:>6}  {f'({case}) {CASES[case]}: {THEIRS[who]}':<58}"
            + "".join(
                f"{shown(m, ours[m]):>8}{shown(m, theirs[m]):>8}{ratio(ours[m], theirs[m]):>6}  "
                for m in MEASURES
            )
        )


def write_tsv(path, figures):
    with open(path, "w") as file:
        file.write("place\tpeers\tcase\twho\twall_ms\tcpu_ms\tmemory_mib\tsystem_calls\n")
        for job, values in sorted(figures.items()):
            file.write("\t".join(map(str, job)) + "".join(f"\t{values[m]:.3f}" for m in MEASURES) + "\n")


def aims(figures):
    """(what is aimed at, whether it is met, the figure)"""
    for place in dict.fromkeys(job[0] for job in sorted(figures)):
        for peers in sorted({job[1] for job in figures if job[0] == place}):
            yield from aims_for(figures, place, peers)


def aims_for(figures, place, peers):
    def of(case, who, measure):
        return figures[place, peers, case, who][measure]

    label = f"{place}, {peers} peers"
    for measure in ("wall", "cpu"):
        mine, limit = of("a", "ours", measure), of("a", "reading", measure)
        yield f"{label}: (a) at most reading, {measure}", mine <= limit, ratio(mine, limit)
    if peers == 100:
        cpu = of("a", "ours", "cpu")
        yield f"{label}: (a) under {CPU_LIMIT_MS} ms of CPU", cpu < CPU_LIMIT_MS, f"{cpu:.2f} ms"
    if peers == 10000:
        mine, limit = of("c", "ours", "wall"), of("c", "syncconf", "wall")
        yield (
            f"{label}: (c) at most {CHANGE_SHARE:.2f} of wg syncconf, wall",
            mine <= limit * CHANGE_SHARE,
            ratio(mine, limit),
        )
    for case in CASES:
        worse = [m for m in MEASURES if of(case, "ours", m) > of(case, "theirs", m)]
        yield f"{label}: ({case}) nothing worse than theirs", not worse, ", ".join(worse) or "all less"


def main():
    figures = medians(read(sys.argv[2:]))
    write_tsv(sys.argv[1], figures)
    print_table(figures)
    print()
    for what, met, figure in aims(figures):
        print(f"{'met    ' if met else 'not met'}  {what}: {figure}")


if __name__ == "__main__":
    main()
