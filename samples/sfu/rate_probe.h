/* rate_probe.h - a short time in which more is sent than the media, to see how fast it
 * arrives. Knows no sequence numbers and no estimate. Zeros are valid: no probe goes on.
 */
#ifndef SAMPLES_SFU_RATE_PROBE_H
#define SAMPLES_SFU_RATE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_PROBE_TIME = 150000 /* microseconds */ };

struct rate_probe {
    uint64_t begun;      /* microseconds; 0: no probe goes on */
    uint32_t bps;        /* that were asked for */
    uint32_t sent_bytes; /* so far, */
    uint64_t last_sent;  /* up to then */
    struct {
        uint32_t packets, bytes;
        uint64_t last; /* arrival */
    } arrived;
};

void rate_probe_begin(struct rate_probe *probed, uint64_t now, uint32_t bps);

/* Whether packets that are sent now belong to the probe. */
bool rate_probe_is_sending(const struct rate_probe *probed, uint64_t now);
void rate_probe_sent(struct rate_probe *probed, uint64_t now, size_t bytes);

/* How many bytes are missing at the rate that was asked for. */
size_t rate_probe_due(const struct rate_probe *probed, uint64_t now);

/* A packet that was sent at `sent` has arrived. */
void rate_probe_arrived(struct rate_probe *probed, uint64_t sent, uint64_t arrived,
                        size_t bytes);

/* Ends the probe. `delay` is the least by which a packet lately arrived after it was sent,
 * as far as the two clocks show it. Returns the bits a second that the link is sure to
 * carry, which are no more than what was sent; 0: too little has arrived to know. */
double rate_probe_end(struct rate_probe *probed, int64_t delay);

#endif
