/* listen.c - takes in datagrams: records, alerts, fragments, messages, data. */
#include "base/memory.h"
#include "dtls/alert.h"
#include "dtls/conversation.h"
#include "dtls/epoch.h"
#include "dtls/extras.h"
#include "dtls/first_hello.h"
#include "dtls/late.h"
#include "dtls/listen.h"
#include "dtls/messages.h"
#include "dtls/receipt.h"
#include "dtls/vain.h"
#include "wire/control.h"

/* --- messages ------------------------------------------------------------------------- */

static bool acknowledges(const struct skiff_dtls *dtls)
{
    return dtls->room != NULL
               ? dtls->room->hs.settled && dtls->room->hs.dialect->acknowledges
               : dtls->dialect->acknowledges;
}

/* What was taken is acknowledged where there are ACKs. */
static void keep(struct skiff_dtls *dtls)
{
    if (acknowledges(dtls))
        note_receipt(dtls, false);
    else
        keep_fragment(dtls);
}

static void take_line(struct skiff_dtls *dtls, enum msg msg, const struct heard *m)
{
    struct room *room = dtls->room;
    const struct message *message = &room->hs.dialect->messages[msg];

    dtls->arriving.any_good = true;
    keep(dtls);
    if (!transcript_add_message(&room->hs.transcript, room->hs.dialect->form, m->type,
                                m->message_seq, m->body)
        || (message->then != NULL && !message->then(&room->hs))) {
        refuse_crypto(&room->hs, "transcript: no hash from libcrypto");
        end_failed(dtls);
        return;
    }
    script_heard(&room->hs.reading, msg);
    inbox_heard(&room->inbox);
    room->plain_alert = no_plain_alert();
    room_heard(&dtls->context->rooms, room, dtls->now);
    if (msg == CERTIFICATE)
        dtls->tell |= TELL_CERTIFICATE;
    line_passed(dtls);
}

/* The message that is next may come again, and must: nothing of it is acknowledged. */
static void throw_away(struct skiff_dtls *dtls)
{
    inbox_void(&dtls->room->inbox);
    withdraw_plain_receipts(dtls);
    in_vain(dtls, VAIN_MESSAGE);
}

/* Nothing in the clear changes anything; who has proven himself is held to what he says. */
static void take_malformed(struct skiff_dtls *dtls, const struct heard *m)
{
    if (m->epoch != 0) {
        refuse(&dtls->room->hs, ALERT_DECODE_ERROR,
               "handshake: a message that does not parse", "RFC 8446 6.2");
        end_failed(dtls);
        return;
    }
    count(&dtls->counters.drop_malformed);
    throw_away(dtls);
}

/* RFC 5246 section 7.4.1.1: a client that is in a handshake ignores a HelloRequest, which
 * 1.3 does not have. */
static bool is_passed_over(const struct handshake *hs, const struct heard *m)
{
    return !hs->dialect->acknowledges && hs->me == CLIENT
        && m->type == HANDSHAKE_HELLO_REQUEST && m->body.len == 0;
}

/* In plaintext it may be anybody's, and what is due may still come in its place. Who has
 * proven himself is held to the order of messages (RFC 8446 section 4, RFC 5246 section
 * 7.4), since nothing of his that is due would be heard behind it. */
static void take_misplaced(struct skiff_dtls *dtls, const struct heard *m)
{
    struct room *room = dtls->room;

    count(&dtls->counters.drop_unexpected);
    if (m->epoch == 0) {
        throw_away(dtls);
    } else if (is_passed_over(&room->hs, m)) {
        keep_fragment(dtls);
        inbox_heard(&room->inbox);
    } else {
        refuse(&room->hs, ALERT_UNEXPECTED_MESSAGE,
               "handshake: a message that has no place now", "RFC 8446 4");
        end_failed(dtls);
    }
}

void judge_message(struct skiff_dtls *dtls, const struct heard *m)
{
    struct handshake *hs = &dtls->room->hs;
    enum msg msg = message_of(m->type, m->body);
    bool settles = settle_by_reply(hs, msg, m->body);
    const struct line *line = msg == MSG_COUNT ? NULL : script_find(&hs->reading, msg);

    if (has_failed(hs->failure)) {
        end_failed(dtls);
        return;
    }
    if (line == NULL || line->epoch != m->epoch) {
        if (settles)
            unsettle(hs);
        take_misplaced(dtls, m);
        return;
    }
    switch (hs->dialect->messages[msg].hear(hs, m->body)) {
    case HEARD:
        take_line(dtls, msg, m);
        return;
    case DROPPED:
        if (settles)
            unsettle(hs);
        take_malformed(dtls, m);
        return;
    case REFUSED:
        dtls->arriving.any_good = true;
        end_failed(dtls);
        return;
    }
}

static bool take_message(struct skiff_dtls *dtls)
{
    bool listens = dtls->room != NULL && dtls->phase == HANDSHAKING;
    const struct join *join = listens ? inbox_next(&dtls->room->inbox) : NULL;

    if (join == NULL)
        return false;

    struct heard m = joined(join);
    judge_message(dtls, &m);
    return true;
}

/* --- fragments ------------------------------------------------------------------------ */

/* 1.2 repeats its Finished only, which asks for ours, and has no other message after it.
 * There is no renegotiation (RFC 8827 section 6.5). */
static void take_late_fragment12(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (f->header.msg_type == HANDSHAKE_FINISHED) {
        count(&dtls->counters.drop_repeated);
        if (dtls->flight.num > 0 && dtls->now - dtls->finished < LAST_FLIGHT_ANSWERED)
            flight_news(dtls, PEER_REPEATED);
        return;
    }
    count(&dtls->counters.drop_unexpected);
    if (f->header.msg_type == HANDSHAKE_CLIENT_HELLO
        || f->header.msg_type == HANDSHAKE_HELLO_REQUEST)
        queue_alert(dtls, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
}

/* A server that keeps no state numbers each of its HelloVerifyRequests 0: one with another
 * cookie is no repetition. */
static bool is_another_cookie(const struct room *room, const struct fragment *f)
{
    const struct heard m = whole(f);

    return m.type == HANDSHAKE_HELLO_VERIFY_REQUEST && m.message_seq == 0
        && script_find(&room->hs.reading, HELLO_VERIFY_REQUEST) != NULL
        && brings_another_cookie(&room->hs, m.body);
}

/* What says its length in plaintext has to show it: more of it than we take, in order. */
static bool shows_its_length(struct skiff_dtls *dtls, const struct fragment *f)
{
    const struct handshake_header *h = &f->header;
    struct long_message *shown = &dtls->room->long_message;

    if (shown->length != h->length || shown->message_seq != h->message_seq)
        *shown = (struct long_message){ .length = h->length,
                                        .message_seq = h->message_seq };
    if (h->fragment_offset <= shown->heard
        && h->fragment_offset + h->fragment_length > shown->heard)
        shown->heard = h->fragment_offset + h->fragment_length;
    return shown->heard > dtls->context->settings.max_message;
}

/* The peer says it again and again, and we never take it. */
static void take_too_long(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct handshake *hs = &dtls->room->hs;
    enum msg msg = message_of(f->header.msg_type, (skiff_bytes){ NULL, 0 });
    const struct line *line = msg == MSG_COUNT ? NULL : script_find(&hs->reading, msg);
    bool is_due = line != NULL && line->epoch == f->epoch;

    count(&dtls->counters.drop_fragment);
    if (f->header.message_seq == dtls->room->inbox.next
        && (f->epoch != 0 || (is_due && shows_its_length(dtls, f))))
        fail_too_long(dtls);
}

static void fragment_in_vain(struct skiff_dtls *dtls, const struct fragment *f,
                             unsigned weight)
{
    in_vain(dtls, f->epoch == 0 ? weight : 0);    /* no forger has keys */
}

/* True: it waits for others, and nothing has moved on. */
static bool file_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct room *room = dtls->room;
    bool too_long = f->header.length > dtls->context->settings.max_message;

    if (f->epoch < dtls->hears_epoch && f->header.message_seq >= room->inbox.next) {
        count(&dtls->counters.drop_unexpected);   /* plaintext in the place of ciphertext */
        fragment_in_vain(dtls, f, VAIN_FRAGMENT);
        return false;
    }
    if (too_long && f->header.message_seq >= room->inbox.next) {
        take_too_long(dtls, f);
        fragment_in_vain(dtls, f, VAIN_FRAGMENT);
        return false;
    }
    if (fragment_is_whole(f) && !too_long
        && (f->header.message_seq == room->inbox.next || is_another_cookie(room, f))) {
        struct heard m = whole(f);
        judge_message(dtls, &m);
        return false;
    }
    switch (inbox_take(&room->inbox, f)) {
    case INBOX_TAKEN:
        dtls->arriving.any_good = true;
        contradict_plain_alert(room);
        if (inbox_keeps(&room->inbox, f->header.message_seq))
            keep(dtls);
        fragment_in_vain(dtls, f, room->inbox.vain);
        return inbox_next(&room->inbox) == NULL;
    case INBOX_REPEATED:
        count(&dtls->counters.drop_repeated);
        contradict_plain_alert(room);
        keep_fragment(dtls);
        if (reply_has_begun(dtls))
            note_receipt(dtls, false);
        else
            flight_news(dtls, PEER_REPEATED);
        fragment_in_vain(dtls, f, room->inbox.vain);
        return false;
    case INBOX_REFUSED:
        count(&dtls->counters.drop_fragment);
        fragment_in_vain(dtls, f, room->inbox.vain);
        return false;
    }
    return false;
}

/* True: the next one may be read at once. */
static bool hear_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (dtls->phase == HANDSHAKING)
        return file_fragment(dtls, f);
    if (dtls->phase == WAITING_FOR_START)
        return take_first_fragment(dtls, f);
    if (acknowledges(dtls))
        late_hear(dtls, f);
    else
        take_late_fragment12(dtls, f);
    return false;
}

/* Of the record in hand. True: the next record may be read at once. */
static bool take_fragments(struct skiff_dtls *dtls)
{
    struct arriving *in = &dtls->arriving;
    struct fragment f = { .epoch = in->epoch };
    bool goes_on = true;

    while (goes_on && in->fragments.len > 0) {
        begin_fragment(dtls);
        if (fragment_read(&in->fragments, &f)) {
            goes_on = hear_fragment(dtls, &f);
        } else {
            count(&dtls->counters.drop_malformed);
            in->fragments.len = 0;
        }
        end_fragment(dtls);
    }
    if (in->fragments.len == 0)
        end_receipt(dtls);
    return goes_on;
}

/* --- ChangeCipherSpec ----------------------------------------------------------------- */

/* 1.3 has none; before the version is settled it may be of 1.2. */
static bool may_change_ciphers(const struct handshake *hs)
{
    return hs->settled ? hs->dialect->messages[CHANGE_CIPHER_SPEC].say != NULL
                       : hs->settings->speaks_12;
}

/* It has no number to wait for its turn by, and may overtake what comes before it: that it
 * came is all that is remembered of it, and goes with the attempt. Anybody can say it. */
static void take_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct room *room = dtls->room;
    struct change_cipher_spec m;

    if (!change_cipher_spec_read(&m, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
        return;
    }
    if (room == NULL || dtls->phase != HANDSHAKING || record->epoch != 0
        || room->change_came || !may_change_ciphers(&room->hs)) {
        count(&dtls->counters.drop_unexpected);
        return;
    }
    dtls->arriving.any_good = true;
    room->change_came = true;
}

/* CVE-2014-0224: one that came counts when the script is at its line and the keys are
 * there, and not before. */
static bool change_ciphers(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;

    if (room == NULL || !room->change_came || room->hs.keysets[0].epoch == 0
        || script_find(&room->hs.reading, CHANGE_CIPHER_SPEC) == NULL)
        return false;
    room->change_came = false;
    script_heard(&room->hs.reading, CHANGE_CIPHER_SPEC);
    line_passed(dtls);
    return true;
}

/* --- records -------------------------------------------------------------------------- */

static void take_data(struct skiff_dtls *dtls, const struct incoming *record)
{
    if (!dtls->connected) {
        count(&dtls->counters.drop_data);
        return;
    }
    dtls->data = (skiff_bytes){ record->body, record->len };
    dtls->tell |= TELL_DATA;
}

/* RFC 8446 section 5.4: of these types only an empty record is no message at all. */
static bool must_not_be_empty(const struct incoming *record)
{
    return record->unified && record->len == 0
        && (record->type == CONTENT_HANDSHAKE || record->type == CONTENT_ALERT);
}

/* RFC 9147 section 6.1: behind the handshake its keys are good for its messages alone,
 * which come again, and for an ACK of the client's last flight. */
static bool epoch_may_carry(const struct skiff_dtls *dtls, const struct incoming *record)
{
    return dtls->phase != ESTABLISHED || record->epoch >= dtls->dialect->last_epoch
        || record->type == CONTENT_HANDSHAKE
        || (record->type == CONTENT_ACK && dtls->role == SKIFF_ROLE_ACTIVE);
}

static void take_content(struct skiff_dtls *dtls, const struct incoming *record)
{
    if (!epoch_may_carry(dtls, record)) {
        count(&dtls->counters.drop_epoch);
        return;
    }
    if (must_not_be_empty(record)) {
        fail(dtls, ALERT_UNEXPECTED_MESSAGE, "record: a handshake message or alert without "
             "a byte", "RFC 8446 5.4");
        return;
    }
    switch (record->type) {
    case CONTENT_HANDSHAKE:
        dtls->arriving.fragments = (skiff_bytes){ record->body, record->len };
        begin_receipt(dtls, record);
        if (record->len == 0)
            count(&dtls->counters.drop_malformed);
        return;
    case CONTENT_ALERT:
        take_alert(dtls, record);
        return;
    case CONTENT_CHANGE_CIPHER_SPEC:
        take_change_cipher_spec(dtls, record);
        return;
    case CONTENT_ACK:
        take_ack(dtls, record);
        return;
    case CONTENT_APPLICATION_DATA:
        if (record->epoch != 0)
            take_data(dtls, record);
        else
            count(&dtls->counters.drop_plaintext);
        return;
    case CONTENT_RETURN_ROUTABILITY_CHECK:
        if (!path_hear(dtls, record))
            count(&dtls->counters.drop_malformed);
        return;
    default:
        count(&dtls->counters.drop_malformed);
    }
}

/* RFC 8449 section 4: what we said counts once they have heard it. */
static bool is_too_long(const struct skiff_dtls *dtls, const struct keys *keys,
                        const struct incoming *record)
{
    uint16_t ours = dtls->peer.size_limit != 0 ? dtls->context->settings.max_record : 0;

    return record->content > record_most(keys, record->id.len, ours);
}

static void open_record(struct skiff_dtls *dtls, struct incoming *record)
{
    struct opening *theirs = opening_of(dtls, record->epoch);
    size_t size = record->header_len + record->len;

    switch (record_open(dtls->context->crypto, theirs, record)) {
    case RECORD_OPENED:
        dtls->arriving.any_good = true;
        count(&dtls->counters.records_opened);
        note_opened(dtls, record->epoch);
        if (dtls->room != NULL)
            dtls->room->plain_alert = no_plain_alert();
        path_heard(dtls, record, size);
        if (is_too_long(dtls, &theirs->keys, record))
            fail(dtls, ALERT_RECORD_OVERFLOW, "record: longer than we take", "RFC 8449 4");
        else
            take_content(dtls, record);
        return;
    case RECORD_SEEN:
        count(&dtls->counters.drop_seen);
        in_vain(dtls, VAIN_COPY);
        return;
    case RECORD_EMPTY:                          /* RFC 9147 section 4.5.2, decision 0026 */
        count(&dtls->counters.drop_malformed);
        return;
    case RECORD_FAILED:                         /* as if it had been lost on the way */
        count(&dtls->counters.drop_unverified);
        return;
    case RECORD_UNFIT:        /* RFC 9147 section 4.2.3: as if forged, and no trial */
    case RECORD_FORGED:       /* one trial for a datagram; what was held came in its own */
        count(&dtls->counters.drop_unverified);
        if (!dtls->arriving.held)
            dtls->arriving.left = 0;
        note_trial(dtls, theirs);
        return;
    }
}

/* A record of the next epoch may overtake what brings its keys: it is kept as it came. */
static void hold_record(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct room *room = dtls->room;
    size_t len = record->header_len + record->len;

    if (room == NULL || dtls->phase != HANDSHAKING
        || len > sizeof room->held - room->held_len) {
        count(&dtls->counters.drop_epoch);
        return;
    }
    memmove(room->held + room->held_len, record->header, len);
    room->held_len = (uint16_t)(room->held_len + len);
    room->held_since = dtls->hears_epoch;
    dtls->arriving.any_good = true;
}

/* Plaintext counts until there are keys; and until the peer has shown that it has them,
 * since it may have missed what made them. */
static bool plaintext_counts(const struct skiff_dtls *dtls)
{
    if (dtls->hears_epoch == 0)
        return dtls->phase != ESTABLISHED;
    return dtls->phase == HANDSHAKING && acknowledges(dtls)
           && dtls->theirs.window.next == 0;
}

static void judge_plain(struct skiff_dtls *dtls, struct incoming *record)
{
    if (record->type != CONTENT_HANDSHAKE || record->len == 0 || !plaintext_counts(dtls))
        in_vain(dtls, VAIN_RECORD);            /* else its fragments count */
    if (!plaintext_counts(dtls)) {
        count(&dtls->counters.drop_plaintext);
        note_new_hello(dtls, record);
        return;
    }
    count(&dtls->counters.records_opened);
    take_content(dtls, record);
}

/* RFC 9147 section 4: behind an id that is none of ours nothing of the datagram counts. */
static void drop_misnamed(struct skiff_dtls *dtls, const struct incoming *record)
{
    count(&dtls->counters.drop_id);
    in_vain(dtls, VAIN_RECORD);
    if (record->has_id)
        dtls->arriving.left = 0;
}

static void judge_record(struct skiff_dtls *dtls, struct incoming *record)
{
    uint32_t epoch = record->unified ? epoch_of_bits(dtls, record->epoch) : record->epoch;

    if (record->version >> 8 != DTLS_MAJOR) {
        count(&dtls->counters.drop_version);
        in_vain(dtls, VAIN_RECORD);
    } else if (record->has_id && record->id.len == 0) {
        drop_misnamed(dtls, record);
    } else if (!record->unified && epoch == 0) {
        judge_plain(dtls, record);
    } else if (epoch != 0 && opening_of(dtls, epoch) != NULL) {
        record->epoch = epoch;
        if (names_us(ids_of(dtls), record))
            open_record(dtls, record);
        else
            drop_misnamed(dtls, record);
    } else if (record->unified || (epoch == 1 && dtls->hears_epoch == 0)) {
        hold_record(dtls, record);
        in_vain(dtls, VAIN_RECORD);
    } else {
        count(&dtls->counters.drop_epoch);
        in_vain(dtls, VAIN_RECORD);
    }
}

static bool take_record(struct skiff_dtls *dtls)
{
    struct arriving *in = &dtls->arriving;
    size_t id_len = dtls->context->settings.connection_id_len, left = in->left;
    struct incoming record;

    if (left == 0)
        return false;
    if (record_cut(&in->at, &left, id_len, &record)) {
        in->left = (uint32_t)left;
        judge_record(dtls, &record);
        return true;
    }
    count(&dtls->counters.drop_malformed);
    in->left = 0;
    return true;
}

/* Where all that came of a record is that it waits, the next one of plaintext is read at
 * once. */
static bool take_fragment(struct skiff_dtls *dtls)
{
    if (dtls->arriving.fragments.len == 0)
        return false;
    while (take_fragments(dtls) && take_record(dtls))
        if (dtls->arriving.fragments.len == 0 || dtls->arriving.epoch != 0)
            return true;
    return true;
}

/* What was held comes in turn once its epoch is heard and the datagram is done with. */
static bool take_held(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;

    if (room == NULL || room->held_len == 0 || dtls->hears_epoch == room->held_since)
        return false;
    dtls->arriving.at = room->held;
    dtls->arriving.left = room->held_len;
    dtls->arriving.held = true;
    room->held_len = 0;
    return true;
}

static bool is_our_turn(const struct skiff_dtls *dtls)
{
    return dtls->room != NULL && script_turn(&dtls->room->hs.reading) == SPEAK;
}

void listen_on(struct skiff_dtls *dtls)
{
    while (dtls->phase != ENDED && (dtls->tell & ~TELL_HELLO) == 0 && !is_our_turn(dtls)
           && !path_owes_answer(dtls)) {
        if (dtls->room != NULL)
            inbox_sweep(&dtls->room->inbox);
        if (!change_ciphers(dtls) && !take_message(dtls) && !take_fragment(dtls)
            && !take_record(dtls) && !take_held(dtls))
            break;
    }
    if ((dtls->tell & ~TELL_HELLO) == 0)
        leave_room_if_done(dtls);
}
