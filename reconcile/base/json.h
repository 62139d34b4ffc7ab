/* SPDX-License-Identifier: MIT */
/*
 * json: objects with jansson, without a result to check at each step: running
 * out of memory ends the process with a message, as in an arena.
 */
#pragma once

#include "address.h"
#include "key.h"
#include "text.h"

#include <jansson.h>
#include <stdio.h>

/* The value; where it is NULL, for want of memory, the process ends. */
json_t *json_made(json_t *value);

/* As JSON's; bytes that are not UTF-8 are shown as \xNN. NULL becomes null. */
json_t *json_text(const char *text, struct arena *scratch);

/* Milliseconds as seconds; AGE_NONE becomes null. */
json_t *json_seconds(msec_t duration);

json_t *json_key(const struct wg_key *key);
json_t *json_prefix(const struct prefix *prefix);
json_t *json_endpoint(const struct endpoint *endpoint);
json_t *json_texts(const char *const *texts, size_t n, struct arena *scratch);

/* Like json_object_set_new() and json_array_append_new(). */
void json_put(json_t *object, const char *name, json_t *value);
void json_add(json_t *array, json_t *value);

/* As json_put(), but leaves out what is NULL. */
void json_put_text(json_t *object, const char *name, const char *text, struct arena *scratch);

/* Prints value and lets go of it. */
void json_print(FILE *out, json_t *value);

/* Prints all of a filled object but its closing brace, and lets go of it: what
 * follows is too long to be made in memory at once. */
void json_print_open(FILE *out, json_t *object);

/* After json_print_open(): one more member, a list of prefixes. */
void json_print_prefixes(FILE *out, const char *name, const struct prefix *prefixes, size_t n);
