/* renewal.c - a second association of a transport, which is to replace the first. */
#include "srtp/renewal.h"

#include "base/memory.h"
#include "srtp/keying.h"

enum stage {
    RENEWAL_AWAITING_HELLO,
    RENEWAL_HANDSHAKING,
    RENEWAL_UNCONFIRMED,
    RENEWAL_REPLACED
};

struct renewal {
    enum stage stage;
    skiff_dtls *dtls;          /* NULL: it has replaced the old one */
    skiff_srtp *srtp;          /* UNCONFIRMED: the new session */
    skiff_srtp *old_srtp;      /* of what was replaced last: it opens late media, */
    skiff_time old_srtp_until; /* for so long */
    bool new_keys_opened;      /* media under the new keys: the peer has them */
    skiff_failure failure;     /* why a connected one cannot be used */
    uint32_t reply_len;        /* of the answer to a hello, which lies in `copy` */
    uint8_t copy[RENEWAL_COPY + SKIFF_TAIL];
};

/* --- making --------------------------------------------------------------------------- */

static void free_renewal(skiff_transport *transport, struct renewal *renewal)
{
    skiff_srtp_free(renewal->old_srtp);
    skiff_srtp_free(renewal->srtp);
    skiff_dtls_free(renewal->dtls);
    skf_release(transport->memory, renewal, sizeof *renewal);
}

static void drop_early_media(skiff_transport *transport)
{
    transport->counters.drop_early += transport->early.count;
    skf_early_media_release(&transport->early);
}

static bool is_under_way(const struct renewal *renewal)
{
    return renewal->stage == RENEWAL_HANDSHAKING || renewal->stage == RENEWAL_UNCONFIRMED;
}

void skf_renewal_end(skiff_transport *transport)
{
    struct renewal *renewal = transport->renewal;

    if (renewal == NULL)
        return;
    if (is_under_way(renewal))
        drop_early_media(transport);
    if (transport->keys == KEYS_BOTH)
        transport->keys = KEYS_READY;
    transport->renewal = NULL;
    free_renewal(transport, renewal);
}

/* Late media has its time, whatever becomes of the association that is to come next. */
static void install_renewal(skiff_transport *transport, struct renewal *made)
{
    struct renewal *last = transport->renewal;

    if (last != NULL) {
        made->old_srtp = last->old_srtp;
        made->old_srtp_until = last->old_srtp_until;
        last->old_srtp = NULL;
    }
    skf_renewal_end(transport);
    transport->renewal = made;
    if (made->old_srtp != NULL)
        transport->keys = KEYS_BOTH;
}

/* As if the new association had not been begun. */
static void abandon(skiff_transport *transport)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->old_srtp == NULL) {
        skf_renewal_end(transport);
        return;
    }
    if (is_under_way(renewal))
        drop_early_media(transport);
    skiff_srtp_free(renewal->srtp);
    skiff_dtls_free(renewal->dtls);
    renewal->srtp = NULL;
    renewal->dtls = NULL;
    renewal->stage = RENEWAL_REPLACED;
}

/* RFC 5764 section 5.2: keys of before are kept for the maximum segment lifetime. */
static void expire(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->old_srtp == NULL || now < renewal->old_srtp_until)
        return;
    if (renewal->stage == RENEWAL_REPLACED) {
        skf_renewal_end(transport);
        return;
    }
    skiff_srtp_free(renewal->old_srtp);
    renewal->old_srtp = NULL;
    if (renewal->stage == RENEWAL_AWAITING_HELLO)
        transport->keys = KEYS_READY;
}

/* What was held for the first keys has had its time. */
static void begin_handshake(skiff_transport *transport)
{
    transport->renewal->stage = RENEWAL_HANDSHAKING;
    drop_early_media(transport);
    if (transport->keys == KEYS_NONE)
        return;
    transport->keys = KEYS_BOTH;
    transport->early_until = SKIFF_NEVER;
}

/* What comes first in plaintext, or opens nowhere, does not say where the peer is. */
static skiff_status follow_peer(const skiff_transport *transport, skiff_time now,
                                skiff_dtls *dtls)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(transport->dtls, &info, sizeof info);
    if (!skiff_context_has_rrc(transport->context) || info.path == 0)
        return SKIFF_OK;
    return skiff_dtls_prefer_path(dtls, now, info.path);
}

void skf_renewal_follow(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;

    if (renewal->stage == RENEWAL_AWAITING_HELLO || renewal->stage == RENEWAL_HANDSHAKING)
        (void)!follow_peer(transport, now, renewal->dtls);
}

/* The path is the same. */
static skiff_status copy_path_state(const skiff_transport *transport, skiff_time now,
                                    skiff_dtls *dtls)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(transport->dtls, &info, sizeof info);
    skiff_dtls_set_round_trip(dtls, info.round_trip);
    skiff_dtls_set_path(dtls, now, !transport->path_is_closed);
    skiff_status status = skiff_dtls_set_mtu(dtls, info.mtu);
    return status == SKIFF_OK ? follow_peer(transport, now, dtls) : status;
}

skiff_status skiff_transport_renew(skiff_transport *transport, skiff_role role,
                                   const skiff_fingerprint *any_of, size_t num,
                                   skiff_time now)
{
    if (transport == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "transport: must not be NULL");
    if (role != SKIFF_ROLE_ACTIVE && role != SKIFF_ROLE_PASSIVE)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "role: not ACTIVE or PASSIVE");
    if (any_of == NULL || num == 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of, num: no fingerprint");
    if (transport->end_status != SKIFF_OK)
        return transport->end_status;
    if (transport->keys == KEYS_PENDING)
        return skiff_fault_set(SKIFF_ERR_STATE, "renewal: not CONNECTED yet");

    struct renewal *made = skf_acquire(transport->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    skiff_status status = skiff_dtls_new(transport->context, role, now, &made->dtls);
    if (status == SKIFF_OK)
        status = skiff_dtls_expect(made->dtls, any_of, num);
    if (status == SKIFF_OK)
        status = copy_path_state(transport, now, made->dtls);
    if (status != SKIFF_OK) {
        free_renewal(transport, made);
        return status;
    }
    skiff_dtls_set_user(made->dtls, transport);
    install_renewal(transport, made);
    if (role == SKIFF_ROLE_ACTIVE)
        begin_handshake(transport);
    return SKIFF_OK;
}

skiff_dtls *skiff_transport_renewal(skiff_transport *transport)
{
    return transport->renewal != NULL ? transport->renewal->dtls : NULL;
}

void skiff_transport_renewal_failure(const skiff_transport *transport,
                                     skiff_failure *failure, size_t size)
{
    const skiff_failure none = { .status = SKIFF_OK, .alert = -1 };
    const skiff_transport *t = transport;

    memcpy(failure, t->failure_is_of_renewal ? &t->failure : &none,
           size < sizeof *failure ? size : sizeof *failure);
}

/* --- DTLS that arrives ---------------------------------------------------------------- */

/* A record of epoch 0: an association that is connected has no use for it. */
static bool is_plaintext(const skiff_packet *packet)
{
    enum { UNIFIED = 32, EPOCH = 3, HEADER = 13 }; /* RFC 9147 section 4.1, figure 5 */
    const uint8_t *at = packet->data;

    return packet->len >= HEADER && at[0] < UNIFIED && at[EPOCH] == 0 && at[EPOCH + 1] == 0;
}

/* Other plaintext may be the last flight of the old handshake, repeated by a peer that has
 * not heard the answer (RFC 6347 section 4.2.4): the old association answers again. */
static bool begins_with_hello(const skiff_packet *packet)
{
    enum { TYPE = 0, MSG_TYPE = 13, HANDSHAKE = 22, CLIENT_HELLO = 1 };

    return packet->data[TYPE] == HANDSHAKE && packet->len > MSG_TYPE
        && packet->data[MSG_TYPE] == CLIENT_HELLO;
}

/* Nothing that the old association could answer, or too long for both to be asked. */
static bool is_for_new_association(const skiff_packet *packet)
{
    return is_plaintext(packet)
        && (begins_with_hello(packet) || packet->len > RENEWAL_COPY);
}

/* Anybody can have sent it. The cookie shows that its sender hears what goes to the peer
 * (RFC 6347 section 4.2.8): it is bound to this transport, which has one path. */
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
        begin_handshake(transport);
        return skiff_dtls_receive(renewal->dtls, now, packet);
    case SKIFF_HELLO_IGNORE:
        break;
    }
    if (!begins_with_hello(packet))
        return skiff_dtls_receive(transport->dtls, now, packet);
    transport->counters.drop_no_cookie++;
    return SKIFF_ERR_DROPPED;
}

/* Both may have the same epoch, and no record says whose it is: the keys tell (RFC 9147
 * section 5.11). Each key is tried once. Plaintext may come before a sealed record that the
 * old association has to answer. */
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

/* --- what is to be said and done ------------------------------------------------------ */

static skiff_dtls_event renewal_failed(skiff_transport *transport)
{
    const struct renewal *renewal = transport->renewal;

    transport->failure_is_of_renewal = true;
    if (renewal->failure.status != SKIFF_OK)
        transport->failure = renewal->failure;
    else
        skiff_dtls_failure(renewal->dtls, &transport->failure, sizeof transport->failure);
    abandon(transport);
    return SKIFF_DTLS_NOT_RENEWED;
}

/* The peer hears of it, if we cannot: for it the new association may carry by now. */
static void make_srtp(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;
    skiff_status status =
        skf_keying_make_session(renewal->dtls, &transport->config, &renewal->srtp);

    renewal->stage = RENEWAL_UNCONFIRMED;
    if (status == SKIFF_OK)
        return;
    renewal->failure = skf_keying_failure(status);
    skiff_dtls_close(renewal->dtls, now);
}

/* Whether the server may have changed, too, is known no more. If it has, it hears that we
 * have not. */
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

/* RFC 6347 section 4.2.8: there must be no doubt between two valid associations, so the old
 * one goes at once, but for what opens its media (RFC 5764 section 5.2). */
static skiff_dtls_event replace(skiff_transport *transport, skiff_time now)
{
    struct renewal *renewal = transport->renewal;
    uint32_t newest = skiff_transport_newest(transport);
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
    transport->newest_count_before += newest - skiff_transport_newest(transport);
    renewal->stage = RENEWAL_REPLACED;
    renewal->old_srtp_until = now + SKIFF_MSEC(1000 * OLD_KEYS_LIFETIME_S);
    if (transport->keys == KEYS_NONE)
        drop_early_media(transport);
    if (transport->keys != KEYS_BOTH)
        skf_renewal_end(transport);
    return SKIFF_DTLS_RENEWED;
}

/* As the engine says it of what it has to send. */
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

/* What a peer says that is not trusted yet, or a stranger, is nobody's news. */
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
        return renewal_failed(transport);
    if (event != SKIFF_DTLS_NOTHING)
        return event;
    if (renewal->failure.status != SKIFF_OK)
        return renewal_failed(transport);
    return is_confirmed(renewal) ? replace(transport, now) : SKIFF_DTLS_NOTHING;
}

skiff_dtls_event skf_renewal_poll(skiff_transport *transport, skiff_time now,
                                  skiff_packet *packet, skiff_bytes *bytes)
{
    expire(transport, now);
    if (transport->renewal == NULL || transport->renewal->stage == RENEWAL_REPLACED)
        return SKIFF_DTLS_NOTHING;
    if (send_hello_reply(transport, packet))
        return SKIFF_DTLS_SEND;
    return poll_new(transport, now, packet, bytes);
}

skiff_time skf_renewal_deadline(const skiff_transport *transport)
{
    const struct renewal *renewal = transport->renewal;

    skiff_time expiry = renewal->old_srtp != NULL ? renewal->old_srtp_until : SKIFF_NEVER;
    skiff_time due =
        renewal->dtls != NULL ? skiff_dtls_deadline(renewal->dtls) : SKIFF_NEVER;

    return due < expiry ? due : expiry;
}

bool skf_renewal_is_under_way(const skiff_transport *transport)
{
    return is_under_way(transport->renewal);
}

/* --- media that arrives --------------------------------------------------------------- */

/* A sequence number that was seen under one key says nothing of the other. */
static bool is_of_another_key(enum srtp_opening opening)
{
    return opening == SRTP_FORGED || opening == SRTP_REPLAYED
        || opening == SRTP_SSRC_REFUSED;
}

bool skf_renewal_awaits_keys(const skiff_transport *transport)
{
    return transport->renewal->stage == RENEWAL_HANDSHAKING;
}

/* By a session that is not the transport's; NULL opens nothing. */
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

/* One packet is one drop: that it was seen before is the better reason. */
static enum srtp_opening drop_reason(enum srtp_opening first, enum srtp_opening second)
{
    return second == SRTP_OPENED || second == SRTP_REPLAYED ? second : first;
}

/* The new keys first, then those of before (RFC 5764 section 5.2). */
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
    expire(transport, now);
    if (transport->renewal == NULL || packet->len > RENEWAL_COPY)
        return skf_srtp_open(transport->srtp, packet);

    struct renewal *renewal = transport->renewal;
    renewal->reply_len = 0;
    memcpy(renewal->copy, packet->data, packet->len);
    return open_by_others(transport, packet, skf_srtp_open(transport->srtp, packet));
}
