/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "base/random.h"
#include "test/unit.h"
#include "trace_fields.h"

#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define RANDOM_RECORDS 20000

/* ---- Each kind as it is written ---- */

static const char *const names[] = { "gw1", "gw2" };
#define NAMES                                                                                      \
	{                                                                                          \
		(const char **)(uintptr_t)names, 2, 2                                              \
	}

static struct record_event events[] = {
	{ .kind = "left",
	  .selector = "uplink",
	  .interface = "wg0",
	  .peer = "gw1",
	  .role = "carrier",
	  .reason = "silent",
	  .text = "silent for 30 s" },
	{ .kind = "time", .text = "clock synchronised" },
};
static struct record_peer peers[] = {
	{ .name = "gw1",
	  .handshake_age = 3250,
	  .rx_bytes = 92,
	  .tx_bytes = UINT64_MAX,
	  .endpoint = "192.0.2.11:51820",
	  .allowed_ips = NAMES },
	{ .name = "gw2", .handshake_age = -1 },
};
static struct record_interface interfaces[] = {
	{ .name = "wg0", .up = true, .peers = { peers, 2, 2 } },
	{ .name = "wg1" },
};

static const struct {
	const char *line;
	struct record record;
} written[] = {
	{ "{\"kind\":\"begin\",\"t\":0.0,\"scenario\":\"standby[warm=1]\",\"seed\":7,"
	  "\"backend\":\"time-travel\",\"program\":\"wgreconcile 0.1.0\","
	  "\"text\":\"version: 1\\n\"}",
	  { .kind = RECORD_BEGIN,
	    .begin = { "standby[warm=1]", "version: 1\n", 7, "time-travel",
		       "wgreconcile 0.1.0" } } },
	{ "{\"kind\":\"begin\",\"t\":0.0,\"scenario\":\"\",\"seed\":\"18446744073709551615\","
	  "\"backend\":\"\",\"program\":\"\"}",
	  { .kind = RECORD_BEGIN, .begin = { "", NULL, UINT64_MAX, "", "" } } },
	{ "{\"kind\":\"fault\",\"t\":60.0,\"fault\":\"crash\",\"name\":\"gw-dies\",\"node\":\"gw1\"}",
	  { .kind = RECORD_FAULT,
	    .at = 60000,
	    .fault = { .name = "gw-dies", .kind = "crash", .node = "gw1" } } },
	{ "{\"kind\":\"fault\",\"t\":61.203,\"fault\":\"link_down\",\"name\":\"flap\",\"number\":3,"
	  "\"undone\":true,\"node\":\"client\",\"object\":\"eth0\",\"error\":\"no such device\"}",
	  { .kind = RECORD_FAULT,
	    .at = 61203,
	    .fault = { "flap", "link_down", 3, true, "client", "eth0", "no such device" } } },
	{ "{\"kind\":\"run\",\"t\":5.012,\"node\":\"client\",\"number\":2,\"took\":0.012,\"exit\":0}",
	  { .kind = RECORD_RUN,
	    .at = 5012,
	    .run = { .node = "client", .number = 2, .took = 12, .output = "" } } },
	{ "{\"kind\":\"run\",\"t\":5.5,\"node\":\"client\",\"number\":2,\"cause\":\"socket\","
	  "\"took\":0.0,\"exit\":137,"
	  "\"changes\":4,\"events\":[{\"kind\":\"left\",\"selector\":\"uplink\","
	  "\"interface\":\"wg0\",\"peer\":\"gw1\",\"role\":\"carrier\",\"reason\":\"silent\","
	  "\"text\":\"silent for 30 s\"},{\"kind\":\"time\",\"text\":\"clock synchronised\"}],"
	  "\"errors\":[\"gw1\",\"gw2\"],\"undecodable\":true,\"output\":\"Killed\\n\"}",
	  { .kind = RECORD_RUN,
	    .at = 5500,
	    .run = { "client",
		     2,
		     "socket",
		     0,
		     137,
		     4,
		     { events, 2, 2 },
		     NAMES,
		     "Killed\n",
		     true } } },
	{ "{\"kind\":\"selection\",\"t\":5.5,\"node\":\"client\",\"selector\":\"uplink\","
	  "\"active\":[],\"trying\":[\"gw1\",\"gw2\"]}",
	  { .kind = RECORD_SELECTION,
	    .at = 5500,
	    .selection = { .node = "client", .selector = "uplink", .trying = NAMES } } },
	{ "{\"kind\":\"selection\",\"t\":5.5,\"node\":\"client\",\"active\":[\"gw1\",\"gw2\"],"
	  "\"standby\":[\"gw1\",\"gw2\"],\"unreadable\":\"no JSON\"}",
	  { .kind = RECORD_SELECTION,
	    .at = 5500,
	    .selection = { "client", NULL, NAMES, { 0 }, NAMES, "no JSON" } } },
	{ "{\"kind\":\"state\",\"t\":6.0,\"node\":\"client\",\"interfaces\":[{\"name\":\"wg0\","
	  "\"up\":true,\"peers\":[{\"name\":\"gw1\",\"endpoint\":\"192.0.2.11:51820\","
	  "\"handshake_age\":3.25,\"rx_bytes\":92,\"tx_bytes\":\"18446744073709551615\","
	  "\"allowed_ips\":[\"gw1\",\"gw2\"]},{\"name\":\"gw2\"}]},{\"name\":\"wg1\"}],"
	  "\"links\":[\"gw1\",\"gw2\"],\"addresses\":[\"gw1\",\"gw2\"],"
	  "\"routes\":[\"gw1\",\"gw2\"]}",
	  { .kind = RECORD_STATE,
	    .at = 6000,
	    .state = { "client", { interfaces, 2, 2 }, NAMES, NAMES, NAMES, NULL } } },
	{ "{\"kind\":\"state\",\"t\":6.0,\"node\":\"client\"}",
	  { .kind = RECORD_STATE, .at = 6000, .state = { .node = "client" } } },
	{ "{\"kind\":\"echo\",\"t\":7.02,\"probe\":\"inside\",\"sequence\":7,\"sent\":7.0,"
	  "\"rtt_ms\":20.123}",
	  { .kind = RECORD_ECHO, .at = 7020, .echo = { "inside", 7, 7000, 20.123 } } },
	{ "{\"kind\":\"echo\",\"t\":1.0,\"probe\":\"inside\",\"sequence\":0,\"sent\":0.0}",
	  { .kind = RECORD_ECHO, .at = 1000, .echo = { "inside", 0, 0, -1 } } },
	{ "{\"kind\":\"plan\",\"t\":8.0,\"node\":\"client\",\"exit\":2,\"changes\":1}",
	  { .kind = RECORD_PLAN, .at = 8000, .plan = { "client", 2, 1 } } },
	{ "{\"kind\":\"command\",\"t\":8.0,\"node\":\"client\",\"command\":\"ip route\",\"exit\":-1,"
	  "\"output\":\"default\\n\"}",
	  { .kind = RECORD_COMMAND,
	    .at = 8000,
	    .command = { "client", "ip route", -1, "default\n" } } },
	{ "{\"kind\":\"file\",\"t\":8.0,\"node\":\"client\",\"path\":\"/etc/x\",\"text\":\"\"}",
	  { .kind = RECORD_FILE, .at = 8000, .file = { "client", "/etc/x", "" } } },
	{ "{\"kind\":\"file\",\"t\":8.0,\"node\":\"client\",\"path\":\"/etc/x\"}",
	  { .kind = RECORD_FILE, .at = 8000, .file = { "client", "/etc/x", NULL } } },
	{ "{\"kind\":\"traffic\",\"t\":9.0,\"node\":\"client\",\"bytes\":0,\"packets\":12}",
	  { .kind = RECORD_TRAFFIC, .at = 9000, .traffic = { "client", 0, 12 } } },
	{ "{\"kind\":\"expectation\",\"t\":80.0,\"text\":\"answers: inside\",\"line\":12,"
	  "\"passed\":false,\"seen\":\"no answer since 60 s\",\"since\":60.0,\"node\":\"client\"}",
	  { .kind = RECORD_EXPECTATION,
	    .at = 80000,
	    .expectation = { "answers: inside", 12, false, "no answer since 60 s", 60000,
			     "client" } } },
	{ "{\"kind\":\"expectation\",\"t\":80.0,\"text\":\"answers: inside\",\"passed\":true}",
	  { .kind = RECORD_EXPECTATION,
	    .at = 80000,
	    .expectation = { "answers: inside", 0, true, NULL, -1, NULL } } },
	{ "{\"kind\":\"measure\",\"t\":90.0,\"name\":\"outage\",\"value\":12300.5,\"unit\":\"ms\"}",
	  { .kind = RECORD_MEASURE, .at = 90000, .measure = { "outage", 12300.5, "ms" } } },
	{ "{\"kind\":\"end\",\"t\":90.0,\"passed\":3,\"failed\":0}",
	  { .kind = RECORD_END, .at = 90000, .end = { 3, 0, NULL, NULL } } },
	{ "{\"kind\":\"end\",\"t\":90.0,\"passed\":3,\"failed\":1,\"error\":\"no memory\"}",
	  { .kind = RECORD_END, .at = 90000, .end = { 3, 1, "no memory", NULL } } },
	{ "{\"kind\":\"end\",\"t\":0.0,\"passed\":0,\"failed\":0,\"skipped\":\"it sets the clock\"}",
	  { .kind = RECORD_END, .end = { 0, 0, NULL, "it sets the clock" } } },
};

/* ---- Equality of records ---- */

static void assert_same_text(const struct trace_field *field, const char *a, const char *b)
{
	if (field->type == FIELD_PRINTED)
		a = a ? a : "";
	ck_assert_pstr_eq(a, b);
}

static void assert_same(const struct trace_field *fields, const char *a, const char *b);

static void assert_same_vec(const struct trace_field *field, const char *a, const char *b)
{
	struct any_vec left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	ck_assert_uint_eq(left.n, right.n);
	for (size_t i = 0; i < left.n; i++) {
		if (field->type == FIELD_TEXTS)
			ck_assert_str_eq(((const char **)left.at)[i], ((const char **)right.at)[i]);
		else
			assert_same(field->items, (const char *)left.at + i * field->item_size,
				    (const char *)right.at + i * field->item_size);
	}
}

static size_t field_size(enum field_type type)
{
	switch (type) {
	case FIELD_FLAG:
		return sizeof(bool);
	case FIELD_COUNT:
	case FIELD_STATUS:
		return sizeof(unsigned);
	default:
		return sizeof(uint64_t);
	}
}

static void assert_same(const struct trace_field *fields, const char *a, const char *b)
{
	for (const struct trace_field *field = fields; field->name; field++) {
		const char *left = a + field->offset, *right = b + field->offset;
		const char *texts[2];

		switch (field->type) {
		case FIELD_TEXT:
		case FIELD_PRINTED:
			memcpy(&texts[0], left, sizeof(texts[0]));
			memcpy(&texts[1], right, sizeof(texts[1]));
			assert_same_text(field, texts[0], texts[1]);
			break;
		case FIELD_TEXTS:
		case FIELD_LIST:
			assert_same_vec(field, left, right);
			break;
		default:
			ck_assert_msg(!memcmp(left, right, field_size(field->type)), "%s differs",
				      field->name);
		}
	}
}

static void assert_same_record(const struct record *a, const struct record *b)
{
	ck_assert_int_eq(a->kind, b->kind);
	ck_assert_int_eq(a->at, b->at);
	assert_same(record_fields(a->kind), (const char *)a, (const char *)b);
}

START_TEST(writes_and_reads)
{
	struct arena *arena = arena_new();
	const char *line = written[_i].line;
	struct record record;

	ck_assert_str_eq(trace_line(&written[_i].record, arena), line);
	ck_assert_pstr_eq(trace_parse(line, strlen(line), &record, arena), NULL);
	assert_same_record(&written[_i].record, &record);
	arena_free(arena);
}
END_TEST

START_TEST(every_kind_has_a_line)
{
	bool seen[RECORD_END + 1] = { 0 };

	for (int i = 0; i < COUNT(written); i++)
		seen[written[i].record.kind] = true;
	for (int kind = 0; kind <= RECORD_END; kind++)
		ck_assert_msg(seen[kind], "%s", record_kind_word((enum record_kind)kind));
	ck_assert_ptr_null(record_kind_word(RECORD_END + 1));
}
END_TEST

START_TEST(a_measure_may_have_no_value)
{
	struct arena *arena = arena_new();
	struct record record = { .kind = RECORD_MEASURE, .measure = { "rtt", NAN, "ms" } };
	const char *line = trace_line(&record, arena);

	ck_assert_str_eq(line, "{\"kind\":\"measure\",\"t\":0.0,\"name\":\"rtt\",\"unit\":\"ms\"}");
	ck_assert_pstr_eq(trace_parse(line, strlen(line), &record, arena), NULL);
	ck_assert(isnan(record.measure.value));
	arena_free(arena);
}
END_TEST

START_TEST(times_of_answers_are_microseconds)
{
	struct arena *arena = arena_new();
	struct record record = { .kind = RECORD_ECHO, .echo = { "a", 0, 0, 20.1234567 } };
	const char *line = trace_line(&record, arena);

	ck_assert_str_eq(line, "{\"kind\":\"echo\",\"t\":0.0,\"probe\":\"a\",\"sequence\":0,"
			       "\"sent\":0.0,\"rtt_ms\":20.123}");
	arena_free(arena);
}
END_TEST

/* Programs print any bytes. */
START_TEST(other_bytes_are_escaped)
{
	struct arena *arena = arena_new();
	struct record record = { .kind = RECORD_COMMAND,
				 .command = { "client", "x", 0, "a\xff\x1b" } };

	ck_assert_str_eq(trace_line(&record, arena),
			 "{\"kind\":\"command\",\"t\":0.0,\"node\":\"client\",\"command\":\"x\","
			 "\"exit\":0,\"output\":\"a\\\\xff\\\\x1b\"}");
	arena_free(arena);
}
END_TEST

/* ---- Refused lines ---- */

static const struct {
	const char *line, *reason;
} refused[] = {
	{ "", "no JSON: '[' or '{' expected near end of file (column 0)" },
	{ "{\"kind\":\"end\"", "no JSON: '}' expected near end of file (column 13)" },
	{ "[]", "not an object" },
	{ "{}", "'kind' is missing" },
	{ "{\"kind\":7,\"t\":0.0}", "'kind' is missing" },
	{ "{\"kind\":\"bang\",\"t\":0.0}", "'bang' is no kind of record" },
	{ "{\"kind\":\"end\",\"passed\":1,\"failed\":0}", "'t' is missing" },
	{ "{\"kind\":\"end\",\"t\":\"0\",\"passed\":1,\"failed\":0}",
	  "'t' is not a number of seconds" },
	{ "{\"kind\":\"end\",\"t\":1e300,\"passed\":1,\"failed\":0}", "'t' is out of range" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":1}", "'failed' is missing" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":-1,\"failed\":0}", "'passed' is out of range" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":4294967296,\"failed\":0}",
	  "'passed' is out of range" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":1.0,\"failed\":0}",
	  "'passed' is not a whole number" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":1,\"failed\":0,\"more\":1}",
	  "'more' is no key here" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":1,\"passed\":1,\"failed\":0}",
	  "no JSON: duplicate object key near '\"passed\"' (column 39)" },
	{ "{\"kind\":\"end\",\"t\":0,\"passed\":1,\"failed\":0,\"error\":1}",
	  "'error' is not a text" },
	{ "{\"kind\":\"plan\",\"t\":0,\"node\":\"a\",\"exit\":2147483648}",
	  "'exit' is out of range" },
	{ "{\"kind\":\"traffic\",\"t\":0,\"node\":\"a\",\"bytes\":\"12\",\"packets\":0}",
	  "'bytes' is out of range" },
	{ "{\"kind\":\"traffic\",\"t\":0,\"node\":\"a\",\"bytes\":\"18446744073709551616\","
	  "\"packets\":0}",
	  "'bytes' is out of range" },
	{ "{\"kind\":\"echo\",\"t\":0,\"probe\":\"a\",\"sequence\":0,\"sent\":0,\"rtt_ms\":-1.5}",
	  "'rtt_ms' is out of range" },
	{ "{\"kind\":\"echo\",\"t\":0,\"probe\":\"a\",\"sequence\":0,\"sent\":0,\"rtt_ms\":true}",
	  "'rtt_ms' is not a number" },
	{ "{\"kind\":\"expectation\",\"t\":0,\"text\":\"a\",\"passed\":1}",
	  "'passed' is not true or false" },
	{ "{\"kind\":\"expectation\",\"t\":0,\"text\":\"a\",\"passed\":true,\"since\":-2.0}",
	  "'since' is out of range" },
	{ "{\"kind\":\"selection\",\"t\":0,\"node\":\"a\",\"active\":\"gw1\"}",
	  "'active' is not a list" },
	{ "{\"kind\":\"selection\",\"t\":0,\"node\":\"a\",\"active\":[1]}",
	  "'active' is not a text" },
	{ "{\"kind\":\"state\",\"t\":0,\"node\":\"a\",\"interfaces\":{}}",
	  "'interfaces' is not a list" },
	{ "{\"kind\":\"state\",\"t\":0,\"node\":\"a\",\"interfaces\":[1]}",
	  "an object is missing" },
	{ "{\"kind\":\"state\",\"t\":0,\"node\":\"a\",\"interfaces\":[{\"name\":\"a\",\"kind\":\"b\"}]}",
	  "'kind' and 't' are no keys here" },
};

START_TEST(refuses)
{
	struct arena *arena = arena_new();
	const char *line = refused[_i].line;
	static const struct record nothing;
	struct record record;

	ck_assert_pstr_eq(trace_parse(line, strlen(line), &record, arena), refused[_i].reason);
	ck_assert(!memcmp(&record, &nothing, sizeof(record)));
	arena_free(arena);
}
END_TEST

/* ---- Whole traces ---- */

#define BEGIN                                                                                      \
	"{\"kind\":\"begin\",\"t\":0.0,\"scenario\":\"a\",\"seed\":1,\"backend\":\"b\",\"program\":\"c\"}\n"
#define END "{\"kind\":\"end\",\"t\":1.0,\"passed\":0,\"failed\":0}\n"

static const struct {
	const char *text;
	unsigned records;
	const char *reason;
} traces[] = {
	{ "", 0, NULL },
	{ BEGIN END, 2, NULL },
	/* Truncated during writing. */
	{ BEGIN "{\"kind\":\"end\",\"t\":1.0,\"pas", 1, NULL },
	{ BEGIN "{}\n" END, 0, "line 2: 'kind' is missing" },
	{ BEGIN "\n", 0, "line 2: no JSON: '[' or '{' expected near end of file (column 0)" },
	{ END, 0, "line 1: a trace begins with a record of kind 'begin'" },
};

START_TEST(reads_traces)
{
	struct arena *arena = arena_new();
	const char *text = traces[_i].text;
	struct trace trace;

	ck_assert_pstr_eq(trace_read(text, strlen(text), &trace, arena), traces[_i].reason);
	if (!traces[_i].reason)
		ck_assert_uint_eq(trace.records.n, traces[_i].records);
	arena_free(arena);
}
END_TEST

/* ---- Any record ---- */

static const char *random_text(struct random *random, struct arena *arena)
{
	static const char *const texts[] = { "",   "gw1",  "a b",   "\"quoted\" \\ / \t\n",
					     "ü€", "\x01", "x: {y}" };

	return arena_strdup(arena, texts[random_below(random, COUNT(texts))]);
}

static void random_fields(struct random *random, const struct trace_field *fields, char *to,
			  struct arena *arena);

static void random_vec(struct random *random, const struct trace_field *field, char *to,
		       struct arena *arena)
{
	struct any_vec vec = { .n = random_below(random, 4) };
	size_t size = field->type == FIELD_TEXTS ? sizeof(const char *) : field->item_size;

	vec.capacity = vec.n;
	vec.at = arena_alloc(arena, vec.n * size);
	for (size_t i = 0; i < vec.n; i++) {
		if (field->type == FIELD_TEXTS)
			((const char **)vec.at)[i] = random_text(random, arena);
		else
			random_fields(random, field->items, (char *)vec.at + i * size, arena);
	}
	memcpy(to, &vec, sizeof(vec));
}

static void random_number(struct random *random, const struct trace_field *field, char *to)
{
	/* Small ones and large ones. */
	uint64_t bits = random_below(random, UINT64_MAX) >> random_below(random, 64);
	const msec_t time = (msec_t)(bits >> 24) * (random_below(random, 2) ? 1 : -1);
	double number = (double)(int64_t)(bits >> 20) / 1000;
	unsigned count = (unsigned)bits;

	switch (field->type) {
	case FIELD_FLAG:
		*(bool *)to = bits & 1;
		break;
	case FIELD_COUNT:
	case FIELD_STATUS:
		memcpy(to, &count, sizeof(count));
		break;
	case FIELD_TIME:
		memcpy(to, &time, sizeof(time));
		break;
	case FIELD_AGE:
		memcpy(to, time < 0 ? &(msec_t){ -1 } : &time, sizeof(time));
		break;
	case FIELD_RTT:
	case FIELD_NUMBER:
		number = random_below(random, 4) || field->type == FIELD_NUMBER ? number : -1;
		memcpy(to, &number, sizeof(number));
		break;
	default:
		memcpy(to, &bits, sizeof(bits));
	}
}

static void random_fields(struct random *random, const struct trace_field *fields, char *to,
			  struct arena *arena)
{
	for (const struct trace_field *field = fields; field->name; field++) {
		char *at = to + field->offset;
		const char *text = random_text(random, arena);

		switch (field->type) {
		case FIELD_TEXT:
		case FIELD_PRINTED:
			if (!field->always && !random_below(random, 3))
				text = NULL;
			memcpy(at, &text, sizeof(text));
			break;
		case FIELD_TEXTS:
		case FIELD_LIST:
			random_vec(random, field, at, arena);
			break;
		default:
			random_number(random, field, at);
		}
	}
}

START_TEST(any_record_is_read_back)
{
	struct random random;

	random_seed(&random, 1);
	for (unsigned i = 0; i < RANDOM_RECORDS; i++) {
		struct arena *arena = arena_new();
		struct record record = { .kind = (enum record_kind)random_below(&random,
										RECORD_END + 1) };
		struct record again;
		const char *line, *reason;

		record.at = (msec_t)random_below(&random, UINT64_C(1) << 40);
		random_fields(&random, record_fields(record.kind), (char *)&record, arena);
		line = trace_line(&record, arena);
		ck_assert_ptr_null(strchr(line, '\n'));
		reason = trace_parse(line, strlen(line), &again, arena);
		ck_assert_msg(!reason, "%s: %s", reason, line);
		assert_same_record(&record, &again);
		ck_assert_str_eq(trace_line(&again, arena), line);
		arena_free(arena);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("trace");
	TCase *tests = tcase_create("trace");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, writes_and_reads, 0, COUNT(written));
	tcase_add_test(tests, every_kind_has_a_line);
	tcase_add_test(tests, a_measure_may_have_no_value);
	tcase_add_test(tests, times_of_answers_are_microseconds);
	tcase_add_test(tests, other_bytes_are_escaped);
	tcase_add_loop_test(tests, refuses, 0, COUNT(refused));
	tcase_add_loop_test(tests, reads_traces, 0, COUNT(traces));
	tcase_add_test(tests, any_record_is_read_back);
	suite_add_tcase(made, tests);
	return made;
}
