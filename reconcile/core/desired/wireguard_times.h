/* SPDX-License-Identifier: MIT */
/*
 * wireguard_times: the times of the protocol (the WireGuard paper, 6.1; in Linux
 * drivers/net/wireguard/messages.h), in milliseconds.
 */
#pragma once

/* The age at which the initiator of a session that is in use begins a new handshake. */
#define REKEY_AFTER_TIME_MS 120000
/* The age at which the keys of a session are not used any more. */
#define REJECT_AFTER_TIME_MS 180000
/* A handshake without an answer is repeated after this. */
#define REKEY_TIMEOUT_MS 5000
/* Data is answered within this, with a keepalive if there is nothing else. */
#define KEEPALIVE_TIMEOUT_MS 10000
