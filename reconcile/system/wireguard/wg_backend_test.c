/* SPDX-License-Identifier: MIT */
#include "wg_backend.h"

#include "core/desired/desired_default.h"
#include "test/fixture.h"
#include "test/unit.h"
#include "wg_user.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool private_run(void)
{
	if (!fixture_unshare(CLONE_NEWNS))
		return false;
	fixture_empty_run();
	return true;
}

/* A control socket left behind by a program. */
static void leave_socket(const char *directory, const char *interface)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	mkdir(directory, 0700);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", directory, interface,
		 WG_USER_SUFFIX);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* Each word of the YAML has its row, and a row is for a kernel module or for a program. */
START_TEST(test_rows)
{
	size_t words = 0;

	while (implementation_words[words])
		words++;
	ck_assert_uint_eq(wg_backends_n, words);
	for (size_t i = 0; i < words; i++)
		ck_assert_int_eq(wg_backend_of((enum implementation)i)->implementation, i);
	wg_each_backend(backend)
	{
		ck_assert(!backend->link_kind == !backend->family);
		ck_assert(!backend->directory == !backend->program);
		ck_assert(!backend->link_kind != !backend->program);
		ck_assert(backend->exists && backend->get && backend->set);
	}
}
END_TEST

START_TEST(test_of_link)
{
	static const char *const others[] = { "", "tun", "vxlan", "dummy", "wireguard2" };
	const struct wg_backend *kernel = wg_backend_of(IMPLEMENTATION_KERNEL);
	const struct wg_backend *program = wg_backend_of(IMPLEMENTATION_USERSPACE);

	if (!private_run())
		return;
	ck_assert_ptr_eq(wg_backend_of_link("wg0", "wireguard"), kernel);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_ptr_null(wg_backend_of_link("wg0", others[i]));
	leave_socket(program->directory, "wg0");
	ck_assert_ptr_eq(wg_backend_of_link("wg0", "tun"), program);
	ck_assert_ptr_null(wg_backend_of_link("wg1", "tun"));
	/* The socket then belongs to an earlier link. */
	ck_assert_ptr_eq(wg_backend_of_link("wg0", "wireguard"), kernel);
	wg_forget("wg0");
	ck_assert_ptr_null(wg_backend_of_link("wg0", "tun"));
}
END_TEST

/* Programs of another WireGuard have their own directory, and a module its family. */
START_TEST(test_another_wireguard)
{
	struct deadline deadline = deadline_in(10000);
	struct arena *arena = arena_new();
	struct observed_interface interface = { .name = "wg0" };
	struct wg_kernel *module = wg_kernel_open("wgr_no_family");
	struct failure failure = { 0 };

	ck_assert_ptr_nonnull(module);
	ck_assert(!wg_kernel_get(module, &interface, arena, arena, &deadline, &failure));
	ck_assert_int_eq(failure.code, EOPNOTSUPP);
	wg_kernel_close(module);
	if (private_run()) {
		leave_socket("/run/another", "wg0");
		ck_assert(wg_user_exists("/run/another", "wg0"));
		ck_assert(!wg_user_exists("/run/wireguard", "wg0"));
		ck_assert(!wg_user_get("/run/another", &interface, arena, arena, &deadline,
				       &failure));
		ck_assert_int_eq(failure.code, ECONNREFUSED);
	}
	arena_free(arena);
}
END_TEST

SUITE("wg_backend", test_rows, test_of_link, test_another_wireguard)
