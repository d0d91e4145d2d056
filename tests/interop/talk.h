/* talk.h - skiff and a peer over one wire, on one clock that only the test moves. */
#ifndef SKF_INTEROP_TALK_H
#define SKF_INTEROP_TALK_H

#include <skiff/dtls.h>

#include "peer.h"

/* What the two shall be and do; zeros are a plain handshake with skiff as the server. */
struct setup {
    bool skiff_calls; /* skiff is the client */
    enum credential_kind ours, theirs;
    uint16_t suite, group;          /* IANA; what the peer is held to */
    bool one_suite;                 /* the suite is all that we have, too */
    uint16_t profile;               /* of the peer; 0: the best it has */
    uint16_t our_mtu, their_mtu;    /* 0: 1200 */
    bool cookie;                    /* the server asks for one */
    bool without_ems, allow_no_ems; /* the peer's, ours */
    bool nameless;                  /* the peer has no certificate */
    bool asks_nobody;               /* the peer wants none of ours */
    bool tickets;
    bool long_hello;                   /* the peer's, of some 400 bytes */
    const char *protocol;              /* of ALPN: theirs, our second; or NULL */
    uint16_t our_record, their_record; /* the longest that are taken; 0: any */
    bool stranger;                     /* we expect another fingerprint */
    int lose_ours, lose_theirs;        /* 1: our first datagram is lost */
};

enum { TALK_DATA = 2048 };

struct talk {
    const struct setup *setup;
    struct wire wire;
    skiff_time now;
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_dtls *skiff; /* NULL until a cookie was shown */
    struct end *end;
    enum end_state end_state;

    bool connected, closed, failed;             /* as skiff reported */
    bool end_closed;                            /* as the peer reported */
    unsigned hellos, verified;                  /* judged, and sent back for a cookie */
    uint8_t ours[TALK_DATA], theirs[TALK_DATA]; /* the last message each of them read */
    size_t ours_len, theirs_len;
};

/* False, with a line that says why, when one of them refuses its configuration. */
bool talk_open(struct talk *talk, const struct setup *setup);
void talk_close(struct talk *talk);

/* Until neither has anything to send. */
void talk_run(struct talk *talk);

/* Lets time pass in small steps. */
void talk_pass(struct talk *talk, skiff_time span);

/* Until the handshake is over on both ends, one has failed, or a minute has passed. */
void talk_handshake(struct talk *talk);
bool talk_both_ready(const struct talk *talk);

/* Sends `len` bytes of `value` from skiff. */
bool talk_send(struct talk *talk, uint8_t value, size_t len);

#endif
