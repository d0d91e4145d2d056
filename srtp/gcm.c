/*
 * gcm.c - AES-GCM, as libsrtp calls it (RFC 7714).
 *
 * libsrtp makes the nonce, salt included, and calls in this order: set_iv, set_aad (once or
 * more), then encrypt and get_tag, or decrypt with the tag behind the bytes. Never
 * EVP_Cipher(), which accepted forgeries of an empty payload (CVE-2026-75803).
 *
 * A context of libcrypto is more than a kilobyte, so RTP and RTCP of one direction share
 * one. A packet of the other kind than the one before schedules its key. The next packet of
 * the same kind only sets the nonce.
 */
#include "srtp/kernel_objects.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { TAG = 16, SHORT_TAG = 8 };

/* One of two key sizes. */
struct size {
    const srtp_cipher_type_t *type;
    enum kernel_part part;
    int key; /* bytes, with the salt, as libsrtp counts */
};

struct gcm;

/* The context of one session, and the object whose key is in it: none at first. */
struct shared_cipher {
    EVP_CIPHER_CTX *ctx;
    const struct gcm *keyed_for;
    unsigned users;
};

struct gcm {
    srtp_cipher_t base; /* first: libsrtp's object is ours */
    const struct size *size;
    struct shared_cipher *shared;
    int tag; /* bytes */
    uint8_t key[SRTP_AES_256_KEY_LEN];
};

static void release_shared(struct shared_cipher *shared)
{
    if (--shared->users > 0)
        return;
    EVP_CIPHER_CTX_free(shared->ctx);
    OPENSSL_free(shared);
}

static struct shared_cipher *new_shared(const struct size *size)
{
    struct shared_cipher *shared = OPENSSL_zalloc(sizeof *shared);

    if (shared == NULL)
        return NULL;
    shared->ctx = skf_kernel_context(size->part);
    if (shared->ctx == NULL) {
        OPENSSL_free(shared);
        return NULL;
    }
    return shared;
}

/* Outside of a session of ours each object has a context of its own. */
static struct shared_cipher *acquire_shared(const struct size *size)
{
    void **session_shared = skf_kernel_shared();
    struct shared_cipher *shared = session_shared != NULL && *session_shared != NULL
                                     ? *session_shared
                                     : new_shared(size);

    if (shared != NULL)
        shared->users++;
    if (session_shared != NULL)
        *session_shared = shared;
    return shared;
}

static srtp_err_status_t make(const struct size *size, int key_len, int tag_len,
                              srtp_cipher_t **cipher)
{
    if (key_len != size->key || (tag_len != TAG && tag_len != SHORT_TAG))
        return srtp_err_status_bad_param;

    struct gcm *gcm = OPENSSL_zalloc(sizeof *gcm);
    if (gcm == NULL)
        return skf_kernel_no_memory();
    gcm->shared = acquire_shared(size);
    if (gcm->shared == NULL) {
        OPENSSL_free(gcm);
        return skf_kernel_no_memory();
    }
    gcm->size = size;
    gcm->tag = tag_len;
    gcm->base = (srtp_cipher_t){ size->type, gcm, key_len, (int)size->type->id };
    skf_kernel_note_made(size->part);
    *cipher = &gcm->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t dealloc(srtp_cipher_t *cipher)
{
    struct gcm *gcm = cipher->state;

    release_shared(gcm->shared);
    OPENSSL_clear_free(gcm, sizeof *gcm);
    return srtp_err_status_ok;
}

static srtp_err_status_t init(void *state, const uint8_t *key)
{
    struct gcm *gcm = state;

    memcpy(gcm->key, key, (size_t)gcm->size->key - SRTP_AEAD_SALT_LEN);
    if (gcm->shared->keyed_for == gcm)
        gcm->shared->keyed_for = NULL;
    return srtp_err_status_ok;
}

static srtp_err_status_t set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
    struct gcm *gcm = state;
    struct shared_cipher *shared = gcm->shared;
    int encrypt = direction == srtp_direction_encrypt;
    const uint8_t *key = shared->keyed_for == gcm ? NULL : gcm->key;

    shared->keyed_for = NULL; /* after a failure the key in it is unknown */
    if (EVP_CipherInit_ex(shared->ctx, NULL, NULL, key, iv, encrypt) != 1)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    shared->keyed_for = gcm;
    return srtp_err_status_ok;
}

static srtp_err_status_t set_aad(void *state, const uint8_t *aad, uint32_t len)
{
    struct gcm *gcm = state;
    int out;

    if (EVP_CipherUpdate(gcm->shared->ctx, NULL, &out, aad, (int)len) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    return srtp_err_status_ok;
}

/* The length of the packet stays: libsrtp asks for the tag by itself. */
static srtp_err_status_t encrypt(void *state, uint8_t *bytes, unsigned int *len)
{
    struct gcm *gcm = state;
    int out;

    if (*len > 0 && EVP_EncryptUpdate(gcm->shared->ctx, bytes, &out, bytes, (int)*len) != 1)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    return srtp_err_status_ok;
}

/* EVP_CIPHER_CTX_ctrl does the same, and costs a twentieth of a packet of 1,200 bytes. */
static bool pass_tag(EVP_CIPHER_CTX *ctx, bool out, uint8_t *tag, int len)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, (size_t)len),
        OSSL_PARAM_construct_end(),
    };

    return (out ? EVP_CIPHER_CTX_get_params(ctx, params)
                : EVP_CIPHER_CTX_set_params(ctx, params))
        == 1;
}

static srtp_err_status_t get_tag(void *state, uint8_t *tag, uint32_t *len)
{
    struct gcm *gcm = state;
    EVP_CIPHER_CTX *ctx = gcm->shared->ctx;
    uint8_t none[TAG];
    int out;

    if (EVP_EncryptFinal_ex(ctx, none, &out) != 1 || !pass_tag(ctx, true, tag, gcm->tag))
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    *len = (uint32_t)gcm->tag;
    return srtp_err_status_ok;
}

static srtp_err_status_t decrypt(void *state, uint8_t *bytes, unsigned int *len)
{
    struct gcm *gcm = state;
    EVP_CIPHER_CTX *ctx = gcm->shared->ctx;
    uint8_t none[TAG];
    int out;

    if (*len < (unsigned)gcm->tag)
        return srtp_err_status_bad_param;
    unsigned body = *len - (unsigned)gcm->tag;
    if (!pass_tag(ctx, false, bytes + body, gcm->tag)
        || (body > 0 && EVP_DecryptUpdate(ctx, bytes, &out, bytes, (int)body) != 1))
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    if (EVP_DecryptFinal_ex(ctx, none, &out) != 1)
        return srtp_err_status_auth_fail;
    *len = body;
    return srtp_err_status_ok;
}

static const struct size size_128 = { &skf_gcm_128, KERNEL_GCM_128,
                                      SRTP_AES_GCM_128_KEY_LEN_WSALT };
static const struct size size_256 = { &skf_gcm_256, KERNEL_GCM_256,
                                      SRTP_AES_GCM_256_KEY_LEN_WSALT };

static srtp_err_status_t make_128(srtp_cipher_t **cipher, int key_len, int tag_len)
{
    return make(&size_128, key_len, tag_len, cipher);
}

static srtp_err_status_t make_256(srtp_cipher_t **cipher, int key_len, int tag_len)
{
    return make(&size_256, key_len, tag_len, cipher);
}

/* --- known answers: the packet of RFC 7714 section 16 --------------------------------- */

static const uint8_t key[SRTP_AES_GCM_256_KEY_LEN_WSALT] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f,
};

static const uint8_t nonce[] = {
    0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14,
};

static const char header[] = "\x80\x40\xf1\x7b\x80\x41\xf8\xd3\x55\x01\xa0\xb2";
static const char payload[] = "Gallia est omnis divisa in partes tres";

#define SEALED(key_len, ciphertext_and_tag)                                                \
  {                                                                                        \
    .key_length_octets = (key_len), .key = key,                                            \
    .idx = (uint8_t *)nonce, /* libsrtp reads it */                                        \
        .plaintext_length_octets = sizeof payload - 1,                                     \
    .plaintext = (const uint8_t *)payload,                                                 \
    .ciphertext_length_octets = sizeof payload - 1 + TAG,                                  \
    .ciphertext = (const uint8_t *)(ciphertext_and_tag),                                   \
    .aad_length_octets = sizeof header - 1, .aad = (const uint8_t *)header,                \
    .tag_length_octets = TAG,                                                              \
  }

/* RFC 7714 16.1.1 */
static const srtp_cipher_test_case_t vector_128 =
    SEALED(SRTP_AES_GCM_128_KEY_LEN_WSALT,
           "\xf2\x4d\xe3\xa3\xfb\x34\xde\x6c\xac\xba\x86\x1c\x9d\x7e\x4b\xca"
           "\xbe\x63\x3b\xd5\x0d\x29\x4e\x6f\x42\xa5\xf4\x7a\x51\xc7\xd1\x9b"
           "\x36\xde\x3a\xdf\x88\x33\x89\x9d\x7f\x27\xbe\xb1\x6a\x91\x52\xcf"
           "\x76\x5e\xe4\x39\x0c\xce");

/* RFC 7714 16.2.1 */
static const srtp_cipher_test_case_t vector_256 =
    SEALED(SRTP_AES_GCM_256_KEY_LEN_WSALT,
           "\x32\xb1\xde\x78\xa8\x22\xfe\x12\xef\x9f\x78\xfa\x33\x2e\x33\xaa"
           "\xb1\x80\x12\x38\x9a\x58\xe2\xf3\xb5\x0b\x2a\x02\x76\xff\xae\x0f"
           "\x1b\xa6\x37\x99\xb8\x7b\x7a\xa3\xdb\x36\xdf\xff\xd6\xb0\xf9\xbb"
           "\x78\x78\xd7\xa7\x6c\x13");

#define GCM_TYPE(bits)                                                                     \
  {                                                                                        \
    .alloc = make_##bits, .dealloc = dealloc, .init = init, .set_aad = set_aad,            \
    .encrypt = encrypt, .decrypt = decrypt, .set_iv = set_iv, .get_tag = get_tag,          \
    .description = "AES-" #bits "-GCM", .test_data = &vector_##bits,                       \
    .id = SRTP_AES_GCM_##bits,                                                             \
  }

const srtp_cipher_type_t skf_gcm_128 = GCM_TYPE(128);
const srtp_cipher_type_t skf_gcm_256 = GCM_TYPE(256);
