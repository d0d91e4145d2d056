/* cipher_kernel.c - which kernel computes: chooses it once in a process. */
#include "srtp/cipher_kernel.h"

/* The process's, as libsrtp's list of types is. */
static const struct cipher_kernel *chosen = &skf_libcrypto;
static const struct cipher_kernel *current = &skf_libcrypto;
static const struct cipher_kernel *of_tests;

/* --- the choice ----------------------------------------------------------------------- */

enum { LONGEST = 1500, MORE_EACH_TIME = 41, HEADER = 12 };

/* What both are to compute. */
struct sample {
    uint8_t key[32], counter[CTR_BLOCK], header[HEADER];
    uint8_t plain[LONGEST];
};

static struct sample make_sample(void)
{
    struct sample sample;
    uint8_t *bytes = (uint8_t *)&sample;

    for (size_t i = 0; i < sizeof sample; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256 + 1);
    sample.counter[CTR_BLOCK - 2] = sample.counter[CTR_BLOCK - 1] = 0;
    return sample;
}

static bool count_alike(const struct cipher_kernel *kernel, enum cipher cipher,
                        struct schedule_key key, const struct sample *sample, size_t len)
{
    uint8_t ours[LONGEST], theirs[LONGEST];

    memcpy(ours, sample->plain, len);
    memcpy(theirs, sample->plain, len);
    return skf_libcrypto.count(cipher, key, sample->counter, ours, len)
        && kernel->count(cipher, key, sample->counter, theirs, len)
        && memcmp(ours, theirs, len) == 0;
}

static struct gcm_packet packet_of(const struct sample *sample, uint8_t *bytes, size_t len)
{
    struct gcm_packet packet = { .tag_len = GCM_TAG, .bytes = bytes, .len = len };

    memcpy(packet.nonce, sample->counter, GCM_NONCE);
    packet.header[0] = (skiff_bytes){ sample->header, HEADER };
    memcpy(bytes, sample->plain, len);
    return packet;
}

static bool seal_alike(const struct cipher_kernel *kernel, enum cipher cipher,
                       struct schedule_key key, const struct sample *sample, size_t len)
{
    uint8_t ours[LONGEST], theirs[LONGEST], tag[GCM_TAG], their_tag[GCM_TAG];
    struct gcm_packet packet = packet_of(sample, ours, len);
    struct gcm_packet other = packet_of(sample, theirs, len);

    if (!skf_libcrypto.seal(cipher, key, &packet, tag)
        || !kernel->seal(cipher, key, &other, their_tag) || memcmp(ours, theirs, len) != 0
        || memcmp(tag, their_tag, sizeof tag) != 0)
        return false;
    if (kernel->open(cipher, key, &other, tag) != GCM_OPENED
        || memcmp(theirs, sample->plain, len) != 0)
        return false;
    tag[len % GCM_TAG] ^= 1;
    return kernel->open(cipher, key, &packet, tag) == GCM_FORGED;
}

/* libsrtp compares with the vectors of the RFCs itself, when it gets our types. */
bool skf_cipher_kernel_agrees(const struct cipher_kernel *kernel)
{
    const struct sample sample = make_sample();
    bool alike = true;

    for (int i = 0; i < NUM_CIPHERS && alike; i++) {
        enum cipher cipher = (enum cipher)i;
        struct schedule_key key = { skf_schedule_new_id(&kernel->kinds[i]), sample.key };
        bool (*compare)(const struct cipher_kernel *, enum cipher, struct schedule_key,
                        const struct sample *, size_t) =
            cipher >= CIPHER_GCM_128 ? seal_alike : count_alike;

        for (size_t len = 0; len <= LONGEST && alike; len += MORE_EACH_TIME)
            alike = compare(kernel, cipher, key, &sample, len);
        skf_schedule_forget(&kernel->kinds[i], key.id);
    }
    return alike;
}

const struct cipher_kernel *
skf_cipher_kernel_first(const struct cipher_kernel *const *kernels, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (kernels[i] != NULL && skf_cipher_kernel_agrees(kernels[i]))
            return kernels[i];
    return &skf_libcrypto;
}

void skf_cipher_kernel_prepare(void)
{
    skf_libcrypto_prepare();

    const struct cipher_kernel *const faster[] = { skf_ipsec_mb(), skf_provider_kernel() };
    chosen = skf_cipher_kernel_first(faster, sizeof faster / sizeof faster[0]);
    skf_schedules_release(); /* the other kernels' are of no more use */
    skf_cipher_kernel_use(of_tests);
}

const struct cipher_kernel *skf_cipher_kernel(void)
{
    return current;
}

void skf_cipher_kernel_use(const struct cipher_kernel *kernel)
{
    of_tests = kernel;
    current = kernel != NULL ? kernel : chosen;
}
