/* delay_trend.h - whether the queue of a link grows, from the times at which packets were
 * sent and have arrived (draft-ietf-rmcat-gcc-02 sections 5.1 to 5.4). Knows no rates. */
#ifndef SAMPLES_SFU_DELAY_TREND_H
#define SAMPLES_SFU_DELAY_TREND_H

#include <stdbool.h>
#include <stdint.h>

enum { DELAY_TREND_GROUPS = 20 }; /* that a slope is fitted through */

enum link_use { LINK_NORMAL, LINK_UNDERUSED, LINK_OVERUSED };

/* Packets that were sent within one burst count as one (section 5.2). */
struct packet_group {
    uint64_t first_sent, last_sent; /* microseconds */
    uint64_t arrived;               /* the last of its packets */
    bool used;
};

struct delay_trend {
    enum link_use use;
    struct packet_group group, previous;
    uint32_t deltas; /* differences of delay so far */
    uint64_t begun;  /* arrival of the first group */
    double delay;    /* milliseconds by which the queue has grown since */
    double smoothed;
    double at[DELAY_TREND_GROUPS];    /* arrival, milliseconds since begun */
    double value[DELAY_TREND_GROUPS]; /* smoothed at that time */
    double threshold; /* milliseconds: what is more means overuse (section 5.4) */
    double last_value;
    double over; /* milliseconds for which it was more */
    uint32_t times_over;
};

void delay_trend_init(struct delay_trend *trend);

/* A packet that has arrived, in the order of sending. */
void delay_trend_add(struct delay_trend *trend, uint64_t sent, uint64_t arrived);

#endif
