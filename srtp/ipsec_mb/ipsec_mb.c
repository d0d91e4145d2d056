/*
 * ipsec_mb.c - the kernel by libipsec-mb: AES-GCM by its direct calls, and counter mode by
 * a burst of one job.
 *
 * The library chooses its code by the processor when its manager is made. Direct calls only
 * read the manager. A burst also writes its error number, which is always 0 here and which
 * nobody reads: so one manager serves all threads. The library makes a tag and does not
 * compare it.
 */
#include "srtp/cipher_kernel.h"

#include "base/memory.h"

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

enum { FIRST_NUMBER = KEY_KINDS, LINE = 64, GATHERED = 64, AES_SCHEDULE = 15 * CTR_BLOCK };

/* The process's; NULL if the library is not to be used. */
static IMB_MGR *manager;

/* --- schedules ------------------------------------------------------------------------ */

/* As in a table: each begins with a cache line. */
union schedule {
    struct gcm_key_data gcm;
    uint8_t aes[AES_SCHEDULE];
    _Alignas(LINE) uint8_t lines[(sizeof(struct gcm_key_data) + LINE - 1) / LINE * LINE];
};

static enum cipher cipher_of(const struct schedule_kind *kind)
{
    return (enum cipher)(kind->number - FIRST_NUMBER);
}

static bool load_gcm(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    if (cipher_of(kind) == CIPHER_GCM_128)
        IMB_AES128_GCM_PRE(manager, key, schedule);
    else
        IMB_AES256_GCM_PRE(manager, key, schedule);
    return true;
}

static void wipe_gcm(const struct schedule_kind *kind, void *schedule)
{
    (void)kind;
    skf_wipe(schedule, sizeof(union schedule));
}

/* The library makes a schedule to decrypt, too, which counter mode does not need. */
static bool load_aes(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    _Alignas(CTR_BLOCK) uint8_t unused[AES_SCHEDULE];

    if (cipher_of(kind) == CIPHER_CTR_128)
        IMB_AES_KEYEXP_128(manager, key, schedule, unused);
    else if (cipher_of(kind) == CIPHER_CTR_192)
        IMB_AES_KEYEXP_192(manager, key, schedule, unused);
    else
        IMB_AES_KEYEXP_256(manager, key, schedule, unused);
    skf_wipe(unused, sizeof unused);
    return true;
}

enum { AES_SIZE = (AES_SCHEDULE + LINE - 1) / LINE * LINE };

static void wipe_aes(const struct schedule_kind *kind, void *schedule)
{
    (void)kind;
    skf_wipe(schedule, AES_SIZE);
}

#define GCM_KIND(cipher)                                                                   \
  {                                                                                        \
    .number = FIRST_NUMBER + (cipher), .size = sizeof(union schedule), .load = load_gcm,   \
    .wipe = wipe_gcm                                                                       \
  }
#define AES_KIND(cipher)                                                                   \
  {                                                                                        \
    .number = FIRST_NUMBER + (cipher), .size = AES_SIZE, .load = load_aes,                 \
    .wipe = wipe_aes                                                                       \
  }

static const struct schedule_kind kinds[NUM_CIPHERS] = {
    AES_KIND(CIPHER_CTR_128), AES_KIND(CIPHER_CTR_192), AES_KIND(CIPHER_CTR_256),
    GCM_KIND(CIPHER_GCM_128), GCM_KIND(CIPHER_GCM_256),
};

/* --- packets -------------------------------------------------------------------------- */

/* A packet with its header in one piece; the index of SRTCP is behind the one of RTCP. */
struct gathered {
    const struct gcm_packet *packet;
    const uint8_t *header;
    size_t header_len;
    uint8_t bytes[GATHERED];
};

/* False if the header is too long, which it is only where RTCP is not encrypted. */
static bool gather(const struct gcm_packet *packet, struct gathered *gathered)
{
    const skiff_bytes *pieces = packet->header;

    gathered->packet = packet;
    gathered->header = pieces[0].ptr;
    gathered->header_len = pieces[0].len + pieces[1].len;
    if (pieces[1].len == 0)
        return true;
    if (gathered->header_len > sizeof gathered->bytes)
        return false;
    memcpy(gathered->bytes, pieces[0].ptr, pieces[0].len);
    memcpy(gathered->bytes + pieces[0].len, pieces[1].ptr, pieces[1].len);
    gathered->header = gathered->bytes;
    return true;
}

/* The schedule of this packet alone, where a thread has no table. */
static void *load_once(enum cipher cipher, struct schedule_key key,
                       union schedule *schedule)
{
    (void)kinds[cipher].load(&kinds[cipher], schedule, key.bytes);
    return schedule;
}

static void run_gcm(aes_gcm_enc_dec_t run, const void *schedule,
                    const struct gathered *gathered, uint8_t *tag)
{
    const struct gcm_packet *packet = gathered->packet;
    struct gcm_context_data context; /* of calls that do a packet in parts */

    run(schedule, &context, packet->bytes, packet->bytes, packet->len, packet->nonce,
        gathered->header, gathered->header_len, tag, packet->tag_len);
}

static void run_gcm_once(aes_gcm_enc_dec_t run, enum cipher cipher, struct schedule_key key,
                         const struct gathered *gathered, uint8_t *tag)
{
    union schedule schedule;

    run_gcm(run, load_once(cipher, key, &schedule), gathered, tag);
    skf_wipe(&schedule, sizeof schedule);
}

static bool seal(enum cipher cipher, struct schedule_key key,
                 const struct gcm_packet *packet, uint8_t tag[GCM_TAG])
{
    struct gathered gathered;

    if (!gather(packet, &gathered))
        return skf_libcrypto.seal(cipher, key, packet, tag);

    aes_gcm_enc_dec_t run =
        cipher == CIPHER_GCM_128 ? manager->gcm128_enc : manager->gcm256_enc;
    const void *schedule = skf_schedule(&kinds[cipher], key);
    if (schedule != NULL)
        run_gcm(run, schedule, &gathered, tag);
    else
        run_gcm_once(run, cipher, key, &gathered, tag);
    return true;
}

static enum gcm_opening open_packet(enum cipher cipher, struct schedule_key key,
                                    const struct gcm_packet *packet, const uint8_t *tag)
{
    struct gathered gathered;
    uint8_t computed[GCM_TAG];

    if (!gather(packet, &gathered))
        return skf_libcrypto.open(cipher, key, packet, tag);

    aes_gcm_enc_dec_t run =
        cipher == CIPHER_GCM_128 ? manager->gcm128_dec : manager->gcm256_dec;
    const void *schedule = skf_schedule(&kinds[cipher], key);
    if (schedule != NULL)
        run_gcm(run, schedule, &gathered, computed);
    else
        run_gcm_once(run, cipher, key, &gathered, computed);
    return CRYPTO_memcmp(computed, tag, packet->tag_len) == 0 ? GCM_OPENED : GCM_FORGED;
}

/* --- counter mode --------------------------------------------------------------------- */

/* The last 16 bits of a counter are those of SRTP. The library may count in no more than
 * 32, so what needs more is libcrypto's. */
static bool is_within(const uint8_t counter[CTR_BLOCK], size_t len)
{
    size_t first = (size_t)counter[CTR_BLOCK - 2] << 8 | counter[CTR_BLOCK - 1];

    return len / CTR_BLOCK < UINT16_MAX - first;
}

static void run_ctr(enum cipher cipher, const void *schedule,
                    const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len)
{
    static const IMB_KEY_SIZE_BYTES key_lens[NUM_CIPHERS] = {
        [CIPHER_CTR_128] = IMB_KEY_128_BYTES,
        [CIPHER_CTR_192] = IMB_KEY_192_BYTES,
        [CIPHER_CTR_256] = IMB_KEY_256_BYTES,
    };
    IMB_KEY_SIZE_BYTES key_len = key_lens[cipher];
    IMB_JOB job = { .enc_keys = schedule,
                    .dec_keys = schedule,
                    .key_len_in_bytes = (uint64_t)key_len };

    job.src = bytes;
    job.dst = bytes;
    job.msg_len_to_cipher_in_bytes = len;
    job.iv = counter;
    job.iv_len_in_bytes = CTR_BLOCK;
    (void)IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager, &job, 1, IMB_CIPHER_CNTR,
                                          IMB_DIR_ENCRYPT, key_len);
}

static bool count(enum cipher cipher, struct schedule_key key,
                  const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len)
{
    if (!is_within(counter, len))
        return skf_libcrypto.count(cipher, key, counter, bytes, len);

    const void *schedule = skf_schedule(&kinds[cipher], key);
    if (schedule != NULL) {
        run_ctr(cipher, schedule, counter, bytes, len);
        return true;
    }
    union schedule once;
    run_ctr(cipher, load_once(cipher, key, &once), counter, bytes, len);
    skf_wipe(&once, sizeof once);
    return true;
}

/* --- the library ---------------------------------------------------------------------- */

/* Version 2 has no code for AVX alone. */
static const char *name(void)
{
    if (manager->used_arch == IMB_ARCH_AVX512)
        return "libipsec-mb, AVX-512";
    if (manager->used_arch == IMB_ARCH_AVX2)
        return "libipsec-mb, AVX2";
    return manager->used_arch == IMB_ARCH_SSE ? "libipsec-mb, SSE" : "libipsec-mb, AVX";
}

/* A manager has one layout in all versions that have the first number in common, and what
 * is new comes behind it. */
static bool has_layout(unsigned version)
{
    return version >> 16 == IMB_VERSION_NUM >> 16 && version >= IMB_VERSION_NUM;
}

/* The library has passed its self test, and has code for this processor that is neither
 * emulated nor newer than what is known here. */
static bool is_fit(IMB_MGR *made)
{
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ
                          | IMB_FEATURE_SELF_TEST | IMB_FEATURE_SELF_TEST_PASS;

    return imb_get_errno(made) == 0 && (made->features & needed) == needed
        && made->used_arch >= IMB_ARCH_SSE && made->used_arch <= IMB_ARCH_AVX512;
}

static const struct cipher_kernel kernel = {
    .name = name,
    .kinds = kinds,
    .seal = seal,
    .open = open_packet,
    .count = count,
};

const struct cipher_kernel *skf_ipsec_mb(void)
{
    static bool prepared;
    IMB_ARCH arch;

    if (prepared)
        return manager != NULL ? &kernel : NULL;
    prepared = true;
    if (!has_layout(imb_get_version()))
        return NULL;
    manager = alloc_mb_mgr(0);
    if (manager == NULL)
        return NULL;
    init_mb_mgr_auto(manager, &arch);
    if (is_fit(manager))
        return &kernel;
    free_mb_mgr(manager);
    manager = NULL;
    return NULL;
}
