/* SPDX-License-Identifier: MIT */
/*
 * scenario_parts: how scenario_read is divided: values, nodes, faults and
 * expectations have a file each. Only for these files.
 */
#pragma once

#include "base/yaml/yaml_value.h"
#include "core/desired/desired.h"
#include "scenario.h"

#define CONDITION_KINDS (CONDITION_INVARIANT + 1)
#define FAULT_KINDS (FAULT_SERVICE_START + 1)
#define INVARIANTS (INVARIANT_SECRETS + 1)
#define EXPECTATION_KINDS (EXPECT_AT + 1)

/* What is known of a node beside its data: what it is told to be, at the start
 * and by faults. */
struct node_facts {
	VEC(const struct desired *) desired;
	bool unclear; /* a text of it is no desired state: anything may be in it */
	bool pushed; /* a fault brings it a desired state */
};

/* A fault or expectation that needs a desired state of the node, which a later
 * fault may bring. */
struct reconciler_use {
	const struct tree_node *value;
	const struct node *node;
};

struct scenario_reading {
	struct diags *diags;
	struct arena *arena; /* the same as diags' */
	struct scenario *scenario;
	struct node_facts *facts; /* one for each node */
	VEC(struct reconciler_use) uses;
	VEC(const struct tree_node *) fault_trees; /* one for each fault */
	VEC(const struct tree_node *) expect_trees; /* one for each expectation */
	VEC(const struct tree_node *) measure_trees; /* one for each measure */
};

/* Reads a value to where it belongs; false after an error. */
typedef bool part_reader(struct scenario_reading *reading, const struct tree_node *value, void *to);

/* A key that a mapping may have. A table of them ends with a NULL name. */
struct part {
	const char *name;
	part_reader *read; /* NULL: somewhere else */
	size_t offset; /* of its place in the object */
	const char *required; /* what to do when it is missing; NULL: it may be */
};

/* Reads a mapping whose keys are the parts; false after any error in it. */
bool read_parts(struct scenario_reading *reading, const struct tree_node *node,
		const struct part *parts, void *object);

/* The items of a list, or the scalar itself, which is a list of one; both without
 * checking their kinds. */
const struct tree_node *item_first(const struct tree_node *node);
const struct tree_node *item_next(const struct tree_node *node, const struct tree_node *item);

/* Part readers, by what `to` points at. */
part_reader read_duration; /* msec_t, more than zero */
part_reader read_delay; /* msec_t, may be zero */
part_reader read_share; /* ppm_t, from a percentage */
part_reader read_rate; /* uint64_t */
part_reader read_quality; /* struct quality */
part_reader read_flag; /* bool */
part_reader read_word; /* const char *: value_text() */
part_reader read_string; /* const char *: any text, of several lines, too */
part_reader read_prefix; /* struct prefix with host bits */
part_reader read_link; /* const struct link *, by its name */
part_reader read_node; /* const struct node * */
part_reader read_reconciling_node; /* the same, see needs_reconciler() */
part_reader read_probe; /* const struct probe * */

/* Keys of struct quality, for mappings that have more. */
#define QUALITY_PARTS(of)                                                                          \
	{ "delay", read_delay, (of) + offsetof(struct quality, delay), NULL },                     \
		{ "jitter", read_delay, (of) + offsetof(struct quality, jitter), NULL },           \
		{ "loss", read_share, (of) + offsetof(struct quality, loss), NULL },               \
		{ "rate", read_rate, (of) + offsetof(struct quality, rate), NULL },                \
		{ "reorder", read_share, (of) + offsetof(struct quality, reorder), NULL },         \
		{ "duplicate", read_share, (of) + offsetof(struct quality, duplicate), NULL },     \
	{                                                                                          \
		"corrupt", read_share, (of) + offsetof(struct quality, corrupt), NULL              \
	}

/* What does not go together in it. */
bool check_quality(struct scenario_reading *reading, const struct tree_node *node,
		   const struct quality *quality);

/*
 * Lists as arrays of *n in the arena, to be put into a VEC with vec_set(). Where one item makes
 * sense, it needs no list. What is wrong is reported, and left out.
 */
#define vec_set(vec, list, count) ((vec)->at = (list), (vec)->n = (vec)->capacity = (count))
const char **read_words(struct scenario_reading *reading, const struct tree_node *value, size_t *n);
struct ip *read_ips(struct scenario_reading *reading, const struct tree_node *value, size_t *n);
struct prefix *read_addresses(struct scenario_reading *reading, const struct tree_node *value,
			      size_t *n);
struct prefix *read_networks(struct scenario_reading *reading, const struct tree_node *value,
			     size_t *n);
/* A mapping of host names to addresses. */
struct name_answer *read_answers(struct scenario_reading *reading, const struct tree_node *value,
				 size_t *n);
/* A list is a program and its arguments, a text is for the shell. */
const char **read_command(struct scenario_reading *reading, const struct tree_node *value,
			  size_t *n);

/* Names that may stand in references: 1 to 63 of letters, digits, - and _, and of more. */
bool name_is_plain(const char *name, const char *more);
/* Checks the key of the node to be one, without more. */
bool key_names_part(struct scenario_reading *reading, const struct tree_node *node);

/* Reports that shown is none of the names (ended by NULL), with the nearest. what is a plural,
 * "nodes". */
void unknown_name(struct scenario_reading *reading, const struct tree_node *value,
		  const char *shown, const char *what, const char *const *names);

/* The names in a VEC of things that have one, ended by NULL. */
#define names_of(arena, vec)                                                                       \
	names_collect((arena), (vec)->at, (vec)->n, sizeof(*(vec)->at),                            \
		      offsetof(__typeof__(*(vec)->at), name))
const char *const *names_collect(struct arena *arena, const void *at, size_t n, size_t size,
				 size_t offset);

/* A copy of the list with a NULL at its end. */
const char *const *names_ended(struct arena *arena, const char *const *names, size_t n);

/* NODE.OBJECT: the node, and what stands behind the first dot; NULL after an error. what is the
 * sort of object, for the remedy. */
const char *read_node_object(struct scenario_reading *reading, const struct tree_node *value,
			     const struct node **node, const char *what);

/* All attachments as NODE.INTERFACE, and all links, ended by NULL. */
const char *const *cable_names(struct scenario_reading *reading, bool links, bool attachments);

struct node_facts *facts_of(const struct scenario_reading *reading, const struct node *node);

/* A WireGuard interface of the node; NULL name: the only one. Reports at value. */
bool resolve_interface(struct scenario_reading *reading, const struct tree_node *value,
		       const struct node *node, const char **name);

/* Remembers that the node must be one that wgreconcile runs on, and checks that, when all is read.
 */
void needs_reconciler(struct scenario_reading *reading, const struct tree_node *value,
		      const struct node *node);
void check_reconcilers(struct scenario_reading *reading);

/* The parts of a scenario, in the order in which they can be read. */
void read_links(struct scenario_reading *reading, const struct tree_node *value);
void read_nodes(struct scenario_reading *reading, const struct tree_node *value);
void read_probes(struct scenario_reading *reading, const struct tree_node *value);
void read_timeline(struct scenario_reading *reading, const struct tree_node *value);
void read_expect(struct scenario_reading *reading, const struct tree_node *value);
void read_measures(struct scenario_reading *reading, const struct tree_node *value);

/* A desired state: its text, and its interfaces' names added to the node's. */
bool read_desired(struct scenario_reading *reading, const struct tree_node *value,
		  struct node *node, const char **text);

/* What can happen: its value is read into struct fault. */
struct action {
	part_reader *read;
	bool can_be_undone; /* has "for" */
};
extern const struct action actions[FAULT_KINDS];

struct timer timer_default(bool has_desired);
part_reader read_timer; /* struct timer */

part_reader read_condition; /* struct condition */

/* What is written as if on one line: "answers: inside". */
const char *flow_text(struct arena *arena, const struct tree_node *node);

/* The one of the mapping's keys that is among the words; NULL when it is not one. That is an error,
 * unless there is none and another key is none of the parts, which is an error elsewhere. */
const struct tree_node *only_of(struct scenario_reading *reading, const struct tree_node *node,
				const char *const *words, const struct part *parts,
				const char *what);

/* When the last thing happens or is expected, for the default of the duration; and what the times
 * of faults and expectations must obey when it is known. */
msec_t last_time(const struct scenario *scenario);
void check_times(struct scenario_reading *reading);
