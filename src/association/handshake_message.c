/* handshake_message.c - judges whole messages of the handshake. */
#include "association/handshake_message.h"

#include "association/actions.h"
#include "association/end.h"
#include "association/pending_ack.h"
#include "association/trace.h"
#include "association/waste.h"
#include "handshake/version.h"
#include "wire/control.h"

static void trace_message(const struct skiff_dtls *dtls, enum msg msg,
                          const struct handshake_message *m)
{
    TRACE(dtls, .event = SKIFF_TRACE_MESSAGE_IN, .type = m->type, .seq = m->message_seq,
          .epoch = m->epoch, .length = (uint32_t)m->body.len);
    if (msg == CLIENT_HELLO)
        skf_trace_random(dtls);
}

static void accept_message(struct skiff_dtls *dtls, enum msg msg,
                           const struct handshake_message *m)
{
    struct handshake_slot *slot = dtls->slot;
    const struct message *message = &slot->hs.protocol->messages[msg];

    dtls->datagram.any_good = true;
    trace_message(dtls, msg, m);
    skf_ack_accepted(dtls);
    if (!skf_transcript_add_message(&slot->hs.transcript, slot->hs.protocol->form, m->type,
                                    m->message_seq, m->body)
        || (message->then != NULL && !message->then(&slot->hs))) {
        skf_refuse_crypto(&slot->hs, "transcript: no hash from libcrypto");
        skf_end_failed(dtls);
        return;
    }
    skf_script_received(&slot->hs.position, msg);
    skf_queue_processed(&slot->message_queue);
    slot->plain_alert = no_plain_alert();
    skf_slot_progressed(&dtls->context->slots, slot, dtls->now);
    if (msg == CERTIFICATE)
        dtls->events |= EVENT_CERTIFICATE;
    skf_script_advanced(dtls);
}

/* The message that is next may come again, and must: nothing of it is acknowledged. */
static void drop_message(struct skiff_dtls *dtls)
{
    skf_queue_drop(&dtls->slot->message_queue);
    skf_ack_withdraw_plain(dtls);
    add_waste(dtls, WASTE_MESSAGE);
}

/* Nothing in plaintext changes anything. An authenticated peer is held to what it sends. */
static void drop_malformed_message(struct skiff_dtls *dtls,
                                   const struct handshake_message *m)
{
    if (m->epoch != 0) {
        skf_refuse(&dtls->slot->hs, ALERT_DECODE_ERROR,
                   "handshake: a message that does not parse", "RFC 8446 6.2");
        skf_end_failed(dtls);
        return;
    }
    DROP(dtls, drop_malformed);
    drop_message(dtls);
}

/* RFC 5246 section 7.4.1.1: a client that is in a handshake ignores a HelloRequest, which
 * 1.3 does not have. */
static bool is_ignored_hello_request(const struct handshake *hs,
                                     const struct handshake_message *m)
{
    return hs->protocol->has_hello_request && hs->role == CLIENT
        && m->type == HANDSHAKE_HELLO_REQUEST && m->body.len == 0;
}

/* RFC 8446 section 4.1.4: a HelloRetryRequest where a ServerHello is due. Whoever can forge
 * this message can forge a ServerHello, too, which also ends the attempt. */
static bool is_second_retry(const struct handshake *hs, const struct handshake_message *m)
{
    return hs->role == CLIENT && hs->facts.retry_seen
        && skf_message_of(m->type, m->body) == HELLO_RETRY_REQUEST
        && skf_script_find(&hs->position, SERVER_HELLO) != NULL;
}

/* In plaintext it may be forged, and the message that is due may still come in its
 * place. An authenticated peer is held to the order of messages (RFC 8446 section 4, RFC
 * 5246 section 7.4): nothing that is due would be judged behind it. */
static void drop_misplaced_message(struct skiff_dtls *dtls,
                                   const struct handshake_message *m)
{
    struct handshake_slot *slot = dtls->slot;

    if (is_second_retry(&slot->hs, m)) {
        skf_refuse(&slot->hs, ALERT_UNEXPECTED_MESSAGE, "HelloRetryRequest: a second one",
                   "RFC 8446 4.1.4");
        skf_end_failed(dtls);
        return;
    }
    DROP(dtls, drop_unexpected);
    if (m->epoch == 0) {
        drop_message(dtls);
    } else if (is_ignored_hello_request(&slot->hs, m)) {
        skf_ack_keep_fragment(dtls);
        skf_queue_processed(&slot->message_queue);
    } else {
        skf_refuse(&slot->hs, ALERT_UNEXPECTED_MESSAGE,
                   "handshake: a message that has no place now", "RFC 8446 4");
        skf_end_failed(dtls);
    }
}

void skf_judge_message(struct skiff_dtls *dtls, const struct handshake_message *m)
{
    struct handshake *hs = &dtls->slot->hs;
    enum msg msg = skf_message_of(m->type, m->body);
    bool sets_protocol = skf_set_protocol_by_reply(hs, msg, m->body);
    const struct line *line = msg == MSG_COUNT ? NULL : skf_script_find(&hs->position, msg);

    if (has_failed(hs->failure)) {
        skf_end_failed(dtls);
        return;
    }
    if (line == NULL || line->epoch != m->epoch) {
        if (sets_protocol)
            skf_reset_protocol(hs);
        drop_misplaced_message(dtls, m);
        return;
    }
    switch (skf_hear_message(hs, msg, m->body)) {
    case ACCEPTED:
        accept_message(dtls, msg, m);
        return;
    case DROPPED:
        if (sets_protocol)
            skf_reset_protocol(hs);
        drop_malformed_message(dtls, m);
        return;
    case REFUSED:
        dtls->datagram.any_good = true;
        skf_end_failed(dtls);
        return;
    }
}
