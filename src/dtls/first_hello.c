/* first_hello.c - the first message of a client, before the handshake of a server begins.
 *
 * It comes whole, or in parts that wait in a room of the handle. Nobody else's hello can
 * take their place, and what is forged for one handle costs that handle alone.
 */
#include "dtls/first_hello.h"

#include "dtls/conversation.h"
#include "dtls/listen.h"
#include "dtls/receipt.h"
#include "dtls/vain.h"

/* A hello that does not parse began nothing. */
static void begin_server(struct skiff_dtls *dtls, const struct heard *hello)
{
    struct room *room = dtls->room;

    begin_handshake(dtls);
    room->inbox.next = hello->message_seq;
    room->next_seq = hello->message_seq;        /* RFC 6347 section 4.2.2, after a cookie */
    dtls->plain_next = dtls->arriving.number;                 /* RFC 6347 section 4.2.1 */
    judge_message(dtls, hello);
    if (dtls->room == NULL)
        return;
    if (!room->hs.settled) {
        leave_room(dtls);
        dtls->phase = WAITING_FOR_START;
        return;
    }
    dtls->role = SKIFF_ROLE_PASSIVE;
}

/* One that lies elsewhere. Parts that came before it are of no use any more. */
static void take_whole(struct skiff_dtls *dtls, const struct heard *hello)
{
    if (dtls->room == NULL && !enter_room(dtls, SERVER))
        return;
    inbox_void(&dtls->room->inbox);
    begin_server(dtls, hello);
}

/* Of hellos with different numbers the newest counts, so that a forged one cannot keep the
 * true one out. */
static bool take_part(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (join_room(f->header.length) > dtls->context->rooms.inbox) {
        count(&dtls->counters.drop_fragment);
        in_vain(dtls, VAIN_FRAGMENT);
        return false;
    }
    if (dtls->room == NULL && !enter_room(dtls, SERVER))
        return false;

    struct inbox *inbox = &dtls->room->inbox;
    if (f->header.message_seq != inbox->next) {
        inbox_void(inbox);
        in_vain(dtls, VAIN_CONTRADICTION);
    }
    inbox->next = f->header.message_seq;
    (void)inbox_take(inbox, f);
    in_vain(dtls, inbox->vain);
    keep_fragment(dtls);

    const struct join *join = inbox_next(inbox);
    if (join == NULL)
        return true;
    struct heard hello = joined(join);
    begin_server(dtls, &hello);
    return false;
}

bool take_first_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct hellos *hellos = &dtls->context->hellos;

    if (dtls->role == SKIFF_ROLE_ACTIVE || !may_be_first_hello(f, dtls->arriving.number)) {
        count(&dtls->counters.drop_unexpected);
        in_vain(dtls, VAIN_FRAGMENT);
        return false;
    }
    dtls->arriving.any_good = true;

    bool is_whole = fragment_is_whole(f);
    struct half_hello *half = is_whole ? NULL : hello_accepted(hellos, f);
    if (!is_whole && half == NULL)
        return take_part(dtls, f);
    struct heard hello = is_whole ? whole(f) : joined(&half->join);
    take_whole(dtls, &hello);
    if (half != NULL)
        hello_void(hellos, half);
    return false;
}

static uint8_t slot_of(skiff_time now)
{
    return (uint8_t)(HELLO_WAS_TOLD | (now >> HELLO_SLOT & HELLO_SLOTS));
}

void note_new_hello(struct skiff_dtls *dtls, const struct incoming *record)
{
    skiff_bytes body = { record->body, record->len };
    struct fragment f = { .epoch = 0 };
    uint8_t slot = slot_of(dtls->now);

    if (!dtls->connected || record->type != CONTENT_HANDSHAKE || !fragment_read(&body, &f)
        || f.header.fragment_offset != 0 || !may_be_first_hello(&f, record->number)
        || dtls->arriving.hello_told == slot)
        return;
    dtls->arriving.hello_told = slot;
    dtls->tell |= TELL_HELLO;
}
