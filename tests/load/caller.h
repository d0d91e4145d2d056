/* caller.h - the client's end of one association, from its offer to its last word. */
#ifndef LOAD_CALLER_H
#define LOAD_CALLER_H

#include "udp.h"
#include "signalling.h"
#include "options.h"
#include "stun.h"

enum caller_state {
    CALLER_IDLE,
    CALLER_OFFERED,  /* asked by signalling, not answered yet */
    CALLER_CHECKING, /* has sent its first check */
    CALLER_SHAKING,  /* in the handshake of DTLS */
    CALLER_UP,       /* DTLS is there, and SRTP */
    CALLER_LEAVING,  /* has signalled it */
    CALLER_FAILED
};

struct caller {
    skiff_transport *transport;
    enum caller_state state;
    uint32_t turn;    /* how often it has been opened before */
    uint32_t elapsed; /* first check to UP, microseconds */
    uint16_t sequence, tries;
    skiff_time began, asked;         /* first and last check */
    skiff_time responded_at, echoed; /* last answer to a check, last media */
    uint8_t transaction[STUN_TRANSACTION];
    char remote_ufrag[CREDENTIAL_SIZE], password[CREDENTIAL_SIZE];
};

/* All callers of a run, and what they share. */
struct callers {
    const struct options *options;
    bool bare; /* the server uses DTLS alone */
    uint16_t server_port;
    skiff_fingerprint server;
    skiff_context *context;
    struct udp *sockets[LOAD_SOCKETS];
    struct stun *stun;
    struct signalling *signalling;
    struct caller *all;
    uint32_t num, failed;
    uint64_t transactions;
    uint64_t without_response; /* checks, when the next one was due */
    skiff_time longest;        /* between two checks of one */
};

/* Each of these concerns the caller of a slot. */
void caller_offer(struct callers *callers, uint32_t slot, skiff_time now);
void caller_begin(struct callers *callers, uint32_t slot, skiff_time now,
                  const struct signal_message *answer);
void caller_hang_up(struct callers *callers, uint32_t slot, skiff_time now);
void caller_fail(struct callers *callers, uint32_t slot, const char *why);

/* Another check, of one that is UP; or one media packet, to be echoed. */
void caller_consent(struct callers *callers, uint32_t slot, skiff_time now);
void caller_talk(struct callers *callers, uint32_t slot, skiff_time now);

/* Repeats the first check of one that has waited long enough for its answer. */
void caller_insist(struct callers *callers, uint32_t slot, skiff_time now);

/* A datagram from the server, to one of the addresses of callers. */
void callers_receive(struct callers *callers, skiff_time now, skiff_packet *packet,
                     const struct udp_path *path);

/* Lets timers of DTLS fire. */
void callers_due(struct callers *callers, skiff_time now);

/* So many have proven, since then, that they are alive in every way. */
uint32_t callers_alive(const struct callers *callers, skiff_time since);

#endif
