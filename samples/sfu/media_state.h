/* media_state.h - the fields of struct media, for the files that are one:
 * media.c has its life and its events, media_sessions.c and media_streams.c
 * what comes and goes, media_stats.c what is read. All is signalling's. */
#ifndef SAMPLES_SFU_MEDIA_STATE_H
#define SAMPLES_SFU_MEDIA_STATE_H

#include "../common/clock.h"
#include "worker.h"

enum {
    SESSION_BUCKETS = 1024,
    DEFAULT_SESSIONS = 1024,
    DEFAULT_LAST_N = 3,
    ORPHANED = 10000000 /* microseconds in which a publisher may come back */
};

struct media {
    struct media_config config;
    skiff_identity *identity;
    skiff_port_group *group;
    struct reports *reports;
    struct worker *workers[MAX_WORKERS];
    struct session *buckets[SESSION_BUCKETS];
    struct stream *streams;
    struct stream *all;   /* STREAM_ALL: nobody publishes it, and it does not end */
    uint32_t num_streams; /* so far */
    unsigned num_sessions;
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
};

/* media_sessions.c: NULL: there is no such session. */
struct session *media_find(struct media *media, const char *id);
void media_remove(struct media *media, struct session *session);

/* media_streams.c */
struct stream *media_stream_of(struct media *media, const char *name);
struct stream *media_stream_new(struct media *media, const char *name);
struct stream *media_stream_all(void);
void media_stream_publish(struct media *media, struct stream *stream,
                          struct session *session, const struct description *offer);
void media_stream_leave(struct media *media, struct session *session);
/* Frees a stream that has neither a publisher nor watchers. */
void media_stream_release(struct media *media, struct stream *stream);
void media_end_orphans(struct media *media);
bool media_stream_choose(const struct media *media, const struct stream *stream,
                         const struct description *offer, struct description *chosen);

#endif
