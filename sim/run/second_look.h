/* SPDX-License-Identifier: MIT */
/*
 * second_look: compares the output of wg(8) and ip(8) with the state of a node's kernel read
 * by the simulator. Otherwise the reconciler and its checks would share defects of the
 * reading code.
 */
#pragma once

#include "core/observed/observed.h"

/* The output of the programs. */
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
