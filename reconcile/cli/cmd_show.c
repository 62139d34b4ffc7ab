/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "print_import.h"
#include "system/state/secrets.h"

static bool observe(const struct options *options, struct observed *observed)
{
	struct deadline deadline = deadline_in(options->deadline);
	struct kernel *kernel = kernel_open();
	const char *error = NULL;
	bool observable = kernel_observe(kernel, NULL, NULL, observed, &deadline, &error);

	kernel_close(kernel);
	if (!observable) {
		message_error("%s", text_printable(options->arena, error));
		return false;
	}
	clock_read(&observed->now);
	observed_sort(observed);
	return true;
}

/* Unreadable state is missing in the output, which must not be taken as complete. */
static bool all_readable(const struct options *options, const struct observed *observed)
{
	bool readable = true;

	vec_each (interface, &observed->interfaces) {
		if (!interface->unreadable)
			continue;
		message_error("interface %s: %s", text_printable(options->arena, interface->name),
			      interface->unreadable);
		readable = false;
	}
	return readable;
}

/* Keeps the named ones, in the given order. */
static bool choose(const struct options *options, struct observed *observed)
{
	struct observed all = *observed;

	if (!options->arguments.n)
		return true;
	memset(&observed->interfaces, 0, sizeof(observed->interfaces));
	vec_each (name, &options->arguments) {
		const struct observed_interface *found = observed_interface_find(&all, *name);

		if (!found || (found->kind != LINK_WIREGUARD && !found->unreadable)) {
			message_error("there is no WireGuard interface '%s'",
				      text_printable(options->arena, *name));
			return false;
		}
		if (!observed_interface_find(observed, *name))
			*vec_push(observed->arena, &observed->interfaces) = *found;
	}
	return true;
}

enum exit_code cmd_show(void *given)
{
	struct options *options = given;
	struct observed observed = { .arena = options->arena };
	enum exit_code code = EXIT_ERROR;

	secrets_protect_process();
	if (observe(options, &observed) && choose(options, &observed) &&
	    all_readable(options, &observed))
		code = print_import(options,
				    import_observed(&observed, options->keys ? options->keys : "",
						    options->keys != NULL, options->arena));
	observed_forget_allowed_ips(&observed);
	return code;
}
