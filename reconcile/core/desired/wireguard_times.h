/* SPDX-License-Identifier: MIT */
/*
 * wireguard_times: the times of the protocol (the WireGuard paper, 6.1; in Linux
 * drivers/net/wireguard/messages.h), in milliseconds.
 */
#pragma once

/* The age at which the initiator of a session in use begins a new handshake. */
#define REKEY_AFTER_TIME_MS 120000
/* The age at which a session's keys expire. */
#define REJECT_AFTER_TIME_MS 180000
/* A handshake without an answer is retried after this. */
#define REKEY_TIMEOUT_MS 5000
/* Data is answered within this time, with a keepalive if there is no other data. */
#define KEEPALIVE_TIMEOUT_MS 10000
