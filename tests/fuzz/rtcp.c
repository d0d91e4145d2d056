/* rtcp.c - fuzzes what reads RTCP: the walk, the readers of each kind, NACKs and
 * transport-wide feedback, which are written again and must then be read as before; and a
 * recorder, whose arrivals the input chooses. */
#include <stdlib.h>

#include "samples/rtp/transport_cc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ARRIVALS = 120, SPACE = 0x10000, FEEDBACK_SPACE = 600 };

static uint8_t space[SPACE];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void is_read(const struct rtcp *packet)
{
    const uint8_t *end = packet->data + packet->len;
    struct rtcp_sender_info info;
    struct rtcp_report report;
    struct bytes cname;
    uint64_t bits;
    uint32_t ssrc;
    uint8_t number;

    must(rtcp_read_sender_info(packet, &info) == (packet->kind == RTCP_SR));
    must(rtcp_read_remb(packet, &bits) == (packet->kind == RTCP_REMB));
    if (rtcp_read_cname(packet, packet->ssrc, &cname))
        must(cname.at > packet->data && cname.at + cname.len <= end);
    size_t num_reports = 0, num_left = 0, num_fir = 0, num_remb = 0;
    while (rtcp_read_report(packet, num_reports, &report))
        num_reports++;
    while (rtcp_read_bye(packet, num_left, &ssrc))
        num_left++;
    while (rtcp_read_fir(packet, num_fir, &ssrc, &number))
        num_fir++;
    while (rtcp_read_remb_ssrc(packet, num_remb, &ssrc))
        num_remb++;
    must(4 * num_remb + 8 * num_fir + 4 * num_left + RTCP_REPORT * num_reports
         < packet->len);
}

/* Each entry of a NACK is an entry again. */
static void nacks_survive(const struct rtcp *packet)
{
    uint16_t lost[RTCP_NACK_SPAN], again[RTCP_NACK_SPAN];
    struct rtcp second;
    size_t num;

    for (size_t i = 0; (num = rtcp_read_nack(packet, i, lost)) > 0; i++) {
        struct bytes_out out = { .data = space, .limit = sizeof space };
        must(rtcp_write_nack(&out, packet->ssrc, packet->media_ssrc, lost, num));
        struct rtcp_walk walk = rtcp_walk(out.data, out.len);
        must(rtcp_next(&walk, &second) && second.media_ssrc == packet->media_ssrc);
        must(rtcp_read_nack(&second, 0, again) == num);
        must(memcmp(lost, again, num * sizeof lost[0]) == 0);
        must(rtcp_read_nack(&second, 1, again) == 0);
    }
}

/* What a recorder writes is whole, and follows on. */
static void recorder_is_read(struct transport_cc_recorder *recorder)
{
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;
    struct rtcp packet;

    while (transport_cc_pending(recorder) > 0) {
        uint16_t next = (uint16_t)recorder->next;
        struct bytes_out out = { .data = space, .limit = FEEDBACK_SPACE };
        must(transport_cc_write(recorder, &out, 1, 2) && out.len <= FEEDBACK_SPACE);
        struct rtcp_walk walk = rtcp_walk(out.data, out.len);
        must(rtcp_next(&walk, &packet) && walk.at == walk.end);
        must(transport_cc_read(&feedback, &packet) && feedback.base == next);
        while (transport_cc_next(&feedback, &status))
            must(status.sequence == next++);
        must(next == (uint16_t)recorder->next);
    }
}

static void feedback_survives(const struct rtcp *packet)
{
    static struct transport_cc_recorder recorder;
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;
    unsigned num = 0;

    if (!transport_cc_read(&feedback, packet))
        return;
    memset(&recorder, 0, sizeof recorder);
    for (; transport_cc_next(&feedback, &status); num++)
        if (status.received && status.arrived_us >= 0)
            transport_cc_record(&recorder, status.sequence, status.arrived_us);
    must(num == feedback.count);
    recorder_is_read(&recorder);
}

/* Arrivals of three bytes: how far the number steps, and how long after the one before. */
static void arrivals_are_recorded(const uint8_t *data, size_t size)
{
    static struct transport_cc_recorder recorder;
    uint16_t sequence = 65000;
    int64_t now_us = 0;

    memset(&recorder, 0, sizeof recorder);
    for (size_t i = 0; i + 3 <= size && i < MAX_ARRIVALS; i += 3) {
        sequence =
            (uint16_t)(sequence + (int8_t)data[i] * (data[i + 1] % 16 == 0 ? 99 : 1));
        now_us += bytes_get16(data + i + 1) * (data[i] % 32 == 0 ? 1000 : 10);
        transport_cc_record(&recorder, sequence, now_us);
        must(transport_cc_pending(&recorder) <= TRANSPORT_CC_WINDOW);
        if (data[i + 2] % 8 == 0)
            recorder_is_read(&recorder);
    }
    recorder_is_read(&recorder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    struct rtcp packet;

    must(copy != NULL);
    memcpy(copy + 1, data, size); /* ends where the memory ends */
    struct rtcp_walk walk = rtcp_walk(copy + 1, size);
    while (rtcp_next(&walk, &packet)) {
        must(packet.data > copy && packet.data + packet.len <= copy + 1 + size);
        is_read(&packet);
        nacks_survive(&packet);
        feedback_survives(&packet);
    }
    free(copy);
    arrivals_are_recorded(data, size);
    return 0;
}
