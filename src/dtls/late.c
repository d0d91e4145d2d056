/* late.c - messages after the handshake: in order, one at a time, until acknowledged. */
#include "dtls/late.h"

#include "dtls/conversation.h"
#include "dtls/extras.h"
#include "dtls/receipt.h"
#include "wire/control.h"

/* --- the table ------------------------------------------------------------------------ */

struct late_message {
    uint8_t type;                                          /* HandshakeType               */
    uint8_t owed;                                          /* what calls for it           */
    bool    in_parts;                              /* it may come so, and is let go then  */
    bool  (*may)(const struct skiff_dtls *dtls);   /* whether it may come; NULL: always   */
    void  (*hear)(struct skiff_dtls *dtls, skiff_bytes body);
    bool  (*say)(struct skiff_dtls *dtls, struct walk *w, uint8_t owed);
    void  (*arrived)(struct skiff_dtls *dtls);             /* ours was acknowledged, if   */
};                                                         /* anything follows from it    */

static bool comes_from_a_server(const struct skiff_dtls *dtls)
{
    return dtls->role == SKIFF_ROLE_ACTIVE;
}

/* clang-format off */
static const struct late_message messages[] = {
    { HANDSHAKE_KEY_UPDATE,         OWED_KEY_UPDATE | OWED_KEY_REQUEST, false,
      NULL,                         hear_key_update, say_key_update, key_update_arrived },
    { HANDSHAKE_NEW_CONNECTION_ID,  OWED_ID | OWED_SPARE_IDS, false,
      may_be_given_ids,             hear_new_connection_id, say_new_connection_id, NULL },
    { HANDSHAKE_REQUEST_CONNECTION_ID, OWED_ID_REQUEST, false,
      may_be_asked_for_ids,         hear_request_connection_id, say_request_connection_id,
      NULL },
    { HANDSHAKE_NEW_SESSION_TICKET, 0, true,
      comes_from_a_server,          hear_new_session_ticket, NULL, NULL },
};
/* clang-format on */
enum { MESSAGE_COUNT = sizeof messages / sizeof *messages };

static const struct late_message *message_of_type(uint8_t type)
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
enum { LATE_MOST = 0xffffff };

static void numbers_used_up(struct skiff_dtls *dtls)
{
    end_closed(dtls, true, "handshake: the numbers of its messages are used up",
               "RFC 9147 5.2");
}

/* --- theirs --------------------------------------------------------------------------- */

/* A client whose Finished has not arrived hears the server's flight again, and says it
 * again; all else that comes again lost its ACK. */
static void hear_again(struct skiff_dtls *dtls, const struct fragment *f)
{
    bool of_handshake = f->epoch < dtls->dialect->last_epoch;

    count(&dtls->counters.drop_repeated);
    keep_fragment(dtls);
    if (of_handshake && dtls->room != NULL && dtls->role == SKIFF_ROLE_ACTIVE)
        flight_news(dtls, PEER_REPEATED);
    else
        note_receipt(dtls, true);
}

/* RFC 8446 sections 4.1.2 and 4.6.2: who has proven himself and says what has no place,
 * such as a CertificateRequest that we did not ask for, ends it. */
static void hear_misplaced(struct skiff_dtls *dtls)
{
    count(&dtls->counters.drop_unexpected);
    fail(dtls, ALERT_UNEXPECTED_MESSAGE, "handshake: a message that has no place after it",
         "RFC 8446 4.6");
}

/* A ticket may come in parts, in order, and be of any length: it is let go by then, since
 * nothing is kept of a message that is not whole. All others are short, and come whole. */
static bool has_a_gap(const struct skiff_dtls *dtls, const struct late_message *message,
                      const struct fragment *f)
{
    return (!message->in_parts && !fragment_is_whole(f))
        || f->header.fragment_offset > dtls->late_heard;
}

/* RFC 9147 section 8: behind a KeyUpdate there is no other until it was acknowledged, and
 * then it comes in the next epoch. */
static bool may_come(const struct skiff_dtls *dtls, const struct late_message *message,
                     const struct fragment *f)
{
    return message != NULL && (message->may == NULL || message->may(dtls))
        && (message->type != HANDSHAKE_KEY_UPDATE || f->epoch == dtls->hears_epoch);
}

/* Of the epoch before too: what was said behind a KeyUpdate may have left before that was
 * acknowledged (decision 0026). */
static void hear_next(struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct late_message *message = message_of_type(f->header.msg_type);
    uint32_t end = f->header.fragment_offset + f->header.fragment_length;
    bool too_long = f->header.length > dtls->context->settings.max_message;

    if (!may_come(dtls, message, f)) {
        hear_misplaced(dtls);
        return;
    }
    if (too_long && !message->in_parts) {
        fail_too_long(dtls);
        return;
    }
    if (has_a_gap(dtls, message, f)) {
        count(&dtls->counters.drop_fragment);
        return;
    }
    note_receipt(dtls, true);
    if (end > dtls->late_heard)
        dtls->late_heard = end & LATE_MOST;
    if (dtls->late_heard < f->header.length)
        return;
    dtls->late_heard = 0;
    dtls->hears_seq++;
    if (fragment_is_whole(f) && !too_long)
        message->hear(dtls, (skiff_bytes){ f->bytes, f->header.length });
}

/* A message that is new, and still under the keys of the handshake. One Finished too many
 * does no harm, and must not stand in the way of what comes behind it. */
static void hear_belated(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (!fragment_is_whole(f)) {
        count(&dtls->counters.drop_fragment);
    } else if (f->header.msg_type != HANDSHAKE_FINISHED) {
        hear_misplaced(dtls);
    } else {
        count(&dtls->counters.drop_unexpected);
        note_receipt(dtls, true);
        dtls->hears_seq++;
    }
}

void late_hear(struct skiff_dtls *dtls, const struct fragment *f)
{
    uint16_t seq = f->header.message_seq, next = dtls->hears_seq;

    if (seq < next)
        hear_again(dtls, f);
    else if (seq > next)
        count(&dtls->counters.drop_unexpected);      /* it comes again, section 7 */
    else if (next == LAST_SEQ)
        numbers_used_up(dtls);
    else if (f->epoch < dtls->dialect->last_epoch)
        hear_belated(dtls, f);
    else
        hear_next(dtls, f);
}

/* --- ours ----------------------------------------------------------------------------- */

void late_owe(struct skiff_dtls *dtls, uint8_t what)
{
    if (dtls->dialect->acknowledges)
        dtls->owed |= what;
}

static bool begin(struct skiff_dtls *dtls, const struct late_message *message)
{
    struct ids *ids = ids_of(dtls);
    struct walk w = ids != NULL ? walk_writer(ids->words, sizeof ids->words)
                                : walk_writer(dtls->last_words, sizeof dtls->last_words);
    struct said said = { .body = w.out, .type = message->type, .epoch = EPOCH_SPOKEN };
    uint8_t owed = dtls->owed & message->owed;

    if (dtls->speaks_seq == LAST_SEQ) {
        numbers_used_up(dtls);
        return false;
    }
    dtls->owed &= (uint8_t)~message->owed;
    if (!message->say(dtls, &w, owed))
        return false;
    said.len = (uint32_t)w.at;
    said.message_seq = dtls->speaks_seq++;
    memset(dtls->sent_in, 0xff, sizeof dtls->sent_in);
    flight_begin(&dtls->flight, &dtls->late_said, first_wait(dtls));
    if (!flight_add(&dtls->flight, &said))
        return false;
    flight_news(dtls, FLIGHT_BUFFERED);
    return true;
}

bool late_may_speak(const struct skiff_dtls *dtls)
{
    return dtls->owed != 0 && dtls->phase == ESTABLISHED && dtls->room == NULL
        && dtls->flight.num == 0;
}

void late_speak(struct skiff_dtls *dtls)
{
    for (size_t i = 0; i < MESSAGE_COUNT && late_may_speak(dtls); i++)
        if ((dtls->owed & messages[i].owed) != 0 && begin(dtls, &messages[i]))
            return;
}

/* The first record stays, and the newest: of the others an ACK may be in vain, and the
 * message is said once more. */
void late_sent(struct skiff_dtls *dtls, uint64_t number)
{
    uint64_t *sent_in = dtls->sent_in;

    sent_in[sent_in[0] == UINT64_MAX ? 0 : 1] = number;
}

static bool names_it(const struct skiff_dtls *dtls, const struct record_number *n)
{
    const uint64_t *sent_in = dtls->sent_in;

    return n->epoch == dtls->speaks_epoch
        && (n->sequence_number == sent_in[0] || n->sequence_number == sent_in[1])
        && n->sequence_number != UINT64_MAX;
}

void late_acknowledged(struct skiff_dtls *dtls, skiff_bytes record_numbers)
{
    for (size_t at = 0; at < record_numbers.len && dtls->flight.num > 0;
         at += RECORD_NUMBER) {
        struct record_number n;
        if (!record_number_read(&n, (skiff_bytes){ record_numbers.ptr + at, RECORD_NUMBER })
            || !names_it(dtls, &n))
            continue;
        const struct late_message *message = message_of_type(dtls->flight.said[0].type);
        flight_forget(&dtls->flight);
        dtls->arriving.any_good = true;
        if (message->arrived != NULL)
            message->arrived(dtls);
    }
}
