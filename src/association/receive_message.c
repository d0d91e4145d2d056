/* receive_message.c - handshake messages and their fragments, as they arrive. Knows no
 * record but the number and the epoch that a message came in. */
#include "association/receive_message.h"

#include "association/ack_message.h"
#include "association/actions.h"
#include "association/first_hello.h"
#include "association/post_handshake.h"
#include "association/waste.h"
#include "base/memory.h"
#include "handshake/messages.h"
#include "wire/control.h"

/* --- messages ------------------------------------------------------------------------- */

bool skf_sends_acks(const struct skiff_dtls *dtls)
{
    return dtls->slot != NULL
             ? dtls->slot->hs.version_chosen && dtls->slot->hs.protocol->acknowledges
             : dtls->protocol->acknowledges;
}

/* What was taken is acknowledged where there are ACKs. */
static void acknowledge(struct skiff_dtls *dtls)
{
    if (skf_sends_acks(dtls))
        skf_ack_want(dtls, false);
    else
        skf_ack_keep_fragment(dtls);
}

static void accept_message(struct skiff_dtls *dtls, enum msg msg,
                           const struct handshake_message *m)
{
    struct handshake_slot *slot = dtls->slot;
    const struct message *message = &slot->hs.protocol->messages[msg];

    dtls->datagram.any_good = true;
    acknowledge(dtls);
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

/* Nothing in the clear changes anything; who has proven himself is held to what he says. */
static void drop_malformed_message(struct skiff_dtls *dtls,
                                   const struct handshake_message *m)
{
    if (m->epoch != 0) {
        skf_refuse(&dtls->slot->hs, ALERT_DECODE_ERROR,
                   "handshake: a message that does not parse", "RFC 8446 6.2");
        skf_end_failed(dtls);
        return;
    }
    count(&dtls->counters.drop_malformed);
    drop_message(dtls);
}

/* RFC 5246 section 7.4.1.1: a client that is in a handshake ignores a HelloRequest, which
 * 1.3 does not have. */
static bool is_ignored_hello_request(const struct handshake *hs,
                                     const struct handshake_message *m)
{
    return !hs->protocol->acknowledges && hs->role == CLIENT
        && m->type == HANDSHAKE_HELLO_REQUEST && m->body.len == 0;
}

/* In plaintext it may be anybody's, and what is due may still come in its place. Who has
 * proven himself is held to the order of messages (RFC 8446 section 4, RFC 5246 section
 * 7.4), since nothing of his that is due would be heard behind it. */
static void drop_misplaced_message(struct skiff_dtls *dtls,
                                   const struct handshake_message *m)
{
    struct handshake_slot *slot = dtls->slot;

    count(&dtls->counters.drop_unexpected);
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
    switch (hs->protocol->messages[msg].hear(hs, m->body)) {
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

bool skf_receive_message(struct skiff_dtls *dtls)
{
    bool is_receiving = dtls->slot != NULL && dtls->phase == HANDSHAKING;
    const struct reassembly *reassembly =
        is_receiving ? skf_queue_next(&dtls->slot->message_queue) : NULL;

    if (reassembly == NULL)
        return false;

    struct handshake_message m = reassembled_message(reassembly);
    skf_judge_message(dtls, &m);
    return true;
}

/* --- fragments ------------------------------------------------------------------------ */

/* 1.2 repeats its Finished only, which asks for ours, and has no other message after it.
 * There is no renegotiation (RFC 8827 section 6.5). */
static void receive_fragment_after_handshake12(struct skiff_dtls *dtls,
                                               const struct fragment *f)
{
    if (f->header.msg_type == HANDSHAKE_FINISHED) {
        count(&dtls->counters.drop_retransmitted);
        if (dtls->flight.num > 0 && dtls->now - dtls->finished < LAST_FLIGHT_KEPT)
            skf_flight_event(dtls, PEER_REPEATED);
        return;
    }
    count(&dtls->counters.drop_unexpected);
    if (f->header.msg_type == HANDSHAKE_CLIENT_HELLO
        || f->header.msg_type == HANDSHAKE_HELLO_REQUEST)
        skf_queue_alert(dtls, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
}

/* A server that keeps no state numbers each of its HelloVerifyRequests 0: one with another
 * cookie is no repetition. */
static bool is_another_cookie(const struct handshake_slot *slot, const struct fragment *f)
{
    const struct handshake_message m = whole_message(f);

    return m.type == HANDSHAKE_HELLO_VERIFY_REQUEST && m.message_seq == 0
        && skf_script_find(&slot->hs.position, HELLO_VERIFY_REQUEST) != NULL
        && skf_has_other_cookie(&slot->hs, m.body);
}

/* What says its length in plaintext has to show it: more of it than we take, in order. */
static bool proves_length(struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct handshake_header *h = &f->header;
    struct long_message *progress = &dtls->slot->long_message;

    if (progress->length != h->length || progress->message_seq != h->message_seq)
        *progress =
            (struct long_message){ .length = h->length, .message_seq = h->message_seq };
    if (h->fragment_offset <= progress->received
        && h->fragment_offset + h->fragment_length > progress->received)
        progress->received = h->fragment_offset + h->fragment_length;
    return progress->received > dtls->context->settings.max_message;
}

/* The peer says it again and again, and we never take it. */
static void receive_too_long(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct handshake *hs = &dtls->slot->hs;
    enum msg msg = skf_message_of(f->header.msg_type, (skiff_bytes){ NULL, 0 });
    const struct line *line = msg == MSG_COUNT ? NULL : skf_script_find(&hs->position, msg);
    bool is_due = line != NULL && line->epoch == f->epoch;

    count(&dtls->counters.drop_fragment);
    if (f->header.message_seq == dtls->slot->message_queue.next
        && (f->epoch != 0 || (is_due && proves_length(dtls, f))))
        skf_fail_too_long(dtls);
}

static void add_fragment_waste(struct skiff_dtls *dtls, const struct fragment *f,
                               unsigned weight)
{
    add_waste(dtls, f->epoch == 0 ? weight : 0); /* no forger has keys */
}

/* True: it waits for others, and nothing has moved on. */
static bool queue_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct handshake_slot *slot = dtls->slot;
    bool too_long = f->header.length > dtls->context->settings.max_message;

    if (f->epoch < dtls->read_epoch && f->header.message_seq >= slot->message_queue.next) {
        count(&dtls->counters.drop_unexpected); /* plaintext in the place of ciphertext */
        add_fragment_waste(dtls, f, WASTE_FRAGMENT);
        return false;
    }
    if (too_long && f->header.message_seq >= slot->message_queue.next) {
        receive_too_long(dtls, f);
        add_fragment_waste(dtls, f, WASTE_FRAGMENT);
        return false;
    }
    if (fragment_is_whole(f) && !too_long
        && (f->header.message_seq == slot->message_queue.next
            || is_another_cookie(slot, f))) {
        struct handshake_message m = whole_message(f);
        skf_judge_message(dtls, &m);
        return false;
    }
    switch (skf_queue_add(&slot->message_queue, f)) {
    case QUEUE_ADDED:
        dtls->datagram.any_good = true;
        withdraw_plain_alert(slot);
        if (skf_queue_keeps(&slot->message_queue, f->header.message_seq))
            acknowledge(dtls);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return skf_queue_next(&slot->message_queue) == NULL;
    case QUEUE_REPEATED:
        count(&dtls->counters.drop_retransmitted);
        withdraw_plain_alert(slot);
        skf_ack_keep_fragment(dtls);
        if (reply_has_begun(dtls))
            skf_ack_want(dtls, false);
        else
            skf_flight_event(dtls, PEER_REPEATED);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return false;
    case QUEUE_REFUSED:
        count(&dtls->counters.drop_fragment);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return false;
    }
    return false;
}

/* True: the next one may be read at once. */
static bool receive_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (dtls->phase == HANDSHAKING)
        return queue_fragment(dtls, f);
    if (dtls->phase == WAITING_FOR_START)
        return skf_receive_first_fragment(dtls, f);
    if (skf_sends_acks(dtls))
        skf_post_handshake_receive(dtls, f);
    else
        receive_fragment_after_handshake12(dtls, f);
    return false;
}

/* Of the record in hand. True: the next record may be read at once. */
bool skf_receive_fragments(struct skiff_dtls *dtls)
{
    struct incoming_datagram *in = &dtls->datagram;
    struct fragment f = { .epoch = in->epoch };
    bool continues = true;

    while (continues && in->fragments.len > 0) {
        skf_ack_begin_fragment(dtls);
        if (skf_fragment_read(&in->fragments, &f)) {
            continues = receive_fragment(dtls, &f);
        } else {
            count(&dtls->counters.drop_malformed);
            in->fragments.len = 0;
        }
        skf_ack_end_fragment(dtls);
    }
    if (in->fragments.len == 0)
        skf_ack_end_record(dtls);
    return continues;
}

/* --- ChangeCipherSpec ----------------------------------------------------------------- */

/* 1.3 has none; before the version is settled it may be of 1.2. */
static bool may_change_ciphers(const struct handshake *hs)
{
    return hs->version_chosen ? hs->protocol->messages[CHANGE_CIPHER_SPEC].say != NULL
                              : hs->settings->has_dtls12;
}

/* It has no number to wait for its turn by, and may overtake what comes before it: that it
 * came is all that is remembered of it, and goes with the attempt. Anybody can say it. */
void skf_receive_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct handshake_slot *slot = dtls->slot;
    struct change_cipher_spec m;

    if (!change_cipher_spec_read(&m, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
        return;
    }
    if (slot == NULL || dtls->phase != HANDSHAKING || record->epoch != 0
        || slot->change_cipher_spec_received || !may_change_ciphers(&slot->hs)) {
        count(&dtls->counters.drop_unexpected);
        return;
    }
    dtls->datagram.any_good = true;
    slot->change_cipher_spec_received = true;
}

/* CVE-2014-0224: one that came counts when the script is at its line and the keys are
 * there, and not before. */
bool skf_change_ciphers(struct skiff_dtls *dtls)
{
    struct handshake_slot *slot = dtls->slot;

    if (slot == NULL || !slot->change_cipher_spec_received || slot->hs.keysets[0].epoch == 0
        || skf_script_find(&slot->hs.position, CHANGE_CIPHER_SPEC) == NULL)
        return false;
    slot->change_cipher_spec_received = false;
    skf_script_received(&slot->hs.position, CHANGE_CIPHER_SPEC);
    skf_script_advanced(dtls);
    return true;
}
