/* kernel.c - puts our types into libsrtp, and makes sure that sessions are made of them.
 * Knows no ciphers from inside. */
#include "srtp/kernel.h"

#include "srtp/cipher_kernel.h"

#include <pthread.h>

/* clang-format off */
static const struct {
    const srtp_cipher_type_t *type;
    srtp_cipher_type_id_t id;
} ciphers[] = {
    { &skf_icm_128, SRTP_AES_ICM_128 },
    { &skf_icm_192, SRTP_AES_ICM_192 },
    { &skf_icm_256, SRTP_AES_ICM_256 },
    { &skf_gcm_128, SRTP_AES_GCM_128 },
    { &skf_gcm_256, SRTP_AES_GCM_256 },
};
/* clang-format on */

enum { NUM_TYPES = sizeof ciphers / sizeof ciphers[0] };

/* libsrtp's list belongs to the process, so what guards it does too. */
static pthread_once_t install_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t reinstall_lock = PTHREAD_MUTEX_INITIALIZER;

/* Failures show when a session lacks our types: no status here can be trusted. */
static void install(void)
{
    srtp_init();
    for (size_t i = 0; i < NUM_TYPES; i++)
        srtp_replace_cipher_type(ciphers[i].type, ciphers[i].id);
    srtp_replace_auth_type(&skf_hmac_sha1, SRTP_HMAC_SHA1);
}

static void choose_and_install(void)
{
    skf_cipher_kernel_prepare();
    install();
}

/* Writes `session` on success alone. */
static srtp_err_status_t create_session(const srtp_policy_t *policy, unsigned parts,
                                        srtp_t *session)
{
    srtp_t fresh = NULL;

    skf_kernel_begin_session();
    srtp_err_status_t status = srtp_create(&fresh, policy);
    if (status != srtp_err_status_ok)
        skf_kernel_free_tracked();
    unsigned made_of = skf_kernel_end_session();
    if (status != srtp_err_status_ok)
        return status;
    if ((made_of & parts) != parts) {
        srtp_dealloc(fresh);
        return srtp_err_status_init_fail;
    }
    *session = fresh;
    return srtp_err_status_ok;
}

static srtp_err_status_t reinstall_and_create(const srtp_policy_t *policy, unsigned parts,
                                              srtp_t *session)
{
    pthread_mutex_lock(&reinstall_lock);
    /* Another thread may have been faster. */
    srtp_err_status_t status = create_session(policy, parts, session);
    if (status == srtp_err_status_init_fail) {
        install();
        status = create_session(policy, parts, session);
    }
    pthread_mutex_unlock(&reinstall_lock);
    return status;
}

void skf_kernel_prepare(void)
{
    pthread_once(&install_once, choose_and_install);
}

skiff_status skf_kernel_session(const srtp_policy_t *policy, unsigned parts,
                                srtp_t *session)
{
    skf_kernel_prepare();
    srtp_err_status_t status = create_session(policy, parts, session);
    if (status == srtp_err_status_init_fail)
        status = reinstall_and_create(policy, parts, session);
    (void)skf_kernel_pop_failure(); /* the status says enough */
    if (status == srtp_err_status_alloc_fail)
        return SKIFF_ERR_MEMORY;
    return status == srtp_err_status_ok ? SKIFF_OK : SKIFF_ERR_CRYPTO;
}
