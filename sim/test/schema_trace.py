#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks traces, line by line, against schema/trace.schema.json, and that the
schema is strict: nothing more is taken in a line than what belongs there.

usage: schema_trace.py TRACE...

The last line printed is "N checks, M failures".

Needs python3-jsonschema.
"""

import copy
import json
import os
import sys

import jsonschema

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCHEMAS = os.path.join(TREE, "schema")
SAMPLE = os.path.join(TREE, "sim", "test", "trace", "every-kind.jsonl")
sys.path.insert(0, os.path.join(TREE, "reconcile", "test"))
from schema_output import at, paths  # noqa: E402
# Differences beyond this number say nothing new.
FAILURES_SHOWN = 20


class Checker:
    """Counts what fails, and says it."""

    def __init__(self):
        self.checks = 0
        self.failures = 0
        store = {}
        for name in ("trace.schema.json", "plan.schema.json"):
            with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
                store[name] = json.load(file)
            jsonschema.Draft202012Validator.check_schema(store[name])
        self.schema = store["trace.schema.json"]
        self.validator = jsonschema.Draft202012Validator(
            self.schema, resolver=jsonschema.RefResolver("", self.schema, store))

    def expect(self, good, what):
        self.checks += 1
        if good:
            return
        self.failures += 1
        if self.failures <= FAILURES_SHOWN:
            print("FAILED: " + what)

    def conforms(self, place, value):
        errors = [error.json_path + ": " + error.message
                  for error in self.validator.iter_errors(value)]
        self.expect(not errors, "%s: %s" % (place, "; ".join(errors)))

    def trace(self, path):
        """Every line, and the order of begin and end."""
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        self.expect(lines.pop() == "", "%s: its last line is not finished" % path)
        kinds = []
        for number, line in enumerate(lines, 1):
            place = "%s:%d" % (path, number)
            try:
                value = json.loads(line)
            except ValueError as error:
                self.expect(False, "%s: %s" % (place, error))
                continue
            self.conforms(place, value)
            kinds.append(value.get("kind"))
            self.expect(line.startswith('{"kind":"%s","t":' % value.get("kind")),
                        "%s: kind and time are not first" % place)
        self.expect(kinds[:1] == ["begin"] and kinds.count("begin") == 1,
                    "%s: does not begin with begin" % path)
        self.expect(kinds[-1:] == ["end"] and kinds.count("end") == 1,
                    "%s: does not end with end" % path)

    def refuses(self, value):
        """Nothing may be added to any object, no key of all of them may be missing,
        and nothing of another sort may stand anywhere."""
        for path in paths(value):
            wrong = copy.deepcopy(value)
            place = at(wrong, path)
            if isinstance(place, dict):
                place["unknown"] = 1
                what = "an unknown key"
            else:
                at(wrong, path[:-1])[path[-1]] = {"no": "such thing"}
                what = "an object"
            self.expect(not self.validator.is_valid(wrong),
                        "the schema takes %s at %s of kind %s" % (what, path, value["kind"]))
        for key in ("kind", "t"):
            wrong = copy.deepcopy(value)
            del wrong[key]
            self.expect(not self.validator.is_valid(wrong),
                        "the schema takes kind %s without %s" % (value["kind"], key))

    def sample(self):
        """A trace that has every kind with every key."""
        self.trace(SAMPLE)
        seen = {}
        with open(SAMPLE, encoding="utf-8") as file:
            for line in file:
                value = json.loads(line)
                self.refuses(value)
                seen.setdefault(value["kind"], set()).update(value)
        for kind in self.schema["properties"]["kind"]["enum"]:
            self.expect(seen.get(kind) == set(self.schema["$defs"][kind]["properties"]),
                        "%s does not have every key of kind %s" % (SAMPLE, kind))


def main():
    if sys.argv[1:2] and sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 64
    check = Checker()
    check.sample()
    for path in sys.argv[1:]:
        check.trace(path)
    print("%d checks, %d failures" % (check.checks, check.failures))
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
