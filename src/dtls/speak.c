/* speak.c - says our lines, and writes them into datagrams. */
#include "base/memory.h"
#include "dtls/conversation.h"
#include "dtls/epoch.h"
#include "dtls/extras.h"
#include "dtls/late.h"
#include "dtls/messages.h"
#include "wire/control.h"
#include "wire/record.h"

/* Until a round trip is known; browsers start so low too. Nothing is repeated earlier. */
#define FIRST_WAIT SKIFF_MSEC(50)

/* A round trip that the caller has told: a longer one may be none. */
#define MOST_TOLD SKIFF_MSEC(500)

/* How long an answer to a repetition is waited for before an alert in plaintext counts. */
#define PLAIN_ALERT_PATIENCE SKIFF_MSEC(1000)

enum {
    RESERVED_NUMBERS = 8,           /* left of a key for alerts when data may use no more */
    ACK_LEAST        = 2 + RECORD_NUMBER,
    RETRY_FLIGHT     = 2,             /* has no timer (RFC 6347 4.2.1, RFC 9147 5.1)      */
    SMALLEST_PIECE   = 32,         /* of a message: less is not worth a record of its own */
    NARROW_AT        = 3,             /* repetitions without an answer: the MTU goes down */
    NARROW_MTU       = 1024,       /* through tunnels in paths of 1,200 bytes and less    */
    NARROWEST_MTU    = 508         /* what each host takes, with the longest IPv4 header  */
};

/* --- saying lines --------------------------------------------------------------------- */

/* One that ICE has measured may be of another path, or have waited for somebody. */
skiff_time known_round_trip(const struct skiff_dtls *dtls)
{
    skiff_time most = dtls->round_trip_told ? MOST_TOLD : SKIFF_NEVER / 4;

    return dtls->round_trip < most ? dtls->round_trip : most;
}

skiff_time first_wait(const struct skiff_dtls *dtls)
{
    const struct settings *settings = &dtls->context->settings;
    skiff_time least = settings->first_timeout != 0 ? settings->first_timeout : FIRST_WAIT;
    skiff_time wait = 2 * known_round_trip(dtls);

    if (wait < least)
        wait = least;
    if (dtls->first_timeout != 0)
        wait = dtls->first_timeout;
    return wait < settings->last_timeout ? wait : settings->last_timeout;
}

/* A client's first hello waits for the version: only that says how it is hashed. */
static bool add_to_transcript(struct handshake *hs, const struct said *said)
{
    skiff_bytes body = { said->body, said->len };

    if (said->type == NO_HANDSHAKE_TYPE)
        return true;
    if (hs->settled)
        return transcript_add_message(&hs->transcript, hs->dialect->form, said->type,
                              said->message_seq, body);
    hs->our_hello = body;
    hs->our_hello_seq = said->message_seq;
    return true;
}

/* Writes the body where it stays until the flight is answered. */
static bool write_body(struct room *room, const struct message *message, struct said *said)
{
    if (message->quote != NULL) {
        skiff_bytes ready = message->quote(&room->hs);
        said->body = ready.ptr;
        said->len = (uint32_t)ready.len;
        return true;
    }

    uint8_t *at = room->speech + room->speech_len;
    struct walk w = walk_writer(at, sizeof room->speech - room->speech_len);
    if (!message->say(&room->hs, &w))
        return false;
    said->body = at;
    said->len = (uint32_t)w.at;
    room->speech_len += w.at;
    return !w.failed;
}

static bool say(struct skiff_dtls *dtls, const struct line *line)
{
    struct room *room = dtls->room;
    const struct message *message = &room->hs.dialect->messages[line->msg];
    struct said said = { .type = message->type, .epoch = line->epoch };

    if (said.type != NO_HANDSHAKE_TYPE)
        said.message_seq = room->next_seq++;
    room->waits_for_reply = line->flight != RETRY_FLIGHT;
    speak_in_epoch(dtls, line->epoch);
    if (!write_body(room, message, &said) || !flight_add(&dtls->flight, &said)
        || !add_to_transcript(&room->hs, &said)
        || (message->then != NULL && !message->then(&room->hs)))
        return false;
    /* RFC 8446 section 4.4.4: all that follows Finished has the application keys, alerts
     * too. */
    if (line->msg == FINISHED)
        speak_in_epoch(dtls, room->hs.dialect->last_epoch);
    return true;
}

/* A flight that was repeated says nothing: its answer may be one to either (RFC 6298 3). */
void measure_round_trip(struct skiff_dtls *dtls)
{
    const struct flight *flight = &dtls->flight;

    if (flight->state != WAITING || flight->repeated)
        return;
    dtls->round_trip = dtls->now > flight->sent ? dtls->now - flight->sent : 1;
    dtls->round_trip_told = false;
}

bool speak(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;
    const struct line *line;

    if (room == NULL || script_turn(&room->hs.reading) != SPEAK)
        return false;
    measure_round_trip(dtls);
    flight_begin(&dtls->flight, room->said, first_wait(dtls));
    carriage_begin(&room->carriage);
    dtls->receipts = (struct receipts){ 0 };    /* our flight says that theirs has come */
    dtls->ack_due = SKIFF_NEVER;
    room->speech_len = 0;
    while ((line = script_speak(&room->hs.reading)) != NULL)
        if (!say(dtls, line)) {
            refuse_crypto(&room->hs, "flight: it could not be written");
            end_failed(dtls);
            return false;
        }
    flight_news(dtls, FLIGHT_BUFFERED);
    line_passed(dtls);
    return true;
}

void start_client(struct skiff_dtls *dtls)
{
    if (dtls->role != SKIFF_ROLE_ACTIVE || dtls->phase != WAITING_FOR_START
        || dtls->path_is_closed
        || (dtls->flight.due != SKIFF_NEVER && dtls->now < dtls->flight.due))
        return;
    if (enter_room(dtls, CLIENT))
        begin_handshake(dtls);
    else
        dtls->flight.due =                            /* asked again when one may be free */
            dtls->now + FIRST_WAIT + jitter_for(dtls, FIRST_WAIT);
}

/* --- writing records ------------------------------------------------------------------ */

static uint64_t *next_number(struct skiff_dtls *dtls, uint32_t epoch)
{
    struct sealing *sealing = sealing_of(dtls, epoch);

    return sealing != NULL ? &sealing->next : &dtls->plain_next;
}

static struct outgoing outgoing(struct skiff_dtls *dtls, uint8_t type, uint32_t epoch)
{
    const struct sealing *sealing = sealing_of(dtls, epoch);

    return (struct outgoing){ .type = type, .epoch = epoch,
                              .number = *next_number(dtls, epoch),
                              .keys = sealing != NULL ? &sealing->keys : NULL,
                              .id = id_of_peer(ids_of(dtls)) };
}

static size_t before_text(const struct outgoing *record)
{
    return record_before(record->keys, record->id.len);
}

static size_t behind_text(const struct outgoing *record)
{
    return record_behind(record->keys, record->id.len);
}

static bool seal(struct skiff_dtls *dtls, struct outgoing *record, uint8_t *at, size_t len)
{
    (*next_number(dtls, record->epoch))++;
    if ((record->keys != NULL || record->epoch == 0)
        && record_seal(dtls->context->crypto, record, at, len))
        return true;
    if (dtls->phase != ENDED)            /* the alert about it is tried once */
        fail_crypto(dtls, "record: it could not be sealed", "RFC 6347 4.1");
    return false;
}

/* The next message with something left that has not arrived. */
static const struct said *next_missing(struct skiff_dtls *dtls)
{
    struct flight *flight = &dtls->flight;
    const struct said *said;

    while ((said = flight_piece(flight)) != NULL && dtls->room != NULL) {
        uint32_t from = carriage_skip(&dtls->room->carriage, flight->at, flight->offset);
        if (from == flight->offset)
            return said;
        flight_sent_piece(flight, from - flight->offset);
    }
    return said;
}

static uint32_t only_missing(const struct skiff_dtls *dtls, uint32_t offset, uint32_t piece)
{
    if (dtls->room == NULL)
        return piece;
    uint32_t until = carriage_until(&dtls->room->carriage, dtls->flight.at, offset);
    return until - offset < piece ? until - offset : piece;
}

static uint32_t epoch_of(const struct skiff_dtls *dtls, const struct said *said)
{
    return said->epoch == EPOCH_SPOKEN ? dtls->speaks_epoch : said->epoch;
}

static void note_sent(struct skiff_dtls *dtls, const struct outgoing *record,
                      uint32_t from, uint32_t to)
{
    if (dtls->room != NULL)
        carriage_note(&dtls->room->carriage, record_name(record->epoch, record->number),
                      &(struct part){ dtls->flight.at, from, to });
    else
        late_sent(dtls, record->number);
}

/* How much content a record may have in so much space. */
static size_t content_room(const struct skiff_dtls *dtls, const struct outgoing *record,
                           size_t space)
{
    size_t around = before_text(record) + behind_text(record);
    size_t most = record_most(record->keys, record->id.len, dtls->peer.size_limit);

    if (space < around)
        return 0;
    return space - around < most ? space - around : most;
}

/* The next piece of a message, with its header; 0 when `room` has no place for one. */
static size_t write_piece(struct skiff_dtls *dtls, const struct said *said,
                          const struct outgoing *record, uint8_t *at, size_t room)
{
    bool bare = said->type == NO_HANDSHAKE_TYPE;
    size_t size, head = bare ? 0 : HANDSHAKE_HEADER;
    uint32_t offset = dtls->flight.offset, left = said->len - offset;
    uint32_t least = left < SMALLEST_PIECE ? left : SMALLEST_PIECE;
    struct handshake_header header = { .msg_type = said->type, .length = said->len,
                                       .message_seq = said->message_seq,
                                       .fragment_offset = offset };

    if (room < head + least)
        return 0;
    uint32_t piece = left < room - head ? left : (uint32_t)(room - head);
    piece = only_missing(dtls, offset, piece);
    header.fragment_length = piece;
    if (!bare && !handshake_header_write(&header, at, head, &size))
        return 0;
    memcpy(at + head, said->body + offset, piece);
    note_sent(dtls, record, offset, offset + piece);
    flight_sent_piece(&dtls->flight, piece);
    return head + piece;
}

/* Messages share a record where it has a key, and sealing its price (RFC 9147 section 5.5);
 * of those in plaintext each has its own. */
static bool shares(struct skiff_dtls *dtls, const struct outgoing *record,
                   const struct said *said)
{
    return said != NULL && record->keys != NULL && epoch_of(dtls, said) == record->epoch;
}

/* One record with what comes next; 0 when `space` has no place for one. */
static size_t write_record(struct skiff_dtls *dtls, const struct said *said, uint8_t *at,
                           size_t space)
{
    bool bare = said->type == NO_HANDSHAKE_TYPE;
    struct outgoing record = outgoing(
        dtls, bare ? CONTENT_CHANGE_CIPHER_SPEC : CONTENT_HANDSHAKE, epoch_of(dtls, said));
    size_t before = before_text(&record), behind = behind_text(&record);
    size_t len = 0, piece, room = content_room(dtls, &record, space);

    do {
        piece = write_piece(dtls, said, &record, at + before + len, room - len);
        len += piece;
        said = next_missing(dtls);
    } while (piece > 0 && shares(dtls, &record, said));
    if (len == 0 || !seal(dtls, &record, at, len))
        return 0;
    return before + len + behind;
}

/* A repetition that nobody answers within the time bears an alert in plaintext out. */
static void plain_alert_is_asked_about(struct skiff_dtls *dtls)
{
    struct plain_alert *heard = &dtls->room->plain_alert;

    if (heard->unanswered && heard->due == SKIFF_NEVER && dtls->flight.repeated)
        heard->due = dtls->now + PLAIN_ALERT_PATIENCE;
}

/* What a rumour said has arrived was spared once, and counts no more. Outside of rooms
 * 1.3 waits for an ACK. */
static void flight_is_out(struct skiff_dtls *dtls)
{
    struct room *room = dtls->room;
    bool waits = room != NULL ? room->waits_for_reply : dtls->dialect->acknowledges;

    if (room != NULL && room->carriage.by_rumour) {
        room->carriage.by_rumour = false;
        room->carriage.rumour_spent = true;
        room->carriage.num_arrived = 0;
    }
    flight_news(dtls, waits ? FLIGHT_SENT : FLIGHT_SENT_LAST);
    if (room != NULL)
        plain_alert_is_asked_about(dtls);
}

/* RFC 9147 section 4.4, RFC 6347 section 4.1.1.1: what is said again without an answer may
 * be too large for the path. The next flights have the same path. */
static size_t flight_mtu(struct skiff_dtls *dtls)
{
    static const uint16_t mtus[] = { LARGEST_MTU, NARROW_MTU, NARROWEST_MTU };
    unsigned unanswered = dtls->flight.unanswered;
    uint8_t narrow = unanswered < NARROW_AT ? 0 : unanswered == NARROW_AT ? 1 : 2;

    if (dtls->room == NULL)
        return dtls->mtu;
    if (narrow > dtls->room->narrow)
        dtls->room->narrow = narrow;
    uint16_t most = mtus[dtls->room->narrow];
    return dtls->mtu < most ? dtls->mtu : most;
}

static bool write_flight(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    const struct said *said;

    packet->len = 0;
    while ((said = next_missing(dtls)) != NULL) {
        size_t wrote =
            write_record(dtls, said, packet->data + packet->len, space - packet->len);
        if (wrote == 0)
            break;
        packet->len += (uint32_t)wrote;
    }
    if (dtls->phase == ENDED)
        return false;
    if (said == NULL)
        flight_is_out(dtls);
    return packet->len > 0;
}

static bool write_alert(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    struct alert alert = { .level = dtls->alert_is_fatal ? ALERT_FATAL : ALERT_WARNING,
                           .description = (uint8_t)dtls->alert };
    struct outgoing record = outgoing(dtls, CONTENT_ALERT, dtls->speaks_epoch);
    size_t size, before = before_text(&record), behind = behind_text(&record);

    if (space < before + 2 + behind)
        return false;
    dtls->alert_waits = false;           /* what cannot be sealed is not tried again */
    if (!alert_write(&alert, packet->data + before, 2, &size)
        || !seal(dtls, &record, packet->data, size))
        return false;
    packet->len = (uint32_t)(before + size + behind);
    return true;
}

/* RFC 9147 section 7: in the highest epoch that we speak in, or as the peer does while
 * it cannot have more. After the handshake each record is named once. */
static bool write_ack(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    bool established = dtls->phase == ESTABLISHED;
    uint32_t epoch = established ? dtls->speaks_epoch : dtls->hears_epoch;

    speak_in_epoch(dtls, epoch);

    struct outgoing record = outgoing(dtls, CONTENT_ACK, epoch);
    size_t before = before_text(&record), behind = behind_text(&record);
    size_t room = content_room(dtls, &record, space);
    size_t len = receipts_write(&dtls->receipts, packet->data + before, room);
    if (room >= ACK_LEAST)
        dtls->ack_due = SKIFF_NEVER;
    if (len == 0 || !seal(dtls, &record, packet->data, len))
        return false;
    packet->len = (uint32_t)(before + len + behind);
    if (established)
        dtls->receipts = (struct receipts){ 0 };
    return true;
}

static bool numbers_are_used_up(const struct skiff_dtls *dtls)
{
    return dtls->ours.next >= sealing_limit(dtls->ours.keys.aead) - RESERVED_NUMBERS;
}

/* RFC 9853 section 5.3: in a datagram of its own. One that cannot be sealed is lost. */
static bool write_path_message(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    struct outgoing record =
        outgoing(dtls, CONTENT_RETURN_ROUTABILITY_CHECK, dtls->speaks_epoch);
    size_t size, before = before_text(&record), len = before + PATH_MESSAGE
                                                      + behind_text(&record);
    struct path_message message;

    if (len > space || !path_say(dtls, len, &message) || numbers_are_used_up(dtls)
        || !return_routability_check_write(&message.body, packet->data + before,
                                           PATH_MESSAGE, &size)
        || !seal(dtls, &record, packet->data, size))
        return false;
    path_said(dtls, &message, len);
    packet->len = (uint32_t)len;
    packet->path = message.path;
    watch_our_key(dtls);
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What goes where the peer is. */
static bool write_for_peer(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    if (flight_piece(&dtls->flight) != NULL
        && write_flight(dtls, packet, smaller(space, flight_mtu(dtls))))
        return true;
    if (dtls->now >= dtls->ack_due && dtls->phase != ENDED)
        return write_ack(dtls, packet, space);
    return dtls->alert_waits && write_alert(dtls, packet, space);
}

static bool write_next(struct skiff_dtls *dtls, skiff_packet *packet)
{
    size_t space = smaller(packet->limit, dtls->mtu);

    if (path_message_waits(dtls) && write_path_message(dtls, packet, space))
        return true;
    packet->path = path_of_peer(dtls);
    return write_for_peer(dtls, packet, space);
}

/* A packet that was sent before has its headroom again; one that is not needed is as it
 * was. */
bool write_datagram(struct skiff_dtls *dtls, skiff_packet *packet)
{
    skiff_packet empty = *packet;

    if (dtls->path_is_closed)
        return false;
    skiff_packet_clear(&empty);
    if (!write_next(dtls, &empty))
        return false;
    *packet = empty;
    return true;
}

/* --- application data ----------------------------------------------------------------- */

size_t most_data(const struct skiff_dtls *dtls)
{
    struct outgoing record = {
        .keys = &dtls->ours.keys, .id = id_of_peer(ids_of(dtls)),
    };

    return content_room(dtls, &record, dtls->mtu);
}

/* A packet that sends have used up, and that was filled again where they left it: the
 * message goes to where it would be if the packet had been cleared. */
static bool regain_headroom(skiff_packet *packet, size_t before)
{
    skiff_packet fresh = *packet;

    skiff_packet_clear(&fresh);
    if (fresh.head < before || packet->len > fresh.limit)
        return false;
    memmove(fresh.data, packet->data, packet->len);
    fresh.len = packet->len;
    *packet = fresh;
    return true;
}

skiff_status seal_data(struct skiff_dtls *dtls, skiff_packet *packet)
{
    struct outgoing record = outgoing(dtls, CONTENT_APPLICATION_DATA, dtls->speaks_epoch);
    size_t before = before_text(&record), behind = behind_text(&record);

    if (numbers_are_used_up(dtls)) {
        end_closed(dtls, true, "record: the key has sealed all it may", "RFC 9147 4.5.3");
        return SKIFF_ERR_CLOSED;
    }
    if (packet->len > packet->limit)
        return skiff_fault_set(SKIFF_ERR_SPACE, "packet: len is over limit");
    if (packet->len > content_room(dtls, &record, dtls->mtu))
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "packet: over the MTU with its record, or over what the "
                               "peer takes (RFC 8449)");
    if (packet->head < before && !regain_headroom(packet, before))
        return skiff_fault_set_number(SKIFF_ERR_SPACE, "packet: fewer than ", before,
                                      " bytes free before data");
    if (!seal(dtls, &record, packet->data - before, packet->len))
        return SKIFF_ERR_CRYPTO;
    packet->data -= before;
    packet->head -= (uint32_t)before;
    packet->used += (uint32_t)before;
    packet->limit += (uint32_t)before;
    packet->len += (uint32_t)(before + behind);
    packet->path = path_of_peer(dtls);
    watch_our_key(dtls);
    return SKIFF_OK;
}
