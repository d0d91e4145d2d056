/* prefetch.c - what media touches of many transports comes into the caches together. A miss
 * takes as long as hundreds of instructions, but many can be under way at once: so each
 * step is for all transports, and the next step finds what the last one has fetched.
 * Changes nothing, and knows no packets. */
#include "srtp/transport_state.h"

#include "srtp/session_state.h"

enum { AT_ONCE = 32, LINE = 64, CIPHER = 128 };

static void fetch(const void *object, size_t size)
{
    const char *at = object;

    for (size_t i = 0; i < size; i += LINE)
        __builtin_prefetch(at + i);
    __builtin_prefetch(at + size - 1);
}

/* libsrtp's state is behind a pointer that is libsrtp's own, so only its calls get there.
 * This one reads the list of streams as far as the stream that was used last. */
static void touch_stream(const skiff_srtp *srtp, skiff_direction direction)
{
    const struct incoming_ssrc *last = skf_incoming_last(&srtp->incoming);
    uint32_t roc;

    if (direction == SKIFF_OUTGOING)
        (void)srtp_get_stream_roc(srtp->sending.session, srtp->last_sent, &roc);
    else if (last != NULL)
        (void)srtp_get_stream_roc(srtp->receiving.session, last->ssrc, &roc);
}

/* The keys of its streams, too: this call reads those of all of them. */
static void touch_keys(const skiff_srtp *srtp)
{
    uint32_t len;

    if (srtp->incoming.num <= INCOMING_INLINE)
        (void)srtp_get_protect_trailer_length(srtp->receiving.session, false, 0, &len);
}

/* libsrtp allocates what else it needs of a key right after the cipher. */
static void fetch_session(const skiff_srtp *srtp, skiff_direction direction)
{
    const struct srtp_direction *side =
        direction == SKIFF_OUTGOING ? &srtp->sending : &srtp->receiving;

    fetch(side->session, 1);
    fetch(side->cipher, CIPHER);
}

static void fetch_some(skiff_transport *const *transports, size_t num,
                       skiff_direction direction)
{
    const skiff_srtp *all[AT_ONCE];
    size_t ready = 0;

    for (size_t i = 0; i < num; i++)
        fetch(transports[i], TRANSPORT_HOT);
    for (size_t i = 0; i < num; i++) {
        const skiff_srtp *srtp = transports[i]->srtp;
        if (srtp == NULL)
            continue;
        fetch(srtp, SRTP_HOT);
        all[ready++] = srtp;
    }
    for (size_t i = 0; direction == SKIFF_INCOMING && i < num; i++)
        (void)skiff_dtls_newest(transports[i]->dtls);
    for (size_t i = 0; i < ready; i++)
        fetch_session(all[i], direction);
    for (size_t i = 0; i < ready; i++)
        touch_stream(all[i], direction);
    for (size_t i = 0; direction == SKIFF_INCOMING && i < ready; i++)
        touch_keys(all[i]);
}

void skiff_transport_prefetch(skiff_transport *const *transports, size_t num,
                              skiff_direction direction)
{
    for (size_t i = 0; i < num; i += AT_ONCE)
        fetch_some(transports + i, num - i < AT_ONCE ? num - i : AT_ONCE, direction);
}
