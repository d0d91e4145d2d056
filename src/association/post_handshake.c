/* post_handshake.c - messages after the handshake: in order, one at a time, until
 * acknowledged. */
#include "association/post_handshake.h"

#include "association/end.h"
#include "association/optional_state.h"
#include "association/pending_ack.h"
#include "association/resumption.h"
#include "association/timers.h"
#include "association/trace.h"
#include "wire/control.h"

/* --- the table ------------------------------------------------------------------------ */

struct post_handshake_message {
    uint8_t type;                               /* HandshakeType */
    uint8_t pending;                            /* what calls for it */
    bool may_be_fragmented;                     /* it may come so, and is let go then */
    bool (*may)(const struct skiff_dtls *dtls); /* whether it may come; NULL: always */
    void (*hear)(struct skiff_dtls *dtls, skiff_bytes body);
    bool (*say)(struct skiff_dtls *dtls, struct walk *w, uint8_t pending);
    /* Called when the peer has acknowledged ours. NULL: nothing follows. */
    void (*acknowledged)(struct skiff_dtls *dtls);
};

static bool is_client(const struct skiff_dtls *dtls)
{
    return dtls->role == SKIFF_ROLE_ACTIVE;
}

/* clang-format off */
static const struct post_handshake_message messages[] = {
    { HANDSHAKE_KEY_UPDATE, PENDING_KEY_UPDATE | PENDING_KEY_UPDATE_REQUEST, false,
      NULL, skf_hear_key_update, skf_say_key_update, skf_key_update_acknowledged },
    { HANDSHAKE_NEW_CONNECTION_ID, PENDING_CONNECTION_ID | PENDING_SPARE_CONNECTION_IDS,
      false, skf_may_request_cids, skf_hear_new_connection_id, skf_say_new_connection_id,
      NULL },
    { HANDSHAKE_REQUEST_CONNECTION_ID, PENDING_CONNECTION_ID_REQUEST, false,
      skf_may_provide_cids, skf_hear_request_connection_id, skf_say_request_connection_id,
      NULL },
    { HANDSHAKE_NEW_SESSION_TICKET, 0, true,
      is_client, skf_hear_new_session_ticket, NULL, NULL },
};
/* clang-format on */
enum { MESSAGE_COUNT = sizeof messages / sizeof *messages };

static const struct post_handshake_message *message_of_type(uint8_t type)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        if (messages[i].type == type)
            return &messages[i];
    return NULL;
}

/* RFC 9147 section 5.2: a number names one message. The last of them is not used, so that
 * none comes twice. */
enum { LAST_SEQ = UINT16_MAX };

/* RFC 9147 section 5.2: the length of a message has 24 bits. */
enum { POST_HANDSHAKE_MAX = 0xffffff };

static void close_without_numbers(struct skiff_dtls *dtls)
{
    skf_end_closed(dtls, true, "handshake: the numbers of its messages are used up",
                   "RFC 9147 5.2");
}

/* --- theirs --------------------------------------------------------------------------- */

/* A client whose Finished has not arrived receives the server's flight again, and sends
 * its own again. For all other repeats an ACK was lost. */
static void receive_repeated(struct skiff_dtls *dtls, const struct fragment *f)
{
    bool of_handshake = f->epoch < dtls->protocol->last_epoch;

    DROP(dtls, drop_retransmitted);
    skf_ack_keep_fragment(dtls);
    if (of_handshake && dtls->slot != NULL && dtls->role == SKIFF_ROLE_ACTIVE)
        skf_flight_event(dtls, PEER_REPEATED);
    else
        skf_ack_want(dtls, true);
}

/* RFC 8446 sections 4.1.2 and 4.6.2: an authenticated message that has no place ends the
 * association, such as a CertificateRequest without post_handshake_auth. */
static void refuse_misplaced(struct skiff_dtls *dtls)
{
    DROP(dtls, drop_unexpected);
    skf_fail(dtls, ALERT_UNEXPECTED_MESSAGE,
             "handshake: a message that has no place after it", "RFC 8446 4.6");
}

/* A ticket may come in parts, in order, and be of any length: it is let go by then, since
 * nothing is kept of a message that is not whole. All others are short, and come whole. */
static bool has_a_gap(const struct skiff_dtls *dtls,
                      const struct post_handshake_message *message,
                      const struct fragment *f)
{
    return (!message->may_be_fragmented && !fragment_is_whole(f))
        || f->header.fragment_offset > dtls->post_handshake_received;
}

/* RFC 9147 section 8: behind a KeyUpdate there is no other until it was acknowledged, and
 * then it comes in the next epoch. */
static bool is_allowed(const struct skiff_dtls *dtls,
                       const struct post_handshake_message *message,
                       const struct fragment *f)
{
    return message != NULL && (message->may == NULL || message->may(dtls))
        && (message->type != HANDSHAKE_KEY_UPDATE || f->epoch == dtls->read_epoch);
}

/* Of the epoch before too: a message behind a KeyUpdate may have been sent before that
 * was acknowledged (decision 0026). */
static void receive_next(struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct post_handshake_message *message = message_of_type(f->header.msg_type);
    uint32_t end = f->header.fragment_offset + f->header.fragment_length;
    bool too_long = f->header.length > dtls->context->settings.max_message;

    if (!is_allowed(dtls, message, f)) {
        refuse_misplaced(dtls);
        return;
    }
    if (too_long && !message->may_be_fragmented) {
        skf_fail_too_long(dtls);
        return;
    }
    if (has_a_gap(dtls, message, f)) {
        DROP(dtls, drop_fragment);
        return;
    }
    skf_ack_want(dtls, true);
    if (end > dtls->post_handshake_received)
        dtls->post_handshake_received = end & POST_HANDSHAKE_MAX;
    if (dtls->post_handshake_received < f->header.length)
        return;
    dtls->post_handshake_received = 0;
    dtls->next_receive_seq++;
    TRACE(dtls, .event = SKIFF_TRACE_MESSAGE_IN, .type = f->header.msg_type,
          .seq = f->header.message_seq, .epoch = f->epoch, .length = f->header.length);
    if (fragment_is_whole(f) && !too_long)
        message->hear(dtls, (skiff_bytes){ f->bytes, f->header.length });
}

/* A message that is new, and still under the keys of the handshake. One Finished too many
 * does no harm, and must not stand in the way of what comes behind it. */
static void receive_under_handshake_keys(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (!fragment_is_whole(f)) {
        DROP(dtls, drop_fragment);
    } else if (f->header.msg_type != HANDSHAKE_FINISHED) {
        refuse_misplaced(dtls);
    } else {
        DROP(dtls, drop_unexpected);
        skf_ack_want(dtls, true);
        dtls->next_receive_seq++;
    }
}

void skf_post_handshake_receive(struct skiff_dtls *dtls, const struct fragment *f)
{
    uint16_t seq = f->header.message_seq, next = dtls->next_receive_seq;

    if (seq < next)
        receive_repeated(dtls, f);
    else if (seq > next)
        DROP(dtls, drop_unexpected); /* it comes again, section 7 */
    else if (next == LAST_SEQ)
        close_without_numbers(dtls);
    else if (f->epoch < dtls->protocol->last_epoch)
        receive_under_handshake_keys(dtls, f);
    else
        receive_next(dtls, f);
}

/* --- ours ----------------------------------------------------------------------------- */

static bool begin(struct skiff_dtls *dtls, const struct post_handshake_message *message)
{
    struct cids *cids = cids_of(dtls);
    struct walk w = cids != NULL ? walk_writer(cids->message, sizeof cids->message)
                                 : walk_writer(dtls->kept_bytes, sizeof dtls->kept_bytes);
    struct flight_message entry = { .body = w.out,
                                    .type = message->type,
                                    .epoch = EPOCH_CURRENT };
    uint8_t pending = dtls->pending & message->pending;

    if (dtls->next_send_seq == LAST_SEQ) {
        close_without_numbers(dtls);
        return false;
    }
    dtls->pending &= (uint8_t)~message->pending;
    if (!message->say(dtls, &w, pending))
        return false;
    entry.len = (uint32_t)w.at;
    entry.message_seq = dtls->next_send_seq++;
    memset(dtls->message_records, 0xff, sizeof dtls->message_records);
    skf_flight_begin(&dtls->flight, &dtls->post_handshake_message,
                     skf_initial_timeout(dtls));
    if (!skf_flight_add(&dtls->flight, &entry))
        return false;
    skf_flight_event(dtls, FLIGHT_BUFFERED);
    return true;
}

bool skf_post_handshake_may_send(const struct skiff_dtls *dtls)
{
    return dtls->pending != 0 && dtls->phase == ESTABLISHED && dtls->slot == NULL
        && dtls->flight.num == 0;
}

void skf_post_handshake_send(struct skiff_dtls *dtls)
{
    for (size_t i = 0; i < MESSAGE_COUNT && skf_post_handshake_may_send(dtls); i++)
        if ((dtls->pending & messages[i].pending) != 0 && begin(dtls, &messages[i]))
            return;
}

/* The first record stays, and the newest. An ACK of another one has no effect, and the
 * message is sent once more. */
void skf_post_handshake_sent(struct skiff_dtls *dtls, uint64_t number)
{
    uint64_t *message_records = dtls->message_records;

    message_records[message_records[0] == UINT64_MAX ? 0 : 1] = number;
}

static bool acknowledges_message(const struct skiff_dtls *dtls,
                                 const struct record_number *n)
{
    const uint64_t *message_records = dtls->message_records;

    return n->epoch == dtls->write_epoch
        && (n->sequence_number == message_records[0]
            || n->sequence_number == message_records[1])
        && n->sequence_number != UINT64_MAX;
}

void skf_post_handshake_acknowledged(struct skiff_dtls *dtls, skiff_bytes record_numbers)
{
    for (size_t at = 0; at < record_numbers.len && dtls->flight.num > 0;
         at += RECORD_NUMBER) {
        struct record_number n;
        if (!record_number_read(&n, (skiff_bytes){ record_numbers.ptr + at, RECORD_NUMBER })
            || !acknowledges_message(dtls, &n))
            continue;
        const struct post_handshake_message *message =
            message_of_type(dtls->flight.messages[0].type);
        skf_trace_acknowledged(dtls, "ACK");
        skf_flight_clear(&dtls->flight);
        dtls->datagram.any_good = true;
        if (message->acknowledged != NULL)
            message->acknowledged(dtls);
    }
}
