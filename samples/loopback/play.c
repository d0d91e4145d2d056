/* play.c - the media of a call: one end sends, the other receives, both report. */
#include "play.h"

#include "heap.h"
#include "network.h"

#include "../rtp/rtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT = 64, BATCH = 32, SECOND = 48000, WARM = 8 };
enum { STALLED = 2 * G_USEC_PER_SEC, LINE = G_USEC_PER_SEC, LONGEST_WAIT = 100 };

/* --- making -------------------------------------------------------------------------- */

static bool make_received(struct play *play, size_t bytes)
{
    const struct recording *sent = play->sent_media;

    play->received = *sent; /* its headers and times, as if signalled */
    play->received.packets = calloc(sent->num, sizeof *sent->packets);
    play->store = malloc(bytes);
    play->store_end = play->store;
    play->outcome = calloc(sent->num, 1);
    return play->received.packets != NULL && play->store != NULL && play->outcome != NULL;
}

bool play_new(struct play *play, const struct recording *sent, struct end *near,
              struct end *far, uint64_t seed)
{
    uint64_t dice = seed * 2 + 1;
    size_t bytes = 1;

    *play = (struct play){ .sent_media = sent, .near = near, .far = far };
    for (size_t i = 0; i < sent->num; i++)
        bytes += sent->packets[i].len;
    (void)chance(&dice);
    play->first_sequence = (uint16_t)(chance(&dice) * 65536);
    play->first_timestamp = (uint32_t)(chance(&dice) * 4294967296.0);
    return make_received(play, bytes);
}

void play_free(struct play *play)
{
    free(play->received.packets);
    free(play->store);
    free(play->outcome);
}

/* --- outcomes ------------------------------------------------------------------------ */

/* Which packet has this sequence number; false when none was sent lately that has. */
static bool index_of(const struct play *play, uint16_t sequence, size_t *index)
{
    uint16_t behind = (uint16_t)(play->first_sequence + play->next - sequence);

    if (behind == 0 || behind > play->next)
        return false;
    *index = play->next - behind;
    return true;
}

static void record_outcome(struct play *play, size_t index, uint8_t outcome)
{
    play->outcome[index] |= outcome;
    while (play->first_unreported < play->next
           && play->outcome[play->first_unreported] != SENT)
        play->first_unreported++;
    play->progress = g_get_monotonic_time();
}

void play_note_loss(struct play *play, const uint8_t *data, size_t len)
{
    struct rtp rtp;
    size_t index;

    if (!rtp_read(&rtp, data, len) || rtp.payload_type != PAYLOAD_TYPE
        || !index_of(play, rtp.sequence, &index))
        return;
    record_outcome(play, index, DROPPED);
    play->dropped++;
}

/* --- sending ------------------------------------------------------------------------- */

/* What the agent cannot send is missing at the far end, as the summary will show. */
static void send_packets(struct end *end, skiff_packet **packets, size_t num)
{
    size_t sent = 0;

    heap_enter_send();
    skiff_status status = skiff_ice_send(end->ice, packets, num, &sent);
    heap_leave_send();
    if (status != SKIFF_OK)
        fprintf(stderr, "skiff-call: %s: %s\n", end->name, skiff_status_text(status));
    for (size_t i = 0; i < num; i++)
        skiff_packet_release(&packets[i]);
}

static void write_media(struct play *play, skiff_packet *packet)
{
    const struct opus_packet *opus = &play->sent_media->packets[play->next];
    struct rtp rtp = { .payload_type = PAYLOAD_TYPE,
                       .marker = play->next == 0,
                       .sequence = (uint16_t)(play->first_sequence + play->next),
                       .timestamp = play->first_timestamp + (uint32_t)play->offset,
                       .ssrc = play->near->ssrc };

    rtp_write(&rtp, packet->data, packet->limit);
    memcpy(packet->data + RTP_HEADER, opus->data, opus->len);
    packet->len = (uint32_t)(RTP_HEADER + opus->len);
    play->near_reporter.packets++;
    play->near_reporter.octets += (uint32_t)opus->len;
    play->outcome[play->next] = SENT;
    play->offset += opus->samples;
    play->next++;
}

/* When the next packet is to go, on the clock of g_get_monotonic_time. */
static int64_t due(const struct play *play)
{
    return play->begun + play->offset * G_USEC_PER_SEC / SECOND;
}

static bool is_due(const struct play *play, int64_t now)
{
    if (play->next == play->sent_media->num)
        return false;
    return play->fast ? play->next - play->first_unreported < IN_FLIGHT : due(play) <= now;
}

static void send_media(struct play *play, int64_t now)
{
    skiff_packet *batch[BATCH];
    size_t num = 0;

    while (num < BATCH && is_due(play, now)
           && (batch[num] = skiff_pool_take(play->near->pool)) != NULL)
        write_media(play, batch[num++]);
    if (num == 0)
        return;
    play->counted += play->counting ? num : 0;
    play->progress = now;
    send_packets(play->near, batch, num);
}

/* --- reports ------------------------------------------------------------------------- */

static uint64_t ntp_time(void)
{
    return rtcp_ntp((uint64_t)g_get_real_time());
}

/* RFC 3550 section 6.1: a report, the CNAME of its sender, and BYE where there is no more.
 */
struct compound {
    const struct rtcp_sender_info *info; /* NULL: it sends no media */
    struct rtcp_report block;
    size_t num_blocks;
    bool bye;
};

static void send_report(struct end *end, const struct compound *compound)
{
    skiff_packet *packet = skiff_pool_take(end->pool);

    if (packet == NULL)
        return;
    struct bytes_out out = { .data = packet->data, .limit = packet->limit };
    if (!rtcp_write_report(&out, end->ssrc, compound->info, &compound->block,
                           compound->num_blocks)
        || !rtcp_write_cname(&out, end->ssrc, end->name)
        || (compound->bye && !rtcp_write_bye(&out, end->ssrc))) {
        skiff_packet_release(&packet);
        return;
    }
    packet->len = (uint32_t)out.len;
    send_packets(end, &packet, 1);
}

static void report_sender(struct play *play, bool bye)
{
    struct reporter *reporter = &play->near_reporter;
    struct rtcp_sender_info info = { .ntp = ntp_time(),
                                     .timestamp =
                                         play->first_timestamp + (uint32_t)play->offset,
                                     .packets = reporter->packets,
                                     .octets = reporter->octets };
    struct compound compound = { .info = &info, .bye = bye };

    reporter->reported_at = play->offset;
    send_report(play->near, &compound);
}

static void report_receiver(struct play *play)
{
    struct reporter *reporter = &play->far_reporter;
    struct compound compound = { .num_blocks = reporter->reception.has_begun ? 1 : 0 };

    reporter->reported_at = play->offset;
    if (compound.num_blocks > 0)
        reception_report(&reporter->reception, play->near->ssrc, g_get_monotonic_time(),
                         &compound.block);
    send_report(play->far, &compound);
}

static void send_reports(struct play *play)
{
    if (play->offset - play->near_reporter.reported_at >= SECOND)
        report_sender(play, false);
    if (play->offset - play->far_reporter.reported_at >= SECOND)
        report_receiver(play);
}

static void read_report(struct play *play, struct reporter *reporter,
                        const struct rtcp *packet)
{
    struct rtcp_sender_info info;
    struct rtcp_report block;

    if (rtcp_read_sender_info(packet, &info))
        reception_sender_report(&reporter->reception, info.ntp, g_get_monotonic_time());
    if (!rtcp_read_report(packet, 0, &block))
        return;
    int64_t round_trip = rtcp_round_trip_us(&block, rtcp_ntp_middle(ntp_time()));
    if (round_trip >= 0)
        play->round_trip = (double)round_trip / 1000;
}

static void receive_report(struct play *play, struct end *at, const skiff_packet *packet)
{
    struct reporter *reporter =
        at == play->far ? &play->far_reporter : &play->near_reporter;
    struct rtcp_walk walk = rtcp_walk(packet->data, packet->len);
    struct rtcp part;

    while (rtcp_next(&walk, &part))
        read_report(play, reporter, &part);
    if (!walk.malformed)
        reporter->reports_received++;
}

/* --- receiving ----------------------------------------------------------------------- */

static void keep(struct play *play, size_t index, const uint8_t *data, size_t len)
{
    const struct opus_packet *sent = &play->sent_media->packets[index];

    if (len != sent->len || memcmp(data, sent->data, len) != 0) {
        play->unequal++;
        return;
    }
    memcpy(play->store_end, data, len);
    play->received.packets[index] =
        (struct opus_packet){ play->store_end, len, sent->samples };
    play->store_end += len;
    play->arrived++;
}

static void receive_media(struct play *play, const skiff_packet *packet)
{
    uint32_t now = reception_units((uint64_t)g_get_monotonic_time(), SECOND);
    struct rtp rtp;
    size_t index;

    if (!rtp_read(&rtp, packet->data, packet->len) || rtp.payload_type != PAYLOAD_TYPE
        || rtp.ssrc != play->far->peer.ssrc || !index_of(play, rtp.sequence, &index)) {
        play->unequal++;
        return;
    }
    if ((play->outcome[index] & RECEIVED) != 0) { /* SRTP lets none through */
        play->repeated++;
        return;
    }
    record_outcome(play, index, RECEIVED);
    reception_add(&play->far_reporter.reception, rtp.sequence, rtp.timestamp, now);
    keep(play, index, packet->data + rtp.header, rtp.payload);
}

/* From here on every SSRC is known, and nothing has a reason to take memory. */
static void start_counting(struct play *play)
{
    if (!play->counting && play->arrived >= WARM && play->near_reporter.reports_received > 0
        && play->far_reporter.reports_received > 0)
        play->counting = heap_start();
}

void play_receive(struct play *play, struct end *at, skiff_packet *packet, skiff_kind kind)
{
    if (kind == SKIFF_RTCP)
        receive_report(play, at, packet);
    else if (at == play->far)
        receive_media(play, packet);
    start_counting(play);
}

/* --- time ---------------------------------------------------------------------------- */

static void print_line(struct play *play, int64_t now)
{
    const struct reporter *far = &play->far_reporter;
    double seconds = (double)(now - play->begun) / G_USEC_PER_SEC;
    int lost = (int)reception_lost(&far->reception);

    printf("%5.1f s  %6zu packets  %6.1f kbit/s  lost %d  jitter %.1f ms  "
           "round trip %.1f ms\n",
           seconds, play->arrived, (double)play->near_reporter.octets * 8 / 1000 / seconds,
           lost, (double)reception_jitter(&far->reception) * 1000 / SECOND,
           play->round_trip);
    fflush(stdout);
    play->line_due += LINE;
}

static void begin(struct play *play, int64_t now)
{
    play->begun = play->progress = now;
    play->line_due = now + LINE;
    report_sender(play, false);
    report_receiver(play);
}

static bool is_over(const struct play *play, int64_t now)
{
    if (play->first_unreported == play->sent_media->num)
        return true;
    return now - play->progress > STALLED || play->near->failed || play->far->failed;
}

static void end(struct play *play)
{
    heap_stop();
    report_sender(play, true);
    report_receiver(play);
}

static int wait_for(const struct play *play, int64_t now)
{
    if (is_due(play, now))
        return 0;
    if (play->fast || play->next == play->sent_media->num)
        return LONGEST_WAIT;
    return (int)MIN((due(play) - now + 999) / 1000, LONGEST_WAIT);
}

int play_step(struct play *play)
{
    int64_t now = g_get_monotonic_time();

    if (play->begun == 0)
        begin(play, now);
    if (is_over(play, now)) {
        end(play);
        return -1;
    }
    send_media(play, now);
    send_reports(play);
    if (now >= play->line_due)
        print_line(play, now);
    return wait_for(play, now);
}
