/* srtp_keys.c - the keys that pass from DTLS to SRTP, and how they are wiped. */
#include <skiff/keys.h>

#include "base/memory.h"

void skiff_srtp_keys_wipe(skiff_srtp_keys *keys)
{
    if (keys != NULL)
        skf_wipe(keys, sizeof *keys);
}
