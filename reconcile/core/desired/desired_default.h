/* SPDX-License-Identifier: MIT */
/*
 * desired_default: the default values of a desired state, and the words of the file. Shared
 * by reading, writing and importing.
 */
#pragma once

#include "desired.h"

/* The program of a userspace implementation (WireGuard's own). */
#define DEFAULT_USERSPACE_PROGRAM "wireguard-go"

/* The least MTU every IPv4 host accepts (RFC 791, 3.1) and the most a length of 16 bits allows. */
#define MTU_MIN 576
#define MTU_MAX 65535
/* IPV6_MIN_MTU (RFC 8200, 5): below it Linux has no IPv6 on a link (addrconf.c). */
#define IPV6_MTU_MIN 1280

/* Objects with default values; names and locations are empty. */
struct desired_interface desired_interface_default(void);
struct desired_peer desired_peer_default(bool is_member);
struct desired_selector desired_selector_default(void);
struct desired_time desired_time_default(void);

/* Follows create. */
enum unmanaged_peers unmanaged_peers_default(bool create);

/* In the order of the enums, and with NULL at the end. */
extern const char *const implementation_words[];
extern const char *const route_policy_words[];
extern const char *const rule_policy_words[];
extern const char *const unmanaged_peers_words[];
extern const char *const strategy_words[];
extern const char *const router_words[];
/* From TRUST_UNTRUSTED on. */
extern const char *const trust_words[];

/* any, ipv4, ipv6 */
extern const char *const prefer_family_words[];
extern const enum family prefer_family_values[];
