/* SPDX-License-Identifier: MIT */
/*
 * import_uci_parts: how import_uci is divided: wgpeerselector's peers, and netifd's
 * interfaces. Only for these files.
 */
#pragma once

#include "import_parts.h"

struct uci {
	struct importer importer;
	struct import_sections network, peers;
	const char *network_file; /* for remarks */
	bool has_wireguard; /* an interface with proto wireguard */
};

/* What netifd takes for yes. */
bool uci_is_true(const char *text);

const char *uci_value(const struct uci *uci, const struct import_section *section, const char *key);

bool uci_interface_name_check(struct uci *uci, struct where where, const char *path,
			      const char *name);

/* An interface with proto wireguard and its peers, as netifd's wireguard.sh makes it. */
void uci_take_netifd(struct uci *uci, const struct import_section *section);

/* How many sections "wireguard_NAME" there are. */
size_t uci_netifd_peers(const struct uci *uci, const char *name);
