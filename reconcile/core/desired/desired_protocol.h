/* SPDX-License-Identifier: MIT */
/*
 * desired_protocol: route protocols, by ip-route(8)'s names for their numbers.
 */
#pragma once

#include "desired.h"

#include <stdbool.h>
#include <stdint.h>

/* All names, NULL at the end. */
extern const char *const protocol_words[];

/* NULL: no name for the number. */
const char *protocol_word(uint8_t number);

bool protocol_parse(const char *word, uint8_t *number);
