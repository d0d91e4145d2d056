/* openssl/verification.c - what a result of libcrypto means for a signature. */
#include "crypto/internal.h"

#include <openssl/ec.h>

/* For a signature that is no DER it returns the same as for a failure. */
enum verification skf_verification_ec(int result, skiff_bytes signature)
{
    const uint8_t *at = signature.ptr;

    if (result == 1 || result == 0)
        return result == 1 ? SIGNATURE_RIGHT : SIGNATURE_WRONG;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)signature.len);
    bool is_der = parsed != NULL && at == signature.ptr + signature.len;
    ECDSA_SIG_free(parsed);
    return is_der ? SIGNATURE_UNKNOWN : SIGNATURE_WRONG;
}

enum verification skf_verification_rsa(int result)
{
    return result == 1 ? SIGNATURE_RIGHT
         : result == 0 ? SIGNATURE_WRONG
                       : SIGNATURE_UNKNOWN;
}
