/* stream.h - the video that is published: H.264 of 1 Mbit/s in RTP packets of 1,200 bytes.
 * Each has a number, which survives a server's rewriting. Knows no socket. */
#ifndef SFU_LOAD_STREAM_H
#define SFU_LOAD_STREAM_H

#include <skiff/packet.h>

enum {
    STREAM_PACKET = 1200, /* bytes of RTP, its header too */
    STREAM_PAYLOAD = 1188,
    STREAM_PACKET_US = 9600 /* 1 Mbit/s: one packet in so many microseconds */
};

struct stream {
    uint32_t ssrc;
    uint8_t payload_type;
    uint32_t frame;  /* packets of one */
    uint64_t number; /* of the next packet */
};

/* The RTP timestamp of the next packet. */
uint32_t stream_timestamp(const struct stream *stream);

/* Writes the next packet into an empty one. A keyframe comes once a second. */
void stream_write(struct stream *stream, skiff_time now, skiff_packet *packet);

/* The number of a plain packet, and when it was written. False: it is another packet. */
bool stream_read(const skiff_packet *packet, uint64_t *number, skiff_time *written);

#endif
