/* renewal_poll.c - what a renewal sends and reports, and when it replaces the current
 * association. */
#include "srtp/renewal_state.h"

#include "srtp/keying.h"
#include "srtp/transport_trace.h"

/* --- what is sent and reported -------------------------------------------------------- */

static skiff_dtls_event renewal_failed(skiff_transport *transport, skiff_time now)
{
    const struct renewal *renewal = transport->renewal;

    transport->failure_is_of_renewal = true;
    if (renewal->failure.status != SKIFF_OK)
        transport->failure = renewal->failure;
    else
        skiff_dtls_failure(renewal->dtls, &transport->failure, sizeof transport->failure);
    skf_transport_trace(transport, now,
                        &(skiff_trace){ .event = SKIFF_TRACE_NOT_RENEWED,
                                        .what = transport->failure.what,
                                        .type = (uint32_t)transport->failure.alert });
    skf_renewal_abandon(transport, now);
    return SKIFF_DTLS_NOT_RENEWED;
}

/* On an error the peer gets an alert: for the peer the new association may be the current
 * one already. */
static void make_srtp(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;
    skiff_status status =
        skf_keying_make_session(renewal->dtls, &transport->config, &renewal->srtp);

    renewal->stage = RENEWAL_UNCONFIRMED;
    if (status == SKIFF_OK && renewal->srtp != NULL)
        skf_transport_trace_session(transport, now, renewal->dtls);
    if (status == SKIFF_OK)
        return;
    renewal->failure = skf_keying_failure(status);
    skiff_dtls_close(renewal->dtls, now);
}

/* Nothing shows whether the server has changed to the new association. If it has, the alert
 * tells it that we have not. */
static void fail_unconfirmed(struct renewal *renewal, skiff_time now)
{
    renewal->failure = (skiff_failure){
        .status = SKIFF_ERR_FAILED,
        .alert = -1,
        .what = "handshake: the server did not acknowledge the last flight",
        .spec = "RFC 9147 5.8.1",
    };
    skiff_dtls_close(renewal->dtls, now);
}

static bool was_never_confirmed(const struct renewal *renewal)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(renewal->dtls, &info, sizeof info);
    return renewal->stage == RENEWAL_UNCONFIRMED && renewal->failure.status == SKIFF_OK
        && info.never_confirmed && !renewal->new_keys_opened;
}

static bool is_confirmed(const struct renewal *renewal)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(renewal->dtls, &info, sizeof info);
    return renewal->stage == RENEWAL_UNCONFIRMED
        && (info.confirmed || renewal->new_keys_opened);
}

static enum media_keys keys_of(const skiff_srtp *now, const skiff_srtp *before)
{
    if (now == NULL)
        return KEYS_NONE;
    return before != NULL ? KEYS_BOTH : KEYS_READY;
}

/* RFC 6347 section 4.2.8: there must be no doubt between two valid associations. So the old
 * one ends at once; only its SRTP session stays, for late media (RFC 5764 section 5.2). */
static skiff_dtls_event replace(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;
    uint32_t newest = transport_newest(transport);
    skiff_srtp *before = transport->srtp;

    skiff_dtls_free(transport->dtls);
    transport->dtls = renewal->dtls;
    renewal->dtls = NULL;
    transport->srtp = renewal->srtp;
    renewal->srtp = NULL;
    skiff_srtp_free(renewal->old_srtp);
    renewal->old_srtp = before;
    transport->keys = keys_of(transport->srtp, before);
    transport->early_until = now + SKIFF_MSEC(1000 * EARLY_MEDIA_HELD_S);
    transport->newest_count_before += newest - transport_newest(transport);
    renewal->stage = RENEWAL_REPLACED;
    renewal->old_srtp_until = now + SKIFF_MSEC(1000 * OLD_KEYS_LIFETIME_S);
    if (transport->keys == KEYS_NONE)
        skf_renewal_drop_early(transport, now);
    if (transport->keys != KEYS_BOTH)
        skf_renewal_end(transport, now);
    skf_transport_trace(transport, now, &(skiff_trace){ .event = SKIFF_TRACE_RENEWED });
    return SKIFF_DTLS_RENEWED;
}

/* The path that skiff_dtls_poll would write into its packets. */
static uint64_t path_of_peer(const skiff_transport *transport)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(transport->dtls, &info, sizeof info);
    return info.rrc ? info.path : 0;
}

static bool send_hello_reply(const skiff_transport *transport, skiff_packet *packet)
{
    struct renewal *renewal = transport->renewal;
    skiff_packet empty = *packet;

    skiff_packet_clear(&empty);
    if (renewal->reply_len == 0 || transport->path_is_closed
        || renewal->reply_len > empty.limit)
        return false;
    memcpy(empty.data, renewal->copy, renewal->reply_len);
    empty.len = renewal->reply_len;
    empty.path = path_of_peer(transport);
    *packet = empty;
    renewal->reply_len = 0;
    return true;
}

/* Whether an event is reported: not what a peer sends that is not trusted yet. */
static bool is_reported(const struct renewal *renewal, skiff_dtls_event event)
{
    switch (event) {
    case SKIFF_DTLS_SEND:
        return true;
    case SKIFF_DTLS_DATA:
    case SKIFF_DTLS_TICKET:
    case SKIFF_DTLS_MOVED:
        return renewal->stage == RENEWAL_UNCONFIRMED;
    case SKIFF_DTLS_NOTHING:
    case SKIFF_DTLS_CONNECTED:
    case SKIFF_DTLS_CLOSED:
    case SKIFF_DTLS_FAILED:
    case SKIFF_DTLS_PEER_CERTIFICATE:
    case SKIFF_DTLS_HELLO:
    case SKIFF_DTLS_RENEWED:
    case SKIFF_DTLS_NOT_RENEWED:
        break;
    }
    return false;
}

static skiff_dtls_event poll_until_reported(skiff_transport *transport, skiff_time now,
                                            skiff_packet *packet, skiff_bytes *bytes)
{
    struct renewal *renewal = transport->renewal;
    skiff_dtls_event event;

    do {
        event = skiff_dtls_poll(renewal->dtls, now, packet, bytes);
        if (event == SKIFF_DTLS_CONNECTED)
            make_srtp(transport, now);
    } while (event != SKIFF_DTLS_NOTHING && event != SKIFF_DTLS_CLOSED
             && event != SKIFF_DTLS_FAILED && !is_reported(renewal, event));
    return event;
}

static skiff_dtls_event poll_new(skiff_transport *transport, skiff_time now,
                                 skiff_packet *packet, skiff_bytes *bytes)
{
    struct renewal *renewal = transport->renewal;
    skiff_dtls_event event = poll_until_reported(transport, now, packet, bytes);

    if (event == SKIFF_DTLS_NOTHING && was_never_confirmed(renewal)) {
        fail_unconfirmed(renewal, now);
        event = poll_until_reported(transport, now, packet, bytes);
    }
    if (event == SKIFF_DTLS_CLOSED || event == SKIFF_DTLS_FAILED)
        return renewal_failed(transport, now);
    if (event != SKIFF_DTLS_NOTHING)
        return event;
    if (renewal->failure.status != SKIFF_OK)
        return renewal_failed(transport, now);
    return is_confirmed(renewal) ? replace(transport, now) : SKIFF_DTLS_NOTHING;
}

skiff_dtls_event skf_renewal_poll(skiff_transport *transport, skiff_time now,
                                  skiff_packet *packet, skiff_bytes *bytes)
{
    skf_renewal_expire(transport, now);
    if (transport->renewal == NULL || transport->renewal->stage == RENEWAL_REPLACED)
        return SKIFF_DTLS_NOTHING;
    if (send_hello_reply(transport, packet))
        return SKIFF_DTLS_SEND;
    return poll_new(transport, now, packet, bytes);
}
