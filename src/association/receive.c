/* receive.c - takes in datagrams: records, and by their content what they carry. */
#include "association/ack_message.h"
#include "association/actions.h"
#include "association/alert.h"
#include "association/end.h"
#include "association/epoch.h"
#include "association/first_hello.h"
#include "association/optional_state.h"
#include "association/path.h"
#include "association/pending_ack.h"
#include "association/post_handshake.h"
#include "association/receive_message.h"
#include "association/trace.h"
#include "association/waste.h"
#include "base/memory.h"
#include "wire/control.h"

/* --- records -------------------------------------------------------------------------- */

static void receive_data(struct skiff_dtls *dtls, const struct incoming *record)
{
    if (!dtls->connected) {
        DROP_RECORD(dtls, drop_data, record);
        return;
    }
    dtls->data = (skiff_bytes){ record->body, record->len };
    dtls->events |= EVENT_DATA;
}

/* RFC 8446 section 5.4: of these types only an empty record is no message at all. */
static bool must_not_be_empty(const struct skiff_dtls *dtls, const struct incoming *record)
{
    return record->epoch != 0 && record->len == 0 && protocol_of(dtls)->is_strict
        && (record->type == CONTENT_HANDSHAKE || record->type == CONTENT_ALERT);
}

/* RFC 9147 section 6.1: after the handshake its keys serve only its messages, which may
 * come again, and an ACK of the client's last flight. */
static bool epoch_may_carry(const struct skiff_dtls *dtls, const struct incoming *record)
{
    return dtls->phase != ESTABLISHED || record->epoch >= dtls->protocol->last_epoch
        || record->type == CONTENT_HANDSHAKE
        || (record->type == CONTENT_ACK && dtls->role == SKIFF_ROLE_ACTIVE);
}

static void accept_record(struct skiff_dtls *dtls, const struct incoming *record)
{
    count(&dtls->counters.records_opened);
    TRACE(dtls, .event = SKIFF_TRACE_RECORD_IN, .epoch = record->epoch,
          .number = record->number, .type = record->type, .length = (uint32_t)record->len);
}

static void receive_content(struct skiff_dtls *dtls, const struct incoming *record)
{
    if (!epoch_may_carry(dtls, record)) {
        DROP_RECORD(dtls, drop_epoch, record);
        return;
    }
    if (must_not_be_empty(dtls, record)) {
        skf_fail(dtls, ALERT_UNEXPECTED_MESSAGE,
                 "record: a handshake message or alert without a byte", "RFC 8446 5.4");
        return;
    }
    switch (record->type) {
    case CONTENT_HANDSHAKE:
        dtls->datagram.fragments = (skiff_bytes){ record->body, record->len };
        skf_ack_begin_record(dtls, record);
        if (record->len == 0)
            DROP_RECORD(dtls, drop_malformed, record);
        return;
    case CONTENT_ALERT:
        skf_receive_alert(dtls, record);
        return;
    case CONTENT_CHANGE_CIPHER_SPEC:
        if (record->epoch != 0 && protocol_of(dtls)->is_strict)
            skf_fail(dtls, ALERT_UNEXPECTED_MESSAGE,
                     "record: a ChangeCipherSpec that is protected", "RFC 8446 5");
        else
            skf_receive_change_cipher_spec(dtls, record);
        return;
    case CONTENT_ACK:
        skf_receive_ack(dtls, record);
        return;
    case CONTENT_APPLICATION_DATA:
        if (record->epoch != 0)
            receive_data(dtls, record);
        else
            DROP_RECORD(dtls, drop_plaintext, record);
        return;
    case CONTENT_RETURN_ROUTABILITY_CHECK:
        if (!skf_path_receive(dtls, record))
            DROP_RECORD(dtls, drop_malformed, record);
        return;
    default:
        DROP_RECORD(dtls, drop_malformed, record);
    }
}

/* RFC 8449 section 4: our limit counts once the peer has received it. */
static bool is_too_long(const struct skiff_dtls *dtls, const struct keys *keys,
                        const struct incoming *record)
{
    uint16_t ours =
        dtls->peer_identity.size_limit != 0 ? dtls->context->settings.max_record : 0;

    return record->content > skf_record_max_content(keys, record->cid.len, ours);
}

static void open_record(struct skiff_dtls *dtls, struct incoming *record)
{
    struct opening *theirs = skf_opening_of(dtls, record->epoch);
    size_t size = record->header_len + record->len;

    switch (skf_record_open(dtls->context->crypto, theirs, record)) {
    case RECORD_OPENED:
        dtls->datagram.any_good = true;
        accept_record(dtls, record);
        skf_note_opened(dtls, record->epoch);
        if (dtls->slot != NULL)
            dtls->slot->plain_alert = no_plain_alert();
        skf_path_record_received(dtls, record, size);
        if (is_too_long(dtls, &theirs->keys, record))
            skf_fail(dtls, ALERT_RECORD_OVERFLOW, "record: longer than we take",
                     "RFC 8449 4");
        else
            receive_content(dtls, record);
        return;
    case RECORD_SEEN:
        DROP_RECORD(dtls, drop_replayed_record, record);
        add_waste(dtls, WASTE_COPY);
        return;
    case RECORD_EMPTY: /* RFC 9147 section 4.5.2, decision 0026 */
        DROP_RECORD(dtls, drop_malformed, record);
        return;
    case RECORD_FAILED: /* as if it had been lost on the way */
        DROP_RECORD(dtls, drop_unverified, record);
        return;
    case RECORD_UNFIT:  /* RFC 9147 section 4.2.3: as if forged, and no trial */
    case RECORD_FORGED: /* one trial for a datagram; what was held came in its own */
        DROP_RECORD(dtls, drop_unverified, record);
        if (!dtls->datagram.held)
            dtls->datagram.remaining = 0;
        skf_note_forgery(dtls, theirs);
        return;
    }
}

/* A record of the next epoch may overtake what brings its keys: it is kept as it came. */
static void hold_record(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct handshake_slot *slot = dtls->slot;
    size_t len = record->header_len + record->len;

    if (slot == NULL || dtls->phase != HANDSHAKING
        || len > sizeof slot->held - slot->held_len) {
        DROP_RECORD(dtls, drop_epoch, record);
        return;
    }
    memmove(slot->held + slot->held_len, record->header, len);
    slot->held_len = (uint16_t)(slot->held_len + len);
    slot->held_epoch = dtls->read_epoch;
    dtls->datagram.any_good = true;
}

/* Plaintext counts until there are keys; and until the peer has shown that it has them,
 * since it may have missed what made them. */
static bool plaintext_counts(const struct skiff_dtls *dtls)
{
    if (dtls->read_epoch == 0)
        return dtls->phase != ESTABLISHED;
    return dtls->phase == HANDSHAKING && skf_sends_acks(dtls)
        && dtls->theirs.window.next == 0;
}

static void judge_plain(struct skiff_dtls *dtls, struct incoming *record)
{
    if (record->type != CONTENT_HANDSHAKE || record->len == 0 || !plaintext_counts(dtls))
        add_waste(dtls, WASTE_RECORD); /* else its fragments count */
    if (!plaintext_counts(dtls)) {
        DROP_RECORD(dtls, drop_plaintext, record);
        skf_note_new_hello(dtls, record);
        return;
    }
    accept_record(dtls, record);
    receive_content(dtls, record);
}

/* RFC 9147 section 4: behind an id that is none of ours nothing of the datagram counts. */
static void drop_wrong_cid(struct skiff_dtls *dtls, const struct incoming *record)
{
    DROP_RECORD(dtls, drop_connection_id, record);
    add_waste(dtls, WASTE_RECORD);
    if (record->has_cid)
        dtls->datagram.remaining = 0;
}

static void judge_record(struct skiff_dtls *dtls, struct incoming *record)
{
    uint32_t epoch =
        record->unified ? skf_epoch_of_bits(dtls, record->epoch) : record->epoch;

    if (record->version >> 8 != DTLS_MAJOR) {
        DROP_RECORD(dtls, drop_version, record);
        add_waste(dtls, WASTE_RECORD);
    } else if (record->has_cid && record->cid.len == 0) {
        drop_wrong_cid(dtls, record);
    } else if (!record->unified && epoch == 0) {
        judge_plain(dtls, record);
    } else if (epoch != 0 && skf_opening_of(dtls, epoch) != NULL) {
        record->epoch = epoch;
        if (skf_cid_is_ours(cids_of(dtls), record->has_cid, record->cid))
            open_record(dtls, record);
        else
            drop_wrong_cid(dtls, record);
    } else if (record->unified || (epoch == 1 && dtls->read_epoch == 0)) {
        hold_record(dtls, record);
        add_waste(dtls, WASTE_RECORD);
    } else {
        DROP_RECORD(dtls, drop_epoch, record);
        add_waste(dtls, WASTE_RECORD);
    }
}

static bool receive_record(struct skiff_dtls *dtls)
{
    struct incoming_datagram *in = &dtls->datagram;
    size_t id_len = dtls->context->settings.connection_id_len, remaining = in->remaining;
    struct incoming record;

    if (remaining == 0)
        return false;
    if (skf_record_parse(&in->at, &remaining, id_len, &record)) {
        in->remaining = (uint32_t)remaining;
        judge_record(dtls, &record);
        return true;
    }
    DROP_RECORD(dtls, drop_malformed, &record);
    in->remaining = 0;
    return true;
}

/* If the fragments of a record were dropped or wait for others, the next record in
 * plaintext is read at once. */
static bool receive_pending_fragments(struct skiff_dtls *dtls)
{
    if (dtls->datagram.fragments.len == 0)
        return false;
    while (skf_receive_fragments(dtls) && receive_record(dtls))
        if (dtls->datagram.fragments.len == 0 || dtls->datagram.epoch != 0)
            return true;
    return true;
}

/* Held records come next, once their epoch is read and the datagram is processed. */
static bool receive_held(struct skiff_dtls *dtls)
{
    struct handshake_slot *slot = dtls->slot;

    if (slot == NULL || slot->held_len == 0 || dtls->read_epoch == slot->held_epoch)
        return false;
    dtls->datagram.at = slot->held;
    dtls->datagram.remaining = slot->held_len;
    dtls->datagram.held = true;
    slot->held_len = 0;
    return true;
}

static bool may_send(const struct skiff_dtls *dtls)
{
    return dtls->slot != NULL && skf_script_turn(&dtls->slot->hs.position) == TURN_SEND;
}

void skf_receive_datagram(struct skiff_dtls *dtls)
{
    while (dtls->phase != ENDED && (dtls->events & ~EVENT_HELLO) == 0 && !may_send(dtls)
           && !skf_path_response_pending(dtls)) {
        if (dtls->slot != NULL)
            skf_queue_sweep(&dtls->slot->message_queue);
        if (!skf_change_ciphers(dtls) && !skf_receive_message(dtls)
            && !receive_pending_fragments(dtls) && !receive_record(dtls)
            && !receive_held(dtls))
            break;
    }
    if ((dtls->events & ~EVENT_HELLO) == 0)
        skf_drop_slot_if_done(dtls);
}
