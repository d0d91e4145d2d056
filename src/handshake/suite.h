/* suite.h - cipher suites, groups and signature schemes as tables, by preference. */
#ifndef SKF_SUITE_TABLE_H
#define SKF_SUITE_TABLE_H

#include "crypto/crypto.h"

struct suite {
    uint16_t number, version;
    bool ecdsa; /* 1.2: the server signs with ECDSA, not with RSA */
    enum skf_aead_alg aead;
    enum skf_hash_alg hash; /* of PRF and Finished */
    const char *name;
};

enum {
    SUITE_COUNT = 11,
    DEFAULT_SUITES = 9,
    GROUP_COUNT = SKF_GROUPS,
    PROFILE_COUNT = 4,
    SCHEME_COUNT = 5
};

/* By preference: AES-128-GCM is the cheapest with AES in hardware. A config has to list
 * the suites behind the first DEFAULT_SUITES, if it wants them. */
extern const struct suite skf_cipher_suites[SUITE_COUNT];
extern const uint16_t skf_named_groups[GROUP_COUNT];
extern const uint16_t skf_signature_schemes[SCHEME_COUNT];

/* NULL when we do not have it. */
const struct suite *skf_suite_find(uint16_t number);

#endif
