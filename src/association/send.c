/* send.c - makes our flights, and writes datagrams. Does not know when: timers.h does. */
#include "base/memory.h"
#include "association/actions.h"
#include "association/end.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "association/path.h"
#include "association/post_handshake.h"
#include "association/timers.h"
#include "association/trace.h"
#include "handshake/messages.h"
#include "wire/control.h"
#include "wire/record.h"

enum {
    RESERVED_NUMBERS = 8, /* left of a key for alerts when data may use no more */
    ACK_SMALLEST = 2 + RECORD_NUMBER,
    RETRY_FLIGHT = 2,       /* has no timer (RFC 6347 4.2.1, RFC 9147 5.1) */
    SMALLEST_FRAGMENT = 32, /* of a message: less is not worth a record of its own */
    MTU_STEP_AT = 3,        /* repetitions without an answer: the MTU goes down */
    SMALL_MTU = 1024,       /* through tunnels in paths of 1,200 bytes and less */
    SMALLEST_PATH_MTU = 508 /* what each host takes, with the longest IPv4 header */
};

/* --- saying lines --------------------------------------------------------------------- */

/* A client's first hello waits for the version, which decides how it is hashed. */
static bool add_to_transcript(struct handshake *hs, const struct flight_message *entry)
{
    skiff_bytes body = { entry->body, entry->len };

    if (entry->type == NO_HANDSHAKE_TYPE)
        return true;
    if (hs->version_chosen)
        return skf_transcript_add_message(&hs->transcript, hs->protocol->form, entry->type,
                                          entry->message_seq, body);
    hs->our_hello = body;
    hs->our_hello_seq = entry->message_seq;
    return true;
}

/* Writes the body where it stays until the flight is answered. */
static bool write_body(struct handshake_slot *slot, const struct message *message,
                       struct flight_message *entry)
{
    if (message->quote != NULL) {
        skiff_bytes ready = message->quote(&slot->hs);
        entry->body = ready.ptr;
        entry->len = (uint32_t)ready.len;
        return true;
    }

    uint8_t *at = slot->flight_bytes + slot->flight_bytes_len;
    struct walk w = walk_writer(at, sizeof slot->flight_bytes - slot->flight_bytes_len);
    if (!message->say(&slot->hs, &w))
        return false;
    entry->body = at;
    entry->len = (uint32_t)w.at;
    slot->flight_bytes_len += w.at;
    return !w.failed;
}

static bool add_message(struct skiff_dtls *dtls, const struct line *line)
{
    struct handshake_slot *slot = dtls->slot;
    const struct message *message = &slot->hs.protocol->messages[line->msg];
    struct flight_message entry = { .type = message->type, .epoch = line->epoch };

    if (entry.type != NO_HANDSHAKE_TYPE)
        entry.message_seq = slot->next_seq++;
    slot->waits_for_reply = line->flight != RETRY_FLIGHT;
    skf_set_write_epoch(dtls, line->epoch);
    if (!write_body(slot, message, &entry) || !skf_flight_add(&dtls->flight, &entry)
        || !add_to_transcript(&slot->hs, &entry)
        || (message->then != NULL && !message->then(&slot->hs)))
        return false;
    if (line->msg == CLIENT_HELLO)
        skf_trace_hello(dtls);
    /* RFC 8446 section 4.4.4: all that follows Finished has the application keys, alerts
     * too. */
    if (line->msg == FINISHED)
        skf_set_write_epoch(dtls, slot->hs.protocol->last_epoch);
    return true;
}

bool skf_send_flight(struct skiff_dtls *dtls)
{
    struct handshake_slot *slot = dtls->slot;
    const struct line *line;

    if (slot == NULL || skf_script_turn(&slot->hs.position) != TURN_SEND)
        return false;
    skf_measure_round_trip(dtls);
    skf_trace_acknowledged(dtls, "reply");
    skf_flight_begin(&dtls->flight, slot->messages, skf_initial_timeout(dtls));
    skf_sent_records_begin(&slot->sent_records);
    slot->flight_number = dtls->next_plain_number;
    dtls->ack_list = (struct ack_list){ 0 }; /* our flight acknowledges theirs */
    dtls->ack_due = SKIFF_NEVER;
    slot->flight_bytes_len = 0;
    while ((line = skf_script_send(&slot->hs.position)) != NULL)
        if (!add_message(dtls, line)) {
            skf_refuse_crypto(&slot->hs, "flight: it could not be written");
            skf_end_failed(dtls);
            return false;
        }
    skf_flight_event(dtls, FLIGHT_BUFFERED);
    skf_script_advanced(dtls);
    return true;
}

/* --- writing records ------------------------------------------------------------------ */

static uint64_t *next_number(struct skiff_dtls *dtls, uint32_t epoch)
{
    struct sealing *sealing = skf_sealing_of(dtls, epoch);

    return sealing != NULL ? &sealing->next : &dtls->next_plain_number;
}

static struct outgoing outgoing(struct skiff_dtls *dtls, uint8_t type, uint32_t epoch)
{
    const struct sealing *sealing = skf_sealing_of(dtls, epoch);

    return (struct outgoing){ .type = type,
                              .epoch = epoch,
                              .number = *next_number(dtls, epoch),
                              .keys = sealing != NULL ? &sealing->keys : NULL,
                              .cid = skf_peer_cid(cids_of(dtls)) };
}

static size_t header_size(const struct outgoing *record)
{
    return skf_record_header_size(record->keys, record->cid.len);
}

static size_t trailer_size(const struct outgoing *record)
{
    return skf_record_trailer_size(record->keys, record->cid.len);
}

static bool seal(struct skiff_dtls *dtls, struct outgoing *record, uint8_t *at, size_t len)
{
    (*next_number(dtls, record->epoch))++;
    if ((record->keys != NULL || record->epoch == 0)
        && skf_record_seal(dtls->context->crypto, record, at, len)) {
        TRACE(dtls, .event = SKIFF_TRACE_RECORD_OUT, .epoch = record->epoch,
              .number = record->number, .type = record->type, .length = (uint32_t)len);
        return true;
    }
    if (dtls->phase != ENDED) /* the alert about it is tried once */
        skf_fail_crypto(dtls, "record: it could not be sealed", "RFC 6347 4.1");
    return false;
}

/* The next message with something left that has not arrived. */
static const struct flight_message *next_unacknowledged(struct skiff_dtls *dtls)
{
    struct flight *flight = &dtls->flight;
    const struct flight_message *entry;

    while ((entry = skf_flight_next(flight)) != NULL && dtls->slot != NULL) {
        uint32_t from =
            skf_sent_records_skip(&dtls->slot->sent_records, flight->at, flight->offset);
        if (from == flight->offset)
            return entry;
        skf_flight_advance(flight, from - flight->offset);
    }
    return entry;
}

static uint32_t until_acknowledged(const struct skiff_dtls *dtls, uint32_t offset,
                                   uint32_t part)
{
    if (dtls->slot == NULL)
        return part;
    uint32_t until =
        skf_sent_records_until(&dtls->slot->sent_records, dtls->flight.at, offset);
    return until - offset < part ? until - offset : part;
}

static uint32_t epoch_of(const struct skiff_dtls *dtls, const struct flight_message *entry)
{
    return entry->epoch == EPOCH_CURRENT ? dtls->write_epoch : entry->epoch;
}

static void note_sent(struct skiff_dtls *dtls, const struct outgoing *record, uint32_t from,
                      uint32_t to)
{
    if (dtls->slot != NULL)
        skf_sent_records_add(&dtls->slot->sent_records,
                             packed_record_number(record->epoch, record->number),
                             &(struct part){ dtls->flight.at, from, to });
    else
        skf_post_handshake_sent(dtls, record->number);
}

/* How much content a record may have in so much space. */
static size_t content_space(const struct skiff_dtls *dtls, const struct outgoing *record,
                            size_t space)
{
    size_t around = header_size(record) + trailer_size(record);
    size_t most = skf_record_max_content(record->keys, record->cid.len,
                                         dtls->peer_identity.size_limit);

    if (space < around)
        return 0;
    return space - around < most ? space - around : most;
}

static void trace_fragment(const struct skiff_dtls *dtls, const struct outgoing *record,
                           const struct handshake_header *h)
{
    TRACE(dtls, .event = SKIFF_TRACE_FRAGMENT_OUT, .epoch = record->epoch,
          .number = record->number, .type = h->msg_type, .seq = h->message_seq,
          .offset = h->fragment_offset, .length = h->fragment_length, .count = h->length);
}

/* The next piece of a message, with its header; 0 when it does not fit into `capacity`. */
static size_t write_fragment(struct skiff_dtls *dtls, const struct flight_message *entry,
                             const struct outgoing *record, uint8_t *at, size_t capacity)
{
    bool bare = entry->type == NO_HANDSHAKE_TYPE;
    size_t size, head = bare ? 0 : HANDSHAKE_HEADER;
    uint32_t offset = dtls->flight.offset, remaining = entry->len - offset;
    uint32_t least = remaining < SMALLEST_FRAGMENT ? remaining : SMALLEST_FRAGMENT;
    struct handshake_header header = { .msg_type = entry->type,
                                       .length = entry->len,
                                       .message_seq = entry->message_seq,
                                       .fragment_offset = offset };

    if (capacity < head + least)
        return 0;
    uint32_t part = remaining < capacity - head ? remaining : (uint32_t)(capacity - head);
    part = until_acknowledged(dtls, offset, part);
    header.fragment_length = part;
    if (!bare && !handshake_header_write(&header, at, head, &size))
        return 0;
    memcpy(at + head, entry->body + offset, part);
    if (!bare)
        trace_fragment(dtls, record, &header);
    note_sent(dtls, record, offset, offset + part);
    skf_flight_advance(&dtls->flight, part);
    return head + part;
}

/* Messages share a record where it has a key, and sealing its price (RFC 9147 section 5.5);
 * of those in plaintext each has its own. */
static bool may_join_record(struct skiff_dtls *dtls, const struct outgoing *record,
                            const struct flight_message *entry)
{
    return entry != NULL && record->keys != NULL && epoch_of(dtls, entry) == record->epoch;
}

/* One record with what comes next; 0 when `space` has no place for one. */
static size_t write_record(struct skiff_dtls *dtls, const struct flight_message *entry,
                           uint8_t *at, size_t space)
{
    bool bare = entry->type == NO_HANDSHAKE_TYPE;
    struct outgoing record = outgoing(
        dtls, bare ? CONTENT_CHANGE_CIPHER_SPEC : CONTENT_HANDSHAKE, epoch_of(dtls, entry));
    size_t before = header_size(&record), behind = trailer_size(&record);
    size_t len = 0, part, capacity = content_space(dtls, &record, space);

    do {
        part = write_fragment(dtls, entry, &record, at + before + len, capacity - len);
        len += part;
        entry = next_unacknowledged(dtls);
    } while (part > 0 && may_join_record(dtls, &record, entry));
    if (len == 0 || !seal(dtls, &record, at, len))
        return 0;
    return before + len + behind;
}

/* The parts that an ACK in plaintext lists were left out once, and that ACK counts no
 * more. Without a slot 1.3 waits for an ACK. */
static void flight_sent(struct skiff_dtls *dtls)
{
    struct handshake_slot *slot = dtls->slot;
    bool waits = slot != NULL ? slot->waits_for_reply : dtls->protocol->has_acks;

    if (slot != NULL && slot->sent_records.by_plain_ack) {
        slot->sent_records.by_plain_ack = false;
        slot->sent_records.plain_ack_used = true;
        slot->sent_records.num_acknowledged = 0;
    }
    skf_flight_event(dtls, waits ? FLIGHT_SENT : FLIGHT_SENT_LAST);
    if (slot != NULL)
        skf_plain_alert_wait(dtls);
}

/* RFC 9147 section 4.4, RFC 6347 section 4.1.1.1: a flight that is sent again without a
 * reply may be too large for the path. The next flights have the same path. */
static size_t flight_mtu(struct skiff_dtls *dtls)
{
    static const uint16_t mtus[] = { LARGEST_MTU, SMALL_MTU, SMALLEST_PATH_MTU };
    unsigned no_reply = dtls->flight.no_reply;
    uint8_t step = no_reply < MTU_STEP_AT ? 0 : no_reply == MTU_STEP_AT ? 1 : 2;

    if (dtls->slot == NULL)
        return dtls->mtu;
    if (step > dtls->slot->mtu_step)
        dtls->slot->mtu_step = step;
    uint16_t most = mtus[dtls->slot->mtu_step];
    return dtls->mtu < most ? dtls->mtu : most;
}

static bool write_flight(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    const struct flight_message *entry;

    packet->len = 0;
    while ((entry = next_unacknowledged(dtls)) != NULL) {
        size_t wrote =
            write_record(dtls, entry, packet->data + packet->len, space - packet->len);
        if (wrote == 0)
            break;
        packet->len += (uint32_t)wrote;
    }
    if (dtls->phase == ENDED)
        return false;
    if (entry == NULL)
        flight_sent(dtls);
    return packet->len > 0;
}

static bool write_alert(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    struct alert alert = { .level = dtls->alert_is_fatal ? ALERT_FATAL : ALERT_WARNING,
                           .description = (uint8_t)dtls->alert };
    struct outgoing record = outgoing(dtls, CONTENT_ALERT, dtls->write_epoch);
    size_t size, before = header_size(&record), behind = trailer_size(&record);

    if (space < before + 2 + behind)
        return false;
    dtls->alert_pending = false; /* what cannot be sealed is not tried again */
    if (!alert_write(&alert, packet->data + before, 2, &size)
        || !seal(dtls, &record, packet->data, size))
        return false;
    packet->len = (uint32_t)(before + size + behind);
    TRACE(dtls, .event = SKIFF_TRACE_ALERT_OUT, .epoch = record.epoch,
          .number = record.number, .type = alert.description, .count = alert.level);
    return true;
}

/* RFC 9147 section 7: in the highest epoch that we write in. What we acknowledge the peer
 * has sent after our flight, so it has the keys. After the handshake each record is
 * acknowledged once. */
static bool write_ack(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    struct outgoing record = outgoing(dtls, CONTENT_ACK, dtls->write_epoch);
    size_t before = header_size(&record), behind = trailer_size(&record);
    size_t capacity = content_space(dtls, &record, space);
    size_t len = skf_ack_list_write(&dtls->ack_list, packet->data + before, capacity);
    if (capacity >= ACK_SMALLEST)
        dtls->ack_due = SKIFF_NEVER;
    if (len == 0 || !seal(dtls, &record, packet->data, len))
        return false;
    packet->len = (uint32_t)(before + len + behind);
    TRACE(dtls, .event = SKIFF_TRACE_ACK_OUT, .epoch = record.epoch,
          .number = record.number, .count = (uint32_t)(len / RECORD_NUMBER));
    if (dtls->phase == ESTABLISHED)
        dtls->ack_list = (struct ack_list){ 0 };
    return true;
}

static bool numbers_are_used_up(const struct skiff_dtls *dtls)
{
    return dtls->ours.next >= skf_sealing_limit(dtls->ours.keys.aead) - RESERVED_NUMBERS;
}

/* RFC 9853 section 5.3: in a datagram of its own. One that cannot be sealed is lost. */
static bool write_path_message(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    struct outgoing record =
        outgoing(dtls, CONTENT_RETURN_ROUTABILITY_CHECK, dtls->write_epoch);
    size_t size, before = header_size(&record),
                 len = before + PATH_MESSAGE + trailer_size(&record);
    struct path_message message;

    if (len > space || !skf_path_next_message(dtls, len, &message)
        || numbers_are_used_up(dtls)
        || !return_routability_check_write(&message.body, packet->data + before,
                                           PATH_MESSAGE, &size)
        || !seal(dtls, &record, packet->data, size))
        return false;
    skf_path_message_sent(dtls, &message, len);
    packet->len = (uint32_t)len;
    packet->path = message.path;
    skf_check_seal_limit(dtls);
    return true;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A datagram for the path of the peer. */
static bool write_for_peer(struct skiff_dtls *dtls, skiff_packet *packet, size_t space)
{
    if (skf_flight_next(&dtls->flight) != NULL
        && write_flight(dtls, packet, smaller(space, flight_mtu(dtls))))
        return true;
    if (dtls->now >= dtls->ack_due && dtls->phase != ENDED)
        return write_ack(dtls, packet, space);
    return dtls->alert_pending && write_alert(dtls, packet, space);
}

static bool write_next(struct skiff_dtls *dtls, skiff_packet *packet)
{
    size_t space = smaller(packet->limit, dtls->mtu);

    if (skf_path_message_pending(dtls) && write_path_message(dtls, packet, space))
        return true;
    packet->path = skf_path_of_peer(dtls);
    return write_for_peer(dtls, packet, space);
}

static void trace_datagram(const struct skiff_dtls *dtls, const skiff_packet *packet)
{
    TRACE(dtls, .event = SKIFF_TRACE_DATAGRAM_OUT, .length = packet->len,
          .path = packet->path);
}

/* A packet that was sent before has its headroom again; one that is not needed is as it
 * was. */
bool skf_write_datagram(struct skiff_dtls *dtls, skiff_packet *packet)
{
    skiff_packet empty = *packet;

    if (dtls->path_is_closed)
        return false;
    skiff_packet_clear(&empty);
    if (!write_next(dtls, &empty))
        return false;
    *packet = empty;
    trace_datagram(dtls, packet);
    return true;
}

bool skf_can_send(const struct skiff_dtls *dtls)
{
    return !dtls->path_is_closed
        && (dtls->alert_pending || dtls->now >= dtls->ack_due
            || skf_flight_next(&dtls->flight) != NULL || skf_path_message_pending(dtls));
}

/* --- application data ----------------------------------------------------------------- */

size_t skf_max_data(const struct skiff_dtls *dtls)
{
    struct outgoing record = {
        .keys = &dtls->ours.keys,
        .cid = skf_peer_cid(cids_of(dtls)),
    };

    return content_space(dtls, &record, dtls->mtu);
}

/* A packet that sends have used up, and that was filled again where they left it: the
 * message goes to where it would be if the packet had been cleared. */
static bool restore_headroom(skiff_packet *packet, size_t before)
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

skiff_status skf_seal_data(struct skiff_dtls *dtls, skiff_packet *packet)
{
    struct outgoing record = outgoing(dtls, CONTENT_APPLICATION_DATA, dtls->write_epoch);
    size_t before = header_size(&record), behind = trailer_size(&record);

    if (numbers_are_used_up(dtls)) {
        skf_end_closed(dtls, true, "record: the key has sealed all it may",
                       "RFC 9147 4.5.3");
        return SKIFF_ERR_CLOSED;
    }
    if (packet->len > packet->limit)
        return skiff_fault_set(SKIFF_ERR_SPACE, "packet: len is over limit");
    if (packet->len > content_space(dtls, &record, dtls->mtu))
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "packet: over the MTU with its record, or over what the "
                               "peer takes (RFC 8449)");
    if (packet->head < before && !restore_headroom(packet, before))
        return skiff_fault_set_number(SKIFF_ERR_SPACE, "packet: fewer than ", before,
                                      " bytes free before data");
    if (!seal(dtls, &record, packet->data - before, packet->len))
        return SKIFF_ERR_CRYPTO;
    packet->data -= before;
    packet->head -= (uint32_t)before;
    packet->used += (uint32_t)before;
    packet->limit += (uint32_t)before;
    packet->len += (uint32_t)(before + behind);
    packet->path = skf_path_of_peer(dtls);
    trace_datagram(dtls, packet);
    skf_check_seal_limit(dtls);
    return SKIFF_OK;
}
