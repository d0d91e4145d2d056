/* watcher_rtcp.c - RTCP of one watcher. */
#include "watcher_rtcp.h"

#include "../rtp/transport_cc.h"
#include "elapsed.h"

/* Numbers of one compound packet: what is asked for beyond them is asked for again. */
enum { MAX_ASKED = 256 };

struct reader {
    struct watcher *watcher;
    const struct feed *feed;
    uint32_t keyframes; /* a bit for each source */
    size_t num_asked;
};

static struct watcher_track *track_of(struct watcher *watcher, uint32_t ssrc)
{
    for (size_t i = 0; i < watcher->num_tracks; i++)
        if (watcher->tracks[i].ssrc == ssrc)
            return &watcher->tracks[i];
    return NULL;
}

static void read_reports(struct reader *reader, const struct rtcp *rtcp)
{
    struct watcher *watcher = reader->watcher;
    struct rtcp_report report;

    for (size_t i = 0; rtcp_read_report(rtcp, i, &report); i++) {
        struct watcher_track *track = track_of(watcher, report.ssrc);
        if (track == NULL)
            continue;
        track->lost = report.lost;
        track->jitter = report.jitter;
        if (track->kind == MEDIA_VIDEO)
            estimate_receiver_report(&watcher->estimate, watcher->now, report.fraction);
    }
}

static void read_nack(struct reader *reader, const struct rtcp *rtcp)
{
    struct watcher_track *track = track_of(reader->watcher, rtcp->media_ssrc);
    uint16_t lost[RTCP_NACK_SPAN];
    size_t num;

    if (track == NULL)
        return;
    track->nacks++;
    for (size_t i = 0;
         reader->num_asked < MAX_ASKED && (num = rtcp_read_nack(rtcp, i, lost)) > 0; i++) {
        reader->num_asked += num;
        reader->watcher->counters->nacks_received += num;
        for (size_t k = 0; k < num; k++)
            watcher_repeat(reader->watcher, track, reader->feed, lost[k]);
    }
}

static void want_keyframe(struct reader *reader, uint32_t ssrc)
{
    struct watcher_track *track = track_of(reader->watcher, ssrc);

    if (track == NULL || track->kind != MEDIA_VIDEO)
        return;
    track->plis++;
    reader->watcher->counters->keyframes_wanted++;
    if (track->source != NO_SOURCE && wishes_allow(&track->wishes, reader->watcher->now))
        reader->keyframes |= 1u << track->source;
}

static void read_fir(struct reader *reader, const struct rtcp *rtcp)
{
    uint32_t ssrc;
    uint8_t number;

    for (size_t i = 0; rtcp_read_fir(rtcp, i, &ssrc, &number); i++)
        want_keyframe(reader, ssrc);
}

static void read_arrivals(struct reader *reader, const struct rtcp *rtcp)
{
    struct watcher *watcher = reader->watcher;
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;

    if (!transport_cc_read(&feedback, rtcp))
        return;
    while (transport_cc_next(&feedback, &status))
        estimate_reported(&watcher->estimate, status.sequence, status.received,
                          status.arrived_us);
    estimate_update(&watcher->estimate, watcher->now);
}

static void read_packet(struct reader *reader, const struct rtcp *rtcp)
{
    uint64_t bps;

    switch (rtcp->kind) {
    case RTCP_SR:
    case RTCP_RR:
        read_reports(reader, rtcp);
        break;
    case RTCP_NACK:
        read_nack(reader, rtcp);
        break;
    case RTCP_PLI:
        want_keyframe(reader, rtcp->media_ssrc);
        break;
    case RTCP_FIR:
        read_fir(reader, rtcp);
        break;
    case RTCP_TRANSPORT_CC:
        read_arrivals(reader, rtcp);
        break;
    case RTCP_REMB:
        if (rtcp_read_remb(rtcp, &bps))
            estimate_remb(&reader->watcher->estimate, reader->watcher->now, bps);
        break;
    case RTCP_OTHER:
    case RTCP_SDES:
    case RTCP_BYE:
        break;
    }
}

uint32_t watcher_rtcp(struct watcher *watcher, const struct feed *feed,
                      const skiff_packet *packet, skiff_time now)
{
    struct reader reader = { watcher, feed, 0, 0 };
    struct rtcp_walk walk = rtcp_walk(packet->data, packet->len);
    struct rtcp rtcp;

    watcher->now = now;
    watcher->counters->rtcp_received++;
    while (rtcp_next(&walk, &rtcp))
        read_packet(&reader, &rtcp);
    if (walk.malformed)
        watcher->counters->drop_rtcp++;
    return reader.keyframes;
}

/* --- what we report ------------------------------------------------------------------- */

/* The NTP time of the publisher that it is now, and the timestamp of the track
 * at that time.
 */
static bool time_of(const struct watcher_track *track, const struct feed *feed,
                    skiff_time now, struct rtcp_sender_info *info)
{
    const struct mapping *mapping = &track->numbering.mappings[0];
    const struct source *source = &feed->sources[mapping->source];
    const skiff_time elapsed = elapsed_since(now, source->time.arrived);

    if (track->numbering.num == 0 || track->packets == 0 || !source->time.known
        || source->edition != mapping->edition)
        return false;
    info->ntp = source->time.ntp + (elapsed / 1000000 << 32)
              + ((elapsed % 1000000 << 32) / 1000000);
    info->timestamp = source->time.timestamp + mapping->timestamp
                    + (uint32_t)(elapsed * source->clock_rate / 1000000);
    info->packets = (uint32_t)track->packets;
    info->octets = (uint32_t)track->octets;
    return true;
}

bool watcher_report(struct watcher *watcher, const struct feed *feed, skiff_time now,
                    struct bytes_out *out)
{
    struct rtcp_sender_info info;
    bool wrote = false;

    if (now - watcher->reported < WATCHER_REPORT || !watcher->ready)
        return false;
    watcher->reported = now;
    for (size_t i = 0; i < watcher->num_tracks; i++) {
        const struct watcher_track *track = &watcher->tracks[i];
        if (time_of(track, feed, now, &info))
            wrote |= rtcp_write_report(out, track->ssrc, &info, NULL, 0)
                  && rtcp_write_cname(out, track->ssrc, watcher->cname);
    }
    if (wrote)
        watcher->counters->rtcp_sent++;
    return wrote;
}

bool watcher_bye(const struct watcher *watcher, struct bytes_out *out)
{
    bool wrote = false;

    for (size_t i = 0; i < watcher->num_tracks; i++)
        wrote |= rtcp_write_report(out, watcher->tracks[i].ssrc, NULL, NULL, 0)
              && rtcp_write_cname(out, watcher->tracks[i].ssrc, watcher->cname)
              && rtcp_write_bye(out, watcher->tracks[i].ssrc);
    return wrote;
}
