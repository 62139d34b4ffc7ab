#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks that schema/desired.schema.json and the parser agree.

usage: schema_corpus.py PARSE_FILE [FILE...]

Without FILE, takes every file of the corpus, and checks, too, that the manual
page has every key of the schema, and that every default in the schema is the
parser's. PARSE_FILE is the program built from parse_file.c. Files that only the
parser can refuse (what refers from one part to another) begin with the line
"# schema: accepts".
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent.parent / "schema" / "desired.schema.json"
MANUAL = HERE.parent / "man" / "wgreconcile.yaml.5"
MARK = b"# schema: accepts\n"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads plain scalars as the parser does: YAML 1.1 would make booleans of
    yes and no, and numbers of 010 and 1:30."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(true|false)$", "tf"),
    ("null", r"^(|~|null)$", ["", "~", "n"]),
    ("int", r"^(-?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+)$", "-0123456789"),
    ("float", r"^[0-9]+\.[0-9]+$", "0123456789"),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def mapping(loader, node):
    """Keys are texts, whatever they look like."""
    values = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(problem="a key that is no text")
        values[key.value] = loader.construct_object(value, deep=True)
    return values


Loader.add_constructor("tag:yaml.org,2002:map", mapping)


def load(path):
    """The document, and what is wrong with it as YAML (None: nothing)."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader), None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return None, "not YAML: " + str(error).splitlines()[0]


def judge(validator, path):
    """Why the schema refuses the file, or None."""
    document, error = load(path)
    if error:
        return error
    best = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return best and "%s: %s" % (".".join(map(str, best.absolute_path)), best.message[:200])


def parser_accepts(program, paths):
    """What the parser says of each file."""
    run = subprocess.run(
        [program, "--each", *map(str, paths)], stdout=subprocess.PIPE, check=False, text=True
    )
    if run.returncode not in (0, 65):
        sys.exit("%s: exit code %d" % (program, run.returncode))
    said = {}
    for line in run.stdout.splitlines():
        name, _, verdict = line.rpartition(": ")
        if verdict in ("ok", "wrong"):
            said[name] = verdict == "ok"
    return [said[str(path)] for path in paths]


def disagreement(path, parsed, refused):
    """One line, or None."""
    marked = path.read_bytes().startswith(MARK)
    if parsed and refused:
        return "the parser accepts it, the schema does not: " + refused
    if parsed and marked:
        return "marked as one that the parser refuses, which it does not"
    if not parsed and not refused and not marked:
        return "the schema accepts it, the parser does not, and it is not marked"
    if not parsed and refused and marked:
        return "marked as one that the schema accepts, which it does not: " + refused
    return None


def undocumented(schema):
    """The keys that the manual page does not explain."""
    keys = set()

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict) and "additionalProperties" in node:
                keys.update(node["properties"])
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                walk(item)

    walk(schema)
    manual = MANUAL.read_text(encoding="utf-8")
    return sorted(
        key for key in keys if not re.search(r"^\.It .*\bIc %s\b" % key, manual, re.MULTILINE)
    )


def skeleton(strategy):
    """A state with one of each, as minimal as can be."""
    keys = [letter * 42 + "A=" for letter in "BC"]
    return {
        "version": 1,
        "time": {"servers": ["a"]},
        "interfaces": {
            "wg0": {
                "implementation": "userspace",
                "follow_routes": {"protocols": "bird"},
                "facts": {"port": 51821},
                "peers": {"a": {"public_key": keys[0]}},
            }
        },
        "selectors": {
            "s": {
                "interface": "wg0",
                "strategy": strategy,
                "probe": {"target": "10.0.0.1"},
                "peers": {
                    "b": {
                        "public_key": keys[1],
                        "endpoint": "b:1",
                        "allowed_ips": ["10.0.0.0/8"],
                    }
                },
            }
        },
    }


def written(program, document):
    """What the parser makes of the document."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(document, file)
        file.flush()
        run = subprocess.run(
            [program, "--write", file.name], stdout=subprocess.PIPE, check=False, text=True
        )
    if run.returncode != 0:
        sys.exit("%s\n%s" % (json.dumps(document), run.stdout))
    return run.stdout


def wrong_defaults(program, schema):
    """The paths of keys that make a difference when given their default."""
    wrong = []
    parts = [
        (schema, []),
        (schema["properties"]["time"], ["time"]),
        (schema["$defs"]["interface"], ["interfaces", "wg0"]),
        (schema["$defs"]["follow_routes"], ["interfaces", "wg0", "follow_routes"]),
        (schema["$defs"]["facts"], ["interfaces", "wg0", "facts"]),
        (schema["$defs"]["peer"], ["interfaces", "wg0", "peers", "a"]),
        (schema["$defs"]["selector"], ["selectors", "s"]),
        (schema["$defs"]["selector"]["properties"]["probe"], ["selectors", "s", "probe"]),
        (schema["$defs"]["member"], ["selectors", "s", "peers", "b"]),
    ]
    for part, path in parts:
        for key, value in part["properties"].items():
            strategy = "weighted" if key == "weight" else "random"
            document = skeleton(strategy)
            place = document
            for step in path:
                place = place[step]
            if "default" not in value or (key in place and key != "strategy"):
                continue
            place.pop(key, None)
            without = written(program, document)
            place[key] = value["default"]
            if written(program, document) != without:
                wrong.append(".".join(path + [key]))
    return wrong


def check_corpus(program, schema, paths):
    """Counts the disagreements."""
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = 0
    for path, parsed in zip(paths, parser_accepts(program, paths)):
        text = disagreement(path, parsed, judge(validator, path))
        if text:
            print("%s: %s" % (path, text))
            wrong += 1
    print("%d files, %d disagreements" % (len(paths), wrong))
    return wrong


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    paths = [pathlib.Path(name) for name in sys.argv[2:]]
    if paths:
        return check_corpus(sys.argv[1], schema, paths) != 0
    paths = sorted((HERE / "corpus").glob("*/*.yaml"))
    wrong = check_corpus(sys.argv[1], schema, paths) or not paths
    for key in undocumented(schema):
        print("%s: has no entry for %s" % (MANUAL.name, key))
        wrong = True
    for path in wrong_defaults(sys.argv[1], schema):
        print("%s: the default in the schema is not the parser's" % path)
        wrong = True
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
