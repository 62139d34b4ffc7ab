/* SPDX-License-Identifier: MIT */
#include "base/json.h"
#include "tuning.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define COUNTS_P95 "p95"
#define COUNTS_MEAN "mean"

/* ---- Writing ---- */

static json_t *number_json(double number)
{
	if (!isfinite(number))
		return json_null();
	if (number == floor(number) && fabs(number) < 1e15)
		return json_integer((json_int_t)number);
	return json_real(number);
}

/* Numbers outside JSON's integers, as text. */
static json_t *seed_json(uint64_t seed, struct arena *scratch)
{
	if (seed <= INT64_MAX)
		return json_integer((json_int_t)seed);
	return json_text(arena_printf(scratch, "%" PRIu64, seed), scratch);
}

static json_t *variables_json(const struct tuning *tuning, struct arena *scratch)
{
	json_t *list = json_array();

	vec_each (variable, &tuning->variables) {
		json_t *object = json_object();

		json_put_text(object, "name", variable->name, scratch);
		json_put(object, "values",
			 json_texts(variable->values.at, variable->values.n, scratch));
		json_add(list, object);
	}
	return list;
}

static json_t *measures_json(const struct tuning *tuning, struct arena *scratch)
{
	json_t *list = json_array();

	vec_each (measure, &tuning->measures) {
		json_t *object = json_object();

		json_put_text(object, "name", measure->name, scratch);
		json_put_text(object, "kind", measure_words[measure->kind], scratch);
		json_put_text(object, "counts",
			      measure_counts_p95(measure->kind) ? COUNTS_P95 : COUNTS_MEAN,
			      scratch);
		json_add(list, object);
	}
	return list;
}

static json_t *fixed_json(const struct tuning *tuning, struct arena *scratch)
{
	json_t *object = json_object();

	vec_each (variable, &tuning->fixed)
		json_put_text(object, variable->name, variable->value, scratch);
	return object;
}

static json_t *settings_json(const struct tuning *tuning, const struct combination *combination,
			     struct arena *scratch)
{
	json_t *object = json_object();

	for (size_t i = 0; i < tuning->variables.n; i++)
		json_put_text(object, tuning->variables.at[i].name, combination->settings[i],
			      scratch);
	return object;
}

static json_t *statistics_json(const struct tuning *tuning, const struct combination *combination)
{
	json_t *object = json_object();

	for (size_t i = 0; i < tuning->measures.n; i++) {
		const struct tuning_statistics *statistics = &combination->statistics[i];
		json_t *one = json_object();

		json_put(one, "mean", number_json(statistics->mean));
		json_put(one, "median", number_json(statistics->median));
		json_put(one, "p95", number_json(statistics->p95));
		json_put(one, "max", number_json(statistics->max));
		json_put(object, tuning->measures.at[i].name, one);
	}
	return object;
}

static json_t *samples_json(const struct tuning *tuning, const struct combination *combination,
			    struct arena *scratch)
{
	json_t *list = json_array();

	vec_each (sample, &combination->samples) {
		json_t *object = json_object(), *values = json_array();

		json_put(object, "seed", seed_json(sample->seed, scratch));
		for (size_t i = 0; i < tuning->measures.n; i++)
			json_add(values, number_json(sample->values[i]));
		json_put(object, "values", values);
		json_add(list, object);
	}
	return list;
}

static json_t *combinations_json(const struct tuning *tuning, struct arena *scratch)
{
	json_t *list = json_array();

	vec_each (combination, &tuning->combinations) {
		json_t *object = json_object();

		json_put(object, "settings", settings_json(tuning, combination, scratch));
		if (combination->front)
			json_put(object, "front", json_integer(combination->front));
		json_put(object, "statistics", statistics_json(tuning, combination));
		json_put(object, "samples", samples_json(tuning, combination, scratch));
		json_add(list, object);
	}
	return list;
}

void tuning_write(const struct tuning *tuning, FILE *out)
{
	struct arena *scratch = arena_new();
	json_t *object = json_object();

	json_put_text(object, "scenario", tuning->scenario, scratch);
	json_put_text(object, "backend", tuning->backend, scratch);
	json_put_text(object, "program", tuning->program, scratch);
	json_put(object, "fixed", fixed_json(tuning, scratch));
	json_put(object, "variables", variables_json(tuning, scratch));
	json_put(object, "measures", measures_json(tuning, scratch));
	json_put(object, "combinations", combinations_json(tuning, scratch));
	json_print(out, object);
	fputc('\n', out);
	arena_free(scratch);
}

/* ---- Reading ---- */

struct reading {
	struct tuning *tuning;
	struct arena *arena;
	bool first; /* nothing was read before */
};

static const char *differ(const struct reading *reading, const char *what)
{
	return arena_printf(reading->arena, "it is about other %s than the one before", what);
}

/* As reported by jansson. */
static const char *unpack(const struct reading *reading, json_t *value, const char *format, ...)
{
	json_error_t error;
	va_list args;
	int result;

	va_start(args, format);
	result = json_vunpack_ex(value, &error, 0, format, args);
	va_end(args);
	return result < 0 ? arena_printf(reading->arena, "is no tuning of wgsim: %s", error.text)
			  : NULL;
}

static const char *take_text(const struct reading *reading, const char **place, const char *text,
			     const char *what)
{
	if (reading->first)
		*place = arena_strdup(reading->arena, text);
	return strcmp(*place, text) == 0 ? NULL : differ(reading, what);
}

static const char *read_heads(const struct reading *reading, json_t *root)
{
	struct tuning *tuning = reading->tuning;
	const char *scenario, *backend, *program, *error;

	error = unpack(reading, root, "{s:s, s:s, s:s}", "scenario", &scenario, "backend", &backend,
		       "program", &program);
	if (!error)
		error = take_text(reading, &tuning->scenario, scenario, "scenarios");
	if (!error)
		error = take_text(reading, &tuning->backend, backend, "back ends");
	if (!error)
		error = take_text(reading, &tuning->program, program, "versions of wgreconcile");
	return error;
}

static const char *read_fixed(const struct reading *reading, json_t *object)
{
	struct tuning *tuning = reading->tuning;
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(object, name, value)
	{
		const char *text = json_string_value(value);

		if (!text)
			return "is no tuning of wgsim: a variable is no text";
		if (reading->first)
			*vec_push(reading->arena, &tuning->fixed) = (struct variable){
				.name = arena_strdup(reading->arena, name),
				.value = arena_strdup(reading->arena, text),
			};
		if (n >= tuning->fixed.n || strcmp(tuning->fixed.at[n].name, name) != 0 ||
		    strcmp(tuning->fixed.at[n].value, text) != 0)
			return differ(reading, "values of variables");
		n++;
	}
	return n == tuning->fixed.n ? NULL : differ(reading, "values of variables");
}

static const char *read_variable(const struct reading *reading, json_t *object, size_t n)
{
	struct tuning *tuning = reading->tuning;
	const char *name, *error;
	json_t *values, *value;
	size_t i;

	error = unpack(reading, object, "{s:s, s:o}", "name", &name, "values", &values);
	if (error)
		return error;
	if (reading->first)
		vec_push(reading->arena, &tuning->variables)->name = arena_strdup(reading->arena,
										  name);
	if (n >= tuning->variables.n || strcmp(tuning->variables.at[n].name, name) != 0)
		return differ(reading, "variables");
	/* The display order. Others follow. */
	json_array_foreach(values, i, value)
	{
		if (!json_string_value(value))
			return "is no tuning of wgsim: a value is no text";
		if (reading->first)
			*vec_push(reading->arena, &tuning->variables.at[n].values) = arena_strdup(
				reading->arena, json_string_value(value));
	}
	return NULL;
}

static bool kind_parse(const char *word, enum measure_kind *kind)
{
	for (size_t i = 0; measure_words[i]; i++) {
		*kind = (enum measure_kind)i;
		if (!strcmp(measure_words[i], word))
			return true;
	}
	return false;
}

static const char *read_measure(const struct reading *reading, json_t *object, size_t n)
{
	struct tuning *tuning = reading->tuning;
	const char *name, *word, *error;
	enum measure_kind kind;

	error = unpack(reading, object, "{s:s, s:s}", "name", &name, "kind", &word);
	if (error)
		return error;
	if (!kind_parse(word, &kind))
		return "is no tuning of wgsim: it has a measure of an unknown kind";
	if (reading->first)
		*vec_push(reading->arena, &tuning->measures) = (struct tuning_measure){
			arena_strdup(reading->arena, name), kind
		};
	if (n >= tuning->measures.n || strcmp(tuning->measures.at[n].name, name) != 0 ||
	    tuning->measures.at[n].kind != kind)
		return differ(reading, "measures");
	return NULL;
}

static bool read_seed(json_t *value, uint64_t *seed)
{
	const char *text = json_string_value(value);
	char *end;

	errno = 0;
	if (text)
		*seed = strtoull(text, &end, 10);
	else
		*seed = (uint64_t)json_integer_value(value);
	return text ? !errno && *text && !*end : json_is_integer(value);
}

static const char *read_sample(const struct reading *reading, struct combination *combination,
			       json_t *object)
{
	struct tuning *tuning = reading->tuning;
	double *read = arena_alloc(reading->arena, tuning->measures.n * sizeof(*read));
	json_t *given, *values, *value;
	const char *error;
	uint64_t seed;
	size_t i;

	error = unpack(reading, object, "{s:o, s:o}", "seed", &given, "values", &values);
	if (error)
		return error;
	if (!read_seed(given, &seed) || json_array_size(values) != tuning->measures.n)
		return "is no tuning of wgsim: it has a sample that is not complete";
	json_array_foreach(values, i, value)
		read[i] = json_is_number(value) ? json_number_value(value) : NAN;
	return tuning_add(tuning, combination, seed, read);
}

static const char *read_combination(const struct reading *reading, json_t *object, size_t n)
{
	struct tuning *tuning = reading->tuning;
	const char **settings = arena_alloc(reading->arena,
					    tuning->variables.n * sizeof(*settings));
	json_t *given, *samples, *sample;
	struct combination *combination;
	const char *error;
	size_t i;

	(void)n;
	error = unpack(reading, object, "{s:o, s:o}", "settings", &given, "samples", &samples);
	if (error)
		return error;
	for (i = 0; i < tuning->variables.n; i++) {
		settings[i] = json_string_value(
			json_object_get(given, tuning->variables.at[i].name));
		if (!settings[i])
			return "is no tuning of wgsim: settings lack a variable";
	}
	combination = tuning_combination(tuning, settings);
	json_array_foreach(samples, i, sample)
	{
		error = read_sample(reading, combination, sample);
		if (error)
			return error;
	}
	return NULL;
}

static const char *read_each(const struct reading *reading, json_t *list,
			     const char *(*read)(const struct reading *reading, json_t *object,
						 size_t n))
{
	const char *error = NULL;
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object)
	{
		error = read(reading, object, i);
		if (error)
			return error;
	}
	return NULL;
}

static const char *read_root(const struct reading *reading, json_t *root)
{
	struct tuning *tuning = reading->tuning;
	json_t *fixed, *variables, *measures, *combinations;
	const char *error = read_heads(reading, root);

	if (!error)
		error = unpack(reading, root, "{s:o, s:o, s:o, s:o}", "fixed", &fixed, "variables",
			       &variables, "measures", &measures, "combinations", &combinations);
	if (!error)
		error = read_fixed(reading, fixed);
	if (!error)
		error = read_each(reading, variables, read_variable);
	if (!error)
		error = read_each(reading, measures, read_measure);
	if (!error && (json_array_size(variables) != tuning->variables.n ||
		       json_array_size(measures) != tuning->measures.n))
		error = differ(reading, "variables or measures");
	return error ? error : read_each(reading, combinations, read_combination);
}

const char *tuning_read(struct tuning *tuning, const char *text, size_t length)
{
	const struct reading reading = {
		.tuning = tuning,
		.arena = tuning->arena,
		.first = !tuning->scenario,
	};
	json_error_t failure;
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &failure);
	const char *error;

	if (!root)
		return arena_printf(tuning->arena, "line %d: %s", failure.line,
				    text_printable(tuning->arena, failure.text));
	error = read_root(&reading, root);
	json_decref(root);
	return error;
}
