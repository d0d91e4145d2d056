/* evp/groups.c - key exchange and ECDSA through EVP_PKEY alone. */
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "base/memory.h"
#include "crypto/internal.h"

/* All that is kept: a share's key and context cannot be used again for another key. */
struct skf_groups {
    EVP_PKEY_CTX *signer; /* our identity's, when it is ECDSA */
};

bool skf_groups_new(const skiff_allocator *memory, const skiff_identity *identity,
                    struct skf_groups **groups)
{
    *groups = skf_acquire(memory, sizeof **groups);
    if (*groups == NULL)
        return false;
    if (identity == NULL || identity->kind == KEY_RSA)
        return true;

    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new_from_pkey(NULL, identity->key, NULL);
    (*groups)->signer = signer;
    return signer != NULL && EVP_PKEY_sign_init(signer) == 1;
}

void skf_groups_free(const skiff_allocator *memory, struct skf_groups *groups)
{
    if (groups == NULL)
        return;
    EVP_PKEY_CTX_free(groups->signer);
    skf_release(memory, groups, sizeof *groups);
}

/* Writes the public half of a fresh key, and takes the key over into the share. */
static bool store_key(struct skf_share *share, EVP_PKEY *key, uint8_t *key_exchange)
{
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    size_t len;

    share->held = ctx;
    bool ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1
           && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                              key_exchange, SKF_POINT_MAX, &len)
                  == 1;
    EVP_PKEY_free(key);
    return ok;
}

static bool agree_with(const struct skf_share *share, EVP_PKEY *peer, uint8_t *secret)
{
    size_t len = SKF_SECRET_MAX;
    bool ok = peer != NULL && EVP_PKEY_derive_set_peer(share->held, peer) == 1
           && EVP_PKEY_derive(share->held, secret, &len) == 1;

    EVP_PKEY_free(peer);
    return ok;
}

bool skf_x25519_make(struct skf_groups *groups, struct skf_share *share,
                     uint8_t *key_exchange)
{
    (void)groups;
    return store_key(share, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), key_exchange);
}

bool skf_x25519_agree(struct skf_groups *groups, const struct skf_share *share,
                      skiff_bytes peer, uint8_t *secret)
{
    (void)groups;
    return agree_with(
        share, EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer.ptr, peer.len),
        secret);
}

bool skf_ec_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange)
{
    (void)groups;
    return store_key(share, EVP_EC_gen(share->group == GROUP_SECP256R1 ? "P-256" : "P-384"),
                     key_exchange);
}

bool skf_ec_agree(struct skf_groups *groups, const struct skf_share *share,
                  skiff_bytes peer, uint8_t *secret)
{
    struct skf_public_key key = {
        .kind = share->group == GROUP_SECP256R1 ? KEY_P256 : KEY_P384,
        .len = (uint16_t)peer.len,
    };

    (void)groups;
    memcpy(key.bytes, peer.ptr, peer.len);
    return agree_with(share, skf_pkey_of(&key), secret);
}

bool skf_ec_sign(struct skf_groups *groups, skiff_bytes digest, uint8_t *sig, size_t *len)
{
    size_t written = SKF_SIGNATURE_MAX;

    if (EVP_PKEY_sign(groups->signer, sig, &written, digest.ptr, digest.len) != 1)
        return false;
    *len = written;
    return true;
}

enum verification skf_ec_verify(struct skf_groups *groups, const struct skf_public_key *key,
                                skiff_bytes digest, skiff_bytes sig)
{
    EVP_PKEY *pkey = skf_pkey_of(key);
    EVP_PKEY_CTX *ctx = pkey != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    enum verification verification =
        skf_blames_input() ? SIGNATURE_WRONG : SIGNATURE_UNKNOWN;

    (void)groups;
    if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1)
        verification = skf_verification_ec(
            EVP_PKEY_verify(ctx, sig.ptr, sig.len, digest.ptr, digest.len), sig);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return verification;
}
