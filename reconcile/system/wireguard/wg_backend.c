/* SPDX-License-Identifier: MIT */
#include "wg_backend.h"

#include "core/desired/desired_default.h"
#include "wg_user.h"

#include <linux/wireguard.h>
#include <stdlib.h>

static bool kernel_exists(const struct wg_backend *backend, const char *name, const char *kind)
{
	(void)name;
	return strcmp(kind, backend->link_kind) == 0;
}

static bool kernel_get(const struct wg_channel *channel, struct observed_interface *interface,
		       struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
		       struct failure *failure)
{
	return wg_kernel_get(channel->kernel, interface, arena, prefixes, deadline, failure);
}

static bool kernel_set(const struct wg_channel *channel, const struct wg_update *update,
		       const struct observed_interface *observed, struct arena *arena,
		       const struct deadline *deadline, struct failure *failure)
{
	return wg_kernel_set(channel->kernel, update, observed, arena, deadline, failure);
}

static bool user_exists(const struct wg_backend *backend, const char *name, const char *kind)
{
	(void)kind;
	return wg_user_exists(backend->directory, name);
}

static bool user_get(const struct wg_channel *channel, struct observed_interface *interface,
		     struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
		     struct failure *failure)
{
	return wg_user_get(channel->backend->directory, interface, arena, prefixes, deadline,
			   failure);
}

static bool user_set(const struct wg_channel *channel, const struct wg_update *update,
		     const struct observed_interface *observed, struct arena *arena,
		     const struct deadline *deadline, struct failure *failure)
{
	(void)observed;
	return wg_user_set(channel->backend->directory, update, arena, deadline, failure);
}

/* Kernel modules come first: a program of an earlier link may have left its socket. */
const struct wg_backend wg_backends[] = {
	{ .implementation = IMPLEMENTATION_KERNEL,
	  .link_kind = "wireguard",
	  .family = WG_GENL_NAME,
	  .exists = kernel_exists,
	  .get = kernel_get,
	  .set = kernel_set },
	{ .implementation = IMPLEMENTATION_USERSPACE,
	  .directory = "/run/wireguard",
	  .program = DEFAULT_USERSPACE_PROGRAM,
	  .exists = user_exists,
	  .get = user_get,
	  .set = user_set },
};

#define BACKENDS (sizeof(wg_backends) / sizeof(wg_backends[0]))

const size_t wg_backends_n = BACKENDS;

const struct wg_backend *wg_backend_of(enum implementation implementation)
{
	wg_each_backend(backend) if (backend->implementation == implementation) return backend;
	return &wg_backends[0];
}

const struct wg_backend *wg_backend_of_link(const char *name, const char *kind)
{
	wg_each_backend(backend) if (backend->exists(backend, name, kind)) return backend;
	return NULL;
}

void wg_forget(const char *interface)
{
	wg_each_backend(backend) if (backend->directory)
		wg_user_forget(backend->directory, interface);
}

struct wg {
	struct wg_channel channels[BACKENDS]; /* in row order */
};

struct wg *wg_open(void)
{
	struct wg *wg = calloc(1, sizeof(*wg));

	if (!wg)
		return NULL;
	for (size_t i = 0; i < BACKENDS; i++) {
		struct wg_channel *channel = &wg->channels[i];

		channel->backend = &wg_backends[i];
		if (!channel->backend->family)
			continue;
		channel->kernel = wg_kernel_open(channel->backend->family);
		if (!channel->kernel) {
			wg_close(wg);
			return NULL;
		}
	}
	return wg;
}

void wg_close(struct wg *wg)
{
	if (!wg)
		return;
	for (size_t i = 0; i < BACKENDS; i++)
		wg_kernel_close(wg->channels[i].kernel);
	free(wg);
}

bool wg_get(struct wg *wg, const struct wg_backend *backend, struct observed_interface *interface,
	    struct arena *arena, struct arena *prefixes, const struct deadline *deadline,
	    struct failure *failure)
{
	if (!backend->get(&wg->channels[backend - wg_backends], interface, arena, prefixes,
			  deadline, failure))
		return false;
	interface->kind = LINK_WIREGUARD;
	interface->implementation = backend->implementation;
	return true;
}

bool wg_set(struct wg *wg, const struct wg_backend *backend, const struct wg_update *update,
	    const struct observed_interface *observed, struct arena *arena,
	    const struct deadline *deadline, struct failure *failure)
{
	return backend->set(&wg->channels[backend - wg_backends], update, observed, arena, deadline,
			    failure);
}
