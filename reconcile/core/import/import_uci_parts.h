/* SPDX-License-Identifier: MIT */
/*
 * import_uci_parts: the parts of import_uci: wgpeerselector's peers, and netifd's
 * interfaces. Private to these files.
 */
#pragma once

#include "import_parts.h"

struct uci {
	struct importer importer;
	struct import_sections network, peers;
	const char *network_file; /* for comments */
	bool has_wireguard; /* an interface with proto wireguard */
};

/* Values that netifd reads as true. */
bool uci_is_true(const char *text);

const char *uci_value(const struct uci *uci, const struct import_section *section, const char *key);

bool uci_interface_name_check(struct uci *uci, struct where where, const char *path,
			      const char *name);

/* An interface with proto wireguard and its peers, as netifd's wireguard.sh makes it. */
void uci_take_netifd(struct uci *uci, const struct import_section *section);

/* The number of sections "wireguard_NAME". */
size_t uci_netifd_peers(const struct uci *uci, const char *name);
