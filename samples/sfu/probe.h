/* probe.h - a short time in which more is sent than the media, to see how fast it arrives.
 * Knows no sequence numbers and no estimate. Zeros are valid: no probe goes on.
 */
#ifndef SAMPLES_SFU_PROBE_H
#define SAMPLES_SFU_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBE_TIME = 150000 /* microseconds */ };

struct probe {
    uint64_t begun;      /* microseconds; 0: no probe goes on */
    uint32_t bps;        /* that were asked for */
    uint32_t sent_bytes; /* so far, */
    uint64_t last_sent;  /* up to then */
    struct {
        uint32_t packets, bytes;
        uint32_t first_bytes; /* of the packet that arrived first */
        uint64_t first, last; /* arrivals */
    } arrived;
};

void probe_begin(struct probe *probe, uint64_t now, uint32_t bps);

/* Whether packets that are sent now belong to the probe. */
bool probe_is_sending(const struct probe *probe, uint64_t now);
void probe_sent(struct probe *probe, uint64_t now, size_t bytes);

/* How many bytes are missing at the rate that was asked for. */
size_t probe_due(const struct probe *probe, uint64_t now);

/* A packet that was sent at `sent` has arrived. */
void probe_arrived(struct probe *probe, uint64_t sent, uint64_t arrived, size_t bytes);

/* Ends the probe. Returns the bits a second that the link is sure to carry, which are no
 * more than what was sent; 0: too little has arrived to know. */
double probe_end(struct probe *probe);

#endif
