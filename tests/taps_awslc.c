/* taps_awslc.c - the taps of AWS-LC. What only says whether bytes of the peer's are right
 * is left alone: EVP_CipherFinal_ex, EVP_DecryptFinal_ex and, of CCM, EVP_CipherUpdate when
 * they open, and EVP_PKEY_encapsulate. What skiff asks about ciphers and keys is tapped
 * too: AWS-LC lacks none. */
#include "crypto/internal.h"
#include "taps.h"

#include <openssl/aes.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

/* AWS-LC calls some of these itself, and reports no failure twice. */
static bool strikes(const char *name)
{
    bool struck = taps_strike(name);

    if (struck)
        OPENSSL_PUT_ERROR(CRYPTO, ERR_R_MALLOC_FAILURE);
    return struck;
}

#define HASH(bits, state)                                                                  \
  TAP(int, 0, SHA##bits##_Init, (state * c), (c))                                          \
  TAP(int, 0, SHA##bits##_Update, (state * c, const void *p, size_t n), (c, p, n))         \
  TAP(int, 0, SHA##bits##_Final, (unsigned char *out, state *c), (out, c))

HASH(1, SHA_CTX)
HASH(256, SHA256_CTX)
HASH(384, SHA512_CTX)
HASH(512, SHA512_CTX)

static bool only_judges(EVP_CIPHER_CTX *ctx, const uint8_t *out)
{
    bool opens = EVP_CIPHER_CTX_encrypting(ctx) == 0;

    return opens && out != NULL && EVP_CIPHER_CTX_mode(ctx) == EVP_CIPH_CCM_MODE;
}

#define INIT                                                                               \
  (EVP_CIPHER_CTX * c, const EVP_CIPHER *t, ENGINE *e, const uint8_t *k, const uint8_t *iv)
#define INIT_ANY                                                                           \
  (EVP_CIPHER_CTX * c, const EVP_CIPHER *t, ENGINE *e, const uint8_t *k,                   \
   const uint8_t *iv, int enc)
#define UPDATE (EVP_CIPHER_CTX * c, uint8_t * out, int *n, const uint8_t *in, int l)
#define FINAL  (EVP_CIPHER_CTX * c, uint8_t * out, int *n)

int TAPS_REAL(EVP_CipherInit_ex) INIT_ANY;
int TAPS_WRAP(EVP_CipherInit_ex) INIT_ANY;
int TAPS_WRAP(EVP_CipherInit_ex) INIT_ANY
{
    return taps_strike_key(k != NULL) || strikes("EVP_CipherInit_ex")
             ? 0
             : TAPS_REAL(EVP_CipherInit_ex)(c, t, e, k, iv, enc);
}

int TAPS_REAL(EVP_CipherUpdate) UPDATE;
int TAPS_WRAP(EVP_CipherUpdate) UPDATE;
int TAPS_WRAP(EVP_CipherUpdate) UPDATE
{
    return !only_judges(c, out) && strikes("EVP_CipherUpdate")
             ? 0
             : TAPS_REAL(EVP_CipherUpdate)(c, out, n, in, l);
}

int TAPS_REAL(EVP_CipherFinal_ex) FINAL;
int TAPS_WRAP(EVP_CipherFinal_ex) FINAL;
int TAPS_WRAP(EVP_CipherFinal_ex) FINAL
{
    return EVP_CIPHER_CTX_encrypting(c) != 0 && strikes("EVP_CipherFinal_ex")
             ? 0
             : TAPS_REAL(EVP_CipherFinal_ex)(c, out, n);
}

TAP(int, 0, EVP_EncryptInit_ex, INIT, (c, t, e, k, iv))
TAP(int, 0, EVP_EncryptUpdate, UPDATE, (c, out, n, in, l))
TAP(int, 0, EVP_DecryptUpdate, UPDATE, (c, out, n, in, l))
TAP(int, 0, EVP_EncryptFinal_ex, FINAL, (c, out, n))
TAP(int, 0, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX * c, int command, int n, void *p),
    (c, command, n, p))
TAP(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())
TAP(int, -1, AES_set_encrypt_key, (const uint8_t *k, unsigned n, AES_KEY *a), (k, n, a))

TAP(int, 0, RAND_bytes, (uint8_t * out, size_t n), (out, n))
TAP(EC_KEY *, NULL, EC_KEY_new_by_curve_name, (int nid), (nid))
TAP(int, 0, EC_KEY_generate_key, (EC_KEY * k), (k))
TAP(int, 0, EC_KEY_set_private_key, (EC_KEY * k, const BIGNUM *n), (k, n))
TAP(int, 0, EC_KEY_set_public_key, (EC_KEY * k, const EC_POINT *p), (k, p))
TAP(int, 0, BN_bn2bin_padded, (uint8_t * out, size_t n, const BIGNUM *in), (out, n, in))
TAP(BIGNUM *, NULL, BN_bin2bn, (const uint8_t *s, size_t n, BIGNUM *b), (s, n, b))
TAP(int, 0, EC_POINT_oct2point,
    (const EC_GROUP *g, EC_POINT *p, const uint8_t *in, size_t n, BN_CTX *b),
    (g, p, in, n, b))
TAP(size_t, 0, EC_POINT_point2oct,
    (const EC_GROUP *g, const EC_POINT *p, point_conversion_form_t f, uint8_t *out,
     size_t n, BN_CTX *b),
    (g, p, f, out, n, b))
TAP(int, -1, ECDH_compute_key,
    (void *out, size_t n, const EC_POINT *p, const EC_KEY *k,
     void *(*kdf)(const void *, size_t, void *, size_t *)),
    (out, n, p, k, kdf))
TAP(int, 0, ECDSA_sign,
    (int t, const uint8_t *d, size_t n, uint8_t *s, unsigned int *l, const EC_KEY *k),
    (t, d, n, s, l, k))
TAP(int, 0, ECDSA_verify,
    (int t, const uint8_t *d, size_t n, const uint8_t *s, size_t l, const EC_KEY *k),
    (t, d, n, s, l, k))

TAP(RSA *, NULL, RSA_new_public_key, (const BIGNUM *n, const BIGNUM *e), (n, e))
TAP(EVP_PKEY *, NULL, EVP_PKEY_new, (void), ())
TAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new, (EVP_PKEY * k, ENGINE *e), (k, e))
TAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_id, (int id, ENGINE *e), (id, e))
TAP(int, 0, EVP_PKEY_CTX_kem_set_params, (EVP_PKEY_CTX * c, int nid), (c, nid))
TAP(int, 0, EVP_PKEY_keygen_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_keygen, (EVP_PKEY_CTX * c, EVP_PKEY **k), (c, k))
TAP(int, 0, EVP_PKEY_get_raw_public_key, (const EVP_PKEY *k, uint8_t *out, size_t *n),
    (k, out, n))
TAP(EVP_PKEY *, NULL, EVP_PKEY_kem_new_raw_public_key,
    (int nid, const uint8_t *in, size_t n), (nid, in, n))
TAP(int, 0, EVP_PKEY_decapsulate,
    (EVP_PKEY_CTX * c, uint8_t *s, size_t *l, const uint8_t *in, size_t n),
    (c, s, l, in, n))
TAP(int, 0, EVP_PKEY_sign_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_sign,
    (EVP_PKEY_CTX * c, uint8_t *s, size_t *l, const uint8_t *d, size_t n), (c, s, l, d, n))
TAP(int, 0, EVP_PKEY_verify_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_verify,
    (EVP_PKEY_CTX * c, const uint8_t *s, size_t l, const uint8_t *d, size_t n),
    (c, s, l, d, n))

/* --- what skiff asks (src/crypto/internal.h) ------------------------------------------ */

bool __real_skf_cipher_is_available(const char *name);
bool __wrap_skf_cipher_is_available(const char *name);
bool __wrap_skf_cipher_is_available(const char *name)
{
    return taps_lack(name) != TAPS_ABSENT && __real_skf_cipher_is_available(name);
}

bool __real_skf_mask_is_available(enum skf_aead_alg alg);
bool __wrap_skf_mask_is_available(enum skf_aead_alg alg);
bool __wrap_skf_mask_is_available(enum skf_aead_alg alg)
{
    bool hidden = alg == AEAD_CHACHA20_POLY1305 && taps_lack("ChaCha20") == TAPS_ABSENT;

    return !hidden && __real_skf_mask_is_available(alg);
}

bool __real_skf_keys_are_available(const char *type);
bool __wrap_skf_keys_are_available(const char *type);
bool __wrap_skf_keys_are_available(const char *type)
{
    return taps_lack(type) != TAPS_ABSENT && __real_skf_keys_are_available(type);
}

bool __real_skf_cipher_context(const char *name, EVP_CIPHER_CTX **made);
bool __wrap_skf_cipher_context(const char *name, EVP_CIPHER_CTX **made);
bool __wrap_skf_cipher_context(const char *name, EVP_CIPHER_CTX **made)
{
    enum taps_lack lack = taps_lack(name);

    return lack == TAPS_THERE ? __real_skf_cipher_context(name, made) : lack == TAPS_ABSENT;
}
