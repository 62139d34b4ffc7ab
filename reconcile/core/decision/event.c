/* SPDX-License-Identifier: MIT */
#include "event.h"

struct event *event_add(struct events *events, enum event_kind kind)
{
	struct event *event = vec_push(events->arena, &events->list);

	event->kind = kind;
	if (kind == EVENT_PROBLEM)
		events->problems++;
	return event;
}
