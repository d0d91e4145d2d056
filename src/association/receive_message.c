/* receive_message.c - fragments of handshake messages as they arrive, and what becomes
 * whole of them; and the ChangeCipherSpec, which has no number to be put in order by. */
#include "association/receive_message.h"

#include "association/actions.h"
#include "association/end.h"
#include "association/first_hello.h"
#include "association/handshake_message.h"
#include "association/pending_ack.h"
#include "association/post_handshake.h"
#include "association/timers.h"
#include "association/trace.h"
#include "association/waste.h"
#include "handshake/messages.h"
#include "wire/control.h"

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

/* A repetition, or what a repetition overtook, has another number. */
static bool is_whole_and_next(const struct skiff_dtls *dtls, const struct fragment *f)
{
    return fragment_is_whole(f) && f->header.message_seq == dtls->next_receive_seq;
}

/* 1.2 repeats its Finished only, which asks for ours, and has no other message after it:
 * an authenticated peer is held to that (RFC 5246 section 7.4). There is no renegotiation
 * (RFC 8827 section 6.5). */
static void receive_fragment_after_handshake12(struct skiff_dtls *dtls,
                                               const struct fragment *f)
{
    if (f->header.msg_type == HANDSHAKE_FINISHED) {
        DROP(dtls, drop_retransmitted);
        if (dtls->flight.num > 0 && dtls->now - dtls->finished < LAST_FLIGHT_KEPT)
            skf_flight_event(dtls, PEER_REPEATED);
        return;
    }
    DROP(dtls, drop_unexpected);
    if (f->header.msg_type == HANDSHAKE_CLIENT_HELLO
        || f->header.msg_type == HANDSHAKE_HELLO_REQUEST)
        skf_queue_alert(dtls, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
    else if (is_whole_and_next(dtls, f))
        skf_fail(dtls, ALERT_UNEXPECTED_MESSAGE,
                 "handshake: a message that has no place after it", "RFC 5246 7.4");
}

/* A server that keeps no state numbers each of its HelloVerifyRequests 0: one with another
 * cookie is no repetition. Its record has the number of the ClientHello's (RFC 6347 4.2.1):
 * it must not be of an earlier hello of ours, whose cookie was replaced since. */
static bool is_another_cookie(const struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct handshake_slot *slot = dtls->slot;
    const struct handshake_message m = whole_message(f);

    return m.type == HANDSHAKE_HELLO_VERIFY_REQUEST && m.message_seq == 0
        && dtls->datagram.number >= slot->flight_number
        && skf_script_find(&slot->hs.position, HELLO_VERIFY_REQUEST) != NULL
        && skf_has_other_cookie(&slot->hs, m.body);
}

/* A length in plaintext may be forged: it counts once more bytes have come, in order,
 * than we take. Returns how many have come. */
static uint32_t count_long_message(struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct handshake_header *h = &f->header;
    struct long_message *progress = &dtls->slot->long_message;

    if (progress->length != h->length || progress->message_seq != h->message_seq)
        *progress =
            (struct long_message){ .length = h->length, .message_seq = h->message_seq };
    if (h->fragment_offset <= progress->received
        && h->fragment_offset + h->fragment_length > progress->received)
        progress->received = h->fragment_offset + h->fragment_length;
    return progress->received;
}

/* The peer would send it again and again, and we never take it. */
static void receive_too_long(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct handshake *hs = &dtls->slot->hs;
    enum msg msg = skf_message_of(f->header.msg_type, (skiff_bytes){ NULL, 0 });
    const struct line *line = msg == MSG_COUNT ? NULL : skf_script_find(&hs->position, msg);
    bool is_due = line != NULL && line->epoch == f->epoch;
    uint32_t max = dtls->context->settings.max_message;

    DROP(dtls, drop_fragment);
    if (f->header.message_seq == dtls->slot->message_queue.next
        && (f->epoch != 0 || (is_due && count_long_message(dtls, f) > max)))
        skf_fail_too_long(dtls);
}

static void add_fragment_waste(struct skiff_dtls *dtls, const struct fragment *f,
                               unsigned weight)
{
    add_waste(dtls, f->epoch == 0 ? weight : 0); /* no forger has keys */
}

/* True: it was dropped or waits for others, and nothing has moved on. */
static bool queue_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct handshake_slot *slot = dtls->slot;
    bool too_long = f->header.length > dtls->context->settings.max_message;

    if (f->epoch < dtls->read_epoch && f->header.message_seq >= slot->message_queue.next) {
        DROP(dtls, drop_unexpected); /* plaintext in the place of ciphertext */
        add_fragment_waste(dtls, f, WASTE_FRAGMENT);
        return true;
    }
    if (too_long && f->header.message_seq >= slot->message_queue.next) {
        receive_too_long(dtls, f);
        add_fragment_waste(dtls, f, WASTE_FRAGMENT);
        return false;
    }
    if (fragment_is_whole(f) && !too_long
        && (f->header.message_seq == slot->message_queue.next
            || is_another_cookie(dtls, f))) {
        struct handshake_message m = whole_message(f);
        skf_judge_message(dtls, &m);
        return false;
    }
    switch (skf_queue_add(&slot->message_queue, f)) {
    case QUEUE_ADDED:
        dtls->datagram.any_good = true;
        withdraw_plain_alert(slot);
        if (skf_queue_keeps(&slot->message_queue, f->header.message_seq))
            skf_ack_accepted(dtls);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return skf_queue_next(&slot->message_queue) == NULL;
    case QUEUE_REPEATED:
        DROP(dtls, drop_retransmitted);
        withdraw_plain_alert(slot);
        skf_ack_keep_fragment(dtls);
        if (reply_has_begun(dtls))
            skf_ack_want(dtls, false);
        else
            skf_flight_event(dtls, PEER_REPEATED);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return false;
    case QUEUE_REFUSED:
        DROP(dtls, drop_fragment);
        add_fragment_waste(dtls, f, waste_of(&slot->message_queue));
        return true;
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
    if (dtls->protocol->has_post_handshake)
        skf_post_handshake_receive(dtls, f);
    else
        receive_fragment_after_handshake12(dtls, f);
    return false;
}

static void trace_fragment(const struct skiff_dtls *dtls, const struct fragment *f)
{
    TRACE(dtls, .event = SKIFF_TRACE_FRAGMENT_IN, .epoch = f->epoch,
          .number = dtls->datagram.number, .type = f->header.msg_type,
          .seq = f->header.message_seq, .offset = f->header.fragment_offset,
          .length = f->header.fragment_length, .count = f->header.length);
}

/* The fragments of the record in hand. True: the next record may be read at once. */
bool skf_receive_fragments(struct skiff_dtls *dtls)
{
    struct incoming_datagram *in = &dtls->datagram;
    struct fragment f = { .epoch = in->epoch };
    bool continues = true;

    while (continues && in->fragments.len > 0) {
        skf_ack_begin_fragment(dtls);
        if (skf_fragment_read(&in->fragments, &f)) {
            trace_fragment(dtls, &f);
            continues = receive_fragment(dtls, &f);
        } else {
            DROP(dtls, drop_malformed);
            in->fragments.len = 0;
            if (in->epoch != 0 && protocol_of(dtls)->is_strict)
                skf_fail(dtls, ALERT_DECODE_ERROR,
                         "handshake: a fragment longer than its record", "RFC 8446 6");
        }
        skf_ack_end_fragment(dtls);
    }
    if (in->fragments.len == 0)
        skf_ack_end_record(dtls);
    return continues;
}

/* --- ChangeCipherSpec ----------------------------------------------------------------- */

/* 1.3 has none; before the version is chosen it may be of 1.2. */
static bool may_change_ciphers(const struct handshake *hs)
{
    return hs->version_chosen ? hs->protocol->messages[CHANGE_CIPHER_SPEC].say != NULL
                              : hs->settings->has_dtls12;
}

/* It has no number to put it in order by, and may overtake the messages before it: the
 * slot remembers only that it came. It may be forged. */
void skf_receive_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct handshake_slot *slot = dtls->slot;
    struct change_cipher_spec m;

    if (!change_cipher_spec_read(&m, (skiff_bytes){ record->body, record->len })) {
        DROP(dtls, drop_malformed);
        return;
    }
    if (slot == NULL || dtls->phase != HANDSHAKING || record->epoch != 0
        || slot->change_cipher_spec_received || !may_change_ciphers(&slot->hs)) {
        DROP(dtls, drop_unexpected);
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
