/* SPDX-License-Identifier: MIT */
/*
 * key_public: the public key of a private one, X25519 (RFC 7748). A userspace implementation
 * does not report it, and before the interface exists no source does.
 */
#pragma once

#include "base/key.h"

void key_public(const struct wg_key *private_key, struct wg_key *public_key);
