/* flight.h - our latest flight, and when to send it again. Knows messages as bytes. Knows
 * no keys and no records: send.c asks for the next piece.
 *
 * Not here: which messages belong to a flight (script.h), how a piece becomes a record,
 * and how long a wait is (timers.h).
 */
#ifndef SKF_FLIGHT_H
#define SKF_FLIGHT_H

#include <skiff/base.h>

/* RFC 6347 section 4.2.4, figure 3; RFC 9147 section 5.8.1. */
enum flight_state { PREPARING, SENDING, WAITING, FINISHED_STATE };
enum flight_event {
    FLIGHT_BUFFERED,
    FLIGHT_SENT,
    FLIGHT_SENT_LAST,
    TIMER_EXPIRED,
    /* Like TIMER_EXPIRED, but part of the reply has arrived: our flight is not repeated. */
    TIMER_EXPIRED_MIDWAY,
    PEER_REPEATED,
    PEER_MISSES_SOME
};

enum { FLIGHT_MESSAGES = 6, NO_REPLY_MAX = 127 };

/* In the epoch that we write in, whichever that is when it is sent. */
enum { EPOCH_CURRENT = 0xff };

/* One message: the body of a handshake message, or a ChangeCipherSpec. */
struct flight_message {
    const uint8_t *body;
    uint32_t len;
    uint16_t message_seq;
    uint8_t type; /* HandshakeType */
    uint8_t epoch;
};

struct flight {
    uint8_t state;                   /* enum flight_state */
    uint8_t num, at;                 /* messages, and the one that is sent next */
    bool repeated : 1;               /* it was sent more than once */
    unsigned no_reply : 7;           /* how often for want of any reply */
    uint32_t offset;                 /* of that message */
    skiff_time due;                  /* SKIFF_NEVER unless WAITING */
    skiff_time sent;                 /* when it was last sent */
    skiff_time wait;                 /* until it is sent again */
    struct flight_message *messages; /* FLIGHT_MESSAGES, or one after the handshake */
};

/* Starts a new flight with its first wait, and with the list of its messages. The flight
 * before is forgotten. */
void skf_flight_begin(struct flight *flight, struct flight_message *messages,
                      skiff_time wait);

/* Nothing is sent, and nothing is waited for. */
void skf_flight_clear(struct flight *flight);

/* Adds a message; its body must stay where it is. False when the flight is full. */
SKIFF_MUST_USE bool skf_flight_add(struct flight *flight,
                                   const struct flight_message *entry);

/* Handles an event. `longer` is the wait that follows one without a reply: see timers.h. */
void skf_flight_handle(struct flight *flight, enum flight_event event, skiff_time now,
                       skiff_time longer);

/* The message to go on with, from flight->offset; NULL when all of it was sent. */
const struct flight_message *skf_flight_next(const struct flight *flight);

/* `len` bytes of that message were sent. */
void skf_flight_advance(struct flight *flight, uint32_t len);

#endif
