/* SPDX-License-Identifier: MIT */
/*
 * scenario_parts: the parts of scenario_read: values, nodes, faults and expectations have a
 * file each. Private to these files.
 */
#pragma once

#include "base/yaml/yaml_value.h"
#include "core/desired/desired.h"
#include "scenario.h"

#define CONDITION_KINDS (CONDITION_INVARIANT + 1)
#define FAULT_KINDS (FAULT_SERVICE_START + 1)
#define INVARIANTS (INVARIANT_SECRETS + 1)
#define EXPECTATION_KINDS (EXPECT_AT + 1)

/* State of a node while reading, besides its data: its desired states, at the start and by
 * faults. */
struct node_facts {
	VEC(const struct desired *) desired;
	bool unclear; /* a text of it is not a desired state: anything is allowed */
	bool pushed; /* a fault installs a desired state */
};

/* A fault or expectation that requires a desired state of the node, possibly from a later fault. */
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

/* Reads a value to `to`; false after an error. */
typedef bool part_reader(struct scenario_reading *reading, const struct tree_node *value, void *to);

/* A key that a mapping may have. A table of them ends with a NULL name. */
struct part {
	const char *name;
	part_reader *read; /* NULL: somewhere else */
	size_t offset; /* offset in the object */
	const char *required; /* the remedy if it is missing; NULL: optional */
};

/* Reads a mapping whose keys are the parts; false after any error in it. */
bool read_parts(struct scenario_reading *reading, const struct tree_node *node,
		const struct part *parts, void *object);

/* The items of a list, or the scalar itself, as a list of one; without checking their kinds. */
const struct tree_node *item_first(const struct tree_node *node);
const struct tree_node *item_next(const struct tree_node *node, const struct tree_node *item);

/* Part readers, by the type of `to`. */
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

/* Keys of struct quality, for mappings with further keys. */
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

/* Checks conflicting values in it. */
bool check_quality(struct scenario_reading *reading, const struct tree_node *node,
		   const struct quality *quality);

/*
 * Lists as arrays of *n in the arena, to be put into a VEC with vec_set(). A single item
 * needs no list. Invalid items are reported and omitted.
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

/* Valid names in references: 1 to 63 of letters, digits, - and _; and with further characters. */
bool name_is_plain(const char *name, const char *more);
/* Checks that the key of the node is one, without further characters. */
bool key_names_part(struct scenario_reading *reading, const struct tree_node *node);

/* Reports that shown is not among the names (NULL-terminated), with the nearest. what is a
 * plural, "nodes". */
void unknown_name(struct scenario_reading *reading, const struct tree_node *value,
		  const char *shown, const char *what, const char *const *names);

/* The names of a VEC's elements, NULL-terminated. */
#define names_of(arena, vec)                                                                       \
	names_collect((arena), (vec)->at, (vec)->n, sizeof(*(vec)->at),                            \
		      offsetof(__typeof__(*(vec)->at), name))
const char *const *names_collect(struct arena *arena, const void *at, size_t n, size_t size,
				 size_t offset);

/* A copy of the list with a NULL at its end. */
const char *const *names_ended(struct arena *arena, const char *const *names, size_t n);

/* NODE.OBJECT: the node, and the text after the first dot; NULL after an error. what is the
 * type of object, for the remedy. */
const char *read_node_object(struct scenario_reading *reading, const struct tree_node *value,
			     const struct node **node, const char *what);

/* All attachments as NODE.INTERFACE, and all links, NULL-terminated. */
const char *const *cable_names(struct scenario_reading *reading, bool links, bool attachments);

struct node_facts *facts_of(const struct scenario_reading *reading, const struct node *node);

/* A WireGuard interface of the node; NULL name: the only one. Reports at value. */
bool resolve_interface(struct scenario_reading *reading, const struct tree_node *value,
		       const struct node *node, const char **name);

/* Records that wgreconcile must run on the node; and checks this after reading. */
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

/* A kind of fault: its value is read into struct fault. */
struct action {
	part_reader *read;
	bool can_be_undone; /* has "for" */
};
extern const struct action actions[FAULT_KINDS];

struct timer timer_default(bool has_desired);
part_reader read_timer; /* struct timer */

part_reader read_condition; /* struct condition */

/* The source as one line: "answers: inside". */
const char *flow_text(struct arena *arena, const struct tree_node *node);

/* The single key of the mapping that is among the words; otherwise NULL and an error, except
 * if there is none and another key is not among the parts, which is an error elsewhere. */
const struct tree_node *only_of(struct scenario_reading *reading, const struct tree_node *node,
				const char *const *words, const struct part *parts,
				const char *what);

/* The time of the last fault or expectation, for the default duration; and the checks of
 * times of faults and expectations against a known duration. */
msec_t last_time(const struct scenario *scenario);
void check_times(struct scenario_reading *reading);
