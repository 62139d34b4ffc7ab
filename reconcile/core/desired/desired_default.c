/* SPDX-License-Identifier: MIT */
#include "desired_default.h"

const char *const implementation_words[] = { "kernel", "userspace", NULL };
const char *const route_policy_words[] = { "none", "allowed_ips", NULL };
const char *const rule_policy_words[] = { "none", "fwmark", NULL };
const char *const unmanaged_peers_words[] = { "remove", "keep", NULL };
const char *const strategy_words[] = { "random", "ordered", "weighted", NULL };
const char *const router_words[] = { "auto", "false", "true", NULL };
const char *const trust_words[] = { "untrusted",  "endpoint", "allowed_ips",
				    "membership", "delegate", NULL };
const char *const prefer_family_words[] = { "any", "ipv4", "ipv6", NULL };
const enum family prefer_family_values[] = { FAMILY_NONE, FAMILY_IPV4, FAMILY_IPV6 };

enum unmanaged_peers unmanaged_peers_default(bool create)
{
	return create ? UNMANAGED_REMOVE : UNMANAGED_KEEP;
}

struct desired_interface desired_interface_default(void)
{
	return (struct desired_interface){
		.create = true,
		.implementation = IMPLEMENTATION_KERNEL,
		.listen_port = -1,
		.fwmark = -1,
		.routes = ROUTES_ALLOWED_IPS,
		.table = TABLE_MAIN,
		.rules = RULES_NONE,
		.rule_priority = DEFAULT_RULE_PRIORITY,
		.unmanaged_peers = unmanaged_peers_default(true),
	};
}

struct desired_peer desired_peer_default(bool is_member)
{
	return (struct desired_peer){
		.enabled = true,
		.persistent_keepalive = is_member ? DEFAULT_SELECTOR_KEEPALIVE : 0,
		.weight = 1,
	};
}

struct desired_selector desired_selector_default(void)
{
	return (struct desired_selector){
		.active = 1,
		.strategy = STRATEGY_RANDOM,
		.try_for = DEFAULT_TRY_FOR_MS,
		.established_for = DEFAULT_ESTABLISHED_FOR_MS,
		.silent_for = DEFAULT_SILENT_FOR_MS,
		.probe = {
			.count = DEFAULT_PROBE_COUNT,
			.timeout = DEFAULT_PROBE_TIMEOUT_MS,
			.fail_after = DEFAULT_PROBE_FAIL_AFTER,
		},
		.failback = FAILBACK_NEVER,
	};
}

struct desired_time desired_time_default(void)
{
	return (struct desired_time){ .backoff = DEFAULT_TIME_BACKOFF_MS };
}
