/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include "base/hash.h"

#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>

unsigned case_shard(const char *name, uint64_t seed, unsigned shards)
{
	uint64_t hash = hash_text(HASH_BASIS, name);

	/* The name determines the part of its first seed, and consecutive seeds rotate, so
	 * that the parts of a single scenario are of equal size. */
	return (unsigned)(((hash ^ hash >> 32) % shards + seed % shards) % shards) + 1;
}

const char *case_file_name(struct arena *arena, const char *name, uint64_t seed)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_.,=+-";
	char *safe = arena_strdup(arena, name);
	char *end = safe;

	/* "standby[warm=1]" is "standby.warm=1". */
	for (const char *at = name; *at; at++) {
		if (*at == ']' && !at[1])
			break;
		*end++ = (char)(*at == '[' ? '.' : strchr(kept, *at) ? *at : '_');
	}
	*end = '\0';
	/* Neither hidden, nor an option. */
	if (safe[0] == '.' || safe[0] == '-')
		safe[0] = '_';
	return arena_printf(arena, "%s.%" PRIu64, safe, seed);
}

/* ---- The list ---- */

/* Matches --only: both as text and as a regular expression, where brackets in names have
 * another meaning. */
struct pattern {
	const char *text; /* NULL: everything */
	bool is_regex;
	regex_t regex;
};

static void pattern_make(struct pattern *pattern, const char *text)
{
	*pattern = (struct pattern){ .text = text };
	if (text)
		pattern->is_regex = regcomp(&pattern->regex, text, REG_EXTENDED | REG_NOSUB) == 0;
}

static void pattern_free(struct pattern *pattern)
{
	if (pattern->is_regex)
		regfree(&pattern->regex);
}

static bool pattern_fits(const struct pattern *pattern, const char *name)
{
	return !pattern->text || strstr(name, pattern->text) ||
	       (pattern->is_regex && regexec(&pattern->regex, name, 0, NULL, 0) == 0);
}

static int by_file_name(const void *a, const void *b)
{
	const struct play_case *const *first = a, *const *second = b;
	int order = strcmp((*first)->file_name, (*second)->file_name);

	if (order == 0)
		return *first < *second ? -1 : 1;
	return order;
}

/* Files in different directories may have the same name. */
static void tell_apart(struct play_cases *cases, struct arena *arena)
{
	size_t n = cases->list.n;
	struct play_case **sorted = arena_alloc(arena, n * sizeof(struct play_case *));
	unsigned same = 1;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &cases->list.at[i];
	qsort(sorted, n, sizeof(struct play_case *), by_file_name);
	for (size_t i = n; i-- > 1;) {
		const char *name = sorted[i]->file_name;

		same = strcmp(sorted[i - 1]->file_name, name) == 0 ? same + 1 : 1;
		if (same > 1)
			sorted[i]->file_name = arena_printf(arena, "%s~%u", name, same);
	}
}

static bool add_file(struct play_cases *cases, const struct scenario_file *file,
		     const struct case_choice *choice, uint64_t seed, struct diags *diags)
{
	struct scenario_cases rows = { 0 };

	if (!scenario_cases(file->tree, choice->settings.at, choice->settings.n, choice->has_seed,
			    seed, &rows, diags))
		return false;
	vec_each (row, &rows.list) {
		struct play_case *one = vec_push(diags->arena, &cases->list);

		one->file = file;
		one->which = *row;
		one->file_name = case_file_name(diags->arena, row->name, row->seed);
	}
	return true;
}

static void choose(struct play_cases *cases, const struct case_choice *choice)
{
	struct pattern pattern;
	size_t kept = 0;

	pattern_make(&pattern, choice->only);
	vec_each (one, &cases->list) {
		if (pattern_fits(&pattern, one->which.name) &&
		    case_shard(one->which.name, one->which.seed, choice->shards) == choice->shard)
			cases->list.at[kept++] = *one;
	}
	cases->n_all = cases->list.n;
	cases->list.n = kept;
	pattern_free(&pattern);
}

bool cases_choose(struct play_cases *cases, const struct scenario_files *files,
		  const struct case_choice *choice, struct diags *diags)
{
	unsigned errors = diags->errors;

	vec_each (file, &files->list) {
		for (uint64_t seed = choice->seed; seed <= choice->seed_last; seed++) {
			/* Other seeds would only repeat the errors. */
			if (!add_file(cases, file, choice, seed, diags))
				break;
			if (seed == UINT64_MAX)
				break;
		}
	}
	if (diags->errors > errors)
		return false;
	tell_apart(cases, diags->arena);
	choose(cases, choice);
	return true;
}

bool cases_check(const struct play_cases *cases, struct diags *diags)
{
	const struct play_case *before = NULL;
	unsigned errors = diags->errors;
	uint64_t first_seed = 0;

	vec_each (one, &cases->list) {
		if (!before || before->file != one->file)
			first_seed = one->which.seed;
		before = one;
		if (one->which.seed == first_seed)
			scenario_of_case(one->file, &one->which, NULL, diags);
	}
	return diags->errors == errors;
}
