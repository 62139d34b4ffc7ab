/* SPDX-License-Identifier: MIT */
/*
 * print_import: what show and import have found, as YAML and key files.
 */
#pragma once

#include "core/import/import.h"
#include "options.h"

/* Writes the keys where --keys says so, and then the desired state on standard
 * output. */
enum exit_code print_import(const struct options *options, const struct import *import);
