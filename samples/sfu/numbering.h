/* numbering.h - the sequence numbers, timestamps and VP8 counters that one
 * track of a watcher gets, so that they go on without a step when the track
 * changes to another source. Knows no packet bytes, no SSRC and no clock.
 */
#ifndef SAMPLES_SFU_NUMBERING_H
#define SAMPLES_SFU_NUMBERING_H

#include "outline.h"

/* Sources whose packets a watcher can still ask for again. */
enum { MAPPINGS = 4 };

/* What is added to the numbers of one source. */
struct mapping {
    uint8_t source;
    uint32_t edition;
    uint16_t first_sent; /* what would get a number before it is not sent */
    uint16_t sequence;
    uint32_t timestamp;
    struct vp8_offset vp8;
};

struct numbering {
    size_t num;
    struct mapping mappings[MAPPINGS]; /* the first is in use */
    uint16_t highest;                  /* the largest sequence number that was sent, */
    uint32_t timestamp;                /* its timestamp, as it was sent, */
    uint32_t source_timestamp;         /* and of its source, */
    skiff_time arrived;                /* and when it came from there */
    struct vp8_counters vp8;
};

/* A track on which nothing was sent; its first packet will get this number. */
void numbering_init(struct numbering *numbering, uint16_t first);

/* The track gets another source, which begins with this packet. `elapsed` is
 * the time from the last packet that was sent to this one, by the clock of the
 * publisher. */
void numbering_change(struct numbering *numbering, const struct outline *first,
                      skiff_time elapsed);

/* A packet of the source in use is sent. NULL: it is older than the change to
 * its source. */
const struct mapping *numbering_use(struct numbering *numbering,
                                    const struct outline *outline);

/* How a number was sent that a watcher asks for again. NULL: it never was, or
 * too long ago.
 */
const struct mapping *numbering_find(const struct numbering *numbering, uint16_t sent);

#endif
