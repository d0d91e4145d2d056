/* handshake_slot.h - what a handshake borrows from its context and gives back when it is
 * done. */
#ifndef SKF_HANDSHAKE_SLOT_H
#define SKF_HANDSHAKE_SLOT_H

#include "association/ack_list.h"
#include "association/flight.h"
#include "handshake/handshake.h"
#include "handshake/message_queue.h"
#include "record/record.h"

enum {
    FLIGHT_BYTES = 4096, /* bytes of one flight of ours, the Certificate not counted */
    HELD_BYTES = 3072    /* bytes of records that came before their keys */
};

struct skiff_dtls;

/* A fatal alert that came in plaintext: it may be forged. */
struct plain_alert {
    int16_t number;      /* ALERT_NONE: none came */
    bool uncontradicted; /* nothing valid has come since */
    /* When it ends the handshake, if that stays so. SKIFF_NEVER: our flight was not
     * repeated since. */
    skiff_time due;
};

static inline struct plain_alert no_plain_alert(void)
{
    return (struct plain_alert){ .number = ALERT_NONE, .due = SKIFF_NEVER };
}

/* A message over max_message that comes in plaintext: how much of it has come in order. */
struct long_message {
    uint32_t length, received;
    uint16_t message_seq;
};

struct handshake_slot {
    struct handshake_slot *prev, *next; /* of its queue, or free */
    struct slot_queue *queue;           /* NULL when free */
    struct skiff_dtls *owner;           /* NULL when free */
    skiff_time last_progress;           /* when a message last moved it on */

    struct handshake hs;
    struct message_queue message_queue;
    uint64_t flight_number;           /* of its first record, in plaintext */
    uint16_t next_seq;                /* message_seq of our next message */
    bool waits_for_reply;             /* our flight needs one: it is repeated */
    uint8_t mtu_step;                 /* steps to a smaller MTU: see flight_mtu */
    bool change_cipher_spec_received; /* a ChangeCipherSpec, before its place */
    struct flight_message messages[FLIGHT_MESSAGES];
    size_t flight_bytes_len;
    uint8_t flight_bytes[FLIGHT_BYTES];
    struct sent_records sent_records; /* what of it has arrived */
    struct sealing previous;          /* of our epoch before the present one */
    uint32_t previous_epoch;
    uint16_t held_len;
    uint32_t held_epoch; /* the read_epoch of then */
    uint8_t held[HELD_BYTES];

    struct plain_alert plain_alert;
    struct long_message long_message;
};

/* Slots in use: the one whose last progress is the oldest comes first. */
struct slot_queue {
    struct handshake_slot *first, *last;
};

/* All slots of a context, made once. */
struct handshake_slots {
    struct slot_queue partial; /* of a first hello that is not whole yet */
    struct slot_queue begun;   /* of handshakes */
    struct handshake_slot *free;
    uint8_t *block;
    size_t size, stride;
    size_t queue_size; /* bytes of each slot's message queue */
    uint32_t count, used;
};

SKIFF_MUST_USE skiff_status skf_slots_new(struct handshake_slots *slots,
                                          const skiff_allocator *memory, uint32_t count,
                                          uint16_t max_message);
void skf_slots_free(struct handshake_slots *slots, const skiff_allocator *memory);

/* The slot whose owner was idle for longest, if 90 % of the slots are in use and that was
 * for SLOT_IDLE at least; NULL otherwise. A partial hello gives way before any handshake
 * does. Whoever wants a slot ends this one first. */
struct handshake_slot *skf_slots_idlest(const struct handshake_slots *slots,
                                        skiff_time now);

/* An empty slot for an owner whose handshake has not begun, or NULL. */
struct handshake_slot *skf_slot_acquire(struct handshake_slots *slots,
                                        struct skiff_dtls *owner, skiff_time now);

/* Whether there would be one: a free slot, or one whose owner is idle. */
bool skf_slots_available(const struct handshake_slots *slots, skiff_time now);

/* Wipes the slot and gives it back. */
void skf_slot_release(struct handshake_slots *slots, struct handshake_slot *slot);

/* The handshake begins, or a message moved it on. */
void skf_slot_progressed(struct handshake_slots *slots, struct handshake_slot *slot,
                         skiff_time now);

#endif
