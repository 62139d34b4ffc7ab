/* SPDX-License-Identifier: MIT */
/*
 * Reads output of trace_line(), with keys in any order. Unknown keys are errors: a trace of
 * another version must not be read partially.
 */
#include "trace.h"

#include "trace_fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* jansson takes many times the length of a text. The longest line has a scenario or a
 * program's output. */
#define LINE_MAX_BYTES ((size_t)32 << 20)
/* A thousand years, so that sums of times cannot overflow. */
#define TIME_MAX_S (1000.0 * 366 * 24 * 3600)

struct reading {
	struct arena *arena;
	const char *reason; /* NULL: no error so far */
};

static bool __attribute__((format(printf, 2, 3)))
fail(struct reading *reading, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reading->reason = text_printable(reading->arena,
					 arena_vprintf(reading->arena, format, args));
	va_end(args);
	return false;
}

static bool fail_type(struct reading *reading, const struct trace_field *field, const char *what)
{
	return fail(reading, "'%s' is not %s", field->name, what);
}

static bool take_text(struct reading *reading, const struct trace_field *field, json_t *value,
		      void *to)
{
	const char *text = json_string_value(value);

	if (!text)
		return fail_type(reading, field, "a text");
	text = arena_strdup(reading->arena, text);
	memcpy(to, &text, sizeof(text));
	return true;
}

static bool take_integer(struct reading *reading, const struct trace_field *field, json_t *value,
			 int64_t min, int64_t max, int64_t *number)
{
	*number = json_integer_value(value);
	if (!json_is_integer(value))
		return fail_type(reading, field, "a whole number");
	if (*number < min || *number > max)
		return fail(reading, "'%s' is out of range", field->name);
	return true;
}

static bool take_u64(struct reading *reading, const struct trace_field *field, json_t *value,
		     void *to)
{
	const char *text = json_string_value(value);
	uint64_t number;
	int64_t integer;

	if (text) {
		number = strtoull(text, NULL, 10);
		/* As it is written, and only values that are not JSON integers. */
		if (number <= INT64_MAX ||
		    strcmp(text, arena_printf(reading->arena, "%" PRIu64, number)) != 0)
			return fail(reading, "'%s' is out of range", field->name);
	} else {
		if (!take_integer(reading, field, value, 0, INT64_MAX, &integer))
			return false;
		number = (uint64_t)integer;
	}
	memcpy(to, &number, sizeof(number));
	return true;
}

static bool take_count(struct reading *reading, const struct trace_field *field, json_t *value,
		       void *to)
{
	int64_t integer;
	unsigned count;

	if (!take_integer(reading, field, value, 0, UINT32_MAX, &integer))
		return false;
	count = (unsigned)integer;
	memcpy(to, &count, sizeof(count));
	return true;
}

static bool take_status(struct reading *reading, const struct trace_field *field, json_t *value,
			void *to)
{
	int64_t integer;
	int status;

	if (!take_integer(reading, field, value, INT32_MIN, INT32_MAX, &integer))
		return false;
	status = (int)integer;
	memcpy(to, &status, sizeof(status));
	return true;
}

static bool take_time(struct reading *reading, const struct trace_field *field, json_t *value,
		      void *to)
{
	double seconds = json_number_value(value);
	double half = seconds < 0 ? -0.5 : 0.5;
	msec_t time;

	if (!json_is_number(value))
		return fail_type(reading, field, "a number of seconds");
	if (seconds > TIME_MAX_S || seconds < -TIME_MAX_S ||
	    (seconds < 0 && field->type == FIELD_AGE))
		return fail(reading, "'%s' is out of range", field->name);
	time = (msec_t)(seconds * MSEC_PER_SEC + half);
	memcpy(to, &time, sizeof(time));
	return true;
}

static bool take_number(struct reading *reading, const struct trace_field *field, json_t *value,
			void *to)
{
	double number = json_number_value(value);

	if (!json_is_number(value))
		return fail_type(reading, field, "a number");
	if (number < 0 && field->type == FIELD_RTT)
		return fail(reading, "'%s' is out of range", field->name);
	memcpy(to, &number, sizeof(number));
	return true;
}

static bool take_flag(struct reading *reading, const struct trace_field *field, json_t *value,
		      void *to)
{
	if (!json_is_boolean(value))
		return fail_type(reading, field, "true or false");
	*(bool *)to = json_is_true(value);
	return true;
}

static bool take_texts(struct reading *reading, const struct trace_field *field, json_t *value,
		       void *to)
{
	VEC(const char *) texts = { 0 };
	struct any_vec any;
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return fail_type(reading, field, "a list");
	json_array_foreach(value, i, item)
	{
		if (!take_text(reading, field, item, vec_push(reading->arena, &texts)))
			return false;
	}
	any = (struct any_vec){ texts.at, texts.n, texts.capacity };
	memcpy(to, &any, sizeof(any));
	return true;
}

static bool take_fields(struct reading *reading, const struct trace_field *fields, json_t *object,
			size_t known, void *to);

static bool take_list(struct reading *reading, const struct trace_field *field, json_t *value,
		      void *to)
{
	struct any_vec any = { 0 };
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return fail_type(reading, field, "a list");
	any.n = any.capacity = json_array_size(value);
	any.at = arena_alloc(reading->arena, any.n * field->item_size);
	json_array_foreach(value, i, item)
	{
		if (!take_fields(reading, field->items, item, 0,
				 (char *)any.at + i * field->item_size))
			return false;
	}
	memcpy(to, &any, sizeof(any));
	return true;
}

typedef bool taker(struct reading *reading, const struct trace_field *field, json_t *value,
		   void *to);

static taker *const takers[] = {
	[FIELD_TEXT] = take_text,     [FIELD_PRINTED] = take_text,  [FIELD_FLAG] = take_flag,
	[FIELD_COUNT] = take_count,   [FIELD_STATUS] = take_status, [FIELD_U64] = take_u64,
	[FIELD_TIME] = take_time,     [FIELD_AGE] = take_time,	    [FIELD_RTT] = take_number,
	[FIELD_NUMBER] = take_number, [FIELD_TEXTS] = take_texts,   [FIELD_LIST] = take_list,
};

/* The value of an omitted key, if not zero. */
static void take_default(const struct trace_field *field, void *to)
{
	const char *nothing = "";
	const msec_t no_age = -1;
	const double no_rtt = -1, no_number = NAN;

	switch (field->type) {
	case FIELD_PRINTED:
		memcpy(to, &nothing, sizeof(nothing));
		break;
	case FIELD_AGE:
		memcpy(to, &no_age, sizeof(no_age));
		break;
	case FIELD_RTT:
		memcpy(to, &no_rtt, sizeof(no_rtt));
		break;
	case FIELD_NUMBER:
		memcpy(to, &no_number, sizeof(no_number));
		break;
	default:
		break;
	}
}

static const struct trace_field *field_find(const struct trace_field *fields, const char *name)
{
	for (const struct trace_field *field = fields; field->name; field++) {
		if (!strcmp(field->name, name))
			return field;
	}
	return NULL;
}

static bool fail_unknown(struct reading *reading, const struct trace_field *fields, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (!field_find(fields, key) && strcmp(key, "kind") != 0 && strcmp(key, "t") != 0)
			return fail(reading, "'%.40s' is no key here", key);
	}
	return fail(reading, "'kind' and 't' are no keys here");
}

/* known: number of its keys read before. */
static bool take_fields(struct reading *reading, const struct trace_field *fields, json_t *object,
			size_t known, void *to)
{
	if (!json_is_object(object))
		return fail(reading, "an object is missing");
	for (const struct trace_field *field = fields; field->name; field++) {
		json_t *value = json_object_get(object, field->name);
		void *at = (char *)to + field->offset;

		if (!value && field->always)
			return fail(reading, "'%s' is missing", field->name);
		if (!value)
			take_default(field, at);
		else if (!takers[field->type](reading, field, value, at))
			return false;
		else
			known++;
	}
	return known == json_object_size(object) || fail_unknown(reading, fields, object);
}

static bool take_kind(struct reading *reading, json_t *object, enum record_kind *kind)
{
	const char *word = json_string_value(json_object_get(object, "kind"));

	if (!word)
		return fail(reading, "'kind' is missing");
	for (unsigned i = 0; record_kind_word((enum record_kind)i); i++) {
		*kind = (enum record_kind)i;
		if (!strcmp(word, record_kind_word(*kind)))
			return true;
	}
	return fail(reading, "'%.40s' is no kind of record", word);
}

static bool take_record(struct reading *reading, json_t *object, struct record *record)
{
	static const struct trace_field time = { "t", FIELD_TIME, 0, true, NULL, 0 };

	if (!json_is_object(object))
		return fail(reading, "not an object");
	if (!take_kind(reading, object, &record->kind))
		return false;
	if (!json_object_get(object, time.name))
		return fail(reading, "'t' is missing");
	return take_time(reading, &time, json_object_get(object, time.name), &record->at) &&
	       take_fields(reading, record_fields(record->kind), object, 2, record);
}

const char *trace_parse(const char *line, size_t length, struct record *record, struct arena *arena)
{
	struct reading reading = { .arena = arena };
	json_error_t error;
	json_t *object;

	memset(record, 0, sizeof(*record));
	if (length > LINE_MAX_BYTES)
		return "the line is too long";
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		fail(&reading, "no JSON: %s (column %d)", error.text, error.column);
	else if (!take_record(&reading, object, record))
		memset(record, 0, sizeof(*record));
	json_decref(object);
	return reading.reason;
}

const char *trace_read(const char *text, size_t length, struct trace *trace, struct arena *arena)
{
	const char *const end = text + length;
	const char *newline;

	*trace = (struct trace){ .arena = arena };
	for (; text < end && (newline = memchr(text, '\n', (size_t)(end - text)));
	     text = newline + 1) {
		struct record *record = vec_push(arena, &trace->records);
		const char *reason = trace_parse(text, (size_t)(newline - text), record, arena);

		if (!reason && trace->records.n == 1 && record->kind != RECORD_BEGIN)
			reason = "a trace begins with a record of kind 'begin'";
		if (reason)
			return arena_printf(arena, "line %zu: %s", trace->records.n, reason);
	}
	return NULL;
}
