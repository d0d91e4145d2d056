/*
 * gcm.c - AES-GCM, as libsrtp calls it (RFC 7714).
 *
 * libsrtp makes the nonce, salt included, and calls in this order: set_iv, set_aad (once or
 * more), then encrypt and get_tag, or decrypt with the tag behind the bytes. A kernel wants
 * all of it at once, so what was set is collected on the thread. The object holds the raw
 * key alone.
 */
#include "srtp/cipher_kernel.h"
#include "srtp/kernel_objects.h"

#include "base/memory.h"

#include <openssl/crypto.h>

enum { SHORT_TAG = 8 };

/* One of two key sizes. */
struct size {
    const srtp_cipher_type_t *type;
    enum kernel_part part;
    enum cipher cipher;
    int key; /* bytes, with the salt, as libsrtp counts */
};

static const struct size size_128, size_256;

/* A session has four of these objects. With a key of 128 bits each has less than 56
 * bytes. */
struct gcm {
    srtp_cipher_t base; /* first: libsrtp's object is ours */
    uintptr_t key_id;   /* 0: no key yet */
    uint8_t tag_len;
    uint8_t key[]; /* without the salt */
};

/* The packet that is being put together on this thread, from set_iv to the end. */
static _Thread_local struct {
    const struct gcm *gcm; /* NULL: none */
    struct gcm_packet packet;
    uint8_t tag[GCM_TAG]; /* if it was encrypted */
} in_progress;

static size_t key_len(const struct size *size)
{
    return (size_t)size->key - SRTP_AEAD_SALT_LEN;
}

static const struct size *size_of(const struct gcm *gcm)
{
    return gcm->base.algorithm == SRTP_AES_GCM_128 ? &size_128 : &size_256;
}

static size_t object_len(const struct size *size)
{
    return offsetof(struct gcm, key) + key_len(size);
}

static struct schedule_key gcm_key(const struct gcm *gcm)
{
    return (struct schedule_key){ gcm->key_id, gcm->key };
}

static const struct schedule_kind *kind_of(const struct size *size)
{
    return &skf_cipher_kernel()->kinds[size->cipher];
}

static srtp_err_status_t make(const struct size *size, int len, int tag_len,
                              srtp_cipher_t **cipher)
{
    if (len != size->key || (tag_len != GCM_TAG && tag_len != SHORT_TAG))
        return srtp_err_status_bad_param;

    struct gcm *gcm = OPENSSL_zalloc(object_len(size));
    if (gcm == NULL)
        return skf_kernel_no_memory();
    if (!skf_schedules_add(kind_of(size))) {
        OPENSSL_free(gcm);
        return skf_kernel_no_memory();
    }
    gcm->tag_len = (uint8_t)tag_len;
    gcm->base = (srtp_cipher_t){ size->type, gcm, len, (int)size->type->id };
    skf_kernel_note_made(size->part, gcm);
    *cipher = &gcm->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t dealloc(srtp_cipher_t *cipher)
{
    struct gcm *gcm = cipher->state;
    const struct size *size = size_of(gcm);

    if (in_progress.gcm == gcm || in_progress.gcm == NULL)
        skf_wipe(&in_progress, sizeof in_progress); /* the nonce has the salt in it */
    skf_schedule_forget(kind_of(size), gcm->key_id);
    skf_schedules_remove(kind_of(size));
    OPENSSL_clear_free(gcm, object_len(size));
    return srtp_err_status_ok;
}

static srtp_err_status_t init(void *state, const uint8_t *key)
{
    struct gcm *gcm = state;

    skf_schedule_forget(kind_of(size_of(gcm)), gcm->key_id);
    memcpy(gcm->key, key, key_len(size_of(gcm)));
    gcm->key_id = skf_schedule_new_id(kind_of(size_of(gcm)));
    return srtp_err_status_ok;
}

static srtp_err_status_t set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
    const struct gcm *gcm = state;

    (void)direction; /* encrypt or decrypt says it, too */
    if (gcm->key_id == 0)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    memcpy(in_progress.packet.nonce, iv, GCM_NONCE);
    in_progress.packet.tag_len = gcm->tag_len;
    in_progress.packet.header[0].len = 0;
    in_progress.packet.header[1].len = 0;
    in_progress.gcm = gcm;
    return srtp_err_status_ok;
}

/* libsrtp does not move the pieces before the packet is done: a second one is the index of
 * SRTCP. */
static srtp_err_status_t set_aad(void *state, const uint8_t *aad, uint32_t len)
{
    skiff_bytes *piece = in_progress.packet.header;

    piece += piece->len > 0 ? 1 : 0;
    if (in_progress.gcm != state || piece->len > 0)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    *piece = (skiff_bytes){ aad, len };
    return srtp_err_status_ok;
}

/* The length of the packet stays: libsrtp asks for the tag by itself. */
static srtp_err_status_t encrypt(void *state, uint8_t *bytes, unsigned int *len)
{
    const struct gcm *gcm = state;

    if (in_progress.gcm != gcm)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    in_progress.packet.bytes = bytes;
    in_progress.packet.len = *len;
    if (skf_cipher_kernel()->seal(size_of(gcm)->cipher, gcm_key(gcm), &in_progress.packet,
                                  in_progress.tag))
        return srtp_err_status_ok;
    in_progress.gcm = NULL;
    return skf_kernel_note_failure(srtp_err_status_cipher_fail);
}

static srtp_err_status_t get_tag(void *state, uint8_t *tag, uint32_t *len)
{
    const struct gcm *gcm = state;

    if (in_progress.gcm != gcm)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    in_progress.gcm = NULL;
    if (gcm->tag_len == GCM_TAG)
        memcpy(tag, in_progress.tag, GCM_TAG);
    else
        memcpy(tag, in_progress.tag, SHORT_TAG);
    *len = gcm->tag_len;
    return srtp_err_status_ok;
}

/* Bytes that did not verify are plaintext of somebody's choice: nobody is to see them. */
static srtp_err_status_t decrypt(void *state, uint8_t *bytes, unsigned int *len)
{
    const struct gcm *gcm = state;

    if (*len < gcm->tag_len)
        return srtp_err_status_bad_param;
    if (in_progress.gcm != gcm)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    in_progress.gcm = NULL;
    in_progress.packet.bytes = bytes;
    in_progress.packet.len = *len - gcm->tag_len;

    size_t body = in_progress.packet.len;
    enum gcm_opening opening = skf_cipher_kernel()->open(size_of(gcm)->cipher, gcm_key(gcm),
                                                         &in_progress.packet, bytes + body);
    if (opening == GCM_OPENED) {
        *len = (unsigned)body;
        return srtp_err_status_ok;
    }
    memset(bytes, 0, body);
    return opening == GCM_FORGED ? srtp_err_status_auth_fail
                                 : skf_kernel_note_failure(srtp_err_status_algo_fail);
}

static const struct size size_128 = { &skf_gcm_128, KERNEL_GCM_128, CIPHER_GCM_128,
                                      SRTP_AES_GCM_128_KEY_LEN_WSALT };
static const struct size size_256 = { &skf_gcm_256, KERNEL_GCM_256, CIPHER_GCM_256,
                                      SRTP_AES_GCM_256_KEY_LEN_WSALT };

static srtp_err_status_t make_128(srtp_cipher_t **cipher, int len, int tag_len)
{
    return make(&size_128, len, tag_len, cipher);
}

static srtp_err_status_t make_256(srtp_cipher_t **cipher, int len, int tag_len)
{
    return make(&size_256, len, tag_len, cipher);
}

/* --- known answers: the packet of RFC 7714 section 16 --------------------------------- */

static const uint8_t key_of_vectors[SRTP_AES_GCM_256_KEY_LEN_WSALT] = {
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
    .key_length_octets = (key_len), .key = key_of_vectors,                                 \
    .idx = (uint8_t *)nonce, /* libsrtp reads it */                                        \
        .plaintext_length_octets = sizeof payload - 1,                                     \
    .plaintext = (const uint8_t *)payload,                                                 \
    .ciphertext_length_octets = sizeof payload - 1 + GCM_TAG,                              \
    .ciphertext = (const uint8_t *)(ciphertext_and_tag),                                   \
    .aad_length_octets = sizeof header - 1, .aad = (const uint8_t *)header,                \
    .tag_length_octets = GCM_TAG,                                                          \
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
