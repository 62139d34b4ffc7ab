/* SPDX-License-Identifier: MIT */
/*
 * Upgrade and downgrade: files of this version, and of later ones that have more
 * sections, which this version must keep.
 */
#include "recorded.h"
#include "test/unit.h"
#include "test/world.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BOOT "6f2c1a5e-0b9d-4c1e-9f5a-3a1d7e2b4c60"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

/* As written by the first version without unknown sections. */
#define INTERFACES                                                                                 \
	"\"interfaces\":[{\"addresses\":[\"10.0.0.2/24\"],\"endpoints\":[{\"at\":90,"              \
	"\"endpoint\":\"gw.example.com:51820\",\"public_key\":\"" KEY "\"}],"                      \
	"\"endpoints_digest\":4242,\"name\":\"wg0\",\"rules\":{\"priority\":30000,"                \
	"\"table\":51820}}]"
#define SELECTORS(rotations)                                                                       \
	"\"selectors\":[{\"left\":[{\"at\":1000,\"peer\":\"sn03\",\"reason\":\"silent\"}],"        \
	"\"name\":\"uplink\"," rotations "\"slots\":[{\"peer\":"                                   \
	"\"sn01\",\"role\":\"carrier\",\"since\":7000,\"state\":\"trying\"}]}]"
/* Written by that version; still read, but no longer written. */
#define ROTATIONS                                                                                  \
	"\"rotations\":[{\"endpoint\":\"sn01.example.com:51820\","                                 \
	"\"peer\":\"sn01\",\"untried\":[\"192.0.2.2:51820\"]}],"
#define TIMES "\"time_attempt\":77,\"time_done\":true"

static const char earlier[] = "{\"boot_id\":\"" BOOT "\"," INTERFACES
			      "," SELECTORS(ROTATIONS) "," TIMES ",\"version\":1}\n";
static const char present[] = "{\"boot_id\":\"" BOOT "\"," INTERFACES
			      "," SELECTORS("") "," TIMES ",\"version\":1}\n";

/* What a later version may add: before, between and after the known sections. */
#define ADVICE "\"advice\":null"
#define INVITES "\"invites_2\":{\"a\":{\"key\":\"" KEY "\",\"left\":-1},\"b\":{}}"
#define MESH "\"mesh\":\"one\""
#define ZONE "\"zone\":0"

static const char later[] =
	"{" ADVICE ",\"boot_id\":\"" BOOT "\",\"facts\":[{\"at\":123456789012345678,"
	"\"deep\":[[[[[[[[[[[[]]]]]]]]]]]],\"from\":\"h\xc3\xbc"
	"b\\n\\u0001\\\"\\\\\",\"value\":[1.5,0.25,true,false,null]}]," INTERFACES "," INVITES
	"," MESH "," SELECTORS("") "," TIMES ",\"version\":1," ZONE "}\n";

static void decode(const char *text, struct recorded *recorded, struct arena *arena)
{
	const char *reason = recorded_decode(text, strlen(text), recorded, arena);

	ck_assert_msg(!reason, "%s: %s", text, reason);
}

START_TEST(earlier_files_are_read)
{
	struct arena *arena = arena_new();
	struct recorded recorded;

	decode(earlier, &recorded, arena);
	ck_assert_uint_eq(recorded.unknown.n, 0);
	ck_assert_uint_eq(recorded.interfaces.n, 1);
	ck_assert_int_eq(recorded.selectors.at[0].slots.at[0].since, 7000);
	ck_assert_uint_eq(recorded.selectors.at[0].rotations.n, 1);
	ck_assert_str_eq(recorded_encode(&recorded, arena), present);
	arena_free(arena);
}
END_TEST

START_TEST(later_sections_are_kept)
{
	struct arena *first = arena_new();
	struct arena *second = arena_new();
	struct recorded recorded, copy;

	decode(later, &recorded, first);
	ck_assert_uint_eq(recorded.unknown.n, 5);
	ck_assert_str_eq(recorded.unknown.at[0].name, "advice");
	ck_assert_str_eq(recorded.unknown.at[0].value, "null");
	ck_assert_str_eq(recorded.unknown.at[4].name, "zone");
	ck_assert_str_eq(recorded_encode(&recorded, first), later);
	recorded_copy(&copy, &recorded, second);
	ck_assert(recorded_equal(&copy, &recorded));
	/* Known sections are as in an earlier file. */
	copy.unknown.n = 0;
	ck_assert_str_eq(recorded_encode(&copy, second), present);
	ck_assert(!recorded_equal(&copy, &recorded));
	recorded_copy(&copy, &recorded, second);
	arena_free(first);
	ck_assert_str_eq(recorded_encode(&copy, second), later);
	arena_free(second);
}
END_TEST

/* The content is kept, however a later version spells it. */
START_TEST(other_spelling)
{
	static const char *const table[][2] = {
		{ "[ 1 , {\"b\" : 2, \"a\": 1} ]", "[1,{\"a\":1,\"b\":2}]" },
		{ "\"\\u0041\\/\\u00fc\"", "\"A/\xc3\xbc\"" },
		{ "1E2", "100.0" },
		{ "0.1", "0.10000000000000001" },
		{ "-0", "0" },
		{ "\"\"", "\"\"" },
	};
	struct arena *arena = arena_new();
	struct recorded recorded, again;

	for (int i = 0; i < COUNT(table); i++) {
		decode(arena_printf(arena, "{\"version\":1,\"x\":%s,\"boot_id\":\"\"}",
				    table[i][0]),
		       &recorded, arena);
		ck_assert_str_eq(recorded.unknown.at[0].value, table[i][1]);
		decode(recorded_encode(&recorded, arena), &again, arena);
		ck_assert(recorded_equal(&recorded, &again));
	}
	arena_free(arena);
}
END_TEST

START_TEST(differences_are_seen)
{
	static const char *const table[][2] = {
		{ ADVICE, "\"advice\":0" },
		{ ADVICE, "\"advise\":null" },
		{ ADVICE ",", "" },
		{ "\"left\":-1", "\"left\":-2" },
		{ "1.5", "1.25" },
		{ "," ZONE, "" },
		{ "," ZONE, "," ZONE ",\"zones\":0" },
	};
	struct arena *arena = arena_new();
	struct recorded recorded, other;

	decode(later, &recorded, arena);
	for (int i = 0; i < COUNT(table); i++) {
		const char *at = strstr(later, table[i][0]);

		ck_assert_msg(at != NULL, "%s", table[i][0]);
		decode(arena_printf(arena, "%.*s%s%s", (int)(at - later), later, table[i][1],
				    at + strlen(table[i][0])),
		       &other, arena);
		ck_assert_msg(!recorded_equal(&recorded, &other), "%s", table[i][1]);
	}
	arena_free(arena);
}
END_TEST

START_TEST(another_boot_leaves_them)
{
	const struct now now = { .boot = 5000, .boot_id = "another" };
	struct arena *arena = arena_new();
	struct recorded recorded, before;

	decode(later, &recorded, arena);
	decode(later, &before, arena);
	ck_assert(recorded_rebase(&recorded, &now));
	ck_assert_int_eq(recorded.selectors.at[0].slots.at[0].since, 0);
	ck_assert_uint_eq(recorded.unknown.n, before.unknown.n);
	for (size_t i = 0; i < before.unknown.n; i++)
		ck_assert_str_eq(recorded.unknown.at[i].value, before.unknown.at[i].value);
	/* Their times are not interpreted. */
	decode("{\"boot_id\":\"\",\"version\":1,\"x\":{\"at\":99999}}", &recorded, arena);
	ck_assert(!recorded_rebase(&recorded, &now));
	arena_free(arena);
}
END_TEST

/* Within a known section an unknown key is damage. */
START_TEST(known_sections_are_strict)
{
	static const char *const places[] = {
		"{\"addresses\"",
		"{\"at\":90",
		"{\"priority\"",
		"{\"left\"",
		"{\"at\":1000",
		"{\"endpoint\":\"sn01",
		"{\"peer\":\"sn01\",\"role",
	};
	struct arena *arena = arena_new();
	struct recorded recorded;

	for (int i = 0; i < COUNT(places); i++) {
		const char *at = strstr(earlier, places[i]);
		const char *text, *reason;

		ck_assert_msg(at != NULL, "%s", places[i]);
		text = arena_printf(arena, "%.*s{\"more\":1,%s", (int)(at - earlier), earlier,
				    at + 1);
		reason = recorded_decode(text, strlen(text), &recorded, arena);
		ck_assert_msg(reason && strstr(reason, "more"), "%s: %s", text, reason);
	}
	arena_free(arena);
}
END_TEST

static const char *refusal(const char *sections, struct arena *arena)
{
	const char *text = arena_printf(arena, "{\"boot_id\":\"\",%s,\"version\":1}", sections);
	struct recorded recorded;
	const char *reason = recorded_decode(text, strlen(text), &recorded, arena);

	ck_assert(!reason || !recorded.unknown.n);
	return reason ? reason : "";
}

static char *many(struct arena *arena, char character, size_t n)
{
	char *text = arena_alloc(arena, n + 1);

	memset(text, character, n);
	return text;
}

START_TEST(names_of_sections)
{
	static const char *const bad[] = { "",	      "More", "a b",	   "a-b", "wall_offset",
					   "\\u00fc", "a\\n", "\\u001b[2J" };
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(bad); i++)
		ck_assert_msg(strstr(refusal(arena_printf(arena, "\"%s\":1", bad[i]), arena),
				     "cannot name a section"),
			      "%s", bad[i]);
	ck_assert_str_eq(refusal(arena_printf(arena, "\"%s\":1", many(arena, 'a', 64)), arena), "");
	ck_assert_str_ne(refusal(arena_printf(arena, "\"%s\":1", many(arena, 'a', 65)), arena), "");
	arena_free(arena);
}
END_TEST

START_TEST(limits)
{
	size_t most = RECORDED_SIZE_MAX / 4;
	struct arena *arena = arena_new();
	const char *sections = "\"a0\":0";

	for (int i = 1; i < 64; i++)
		sections = arena_printf(arena, "%s,\"a%d\":0", sections, i);
	ck_assert_str_eq(refusal(sections, arena), "");
	ck_assert_ptr_nonnull(strstr(refusal(arena_printf(arena, "%s,\"b\":0", sections), arena),
				     "too many or too large"));
	/* Total size, with quotes. */
	sections = arena_printf(arena, "\"a\":\"%s\",\"b\":\"%s\"", many(arena, 'x', most / 2 - 2),
				many(arena, 'x', most / 2 - 2));
	ck_assert_str_eq(refusal(sections, arena), "");
	sections = arena_printf(arena, "\"a\":\"%s\",\"b\":\"%s\"", many(arena, 'x', most / 2 - 2),
				many(arena, 'x', most / 2 - 1));
	ck_assert_ptr_nonnull(strstr(refusal(sections, arena), "too many or too large"));
	/* The same depth as the whole text. */
	ck_assert_str_eq(refusal(arena_printf(arena, "\"a\":%s%s", many(arena, '[', 15),
					      many(arena, ']', 15)),
				 arena),
			 "");
	ck_assert_ptr_nonnull(strstr(refusal(arena_printf(arena, "\"a\":%s%s", many(arena, '[', 16),
							  many(arena, ']', 16)),
					     arena),
				     "nested too deeply"));
	arena_free(arena);
}
END_TEST

#define SECTION "\"facts\":{\"a\":[1,{\"x\":\"y\"}]},"

/* A selector works, fails over and reboots, and the desired state changes: the section is
 * kept in every written file, and alone causes no write. */
START_TEST(runs_keep_them)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(world_yaml(arena, 3, "    strategy: ordered\n"));
	unsigned writes;

	world->recorded = "{\"boot_id\":\"\"," SECTION "\"version\":1}\n";
	world_add_gateways(world, 3);
	world_gateway(world, "gw000")->alive = true;
	world_gateway(world, "gw000")->forwards = true;
	world_runs(world, 10, 1000);
	ck_assert_uint_gt(world->writes, 0);
	ck_assert_msg(strstr(world->recorded, SECTION) != NULL, "%s", world->recorded);
	writes = world->writes;
	world_runs(world, 10, 1000);
	ck_assert_uint_eq(world->writes, writes);
	world_gateway(world, "gw000")->alive = false;
	world_gateway(world, "gw001")->alive = true;
	world_gateway(world, "gw001")->forwards = true;
	world_runs(world, 300, 1000);
	ck_assert_ptr_nonnull(strstr(world->recorded, "\"gw001\""));
	ck_assert_ptr_nonnull(strstr(world->recorded, SECTION));
	world_reboot(world, 1700009999000);
	world_runs(world, 10, 1000);
	ck_assert_ptr_nonnull(strstr(world->recorded, SECTION));
	world_declare(world, "version: 1\n");
	world_runs(world, 2, 1000);
	ck_assert_ptr_null(strstr(world->recorded, "selectors"));
	ck_assert_ptr_nonnull(strstr(world->recorded, SECTION));
	world_free(world);
	arena_free(arena);
}
END_TEST

SUITE("recorded_versions", earlier_files_are_read, later_sections_are_kept, other_spelling,
      differences_are_seen, another_boot_leaves_them, known_sections_are_strict, names_of_sections,
      limits, runs_keep_them)
