/* SPDX-License-Identifier: MIT */
#include "page.h"

#include "say.h"

#include <errno.h>
#include <string.h>

bool page_written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	say_error("cannot write the result: %s", strerror(errno));
	return false;
}
