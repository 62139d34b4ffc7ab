/* SPDX-License-Identifier: MIT */
/*
 * What import_wirelink.c and import_wirelink_settings.c share. Only for these files.
 */
#pragma once

#include "import_parts.h"

/* A file of wirelink's. */
struct link_file {
	const struct source *source;
	const char *interface;
	struct import_section settings;
	struct import_sections sections; /* a peer each */
};

/* Adds what the file declares to the interface, which is of wg-quick's file or new. */
void import_wirelink_apply(struct importer *importer, const struct link_file *file,
			   struct desired_interface *interface,
			   void (*key_public)(const struct wg_key *private_key,
					      struct wg_key *public_key));
