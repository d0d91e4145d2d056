/* transport.c - DTLS-SRTP over one pair of addresses (RFC 5764): tells DTLS and media apart,
 * moves the keys from one to the other, and holds what comes too early. */
#include <skiff/transport.h>

#include "srtp/block.h"
#include "srtp/demux.h"
#include "srtp/hold.h"
#include "srtp/session.h"

enum {
    EARLY_MEDIA  = HOLD_MAX,     /* packets held until the keys come                          */
    EARLY_FLIGHT = 4             /* datagrams of DTLS held until the path is open             */
};

/* What a transport counts itself; the rest is counted by its DTLS end. */
struct media_counters {
    uint32_t rtp_opened, rtp_protected, rtcp_opened, rtcp_protected;
    uint32_t held_early, drop_early, drop_forged, drop_replayed, drop_media, drop_foreign;
};

struct skiff_transport {
    const skiff_allocator *memory;
    skiff_pool            *pool;
    skiff_dtls            *dtls;
    skiff_srtp            *srtp;              /* NULL before CONNECTED                        */
    skiff_srtp_config      config;
    void                  *user;
    bool                   path_is_open;
    skiff_status           ended;             /* OK until CLOSED or FAILED was said           */
    skiff_failure          failure;           /* why SRTP could not be set up                 */
    skiff_packet          *lent;              /* a held datagram that DTLS is looking at      */
    struct hold            flight, media;
    struct media_counters  counters;
};

/* --- making --------------------------------------------------------------------------- */

skiff_status skiff_transport_new(skiff_context *context, skiff_role role,
                                 const skiff_srtp_config *srtp, skiff_time now,
                                 skiff_transport **transport)
{
    if (context == NULL || transport == NULL || (srtp != NULL && srtp->size != sizeof *srtp))
        return SKIFF_ERR_ARGUMENT;

    const skiff_allocator *memory = skiff_context_memory(context);
    skiff_transport *made = skf_block_acquire(memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = memory;
    made->pool = skiff_context_pool(context);
    made->config = srtp != NULL ? *srtp : skiff_srtp_defaults();
    if (made->config.memory == NULL)
        made->config.memory = memory;
    made->path_is_open = true;

    skiff_status status = skiff_dtls_new(context, role, now, &made->dtls);
    if (status != SKIFF_OK) {
        skiff_transport_free(made);
        return status;
    }
    skiff_dtls_set_user(made->dtls, made);
    *transport = made;
    return SKIFF_OK;
}

void skiff_transport_free(skiff_transport *transport)
{
    if (transport == NULL)
        return;
    hold_give(&transport->flight);
    hold_give(&transport->media);
    skiff_packet_give(&transport->lent);
    skiff_srtp_free(transport->srtp);
    skiff_dtls_free(transport->dtls);
    skf_block_release(transport->memory, transport, sizeof *transport);
}

skiff_dtls *skiff_transport_dtls(skiff_transport *transport)
{
    return transport->dtls;
}

skiff_srtp *skiff_transport_srtp(skiff_transport *transport)
{
    return transport->srtp;
}

/* --- media ---------------------------------------------------------------------------- */

static bool is_rtcp(const skiff_packet *packet)
{
    return packet->len >= 2 && demux_is_rtcp(packet->data[1]);
}

static skiff_status open_media(skiff_transport *transport, skiff_packet *packet,
                               skiff_kind *kind)
{
    struct media_counters *counters = &transport->counters;
    bool rtcp = is_rtcp(packet);

    switch (skf_srtp_open(transport->srtp, packet)) {
    case SRTP_OPENED:
        *(rtcp ? &counters->rtcp_opened : &counters->rtp_opened) += 1;
        *kind = rtcp ? SKIFF_RTCP : SKIFF_RTP;
        return SKIFF_OK;
    case SRTP_FORGED:
        counters->drop_forged++;
        break;
    case SRTP_REPLAYED:
        counters->drop_replayed++;
        break;
    case SRTP_MALFORMED:
    case SRTP_CROWDED:
        counters->drop_media++;
        break;
    }
    return SKIFF_ERR_DROPPED;
}

static skiff_status receive_media(skiff_transport *transport, skiff_packet *packet,
                                  skiff_kind *kind)
{
    if (transport->srtp != NULL)
        return open_media(transport, packet, kind);
    if (!hold_copy(&transport->media, transport->pool, packet, EARLY_MEDIA)) {
        transport->counters.drop_early++;
        return SKIFF_ERR_DROPPED;
    }
    transport->counters.held_early++;
    return SKIFF_OK;
}

bool skiff_transport_next(skiff_transport *transport, skiff_packet **packet, skiff_kind *kind)
{
    skiff_packet *held;

    if (transport->srtp == NULL)
        return false;
    while ((held = hold_take(&transport->media)) != NULL) {
        if (open_media(transport, held, kind) == SKIFF_OK) {
            *packet = held;
            return true;
        }
        skiff_packet_give(&held);
    }
    return false;
}

static skiff_status counted(skiff_transport *transport, const skiff_packet *packet,
                            skiff_status status)
{
    if (status == SKIFF_OK)
        *(is_rtcp(packet) ? &transport->counters.rtcp_protected
                          : &transport->counters.rtp_protected) += 1;
    return status;
}

skiff_status skiff_transport_protect(skiff_transport *transport, skiff_packet *packet)
{
    if (transport->ended != SKIFF_OK || transport->srtp == NULL)
        return transport->ended != SKIFF_OK ? transport->ended : SKIFF_ERR_STATE;
    return counted(transport, packet, skiff_srtp_protect(transport->srtp, packet));
}

skiff_status skiff_transport_protect_to(skiff_transport *transport, const skiff_packet *plain,
                                        skiff_packet *out)
{
    if (transport->ended != SKIFF_OK || transport->srtp == NULL)
        return transport->ended != SKIFF_OK ? transport->ended : SKIFF_ERR_STATE;
    return counted(transport, out, skiff_srtp_protect_to(transport->srtp, plain, out));
}

/* --- DTLS ----------------------------------------------------------------------------- */

static skiff_status receive_dtls(skiff_transport *transport, skiff_time now,
                                 skiff_packet *packet)
{
    if (transport->path_is_open)
        return skiff_dtls_receive(transport->dtls, now, packet);
    if (hold_copy(&transport->flight, transport->pool, packet, EARLY_FLIGHT))
        return SKIFF_OK;
    transport->counters.drop_early++;
    return SKIFF_ERR_DROPPED;
}

skiff_status skiff_transport_receive(skiff_transport *transport, skiff_time now,
                                     skiff_packet *packet, skiff_kind *kind)
{
    if (packet == NULL || kind == NULL)
        return SKIFF_ERR_ARGUMENT;
    *kind = SKIFF_SPENT;
    if (transport->ended != SKIFF_OK)
        return transport->ended;
    switch (packet->len > 0 ? demux_first(packet->data[0]) : DEMUX_UNKNOWN) {
    case DEMUX_DTLS:
        return receive_dtls(transport, now, packet);
    case DEMUX_MEDIA:
        return receive_media(transport, packet, kind);
    case DEMUX_UNKNOWN:
    case DEMUX_STUN:
    case DEMUX_ZRTP:
    case DEMUX_TURN:
        break;
    }
    transport->counters.drop_foreign++;
    *kind = SKIFF_FOREIGN;
    return SKIFF_OK;
}

void skiff_transport_set_path(skiff_transport *transport, skiff_time now, bool open)
{
    (void)now;
    transport->path_is_open = open;
}

/* Lets DTLS look at the next held datagram; false when there is none. */
static bool lend_next(skiff_transport *transport, skiff_time now)
{
    skiff_packet_give(&transport->lent);
    transport->lent = hold_take(&transport->flight);
    return transport->lent != NULL
        && skiff_dtls_receive(transport->dtls, now, transport->lent) != SKIFF_ERR_ARGUMENT;
}

/* The keys go from one floor to the other, and are wiped here. */
static skiff_dtls_event set_up_srtp(skiff_transport *transport, skiff_time now)
{
    skiff_srtp_keys keys;
    skiff_status status = skiff_dtls_srtp_keys(transport->dtls, &keys);

    if (status == SKIFF_ERR_STATE) {                     /* none was agreed, and none needed */
        hold_give(&transport->media);
        return SKIFF_DTLS_CONNECTED;
    }
    if (status == SKIFF_OK) {
        status = skiff_srtp_new(&transport->config, &keys, &transport->srtp);
        skiff_srtp_keys_wipe(&keys);
    }
    if (status == SKIFF_OK)
        return SKIFF_DTLS_CONNECTED;
    transport->failure = (skiff_failure){ .status = status, .alert = -1,
                                          .what = "SRTP: the session could not be made",
                                          .spec = "RFC 5764 4.2" };
    skiff_dtls_close(transport->dtls, now);
    return SKIFF_DTLS_FAILED;
}

static skiff_dtls_event noted(skiff_transport *transport, skiff_dtls_event event)
{
    if (event == SKIFF_DTLS_CLOSED)
        transport->ended = SKIFF_ERR_CLOSED;
    if (event == SKIFF_DTLS_FAILED)
        transport->ended = SKIFF_ERR_FAILED;
    if (transport->ended != SKIFF_OK)
        hold_give(&transport->media);
    return event;
}

skiff_dtls_event skiff_transport_poll(skiff_transport *transport, skiff_time now,
                                      skiff_packet *packet, skiff_bytes *bytes)
{
    skiff_dtls_event event = SKIFF_DTLS_NOTHING;

    if (!transport->path_is_open)
        return event;
    do
        event = skiff_dtls_poll(transport->dtls, now, packet, bytes);
    while (event == SKIFF_DTLS_NOTHING && lend_next(transport, now));
    if (event == SKIFF_DTLS_CONNECTED)
        event = set_up_srtp(transport, now);
    return noted(transport, event);
}

skiff_time skiff_transport_deadline(const skiff_transport *transport)
{
    if (!transport->path_is_open)
        return SKIFF_NEVER;
    return transport->flight.count > 0 ? 0 : skiff_dtls_deadline(transport->dtls);
}

skiff_transport *skiff_transport_due(skiff_context *context, skiff_time now)
{
    skiff_dtls *dtls = skiff_dtls_due(context, now);

    return dtls != NULL ? skiff_dtls_user(dtls) : NULL;
}

/* --- looking at it -------------------------------------------------------------------- */

void skiff_transport_set_user(skiff_transport *transport, void *user)
{
    transport->user = user;
}

void *skiff_transport_user(const skiff_transport *transport)
{
    return transport->user;
}

void skiff_transport_failure(const skiff_transport *transport, skiff_failure *why, size_t size)
{
    if (transport->failure.status == SKIFF_OK)
        skiff_dtls_failure(transport->dtls, why, size);
    else
        memcpy(why, &transport->failure, size < sizeof *why ? size : sizeof *why);
}

void skiff_transport_counters(const skiff_transport *transport, skiff_counters *counters,
                              size_t size)
{
    const struct media_counters *media = &transport->counters;
    skiff_dtls_counters dtls;
    skiff_counters all = {
        .rtp_opened = media->rtp_opened, .rtp_protected = media->rtp_protected,
        .rtcp_opened = media->rtcp_opened, .rtcp_protected = media->rtcp_protected,
        .held_early = media->held_early, .drop_early = media->drop_early,
        .drop_forged = media->drop_forged, .drop_replayed = media->drop_replayed,
        .drop_media = media->drop_media, .drop_foreign = media->drop_foreign,
    };

    skiff_dtls_get_counters(transport->dtls, &dtls, sizeof dtls);
#define X(name, text) all.name = dtls.name;
    SKIFF_DTLS_COUNTER_LIST(X)
#undef X
    memcpy(counters, &all, size < sizeof all ? size : sizeof all);
}
