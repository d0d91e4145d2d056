/* taps_provider.h - what a provider's table of ciphers may lack. The functions of AES in it
 * stand behind taps, as those of libcrypto do (faults.h). */
#ifndef TEST_TAPS_PROVIDER_H
#define TEST_TAPS_PROVIDER_H

#include <stdbool.h>

/* How the next tables are. */
struct provider_table {
    int without;       /* this function of AES, OSSL_FUNC_CIPHER_...; 0: with all */
    const char *twice; /* one more algorithm at the end, of this name alone; NULL: none */
    bool no_cache;
};

void taps_provider_table(struct provider_table table);

#endif
