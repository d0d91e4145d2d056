/* provider.c - the kernel by the functions of a provider, where EVP is called or there are
 * no providers. */
#include "srtp/cipher_kernel.h"

const struct cipher_kernel *skf_provider_kernel(void)
{
    return NULL;
}
