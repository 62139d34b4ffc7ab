/* SPDX-License-Identifier: MIT */
#include "invariant_parts.h"
#include "scenario/wireguard_key.h"

#include <stdlib.h>

/* wgreconcile's exit codes, see reconcile/base/cli/exit.h. */
#define EXIT_DONE 0
#define EXIT_ERROR 1
#define EXIT_INPUT 65
#define EXIT_LOCKED 75
/* 128 and the signal's number: SIGKILL. */
#define EXIT_KILLED 137
#define EXIT_SIGNAL 128

/* Of --deadline, see wgreconcile(8); and the time allowed in addition. */
#define DEADLINE_MS 4000
#define DEADLINE_SLACK_MS 1000

/* The first violation decides an expectation; further ones do not matter. */
#define VIOLATIONS_MAX 1000

static bool is_watched(const struct history *history, enum invariant invariant)
{
	vec_each (expectation, &history->scenario->expect) {
		if (expectation->condition.kind == CONDITION_INVARIANT &&
		    expectation->condition.invariant == invariant)
			return true;
	}
	return false;
}

void violate(struct history *history, enum invariant invariant, const struct node_history *node,
	     msec_t at, const char *format, ...)
{
	const size_t first = history->scenario->nodes.n * EVIDENCE_KINDS +
			     history->scenario->probes.n;
	va_list args;

	if (history->violations[invariant].n >= VIOLATIONS_MAX)
		return;
	va_start(args, format);
	*vec_push(history->arena, &history->violations[invariant]) = (struct invariant_violation){
		.at = at,
		.node = node->node->name,
		.text = arena_vprintf(history->arena, format, args),
	};
	va_end(args);
	history_touch(history, &history->evidence[first + invariant]);
}

/* ---- Beginning ---- */

/* The value of an option of the timer's runs; otherwise when it is not given. */
static msec_t option_duration(const struct timer *timer, const char *option, msec_t otherwise)
{
	const size_t length = strlen(option);

	for (size_t i = 0; i < timer->options.n; i++) {
		const char *word = timer->options.at[i];
		const char *value = NULL;
		msec_t duration;

		if (!strcmp(word, option) && i + 1 < timer->options.n)
			value = timer->options.at[i + 1];
		else if (!strncmp(word, option, length) && word[length] == '=')
			value = word + length + 1;
		if (value && duration_parse(value, &duration))
			return duration;
	}
	return otherwise;
}

static void make_secrets(struct history *history, const struct node *node,
			 struct node_invariants *invariants)
{
	struct wg_key key;
	char text[KEY_TEXT_MAX];

	vec_each (interface, &node->wireguard) {
		for (unsigned generation = 0; generation < WIREGUARD_KEY_GENERATIONS;
		     generation++) {
			if (!wireguard_key(history->scenario->seed, node->name, *interface,
					   generation, &key, NULL))
				continue;
			*vec_push(history->arena, &invariants->secrets) = arena_strdup(
				history->arena, key_text(&key, text));
		}
	}
}

static void remember_created(struct node_invariants *invariants, struct arena *arena)
{
	vec_each (interface, &invariants->basis->desired->interfaces) {
		bool known = !interface->create;

		vec_each (created, &invariants->created)
			known |= !strcmp(*created, interface->name);
		if (!known)
			*vec_push(arena, &invariants->created) = interface->name;
	}
}

/* An invalid text changes only the runs' output. */
static void set_desired(struct history *history, struct node_invariants *invariants,
			const char *text, msec_t at)
{
	const struct basis *basis = basis_make(history->keys, text, history->arena);

	if (invariants->wrong)
		invariants->wrong_until = at;
	invariants->wrong = !basis;
	if (!basis)
		return;
	invariants->basis = basis;
	remember_created(invariants, history->arena);
}

static void begin_node(struct history *history, struct node_history *node)
{
	struct node_invariants *invariants = arena_alloc(history->arena, sizeof(*invariants));
	const struct timer *timer = &node->node->timer;

	node->invariants = invariants;
	invariants->wrong_until = invariants->disturbed_at = invariants->kill_at =
		invariants->off_at = -1;
	invariants->longest_run = option_duration(timer, "--deadline", DEADLINE_MS) +
				  option_duration(timer, "--for", 0) + DEADLINE_SLACK_MS;
	if (history->watched[INVARIANT_SECRETS])
		make_secrets(history, node->node, invariants);
	/* Runs without a file report that until there is one. */
	invariants->wrong = !node->node->desired;
	if (node->node->desired)
		set_desired(history, invariants, node->node->desired, 0);
}

void invariants_begin(struct history *history)
{
	bool any = false;

	for (unsigned i = 0; i < INVARIANTS_N; i++)
		any |= history->watched[i] = is_watched(history, (enum invariant)i);
	if (!any)
		return;
	history->keys = known_keys_make(history->scenario, history->arena);
	for (size_t i = 0; i < history->scenario->nodes.n; i++)
		begin_node(history, &history->nodes[i]);
}

/* ---- Faults ---- */

static void follow_fault(struct history *history, struct node_invariants *invariants,
			 const struct fault *fault, const struct record *record)
{
	const bool undone = record->fault.undone;

	switch (fault->kind) {
	case FAULT_DESIRED:
		if (undone || !fault->text)
			return;
		set_desired(history, invariants, fault->text, record->at);
		invariants->changing |= !invariants->wrong;
		invariants->changed_at = record->at;
		break;
	case FAULT_STATE_FILE:
		invariants->state_damaged |= !undone;
		break;
	case FAULT_DISK_FULL:
		invariants->disk_full = !undone;
		break;
	case FAULT_KILL_RECONCILER:
		invariants->kill_at = record->at;
		break;
	case FAULT_CRASH:
	case FAULT_REBOOT:
		if (!undone)
			invariants->off_at = record->at;
		break;
	default:
		break;
	}
}

static void disturb(struct node_invariants *invariants, msec_t at)
{
	invariants->disturbed_at = at;
	invariants->run_ended_well = false;
}

void invariants_fault(struct history *history, const struct record *record)
{
	const struct fault *fault = scenario_fault(history->scenario, record->fault.name);
	struct node_history *node = NULL;

	if (!history->keys)
		return;
	if (record->fault.node)
		node = history_node(history, record->fault.node);
	if (node) {
		disturb(node->invariants, record->at);
		if (fault)
			follow_fault(history, node->invariants, fault, record);
		return;
	}
	/* For a cable of any node. */
	for (size_t i = 0; i < history->scenario->nodes.n; i++)
		disturb(history->nodes[i].invariants, record->at);
}

/* ---- Runs ---- */

static bool exit_is_explained(const struct node_invariants *invariants, const struct record *record)
{
	const struct record_run *run = &record->run;
	const msec_t began = record->at - run->took;

	switch (run->exit) {
	case EXIT_DONE:
	case EXIT_ERROR:
	case EXIT_LOCKED:
		return true;
	case EXIT_INPUT:
		return invariants->wrong ||
		       (invariants->wrong_until >= 0 && invariants->wrong_until >= began);
	case EXIT_KILLED:
		return invariants->kill_at >= 0 ||
		       (invariants->off_at >= 0 && invariants->off_at >= began);
	default:
		return false;
	}
}

static void check_exit(struct history *history, const struct node_history *node,
		       const struct record *record)
{
	const struct record_run *run = &record->run;
	const struct node_invariants *invariants = node->invariants;

	if (!exit_is_explained(invariants, record))
		violate(history, INVARIANT_EXIT, node, record->at, "run %u %s %d", run->number,
			run->exit > EXIT_SIGNAL ? "was ended by signal" : "ended with exit code",
			run->exit > EXIT_SIGNAL ? run->exit - EXIT_SIGNAL : run->exit);
	if (run->took > invariants->longest_run)
		violate(history, INVARIANT_EXIT, node, record->at,
			"run %u took %lld ms, and %lld ms are the most it may", run->number,
			(long long)run->took, (long long)invariants->longest_run);
}

static bool prints(const struct record_run *run, const char *secret)
{
	if (run->output && strstr(run->output, secret))
		return true;
	vec_each (error, &run->errors) {
		if (strstr(*error, secret))
			return true;
	}
	return false;
}

static void check_secrets(struct history *history, const struct node_history *node,
			  const struct record *record)
{
	vec_each (secret, &node->invariants->secrets) {
		if (prints(&record->run, *secret))
			violate(history, INVARIANT_SECRETS, node, record->at,
				"run %u printed a private key of the node", record->run.number);
	}
}

static void see_run(struct history *history, struct node_history *node, const struct record *record)
{
	struct node_invariants *invariants = node->invariants;
	const struct record_run *run = &record->run;
	const msec_t began = record->at - run->took;

	if (history->watched[INVARIANT_EXIT])
		check_exit(history, node, record);
	check_secrets(history, node, record);
	if (began >= invariants->kill_at)
		invariants->kill_at = -1;
	/* A run in progress has read it before the damage. */
	if ((run->exit == EXIT_DONE || run->exit == EXIT_ERROR) && !invariants->disk_full &&
	    began >= invariants->disturbed_at)
		invariants->state_damaged = false;
	/* A run already in progress reports the earlier state. */
	if (run->exit == EXIT_DONE && began >= invariants->changed_at)
		invariants->changing = false;
	invariants->run_ended_well = run->exit == EXIT_DONE && began >= invariants->disturbed_at;
}

/* ---- The recorded state and the kernel's ---- */

static void see_selection(struct history *history, const struct node_history *node,
			  const struct record *record)
{
	const char *unreadable = record->selection.unreadable;

	if (unreadable && !node->invariants->state_damaged)
		violate(history, INVARIANT_STATE, node, record->at,
			"the recorded state cannot be read: %s", unreadable);
}

static void see_state(struct history *history, struct node_history *node,
		      const struct record *record)
{
	struct node_invariants *invariants = node->invariants;
	bool known = invariants->basis && !invariants->changing;

	if (history->watched[INVARIANT_CARRIERS] && known)
		check_carriers(history, node, record);
	if (!history->watched[INVARIANT_OBJECTS])
		return;
	if (known && invariants->run_ended_well)
		check_left_over(history, node, record);
	invariants->run_ended_well = false;
	check_foreign(history, node, record);
}

void invariants_see(struct history *history, struct node_history *node, const struct record *record)
{
	if (!node->invariants)
		return;
	switch (record->kind) {
	case RECORD_RUN:
		see_run(history, node, record);
		break;
	case RECORD_SELECTION:
		see_selection(history, node, record);
		break;
	case RECORD_STATE:
		see_state(history, node, record);
		break;
	default:
		break;
	}
}
