/* SPDX-License-Identifier: MIT */
#include "group.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

const char *group_enter(const char *name, struct arena *arena)
{
	const struct group *group;
	int error;

	errno = 0;
	group = getgrnam(name);
	error = errno;
	if (!group && error)
		return arena_printf(arena, "group %s cannot be looked up: %s", name,
				    strerror(error));
	if (!group)
		return arena_printf(arena, "there is no group %s: create it (groupadd --system %s)",
				    name, name);
	if (getgid() == group->gr_gid && getegid() == group->gr_gid)
		return NULL;
	if (setgid(group->gr_gid) < 0)
		return arena_printf(arena, "cannot enter group %s: %s", name, strerror(errno));
	return NULL;
}
