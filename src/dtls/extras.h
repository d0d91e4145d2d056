/* extras.h - what a handle has only where its context asks for it. It lies behind the
 * handle in the same block, and costs nobody else a byte. */
#ifndef SKF_EXTRAS_H
#define SKF_EXTRAS_H

#include "dtls/association.h"
#include "dtls/context.h"
#include "dtls/ids.h"
#include "dtls/routability.h"
#include "dtls/wallet.h"

static inline size_t ids_size(const struct settings *settings)
{
    return settings->connection_ids ? sizeof(struct ids) : 0;
}

static inline size_t routability_size(const struct settings *settings)
{
    return settings->rrc != SKIFF_RRC_OFF ? sizeof(struct routability) : 0;
}

/* Only who may become a client has a wallet: that is settled when the handle is made. */
static inline size_t extras_size(const struct settings *settings, bool has_wallet)
{
    return ids_size(settings) + routability_size(settings)
         + (has_wallet ? sizeof(struct wallet) : 0);
}

/* NULL: its context has none. */
static inline struct ids *ids_of(const struct skiff_dtls *dtls)
{
    return dtls->context->settings.connection_ids ? (struct ids *)(dtls + 1) : NULL;
}

/* NULL: its context asks for no check, and so has none. Who has it has ids. */
static inline struct routability *routability_of(const struct skiff_dtls *dtls)
{
    struct ids *ids = ids_of(dtls);

    return dtls->context->settings.rrc != SKIFF_RRC_OFF ? (struct routability *)(ids + 1)
                                                        : NULL;
}

/* NULL: it has none. */
static inline struct wallet *wallet_of(const struct skiff_dtls *dtls)
{
    const struct settings *settings = &dtls->context->settings;
    uint8_t *behind =
        (uint8_t *)(dtls + 1) + ids_size(settings) + routability_size(settings);

    return dtls->has_wallet ? (struct wallet *)(void *)behind : NULL;
}

#endif
