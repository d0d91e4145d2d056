/* profile.h - what a protection profile defines: lengths, tags, ciphers. Knows no keys. */
#ifndef SKF_PROFILE_H
#define SKF_PROFILE_H

#include <skiff/keys.h>
#include <srtp2/srtp.h>

struct profile {
    skiff_srtp_profile id;
    uint8_t len;          /* bytes of master key and master salt */
    uint8_t rtp_trailer;  /* bytes that protecting adds: the tag */
    uint8_t rtcp_trailer; /* the tag, and 4 for E and index */
    bool aead;
    unsigned parts; /* of the kernel, those of the key derivation included */
    void (*rtp)(srtp_crypto_policy_t *policy);
    void (*rtcp)(srtp_crypto_policy_t *policy);
};

/* The profile of this number, or NULL. */
const struct profile *skf_profile(skiff_srtp_profile id);

#endif
