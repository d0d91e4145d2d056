/* missing.h - which sequence numbers of a source have not arrived, when to ask for them
 * (again), and when to give up. Bounded; knows no packet and no RTCP. */
#ifndef RTP_MISSING_H
#define RTP_MISSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MISSING_MAX = 256,            /* numbers that are awaited at once */
    MISSING_MAX_REQUESTS = 10,    /* for one number */
    MISSING_MAX_STEP_BACK = 3000, /* of a late packet; else a source has restarted */
    MISSING_REORDER_US = 10000, /* a packet may be late by so much, and is not asked for */
    MISSING_GIVE_UP_US = 1000000,  /* after which a number is awaited no longer */
    MISSING_LEAST_AGAIN_US = 20000 /* between two requests for one number */
};

struct missing_number {
    uint16_t sequence;
    uint8_t requests;
    int64_t since_us, due_us;
};

/* Zeros are a source of which nothing has arrived. */
struct missing {
    bool has_begun;
    uint16_t highest;
    size_t num;
    struct missing_number numbers[MISSING_MAX]; /* in the order of their sequence */
};

enum missing_verdict {
    MISSING_NEXT,    /* the number after the highest, or the first of all */
    MISSING_GAP,     /* numbers before it are missing now */
    MISSING_FILLED,  /* it was missing: late, or sent again */
    MISSING_OLD,     /* it arrived before, or was given up */
    MISSING_TOO_MANY /* a gap that is not worth asking: all is forgotten, and the
                      * caller wants a keyframe */
};

/* A packet of the source arrived, whether by RTX or not. `now_us` never goes back. */
enum missing_verdict missing_add(struct missing *missing, uint16_t sequence,
                                 int64_t now_us);

/* The numbers to ask for now, in order, at most `max` of them: each counts as asked for. It
 * is due again a quarter more than a round trip later, or MISSING_LEAST_AGAIN_US later if
 * that is longer. Returns how many. */
size_t missing_due(struct missing *missing, int64_t now_us, int64_t round_trip_us,
                   uint16_t *sequences, size_t max);

/* Gives up what was awaited for too long, or asked for too often. Returns how many numbers
 * those were: a decoder will not get over them without a keyframe. */
size_t missing_give_up(struct missing *missing, int64_t now_us);

/* When to call the two above again; INT64_MAX: nothing is missing. */
int64_t missing_deadline(const struct missing *missing);

#endif
