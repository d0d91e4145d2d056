/* srtp_keys.c - what passes from DTLS to SRTP, and how it is forgotten. */
#include <skiff/keys.h>

#include "base/memory.h"

void skiff_srtp_keys_wipe(skiff_srtp_keys *keys)
{
    if (keys != NULL)
        skf_wipe(keys, sizeof *keys);
}
