/* session.c - one SRTP and SRTCP session is made and freed. Knows no packets. */
#include "srtp/session_state.h"

#include "base/memory.h"
#include "srtp/cipher_kernel.h"
#include "srtp/kernel.h"

enum { WINDOW_DEFAULT = 128, WINDOW_MIN = 64, WINDOW_MAX = 0x7fff };

/* --- making --------------------------------------------------------------------------- */

static skiff_status open_direction(const skiff_srtp *srtp, const skiff_srtp_config *config,
                                   srtp_ssrc_type_t which, const uint8_t *key,
                                   struct srtp_direction *direction)
{
    srtp_policy_t policy = {
        .ssrc = { .type = which },
        .key = (unsigned char *)key, /* libsrtp reads it */
        .window_size = config->window != 0 ? config->window : WINDOW_DEFAULT,
        .allow_repeat_tx = config->allow_repeat && !srtp->profile->aead,
    };

    srtp->profile->rtp(&policy.rtp);
    srtp->profile->rtcp(&policy.rtcp);

    skiff_status status =
        skf_kernel_session(&policy, srtp->profile->parts, &direction->session);
    direction->cipher = skf_kernel_first_object();
    return status;
}

static skiff_status open_both(skiff_srtp *srtp, const skiff_srtp_config *config,
                              const skiff_srtp_keys *keys)
{
    skiff_status status =
        open_direction(srtp, config, ssrc_any_outbound, keys->ours, &srtp->sending);

    if (status != SKIFF_OK)
        return status;
    return open_direction(srtp, config, ssrc_any_inbound, keys->theirs, &srtp->receiving);
}

skiff_status skf_srtp_config_check(const skiff_srtp_config *config)
{
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_srtp_defaults sets");
    if (config->window != 0 && (config->window < WINDOW_MIN || config->window > WINDOW_MAX))
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "window: ", config->window,
                                      " is outside 64..32,767");
    return SKIFF_OK;
}

skiff_status skiff_srtp_new(const skiff_srtp_config *config, const skiff_srtp_keys *keys,
                            skiff_srtp **srtp)
{
    if (config == NULL || keys == NULL || srtp == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config, keys, srtp: must not be NULL");

    skiff_status status = skf_srtp_config_check(config);
    if (status != SKIFF_OK)
        return status;

    const struct profile *profile = skf_profile(keys->profile);
    if (profile == NULL || keys->len != profile->len)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "keys: no known profile, or a length that is not its");

    skiff_srtp *made = skf_acquire(config->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->incoming.memory = config->memory;
    made->profile = profile;

    status = open_both(made, config, keys);
    if (status != SKIFF_OK) {
        skiff_srtp_free(made);
        return status;
    }
    *srtp = made;
    return SKIFF_OK;
}

const char *skiff_srtp_kernel(void)
{
    skf_kernel_prepare();
    return skf_cipher_kernel()->name();
}

void skiff_srtp_free(skiff_srtp *srtp)
{
    if (srtp == NULL)
        return;
    if (srtp->sending.session != NULL)
        srtp_dealloc(srtp->sending.session);
    if (srtp->receiving.session != NULL)
        srtp_dealloc(srtp->receiving.session);
    skf_incoming_clear(&srtp->incoming);
    skf_release(srtp->incoming.memory, srtp, sizeof *srtp);
}
