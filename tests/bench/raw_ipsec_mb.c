/* raw_ipsec_mb.c - libipsec-mb's direct calls of GCM, and its counter mode, a packet a
 * call. */
#include "raw_crypto.h"

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

struct gcm {
    struct gcm_key_data schedule;
    struct gcm_context_data context;
    aes_gcm_enc_dec_t seal; /* of the key's length, for this processor */
};

struct ctr {
    _Alignas(16) uint8_t schedule[16 * 15];
    IMB_MGR *calls;
};

/* One for all keys: a benchmark seals on one thread at a time. */
static IMB_MGR *manager(void)
{
    static IMB_MGR *made;
    IMB_ARCH arch = IMB_ARCH_NONE;

    if (made == NULL && (made = alloc_mb_mgr(0)) != NULL)
        init_mb_mgr_auto(made, &arch);
    return made != NULL && imb_get_errno(made) == 0 ? made : NULL;
}

static void *new_aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

static void *gcm_key(const uint8_t *key, size_t len)
{
    IMB_MGR *calls = manager();
    struct gcm *gcm = calls != NULL ? new_aligned(sizeof *gcm) : NULL;

    if (gcm == NULL)
        return NULL;
    memset(gcm, 0, sizeof *gcm);
    if (len == 32)
        IMB_AES256_GCM_PRE(calls, key, &gcm->schedule);
    else
        IMB_AES128_GCM_PRE(calls, key, &gcm->schedule);
    gcm->seal = len == 32 ? calls->gcm256_enc : calls->gcm128_enc;
    return gcm;
}

static void seal(void *key, const uint8_t *iv, uint8_t *packet, size_t payload)
{
    struct gcm *gcm = key;
    uint8_t *bytes = packet + RAW_HEADER;

    gcm->seal(&gcm->schedule, &gcm->context, bytes, bytes, payload, iv, packet, RAW_HEADER,
              bytes + payload, RAW_TAG);
}

static void *ctr_key(const uint8_t *key)
{
    IMB_MGR *calls = manager();
    struct ctr *ctr = calls != NULL ? new_aligned(sizeof *ctr) : NULL;
    _Alignas(16) uint8_t unused[sizeof ctr->schedule];

    if (ctr == NULL)
        return NULL;
    IMB_AES_KEYEXP_128(calls, key, ctr->schedule, unused);
    ctr->calls = calls;
    return ctr;
}

static void count(void *key, const uint8_t *iv, uint8_t *bytes, size_t len)
{
    struct ctr *ctr = key;
    IMB_JOB job;

    job.enc_keys = job.dec_keys = ctr->schedule;
    job.key_len_in_bytes = RAW_BLOCK;
    job.src = job.dst = bytes;
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = len;
    job.iv = iv;
    job.iv_len_in_bytes = RAW_BLOCK;
    (void)IMB_SUBMIT_CIPHER_BURST_NOCHECK(ctr->calls, &job, 1, IMB_CIPHER_CNTR,
                                          IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES);
}

const struct raw_library raw_ipsec_mb = {
    "libipsec-mb " IMB_VERSION_STR, gcm_key, free, ctr_key, free, seal, count
};
