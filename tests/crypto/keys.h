/* keys.h - throw-away private keys for the tests, as PEM. */
#ifndef TEST_KEYS_H
#define TEST_KEYS_H

extern const char p256_pem[];
extern const char p384_pem[];
extern const char p521_pem[];
extern const char rsa1024_pem[];
extern const char rsa2048_pem[];
extern const char rsa4096_pem[];
extern const char p256_locked_pem[];  /* p256 under a password, in the traditional form */
extern const char p256_locked8_pem[]; /* p256 under a password, in PKCS #8 */
extern const char p256_sec1_pem[];    /* another P-256 key, SEC 1 behind its parameters */

#endif
