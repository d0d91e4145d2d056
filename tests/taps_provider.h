/* taps_provider.h - what a provider's table of ciphers may lack. The functions of AES in it
 * stand behind taps, as those of libcrypto do (faults.h). */
#ifndef TEST_TAPS_PROVIDER_H
#define TEST_TAPS_PROVIDER_H

#include <stdbool.h>

/* How the next tables are: without one function, with each cipher twice, not to be kept. */
struct provider_table {
    int without; /* OSSL_FUNC_CIPHER_..., 0 for none */
    bool twice, forbids_to_keep;
};

void taps_provider_table(struct provider_table table);

#endif
