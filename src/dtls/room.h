/* room.h - what a handshake borrows from its context and gives back when it is done. */
#ifndef SKF_ROOM_H
#define SKF_ROOM_H

#include "dtls/ack.h"
#include "dtls/flight.h"
#include "dtls/handshake.h"
#include "dtls/inbox.h"
#include "dtls/record.h"

enum {
    SPEECH_ROOM = 4096,      /* bytes of one flight of ours, the Certificate not counted  */
    HELD_ROOM   = 3072       /* bytes of records that came before their keys              */
};

struct skiff_dtls;

/* A fatal alert that came in plaintext: anybody can have said it. */
struct plain_alert {
    int16_t    number;                     /* ALERT_NONE: none came                       */
    bool       unanswered;                 /* nothing valid has come since                */
    skiff_time due;                        /* when it ends the attempt, if that stays so; */
};                                         /* SKIFF_NEVER: we have not repeated ourselves */

static inline struct plain_alert no_plain_alert(void)
{
    return (struct plain_alert){ .number = ALERT_NONE, .due = SKIFF_NEVER };
}

/* A message over max_message that comes in plaintext: how much of it has come in order. */
struct long_message {
    uint32_t length, heard;
    uint16_t message_seq;
};

struct room {
    struct room       *prev, *next;        /* of its queue, or free                       */
    struct room_queue *queue;              /* NULL when free                              */
    struct skiff_dtls *tenant;             /* NULL when free                              */
    skiff_time         heard;              /* when a message last moved it on             */

    struct handshake   hs;
    struct inbox       inbox;
    uint16_t           next_seq;           /* message_seq of our next message             */
    bool               waits_for_reply;    /* our flight asks for one: it is repeated     */
    uint8_t            narrow;             /* steps to a smaller MTU: see flight_mtu      */
    bool               change_came;        /* a ChangeCipherSpec, before its place        */
    struct said        said[FLIGHT_MESSAGES];
    size_t             speech_len;
    uint8_t            speech[SPEECH_ROOM];
    struct carriage    carriage;           /* what of it has arrived                      */
    struct sealing     before;             /* of our epoch before the present one         */
    uint32_t           before_epoch;
    uint16_t           held_len;
    uint32_t           held_since;         /* the epoch that was heard then               */
    uint8_t            held[HELD_ROOM];

    struct plain_alert  plain_alert;
    struct long_message long_message;
};

/* Rooms in use: the one that was least lately heard is the first. */
struct room_queue {
    struct room *first, *last;
};

/* All rooms of a context, made once. */
struct rooms {
    struct room_queue partial;             /* of a first hello that is not whole yet      */
    struct room_queue begun;               /* of handshakes                               */
    struct room      *free;
    uint8_t          *block;
    size_t            size, stride;
    size_t            inbox;               /* bytes of each room's inbox                  */
    uint32_t          count, used;
};

SKIFF_MUST_USE skiff_status rooms_new(struct rooms *rooms, const skiff_allocator *memory,
                                      uint32_t count, uint16_t max_message);
void rooms_free(struct rooms *rooms, const skiff_allocator *memory);

/* An empty room for a tenant whose handshake has not begun, or NULL. At 90 % full the
 * tenant that was idle longest loses its room first, if it was idle for ROOM_IDLE: see
 * room_evicted in association.h. A partial hello gives way before any handshake does. */
struct room *room_take(struct rooms *rooms, struct skiff_dtls *tenant, skiff_time now);

/* Whether room_take would find one. */
bool rooms_have_one(const struct rooms *rooms, skiff_time now);

/* Wipes the room and gives it back. */
void room_give(struct rooms *rooms, struct room *room);

/* The handshake begins, or a message moved it on. */
void room_heard(struct rooms *rooms, struct room *room, skiff_time now);

#endif
