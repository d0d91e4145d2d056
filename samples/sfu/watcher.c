/* watcher.c - the packets of one watcher. */
#include "watcher.h"

#include "../rtp/rtx.h"

#include <openssl/rand.h>
#include <stdlib.h>

/* RFC 5764: what an SRTP packet has besides, IP and UDP headers among it, for
 * the estimate.
 */
enum { OVERHEAD = 16 + 28, CHOOSE_EVERY = 100000, MAX_PADDING = 32 };

/* --- tracks --------------------------------------------------------------------------- */

/* RFC 3711 section 3.3.1: a receiver that lost the first packets would miss that the
 * numbers wrapped among them. So they begin in the lower half. */
static uint16_t first_number(void)
{
    uint16_t number = 0;

    RAND_bytes((uint8_t *)&number, sizeof number);
    return number & 0x7fff;
}

static void init_track(struct watcher_track *track, const struct media_section *section)
{
    *track = (struct watcher_track){
        .kind = section->kind,
        .codec = section->codec,
        .payload_type = section->payload_type,
        .rtx_payload_type = section->rtx_payload_type,
        .ssrc = section->ssrc[0],
        .rtx_ssrc = section->rtx_ssrc[0],
        .source = NO_SOURCE,
        .wanted = section->kind == MEDIA_AUDIO ? SOURCE_AUDIO : NO_SOURCE,
    };
    numbering_init(&track->numbering, first_number());
    for (size_t i = 0; i < NUM_EXTENSIONS; i++)
        if (section->extension[i] <= EXTENSION_MAX_ID)
            track->ids[i] = section->extension[i];
    memcpy(track->mid, section->mid, sizeof track->mid);
    if (strlen(section->mid) <= MAX_MID)
        track->mid_len = (uint8_t)strlen(section->mid);
    else
        track->ids[EXT_MID] = 0;
}

static bool is_sent(const struct media_section *section)
{
    return !section->rejected && section->kind != MEDIA_DATA && section->num_ssrcs > 0;
}

bool watcher_init(struct watcher *watcher, const struct description *chosen)
{
    *watcher = (struct watcher){ .fixed_source = NO_SOURCE };
    estimate_init(&watcher->estimate);
    watcher->tracks = calloc(chosen->num_sections + 1, sizeof *watcher->tracks);
    for (size_t i = 0; i < chosen->num_sections && watcher->tracks != NULL; i++) {
        const struct media_section *section = &chosen->sections[i];
        if (!is_sent(section))
            continue;
        struct watcher_track *track = &watcher->tracks[watcher->num_tracks++];
        init_track(track, section);
        if (section->kind == MEDIA_VIDEO)
            watcher->video = track;
        else if (watcher->audio == NULL)
            watcher->audio = track;
        memcpy(watcher->cname, section->cname, sizeof watcher->cname);
    }
    return watcher->tracks != NULL;
}

void watcher_clear(struct watcher *watcher)
{
    free(watcher->tracks);
}

/* --- the bytes that change ------------------------------------------------------------ */

/* RFC 8285 section 4.2: an id of 0 is padding, of one byte. */
static void write_element(uint8_t *packet, const struct element *element, uint8_t id)
{
    uint8_t *at = packet + element->at;

    if (id == 0)
        memset(at, 0, 1u + element->len);
    else
        *at = (uint8_t)(id << 4 | (element->len - 1));
}

/* The mid of a watcher may be shorter than the place for it. */
static void write_mid(uint8_t *packet, const struct element *element,
                      const struct watcher_track *track)
{
    const uint8_t len = track->mid_len, id = track->ids[EXT_MID];
    uint8_t *at = packet + element->at;

    if (id == 0 || len == 0 || len > element->len)
        return; /* it is padding as it was laid out */
    *at = (uint8_t)(id << 4 | (len - 1));
    for (uint8_t i = 0; i < len; i++)
        at[1 + i] = (uint8_t)track->mid[i];
}

/* The time at which the packet came is laid out, for all watchers that get it at once. */
static void write_elements(const struct watcher *watcher, const struct watcher_track *track,
                           const struct outline *outline, uint8_t *packet)
{
    for (uint32_t left = outline->present; left != 0; left &= left - 1) {
        const unsigned i = (unsigned)__builtin_ctz(left);
        const struct element *element = &outline->elements[i];
        if (i == EXT_MID) {
            write_mid(packet, element, track);
            continue;
        }
        if (i == EXT_TRANSPORT_CC)
            bytes_put16(packet + element->at + 1, watcher->transport_sequence);
        if (i == EXT_ABS_SEND_TIME && watcher->now != outline->arrived)
            bytes_put24(packet + element->at + 1, extension_abs_send_time(watcher->now));
        write_element(packet, element, track->ids[i]);
    }
}

struct rewriting {
    const struct watcher *watcher;
    const struct watcher_track *track;
    const struct mapping *mapping;
    const struct outline *outline;
};

static void rewrite(void *user, skiff_peer *peer, skiff_packet *copy)
{
    const struct rewriting *rewriting = user;
    const struct watcher_track *track = rewriting->track;
    const struct mapping *mapping = rewriting->mapping;
    const struct outline *outline = rewriting->outline;

    (void)peer;
    rtp_set_payload_type(copy->data, track->payload_type);
    rtp_set_sequence(copy->data, (uint16_t)(outline->sequence + mapping->sequence));
    rtp_set_timestamp(copy->data, outline->timestamp + mapping->timestamp);
    rtp_set_ssrc(copy->data, track->ssrc);
    write_elements(rewriting->watcher, track, outline, copy->data);
    if (outline->has_vp8)
        vp8_rewrite(copy->data + outline->header, &outline->vp8, mapping->vp8);
}

/* --- sending -------------------------------------------------------------------------- */

static void count_sent(struct watcher *watcher, const struct watcher_track *track,
                       size_t len)
{
    if (track->ids[EXT_TRANSPORT_CC] == 0)
        return;
    estimate_sent(&watcher->estimate, watcher->now, watcher->transport_sequence,
                  len + OVERHEAD);
    watcher->transport_sequence++;
}

/* RFC 6184: a decoder cannot begin at an IDR slice whose parameter sets were not sent, as
 * when the track came to want this source between the two. */
static bool is_begun(const struct feed *feed, const struct outline *outline)
{
    const struct history *history = feed->sources[outline->source].history;

    return history != NULL && history_earlier(history, outline) != NULL;
}

/* A packet at which the track may change to the source that it wants. Before
 * anything is chosen any source will do. */
static bool change(struct watcher *watcher, struct watcher_track *track,
                   const struct feed *feed, const struct outline *outline)
{
    const struct numbering *numbering = &track->numbering;
    skiff_time elapsed = 0;

    if (!outline->decodable || (watcher->paused && track->kind == MEDIA_VIDEO))
        return false;
    if (track->wanted != NO_SOURCE && track->wanted != outline->source)
        return false;
    if (is_begun(feed, outline))
        return false;
    track->wanted = outline->source;
    if (numbering->num > 0)
        elapsed = feed_elapsed(feed, outline, numbering);
    numbering_change(&track->numbering, outline, elapsed);
    if (track->source != NO_SOURCE && track->source != outline->source)
        watcher->counters->layer_switches++;
    track->source = outline->source;
    track->edition = outline->edition;
    track->origin = outline->origin;
    return true;
}

static bool is_current(const struct watcher_track *track, const struct outline *outline)
{
    return outline->source == track->source && outline->edition == track->edition
        && outline->origin == track->origin;
}

/* At watcher->now. */
static void forward(struct watcher *watcher, struct watcher_track *track,
                    const struct feed *feed, const skiff_packet *plain,
                    const struct outline *outline)
{
    if (!is_current(track, outline) && !change(watcher, track, feed, outline))
        return;
    struct rewriting rewriting = { watcher, track, NULL, outline };
    rewriting.mapping = numbering_use(&track->numbering, outline);
    if (rewriting.mapping == NULL) {
        watcher->counters->drop_late++;
        return;
    }
    if (skiff_peer_send_copies(watcher->peer, &plain, 1, rewrite, &rewriting) != SKIFF_OK) {
        watcher->counters->drop_unsent++;
        return;
    }
    if (watcher->first_sent == 0)
        watcher->first_sent = watcher->now;
    track->packets++;
    track->bytes += plain->len;
    track->octets += plain->len - outline->header;
    watcher->counters->rtp_forwarded++;
    watcher->counters->bytes_forwarded += plain->len;
    count_sent(watcher, track, plain->len);
}

void watcher_forward(struct watcher *watcher, const struct feed *feed,
                     const skiff_packet *plain, const struct outline *outline)
{
    struct watcher_track *track =
        outline->source == SOURCE_AUDIO ? watcher->audio : watcher->video;

    watcher->now = outline->arrived;
    if (watcher->ready && track != NULL)
        forward(watcher, track, feed, plain, outline);
}

void watcher_forward_speaker(struct watcher *watcher, const struct feed *feed,
                             const skiff_packet *plain, const struct outline *outline,
                             size_t index)
{
    watcher->now = outline->arrived;
    if (watcher->ready && index < watcher->num_tracks)
        forward(watcher, &watcher->tracks[index], feed, plain, outline);
}

bool watcher_begin(struct watcher *watcher, const struct feed *feed, skiff_time now)
{
    const struct source *source = &feed->sources[watcher->video->wanted];
    const struct history *history = source->history;
    const skiff_time since = now > WATCHER_FRESH ? now - WATCHER_FRESH : 0;
    const struct kept_packet *kept =
        history != NULL ? history_decodable(history, since) : NULL;

    if (kept == NULL || !watcher->ready)
        return false;
    watcher->now = now;
    const uint16_t end = (uint16_t)(history->newest + 1);
    for (uint16_t sequence = kept->outline.sequence; sequence != end; sequence++) {
        kept = history_find(history, sequence);
        if (kept != NULL)
            forward(watcher, watcher->video, feed, kept->packet, &kept->outline);
    }
    return watcher->video->source == watcher->video->wanted;
}

/* RFC 4588: in a stream of its own, or else the same packet once more. SRTP
 * with AES-GCM refuses the latter, because its index would be used twice. */
static bool wrap(struct watcher_track *track, skiff_packet *packet)
{
    const struct rtx rtx = { track->rtx_payload_type, track->rtx_sequence,
                             track->rtx_ssrc };

    if (track->rtx_payload_type == 0)
        return true;
    const size_t len = rtx_wrap(packet->data, packet->len, packet->limit, &rtx);
    packet->len = (uint32_t)len;
    track->rtx_sequence++;
    return len > 0;
}

static bool send_again(struct watcher *watcher, struct watcher_track *track,
                       const struct mapping *mapping, const struct kept_packet *kept,
                       skiff_pool *pool)
{
    struct rewriting rewriting = { watcher, track, mapping, &kept->outline };
    skiff_packet *packet = skiff_pool_take(pool);
    bool sent = false;

    if (packet == NULL || packet->limit < kept->packet->len) {
        skiff_packet_release(&packet);
        return false;
    }
    memcpy(packet->data, kept->packet->data, kept->packet->len);
    packet->len = kept->packet->len;
    rewrite(&rewriting, watcher->peer, packet);
    const size_t len = packet->len;
    if (wrap(track, packet))
        sent = skiff_peer_send(watcher->peer, &packet, 1) == SKIFF_OK;
    if (sent)
        count_sent(watcher, track, len);
    skiff_packet_release(&packet);
    return sent;
}

/* What the track sent as this number, or NULL. */
static const struct kept_packet *find_kept(const struct feed *feed,
                                           const struct mapping *mapping, uint16_t sequence)
{
    const struct source *source = &feed->sources[mapping->source];

    if (source->history == NULL || source->edition != mapping->edition)
        return NULL;
    return history_find(source->history, (uint16_t)(sequence - mapping->sequence));
}

/* By ICE, or by feedback if that is longer: a path that is too narrow has a queue, in which
 * packets that were sent again wait, too. */
static skiff_time round_trip_of(const struct watcher *watcher)
{
    const skiff_time by_feedback = estimate_round_trip(&watcher->estimate);

    return watcher->round_trip > by_feedback ? watcher->round_trip : by_feedback;
}

/* Who goes down to a lower layer has a link that is too narrow. What of the higher one is
 * missing there would hold up the keyframe of the lower one, behind which nobody needs it.
 */
static bool is_left_for_less(const struct watcher *watcher,
                             const struct watcher_track *track, const struct feed *feed,
                             uint8_t source)
{
    if (track->wanted == NO_SOURCE || source == track->wanted)
        return false;
    return bitrate_of(&feed->sources[source].rate, watcher->now)
         > bitrate_of(&feed->sources[track->wanted].rate, watcher->now);
}

void watcher_repeat(struct watcher *watcher, struct watcher_track *track,
                    const struct feed *feed, uint16_t sequence)
{
    const struct mapping *mapping = numbering_find(&track->numbering, sequence);
    const struct kept_packet *kept =
        mapping != NULL ? find_kept(feed, mapping, sequence) : NULL;

    if (kept == NULL) {
        watcher->counters->drop_history++;
        return;
    }
    if (is_left_for_less(watcher, track, feed, mapping->source))
        return;
    if (!repeats_allow(&track->repeats, sequence, watcher->now, round_trip_of(watcher)))
        return;
    if (!send_again(watcher, track, mapping, kept, feed->pool)) {
        watcher->counters->drop_unsent++;
        return;
    }
    track->repeated++;
    watcher->counters->rtp_repeated++;
}

void watcher_pad(struct watcher *watcher, const struct feed *feed, skiff_time now)
{
    struct watcher_track *track = watcher->video;
    size_t bytes = estimate_padding(&watcher->estimate, now);
    uint16_t sequence = track->numbering.highest;

    watcher->now = now;
    watcher->probes = estimate_is_probing(&watcher->estimate, now);
    for (unsigned i = 0; i < MAX_PADDING && bytes > 0; i++, sequence--) {
        const struct mapping *mapping = numbering_find(&track->numbering, sequence);
        const struct kept_packet *kept =
            mapping != NULL ? find_kept(feed, mapping, sequence) : NULL;
        if (kept == NULL || !send_again(watcher, track, mapping, kept, feed->pool))
            return;
        bytes -= kept->packet->len < bytes ? kept->packet->len : bytes;
    }
}

/* --- layers --------------------------------------------------------------------------- */

static struct layers_choice choose(struct watcher *watcher, const struct feed *feed,
                                   const struct layer *layers, size_t num)
{
    const skiff_time now = watcher->now;
    const struct layers_link link = {
        .bps = estimate_bps(&watcher->estimate, now),
        .other = bitrate_of(&feed->sources[SOURCE_AUDIO].rate, now),
        .known = estimate_is_known(&watcher->estimate, now),
        .can_probe = watcher->video->rtx_payload_type != 0
                  && estimate_can_probe(&watcher->estimate, now),
    };

    return layers_choose(&watcher->layers, now, layers, num, &link);
}

/* The layer that the page asks for, if it is alive, else what the link carries.
 */
static void choose_layer(struct watcher *watcher, const struct feed *feed)
{
    struct watcher_track *track = watcher->video;
    const size_t fixed = (size_t)watcher->fixed_source - SOURCE_VIDEO;
    struct layer layers[MAX_LAYERS];
    const size_t num = feed_layers(feed, watcher->now, layers);

    if (num == 0)
        return;
    if (fixed < num && layers[fixed].alive) {
        track->wanted = watcher->fixed_source;
        return;
    }
    const struct layers_choice choice = choose(watcher, feed, layers, num);
    if (choice.layer >= 0)
        track->wanted = (uint8_t)(SOURCE_VIDEO + choice.layer);
    if (choice.probe_bps > 0) {
        estimate_probe(&watcher->estimate, watcher->now, choice.probe_bps);
        watcher->probes = true;
    }
    if (choice.pause && track->wanted != track->source)
        track->source = NO_SOURCE;
}

uint32_t watcher_choose(struct watcher *watcher, const struct feed *feed, skiff_time now)
{
    struct watcher_track *track = watcher->video;

    watcher->now = now;
    if (track == NULL || !watcher->ready)
        return 0;
    if (watcher->paused) {
        track->source = track->wanted = NO_SOURCE;
        return 0;
    }
    if (now - watcher->chosen >= CHOOSE_EVERY) {
        watcher->chosen = now;
        choose_layer(watcher, feed);
    }
    if (track->wanted == NO_SOURCE)
        return 0;
    const bool is_current = track->source == track->wanted
                         && track->edition == feed->sources[track->wanted].edition;
    return is_current ? 0 : 1u << track->wanted;
}

/* --- statistics ----------------------------------------------------------------------- */

static struct track_stats stats_of(const struct watcher_track *track)
{
    struct track_stats stats = {
        .kind = track->kind,
        .codec = track->codec,
        .ssrc = track->ssrc,
        .packets = track->packets,
        .bytes = track->bytes,
        .lost = track->lost,
        .nacks = track->nacks,
        .plis = track->plis,
        .retransmitted = track->repeated,
        .active = track->source != NO_SOURCE,
    };
    const double clock_khz = track->kind == MEDIA_AUDIO ? 48.0 : 90.0;

    memcpy(stats.mid, track->mid, sizeof track->mid);
    stats.jitter_ms = (double)track->jitter / clock_khz;
    return stats;
}

size_t watcher_stats(const struct watcher *watcher, char (*rids)[MAX_TOKEN],
                     struct track_stats *tracks, size_t max)
{
    size_t num = 0;

    for (; num < watcher->num_tracks && num < max; num++) {
        const struct watcher_track *track = &watcher->tracks[num];
        tracks[num] = stats_of(track);
        if (track->source != NO_SOURCE && track->source >= SOURCE_VIDEO)
            memcpy(tracks[num].rid, rids[track->source - SOURCE_VIDEO], MAX_TOKEN);
    }
    return num;
}
