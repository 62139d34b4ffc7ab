/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

void memory_out(void)
{
	fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
	exit(EXIT_FAILURE);
}

void *memory_take(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		memory_out();
	return memory;
}

void *memory_retake(void *memory, size_t size)
{
	void *again = realloc(memory, size ? size : 1);

	if (!again)
		memory_out();
	return again;
}

void memory_for_json(void)
{
	json_set_alloc_funcs(memory_take, free);
}
