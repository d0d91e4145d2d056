/* identity.c - a key with its certificates. Knows not where they come from: self_signed.c
 * and pem.c make them. */
#include "base/memory.h"
#include "crypto/internal.h"

static bool signs(EVP_PKEY *key, const uint8_t *digest, uint8_t *sig, size_t *len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1
           && EVP_PKEY_sign(ctx, sig, len, digest, skf_hash_len(HASH_SHA256)) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static bool verifies(EVP_PKEY *key, const uint8_t *digest, const uint8_t *sig, size_t len)
{
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1
           && EVP_PKEY_verify(ctx, sig, len, digest, skf_hash_len(HASH_SHA256)) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* The certified key verifies a signature of the private key. We need no more of them;
 * this finds keys whose halves do not match, and libcrypto's own check of RSA takes 20
 * times as long. */
static bool keys_match(EVP_PKEY *key, EVP_PKEY *certified)
{
    static const uint8_t digest[SKF_HASH_MAX] = { 0 };
    uint8_t sig[SKF_SIGNATURE_MAX];
    size_t len = sizeof sig;

    return signs(key, digest, sig, &len) && verifies(certified, digest, sig, len);
}

/* The kind of the key, if the first certificate is for it; otherwise KEY_NONE. */
static enum skf_key_kind kind_of(EVP_PKEY *key, skiff_bytes certificate)
{
    struct skf_public_key public_key;
    const char *why;

    if (!skf_certificate_key(certificate, &public_key, &why))
        return KEY_NONE;

    EVP_PKEY *certified = skf_pkey_of(&public_key);
    bool same = keys_match(key, certified);
    EVP_PKEY_free(certified);
    return same ? public_key.kind : KEY_NONE;
}

static bool fill(skiff_identity *identity, EVP_PKEY *key, const skiff_bytes *chain,
                 size_t num)
{
    skiff_fingerprint *print = &identity->fingerprint;
    uint8_t *at = identity->der;

    for (size_t i = 0; i < num; i++) {
        memcpy(at, chain[i].ptr, chain[i].len);
        identity->certificates[i] = (skiff_bytes){ at, chain[i].len };
        at += chain[i].len;
    }
    identity->num_certificates = num;
    print->hash = HASH_SHA256;
    print->len = (uint16_t)skf_hash_len(HASH_SHA256);
    if (!skf_digest(HASH_SHA256, chain, 1, print->bytes) || EVP_PKEY_up_ref(key) != 1)
        return false;
    identity->key = key;
    return true;
}

skiff_status skf_identity_make(EVP_PKEY *key, const skiff_bytes *chain, size_t num,
                               skiff_identity **identity)
{
    size_t size = sizeof **identity;
    for (size_t i = 0; i < num; i++)
        size += chain[i].len;

    enum skf_key_kind kind = kind_of(key, chain[0]);
    if (kind == KEY_NONE)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "key: not that of the first certificate, or not P-256, "
                               "P-384 or RSA of 2,048 to 4,096 bits");
    if (size - sizeof **identity > CHAIN_BYTES_MAX)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "chain: ", size - sizeof **identity,
                                      " bytes of DER are over 65,535");

    skiff_identity *made = skf_acquire(NULL, size);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->size = size;
    made->kind = kind;
    if (!fill(made, key, chain, num)) {
        skiff_identity_free(made);
        return SKIFF_ERR_CRYPTO;
    }
    *identity = made;
    return SKIFF_OK;
}

void skiff_identity_free(skiff_identity *identity)
{
    if (identity == NULL)
        return;
    EVP_PKEY_free(identity->key);
    skf_release(NULL, identity, identity->size);
}

void skiff_identity_fingerprint(const skiff_identity *identity,
                                skiff_fingerprint *fingerprint)
{
    *fingerprint = identity->fingerprint;
}

enum skf_key_kind skf_identity_kind(const skiff_identity *identity)
{
    return identity->kind;
}

skiff_bytes skf_identity_certificate(const skiff_identity *identity, size_t index)
{
    if (index >= identity->num_certificates)
        return (skiff_bytes){ NULL, 0 };
    return identity->certificates[index];
}
