/* crypto.h - the functions that the engine needs from libcrypto.
 *
 * The only door to libcrypto, and none of its types passes through it. Knows primitives:
 * hashes, AEADs, groups, signatures, certificates, random bytes. Knows no message and no
 * record.
 *
 * Every function that can fail returns a bool that the caller must check. SKIFF_CRYPTO
 * chooses the libcrypto behind them and its calls: of OpenSSL lean/ (states and EC_KEY) or
 * evp/ (for FIPS providers), or awslc/. Numbers are IANA's.
 */
#ifndef SKF_CRYPTO_H
#define SKF_CRYPTO_H

#include <skiff/identity.h>

enum {
    SKF_HASH_MAX = 64,       /* bytes of the largest digest */
    SKF_KEY_MAX = 32,        /* bytes of the largest AEAD key */
    SKF_NONCE = 12,          /* bytes of every AEAD nonce */
    SKF_TAG = 16,            /* bytes of the longest AEAD tag, and of all in 1.3 */
    SKF_SAMPLE = 16,         /* bytes of ciphertext that mask a record number */
    SKF_SCALAR_MAX = 48,     /* bytes of the largest private scalar (secp384r1) */
    SKF_POINT_MAX = 97,      /* bytes of the largest point (secp384r1) */
    SKF_SHARE_MAX = 1216,    /* bytes of the largest public key share (X25519MLKEM768) */
    SKF_SECRET_MAX = 64,     /* bytes of the largest shared secret (X25519MLKEM768) */
    SKF_SIGNATURE_MAX = 512, /* bytes of the largest signature (RSA 4096) */
    SKF_PUBLIC_KEY_MAX = 528 /* bytes of the largest public key as kept here */
};

/* --- random, secrets ------------------------------------------------------------------ */

SKIFF_MUST_USE bool skf_random(uint8_t *bytes, size_t len);

/* Compares in a time that does not depend on the contents. */
SKIFF_MUST_USE bool skf_same(const uint8_t *a, const uint8_t *b, size_t len);

/* --- hashes --------------------------------------------------------------------------- */

enum skf_hash_alg { HASH_SHA256 = 256, HASH_SHA384 = 384, HASH_SHA512 = 512 };

size_t skf_hash_len(enum skf_hash_alg alg);

/* A running hash. Zeros are valid and empty; the caller of _new calls _free. */
struct skf_hash {
    enum skf_hash_alg alg;
    void *held[2];                  /* what libcrypto keeps for us (evp/ only) */
    _Alignas(8) uint8_t state[216]; /* or the state itself (states/ only) */
};

SKIFF_MUST_USE bool skf_hash_new(struct skf_hash *hash);
void skf_hash_free(struct skf_hash *hash);
SKIFF_MUST_USE bool skf_hash_start(struct skf_hash *hash, enum skf_hash_alg alg);
SKIFF_MUST_USE bool skf_hash_add(struct skf_hash *hash, skiff_bytes bytes);

/* Writes the digest of all that was added so far. More may be added afterwards. */
SKIFF_MUST_USE bool skf_hash_so_far(const struct skf_hash *hash, uint8_t *digest);

/* Writes the digest as if `num` more parts had been added, and does not add them. */
SKIFF_MUST_USE bool skf_hash_with(const struct skf_hash *hash, const skiff_bytes *parts,
                                  size_t num, uint8_t *digest);

/* Writes the digest of `num` parts, one behind the other. */
SKIFF_MUST_USE bool skf_digest(enum skf_hash_alg alg, const skiff_bytes *parts, size_t num,
                               uint8_t *digest);

/* HMAC (RFC 2104) over `num` parts, one behind the other. */
SKIFF_MUST_USE bool skf_hmac(enum skf_hash_alg alg, skiff_bytes key,
                             const skiff_bytes *parts, size_t num, uint8_t *mac);

/* The same for `num` messages under one key, which is prepared once. */
struct skf_hmac_message {
    const skiff_bytes *parts;
    size_t num_parts;
    uint8_t *mac;
};
SKIFF_MUST_USE bool skf_hmac_each(enum skf_hash_alg alg, skiff_bytes key,
                                  const struct skf_hmac_message *messages, size_t num);

/* PRF(secret, label, seed) of TLS 1.2 (RFC 5246 5); the seed has up to three parts. */
struct skf_prf12 {
    enum skf_hash_alg alg;
    skiff_bytes secret;
    const char *label;
    skiff_bytes seed[3];
};
SKIFF_MUST_USE bool skf_prf12(const struct skf_prf12 *what, uint8_t *out, size_t len);

/* HKDF-Extract and HKDF-Expand (RFC 5869). The salt may be empty; `prk` gets one digest,
 * and `out` has at most 255 of them. */
SKIFF_MUST_USE bool skf_hkdf_extract(enum skf_hash_alg alg, skiff_bytes salt,
                                     skiff_bytes ikm, uint8_t *prk);
SKIFF_MUST_USE bool skf_hkdf_expand(enum skf_hash_alg alg, skiff_bytes prk,
                                    skiff_bytes info, uint8_t *out, size_t len);

/* HKDF-Expand for `num` outputs of one key, up to SKF_EXPANSIONS, of at most a digest
 * each. */
enum { SKF_EXPANSIONS = 3 };

struct skf_expansion {
    skiff_bytes info;
    uint8_t *out;
    size_t len;
};
SKIFF_MUST_USE bool skf_hkdf_expand_each(enum skf_hash_alg alg, skiff_bytes prk,
                                         const struct skf_expansion *each, size_t num);

/* --- prepared for one context --------------------------------------------------------- */

struct skf_crypto;

/* Makes the contexts and keys that all records and handshakes of one thread use again.
 * Errors: MEMORY from the allocator; CRYPTO from libcrypto. */
SKIFF_MUST_USE skiff_status skf_crypto_new(const skiff_allocator *memory,
                                           const skiff_identity *identity,
                                           struct skf_crypto **crypto);
void skf_crypto_free(struct skf_crypto *crypto);

/* Says why the last call that judges bytes of the peer returned false: true if libcrypto
 * failed by itself, false if the bytes are wrong. Those calls are skf_aead_open,
 * skf_verify, skf_share_agree and skf_share_reply. */
bool skf_crypto_has_failed(const struct skf_crypto *crypto);

/* --- AEAD (RFC 5116) ------------------------------------------------------------------ */

/* The first AEAD_MASKED are those of 1.3, whose keys also mask record numbers. */
enum skf_aead_alg {
    AEAD_AES_128_GCM,
    AEAD_AES_256_GCM,
    AEAD_CHACHA20_POLY1305,
    AEAD_AES_128_CCM,
    AEAD_AES_128_CCM_8,
    AEAD_COUNT,
    AEAD_MASKED = AEAD_AES_128_CCM
};

/* Returns false if no provider of libcrypto has the algorithm, as those of FIPS 140-3 have
 * no ChaCha20. */
bool skf_aead_is_available(enum skf_aead_alg alg);

size_t skf_aead_key_len(enum skf_aead_alg alg);
size_t skf_aead_tag_len(enum skf_aead_alg alg);

struct skf_aead {
    enum skf_aead_alg alg;
    const uint8_t *key;
    const uint8_t *nonce; /* SKF_NONCE bytes */
    skiff_bytes ad;       /* additional data */
};

/* Encrypts `len` bytes in place and writes the tag behind them. The caller has left space
 * for it. */
SKIFF_MUST_USE bool skf_aead_seal(struct skf_crypto *crypto, const struct skf_aead *with,
                                  uint8_t *text, size_t len);

/* Verifies and decrypts `len` bytes in place, which include the tag. Returns false also
 * for fewer bytes than a tag. */
SKIFF_MUST_USE bool skf_aead_open(struct skf_crypto *crypto, const struct skf_aead *with,
                                  uint8_t *text, size_t len);

/* The mask for a record number, from the first SKF_SAMPLE bytes of its ciphertext (RFC 9147
 * section 4.2.3): AES-ECB, or the ChaCha20 block. `key` has skf_aead_key_len bytes, and
 * `alg` is less than AEAD_MASKED. */
SKIFF_MUST_USE bool skf_number_mask(struct skf_crypto *crypto, enum skf_aead_alg alg,
                                    const uint8_t *key, const uint8_t *sample,
                                    uint8_t mask[2]);

/* --- key exchange --------------------------------------------------------------------- */

enum {
    GROUP_SECP256R1 = 0x0017,
    GROUP_SECP384R1 = 0x0018,
    GROUP_X25519 = 0x001d,
    GROUP_X25519MLKEM768 = 0x11ec
};

enum { SKF_GROUPS = 4 };

/* The groups as a server chooses: X25519MLKEM768 first, whatever it costs, and then the
 * cheapest with this libcrypto and these calls of it, as docs/crypto.md has measured. */
extern const uint16_t skf_groups_by_price[SKF_GROUPS];

/* Returns false if no provider of libcrypto has the group. X25519MLKEM768 came with 3.5,
 * and FIPS 140-3 does not approve X25519 alone. */
bool skf_group_is_available(uint16_t group);

/* The private half of a share. Zeros are valid and empty. */
struct skf_share {
    uint16_t group;
    uint8_t private_bytes[SKF_SCALAR_MAX]; /* or nothing, where `held` has it */
    void *held;
};

/* Makes a new share and writes its public half in the wire format of the group. With
 * X25519MLKEM768 only a client makes a share; a server calls skf_share_reply. */
SKIFF_MUST_USE bool skf_share_make(struct skf_crypto *crypto, uint16_t group,
                                   struct skf_share *share, uint8_t *key_exchange,
                                   size_t *len);

/* Writes the shared secret. Returns false for a point off the curve and for a secret of
 * zeros (RFC 7748 6.1). */
SKIFF_MUST_USE bool skf_share_agree(struct skf_crypto *crypto,
                                    const struct skf_share *share, skiff_bytes peer,
                                    uint8_t *secret, size_t *len);

/* Writes our public half and the shared secret for a client's half in one step, as a KEM
 * needs it (draft-ietf-tls-ecdhe-mlkem). For other groups this is make and agree. */
SKIFF_MUST_USE bool skf_share_reply(struct skf_crypto *crypto, uint16_t group,
                                    skiff_bytes peer, uint8_t *key_exchange,
                                    size_t *key_exchange_len, uint8_t *secret,
                                    size_t *secret_len);

void skf_share_wipe(struct skf_share *share);

/* --- certificates and signatures ------------------------------------------------------ */

/* clang-format off */
enum {
    SCHEME_RSA_PKCS1_SHA256       = 0x0401,
    SCHEME_ECDSA_SECP256R1_SHA256 = 0x0403,
    SCHEME_RSA_PKCS1_SHA384       = 0x0501,
    SCHEME_ECDSA_SECP384R1_SHA384 = 0x0503,
    SCHEME_RSA_PSS_RSAE_SHA256    = 0x0804
};
/* clang-format on */

enum skf_key_kind { KEY_NONE, KEY_P256, KEY_P384, KEY_RSA };

/* A public key as in the certificate: an uncompressed point, or modulus and exponent. */
struct skf_public_key {
    enum skf_key_kind kind;
    uint16_t len;      /* bytes of the point or of the modulus */
    uint32_t exponent; /* RSA only */
    uint8_t bytes[SKF_PUBLIC_KEY_MAX];
};

/* Finds the public key in a certificate (X.509 v1 or v3, DER) by a strict bounded walk.
 * If it returns false, `why` is a static sentence. RSA: 2048 to 4096 bits, odd exponent. */
SKIFF_MUST_USE bool skf_certificate_key(skiff_bytes der, struct skf_public_key *key,
                                        const char **why);

/* The hash of a signature scheme, and whether a key of that kind makes it in TLS 1.3 (RFC
 * 8446 4.2.3); 0 and false for schemes we do not know. In TLS 1.2 an ECDSA scheme names a
 * hash and no curve (RFC 5246 7.4.1.4.1): skf_sign and skf_verify take it with keys of both
 * curves. */
enum skf_hash_alg skf_scheme_hash(uint16_t scheme);
bool skf_scheme_fits(uint16_t scheme, enum skf_key_kind kind);

/* The kind of our own key, and the certificates of its chain: NULL, 0 after the last. */
enum skf_key_kind skf_identity_kind(const skiff_identity *identity);
skiff_bytes skf_identity_certificate(const skiff_identity *identity, size_t index);

/* Signs a digest of skf_scheme_hash(scheme) as our identity; sig has SKF_SIGNATURE_MAX. */
SKIFF_MUST_USE bool skf_sign(struct skf_crypto *crypto, uint16_t scheme,
                             const uint8_t *digest, uint8_t *sig, size_t *len);

SKIFF_MUST_USE bool skf_verify(struct skf_crypto *crypto, const struct skf_public_key *key,
                               uint16_t scheme, const uint8_t *digest, skiff_bytes sig);

#endif
