/* identity.c - a key with its certificates. Where they come from, made.c and pem.c know. */
#include "base/memory.h"
#include "crypto/keep.h"

/* Where the first certificate is for that key: its kind, otherwise KEY_NONE. */
static enum skf_key_kind kind_of(EVP_PKEY *key, skiff_bytes certificate)
{
    struct skf_public_key public_key;
    const char *why;

    if (!skf_certificate_key(certificate, &public_key, &why))
        return KEY_NONE;

    EVP_PKEY *certified = skf_pkey_of(&public_key);
    bool same = certified != NULL && EVP_PKEY_eq(certified, key) == 1;
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
    if (kind == KEY_NONE || size - sizeof **identity > CHAIN_BYTES_MAX)
        return SKIFF_ERR_ARGUMENT;

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
