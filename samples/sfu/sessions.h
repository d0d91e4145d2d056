/* sessions.h - what signalling keeps of each session: what was negotiated, and who may end
 * it. Knows no media. */
#ifndef SAMPLES_SFU_SESSIONS_H
#define SAMPLES_SFU_SESSIONS_H

#include "media.h"

struct data_line;

struct session {
    char id[SESSION_ID + 1];
    char stream[MAX_STREAM + 1];
    bool publisher;
    uint8_t address[16]; /* that of its POST */
    /* The section whose transport is that of all, as the answer had it. */
    struct media_section tagged;
    /* The peer's data channels; a port of 0: none. A size of 0: any. */
    uint16_t sctp_port;
    uint32_t max_message_size;
    /* The remote credentials of the current ICE session. */
    char ufrag[MAX_UFRAG], password[MAX_UFRAG];
    bool restarted; /* they are those of an ICE restart, not of the offer */
    /* Ours, which name the ICE session: the entity tag is made of it (RFC 9725 section
     * 4.3.1). */
    char own_ufrag[MAX_UFRAG];
    struct data_line *line; /* its data channel; NULL: none */
};

struct sessions;

/* NULL: no memory. */
struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions);

/* Makes one with a new random id. NULL: no memory, or no random bytes. */
struct session *sessions_add(struct sessions *sessions);

/* NULL: there is none. */
struct session *sessions_find(struct sessions *sessions, const char *id);

/* The publisher of a stream. NULL: there is none. */
struct session *sessions_publisher(struct sessions *sessions, const char *stream);

void sessions_remove(struct sessions *sessions, struct session *session);

#endif
