/* fake_media.c - media.h without media. */
#include "fake_media.h"

#include <stdlib.h>

struct media *fake_media_new(void)
{
    return calloc(1, sizeof(struct media));
}

void media_free(struct media *media)
{
    free(media);
}

static struct fake_session *find(struct media *media, const char *id)
{
    for (size_t i = 0; i < media->num_sessions; i++)
        if (strcmp(media->sessions[i].id, id) == 0)
            return &media->sessions[i];
    return NULL;
}

static struct fake_session *find_publisher(struct media *media, const char *stream)
{
    for (size_t i = 0; i < media->num_sessions; i++)
        if (media->sessions[i].publisher && strcmp(media->sessions[i].stream, stream) == 0)
            return &media->sessions[i];
    return NULL;
}

static void fill(const struct fake_session *session, struct media_answer *answer)
{
    *answer = (struct media_answer){ .num_candidates = 1 };
    snprintf(answer->ufrag, sizeof answer->ufrag, "ours%u%.8s", session->restarts,
             session->id);
    strcpy(answer->password, "passwordpasswordpassword");
    answer->candidates[0] = "1 1 udp 2130706431 192.0.2.1 5004 typ host";
    strcpy(answer->fingerprint, "sha-256 "
                                "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:"
                                "33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF");
}

static struct fake_session *add(struct media *media, const struct media_request *request,
                                bool publisher)
{
    struct fake_session *session = &media->sessions[media->num_sessions];

    if (media->num_sessions == FAKE_SESSIONS)
        return NULL;
    media->num_sessions++;
    media->offer = *request->offer;
    media->replaces = request->replaces;
    *session = (struct fake_session){ .publisher = publisher };
    strcpy(session->id, request->id);
    strcpy(session->stream, request->stream);
    strcpy(session->ufrag, request->offer->ufrag);
    return session;
}

static void keep_codecs(struct fake_session *session, const struct description *offer)
{
    for (size_t i = 0; i < offer->num_sections; i++) {
        const struct media_section *section = &offer->sections[i];

        if (section->kind == MEDIA_AUDIO)
            session->audio = section->codec;
        if (section->kind != MEDIA_VIDEO)
            continue;
        session->video = section->codec;
        strcpy(session->video_fmtp, section->fmtp);
    }
}

enum media_status media_publish(struct media *media, const struct media_request *request,
                                struct media_answer *answer)
{
    struct fake_session *there = find_publisher(media, request->stream), *session;

    if (media->refuses != MEDIA_OK)
        return media->refuses;
    if (there != NULL && !request->replaces)
        return MEDIA_STREAM_EXISTS;
    if (there != NULL)
        media_end(media, there->id);
    session = add(media, request, true);
    if (session == NULL)
        return MEDIA_FULL;
    keep_codecs(session, request->offer);
    fill(session, answer);
    return MEDIA_OK;
}

enum media_status media_watch(struct media *media, const struct media_request *request,
                              struct description *chosen, struct media_answer *answer)
{
    struct fake_session *session;

    if (media->refuses != MEDIA_OK)
        return media->refuses;
    session = add(media, request, false);
    if (session == NULL)
        return MEDIA_FULL;
    *chosen = *request->offer;
    for (size_t i = 0; i < chosen->num_sections; i++) {
        struct media_section *section = &chosen->sections[i];

        section->num_ssrcs = section->kind != MEDIA_DATA;
        section->ssrc[0] = 1000 + (uint32_t)i;
        section->rtx_ssrc[0] = section->rtx_payload_type != 0 ? 2000 + (uint32_t)i : 0;
        strcpy(section->cname, "skiff");
        snprintf(section->msid, sizeof section->msid, "skiff track%zu", i);
    }
    fill(session, answer);
    return MEDIA_OK;
}

enum media_status media_restart(struct media *media, const char *id, const char *ufrag,
                                const char *password, struct media_answer *answer)
{
    struct fake_session *session = find(media, id);

    (void)password;
    if (session == NULL)
        return MEDIA_NO_SESSION;
    session->restarts += strcmp(session->ufrag, ufrag) != 0;
    strcpy(session->ufrag, ufrag);
    fill(session, answer);
    return MEDIA_OK;
}

enum media_status media_end(struct media *media, const char *id)
{
    struct fake_session *session = find(media, id);

    if (session == NULL)
        return MEDIA_NO_SESSION;
    *session = media->sessions[--media->num_sessions];
    return MEDIA_OK;
}

enum media_status media_prefer(struct media *media, const char *id,
                               const struct media_preference *preference)
{
    media->preference = *preference;
    return find(media, id) != NULL ? MEDIA_OK : MEDIA_NO_SESSION;
}

static void describe(const struct fake_session *publisher, struct stream_stats *stats)
{
    *stats = (struct stream_stats){ .since_s = 1.5,
                                    .audio = publisher->audio,
                                    .video = publisher->video,
                                    .layers = 1,
                                    .audio_tracks = 1 };
    strcpy(stats->name, publisher->stream);
    strcpy(stats->video_fmtp, publisher->video_fmtp);
}

bool media_find_stream(struct media *media, const char *name, struct stream_stats *stats)
{
    const struct fake_session *publisher = find_publisher(media, name);

    if (media->last_n > 0 && strcmp(name, STREAM_ALL) == 0) {
        *stats =
            (struct stream_stats){ .audio = CODEC_OPUS, .audio_tracks = media->last_n };
        return true;
    }
    if (publisher != NULL)
        describe(publisher, stats);
    return publisher != NULL;
}

void media_each_stream(struct media *media,
                       void (*each)(void *user, const struct stream_stats *stats),
                       void *user)
{
    struct stream_stats stats;

    for (size_t i = 0; i < media->num_sessions; i++)
        if (media->sessions[i].publisher) {
            describe(&media->sessions[i], &stats);
            each(user, &stats);
        }
}

static void report(const struct media *media, const struct fake_session *session,
                   struct session_stats *stats)
{
    *stats = (struct session_stats){
        .publisher = session->publisher,
        .state = SESSION_UP,
        .stages = { 3100, 3400, 9000, SKIFF_NEVER },
        .share = 1900,
        .dtls = { .version = SKIFF_DTLS_1_3,
                  .cipher_suite = 0x1301,
                  .group = 0x1D,
                  .srtp_profile = SKIFF_SRTP_AEAD_AES_128_GCM },
        .peer = { .remote = "192.0.2.7:5000", .packets_sent = 7, .bytes_sent = 700 },
        .counters = media->counters,
        .tracks = { { .mid = "0",
                      .kind = MEDIA_VIDEO,
                      .codec = CODEC_VP8,
                      .rid = "h",
                      .packets = 12,
                      .lost = -1,
                      .active = true } },
        .num_tracks = 1,
    };
    strcpy(stats->id, session->id);
    strcpy(stats->stream, session->stream);
}

bool media_session(struct media *media, const char *id, struct session_stats *stats)
{
    const struct fake_session *session = find(media, id);

    if (session != NULL)
        report(media, session, stats);
    return session != NULL;
}

void media_each(struct media *media,
                void (*each)(void *user, const struct session_stats *stats), void *user)
{
    struct session_stats stats;

    for (size_t i = 0; i < media->num_sessions; i++) {
        report(media, &media->sessions[i], &stats);
        each(user, &stats);
    }
}

void media_get_totals(struct media *media, struct media_totals *totals)
{
    *totals = (struct media_totals){ .counters = media->totals, .workers = 1 };
    for (size_t i = 0; i < media->num_sessions; i++) {
        totals->sessions++;
        totals->publishers += media->sessions[i].publisher;
        totals->watchers += !media->sessions[i].publisher;
    }
}

/* Each event is about two handles, by turns. */
uint64_t media_trace(struct media *media, const char *id, uint64_t from,
                     void (*each)(void *user, const skiff_trace *event), void *user)
{
    skiff_trace event = { .event = 1 };

    (void)id;
    for (; from < media->events; from++) {
        event.when = from;
        event.who = from % 2 == 0 ? (const void *)media : (const void *)&media->offer;
        each(user, &event);
    }
    return from;
}

const char *media_address(const struct media *media)
{
    (void)media;
    return "192.0.2.1:5004";
}
