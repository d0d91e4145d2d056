/* by_hand.h - what the tests do with the libcrypto that skiff calls, by that library's own
 * calls: openssl/by_hand.c, awslc/by_hand.c. Beside AWS-LC the tests have an OpenSSL for
 * all else. */
#ifndef TEST_BY_HAND_H
#define TEST_BY_HAND_H

#include "crypto/crypto.h"

/* Nothing is left in its queue of errors. */
bool by_hand_no_errors(void);

/* Whether it should have X25519MLKEM768. */
bool by_hand_has_ml_kem(void);

/* A share of X25519 with a scalar that is known. */
struct skf_share by_hand_key_share(const uint8_t *scalar);

/* A key of ML-KEM-768, of which `public_half` gets 1,184 bytes; by_hand_free frees it. */
void *by_hand_kem(uint8_t *public_half);
bool by_hand_decapsulate(void *key, const uint8_t *ciphertext, uint8_t *secret);
bool by_hand_encapsulate(const uint8_t *public_half, uint8_t *ciphertext, uint8_t *secret);
void by_hand_free(void *key);

#endif
