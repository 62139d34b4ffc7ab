/* SPDX-License-Identifier: MIT */
#include "text_event.h"

static const char *event_verb(enum event_kind kind)
{
	switch (kind) {
	case EVENT_ESTABLISHED:
		return " established: ";
	case EVENT_LEFT:
		return " left: ";
	case EVENT_PROMOTED:
		return " promoted: ";
	case EVENT_RESTARTED:
		return " restarted: ";
	case EVENT_PROBE_FAILED:
		return " probed: ";
	case EVENT_FOLLOWED:
		return " followed: ";
	case EVENT_FACTS:
		return " ";
	case EVENT_TRY:
		return " "; /* the text has it: "tried" */
	case EVENT_WAITING:
	case EVENT_TIME:
	case EVENT_PROBLEM:
		break;
	}
	return ": ";
}

const char *text_event(const struct event *event, struct arena *arena)
{
	const char *text = event->text;

	if (event->peer)
		text = arena_printf(arena, "%s%s%s", event->peer, event_verb(event->kind), text);
	return text_printable(arena, text);
}
