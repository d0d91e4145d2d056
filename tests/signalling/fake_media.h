/* fake_media.h - media.h without media: it keeps who publishes and who watches, and what it
 * was asked for last. */
#ifndef TESTS_SIGNALLING_FAKE_MEDIA_H
#define TESTS_SIGNALLING_FAKE_MEDIA_H

#include "samples/sfu/media.h"

enum { FAKE_SESSIONS = 128 };

struct fake_session {
    char id[SESSION_ID + 1], stream[MAX_STREAM + 1];
    bool publisher;
    unsigned restarts;
    char ufrag[MAX_UFRAG];
    enum codec audio, video;
    char video_fmtp[MAX_FMTP];
};

struct media {
    /* The result of the next publish or watch, if it is not MEDIA_OK. */
    enum media_status refuses;
    struct fake_session sessions[FAKE_SESSIONS];
    size_t num_sessions;
    struct description offer; /* of the last publish or watch */
    bool replaces;
    unsigned last_n; /* audio tracks of STREAM_ALL; 0: there is no such stream */
    struct media_preference preference;
    skiff_counters counters; /* of each session */
    uint64_t events;         /* of each trace */
    struct media_counters totals;
};

struct media *fake_media_new(void);

#endif
