#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks that schema/scenario.schema.json and the reader of scenarios agree.

usage: scenario_schema.py READ_SCENARIO [FILE...]

Without FILE, takes every file of the corpus, and checks, too, that the manual
page has every key of the schema. READ_SCENARIO is the program built from
read_scenario.c. Files that only the reader can refuse begin with the line
"# schema: accepts".
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
sys.path.insert(0, str(TREE / "reconcile" / "test"))
sys.dont_write_bytecode = True

import schema_corpus as desired  # noqa: E402


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    schema = json.loads((TREE / "schema" / "scenario.schema.json").read_text(encoding="utf-8"))
    paths = [pathlib.Path(name) for name in sys.argv[2:]]
    if paths:
        return desired.check_corpus(sys.argv[1], schema, paths) != 0
    paths = sorted((HERE / "corpus").glob("*/*.yaml"))
    wrong = desired.check_corpus(sys.argv[1], schema, paths) or not paths
    desired.MANUAL = HERE.parent / "man" / "wgsim.yaml.5"
    for key in desired.undocumented(schema):
        print("%s: has no entry for %s" % (desired.MANUAL.name, key))
        wrong = True
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
