/*
 * provider.c - the kernel by the functions of libcrypto's provider. EVP calls the same
 * functions, and takes up to a third of the time of a packet of 100 bytes.
 */
#include "srtp/cipher_kernel.h"

#include "functions.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

enum { FIRST_NUMBER = 2 * KEY_KINDS };

/* The process's, as libsrtp's list of types is. Nobody frees it. */
static struct provider_functions found[NUM_CIPHERS];

static const struct {
    const char *name;
    size_t key_len;
} ciphers[NUM_CIPHERS] = {
    [CIPHER_CTR_128] = { "AES-128-CTR", 16 }, [CIPHER_CTR_192] = { "AES-192-CTR", 24 },
    [CIPHER_CTR_256] = { "AES-256-CTR", 32 }, [CIPHER_GCM_128] = { "AES-128-GCM", 16 },
    [CIPHER_GCM_256] = { "AES-256-GCM", 32 },
};

/* --- schedules: a context for each ---------------------------------------------------- */

static enum cipher cipher_of(const struct schedule_kind *kind)
{
    return (enum cipher)(kind->number - FIRST_NUMBER);
}

static void *make(const struct schedule_kind *kind)
{
    const struct provider_functions *functions = &found[cipher_of(kind)];

    return functions->newctx(functions->provider_context);
}

static void release(const struct schedule_kind *kind, void *schedule)
{
    if (schedule != NULL)
        found[cipher_of(kind)].freectx(schedule);
}

static bool load(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    enum cipher cipher = cipher_of(kind);

    return found[cipher].encrypt_init(schedule, key, ciphers[cipher].key_len, NULL, 0, NULL)
        == 1;
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
    .number = FIRST_NUMBER + (cipher), .make = make, .release = release, .load = load,     \
    .wipe = wipe                                                                           \
  }

static const struct schedule_kind kinds[NUM_CIPHERS] = {
    KIND(CIPHER_CTR_128), KIND(CIPHER_CTR_192), KIND(CIPHER_CTR_256),
    KIND(CIPHER_GCM_128), KIND(CIPHER_GCM_256),
};

/* --- packets -------------------------------------------------------------------------- */

/* `out` is NULL for the header, and else `in`: these are stream ciphers. */
static bool update(const struct provider_functions *functions, void *context, uint8_t *out,
                   const uint8_t *in, size_t len)
{
    size_t written;

    return len == 0 || functions->update(context, out, &written, len, in, len) == 1;
}

static bool add_header(const struct provider_functions *functions, void *context,
                       const struct gcm_packet *packet)
{
    const skiff_bytes *first = &packet->header[0], *second = &packet->header[1];

    return update(functions, context, NULL, first->ptr, first->len)
        && update(functions, context, NULL, second->ptr, second->len);
}

static bool finish(const struct provider_functions *functions, void *context)
{
    uint8_t none[GCM_TAG];
    size_t written;

    return functions->final(context, none, &written, sizeof none) == 1;
}

static bool seal(enum cipher cipher, struct schedule_key key,
                 const struct gcm_packet *packet, uint8_t tag[GCM_TAG])
{
    const struct provider_functions *functions = &found[cipher];
    void *context = skf_schedule(&kinds[cipher], key);
    OSSL_PARAM params[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, packet->tag_len),
        OSSL_PARAM_END,
    };

    return context != NULL
        && functions->encrypt_init(context, NULL, 0, packet->nonce, GCM_NONCE, NULL) == 1
        && add_header(functions, context, packet)
        && update(functions, context, packet->bytes, packet->bytes, packet->len)
        && finish(functions, context) && functions->get_ctx_params(context, params) == 1;
}

static enum gcm_opening open_packet(enum cipher cipher, struct schedule_key key,
                                    const struct gcm_packet *packet, const uint8_t *tag)
{
    const struct provider_functions *functions = &found[cipher];
    void *context = skf_schedule(&kinds[cipher], key);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (uint8_t *)tag,
                                packet->tag_len), /* the provider reads it */
        OSSL_PARAM_END,
    };

    if (context == NULL
        || functions->decrypt_init(context, NULL, 0, packet->nonce, GCM_NONCE, NULL) != 1
        || !add_header(functions, context, packet)
        || functions->set_ctx_params(context, params) != 1
        || !update(functions, context, packet->bytes, packet->bytes, packet->len))
        return GCM_FAILED;
    return finish(functions, context) ? GCM_OPENED : GCM_FORGED;
}

static bool count(enum cipher cipher, struct schedule_key key,
                  const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len)
{
    const struct provider_functions *functions = &found[cipher];
    void *context = skf_schedule(&kinds[cipher], key);

    return context != NULL
        && functions->encrypt_init(context, NULL, 0, counter, CTR_BLOCK, NULL) == 1
        && update(functions, context, bytes, bytes, len);
}

/* --- the provider --------------------------------------------------------------------- */

static const char *name(void)
{
    return "libcrypto, without EVP";
}

static const struct cipher_kernel kernel = {
    .name = name,
    .kinds = kinds,
    .seal = seal,
    .open = open_packet,
    .count = count,
};

const struct cipher_kernel *skf_provider_kernel(void)
{
    static bool prepared, complete;

    if (!prepared) {
        prepared = complete = true;
        for (int i = 0; i < NUM_CIPHERS; i++)
            complete = skf_provider_functions(ciphers[i].name, &found[i]) && complete;
    }
    return complete ? &kernel : NULL;
}
