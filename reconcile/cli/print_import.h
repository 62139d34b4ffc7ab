/* SPDX-License-Identifier: MIT */
/*
 * print_import: the results of show and import, as YAML and key files.
 */
#pragma once

#include "core/import/import.h"
#include "options.h"

/* Writes the keys to the --keys directory, and then the desired state on standard output. */
enum exit_code print_import(const struct options *options, const struct import *import);
