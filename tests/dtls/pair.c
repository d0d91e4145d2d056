/* pair.c - two handles and the datagrams between them. */
#include "pair.h"

void pair_poll(struct pair *p, int end)
{
    uint8_t bytes[SKIFF_HEAD + PAIR_DATAGRAM + SKIFF_TAIL];
    skiff_dtls_event event;
    skiff_bytes view;

    do {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                                .limit = PAIR_DATAGRAM,
                                .head = SKIFF_HEAD };
        event = skiff_dtls_poll(p->ends[end], p->now, &packet, &view);
        p->connected[end] = p->connected[end] || event == SKIFF_DTLS_CONNECTED;
        p->failed[end] = p->failed[end] || event == SKIFF_DTLS_FAILED;
        if (event == SKIFF_DTLS_TICKET) {
            p->ticket_len = view.len;
            memcpy(p->ticket, view.ptr, view.len);
        }
        if (event == SKIFF_DTLS_SEND && p->num < PAIR_QUEUE) {
            struct pair_datagram *d = &p->queue[p->num++];
            d->to = 1 - end;
            d->len = packet.len;
            memcpy(d->bytes, packet.data, packet.len);
        }
    } while (event != SKIFF_DTLS_NOTHING);
}

bool pair_step(struct pair *p)
{
    if (p->num == 0)
        return false;

    struct pair_datagram d = p->queue[0];
    skiff_packet packet = { .data = d.bytes,
                            .len = (uint32_t)d.len,
                            .limit = PAIR_DATAGRAM };
    memmove(p->queue, p->queue + 1, --p->num * sizeof *p->queue);
    (void)!skiff_dtls_receive(p->ends[d.to], p->now, &packet);
    pair_poll(p, d.to);
    return true;
}

void pair_talk(struct pair *p)
{
    pair_poll(p, 0);
    pair_poll(p, 1);
    while (pair_step(p))
        continue;
}

bool pair_is_connected(const struct pair *p)
{
    return p->connected[0] && p->connected[1];
}

bool pair_agrees(const struct pair *p)
{
    skiff_srtp_keys keys[2];

    return skiff_dtls_srtp_keys(p->ends[0], &keys[0]) == SKIFF_OK
        && skiff_dtls_srtp_keys(p->ends[1], &keys[1]) == SKIFF_OK
        && memcmp(keys[0].ours, keys[1].theirs, keys[0].len) == 0
        && memcmp(keys[0].theirs, keys[1].ours, keys[0].len) == 0;
}
