/* pending_ack.c - what will be acknowledged of the record in hand. */
#include "association/pending_ack.h"

#include "association/timers.h"

bool skf_sends_acks(const struct skiff_dtls *dtls)
{
    return dtls->slot != NULL
             ? dtls->slot->hs.version_chosen && dtls->slot->hs.protocol->has_acks
             : dtls->protocol->has_acks;
}

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

void skf_ack_accepted(struct skiff_dtls *dtls)
{
    if (skf_sends_acks(dtls))
        skf_ack_want(dtls, false);
    else
        skf_ack_keep_fragment(dtls);
}

void skf_ack_end_record(struct skiff_dtls *dtls)
{
    const struct incoming_datagram *in = &dtls->datagram;

    if (!in->ack_wanted || in->spoiled || dtls->phase == ENDED)
        return;
    skf_ack_list_add(&dtls->ack_list, in->epoch, in->number);
    skf_ack_later(dtls, in->ack_at_once);
}

void skf_ack_withdraw_plain(struct skiff_dtls *dtls)
{
    struct ack_list *ack_list = &dtls->ack_list;

    for (int i = 0; i < 2; i++)
        if (ack_list->epochs[i] == 0)
            ack_list->windows[i] = (struct window){ 0 };
}
