/* publisher.c - what a publisher sends: each packet finds its layer, and is
 * sent once. */
#include "publisher.h"

#include "../rtp/rtx.h"

#include <stdio.h>

/* --- tracks --------------------------------------------------------------------------- */

static void init_layer(struct publisher_track *track, size_t index, uint8_t source)
{
    const struct media_section *section = &track->section;
    struct publisher_layer *layer = &track->layers[index];

    layer->source = source;
    if (index < section->num_rids)
        memcpy(layer->rid, section->rid[index], sizeof layer->rid);
    else if (index < section->num_ssrcs && section->num_rids == 0)
        layer->rtx_ssrc = section->rtx_ssrc[index];
}

static void init_track(struct publisher_track *track, const struct media_section *section,
                       uint8_t source)
{
    const size_t max = section->kind == MEDIA_VIDEO ? MAX_LAYERS : 1;

    track->section = *section;
    track->num_layers = section->num_rids > 0 ? section->num_rids : 1;
    if (track->num_layers > max)
        track->num_layers = max;
    track->layout.codec = section->codec;
    memcpy(track->layout.from, section->extension, sizeof track->layout.from);
    for (size_t i = 0; i < track->num_layers; i++)
        init_layer(track, i, (uint8_t)(source + i));
}

void publisher_init(struct publisher *publisher, const struct description *offer,
                    uint32_t edition)
{
    *publisher = (struct publisher){ .edition = edition };
    for (size_t i = 0; i < offer->num_sections; i++) {
        const struct media_section *section = &offer->sections[i];
        if (section->rejected)
            continue;
        if (section->kind == MEDIA_AUDIO && publisher->audio.num_layers == 0)
            init_track(&publisher->audio, section, SOURCE_AUDIO);
        if (section->kind == MEDIA_VIDEO && publisher->video.num_layers == 0)
            init_track(&publisher->video, section, SOURCE_VIDEO);
    }
}

struct publisher_layer *publisher_layer_of(struct publisher *publisher, unsigned source)
{
    struct publisher_track *track =
        source == SOURCE_AUDIO ? &publisher->audio : &publisher->video;
    const size_t index = source == SOURCE_AUDIO ? 0 : source - SOURCE_VIDEO;

    return index < track->num_layers ? &track->layers[index] : NULL;
}

void publisher_want_keyframes(struct publisher *publisher, uint32_t sources)
{
    for (size_t i = 0; i < publisher->video.num_layers; i++)
        if ((sources >> publisher->video.layers[i].source & 1) != 0)
            publisher->video.layers[i].wants_keyframe = true;
}

/* --- which layer a packet belongs to -------------------------------------------------- */

static bool is_rtx(const struct publisher_track *track, const struct rtp *rtp)
{
    return track->section.rtx_payload_type != 0
        && rtp->payload_type == track->section.rtx_payload_type;
}

static struct publisher_track *track_of(struct publisher *publisher, const struct rtp *rtp)
{
    struct publisher_track *tracks[] = { &publisher->video, &publisher->audio };

    for (size_t i = 0; i < 2; i++)
        if (tracks[i]->num_layers > 0
            && (rtp->payload_type == tracks[i]->section.payload_type
                || is_rtx(tracks[i], rtp)))
            return tracks[i];
    return NULL;
}

/* RFC 8852: a packet names its layer, or the layer that it repairs. NULL: it
 * names none. */
static struct publisher_layer *layer_of_rid(struct publisher_track *track,
                                            const struct rtp *rtp, const uint8_t *packet)
{
    const enum header_extension extension = is_rtx(track, rtp) ? EXT_REPAIRED_RID : EXT_RID;
    const uint8_t id = track->section.extension[extension];
    struct bytes rid;

    if (track->section.num_rids == 0 || id == 0 || !extension_find(rtp, packet, id, &rid))
        return NULL;
    for (size_t i = 0; i < track->num_layers; i++)
        if (strlen(track->layers[i].rid) == rid.len
            && memcmp(track->layers[i].rid, rid.at, rid.len) == 0)
            return &track->layers[i];
    return NULL;
}

/* Another SSRC has other numbers: all that is known of the old one is
 * forgotten. */
static void bind_ssrc(struct publisher *publisher, struct publisher_layer *layer,
                      uint32_t ssrc, skiff_time now)
{
    layer->bound = true;
    layer->bound_at = now;
    layer->ssrc = ssrc;
    layer->edition = ++publisher->edition;
    layer->reception = (struct reception){ 0 };
    layer->missing = (struct missing){ 0 };
    layer->duplicates = (struct duplicates){ 0 };
    layer->time = (struct source_time){ 0 };
}

/* The first packet of an SSRC. Without simulcast the payload type says enough,
 * unless the SSRC before is still in use. */
static struct publisher_layer *bind_layer(struct publisher *publisher,
                                          struct publisher_track *track,
                                          const struct rtp *rtp, const uint8_t *packet,
                                          skiff_time now)
{
    struct publisher_layer *layer = layer_of_rid(track, rtp, packet);

    if (layer == NULL && track->section.num_rids > 0)
        return NULL;
    if (is_rtx(track, rtp)) {
        layer = layer != NULL ? layer : &track->layers[0];
        layer->rtx_ssrc = rtp->ssrc;
        return layer;
    }
    if (layer == NULL) {
        layer = &track->layers[0];
        if (layer->bound && now - layer->last_packet < SSRC_SILENT)
            return NULL;
    }
    if (layer->bound && now - layer->bound_at < SSRC_EVERY)
        return NULL;
    bind_ssrc(publisher, layer, rtp->ssrc, now);
    return layer;
}

static struct publisher_layer *layer_of(struct publisher *publisher,
                                        struct publisher_track *track,
                                        const struct rtp *rtp, const uint8_t *packet,
                                        skiff_time now)
{
    for (size_t i = 0; i < track->num_layers; i++) {
        struct publisher_layer *layer = &track->layers[i];
        if (is_rtx(track, rtp) ? rtp->ssrc == layer->rtx_ssrc
                               : layer->bound && rtp->ssrc == layer->ssrc)
            return layer;
    }
    return bind_layer(publisher, track, rtp, packet, now);
}

/* --- a packet ------------------------------------------------------------------------- */

/* The numbers of all tracks are one sequence: feedback that one of them has offered is
 * about those of both. */
static bool wants_arrivals(const struct publisher *publisher)
{
    return publisher->audio.section.transport_cc || publisher->video.section.transport_cc;
}

static void record_arrival(struct publisher *publisher, const struct publisher_track *track,
                           const struct rtp *rtp, const uint8_t *packet, skiff_time now)
{
    const uint8_t id = track->section.extension[EXT_TRANSPORT_CC];
    struct bytes value;
    uint16_t sequence;

    if (!wants_arrivals(publisher) || id == 0 || !extension_find(rtp, packet, id, &value)
        || !extension_transport_cc(value, &sequence))
        return;
    transport_cc_record(&publisher->recorder, sequence, (int64_t)now);
    publisher->recorded = rtp->ssrc;
}

/* RFC 4588 section 4: the packet becomes the one that it repairs. */
static bool unwrap(struct publisher *publisher, struct ingested *ingested,
                   skiff_packet *packet)
{
    struct publisher_layer *layer = ingested->layer;
    const struct rtx original = { .payload_type = ingested->track->section.payload_type,
                                  .ssrc = layer->ssrc };
    size_t len = 0;

    if (layer->bound)
        len = rtx_unwrap(packet->data, packet->len, &original);
    if (len == 0 || !rtp_read(&ingested->rtp, packet->data, len)) {
        publisher->counters->drop_padding++;
        return false;
    }
    packet->len = (uint32_t)len;
    layer->retransmitted++;
    return true;
}

static void count_number(struct publisher *publisher, struct publisher_layer *layer,
                         uint16_t sequence, skiff_time now)
{
    switch (missing_add(&layer->missing, sequence, (int64_t)now)) {
    case MISSING_FILLED:
        publisher->counters->recovered++;
        break;
    case MISSING_TOO_MANY:
        layer->wants_keyframe = layer->source != SOURCE_AUDIO;
        break;
    case MISSING_NEXT:
    case MISSING_GAP:
    case MISSING_OLD:
        break;
    }
}

static bool count_packet(struct publisher *publisher, struct ingested *ingested,
                         bool repaired, skiff_time now)
{
    struct publisher_layer *layer = ingested->layer;
    const struct rtp *rtp = &ingested->rtp;
    const uint32_t clock_rate = ingested->track->section.clock_rate;

    if (!repaired)
        reception_add(&layer->reception, rtp->sequence, rtp->timestamp,
                      reception_units(now, clock_rate));
    if (!duplicates_add(&layer->duplicates, rtp->sequence)) {
        publisher->counters->drop_duplicate++;
        return false;
    }
    count_number(publisher, layer, rtp->sequence, now);
    layer->last_packet = now;
    layer->packets++;
    layer->bytes += rtp->header + rtp->payload;
    publisher->counters->rtp_received++;
    return true;
}

bool publisher_rtp(struct publisher *publisher, skiff_packet *packet, skiff_time now,
                   struct ingested *ingested)
{
    struct media_counters *counters = publisher->counters;
    struct rtp *rtp = &ingested->rtp;

    if (!rtp_read(rtp, packet->data, packet->len)) {
        counters->drop_rtp++;
        return false;
    }
    ingested->track = track_of(publisher, rtp);
    if (ingested->track == NULL) {
        counters->drop_unknown_ssrc++;
        return false;
    }
    record_arrival(publisher, ingested->track, rtp, packet->data, now);
    ingested->layer = layer_of(publisher, ingested->track, rtp, packet->data, now);
    if (ingested->layer == NULL) {
        counters->drop_unknown_ssrc++;
        return false;
    }
    const bool repaired = is_rtx(ingested->track, rtp);
    if (repaired && !unwrap(publisher, ingested, packet))
        return false;
    return count_packet(publisher, ingested, repaired, now);
}

/* --- RTCP ----------------------------------------------------------------------------- */

static uint32_t note_time(struct publisher *publisher, uint32_t ssrc,
                          const struct rtcp_sender_info *info, skiff_time now)
{
    for (unsigned source = 0; source < NUM_SOURCES; source++) {
        struct publisher_layer *layer = publisher_layer_of(publisher, source);
        if (layer == NULL || !layer->bound || layer->ssrc != ssrc)
            continue;
        reception_sender_report(&layer->reception, info->ntp, (int64_t)now);
        layer->time = (struct source_time){ true, info->ntp, info->timestamp, now };
        return 1u << source;
    }
    return 0;
}

uint32_t publisher_rtcp(struct publisher *publisher, const skiff_packet *packet,
                        skiff_time now)
{
    struct rtcp_walk walk = rtcp_walk(packet->data, packet->len);
    struct rtcp_sender_info info;
    uint32_t sources = 0;
    struct rtcp rtcp;

    publisher->counters->rtcp_received++;
    while (rtcp_next(&walk, &rtcp))
        if (rtcp_read_sender_info(&rtcp, &info))
            sources |= note_time(publisher, rtcp.ssrc, &info, now);
    if (walk.malformed)
        publisher->counters->drop_rtcp++;
    return sources;
}

/* --- statistics ----------------------------------------------------------------------- */

static struct track_stats stats_of(const struct publisher_track *track,
                                   const struct publisher_layer *layer, skiff_time now)
{
    struct track_stats stats = {
        .kind = track->section.kind,
        .codec = track->section.codec,
        .ssrc = layer->ssrc,
        .packets = layer->packets,
        .bytes = layer->bytes,
        .lost = reception_lost(&layer->reception),
        .nacks = layer->nacks,
        .plis = layer->plis,
        .retransmitted = layer->retransmitted,
        .active = layer->last_packet != 0 && now - layer->last_packet < SSRC_SILENT,
    };

    memcpy(stats.mid, track->section.mid, sizeof stats.mid);
    memcpy(stats.rid, layer->rid, sizeof stats.rid);
    if (track->section.clock_rate > 0)
        stats.jitter_ms = 1000.0 * (double)reception_jitter(&layer->reception)
                        / (double)track->section.clock_rate;
    return stats;
}

size_t publisher_stats(const struct publisher *publisher, skiff_time now,
                       struct track_stats *tracks, size_t max)
{
    const struct publisher_track *all[] = { &publisher->audio, &publisher->video };
    size_t num = 0;

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < all[i]->num_layers && num < max; k++)
            tracks[num++] = stats_of(all[i], &all[i]->layers[k], now);
    return num;
}
