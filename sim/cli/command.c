/* SPDX-License-Identifier: MIT */
#include "options.h"

const struct command wgsim_commands[] = {
	{ "run", "FILE|DIR...", "play scenarios, and say which expectations failed",
	  "All cases of each file (of a directory: of its *.yaml) are played, several at the same\n"
	  "time. A failure shows what was expected, what was seen, the last decisions of the node,\n"
	  "and the command that repeats it. The last line is always \"N passed, N failed\".\n"
	  "--output keeps the traces as PATH/CASE.SEED.jsonl, and the results as PATH/junit.xml. A\n"
	  "FILE of - is standard input.",
	  1, -1, FOR_RUN, wgsim_run },
	{ "list", "FILE|DIR...", "say which scenarios there are, how many cases, and of what",
	  "With --verbose each case is named.", 1, -1, FOR_LIST, wgsim_list },
	{ "validate", "FILE|DIR...", "check scenarios, without playing them",
	  "Prints everything that is wrong with exit code 65.", 1, -1, FOR_VALIDATE,
	  wgsim_validate },
	{ "replay", "TRACE", "play a trace's scenario again and compare",
	  "Plays it with the same seed on the same back end, and says \"identical\" or shows the\n"
	  "first line that differs. Only the time-travel kernel repeats itself byte for byte.",
	  1, 1, FOR_REPLAY, wgsim_replay },
	{ "shell", "FILE NODE", "play up to a time, and look around in a node",
	  "In the time-travel kernel the time stands still while you type. There,\n"
	  "\"pass 10s\" lets time pass, and \"pass 10s COMMAND\" while a command runs: pings\n"
	  "are answered, timers run, faults happen. \"exit\" ends it.",
	  2, 2, FOR_SHELL, wgsim_shell },
	{ "report", "TRACE...", "draw what happened, as one HTML page",
	  "Of one trace: what was expected, who was selected when, faults, handshakes, echo\n"
	  "requests, decisions. Of many: how many failed and how long outages were over the seeds,\n"
	  "with those that failed in full. The page needs nothing else to be looked at. gnuplot\n"
	  "draws the plots; --plot makes only one of them, as a file.",
	  0, -1, FOR_REPORT, wgsim_report },
	{ "explore", "", "play random worlds, and reduce what fails",
	  "Each seed is a random network and a random schedule of failures. Checked is what holds\n"
	  "in any world: the invariants, traffic within a bound whenever some gateway can be\n"
	  "reached for that long, and in the end nothing to do. With --output each failure is\n"
	  "reduced to the smallest scenario that still fails, PATH/violation-SEED.yaml. The last\n"
	  "line is \"N passed, N failed\".",
	  0, 0, FOR_EXPLORE, wgsim_explore },
	{ "tune", "FILE", "play one scenario with many settings, and show what is worth choosing",
	  "Each combination of the values that --vary gives is played with each seed, and what the\n"
	  "scenario measures is shown for each: a table with the Pareto front, and with --output\n"
	  "also tuning.json, tuning.svg and tuning.png there. Instead of FILE there may be files\n"
	  "tuning.json of earlier runs, the parts of --shard for example: they are joined.",
	  1, -1, FOR_TUNE, wgsim_tune },
	{ "help", "[COMMAND]", "print this, or more about a command", "", 0, 1, FOR_HELP,
	  wgsim_help },
	{ "version", "", "print the version", "", 0, 0, FOR_VERSION, wgsim_version },
	{ "play", "DIRECTORY", NULL, "", 1, 1, FOR_PLAY, wgsim_play },
	{ "terminal", "DIRECTORY", NULL, "", 1, 1, FOR_TERMINAL, wgsim_terminal },
	{ "pass", "DURATION [COMMAND...]", NULL, "", 0, -1, FOR_PASS, wgsim_pass },
	{ 0 },
};

const struct grammar wgsim_grammar = { "wgsim", wgsim_commands, wgsim_options };
