/* SPDX-License-Identifier: MIT */
/*
 * second_look: whether wg(8) and ip(8) show the same state of a node's kernel as the
 * simulator read by itself. What is read and what is checked would else share a defect.
 */
#pragma once

#include "core/observed/observed.h"

/* What the programs printed. */
struct second_look {
	const char *wireguard; /* wg show all dump */
	const char *addresses; /* ip -json address show */
	const char *routes4, *routes6; /* ip -json -N -4 (-6) route show table all */
};

/* The first difference in keys, ports, marks, endpoints, allowed IPs, handshakes, keepalives,
 * addresses and unicast routes, as one line allocated in arena; NULL: none. Routes with
 * several hops or a next hop object may be missing from observed. */
const char *second_look(const struct observed *observed, const struct second_look *printed,
			struct arena *arena);
