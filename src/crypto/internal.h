/* internal.h - the objects of libcrypto in identities and contexts, and the functions
 * that the files of this folder have for each other. No file outside src/crypto includes
 * it. */
#ifndef SKF_CRYPTO_INTERNAL_H
#define SKF_CRYPTO_INTERNAL_H

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

enum {
    CHAIN_MAX = 8,          /* certificates in one identity */
    CHAIN_BYTES_MAX = 65535 /* bytes of DER in one identity */
};

/* One block: the DER of the chain lies behind the struct. Never changes once it is made. */
struct skiff_identity {
    EVP_PKEY *key;
    enum skf_key_kind kind;
    skiff_fingerprint fingerprint;
    size_t size; /* of the block */
    size_t num_certificates;
    skiff_bytes certificates[CHAIN_MAX];
    uint8_t der[];
};

/* The objects that lean/, evp/ or awslc/ prepares for key exchange and ECDSA; each defines
 * its own. */
struct skf_groups;

struct skf_crypto {
    const skiff_allocator *memory;
    const skiff_identity *identity;
    struct skf_groups *groups;
    EVP_CIPHER_CTX *ciphers[AEAD_COUNT];
    EVP_CIPHER_CTX *masking[AEAD_MASKED]; /* of openssl/ alone */
    bool has_failed;                      /* see skf_crypto_has_failed */
};

/* The result of a verification. */
enum verification {
    SIGNATURE_WRONG,
    SIGNATURE_RIGHT,
    SIGNATURE_UNKNOWN /* libcrypto has failed */
};

/* Passes `ok` on. The errors that libcrypto reports stay out of the program's queue. */
static inline bool clear_errors(bool ok)
{
    if (!ok)
        ERR_clear_error();
    return ok;
}

/* --- what libraries do in their own ways: openssl/ or awslc/ ------------------------ */

/* Whether libcrypto has reported what is wrong with its input. For a failure of its own
 * it reports nothing, or first a reason that all its parts have, such as no memory. Its
 * queue was empty before the call. */
bool skf_blames_input(void);

/* Makes a context that waits for a key, and says in `made` where it is. NULL: nobody has
 * the cipher, which OpenSSL calls `name`; that is no failure. */
bool skf_cipher_context(const char *name, EVP_CIPHER_CTX **made);
bool skf_cipher_is_available(const char *name);

/* The tag after a text was sealed, and before one is opened. */
bool skf_cipher_get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len);
bool skf_cipher_set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len);

/* Whether there are keys of that type, which OpenSSL calls `type`. */
bool skf_keys_are_available(const char *type);

/* --- aead.c, mask.c ------------------------------------------------------------------- */

bool skf_aead_prepare(struct skf_crypto *crypto);
void skf_aead_forget(struct skf_crypto *crypto);

bool skf_mask_is_available(enum skf_aead_alg alg);
bool skf_mask_prepare(struct skf_crypto *crypto);
void skf_mask_forget(struct skf_crypto *crypto);

/* --- groups: lean/, evp/ or awslc/ ---------------------------------------------------- */

/* The identity may be NULL; then skf_ec_sign is not called. */
bool skf_groups_new(const skiff_allocator *memory, const skiff_identity *identity,
                    struct skf_groups **groups);
void skf_groups_free(const skiff_allocator *memory, struct skf_groups *groups);

/* A share's `held` is an EVP_PKEY_CTX ready to derive or to decapsulate, or NULL where its
 * bytes are enough. key_share.c has already looked at the group and the length and form of
 * the peer's half. */
bool skf_x25519_make(struct skf_groups *groups, struct skf_share *share,
                     uint8_t *key_exchange);
bool skf_x25519_agree(struct skf_groups *groups, const struct skf_share *share,
                      skiff_bytes peer, uint8_t *secret);
bool skf_ec_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange);
bool skf_ec_agree(struct skf_groups *groups, const struct skf_share *share,
                  skiff_bytes peer, uint8_t *secret);

/* An ECDSA signature is DER. `sig` has space for SKF_SIGNATURE_MAX bytes. */
bool skf_ec_sign(struct skf_groups *groups, skiff_bytes digest, uint8_t *sig, size_t *len);
enum verification skf_ec_verify(struct skf_groups *groups, const struct skf_public_key *key,
                                skiff_bytes digest, skiff_bytes sig);

/* --- schemes.c, verification.c -------------------------------------------------------- */

/* RFC 8446 section 4.2.3 */
struct skf_scheme {
    uint16_t number;
    enum skf_hash_alg hash;
    enum skf_key_kind kind;
};

/* NULL: we do not know it. */
const struct skf_scheme *skf_scheme_find(uint16_t number);

/* The meaning of what libcrypto returns. Each library has its own way to say of a failure
 * that it is not the signature's. */
enum verification skf_verification_ec(int result, skiff_bytes signature);
enum verification skf_verification_rsa(int result);

/* --- kem.c: keeps nothing, and makes and agrees in the same form ---------------------- */

bool skf_kem_make(struct skf_groups *groups, struct skf_share *share,
                  uint8_t *key_exchange);
bool skf_kem_agree(struct skf_groups *groups, const struct skf_share *share,
                   skiff_bytes peer, uint8_t *secret);
bool skf_kem_encapsulate(skiff_bytes peer, uint8_t *key_exchange, uint8_t *secret);

/* --- rsa.c, pkey.c, hash.c, identity.c ------------------------------------------------ */

bool skf_rsa_sign(EVP_PKEY *key, uint16_t scheme, const uint8_t *digest, uint8_t *sig,
                  size_t *len);
enum verification skf_rsa_verify(const struct skf_public_key *key, uint16_t scheme,
                                 const uint8_t *digest, skiff_bytes sig);

/* A new key of P-256, which the caller frees, or NULL. */
EVP_PKEY *skf_pkey_make_p256(void);

/* The key as an EVP_PKEY, which the caller frees, or NULL: a point off the curve. */
EVP_PKEY *skf_pkey_of(const struct skf_public_key *key);

const EVP_MD *skf_md(enum skf_hash_alg alg);

/* Makes an identity of a key (which it shares) and the chain (which it copies), if the
 * first certificate is for that key. */
skiff_status skf_identity_make(EVP_PKEY *key, const skiff_bytes *chain, size_t num,
                               skiff_identity **identity);

#endif
