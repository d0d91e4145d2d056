/*
 * hmac.c - HMAC-SHA1 on libcrypto's SHA-1 states, as libsrtp calls it (RFC 3711 4.2.1).
 *
 * The object holds the raw key. The states after the padded keys (RFC 2104 section 4) are
 * the schedule of the key, and a packet begins with a copy. That allocates nothing, where
 * EVP allocates twice. libsrtp calls start, then update for RTP, then compute; its self
 * test calls compute alone.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "srtp/cipher_kernel.h"
#include "srtp/hmac_vector.h"
#include "srtp/kernel_objects.h"

#include "base/memory.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct hmac {
    srtp_auth_t base;               /* first: libsrtp's object is ours */
    uintptr_t key_id;               /* 0: no key yet */
    uint8_t key[SHA_DIGEST_LENGTH]; /* zeros behind a shorter one, as HMAC pads it */
    bool started;
};

/* --- the schedule of a key ------------------------------------------------------------ */

struct states {
    SHA_CTX inner, outer; /* after the key xor 0x36.. and 0x5c.. */
};

static bool init_pad(SHA_CTX *state, const uint8_t *key, uint8_t pad)
{
    uint8_t block[SHA_CBLOCK];

    memset(block, pad, sizeof block);
    for (int i = 0; i < SHA_DIGEST_LENGTH; i++)
        block[i] ^= key[i];
    bool initialized =
        SHA1_Init(state) == 1 && SHA1_Update(state, block, sizeof block) == 1;
    OPENSSL_cleanse(block, sizeof block);
    return initialized;
}

static bool load(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    struct states *states = schedule;

    (void)kind;
    return init_pad(&states->inner, key, 0x36) && init_pad(&states->outer, key, 0x5c);
}

static void wipe(const struct schedule_kind *kind, void *schedule)
{
    (void)kind;
    skf_wipe(schedule, sizeof(struct states));
}

static const struct schedule_kind states_kind = {
    .number = HMAC_SCHEDULE, .size = sizeof(struct states), .load = load, .wipe = wipe
};

/* --- objects -------------------------------------------------------------------------- */

/* The packet that is being authenticated on this thread, from start to compute. */
static _Thread_local struct {
    const struct hmac *hmac; /* NULL: none */
    const struct states *states;
    SHA_CTX running;
} in_progress;

static srtp_err_status_t make(srtp_auth_t **auth, int key_len, int tag_len)
{
    if (key_len > SHA_DIGEST_LENGTH || tag_len > SHA_DIGEST_LENGTH)
        return srtp_err_status_bad_param;

    struct hmac *hmac = OPENSSL_zalloc(sizeof *hmac);
    if (hmac == NULL)
        return skf_kernel_no_memory();
    if (!skf_schedules_add(&states_kind)) {
        OPENSSL_free(hmac);
        return skf_kernel_no_memory();
    }
    hmac->base = (srtp_auth_t){
        .type = &skf_hmac_sha1, .state = hmac, .out_len = tag_len, .key_len = key_len
    };
    skf_kernel_note_made(KERNEL_HMAC_SHA1, hmac);
    *auth = &hmac->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t dealloc(srtp_auth_t *auth)
{
    struct hmac *hmac = auth->state;

    if (in_progress.hmac == hmac) /* between start and compute */
        skf_wipe(&in_progress, sizeof in_progress);
    skf_schedule_forget(&states_kind, hmac->key_id);
    skf_schedules_remove(&states_kind);
    OPENSSL_clear_free(hmac, sizeof *hmac);
    return srtp_err_status_ok;
}

static srtp_err_status_t init(void *state, const uint8_t *key, int key_len)
{
    struct hmac *hmac = state;

    if (key_len > SHA_DIGEST_LENGTH)
        return srtp_err_status_bad_param;
    skf_schedule_forget(&states_kind, hmac->key_id);
    memset(hmac->key, 0, sizeof hmac->key);
    memcpy(hmac->key, key, (size_t)key_len);
    hmac->key_id = skf_schedule_new_id(&states_kind);
    hmac->started = false;
    return srtp_err_status_ok;
}

static srtp_err_status_t start(void *state)
{
    struct hmac *hmac = state;
    const struct schedule_key key = { hmac->key_id, hmac->key };
    const struct states *states = key.id != 0 ? skf_schedule(&states_kind, key) : NULL;

    hmac->started = states != NULL;
    in_progress.hmac = states != NULL ? hmac : NULL;
    if (states == NULL)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    in_progress.states = states;
    in_progress.running = states->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t update(void *state, const uint8_t *bytes, int len)
{
    if (in_progress.hmac != state
        || SHA1_Update(&in_progress.running, bytes, (size_t)len) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    return srtp_err_status_ok;
}

static bool finish(const uint8_t *bytes, int len, uint8_t digest[SHA_DIGEST_LENGTH])
{
    SHA_CTX *running = &in_progress.running;

    if (SHA1_Update(running, bytes, (size_t)len) != 1 || SHA1_Final(digest, running) != 1)
        return false;
    *running = in_progress.states->outer;
    return SHA1_Update(running, digest, SHA_DIGEST_LENGTH) == 1
        && SHA1_Final(digest, running) == 1;
}

static srtp_err_status_t compute(void *state, const uint8_t *bytes, int len, int tag_len,
                                 uint8_t *tag)
{
    struct hmac *hmac = state;
    uint8_t digest[SHA_DIGEST_LENGTH];

    if (!hmac->started && start(state) != srtp_err_status_ok)
        return srtp_err_status_algo_fail;

    bool finished = in_progress.hmac == hmac && finish(bytes, len, digest);
    in_progress.hmac = NULL;
    hmac->started = false;
    if (!finished)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    memcpy(tag, digest, (size_t)tag_len);
    return srtp_err_status_ok;
}

const srtp_auth_type_t skf_hmac_sha1 = {
    .alloc = make,
    .dealloc = dealloc,
    .init = init,
    .compute = compute,
    .update = update,
    .start = start,
    .description = "HMAC-SHA1",
    .test_data = &hmac_sha1_vector,
    .id = SRTP_HMAC_SHA1,
};
