/* optional_state.h - what a handle has only if its context wants it. It lies behind the
 * handle in the same block, and costs other handles nothing. */
#ifndef SKF_OPTIONAL_STATE_H
#define SKF_OPTIONAL_STATE_H

#include "association/association_state.h"
#include "association/context.h"
#include "association/routability.h"
#include "handshake/connection_ids.h"
#include "handshake/ticket_store.h"

static inline size_t cids_size(const struct settings *settings)
{
    return settings->connection_ids ? sizeof(struct cids) : 0;
}

static inline size_t routability_size(const struct settings *settings)
{
    return settings->rrc != SKIFF_RRC_OFF ? sizeof(struct routability) : 0;
}

/* Only a handle that may become a client has a ticket store: that is decided when it is
 * made. */
static inline size_t optional_size(const struct settings *settings, bool has_ticket_store)
{
    return cids_size(settings) + routability_size(settings)
         + (has_ticket_store ? sizeof(struct ticket_store) : 0);
}

/* NULL: its context has none. */
static inline struct cids *cids_of(const struct skiff_dtls *dtls)
{
    return dtls->context->settings.connection_ids ? (struct cids *)(dtls + 1) : NULL;
}

/* NULL: its context wants no check. A handle with the check has connection ids. */
static inline struct routability *routability_of(const struct skiff_dtls *dtls)
{
    struct cids *cids = cids_of(dtls);

    return dtls->context->settings.rrc != SKIFF_RRC_OFF ? (struct routability *)(cids + 1)
                                                        : NULL;
}

/* NULL: the two ends have not agreed on the check. */
static inline struct routability *routability_if_agreed(const struct skiff_dtls *dtls)
{
    const struct cids *cids = cids_of(dtls);

    return cids != NULL && cids->negotiated && cids->rrc ? routability_of(dtls) : NULL;
}

/* NULL: it has none. */
static inline struct ticket_store *ticket_store_of(const struct skiff_dtls *dtls)
{
    const struct settings *settings = &dtls->context->settings;
    uint8_t *behind =
        (uint8_t *)(dtls + 1) + cids_size(settings) + routability_size(settings);

    return dtls->has_ticket_store ? (struct ticket_store *)(void *)behind : NULL;
}

#endif
