/* us.h - who we are in somebody else's program: an identity, a pool and a context. */
#ifndef US_H
#define US_H

#include <skiff/context.h>

typedef struct us {
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_fingerprint fingerprint;
} us;

static inline bool us_begin(us *all)
{
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_context_config context = skiff_context_defaults();

    if (skiff_pool_new(&pool, &all->pool) != SKIFF_OK
        || skiff_identity_generate(0, 1, &all->identity) != SKIFF_OK)
        return false;
    skiff_identity_fingerprint(all->identity, &all->fingerprint);
    context.identity = all->identity;
    context.pool = all->pool;
    return skiff_context_new(&context, &all->context) == SKIFF_OK;
}

static inline void us_end(us *all)
{
    skiff_context_free(all->context);
    skiff_identity_free(all->identity);
    skiff_pool_free(all->pool);
}

#endif
