#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a file of wgsim tune against schema/tuning.schema.json, that the schema is
strict, and that all numbers and the front follow from the samples, computed here anew.

usage: check_tuning.py FILE

Needs python3-jsonschema.
"""

import copy
import json
import math
import os
import sys

import jsonschema

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TOLERANCE = 0.02  # as sim/tune/tuning.h says
sys.path.insert(0, os.path.join(TREE, "reconcile", "test"))
from schema_output import at, paths  # noqa: E402


def nearest_rank(values, percent):
    """The smallest value that so many percent of them are not above."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]


def statistics(values):
    values = [value for value in values if value is not None]
    if not values:
        return {"mean": None, "median": None, "p95": None, "max": None}
    return {"mean": sum(values) / len(values), "median": nearest_rank(values, 50),
            "p95": nearest_rank(values, 95), "max": max(values)}


def is_less(a, b):
    return b - a > TOLERANCE * max(abs(a), abs(b))


def dominates(better, worse):
    return (not any(is_less(w, b) for b, w in zip(better, worse))
            and any(is_less(b, w) for b, w in zip(better, worse)))


def check_combination(combination, tuning):
    assert set(combination["settings"]) == {one["name"] for one in tuning["variables"]}
    for variable in tuning["variables"]:
        assert combination["settings"][variable["name"]] in variable["values"]
    seeds = [int(sample["seed"]) for sample in combination["samples"]]
    assert seeds == sorted(set(seeds)), "seeds are not in order"
    for i, measure in enumerate(tuning["measures"]):
        expected = statistics([sample["values"][i] for sample in combination["samples"]])
        found = combination["statistics"][measure["name"]]
        for name, value in expected.items():
            same = value == found[name] or math.isclose(value, found[name], rel_tol=1e-12)
            assert same, "%s of %s is %s, not %s" % (name, measure["name"], found[name], value)


def cost(combination, tuning, most):
    """What counts of each measure; None where samples are missing."""
    if len(combination["samples"]) < most:
        return None
    if any(None in sample["values"] for sample in combination["samples"]):
        return None
    return [combination["statistics"][measure["name"]][measure["counts"]]
            for measure in tuning["measures"]]


def check_front(tuning):
    most = max(len(one["samples"]) for one in tuning["combinations"])
    costs = [cost(one, tuning, most) for one in tuning["combinations"]]
    known = [one for one in costs if one is not None]
    on_front = [mine is not None and not any(dominates(other, mine) for other in known)
                for mine in costs]
    numbers = [one.get("front") for one in tuning["combinations"]]
    assert [number is not None for number in numbers] == on_front, "the front is another one"
    numbered = sorted((number, one) for number, one in zip(numbers, costs) if number)
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    assert [one for _, one in numbered] == sorted(one for _, one in numbered)


def check_schema(tuning):
    with open(os.path.join(TREE, "schema", "tuning.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(tuning)
    # One combination shows what it takes as well as all of them.
    small = dict(tuning, combinations=tuning["combinations"][:1])
    for path in paths(small):
        wrong = copy.deepcopy(small)
        place = at(wrong, path)
        if isinstance(place, dict):
            place["un known"] = 1
        else:
            at(wrong, path[:-1])[path[-1]] = {"no": "such thing"}
        assert not validator.is_valid(wrong), "the schema takes anything at %s" % (path,)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    with open(sys.argv[1], encoding="utf-8") as file:
        tuning = json.load(file)
    check_schema(tuning)
    for combination in tuning["combinations"]:
        check_combination(combination, tuning)
    check_front(tuning)
    return 0


if __name__ == "__main__":
    sys.exit(main())
