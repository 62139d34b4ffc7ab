/* SPDX-License-Identifier: MIT */
/*
 * The clock is synchronised outside the tunnel, which may not start before: the servers'
 * names are queried with the tunnel's mark, and if rules direct everything else into it,
 * rules of this run exempt the servers' addresses.
 */
#include "run_parts.h"

#include "system/ask/resolve.h"
#include "system/ask/timesync.h"

#define NTP_PORT 123
/* Of one name: chronyd also uses one of them. */
#define ADDRESSES_MAX 2

struct addresses {
	VEC(struct ip) list;
};

/* The rules that are in the kernel, or NULL. */
static const struct desired_interface *ruled(const struct run *run)
{
	vec_each (interface, &run->desired->interfaces)
		vec_each (rule, &run->observed.rules)
			if (interface->rules == RULES_FWMARK && rule->not_fwmark &&
			    rule->table == interface->table)
				return interface;
	return NULL;
}

static const char *server_endpoint(const char *server, struct arena *arena)
{
	struct ip ip;

	if (ip_parse(server, &ip) && ip.family == FAMILY_IPV6)
		return arena_printf(arena, "[%s]:%d", server, NTP_PORT);
	return arena_printf(arena, "%s:%d", server, NTP_PORT);
}

/* Unresolved names are left to the synchroniser. */
static void resolve_servers(struct run *run, uint32_t fwmark, struct addresses *addresses,
			    struct desired_time *time, const struct deadline *deadline)
{
	const struct desired_time *declared = &run->desired->time;
	size_t n = declared->servers.n;
	struct resolve_request *requests = arena_alloc(run->arena, n * sizeof(*requests));
	struct observed_answer *answers = arena_alloc(run->arena, n * sizeof(*answers));
	const char *warning;

	for (size_t i = 0; i < n; i++)
		requests[i] = (struct resolve_request){
			.endpoint = server_endpoint(declared->servers.at[i], run->arena),
			.fwmark = fwmark
		};
	resolve_endpoints(requests, n, answers, &warning, run->arena, deadline);
	if (warning)
		run_warn(run, warning);
	for (size_t i = 0; i < n; i++) {
		char text[IP_TEXT_MAX];

		if (answers[i].error)
			*vec_push(run->arena, &time->servers) = declared->servers.at[i];
		for (size_t j = 0; j < answers[i].addresses.n && j < ADDRESSES_MAX; j++) {
			const struct ip *ip = &answers[i].addresses.at[j].ip;

			*vec_push(run->arena, &addresses->list) = *ip;
			*vec_push(run->arena, &time->servers) = arena_strdup(run->arena,
									     ip_text(ip, text));
		}
	}
}

static void change_passes(struct run *run, struct kernel *kernel, enum change_kind kind,
			  uint32_t priority, const struct addresses *addresses)
{
	struct changes changes = { .arena = run->arena };
	struct deadline deadline = deadline_in(MSEC_PER_SEC);

	vec_each (ip, &addresses->list) {
		struct change *change = change_add(&changes, kind, NULL);

		change->table = TABLE_MAIN;
		change->rule = (struct observed_rule){
			.family = ip->family,
			.priority = priority,
			.table = TABLE_MAIN,
			.suppress_prefix_length = -1,
			.to = { .ip = *ip, .length = (uint8_t)family_bits(ip->family) }
		};
	}
	kernel_apply(kernel, NULL, &run->observed, &changes, &deadline);
	vec_each (change, &changes.list)
		if (change->result == CHANGE_FAILED)
			run_warn(run, arena_printf(run->arena, "%s: %s",
						   change_text(change, run->arena), change->error));
}

static uint32_t first_priority(const struct run *run)
{
	uint32_t first = UINT32_MAX;

	vec_each (interface, &run->desired->interfaces)
		if (interface->rules == RULES_FWMARK && interface->rule_priority < first)
			first = interface->rule_priority;
	return first;
}

const char *run_synchronise(struct run *run, struct kernel *kernel, const struct deadline *deadline)
{
	const struct desired_interface *interface = ruled(run);
	struct desired_time time = run->desired->time;
	struct addresses addresses = { 0 };
	/* Names may use half at most. */
	struct deadline half = deadline_in(deadline_left(deadline) / 2);
	uint32_t priority = first_priority(run) - 1;
	const char *error;

	if (!time.servers.n || !interface || !priority)
		return timesync_run(&run->desired->time, run->arena, deadline);
	memset(&time.servers, 0, sizeof(time.servers));
	resolve_servers(run, (uint32_t)interface->fwmark, &addresses, &time, &half);
	change_passes(run, kernel, CHANGE_RULE_ADD, priority, &addresses);
	error = timesync_run(&time, run->arena, deadline);
	change_passes(run, kernel, CHANGE_RULE_REMOVE, priority, &addresses);
	return error;
}
