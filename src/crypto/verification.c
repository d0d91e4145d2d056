/* verification.c - what a result of libcrypto means for a signature. */
#include "crypto/internal.h"

#include <openssl/ec.h>

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
