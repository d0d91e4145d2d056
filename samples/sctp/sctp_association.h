/* sctp_association.h - an SCTP association over DTLS (RFC 8261), which is usrsctp's, with
 * the options that data channels want (RFC 8831). It has no thread: the program gives it
 * the time and what arrives. Knows no DTLS and no channels.
 *
 * The state of usrsctp is the process's: all calls are of one thread, and a program begins
 * it once.
 */
#ifndef SAMPLES_SCTP_ASSOCIATION_H
#define SAMPLES_SCTP_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCTP_TICK = 10 /* milliseconds: usrsctp reports to nobody when it is due */
};

enum sctp_event_kind {
    SCTP_EVENT_UP,      /* the association is established */
    SCTP_EVENT_MESSAGE, /* `bytes` is a whole message */
    SCTP_EVENT_RESET,   /* the peer has closed `stream` (RFC 8831 section 6.7) */
    SCTP_EVENT_OVER     /* `why` is a sentence; nothing is sent or received any more */
};

struct sctp_event_data {
    enum sctp_event_kind kind;
    uint16_t stream;
    uint32_t ppid;
    const uint8_t *bytes; /* lent for the call */
    size_t len;
    const char *why;
    bool rule_broken; /* by the peer, which is why it is over */
};

struct sctp_association;

struct sctp_config {
    void *user;
    /* Sends a packet of SCTP as one message of DTLS. What is lost SCTP sends again. */
    void (*send)(void *user, const uint8_t *packet, size_t len);
    /* Neither sctp_stop nor free of the association is allowed in it. */
    void (*on_event)(void *user, const struct sctp_event_data *event);
    uint16_t port, peer_port; /* a=sctp-port, ours and the peer's */
    uint16_t streams;         /* each way: no more than channels that are of use */
    size_t max_packet;        /* bytes that a message of DTLS holds */
    size_t max_message;       /* bytes: our a=max-message-size */
    size_t max_backlog;       /* bytes that wait for the peer */
};

/* Zeros are valid: nothing was started. Its address is the one by which usrsctp knows the
 * association, which may ask for it later than sctp_stop: keep the memory until sctp_end,
 * for another association at best. */
struct sctp_association {
    struct sctp_config config;
    struct socket *socket; /* usrsctp's; NULL: not started, or stopped */
    bool over;
    uint8_t *parts; /* of a message of which the end has not arrived */
    size_t len;
};

/* Once in a process, before all else; and at its end, with all associations stopped. */
void sctp_begin(void);
void sctp_end(void);

/* Milliseconds that passed, at least each SCTP_TICK, for all associations. */
void sctp_tick(uint32_t elapsed);

/* Begins the association. Both ends do: whose INIT arrives first does not matter (RFC 8841
 * section 9.3). False: it could not be set up. */
bool sctp_start(struct sctp_association *association, const struct sctp_config *config);

/* A message of DTLS. */
void sctp_receive(struct sctp_association *association, const uint8_t *packet, size_t len);

/* How a message is sent: RFC 8831 section 6.6. */
struct sctp_manner {
    uint16_t stream;
    uint32_t ppid;
    bool unordered;
    enum { SCTP_RELIABLE, SCTP_FEW_TRIES, SCTP_SHORT_LIFE } reliability;
    uint32_t limit; /* tries, or milliseconds */
};

enum sctp_result { SCTP_SENT, SCTP_BACKLOG_FULL, SCTP_FAILED };

/* Queues a message whole or not at all. */
enum sctp_result sctp_send(struct sctp_association *association,
                           const struct sctp_manner *manner, const void *bytes, size_t len);

/* Closes our direction of a stream. */
bool sctp_reset(struct sctp_association *association, uint16_t stream);

/* Sends an ABORT if it is up. */
void sctp_stop(struct sctp_association *association);

#endif
