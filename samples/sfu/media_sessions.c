/* media_sessions.c - sessions that are made, restarted and ended. */
#include "media_state.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

/* --- by their ids --------------------------------------------------------------------- */

/* Ids are random: their first digits are a hash. */
static struct session **bucket_of(struct media *media, const char *id)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < 8 && id[i] != '\0'; i++)
        hash = hash * 31 + (uint8_t)id[i];
    return &media->buckets[hash % SESSION_BUCKETS];
}

struct session *media_find(struct media *media, const char *id)
{
    if (strlen(id) != SESSION_ID)
        return NULL;
    for (struct session *session = *bucket_of(media, id); session != NULL;
         session = session->next)
        if (CRYPTO_memcmp(session->id, id, SESSION_ID) == 0)
            return session;
    return NULL;
}

/* --- life ----------------------------------------------------------------------------- */

static void free_session(struct session *session)
{
    if (session->watcher != NULL)
        watcher_clear(session->watcher);
    free(session->publisher);
    free(session->watcher);
    OPENSSL_cleanse(session, sizeof *session); /* passwords */
    free(session);
}

static struct session *new_session(const struct media_request *request, bool publishes)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    memcpy(session->id, request->id, SESSION_ID);
    memcpy(session->ufrag, request->offer->ufrag, sizeof session->ufrag);
    memcpy(session->password, request->offer->password, sizeof session->password);
    session_trace_begin(&session->trace, request->posted);
    if (publishes)
        session->publisher = calloc(1, sizeof *session->publisher);
    else
        session->watcher = calloc(1, sizeof *session->watcher);
    if (session->publisher != NULL || session->watcher != NULL)
        return session;
    free_session(session);
    return NULL;
}

static struct worker *least_loaded(const struct media *media)
{
    struct worker *best = media->workers[0];

    for (unsigned i = 1; i < media->config.threads; i++)
        if (*worker_load(media->workers[i]) < *worker_load(best))
            best = media->workers[i];
    return best;
}

static void fill_in_transport(const struct media *media, struct session *session)
{
    struct media_answer *answer = &session->answer;
    const struct worker *worker = media->workers[0];
    const char *candidate;

    answer->num_candidates = 0;
    while (answer->num_candidates < MAX_CANDIDATES
           && (candidate = worker_candidate(worker, answer->num_candidates)) != NULL)
        answer->candidates[answer->num_candidates++] = candidate;
    answer->ice_options = worker_ice_options(worker);
    memcpy(answer->fingerprint, media->fingerprint, sizeof answer->fingerprint);
}

/* What the worker's thread was told becomes the fault of this one. */
static enum media_status status_of(const struct worker_entry *entry)
{
    const skiff_status status = entry->status;

    if (status == SKIFF_OK)
        return MEDIA_OK;
    if (status == SKIFF_ERR_SPACE)
        return MEDIA_FULL;
    if (status != SKIFF_ERR_ARGUMENT && status != SKIFF_ERR_STATE)
        return MEDIA_MEMORY;
    skiff_fault_set_text(status, entry->fault, "", "");
    return MEDIA_BAD_DESCRIPTION;
}

/* Its worker makes the peer. */
static enum media_status begin(struct media *media, struct session *session,
                               const struct description *offer)
{
    struct worker_entry entry = { .session = session, .offer = offer };

    session->worker = least_loaded(media);
    worker_call(session->worker, worker_add, &entry);
    if (entry.status != SKIFF_OK)
        return status_of(&entry);
    fill_in_transport(media, session);
    struct session **bucket = bucket_of(media, session->id);
    session->next = *bucket;
    *bucket = session;
    ++*worker_load(session->worker);
    media->num_sessions++;
    return MEDIA_OK;
}

void media_remove(struct media *media, struct session *session)
{
    struct session **place = bucket_of(media, session->id);

    while (*place != session)
        place = &(*place)->next;
    *place = session->next;
    worker_call(session->worker, worker_remove, session);
    reports_forget(media->reports, session);
    --*worker_load(session->worker);
    media->num_sessions--;
    media_stream_leave(media, session);
    free_session(session);
}

/* --- requests ------------------------------------------------------------------------- */

static bool is_sound(const struct media_request *request)
{
    const struct description *offer = request->offer;

    if (strlen(request->id) != SESSION_ID || request->stream[0] == '\0'
        || strlen(request->stream) > MAX_STREAM)
        skiff_fault_set(SKIFF_ERR_ARGUMENT, "stream: 1 to 64 characters");
    else if (offer->num_fingerprints == 0)
        skiff_fault_set(SKIFF_ERR_ARGUMENT, "a=fingerprint: none that is known");
    else
        return true;
    return false;
}

static enum media_status publish(struct media *media, const struct media_request *request,
                                 struct stream *stream, struct media_answer *answer)
{
    struct session *session = new_session(request, true);
    enum media_status status = MEDIA_MEMORY;

    if (session == NULL)
        return status;
    session->stream = stream;
    /* Its layers get numbers of their own, larger than those of all before. */
    publisher_init(session->publisher, request->offer,
                   stream->num_publishers++ << EDITION_BITS);
    RAND_bytes((uint8_t *)&session->publisher->ssrc, sizeof session->publisher->ssrc);
    memcpy(session->publisher->cname, session->id, 16);
    status = begin(media, session, request->offer);
    if (status != MEDIA_OK) {
        free_session(session);
        return status;
    }
    media_stream_publish(media, stream, session, request->offer);
    *answer = session->answer;
    return MEDIA_OK;
}

enum media_status media_publish(struct media *media, const struct media_request *request,
                                struct media_answer *answer)
{
    struct stream *stream;

    if (!is_sound(request))
        return MEDIA_BAD_DESCRIPTION;
    if (strcmp(request->stream, STREAM_ALL) == 0) {
        skiff_fault_set(SKIFF_ERR_ARGUMENT, "stream: * is the audio of all streams");
        return MEDIA_BAD_DESCRIPTION;
    }
    stream = media_stream_of(media, request->stream);
    if (stream != NULL && stream->publisher != NULL && !request->replaces)
        return MEDIA_STREAM_EXISTS;
    if (media->num_sessions >= media->config.max_sessions)
        return MEDIA_FULL;
    if (stream == NULL)
        stream = media_stream_new(media, request->stream);
    if (stream == NULL)
        return MEDIA_MEMORY;
    const enum media_status status = publish(media, request, stream, answer);
    if (status != MEDIA_OK)
        media_stream_release(media, stream);
    return status;
}

/* RFC 8830 section 2: tracks of one stream have ids that differ. */
static void set_msid(struct media_section *section, const struct session *session,
                     unsigned number)
{
    char track[16];

    if (number > 1)
        snprintf(track, sizeof track, "audio%u", number);
    else
        snprintf(track, sizeof track, section->kind == MEDIA_AUDIO ? "audio" : "video");
    snprintf(section->msid, sizeof section->msid, "%.16s %s", session->id + 16, track);
}

/* RFC 3550 section 8.1: SSRCs are random. Those of one session must differ. */
static void add_ssrcs(struct description *chosen, const struct session *session)
{
    unsigned num[MEDIA_DATA + 1] = { 0 };
    uint32_t first;

    RAND_bytes((uint8_t *)&first, sizeof first);
    for (size_t i = 0; i < chosen->num_sections; i++) {
        struct media_section *section = &chosen->sections[i];
        if (section->rejected || section->kind == MEDIA_DATA)
            continue;
        section->num_ssrcs = 1;
        section->ssrc[0] = first++;
        section->rtx_ssrc[0] = section->rtx_payload_type != 0 ? first++ : 0;
        snprintf(section->cname, sizeof section->cname, "%.16s", session->id + 16);
        set_msid(section, session, ++num[section->kind]);
    }
}

static enum media_status watch(struct media *media, const struct media_request *request,
                               struct stream *stream, struct description *chosen,
                               struct media_answer *answer)
{
    struct session *session = new_session(request, false);
    enum media_status status;

    if (session == NULL)
        return MEDIA_MEMORY;
    session->stream = stream;
    add_ssrcs(chosen, session);
    status = watcher_init(session->watcher, chosen) ? begin(media, session, request->offer)
                                                    : MEDIA_MEMORY;
    if (status != MEDIA_OK) {
        free_session(session);
        return status;
    }
    stream->num_watchers++;
    *answer = session->answer;
    return MEDIA_OK;
}

enum media_status media_watch(struct media *media, const struct media_request *request,
                              struct description *chosen, struct media_answer *answer)
{
    struct stream *stream = media_stream_of(media, request->stream);

    if (!is_sound(request))
        return MEDIA_BAD_DESCRIPTION;
    if (stream == NULL)
        return MEDIA_NO_STREAM;
    if (media->num_sessions >= media->config.max_sessions)
        return MEDIA_FULL;
    if (!media_stream_choose(media, stream, request->offer, chosen))
        return MEDIA_NO_CODEC;
    return watch(media, request, stream, chosen, answer);
}

/* An answer that was lost is written again, so that a restart heals. */
enum media_status media_restart(struct media *media, const char *id, const char *ufrag,
                                const char *password, struct media_answer *answer)
{
    struct session *session = media_find(media, id);
    struct worker_entry entry = { .session = session, .ufrag = ufrag };

    if (session == NULL)
        return MEDIA_NO_SESSION;
    if (strcmp(session->ufrag, ufrag) != 0 || strcmp(session->password, password) != 0)
        worker_call(session->worker, worker_restart, &entry);
    if (entry.status != SKIFF_OK)
        return status_of(&entry);
    snprintf(session->ufrag, sizeof session->ufrag, "%s", ufrag);
    snprintf(session->password, sizeof session->password, "%s", password);
    *answer = session->answer;
    return MEDIA_OK;
}

enum media_status media_end(struct media *media, const char *id)
{
    struct session *session = media_find(media, id);

    if (session == NULL)
        return MEDIA_NO_SESSION;
    media_remove(media, session);
    return MEDIA_OK;
}

static uint8_t source_of(const struct stream *stream, const char *rid)
{
    for (uint8_t i = 0; i < MAX_LAYERS && rid[0] != '\0'; i++)
        if (strcmp(stream->rids[i], rid) == 0)
            return (uint8_t)(SOURCE_VIDEO + i);
    return NO_SOURCE;
}

enum media_status media_prefer(struct media *media, const char *id,
                               const struct media_preference *preference)
{
    struct session *session = media_find(media, id);

    if (session == NULL)
        return MEDIA_NO_SESSION;
    struct worker_preference wanted = { session,
                                        source_of(session->stream, preference->rid),
                                        preference->height, preference->paused };
    worker_call(session->worker, worker_prefer, &wanted);
    return MEDIA_OK;
}

enum media_status media_send_data(struct media *media, const char *id, const void *bytes,
                                  size_t len)
{
    struct session *session = media_find(media, id);

    if (session == NULL)
        return MEDIA_NO_SESSION;
    /* What is lost SCTP sends again. */
    (void)worker_send_data(session->worker, session, (skiff_bytes){ bytes, len });
    return MEDIA_OK;
}
