/* message_queue.h - the messages of one handshake that are not whole, or not next. Bounded.
 */
#ifndef SKF_MESSAGE_QUEUE_H
#define SKF_MESSAGE_QUEUE_H

#include "handshake/reassembly.h"

/* How many messages from the next one on are taken in. */
enum { QUEUE_AHEAD = 8 };

/* A fragment of fewer new bytes adds nothing, unless it is a whole message. */
enum { TINY_FRAGMENT = 8 };

/* The value of a fragment for its message. */
enum fragment_value { FRAGMENT_ADDS, FRAGMENT_ADDS_NOTHING, FRAGMENT_CONTRADICTS };

struct message_queue {
    struct reassembly messages[QUEUE_AHEAD]; /* message n in messages[n % QUEUE_AHEAD] */
    uint16_t next;               /* message_seq of the message to be judged next */
    uint8_t latest;              /* enum fragment_value, of the latest fragment */
    struct reassembly processed; /* judged, and its bytes may still be read */
    uint8_t *buffer;             /* where they lie, one behind the other */
    size_t size, used;
    size_t reserved;   /* of them, for messages ahead that will stay */
    size_t high_water; /* the most that was ever used: what must be wiped */
};

enum queue_result { QUEUE_ADDED, QUEUE_REPEATED, QUEUE_REFUSED };

/* Takes in a fragment: ADDED, or REPEATED when its message was judged before, or REFUSED
 * when it lies too far ahead or finds no space. Of fragments that contradict one another
 * about their message the newest counts, so that a forged one cannot keep the true ones
 * out for ever. */
enum queue_result skf_queue_add(struct message_queue *queue,
                                const struct fragment *fragment);

/* Whether the fragments of a message stay until it is judged: of messages ahead, as many
 * as leave space for the longest that can be next. All others may have to give way to
 * that, and must not be acknowledged. */
bool skf_queue_keeps(const struct message_queue *queue, uint16_t message_seq);

/* The next message when it is whole, or NULL. */
const struct reassembly *skf_queue_next(const struct message_queue *queue);

/* Goes on to the message after the next one, which was judged. Its bytes stay until
 * swept. */
void skf_queue_processed(struct message_queue *queue);
void skf_queue_sweep(struct message_queue *queue);

/* Throws the next message away, so that another may come in its place. */
void skf_queue_drop(struct message_queue *queue);

#endif
