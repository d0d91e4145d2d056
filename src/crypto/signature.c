/* signature.c - the signature schemes we know, and who can make and check them. */
#include "crypto/internal.h"

#include <openssl/ec.h>

/* RFC 8446 section 4.2.3 */
static const struct scheme {
    uint16_t number;
    enum skf_hash_alg hash;
    enum skf_key_kind kind;
} schemes[] = {
    { SCHEME_ECDSA_SECP256R1_SHA256, HASH_SHA256, KEY_P256 },
    { SCHEME_ECDSA_SECP384R1_SHA384, HASH_SHA384, KEY_P384 },
    { SCHEME_RSA_PSS_RSAE_SHA256, HASH_SHA256, KEY_RSA },
    { SCHEME_RSA_PKCS1_SHA256, HASH_SHA256, KEY_RSA },
    { SCHEME_RSA_PKCS1_SHA384, HASH_SHA384, KEY_RSA },
};

static const struct scheme *scheme_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (schemes[i].number == number)
            return &schemes[i];
    return NULL;
}

enum skf_hash_alg skf_scheme_hash(uint16_t number)
{
    const struct scheme *scheme = scheme_of(number);
    return scheme != NULL ? scheme->hash : (enum skf_hash_alg)0;
}

bool skf_scheme_fits(uint16_t number, enum skf_key_kind kind)
{
    const struct scheme *scheme = scheme_of(number);
    return scheme != NULL && scheme->kind == kind;
}

/* In TLS 1.2 an ECDSA scheme names a hash and no curve (RFC 5246 7.4.1.4.1). */
static bool same_algorithm(const struct scheme *scheme, enum skf_key_kind kind)
{
    return scheme != NULL && kind != KEY_NONE
        && (scheme->kind == KEY_RSA) == (kind == KEY_RSA);
}

bool skf_sign(struct skf_crypto *crypto, uint16_t number, const uint8_t *digest,
              uint8_t *sig, size_t *len)
{
    const struct scheme *scheme = scheme_of(number);
    const skiff_identity *identity = crypto->identity;

    if (identity == NULL || !same_algorithm(scheme, identity->kind))
        return false;
    if (scheme->kind == KEY_RSA)
        return clear_errors(skf_rsa_sign(identity->key, number, digest, sig, len));

    skiff_bytes bytes = { digest, skf_hash_len(scheme->hash) };
    return clear_errors(skf_ec_sign(crypto->groups, bytes, sig, len));
}

enum verification skf_verification(int result, skiff_bytes ec_signature)
{
    const uint8_t *at = ec_signature.ptr;

    if (result == 1 || result == 0)
        return result == 1 ? SIGNATURE_RIGHT : SIGNATURE_WRONG;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)ec_signature.len);
    bool is_der = parsed != NULL && at == ec_signature.ptr + ec_signature.len;
    ECDSA_SIG_free(parsed);
    return is_der ? SIGNATURE_UNKNOWN : SIGNATURE_WRONG;
}

bool skf_verify(struct skf_crypto *crypto, const struct skf_public_key *key,
                uint16_t number, const uint8_t *digest, skiff_bytes sig)
{
    const struct scheme *scheme = scheme_of(number);
    const skiff_bytes bytes = { digest, skf_hash_len(skf_scheme_hash(number)) };

    crypto->has_failed = false;
    if (!same_algorithm(scheme, key->kind) || sig.len > SKF_SIGNATURE_MAX)
        return false;
    ERR_clear_error();
    enum verification verification = scheme->kind == KEY_RSA
                                       ? skf_rsa_verify(key, number, digest, sig)
                                       : skf_ec_verify(crypto->groups, key, bytes, sig);
    crypto->has_failed = verification == SIGNATURE_UNKNOWN;
    return clear_errors(verification == SIGNATURE_RIGHT);
}
