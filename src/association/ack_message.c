/* ack_message.c - ACKs of the peer (RFC 9147 section 7). */
#include "association/ack_message.h"

#include "association/actions.h"
#include "association/end.h"
#include "association/pending_ack.h"
#include "association/post_handshake.h"
#include "association/timers.h"
#include "association/trace.h"
#include "wire/control.h"

/* 1.2 has none, and neither end sends one before the version is chosen (decision 0026). */
static bool acks_count(const struct handshake_slot *slot)
{
    return slot != NULL && slot->hs.version_chosen && slot->hs.protocol->has_acks;
}

void skf_receive_ack(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct handshake_slot *slot = dtls->slot;
    struct ack m;

    if (!ack_read(&m, (skiff_bytes){ record->body, record->len })) {
        skf_drop_malformed_record(dtls, record, "ACK: not a list of record numbers");
        return;
    }
    TRACE(dtls, .event = SKIFF_TRACE_ACK_IN, .epoch = record->epoch,
          .number = record->number,
          .count = (uint32_t)(m.record_numbers.len / RECORD_NUMBER));
    if (slot == NULL && dtls->phase == ESTABLISHED) {
        if (dtls->protocol->has_post_handshake)
            skf_post_handshake_acknowledged(dtls, m.record_numbers);
        return;
    }
    if (acks_count(slot) && m.record_numbers.len == 0) {
        /* It asks for our flight again (RFC 9147 section 7.1). */
        skf_flight_event(dtls, PEER_REPEATED);
        return;
    }
    if (!acks_count(slot)
        || !skf_sent_records_acknowledge(&slot->sent_records, record->epoch,
                                         m.record_numbers))
        return;
    dtls->datagram.any_good = true;
    withdraw_plain_alert(slot);
    bool done = skf_sent_records_all_acknowledged(&slot->sent_records, &dtls->flight);
    if (done)
        skf_measure_round_trip(dtls);
    if (done)
        skf_flight_acknowledged(dtls);
    else if (record->epoch != 0)
        skf_flight_event(dtls, PEER_MISSES_SOME);
}
