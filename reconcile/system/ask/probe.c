/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "base/os/icmp.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>

/* Maximum number of messages read before the other targets are served. */
#define READ_MAX 64
/* Privileges needed, see icmp(7) and capabilities(7). */
#define NO_PRIVILEGE                                                                               \
	"no ICMP socket (it takes CAP_NET_RAW, or a group in net.ipv4.ping_group_range; "          \
	"under systemd: systemctl edit wgreconcile@NAME, and in [Service] "                        \
	"CapabilityBoundingSet=CAP_NET_RAW)"

/* One target. */
struct prober {
	const struct query_probe *query;
	struct observed_probe *probe;
	struct icmp icmp; /* fd -1: done */
	msec_t began;
	unsigned tried; /* echoes, sent or failed */
	int send_error; /* the errno of the latest failure */
	msec_t *sent_at; /* by sequence number */
};

static void prober_done(struct prober *prober)
{
	icmp_close(&prober->icmp);
}

static void prober_fail(struct prober *prober, const char *what, int error, struct arena *arena)
{
	char target[IP_TEXT_MAX];

	prober->probe->error = arena_printf(
		arena, "%s on %s: %s%s%s", ip_text(&prober->query->target, target),
		prober->query->interface, what, error ? ": " : "", error ? strerror(error) : "");
	prober_done(prober);
}

static void prober_open(struct prober *prober, struct arena *arena)
{
	const char *interface = prober->query->interface;
	uint8_t nonce[ICMP_NONCE];

	if (prober->query->count == 0 || prober->query->target.family == FAMILY_NONE) {
		prober_fail(prober, "nothing to send", 0, arena);
		return;
	}
	if (!icmp_open(&prober->icmp, &prober->query->target)) {
		prober_fail(prober, errno == EPERM ? NO_PRIVILEGE : "no ICMP socket", errno, arena);
		return;
	}
	if (!icmp_bind(&prober->icmp, interface)) {
		prober_fail(prober, strerror(errno), 0, arena);
		return;
	}
	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce)) {
		prober_fail(prober, "getrandom", errno, arena);
		return;
	}
	icmp_set_nonce(&prober->icmp, nonce);
	prober->sent_at = arena_alloc(arena, prober->query->count * sizeof(*prober->sent_at));
}

static void echo_send(struct prober *prober)
{
	unsigned sequence = prober->tried++;

	prober->sent_at[sequence] = clock_boot();
	if (icmp_send(&prober->icmp, (uint16_t)sequence))
		prober->probe->sent++;
	else
		prober->send_error = errno;
}

/* The time of the prober's next action: echoes are spread evenly over one timeout, and the
 * last one gets a whole timeout for its answer. */
static msec_t next_due(const struct prober *prober)
{
	const struct query_probe *query = prober->query;

	if (prober->tried < query->count)
		return prober->began + query->timeout * prober->tried / query->count;
	return prober->sent_at[query->count - 1] + query->timeout;
}

static void prober_end(struct prober *prober, struct arena *arena)
{
	if (prober->probe->sent == 0 && prober->send_error)
		prober_fail(prober, "cannot send", prober->send_error, arena);
	prober_done(prober);
}

static void prober_step(struct prober *prober, struct arena *arena)
{
	while (prober->icmp.fd >= 0 && next_due(prober) <= clock_boot()) {
		if (prober->tried < prober->query->count)
			echo_send(prober);
		else
			prober_end(prober, arena);
	}
}

/* Reads answers. The first one is enough. */
static void answers_read(struct prober *prober)
{
	for (unsigned i = 0; i < READ_MAX && prober->icmp.fd >= 0; i++) {
		uint16_t sequence;
		enum icmp_answer answer = icmp_receive(&prober->icmp, &sequence);

		if (answer == ICMP_NOTHING)
			return;
		if (answer == ICMP_OTHER || sequence >= prober->tried)
			continue;
		prober->probe->received = 1;
		prober->probe->rtt = clock_boot() - prober->sent_at[sequence];
		prober_done(prober);
	}
}

/* Milliseconds until the next action. */
static int wait_time(const struct prober *probers, size_t n, const struct deadline *deadline)
{
	struct deadline next = *deadline;

	for (size_t i = 0; i < n; i++) {
		if (probers[i].icmp.fd >= 0 && next_due(&probers[i]) < next.at)
			next.at = next_due(&probers[i]);
	}
	return deadline_left(&next);
}

/* Waits for answers of pending targets. false: all are done. */
static bool probers_wait(struct prober *probers, size_t n, struct pollfd *polled,
			 struct prober **polled_probers, const struct deadline *deadline)
{
	size_t polled_n = 0;

	for (size_t i = 0; i < n; i++) {
		if (probers[i].icmp.fd < 0)
			continue;
		polled[polled_n] = (struct pollfd){ .fd = probers[i].icmp.fd, .events = POLLIN };
		polled_probers[polled_n++] = &probers[i];
	}
	if (polled_n == 0)
		return false;
	/* poll() refuses more than RLIMIT_NOFILE, so that done ones must be left out. */
	if (poll(polled, polled_n, wait_time(probers, n, deadline)) <= 0)
		return true;
	for (size_t i = 0; i < polled_n; i++) {
		if (polled[i].revents)
			answers_read(polled_probers[i]);
	}
	return true;
}

static void probe_all(struct prober *probers, size_t n, struct arena *arena,
		      const struct deadline *deadline)
{
	struct pollfd *polled = arena_alloc(arena, n * sizeof(*polled));
	struct prober **polled_probers = arena_alloc(arena, n * sizeof(struct prober *));

	while (!deadline_passed(deadline)) {
		for (size_t i = 0; i < n; i++)
			prober_step(&probers[i], arena);
		if (!probers_wait(probers, n, polled, polled_probers, deadline))
			return;
	}
}

void probe_targets(const struct query_probe *queries, size_t n, struct observed_probe *probes,
		   struct arena *arena, const struct deadline *deadline)
{
	struct prober *probers = arena_alloc(arena, n * sizeof(*probers));

	for (size_t i = 0; i < n; i++) {
		probes[i] = (struct observed_probe){ .interface = queries[i].interface,
						     .target = queries[i].target };
		probers[i].query = &queries[i];
		probers[i].probe = &probes[i];
		probers[i].icmp.fd = -1;
		prober_open(&probers[i], arena);
		probers[i].began = clock_boot();
	}
	probe_all(probers, n, arena, deadline);
	for (size_t i = 0; i < n; i++) {
		if (probers[i].icmp.fd >= 0 && probes[i].sent == 0 && !probers[i].send_error)
			prober_fail(&probers[i], "no time left", 0, arena);
		prober_end(&probers[i], arena);
	}
}
