/* skiff-srtp.c - somebody else's program, on the transport. */
#include <skiff/skiff.h>

int main(void)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = { .profile = SKIFF_SRTP_AEAD_AES_128_GCM, .len = 28 };
    skiff_srtp *srtp = NULL;
    skiff_status status = skiff_srtp_new(&config, &keys, &srtp);

    skiff_srtp_free(srtp);
    return status == SKIFF_OK && skiff_version() == SKIFF_VERSION ? 0 : 1;
}
