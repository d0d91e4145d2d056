/* renewal_receive.c - which of two associations a datagram is for: DTLS and media that
 * arrive while there is a renewal. Sends nothing. */
#include "srtp/renewal_state.h"

#include "srtp/transport_trace.h"

/* --- DTLS that arrives ---------------------------------------------------------------- */

/* A plaintext record (epoch 0), which a connected association does not accept. */
static bool is_plaintext(const skiff_packet *packet)
{
    enum { UNIFIED = 32, EPOCH = 3, HEADER = 13 }; /* RFC 9147 section 4.1, figure 5 */
    const uint8_t *at = packet->data;

    return packet->len >= HEADER && at[0] < UNIFIED && at[EPOCH] == 0 && at[EPOCH + 1] == 0;
}

/* Other plaintext may be the last flight of the old handshake, repeated by a peer that has
 * not received the reply (RFC 6347 section 4.2.4): the old association replies again. */
static bool begins_with_hello(const skiff_packet *packet)
{
    enum { TYPE = 0, MSG_TYPE = 13, HANDSHAKE = 22, CLIENT_HELLO = 1 };

    return packet->data[TYPE] == HANDSHAKE && packet->len > MSG_TYPE
        && packet->data[MSG_TYPE] == CLIENT_HELLO;
}

/* A hello, or plaintext that is too long to be given to both. */
static bool is_for_new_association(const skiff_packet *packet)
{
    return is_plaintext(packet)
        && (begins_with_hello(packet) || packet->len > RENEWAL_COPY);
}

/* Anybody can have sent a hello. The cookie shows that its sender receives what goes to the
 * peer (RFC 6347 section 4.2.8). It is bound to this transport, which has one path. */
static skiff_status check_hello(skiff_transport *transport, skiff_time now,
                                skiff_packet *packet)
{
    struct renewal *renewal = transport->renewal;
    const skiff_bytes datagram = { packet->data, packet->len };
    const skiff_bytes transport_id = { (const uint8_t *)&transport, sizeof transport };
    skiff_packet reply = { .data = renewal->copy, .limit = RENEWAL_COPY };

    renewal->reply_len = 0;
    switch (skiff_context_check_hello(transport->context, now, transport_id, datagram,
                                      &reply)) {
    case SKIFF_HELLO_REPLY:
        renewal->reply_len = reply.len;
        return SKIFF_OK;
    case SKIFF_HELLO_ACCEPT:
        skf_renewal_begin_handshake(transport, now);
        return skiff_dtls_receive(renewal->dtls, now, packet);
    case SKIFF_HELLO_IGNORE:
        break;
    }
    if (!begins_with_hello(packet))
        return skiff_dtls_receive(transport->dtls, now, packet);
    TRANSPORT_DROP(transport, drop_no_cookie, 1, now);
    return SKIFF_ERR_DROPPED;
}

/* Both may have the same epoch, and no record shows to which it belongs: the keys do
 * (RFC 9147 section 5.11). Each key is tried once. A datagram may contain plaintext before
 * a protected record to which the old association must reply. */
static skiff_status receive_by_both(skiff_transport *transport, skiff_time now,
                                    skiff_packet *packet)
{
    struct renewal *renewal = transport->renewal;
    bool is_copied = packet->len <= RENEWAL_COPY;

    renewal->reply_len = 0;
    if (is_copied)
        memcpy(renewal->copy, packet->data, packet->len);
    skiff_status status = skiff_dtls_receive(transport->dtls, now, packet);
    if (status != SKIFF_ERR_DROPPED || !is_copied)
        return status;
    memcpy(packet->data, renewal->copy, packet->len);
    return skiff_dtls_receive(renewal->dtls, now, packet);
}

skiff_status skf_renewal_receive(skiff_transport *transport, skiff_time now,
                                 skiff_packet *packet)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->stage == RENEWAL_REPLACED)
        return skiff_dtls_receive(transport->dtls, now, packet);
    if (renewal->stage == RENEWAL_AWAITING_HELLO)
        return is_plaintext(packet) ? check_hello(transport, now, packet)
                                    : skiff_dtls_receive(transport->dtls, now, packet);
    return is_for_new_association(packet) ? skiff_dtls_receive(renewal->dtls, now, packet)
                                          : receive_by_both(transport, now, packet);
}

/* --- media that arrives --------------------------------------------------------------- */

/* A sequence number that was seen under one key means nothing under the other. */
static bool is_of_another_key(enum srtp_opening opening)
{
    return opening == SRTP_FORGED || opening == SRTP_REPLAYED
        || opening == SRTP_SSRC_REFUSED;
}

bool skf_renewal_awaits_keys(const skiff_transport *transport)
{
    return transport->renewal->stage == RENEWAL_HANDSHAKING;
}

/* Opens with a session that is not the transport's; NULL opens nothing. */
static enum srtp_opening open_other(skiff_transport *transport, skiff_srtp *srtp,
                                    skiff_packet *packet)
{
    struct renewal *renewal = transport->renewal;
    uint32_t newest = srtp != NULL ? skf_srtp_newest_count(srtp) : 0;
    enum srtp_opening opening = srtp != NULL ? skf_srtp_open(srtp, packet) : SRTP_FORGED;

    if (opening == SRTP_OPENED) {
        transport->newest_count_before += skf_srtp_newest_count(srtp) - newest;
        renewal->new_keys_opened |= srtp == renewal->srtp;
    }
    return opening;
}

/* One packet is one drop. That it was seen before is the better reason. */
static enum srtp_opening drop_reason(enum srtp_opening first, enum srtp_opening second)
{
    return second == SRTP_OPENED || second == SRTP_REPLAYED ? second : first;
}

/* The new keys first, then the previous ones (RFC 5764 section 5.2). */
static enum srtp_opening open_by_others(skiff_transport *transport, skiff_packet *packet,
                                        enum srtp_opening opening)
{
    const struct renewal *renewal = transport->renewal;
    skiff_srtp *others[] = { renewal->srtp, renewal->old_srtp };
    uint32_t len = packet->len;

    for (int i = 0; i < 2 && is_of_another_key(opening); i++) {
        memcpy(packet->data, renewal->copy, len);
        opening = drop_reason(opening, open_other(transport, others[i], packet));
    }
    if (opening != SRTP_OPENED)
        memcpy(packet->data, renewal->copy, len);
    return opening;
}

enum srtp_opening skf_renewal_open(skiff_transport *transport, skiff_time now,
                                   skiff_packet *packet)
{
    skf_renewal_expire(transport, now);
    if (transport->renewal == NULL || packet->len > RENEWAL_COPY)
        return skf_srtp_open(transport->srtp, packet);

    struct renewal *renewal = transport->renewal;
    renewal->reply_len = 0;
    memcpy(renewal->copy, packet->data, packet->len);
    return open_by_others(transport, packet, skf_srtp_open(transport->srtp, packet));
}
