/* SPDX-License-Identifier: MIT */
/*
 * json: objects with jansson, without result checks at each step: running out of memory ends
 * the process with a message, as in an arena.
 */
#pragma once

#include "address.h"
#include "key.h"
#include "text.h"

#include <jansson.h>
#include <stdio.h>

/* Returns value; if it is NULL (out of memory), the process ends. */
json_t *json_made(json_t *value);

/* As a JSON string; bytes that are not UTF-8 are shown as \xNN. NULL becomes null. */
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

/* As json_put(), but omits NULL. */
void json_put_text(json_t *object, const char *name, const char *text, struct arena *scratch);

/* A copy of the text of a member; NULL if the member is missing or not a string. */
const char *json_member_text(const json_t *object, const char *name, struct arena *arena);

/* Prints value and frees it. */
void json_print(FILE *out, json_t *value);

/* Prints a filled object without its closing brace and frees it: the rest is too long to be
 * made in memory at once. */
void json_print_open(FILE *out, json_t *object);

/* After json_print_open(): one more member, a list of prefixes. */
void json_print_prefixes(FILE *out, const char *name, const struct prefix *prefixes, size_t n);
