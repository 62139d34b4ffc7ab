/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "core/report/notices.h"
#include "text_event.h"

/* More changes than this are printed in few lines, and not remembered. */
#define CHANGES_JUDGED_MAX 32

enum line_kind {
	LINE_OUT, /* standard output */
	LINE_CHANGE, /* the same, printed with the others of its kind */
	LINE_DIAG, /* standard error, without a prefix */
	LINE_WARNING,
	LINE_ERROR,
};

/* Destination and type of the notice of the same index. */
struct line {
	enum line_kind kind;
	struct report_item *item; /* LINE_CHANGE */
};

struct journal {
	struct arena *arena;
	struct report *report;
	VEC(struct notice) notices;
	VEC(struct line) lines;
};

static void add(struct journal *journal, enum line_kind kind, const char *key, const char *text,
		bool lasts)
{
	text = text_printable(journal->arena, text);
	*vec_push(journal->arena, &journal->notices) = (struct notice){
		.key = key ? key : notice_key(journal->arena, text),
		.text = text,
		.lasts = lasts,
	};
	*vec_push(journal->arena, &journal->lines) = (struct line){ .kind = kind };
}

/* ---- Failures ---- */

static void add_degraded(struct journal *journal)
{
	const struct run *run = journal->report->run;
	const struct plan_input input = run_input(run, 0);
	struct status status;

	status_of_peers(&status, journal->arena, &input, &run->plan, &run->facts);
	vec_each (reason, &status.reasons)
		add(journal, LINE_OUT, NULL, arena_printf(journal->arena, "degraded: %s", *reason),
		    true);
}

/* ---- Decisions and changes ---- */

static const char *heading(struct journal *journal, const struct report_item *item)
{
	const char *interface = report_interface(item), *selector = report_selector(item);

	if (selector)
		return arena_printf(journal->arena, "selector %s", selector);
	if (interface)
		return arena_printf(journal->arena, "interface %s", interface);
	return "this machine";
}

/* A selector without a working member tries one after the other: one message. */
static const char *search_key(struct journal *journal, const struct report_item *item)
{
	return arena_printf(journal->arena, "%s search", heading(journal, item));
}

static bool is_search(const struct event *event)
{
	return event->kind == EVENT_TRY ||
	       (event->kind == EVENT_LEFT &&
		(event->reason == LEFT_NO_HANDSHAKE || event->reason == LEFT_NAME_UNRESOLVED ||
		 event->reason == LEFT_NO_ROUTE));
}

static void add_event(struct journal *journal, struct report_item *item)
{
	const struct event *event = item->event;
	const char *head = heading(journal, item), *key;

	/* Neither is a decision. */
	if (event->kind == EVENT_PROBE_FAILED || event->kind == EVENT_FOLLOWED)
		return;
	key = is_search(event) ? search_key(journal, item)
			       : arena_printf(journal->arena, "%s event %d %d", head, event->kind,
					      event->reason);
	add(journal, LINE_OUT, key,
	    arena_printf(journal->arena, "%s: %s", head, text_event(event, journal->arena)),
	    event->kind == EVENT_WAITING);
}

static void add_change(struct journal *journal, struct report_item *item)
{
	const struct change *change = item->change;
	const char *key = NULL;

	if (change->selector && change->reason)
		key = search_key(journal, item);
	add(journal, LINE_CHANGE, key,
	    arena_printf(journal->arena, "%s: %c %s%s%s", heading(journal, item),
			 change_sign(change->kind), change_text(change, journal->arena),
			 change->error ? ": " : "", change->error ? change->error : ""),
	    false);
	journal->lines.at[journal->lines.n - 1].item = item;
}

static void add_items(struct journal *journal)
{
	struct report *report = journal->report;

	vec_each (item, &report->items)
		if (item->event)
			add_event(journal, item);
	if (report->run->plan.changes.list.n > CHANGES_JUDGED_MAX)
		return;
	vec_each (item, &report->items)
		if (item->change)
			add_change(journal, item);
}

/* ---- Errors and warnings ---- */

static void add_complaints(struct journal *journal)
{
	const struct report *report = journal->report;
	const struct diags *diags = &report->run->diags;
	bool lasts = report->outcome != RUN_LOCKED;

	vec_each (diag, &diags->list)
		add(journal, LINE_DIAG, NULL, diag_text(diags, diag), true);
	/* The run's own are events, the others conditions. */
	for (size_t i = 0; i < report->warnings.n; i++)
		add(journal, LINE_WARNING, NULL, report->warnings.at[i],
		    i >= report->run->warnings.n);
	vec_each (error, &report->errors)
		add(journal, LINE_ERROR, NULL, *error, lasts);
}

/* ---- Printing ---- */

static void put(struct printer *printer, enum line_kind kind, const char *text)
{
	switch (kind) {
	case LINE_OUT:
	case LINE_CHANGE:
		fprintf(printer->out, "%s\n", text);
		return;
	case LINE_DIAG:
		fprintf(printer->err, "%s\n", text);
		return;
	case LINE_WARNING:
		fprintf(printer->err, "wgreconcile: warning: %s\n", text);
		return;
	case LINE_ERROR:
		fprintf(printer->err, "wgreconcile: %s\n", text);
		return;
	}
}

static void put_all(const struct journal *journal, struct printer *printer, bool complaints)
{
	for (size_t i = 0; i < journal->lines.n; i++) {
		const struct notice *notice = &journal->notices.at[i];
		enum line_kind kind = journal->lines.at[i].kind;

		if ((kind >= LINE_DIAG) != complaints)
			continue;
		if (notice->verdict == NOTICE_AGAIN)
			put(printer, kind, notice->repeated);
		else if (notice->verdict == NOTICE_NEW && kind != LINE_CHANGE)
			put(printer, kind, notice->text);
	}
}

/* Decisions are separate lines here, and some changes are not printed any more. */
static void keep_new_changes(struct journal *journal)
{
	struct report *report = journal->report;
	size_t kept = 0;

	for (size_t i = 0; i < journal->lines.n; i++)
		if (journal->lines.at[i].item)
			journal->lines.at[i].item->hidden = journal->notices.at[i].verdict !=
							    NOTICE_NEW;
	for (size_t i = 0; i < report->items.n; i++)
		if (report->items.at[i].change && !report->items.at[i].hidden)
			report->items.at[kept++] = report->items.at[i];
	report->items.n = kept;
}

static void print(struct journal *journal, struct printer *printer, const struct notices *notices)
{
	put_all(journal, printer, false);
	keep_new_changes(journal);
	output_changes(&output_text, printer, journal->report);
	vec_each (line, &notices->ended)
		put(printer, LINE_OUT, *line);
	if (notices->unremembered)
		fprintf(printer->out, "%zu more messages; wgreconcile status has all of them\n",
			notices->unremembered);
	fflush(printer->out);
	put_all(journal, printer, true);
}

void journal_print(struct printer *printer, struct report *report, const struct options *options,
		   bool whole)
{
	struct journal journal = { .arena = report->arena, .report = report };
	struct notices notices;
	struct state_text text;
	struct now now;

	clock_read_again(&now);
	whole = whole && report->outcome == RUN_DONE;
	if (whole)
		add_degraded(&journal);
	if (report->outcome == RUN_DONE)
		add_items(&journal);
	add_complaints(&journal);
	text = state_text_read(&options->dirs, options->name, STATE_NOTICES, report->arena);
	notices_decode(&notices, report->arena, text.text, text.length);
	notices_judge(&notices, journal.notices.at, journal.notices.n, whole, now.boot);
	print(&journal, printer, &notices);
	/* Without that memory everything is printed again in the next run. */
	if (notices.changed)
		state_text_write(&options->dirs, options->name, STATE_NOTICES,
				 notices.list.n ? notices_encode(&notices) : NULL, report->arena);
}
