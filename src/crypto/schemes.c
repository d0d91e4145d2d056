/* schemes.c - the signature schemes that we know. */
#include "crypto/internal.h"

/* RFC 8446 section 4.2.3 */
static const struct skf_scheme schemes[] = {
    { SCHEME_ECDSA_SECP256R1_SHA256, HASH_SHA256, KEY_P256 },
    { SCHEME_ECDSA_SECP384R1_SHA384, HASH_SHA384, KEY_P384 },
    { SCHEME_RSA_PSS_RSAE_SHA256, HASH_SHA256, KEY_RSA },
    { SCHEME_RSA_PKCS1_SHA256, HASH_SHA256, KEY_RSA },
    { SCHEME_RSA_PKCS1_SHA384, HASH_SHA384, KEY_RSA },
};

const struct skf_scheme *skf_scheme_find(uint16_t number)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (schemes[i].number == number)
            return &schemes[i];
    return NULL;
}

enum skf_hash_alg skf_scheme_hash(uint16_t number)
{
    const struct skf_scheme *scheme = skf_scheme_find(number);
    return scheme != NULL ? scheme->hash : (enum skf_hash_alg)0;
}

bool skf_scheme_fits(uint16_t number, enum skf_key_kind kind)
{
    const struct skf_scheme *scheme = skf_scheme_find(number);
    return scheme != NULL && scheme->kind == kind;
}
