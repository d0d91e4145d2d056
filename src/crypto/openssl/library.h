/* openssl/library.h - what the files for OpenSSL 3 and 4 have for each other. */
#ifndef SKF_OPENSSL_LIBRARY_H
#define SKF_OPENSSL_LIBRARY_H

#include "crypto/internal.h"

/* Whether a fetch returned nothing because no provider has the algorithm, as those of
 * FIPS 140-3 have no ChaCha20. Any other error is a failure of libcrypto. Its queue was
 * empty before the call. */
static inline bool is_unsupported(const void *fetched)
{
    return fetched == NULL && ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;
}

/* A public key of libcrypto's parameters, which the caller frees, or NULL. */
EVP_PKEY *skf_pkey_from(const char *type, OSSL_PARAM *params);

#endif
