/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "plan_parts.h"

void plan_files(struct plan *plan, const struct desired *desired, const struct observed *observed)
{
	vec_each (file, &desired->files) {
		const struct observed_file *on_disk = observed_file_find(observed, file->path);
		uint64_t digest = hash_bytes(HASH_BASIS, file->text, file->length);
		bool same = on_disk && on_disk->exists && on_disk->size == file->length &&
			    on_disk->digest == digest;
		struct change *change;

		if (same && !on_disk->unloaded)
			continue;
		change = change_add(&plan->changes, CHANGE_FILE_WRITE, NULL);
		change->file = file;
		change->digest = digest;
		if (same)
			change->reason = "written before, but not loaded";
	}
}
