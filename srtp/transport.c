/* transport.c - DTLS-SRTP over one pair of addresses (RFC 5764): separates DTLS from media,
 * passes the keys from one to the other, and holds media that arrives before them. */
#include "srtp/transport_state.h"

#include <skiff/demux.h>

#include "base/memory.h"
#include "srtp/kernel.h"
#include "srtp/keying.h"
#include "srtp/renewal.h"
#include "srtp/transport_trace.h"

/* --- making --------------------------------------------------------------------------- */

static bool is_traced(const skiff_context *context)
{
    void *user;

    return skiff_context_trace(context, &user) != NULL;
}

skiff_status skiff_transport_new(skiff_context *context, skiff_role role,
                                 const skiff_srtp_config *srtp, skiff_time now,
                                 skiff_transport **transport)
{
    if (context == NULL || transport == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context, transport: must not be NULL");

    skiff_status status = srtp != NULL ? skf_srtp_config_check(srtp) : SKIFF_OK;
    if (status != SKIFF_OK)
        return status;

    skf_kernel_prepare(); /* too slow for the middle of a handshake */
    const skiff_allocator *memory = skiff_context_memory(context);
    skiff_transport *made = skf_acquire(memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->context = context;
    made->is_traced = is_traced(context);
    made->config = srtp != NULL ? *srtp : skiff_srtp_defaults();
    if (made->config.memory == NULL)
        made->config.memory = memory;

    status = skiff_dtls_new(context, role, now, &made->dtls);
    if (status != SKIFF_OK) {
        skf_release(memory, made, sizeof *made);
        return status;
    }
    skiff_dtls_set_user(made->dtls, made);
    skf_transport_trace(made, now, &(skiff_trace){ .event = SKIFF_TRACE_NEW });
    *transport = made;
    return SKIFF_OK;
}

void skiff_transport_free(skiff_transport *transport)
{
    if (transport == NULL)
        return;
    skf_renewal_end(transport, 0);
    skf_early_media_release(&transport->early);
    skiff_srtp_free(transport->srtp);
    skiff_dtls_free(transport->dtls);
    skf_transport_trace(transport, 0, &(skiff_trace){ .event = SKIFF_TRACE_FREED });
    skf_release(skiff_context_memory(transport->context), transport, sizeof *transport);
}

skiff_dtls *skiff_transport_dtls(skiff_transport *transport)
{
    return transport->dtls;
}

skiff_srtp *skiff_transport_srtp(skiff_transport *transport)
{
    return transport->srtp;
}

/* --- media that arrives --------------------------------------------------------------- */

static bool is_rtcp(const skiff_packet *packet)
{
    return packet->len >= 2 && skiff_is_rtcp(packet->data[1]);
}

static inline skiff_status count_opened(skiff_transport *transport, skiff_time now,
                                        bool rtcp, enum srtp_opening opening,
                                        skiff_kind *kind)
{
    struct media_counters *counters = &transport->counters;

    switch (opening) {
    case SRTP_OPENED:
        *(rtcp ? &counters->rtcp_opened : &counters->rtp_opened) += 1;
        *kind = rtcp ? SKIFF_RTCP : SKIFF_RTP;
        return SKIFF_OK;
    case SRTP_FORGED:
        TRANSPORT_DROP(transport, drop_forged, 1, now);
        break;
    case SRTP_REPLAYED:
        TRANSPORT_DROP(transport, drop_replayed, 1, now);
        break;
    case SRTP_MALFORMED:
        TRANSPORT_DROP(transport, drop_media, 1, now);
        break;
    case SRTP_SSRC_REFUSED:
        TRANSPORT_DROP(transport, drop_ssrc_refused, 1, now);
        break;
    case SRTP_FAILED:
        TRANSPORT_DROP(transport, drop_failed_media, 1, now);
        break;
    }
    return SKIFF_ERR_DROPPED;
}

static skiff_status open_media(skiff_transport *transport, skiff_time now,
                               skiff_packet *packet, skiff_kind *kind)
{
    bool rtcp = is_rtcp(packet);

    return count_opened(transport, now, rtcp, skf_srtp_open(transport->srtp, packet), kind);
}

static bool hold_media(skiff_transport *transport, const skiff_packet *packet)
{
    skiff_pool *pool = skiff_context_pool(transport->context);

    if (!skf_early_media_copy(&transport->early, pool, packet))
        return false;
    transport->counters.held_early++;
    return true;
}

/* The peer may use the keys of a renewal before we have them. */
static skiff_status open_either(skiff_transport *transport, skiff_time now,
                                skiff_packet *packet, skiff_kind *kind)
{
    bool rtcp = is_rtcp(packet);
    bool awaits = skf_renewal_awaits_keys(transport);
    enum srtp_opening opening = skf_renewal_open(transport, now, packet);

    if (awaits && (opening == SRTP_FORGED || opening == SRTP_REPLAYED)
        && hold_media(transport, packet))
        return SKIFF_OK;
    return count_opened(transport, now, rtcp, opening, kind);
}

static skiff_status receive_media(skiff_transport *transport, skiff_time now,
                                  skiff_packet *packet, skiff_kind *kind)
{
    if (transport->keys == KEYS_READY)
        return open_media(transport, now, packet, kind);
    if (transport->keys == KEYS_BOTH)
        return open_either(transport, now, packet, kind);
    if (transport->keys == KEYS_PENDING && hold_media(transport, packet))
        return SKIFF_OK;
    TRANSPORT_DROP(transport, drop_early, 1, now);
    return SKIFF_ERR_DROPPED;
}

static bool keys_are_ready(const skiff_transport *transport)
{
    return transport->keys == KEYS_READY || transport->keys == KEYS_BOTH;
}

static void expire_early_media(skiff_transport *transport, skiff_time now)
{
    if (transport->early.count == 0 || !keys_are_ready(transport)
        || now < transport->early_until)
        return;
    TRANSPORT_DROP(transport, drop_early, transport->early.count, now);
    skf_early_media_release(&transport->early);
}

skiff_status skiff_transport_receive(skiff_transport *transport, skiff_time now,
                                     skiff_packet *packet, skiff_kind *kind)
{
    if (packet == NULL || kind == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "packet, kind: must not be NULL");
    if (packet->len > packet->limit)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "packet: len is over limit");
    *kind = SKIFF_CONSUMED;
    if (transport->end_status != SKIFF_OK)
        return transport->end_status;
    expire_early_media(transport, now);
    switch (packet->len > 0 ? skiff_protocol_of(packet->data[0]) : SKIFF_PROTOCOL_NONE) {
    case SKIFF_PROTOCOL_DTLS:
        return transport->renewal == NULL ? skiff_dtls_receive(transport->dtls, now, packet)
                                          : skf_renewal_receive(transport, now, packet);
    case SKIFF_PROTOCOL_MEDIA:
        return receive_media(transport, now, packet, kind);
    case SKIFF_PROTOCOL_NONE:
    case SKIFF_PROTOCOL_STUN:
    case SKIFF_PROTOCOL_ZRTP:
    case SKIFF_PROTOCOL_TURN:
        break;
    }
    TRANSPORT_DROP(transport, drop_other, 1, now);
    *kind = SKIFF_OTHER;
    return SKIFF_OK;
}

bool skiff_transport_take_held(skiff_transport *transport, skiff_packet **packet,
                               skiff_kind *kind)
{
    skiff_packet *held;

    if (!keys_are_ready(transport)
        || (transport->renewal != NULL && skf_renewal_is_under_way(transport)))
        return false;
    while ((held = skf_early_media_take(&transport->early)) != NULL) {
        if (open_media(transport, held->arrived, held, kind) == SKIFF_OK) {
            *packet = held;
            return true;
        }
        skiff_packet_release(&held);
    }
    return false;
}

/* --- media that leaves ---------------------------------------------------------------- */

static skiff_status may_protect(const skiff_transport *transport)
{
    if (transport->end_status != SKIFF_OK)
        return transport->end_status;
    if (!keys_are_ready(transport))
        return skiff_fault_set(SKIFF_ERR_STATE, "media: there are no keys of SRTP");
    return SKIFF_OK;
}

static skiff_status count_protected(skiff_transport *transport, const skiff_packet *packet,
                                    skiff_status status)
{
    struct media_counters *counters = &transport->counters;

    if (status == SKIFF_OK)
        *(is_rtcp(packet) ? &counters->rtcp_protected : &counters->rtp_protected) += 1;
    return status;
}

skiff_status skiff_transport_protect(skiff_transport *transport, skiff_packet *packet)
{
    skiff_status status = may_protect(transport);

    if (status != SKIFF_OK)
        return status;
    return count_protected(transport, packet, skiff_srtp_protect(transport->srtp, packet));
}

skiff_status skiff_transport_protect_to(skiff_transport *transport,
                                        const skiff_packet *plain, skiff_packet *out)
{
    skiff_status status = may_protect(transport);

    if (status != SKIFF_OK)
        return status;
    return count_protected(transport, out,
                           skiff_srtp_protect_to(transport->srtp, plain, out));
}

/* --- DTLS ----------------------------------------------------------------------------- */

void skiff_transport_set_path(skiff_transport *transport, skiff_time now, bool open)
{
    skiff_dtls *renewal = skiff_transport_renewal(transport);

    transport->path_is_closed = !open;
    skiff_dtls_set_path(transport->dtls, now, open);
    if (renewal != NULL)
        skiff_dtls_set_path(renewal, now, open);
}

static skiff_dtls_event set_up_media(skiff_transport *transport, skiff_time now)
{
    skiff_status status =
        skf_keying_make_session(transport->dtls, &transport->config, &transport->srtp);

    transport->keys = KEYS_NONE;
    if (status == SKIFF_OK && transport->srtp == NULL) {
        skf_early_media_release(&transport->early);
        return SKIFF_DTLS_CONNECTED;
    }
    if (status == SKIFF_OK) {
        transport->keys = KEYS_READY;
        transport->early_until = now + SKIFF_MSEC(1000 * EARLY_MEDIA_HELD_S);
        skf_transport_trace_session(transport, now, transport->dtls);
        return SKIFF_DTLS_CONNECTED;
    }
    transport->failure = skf_keying_failure(status);
    skf_transport_trace(transport, now,
                        &(skiff_trace){ .event = SKIFF_TRACE_FAILED,
                                        .what = transport->failure.what,
                                        .type = (uint32_t)transport->failure.alert });
    skiff_dtls_close(transport->dtls, now);
    return SKIFF_DTLS_FAILED;
}

static void end_transport(skiff_transport *transport, skiff_time now,
                          skiff_status end_status)
{
    transport->end_status = end_status;
    skf_renewal_end(transport, now);
    skf_early_media_release(&transport->early);
}

/* A close of ours is no event: it takes effect once poll has sent it. */
static bool we_have_closed(const skiff_transport *transport)
{
    skiff_failure failure;

    skiff_dtls_failure(transport->dtls, &failure, sizeof failure);
    return transport->end_status == SKIFF_OK && failure.status == SKIFF_ERR_CLOSED;
}

/* While a renewal is under way, hellos belong to it, and are no reason for another: see
 * receive_by_both. */
static skiff_dtls_event poll_old(skiff_transport *transport, skiff_time now,
                                 skiff_packet *packet, skiff_bytes *bytes)
{
    skiff_dtls_event event;

    do
        event = skiff_dtls_poll(transport->dtls, now, packet, bytes);
    while (event == SKIFF_DTLS_HELLO && transport->renewal != NULL
           && skf_renewal_is_under_way(transport));
    return event;
}

skiff_dtls_event skiff_transport_poll(skiff_transport *transport, skiff_time now,
                                      skiff_packet *packet, skiff_bytes *bytes)
{
    skiff_dtls_event event = poll_old(transport, now, packet, bytes);

    expire_early_media(transport, now);
    if (event == SKIFF_DTLS_CONNECTED)
        event = set_up_media(transport, now);
    if (event == SKIFF_DTLS_CLOSED
        || (event == SKIFF_DTLS_NOTHING && we_have_closed(transport)))
        end_transport(transport, now, SKIFF_ERR_CLOSED);
    if (event == SKIFF_DTLS_FAILED)
        end_transport(transport, now, SKIFF_ERR_FAILED);
    if (event == SKIFF_DTLS_MOVED && transport->renewal != NULL)
        skf_renewal_follow(transport, now);
    if (event == SKIFF_DTLS_NOTHING && transport->renewal != NULL)
        event = skf_renewal_poll(transport, now, packet, bytes);
    return event;
}

skiff_time skiff_transport_deadline(const skiff_transport *transport)
{
    skiff_time due = skiff_dtls_deadline(transport->dtls);
    skiff_time renewal =
        transport->renewal != NULL ? skf_renewal_deadline(transport) : SKIFF_NEVER;

    return due < renewal ? due : renewal;
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

void skiff_transport_failure(const skiff_transport *transport, skiff_failure *failure,
                             size_t size)
{
    if (transport->failure.status == SKIFF_OK || transport->failure_is_of_renewal)
        skiff_dtls_failure(transport->dtls, failure, size);
    else
        memcpy(failure, &transport->failure,
               size < sizeof *failure ? size : sizeof *failure);
}

uint32_t skiff_transport_newest(const skiff_transport *transport)
{
    return transport_newest(transport);
}

void skiff_transport_get_counters(const skiff_transport *transport,
                                  skiff_counters *counters, size_t size)
{
    skiff_dtls_counters dtls;
    skiff_counters all;

    skiff_dtls_get_counters(transport->dtls, &dtls, sizeof dtls);
#define X(name, text) all.name = dtls.name;
    SKIFF_DTLS_COUNTER_LIST(X)
#undef X
#define X(name, text) all.name = transport->counters.name;
    SKIFF_MEDIA_COUNTER_LIST(X)
#undef X
    memcpy(counters, &all, size < sizeof all ? size : sizeof all);
}
