/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "test/unit.h"
#include "test/world.h"

static struct desired_file *declare(struct world *world, const char *path, const char *text)
{
	struct desired_file *file = vec_push(world->arena, &world->desired->files);

	file->path = path;
	file->text = text;
	file->length = strlen(text);
	file->mode = 0644;
	*vec_push(world->arena, &file->load) = "birdc";
	*vec_push(world->arena, &file->load) = "configure";
	return file;
}

static struct world *world_of_files(void)
{
	return world_new("version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n");
}

/* Each file is written once, and again only if something differs. */
START_TEST(test_written_once)
{
	struct world *world = world_of_files();
	struct desired_file *file;
	const struct change *change;

	declare(world, "/etc/bird/a.conf", "a\n");
	declare(world, "/etc/bird/b.conf", "b\n");
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_FILE_WRITE), 2);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);

	/* Another content is declared, of the same length. */
	file = &world->desired->files.at[1];
	file->text = "c\n";
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 1);
	change = &world->plan.changes.list.at[0];
	ck_assert_str_eq(change->file->path, "/etc/bird/b.conf");
	ck_assert_uint_eq(change->digest, hash_text(HASH_BASIS, "c\n"));
	ck_assert_ptr_null(change->reason);
	ck_assert_ptr_null(change->interface);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_free(world);
}
END_TEST

START_TEST(test_what_differs)
{
	static const struct {
		bool exists;
		uint64_t size;
		const char *content;
		bool unloaded;
		bool written;
		bool has_reason;
	} rows[] = {
		{ true, 2, "a\n", false, false, false }, { true, 2, "b\n", false, true, false },
		{ true, 3, "a\n", false, true, false },	 { false, 2, "a\n", false, true, false },
		{ true, 2, "a\n", true, true, true },	 { true, 2, "b\n", true, true, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *world = world_of_files();
		struct observed_file *file;

		declare(world, "/etc/bird/a.conf", "a\n");
		world_run(world);
		file = world_file(world, "/etc/bird/a.conf");
		file->exists = rows[i].exists;
		file->size = rows[i].size;
		file->digest = hash_text(HASH_BASIS, rows[i].content);
		file->unloaded = rows[i].unloaded;
		world_run(world);
		ck_assert_msg(world_changes(world, CHANGE_FILE_WRITE) == rows[i].written, "row %zu",
			      i);
		ck_assert_uint_eq(world->plan.changes.list.n, rows[i].written);
		if (rows[i].written)
			ck_assert_int_eq(world->plan.changes.list.at[0].reason != NULL,
					 rows[i].has_reason);
		world_free(world);
	}
}
END_TEST

/* The routing daemon is loaded after new links are added and before old ones are removed. */
START_TEST(test_order)
{
	struct world *world = world_of_files();
	const struct change *changes;
	size_t n, at = 0;

	world_run(world);
	world_declare(world, "version: 1\n"
			     "interfaces:\n"
			     "  wg1: {private_key_file: /dev/null, addresses: [10.0.0.1/24]}\n");
	declare(world, "/etc/bird/a.conf", "interface \"wg1\";\n");
	world_run(world);
	changes = world->plan.changes.list.at;
	n = world->plan.changes.list.n;
	while (at < n && changes[at].kind != CHANGE_FILE_WRITE)
		at++;
	ck_assert_uint_lt(at, n);
	for (size_t i = 0; i < n; i++) {
		if (i < at)
			ck_assert_int_ne(change_sign(changes[i].kind), '-');
		else if (i > at)
			ck_assert_int_eq(change_sign(changes[i].kind), '-');
	}
	ck_assert_int_eq(changes[n - 1].kind, CHANGE_LINK_REMOVE);
	world_free(world);
}
END_TEST

SUITE("plan_files", test_written_once, test_what_differs, test_order)
