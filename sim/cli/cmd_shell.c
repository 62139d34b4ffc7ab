/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"
#include "run/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* Time to wait for the end of stopped processes. */
#define STOP_GRACE_MS 3000

struct looked_at {
	const struct sim_options *options;
	struct arena *arena;
	const struct play_case *which;
	const struct scenario *scenario;
	const char *text;
	struct tools tools;
	enum backend backend;
};

static bool find_place(struct looked_at *looked)
{
	const struct batch_options *options = &looked->options->batch;
	const char *error;

	looked->backend = options->backend;
	error = backend_find(&looked->backend, options->has_backend, &looked->tools,
			     options->program, looked->arena);
	if (!error)
		error = backend_lacks(looked->backend, looked->scenario);
	if (error)
		message_error("%s", error);
	return !error;
}

/* The nodes' names with a NULL at the end. */
static const char *const *node_names(const struct looked_at *looked)
{
	VEC(const char *) names = { 0 };

	vec_each (node, &looked->scenario->nodes)
		*vec_push(looked->arena, &names) = node->name;
	*vec_push(looked->arena, &names) = NULL;
	return names.at;
}

static enum exit_code find_case(struct looked_at *looked, const struct play_cases *cases,
				struct diags *diags)
{
	const char *node = looked->options->arguments.at[1];

	if (cases->list.n != 1) {
		message_error(
			"%s has %zu such cases; choose one of them with --set, --seed or --only",
			looked->options->arguments.at[0], cases->list.n);
		return EXIT_USAGE;
	}
	looked->which = &cases->list.at[0];
	looked->scenario = scenario_of_case(looked->which->file, &looked->which->which,
					    &looked->text, diags);
	if (!looked->scenario)
		return EXIT_INPUT;
	if (scenario_node(looked->scenario, node))
		return EXIT_DONE;
	message_error("%s", wrong_word_text(looked->arena, node, "no node of the scenario",
					    node_names(looked)));
	return EXIT_USAGE;
}

static void tell_beginning(const struct looked_at *looked)
{
	msec_t at = looked->options->at >= 0 ? looked->options->at : looked->scenario->duration;

	fprintf(stderr, "%s seed %" PRIu64 ", back end %s: playing up to %s ...\n",
		looked->which->which.name, looked->which->which.seed, backend_word(looked->backend),
		duration_human(looked->arena, at));
}

static void print_output(const struct looked_at *looked, const struct job *job)
{
	const char *path = arena_printf(looked->arena, "%s/" JOB_OUTPUT, job->directory);
	size_t length = 0;
	const char *text = text_read(path, &length, looked->arena);

	if (text && *text)
		fputs(text, stderr);
}

static bool wait_for_end(const struct job *job)
{
	struct pollfd ended = { .fd = job->pidfd, .events = POLLIN };

	return poll(&ended, 1, STOP_GRACE_MS) > 0;
}

static enum exit_code stand_in_node(struct looked_at *looked, struct terminal *terminal,
				    const char *directory)
{
	const char *kind = getenv("TERM");
	const struct job_spec spec = {
		.tools = &looked->tools,
		.directory = arena_printf(looked->arena, "%s/1", directory),
		.name = looked->which->which.name,
		.text = looked->text,
		.seed = looked->which->which.seed,
		.backend = looked->backend,
		.memory = looked->options->batch.memory,
		.node = looked->options->arguments.at[1],
		.at = looked->options->at,
		.terminal_kind = kind ? kind : "dumb",
		.rows = terminal->rows,
		.columns = terminal->columns,
		.terminal = terminal->slave,
		.terminal_path = terminal->path,
	};
	struct failure failure = { 0 };
	struct job job;
	int signal_number, status;

	if (!job_start(&job, &spec, looked->arena, &failure)) {
		message_error("%s", failure_text(&failure, looked->arena));
		return EXIT_ERROR;
	}
	signal_number = terminal_relay(terminal, &job);
	if (signal_number) {
		job_stop(&job);
		if (!wait_for_end(&job))
			job_kill(&job);
	}
	status = job_end(&job);
	if (signal_number)
		return EXIT_INTERRUPTED;
	print_output(looked, &job);
	return status == PLAY_PASSED || status == PLAY_FAILED ? EXIT_DONE : EXIT_ERROR;
}

static enum exit_code with_terminal(struct looked_at *looked)
{
	enum exit_code code = EXIT_ERROR;
	struct failure failure = { 0 };
	struct workplace workplace;
	struct terminal terminal;

	if (!workplace_make(&workplace, NULL, looked->arena, &failure)) {
		message_error("%s", failure_text(&failure, looked->arena));
		return EXIT_ERROR;
	}
	tell_beginning(looked);
	if (terminal_open(&terminal, backend_in_guest(looked->backend), looked->arena, &failure))
		code = stand_in_node(looked, &terminal, workplace.path);
	else
		message_error("%s", failure_text(&failure, looked->arena));
	terminal_close(&terminal);
	if (!workplace_remove(&workplace))
		message_error("%s cannot be removed", workplace.path);
	return code;
}

enum exit_code wgsim_shell(void *given)
{
	struct sim_options *options = given;
	struct looked_at looked = { .options = options, .arena = options->arena };
	struct diags diags = { .arena = options->arena };
	struct scenario_files files = { 0 };
	struct play_cases cases = { 0 };
	enum exit_code code = EXIT_INPUT;

	if (scenario_files_read(&files, options->arguments.at, 1, &diags) &&
	    cases_choose(&cases, &files, &options->choice, &diags))
		code = find_case(&looked, &cases, &diags);
	scenario_diags_print(&diags);
	if (code != EXIT_DONE)
		return code;
	return find_place(&looked) ? with_terminal(&looked) : EXIT_ERROR;
}
