/* signature.c - makes and checks signatures, with the key and the code that a scheme needs.
 */
#include "crypto/internal.h"

/* In TLS 1.2 an ECDSA scheme names a hash and no curve (RFC 5246 7.4.1.4.1). */
static bool same_algorithm(const struct skf_scheme *scheme, enum skf_key_kind kind)
{
    return scheme != NULL && kind != KEY_NONE
        && (scheme->kind == KEY_RSA) == (kind == KEY_RSA);
}

bool skf_sign(struct skf_crypto *crypto, uint16_t number, const uint8_t *digest,
              uint8_t *sig, size_t *len)
{
    const struct skf_scheme *scheme = skf_scheme_find(number);
    const skiff_identity *identity = crypto->identity;

    if (identity == NULL || !same_algorithm(scheme, identity->kind))
        return false;
    if (scheme->kind == KEY_RSA)
        return clear_errors(skf_rsa_sign(identity->key, number, digest, sig, len));

    skiff_bytes bytes = { digest, skf_hash_len(scheme->hash) };
    return clear_errors(skf_ec_sign(crypto->groups, bytes, sig, len));
}

bool skf_verify(struct skf_crypto *crypto, const struct skf_public_key *key,
                uint16_t number, const uint8_t *digest, skiff_bytes sig)
{
    const struct skf_scheme *scheme = skf_scheme_find(number);
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
