/* SPDX-License-Identifier: MIT */
#include "print_import.h"

#include "base/cli/message.h"
#include "output.h"
#include "system/state/secrets.h"

static bool write_keys(const struct options *options, const struct import *import)
{
	bool all = true;

	vec_each (secret, &import->secrets) {
		const char *slash = strrchr(secret->file, '/');
		const char *error = secrets_write(options->keys, slash ? slash + 1 : secret->file,
						  &secret->key, options->arena);

		if (error)
			message_error("%s", text_printable(options->arena, error));
		all = all && !error;
	}
	return all;
}

enum exit_code print_import(const struct options *options, const struct import *import)
{
	struct printer printer = printer_open(options);

	if (options->keys && !write_keys(options, import))
		return EXIT_ERROR;
	if (!options->keys && import->secrets.n)
		message_error("warning: %zu %s not written; --keys DIR does it", import->secrets.n,
			      import->secrets.n == 1 ? "key was" : "keys were");
	fputs(desired_write(import->desired, import->remarks.at, import->remarks.n, options->arena),
	      printer.out);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}
