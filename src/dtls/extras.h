/* extras.h - what a handle has only where its context asks for it. It lies behind the
 * handle in the same block, and costs nobody else a byte. */
#ifndef SKF_EXTRAS_H
#define SKF_EXTRAS_H

#include "dtls/association.h"
#include "dtls/context.h"
#include "dtls/ids.h"

static inline size_t extras_size(const struct settings *settings)
{
    return settings->connection_ids ? sizeof(struct ids) : 0;
}

/* NULL: its context has none. */
static inline struct ids *ids_of(const struct skiff_dtls *dtls)
{
    return dtls->context->settings.connection_ids ? (struct ids *)(dtls + 1) : NULL;
}

#endif
