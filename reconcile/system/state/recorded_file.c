/* SPDX-License-Identifier: MIT */
#include "recorded_file.h"

_Static_assert(RECORDED_SIZE_MAX == STATE_TEXT_MAX, "what can be decoded can be read");

/* Decodes the file; undecodable content is unusable. */
static struct state_text take(const struct state_dirs *dirs, const char *name, enum state_file file,
			      struct recorded *recorded, struct arena *arena)
{
	struct state_text text = state_text_read(dirs, name, file, arena);
	const char *reason;

	recorded_init(recorded, arena);
	if (text.result != STATE_READ)
		return text;
	reason = recorded_decode(text.text, text.length, recorded, arena);
	if (!reason)
		return text;
	text.result = STATE_UNUSABLE;
	text.error = arena_printf(arena, "%s: %s", text.path, reason);
	return text;
}

bool recorded_file_read(const struct state_dirs *dirs, const char *name, bool set_aside,
			struct recorded *recorded, bool *kept, struct arena *arena,
			const char **warning, const char **error)
{
	struct state_text text = take(dirs, name, STATE_KEPT, recorded, arena);

	*warning = NULL;
	*error = NULL;
	*kept = text.result == STATE_READ;
	if (*kept)
		return true;
	text = take(dirs, name, STATE_RECORDED, recorded, arena);
	if (text.result == STATE_FAILED)
		*error = text.error;
	else if (text.result == STATE_UNUSABLE)
		*warning = arena_printf(arena, "%s; %s", text.error,
					set_aside
						? state_set_aside(dirs, name, STATE_RECORDED, arena)
						: "taken as empty");
	return text.result != STATE_FAILED;
}

const char *recorded_file_write(const struct state_dirs *dirs, const char *name,
				const struct recorded *recorded, struct arena *arena)
{
	const char *error = state_text_write(dirs, name, STATE_RECORDED,
					     recorded_encode(recorded, arena), arena);

	if (!error)
		return NULL;
	return arena_printf(arena, "%s (the state is not recorded; the interfaces are as they are)",
			    error);
}

const char *recorded_file_keep(const struct state_dirs *dirs, const char *name,
			       const struct recorded *recorded, struct arena *arena)
{
	return state_text_write(dirs, name, STATE_KEPT, recorded_encode(recorded, arena), arena);
}
