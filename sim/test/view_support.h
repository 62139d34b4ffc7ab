/* SPDX-License-Identifier: MIT */
/*
 * view_support: traces for the tests of reports, written with ' for ", with only the
 * relevant parts of the beginning.
 */
#pragma once

#include "report/view.h"
#include "test/unit.h"

#define BEGIN_OF(name, seed)                                                                       \
	"{'kind':'begin','t':0,'scenario':'" name "','seed':" #seed                                \
	",'backend':'time-travel','program':'wgreconcile 1'}\n"
#define BEGIN BEGIN_OF("story", 1)
#define END_AT(time) "{'kind':'end','t':" #time ",'passed':1,'failed':0}\n"
#define SELECTED(time, active, trying)                                                             \
	"{'kind':'selection','t':" #time ",'node':'client','selector':'uplink','active':[" active  \
	"],'trying':[" trying "]}\n"
#define CRASH(time) "{'kind':'fault','t':" #time ",'fault':'crash','name':'off','node':'client'}\n"
#define CRASH_UNDONE(time)                                                                         \
	"{'kind':'fault','t':" #time                                                               \
	",'fault':'crash','name':'off','node':'client','undone':true}\n"
#define FAULT_FAILED(time)                                                                         \
	"{'kind':'fault','t':" #time ",'fault':'crash','name':'x','node':'client','error':'no'}\n"
#define RUN(time, exit)                                                                            \
	"{'kind':'run','t':" #time ",'node':'client','number':1,'took':0,'exit':" #exit "}\n"
#define ANSWERED(number, sent, rtt)                                                                \
	"{'kind':'echo','t':" #sent ",'probe':'inside','sequence':" #number ",'sent':" #sent       \
	",'rtt_ms':" #rtt "}\n"
#define LOST(number, sent, time)                                                                   \
	"{'kind':'echo','t':" #time ",'probe':'inside','sequence':" #number ",'sent':" #sent "}\n"
#define AGE(time, age)                                                                             \
	"{'kind':'state','t':" #time ",'node':'client','interfaces':[{'name':'wg0','peers':[{"     \
	"'name':'gw1','handshake_age':" #age "}]}]}\n"
#define NO_PEER(time)                                                                              \
	"{'kind':'state','t':" #time ",'node':'client','interfaces':[{'name':'wg0'}]}\n"

static inline struct view *view_of(const char *lines, struct arena *arena)
{
	struct trace *trace = arena_alloc(arena, sizeof(*trace));
	char *text = arena_strdup(arena, lines);

	for (char *at = text; *at; at++) {
		if (*at == '\'')
			*at = '"';
	}
	ck_assert_ptr_null(trace_read(text, strlen(text), trace, arena));
	return view_make(trace, arena);
}

/* Number of places of text in page. */
static inline unsigned occurrences(const char *page, const char *text)
{
	unsigned n = 0;

	for (page = strstr(page, text); page; page = strstr(page + 1, text))
		n++;
	return n;
}
