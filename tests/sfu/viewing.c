/* viewing.c - a watcher on a link that is not there, in virtual time. */
#include "viewing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP = 1000,   /* microseconds */
    FRAME = 33333, /* 30 pictures a second */
    AUDIO = 20000, /* a packet of AUDIO_BYTES */
    AUDIO_BYTES = 100,
    PACKET = 1200,
    PADDING_EVERY = 10000,
    CHOICE_EVERY = 100000,
    FEEDBACK_EVERY = 100000,
    KEYFRAME_AFTER = 150000,
    KEYFRAME_SIZE = 4 /* times a usual frame */
};

static double chance(struct viewing *viewing)
{
    viewing->chance ^= viewing->chance << 13;
    viewing->chance ^= viewing->chance >> 7;
    viewing->chance ^= viewing->chance << 17;
    return (double)(viewing->chance >> 11) / (double)(1ull << 53);
}

void viewing_init(struct viewing *viewing, uint64_t seed)
{
    static const struct layer layer[] = { { true, 150000, 180 },
                                          { true, 500000, 360 },
                                          { true, 1700000, 720 } };

    memset(viewing, 0, sizeof *viewing);
    viewing->link = (struct viewing_link){
        .bps = 5e6, .delay = 20000, .queue = 400000, .feedback = true
    };
    viewing->chance = seed * 0x9E3779B97F4A7C15u | 1;
    viewing->now = viewing->started = 3600000000u;
    viewing->ahead = 1000000007;
    viewing->feedback_due = viewing->now;
    viewing->frame = viewing->audio_due = viewing->padding_due = viewing->now;
    viewing->choice_due = viewing->now + CHOICE_EVERY;
    viewing->can_probe = true;
    viewing->shown = viewing->wanted = -1;
    memcpy(viewing->layer, layer, sizeof layer);
    estimate_init(&viewing->estimate);
    bitrate_init(&viewing->audio, 1000000);
    bitrate_init(&viewing->sent, 500000);
    for (size_t i = 0; i < 3; i++)
        bitrate_init(&viewing->layer_rate[i], 1000000);
}

/* --- the link ------------------------------------------------------------------------- */

/* The time of a packet in the queue is known when it comes: the rate at that moment. */
static void send_packet(struct viewing *viewing, size_t bytes)
{
    struct viewing_packet *packet = &viewing->packets[viewing->seq % VIEWING_IN_FLIGHT];
    const struct viewing_link *link = &viewing->link;
    uint64_t begin = viewing->link_free > viewing->now ? viewing->link_free : viewing->now;

    *packet = (struct viewing_packet){ .seq = viewing->seq, .bytes = (uint16_t)bytes };
    estimate_sent(&viewing->estimate, viewing->now, viewing->seq++, bytes);
    bitrate_add(&viewing->sent, viewing->now, bytes);
    if (begin - viewing->now > link->queue) {
        viewing->losses++;
        return;
    }
    viewing->link_free = begin + (uint64_t)((double)bytes * 8 * 1e6 / link->bps);
    if (chance(viewing) < link->loss) {
        viewing->losses++;
        return;
    }
    packet->arrival = viewing->link_free + link->delay + viewing->ahead
                    + (uint64_t)(chance(viewing) * (double)link->jitter);
    if (link->busy != 0)
        packet->arrival += link->busy - packet->arrival % link->busy;
}

/* --- the publisher and the SFU -------------------------------------------------------- */

static void begin_frame(struct viewing *viewing)
{
    viewing->frame += FRAME;
    for (int i = 0; i < 3; i++) {
        double size = (double)viewing->layer[i].bps * FRAME / 8 / 1e6;
        bool key = viewing->keyframe != 0 && viewing->now >= viewing->keyframe
                && viewing->wanted == i;

        size *= 0.7 + 0.6 * chance(viewing);
        if (key) {
            size *= KEYFRAME_SIZE;
            viewing->keyframe = 0;
            viewing->switches += viewing->shown != i;
            viewing->shown = i;
            viewing->pause = false;
            viewing->rest = 0;
        }
        bitrate_add(&viewing->layer_rate[i], viewing->now, (size_t)size);
        if (viewing->shown == i && !viewing->pause)
            viewing->rest += (uint32_t)size;
    }
}

/* As a browser's pacer does, at two and a half times its rate. */
static void pace(struct viewing *viewing)
{
    double bytes =
        viewing->shown < 0 ? 0 : viewing->layer[viewing->shown].bps * 2.5 * STEP / 8 / 1e6;

    viewing->paced += (uint64_t)(bytes * 1000);
    while (viewing->rest > 0) {
        uint32_t next = viewing->rest < PACKET ? viewing->rest : PACKET;

        if (viewing->paced < 1000 * (uint64_t)next)
            return;
        viewing->paced -= 1000 * (uint64_t)next;
        viewing->rest -= next;
        send_packet(viewing, next);
    }
    viewing->paced = 0;
}

static void pad(struct viewing *viewing)
{
    size_t due = estimate_padding(&viewing->estimate, viewing->now);

    viewing->padding_due += PADDING_EVERY;
    for (; due >= PACKET / 2; due -= due < PACKET ? due : PACKET)
        send_packet(viewing, due < PACKET ? due : PACKET);
}

static void record_row(struct viewing *viewing, uint32_t probe_bps)
{
    uint64_t queue =
        viewing->link_free > viewing->now ? viewing->link_free - viewing->now : 0;

    if (viewing->num_rows == VIEWING_ROWS)
        return;
    viewing->rows[viewing->num_rows++] = (struct viewing_row){
        .link = viewing->link.bps,
        .estimate = estimate_bps(&viewing->estimate, viewing->now),
        .sent = bitrate_of(&viewing->sent, viewing->now),
        .queue = (double)queue / 1000,
        .layer = viewing->shown,
        .is_probing = probe_bps != 0,
    };
}

static void choose(struct viewing *viewing)
{
    struct layer layer[3];
    struct layers_link link = {
        .bps = estimate_bps(&viewing->estimate, viewing->now),
        .other = bitrate_of(&viewing->audio, viewing->now),
        .known = estimate_is_known(&viewing->estimate, viewing->now),
        .can_probe =
            viewing->can_probe && estimate_can_probe(&viewing->estimate, viewing->now),
    };
    struct layers_choice choice;

    viewing->choice_due += CHOICE_EVERY;
    memcpy(layer, viewing->layer, sizeof layer);
    for (size_t i = 0; i < 3; i++)
        layer[i].bps = bitrate_of(&viewing->layer_rate[i], viewing->now);
    choice = layers_choose(&viewing->layers, viewing->now, layer, 3, &link);
    if (choice.layer != viewing->wanted)
        viewing->keyframe = viewing->now + KEYFRAME_AFTER;
    viewing->wanted = choice.layer;
    viewing->pause = choice.pause && choice.layer != viewing->shown;
    viewing->probes += choice.probe_bps != 0;
    if (choice.probe_bps != 0)
        estimate_probe(&viewing->estimate, viewing->now, choice.probe_bps);
    record_row(viewing, choice.probe_bps);
}

/* --- the feedback --------------------------------------------------------------------- */

/* In units of 250 microseconds from a reference time of 24 bits, which counts 64 ms each.
 */
static int64_t arrival_in_feedback(const struct viewing_packet *packet)
{
    return (int64_t)(packet->arrival / 250 * 250 % ((uint64_t)64000 << 24))
         - ((int64_t)64000 << 23);
}

static void report(struct viewing *viewing, uint16_t first, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        struct viewing_packet *packet =
            &viewing->packets[(uint16_t)(first + i) % VIEWING_IN_FLIGHT];
        bool arrived =
            packet->arrival != 0
            && packet->arrival < viewing->now + viewing->ahead - viewing->link.delay;

        estimate_reported(&viewing->estimate, packet->seq, arrived,
                          arrival_in_feedback(packet));
    }
    estimate_update(&viewing->estimate, viewing->now);
}

static void deliver(struct viewing *viewing, uint16_t first, uint16_t count)
{
    if (chance(viewing) < viewing->link.feedback_loss)
        return;
    if (viewing->link.feedback_swapped && !viewing->held.used) {
        viewing->held.used = true;
        viewing->held.first = first;
        viewing->held.count = count;
        return;
    }
    report(viewing, first, count);
    if (chance(viewing) < viewing->link.feedback_twice)
        report(viewing, first, count);
    if (viewing->held.used)
        report(viewing, viewing->held.first, viewing->held.count);
    viewing->held.used = false;
}

/* Up to the newest packet that has arrived. */
static void send_feedback(struct viewing *viewing)
{
    uint64_t by = viewing->now + viewing->ahead - viewing->link.delay;
    uint16_t count = 0, end = 0;

    viewing->feedback_due += FEEDBACK_EVERY;
    for (uint16_t seq = viewing->reported; seq != viewing->seq; seq++) {
        const struct viewing_packet *packet = &viewing->packets[seq % VIEWING_IN_FLIGHT];

        count++;
        if (packet->arrival != 0 && packet->arrival < by)
            end = count;
    }
    if (end != 0)
        deliver(viewing, viewing->reported, end);
    viewing->reported = (uint16_t)(viewing->reported + end);
}

/* RFC 3550 section 6.4.1, of what was sent since the last report. */
static uint8_t fraction_lost(struct viewing *viewing)
{
    unsigned sent = (uint16_t)(viewing->seq - viewing->reported);
    unsigned lost = viewing->losses - viewing->losses_reported;

    viewing->reported = viewing->seq;
    viewing->losses_reported = viewing->losses;
    return (uint8_t)(sent == 0 || lost > sent ? 0 : lost * 255 / sent);
}

/* One and a half times what arrives, as browsers bound it, and what the link carries. */
static void send_remb(struct viewing *viewing)
{
    double bps = 1.5 * bitrate_of(&viewing->sent, viewing->now);

    viewing->feedback_due += 10 * FEEDBACK_EVERY;
    estimate_receiver_report(&viewing->estimate, viewing->now, fraction_lost(viewing));
    estimate_remb(&viewing->estimate, viewing->now,
                  (uint64_t)(bps < viewing->link.bps ? bps : viewing->link.bps * 0.95));
}

/* --- all of it ------------------------------------------------------------------------ */

static void run_step(struct viewing *viewing)
{
    if (viewing->now >= viewing->audio_due) {
        viewing->audio_due += AUDIO;
        bitrate_add(&viewing->audio, viewing->now, AUDIO_BYTES);
        send_packet(viewing, AUDIO_BYTES);
    }
    if (viewing->now >= viewing->frame)
        begin_frame(viewing);
    pace(viewing);
    if (viewing->now >= viewing->padding_due)
        pad(viewing);
    if (viewing->now >= viewing->choice_due)
        choose(viewing);
    if (viewing->link.feedback && viewing->now >= viewing->feedback_due)
        send_feedback(viewing);
    if (viewing->link.remb && viewing->now >= viewing->feedback_due)
        send_remb(viewing);
}

void viewing_run(struct viewing *viewing, double seconds)
{
    uint64_t end = viewing->now + (uint64_t)(seconds * 1e6);

    for (; viewing->now < end; viewing->now += STEP)
        run_step(viewing);
}

static size_t row_at(const struct viewing *viewing, uint64_t time)
{
    return (size_t)((time - viewing->started) / CHOICE_EVERY);
}

uint64_t viewing_time_until(const struct viewing *viewing, uint64_t since, int layer)
{
    size_t first = row_at(viewing, since);

    for (size_t i = first; i < viewing->num_rows; i++)
        if (viewing->rows[i].layer == layer)
            return (i - first + 1) * CHOICE_EVERY;
    return UINT64_MAX;
}

unsigned viewing_switches(const struct viewing *viewing, uint64_t since)
{
    unsigned switches = 0;

    for (size_t i = row_at(viewing, since) + 1; i < viewing->num_rows; i++)
        switches += viewing->rows[i].layer != viewing->rows[i - 1].layer;
    return switches;
}

void viewing_write(const struct viewing *viewing, const char *name)
{
    const char *folder = getenv("SKIFF_VIEWING");
    char path[512];
    FILE *file;

    if (folder == NULL
        || snprintf(path, sizeof path, "%s/%s.csv", folder, name) >= (int)sizeof path)
        return;
    file = fopen(path, "w");
    if (file == NULL)
        return;
    for (size_t i = 0; i < viewing->num_rows; i++)
        fprintf(file, "%.1f,%.0f,%.0f,%.0f,%.1f,%d,%d\n", (double)(i + 1) / 10,
                viewing->rows[i].link, viewing->rows[i].estimate, viewing->rows[i].sent,
                viewing->rows[i].queue, viewing->rows[i].layer,
                viewing->rows[i].is_probing);
    fclose(file);
}
