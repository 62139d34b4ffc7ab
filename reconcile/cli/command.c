/* SPDX-License-Identifier: MIT */
#include "options.h"

const struct command commands[] = {
	{ "apply", "[FILE...]", "reconcile once: bring this machine to the declared state",
	  "Looks, decides, records what must be remembered, changes what differs, and reads it\n"
	  "back. With --for and --every the step is repeated, for timers of a coarser grain.",
	  0, -1, FOR_APPLY, cmd_apply },
	{ "plan", "[FILE...]", "show what apply would do, and change nothing",
	  "Exit code 2 when there is something to do. Names are resolved and peers are probed as\n"
	  "apply would; which member of a selector comes next is drawn anew each time.",
	  0, -1, FOR_PLAN, cmd_plan },
	{ "status", "[FILE...]", "show interfaces, peers and selectors, and what does not work",
	  "Exit code 3 when something desired does not work. --format wgpeerselector prints what\n"
	  "wgpeerselector's ubus method did; --format prometheus suits node_exporter's textfile\n"
	  "collector together with --output.",
	  0, -1, FOR_STATUS, cmd_status },
	{ "validate", "FILE...", "check files, without privileges",
	  "Prints \"configuration OK\", or everything that is wrong with exit code 65. Files with\n"
	  "keys are not opened.",
	  0, -1, FOR_VALIDATE, cmd_validate },
	{ "wait", "[FILE...]", "wait until there is something to do",
	  "Comes back when the kernel tells of a change to links, addresses, routes or rules that\n"
	  "concerns the files, when there is something to do already, and after the timeout:\n"
	  "    while wgreconcile wait; do wgreconcile apply; done\n"
	  "Changes that the last run failed to make do not end the wait before the timeout.",
	  0, -1, FOR_WAIT, cmd_wait },
	{ "show", "[INTERFACE...]", "print what the kernel has now as a desired state",
	  "All WireGuard interfaces, or those named. Without --keys no key is read or written:\n"
	  "the result leaves private and preshared keys as they are.",
	  0, -1, FOR_SHOW, cmd_show },
	{ "import", "wg-quick FILE... | wirelink FILE... | showconf FILE INTERFACE | uci FILE...",
	  "turn another tool's configuration into a desired state",
	  "Prints YAML; what cannot be converted is reported on standard error and in comments.\n"
	  "wg-quick takes the interfaces' names from the files' unless --interface gives it;\n"
	  "wirelink takes wirelink.INTERFACE.json and INTERFACE.conf, which lies beside it;\n"
	  "showconf is what \"wg showconf INTERFACE\" prints; uci takes OpenWrt's\n"
	  "/etc/config/network, /etc/config/wgpeerselector, or both. A FILE of - is standard "
	  "input.",
	  2, -1, FOR_IMPORT, cmd_import },
	{ "help", "[COMMAND]", "print this, or more about a command", "", 0, 1, FOR_HELP,
	  cmd_help },
	{ "version", "", "print the version", "", 0, 0, FOR_VERSION, cmd_version },
	{ 0 },
};

const struct grammar command_grammar = { "wgreconcile", commands, option_specs };
