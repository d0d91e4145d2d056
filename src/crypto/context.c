/* context.c - what one context keeps ready for every record and handshake. */
#include "base/memory.h"
#include "crypto/internal.h"

skiff_status skf_crypto_new(const skiff_allocator *memory, const skiff_identity *identity,
                            struct skf_crypto **crypto)
{
    struct skf_crypto *made = skf_acquire(memory, sizeof *made);

    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = memory;
    made->identity = identity;

    bool ready = skf_groups_new(memory, identity, &made->groups) && skf_aead_prepare(made)
              && skf_mask_prepare(made);
    if (!clear_errors(ready)) {
        skiff_status status = made->groups == NULL ? SKIFF_ERR_MEMORY : SKIFF_ERR_CRYPTO;
        skf_crypto_free(made);
        return status;
    }
    *crypto = made;
    return SKIFF_OK;
}

bool skf_crypto_has_failed(const struct skf_crypto *crypto)
{
    return crypto->has_failed;
}

void skf_crypto_free(struct skf_crypto *crypto)
{
    if (crypto == NULL)
        return;
    skf_mask_forget(crypto);
    skf_aead_forget(crypto);
    skf_groups_free(crypto->memory, crypto->groups);
    skf_release(crypto->memory, crypto, sizeof *crypto);
}
