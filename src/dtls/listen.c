/* listen.c - takes in datagrams: records, alerts, fragments, messages, data. */
#include "base/memory.h"
#include "dtls/conversation.h"
#include "dtls/messages.h"
#include "wire/control.h"

/* --- messages ------------------------------------------------------------------------- */

/* A whole message, wherever it lies. */
struct heard {
    uint8_t     type;
    uint16_t    message_seq, epoch;
    skiff_bytes body;
};

/* RFC 6347 section 4.2.6: the hash is over the message as if it came in one fragment. */
static bool add_to_transcript(struct handshake *hs, const struct heard *m)
{
    struct handshake_header header = { .msg_type = m->type, .length = (uint32_t)m->body.len,
                                       .message_seq = m->message_seq,
                                       .fragment_length = (uint32_t)m->body.len };
    uint8_t bytes[HANDSHAKE_HEADER];
    size_t size;

    return handshake_header_write(&header, bytes, sizeof bytes, &size)
        && transcript_add(&hs->transcript, (skiff_bytes){ bytes, size })
        && transcript_add(&hs->transcript, m->body);
}

static void take_line(struct skiff_dtls *dtls, const struct line *line, const struct heard *m)
{
    struct room *room = dtls->room;
    const struct message *message = &messages12[line->msg];

    dtls->arriving.any_good = true;
    if (!add_to_transcript(&room->hs, m)
        || (message->then != NULL && !message->then(&room->hs))) {
        refuse_crypto(&room->hs, "transcript: no hash from libcrypto");
        end_failed(dtls);
        return;
    }
    script_heard(&room->hs.reading, line);
    inbox_heard(&room->inbox);
    room->rumour = ALERT_NONE;
    room_heard(&dtls->context->rooms, room, dtls->now);
    if (line->msg == CERTIFICATE)
        dtls->tell |= TELL_CERTIFICATE;
    line_passed(dtls);
}

/* Judges the message that is next by its number. What has no place in the script, or does not
 * parse, changes nothing, unless the peer has authenticated it. */
static void judge_message(struct skiff_dtls *dtls, const struct heard *m)
{
    struct room *room = dtls->room;
    enum msg msg = message_of(m->type);
    const struct line *line = msg == MSG_COUNT ? NULL : script_find(&room->hs.reading, msg);

    if (line == NULL || line->epoch != m->epoch) {
        count(&dtls->counters.drop_unexpected);
        inbox_void(&room->inbox);
        return;
    }
    switch (messages12[msg].hear(&room->hs, m->body)) {
    case HEARD:
        take_line(dtls, line, m);
        return;
    case DROPPED:
        count(&dtls->counters.drop_malformed);
        inbox_void(&room->inbox);
        return;
    case REFUSED:
        dtls->arriving.any_good = true;
        end_failed(dtls);
        return;
    }
}

static bool take_message(struct skiff_dtls *dtls)
{
    const struct join *join = dtls->room != NULL ? inbox_next(&dtls->room->inbox) : NULL;

    if (join == NULL)
        return false;

    struct heard m = { .type = join->msg_type, .message_seq = join->message_seq,
                       .epoch = join->epoch, .body = { join->body, join->length } };
    judge_message(dtls, &m);
    return true;
}

/* --- fragments ------------------------------------------------------------------------ */

static struct heard whole(const struct fragment *f)
{
    return (struct heard){ .type = f->header.msg_type, .message_seq = f->header.message_seq,
                           .epoch = f->epoch, .body = { f->bytes, f->header.length } };
}

/* A server takes a room once it has seen the whole first message of a client. */
static void begin_server(struct skiff_dtls *dtls, const struct heard *hello)
{
    if (!take_room(dtls, SERVER))
        return;
    dtls->room->inbox.next = hello->message_seq;
    dtls->room->next_seq = hello->message_seq;        /* RFC 6347 section 4.2.2, after a cookie */
    dtls->plain_next = dtls->arriving.number;         /* RFC 6347 section 4.2.1 */
    judge_message(dtls, hello);
    if (dtls->room == NULL)
        return;
    if (script_next(&dtls->room->hs.reading)->msg == CLIENT_HELLO) {
        leave_room(dtls);                             /* it did not parse: nothing began */
        dtls->phase = WAITING_FOR_START;
        return;
    }
    dtls->role = SKIFF_ROLE_PASSIVE;
}

static struct hello_key key_of(const struct skiff_dtls *dtls)
{
    struct hello_key key = { { 0 } };

    memcpy(key.bytes, &dtls, sizeof dtls);
    return key;
}

static void take_first_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct hellos *hellos = &dtls->context->hellos;
    struct hello_key key = key_of(dtls);

    if (dtls->role == SKIFF_ROLE_ACTIVE || f->header.msg_type != HANDSHAKE_CLIENT_HELLO
        || f->epoch != 0 || f->header.message_seq > HELLO_SEQ_MAX
        || dtls->arriving.number > HELLO_NUMBER_MAX) {
        count(&dtls->counters.drop_unexpected);
        return;
    }
    dtls->arriving.any_good = true;
    if (fragment_is_whole(f)) {
        struct heard hello = whole(f);
        begin_server(dtls, &hello);
        return;
    }

    struct half_hello *half = hello_accepted(hellos, f);
    if (half == NULL)
        half = hello_add(hellos, &key, f);
    if (half == NULL)
        return;
    struct heard hello = { .type = HANDSHAKE_CLIENT_HELLO,
                           .message_seq = half->join.message_seq,
                           .body = { half->join.body, half->join.length } };
    begin_server(dtls, &hello);
    hello_void(hellos, half);
}

/* After the handshake only the peer's last flight has a meaning: it asks for ours again.
 * There is no renegotiation (RFC 8827 section 6.5). */
static void take_late_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    if (f->header.msg_type == HANDSHAKE_FINISHED && dtls->flight.num > 0
        && dtls->now - dtls->finished < LAST_FLIGHT_ANSWERED) {
        count(&dtls->counters.drop_repeated);
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

static void file_fragment(struct skiff_dtls *dtls, const struct fragment *f)
{
    struct room *room = dtls->room;

    if (fragment_is_whole(f) && f->header.length <= dtls->context->settings.max_message
        && (f->header.message_seq == room->inbox.next || is_another_cookie(room, f))) {
        struct heard m = whole(f);
        judge_message(dtls, &m);
        return;
    }
    switch (inbox_take(&room->inbox, f)) {
    case INBOX_TAKEN:
        dtls->arriving.any_good = true;
        return;
    case INBOX_REPEATED:
        count(&dtls->counters.drop_repeated);
        flight_news(dtls, PEER_REPEATED);
        return;
    case INBOX_REFUSED:
        count(&dtls->counters.drop_fragment);
        return;
    }
}

static bool take_fragment(struct skiff_dtls *dtls)
{
    struct arriving *in = &dtls->arriving;
    struct fragment f = { .epoch = in->epoch };

    if (in->fragments.len == 0)
        return false;
    if (!fragment_read(&in->fragments, &f)) {
        count(&dtls->counters.drop_malformed);
        in->fragments.len = 0;
    } else if (dtls->room != NULL) {
        file_fragment(dtls, &f);
    } else if (dtls->phase == WAITING_FOR_START) {
        take_first_fragment(dtls, &f);
    } else {
        take_late_fragment(dtls, &f);
    }
    return true;
}

/* --- alerts and ChangeCipherSpec ------------------------------------------------------ */

/* In plaintext anybody can say it: a fatal one is remembered, and believed when nothing better
 * has come by the time we would have repeated ourselves. */
static void take_plain_alert(struct skiff_dtls *dtls, const struct alert *alert)
{
    struct room *room = dtls->room;

    count(&dtls->counters.drop_alert);
    if (room == NULL || alert->level != ALERT_FATAL || room->rumour != ALERT_NONE)
        return;
    room->rumour = alert->description;
    room->rumour_due = dtls->now + (dtls->flight.wait != 0 ? dtls->flight.wait
                                                           : SKIFF_MSEC(1000));
}

static void take_alert(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct alert alert;

    if (!alert_read(&alert, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
    } else if (record->epoch == 0) {
        take_plain_alert(dtls, &alert);
    } else if (alert.description == ALERT_CLOSE_NOTIFY) {
        end_closed(dtls, false, "alert: the peer said close_notify", "RFC 5246 7.2.1");
    } else if (alert.level == ALERT_FATAL) {
        fail_with(&dtls->failure,
                  (skiff_failure){ .status = SKIFF_ERR_FAILED, .alert = alert.description,
                                   .from_peer = true, .what = "alert: the peer ended it",
                                   .spec = "RFC 5246 7.2.2" });
        end_failed(dtls);
    } else {
        count(&dtls->counters.drop_alert);
    }
}

static void take_change_cipher_spec(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct change_cipher_spec m;
    const struct line *line = NULL;

    if (!change_cipher_spec_read(&m, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
        return;
    }
    if (dtls->room != NULL && record->epoch == 0 && dtls->room->hs.keyed)
        line = script_find(&dtls->room->hs.reading, CHANGE_CIPHER_SPEC);
    if (line == NULL) {
        count(&dtls->counters.drop_unexpected);
        return;
    }
    dtls->arriving.any_good = true;
    script_heard(&dtls->room->hs.reading, line);
    line_passed(dtls);
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

static void take_content(struct skiff_dtls *dtls, const struct incoming *record)
{
    switch (record->type) {
    case CONTENT_HANDSHAKE:
        dtls->arriving.fragments = (skiff_bytes){ record->body, record->len };
        dtls->arriving.epoch = record->epoch;
        dtls->arriving.number = record->number;
        if (record->len == 0)
            count(&dtls->counters.drop_malformed);
        return;
    case CONTENT_ALERT:
        take_alert(dtls, record);
        return;
    case CONTENT_CHANGE_CIPHER_SPEC:
        take_change_cipher_spec(dtls, record);
        return;
    case CONTENT_APPLICATION_DATA:
        if (record->epoch != 0)
            take_data(dtls, record);
        else
            count(&dtls->counters.drop_plaintext);
        return;
    default:
        count(&dtls->counters.drop_malformed);
    }
}

static void open_record(struct skiff_dtls *dtls, struct incoming *record)
{
    struct opening *theirs = &dtls->theirs;

    if (!window_is_new(&theirs->window, record->number)) {
        count(&dtls->counters.drop_seen);
        return;
    }
    if (!record_open(dtls->context->crypto, &theirs->keys, record)) {
        count(&dtls->counters.drop_unverified);
        if (++theirs->failed >= forgery_limit(theirs->keys.aead))
            end_closed(dtls, true, "record: the key has met too many forgeries",
                       "RFC 9147 4.5.3");
        return;
    }
    window_take(&theirs->window, record->number);
    dtls->arriving.any_good = true;
    count(&dtls->counters.records_opened);
    take_content(dtls, record);
}

/* A record of the next epoch may overtake what brings its keys: it is kept as it came. */
static void hold_record(struct skiff_dtls *dtls, const uint8_t *from, size_t len)
{
    struct room *room = dtls->room;

    if (len > sizeof room->held - room->held_len) {
        count(&dtls->counters.drop_epoch);
        return;
    }
    memcpy(room->held + room->held_len, from, len);
    room->held_len = (uint16_t)(room->held_len + len);
    dtls->arriving.any_good = true;
}

static void judge_record(struct skiff_dtls *dtls, struct incoming *record, const uint8_t *from)
{
    if (record->version >> 8 != DTLS_MAJOR) {
        count(&dtls->counters.drop_version);
    } else if (record->epoch == 0 && dtls->hears_epoch == 0 && dtls->phase != ESTABLISHED) {
        count(&dtls->counters.records_opened);
        take_content(dtls, record);
    } else if (record->epoch == 0) {
        count(&dtls->counters.drop_plaintext);
    } else if (record->epoch == dtls->hears_epoch) {
        open_record(dtls, record);
    } else if (record->epoch == 1 && dtls->hears_epoch == 0 && dtls->room != NULL) {
        hold_record(dtls, from, (size_t)(record->body + record->len - from));
    } else {
        count(&dtls->counters.drop_epoch);
    }
}

static bool take_record(struct skiff_dtls *dtls)
{
    struct arriving *in = &dtls->arriving;
    const uint8_t *from = in->at;
    struct incoming record;

    if (in->left == 0)
        return false;
    if (record_cut(&in->at, &in->left, &record)) {
        judge_record(dtls, &record, from);
        return true;
    }
    count(&dtls->counters.drop_malformed);
    in->left = 0;
    return true;
}

/* What was held comes in turn once its epoch is heard and the datagram is done with. */
static bool take_held(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;

    if (room == NULL || room->held_len == 0 || dtls->hears_epoch == 0)
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
    while (dtls->phase != ENDED && dtls->tell == 0 && !is_our_turn(dtls)) {
        if (dtls->room != NULL)
            inbox_sweep(&dtls->room->inbox);
        if (!take_message(dtls) && !take_fragment(dtls) && !take_record(dtls)
            && !take_held(dtls))
            return;
    }
}
