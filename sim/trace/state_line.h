/* SPDX-License-Identifier: MIT */
/*
 * state_line: addresses and routes as in a record of a node's state.
 */
#pragma once

#include "base/address.h"

#include <stdint.h>

/* Room for an interface's name (IFNAMSIZ) and a protocol's. */
#define STATE_WORD_MAX 16

/* "wg0 10.9.0.2/32 wgreconcile" */
struct address_line {
	char interface[STATE_WORD_MAX];
	struct prefix prefix;
	bool ours; /* marked as wgreconcile's */
};

/* "10.9.0.0/24 wg0 wgreconcile table 123 metric 5" */
struct route_line {
	struct prefix to;
	char interface[STATE_WORD_MAX];
	bool ours;
	uint32_t table; /* default: main */
	uint32_t metric; /* default: 0 */
};

/* False for any other line. */
bool address_line_read(const char *line, struct address_line *address);
bool route_line_read(const char *line, struct route_line *route);
