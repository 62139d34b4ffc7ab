/* SPDX-License-Identifier: MIT */
#include "fact_group.h"

#include <sodium.h>

#define GROUP 'S'
/* Of what is sent: the TTL, always 0, takes one byte. */
#define HEADER (1 + 1 + KEY_LENGTH + FACT_NONCE_LENGTH + FACT_TAG_LENGTH)

_Static_assert(FACT_NONCE_LENGTH == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(FACT_TAG_LENGTH == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(KEY_LENGTH == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(KEY_LENGTH == crypto_scalarmult_BYTES, "shared key");
_Static_assert(HEADER + FACT_GROUP_MAX <= FACT_PACKET_MAX, "a packet has room for a group");

void fact_secret_wipe(struct fact_secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}

/* Of a public key of small order the result is zero for each private key, and no secret
 * (RFC 7748, section 6.1). An interface without a private key has zero. */
static bool find_secret(const struct wg_key *private_key, const struct wg_key *public_key,
			struct fact_secret *latest)
{
	if (!key_is_zero(&latest->private_key) &&
	    key_compare(&latest->public_key, public_key) == 0 &&
	    !sodium_memcmp(latest->private_key.b, private_key->b, KEY_LENGTH))
		return true;
	/* Selects the fastest implementations, once. */
	if (sodium_init() < 0 || key_is_zero(private_key))
		return false;
	fact_secret_wipe(latest);
	if (crypto_scalarmult(latest->shared.b, private_key->b, public_key->b))
		return false;
	latest->private_key = *private_key;
	latest->public_key = *public_key;
	return true;
}

static bool copy(struct fact_bytes *bytes, uint8_t *to, size_t n)
{
	struct fact_bytes taken;

	if (!fact_bytes_take(bytes, n, &taken))
		return false;
	memcpy(to, taken.at, n);
	return true;
}

bool fact_group_read(const uint8_t *packet, size_t n, struct fact_group *group, const char **reason)
{
	struct fact_bytes rest = { packet, n };
	struct fact_bytes attribute;
	uint64_t ttl;

	*group = (struct fact_group){ 0 };
	*reason = "not a group";
	if (!fact_bytes_take(&rest, 1, &attribute) || *attribute.at != GROUP)
		return false;
	*reason = "cut off";
	if (!fact_bytes_number(&rest, &ttl))
		return false;
	/* Of no meaning otherwise. */
	if (ttl > FACT_TTL_MAX) {
		*reason = "a TTL above 65535 s";
		return false;
	}
	if (!copy(&rest, group->signer.b, KEY_LENGTH) ||
	    !copy(&rest, group->nonce, FACT_NONCE_LENGTH) ||
	    !copy(&rest, group->tag, FACT_TAG_LENGTH))
		return false;
	group->inner = rest.at;
	group->inner_n = rest.n;
	return true;
}

static bool verify(const struct fact_group *group, const struct wg_key *private_key,
		   struct fact_secret *latest, const char **reason)
{
	static const uint8_t empty[1];

	*reason = "no key with this signer";
	/* X25519 ignores the highest bit (RFC 7748, section 5): no other signer has this key. */
	if (group->signer.b[KEY_LENGTH - 1] & 0x80 ||
	    !find_secret(private_key, &group->signer, latest))
		return false;
	*reason = "not authentic";
	return !crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
		NULL, NULL, empty, 0, group->tag, group->inner, group->inner_n, group->nonce,
		latest->shared.b);
}

bool fact_group_open(const uint8_t *packet, size_t n, const struct wg_key *private_key,
		     struct fact_secret *latest, struct fact_group *group, const char **reason)
{
	struct fact_secret own = { 0 };
	bool good;

	if (!fact_group_read(packet, n, group, reason))
		return false;
	good = verify(group, private_key, latest ? latest : &own, reason);
	fact_secret_wipe(&own);
	return good;
}

static size_t seal(const uint8_t *inner, size_t n, const struct wg_key *public_key,
		   const struct fact_secret *secret, const uint8_t nonce[FACT_NONCE_LENGTH],
		   uint8_t packet[FACT_PACKET_MAX])
{
	uint8_t *at = packet + 2;
	uint8_t empty[1];

	packet[0] = GROUP;
	packet[1] = 0;
	memcpy(at, public_key->b, KEY_LENGTH);
	memcpy(at + KEY_LENGTH, nonce, FACT_NONCE_LENGTH);
	at += KEY_LENGTH + FACT_NONCE_LENGTH;
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(empty, at, NULL, empty, 0, inner, n,
							    NULL, nonce, secret->shared.b);
	if (n > 0)
		memcpy(packet + HEADER, inner, n);
	return HEADER + n;
}

size_t fact_group_seal(const uint8_t *inner, size_t n, const struct wg_key *private_key,
		       const struct wg_key *public_key, const struct wg_key *recipient,
		       struct fact_secret *latest, const uint8_t nonce[FACT_NONCE_LENGTH],
		       uint8_t packet[FACT_PACKET_MAX])
{
	struct fact_secret own = { 0 };
	size_t made = 0;

	latest = latest ? latest : &own;
	if (n <= FACT_GROUP_MAX && find_secret(private_key, recipient, latest))
		made = seal(inner, n, public_key, latest, nonce, packet);
	fact_secret_wipe(&own);
	return made;
}
