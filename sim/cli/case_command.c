/* SPDX-License-Identifier: MIT */
#include "case_command.h"

#include "run/backend.h"

#include <inttypes.h>

const char *shell_word(struct arena *arena, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_.,=+-/:%@^";
	const char *quoted = "";

	if (*word && !word[strspn(word, plain)])
		return word;
	for (;;) {
		size_t length = strcspn(word, "'");

		quoted = arena_printf(arena, "%s%.*s", quoted, (int)length, word);
		word += length;
		if (!*word++)
			return arena_printf(arena, "'%s'", quoted);
		quoted = arena_printf(arena, "%s'\\''", quoted);
	}
}

static bool is_set(const struct sim_options *options, const char *name)
{
	vec_each (setting, &options->choice.settings)
		if (strcmp(setting->name, name) == 0)
			return true;
	return false;
}

/* The varied values of the file's matrix, and the settings. */
static bool is_told(const struct play_case *which, const struct sim_options *options,
		    const char *name)
{
	const struct tree_node *matrix = tree_get(which->file->tree, "matrix");

	return is_set(options, name) || (matrix && tree_get(matrix, name));
}

static const char *add_word(struct arena *arena, const char *command, const char *option,
			    const char *value)
{
	return arena_printf(arena, "%s %s%s%s", command, option, *option ? " " : "",
			    shell_word(arena, value));
}

const char *case_command(const struct play_case *which, const struct sim_options *options,
			 struct arena *arena)
{
	const char *command = arena_printf(arena, "wgsim run --seed %" PRIu64, which->which.seed);

	vec_each (variable, &which->which.variables)
		if (is_told(which, options, variable->name))
			command = add_word(
				arena, command, "--set",
				arena_printf(arena, "%s=%s", variable->name, variable->value));
	if (options->batch.has_backend)
		command = add_word(arena, command, "--backend",
				   backend_word(options->batch.backend));
	if (options->batch.program)
		command = add_word(arena, command, "--program", options->batch.program);
	if (options->batch.memory)
		command = add_word(arena, command, "--memory", options->batch.memory);
	/* The name that the standard input has in errors. */
	if (strcmp(which->file->path, "standard input") == 0)
		return add_word(arena, command, "", "-");
	return add_word(arena, command, "", which->file->path);
}
