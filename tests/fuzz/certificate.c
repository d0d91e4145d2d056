/* certificate.c - the walk through a certificate. What it accepts must hold together. */
#include <stdlib.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds_together(const struct skf_public_key *key)
{
    switch (key->kind) {
    case KEY_P256:
        return key->len == 65 && key->bytes[0] == 4;
    case KEY_P384:
        return key->len == 97 && key->bytes[0] == 4;
    case KEY_RSA:
        return key->len >= 256 && key->len <= 512 && key->exponent % 2 == 1;
    case KEY_NONE:
        break;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct skf_public_key key;
    const char *why = NULL;

    if (skf_certificate_key((skiff_bytes){ data, size }, &key, &why) ? !holds_together(&key)
                                                                     : why == NULL)
        abort();
    return 0;
}
