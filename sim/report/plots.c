/* SPDX-License-Identifier: MIT */
#include "plots.h"

const struct plot plots[] = {
	{ "timeline", "who was selected, faults, and reachability over time", false,
	  plot_timeline },
	{ "handshakes", "age of the latest handshake of each peer over time", false,
	  plot_handshakes },
	{ "echoes", "round-trip time and loss of each probe over time", false, plot_echoes },
	{ "outage-cdf", "which part of the seeds had no longer outage than that", true,
	  plot_outage_cdf },
	{ "outage-histogram", "how many seeds had an outage of that length", true,
	  plot_outage_histogram },
	{ 0 },
};

const struct plot *plot_find(const char *name)
{
	for (const struct plot *plot = plots; plot->name; plot++) {
		if (!strcmp(plot->name, name))
			return plot;
	}
	return NULL;
}
