/* context.h - what the associations of one thread share. */
#ifndef SKF_CONTEXT_H
#define SKF_CONTEXT_H

#include "association/cookie.h"
#include "association/handshake_slot.h"
#include "association/partial_hellos.h"
#include "base/jitter.h"
#include "base/wheel.h"
#include "handshake/retry_cookie.h"

struct skiff_context {
    const skiff_allocator *memory;
    struct settings settings;
    skiff_pool *pool;
    struct skf_crypto *crypto;
    uint8_t *certificates[2]; /* the message of 1.2 and 1.3, encoded once */
    size_t certificate_lens[2];
    struct handshake_slots slots;
    struct wheel wheel;
    struct jitter jitter; /* of repetitions */
    struct partial_hellos partial_hellos;
    struct cookies cookies;
    struct verified_cookie verified_cookie;
    uint8_t ticket_key[TICKET_KEY];
    struct handshake judging; /* of a hello whose sender has no handle */
    uint32_t handles;         /* made and not yet freed */
    bool claimed;             /* only its port makes handles */
    bool admits;              /* that port makes one now */
};

#endif
