/* keying.c - how keys go from DTLS to SRTP. */
#include "srtp/keying.h"

static bool a_profile_was_agreed(const skiff_dtls *dtls)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(dtls, &info, sizeof info);
    return info.srtp_profile != 0;
}

skiff_status skf_keying_make_session(const skiff_dtls *dtls,
                                     const skiff_srtp_config *config, skiff_srtp **srtp)
{
    skiff_srtp_keys keys = { 0 };

    *srtp = NULL;
    if (!a_profile_was_agreed(dtls)) /* and none was needed */
        return SKIFF_OK;

    skiff_status status = skiff_dtls_srtp_keys(dtls, &keys);
    if (status == SKIFF_OK)
        status = skiff_srtp_new(config, &keys, srtp);
    skiff_srtp_keys_wipe(&keys);
    return status;
}

skiff_failure skf_keying_failure(skiff_status status)
{
    return (skiff_failure){ .status = status,
                            .alert = -1,
                            .what = "SRTP: the session could not be made",
                            .spec = "RFC 5764 4.2" };
}
