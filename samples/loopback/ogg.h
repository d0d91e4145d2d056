/* ogg.h - Opus packets in an Ogg file (RFC 7845), whole in memory. */
#ifndef LOOPBACK_OGG_H
#define LOOPBACK_OGG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opus_packet {
    uint8_t *data; /* NULL: missing */
    size_t len;
    uint32_t samples; /* at 48 kHz */
};

struct recording {
    struct opus_packet head, tags; /* OpusHead and OpusTags, as they were */
    struct opus_packet *packets;
    size_t num, capacity;
    int64_t start, end; /* granule positions before the first and of the last */
};

/* Reads a file; the answer is what is wrong with it, or NULL. */
const char *recording_read(struct recording *recording, const char *path);

/* Writes a file, leaving a gap in time where packets are missing; false: see errno. */
bool recording_write(const struct recording *recording, const char *path);

void recording_free(struct recording *recording);

#endif
