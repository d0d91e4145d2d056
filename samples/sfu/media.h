/* media.h - the media of the SFU: workers, streams and sessions. Knows no HTTP and no SDP
 * text.
 *
 * All functions belong to the one thread of signalling, and so do all callbacks. Each call
 * waits for a worker at most, some milliseconds. Texts and descriptions are copied.
 */
#ifndef SAMPLES_SFU_MEDIA_H
#define SAMPLES_SFU_MEDIA_H

#include "description.h"

#include <skiff/port.h>

#include <stdio.h>

enum {
    SESSION_ID = 32, /* hex digits of 16 random bytes */
    MAX_STREAM = 64,
    MAX_CANDIDATES = 32,
    MAX_TRACKS = 8,
    MAX_DATA = 1200, /* bytes of a message of DTLS */
};

/* Watching this stream is watching the loudest audio of all streams. */
#define STREAM_ALL "*"

struct media;

/* Zeros are the defaults. Texts are lent until media_new returns, the files until
 * media_free. */
struct media_config {
    const char *address; /* to bind, such as "0.0.0.0:0" */
    const char *const *announced;
    size_t num_announced;
    unsigned threads;      /* workers; 0 means 1 */
    unsigned max_sessions; /* 0 means 1,024 */
    unsigned last_n;       /* audio tracks of STREAM_ALL; 0 means 3 */
    bool tcp;
    FILE *key_log, *trace;
    const skiff_srtp_profile *profiles; /* as in skiff_context_config */
    size_t num_profiles;
};

enum media_status {
    MEDIA_OK,
    MEDIA_FULL,            /* 503: all places for sessions or streams are in use */
    MEDIA_MEMORY,          /* 503 */
    MEDIA_NO_STREAM,       /* 409: nobody publishes it */
    MEDIA_NO_SESSION,      /* 404 */
    MEDIA_STREAM_EXISTS,   /* 409: somebody else publishes it */
    MEDIA_NO_CODEC,        /* 422: the watcher has no codec of the publisher */
    MEDIA_BAD_DESCRIPTION, /* 400: skiff_fault says why */
};

/* Makes the workers, with a new certificate. NULL: skiff_fault and errno say why. */
struct media *media_new(const struct media_config *config);

/* Ends all sessions with close_notify. NULL is allowed. */
void media_free(struct media *media);

/* --- sessions ------------------------------------------------------------------------- */

/* What the POST of a publisher or a watcher has brought. */
struct media_request {
    const char *stream;
    const struct description *offer;
    const char *id; /* SESSION_ID hex digits, of RAND_bytes */
    /* Of clock_now(): when the body had been read. The stages are counted from here. */
    skiff_time posted;
    /* Publish: take the stream over from its publisher. Without it that is
     * MEDIA_STREAM_EXISTS. */
    bool replaces;
};

/* What the answer says of the transport. Texts belong to media and are valid until the next
 * call. The answer is a=ice-lite, and a=setup:passive, or a=setup:active where the offer is
 * passive. */
struct media_answer {
    char ufrag[MAX_UFRAG], password[MAX_UFRAG];
    const char *candidates[MAX_CANDIDATES]; /* values of a=candidate */
    size_t num_candidates;
    const char *ice_options; /* NULL: none */
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
};

/* Of sections that are not rejected, the first audio, the first video and the first data
 * section are used: reject all others before. */
enum media_status media_publish(struct media *media, const struct media_request *request,
                                struct media_answer *answer);

/* *chosen becomes the offer, with what we send filled in: ssrc, rtx_ssrc, num_ssrcs, cname
 * and msid. A section for which there is nothing to send is `rejected`. Give each section
 * the codec that media_find_stream has. */
enum media_status media_watch(struct media *media, const struct media_request *request,
                              struct description *chosen, struct media_answer *answer);

/* An ICE restart with the credentials of the peer. The same ones as in the last restart
 * give the same answer again. Those of the offer, before any restart, are no restart: the
 * answer is that of the POST. */
enum media_status media_restart(struct media *media, const char *id, const char *ufrag,
                                const char *password, struct media_answer *answer);

/* Ends a session. The event SESSION_OVER does not come. */
enum media_status media_end(struct media *media, const char *id);

/* What a watcher shows of video. */
struct media_preference {
    char rid[MAX_TOKEN]; /* this layer; "": any */
    uint32_t height;     /* no layer larger than needed; 0: the largest it can take */
    bool paused;         /* no video */
};

enum media_status media_prefer(struct media *media, const char *id,
                               const struct media_preference *preference);

/* Sends one message of DTLS, such as a packet of SCTP; it may be lost. Before the session
 * is connected it is dropped. The session's stage does not matter to the result. */
enum media_status media_send_data(struct media *media, const char *id, const void *bytes,
                                  size_t len);

/* --- what is reported ----------------------------------------------------------------- */

enum session_event_kind {
    SESSION_CONNECTED, /* DTLS and SRTP are established */
    SESSION_DATA,      /* `bytes` is a message of DTLS */
    /* The session has ended by itself, and `why` is a sentence. Its statistics and its
     * trace can still be read in the callback. After that its id is unknown. */
    SESSION_OVER
};

struct session_event {
    enum session_event_kind kind;
    const char *id;
    const char *stream;
    bool publisher;
    const char *why;
    skiff_bytes bytes;
};

/* Readable when media_events has something to do. */
int media_fd(const struct media *media);

/* By when to call media_events even if the descriptor is not readable. */
skiff_time media_deadline(const struct media *media);

/* Reports what has happened. The callback may call everything except media_free and
 * media_events. */
void media_events(struct media *media,
                  void (*on_event)(void *user, const struct session_event *event),
                  void *user);

/* --- streams -------------------------------------------------------------------------- */

/* What a publisher sends; its codecs are those that watchers must have. */
struct stream_stats {
    char name[MAX_STREAM + 1];
    double since_s;
    unsigned watchers;
    enum codec audio, video;                         /* CODEC_NONE: not sent */
    char audio_fmtp[MAX_FMTP], video_fmtp[MAX_FMTP]; /* of the publisher's offer */
    unsigned layers;                                 /* of video */
    unsigned audio_tracks;                           /* how many a watcher gets at most */
    bool data;
    /* The publisher has gone, and may come back within some seconds. */
    bool orphaned;
};

/* False: there is none of this name. STREAM_ALL has audio only, in up to last_n tracks. */
bool media_find_stream(struct media *media, const char *name, struct stream_stats *stats);

void media_each_stream(struct media *media,
                       void (*each)(void *user, const struct stream_stats *stats),
                       void *user);

/* Reports the id of each watcher of a stream, for a line of data. */
void media_each_watcher(struct media *media, const char *stream,
                        void (*each)(void *user, const char *id), void *user);

/* --- statistics ----------------------------------------------------------------------- */

enum session_state {
    SESSION_WAITING,   /* no valid check yet */
    SESSION_CHECKED,   /* there is a path */
    SESSION_HANDSHAKE, /* the ClientHello is here */
    SESSION_UP,        /* connected */
    SESSION_LOST,      /* was connected, and no check comes at present */
};

/* Microseconds after the POST was read, or SKIFF_NEVER: not yet. */
struct session_stages {
    skiff_time check, client_hello, keys, first_media;
};

/* One layer of a publisher's track, or one track of a watcher. */
struct track_stats {
    char mid[MAX_TOKEN], rid[MAX_TOKEN]; /* rid "": no simulcast */
    enum media_kind kind;
    enum codec codec;
    uint32_t ssrc;
    uint64_t packets, bytes; /* RTP received from a publisher, or sent to a watcher */
    int64_t lost;
    double jitter_ms;
    uint32_t nacks, plis;   /* sent to a publisher, or received from a watcher */
    uint32_t retransmitted; /* received from a publisher by RTX, or sent to a watcher */
    bool active; /* received within the last second, or being sent; a watcher's rid is the
                    layer that it gets */
};

struct session_stats {
    char id[SESSION_ID + 1];
    char stream[MAX_STREAM + 1];
    bool publisher;
    enum session_state state;
    skiff_time age; /* since the POST */
    struct session_stages stages;
    skiff_time share; /* skiff's: datagram read until its reply is sent, summed */
    skiff_dtls_info dtls;
    skiff_peer_info peer;
    uint32_t moves;        /* of the path */
    uint64_t estimate_bps; /* what the path to this watcher can take; 0: unknown */
    skiff_counters counters;
    struct track_stats tracks[MAX_TRACKS];
    size_t num_tracks;
    unsigned watchers; /* of a publisher */
};

/* False: there is no such session. */
bool media_session(struct media *media, const char *id, struct session_stats *stats);

void media_each(struct media *media,
                void (*each)(void *user, const struct session_stats *stats), void *user);

/* Counters of the workers, summed. None of them ever falls. */
/* clang-format off */
#define MEDIA_COUNTER_LIST(X)                                                              \
    X(rtp_received,       "RTP packets of publishers, RTX unwrapped")                      \
    X(rtp_forwarded,      "RTP packets queued for watchers, without retransmissions")      \
    X(bytes_forwarded,    "bytes of these packets, before SRTP")                           \
    X(rtp_repeated,       "RTP packets sent again to watchers")                            \
    X(rtcp_received,      "compound RTCP packets received")                                \
    X(rtcp_sent,          "compound RTCP packets queued")                                  \
    X(nacks_received,     "numbers that watchers asked for again")                         \
    X(nacks_sent,         "numbers that publishers were asked for again")                  \
    X(recovered,          "numbers that came after they were asked for")                   \
    X(keyframes_wanted,   "PLI and FIR of watchers, and watchers that joined")             \
    X(plis_sent,          "PLI and FIR sent to publishers")                                \
    X(layer_switches,     "switches of watchers to another layer")                         \
    X(relayed,            "packets passed to another worker")                              \
    X(data_received,      "messages of DTLS received")                                     \
    X(data_sent,          "messages of DTLS queued")                                       \
    X(drop_rtp,           "RTP packets that do not parse")                                 \
    X(drop_rtcp,          "RTCP packets that do not parse")                                \
    X(drop_unknown_ssrc,  "RTP packets of an SSRC that belongs to no track")               \
    X(drop_duplicate,     "RTP packets received before")                                   \
    X(drop_late,          "RTP packets too old to be forwarded")                           \
    X(drop_padding,       "RTP packets that contain padding only")                         \
    X(drop_relay,         "packets for another worker whose queue was full")               \
    X(drop_unsent,        "packets for watchers that the port did not accept")             \
    X(drop_history,       "numbers asked for again that are kept no longer")               \
    X(drop_data,          "messages of DTLS for which there was no space")                 \
    X(sessions_begun,     "sessions made")                                                 \
    X(sessions_over,      "sessions that ended by themselves")
/* clang-format on */

struct media_counters {
#define X(name, text) uint64_t name;
    MEDIA_COUNTER_LIST(X)
#undef X
};

struct media_totals {
    struct media_counters counters;
    skiff_port_counters port;
    unsigned sessions, publishers, watchers, streams, workers;
};

void media_get_totals(struct media *media, struct media_totals *totals);

/* Reports the events of a session from the number `from` on, the first being 0. What is too
 * old is left out. Returns the number to go on with, which is `from` where the id is
 * unknown. */
uint64_t media_trace(struct media *media, const char *id, uint64_t from,
                     void (*each)(void *user, const skiff_trace *event), void *user);

/* The address of the sockets, such as "192.0.2.1:5000". */
const char *media_address(const struct media *media);

#endif
