/* integrity.c - HMAC-SHA1 through EVP_MAC, for providers that must do it all. libcrypto
 * allocates inside; lean/integrity.c does not. */
#include "ice/stun/integrity.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

bool skf_integrity_new(struct integrity *integrity)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);

    integrity->mac_context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context keeps what it needs */
    return integrity->mac_context != NULL;
}

void skf_integrity_free(struct integrity *integrity)
{
    EVP_MAC_CTX_free(integrity->mac_context);
    integrity->mac_context = NULL;
}

/* The provider keeps the last key until the next one comes, or the context is freed: it
 * wipes it itself. */
void skf_integrity_forget(struct integrity *integrity)
{
    (void)integrity;
}

bool skf_integrity_key(struct integrity *integrity, skiff_bytes password)
{
    char sha1[] = "SHA1";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_MAC_init(integrity->mac_context, password.ptr, password.len, params) == 1;
}

/* Without a key it begins again with the current one. */
bool skf_integrity_tag(struct integrity *integrity, const skiff_bytes *parts, size_t num,
                       uint8_t tag[INTEGRITY_TAG])
{
    size_t out = 0;
    bool done = EVP_MAC_init(integrity->mac_context, NULL, 0, NULL) == 1;

    for (size_t i = 0; done && i < num; i++)
        done = EVP_MAC_update(integrity->mac_context, parts[i].ptr, parts[i].len) == 1;
    return done && EVP_MAC_final(integrity->mac_context, tag, &out, INTEGRITY_TAG) == 1
        && out == INTEGRITY_TAG;
}

bool skf_integrity_same(const uint8_t *a, const uint8_t *b)
{
    return CRYPTO_memcmp(a, b, INTEGRITY_TAG) == 0;
}
