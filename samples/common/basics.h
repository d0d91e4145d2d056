/* basics.h - what each program has before its first association: an identity, packets, and
 * a context with the settings of DTLS. A thread needs one of each, or one identity for all.
 */
#ifndef SAMPLES_BASICS_H
#define SAMPLES_BASICS_H

#include "errors.h"

#include <skiff/context.h>

#include <time.h>

struct basics {
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
};

/* Makes them. False: a line says why, and basics_close frees what is there. The defaults
 * are right for WebRTC: DTLS 1.3 with a peer that has it, and else 1.2. */
static inline bool basics_open(struct basics *basics, bool without_media)
{
    skiff_context_config context = skiff_context_defaults();
    skiff_pool_config pool = skiff_pool_defaults();

    *basics = (struct basics){ 0 };
    if (!worked(skiff_identity_generate((int64_t)time(NULL), 30, &basics->identity),
                "the certificate, for 30 days")
        || !worked(skiff_pool_new(&pool, &basics->pool), "the pool of packets"))
        return false;
    context.identity = basics->identity;
    context.pool = basics->pool;
    context.media_optional = without_media;
    return worked(skiff_context_new(&context, &basics->context), "the context");
}

/* All that was made with the context is gone, and all packets are released. */
static inline void basics_close(struct basics *basics)
{
    skiff_context_free(basics->context);
    skiff_pool_free(basics->pool);
    skiff_identity_free(basics->identity);
}

/* Our fingerprint as text, for the other end. */
static inline void own_fingerprint(const struct basics *basics,
                                   char text[SKIFF_FINGERPRINT_TEXT])
{
    skiff_fingerprint own;

    skiff_identity_fingerprint(basics->identity, &own);
    skiff_fingerprint_format(&own, text);
}

static inline void print_fingerprint(const char *before, const skiff_fingerprint *print)
{
    char text[SKIFF_FINGERPRINT_TEXT];

    skiff_fingerprint_format(print, text);
    fprintf(stderr, "%s %s\n", before, text);
}

static inline void print_own_fingerprint(const struct basics *basics)
{
    skiff_fingerprint own;

    skiff_identity_fingerprint(basics->identity, &own);
    print_fingerprint("this end is", &own);
}

#endif
