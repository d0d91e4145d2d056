/* feedback.c - the RTCP that a publisher gets. */
#include "feedback.h"

struct writing {
    struct publisher *publisher;
    struct bytes_out *out;
    skiff_time now, round_trip;
    bool wrote; /* more than the head of the compound packet */
};

static bool is_due(skiff_time last, skiff_time now, skiff_time interval)
{
    return last == 0 || now - last >= interval;
}

/* RFC 3550 section 6.1: an RR and the CNAME begin each compound packet. */
static void write_report(struct writing *writing)
{
    struct publisher *publisher = writing->publisher;
    struct rtcp_report reports[NUM_SOURCES];
    size_t num = 0;

    if (is_due(publisher->reported, writing->now, FEEDBACK_REPORT)) {
        for (unsigned source = 0; source < NUM_SOURCES; source++) {
            struct publisher_layer *layer = publisher_layer_of(publisher, source);
            if (layer != NULL && layer->reception.has_begun)
                reception_report(&layer->reception, layer->ssrc, (int64_t)writing->now,
                                 &reports[num++]);
        }
        publisher->reported = writing->now;
        writing->wrote = num > 0;
    }
    (void)rtcp_write_report(writing->out, publisher->ssrc, NULL, reports, num);
    (void)rtcp_write_cname(writing->out, publisher->ssrc, publisher->cname);
}

static void write_remb(struct writing *writing, const struct publisher_track *track)
{
    uint32_t ssrcs[MAX_LAYERS];
    size_t num = 0;

    if (!track->section.remb || track->section.transport_cc
        || writing->publisher->reported != writing->now)
        return;
    for (size_t i = 0; i < track->num_layers; i++)
        if (track->layers[i].bound)
            ssrcs[num++] = track->layers[i].ssrc;
    if (num > 0)
        writing->wrote |= rtcp_write_remb(writing->out, writing->publisher->ssrc,
                                          FEEDBACK_REMB, ssrcs, num);
}

static void write_nack(struct writing *writing, struct publisher_layer *layer)
{
    uint16_t sequences[FEEDBACK_MAX_NACKS];
    const size_t num =
        missing_due(&layer->missing, (int64_t)writing->now, (int64_t)writing->round_trip,
                    sequences, FEEDBACK_MAX_NACKS);

    (void)missing_give_up(&layer->missing, (int64_t)writing->now);
    if (num == 0
        || !rtcp_write_nack(writing->out, writing->publisher->ssrc, layer->ssrc, sequences,
                            num))
        return;
    layer->nacks++;
    writing->publisher->counters->nacks_sent += num;
    writing->wrote = true;
}

static void write_keyframe(struct writing *writing, const struct media_section *section,
                           struct publisher_layer *layer)
{
    const uint32_t ours = writing->publisher->ssrc;

    if (!layer->wants_keyframe || !layer->bound
        || !is_due(layer->asked, writing->now, FEEDBACK_KEYFRAME))
        return;
    if (section->fir && !section->pli)
        writing->wrote |=
            rtcp_write_fir(writing->out, ours, layer->ssrc, ++layer->fir_number);
    else
        writing->wrote |= rtcp_write_pli(writing->out, ours, layer->ssrc);
    layer->asked = writing->now;
    layer->plis++;
    writing->publisher->counters->plis_sent++;
}

static void write_track(struct writing *writing, struct publisher_track *track)
{
    for (size_t i = 0; i < track->num_layers; i++) {
        struct publisher_layer *layer = &track->layers[i];
        if (!layer->bound)
            continue;
        if (track->section.nack)
            write_nack(writing, layer);
        write_keyframe(writing, &track->section, layer);
    }
    write_remb(writing, track);
}

static void write_arrivals(struct writing *writing)
{
    struct publisher *publisher = writing->publisher;

    if (transport_cc_pending(&publisher->recorder) == 0
        || !is_due(publisher->fed_back, writing->now, FEEDBACK_TRANSPORT_CC))
        return;
    publisher->fed_back = writing->now;
    while (transport_cc_write(&publisher->recorder, writing->out, publisher->ssrc,
                              publisher->recorded))
        writing->wrote = true;
}

bool feedback_write(struct publisher *publisher, struct bytes_out *out, skiff_time now,
                    skiff_time round_trip)
{
    struct writing writing = { publisher, out, now, round_trip, false };

    write_report(&writing);
    write_track(&writing, &publisher->audio);
    write_track(&writing, &publisher->video);
    write_arrivals(&writing);
    if (writing.wrote)
        publisher->counters->rtcp_sent++;
    return writing.wrote;
}
