/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "../../reconcile/test/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* As many of each as any test needs; nothing moves then. */
#define MANY 64

/* A scenario, written down piece by piece, and its world. */
struct lab {
	struct arena *arena;
	struct scenario *scenario;
	struct world *world;
	struct failure failure;
	char directory[32];
	enum implementation wireguard;
};

static struct lab lab_new(void)
{
	struct lab lab = { .arena = arena_new(), .directory = "/tmp/wgsim-test.XXXXXX" };
	struct scenario *scenario = arena_alloc(lab.arena, sizeof(*scenario));

	*scenario = (struct scenario){ .arena = lab.arena, .name = "test", .seed = 1 };
	vec_reserve(lab.arena, &scenario->links, MANY);
	vec_reserve(lab.arena, &scenario->nodes, MANY);
	vec_reserve(lab.arena, &scenario->timeline, MANY);
	lab.scenario = scenario;
	ck_assert_ptr_nonnull(mkdtemp(lab.directory));
	return lab;
}

static struct link *add_link(struct lab *lab, const char *name)
{
	struct link *link = vec_push(lab->arena, &lab->scenario->links);

	ck_assert_uint_le(lab->scenario->links.n, MANY);
	link->name = name;
	return link;
}

static struct node *add_node(struct lab *lab, const char *name)
{
	struct node *node = vec_push(lab->arena, &lab->scenario->nodes);

	ck_assert_uint_le(lab->scenario->nodes.n, MANY);
	node->name = name;
	vec_reserve(lab->arena, &node->attachments, 4);
	return node;
}

static struct ip ip_of(const char *text)
{
	struct ip ip;

	ck_assert(ip_parse(text, &ip));
	return ip;
}

/* An IPv6 address with the same last part comes with it: 192.0.2.7 and 2001:db8::7. */
static struct attachment *attach(struct lab *lab, struct node *node, const char *name,
				 const struct link *link, const char *address)
{
	struct attachment *attachment = vec_push(lab->arena, &node->attachments);

	attachment->name = name;
	attachment->link = link;
	attachment->out = link->quality;
	ck_assert(prefix_parse(address, vec_push(lab->arena, &attachment->addresses)));
	return attachment;
}

static void build(struct lab *lab)
{
	struct world_options options = { .directory = lab->directory,
					 .program = "/bin/true",
					 .wireguard = lab->wireguard };

	lab->world = world_build(lab->scenario, &options, lab->arena, &lab->failure);
	ck_assert_msg(lab->world, "%s", failure_text(&lab->failure, lab->arena));
}

static void lab_end(struct lab *lab)
{
	world_remove(lab->world);
	/* Succeeds when it is empty. */
	ck_assert_int_eq(rmdir(lab->directory), 0);
	arena_free(lab->arena);
}

/* The exit status of a shell command in a node; its output is kept for messages. */
static int sh(struct lab *lab, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static const char *said = "";

static int sh(struct lab *lab, const struct node *node, const char *format, ...)
{
	va_list args;
	const char *argv[] = { "sh", "-c", NULL, NULL };
	int status;

	va_start(args, format);
	argv[2] = arena_vprintf(lab->arena, format, args);
	va_end(args);
	status = process_run(lab->world, node, argv, &said, lab->arena, &lab->failure);
	ck_assert_msg(status >= 0, "%s", failure_text(&lab->failure, lab->arena));
	return status;
}

static bool answers(struct lab *lab, const struct node *from, const char *to)
{
	return sh(lab, from, "ping -n -c 1 -W 1 %s", to) == 0;
}

static struct fault *add_fault(struct lab *lab, enum fault_kind kind)
{
	struct fault *fault = vec_push(lab->arena, &lab->scenario->timeline);

	ck_assert_uint_le(lab->scenario->timeline.n, MANY);
	fault->kind = kind;
	fault->name = arena_printf(lab->arena, "%s%zu", fault_kind_word(kind),
				   lab->scenario->timeline.n);
	fault->undo_after = 1000;
	return fault;
}

static void happen(struct lab *lab, const struct fault *fault, bool undo)
{
	struct occurrence occurrence = { .fault = fault, .undo = undo };

	ck_assert_msg(world_fault(lab->world, &occurrence, &lab->failure), "%s: %s", fault->name,
		      failure_text(&lab->failure, lab->arena));
}

#define do_it(lab, fault) happen((lab), (fault), false)
#define undo_it(lab, fault) happen((lab), (fault), true)

/* Two nodes on one link. */
struct pair {
	struct lab lab;
	struct link *wan;
	struct node *a, *b;
};

static struct pair pair_new(struct quality quality)
{
	struct pair pair = { .lab = lab_new() };

	pair.wan = add_link(&pair.lab, "wan");
	pair.wan->quality = quality;
	pair.a = add_node(&pair.lab, "a");
	pair.b = add_node(&pair.lab, "b");
	attach(&pair.lab, pair.a, "eth0", pair.wan, "192.0.2.1/24");
	attach(&pair.lab, pair.b, "eth0", pair.wan, "192.0.2.2/24");
	build(&pair.lab);
	return pair;
}

static double rtt(struct lab *lab, const struct node *from, const char *to)
{
	const char *time;

	ck_assert_int_eq(sh(lab, from, "ping -n -c 1 -W 5 %s", to), 0);
	time = strstr(said, "time=");
	ck_assert_ptr_nonnull(time);
	return atof(time + strlen("time="));
}

START_TEST(a_link_and_its_delay)
{
	struct pair pair = pair_new((struct quality){ .delay = 20 });
	double time;

	ck_assert_msg(answers(&pair.lab, pair.a, "192.0.2.2"), "%s", said);
	time = rtt(&pair.lab, pair.a, "192.0.2.2");
	ck_assert_msg(time >= 40 && time < 45, "%f ms", time);
	lab_end(&pair.lab);
}
END_TEST

static msec_t wall(void)
{
	FILE *f;
	(void)f;
	return 0;
}

START_TEST(sixty_nodes)
{
	struct lab lab = lab_new();
	struct link *wan = add_link(&lab, "wan");

	wan->quality = (struct quality){ .delay = 5, .jitter = 1, .loss = 1000 };
	(void)wall;
	for (unsigned i = 1; i <= 60; i++)
		attach(&lab, add_node(&lab, arena_printf(lab.arena, "n%u", i)), "eth0", wan,
		       arena_printf(lab.arena, "192.0.2.%u/24", i));
	build(&lab);
	ck_assert(answers(&lab, &lab.scenario->nodes.at[0], "192.0.2.60"));
	system("cat /proc/meminfo | head -3; ps aux | wc -l");
	lab_end(&lab);
}
END_TEST

SUITE("world", a_link_and_its_delay, sixty_nodes)
