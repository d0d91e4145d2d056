/* extension.h - the elements of a header extension (RFC 8285): reads both forms, and writes
 * a packet whose elements have the ids of another receiver. Knows no SDP: ids are the
 * caller's. */
#ifndef RTP_EXTENSION_H
#define RTP_EXTENSION_H

#include "rtp.h"

enum {
    EXTENSION_MAX_ID = 14,  /* of the one-byte form, which alone is written */
    EXTENSION_MAX_LEN = 16, /* of a value of the one-byte form */
    EXTENSION_MAX_SET = 4,
    /* A header that extension_copy() writes is never longer. */
    EXTENSION_MAX_HEADER = RTP_HEADER + 4 * RTP_MAX_CSRCS + RTP_EXTENSION_HEADER
                         + EXTENSION_MAX_ID * (1 + EXTENSION_MAX_LEN) + 2
};

/* --- reading -------------------------------------------------------------------------- */

/* An element; its value lies in the packet, and may be empty in the two-byte form. */
struct extension {
    uint8_t id; /* 1 to 14, or to 255 in the two-byte form */
    struct bytes value;
};

/* Where a walk over the elements is. */
struct extension_walk {
    const uint8_t *at, *end;
    bool two_bytes;
};

/* Begins a walk over the elements of a packet that rtp_read() has read. */
struct extension_walk extension_walk(const struct rtp *rtp, const uint8_t *packet);

/* The next element; false: there is none, or what follows goes past the end of the
 * extension and is ignored (RFC 8285 section 4.2). */
bool extension_next(struct extension_walk *walk, struct extension *element);

/* The value of the first element with this id. False: there is none. */
bool extension_find(const struct rtp *rtp, const uint8_t *packet, uint8_t id,
                    struct bytes *value);

/* --- writing -------------------------------------------------------------------------- */

/* How the elements of one receiver follow from those of a sender. The struct is prepared
 * once for each pair; the bytes behind `set` change from packet to packet (a transport-wide
 * sequence number, a time), and are read during the call alone. */
struct extension_map {
    /* By the sender's id, the id at the receiver, 1 to 14; 0: the element is left out. An
     * id that is beyond the table is left out, too. */
    uint8_t to[EXTENSION_MAX_ID + 1];
    /* What each packet gets besides: ids of the receiver, values of 1 to 16 bytes. An
     * element of the sender that would have such an id is left out. */
    struct extension set[EXTENSION_MAX_SET];
    size_t num_set;
};

/* Writes `packet`, which rtp_read() has read, to `out` with its elements mapped, in the
 * one-byte form: header, payload and padding. Each id is written once. Elements that the
 * one-byte form cannot have are left out: those that are empty or longer than 16 bytes.
 * Where no element is left there is no extension. Returns the length; 0: it would be longer
 * than `limit`, or `set` is not as it must be. `out` must not overlap the packet. This is
 * the way for a packet that goes to many receivers: it is read once, and no byte is moved
 * twice. */
size_t extension_copy(uint8_t *out, size_t limit, const uint8_t *packet,
                      const struct rtp *rtp, const struct extension_map *map);

/* The same in place: `packet` of `len` bytes becomes the mapped one, in a buffer of `limit`
 * bytes. It may grow by as much as `set` needs. Returns the new length; 0: it is no RTP
 * packet, would be longer than `limit`, or `set` is not as it must be; the packet is as it
 * was then. */
size_t extension_rewrite(uint8_t *packet, size_t len, size_t limit,
                         const struct extension_map *map);

/* --- values --------------------------------------------------------------------------- */

/* abs-send-time: 24 bits of seconds, 6 before the point and 18 behind it. `now_us` is of
 * any clock that runs evenly. bytes_put24() writes it. */
uint32_t extension_abs_send_time(uint64_t now_us);

/* RFC 6464 section 3: the level is 0 (loudest) to 127 (silence), in -dBov. False: it is
 * empty. */
bool extension_audio_level(struct bytes value, uint8_t *level, bool *voice);

/* The number of draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2. False: it is
 * too short. */
bool extension_transport_cc(struct bytes value, uint16_t *sequence);

#endif
