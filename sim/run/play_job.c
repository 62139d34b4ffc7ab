/* SPDX-License-Identifier: MIT */
#include "play_job.h"

#include "backend.h"
#include "workplace.h"

#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define PROGRESS_MAX 64

const char *play_job_write(const struct play_job *job, const char *directory, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/" JOB_OPTIONS, directory);
	json_t *object = json_object();
	const char *error = NULL;

	json_put_text(object, "name", job->name, arena);
	json_put_text(object, "backend", backend_word(job->backend), arena);
	json_put_text(object, "program", job->program, arena);
	json_put_text(object, "directory", job->directory, arena);
	json_put_text(object, "node", job->node, arena);
	json_put_text(object, "terminal", job->terminal, arena);
	json_put_text(object, "terminal_kind", job->terminal_kind, arena);
	json_put(object, "rows", json_integer(job->rows));
	json_put(object, "columns", json_integer(job->columns));
	json_put(object, "stop_at", json_integer(job->stop_at));
	if (json_dump_file(object, path, JSON_INDENT(1)) < 0)
		error = arena_printf(arena, "%s: %s", path, strerror(errno));
	json_decref(object);
	return error;
}

static unsigned number_of(const json_t *object, const char *name)
{
	return (unsigned)json_integer_value(json_object_get(object, name));
}

const char *play_job_read(struct play_job *job, const char *directory, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/" JOB_OPTIONS, directory);
	json_error_t error;
	json_t *object = json_load_file(path, 0, &error);
	const char *backend;

	if (!object)
		return arena_printf(arena, "%s: %s", path, error.text);
	backend = json_member_text(object, "backend", arena);
	*job = (struct play_job){
		.name = json_member_text(object, "name", arena),
		.program = json_member_text(object, "program", arena),
		.directory = json_member_text(object, "directory", arena),
		.node = json_member_text(object, "node", arena),
		.terminal = json_member_text(object, "terminal", arena),
		.terminal_kind = json_member_text(object, "terminal_kind", arena),
		.rows = number_of(object, "rows"),
		.columns = number_of(object, "columns"),
		.stop_at = json_integer_value(json_object_get(object, "stop_at")),
	};
	json_decref(object);
	if (!job->name || !job->program || !job->directory || !backend ||
	    !backend_parse(backend, &job->backend))
		return arena_printf(arena, "%s is not complete", path);
	return NULL;
}

bool play_progress_write(int fd, const struct play_progress *progress)
{
	char text[PROGRESS_MAX];
	int length = snprintf(text, sizeof(text), "%20" PRId64 " %10u %10u\n", progress->at,
			      progress->passed, progress->failed);

	return pwrite(fd, text, (size_t)length, 0) == length;
}

bool play_progress_read(const char *directory, struct play_progress *progress, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/" JOB_PROGRESS, directory);
	size_t length;
	const char *text = text_read(path, &length, arena);

	*progress = (struct play_progress){ 0 };
	return text && sscanf(text, "%" SCNd64 " %u %u", &progress->at, &progress->passed,
			      &progress->failed) == 3;
}
