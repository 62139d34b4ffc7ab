/* SPDX-License-Identifier: MIT */
/*
 * print_files: prints changes of files as JSON, as plan and then as apply do, a line each.
 * No desired state leads to such changes yet.
 */
#include "base/cli/message.h"
#include "cli/output.h"

#include <stdio.h>

const char program_name[] = "print_files";

static const struct desired_file files[] = {
	{ .path = "/etc/bird/wg.conf", .text = "protocol ospf {}\n", .length = 17, .mode = 0644 },
	{ .path = "/etc/bird/\xff.conf", .text = "", .mode = 0644 },
	{ .path = "/etc/bird/secret.conf", .text = "password\n", .length = 9, .mode = 0640 },
};

static void add_changes(struct run *run)
{
	static const struct observed nothing;
	static const struct recorded no_records;
	static const struct samples no_samples;
	struct desired desired = { .arena = run->arena, .name = "test" };
	const struct plan_input input = { &desired, &no_records, &no_samples, &nothing, 1 };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		*vec_push(run->arena, &desired.files) = files[i];
	*vec_push(run->arena, &desired.files.at[0].load) = "birdc";
	*vec_push(run->arena, &desired.files.at[0].load) = "configure";
	plan_make(&run->plan, run->arena, &input);
}

static bool print(enum run_mode mode)
{
	struct arena *arena = arena_new();
	struct run run = { .arena = arena, .diags = { .arena = arena } };
	struct desired desired = { .arena = arena };
	struct printer printer = { .out = stdout, .err = stderr };
	struct report report;

	add_changes(&run);
	run.desired = &desired;
	if (mode == RUN_APPLY) {
		run.plan.changes.list.at[0].result = CHANGE_DONE;
		run.plan.changes.list.at[1].result = CHANGE_FAILED;
		run.plan.changes.list.at[1].error = "No space left on device";
	}
	report_make(&report, &run, "test", mode, RUN_DONE);
	output_report(&output_json, &printer, &report);
	arena_free(arena);
	return fflush(stdout) == 0;
}

int main(void)
{
	return print(RUN_DRY) && print(RUN_APPLY) ? 0 : 1;
}
