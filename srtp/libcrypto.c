/* libcrypto.c - the kernel by libcrypto's EVP calls. It runs with each libcrypto, and the
 * other kernels must compute the same. Never EVP_Cipher(), which accepted forgeries of an
 * empty payload (CVE-2026-75803). */
#include "srtp/cipher_kernel.h"

#include <openssl/err.h>

#include "library.h" /* of openssl/ or awslc/ */

/* The process's, as libsrtp's list of types is. */
static const EVP_CIPHER *fetched[NUM_CIPHERS];

void skf_libcrypto_prepare(void)
{
    ERR_set_mark(); /* a cipher may be missing, and then nobody asks for it */
    for (int i = 0; i < NUM_CIPHERS; i++)
        if (fetched[i] == NULL)
            fetched[i] = fetch_cipher((enum cipher)i);
    ERR_pop_to_mark();
}

/* --- schedules: a context for each ---------------------------------------------------- */

/* A context allocates no more once it has its cipher. */
static void *make(const struct schedule_kind *kind)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx == NULL
        || EVP_EncryptInit_ex(ctx, fetched[kind->number], NULL, NULL, NULL) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

static void release(const struct schedule_kind *kind, void *schedule)
{
    (void)kind;
    EVP_CIPHER_CTX_free(schedule);
}

static bool load(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    (void)kind;
    return EVP_CipherInit_ex(schedule, NULL, NULL, key, NULL, 1) == 1;
}

/* The schedule of another key takes its place. */
static void wipe(const struct schedule_kind *kind, void *schedule)
{
    static const uint8_t zeros[32];

    if (!load(kind, schedule, zeros))
        ERR_clear_error();
}

#define KIND(cipher)                                                                       \
  {                                                                                        \
    .number = (cipher), .make = make, .release = release, .load = load, .wipe = wipe       \
  }

static const struct schedule_kind kinds[NUM_CIPHERS] = {
    KIND(CIPHER_CTR_128), KIND(CIPHER_CTR_192), KIND(CIPHER_CTR_256),
    KIND(CIPHER_GCM_128), KIND(CIPHER_GCM_256),
};

static EVP_CIPHER_CTX *context_of(enum cipher cipher, struct schedule_key key)
{
    return skf_schedule(&kinds[cipher], key);
}

/* --- packets -------------------------------------------------------------------------- */

/* EVP_EncryptUpdate or EVP_DecryptUpdate; EVP_CipherUpdate would call them. */
typedef int update_function(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_len,
                            const unsigned char *in, int len);

static bool add_header(EVP_CIPHER_CTX *ctx, const struct gcm_packet *packet,
                       update_function *update)
{
    const skiff_bytes *first = &packet->header[0], *second = &packet->header[1];
    int out;

    return (first->len == 0 || update(ctx, NULL, &out, first->ptr, (int)first->len) == 1)
        && (second->len == 0
            || update(ctx, NULL, &out, second->ptr, (int)second->len) == 1);
}

static bool seal(enum cipher cipher, struct schedule_key key,
                 const struct gcm_packet *packet, uint8_t tag[GCM_TAG])
{
    EVP_CIPHER_CTX *ctx = context_of(cipher, key);
    uint8_t none[GCM_TAG];
    int out;

    return ctx != NULL && EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, packet->nonce) == 1
        && add_header(ctx, packet, EVP_EncryptUpdate)
        && (packet->len == 0
            || EVP_EncryptUpdate(ctx, packet->bytes, &out, packet->bytes, (int)packet->len)
                   == 1)
        && EVP_EncryptFinal_ex(ctx, none, &out) == 1 && get_tag(ctx, tag, packet->tag_len);
}

static enum gcm_opening open_packet(enum cipher cipher, struct schedule_key key,
                                    const struct gcm_packet *packet, const uint8_t *tag)
{
    EVP_CIPHER_CTX *ctx = context_of(cipher, key);
    uint8_t none[GCM_TAG];
    int out;

    if (ctx == NULL || EVP_CipherInit_ex(ctx, NULL, NULL, NULL, packet->nonce, 0) != 1
        || !add_header(ctx, packet, EVP_DecryptUpdate)
        || !set_tag(ctx, (uint8_t *)tag, packet->tag_len) /* libcrypto reads it */
        || (packet->len > 0
            && EVP_DecryptUpdate(ctx, packet->bytes, &out, packet->bytes, (int)packet->len)
                   != 1))
        return GCM_FAILED;
    return EVP_DecryptFinal_ex(ctx, none, &out) == 1 ? GCM_OPENED : GCM_FORGED;
}

static bool count(enum cipher cipher, struct schedule_key key,
                  const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len)
{
    EVP_CIPHER_CTX *ctx = context_of(cipher, key);
    int out;

    return ctx != NULL && EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, counter) == 1
        && EVP_EncryptUpdate(ctx, bytes, &out, bytes, (int)len) == 1;
}

static const char *name(void)
{
    return "libcrypto";
}

const struct cipher_kernel skf_libcrypto = {
    .name = name,
    .kinds = kinds,
    .seal = seal,
    .open = open_packet,
    .count = count,
};
