/* SPDX-License-Identifier: MIT */
/*
 * text_facts: the exchange of facts in the text form of status.
 */
#pragma once

#include "output.h"

/* Lines of a peer. */
void text_link(struct printer *printer, const struct status_link *link, struct arena *arena);

/* A line of an interface; and all its facts. */
void text_exchange(struct printer *printer, const struct status_exchange *exchange,
		   struct arena *arena);
void text_facts(struct printer *printer, const char *interface,
		const struct status_exchange *exchange, struct arena *arena);
