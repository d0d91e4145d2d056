/* lean/x25519.c - X25519 (RFC 7748) with as little of EVP around it as can be. What makes
 * keys and what takes a peer's point is prepared; a share is a context ready to derive. */
#include "crypto/lean/groups.h"

enum { LEN = 32 };

static const uint8_t base_point[LEN] = { 9 }; /* RFC 7748 section 4.1: the base point */

bool skf_x25519_prepare(struct skf_groups *groups)
{
    groups->generate = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    groups->point = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, base_point, LEN);
    return groups->generate != NULL && EVP_PKEY_keygen_init(groups->generate) == 1
        && groups->point != NULL;
}

bool skf_x25519_make(struct skf_groups *groups, struct skf_share *share,
                     uint8_t *key_exchange)
{
    EVP_PKEY *key = NULL;
    size_t len = LEN;

    if (EVP_PKEY_generate(groups->generate, &key) != 1)
        return false;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1
           && EVP_PKEY_get_raw_public_key(key, key_exchange, &len) == 1;
    share->held = ctx;
    EVP_PKEY_free(key); /* the context has its own hold on it */
    return ok;
}

/* The peer's point goes into a key that is there, which costs a thirtieth of making one.
 * Any 32 bytes are a valid point (RFC 7748 section 5): there is nothing to validate. */
bool skf_x25519_agree(struct skf_groups *groups, const struct skf_share *share,
                      skiff_bytes peer, uint8_t *secret)
{
    size_t len = LEN;

    return EVP_PKEY_set1_encoded_public_key(groups->point, peer.ptr, peer.len) == 1
        && EVP_PKEY_derive_set_peer_ex(share->held, groups->point, 0) == 1
        && EVP_PKEY_derive(share->held, secret, &len) == 1 && len == LEN;
}
