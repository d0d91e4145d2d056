/* profile.c - the four profiles (RFC 5764 4.1.2, RFC 7714 14.2). */
#include "srtp/profile.h"

#include "srtp/kernel_objects.h"

enum {
    CM_128 = KERNEL_ICM_128 | KERNEL_HMAC_SHA1,
    GCM_128 = KERNEL_GCM_128 | KERNEL_ICM_128, /* keys are derived in counter mode */
    GCM_256 = KERNEL_GCM_256 | KERNEL_ICM_256
};

#define CM_80  srtp_crypto_policy_set_rtp_default
#define CM_32  srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32
#define AEAD_1 srtp_crypto_policy_set_aes_gcm_128_16_auth
#define AEAD_2 srtp_crypto_policy_set_aes_gcm_256_16_auth

/* clang-format off */
static const struct profile profiles[] = {
    /* number                       key+salt  rtp    rtcp  aead   parts    rtp     rtcp */
    { SKIFF_SRTP_AES128_CM_SHA1_80, 16 + 14,  10, 10 + 4, false, CM_128,  CM_80,  CM_80  },
    { SKIFF_SRTP_AES128_CM_SHA1_32, 16 + 14,   4, 10 + 4, false, CM_128,  CM_32,  CM_80  },
    { SKIFF_SRTP_AEAD_AES_128_GCM,  16 + 12,  16, 16 + 4, true,  GCM_128, AEAD_1, AEAD_1 },
    { SKIFF_SRTP_AEAD_AES_256_GCM,  32 + 12,  16, 16 + 4, true,  GCM_256, AEAD_2, AEAD_2 },
};
/* clang-format on */

const struct profile *skf_profile(skiff_srtp_profile id)
{
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (profiles[i].id == id)
            return &profiles[i];
    return NULL;
}
