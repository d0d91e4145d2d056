/* context.h - what the associations of one thread share. */
#ifndef SKF_CONTEXT_H
#define SKF_CONTEXT_H

#include "base/jitter.h"
#include "base/wheel.h"
#include "dtls/cookie.h"
#include "dtls/hellos.h"
#include "dtls/retry.h"
#include "dtls/room.h"

struct skiff_context {
    const skiff_allocator *memory;
    struct settings        settings;
    skiff_pool            *pool;
    struct skf_crypto     *crypto;
    uint8_t               *certificates[2];   /* the message of 1.2 and 1.3, encoded once */
    size_t                 certificate_lens[2];
    struct rooms           rooms;
    struct wheel           wheel;
    struct jitter          jitter;             /* of repetitions                          */
    struct hellos          hellos;
    struct cookies         cookies;
    struct retried         retried;
    uint8_t                ticket_key[TICKET_KEY];
    struct handshake       judging;            /* a hello for which nothing is kept       */
    uint32_t               handles;            /* made and not yet freed                  */
    bool                   claimed;            /* its owner alone makes handles,          */
    bool                   admits;             /* and makes one now                       */
};

#endif
