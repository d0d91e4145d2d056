/* taps_openssl.c - the taps of OpenSSL. What only says whether bytes of the peer's are
 * right is left alone: EVP_CipherFinal_ex, EVP_DecryptFinal_ex and, of CCM,
 * EVP_CipherUpdate when they open. Those cannot tell a failure from a result. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "taps.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>

/* Some of its failures leave nothing in its queue, so none does. */
static bool strikes(const char *name)
{
    return taps_strike(name);
}

/* As libcrypto says it. */
static bool is_hidden(const char *name)
{
    static const int reasons[] = {
        [TAPS_ABSENT] = ERR_R_UNSUPPORTED, [TAPS_NO_MEMORY] = ERR_R_MALLOC_FAILURE
    };
    enum taps_lack lack = taps_lack(name);

    if (lack != TAPS_THERE)
        ERR_raise(ERR_LIB_EVP, reasons[lack]);
    return lack != TAPS_THERE;
}

static bool only_judges(EVP_CIPHER_CTX *ctx, const uint8_t *out)
{
    bool opens = EVP_CIPHER_CTX_is_encrypting(ctx) == 0;

    return opens && out != NULL && EVP_CIPHER_CTX_get_mode(ctx) == EVP_CIPH_CCM_MODE;
}

#define HASH(bits, state)                                                                  \
  TAP(int, 0, SHA##bits##_Init, (state * c), (c))                                          \
  TAP(int, 0, SHA##bits##_Update, (state * c, const void *p, size_t n), (c, p, n))         \
  TAP(int, 0, SHA##bits##_Final, (unsigned char *out, state *c), (out, c))

HASH(1, SHA_CTX)
HASH(256, SHA256_CTX)
HASH(384, SHA512_CTX)
HASH(512, SHA512_CTX)

#define INIT                                                                               \
  (EVP_CIPHER_CTX * c, const EVP_CIPHER *t, ENGINE *e, const unsigned char *k,             \
   const unsigned char *iv)
#define UPDATE                                                                             \
  (EVP_CIPHER_CTX * c, unsigned char *out, int *n, const unsigned char *in, int l)

int __real_EVP_CipherInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *t, ENGINE *e,
                             const unsigned char *k, const unsigned char *iv, int enc);
int __wrap_EVP_CipherInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *t, ENGINE *e,
                             const unsigned char *k, const unsigned char *iv, int enc);
int __wrap_EVP_CipherInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *t, ENGINE *e,
                             const unsigned char *k, const unsigned char *iv, int enc)
{
    return taps_strike_key(k != NULL) || strikes("EVP_CipherInit_ex")
             ? 0
             : __real_EVP_CipherInit_ex(c, t, e, k, iv, enc);
}

int __real_EVP_CipherUpdate UPDATE;
int __wrap_EVP_CipherUpdate UPDATE;
int __wrap_EVP_CipherUpdate UPDATE
{
    return !only_judges(c, out) && strikes("EVP_CipherUpdate")
             ? 0
             : __real_EVP_CipherUpdate(c, out, n, in, l);
}

int __real_EVP_CipherFinal_ex(EVP_CIPHER_CTX *c, unsigned char *out, int *n);
int __wrap_EVP_CipherFinal_ex(EVP_CIPHER_CTX *c, unsigned char *out, int *n);
int __wrap_EVP_CipherFinal_ex(EVP_CIPHER_CTX *c, unsigned char *out, int *n)
{
    return EVP_CIPHER_CTX_is_encrypting(c) != 0 && strikes("EVP_CipherFinal_ex")
             ? 0
             : __real_EVP_CipherFinal_ex(c, out, n);
}

TAP(int, 0, EVP_EncryptInit_ex, INIT, (c, t, e, k, iv))
TAP(int, 0, EVP_EncryptUpdate, UPDATE, (c, out, n, in, l))
TAP(int, 0, EVP_DecryptUpdate, UPDATE, (c, out, n, in, l))
TAP(int, 0, EVP_EncryptFinal_ex, (EVP_CIPHER_CTX * c, unsigned char *out, int *n),
    (c, out, n))
TAP(int, 0, EVP_CIPHER_CTX_get_params, (EVP_CIPHER_CTX * c, OSSL_PARAM *p), (c, p))
TAP(int, 0, EVP_CIPHER_CTX_set_params, (EVP_CIPHER_CTX * c, const OSSL_PARAM *p), (c, p))
TAP(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())

TAP(int, 0, RAND_bytes, (unsigned char *out, int n), (out, n))
TAP(int, 0, EC_KEY_generate_key, (EC_KEY * k), (k))
TAP(size_t, 0, EC_KEY_priv2oct, (const EC_KEY *k, unsigned char *out, size_t n),
    (k, out, n))
TAP(int, 0, EC_KEY_oct2priv, (EC_KEY * k, const unsigned char *in, size_t n), (k, in, n))
TAP(int, 0, EC_KEY_oct2key, (EC_KEY * k, const unsigned char *in, size_t n, BN_CTX *b),
    (k, in, n, b))
TAP(size_t, 0, EC_POINT_point2oct,
    (const EC_GROUP *g, const EC_POINT *p, point_conversion_form_t f, unsigned char *out,
     size_t n, BN_CTX *b),
    (g, p, f, out, n, b))
TAP(int, -1, ECDH_compute_key,
    (void *out, size_t n, const EC_POINT *p, const EC_KEY *k,
     void *(*kdf)(const void *, size_t, void *, size_t *)),
    (out, n, p, k, kdf))
TAP(int, 0, ECDSA_sign,
    (int t, const unsigned char *d, int n, unsigned char *s, unsigned int *l, EC_KEY *k),
    (t, d, n, s, l, k))
TAP(int, -1, ECDSA_verify,
    (int t, const unsigned char *d, int n, const unsigned char *s, int l, EC_KEY *k),
    (t, d, n, s, l, k))

/* What SKIFF_CRYPTO=openssl-evp has in the place of those above. */
TAP(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
TAP(int, 0, EVP_DigestInit_ex, (EVP_MD_CTX * c, const EVP_MD *t, ENGINE *e), (c, t, e))
TAP(int, 0, EVP_DigestUpdate, (EVP_MD_CTX * c, const void *p, size_t n), (c, p, n))
TAP(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX * c, unsigned char *out, unsigned int *n),
    (c, out, n))
TAP(int, 0, EVP_MD_CTX_copy_ex, (EVP_MD_CTX * c, const EVP_MD_CTX *from), (c, from))
TAP(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC * m), (m))
TAP(int, 0, EVP_MAC_init,
    (EVP_MAC_CTX * c, const unsigned char *k, size_t n, const OSSL_PARAM *p), (c, k, n, p))
TAP(int, 0, EVP_MAC_update, (EVP_MAC_CTX * c, const unsigned char *p, size_t n), (c, p, n))
TAP(int, 0, EVP_MAC_final, (EVP_MAC_CTX * c, unsigned char *out, size_t *n, size_t most),
    (c, out, n, most))
TAP(EVP_KDF_CTX *, NULL, EVP_KDF_CTX_new, (EVP_KDF * k), (k))
TAP(int, 0, EVP_KDF_derive,
    (EVP_KDF_CTX * c, unsigned char *out, size_t n, const OSSL_PARAM *p), (c, out, n, p))
TAP(EVP_PKEY *, NULL, EVP_PKEY_new_raw_public_key,
    (int t, ENGINE *e, const unsigned char *in, size_t n), (t, e, in, n))
TAP(int, 0, EVP_PKEY_derive_set_peer, (EVP_PKEY_CTX * c, EVP_PKEY *k), (c, k))
TAP(int, 0, EVP_PKEY_get_octet_string_param,
    (const EVP_PKEY *k, const char *n, unsigned char *out, size_t most, size_t *len),
    (k, n, out, most, len))

TAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new, (EVP_PKEY * k, ENGINE *e), (k, e))
TAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_pkey,
    (OSSL_LIB_CTX * l, EVP_PKEY *k, const char *q), (l, k, q))
TAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_name,
    (OSSL_LIB_CTX * l, const char *n, const char *q), (l, n, q))
TAP(int, 0, EVP_PKEY_generate, (EVP_PKEY_CTX * c, EVP_PKEY **k), (c, k))
TAP(int, 0, EVP_PKEY_get_raw_public_key, (const EVP_PKEY *k, unsigned char *out, size_t *n),
    (k, out, n))
TAP(int, 0, EVP_PKEY_set1_encoded_public_key,
    (EVP_PKEY * k, const unsigned char *in, size_t n), (k, in, n))
TAP(int, 0, EVP_PKEY_derive_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_derive_set_peer_ex, (EVP_PKEY_CTX * c, EVP_PKEY *k, int v), (c, k, v))
TAP(int, 0, EVP_PKEY_derive, (EVP_PKEY_CTX * c, unsigned char *out, size_t *n), (c, out, n))
TAP(int, 0, EVP_PKEY_sign_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_sign,
    (EVP_PKEY_CTX * c, unsigned char *s, size_t *l, const unsigned char *d, size_t n),
    (c, s, l, d, n))
TAP(int, 0, EVP_PKEY_verify_init, (EVP_PKEY_CTX * c), (c))
TAP(int, -1, EVP_PKEY_verify,
    (EVP_PKEY_CTX * c, const unsigned char *s, size_t l, const unsigned char *d, size_t n),
    (c, s, l, d, n))
TAP(int, 0, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * c), (c))
TAP(int, 0, EVP_PKEY_fromdata, (EVP_PKEY_CTX * c, EVP_PKEY **k, int s, OSSL_PARAM *p),
    (c, k, s, p))
TAP(BIGNUM *, NULL, BN_bin2bn, (const unsigned char *s, int n, BIGNUM *b), (s, n, b))
TAP(OSSL_PARAM_BLD *, NULL, OSSL_PARAM_BLD_new, (void), ())
TAP(OSSL_PARAM *, NULL, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD * b), (b))

#define FETCH(type, name)                                                                  \
  type *__real_##name(OSSL_LIB_CTX *c, const char *what, const char *query);               \
  type *__wrap_##name(OSSL_LIB_CTX *c, const char *what, const char *query);               \
  type *__wrap_##name(OSSL_LIB_CTX *c, const char *what, const char *query)                \
  {                                                                                        \
    return is_hidden(what) ? NULL : __real_##name(c, what, query);                         \
  }

FETCH(EVP_CIPHER, EVP_CIPHER_fetch)
FETCH(EVP_KEYMGMT, EVP_KEYMGMT_fetch)
