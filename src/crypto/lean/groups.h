/* lean/groups.h - what is kept prepared for key exchange and ECDSA with the lean calls. */
#ifndef SKF_LEAN_GROUPS_H
#define SKF_LEAN_GROUPS_H

#include <openssl/ec.h>

#include "crypto/internal.h"

enum { CURVE_P256, CURVE_P384, CURVE_COUNT };

struct skf_groups {
    EVP_PKEY_CTX *generate;      /* makes X25519 keys */
    EVP_PKEY *point;             /* an X25519 point of the peer's */
    EC_KEY *mine[CURVE_COUNT];   /* has a scalar of ours only in a call */
    EC_KEY *theirs[CURVE_COUNT]; /* a point of the peer's */
    EC_KEY *signer;              /* our identity's, when it is ECDSA */
    BN_CTX *scratch;
};

/* x25519.c */
bool skf_x25519_prepare(struct skf_groups *groups);

#endif
