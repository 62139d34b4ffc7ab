/* SPDX-License-Identifier: MIT */
/*
 * Keys are in the order of the tables, and jansson keeps it; with a fixed precision the
 * bytes are reproducible. jansson can only fail without memory here, which ends the process.
 */
#include "trace.h"

#include "trace_fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* All significant digits of a double of milliseconds since the start. */
#define DIGITS 15
/* From here a double has less than three decimals. */
#define ROUND_MAX 1e12

static json_t *made(json_t *json, struct arena *arena)
{
	if (!json)
		arena_alloc(arena, SIZE_MAX);
	return json;
}

static json_t *text_json(const char *text, struct arena *arena)
{
	json_t *json = json_string(text);

	/* A program's output may not be UTF-8. */
	return made(json ? json : json_string(text_printable(arena, text)), arena);
}

static json_t *u64_json(uint64_t number, struct arena *arena)
{
	if (number > INT64_MAX)
		return text_json(arena_printf(arena, "%" PRIu64, number), arena);
	return made(json_integer((json_int_t)number), arena);
}

/* Three decimals: of seconds the milliseconds, of milliseconds the microseconds. */
static json_t *number_json(double number, struct arena *arena)
{
	double half = number < 0 ? -0.5 : 0.5;

	if (number > -ROUND_MAX && number < ROUND_MAX)
		number = (double)(int64_t)(number * 1000 + half) / 1000;
	return made(json_real(number), arena);
}

static json_t *seconds_json(msec_t time, struct arena *arena)
{
	return made(json_real((double)time / MSEC_PER_SEC), arena);
}

static json_t *texts_json(const struct any_vec *vec, struct arena *arena)
{
	json_t *array = made(json_array(), arena);
	const char *const *texts = vec->at;

	for (size_t i = 0; i < vec->n; i++) {
		if (json_array_append_new(array, text_json(texts[i], arena)))
			made(NULL, arena);
	}
	return array;
}

static void put_fields(json_t *object, const struct trace_field *fields, const void *from,
		       struct arena *arena);

static json_t *list_json(const struct any_vec *vec, const struct trace_field *field,
			 struct arena *arena)
{
	json_t *array = made(json_array(), arena);

	for (size_t i = 0; i < vec->n; i++) {
		json_t *object = made(json_object(), arena);

		put_fields(object, field->items, (const char *)vec->at + i * field->item_size,
			   arena);
		if (json_array_append_new(array, object))
			made(NULL, arena);
	}
	return array;
}

/* A plain value; NULL if it is empty. */
static json_t *scalar_json(const struct trace_field *field, const void *from, struct arena *arena)
{
	const char *text;
	msec_t time;
	double number;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_PRINTED:
		memcpy(&text, from, sizeof(text));
		if (!text || (!*text && field->type == FIELD_PRINTED))
			return field->always ? text_json("", arena) : NULL;
		return text_json(text, arena);
	case FIELD_FLAG:
		return *(const bool *)from || field->always
			       ? made(json_boolean(*(const bool *)from), arena)
			       : NULL;
	case FIELD_TIME:
	case FIELD_AGE:
		memcpy(&time, from, sizeof(time));
		return time < 0 && field->type == FIELD_AGE ? NULL : seconds_json(time, arena);
	case FIELD_RTT:
	case FIELD_NUMBER:
		memcpy(&number, from, sizeof(number));
		if (!isfinite(number) || (number < 0 && field->type == FIELD_RTT))
			return NULL;
		return number_json(number, arena);
	default:
		return NULL;
	}
}

static json_t *integer_json(const struct trace_field *field, const void *from, struct arena *arena)
{
	uint64_t number = 0;
	unsigned count;
	int status;

	switch (field->type) {
	case FIELD_STATUS:
		memcpy(&status, from, sizeof(status));
		return made(json_integer(status), arena);
	case FIELD_COUNT:
		memcpy(&count, from, sizeof(count));
		number = count;
		break;
	default:
		memcpy(&number, from, sizeof(number));
		break;
	}
	return number || field->always ? u64_json(number, arena) : NULL;
}

static json_t *vec_json(const struct trace_field *field, const void *from, struct arena *arena)
{
	struct any_vec vec;

	memcpy(&vec, from, sizeof(vec));
	if (!vec.n && !field->always)
		return NULL;
	return field->type == FIELD_TEXTS ? texts_json(&vec, arena) : list_json(&vec, field, arena);
}

static json_t *field_json(const struct trace_field *field, const void *from, struct arena *arena)
{
	switch (field->type) {
	case FIELD_COUNT:
	case FIELD_STATUS:
	case FIELD_U64:
		return integer_json(field, from, arena);
	case FIELD_TEXTS:
	case FIELD_LIST:
		return vec_json(field, from, arena);
	default:
		return scalar_json(field, from, arena);
	}
}

static void put(json_t *object, const char *name, json_t *value, struct arena *arena)
{
	if (json_object_set_new(object, name, value))
		made(NULL, arena);
}

static void put_fields(json_t *object, const struct trace_field *fields, const void *from,
		       struct arena *arena)
{
	for (const struct trace_field *field = fields; field->name; field++) {
		json_t *value = field_json(field, (const char *)from + field->offset, arena);

		if (value)
			put(object, field->name, value, arena);
	}
}

char *trace_line(const struct record *record, struct arena *arena)
{
	json_t *object = made(json_object(), arena);
	char *text, *line;

	put(object, "kind", text_json(record_kind_word(record->kind), arena), arena);
	put(object, "t", seconds_json(record->at, arena), arena);
	put_fields(object, record_fields(record->kind), record, arena);
	text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	json_decref(object);
	if (!text)
		made(NULL, arena);
	line = arena_strdup(arena, text);
	free(text);
	return line;
}
