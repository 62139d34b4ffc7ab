/* SPDX-License-Identifier: MIT */
#include "history_parts.h"

#include "trace/wording.h"

#include <inttypes.h>
#include <math.h>

/* Number of counted decisions that are listed. */
#define TOLD_MAX 3

/* ---- Findings ---- */

bool is_fresh(const struct asking *asking, msec_t at)
{
	return at >= 0 && at <= asking->now && (at > asking->from || asking->from <= 0);
}

struct finding say(const struct asking *asking, struct finding finding, const char *format, ...)
{
	va_list args;

	if (!asking->arena)
		return finding;
	va_start(args, format);
	finding.seen = text_printable(asking->arena, arena_vprintf(asking->arena, format, args));
	va_end(args);
	return finding;
}

struct finding not_looked(const struct asking *asking, const char *what)
{
	return say(asking, (struct finding){ .at = -1 }, "%s", what);
}

static struct finding found(bool holds, msec_t at)
{
	return (struct finding){ .looked = true, .holds = holds, .at = at };
}

static bool in_range(const struct condition *condition, uint64_t number)
{
	return !(condition->has_at_least && number < condition->at_least) &&
	       !(condition->has_at_most && number > condition->at_most);
}

/* For a number that can only grow in a window. */
static struct finding judge_growing(const struct asking *asking, uint64_t number)
{
	const struct condition *condition = asking->condition;
	struct finding finding = found(in_range(condition, number), asking->now);
	bool too_many = condition->has_at_most && number > condition->at_most;

	finding.final = too_many || (finding.holds && !condition->has_at_most);
	return finding;
}

/* ---- Probes ---- */

static const struct echoes *echoes_of(const struct asking *asking)
{
	return &asking->history
			->probes[asking->condition->probe - asking->history->scenario->probes.at];
}

static struct finding check_answers(const struct asking *asking)
{
	const struct echoes *echoes = echoes_of(asking);
	const struct echo *echo = echoes_latest(echoes, asking->now);
	struct arena *arena = asking->arena;
	msec_t since;

	if (!echo || !is_fresh(asking, echo->sent))
		return not_looked(asking, "no request was sent");
	if (echo->rtt >= 0)
		return arena ? say(asking, found(true, echo->sent), "answered at %s",
				   seconds_text(arena, echo->sent))
			     : found(true, echo->sent);
	since = echoes_unanswered_since(echoes, echo);
	if (!arena)
		return found(false, since < asking->from ? asking->from : since);
	return say(asking, found(false, since < asking->from ? asking->from : since),
		   "no answer since %s", seconds_text(arena, since));
}

static struct finding check_outage(const struct asking *asking)
{
	struct outage outage = echoes_outage(echoes_of(asking), asking->from, asking->now);
	struct finding finding = judge_growing(asking, (uint64_t)outage.length);
	struct arena *arena = asking->arena;

	finding.at = outage.begin;
	if (!arena)
		return finding;
	if (!outage.length)
		return say(asking, finding, "no outage");
	return say(asking, finding, "longest outage: %s, from %s on",
		   seconds_text(arena, outage.length), seconds_text(arena, outage.begin));
}

static struct finding check_loss(const struct asking *asking)
{
	const struct condition *condition = asking->condition;
	struct echo_count count = echoes_count(echoes_of(asking), asking->from, asking->now);
	struct finding finding;

	if (!condition->relative)
		finding = judge_growing(asking, count.lost);
	else if (!count.sent)
		return not_looked(asking, "no request was sent");
	else
		finding = found(in_range(condition, (uint64_t)count.lost * PPM_ALL / count.sent),
				asking->now);
	return say(asking, finding, "lost: %u of %u (%.4g %%)", count.lost, count.sent,
		   count.sent ? 100.0 * count.lost / count.sent : 0.0);
}

static struct finding check_rtt(const struct asking *asking)
{
	double median;

	if (!asking->arena)
		return not_looked(asking, "");
	median = echoes_median(echoes_of(asking), asking->from, asking->now, asking->arena);
	if (isnan(median))
		return not_looked(asking, "no request was answered");
	return say(asking, found(in_range(asking->condition, (uint64_t)ceil(median)), asking->now),
		   "median RTT: %.3f ms", median);
}

/* ---- Selection ---- */

static const struct selector_history *selector_of(const struct asking *asking)
{
	const char *name = asking->condition->selector;

	vec_each (selector, &asking->node->selectors) {
		if (!name || !strcmp(selector->name, name))
			return selector;
	}
	return NULL;
}

static bool is_named(const struct condition *condition, const char *peer)
{
	vec_each (name, &condition->names) {
		if (!strcmp(*name, peer))
			return true;
	}
	return false;
}

/* Number of active members that are listed. */
static size_t named_count(const struct condition *condition, const struct selection_change *change)
{
	size_t n = 0;

	vec_each (active, &change->active)
		n += is_named(condition, *active);
	return n;
}

static bool selection_fits(const struct condition *condition, const struct selection_change *change)
{
	size_t named = named_count(condition, change);

	if (condition->absent)
		return !named;
	if (named != change->active.n)
		return false;
	return condition->all ? named == condition->names.n : named > 0;
}

static struct finding check_selected(const struct asking *asking)
{
	const struct selector_history *selector = selector_of(asking);
	const struct selection_change *change = selector ? selection_at(selector, asking->now)
							 : NULL;
	struct finding finding;

	if (!change)
		return not_looked(asking, "nothing was recorded of the selection");
	finding = found(selection_fits(asking->condition, change), change->at);
	if (!asking->arena)
		return finding;
	return say(asking, finding, "selected: %s, since %s",
		   names_text(asking->arena, change->active.at, change->active.n),
		   seconds_text(asking->arena, change->at));
}

static struct finding check_selections(const struct asking *asking)
{
	const struct selector_history *selector = selector_of(asking);
	const struct selection_change *latest = selector ? selection_at(selector, asking->now)
							 : NULL;
	unsigned n = selector ? selections_in(selector, asking->from, asking->now) : 0;
	struct finding finding = judge_growing(asking, n);

	if (n)
		finding.at = latest->at;
	return say(asking, finding, "selections: %u", n);
}

/* ---- Decisions ---- */

static bool same_or_any(const char *wanted, const char *word)
{
	return !wanted || (word && !strcmp(wanted, word));
}

static bool event_fits(const struct condition *condition, const struct record_event *event)
{
	return event->kind && same_or_any(condition->event, event->kind) &&
	       same_or_any(condition->selector, event->selector) &&
	       same_or_any(condition->interface, event->interface) &&
	       same_or_any(condition->peer, event->peer) &&
	       same_or_any(condition->reason, event->reason);
}

static size_t decisions_before(const struct node_history *node, msec_t time)
{
	return vec_place(&node->decisions, &time, time_order);
}

static struct finding check_event(const struct asking *asking)
{
	const struct node_history *node = asking->node;
	size_t end = decisions_before(node, asking->now + 1);
	struct arena *arena = asking->arena;
	msec_t latest = asking->now;
	struct finding finding;
	const char *told = "";
	unsigned n = 0;

	for (size_t i = decisions_before(node, asking->from); i < end; i++) {
		const struct decision *decision = &node->decisions.at[i];

		if (!event_fits(asking->condition, &decision->event))
			continue;
		latest = decision->at;
		if (n++ < TOLD_MAX && arena)
			told = arena_printf(arena, "%s%s%s", told, n == 1 ? ": " : "; ",
					    decision_text(decision, arena));
	}
	finding = judge_growing(asking, n);
	finding.at = latest;
	if (!arena)
		return finding;
	return say(asking, finding, "%s%s%s",
		   n ? count_text(arena, n, "such decision") : "no such decision", told,
		   n > TOLD_MAX ? "; ..." : "");
}

/* ---- Runs and command output ---- */

static bool exit_fits(const struct condition *condition, int status)
{
	vec_each (wanted, &condition->exits) {
		if ((int)*wanted == status)
			return true;
	}
	return false;
}

static bool is_printed(const struct condition *condition, const char *text)
{
	return !condition->prints || (text && strstr(text, condition->prints));
}

static struct finding check_run(const struct asking *asking)
{
	const struct condition *condition = asking->condition;
	const struct kept_run *run = &asking->node->run;
	bool holds = (!condition->exits.n || exit_fits(condition, run->exit)) &&
		     in_range(condition, run->changes) && is_printed(condition, run->output);
	struct arena *arena = asking->arena;

	if (!is_fresh(asking, run->at))
		return not_looked(asking, "there was no run");
	if (!arena)
		return found(holds, run->at);
	return say(asking, found(holds, run->at), "run %u at %s: exit code %d, %s%s%s", run->number,
		   seconds_text(arena, run->at), run->exit,
		   count_text(arena, run->changes, "change"), run->error ? ": " : "",
		   run->error ? first_line(arena, run->error) : "");
}

static struct finding check_converged(const struct asking *asking)
{
	const struct kept_plan *plan = &asking->node->plan;
	bool holds = plan->exit == 0 && !plan->changes;

	if (!is_fresh(asking, plan->at))
		return not_looked(asking, "no plan was asked for");
	if (!asking->arena)
		return found(holds, plan->at);
	if (holds)
		return say(asking, found(holds, plan->at), "plan: nothing to do");
	return say(asking, found(holds, plan->at), "plan: %s, exit code %d",
		   count_text(asking->arena, plan->changes, "change"), plan->exit);
}

static const struct kept_text *text_of(const struct asking *asking, const struct kept_texts *texts,
				       const char *name)
{
	vec_each (text, &texts->list) {
		if (!strcmp(text->name, name))
			return is_fresh(asking, text->at) ? text : NULL;
	}
	return NULL;
}

static struct finding check_file(const struct asking *asking)
{
	const struct condition *condition = asking->condition;
	const struct kept_text *file = text_of(asking, &asking->node->files, condition->path);
	bool holds;

	if (!file)
		return not_looked(asking, "the file was not looked at");
	holds = condition->absent ? !file->text : file->text && is_printed(condition, file->text);
	if (!file->text)
		return say(asking, found(holds, file->at), "there is no %s", condition->path);
	if (!condition->prints || !asking->arena)
		return say(asking, found(holds, file->at), "there is %s", condition->path);
	return say(asking, found(holds, file->at), "%s: %s", condition->path,
		   *file->text ? lines_text(asking->arena, file->text, condition->prints)
			       : "(empty)");
}

/* Whether that is the condition's command, without memory to join its words. */
static bool is_command(const struct condition *condition, const char *text)
{
	vec_each (word, &condition->command) {
		size_t length = strlen(*word);

		if (word != condition->command.at && *text == ' ')
			text++;
		if (strncmp(text, *word, length) != 0)
			return false;
		text += length;
	}
	return !*text;
}

static const struct kept_text *command_of(const struct asking *asking)
{
	vec_each (command, &asking->node->commands.list) {
		if (is_command(asking->condition, command->name))
			return is_fresh(asking, command->at) ? command : NULL;
	}
	return NULL;
}

static struct finding check_command(const struct asking *asking)
{
	const struct condition *condition = asking->condition;
	const struct kept_text *command = command_of(asking);
	bool holds;

	if (!command)
		return not_looked(asking, "the command was not run");
	holds = (condition->exits.n ? exit_fits(condition, command->exit) : !command->exit) &&
		is_printed(condition, command->text);
	if (!asking->arena)
		return found(holds, command->at);
	return say(asking, found(holds, command->at), "exit code %d, printed: %s", command->exit,
		   *command->text ? lines_text(asking->arena, command->text, condition->prints)
				  : "nothing");
}

/* ---- Invariants ---- */

static struct finding check_invariant(const struct asking *asking)
{
	const struct history *history = asking->history;
	struct finding finding = found(true, asking->now);

	vec_each (violation, &history->violations[asking->condition->invariant]) {
		if (violation->at < asking->from || violation->at > asking->now)
			continue;
		finding = (struct finding){
			.looked = true, .final = true, .at = violation->at, .node = violation->node
		};
		return say(asking, finding, "%s: %s", violation->node, violation->text);
	}
	return say(asking, finding, "nothing against it");
}

/* ---- Entry point ---- */

typedef struct finding checker(const struct asking *asking);

static const struct {
	checker *check;
	enum evidence_kind evidence;
	bool counts;
} kinds[] = {
	[CONDITION_ANSWERS] = { check_answers, 0, false },
	[CONDITION_OUTAGE] = { check_outage, 0, true },
	[CONDITION_LOSS] = { check_loss, 0, true },
	[CONDITION_RTT] = { check_rtt, 0, true },
	[CONDITION_SELECTED] = { check_selected, EVIDENCE_SELECTION, false },
	[CONDITION_SELECTIONS] = { check_selections, EVIDENCE_SELECTION, true },
	[CONDITION_EVENT] = { check_event, EVIDENCE_DECISION, true },
	[CONDITION_HANDSHAKE] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_PEERS] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_ALLOWED_IPS] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_ROUTE] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_ADDRESS] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_INTERFACE] = { check_state, EVIDENCE_STATE, false },
	[CONDITION_RUN] = { check_run, EVIDENCE_RUN, false },
	[CONDITION_CONVERGED] = { check_converged, EVIDENCE_PLAN, false },
	[CONDITION_FILE] = { check_file, EVIDENCE_FILE, false },
	[CONDITION_COMMAND] = { check_command, EVIDENCE_COMMAND, false },
	[CONDITION_INVARIANT] = { check_invariant, 0, false },
};

bool condition_counts(const struct condition *condition)
{
	return kinds[condition->kind].counts;
}

bool condition_may_be_final(const struct condition *condition)
{
	return condition->kind != CONDITION_RTT &&
	       !(condition->kind == CONDITION_LOSS && condition->relative);
}

size_t condition_evidence(const struct condition *condition, const struct history *history)
{
	const struct scenario *scenario = history->scenario;
	const size_t nodes = scenario->nodes.n * EVIDENCE_KINDS;

	if (condition->kind == CONDITION_INVARIANT)
		return nodes + scenario->probes.n + condition->invariant;
	if (condition->probe)
		return nodes + (size_t)(condition->probe - scenario->probes.at);
	return (size_t)(condition->node - scenario->nodes.at) * EVIDENCE_KINDS +
	       kinds[condition->kind].evidence;
}

struct finding condition_check(const struct condition *condition, const struct history *history,
			       msec_t from, msec_t now, struct arena *arena)
{
	struct asking asking = { condition, history, NULL, from, now, arena };
	checker *const check = kinds[condition->kind].check;

	if (condition->node)
		asking.node = &history->nodes[condition->node - history->scenario->nodes.at];
	return check(&asking);
}
