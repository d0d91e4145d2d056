/* inbox.h - the messages of one handshake that are not whole, or not next. Bounded. */
#ifndef SKF_INBOX_H
#define SKF_INBOX_H

#include "dtls/join.h"

/* How many messages from the next one on are taken in. */
enum { INBOX_AHEAD = 8 };

struct inbox {
    struct join joins[INBOX_AHEAD];      /* message n in joins[n % INBOX_AHEAD]           */
    uint16_t    next;                    /* message_seq of the message to be heard next   */
    uint8_t     vain;                    /* the latest fragment, by weight: see vain.h    */
    struct join spent;                   /* heard, but its bytes may still be looked at   */
    uint8_t    *room;                    /* where they lie, one behind the other          */
    size_t      size, used;
    size_t      firm;                    /* of them, for messages ahead that will stay    */
    size_t      reached;               /* the most that was ever used: what must be wiped */
};

enum inbox_answer { INBOX_TAKEN, INBOX_REPEATED, INBOX_REFUSED };

/* Takes in a fragment: TAKEN, or REPEATED when its message was heard before, or REFUSED
 * when it lies too far ahead or finds no room. Of fragments that contradict one another
 * about their message the newest counts, so that a forged one cannot keep the true ones
 * out for ever. */
enum inbox_answer inbox_take(struct inbox *inbox, const struct fragment *fragment);

/* Whether what was taken of a message stays until it is heard: of messages ahead, as much
 * as leaves room for the longest that can be next. All others may have to give way to that,
 * and must not be acknowledged. */
bool inbox_keeps(const struct inbox *inbox, uint16_t message_seq);

/* The next message when it is whole, or NULL. */
const struct join *inbox_next(const struct inbox *inbox);

/* Goes on to the message after the next one, which was heard. Its bytes stay until
 * swept. */
void inbox_heard(struct inbox *inbox);
void inbox_sweep(struct inbox *inbox);

/* Throws the next message away, so that another may come in its place. */
void inbox_void(struct inbox *inbox);

#endif
