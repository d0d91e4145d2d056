/* traffic_keys.h - the keys that protect one direction of an epoch. The key schedule makes
 * it, the record layer uses it, and neither knows the other. */
#ifndef SKF_TRAFFIC_KEYS_H
#define SKF_TRAFFIC_KEYS_H

#include "crypto/crypto.h"

/* Keys and IVs of one direction and epoch, raw: they are loaded for each record. */
struct keys {
    uint8_t aead;          /* enum skf_aead_alg */
    bool unified;          /* the record layer of 1.3 */
    uint8_t iv[SKF_NONCE]; /* AES in 1.2 uses the first 4 (the salt) */
    uint8_t key[SKF_KEY_MAX];
    uint8_t number_key[SKF_KEY_MAX]; /* 1.3: masks record numbers */
};

#endif
