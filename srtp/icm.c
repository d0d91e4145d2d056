/*
 * icm.c - AES in counter mode, as libsrtp calls it (RFC 3711 4.1.1, RFC 6188).
 *
 * The object holds the raw key alone, and how far the key stream of the packet was used. It
 * is also the PRF of the key derivation. Knows no packets.
 */
#include "srtp/cipher_kernel.h"
#include "srtp/kernel_objects.h"

#include <openssl/crypto.h>

enum { SALT = 14 };

/* One of three key sizes. */
struct size {
    const srtp_cipher_type_t *type;
    enum kernel_part part;
    enum cipher cipher;
    int key; /* bytes, without the salt */
};

struct icm {
    srtp_cipher_t base; /* first: libsrtp's object is ours */
    const struct size *size;
    uintptr_t key_id;           /* 0: no key yet */
    uint64_t used;              /* bytes of the key stream since set_iv */
    uint8_t counter[CTR_BLOCK]; /* of the first block of the key stream */
    uint8_t salt[CTR_BLOCK];    /* 14 bytes, then two of zero: salt * 2^16 */
    uint8_t key[];
};

/* Ids that no key has any more, for the next keys on this thread. libsrtp makes a cipher to
 * derive the keys of a session, and frees it after that. If its ids were always new, those
 * of the keys that stay would not follow each other (schedules.h). */
static _Thread_local uintptr_t free_ids[CIPHER_CTR_256 + 1];

static struct schedule_key icm_key(const struct icm *icm)
{
    return (struct schedule_key){ icm->key_id, icm->key };
}

static const struct schedule_kind *kind_of(const struct size *size)
{
    return &skf_cipher_kernel()->kinds[size->cipher];
}

static srtp_err_status_t make(const struct size *size, int key_len, srtp_cipher_t **cipher)
{
    if (key_len != size->key + SALT)
        return srtp_err_status_bad_param;

    struct icm *icm = OPENSSL_zalloc(sizeof *icm + (size_t)size->key);
    if (icm == NULL)
        return skf_kernel_no_memory();
    if (!skf_schedules_add(kind_of(size))) {
        OPENSSL_free(icm);
        return skf_kernel_no_memory();
    }
    icm->size = size;
    icm->base = (srtp_cipher_t){ size->type, icm, key_len, (int)size->type->id };
    skf_kernel_note_made(size->part, icm);
    skf_kernel_track_cipher(&icm->base);
    *cipher = &icm->base;
    return srtp_err_status_ok;
}

static uintptr_t next_id(const struct size *size)
{
    uintptr_t id = free_ids[size->cipher];

    free_ids[size->cipher] = 0;
    return id != 0 ? id : skf_schedule_new_id(kind_of(size));
}

static void forget_key(struct icm *icm)
{
    if (icm->key_id == 0)
        return;
    skf_schedule_forget(kind_of(icm->size), icm->key_id);
    free_ids[icm->size->cipher] = icm->key_id;
    icm->key_id = 0;
}

static srtp_err_status_t dealloc(srtp_cipher_t *cipher)
{
    struct icm *icm = cipher->state;

    skf_kernel_untrack_cipher(cipher);
    forget_key(icm);
    skf_schedules_remove(kind_of(icm->size));
    OPENSSL_clear_free(icm, sizeof *icm + (size_t)icm->size->key);
    return srtp_err_status_ok;
}

/* The salt follows the key. */
static srtp_err_status_t init(void *state, const uint8_t *key)
{
    struct icm *icm = state;

    forget_key(icm);
    memcpy(icm->key, key, (size_t)icm->size->key);
    memcpy(icm->salt, key + icm->size->key, SALT);
    icm->key_id = next_id(icm->size);
    return srtp_err_status_ok;
}

/* Both directions add the same key stream. */
static srtp_err_status_t set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
    struct icm *icm = state;

    (void)direction;
    if (icm->key_id == 0)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    for (int i = 0; i < CTR_BLOCK; i++)
        icm->counter[i] = iv[i] ^ icm->salt[i];
    icm->used = 0;
    return srtp_err_status_ok;
}

static void advance(uint8_t counter[CTR_BLOCK], uint64_t blocks)
{
    for (int i = CTR_BLOCK - 1; i >= 0 && blocks > 0; i--) {
        blocks += counter[i];
        counter[i] = (uint8_t)blocks;
        blocks >>= 8;
    }
}

static bool count(const struct icm *icm, const uint8_t *counter, uint8_t *bytes, size_t len)
{
    return len == 0
        || skf_cipher_kernel()->count(icm->size->cipher, icm_key(icm), counter, bytes, len);
}

/* The key stream goes on in the middle of a packet, and of a block. */
static bool count_on(const struct icm *icm, uint8_t *bytes, size_t len)
{
    uint8_t counter[CTR_BLOCK], block[CTR_BLOCK] = { 0 };
    size_t used = (size_t)(icm->used % CTR_BLOCK), begun = 0;

    memcpy(counter, icm->counter, sizeof counter);
    advance(counter, icm->used / CTR_BLOCK);
    if (used > 0) {
        if (!count(icm, counter, block, sizeof block))
            return false;
        while (begun < len && used + begun < CTR_BLOCK) {
            bytes[begun] ^= block[used + begun];
            begun++;
        }
        OPENSSL_cleanse(block, sizeof block);
        advance(counter, 1);
    }
    return count(icm, counter, bytes + begun, len - begun);
}

static srtp_err_status_t crypt(void *state, uint8_t *bytes, unsigned int *len)
{
    struct icm *icm = state;
    bool counted =
        icm->used == 0 ? count(icm, icm->counter, bytes, *len) : count_on(icm, bytes, *len);

    if (!counted)
        return skf_kernel_note_failure(srtp_err_status_cipher_fail);
    icm->used += *len;
    return srtp_err_status_ok;
}

static const struct size size_128 = { &skf_icm_128, KERNEL_ICM_128, CIPHER_CTR_128, 16 };
static const struct size size_192 = { &skf_icm_192, KERNEL_ICM_192, CIPHER_CTR_192, 24 };
static const struct size size_256 = { &skf_icm_256, KERNEL_ICM_256, CIPHER_CTR_256, 32 };

static srtp_err_status_t make_128(srtp_cipher_t **cipher, int key_len, int tag_len)
{
    (void)tag_len;
    return make(&size_128, key_len, cipher);
}

static srtp_err_status_t make_192(srtp_cipher_t **cipher, int key_len, int tag_len)
{
    (void)tag_len;
    return make(&size_192, key_len, cipher);
}

static srtp_err_status_t make_256(srtp_cipher_t **cipher, int key_len, int tag_len)
{
    (void)tag_len;
    return make(&size_256, key_len, cipher);
}

/* --- known answers: 32 bytes of key stream -------------------------------------------- */

#define SALT_OF_VECTORS "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd"

static const uint8_t zeros[2 * CTR_BLOCK];

#define KEY_STREAM(key_len, key_and_salt, stream)                                          \
  {                                                                                        \
    .key_length_octets = (key_len) + SALT, .key = (const uint8_t *)(key_and_salt),         \
    .idx = (uint8_t *)zeros, /* libsrtp reads it */                                        \
        .plaintext_length_octets = sizeof zeros, .plaintext = zeros,                       \
    .ciphertext_length_octets = sizeof zeros, .ciphertext = (const uint8_t *)(stream),     \
  }

/* RFC 3711 B.2 */
static const srtp_cipher_test_case_t vector_128 = KEY_STREAM(
    16, "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c" SALT_OF_VECTORS,
    "\xe0\x3e\xad\x09\x35\xc9\x5e\x80\xe1\x66\xb1\x6d\xd9\x2b\x4e\xb4"
    "\xd2\x35\x13\x16\x2b\x02\xd0\xf7\x2a\x43\xa2\xfe\x4a\x5f\x97\xab");

/* RFC 6188 7.2 */
static const srtp_cipher_test_case_t vector_192 =
    KEY_STREAM(24,
               "\xea\xb2\x34\x76\x4e\x51\x7b\x2d\x3d\x16\x0d\x58\x7d\x8c\x86\x21"
               "\x97\x40\xf6\x5f\x99\xb6\xbc\xf7" SALT_OF_VECTORS,
               "\x35\x09\x6c\xba\x46\x10\x02\x8d\xc1\xb5\x75\x03\x80\x4c\xe3\x7c"
               "\x5d\xe9\x86\x29\x1d\xcc\xe1\x61\xd5\x16\x5e\xc4\x56\x8f\x5c\x9a");

/* RFC 6188 7.1 */
static const srtp_cipher_test_case_t vector_256 = KEY_STREAM(
    32,
    "\x57\xf8\x2f\xe3\x61\x3f\xd1\x70\xa8\x5e\xc9\x3c\x40\xb1\xf0\x92"
    "\x2e\xc4\xcb\x0d\xc0\x25\xb5\x82\x72\x14\x7c\xc4\x38\x94\x4a\x98" SALT_OF_VECTORS,
    "\x92\xbd\xd2\x8a\x93\xc3\xf5\x25\x11\xc6\x77\xd0\x8b\x55\x15\xa4"
    "\x9d\xa7\x1b\x23\x78\xa8\x54\xf6\x70\x50\x75\x6d\xed\x16\x5b\xac");

#define ICM_TYPE(bits)                                                                     \
  {                                                                                        \
    .alloc = make_##bits, .dealloc = dealloc, .init = init, .encrypt = crypt,              \
    .decrypt = crypt, .set_iv = set_iv, .description = "AES-" #bits " counter mode",       \
    .test_data = &vector_##bits, .id = SRTP_AES_ICM_##bits,                                \
  }

const srtp_cipher_type_t skf_icm_128 = ICM_TYPE(128);
const srtp_cipher_type_t skf_icm_192 = ICM_TYPE(192);
const srtp_cipher_type_t skf_icm_256 = ICM_TYPE(256);
