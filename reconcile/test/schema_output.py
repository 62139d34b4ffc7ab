#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the program on small examples, in a network namespace of its own, and
checks everything it prints for machines: JSON against schema/*.schema.json, and
the other forms of status against what their readers take.

usage: schema_output.py PROGRAM

Needs python3-jsonschema and unshare(1); without root, user namespaces.
"""

import base64
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import jsonschema

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schema")
INSIDE = "--inside-the-namespace"

# Of no meaning; nobody has the private ones.
PUBLIC_KEYS = [
    "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE=",
    "mIDOdscl2R3Dq+YthxdTvvtH4D53VhawzEnmet+E7W0=",
    "18dCY1rwCNo4aQaWFccKFfhbqG0FGBxDkCSbyQ3awkw=",
]

DESIRED = """\
version: 1
interfaces:
  wgt0:
    create: true
    implementation: userspace
    program: [PROGRAM]
    private_key_file: wgt0.key
    listen_port: 51820
    fwmark: 0x1
    mtu: 1380
    addresses: [10.9.0.2/24, fe80::2/64]
    routes: allowed_ips
    table: 123
    metric: 5
    peers:
      office:
        public_key: {0}
        preshared_key_file: office.psk
        endpoint: localhost:51821
        allowed_ips: [10.8.0.0/16, 2001:db8::/48]
        persistent_keepalive: 25
selectors:
  uplink:
    interface: wgt0
    strategy: STRATEGY
    peers:
      sn01: {{public_key: "{1}", endpoint: "127.0.0.1:51822", allowed_ips: [10.7.0.0/16]}}
      sn02: {{public_key: "{2}", endpoint: "127.0.0.1:51823", allowed_ips: [10.7.0.0/16]}}
      sn03:
        public_key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
        endpoint: 127.0.0.1:51824
        enabled: false
""".format(*PUBLIC_KEYS)

# Two peers, with a list of allowed IPs each.
MANY = """\
version: 1
interfaces:
  wgt1:
    create: true
    implementation: userspace
    program: [wireguard-go]
    private_key_file: wgt0.key
    routes: none
    peers:
      office: {{public_key: "{0}", allowed_ips: [%s]}}
      branch: {{public_key: "{1}", allowed_ips: [%s]}}
""".format(*PUBLIC_KEYS)

FACTS = """\
version: 1
interfaces:
  wgt2:
    create: true
    private_key_file: wgt0.key
    listen_port: 51820
    routes: none
    facts: {{name: alice}}
    peers:
      hub: {{public_key: "{0}", endpoint: "192.0.2.1:51820", allowed_ips: [10.9.0.0/24]}}
""".format(*PUBLIC_KEYS)

WG_QUICK = """\
[Interface]
PrivateKey = %s
Address = 10.9.0.2/24
DNS = 10.9.0.1

[Peer]
PublicKey = %s
Endpoint = office.example.com:51820
AllowedIPs = 10.8.0.0/16
"""

WRONG = """\
version: 1
interfaces:
  wgt0:
    adresses: [10.9.0.2/24]
    peers:
      office: {public_key: "short"}
"""


class Checker:
    """Counts what fails, and says it."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.checks = 0
        self.failures = 0
        store = {}
        for name in os.listdir(SCHEMAS):
            if name.endswith(".schema.json"):
                with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
                    store[name] = json.load(file)
                jsonschema.Draft202012Validator.check_schema(store[name])
        self.validators = {}
        for name, schema in store.items():
            resolver = jsonschema.RefResolver("", schema, store)
            self.validators[name.split(".")[0]] = jsonschema.Draft202012Validator(
                schema, resolver=resolver)

    def expect(self, good, what):
        self.checks += 1
        if not good:
            self.failures += 1
            print("FAILED: " + what)
        return good

    def run(self, *arguments, code):
        """The standard output of the program, with directories of its own. Its exit
        code must be as given, and standard error empty."""
        output, errors = self.plain(
            *arguments, "--state-dir", self.directory + "/state", "--run-dir",
            self.directory + "/run", code=code)
        self.expect(errors == "", "%s: on standard error: %s" % (" ".join(arguments), errors))
        return output

    def plain(self, *arguments, code, given=""):
        """What the program prints on standard output and error."""
        result = subprocess.run([self.program] + list(arguments), cwd=self.directory, input=given,
                                capture_output=True, text=True, timeout=60, check=False)
        self.expect(result.returncode == code, "%s: exit code %d instead of %d: %s%s" % (
            " ".join(arguments), result.returncode, code, result.stdout, result.stderr))
        return result.stdout, result.stderr

    def json(self, schema, *arguments, code):
        """The JSON it prints, one object, checked against the schema."""
        text = self.run(*arguments, "--json", code=code)
        if not self.expect(text.endswith("}\n"), "%s: no JSON: %s" % (arguments[0], text)):
            return None
        value = json.loads(text)
        self.conforms(schema, value)
        return value

    def conforms(self, schema, value):
        errors = [error.json_path + ": " + error.message
                  for error in self.validators[schema].iter_errors(value)]
        self.expect(not errors, "%s.schema.json: %s in %s" % (
            schema, "; ".join(errors), json.dumps(value)))

    def refuses(self, schema, value):
        """The schema is strict: nothing may be added to any object, and nothing
        of another kind may stand anywhere."""
        for path in paths(value):
            wrong = copy.deepcopy(value)
            place = at(wrong, path)
            if isinstance(place, dict):
                if path[-1:] == ["peers"]:
                    continue
                place["unknown"] = 1
                what = "an unknown key"
            elif path:
                at(wrong, path[:-1])[path[-1]] = {"no": "such thing"}
                what = "an object"
            self.expect(not self.validators[schema].is_valid(wrong),
                        "%s.schema.json takes %s at %s" % (schema, what, path))


def paths(value, path=None):
    """The places of all objects and plain values in a JSON value."""
    path = path or []
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from paths(item, path + [key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, path + [index])
    else:
        yield path


def at(value, path):
    for step in path:
        value = value[step]
    return value


def write(directory, name, text):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        file.write(text)


def write_key(directory, name):
    path = os.path.join(directory, name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(base64.b64encode(os.urandom(32)) + b"\n")


def desired(program, strategy):
    return DESIRED.replace("PROGRAM", program).replace("STRATEGY", strategy)


def secrets_of(directory):
    for name in ("wgt0.key", "office.psk"):
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            yield file.read().strip()


def check_validate(check):
    value = check.json("validate", "validate", "home.yaml", code=0)
    check.expect(value == {"version": 1, "ok": True, "diagnostics": []}, "validate: " + str(value))
    check.expect(check.run("validate", "home.yaml", code=0) == "configuration OK\n",
                 "validate: no 'configuration OK'")
    value = check.json("validate", "validate", "wrong.yaml", code=65)
    check.refuses("validate", value)
    places = [(error.get("line"), error["path"]) for error in value["diagnostics"]]
    check.expect((4, "interfaces.wgt0.adresses") in places or (4, "interfaces.wgt0") in places,
                 "validate: the unknown key's place is missing: " + str(value))
    check.expect(len(value["diagnostics"]) >= 2, "validate: not all errors at once")
    value = check.json("validate", "validate", "missing.yaml", code=65)
    check.expect(value["diagnostics"][0]["file"] == "missing.yaml", "validate: " + str(value))


def check_plan(check):
    value = check.json("plan", "plan", "home.yaml", code=2)
    kinds = [change["kind"] for change in value["changes"]]
    check.expect(kinds == ["link_add", "link_mtu", "private_key", "listen_port", "fwmark",
                           "peer_add", "peer_add", "link_up", "address_add", "address_add",
                           "route_add", "route_add", "route_add"], "plan: " + str(kinds))
    check.expect(value["counts"] == {"add": 8, "change": 5, "remove": 0, "failed": 0, "skipped": 0},
                 "plan: counts " + str(value["counts"]))
    names = [change.get("endpoint_name") for change in value["changes"] if "endpoint" in change]
    check.expect(sorted(names, key=str) == [None, "localhost:51821"] or
                 names == ["localhost:51821", None], "plan: names " + str(names))
    check.refuses("plan", value)
    value = check.json("plan", "plan", "wrong.yaml", code=65)
    check.expect(value["changes"] == [] and len(value["errors"]) >= 2, "plan: " + str(value))
    text = check.run("plan", "home.yaml", code=2)
    check.expect(text.endswith("Plan: 8 to add, 5 to change, 0 to remove.\n"), "plan: " + text)
    check.expect("\033" not in text, "plan: colour in a pipe")
    for secret in secrets_of(check.directory):
        check.expect(secret[:20] not in text + json.dumps(value), "plan: prints a key")


def many(office, branch):
    """MANY with numbers of prefixes."""
    return MANY % tuple(", ".join("10.%d.%d.0/24" % (number >> 8, number & 255)
                                  for number in numbers) for numbers in (office, branch))


def check_many_plan(check):
    """All of it as JSON and with --all, the first and the last few as text."""
    write(check.directory, "many.yaml", many(range(5000), []))
    value = check.json("plan", "plan", "many.yaml", code=2)
    lists = [change["allowed_ips"] for change in value["changes"] if change["kind"] == "peer_add"]
    check.expect(sorted(map(len, lists)) == [0, 5000], "many: allowed IPs %s" % lists)
    text = check.run("plan", "many.yaml", code=2)
    check.expect("10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, ... 4,996 more, 10.19.135.0/24" in text and
                 "--all shows every line.\nPlan: " in text, "many: " + text[-4000:])
    text = check.run("plan", "many.yaml", "--all", code=2)
    check.expect(text.count("/24") == 5000 and "more" not in text, "many: --all: " + text[-4000:])


def check_many_apply(check):
    """Prefixes that move from one peer to the other one and those that go."""
    check.json("apply", "apply", "many.yaml", code=0)
    write(check.directory, "many.yaml", many(range(1000), range(2000, 5000)))
    value = check.json("plan", "plan", "many.yaml", code=2)
    check.expect(value["counts"] == {"add": 3000, "change": 0, "remove": 1000, "failed": 0,
                                     "skipped": 0}, "many: counts " + str(value["counts"]))
    moved = [change for change in value["changes"] if change["kind"] == "allowed_ip_add"]
    check.expect(len({change["prefix"] for change in moved}) == 3000 and
                 {change.get("from_peer") for change in moved} == {"office"},
                 "many: moved " + str(moved[:3]))
    text = check.run("plan", "many.yaml", code=2)
    check.expect("... 2,994 more\n" in text and "... 994 more\n" in text and
                 len(text.splitlines()) == 17, "many: " + text[-4000:])
    text = check.run("plan", "many.yaml", "--all", code=2)
    check.expect(len(text.splitlines()) == 4002, "many: --all: " + text[-4000:])
    text = check.run("apply", "many.yaml", code=0)
    check.expect(text.endswith("Applied: 3000 added, 0 changed, 1000 removed.\n"),
                 "many: apply: " + text[-4000:])
    value = check.json("status", "status", "many.yaml", code=0)
    sizes = [len(peer["allowed_ips"]) for peer in value["interfaces"][0]["peers"]]
    check.expect(sizes == [1000, 3000], "many: status: " + str(sizes))


def check_failing_apply(check):
    value = check.json("apply", "apply", "failing.yaml", code=1)
    results = {change["result"] for change in value["changes"]}
    check.expect(results == {"failed", "skipped"}, "apply: results " + str(results))
    check.refuses("apply", value)
    text = check.run("apply", "failing.yaml", "--for", "1s", "--every", "400ms", "--json", code=1)
    lines = text.splitlines()
    check.expect(len(lines) == 3, "apply --for: %d runs instead of 3" % len(lines))
    for line in lines:
        check.conforms("apply", json.loads(line))
    value = check.json("apply", "apply", "wrong.yaml", code=65)
    check.expect(value["changes"] == [], "apply: " + str(value))


def check_files(check):
    """Changes of files, which no desired state leads to yet, from a program of the tests."""
    printer = os.path.join(os.path.dirname(check.program), "reconcile", "test", "print_files")
    lines = subprocess.run([printer], capture_output=True, text=True, timeout=60,
                           check=True).stdout.splitlines()
    for schema, line in zip(("plan", "apply"), lines, strict=True):
        value = json.loads(line)
        check.conforms(schema, value)
        check.refuses(schema, value)
        changes = value["changes"]
        check.expect([change["kind"] for change in changes] == ["file_write"] * 3,
                     "files: " + line)
        check.expect(["digest" in change for change in changes] == [True, True, False],
                     "files: digests of " + line)
        check.expect(changes[0]["load"] == ["birdc", "configure"], "files: " + line)
        check.expect("ospf" not in line and "password" not in line, "files: prints " + line)
        for name in ("path", "size"):
            wrong = copy.deepcopy(value)
            del wrong["changes"][0][name]
            check.expect(not check.validators[schema].is_valid(wrong),
                         "%s.schema.json takes a file without %s" % (schema, name))


def check_status_without(check):
    value = check.json("status", "status", "home.yaml", code=3)
    check.expect(value["degraded"] and value["pending_changes"] > 0, "status: " + str(value))
    check.expect(value["selectors"][0]["next"] == ["sn01"], "status: next " + str(value))
    check.refuses("status", value)
    value = check.json("status", "status", "wrong.yaml", code=65)
    check.expect("errors" in value, "status: " + str(value))
    check.refuses("status", value)


def write_facts(directory, name):
    """What a node would have received: a peer with its endpoint; an endpoint was refused."""
    hub, bob, other = (base64.b64decode(key).hex() for key in PUBLIC_KEYS)
    now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        boot_id = file.read().strip()
    fact = "{} %s %d %d {} {}" % (PUBLIC_KEYS[0], now + 200000, now - 1000)
    os.makedirs(os.path.join(directory, "run"), exist_ok=True)
    write(directory, os.path.join("run", name + ".facts"), "\n".join([
        "facts 1 %s %d 0" % (boot_id, now),
        "interface wgt2 %s %d 2 not authentic" % (bytes(16).hex(), now - 9000),
        "peer %s %s %d %d 0 0 0 0 0" % (PUBLIC_KEYS[0], hub[:32], now + 200000, now - 9000),
        fact.format("received", 0, "4d00" + bob + "05" + "6e03626f62"),
        fact.format("received", 0, "6500" + bob + "c633640a" + "ca6c"),
        fact.format("refused", 4, "6500" + other + "7f000001" + "ca6c"), ""]))


def check_facts(check):
    """What was received is printed, and what this node itself reports."""
    write(check.directory, "facts.yaml", FACTS)
    write_facts(check.directory, "facts")
    value = check.json("status", "status", "facts.yaml", code=3)
    interface = value["interfaces"][0]
    facts = interface["facts"]
    check.expect([(fact["subject"], fact["value"]) for fact in facts["received"]] ==
                 [("bob", "bob"), ("bob", "198.51.100.10:51820"), ("hub", None)],
                 "facts: received " + str(facts))
    check.expect({fact["value"] for fact in facts["own"]} == {"10.9.0.0/24", "hub", "alice"},
                 "facts: own " + str(facts))
    check.expect(len(facts["refused"]) == 1 and facts["bad_packets"] == 2, "facts: " + str(facts))
    links = {peer["name"]: peer["facts"] for peer in interface["peers"]}
    check.expect(links["hub"]["alive"] and links["bob"]["origin"] == "fact from hub",
                 "facts: links " + str(links))
    check.refuses("status", value)
    value = check.json("plan", "plan", "facts.yaml", code=2)
    origins = {change.get("peer"): change.get("origin") for change in value["changes"]
               if change["kind"] == "peer_add"}
    check.expect(origins == {"hub": None, "bob": "fact from hub"}, "facts: plan " + str(value))
    check.refuses("plan", value)
    text = check.run("plan", "facts.yaml", code=2)
    check.expect("(fact from hub)\n" in text, "facts: plan " + text)
    text = check.run("status", "facts.yaml", "--facts", code=3)
    check.expect("\nfacts: own (wgt2)\n" in text and ": refused: " not in text and
                 "refused: no peer can have this endpoint\n" in text, "facts: " + text)
    check_prometheus(check, check.run("status", "facts.yaml", "--format", "prometheus", code=3))


def check_wait(check):
    """Nothing has been tried yet; then what failed is no reason to come back at once."""
    value = check.json("wait", "wait", "failing.yaml", code=0)
    check.expect(value["reason"] == "changes", "wait: " + str(value))
    check.refuses("wait", value)
    check.run("apply", "failing.yaml", "-q", "--json", code=1)
    value = check.json("wait", "wait", "failing.yaml", "--timeout", "300ms", code=0)
    check.expect(value["reason"] == "timeout" and 0.3 <= value["waited"] < 5,
                 "wait: " + str(value))
    check.expect(check.run("wait", "failing.yaml", "--timeout", "1ms", code=0) == "",
                 "wait prints something")
    text = check.run("wait", "failing.yaml", "--timeout", "1ms", "--format", "text", code=0)
    check.expect(text == "", "wait prints " + text)
    value = check.json("wait", "wait", "wrong.yaml", code=65)
    check.expect("errors" in value, "wait: " + str(value))


def check_other_forms(check, code):
    text = check.run("status", "home.yaml", "--format", "wgpeerselector", code=code)
    value = json.loads(text)
    check.expect(value == {"peers": {"sn01": {}, "sn02": {}, "sn03": {}}},
                 "wgpeerselector: " + text)
    output = os.path.join(check.directory, "wg.prom")
    text = check.run("status", "home.yaml", "--format", "prometheus", code=code)
    check.run("status", "home.yaml", "--format", "prometheus", "--output", output, code=code)
    with open(output, encoding="utf-8") as file:
        check.expect(len(file.read().splitlines()) == len(text.splitlines()),
                     "prometheus: --output differs")
    check.expect(os.stat(output).st_mode & 0o777 == 0o644, "prometheus: mode of the file")
    check_prometheus(check, text)


def check_prometheus(check, text):
    """As the format demands: each metric's lines together after its HELP and
    TYPE, no sample twice."""
    label = r'[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"'
    sample = re.compile(r'^([a-z_]+)\{%s(?:,%s)*\} [0-9]+(?:\.[0-9]+)?$' % (label, label))
    seen, current = set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
            check.expect(current not in seen, "prometheus: %s twice" % current)
            seen.add(current)
        elif line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            check.expect(name == current and kind in ("gauge", "counter"), "prometheus: " + line)
            check.expect((kind == "counter") == name.endswith("_total"), "prometheus: " + line)
        else:
            match = sample.match(line)
            check.expect(match and match.group(1) == current, "prometheus: " + line)
            series = line.rsplit(" ", 1)[0]
            check.expect(series not in seen, "prometheus: twice " + series)
            seen.add(series)
    check.expect("wgreconcile_degraded" in seen, "prometheus: nothing")


def check_with_interface(check):
    """The whole way, with a WireGuard that runs as a program."""
    value = check.json("apply", "apply", "home.yaml", code=0)
    check.expect({change["result"] for change in value["changes"]} == {"done"},
                 "apply: " + str(value))
    check.refuses("apply", value)
    value = check.json("apply", "apply", "home.yaml", code=0)
    check.expect(value["changes"] == [], "apply: the second run changes something: " + str(value))
    value = check.json("plan", "plan", "home.yaml", code=0)
    check.expect(value["changes"] == [], "plan: " + str(value))
    value = check.json("status", "status", "home.yaml", code=3)
    check.expect(value["interfaces"][0]["up"] and len(value["interfaces"][0]["peers"]) == 2,
                 "status: " + str(value))
    member = value["selectors"][0]["members"][0]
    check.expect(member["state"] == "trying" and member["role"] == "carrier",
                 "status: " + str(member))
    check.refuses("status", value)
    check_other_forms(check, 3)
    # What does not work is printed once.
    text = check.run("apply", "-q", "home.yaml", code=0)
    check.expect(re.fullmatch("(degraded: .*\n)+", text), "apply -q: " + text)
    text = check.run("apply", "-q", "home.yaml", code=0)
    check.expect(text == "", "apply -q prints again: " + text)
    output, errors = check.plain("show", "wgt0", "--keys", "shown", code=0)
    check.expect("wgt0:" in output and errors == "", "show: " + output + errors)
    write(check.directory, "shown.yaml", output)
    check.run("validate", "shown.yaml", code=0)
    for secret in secrets_of(check.directory):
        check.expect(secret[:20] not in output, "show: prints a key")


def check_usage(check):
    """The wrong word is named in one line, and the nearest right one."""
    for arguments, line in [
            (["aply"], "'aply' is not a command (did you mean 'apply'?)"),
            (["help", "stats"], "'stats' is not a command (did you mean 'status'?)"),
            (["plan", "--jsn"], "no option '--jsn' (did you mean '--json'?)"),
            (["import", "wgquick", "-"],
             "'wgquick' is nothing that import knows (did you mean 'wg-quick'?)"),
            (["import", "wg-quick", "-"], "the interface's name is missing"),
            (["import", "showconf", "x"], "the interface's name is missing"),
            (["import", "uci", "-", "-"], "only one of the files can be standard input"),
            (["import", "showconf", "a", "b", "c"],
             "'c' is one argument too many for import showconf"),
            (["import", "wg-quick", "a b.conf"],
             "'a b' cannot be the name of an interface: give one with --interface")]:
        output, errors = check.plain(*arguments, code=64)
        check.expect(output == "" and errors == "wgreconcile: %s; try 'wgreconcile help'\n" % line,
                     "%s: %s%s" % (arguments, output, errors))
    output, errors = check.plain(code=64)
    check.expect(output == "" and errors.startswith("usage: wgreconcile "), "usage: " + errors)
    output, errors = check.plain("help", code=0)
    check.expect(output.startswith("usage: wgreconcile ") and errors == "", "help: " + errors)
    check.expect(check.plain("plan", "-h", code=0) == check.plain("help", "plan", code=0),
                 "plan -h is not help plan")


def check_import(check):
    """What import and show print is taken by validate, and keys go into files only."""
    with open(os.path.join(check.directory, "wgt0.key"), encoding="utf-8") as file:
        key = file.read().strip()
    text = WG_QUICK % (key, PUBLIC_KEYS[0])
    output, errors = check.plain("import", "wg-quick", "-", "--interface", "wgt5", "--keys",
                                 "keys", code=0, given=text)
    check.expect("DNS" in errors and "--keys" not in errors, "import: " + errors)
    check.expect(key not in output + errors, "import: prints a key")
    write(check.directory, "imported.yaml", output)
    check.run("validate", "imported.yaml", code=0)
    path = os.path.join(check.directory, "keys", "wgt5.key")
    with open(path, encoding="utf-8") as file:
        check.expect(file.read() == key + "\n", "import: the key's file")
    check.expect(os.stat(path).st_mode & 0o777 == 0o600, "import: the mode of the key's file")
    output, errors = check.plain("import", "wg-quick", "-", "--interface", "wgt5", code=0,
                                 given=text)
    check.expect("1 key was not written; --keys DIR does it" in errors, "import: " + errors)
    check.plain("import", "wg-quick", "-", "--interface", "wgt5", code=65, given="[Nonsense]\n")
    check.plain("import", "wg-quick", "missing.conf", code=65)
    output, errors = check.plain("show", code=0)
    write(check.directory, "shown.yaml", output)
    check.run("validate", "shown.yaml", code=0)
    output, errors = check.plain("show", "wgt9", code=1)
    check.expect("'wgt9'" in errors, "show: " + errors)


def inside(program):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    with tempfile.TemporaryDirectory() as directory:
        check = Checker(program, directory)
        write(directory, "home.yaml", desired("wireguard-go", "ordered"))
        write(directory, "failing.yaml", desired("false", "random"))
        write(directory, "wrong.yaml", WRONG)
        check_usage(check)
        check_validate(check)
        for name in ("wgt0.key", "office.psk"):
            write_key(directory, name)
        check_import(check)
        check_plan(check)
        check_files(check)
        check_many_plan(check)
        check_status_without(check)
        check_other_forms(check, 3)
        check_facts(check)
        check_wait(check)
        check_failing_apply(check)
        if shutil.which("wireguard-go") and os.path.exists("/dev/net/tun"):
            check_with_interface(check)
            check_many_apply(check)
        else:
            print("not done: apply and status of a live interface need wireguard-go and a tun "
                  "device")
        print("%d checks, %d failures" % (check.checks, check.failures))
        return 1 if check.failures else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    program = os.path.abspath(sys.argv[1])
    if sys.argv[2:] == [INSIDE]:
        return inside(program)
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    return subprocess.run(unshare + [sys.executable, os.path.abspath(__file__), program, INSIDE],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
