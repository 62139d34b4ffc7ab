/* SPDX-License-Identifier: MIT */
/*
 * desired_protocol: who makes routes, by the names that ip-route(8) has for their
 * protocol numbers.
 */
#pragma once

#include "desired.h"

#include <stdbool.h>
#include <stdint.h>

/* All names, NULL at the end. */
extern const char *const protocol_words[];

/* NULL: the number has none. */
const char *protocol_word(uint8_t number);

bool protocol_parse(const char *word, uint8_t *number);
