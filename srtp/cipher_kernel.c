/* cipher_kernel.c - which kernel computes: chooses it once in a process. */
#include "srtp/cipher_kernel.h"

/* The process's, as libsrtp's list of types is. */
static const struct cipher_kernel *chosen = &skf_libcrypto;
static const struct cipher_kernel *current = &skf_libcrypto;

unsigned skf_cipher_key_len(enum cipher cipher)
{
    static const uint8_t lens[NUM_CIPHERS] = {
        [CIPHER_CTR_128] = 16, [CIPHER_CTR_192] = 24, [CIPHER_CTR_256] = 32,
        [CIPHER_GCM_128] = 16, [CIPHER_GCM_256] = 32,
    };

    return lens[cipher];
}

void skf_cipher_kernel_prepare(void)
{
    skf_libcrypto_prepare();
    current = chosen;
}

const struct cipher_kernel *skf_cipher_kernel(void)
{
    return current;
}

void skf_cipher_kernel_use(const struct cipher_kernel *kernel)
{
    current = kernel != NULL ? kernel : chosen;
}
