/* play.h - the media of a call: one end sends, the other receives, both report. */
#ifndef LOOPBACK_PLAY_H
#define LOOPBACK_PLAY_H

#include "end.h"
#include "ogg.h"

#include "../rtp/reception.h"

/* What has become of a packet, a bit each. */
enum { SENT = 1, DROPPED = 2, RECEIVED = 4 };

/* What an end has to know to report (RFC 3550 section 6.4). */
struct reporter {
    struct reception reception;
    uint32_t packets, octets, reports_received;
    int64_t reported_at; /* in samples of media */
};

struct play {
    const struct recording *sent_media;
    struct recording received;
    uint8_t *store, *store_end; /* for the bytes that arrive */
    struct end *near, *far;
    bool fast;

    uint16_t first_sequence;
    uint32_t first_timestamp;
    uint8_t *outcome;              /* of each packet */
    size_t next, first_unreported; /* to be sent; still on its way */
    size_t arrived, dropped, unequal, repeated;
    int64_t offset; /* of the next, in samples */
    int64_t begun, progress, line_due;
    struct reporter near_reporter, far_reporter;
    double round_trip; /* milliseconds; 0: not known */

    bool counting;    /* allocations, once all is warm */
    uint64_t counted; /* media packets in that time */
};

/* Prepares a call that plays a recording from near to far; false: no memory. */
bool play_new(struct play *play, const struct recording *sent, struct end *near,
              struct end *far, uint64_t seed);
void play_free(struct play *play);

/* Does what is due; the answer is the milliseconds there are to wait, -1 for the end. */
int play_step(struct play *play);

/* Reads a packet that an end received. */
void play_receive(struct play *play, struct end *at, skiff_packet *packet, skiff_kind kind);

/* Notes a datagram of near that was dropped on purpose. */
void play_note_loss(struct play *play, const uint8_t *data, size_t len);

#endif
