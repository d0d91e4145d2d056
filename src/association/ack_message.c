/* ack_message.c - which records are acknowledged, and what ACKs bring about (RFC 9147
 * section 7). */
#include "association/ack_message.h"

#include "association/actions.h"
#include "association/post_handshake.h"
#include "wire/control.h"

/* An ACK of a flight that is not whole waits for a part of the peer's timeout, as we
 * guess it. */
enum { ACK_DELAY_PART = 4 };

/* --- theirs --------------------------------------------------------------------------- */

void skf_ack_begin_record(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct incoming_datagram *in = &dtls->datagram;

    in->epoch = record->epoch;
    in->number = record->number;
    in->spoiled = in->ack_wanted = in->ack_at_once = false;
}

void skf_ack_begin_fragment(struct skiff_dtls *dtls)
{
    dtls->datagram.fragment_kept = false;
}

void skf_ack_end_fragment(struct skiff_dtls *dtls)
{
    if (!dtls->datagram.fragment_kept)
        dtls->datagram.spoiled = true;
}

void skf_ack_keep_fragment(struct skiff_dtls *dtls)
{
    dtls->datagram.fragment_kept = true;
}

void skf_ack_want(struct skiff_dtls *dtls, bool at_once)
{
    struct incoming_datagram *in = &dtls->datagram;

    in->fragment_kept = in->ack_wanted = true;
    in->ack_at_once = in->ack_at_once || at_once;
}

void skf_ack_end_record(struct skiff_dtls *dtls)
{
    const struct incoming_datagram *in = &dtls->datagram;
    skiff_time delay = in->ack_at_once ? 0 : dtls->flight.wait / ACK_DELAY_PART;
    skiff_time soon = dtls->now + delay;

    if (!in->ack_wanted || in->spoiled || dtls->phase == ENDED)
        return;
    skf_ack_list_add(&dtls->ack_list, in->epoch, in->number);
    if (soon < dtls->ack_due)
        dtls->ack_due = soon;
}

void skf_ack_withdraw_plain(struct skiff_dtls *dtls)
{
    struct ack_list *ack_list = &dtls->ack_list;

    for (int i = 0; i < 2; i++)
        if (ack_list->epochs[i] == 0)
            ack_list->windows[i] = (struct window){ 0 };
}

/* --- ours ----------------------------------------------------------------------------- */

/* 1.2 has none, and before the version is settled nobody says one (decision 0026). */
static bool acks_count(const struct handshake_slot *slot)
{
    return slot != NULL && slot->hs.version_chosen && slot->hs.protocol->acknowledges;
}

void skf_receive_ack(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct handshake_slot *slot = dtls->slot;
    struct ack m;

    if (!ack_read(&m, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
        return;
    }
    if (slot == NULL && dtls->phase == ESTABLISHED) {
        if (dtls->protocol->acknowledges)
            skf_post_handshake_acknowledged(dtls, m.record_numbers);
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
