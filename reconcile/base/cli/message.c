/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "base/text.h"

#include <errno.h>

void message_error(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void message_usage(const char *line)
{
	message_error("%s; try '%s help'", line, program_name);
}

void message_diags(FILE *err, const struct diags *diags)
{
	vec_each (diag, &diags->list)
		fprintf(err, "%s\n", diag_text(diags, diag));
}

void message_warnings(FILE *err, const char *const *lines, size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++)
		fprintf(err, "%s: warning: %s\n", program_name, text_printable(arena, lines[i]));
}

bool message_written(FILE *out)
{
	if (fflush(out) == 0 && !ferror(out))
		return true;
	message_error("cannot write the result: %s", strerror(errno));
	return false;
}
