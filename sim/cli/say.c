/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

void say_error(const char *format, ...)
{
	va_list args;

	fputs("wgsim: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void say_usage(const char *line)
{
	say_error("%s; try 'wgsim help'", line);
}
