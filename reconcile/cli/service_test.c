/* SPDX-License-Identifier: MIT */
#include "service.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, length), 0);
	return fd;
}

static const char *received(int fd)
{
	static char text[64];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	text[length < 0 ? 0 : length] = '\0';
	return text;
}

START_TEST(to_a_path_and_an_abstract_name)
{
	struct arena *arena = arena_new();
	char *directory = fixture_directory(arena);
	const char *paths[] = {
		arena_printf(arena, "%s/notify", directory),
		arena_printf(arena, "@wgreconcile-test-%d", (int)getpid()),
	};

	for (size_t i = 0; i < 2; i++) {
		int fd = manager(paths[i]);

		setenv("NOTIFY_SOCKET", paths[i], 1);
		service_notify("READY=1\nWATCHDOG=1");
		ck_assert_str_eq(received(fd), "READY=1\nWATCHDOG=1");
		close(fd);
	}
	fixture_directory_remove(directory);
	arena_free(arena);
}
END_TEST

/* None of these is a socket; the run goes on. */
START_TEST(nothing_to_notify)
{
	char longer[200];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	unsetenv("NOTIFY_SOCKET");
	service_notify("READY=1");
	for (size_t i = 0; i < 5; i++) {
		const char *const names[] = { "", "/", "relative", "/nowhere/at/all", longer };

		setenv("NOTIFY_SOCKET", names[i], 1);
		service_notify("READY=1");
	}
}
END_TEST

SUITE("service", to_a_path_and_an_abstract_name, nothing_to_notify)
