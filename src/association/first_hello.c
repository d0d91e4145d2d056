/* first_hello.c - the first message of a client, before the handshake of a server begins.
 *
 * It comes whole, or in parts that wait in the slot of the handle. No hello for another
 * handle can take their place, and what is forged for one handle costs that handle
 * alone.
 */
#include "association/first_hello.h"

#include "association/actions.h"
#include "association/end.h"
#include "association/handshake_message.h"
#include "association/pending_ack.h"
#include "association/trace.h"
#include "association/waste.h"

/* A hello that does not parse began nothing. */
static void begin_server(struct skiff_dtls *dtls, const struct handshake_message *hello)
{
    struct handshake_slot *slot = dtls->slot;

    skf_begin_handshake(dtls);
    slot->message_queue.next = hello->message_seq;
    slot->next_seq = hello->message_seq; /* RFC 6347 section 4.2.2, after a cookie */
    dtls->next_plain_number = dtls->datagram.number; /* RFC 6347 section 4.2.1 */
    skf_judge_message(dtls, hello);
    if (dtls->slot == NULL)
        return;
    if (!slot->hs.version_chosen) {
        skf_drop_slot(dtls);
        dtls->phase = WAITING_FOR_START;
        return;
    }
    dtls->role = SKIFF_ROLE_PASSIVE;
}

/* One that lies elsewhere. Parts that came before it are of no use any more. */
static void receive_whole_hello(struct skiff_dtls *dtls,
                                const struct handshake_message *hello)
{
    if (dtls->slot == NULL && !skf_get_slot(dtls, SERVER))
        return;
    skf_queue_drop(&dtls->slot->message_queue);
    begin_server(dtls, hello);
}

/* Of hellos with different numbers the newest counts, so that a forged one cannot keep the
 * true one out. */
static bool receive_partial_hello(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (reassembly_size(f->header.length) > dtls->context->slots.queue_size) {
        DROP(dtls, drop_fragment);
        add_waste(dtls, WASTE_FRAGMENT);
        return false;
    }
    if (dtls->slot == NULL && !skf_get_slot(dtls, SERVER))
        return false;

    struct message_queue *queue = &dtls->slot->message_queue;
    if (f->header.message_seq != queue->next) {
        skf_queue_drop(queue);
        add_waste(dtls, WASTE_CONTRADICTION);
    }
    queue->next = f->header.message_seq;
    (void)skf_queue_add(queue, f);
    add_waste(dtls, waste_of(queue));
    skf_ack_keep_fragment(dtls);

    const struct reassembly *reassembly = skf_queue_next(queue);
    if (reassembly == NULL)
        return true;
    struct handshake_message hello = reassembled_message(reassembly);
    begin_server(dtls, &hello);
    return false;
}

bool skf_receive_first_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct partial_hellos *partial_hellos = &dtls->context->partial_hellos;

    if (dtls->role == SKIFF_ROLE_ACTIVE || !may_be_first_hello(f, dtls->datagram.number)) {
        DROP(dtls, drop_unexpected);
        add_waste(dtls, WASTE_FRAGMENT);
        return false;
    }
    dtls->datagram.any_good = true;

    bool is_whole = fragment_is_whole(f);
    struct partial_hello *partial =
        is_whole ? NULL : skf_partial_hello_accepted(partial_hellos, f);
    if (!is_whole && partial == NULL)
        return receive_partial_hello(dtls, f);
    struct handshake_message hello =
        is_whole ? whole_message(f) : reassembled_message(&partial->reassembly);
    receive_whole_hello(dtls, &hello);
    if (partial != NULL)
        skf_partial_hello_drop(partial_hellos, partial);
    return false;
}

static uint8_t period_of(skiff_time now)
{
    return (uint8_t)(HELLO_WAS_REPORTED | (now >> HELLO_PERIOD & HELLO_PERIODS));
}

void skf_note_new_hello(struct skiff_dtls *dtls, const struct incoming *record)
{
    skiff_bytes body = { record->body, record->len };
    struct fragment f = { .epoch = 0 };
    uint8_t period = period_of(dtls->now);

    if (!dtls->connected || record->type != CONTENT_HANDSHAKE
        || !skf_fragment_read(&body, &f) || f.header.fragment_offset != 0
        || !may_be_first_hello(&f, record->number)
        || dtls->datagram.hello_reported == period)
        return;
    dtls->datagram.hello_reported = period;
    dtls->events |= EVENT_HELLO;
}
