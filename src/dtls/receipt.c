/* receipt.c - which records are acknowledged, and what ACKs bring about (RFC 9147 section
 * 7). */
#include "dtls/receipt.h"

#include "dtls/conversation.h"
#include "dtls/late.h"
#include "wire/control.h"

/* An ACK of a flight that is not whole waits for a part of the peer's timeout, as we
 * guess it. */
enum { ACK_PATIENCE = 4 };

/* --- theirs --------------------------------------------------------------------------- */

void begin_receipt(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct arriving *in = &dtls->arriving;

    in->epoch = record->epoch;
    in->number = record->number;
    in->spoiled = in->receipt_wanted = in->receipt_at_once = false;
}

void begin_fragment(struct skiff_dtls *dtls)
{
    dtls->arriving.kept = false;
}

void end_fragment(struct skiff_dtls *dtls)
{
    if (!dtls->arriving.kept)
        dtls->arriving.spoiled = true;
}

void keep_fragment(struct skiff_dtls *dtls)
{
    dtls->arriving.kept = true;
}

void note_receipt(struct skiff_dtls *dtls, bool at_once)
{
    struct arriving *in = &dtls->arriving;

    in->kept = in->receipt_wanted = true;
    in->receipt_at_once = in->receipt_at_once || at_once;
}

void end_receipt(struct skiff_dtls *dtls)
{
    const struct arriving *in = &dtls->arriving;
    skiff_time patience = in->receipt_at_once ? 0 : dtls->flight.wait / ACK_PATIENCE;
    skiff_time soon = dtls->now + patience;

    if (!in->receipt_wanted || in->spoiled || dtls->phase == ENDED)
        return;
    receipts_add(&dtls->receipts, in->epoch, in->number);
    if (soon < dtls->ack_due)
        dtls->ack_due = soon;
}

void withdraw_plain_receipts(struct skiff_dtls *dtls)
{
    struct receipts *receipts = &dtls->receipts;

    for (int i = 0; i < 2; i++)
        if (receipts->epochs[i] == 0)
            receipts->windows[i] = (struct window){ 0 };
}

/* --- ours ----------------------------------------------------------------------------- */

/* 1.2 has none, and before the version is settled nobody says one (decision 0026). */
static bool acks_count(const struct room *room)
{
    return room != NULL && room->hs.settled && room->hs.dialect->acknowledges;
}

void take_ack(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct room *room = dtls->room;
    struct ack m;

    if (!ack_read(&m, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
        return;
    }
    if (room == NULL && dtls->phase == ESTABLISHED) {
        if (dtls->dialect->acknowledges)
            late_acknowledged(dtls, m.record_numbers);
        return;
    }
    if (!acks_count(room)
        || !carriage_hear(&room->carriage, record->epoch, m.record_numbers))
        return;
    dtls->arriving.any_good = true;
    contradict_plain_alert(room);
    bool done = carriage_is_done(&room->carriage, &dtls->flight);
    if (done)
        measure_round_trip(dtls);
    if (done)
        flight_arrived(dtls);
    else if (record->epoch != 0)
        flight_news(dtls, PEER_MISSES_SOME);
}
