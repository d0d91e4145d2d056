/* lean/x25519.c - X25519 (RFC 7748) with as little of EVP around it as there can be. */
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "base/memory.h"
#include "crypto/lean/groups.h"

enum { LEN = 32 };

static const uint8_t nine[LEN] = { 9 };        /* RFC 7748 section 4.1: the base point */

static OSSL_PARAM octets(const char *name, const uint8_t *bytes)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)bytes, LEN);
}

static EVP_PKEY *import_public(struct skf_groups *groups, const uint8_t *bytes)
{
    OSSL_PARAM params[] = { octets(OSSL_PKEY_PARAM_PUB_KEY, bytes),
                            OSSL_PARAM_construct_end() };
    EVP_PKEY *key = NULL;

    (void)EVP_PKEY_fromdata(groups->import, &key, EVP_PKEY_PUBLIC_KEY, params);
    return key;
}

/* libcrypto would compute the public half of a lone private key, and more slowly than it
 * derives. It is told the base point instead, and deriving never looks at it. */
static EVP_PKEY *import_private(struct skf_groups *groups, const uint8_t *bytes)
{
    OSSL_PARAM params[] = { octets(OSSL_PKEY_PARAM_PUB_KEY, nine),
                            octets(OSSL_PKEY_PARAM_PRIV_KEY, bytes),
                            OSSL_PARAM_construct_end() };
    EVP_PKEY *key = NULL;

    (void)EVP_PKEY_fromdata(groups->import, &key, EVP_PKEY_KEYPAIR, params);
    return key;
}

static EVP_PKEY *fresh_key(struct skf_groups *groups)
{
    uint8_t scalar[LEN];
    EVP_PKEY *key =
        RAND_priv_bytes(scalar, LEN) == 1 ? import_private(groups, scalar) : NULL;

    skf_wipe(scalar, sizeof scalar);
    return key;
}

/* Any 32 bytes are a valid peer (RFC 7748 section 5), so there is nothing to validate. */
static bool derive(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, uint8_t *out)
{
    size_t len = LEN;

    return EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1
           && EVP_PKEY_derive(ctx, out, &len) == 1 && len == LEN;
}

bool skf_x25519_prepare(struct skf_groups *groups)
{
    groups->import = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    if (groups->import == NULL || EVP_PKEY_fromdata_init(groups->import) != 1)
        return false;
    groups->base = import_public(groups, nine);
    groups->point = import_public(groups, nine);
    return groups->base != NULL && groups->point != NULL;
}

bool skf_x25519_make(struct skf_groups *groups, struct skf_share *share,
                     uint8_t *public_half)
{
    EVP_PKEY *key = fresh_key(groups);
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;

    EVP_PKEY_free(key);                        /* the context has its own hold on it */
    share->held = ctx;
    return ctx != NULL && EVP_PKEY_derive_init(ctx) == 1
           && derive(ctx, groups->base, public_half);
}

/* The peer's point goes into a key that is there, which costs a thirtieth of making one. */
bool skf_x25519_agree(struct skf_groups *groups, const struct skf_share *share,
                      skiff_bytes peer, uint8_t *secret)
{
    return EVP_PKEY_set1_encoded_public_key(groups->point, peer.ptr, peer.len) == 1
           && derive(share->held, groups->point, secret);
}
