/* SPDX-License-Identifier: MIT */
#include "key_public.h"

#include <sodium/crypto_scalarmult_curve25519.h>

void key_public(const struct wg_key *private_key, struct wg_key *public_key)
{
	*public_key = (struct wg_key){ 0 };
	if (!key_is_zero(private_key))
		crypto_scalarmult_curve25519_base(public_key->b, private_key->b);
}
