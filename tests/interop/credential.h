/* credential.h - certificates and keys for both ends, made by libcrypto. */
#ifndef SKF_INTEROP_CREDENTIAL_H
#define SKF_INTEROP_CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

enum credential_kind { P256, P384, RSA_2048, RSA_CHAIN, CREDENTIAL_KINDS };

struct credential {
    char *chain, *key;  /* PEM text */
    size_t num;         /* certificates in the chain */
    size_t der_len;     /* of all of them */
    uint8_t sha256[32]; /* of the first one */
};

extern const char *const credential_names[CREDENTIAL_KINDS];

/* A credential for `end` 0 or 1, made once and kept as long as the program: RSA keys take
 * long to make. NULL when libcrypto could not make it. */
const struct credential *credential_of(enum credential_kind kind, int end);

#endif
