/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "../core/text.h"

void complain(const char *format, ...)
{
	va_list args;

	fputs("wgreconcile: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void complain_usage(const char *line)
{
	complain("%s; try 'wgreconcile help'", line);
}

void complain_diags(FILE *err, const struct diags *diags)
{
	vec_each (diag, &diags->list)
		fprintf(err, "%s\n", diag_text(diags, diag));
}

void complain_warnings(FILE *err, const char *const *lines, size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++)
		fprintf(err, "wgreconcile: warning: %s\n", text_printable(arena, lines[i]));
}
