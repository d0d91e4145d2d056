/* ipsec_mb.c - the kernel by libipsec-mb, where it is not built in. */
#include "srtp/cipher_kernel.h"

const struct cipher_kernel *skf_ipsec_mb(void)
{
    return NULL;
}
