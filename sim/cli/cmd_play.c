/* SPDX-License-Identifier: MIT */
/*
 * The process that simulates one case, here or in a simulated machine.
 */
#include "base/cli/message.h"
#include "options.h"
#include "run/backend.h"
#include "run/play_job.h"
#include "run/scenario_files.h"
#include "run/visit.h"
#include "run/workplace.h"

#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Number of records whose texts are made before their memory is freed. */
#define SCRATCH_RECORDS 1024
/* Simulated time between progress reports. */
#define TELL_EVERY_MS 1000

struct writing {
	FILE *trace;
	int progress_fd;
	struct play_progress progress;
	msec_t told;
	unsigned scratch_used;
	struct arena *scratch;
	bool failed;
};

static void tell(struct writing *writing)
{
	writing->told = writing->progress.at;
	if (fflush(writing->trace) != 0 ||
	    !play_progress_write(writing->progress_fd, &writing->progress))
		writing->failed = true;
}

static void write_record(struct writing *writing, const struct record *record)
{
	if (writing->scratch_used++ % SCRATCH_RECORDS == 0) {
		arena_free(writing->scratch);
		writing->scratch = arena_new();
	}
	fputs(trace_line(record, writing->scratch), writing->trace);
	putc('\n', writing->trace);
	writing->progress.at = record->at;
	if (record->kind == RECORD_EXPECTATION && record->expectation.passed)
		writing->progress.passed++;
	else if (record->kind == RECORD_EXPECTATION)
		writing->progress.failed++;
	if (record->at - writing->told >= TELL_EVERY_MS)
		tell(writing);
}

static bool writing_open(struct writing *writing, const char *directory, struct arena *arena)
{
	const char *trace = arena_printf(arena, "%s/" JOB_TRACE, directory);
	const char *progress = arena_printf(arena, "%s/" JOB_PROGRESS, directory);

	*writing = (struct writing){ .trace = fopen(trace, "we"), .progress_fd = -1 };
	if (!writing->trace) {
		message_error("%s: %s", trace, strerror(errno));
		return false;
	}
	writing->progress_fd = open(progress, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (writing->progress_fd >= 0)
		return true;
	message_error("%s: %s", progress, strerror(errno));
	fclose(writing->trace);
	return false;
}

static bool writing_close(struct writing *writing)
{
	tell(writing);
	if (ferror(writing->trace))
		writing->failed = true;
	/* In a simulated machine a full host disk is reported only when pages are written back. */
	if (sync_file_range(fileno(writing->trace), 0, 0, SYNC_FILE_RANGE_WRITE_AND_WAIT) < 0 &&
	    errno != ESPIPE && errno != EINVAL && errno != ENOSYS)
		writing->failed = true;
	if (fclose(writing->trace) != 0 || close(writing->progress_fd) != 0)
		writing->failed = true;
	arena_free(writing->scratch);
	if (writing->failed)
		message_error("the trace cannot be written");
	return !writing->failed;
}

/* Data from the engine's callbacks. */
struct playing {
	struct writing writing;
	struct visit visit;
};

static void on_record(void *context, const struct record *record)
{
	struct playing *playing = context;

	write_record(&playing->writing, record);
}

static bool on_stop(void *context, struct world *world, msec_t *next)
{
	struct playing *playing = context;

	return visit(&playing->visit, world, next);
}

static enum play_outcome play_written(struct scenario *scenario, const struct play_job *job,
				      const char *text, const char *directory, struct arena *arena)
{
	struct playing playing;
	struct play_options options = {
		.text = text,
		.name = job->name,
		.backend = job->backend,
		.program = job->program,
		.directory = job->directory,
		.record = on_record,
		.context = &playing,
		.stop_at = -1,
		.stopped = on_stop,
	};
	enum play_outcome outcome;

	if (mkdir(job->directory, 0755) < 0 && errno != EEXIST) {
		message_error("%s: %s", job->directory, strerror(errno));
		return PLAY_BROKEN;
	}
	if (!writing_open(&playing.writing, directory, arena))
		return PLAY_BROKEN;
	if (job->node)
		options.stop_at = visit_begin(&playing.visit, job, scenario, arena);
	outcome = job->node && options.stop_at < 0 ? PLAY_BROKEN : play(scenario, &options);
	if (job->node)
		visit_end(&playing.visit);
	return writing_close(&playing.writing) ? outcome : PLAY_BROKEN;
}

/* In a simulated machine each page of a program on the host's file system is one
 * more mapping of the host's, at each start: from memory it starts faster. */
static const char *program_in_memory(const char *program)
{
	const char *copy = "/tmp/wgreconcile";
	struct failure failure;

	return program_copy(program, copy, &failure) ? copy : program;
}

static enum play_outcome play_directory(const char *directory, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/" JOB_SCENARIO, directory);
	struct diags diags = { .arena = arena };
	struct scenario *scenario;
	struct play_job job;
	const char *text;
	size_t length;
	const char *error = play_job_read(&job, directory, arena);

	if (error) {
		message_error("%s", error);
		return PLAY_BROKEN;
	}
	if (backend_in_guest(job.backend))
		job.program = program_in_memory(job.program);
	text = text_read(path, &length, arena);
	if (!text) {
		message_error("%s: %s", path, strerror(errno));
		return PLAY_BROKEN;
	}
	scenario = scenario_of_text(JOB_SCENARIO, text, &diags);
	if (!scenario) {
		scenario_diags_print(&diags);
		return PLAY_BROKEN;
	}
	return play_written(scenario, &job, text, directory, arena);
}

enum exit_code wgsim_play(void *given)
{
	const struct sim_options *options = given;

	return (enum exit_code)play_directory(options->arguments.at[0], options->arena);
}
